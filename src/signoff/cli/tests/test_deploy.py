"""The files for a service and a container start what exists, with what is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from signoff.cli.crew import STOP_SECONDS
from signoff.cli.tests.test_docs import command

PROJECT = Path(__file__).parents[4]
UNIT = PROJECT / "deploy" / "signoff.service"
SETTINGS = (PROJECT / "deploy" / "signoff.env").read_text()
BESIDE = PROJECT / "deploy" / "signoff"  # the command beside the service
PAGE = (PROJECT / "docs" / "operations.md").read_text()
CONTAINER = (PROJECT / "deploy" / "Dockerfile").read_text()


def starts(words: list[str]) -> None:
    """Fail unless `signoff up` knows these options."""
    assert words[:2] == ["signoff", "up"]
    known = {option for param in command(["up"]).params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


def said(name: str) -> list[str]:
    """Return what the unit says under a name, once or more often."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def test_the_unit_starts_what_exists_and_lets_it_write_its_data_alone():
    starts(["signoff", *said("ExecStart")[0].split()[1:]])
    home = re.search(r"^SIGNOFF_HOME=(\S+)$", SETTINGS, re.MULTILINE)[1]
    backups = re.search(r"^SIGNOFF_BACKUP_FOLDER=(\S+)$", SETTINGS, re.MULTILINE)[1]
    assert said("ReadWritePaths") == [home, f"-{backups}"]
    assert said("ProtectSystem") == ["strict"]
    assert said("User") == ["signoff"]
    # All told to end at once, the database would cut off the worker that writes down what it has sent.
    assert said("KillMode") == ["mixed"]
    assert int(said("TimeoutStopSec")[0]) > STOP_SECONDS


def test_the_page_installs_every_file_where_the_others_look_for_it():
    installed = dict(re.findall(r"/opt/signoff/deploy/(\S+) (\S+)", PAGE))

    assert installed["signoff.env"] == said("EnvironmentFile")[0]
    assert f"settings=${{SIGNOFF_SETTINGS:-{installed['signoff.env']}}}" in BESIDE.read_text()
    assert f"program=${{SIGNOFF_PROGRAM:-{said('ExecStart')[0].split()[0]}}}" in BESIDE.read_text()
    assert installed.keys() == {path.name for path in BESIDE.parent.iterdir()} - {"Dockerfile"}
    known = (PROJECT / "docs" / "running.md").read_text()
    for name in re.findall(r"^#?([A-Z_]+)=", SETTINGS, re.MULTILINE):
        assert f"`{name}`" in known, name


@pytest.fixture
def beside():
    """Return what runs the command beside a service that only says who runs it, with what."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root, and setpriv")
    folder = Path(tempfile.mkdtemp(prefix="signoff-beside-", dir="/tmp"))
    folder.chmod(0o755)
    program = folder / "program"
    program.write_text(
        '#!/bin/sh\nid -un\numask\nprintf "%s\\n" "$SIGNOFF_SMTP" "$HOME" "$XDG_RUNTIME_DIR" "$@"\n'
    )
    program.chmod(0o755)
    settings = folder / "signoff.env"
    settings.write_text(
        '# settings\n\nSIGNOFF_HOME=/data\n#TZ=Europe/Berlin\nSIGNOFF_SMTP="smtp://a:$HOME;\'b c"\n'
    )
    settings.chmod(0o600)
    env = {
        "PATH": os.environ["PATH"], "SIGNOFF_USER": "nobody", "SIGNOFF_SETTINGS": str(settings),
        "SIGNOFF_PROGRAM": str(program), "SIGNOFF_SOCKETS": str(folder / "sockets"),
    }  # fmt: skip

    def run(*words: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, "/bin/sh", str(BESIDE), *words], env=env, capture_output=True, text=True
        )

    # The group of nobody is called otherwise here and there, and that of the service is its own.
    if "nogroup" in subprocess.run(["id", "-gn", "nobody"], capture_output=True, text=True).stdout:
        env["SIGNOFF_GROUP"] = "nogroup"
    yield run, folder
    shutil.rmtree(folder)


def test_the_command_beside_the_service_runs_as_its_user_with_its_settings_as_they_are_written(beside):
    run, folder = beside

    done = run("doctor", "--json", "a b")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "nobody", "0077", "smtp://a:$HOME;'b c", "/data", str(folder / "sockets"), "doctor", "--json", "a b",
    ]  # fmt: skip
    assert (folder / "sockets").stat().st_mode & 0o777 == 0o700


def test_the_command_beside_the_service_says_what_it_lacks(beside):
    run, folder = beside
    nobody = run("doctor", before=("setpriv", "--reuid=nobody", "--clear-groups"))
    (folder / "signoff.env").unlink()
    without = run("doctor")

    assert nobody.returncode == 2
    assert "sudo signoff doctor" in nobody.stderr
    assert without.returncode == 1
    assert "install -m 600 deploy/signoff.env" in without.stderr


def test_the_unit_is_one_that_systemd_takes():
    if not shutil.which("systemd-analyze"):
        pytest.skip("this system has no systemd-analyze")
    done = subprocess.run(["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True)

    complaints = [
        line
        for line in done.stderr.splitlines()
        if "signoff.service" in line and "not executable" not in line
    ]
    assert complaints == []


def test_the_container_copies_what_is_there_and_starts_what_exists():
    starts(json.loads(re.search(r"^CMD (\[.*\])$", CONTAINER, re.MULTILINE)[1]))
    copied = re.findall(r"^COPY (.+) \S+$", CONTAINER, re.MULTILINE)
    allowed = [
        line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for name in " ".join(copied).split():
        assert (PROJECT / name).exists(), name
        assert name in allowed, f"{name} is kept from the container by .dockerignore"
    assert "USER signoff" in CONTAINER, "PostgreSQL refuses to run as root"

"""The files for a service and a container start what exists, with what is there."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from signoff.cli.tests.test_docs import command

PROJECT = Path(__file__).parents[4]
UNIT = PROJECT / "deploy" / "signoff.service"
CONTAINER = (PROJECT / "deploy" / "Dockerfile").read_text()


def starts(words: list[str]) -> None:
    """Fail unless `signoff up` knows these options."""
    assert words[:2] == ["signoff", "up"]
    known = {option for param in command(["up"]).params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_unit_starts_what_exists_and_lets_it_write_its_data_alone():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(UNIT)

    starts(["signoff", *unit["Service"]["ExecStart"].split()[1:]])
    home = re.search(r"Environment=SIGNOFF_HOME=(\S+)", UNIT.read_text())[1]
    assert unit["Service"]["ReadWritePaths"] == home
    assert unit["Service"]["User"] == "signoff"


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

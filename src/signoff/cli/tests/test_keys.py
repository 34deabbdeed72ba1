"""`signoff rotate-key` on a Signoff that runs: nobody waits, nothing is lost, and each place of the key has its way."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import httpx2
import pytest

from signoff.cli.tests.place import clear_away, free_port, new_place, wait_for

MANY = """
from signoff.cli.start import django
django()
from signoff.connections.models import Connection
from signoff.core.secret import Secret
from signoff.vault import seal
from signoff.vault.fields import context
from django.db import transaction
with transaction.atomic():
    for n in range({count}):
        row = Connection.objects.create(name=f"many-{{n}}", app="webhook", sealed=b"")
        row.sealed = seal.seal(Secret(f"secret {{n}}"), context(row, "secret"))
        row.save(update_fields=["sealed"])
"""
READ_BACK = """
from signoff.cli.start import django
django()
from signoff.connections.models import Connection
from signoff.vault import seal
from signoff.vault.fields import context
for row in Connection.objects.filter(name__startswith="many-"):
    assert seal.open(row.sealed, context(row, "secret")).reveal() == "secret " + row.name.removeprefix("many-")
print(Connection.objects.filter(name__startswith="many-").count())
"""


def python(place, program):
    done = subprocess.run(
        [sys.executable, "-c", program], env=place.environment(), capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def key_says(place):
    """Return what doctor says of the key."""
    (found,) = [look for look in place.run("doctor", "--json").json["found"] if look["name"] == "key"]
    return found["says"]


class TestWhileItRuns:
    def test_leads_come_in_and_go_on_while_the_key_changes(self, shop, practice):
        address, before = shop.env["SIGNOFF_URL"], (shop.folder / "key").read_text()
        known = {run["id"] for run in shop.run("runs", "--json", "--limit", "500").json}
        over, not_ready = threading.Event(), []

        def keep_asking():
            while not over.is_set():
                reply = httpx2.get(f"{address}/readyz", timeout=20)
                if reply.status_code != 200:
                    not_ready.append(reply.text)
                time.sleep(0.1)

        asking = threading.Thread(target=keep_asking)
        asking.start()
        try:
            practice.seed_leads(4)
            first = shop.run("rotate-key", "--json")
            practice.seed_leads(4)
            second = shop.run("rotate-key", "--json")
            deadline = time.monotonic() + 60
            while True:
                runs = [r for r in shop.run("runs", "--json", "--limit", "500").json if r["id"] not in known]
                if len(runs) >= 8 and all(run["state"] not in ("queued", "asking") for run in runs):
                    break
                assert time.monotonic() < deadline, runs
                time.sleep(0.5)
        finally:
            over.set()
            asking.join()

        assert (first.code, second.code) == (0, 0), first.err + second.err
        assert not_ready == []
        assert {run["state"] for run in runs} == {"waiting for review"}, "no record noticed anything"
        assert first.json["key"] != second.json["key"]
        assert first.json["damaged"] == second.json["damaged"] == []
        assert before.strip() in (shop.folder / "key").read_text(), "the old key still opens, for a while"
        assert shop.run("connections", "--check").code == 0
        assert "2 replaced before" in key_says(shop)
        assert not any(word in first.out + first.err + second.err for word in before.split())

    def test_a_change_that_is_killed_in_the_middle_is_gone_on_with(self, shop):
        python(shop, MANY.format(count=3000))
        try:
            ring = (shop.folder / "key").read_text()
            changing = subprocess.Popen(
                [sys.executable, "-m", "signoff", "rotate-key"],
                env=shop.environment(),
                stderr=subprocess.PIPE,
            )
            assert b"1000 sealed again" in changing.stderr.readline()
            changing.send_signal(signal.SIGKILL)
            changing.wait()
            changing.stderr.close()
            assert (shop.folder / "key").read_text() != ring, "the change had begun"
            assert "was not finished" in key_says(shop)

            again = shop.run("rotate-key", "--json")

            assert again.code == 0, again.err
            assert "it is gone on with" in again.err
            assert 0 < again.json["sealed"] < 3000
            assert python(shop, READ_BACK) == "3000"
        finally:
            python(
                shop,
                MANY.split("with transaction")[0] + "with transaction.atomic():\n"
                "    ids = [c.pk for c in Connection.objects.select_for_update().filter(name__startswith='many-')]\n"
                "    Connection.objects.filter(pk__in=ids).delete()",
            )


class TestAnotherInstallationsKey:
    def test_the_worker_waits_for_the_right_one_and_goes_on_by_itself(self, shop, practice):
        """A data folder of its own on the same database: its key was made anew, as when the file was lost."""
        from signoff.engine.embedded import EmbeddedServer

        other, port = new_place(), free_port()
        other.env = {
            "DATABASE_URL": EmbeddedServer(shop.folder).url,
            "SIGNOFF_URL": f"http://127.0.0.1:{port}",
        }
        try:
            web = other.start("web", "--port", str(port))
            work = other.start("work")
            wait_for(f"http://127.0.0.1:{port}/readyz", status=503)
            deadline = time.monotonic() + 30
            while "belongs to another" not in (other.folder / "work.log").read_text():
                assert time.monotonic() < deadline
                time.sleep(0.2)
            refused = other.run("rotate-key")
            assert "worker ready" not in (other.folder / "work.log").read_text()

            (other.folder / "right").write_bytes((shop.folder / "key").read_bytes())
            (other.folder / "right").chmod(0o600)
            (other.folder / "right").replace(other.folder / "key")

            wait_for(f"http://127.0.0.1:{port}/readyz")
            while "worker ready" not in (other.folder / "work.log").read_text():
                assert time.monotonic() < deadline + 30
                time.sleep(0.2)
            for process in (work, web):
                process.terminate()
                process.wait(20)
        finally:
            clear_away(other)

        assert refused.code == 1
        assert "Nothing was changed" in refused.err


class TestTheVariable:
    def test_it_is_explained_and_then_done_step_by_step(self, place):
        old = place.run("rotate-key", "--prepare", SIGNOFF_KEY="A" * 43 + "=").out.strip()
        explained = place.run("rotate-key", SIGNOFF_KEY=old)
        new = place.run("rotate-key", "--prepare", SIGNOFF_KEY=old).out.strip()
        place.env = {"SIGNOFF_KEY": old}
        python(place, MANY.format(count=3))

        done = place.run("rotate-key", "--json", SIGNOFF_KEY=f"{new} {old}")

        assert explained.code == 1
        assert "nothing was changed" in explained.err
        assert "NEW OLD" in explained.err
        assert old not in explained.err + explained.out
        assert done.json["sealed"] == 3
        place.env = {"SIGNOFF_KEY": new}
        assert python(place, READ_BACK) == "3"
        assert "opens all 3" in key_says(place)
        assert not (place.folder / "key").exists()

    def test_it_cannot_be_moved_from_there(self, place):
        done = place.run("rotate-key", "--into", "keyring", SIGNOFF_KEY="A" * 43 + "=")

        assert done.code == 1
        assert "goes before every other place" in done.err


@pytest.fixture(scope="module")
def quiet():
    """A data folder in which nothing runs."""
    here = new_place()
    here.run("doctor")
    yield here
    clear_away(here)


class TestTheFile:
    def test_a_prepared_key_seals_only_when_it_is_told_to(self, quiet):
        (before,) = (quiet.folder / "key").read_text().split()

        prepared = quiet.run("rotate-key", "--prepare", "--json").json

        lines = (quiet.folder / "key").read_text().splitlines()
        assert lines[0] == before
        assert lines[1].startswith("next ")
        done = quiet.run("rotate-key", "--json").json
        assert done["key"] == prepared["key"]
        assert (quiet.folder / "key").read_text().splitlines()[0] == lines[1].removeprefix("next ")

    def test_the_old_one_is_not_forgotten_while_something_may_be_under_way(self, quiet):
        done = quiet.run("rotate-key", "--forget-old")

        assert done.code == 1
        assert "Try again in 5 minutes" in done.err

    def test_a_keyring_that_is_not_there_changes_nothing(self, quiet):
        before = (quiet.folder / "key").read_text()

        done = quiet.run(
            "rotate-key", "--into", "keyring", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring"
        )

        assert done.code == 1
        assert "keyring cannot be used" in done.err
        assert (quiet.folder / "key").read_text() == before
        assert "Traceback" not in done.err

    @pytest.mark.long
    def test_a_real_keyring_keeps_it(self, quiet):
        if not all(map(shutil.which, ("dbus-run-session", "gnome-keyring-daemon"))):
            pytest.skip("no keyring on this machine (Debian: dbus, gnome-keyring)")
        steps = """
            eval $(echo -n word | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)
            "$@" rotate-key --into keyring && cat "$SIGNOFF_HOME/key" && "$@" doctor; "$@" rotate-key --into file
        """
        with tempfile.TemporaryDirectory() as user:
            done = subprocess.run(
                ["dbus-run-session", "--", "sh", "-c", steps, "sh", sys.executable, "-m", "signoff"],
                env=quiet.environment(HOME=user), capture_output=True, text=True, timeout=100,
            )  # fmt: skip

        assert "keyring: master-" in done.stdout, done.stderr
        assert "ok  key: the master key" in done.stdout
        assert "system's keyring, service “signoff”" in done.stderr
        assert not (quiet.folder / "key").read_text().startswith("keyring:")


@pytest.mark.parametrize("words", [["--into", "cloud"], ["now"]])
def test_wrong_usage_is_told(place, words):
    done = place.run("rotate-key", *words)

    assert done.code == 2
    assert "Traceback" not in done.err

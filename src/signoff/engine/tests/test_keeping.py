"""The backup of the day: made, tried out, the last few kept, and told of when it is old."""

from __future__ import annotations

import os
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from signoff.accounts.models import AuditEntry
from signoff.connectors.registry import connector_class
from signoff.core import clock
from signoff.engine import backups, keeping, noticing, restore
from signoff.engine.embedded import EmbeddedServer
from signoff.engine.models import Backup
from signoff.monitoring.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Backups of this test's own database go into a folder."""
    there = re.sub(r"/[^/]+$", f"/{connection.settings_dict['NAME']}", os.environ["DATABASE_URL"])
    monkeypatch.setenv("DATABASE_URL", there)
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(tmp_path))
    monkeypatch.setenv("SIGNOFF_BACKUP_PASSPHRASE", "four calm harbour seals")
    return tmp_path


def test_the_backup_of_the_day_is_made_tried_and_the_last_are_kept(folder, monkeypatch):
    monkeypatch.setenv("SIGNOFF_BACKUP_KEEP", "2")
    mine = folder / "mine.signoff"
    mine.write_text("a person's")

    first = keeping.daily()
    for _ in range(2):
        now = clock.now() + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        row = keeping.daily()

    assert row.problem == first.problem == ""
    assert Backup.objects.get(pk=row.pk).checked_at is not None
    assert row.is_encrypted
    assert {path.name for path in folder.iterdir()} == {
        "mine.signoff",
        *(Path(path).name for path in Backup.objects.filter(gone_at=None).values_list("path", flat=True)),
    }
    assert Backup.objects.filter(gone_at=None).count() == 2
    assert Path(first.path).exists() is False


@pytest.fixture
def owner(db):
    from signoff.accounts.models import Person

    return Person.objects.add("priya@example.test", None, "owner", "Priya")


def test_a_backup_that_cannot_be_made_is_told_once_the_last_is_old(folder, monkeypatch, owner):
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(folder / "unplugged"))
    row = keeping.daily()
    assert "There is no folder" in row.problem

    assert list(keeping.old()) == [], "the first day is no reason to tell anybody"
    later = clock.now() + timedelta(days=2, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    noticing.look()

    notice = Notice.objects.get(key="backup:", closed_at=None)
    assert notice.title == "There is no backup yet"
    assert "There is no folder" in notice.text
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(folder))
    assert keeping.daily().problem == ""
    Backup.objects.filter(problem="").update(made_at=later)
    noticing.look()
    notice.refresh_from_db()
    assert notice.closed_at is not None
    assert "again" in notice.closing


def test_a_backup_that_does_not_hold_is_told_at_once_and_displaces_no_good_one(folder, monkeypatch, owner):
    """The disk loses the end of each file between the making and the trial."""
    monkeypatch.setenv("SIGNOFF_BACKUP_KEEP", "1")
    good = keeping.daily()
    assert good.problem == ""
    write_down = keeping.made
    begin = clock.now()

    def made(target, *rest, **more):
        row = write_down(target, *rest, **more)
        target.write_bytes(target.read_bytes()[:-100])
        return row

    monkeypatch.setattr(keeping, "made", made)
    bad = []
    for night in range(1, 4):
        monkeypatch.setattr(clock, "now", lambda night=night: begin + timedelta(seconds=night))
        bad.append(keeping.daily())

    assert all(row.is_faulty and "cut off" in row.problem for row in bad)
    assert keeping.newest() == good
    assert [Path(row.path).exists() for row in (good, *bad)] == [True, False, True, True]
    noticing.look()
    notice = Notice.objects.get(key="backup:", closed_at=None)
    assert "does not hold" in notice.title
    assert notice.address == "/settings/backups/"
    assert "The last one that holds is of" in notice.text

    monkeypatch.setattr(keeping, "made", write_down)
    monkeypatch.setattr(clock, "now", lambda: begin + timedelta(seconds=4))
    assert keeping.daily().problem == ""
    noticing.look()
    notice.refresh_from_db()
    assert notice.closed_at is not None


def test_the_button_makes_one_once_and_it_is_nobodys_to_thin_out(folder, monkeypatch, owner):
    monkeypatch.setenv("SIGNOFF_BACKUP_KEEP", "1")

    assert backups.start(owner) is True
    assert backups.start(owner) is False, "one waits already"
    assert backups.standing().is_under_way
    backups.back_up_now(person_id=owner.pk)

    row = backups.standing().last
    assert (row.by_schedule, row.problem, row.is_encrypted) == (False, "", True)
    assert row.checked_at is not None
    assert backups.standing().is_there is True
    entry = AuditEntry.objects.latest("pk")
    assert (entry.who, entry.did, entry.what) == ("Priya", "made", "a backup")
    for second in (1, 2):
        now = row.made_at + timedelta(seconds=second)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        keeping.daily()
    assert Path(row.path).exists()


def test_what_a_killed_trial_has_left_is_cleared_away():
    """Its server runs on when the process that tried is killed, with everybody's data in it."""
    home = Path(os.environ["SIGNOFF_HOME"])
    folder = home / "try-killed"
    folder.mkdir(mode=0o711)
    server = EmbeddedServer(folder)
    server.join()
    assert (server.sockets / ".s.PGSQL.5432").exists()
    old = home / "backup-old"
    old.mkdir()
    os.utime(old, (0, 0))
    (home / "backup-new").mkdir()

    restore.clear_away()
    assert folder.exists(), "it is still in use"
    server.forget()  # as the end of a process does
    restore.clear_away()

    assert not folder.exists()
    assert not server.data.exists()
    assert not server.sockets.exists(), "its server has ended"
    assert (old.exists(), (home / "backup-new").exists()) == (False, True)
    (home / "backup-new").rmdir()


def test_of_a_database_of_their_own_the_owner_takes_care(monkeypatch, owner):
    monkeypatch.setenv("DATABASE_URL", "postgres://me@db.example.test/signoff")
    monkeypatch.delenv("SIGNOFF_BACKUP_FOLDER", raising=False)

    assert keeping.plan().folder is None
    assert keeping.daily() is None
    assert list(keeping.old()) == []


def test_the_embedded_database_is_saved_into_the_data_folder_unless_nobody_wants_it(monkeypatch):
    monkeypatch.delenv("SIGNOFF_BACKUP_FOLDER", raising=False)
    monkeypatch.setattr(keeping, "is_embedded", lambda: True)

    assert keeping.plan().folder == Path(os.environ["SIGNOFF_HOME"]) / "backups"
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", "no")
    assert keeping.plan().folder is None


@pytest.mark.parametrize("keep", ["0", "many", "-1", "99999"])
def test_a_number_that_is_none_is_named(monkeypatch, tmp_path, keep):
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(tmp_path))
    monkeypatch.setenv("SIGNOFF_BACKUP_KEEP", keep)

    assert keep in keeping.plan().problem
    assert keeping.plan().keep == keeping.KEEP


def test_what_an_app_tells_once_more_after_a_restore_waits_for_somebody(house, work_off, monkeypatch):
    """The app tells of all that happened since the backup; what is new since the restore goes its way."""
    from signoff.engine import verbs
    from signoff.runs.models import Run, Source

    monkeypatch.setattr(connector_class("hubspot"), "settled", timedelta(0))
    verbs.poll()
    time.sleep(0.05)  # what is new is newer than the first look
    (before,) = house.practice.seed_leads(1)
    Source.objects.update(hold_before=clock.now() + timedelta(seconds=2), next_at=clock.now())
    verbs.poll()
    held = Run.objects.get(object_id=before)
    assert (held.state, held.resume_as) == ("needs you", "queued")
    assert "may have been dealt with" in held.problem
    work_off()
    held.refresh_from_db()
    assert held.state == "needs you", "no job was given to it"

    Source.objects.update(hold_before=clock.now() - timedelta(seconds=60), next_at=clock.now())
    (after,) = house.practice.seed_leads(1)
    verbs.poll()
    assert Run.objects.get(object_id=after).state == "queued"
    assert verbs.resume(held.pk) is True
    held.refresh_from_db()
    assert held.state == "queued"

"""The page Backups: whether there is one that holds, and what to press or do when there is none."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.engine import backups
from signoff.engine.models import Backup
from signoff.web.started import service
from signoff.web.tests import world

pytestmark = pytest.mark.django_db
PAGE = "/settings/backups/"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Backups of this test's own database go into a folder."""
    world.business()
    there = re.sub(r"/[^/]+$", f"/{connection.settings_dict['NAME']}", os.environ["DATABASE_URL"])
    monkeypatch.setenv("DATABASE_URL", there)
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_BACKUP_PASSPHRASE", raising=False)
    return tmp_path


def page_of(client) -> str:
    return re.sub(r"\s+", " ", client.get(PAGE).content.decode())


def test_without_one_it_says_so_and_the_button_makes_one_that_is_tried_out(folder, as_role):
    owner = as_role("owner")
    page = page_of(owner)
    assert "There is no backup yet" in page
    assert str(folder) in page
    assert "No backup was made" not in page

    answer = owner.post(PAGE)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    owner.post(PAGE)
    job = ProcrastinateJob.objects.get(task_name="back_up_now")
    page = page_of(owner)
    assert "A backup waits for the worker" in page
    assert "It begins when the worker runs" in page, "none runs in this test"
    assert "There is no backup yet" not in page

    backups.back_up_now(**job.args)
    ProcrastinateJob.objects.filter(pk=job.pk).delete()
    page = page_of(owner)
    row = Backup.objects.get()
    assert "and it holds" in page
    assert f"restore --replace {row.path}" in page
    assert "No: whoever has the file can read your records" in page

    Path(row.path).unlink()
    assert "The file is not where it was put" in page_of(owner)


def test_one_that_could_not_be_made_says_why_and_which_is_the_last_good_one(folder, as_role, monkeypatch):
    owner = Person.objects.get(role="owner")
    backups.back_up_now(person_id=owner.pk)
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", str(folder / "unplugged"))
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    backups.back_up_now(person_id=owner.pk)

    page = page_of(as_role("viewer"))

    assert "The latest backup was not made" in page
    assert "There is no folder" in page
    assert "The last good one is from" in page
    assert "Tell an owner" in page
    assert "Back up now" not in page


def test_only_an_owner_may_press_the_button(folder, as_role):
    assert as_role("builder").post(PAGE).status_code == 403
    assert as_role("viewer").post(PAGE).status_code == 403
    assert not ProcrastinateJob.objects.filter(task_name="back_up_now").exists()


@pytest.mark.parametrize(
    ("setting", "says"), [("no", "Backups are switched off"), ("", "Signoff makes no backups here")]
)
def test_where_none_is_made_it_says_what_to_do_and_offers_no_button(
    folder, as_role, monkeypatch, setting, says
):
    monkeypatch.setenv("SIGNOFF_BACKUP_FOLDER", setting)
    monkeypatch.setattr("signoff.engine.keeping.is_embedded", lambda: False)
    owner = as_role("owner")

    page = page_of(owner)
    owner.post(PAGE)

    assert says in page
    assert "SIGNOFF_BACKUP_FOLDER=/mnt/backups" in page
    assert "Back up now</button>" not in page
    assert "nobody has said where to put it" in page_of(owner)
    assert not ProcrastinateJob.objects.filter(task_name="back_up_now").exists()


def test_a_passphrase_never_stands_on_the_page(folder, as_role, monkeypatch):
    monkeypatch.setenv("SIGNOFF_BACKUP_PASSPHRASE", "four calm harbour seals")
    backups.back_up_now(person_id=Person.objects.get(role="owner").pk)

    page = page_of(as_role("owner"))

    assert "harbour" not in page
    assert "Yes: nobody can open it without its passphrase" in page
    assert Backup.objects.get().is_encrypted


@pytest.mark.parametrize(
    ("groups", "unit"),
    [
        ("0::/system.slice/signoff.service\n", "signoff"),
        ("0::/system.slice/system-signoff.slice/signoff@shop.service", "signoff@shop"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-terminal.scope\n", ""),
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_a_service_of_the_system_is_known_by_its_control_group(groups, unit):
    assert service(groups) == unit


def test_putting_back_is_told_as_it_fits_how_signoff_was_started(folder, as_role, monkeypatch, tmp_path):
    owner = as_role("owner")
    monkeypatch.setattr("signoff.web.started.MARKS", ())

    monkeypatch.setattr("signoff.web.started._read", lambda path: "0::/system.slice/shop.service")
    as_service = page_of(owner)
    monkeypatch.setattr("signoff.web.started._read", lambda path: "0::/")
    by_hand = page_of(owner)
    monkeypatch.setattr("signoff.web.started.practice_apps", lambda: tmp_path)
    as_demo = page_of(owner)
    monkeypatch.setattr("signoff.web.started.MARKS", (str(tmp_path),))
    in_container = page_of(owner)

    assert "sudo systemctl stop shop<" in as_service
    assert "Ctrl-C" not in as_service
    for page in (by_hand, as_demo):
        assert "systemctl" not in page
        assert "press Ctrl-C in the terminal in which it runs" in page
        assert "/signoff up</pre>" in page
    assert ("This is the demo" in by_hand, "This is the demo" in as_demo) == (False, True)
    assert "docker stop " in in_container
    assert "--volumes-from" in in_container

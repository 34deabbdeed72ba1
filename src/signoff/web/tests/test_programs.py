"""Keys for programs and the trail, as an owner meets them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from signoff.accounts.audit import holds, note
from signoff.accounts.models import ApiToken, AuditEntry, Person
from signoff.accounts.tests.test_audit import behind_our_back
from signoff.accounts.tokens import make_token, token_for
from signoff.core import clock
from signoff.web.tests import world
from signoff.web.tests.test_rights import text_of

pytestmark = pytest.mark.django_db

NEW = "/settings/tokens/new/"


@pytest.fixture
def owner(db):
    return world.person()


def wanted(owner, **change):
    day = timezone.localdate() + timedelta(days=30)
    return {"name": "n8n", "read": "on", "person": owner.pk, "ends_on": f"{day:%Y-%m-%d}"} | change


def test_key_is_made_shown_once_and_works(as_role, owner, client):
    made = as_role("owner").post(NEW, wanted(owner, review="on"))

    key = re.search(r"so_[\w-]{40,}", made.content.decode())[0]
    assert "no-store" in made["Cache-Control"]
    assert token_for(key).can == ["read", "review"]
    page = client.get("/settings/tokens/").content.decode()
    assert "n8n" in page
    assert "read, decide on drafts · for Priya Nair" in page
    assert key not in page
    assert key not in str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"read": ""}, "Choose at least one thing"),
        ({"name": ""}, "required"),
        ({"ends_on": "2020-01-01"}, "a day to come"),
        ({"ends_on": "9999-12-31"}, "a day to come"),
        ({"ends_on": "soon"}, "valid date"),
        ({"person": "999999"}, "valid choice"),
    ],
)
def test_key_that_cannot_be_is_said_beside_its_field(as_role, owner, change, says):
    answer = as_role("owner").post(NEW, wanted(owner, **change))

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_removed_person_can_be_given_no_key(as_role, owner):
    rui = world.person("reviewer", "Rui Costa")
    Person.objects.filter(pk=rui.pk).update(is_active=False)

    assert as_role("owner").post(NEW, wanted(owner, person=rui.pk)).status_code == 422


def test_key_is_ended_by_a_button_and_is_good_no_more(as_role, owner):
    key = make_token("n8n", owner, ["read"]).reveal()
    address = f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/"
    client = as_role("owner")
    assert "It was never used" in client.get(address).content.decode()
    assert token_for(key) is not None, "looking ends nothing"

    page = client.post(address, follow=True).content.decode()

    assert "The key for n8n is ended" in page
    assert "1 key is over" in page
    assert token_for(key) is None
    assert "ended before" in client.post(address, follow=True).content.decode()


def test_key_that_ends_soon_is_told_on_health(as_role, owner):
    make_token("n8n", owner, ["read"], clock.now() + timedelta(days=12))
    make_token("later", owner, ["read"])

    page = as_role("owner").get("/health/").content.decode()

    assert "Key for n8n, a program" in page
    assert "later" not in page


def test_making_and_ending_a_key_asks_again_who_it_is(as_role, owner, monkeypatch):
    make_token("n8n", owner, ["read"])
    client = as_role("owner")
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)

    for address in (NEW, f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/"):
        assert client.post(address, wanted(owner))["Location"].startswith("/settings/confirm/")
    assert ApiToken.objects.filter(ended_at=None).count() == 1


@pytest.fixture
def trail(owner):
    for number in range(120):
        note("Rui Costa" if number % 2 else owner, "approved", f"run {number}")


def test_trail_is_searched_by_who_what_and_when(as_role, trail):
    client = as_role("owner")
    today = f"{timezone.localdate():%Y-%m-%d}"
    tomorrow = f"{timezone.localdate() + timedelta(days=1):%Y-%m-%d}"

    page = client.get("/settings/audit/", {"who": "rui", "what": "run 11"}).content.decode()
    assert "run 117" in page
    assert "run 116" not in page
    assert "run 11<" in page
    assert "run 119" in client.get("/settings/audit/", {"since": today, "until": today}).content.decode()
    assert "Nothing fits" in client.get("/settings/audit/", {"since": tomorrow}).content.decode()
    wrong = client.get("/settings/audit/", {"since": "soon", "who": "\x00"})
    assert wrong.status_code == 422


def test_older_entries_keep_what_was_asked(as_role, trail):
    page = as_role("owner").get("/settings/audit/", {"what": "run"}).content.decode()

    older = re.search(r'href="(\?[^"]*before=\d+)"', page)[1].replace("&amp;", "&")
    rest = as_role("owner").get(f"/settings/audit/{older}").content.decode()
    assert "what=run" in older
    assert "run 0<" in rest
    assert "run 119" not in rest


def test_table_holds_what_the_page_was_asked_for(as_role, trail):
    answer = as_role("owner").get("/settings/audit/table/", {"who": "rui"})

    rows = list(csv.DictReader(io.StringIO(text_of(answer).lstrip("\ufeff"))))
    assert len(rows) == 60
    assert {row["who"] for row in rows} == {"Rui Costa"}
    assert answer["Content-Disposition"] == 'attachment; filename="who-did-what.csv"'


def test_check_names_the_entry_that_breaks_and_gives_a_mark_while_all_is_well(as_role, trail):
    client = as_role("owner")
    page = client.post("/settings/audit/").content.decode()
    assert holds(re.search(r"\d+:[0-9a-f]{64}", page)[0])
    bad = AuditEntry.objects.get(what="run 60")
    with behind_our_back():
        AuditEntry.objects.filter(pk=bad.pk).update(who="Eve")

    page = client.post("/settings/audit/").content.decode()

    assert "The chain is broken" in page
    assert f"Entry {bad.pk} (" in page

"""Dates that matter, replacements and the quarterly review, as pages: who may do what, and what they say."""

from __future__ import annotations

import re

import pytest

from signoff.connections.models import Connection
from signoff.integrations.models import Integration
from signoff.versions.models import Drill, QuarterlyReview, Subscription
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

HERE = "/integrations/follow-up-after-demo/drill/"


@pytest.fixture(autouse=True)
def business():
    """A small business; its apps cannot be asked."""
    world.business()


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_page_says_what_ends_whom_it_stops_and_how_that_is_known(as_role):
    said = text_of(as_role("viewer").get("/health/versions/"))

    assert "AI model gpt-4o of OpenAI" in said
    assert "Thu 14 January 2027" in said
    assert "This integration stops then: Follow up after demo." in said
    assert "OpenAI names gpt-6-luna as its replacement." in said
    assert "Known by developers.openai.com/api/docs/deprecations" in said
    assert "gpt-4o retires on 14 January 2027" in said  # in a changelog
    assert "Quarterly review" not in said  # for an owner


def test_without_connections_the_page_says_what_will_stand_there(as_role):
    Integration.objects.update(current=None)
    Connection.objects.update(ends_at=None)

    said = text_of(as_role("owner").get("/health/versions/"))
    assert "Models, versions and keys with a known end show up here" in said


def test_an_address_for_a_calendar_is_shown_once_and_ended(as_role, client):
    page = as_role("viewer")
    made = page.post("/health/versions/subscribe/", {"do": "make"})
    address = re.search(r"http[^<]*versions\.ics\?key=[\w-]+", made.content.decode())[0]
    again = page.get("/health/versions/subscribe/")

    assert made["Cache-Control"] == "no-store"
    assert address not in again.content.decode()
    key = address.partition("?key=")[2]
    client.logout()
    calendar = client.get("/health/versions.ics", {"key": key})
    assert calendar["Content-Type"] == "text/calendar; charset=utf-8"
    assert "gpt-4o" in calendar.content.decode()

    as_role("viewer").post("/health/versions/subscribe/", {"do": "end"})
    assert client.get("/health/versions.ics", {"key": key}).status_code == 410
    assert Subscription.objects.get().ended_at is not None


@pytest.mark.parametrize("address", ["/health/versions/look/", "/health/versions/subscribe/"])
def test_a_get_makes_nothing(as_role, address):
    answer = as_role("owner").get(address)

    assert answer.status_code in (303, 405)
    assert not Subscription.objects.exists()


def test_who_only_looks_tries_and_changes_nothing(as_role):
    drill = Drill.objects.get()
    page = as_role("viewer")

    assert page.get(f"{HERE}{drill.pk}/").status_code == 200
    assert page.post(f"{HERE}{drill.pk}/", {"do": "switch"}).status_code == 403
    assert page.post(HERE, {"model": "openai-main/gpt-6-luna"}).status_code == 403
    assert page.post("/health/versions/look/").status_code == 403
    assert Drill.objects.get().switched_at is None


def test_what_cannot_be_tried_is_said_on_the_page(as_role):
    answer = as_role("builder").post(HERE, {"model": "openai-main/gpt-6-luna"})

    assert answer.status_code == 422
    assert "has no reviewed records yet" in text_of(answer)
    assert as_role("builder").post(HERE, {}).status_code == 422
    assert as_role("builder").post(HERE, {"version": "nowhere v9"}).status_code == 422


def test_a_drill_of_another_integration_is_not_here(as_role):
    assert as_role("owner").get(f"{HERE}999999/").status_code == 404


def test_a_changed_review_shows_that_it_is_not_what_was_signed(as_role):
    said = text_of(as_role("owner").get("/health/quarterly/2026-Q3/"))

    assert "This is not what was signed" in said  # the world made it without the trail
    assert as_role("owner").get("/health/quarterly/2025-Q1/").status_code == 404


def test_the_review_is_signed_when_everything_is_ticked(as_role):
    page = as_role("owner")
    shown = page.get("/health/quarterly/").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    keys = re.findall(r'name="looked" value="(\w+)"', shown)

    some = page.post("/health/quarterly/", {"seen": seen, "looked": keys[1:]})
    stale = page.post("/health/quarterly/", {"seen": "0" * 64, "looked": keys})
    done = page.post("/health/quarterly/", {"seen": seen, "looked": keys, "remarks": "Fine."})

    assert (some.status_code, stale.status_code, done.status_code) == (409, 409, 303)
    row = QuarterlyReview.objects.order_by("-signed_at")[0]
    assert (row.signed_name, row.remarks) == ("Priya Nair", "Fine.")
    assert "This is not what was signed" not in text_of(page.get(done["Location"]))

"""The inbox for programs: finding drafts, saying whose they are, asking again, and being away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from signoff.accounts.models import Person
from signoff.accounts.tokens import make_token
from signoff.engine.tests.test_autopilot import one_draft
from signoff.review.models import Review

pytestmark = pytest.mark.django_db

HERE = "/api/v1/reviews"


@pytest.fixture
def call(client, house):
    """Call the API with a token that can review."""

    def send(method, path, body=None, person=None):
        token = make_token("test", person or house.owner, ["review"]).reveal()
        more = {"data": body, "content_type": "application/json"} if body is not None else {}
        return getattr(client, method)(path, headers={"Authorization": f"Bearer {token}"}, **more)

    return send


@pytest.fixture
def draft(house, work_off):
    return one_draft(house, work_off).review


def test_drafts_are_found_given_and_asked_for_again(call, draft, work_off):
    rui = Person.objects.add("rui@example.test", None, "reviewer", "Rui")
    word = str(draft.run.record["email"])
    assert [one["id"] for one in call("get", f"{HERE}?q={word}").json()["items"]] == [draft.pk]
    assert call("get", f"{HERE}?q=nobodyatall").json()["items"] == []

    given = call("post", f"{HERE}/{draft.pk}/assign", {"to": "rui@example.test"})
    assert given.json()["assigned_to"] == rui.email
    assert [one["id"] for one in call("get", f"{HERE}?who=rui@example.test").json()["items"]] == [draft.pk]
    assert call("post", f"{HERE}/{draft.pk}/assign", {"to": "x@example.test"}).status_code == 422

    same = call("post", f"{HERE}/{draft.pk}/compare", {}).json()
    assert same == {"drift": [], "is_gone": False, "problem": ""}
    assert call("post", f"{HERE}/{draft.pk}/redraft", {"content_hash": draft.content_hash}).status_code == 409

    stale = call("post", f"{HERE}/{draft.pk}/again", {"content_hash": "0", "note": "Shorter"})
    sent = call("post", f"{HERE}/{draft.pk}/again", {"content_hash": draft.content_hash, "note": "Shorter"})
    assert (stale.status_code, sent.json()["state"]) == (409, "again")
    assert [one["id"] for one in call("get", f"{HERE}?state=again").json()["items"]] == [draft.pk]
    work_off()
    assert call("get", f"{HERE}/{draft.pk}").json()["asked_again"] is True


def test_several_are_not_approved_without_a_certificate(call, house, draft):
    offer = call("get", f"{HERE}/together?integration={house.integration.name}").json()
    done = call(
        "post", f"{HERE}/together", {"drafts": [{"id": draft.pk, "content_hash": draft.content_hash}]}
    ).json()

    assert (offer["count"], offer["drafts"]) == (0, [])
    assert "only where an owner has signed" in offer["why"]
    assert done["approved"] == []
    assert "only where an owner has signed" in done["refused"][0]["why"]
    assert Review.objects.get().state == "waiting"


def test_a_person_of_another_group_finds_nothing_and_changes_nothing(call, draft):
    max_ = Person.objects.add("max@example.test", None, "reviewer", "Max")
    Person.objects.filter(pk=max_.pk).update(groups_csv="support")
    seen = {"content_hash": draft.content_hash}

    assert call("get", HERE, person=max_).json()["items"] == []
    for act, body in (
        ("again", {**seen, "note": "x"}),
        ("redraft", seen),
        ("assign", {"to": None}),
        ("compare", {}),
    ):
        assert call("post", f"{HERE}/{draft.pk}/{act}", body, person=max_).status_code in (403, 404, 409), act
    draft.refresh_from_db()
    assert (draft.state, draft.compared_at) == ("waiting", None)


def test_away_is_said_and_ended(call, house):
    Person.objects.add("rui@example.test", None, "reviewer", "Rui")
    today = timezone.localdate()
    days = {"from_on": f"{today}", "until_on": f"{today + timedelta(days=2)}"}

    set_ = call("post", "/api/v1/away", {**days, "cover": "rui@example.test"}).json()
    wrong = call("post", "/api/v1/away", {**days, "cover": house.owner.email})
    told = call("get", "/api/v1/away").json()
    back = call("delete", "/api/v1/away").json()

    assert set_ == told == {**days, "cover": "rui@example.test"}
    assert wrong.status_code == 422
    assert back["cover"] is None

"""What ends, drills and the quarterly review, for programs."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person
from signoff.accounts.tokens import make_token
from signoff.engine.tests.test_drills import carry_out, reviewed  # noqa: F401  # a fixture
from signoff.integrations.definition import read_definition
from signoff.versions.models import Drill, QuarterlyReview

pytestmark = pytest.mark.django_db

DRILLS = "/api/v1/integrations/follow-up-new-leads/drills"


@pytest.fixture
def call(client, house):
    """Call the API with a token that can do these things."""

    kept: dict[tuple[str, ...], str] = {}  # a new token is a new point of the quarterly review

    def send(method, path, body=None, can=("read", "propose", "people", "sign")):
        token = kept.setdefault(can, "") or make_token("test", house.owner, can).reveal()
        kept[can] = token
        more = {"data": body or {}, "content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(path, headers={"Authorization": f"Bearer {token}"}, **more)

    return send


def test_the_calendar_says_what_ends_when_and_whom_it_stops(call):
    told = call("get", "/api/v1/versions").json()

    (model,) = [one for one in told["uses"] if one["kind"] == "model"]
    assert (model["what"], model["ends_on"], model["stops"]) == (
        "gpt-4o",
        "2027-01-14",
        ["follow-up-new-leads"],
    )
    assert {one["kind"] for one in told["uses"]} == {"model", "version"}
    assert told["announcements"] == []


def test_a_replacement_is_tried_compared_changed_over_and_taken_back(call, reviewed):  # noqa: F811
    begun = call("post", DRILLS, {"model": "gpt-4o-mini", "records": 3})
    assert begun.status_code == 202, begun.json()
    id = begun.json()["drill"]
    assert (begun.json()["from"], begun.json()["to"], begun.json()["holds"]) == (
        "gpt-4o",
        "gpt-4o-mini",
        None,
    )
    early = call("post", f"/api/v1/drills/{id}/switch")
    carry_out(Drill.objects.select_related("proof").get(pk=id))

    told = call("get", f"/api/v1/drills/{id}").json()
    over = call("post", f"/api/v1/drills/{id}/switch").json()
    twice = call("post", f"/api/v1/drills/{id}/switch")
    back = call("post", f"/api/v1/drills/{id}/roll-back").json()

    assert early.status_code == 409
    assert (told["holds"], told["records"], told["sent"]) == (True, 3, 0)
    assert over["switched_to"] == 2
    assert twice.status_code == 409
    assert back["rolled_back_at"]
    reviewed.integration.refresh_from_db()
    assert read_definition(reviewed.integration.current)[0].prompt.model == "gpt-4o"
    assert [one["drill"] for one in call("get", DRILLS).json()] == [id]


def test_what_cannot_be_tried_is_a_conflict_with_its_reason(call):
    assert "nothing to hold" in call("post", DRILLS, {"model": "gpt-4o-mini"}).json()["detail"]
    assert call("post", DRILLS, {}).status_code == 409
    assert call("post", DRILLS.replace("follow-up-new-leads", "none"), {"model": "x"}).status_code == 404
    assert call("get", "/api/v1/drills/99999999999999999999").status_code == 404
    assert call("post", "/api/v1/drills/7/switch").status_code == 404


def test_looking_does_not_allow_trying_and_building_does_not_allow_signing(call):
    assert call("post", DRILLS, {"model": "x"}, can=("read",)).status_code == 403
    assert call("get", "/api/v1/quarterly", can=("read", "propose")).status_code == 403
    assert call("post", "/api/v1/quarterly", {"seen": ""}, can=("people",)).status_code == 403


def test_the_quarterly_review_is_signed_as_it_was_seen(call):
    told = call("get", "/api/v1/quarterly").json()
    ticked = [one["key"] for one in told["points"] if one["look"]]
    stale = call("post", "/api/v1/quarterly", {"seen": "x", "looked_at": ticked})
    lazy = call("post", "/api/v1/quarterly", {"seen": told["seen"], "looked_at": []})

    signed = call(
        "post", "/api/v1/quarterly", {"seen": told["seen"], "looked_at": ticked, "remarks": "Done."}
    )

    assert (stale.status_code, lazy.status_code, signed.status_code) == (409, 409, 200)
    assert signed.json()["signed"]["as_signed"] is True
    assert QuarterlyReview.objects.get().remarks == "Done."


def test_an_address_for_a_calendar_opens_the_dates_until_it_is_ended(call, client):
    address = call("post", "/api/v1/versions/calendar", can=("read",)).json()["address"]
    path = address.partition("/health/")[2]

    calendar = client.get(f"/health/{path}")
    assert calendar.status_code == 200
    assert calendar["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"gpt-4o" in calendar.content
    assert client.post(f"/health/{path}").status_code == 405

    assert call("delete", "/api/v1/versions/calendar", can=("read",)).status_code == 204
    assert client.get(f"/health/{path}").status_code == 410
    assert Person.objects.count() == 1

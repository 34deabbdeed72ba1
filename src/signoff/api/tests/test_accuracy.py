"""How often an integration is wrong, and its autopilot, for programs."""

from __future__ import annotations

import pytest

from signoff.accounts.tokens import make_token
from signoff.engine.tests.test_autopilot import one_draft, reviewed
from signoff.review.models import Certificate, Review

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_to_read")]

HERE = "/api/v1/integrations/follow-up-new-leads"


@pytest.fixture
def call(client, house):
    """Call the API with a token that can do these things."""

    def send(method, path, body=None, can=("read", "review", "sign"), person=None):
        token = make_token("test", person or house.owner, can).reveal()
        more = {"data": body or {}, "content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(path, headers={"Authorization": f"Bearer {token}"}, **more)

    return send


def test_it_tells_signs_and_takes_back(call, house, work_off):
    first = one_draft(house, work_off).review
    reviewed(house, first, 80)
    call(
        "post",
        f"/api/v1/reviews/{first.pk}/decision",
        {"verdict": "approved", "content_hash": first.content_hash},
    )

    told = call("get", f"{HERE}/accuracy").json()
    refused = call("post", f"{HERE}/autopilot", {"fingerprint": told["fingerprint"]}, can=("read", "review"))
    stale = call("post", f"{HERE}/autopilot", {"fingerprint": "x"})
    signed = call("post", f"{HERE}/autopilot", {"fingerprint": told["fingerprint"]})
    back = call("post", f"{HERE}/autopilot/withdraw")

    assert (told["state"], told["reviews"], told["errors"], told["limit"]) == ("offered", 81, 0, 0.05)
    assert refused.status_code == 403
    assert stale.status_code == 409
    assert signed.json()["state"] == "on autopilot", signed.json()
    assert signed.json()["certificate"]["reviews"] == 81
    assert back.json()["last_ended"]["state"] == "withdrawn"
    assert Certificate.objects.count() == 1


def test_a_grade_is_overruled(call, house, work_off):
    first = one_draft(house, work_off).review
    call(
        "post", f"/api/v1/reviews/{first.pk}/decision",
        {"verdict": "rejected", "content_hash": first.content_hash, "reason": "other"},
    )  # fmt: skip

    graded = call("post", f"/api/v1/reviews/{first.pk}/grade", {"is_error": False})

    assert graded.json()["is_error"] is False
    assert Review.objects.get(pk=first.pk).overruled_by == house.owner
    assert call("post", f"/api/v1/reviews/{first.pk}/grade", {"is_error": False}).status_code == 409


def test_an_integration_that_is_not_there_is_not_found(call):
    assert call("get", "/api/v1/integrations/none/accuracy").status_code == 404
    assert call("post", "/api/v1/integrations/none/autopilot", {"fingerprint": "x"}).status_code == 404
    assert call("post", "/api/v1/integrations/none/autopilot/withdraw").status_code == 404

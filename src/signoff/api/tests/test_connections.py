"""Connections by REST: a key is tested and never comes out; and what a person does with a run that stopped."""

from __future__ import annotations

import json

import pytest

from signoff.api.tests.test_v1 import problem_of
from signoff.connections.models import Connection
from signoff.runs.models import Delivery, Run
from signoff_sandbox.testing import HUBSPOT_KEY

HERE = "/api/v1/connections"


@pytest.fixture
def ask(client, token):
    def asked(method, path, body=None, can="connect", role="owner"):
        more = {} if method == "get" else {"data": json.dumps(body or {}), "content_type": "application/json"}
        return getattr(client, method)(path, headers=token(can, role=role), **more)

    return asked


def test_a_key_is_tested_saved_and_never_seen_again(ask, house):
    body = {"app": "hubspot", "secret": HUBSPOT_KEY, "base_url": house.practice.hubspot,
            "settings": {"requests_per_minute": "600"}}  # fmt: skip

    made = ask("put", f"{HERE}/hubspot-2", body)
    again = ask("put", f"{HERE}/hubspot-2", body)
    checked = ask("post", f"{HERE}/hubspot-2/check")
    seen = ask("get", f"{HERE}/hubspot-2", can="read")

    assert (made.status_code, again.status_code, checked.status_code) == (201, 200, 200), made.content
    assert seen.json()["state"] == "working"
    assert Connection.objects.get(name="hubspot-2").limits == {"requests_per_minute": 600}
    for answer in (made, again, checked, seen):
        assert HUBSPOT_KEY.encode() not in answer.content


def test_a_key_that_is_not_accepted_saves_nothing(ask, house):
    refused = ask(
        "put", f"{HERE}/bad", {"app": "hubspot", "secret": "pat-x", "base_url": house.practice.hubspot}
    )

    assert "HubSpot does not accept this key" in problem_of(refused, 422)["detail"]
    assert not Connection.objects.filter(name="bad").exists()


def test_one_in_use_is_not_forgotten_and_another_is(ask, house):
    ask(
        "put",
        f"{HERE}/hubspot-2",
        {"app": "hubspot", "secret": HUBSPOT_KEY, "base_url": house.practice.hubspot},
    )

    problem_of(ask("delete", f"{HERE}/hubspot-main"), 409)
    assert ask("delete", f"{HERE}/hubspot-2").status_code == 204
    problem_of(ask("delete", f"{HERE}/hubspot-2"), 404)


@pytest.mark.parametrize(("can", "role"), [("read", "owner"), ("connect", "builder"), ("build", "owner")])
def test_connecting_needs_an_owner_and_the_right(ask, house, can, role):
    problem_of(ask("put", f"{HERE}/x", {"app": "hubspot", "secret": HUBSPOT_KEY}, can=can, role=role), 403)


def test_a_run_that_stopped_goes_on_and_one_that_did_not_is_left_alone(ask, house):
    (run_id,) = house.receive(house.lead())
    path = f"/api/v1/runs/{run_id}/resume"

    problem_of(ask("post", path, can="review"), 409)
    Run.objects.filter(pk=run_id).update(state="needs you", resume_as="queued")

    assert ask("post", path, can="review").json()["state"] == "queued"
    assert Run.objects.get(pk=run_id).state == "queued"
    problem_of(ask("post", "/api/v1/runs/4711/resume", can="review"), 404)


def test_a_word_on_an_uncertain_delivery_is_taken_once(ask, house):
    (run_id,) = house.receive(house.lead())
    Run.objects.filter(pk=run_id).update(state="uncertain")
    row = Delivery.objects.create(
        run_id=run_id, position=0, connection=Connection.objects.get(name="gmail-sales"), action="create_draft",
        params={}, marker="m1", state="uncertain",
    )  # fmt: skip
    path = f"/api/v1/deliveries/{row.pk}/settle"

    first = ask("post", path, {"was_sent": True}, can="review")

    assert first.status_code == 202, first.content
    row.refresh_from_db()
    assert row.state == "confirmed"
    problem_of(ask("post", path, {"was_sent": False}, can="review"), 409)


def test_what_the_ai_was_asked_is_told_as_it_was(ask, house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()

    told = ask("get", f"/api/v1/runs/{run_id}/prompt", can="read").json()

    assert told["is_same"] is True
    assert Run.objects.get(pk=run_id).record["firstname"] in "".join(one["text"] for one in told["messages"])


def test_a_record_is_run_again_once_for_each_key(client, token, house):
    (run_id,) = house.receive(house.lead())
    path = f"/api/v1/runs/{run_id}/replay"

    def again(key):
        return client.post(path, headers={**token("review"), "Idempotency-Key": key})

    first, same, other = again("a"), again("a"), again("b")

    assert (first.status_code, same.status_code, other.status_code) == (202, 200, 202)
    assert first.json()["id"] == same.json()["id"] != other.json()["id"]
    assert Run.objects.filter(replay_of=run_id).count() == 2

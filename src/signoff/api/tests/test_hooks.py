"""REST hooks: an address hears of what happens, until it is taken back, is gone, or its token ends."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from signoff.accounts.models import ApiToken
from signoff.api.hooks import Event
from signoff.api.tests.test_proposals import ask, decide, desk, look_up, tell_all
from signoff.api.tests.test_v1 import problem_of
from signoff.core import clock
from signoff.engine import hooks as engine
from signoff.engine import verbs
from signoff.hooks.happenings import EVENTS
from signoff.hooks.models import Happening, Hook, Message
from signoff.outbound.tests.local import answer, local
from signoff.runs.models import Run

__all__ = ["ask", "decide", "desk", "look_up"]


@pytest.fixture
def subscribe(client, token):
    usual = token("read")

    def make(event, url, status=201, headers=usual, known=False, **more):
        reply = client.post(
            "/api/v1/hooks",
            json.dumps({"event": event, "target_url": url, **more}),
            content_type="application/json",
            headers=headers,
        )
        if status != 201:
            return problem_of(reply, status)
        assert reply.status_code == (200 if known else 201), reply.content
        return reply.json()

    make.headers = usual
    return make


def types(server):
    return [asked.json()["type"] for asked in server.asked]


def test_the_description_names_the_events_that_there_are():
    assert set(get_args(Event)) == set(Hook.EVENTS) == set(EVENTS.values())


def test_an_address_hears_of_each_step_it_asked_for(client, subscribe, house, work_off, decide):
    with local(lambda asked: answer(200)) as server:
        made = {
            event: subscribe(event, f"{server.url}/hooks/{event}", integration=house.integration.name)
            for event in get_args(Event)
        }
        (run_id,) = house.receive(house.lead())
        work_off()
        tell_all()
        assert types(server) == ["draft.waiting"]
        decide(run_id)
        tell_all()

    assert sorted(types(server)) == ["draft.decided", "draft.waiting", "run.delivered"]
    for asked in server.asked:
        event = asked.json()["type"]
        assert asked.path == f"/hooks/{event}"
        Receiver(made[event]["secret"]).verify(asked.body, asked.headers)
        assert asked.json()["data"]["run"] == run_id


def test_it_hears_when_something_needs_somebody(subscribe, house, work_off):
    with local(lambda asked: answer(200)) as server:
        subscribe("run.needs_you", server.url)
        (run_id,) = house.receive(house.lead())
        Run.objects.filter(pk=run_id).update(record={"firstname": "Dana"})
        work_off()
        tell_all()

    assert types(server) == ["run.needs_you"]
    assert "has no “id”" in server.asked[0].json()["data"]["problem"]


def test_other_integrations_are_not_its_concern(subscribe, house, work_off, desk):
    with local(lambda asked: answer(200)) as server:
        subscribe("draft.waiting", server.url, integration=desk.name)
        house.receive(house.lead())
        work_off()
        tell_all()

    assert server.asked == []


def test_nothing_is_noted_where_nobody_listens(house, work_off):
    house.receive(house.lead())
    work_off()

    assert Happening.objects.count() == 0


def test_what_waits_no_more_is_not_told(subscribe, house, work_off, decide):
    with local(lambda asked: answer(200)) as server:
        subscribe("draft.waiting", server.url)
        (run_id,) = house.receive(house.lead())
        work_off()
        engine.look()
        decide(run_id)
        tell_all()

    assert server.asked == []


def test_one_that_says_it_is_gone_is_unsubscribed(client, subscribe, house, work_off):
    with local(lambda asked: answer(410)) as server:
        subscribe("draft.waiting", server.url)
        house.receive(house.lead(), house.lead())
        work_off()
        tell_all()
        tell_all()

    assert len(server.asked) == 1
    (one,) = client.get("/api/v1/hooks", headers=subscribe.headers).json()
    assert one["state"] == "gone"


def test_one_that_is_taken_back_hears_nothing_more(client, subscribe, house, work_off):
    with local(lambda asked: answer(200)) as server:
        made = subscribe("draft.waiting", server.url)
        house.receive(house.lead())
        work_off()
        engine.look()
        assert client.delete(f"/api/v1/hooks/{made['id']}", headers=subscribe.headers).status_code == 204
        tell_all()

    assert server.asked == []
    assert client.get("/api/v1/hooks", headers=subscribe.headers).json() == []
    problem_of(client.delete(f"/api/v1/hooks/{made['id']}", headers=subscribe.headers), 404)
    assert Hook.objects.get().url_sealed is None


def test_a_hook_ends_with_its_token(subscribe, house, work_off):
    with local(lambda asked: answer(200)) as server:
        subscribe("draft.waiting", server.url)
        ApiToken.objects.update(ended_at=clock.now())
        house.receive(house.lead())
        work_off()
        tell_all()

    assert server.asked == []
    assert "ended" in Message.objects.get().problem


def test_a_delivery_that_is_tried_again_decides_nothing_anew(subscribe, house, work_off, decide):
    with local(lambda asked: answer(200)) as server:
        subscribe("draft.decided", server.url)
        (run_id,) = house.receive(house.lead())
        decide(run_id)
        Run.objects.filter(pk=run_id).update(state="needs you", resume_as="approved")
        verbs.resume(run_id)
        tell_all()
        tell_all()

    assert types(server) == ["draft.decided"]


def test_each_attempt_is_seen_and_a_message_is_sent_again(client, subscribe, house, work_off):
    says = [answer(500)]
    with local(lambda asked: says.pop() if says else answer(204)) as server:
        made = subscribe("draft.waiting", server.url + "/secret-path")
        house.receive(house.lead())
        work_off()
        tell_all()
        tell_all()
        (message,) = client.get(f"/api/v1/hooks/{made['id']}", headers=subscribe.headers).json()
        again = client.post(f"/api/v1/hooks/messages/{message['id']}/again", headers=subscribe.headers)
        assert again.status_code == 202
        tell_all()

    assert [one["status"] for one in message["attempts"]] == [500, 204]
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1
    assert len(server.asked) == 3
    assert "secret-path" not in json.dumps(message)


def test_a_sample_has_the_shape_of_what_is_told(client, subscribe, house, work_off):
    with local(lambda asked: answer(200)) as server:
        subscribe("draft.waiting", server.url)
        house.receive(house.lead())
        work_off()
        tell_all()

    (sample,) = client.get("/api/v1/hooks/sample?event=draft.waiting", headers=subscribe.headers).json()
    assert set(sample) == set(server.asked[0].json()["data"])


def test_a_sample_of_decisions_holds_what_was_approved_and_nothing_that_can_be_taken_back(
    client, subscribe, house, work_off, decide
):
    done, open_ = house.receive(house.lead()) + house.receive(house.lead())
    decide(done)
    decide(open_, undo_is_over=False)

    (sample,) = client.get("/api/v1/hooks/sample?event=draft.decided", headers=subscribe.headers).json()

    assert (sample["run"], sample["decided"]) == (done, True)
    assert sample["answer"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"event": "no.such", "target_url": "https://203.0.114.7"}, 422),
        ({"event": "draft.waiting", "target_url": "https://10.1.2.3/x"}, 422),
        ({"event": "draft.waiting", "target_url": "https://203.0.114.7", "integration": "nobody"}, 404),
        ({"event": "draft.waiting", "target_url": "https://203.0.114.7", "secret": "x"}, 422),
        ({"event": "draft.waiting"}, 422),
    ],
)
def test_what_cannot_be_subscribed_is_refused(client, subscribe, body, status):
    reply = client.post(
        "/api/v1/hooks", json.dumps(body), content_type="application/json", headers=subscribe.headers
    )

    problem_of(reply, status)
    assert Hook.objects.count() == 0


def test_subscribing_needs_the_right_to_read(subscribe, token):
    subscribe("draft.waiting", "https://203.0.114.7", status=403, headers=token("propose", "review"))


def test_subscribing_again_with_a_key_is_the_same_hook(subscribe):
    usual = {**subscribe.headers, "Idempotency-Key": "zap-1"}
    first = subscribe("draft.waiting", "https://203.0.114.7/x", headers=usual)

    again = subscribe("draft.waiting", "https://203.0.114.7/x", headers=usual, known=True)
    other = subscribe("draft.waiting", "https://203.0.114.7/y", headers=usual)

    assert again == first
    assert other["id"] != first["id"]
    assert subscribe("draft.waiting", "https://203.0.114.7/x")["id"] not in (first["id"], other["id"])

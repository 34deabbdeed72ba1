"""Proposals: any program hands in a record and gets the decision back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from signoff.accounts.models import Person
from signoff.api.tests.conftest import put_into_force
from signoff.api.tests.test_v1 import problem_of
from signoff.core import clock
from signoff.engine import hooks, leaving, verbs
from signoff.engine.hooks import tell_hook
from signoff.hooks.models import Hook, Message, Proposal
from signoff.integrations.models import Integration
from signoff.outbound.tests.local import answer, local
from signoff.review.models import Review
from signoff.runs.change import change
from signoff.runs.models import Run
from signoff.runs.retention import forget

FILE = """\
name: sign-off-replies
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then: reply
"""
RECORD = {"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}
DRAFT = {"body": "Dear Dana Whitfield, thank you for your question."}
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


@pytest.fixture
def desk(house):
    """An integration whose answers go back to whoever asked."""
    return put_into_force(FILE)[0]


@pytest.fixture
def ask(client, desk, token):
    """Hand in a record: `ask(draft=…, callback=…, key=…, query="?wait=1")`."""
    usual = token("propose")

    def send(record=RECORD, *, key=None, query="", headers=None, status=202, **more):
        names = {**(usual if headers is None else headers), **({"Idempotency-Key": key} if key else {})}
        body = {"integration": desk.name, "record": record, **more}
        reply = client.post(
            f"/api/v1/proposals{query}", json.dumps(body), content_type="application/json", headers=names
        )
        if status >= 400:
            return problem_of(reply, status)
        assert reply.status_code == status, reply.content
        return reply.json()

    send.headers = usual
    return send


@pytest.fixture
def decide(house, work_off):
    """Decide on the draft of a run; the time to undo is over when this returns."""

    def decide_on(run_id, verdict="approved", content=None, undo_is_over=True):
        work_off()
        review = Review.objects.get(run_id=run_id)
        verbs.decide(review.pk, verdict, house.owner, review.content_hash, content, "tone")
        if undo_is_over:
            past = clock.now() - timedelta(seconds=1)
            Review.objects.filter(pk=review.pk).update(undo_until=past)
            Run.objects.filter(pk=run_id).exclude(deliver_at=None).update(deliver_at=past)
            work_off(also_later=True)

    return decide_on


def look_up(client, proposal_id, headers, query=""):
    reply = client.get(f"/api/v1/proposals/{proposal_id}{query}", headers=headers)
    assert reply.status_code in (200, 202), reply.content
    return reply.json()


def tell_all():
    """Send every message, whatever the time: as a worker would, over days."""
    hooks.look()
    for message in Message.objects.filter(state__in=Message.OPEN):
        Message.objects.filter(pk=message.pk).update(next_at=clock.now())
        tell_hook(message_id=message.pk)


class Mailbox:
    """A receiver that verifies each message as its program would, and answers what it is told to."""

    def __init__(self, *says, secret=SECRET):
        self.says, self.secret = list(says), secret
        self.got = []

    def __call__(self, asked):
        Receiver(self.secret).verify(asked.body, asked.headers)
        self.got.append((asked.headers["webhook-id"], asked.json()))
        return self.says.pop(0) if self.says else answer(200)


def test_a_record_that_is_handed_in_is_drafted_reviewed_and_given_back(client, ask, decide, house):
    made = ask()
    assert made["status"] == "queued"
    assert made["answer"] is None

    decide(made["run"])

    found = look_up(client, made["id"], ask.headers)
    assert found["status"] == "done"
    assert found["decided"] is True
    assert found["answer"] == Run.objects.get(pk=made["run"]).answer
    assert found["record"] == RECORD
    assert found["decided_by"] == "Priya"
    assert found["edited"] is False
    assert found["page"].endswith(f"/history/{made['run']}/")


def test_a_draft_of_ones_own_is_judged_checked_and_reviewed_and_no_ai_is_asked(client, ask, decide, house):
    before = house.practice.books("openai")["requests"]
    made = ask(draft=DRAFT | {"body": "You owe us 900 dollars, Dana Whitfield."})
    decide(made["run"], "edited", DRAFT)

    found = look_up(client, made["id"], ask.headers)

    assert found["answer"] == DRAFT
    assert found["edited"] is True
    assert any("900" in one["text"] for one in found["findings"])
    assert house.practice.books("openai")["requests"] == before
    assert Run.objects.get(pk=made["run"]).cost_micros == 0


def test_what_waits_is_no_answer_and_nobody_elses_either(client, ask, work_off, token):
    made = ask(draft=DRAFT)
    work_off()

    assert look_up(client, made["id"], ask.headers)["status"] == "waiting for review"
    assert look_up(client, made["id"], ask.headers)["answer"] is None
    other = token("propose", role="builder")
    problem_of(client.get(f"/api/v1/proposals/{made['id']}", headers=other), 404)
    assert client.get("/api/v1/proposals", headers=other).json()["items"] == []
    assert len(client.get("/api/v1/proposals", headers=token("read")).json()["items"]) == 1


def test_an_approval_that_can_be_taken_back_is_no_decision_yet(client, ask, decide, house):
    made = ask(draft=DRAFT)
    decide(made["run"], undo_is_over=False)

    found = look_up(client, made["id"], ask.headers)
    assert found["status"] == "approved"
    assert found["decided"] is False
    assert found["answer"] is None

    verbs.undo(Review.objects.get().pk, house.owner)
    assert look_up(client, made["id"], ask.headers)["status"] == "waiting for review"


def test_a_rejection_says_why_and_holds_no_answer(client, ask, decide):
    made = ask(draft=DRAFT)
    decide(made["run"], "rejected")

    found = look_up(client, made["id"], ask.headers)

    assert (found["status"], found["decided"], found["answer"]) == ("rejected", True, None)
    assert found["rejected_for"] == "tone"


class TestTwice:
    def test_the_same_key_is_the_same_run(self, ask):
        first = ask(key="order-1")

        again = ask(key="order-1", status=200)

        assert (again["id"], again["run"]) == (first["id"], first["run"])
        assert Run.objects.count() == 1

    def test_the_same_record_without_a_key_is_the_same_run(self, ask):
        assert ask()["run"] == ask(status=200)["run"]
        assert ask(draft=DRAFT)["run"] != ask(status=200)["run"]

    def test_a_key_that_named_another_record_loses_nothing_unsaid(self, ask):
        ask(key="order-1")

        said = ask({**RECORD, "message": "And on Sundays?"}, key="order-1", status=409)

        assert "Idempotency-Key" in said["detail"]
        assert Proposal.objects.count() == 1

    def test_another_key_is_another_run_also_for_the_same_record(self, ask):
        assert ask(key="a" * 900 + "1")["run"] != ask(key="a" * 900 + "2")["run"]


class TestWaiting:
    def test_who_waits_hears_when_it_is_not_decided_in_time(self, ask):
        assert ask(query="?wait=1")["decided"] is False

    def test_who_waits_hears_at_once_of_what_is_decided(self, client, ask, decide):
        made = ask(draft=DRAFT)
        decide(made["run"])

        reply = client.get(f"/api/v1/proposals/{made['id']}?wait=25", headers=ask.headers)

        assert reply.status_code == 200
        assert reply.json()["answer"] == DRAFT

    def test_nobody_waits_longer_than_a_step_of_zapier(self, ask):
        ask(query="?wait=26", status=422)


class TestCallback:
    def test_the_decision_is_told_signed_once_it_holds(self, client, ask, decide):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url + "/resume/unguessable", "secret": SECRET})
            tell_all()
            assert box.got == []

            decide(made["run"])
            tell_all()
            tell_all()

        ((webhook_id, said),) = box.got
        assert webhook_id.startswith("msg_")
        assert said["type"] == "draft.decided"
        assert said["data"]["answer"] == DRAFT
        assert said["data"]["id"] == made["id"]
        found = look_up(client, made["id"], ask.headers)
        assert found["callback"] == "127.0.0.1"
        assert found["messages"][0]["state"] == "told"
        assert [one["status"] for one in found["messages"][0]["attempts"]] == [200]
        assert "unguessable" not in json.dumps(found)

    def test_without_a_secret_one_is_made_and_shown_once(self, ask, decide):
        with local(lambda asked: answer(200)) as server:
            made = ask(draft=DRAFT, key="k", callback={"url": server.url})
            again = ask(draft=DRAFT, key="k", callback={"url": server.url}, status=200)
            decide(made["run"])
            tell_all()

        Receiver(made["callback_secret"]).verify(server.asked[0].body, server.asked[0].headers)
        assert again["callback_secret"] is None

    def test_whoever_asks_again_from_elsewhere_is_told_there_too_and_at_once_what_is_decided(
        self, ask, decide
    ):
        before, during, after = Mailbox(), Mailbox(), Mailbox()
        with local(before) as first, local(during) as second, local(after) as third:
            made = ask(draft=DRAFT, callback={"url": first.url, "secret": SECRET})
            same = ask(draft=DRAFT, callback={"url": second.url, "secret": SECRET}, status=200)
            decide(made["run"])
            tell_all()
            late = ask(draft=DRAFT, callback={"url": third.url, "secret": SECRET}, status=200)
            tell_all()
            tell_all()

        assert made["id"] == same["id"] == late["id"]
        for box in (before, during, after):
            ((_, said),) = box.got
            assert said["data"]["answer"] == DRAFT

    def test_only_the_first_is_told_where_the_others_ask_for_that(self, ask, decide):
        first, second = Mailbox(), Mailbox()
        with local(first) as one, local(second) as other:
            asks = {"key": "order-1", "status": 200}
            mine = {"url": one.url, "secret": SECRET, "only_first": True}
            made = ask(draft=DRAFT, key="order-1", callback=mine)
            repeated = ask(draft=DRAFT, callback=mine, **asks)
            late = ask(draft=DRAFT, callback=mine | {"url": other.url}, **asks)
            decide(made["run"])
            tell_all()
            later = ask(draft={"body": "In other words."}, callback=mine | {"url": other.url}, **asks)
            tell_all()

        assert [one["asked_before"] for one in (made, repeated, late, later)] == [False, False, True, True]
        assert {one["id"] for one in (repeated, late, later)} == {made["id"]}
        assert len(first.got) == 1
        assert second.got == []
        assert Hook.objects.count() == 1

    def test_one_that_comes_after_the_first_has_ended_is_told_in_its_place(self, ask, decide):
        second = Mailbox()
        with local(lambda asked: answer(410)) as one, local(second) as other:
            mine = {"url": one.url, "secret": SECRET, "only_first": True}
            made = ask(draft=DRAFT, callback=mine)
            decide(made["run"])
            tell_all()
            again = [ask(draft=DRAFT, callback=mine | {"url": other.url}, status=200) for _ in range(2)]
            tell_all()

        assert [one["asked_before"] for one in again] == [False, False]
        assert len(second.got) == 1

    def test_who_asked_first_without_an_address_asked_before_too(self, ask):
        ask(draft=DRAFT)

        said = ask(draft=DRAFT, callback={"url": "http://127.0.0.1:9/1", "only_first": True}, status=200)

        assert said["asked_before"] is True
        assert said["callback_secret"] is None
        assert Hook.objects.count() == 0

    def test_another_record_by_the_same_key_is_refused_also_where_only_the_first_is_told(self, ask):
        mine = {"url": "http://127.0.0.1:9/1", "only_first": True}
        ask(key="order-1", callback=mine)

        said = ask({**RECORD, "message": "And on Sundays?"}, key="order-1", callback=mine, status=409)

        assert "Idempotency-Key" in said["detail"]

    def test_one_proposal_has_not_more_addresses_than_anybody_needs(self, ask, monkeypatch):
        monkeypatch.setattr(hooks, "MOST_CALLBACKS", 2)
        for number, status in ((1, 202), (2, 200), (2, 200)):
            ask(draft=DRAFT, callback={"url": f"http://127.0.0.1:9/{number}"}, status=status)

        refused = ask(draft=DRAFT, callback={"url": "http://127.0.0.1:9/3"}, status=422)

        assert "2 addresses" in refused["detail"]
        assert Hook.objects.count() == 2

    def test_a_receiver_that_is_down_is_told_later_with_the_same_id(self, client, ask, decide):
        box = Mailbox(answer(500), None, answer(429, headers={"retry-after": "120"}))
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            decide(made["run"])
            for _ in range(4):
                tell_all()

        assert len({webhook_id for webhook_id, _ in box.got}) == 1
        attempts = look_up(client, made["id"], ask.headers)["messages"][0]["attempts"]
        assert [one["status"] for one in attempts] == [500, None, 429, 200]

    def test_it_is_given_up_after_three_days_and_can_be_sent_again(self, client, ask, decide):
        box = Mailbox(*[answer(503)] * 3)
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            decide(made["run"])
            tell_all()
            tell_all()
            Message.objects.update(try_until=clock.now())
            tell_all()
            assert look_up(client, made["id"], ask.headers)["messages"][0]["state"] == "given up"

            reply = client.post(f"/api/v1/proposals/{made['id']}/callback", headers=ask.headers)
            assert reply.status_code == 202, reply.content
            tell_all()

        assert look_up(client, made["id"], ask.headers)["messages"][0]["state"] == "told"
        assert len({webhook_id for webhook_id, _ in box.got}) == 1

    def test_an_undone_decision_is_not_told(self, ask, decide, house):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            decide(made["run"], undo_is_over=False)
            hooks.look()
            verbs.undo(Review.objects.get().pk, house.owner)
            tell_all()
            assert box.got == []

            decide(made["run"], "rejected")
            tell_all()

        assert [said["data"]["status"] for _, said in box.got] == ["rejected"]

    def test_whoever_left_the_house_is_told_nothing(self, ask, decide):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            decide(made["run"])
            Person.objects.filter(pk=Proposal.objects.get().person_id).update(is_active=False)
            tell_all()

        assert box.got == []
        assert Message.objects.get().state == "dropped"

    def test_what_was_erased_is_not_told(self, ask, decide):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            decide(made["run"])
            forget([made["run"]])
            tell_all()

        assert box.got == []
        assert Run.objects.get().given_draft is None

    def test_one_receiver_that_hangs_takes_two_threads_and_no_more(self, ask):
        with local(lambda asked: answer(200)) as server:
            made = [ask(key=str(n), callback={"url": server.url, "secret": SECRET}) for n in range(3)]
        for one in made:
            Run.objects.filter(pk=one["run"]).update(state="waiting for review")
            Run.objects.filter(pk=one["run"]).update(state="approved")
        hooks.look()
        first, second, third = Message.objects.all()
        soon = clock.now() + timedelta(seconds=30)
        Message.objects.filter(pk__in=[first.pk, second.pk]).update(state="sending", claimed_until=soon)

        tell_hook(message_id=third.pk)

        third.refresh_from_db()
        assert (third.state, third.tries) == ("waiting", 0)


class TestLeft:
    """What stopped and was left as it is ends the waiting of whoever asked, until somebody takes it up again."""

    @pytest.fixture
    def stop(self, house):
        def stop_and_leave(run_id, at="queued"):
            values = {
                "state": "needs you",
                "resume_as": at,
                "problem": "The key has ended.",
                "next_step": "Look.",
            }
            assert change(run_id, at, values)
            assert leaving.leave(run_id, house.owner, "A test of ours")

        return stop_and_leave

    def test_it_is_told_by_asking_by_waiting_and_by_the_callback(self, client, ask, stop):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            stop(made["run"])
            tell_all()
            tell_all()

        waited = client.get(f"/api/v1/proposals/{made['id']}?wait=25", headers=ask.headers)
        again = ask(draft=DRAFT, query="?wait=25", status=200)
        ((_, said),) = box.got
        assert (waited.status_code, said["type"]) == (200, "draft.decided")
        for heard in (waited.json(), again, said["data"]):
            assert (heard["status"], heard["decided"], heard["answer"]) == ("left", True, None)
            assert (heard["rejected_for"], heard["decided_by"]) == (None, None)
            assert heard["problem"] == "The key has ended."
            assert "no answer comes" in heard["next_step"]
        assert [one["event"] for one in waited.json()["messages"]] == ["draft.left"]

    def test_taken_up_again_it_is_undecided_and_its_decision_is_told_as_well(
        self, client, ask, stop, decide, house
    ):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            stop(made["run"])
            tell_all()
            assert verbs.resume(made["run"], house.owner)
            assert look_up(client, made["id"], ask.headers)["decided"] is False
            decide(made["run"])
            tell_all()
            tell_all()

        assert [said["data"]["status"] for _, said in box.got] == ["left", "done"]
        assert len({webhook_id for webhook_id, _ in box.got}) == 2
        assert look_up(client, made["id"], ask.headers)["answer"] == DRAFT

    def test_who_takes_it_up_before_it_is_told_lets_nobody_hear_that_it_was_left(self, ask, stop, house):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            stop(made["run"])
            hooks.look()
            assert verbs.resume(made["run"], house.owner)
            tell_all()
            stop(made["run"])
            assert verbs.resume(made["run"], house.owner)
            tell_all()

        assert box.got == []
        assert [one.problem for one in Message.objects.all()] == ["It was taken up again."]

    def test_an_address_that_is_named_after_it_was_left_is_told_at_once(self, ask, stop):
        box = Mailbox()
        made = ask(draft=DRAFT)
        stop(made["run"])
        with local(box) as server:
            ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET}, status=200)
            tell_all()

        assert [said["data"]["status"] for _, said in box.got] == ["left"]

    def test_what_was_approved_before_stays_approved_and_is_told_once(self, client, ask, stop, decide):
        box = Mailbox()
        with local(box) as server:
            made = ask(draft=DRAFT, callback={"url": server.url, "secret": SECRET})
            Run.objects.filter(pk=made["run"]).update(state="approved", answer=DRAFT)
            tell_all()
            stop(made["run"], at="approved")
            tell_all()

        assert len(box.got) == 1
        found = look_up(client, made["id"], ask.headers)
        assert (found["status"], found["decided"], found["answer"]) == ("left", True, DRAFT)


class TestBadInput:
    def test_who_may_not_propose(self, ask, token):
        ask(headers=token("read", "review"), status=403)
        ask(headers=token("propose", role="viewer"), status=403)
        ask(headers={}, status=401)

    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.example.com/x",
            "https://10.0.0.7/x",
            "https://169.254.169.254/latest",
            "https://localhost/x",
            "https://[::1]/x",
            "ftp://example.com",
            "no address",
            "https://user:pass@example.com/x",
            "https://example.com/" + "x" * 2000,
        ],
    )
    def test_an_address_that_nothing_can_be_sent_to_is_refused_before_anything_is_kept(
        self, ask, url, monkeypatch
    ):
        monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "")

        said = ask(callback={"url": url}, status=422)

        assert said["faults"][0]["where"] == "callback.url"
        assert Run.objects.count() == 0

    def test_a_secret_that_signs_nothing_is_refused(self, ask):
        ask(callback={"url": "https://203.0.114.7/x", "secret": "hunter2"}, status=422)
        assert Hook.objects.count() == 0

    def test_a_draft_that_does_not_fit_is_refused_with_its_faults(self, ask):
        said = ask(draft={"body": "x" * 501, "else": 1}, status=422)

        assert "draft.body" in [one["where"] for one in said["faults"]]
        assert Run.objects.count() == 0

    def test_an_unknown_integration_and_one_that_is_off(self, client, ask, desk):
        Integration.objects.update(is_on=False)
        ask(status=409)
        desk.name = "no-such-thing"
        ask(status=404)

    @pytest.mark.parametrize("record", [{}, [], "x", None, {"a": "\x00"}])
    def test_a_record_that_is_none(self, ask, record):
        ask(record, status=422)
        assert Run.objects.count() == 0

    def test_too_large(self, ask):
        ask({"a": "x" * 1_000_001}, status=413)
        ask({"a": "x" * 2_100_000}, status=413)
        assert Run.objects.count() == 0

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"record": NaN}', b"[" * 20_000, b'{"a": 1e999}'])
    def test_a_body_that_is_no_json(self, client, ask, body):
        reply = client.post("/api/v1/proposals", body, content_type="application/json", headers=ask.headers)
        assert reply.status_code in (400, 422), reply.content
        problem_of(reply, reply.status_code)

    def test_a_name_that_is_not_known_is_no_silence(self, ask):
        ask(drafts=DRAFT, status=422)

    def test_a_record_that_the_integration_leaves_out(self, ask, desk):
        put_into_force(FILE.replace("when: webhook", "when: webhook, only_if: {vip: true}"))

        said = ask(status=200)

        assert (said["id"], said["status"]) == (None, "not wanted")
        assert Run.objects.count() == 0

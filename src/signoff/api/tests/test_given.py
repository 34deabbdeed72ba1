"""An integration whose drafts are handed in, with no app and no AI connected: from the request to the decision told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from signoff.accounts.models import Person
from signoff.api.tests.conftest import put_into_force
from signoff.api.tests.test_proposals import SECRET, Mailbox, tell_all
from signoff.api.tests.test_v1 import problem_of
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.errors import InputRejected
from signoff.engine import hooks, verbs
from signoff.integrations.models import Integration
from signoff.outbound.tests.local import local
from signoff.proving import prove
from signoff.review.certificates import certificate
from signoff.review.decide import DecisionRefused
from signoff.review.models import Review
from signoff.runs.handing_in import why_not
from signoff.runs.models import Run, Spent
from signoff.runs.spending import estimate
from signoff.versions import calendar, drills, quarterly

FILE = """\
name: sign-off-replies
drafts: handed in
answer: {body: {type: text, max: 500}}
then: reply
"""
WRITTEN = """\
name: sign-off-replies
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then: reply
"""
RECORD = {"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}
DRAFT = {"body": "Dear Dana Whitfield, thank you for your question."}


@pytest.fixture
def desk(db):
    """The integration, switched on, in a house with nothing connected."""
    return put_into_force(FILE)[0]


@pytest.fixture
def owner(db):
    return Person.objects.add("priya@example.test", "a long password", "owner", "Priya Nair")


@pytest.fixture
def hand_in(client, desk, token):
    """Hand in a record: `hand_in(draft=…, callback=…)`; an answer, or from 400 on the problem document."""
    headers = token("propose")

    def send(draft=DRAFT, record=RECORD, status=202, **more):
        body = {"integration": desk.name, "record": record, **({"draft": draft} if draft else {}), **more}
        reply = client.post(
            "/api/v1/proposals", json.dumps(body), content_type="application/json", headers=headers
        )
        if status >= 400:
            return problem_of(reply, status)
        assert reply.status_code == status, reply.content
        return reply.json()

    return send


@pytest.fixture
def decide(work_off, owner):
    def decide_on(run_id, verdict="approved", content=None):
        work_off()
        review = Review.objects.get(run_id=run_id)
        verbs.decide(review.pk, verdict, owner, review.content_hash, content, "tone")
        past = clock.now() - timedelta(seconds=1)
        Review.objects.filter(pk=review.pk).update(undo_until=past)
        Run.objects.filter(pk=run_id).exclude(deliver_at=None).update(deliver_at=past)
        work_off(also_later=True)
        return review

    return decide_on


def test_a_draft_is_checked_reviewed_and_told_where_nothing_is_connected(hand_in, decide, monkeypatch):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    box = Mailbox()
    with local(box) as server:
        made = hand_in(callback={"url": f"{server.url}/hook", "secret": SECRET})
        decide(made["run"])
        tell_all()

    ((_id, told),) = box.got
    assert told["data"]["answer"] == DRAFT
    assert told["data"]["status"] == "done"
    run = Run.objects.get()
    assert [line["what"] for line in run.timeline][:3] == [
        "test asked for a sign-off",
        "Took the draft that was handed in",
        "Checked the facts: all found in the record",
    ]
    assert (run.model, run.cost_micros) == ("", 0)
    assert not Connection.objects.exists()
    assert not Spent.objects.exists()


def test_what_the_record_does_not_bear_out_is_marked_and_waits_for_a_person(hand_in, work_off):
    hand_in(draft={"body": "Dear Dana Whitfield, our Team plan is $149 a month."})

    work_off()

    run = Run.objects.get()
    assert run.state == "waiting for review"
    assert [one["text"] for one in run.findings] == ["$149 a month"]


def test_company_facts_bear_a_draft_out(client, token, work_off, db):
    facts = "facts:\n  prices: {Team: $149 a month}\n"
    from signoff.integrations.apply import apply
    from signoff.integrations.file import read_texts

    assert not apply(read_texts(f"{facts}---\n{FILE}prompt: {{facts: [prices]}}\n")).faults
    verbs.switch(Integration.objects.get(), True)

    body = {
        "integration": "sign-off-replies", "record": RECORD,
        "draft": {"body": "Dear Dana Whitfield, our Team plan is $149 a month."},
    }  # fmt: skip
    client.post(
        "/api/v1/proposals", json.dumps(body), content_type="application/json", headers=token("propose")
    )
    work_off()

    assert Run.objects.get().findings == []


def test_a_fact_that_changes_while_a_draft_waits_is_noticed_before_anybody_approves(
    client, token, work_off, owner, db
):
    from signoff.integrations.apply import apply
    from signoff.integrations.file import read_text, read_texts
    from signoff.review.decide import FactsChanged

    facts = "facts:\n  prices: {Team: $149 a month}\n"
    assert not apply(read_texts(f"{facts}---\n{FILE}prompt: {{facts: [prices]}}\n")).faults
    verbs.switch(Integration.objects.get(), True)
    draft = {"body": "Dear Dana Whitfield, our Team plan is $149 a month."}
    body = {"integration": "sign-off-replies", "record": RECORD, "draft": draft}
    client.post(
        "/api/v1/proposals", json.dumps(body), content_type="application/json", headers=token("propose")
    )
    work_off()
    apply([read_text(facts.replace("149", "159"))])
    review = Review.objects.get()

    with pytest.raises(FactsChanged, match="prices"):
        verbs.decide(review.pk, "approved", owner, review.content_hash)

    assert [one["text"] for one in Run.objects.get().findings] == ["$149 a month"]


def test_a_record_that_is_not_wanted_needs_no_draft(client, token, db):
    put_into_force(FILE + "record: {only_if: {lang: en}}\n")
    body = {"integration": "sign-off-replies", "record": RECORD | {"lang": "de"}}

    reply = client.post(
        "/api/v1/proposals", json.dumps(body), content_type="application/json", headers=token("propose")
    )

    assert (reply.status_code, reply.json()["status"]) == (200, "not wanted")


def test_a_record_without_a_draft_is_refused_with_what_is_missing_and_nothing_is_kept(hand_in):
    said = hand_in(draft=None, status=422)

    assert said["detail"] == (
        "This record came without a draft, and sign-off-replies asks no AI: its drafts are handed in. Nothing was "
        "kept. Hand it in again with its `draft`, or let an AI write the drafts of this integration."
    )
    assert said["faults"] == [{"where": "draft", "what": "is missing", "expected": "an object with `body`"}]
    assert not Run.objects.exists()


def test_a_draft_that_does_not_fit_is_refused_with_the_field_named(hand_in):
    said = hand_in(draft={"body": "x" * 501}, status=422)

    assert [one["where"] for one in said["faults"]] == ["draft.body"]
    assert not Run.objects.exists()


def test_a_record_without_its_draft_is_taken_by_no_other_door_either(client, desk):
    reply = client.post(f"/in/{desk.key}", json.dumps(RECORD), content_type="application/json")

    said = problem_of(reply, 409)
    assert "POST /api/v1/proposals" in said["detail"]
    assert "together with its draft" in why_not(desk)
    assert not Run.objects.exists()


def test_the_first_answer_cannot_be_asked_for_again_and_the_person_hears_why(hand_in, work_off, owner):
    hand_in()
    work_off()
    review = Review.objects.get()

    with pytest.raises(DecisionRefused, match="it was handed in"):
        verbs.ask_again(review.pk, owner, review.content_hash, "Shorter, please.")

    assert Run.objects.get().state == "waiting for review"


def test_where_an_ai_is_asked_too_it_writes_what_is_asked_for_again(house, client, token, work_off):
    put_into_force(WRITTEN)
    body = {"integration": "sign-off-replies", "record": RECORD, "draft": DRAFT}
    client.post(
        "/api/v1/proposals", json.dumps(body), content_type="application/json", headers=token("propose")
    )
    work_off()
    review = Review.objects.get()

    verbs.ask_again(review.pk, house.owner, review.content_hash, "Shorter, please.")
    work_off()

    run = Run.objects.get()
    assert run.given_draft is None
    assert run.model.startswith("gpt-4o")
    assert run.answer != DRAFT
    assert Review.objects.get().fingerprint == ""  # a draft that was helped is no evidence


def test_people_s_decisions_are_counted_and_autopilot_is_never_offered(hand_in, decide, desk, owner):
    decide(hand_in()["run"])
    decide(
        hand_in(record=RECORD | {"name": "Tom Berger"}, draft={"body": "Dear Tom Berger, thank you."})["run"],
        "rejected",
    )

    standing = certificate(desk)
    assert (standing.evidence.n + standing.evidence.unread, standing.evidence.k) == (2, 1)
    assert not standing.wanted
    assert not standing.offered


def test_another_form_of_the_answer_begins_the_count_anew(hand_in, decide, desk):
    decide(hand_in()["run"], "rejected")

    put_into_force(FILE.replace("max: 500", "max: 400"))

    assert certificate(Integration.objects.get()).evidence.n == 0


def test_a_record_runs_again_with_its_draft_and_one_without_is_refused_where_no_ai_is_left(
    house, hand_in, work_off
):
    put_into_force(WRITTEN)
    hand_in(draft=None)
    hand_in()
    work_off()
    written, given = Run.objects.order_by("pk")
    put_into_force(FILE)

    again = verbs.replay(given.pk)
    with pytest.raises(InputRejected, match="no draft"):
        verbs.replay(written.pk)
    work_off()

    assert Run.objects.get(pk=again.pk).state == "waiting for review"
    assert Run.objects.count() == 3


def test_what_began_with_an_ai_ends_with_it_after_the_change(house, hand_in, work_off):
    put_into_force(WRITTEN)
    hand_in(draft=None)
    put_into_force(FILE)

    work_off()

    assert Run.objects.get().state == "waiting for review"


def test_an_old_draft_that_fits_no_more_stops_with_the_fault_named(hand_in, work_off):
    hand_in()
    work_off()
    old = Run.objects.get()
    put_into_force(FILE.replace("max: 500", "max: 20"))

    again = verbs.replay(old.pk)
    work_off()

    run = Run.objects.get(pk=again.pk)
    assert run.state == "needs you"
    assert "does not fit what must come back: body: " in run.problem
    assert run.next_step == "Hand it in again as the integration wants it."


def test_nothing_that_concerns_an_ai_stumbles_over_it(desk, hand_in, decide, owner):
    decide(hand_in()["run"])

    assert estimate(desk) is None
    assert calendar.uses() == []
    assert "tests" not in {one.section for one in quarterly.points()}
    with pytest.raises(prove.ProofRefused, match="asks no AI"):
        prove.plan(desk)
    with pytest.raises(drills.DrillRefused, match="asks no model"):
        drills.begin(desk, model="gpt-4o")


def test_a_trial_takes_a_draft_and_asks_nobody(client, desk, token):
    build = token("build")

    def tried(**given):
        reply = client.post(
            f"/api/v1/integrations/{desk.name}/try",
            json.dumps(given),
            content_type="application/json",
            headers=build,
        )
        return reply.json()

    held = tried(record=RECORD, draft={"body": "Dear Dana Whitfield, it is $149."})
    without = tried(record=RECORD)

    assert held["ok"]
    assert [one["text"] for one in held["findings"]] == ["$149"]
    assert held["prompt"] == ""
    assert not without["ok"]
    assert "came without a draft" in without["problem"]


def test_a_hook_hears_of_a_draft_that_waits(desk, hand_in, work_off):
    hand_in()
    work_off()

    assert hooks.look() == 0  # nobody listens, and nothing stumbles

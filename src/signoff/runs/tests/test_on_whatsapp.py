"""
A customer's question on WhatsApp, from their phone back to their phone, over real HTTP in both directions: the practice
WhatsApp tells a running Signoff, which answers through it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from signoff.core import clock
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.pacing.models import Pace
from signoff.review.models import Review
from signoff.runs.models import Delivery, LastWord, Run
from signoff.runs.retrying import MOST_TRIES
from signoff_sandbox.testing import WHATSAPP_SETTINGS

pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLE = Path(__file__).parents[4] / "examples" / "answer-whatsapp-questions.yaml"
QUESTION = "Hello, what does the Team plan cost, and do you open on Saturdays?"
PEOPLE = iter(range(491_710_000_000, 491_720_000_000))


@pytest.fixture
def practice(practice):
    """The practice WhatsApp as if nothing had happened there."""
    practice.control(
        "whatsapp", faults="mistakes=0", statuses="at once", release={}, restore_key=True,
        limits={"per_second": 80, "pair_burst": 45, "pair_seconds": 6},
    )  # fmt: skip
    return practice


@pytest.fixture
def desk(live_server, whole_house, practice):
    """A Signoff that Meta reaches, with the example switched on."""
    result = apply([read_file(EXAMPLE)])
    assert not result.faults, result.faults
    integration = Integration.objects.get(name="answer-whatsapp-questions")
    verbs.switch(integration, True)
    word = WHATSAPP_SETTINGS["verify_token"]
    practice.control(
        "whatsapp", webhook={"url": f"{live_server.url}/in/{integration.key}", "verify_token": word}
    )
    yield whole_house
    practice.control("whatsapp", webhook={"url": "", "unasked": True}, statuses="held", release={})


@pytest.fixture
def ask(desk, practice):
    """Let a customer write; returns the answers that Meta got, and the newest run."""

    def write(text=QUESTION, **more):
        told = practice.control(
            "whatsapp", receive={"from": str(next(PEOPLE)), "name": "Ada Lovelace", "text": text, **more}
        )
        return told["receive"]["answers"], Run.objects.order_by("-id").first()

    return write


def approve(desk, run):
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", desk.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)  # the time to undo is over
    return review


def eventually(look, seconds=10):
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until
        time.sleep(0.02)


def reload(run):
    run.refresh_from_db()
    return run


def written(practice, run):
    return [m for m in practice.books("whatsapp")["sent"] if m["with"] == run.record["wa_id"]]


def said(run):
    return [line["what"] for line in reload(run).timeline]


def test_a_question_is_answered_in_the_same_chat(ask, desk, practice, work_off):
    answers, run = ask()
    work_off()
    assert answers == [200]
    assert reload(run).state == Run.State.WAITING, run.timeline
    review = approve(desk, run)
    work_off(also_later=True)

    eventually(lambda: "WhatsApp says: it has arrived" in said(run))
    work_off(also_later=True)
    (message,) = written(practice, run)
    assert reload(run).state == Run.State.DONE
    assert message["text"] == review.content["body"]
    assert (message["answers"], message["status"]) == (run.record["id"], "delivered")
    row = Delivery.objects.get(run=run, action="send_text")
    assert (row.external_id, row.receipt) == (message["id"], "delivered")
    (question,) = [m for m in practice.books("whatsapp")["received"] if m["id"] == run.record["id"]]
    assert question["read"]


def test_the_ai_does_not_see_the_number(ask, desk, work_off):
    from signoff.integrations.definition import definition_of
    from signoff.runs.prompting import prompt_for

    _, run = ask()

    prompt, _ = prompt_for(*definition_of(run.version_id), run.record)[:2]
    shown = "".join(message.text for message in prompt.messages)
    assert QUESTION in shown
    assert run.record["wa_id"] not in shown


def test_the_same_message_told_twice_is_answered_once_and_a_forged_one_never(ask, desk, practice):
    answers, _ = ask(times=2)
    forged, _ = ask("Give me a refund", forged=True)

    assert (answers, forged) == ([200, 200], [401])
    assert Run.objects.count() == 1


def test_a_lost_answer_is_not_sure_until_meta_tells(ask, desk, practice, work_off):
    _, run = ask()
    work_off()
    approve(desk, run)
    practice.control(
        "whatsapp",
        statuses="held",
        fail_next={"fault": "lost_answer", "path": "/messages", "method": "POST"},
    )
    advance(run_id=run.pk)
    Delivery.objects.filter(run=run, state="transmitting").update(
        started_at=clock.now() - timedelta(seconds=30)
    )
    work_off(also_later=True)
    assert reload(run).state == Run.State.UNCERTAIN, run.timeline
    assert "If it has, WhatsApp tells us" in run.problem

    practice.control("whatsapp", release={"order": "reversed", "times": 2})
    work_off(also_later=True)

    assert reload(run).state == Run.State.DONE, run.timeline
    assert len(written(practice, run)) == 1
    assert said(run).count("WhatsApp says: it has arrived") == 1


def test_what_fails_after_it_was_accepted_comes_back_to_the_owner(ask, desk, practice, work_off):
    _, run = ask()
    work_off()
    approve(desk, run)
    practice.control("whatsapp", statuses="held", fail_status=131026)
    work_off(also_later=True)
    assert reload(run).state == Run.State.DONE

    practice.control("whatsapp", release={})
    work_off(also_later=True)

    assert reload(run).state == Run.State.NEEDS_YOU
    assert "cannot reach this customer" in run.problem
    assert len(written(practice, run)) == 1


def closed(ask, desk, work_off):
    """A run that was approved a day after its customer wrote, and waits for its owner."""
    _, run = ask()
    work_off()
    approve(desk, run)
    LastWord.objects.update(at=clock.now() - timedelta(hours=23, minutes=59))
    work_off(also_later=True)
    return reload(run)


def test_a_review_that_outlasts_the_window_sends_nothing_and_asks_for_a_template(
    ask, desk, practice, work_off
):
    run = closed(ask, desk, work_off)

    assert run.state == Run.State.NEEDS_YOU
    assert "24 hours" in run.problem
    assert written(practice, run) == []

    row = Delivery.objects.get(run=run, action="send_text")
    template = next(one for one in client(row).approved() if one.key == "answer_ready/en_US")
    assert verbs.send_instead(row.pk, template, ["Ada"], desk.owner)
    assert not verbs.send_instead(row.pk, template, ["Ada"], desk.owner)
    work_off(also_later=True)

    (message,) = written(practice, run)
    assert message["text"].startswith("Hi Ada, we have an answer")
    assert reload(run).state == Run.State.DONE, run.timeline
    assert "Priya chose the template “answer ready (en_US)” instead" in said(run)


def client(row):
    from signoff.connections.client import client_for

    return client_for(row.connection)


def test_a_newer_message_of_the_customer_opens_the_window_again(ask, desk, practice, work_off):
    run = closed(ask, desk, work_off)
    ask("Are you there?", **{"from": run.record["wa_id"]})

    verbs.resume(run.pk, desk.owner)
    work_off(also_later=True)

    assert reload(run).state == Run.State.DONE, run.timeline
    assert len(written(practice, run)) == 1


def test_who_was_written_to_too_fast_waits_and_nobody_else(ask, desk, practice, work_off):
    _, first = ask()
    _, second = ask()
    work_off()
    approve(desk, first)
    approve(desk, second)
    practice.control("whatsapp", fail_next={"fault": "code_131056", "path": "/messages", "method": "POST"})

    advance(run_id=first.pk)
    advance(run_id=second.pk)

    assert reload(first).state == Run.State.DELIVERING
    assert reload(second).state == Run.State.DONE
    assert Pace.objects.get(connection__name="whatsapp-main").held_until is None
    work_off(also_later=True)
    assert reload(first).state == Run.State.DONE
    assert len(written(practice, first)) == 1


def test_whoever_can_never_be_written_to_is_no_longer_tried_and_a_person_is_asked(
    ask, desk, practice, work_off
):
    _, run = ask()
    work_off()
    approve(desk, run)
    Run.objects.filter(pk=run.pk).update(tries=MOST_TRIES - 1)
    practice.control("whatsapp", fail_next={"fault": "code_131056", "path": "/messages", "method": "POST"})

    advance(run_id=run.pk)

    stopped = reload(run)
    assert stopped.state == Run.State.NEEDS_YOU
    gone = "WhatsApp takes nothing more for this recipient, and we have stopped trying. Nothing is lost."
    assert stopped.problem == gone
    verbs.resume(run.pk, desk.owner)
    work_off(also_later=True)
    assert reload(run).state == Run.State.DONE
    assert len(written(practice, run)) == 1


def test_while_it_is_switched_off_meta_keeps_the_message(ask, desk, practice, work_off):
    integration = Integration.objects.get(name="answer-whatsapp-questions")
    verbs.switch(integration, False)
    answers, _ = ask()
    assert answers == [409]
    assert Run.objects.count() == 0

    verbs.switch(integration, True)
    time.sleep(0.25)  # how long an integration's row is trusted
    eventually(lambda: practice.control("whatsapp", redeliver=True) and Run.objects.count() == 1)

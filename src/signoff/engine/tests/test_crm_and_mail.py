"""The examples for deals and mail, end to end: from the app that tells of it, past a person, and back to the app."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signoff.connections.connect import connect
from signoff.connections.models import Connection
from signoff.connectors.registry import connector_class
from signoff.core.secret import Secret
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Delivery, Run, Source
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET, HUBSPOT_KEY

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.fixture
def switched_on(house):
    """Apply an example and switch it on, alone; its source begins to be read from now on."""

    def switch(name):
        verbs.switch(house.integration, False)
        result = apply([read_file(EXAMPLES / "company-facts.yaml"), read_file(EXAMPLES / f"{name}.yaml")])
        assert not result.faults, result.faults
        integration = Integration.objects.get(name=name)
        verbs.switch(integration, True)
        poll_now()
        time.sleep(0.05)
        return integration

    return switch


def poll_now():
    """Read every source that is on, whatever its time."""
    Source.objects.update(next_at="2026-01-01T00:00:00Z", claimed_until=None)
    return verbs.poll()


def approve(run, house):
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)  # the time to undo is over
    advance(run_id=run.pk)
    run.refresh_from_db()


def later(run, work_off):
    """Let so much time pass that what was begun may be asked for."""
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    Delivery.objects.filter(run=run, state="transmitting").update(started_at=long_ago)
    work_off(also_later=True)
    run.refresh_from_db()


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(connector_class("hubspot"), "settled", timedelta(0))


def deal_on_its_way(practice):
    """Return a deal with a contact and a company, one stage before the example begins."""
    values = {"dealname": "Twelve seats", "amount": "1490", "dealstage": "qualifiedtobuy"}
    asked = {"object": "deals", "records": [values]}
    (deal,) = practice.control("hubspot", create_records=asked)["create_records"]
    (contact,) = practice.seed_leads(1)
    practice.control("hubspot", tie={"deals": deal, "contacts": contact})
    return deal, contact


def move(practice, deal, stage):
    change = {"id": deal, "properties": {"dealstage": stage}}
    practice.control("hubspot", update_records={"object": "deals", "records": [change]})
    time.sleep(0.05)


def of_deal(practice, deal):
    books = practice.books("hubspot")
    notes = [note["body"] for note in books["notes"] if note["tied"].get("deal") == [deal]]
    return next(one for one in books["deals"] if one["id"] == deal), notes


def test_a_deal_that_moves_is_summed_up_and_the_summary_lands_on_it(
    house, switched_on, work_off, practice, at_once
):
    deal, contact = deal_on_its_way(practice)
    switched_on("summarise-deals")

    move(practice, deal, "contractsent")
    assert poll_now() == 1
    assert poll_now() == 0, "the same move is one run"
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["contact.firstname"] == house.contact(contact)["firstname"]
    assert run.label == "Twelve seats"
    approve(run, house)

    kept, notes = of_deal(practice, deal)
    assert run.state == Run.State.DONE, run.timeline
    assert kept["hs_next_step"] == run.answer["next_step"]
    assert len(notes) == 1
    assert poll_now() == 0, "what we wrote ourselves starts nothing"


def test_a_note_whose_answer_was_lost_stands_on_the_deal_once(
    house, switched_on, work_off, practice, at_once
):
    deal, _ = deal_on_its_way(practice)
    switched_on("summarise-deals")
    move(practice, deal, "contractsent")
    poll_now()
    work_off()
    run = Run.objects.get()
    practice.control("hubspot", fail_next={"fault": "lost_answer", "path": "2026-09/notes", "method": "POST"})

    approve(run, house)
    assert run.state == Run.State.DELIVERING
    later(run, work_off)

    _, notes = of_deal(practice, deal)
    assert len(notes) == 1
    assert run.state == Run.State.DONE, run.timeline


def test_a_deal_in_another_stage_is_left_alone(house, switched_on, practice, at_once):
    deal, _ = deal_on_its_way(practice)
    switched_on("summarise-deals")

    move(practice, deal, "closedlost")

    assert poll_now() == 0


def test_hubspots_own_webhook_and_asking_come_to_one_run(
    house, work_off, practice, at_once, live_server, settings, monkeypatch
):
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setenv("SIGNOFF_URL", live_server.url)
    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), settings={"app_secret": "hs-secret"})
    practice.control(
        "hubspot", account={"portal_id": int(Connection.objects.get(name="hubspot-main").account_id)}
    )
    poll_now()
    time.sleep(0.05)
    contact = house.lead()
    time.sleep(0.05)
    hook = {
        "url": f"{live_server.url}/in/{house.integration.key}",
        "secret": "hs-secret",
        "contact_ids": [contact],
    }

    forged = practice.control("hubspot", webhook={**hook, "forged": True})["webhook"]
    told = practice.control("hubspot", webhook={**hook, "times": 2})["webhook"]
    polled = poll_now()

    assert forged == [401]
    assert told == [200, 200]
    assert polled == 0
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["email"] == house.contact(contact)["email"]


# Mail


@pytest.fixture
def support(house, practice):
    """The support mailbox, signed in so far that it can be read and labelled."""
    practice.control("gmail", fail_no_more=True)
    grant = practice.grant("gmail.modify")
    secret = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": grant.refresh_token}
    free = {"requests_per_minute": 1_000_000}
    connect("gmail", "gmail-support", Secret(json.dumps(secret)), base_url=practice.gmail, limits=free)


def arrives(practice, **more):
    letter = {
        "from": "Dana Whitfield <dana@whitfielddental.example>",
        "subject": f"What does the Team plan cost? {time.monotonic_ns()}",
        "body": "Hello,\n\nwe are 8 dentists. What does the Team plan cost?\n\nDana",
        "headers": {"Message-ID": f"<{time.monotonic_ns()}@whitfielddental.example>"},
        **more,
    }
    return practice.control("gmail", receive=letter)["receive"]


def test_a_mail_is_answered_in_its_conversation(house, switched_on, work_off, practice, support):
    switched_on("answer-support-mail")

    came = arrives(practice)
    arrives(practice, headers={"List-Unsubscribe": "<https://news.test/u>"})
    assert poll_now() == 1, "the newsletter is left alone"
    assert poll_now() == 0
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.label.startswith("Dana Whitfield: What does the Team plan cost?")
    approve(run, house)

    assert run.state == Run.State.DONE, run.timeline
    (draft,) = [d for d in practice.books("gmail")["drafts"] if d["thread_id"] == came["threadId"]]
    assert draft["to"] == "dana@whitfielddental.example"
    assert draft["subject"] == f"Re: {run.record['subject']}"
    assert draft["headers"]["In-Reply-To"] == f"<{run.record['message_id']}>"
    practice.control("gmail", send_draft=draft["id"])
    assert poll_now() == 0, "our own answer starts nothing"


def test_a_mail_gets_its_label_without_a_person(house, switched_on, work_off, practice, support):
    switched_on("label-support-mail")

    came = arrives(practice)
    assert poll_now() == 1
    work_off(also_later=True)

    run = Run.objects.get()
    assert run.state == Run.State.DONE, run.timeline
    (kept,) = [mail for mail in practice.books("gmail")["received"] if mail["id"] == came["id"]]
    assert f"Support/{run.answer['topic']}" in kept["labels"]


def test_mail_of_a_time_when_the_history_was_lost_is_neither_lost_nor_answered_twice(
    house, switched_on, work_off, practice, support
):
    time.sleep(1)  # what other tests received is not of the second in which this one begins
    switched_on("label-support-mail")
    before = arrives(practice)
    poll_now()
    missed = arrives(practice)
    practice.control("gmail", forget_history=True)

    for _ in range(4):
        poll_now()
    work_off(also_later=True)

    runs = Run.objects.values_list("object_id", flat=True)
    assert sorted(runs) == sorted([before["id"], missed["id"]])
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.DONE}


def test_an_answer_whose_confirmation_was_lost_lies_in_drafts_once(
    house, switched_on, work_off, practice, support
):
    switched_on("answer-support-mail")
    came = arrives(practice)
    poll_now()
    work_off()
    run = Run.objects.get()
    practice.control("gmail", fail_next={"fault": "late503", "path": "/drafts", "method": "POST"})

    approve(run, house)
    later(run, work_off)

    assert run.state == Run.State.DONE, run.timeline
    assert len([d for d in practice.books("gmail")["drafts"] if d["thread_id"] == came["threadId"]]) == 1

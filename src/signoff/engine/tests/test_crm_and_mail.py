"""The examples for deals, end to end: from the app that tells of it, past a person, and back to the app."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signoff.connections.models import Connection
from signoff.connectors.registry import connector_class
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Delivery, Run, Source

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
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret
    from signoff_sandbox.testing import HUBSPOT_KEY

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

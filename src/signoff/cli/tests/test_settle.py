"""`signoff settle` and `signoff run --prompt`: what a terminal says of one run."""

from __future__ import annotations

import json

import pytest

from signoff.accounts.models import AuditEntry
from signoff.connections.models import Connection
from signoff.runs.models import Delivery, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def unsure(house):
    """Return a run of which two deliveries may or may not have arrived."""
    (run_id,) = house.receive(house.lead())
    Run.objects.filter(pk=run_id).update(state="uncertain", problem="Gmail did not answer.")
    for position, (name, action) in enumerate(
        (("gmail-sales", "create_draft"), ("hubspot-main", "add_note"))
    ):
        Delivery.objects.create(
            run_id=run_id, position=position, connection=Connection.objects.get(name=name), action=action,
            params={}, marker=f"m{position}", state="uncertain",
        )  # fmt: skip
    return run_id


def states(run_id):
    return list(Delivery.objects.filter(run=run_id).order_by("position").values_list("state", flat=True))


def test_of_several_that_are_not_sure_one_is_named(run, unsure):
    which = run("settle", str(unsure), "sent")
    one = run("settle", str(unsure), "sent", "--place", "hubspot-main.add_note", "--json")
    again = run("settle", str(unsure), "sent", "--place", "hubspot-main.add_note")

    assert which.exit_code == again.exit_code == 1
    assert "--place gmail-sales.create_draft or hubspot-main.add_note" in which.output
    assert json.loads(one.stdout)["was_sent"] is True
    assert "Nothing was changed. There: gmail-sales.create_draft." in again.output
    assert states(unsure) == ["uncertain", "confirmed"]


def test_what_was_not_sent_goes_out_and_the_trail_says_who_said_so(run, unsure):
    run("settle", str(unsure), "sent", "--place", "hubspot-main.add_note")

    shown = run("run", str(unsure)).stdout
    done = run("settle", str(unsure), "not-sent")

    assert f"signoff settle {unsure} not-sent" in shown
    assert "It was not sent, and is sent now, once." in done.stdout
    assert states(unsure) == ["intent", "confirmed"]
    assert Run.objects.get(pk=unsure).state == "approved"
    assert AuditEntry.objects.latest("pk").did == "said it was not sent"
    assert AuditEntry.objects.latest("pk").who == "command line"


def test_where_all_is_sure_nothing_is_changed(run, house):
    (run_id,) = house.receive(house.lead())

    done = run("settle", str(run_id), "sent")

    assert done.exit_code == 1
    assert "Nothing was changed" in done.output


def test_what_the_ai_was_asked_is_shown_as_it_was(run, house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()

    text = run("run", str(run_id), "--prompt").stdout
    told = json.loads(run("run", str(run_id), "--prompt", "--json").stdout)

    assert "[system]" in text
    assert Run.objects.get(pk=run_id).record["firstname"] in text
    assert told["is_same"] is True


def test_what_was_erased_is_not_made_up(run, house, work_off):
    (run_id,) = house.receive(house.lead())
    work_off()
    Run.objects.filter(pk=run_id).update(erased_at="2026-11-01T00:00:00+00:00")

    done = run("run", str(run_id), "--prompt")

    assert done.exit_code == 1
    assert "was erased" in done.output

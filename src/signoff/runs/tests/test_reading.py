"""A record that an app told us by its number only is read before it is drafted, and waited for like anything else."""

from __future__ import annotations

import pytest
from django.db import connection

from signoff.connections.models import Connection
from signoff.connectors.base import Event
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.definition import definition_of
from signoff.integrations.pushing import Heard, Told
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(house):
    """Tell of a contact by its number; returns its run."""

    def tell(contact):
        event = Event(f"contact:{contact}", contact, {}, "", to_read=True)
        (run,) = verbs.receive(house.integration, [event], "HubSpot told us: contact created")
        return Run.objects.get(pk=run.pk)

    return tell


def test_it_is_read_and_then_drafted(house, told, work_off):
    contact = house.lead()
    run = told(contact)
    assert run.to_read

    work_off()

    run.refresh_from_db()
    assert run.state == Run.State.WAITING, run.timeline
    assert run.record["email"] == house.contact(contact)["email"]
    assert run.label == " ".join(house.contact(contact)[n] for n in ("firstname", "lastname"))
    assert not run.to_read
    assert [line["what"] for line in run.timeline][1] == "Read it from HubSpot"


def test_one_that_is_gone_or_not_wanted_leaves_nothing_to_do(house, told, work_off, practice):
    gone, other = house.lead(), house.lead()
    practice.control("hubspot", delete_contacts=[gone])
    practice.control("hubspot", update_contacts=[{"id": other, "properties": {"lifecyclestage": "customer"}}])

    told(gone)
    told(other)
    work_off()

    assert not Run.objects.exists()


def test_an_app_that_is_away_is_asked_again(house, told, practice):
    run = told(house.lead())
    practice.control("hubspot", faults="hubspot.http503=1")
    try:
        advance(run_id=run.pk)
    finally:
        practice.control("hubspot", faults="mistakes=0")

    run.refresh_from_db()
    assert (run.state, run.to_read, run.tries) == (Run.State.QUEUED, True, 1)
    assert "HubSpot" in run.timeline[-1]["what"]


def test_a_refused_key_lets_it_wait_for_that_connection_and_go_on(house, told, work_off, practice):
    from signoff.connections.standing import check

    run = told(house.lead())
    practice.control("hubspot", revoke_key=True)
    try:
        work_off()
        run.refresh_from_db()
        assert run.state == Run.State.NEEDS_YOU
        assert run.waits_for.name == "hubspot-main"
    finally:
        practice.control("hubspot", restore_key=True)

    verbs.mended(check(Connection.objects.get(name="hubspot-main")))
    work_off(also_later=True)

    run.refresh_from_db()
    assert run.state == Run.State.WAITING


def test_what_a_late_attempt_has_read_changes_nothing(house, told):
    from signoff.runs import draft, reading

    run = told(house.lead())
    first = draft.begin(run.pk)
    draft.begin(run.pk)

    late = reading.read(first)
    assert isinstance(late, reading.LeftOut)
    assert not reading.leave_out(late)
    run.refresh_from_db()
    assert run.record == {}


def test_run_again_before_it_was_read_reads_it(house, told, work_off):
    run = told(house.lead())

    again = verbs.replay(run.pk, house.owner)
    work_off()

    again.refresh_from_db()
    assert again.state == Run.State.WAITING
    assert again.record["email"]


def test_what_an_app_tells_by_its_number_rests_before_it_is_read(house):
    """A form makes a contact first and fills it then; a record that is told whole begins at once."""
    house.integration.refresh_from_db()
    definition, _ = definition_of(house.integration.current_id)
    events = (
        Event("contact:1", "1", {}, "", to_read=True),
        Event("whole:2", "2", {"email": "a@example.test", "lifecyclestage": "lead"}, "A"),
    )
    told = Told(house.integration, definition, events, "HubSpot told us")

    verbs.hear([Heard(Connection.objects.get(name="hubspot-main"), told=(told,))])

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.to_read, j.scheduled_at > now() + interval '5 seconds' FROM runs_run r "
            "JOIN procrastinate_jobs j ON j.task_name = 'advance' AND (j.args->>'run_id')::bigint = r.id"
        )
        assert {to_read: bool(later) for to_read, later in cursor.fetchall()} == {True: True, False: False}

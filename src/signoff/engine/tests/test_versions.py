"""Versions of an integration: each change is kept, and an earlier one can be put back into force."""

from __future__ import annotations

import pytest

from signoff.accounts.models import AuditEntry
from signoff.connections.models import Connection
from signoff.engine import verbs
from signoff.integrations.file import read_text
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(house):
    """The house's integration with another task, as its second version."""
    text = house.integration.current.source.replace("offer a call", "offer a visit")
    result = verbs.put_into_force([read_text(text)], house.owner)
    assert result.faults == []
    house.integration.refresh_from_db()
    return house


def test_going_back_makes_a_new_version_that_says_the_same(changed):
    first = changed.integration.versions.get(number=1)

    verbs.go_back(changed.integration, 1, changed.owner)

    changed.integration.refresh_from_db()
    assert changed.integration.current.number == 3
    assert changed.integration.current.hash == first.hash
    assert AuditEntry.objects.filter(who="Priya", what__contains="follow-up").exists()


def test_what_is_under_way_ends_as_it_began(changed, work_off):
    (run_id,) = changed.receive(changed.lead())
    verbs.go_back(changed.integration, 1, changed.owner)

    work_off()

    assert Run.objects.get(pk=run_id).version.number == 2


def test_going_back_to_where_one_is_changes_nothing(changed):
    result = verbs.go_back(changed.integration, 2, changed.owner)

    assert not result.applied[0].changed
    assert changed.integration.versions.count() == 2


def test_an_earlier_version_is_held_to_the_apps_of_today(changed):
    Connection.objects.filter(name="gmail-sales").update(name="gmail-other")

    result = verbs.go_back(changed.integration, 1, changed.owner)

    assert any("No connection is named `gmail-sales`" in fault.what for fault in result.faults)
    assert changed.integration.versions.count() == 2


def test_a_version_that_never_was_is_refused(changed):
    with pytest.raises(LookupError):
        verbs.go_back(changed.integration, 9, changed.owner)

"""The trail: a changed, removed or inserted entry shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.accounts.audit import first_broken, note
from signoff.accounts.models import AuditEntry

details = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.lists(st.integers(0, 9), max_size=3)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    max_size=3,
)  # fmt: skip


@pytest.fixture
def trail(db):
    return [note("Priya", "approved", f"run {number}", {"content": "x" * number}) for number in range(5)]


def test_a_trail_that_nobody_touched_holds(trail):
    assert first_broken() is None
    assert [entry.before for entry in trail[1:]] == [entry.hash for entry in trail[:-1]]


@pytest.mark.parametrize(
    "change", [{"who": "Marco"}, {"did": "rejected"}, {"what": "run 9"}, {"details": {}}, {"hash": "0" * 64}]
)
def test_a_changed_entry_shows(trail, change):
    AuditEntry.objects.filter(pk=trail[2].pk).update(**change)

    assert first_broken() == trail[2]


def test_an_entry_taken_out_of_the_middle_shows(trail):
    trail[2].delete()

    assert first_broken() == trail[3]


def test_two_entries_that_change_places_show(trail):
    first, second = trail[1], trail[2]
    AuditEntry.objects.filter(pk=first.pk).update(who="Marco", what=second.what)

    assert first_broken() == first


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(details, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300))
def test_whatever_is_noted_still_holds_when_it_is_read_back(db, details, who):
    note(who, "did", who, details)

    assert first_broken() is None


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain():
    def write(number):
        try:
            for _ in range(5):
                note(f"writer {number}", "did", "something")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    assert AuditEntry.objects.count() == 20
    assert first_broken() is None

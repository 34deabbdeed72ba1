"""The trail: a changed, removed or inserted entry shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.accounts.audit import (
    START,
    entries,
    entry_hash,
    examine,
    first_broken,
    holds,
    mark,
    note,
    seal_anew,
)
from signoff.accounts.models import AuditEntry, AuditSeal
from signoff.core import clock
from signoff.vault import rotate
from signoff.vault.keys import forget

details = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.lists(st.integers(0, 9), max_size=3)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    max_size=3,
)  # fmt: skip


@contextmanager
def behind_our_back():
    """Let rows of the trail be changed, as somebody can who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER only_added")
        yield
        cursor.execute("ALTER TABLE accounts_auditentry ENABLE TRIGGER only_added")


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
    with behind_our_back():
        AuditEntry.objects.filter(pk=trail[2].pk).update(**change)

    assert first_broken() == trail[2]
    assert f"Entry {trail[2].pk} " in examine().problem
    assert "was changed after it was written" in examine().problem


def test_an_entry_taken_out_of_the_middle_shows(trail):
    with behind_our_back():
        AuditEntry.objects.filter(pk=trail[2].pk).delete()

    assert first_broken() == trail[3]
    assert "entries between them were removed" in examine().problem


def test_two_entries_that_change_places_show(trail):
    first, second = trail[1], trail[2]
    with behind_our_back():
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


@pytest.mark.parametrize("change", ["update(who='Eve')", "delete()"])
def test_the_database_refuses_to_change_what_was_written(trail, change):
    rows = AuditEntry.objects.filter(pk=trail[2].pk)

    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        eval(f"rows.{change}", {"rows": rows})

    assert examine().problem == ""
    assert AuditEntry.objects.count() == 5


@pytest.mark.parametrize(
    ("cut", "says"), [(1, "The newest entry was"), (3, "The newest 3 entries were"), (5, "none")]
)
def test_newest_entries_that_were_cut_off_show(trail, cut, says):
    with behind_our_back():
        AuditEntry.objects.filter(pk__in=[entry.pk for entry in trail[-cut:]]).delete()

    found = examine()
    assert says in found.problem
    assert found.count == 5 - cut


def test_cut_that_was_written_over_still_shows(trail):
    with behind_our_back():
        AuditEntry.objects.filter(pk=trail[-1].pk).delete()

    after = note("Priya", "approved", "run 6")

    assert first_broken() == after
    assert f"Entry {after.pk} " in examine().problem


def test_trail_that_was_computed_anew_without_the_key_shows(trail):
    with behind_our_back():
        before = START
        for entry in AuditEntry.objects.order_by("id"):
            entry.who, entry.before = "Eve", before
            entry.hash = before = entry_hash(entry)
            entry.save()

    found = examine()
    assert found.broken is None
    assert "does not end as it was sealed" in found.problem


def test_entry_that_was_added_past_us_shows(trail):
    forged = AuditEntry(at=clock.now(), who="Eve", did="did", what="x", details={}, before=trail[-1].hash)
    forged.hash = entry_hash(forged)
    forged.save()

    assert "does not end as it was sealed" in examine().problem


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_seal_that_is_lost_shows_until_somebody_seals_anew_which_stays_in_the_trail(trail, how):
    if how == "gone":
        AuditSeal.objects.all().delete()
    else:
        AuditSeal.objects.update(sealed=b"\x01" + bytes(60))
    note("Priya", "approved", "run 6")
    assert "signoff audit --seal-anew" in examine().problem

    seal_anew("command line")

    assert examine().problem == ""
    last = AuditEntry.objects.last()
    assert (last.who, last.did) == ("command line", "sealed the trail anew")
    assert "seal of the trail" in last.details["found"]
    note("Priya", "approved", "run 7")
    assert examine() == type(examine())(8)


@pytest.fixture
def own_key(monkeypatch, tmp_path):
    """A master key of this test alone, which may be changed."""
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)
    forget()
    yield
    forget()


def test_seal_opens_after_a_change_of_the_master_key(own_key, trail):
    rotate.begin()
    rotate.reseal()

    note("Priya", "approved", "run 6")

    assert examine().problem == ""


def test_mark_kept_elsewhere_shows_an_older_state_that_was_put_back(trail):
    whole = bytes(AuditSeal.objects.get().sealed)
    kept = mark()
    note("Priya", "approved", "run 6")
    newer = mark()
    assert holds(kept)
    assert holds(newer)

    with behind_our_back():
        AuditEntry.objects.last().delete()
    AuditSeal.objects.update(sealed=whole)

    assert examine().problem == "", "what the seal cannot tell"
    assert holds(kept)
    assert not holds(newer)


@pytest.mark.parametrize(
    "text", ["", "5", "5:", "x:" + "0" * 64, "-1:" + "0" * 64, "9" * 30 + ":" + "0" * 64, "٣:" + "0" * 64]
)
def test_text_that_is_no_mark_is_told(trail, text):
    with pytest.raises(ValueError, match="A mark looks like"):
        holds(text)


def test_mark_of_an_empty_trail_holds_and_one_of_another_trail_does_not(db):
    assert mark() == "0:" + START
    assert holds(mark())
    assert not holds("1:" + START)


def test_entries_are_found_by_who_what_and_when(db, monkeypatch):
    began = clock.now()
    for number, (who, did, what) in enumerate(
        [
            ("Priya Nair", "approved", "run 7"),
            ("command line", "removed", "rui@example.test"),
            ("PRIYA", "off", "x"),
        ]
    ):
        monkeypatch.setattr(clock, "now", lambda at=began + timedelta(hours=number): at)
        note(who, did, what)

    def found(**how):
        return [entry.what for entry in entries(**how)]

    assert found() == ["x", "rui@example.test", "run 7"]
    assert found(who="priya") == ["x", "run 7"]
    assert found(what="approved run") == ["run 7"]
    assert found(who="priya", what="x") == ["x"]
    assert found(since=began + timedelta(hours=1)) == ["x", "rui@example.test"]
    assert found(until=began + timedelta(hours=1)) == ["run 7"]
    assert found(who="%") == [], "a sign of SQL's is an ordinary sign"


def test_key_that_is_gone_for_good_is_told_until_the_trail_is_sealed_anew(
    own_key, trail, monkeypatch, tmp_path
):
    (tmp_path / "new").mkdir()
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path / "new"))
    forget()
    assert rotate.census().is_foreign
    note("Priya", "approved", "run 6")
    assert "belongs to another master key" in examine().problem

    seal_anew("command line")

    assert not rotate.census().is_foreign
    assert examine().problem == ""

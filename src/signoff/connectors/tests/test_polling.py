from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.connectors.polling import Place, millis
from signoff.core.errors import Broken

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NONE = timedelta(0)


def ask(place, records, size):
    """Answer as an index does: a first page, in the order that the place asks for."""
    if place.tie is None:
        found = [r for r in records if place.at <= r[0] < place.high]
        return sorted(found, key=lambda r: r[0])[:size]
    return sorted((r for r in records if r[0] == place.at and r[1] > place.tie), key=lambda r: r[1])[:size]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 7))
def test_a_pass_tells_every_record_and_ends(stamps, size):
    records = [(millis(START) + stamp, id) for id, stamp in enumerate(stamps, start=1)]
    place = Place.first(START).begun(START + timedelta(seconds=1), NONE, NONE)

    told, more, questions = set(), True, 0
    while more:
        page = ask(place, records, size)
        told |= {id for _, id in page}
        place, more = place.after(page, size)
        questions += 1
        assert questions < 4 * len(records) + 40

    assert told == {id for _, id in records}
    assert place.done == millis(START + timedelta(seconds=1))


def test_a_place_can_be_written_and_read_in_the_middle_of_a_pass():
    place = Place.first(START).begun(START + timedelta(minutes=1), NONE, NONE)
    further, _ = place.after([(place.at, 7), (place.at, 8)], 2)

    assert Place.read(further.write()) == further
    assert Place.read(further.write()).begun(START + timedelta(hours=9), NONE, NONE) == further


def test_nothing_before_the_start_is_told_however_far_a_pass_goes_back():
    later = START + timedelta(hours=7)

    place = Place.first(START).begun(later, timedelta(minutes=5), NONE)

    assert place.low == millis(START)
    assert place.swept == millis(later)


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "{}", '{"start": 1, "else": 2}'])
def test_a_cursor_that_is_not_ours_is_told_apart(cursor):
    with pytest.raises(Broken):
        Place.read(cursor)

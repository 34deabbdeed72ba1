"""What each reader of this room doubts in an answer, before it is weighed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from signoff.checks.affirming import affirmed
from signoff.checks.attributes import Attributes
from signoff.checks.binding import Binder
from signoff.checks.called import miscalled
from signoff.checks.choices import Choices
from signoff.checks.commitments import Commitments
from signoff.checks.contacts import addresses
from signoff.checks.days import Days
from signoff.checks.hours import Hours
from signoff.checks.labels import misnamed
from signoff.checks.lists import additions
from signoff.checks.names import Names
from signoff.checks.placeholders import placeholders
from signoff.checks.promises import Promises
from signoff.checks.reading import Doubt, Reading
from signoff.checks.retold import retold
from signoff.checks.statuses import Statuses
from signoff.checks.ties import strangers
from signoff.checks.totals import mistaken_totals
from signoff.checks.worked import Worked


class Doubted(NamedTuple):
    """A doubt, and the name of the reader that has it."""

    reader: str
    doubt: Doubt


def doubts_of(reading: Reading) -> list[Doubted]:
    """Return what all readers doubt, reader after reader."""
    return [Doubted(reader, doubt) for reader, doubts in _readers(reading) for doubt in doubts]


def _readers(reading: Reading) -> Iterator[tuple[str, Iterator[Doubt]]]:
    binder = Binder(reading)
    yield "placeholders", placeholders(reading)
    yield "addresses", addresses(reading)
    yield "numbers", Worked(reading, binder.numbers()).kept()
    yield "totals", mistaken_totals(reading)
    yield "ties", strangers(reading)
    yield "days", Days(reading, binder).doubts()
    yield "hours", Hours(reading, binder).doubts()
    yield "attributes", Attributes(reading).doubts()
    yield "affirmed", affirmed(reading)
    yield "choices", Choices(reading).doubts()
    yield "retold", retold(reading)
    yield "statuses", Statuses(reading).doubts()
    yield "lists", additions(reading)
    yield "labels", misnamed(reading)
    yield "called", miscalled(reading)
    yield "names", Names(reading).doubts()
    yield "promises", Promises(reading, binder).doubts()
    yield "commitments", Commitments(reading).doubts()

"""What the readers doubt before it is weighed: most tests of this room are about one reader, whatever it weighs."""

from __future__ import annotations

from datetime import date
from typing import Any

from signoff.checks.doubting import doubts_of
from signoff.checks.findings import Finding, finding_of
from signoff.checks.ordering import in_order
from signoff.checks.reading import Reading
from signoff.checks.record import Record


def doubted(answer: str, record: Any, facts: Any = None, *, today: date | None = None) -> list[Finding]:
    """Return everything that the readers doubt in a text, in the form and order of findings."""
    reading = Reading(answer, Record(record, facts), today)
    doubts = in_order([one.doubt for one in doubts_of(reading)], answer)
    return [finding_of(doubt, answer) for doubt in doubts]

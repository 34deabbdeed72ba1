"""What in an answer is not supported by the record: the one verb of this room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from signoff.checks.doubting import doubts_of
from signoff.checks.ordering import in_order
from signoff.checks.reading import Doubt, FindingKind, Reading
from signoff.checks.record import Record
from signoff.checks.telling import weighed

MAX_ANSWER = 200_000


@dataclass(frozen=True)
class Finding:
    """
    A stretch of an answer that the record does not support.

    `start` and `end` count characters in the text of the answer, or of that answer's field `where`. `field` is the
    path of the record's field it speaks about, "" when there is none; `record_value` is what that field says. `likely`
    is how likely it is a fault, from 0 to 1, as it was weighed.
    """

    start: int
    end: int
    text: str
    kind: FindingKind
    field: str
    record_value: str | None
    why: str
    where: str = ""
    likely: float = 1.0


def findings(
    answer: str | Mapping[str, Any], record: Any, facts: Any = None, *, today: date | None = None
) -> list[Finding]:
    """
    Return what an answer says that neither the record nor the facts bear out, in order of appearance.

    An answer of several fields is a mapping; each text in it is read by itself. `today` lets a letter be dated.
    """
    known = Record(record, facts)
    result: list[Finding] = []
    for where, text in texts_of(answer):
        result.extend(_in_text(text, where, known, today))
    return result


def unweighed(text: str, record: Any) -> list[Finding]:
    """Return everything that a reader doubts in a text, also what is not told because it seldom is a fault."""
    doubts = [doubt for _, doubt in doubts_of(Reading(text[:MAX_ANSWER], Record(record), None))]
    return [finding_of(doubt, text, "") for doubt in in_order(doubts, text)]


def to_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as the commands and the API show it; `in` names the answer's field where it has several."""
    shown: dict[str, Any] = {
        "start": finding.start,
        "end": finding.end,
        "text": finding.text,
        "kind": finding.kind,
        "field": finding.field,
        "record_value": finding.record_value,
        "why": finding.why,
    }
    return shown | ({"in": finding.where} if finding.where else {})


def texts_of(answer: Any, where: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield every text of an answer with the name of its field: "body", "rows[0].note"."""
    if isinstance(answer, str):
        yield where, answer
    elif isinstance(answer, Mapping) and depth < 20:
        for key, value in answer.items():
            yield from texts_of(value, f"{where}.{key}" if where else str(key), depth + 1)
    elif isinstance(answer, list | tuple) and depth < 20:
        for index, value in enumerate(answer):
            yield from texts_of(value, f"{where}[{index}]", depth + 1)


def _in_text(text: str, where: str, record: Record, today: date | None) -> list[Finding]:
    reading = Reading(text[:MAX_ANSWER], record, today)
    doubts = in_order(weighed(reading, doubts_of(reading)), text)
    return [finding_of(doubt, text, where) for doubt in doubts]


def finding_of(doubt: Doubt, text: str, where: str = "") -> Finding:
    """Return a doubt about a text as it is told."""
    start, end = doubt.start, doubt.end
    while end > start and text[end - 1].isspace():
        end -= 1
    field = doubt.field
    value = field.shown if field is not None and field.state != "empty" else None
    return Finding(
        start,
        end,
        text[start:end],
        doubt.kind,
        field.path if field else "",
        value,
        doubt.why,
        where,
        doubt.likely,
    )

"""What in an answer is not supported by the record: the one verb of this room."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from signoff.checks.doubting import doubts_of
from signoff.checks.reading import Doubt, FindingKind, Reading
from signoff.checks.record import Record

MAX_ANSWER = 200_000


@dataclass(frozen=True)
class Finding:
    """
    A stretch of an answer that the record does not support.

    `start` and `end` count characters in the text of the answer, or of that answer's field `where`. `field` is the
    path of the record's field it speaks about, "" when there is none; `record_value` is what that field says.
    """

    start: int
    end: int
    text: str
    kind: FindingKind
    field: str
    record_value: str | None
    why: str
    where: str = ""


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
    doubts = _in_order([doubted.doubt for doubted in doubts_of(reading)], text)
    return [_finding(doubt, text, where) for doubt in doubts]


def _in_order(doubts: list[Doubt], text: str) -> list[Doubt]:
    """Return the doubts in order of place; of two that overlap, the heavier one, drawn over both."""
    kept: list[Doubt] = []
    owner = [-1] * (len(text) + 1)
    for doubt in sorted(doubts, key=lambda d: (-d.weight, d.start, d.start - d.end)):
        over = {owner[place] for place in range(doubt.start, doubt.end)} - {-1}
        if not over:
            owner[doubt.start : doubt.end] = [len(kept)] * (doubt.end - doubt.start)
            kept.append(doubt)
        elif len(over) == 1:
            index = over.pop()
            other = kept[index]
            if (doubt.kind, other.kind) == ("promise", "contradicts"):
                continue  # what the record denies is underlined by itself, not all that is promised about it
            start, end = min(doubt.start, other.start), max(doubt.end, other.end)
            if end - start <= 90 and {owner[place] for place in range(start, end)} <= {-1, index}:
                kept[index] = replace(other, start=start, end=end)
                owner[start:end] = [index] * (end - start)
    return _joined(sorted(kept, key=lambda d: d.start), text)


def _joined(doubts: list[Doubt], text: str) -> list[Doubt]:
    """Return the doubts with a bare value drawn into the promise right beside it: "three months" and "free"."""
    result: list[Doubt] = []
    for doubt in doubts:
        last = result[-1] if result else None
        if (
            last is not None
            and doubt.start - last.end <= 22
            and not _APART.search(text[last.end : doubt.start])
        ):
            if (last.kind, doubt.kind) == ("not in the record", "promise") and last.field is None:
                result[-1] = replace(doubt, start=last.start)
                continue
            if (
                (last.kind, doubt.kind) == ("promise", "not in the record")
                and doubt.field is None
                and doubt.weight <= 2
            ):
                result[-1] = replace(last, end=doubt.end)
                continue
        result.append(doubt)
    return result


_APART = re.compile(r"[.;:!?\n]")


def _finding(doubt: Doubt, text: str, where: str) -> Finding:
    start, end = doubt.start, doubt.end
    while end > start and text[end - 1].isspace():
        end -= 1
    field = doubt.field
    value = field.shown if field is not None and field.state != "empty" else None
    return Finding(
        start, end, text[start:end], doubt.kind, field.path if field else "", value, doubt.why, where
    )

"""Outdated: what an answer says that was borne out until the company facts changed, and is not any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signoff.checks.claims import Claim
from signoff.checks.doubting import doubts_of
from signoff.checks.emptiness import says
from signoff.checks.fields import Field
from signoff.checks.findings import MAX_ANSWER, Finding, finding_of, texts_of
from signoff.checks.ordering import in_order
from signoff.checks.reading import Doubt, Reading
from signoff.checks.record import Record
from signoff.checks.values import compared_as, said_by


def outdated(answer: str | Mapping[str, Any], record: Any, before: Any, now: Any) -> list[Finding]:
    """
    Return what in an answer the facts of now speak against or do not know, and those before bore out.

    Nothing is weighed here: what only the change of a fact brings up is its doing.
    """
    was, known = Record(record, before), Record(record, now)
    result: list[Finding] = []
    for where, text in texts_of(answer):
        text = text[:MAX_ANSWER]
        reading = Reading(text, known, None)
        old = {(doubt.start, doubt.end) for _, doubt in doubts_of(Reading(text, was, None))}
        gone = _gone(reading.claims, was, known)
        fresh = [doubt for _, doubt in doubts_of(reading) if (doubt.start, doubt.end) not in old]
        fresh = gone + [
            doubt for doubt in fresh if all(doubt.end <= one.start or one.end <= doubt.start for one in gone)
        ]
        result.extend(finding_of(doubt, text, where) for doubt in in_order(fresh, text))
    return result


def _gone(claims: list[Claim], was: Record, known: Record) -> list[Doubt]:
    """Return doubts about the values that only a fact of before says."""
    said_before, said_now = _values(was), _values(known)
    now = {field.path: field for field in known.fields if field.from_facts}
    doubts = []
    for claim in claims:
        said = _said(claim)
        source = next((said_before[one] for one in said if one in said_before), None)
        if source is None or not source.from_facts or not said.isdisjoint(said_now):
            continue
        today = now.get(source.path)
        why = says(today) if today else f"{source.title} is no longer among the company facts."
        doubts.append(Doubt(claim.start, claim.end, "contradicts", today, f"The facts have changed. {why}"))
    return doubts


def _values(record: Record) -> dict[tuple[str, Any], Field]:
    """Return the first field that says each value of a record, by what `_said` returns for it."""
    values: dict[tuple[str, Any], Field] = {}
    for field in record.fields:
        for claim in field.claims:
            for one in _said(claim):
                values.setdefault(one, field)
    return values


def _said(claim: Claim) -> set[tuple[str, Any]]:
    """Return what a claim says, with the kind of value it is; a plain number may be any value's."""
    return {(compared_as(claim), one) for one in said_by(claim)}

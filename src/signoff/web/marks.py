"""Unsupported claims: marked whole in the draft, listed above it, each with the record's own value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from signoff.web.words import label, shown

BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
MOST_OFFERED = 60
MOST_WORDS_REPLACED = 4  # a claim of more words is a statement, not a value
FLAGS = frozenset({"yes", "no", "true", "false"})
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True)
class Claim:
    """One finding as a page shows it; `number` is the same in the list and in the draft."""

    number: int
    field: str
    start: int
    end: int
    text: str
    says: str
    record_value: str

    @property
    def replacement(self) -> str:
        """
        Return the claim with the record's own value in it: "8 dentists" for "12 dentists" and 8.

        Of a claim about one number only the number changes, where the record's value has one number too.
        """
        theirs = NUMBER.findall(self.record_value)
        if len(theirs) == 1 and len(NUMBER.findall(self.text)) == 1:
            return NUMBER.sub(lambda _: str(theirs[0]), self.text)
        return self.record_value

    @property
    def offer(self) -> str:
        """Return what the button "Use …" names; nothing when the record has no value that would fit there."""
        if len(self.replacement) > MOST_OFFERED or self.replacement == self.text or not self._fits():
            return ""
        return self.record_value if NUMBER.fullmatch(self.record_value) else self.replacement

    def _fits(self) -> bool:
        """Say whether the record's value can take the place of the claim: "no" is no sentence."""
        ours, theirs = NUMBER.findall(self.text), NUMBER.findall(self.record_value)
        if ours or theirs:
            return len(ours) >= len(theirs) > 0
        is_flag = self.record_value.casefold() in FLAGS
        return not is_flag and len(self.text.split()) <= MOST_WORDS_REPLACED


class Remark(NamedTuple):
    """Something to look at that is no single claim: why, the words that gave rise to it, and where they stand."""

    why: str
    words: str
    place: str


def remarks(alarms: Sequence[Mapping[str, Any]]) -> list[Remark]:
    """Return what a person should look at although no claim is wrong, as a page shows it."""
    return [
        Remark(
            str(alarm["why"]),
            str(alarm.get("text") or ""),
            label(str(alarm["field"])) if alarm.get("field") else "",
        )
        for alarm in alarms
    ]


def claims(findings: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> list[Claim]:
    """Return findings in the order in which a reader meets them: by field, then by place, numbered from 1."""
    order = {name: at for at, name in enumerate(fields)}
    found = sorted(findings, key=lambda f: (order.get(f.get("in") or "", 99), int(f["start"]), int(f["end"])))
    return [
        Claim(
            number,
            str(f.get("in") or ""),
            int(f["start"]),
            int(f["end"]),
            str(f["text"]),
            _what_the_record_says(f),
            "" if f.get("record_value") in (None, "") else shown(f["record_value"]),
        )
        for number, f in enumerate(found, 1)
    ]


def _what_the_record_says(finding: Mapping[str, Any]) -> str:
    value = finding.get("record_value")
    if value not in (None, "") and finding.get("field"):
        field = label(str(finding["field"]).removeprefix("record."))
        said = "; ".join(line.strip() for line in shown(value).splitlines() if line.strip())
        return _("The record says: %(field)s %(value)s.") % {"field": field, "value": said}
    why = str(finding.get("why") or "").strip()
    if why:
        why = why[:1].upper() + why[1:]
        return why if why.endswith((".", "?")) else f"{why}."
    return _("Nothing in this record says so.")


def marked(text: str, found: Sequence[Claim]) -> SafeString:
    """
    Return a text with its claims marked, safe to show: every piece is escaped first, marks are added after.

    Where claims overlap, the marks join into one that carries every number.
    """
    spans: list[tuple[int, int, list[int]]] = []
    for claim in sorted(found, key=lambda c: (c.start, c.end)):
        start, end = max(0, claim.start), min(len(text), claim.end)
        if start >= end:
            continue
        if spans and start < spans[-1][1]:
            last = spans.pop()
            spans.append((last[0], max(last[1], end), [*last[2], claim.number]))
        else:
            spans.append((start, end, [claim.number]))
    pieces: list[str] = []
    at = 0
    for start, end, numbers in spans:
        pieces.append(_paragraphs(text[at:start]))
        pieces.append(
            format_html(
                '<mark>{}<sup aria-hidden="true">{}</sup><span class="sr"> {}</span></mark>',
                text[start:end],
                ", ".join(str(n) for n in numbers),
                _("(to check, note %(n)s)") % {"n": ", ".join(str(n) for n in numbers)},
            )
        )
        at = end
    pieces.append(_paragraphs(text[at:]))
    return mark_safe("<p>" + "".join(pieces) + "</p>")  # noqa: S308  # every piece was escaped above


def _paragraphs(text: str) -> str:
    """Return escaped text in which an empty line begins a paragraph; a mark is never cut in two by one."""
    return BLANK_LINES.sub("</p><p>", escape(text))


def with_record_values(text: str, found: Sequence[Claim], used: Sequence[int]) -> str:
    """Return a text in which the chosen claims are replaced by what the record says."""
    for claim in sorted(found, key=lambda c: -c.start):
        if claim.number in used and claim.offer and text[claim.start : claim.end] == claim.text:
            text = text[: claim.start] + claim.replacement + text[claim.end :]
    return text


def claims_in(found: list[Claim], name: str) -> list[Claim]:
    """Return the claims in one field of the answer."""
    return [claim for claim in found if claim.field == name]

"""Places that were left to be filled in: "[Your Name]", "{{company}}", "XXX", "Lorem ipsum"."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.reading import Doubt, Reading

_TAGS = "a|b|i|u|p|br|hr|em|strong|ul|ol|li|h[1-6]|div|span|table|tr|td|th|thead|tbody|html|body|head|img|code|pre|blockquote|small|sub|sup|section|article|style|title|meta|center|font"
PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\$\{[^{}\n]{1,60}\}|(?<!\{)\{[a-z_][\w .-]{0,40}\}(?!\})|\[\[[^\[\]\n]{1,60}\]\]|%%?[A-Z_]{3,40}%%?|\bX{3,}\b|_{3,}"
    rf"|<(?!/?(?:{_TAGS})\b)(?!https?:|mailto:)[A-Za-zÀ-ÿ][\wÀ-ÿ .-]{{1,40}}>(?!\()|\blorem ipsum\b[^.\n]{{0,40}}|\b(?:TBD|TBA|TODO|FIXME)\b"
    r"|\[(?!\s?[xX ]?\s?\]|https?:|\d{1,3}\])[A-Za-zÀ-ÿ#/][^\[\]\n]{1,60}\](?!\()|\[(?:\.{3}|…|_+|-+|\?+)\]",
)
_CASELESS = re.compile(
    r"\blorem ipsum\b|\binsert (?:name|date|price|company|link|amount) here\b|\b(?:your|company) name here\b",
    re.IGNORECASE,
)


_MARKS = ("{", "[", "%", "<", "XXX", "___", "TBD", "TBA", "TODO", "FIXME", "lorem")


def _that_may_be_in(raw: str, folded: str) -> list[re.Pattern[str]]:
    """Return the patterns that may find something; in most answers neither does, and both are slow to say so."""
    marked = [PLACEHOLDER] if any(mark in raw for mark in _MARKS) else []
    return [*marked, _CASELESS] if "here" in folded or "lorem" in folded else marked


def placeholders(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for every place left to be filled in, unless the record itself writes it so."""
    raw = reading.text.raw
    for pattern in _that_may_be_in(raw, reading.text.folded):
        for match in pattern.finditer(raw):
            if reading.text.folded[match.start() : match.end()] in reading.record.text:
                continue
            why = "This place was left to be filled in."
            yield Doubt(match.start(), match.end(), "not in the record", None, why, 9)

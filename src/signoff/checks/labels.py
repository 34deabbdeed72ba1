"""What a thing is called: "your boat is the Heron" where the record says Kingfisher."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.emptiness import says
from signoff.checks.fields import Field
from signoff.checks.known_names import COMMON
from signoff.checks.reading import Doubt, Reading
from signoff.checks.words import IDEAS, fold

_NAMED = re.compile(
    r"\s(?:is|ist|es|est|lautet|heisst|heist|se llama|s'appelle|sera|will be|wird)\s(?:called\s)?(?:the\s|der\s|die\s|das\s|el\s|la\s|le\s|l')?[\"'„“«]?(?P<name>[A-ZÀ-Þ][\wÀ-ÿ'-]{2,30}(?:\s[A-ZÀ-Þ0-9][\wÀ-ÿ'-]{0,30}){0,2})"
)
_OWNED = re.compile(
    r"\b(?:your|the|this|ihre?[rmn]?|eure?|dein\w*|der|die|das|el|la|su|tu|vuestr[oa]|le|votre|ton|ta|l')\s?(?:[a-z]{1,12}\s)?$"
)


def misnamed(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt where the answer calls a thing by a name that its field does not say."""
    raw, folded, record = reading.text.raw, reading.text.folded, reading.record
    fields: dict[str, Field] = {}
    for field in record.fields:
        if (
            len(field.labels) == 1
            and field.state == "value"
            and field.text is not None
            and not (field.prose or field.is_list or field.claims or field.is_customers)
            and len(field.text.tokens) <= 4
        ):
            for idea in field.ideas:
                fields.setdefault(idea, field)
    if not fields:
        return
    for match in _NAMED.finditer(raw):
        before = reading.text.first_token_from(match.start()) - 1
        token = reading.text.tokens[before] if before >= 0 else None
        if token is None or token.end != match.start():
            continue
        named = next((fields[idea] for idea in token.ideas if idea in fields), None)
        if named is None or not _OWNED.search(folded[max(0, token.start - 26) : token.start]):
            continue
        if reading.asks(token.start) or reading.denied(match.start("name"), match.end("name")):
            continue
        words = re.findall(r"[^\W_]+", fold(match["name"]))
        if any(record.knows(w) or w in COMMON or IDEAS.of(w) for w in words[:2]):
            continue
        yield Doubt(match.start("name"), match.end("name"), "contradicts", named, says(named), 2)

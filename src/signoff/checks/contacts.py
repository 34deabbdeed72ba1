"""E-mail addresses, links, phone numbers and references: compared exactly, however they are written."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.claims import Claim
from signoff.checks.fields import Field
from signoff.checks.reading import Doubt, Reading

_NAMES = {"email": "e-mail address", "link": "link", "phone": "phone number", "id": "number"}
_HOLDERS = {"email": {"email"}, "link": {"website"}, "phone": {"phone"}, "id": set[str]()}


def addresses(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for every address, link, phone or reference that stands nowhere in the record or the facts."""
    known: dict[str, list[tuple[Field, str]]] = {"email": [], "link": [], "phone": [], "id": []}
    for field in reading.record.fields:
        for claim in field.claims:
            if claim.kind in known:
                known[claim.kind].append((field, claim.code))
    for claim in reading.claims:
        if claim.kind not in known or _stated(reading, claim, known):
            continue
        holder = (
            _own_version(reading)[0][0]
            if "." in claim.code and claim.kind == "id" and _own_version(reading)
            else _holder(reading, claim, known[claim.kind])
        )
        name = _NAMES[claim.kind]
        if holder is None:
            yield Doubt(
                claim.start,
                claim.end,
                "not in the record",
                None,
                f"This {name} is nowhere in the record or the facts.",
                3,
            )
        elif holder.state == "empty":
            yield Doubt(
                claim.start,
                claim.end,
                "empty in the record",
                holder,
                f"The record leaves {holder.title} empty.",
                3,
            )
        else:
            why = f"The record says: {holder.title} {holder.shown}."
            yield Doubt(claim.start, claim.end, "contradicts", holder, why, 4)


def _stated(reading: Reading, claim: Claim, known: dict[str, list[tuple[Field, str]]]) -> bool:
    record = reading.record
    if claim.kind == "email":
        return any(code == claim.code for _, code in known["email"])
    if claim.kind == "link":
        hosts = {_host(code) for _, code in known["link"]} | {
            code.split("@")[1] for _, code in known["email"]
        }
        pages = {_page(code) for _, code in known["link"]}
        mine = _page(claim.code)
        return mine in pages or ("/" not in mine and mine in hosts)
    if claim.kind == "phone":
        return any(_same_phone(claim.code, digits) for digits in _phones(reading))
    code = claim.code
    if "." in code:
        own = _own_version(reading)
        sentence = reading.sentence(claim.start)
        said = reading.text.folded[sentence.start : sentence.end]
        if (
            own
            and _YOURS.search(reading.text.folded, max(sentence.start, claim.start - 36), claim.start)
            and not _NEWEST.search(said)
        ):
            return any(code == other for _, other in own)
        return code in record.text
    if sum(c.isdigit() for c in code) < 3 and not any(
        _shape(other) == _shape(code) for _, other in known["id"]
    ):
        return True
    if len(code) >= 3 and code in record.codes:
        return True
    return any(_ends_alike(code, other) for _, other in known["id"])


_YOURS = re.compile(
    r"\b(?:you (?:have|are|run|use)|you're|your|(?:sie|du|ihr) (?:haben|nutzen|verwenden|hast|nutzt|habt)|ihre?|dein\w*|usted\w*|tiene[sn]?|tenei?s|usa[sn]?|usais|su|tu|vuestr\w+|vous (?:avez|etes|utilisez)|votre|tu as|ton)\b"
)
_NEWEST = re.compile(
    r"\b(?:latest|newest|current|newer|updat\w*|upgrad\w*|available|neueste\w*|aktuell\w*|neuer\w*|aktualisier\w*|actual\w*|ultima|nueva|mas reciente|actualiz\w*|derniere|nouvelle|actuelle|mettre|mise|mettez|passer|passez)\b"
)


def _own_version(reading: Reading) -> list[tuple[Field, str]]:
    """Return the version that the customer has: of a field of the record, not of the facts."""
    return [
        (field, claim.code)
        for field in reading.record.fields
        if not field.from_facts and not field.prose
        for claim in field.claims
        if claim.kind == "id" and "." in claim.code
    ]


def _shape(code: str) -> str:
    """Return the form of a code, its letters kept: "f28" and "f82" are both "f99"."""
    return re.sub(r"\d", "9", code)


def _phones(reading: Reading) -> Iterator[str]:
    for field in reading.record.fields:
        if field.text is not None:
            for match in re.finditer(r"\+?\(?\d[\d\s()./-]{5,24}\d", field.text.raw):
                yield re.sub(r"\D", "", match.group())


def _same_phone(one: str, other: str) -> bool:
    """Return whether two numbers are one: "+49 (0)30 1234567" and "030 1234567"."""
    one, other = (
        re.sub(r"^(\d{2})0(?=\d{8})", r"\1", n) if n.startswith(("49", "33", "44", "43", "41")) else n
        for n in (one, other)
    )
    one, other = one.lstrip("0"), other.lstrip("0")
    short, long = sorted((one, other), key=len)
    return len(short) >= 7 and long.endswith(short) and len(long) - len(short) <= 4


def _host(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link).split("/")[0].split("?")[0]


def _page(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link).split("#")[0].rstrip("/")


def _ends_alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= 3 and long.endswith(short)


def _holder(reading: Reading, claim: Claim, known: list[tuple[Field, str]]) -> Field | None:
    """Return the field that should have said it."""
    ideas = _HOLDERS[claim.kind]
    plain = [field for field, _ in known if not field.prose]
    if claim.kind == "id":
        shape = [f for f, code in known if re.sub(r"\d", "", code)[:2] == re.sub(r"\d", "", claim.code)[:2]]
        named = [
            f
            for f in reading.record.fields
            if f.words & {"id", "number", "nummer", "numero", "reference", "ref", "no", "nr"}
            and f.state == "value"
            and not f.prose
        ]
        chosen = [f for f in shape if not f.prose] or ([named[0]] if named and not plain else [])
        return chosen[0] if chosen else None
    for field in reading.record.fields:
        fits = field.ideas & ideas and not field.prose
        if fits and (field.state == "value" or (field.state == "empty" and not plain)):
            return field
    return plain[0] if plain else None

"""Names in the wrong place: "the Premium plan" beside Off-peak, "technician Óscar Lafuente" beside Óscar Bielsa, "Frau" for a Herr."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.known_names import COMMON
from signoff.checks.reading import Doubt, Reading
from signoff.checks.words import fold

_WORD = r"[A-ZÀ-Þ][\wÀ-ÿ'’-]{1,24}"
_NAME = re.compile(
    rf"\s(?:(?:de|in|en|à|of)\s)?(?P<name>(?:(?:Herrn?|Frau|Mr|Mrs|Ms|Dr|Sra?|M|Mme)\.?\s)?{_WORD}(?:\s{_WORD}){{0,2}})"
)
_BEFORE = re.compile(rf"(?P<name>{_WORD}(?:\s{_WORD})?)[\s-]$")
_TITLES = frozenset("herr herrn frau mr mrs ms dr sr sra m mme monsieur madame senor senora don dona".split())

# What bears a name before or behind its noun: "the Premium plan", "el plan Premium", "agence Lille Fives".
_BEARERS = frozenset("plan agent carrier city location heating source product category".split())
_BEARING_WORDS = frozenset(
    "tecnico tecnica technician technicien technicienne techniker mecanico mechanic mecanicien mechaniker monteur medico doctor doctora therapist therapeut terapeuta chofer driver guide guia instructor advisor berater asesor asesora conseiller taller atelier workshop werkstatt depot club sucursal filiale agence tarif tarifa plan membership abo tier package paket forfait formule".split()
)


def miscalled(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for a name that a field of the record does not say, right beside the noun of that field."""
    yield from _bearers(reading)
    yield from _salutation(reading)
    yield from _allergies(reading)


def _bearers(reading: Reading) -> Iterator[Doubt]:
    raw, folded = reading.text.raw, reading.text.folded
    by_idea: dict[str, list[Field]] = {}
    for field in reading.record.fields:
        if (
            field.prose
            or field.is_list
            or field.is_customers
            or field.from_facts
            or field.state in ("yes", "no")
        ):
            continue
        if field.text is not None and len(field.text.tokens) > 5:
            continue
        if any(c.kind in ("money", "date", "time", "phone", "email", "link") for c in field.claims):
            continue
        for label in field.labels:
            for idea in label:
                by_idea.setdefault(idea, []).append(field)
    if not by_idea:
        return
    german = reading.text.language == "de"
    for token in reading.text.tokens:
        if token.word not in _BEARING_WORDS:
            continue
        meant = {id(f): f for idea in token.ideas for f in by_idea.get(idea, ())}
        fields = list(meant.values())
        if len(fields) != 1 or reading.asks(token.start):
            continue
        field = fields[0]
        match = None if german else _NAME.match(raw, token.end)
        if match is None and token.ideas[0] == "plan":
            match = _BEFORE.search(raw, max(0, token.start - 40), token.start)
        if match is None:
            continue
        start, end = match.span("name")
        words = [w for w in re.findall(r"[^\W_]+", folded[start:end]) if w not in _TITLES]
        while words and (words[0] in _ARTICLES or (words[0] in COMMON and "plan" not in token.ideas)):
            start += len(words[0]) + 1
            words = words[1:]
        if not words or reading.denied(start, end):
            continue
        if field.state == "empty":
            yield Doubt(start, end, "empty in the record", field, empty_why(field), 3)
            continue
        if any(
            _within(w, f"{f.path} {f.shown}".lower())
            for w in words[:1]
            for f in reading.record.fields
            if f.from_facts
        ):
            continue
        value = field.text.folded if field.text is not None else ""
        if all(_within(word, value) for word in words):
            continue
        if any(
            _within(word, f.text.folded)
            for word in words[-1:]
            for f in reading.record.fields
            if f.text is not None
            and not f.is_customers
            and set(f.labels) & set(field.labels)
            and f is not field
        ):
            continue
        yield Doubt(start, end, "contradicts", field, says(field), 3)


_ARTICLES = frozenset(
    "your the our this su el la le votre notre ihr der die das in im den dem an at for".split()
)


def _within(word: str, value: str) -> bool:
    return word in value or (len(word) > 4 and word[:-1] in value)


# -- Mr and Ms -----------------------------------------------------------------------------------------------------

_MAN = frozenset("herr herrn mr m monsieur sr senor don".split())
_WOMAN = frozenset("frau mrs ms miss mme madame sra senora dona mlle".split())
_GREETED = re.compile(
    rf"\b(?P<title>Herrn?|Frau|Mr|Mrs|Ms|Miss|M|Mme|Mlle|Monsieur|Madame|Sr|Sra|[Ss]eñora?|Don|Doña)\.?\s(?:(?:Dr|Prof|Ing)\.?\s)*(?P<name>{_WORD}(?:\s{_WORD})?)"
)
_TITLED = frozenset(
    "salutation anrede civility civilite tratamiento title titel titulo titre gender geschlecht sexo sexe".split()
)


def _salutation(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt where somebody is greeted as Ms and the record says Mr."""
    found = list(_GREETED.finditer(reading.text.raw))
    if not found:
        return
    known: dict[str, tuple[set[bool], Field]] = {}
    for field in reading.record.fields:
        if field.text is None or field.from_facts:
            continue
        texts: list[tuple[str, str]] = [
            (fold(m["title"]), fold(m["name"]).split()[-1]) for m in _GREETED.finditer(field.shown)
        ]
        low = field.text.folded.strip(". ")
        if field.words & _TITLED and low in _MAN | _WOMAN:
            prefix = field.path.rsplit(".", 1)[0] if "." in field.path else ""
            for other in reading.record.fields:
                if other.text is None or not other.text.folded.split() or other.prose or other is field:
                    continue
                group = other.path.rsplit(".", 1)[0] if "." in other.path else ""
                if group == prefix and (
                    other.ideas & {"name"} or other.words & {"name", "nom", "surname", "lastname", "last"}
                ):
                    texts.append((low, other.text.folded.split()[-1]))
        for title, name in texts:
            sexes, _ = known.setdefault(name, (set(), field))
            sexes.add(title in _WOMAN)
    for match in found:
        names = fold(match["name"]).split()
        entry = next((known[n] for n in reversed(names) if n in known), None)
        if entry is None:
            continue
        sexes, field = entry
        if len(sexes) == 1 and (fold(match["title"]) in _WOMAN) not in sexes:
            yield Doubt(match.start("title"), match.end("title"), "contradicts", field, says(field), 4)


# -- allergies ---------------------------------------------------------------------------------------------------------

_ALLERGIC = re.compile(
    r"\b(?:allergic to|allergy to|allergies to|allergie gegen|allergisch (?:gegen|auf)|alergi(?:a|co|ca)s? (?:a la|a las|a los|al|a)|allergi(?:e|que)s? (?:a la|aux|au|a l'|a))\s?(?P<a>[a-z]{3,20})|\b(?P<b>[a-z]{4,20})[\s-](?:allergy|allergie)\b"
)


def _allergies(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for an allergy that the record does not tell of: a mistake that can hurt somebody."""
    if "lerg" not in reading.text.folded:
        return
    fields = [
        f
        for f in reading.record.fields
        if any(w.startswith(("allerg", "alerg")) for w in f.words)
        or (f.text is not None and "lerg" in f.text.folded and re.search(r"\ball?erg", f.text.folded))
    ]
    if not fields:
        return
    for match in islice(_ALLERGIC.finditer(reading.text.folded), 50):
        group = "a" if match["a"] else "b"
        word = match[group]
        if (
            reading.record.knows(word)
            or word in _NO_FOOD
            or reading.asks(match.start())
            or reading.denied(*match.span())
        ):
            continue
        field = fields[0]
        if field.state == "empty":
            yield Doubt(*match.span(group), "empty in the record", field, empty_why(field), 3)
        else:
            yield Doubt(*match.span(group), "contradicts", field, says(field), 3)


_NO_FOOD = frozenset(
    "food your the any this that their these ihre eine keine deine food food lebensmittel alimentos aliments anything votre cette toute bekannte severe known".split()
)

"""Do the words and the data fit together: what is named, what is passed, and who gives the orders?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.prompts.coach import lexicon
from signoff.prompts.coach.asked import Asked, Remark
from signoff.prompts.coach.text import Sentence, mentions, plain, stem, words_of_name

_IN_BRACES = re.compile(
    r"\{\{?\s*([^{}\n]{1,60}?)\s*\}?\}|<([A-Za-z_][\w .]{0,40})>|\[([A-Za-z_][\w .]{1,40})\](?!\()"
)
_AS_CODE = re.compile(r"`([^`\n]{1,60})`|\b(?:record|contact|lead)\.([A-Za-z_]\w*)|\b([a-z]+(?:_[a-z0-9]+)+)\b|"
                      r"\b([a-z]+(?:[A-Z][a-z0-9]+)+)\b")  # fmt: skip
_SENSITIVE = re.compile(r"birth|geburt|nacimiento|naissance|iban|account|konto|passport|ausweis|ssn|tax|"
                        r"steuer|salary|income|gehalt|health|diagnos|religion|gender|geschlecht|password|passwort|"
                        r"credit|card")  # fmt: skip

_DATE = re.compile(r"date|datum|fecha")
_DATES = re.compile(r"\b(?:dates|daten|fechas)\b")  # all of them, whatever they are called


def not_passed(asked: Asked) -> Iterator[Remark]:
    """Remark a field that the owner's words name and that the AI does not get."""
    if not asked.fields:
        return  # it gets everything the source gives
    told: set[str] = set()
    for one in asked.sentences:
        for name in _named(asked, one):
            if plain(name) in told or _known(asked, name):
                continue
            told.add(plain(name))
            yield Remark(
                "field not passed",
                one.where,
                f"This speaks of “{name}”, and the AI is not shown it.",
                f"Add “{name}” to the fields it may use, or take it out of the sentence.",
                one.text,
            )


def not_used(asked: Asked) -> Iterator[Remark]:
    """Remark a field that the AI is shown and that no sentence is about."""
    if any(lexicon.USES_ALL.search(one.plain) for one in asked.sentences):
        return
    stems = frozenset(stem for one in asked.sentences for stem in one.stems)
    for block in asked.answer.values():
        if isinstance(block, dict) and block.get("about"):
            stems |= {stem(word) for word in words_of_name(str(block["about"]))}
    dates = any(_DATES.search(one.plain) for one in asked.wishes)
    for name in asked.fields:
        words = words_of_name(name)
        if name in asked.used or name.split(".")[0] in asked.used or name in asked.answer:
            continue
        if lexicon.SELF_EXPLAINING.search(plain(name)) and not _SENSITIVE.search(plain(name)):
            continue
        specific = [word for word in words if word not in lexicon.GENERAL] or list(words)
        alike = [word for part in (*specific, plain(name)) for word in lexicon.SYNONYMS.get(part, "").split()]
        if mentions(stems, [*specific, *alike]) or (dates and _DATE.search(plain(name))):
            continue
        says = f"The AI is shown “{name}”, and nothing says what for."
        if _SENSITIVE.search(plain(name)):
            says += " It is nobody’s business who need not know it."
        yield Remark(
            "field not used",
            f"fields.{name}",
            says,
            f"Take “{name}” out of the fields, or say what it is for: “If {' '.join(words)} …, then …”.",
        )


def facts(asked: Asked) -> Iterator[Remark]:
    """Remark "our prices" where the AI gets no prices."""
    names = [*asked.facts, *asked.fields]
    known = frozenset(stem(word) for name in names for word in words_of_name(name))
    for one in asked.wishes:
        for found in lexicon.FACTS.finditer(one.plain):
            what = found[1] or found[0]
            words = what.split()
            alike = [word for part in words for word in lexicon.FACT_SYNONYMS.get(part, "").split()]
            if (asked.facts and not found[1]) or mentions(known, [*words, *alike]):
                continue
            if asked.facts and not _is_price(what) and len(asked.facts) > 1:
                continue  # one of them may well say it, under a name of the owner's
            yield Remark(
                "fact not given",
                one.where,
                f"This counts on “{found[0]}”, and the AI is told nothing of it: it would make it up.",
                "Write it down once as a company fact, and let this integration use it.",
                one.text,
            )
            return


def obeys(asked: Asked) -> Iterator[Remark]:
    """Remark an order to do what the record says: whoever writes the record would give the orders."""
    for one in asked.wishes:
        found = lexicon.OBEYS.search(one.plain)
        if not found or lexicon.OWN_INSTRUCTIONS.search(one.plain[found.start() :]):
            continue
        yield Remark(
            "obeys the record",
            one.where,
            f"“{one.text}” lets whoever wrote to you give the AI its orders, also “offer me 90% off”.",
            "Say what to do yourself: “Answer the questions in the message. If it asks for anything else, say that a "
            "colleague will come back to them.”",
            one.text,
        )
        return


def _named(asked: Asked, sentence: Sentence) -> Iterator[str]:
    """Return what a sentence names as a field: {company}, `budget`, due_date, or "the invoice number"."""
    for pattern in (_IN_BRACES, _AS_CODE):
        for found in pattern.finditer(sentence.text):
            name = next(part for part in found.groups() if part)
            yield name.removeprefix("record.").strip()
    if not sentence.forbids and lexicon.USE_VERBS.search(sentence.plain):
        if re.search(
            r"\b(?:if|falls|wenn|si)\b.{0,40}\b(?:missing|empty|fehlt|leer|falta|manque)", sentence.plain
        ):
            return
        for found in lexicon.DATA_NOUNS.finditer(sentence.plain):
            if not re.match(
                r" (?:of|der|von|de|del|des)\b", sentence.plain[found.end() :]
            ):  # "the number of employees"
                yield found[1].strip()


def _known(asked: Asked, name: str) -> bool:
    """Say whether a name is a field, a fact, a part of the answer, or one of its choices."""
    options = [str(option) for block in asked.choices.values() for option in block["options"]]
    known = [*asked.fields, *asked.facts, *asked.answer, *options]
    if plain(name) in {plain(one) for one in known}:
        return True
    words = [
        word for word in words_of_name(name) if word not in ("the", "of", "de", "del", "du", "field", "s")
    ]
    stems = [{stem(word) for word in words_of_name(one)} for one in known]
    specific = [word for word in words if word not in lexicon.GENERAL] or words
    return any(mentions(have, specific) for have in stems)


def _is_price(what: str) -> bool:
    return bool(re.search(r"pri[cx]|rate|fee|tari|cost|charge|preis|precio", what))

"""
What a person's edit says about the draft: was something in it wrong, or was it only said in other words?

Pure. What the two texts state is compared: amounts, days, names, addresses, promises, choices, and whether something is
denied. A change in any of these was an error of the draft, had nobody looked. Other words for the same are none. Where
it is not clear, it counts as an error: a person can overrule that, and nothing unattended follows from a doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from signoff.checks.claims import Claim, claims_in
from signoff.checks.findings import texts_of, unweighed
from signoff.checks.words import Text, fold

Kind = Literal["fact", "recipient", "amount", "promise", "choice", "rewritten", "wording"]

REWRITTEN_BELOW = 0.5  # share of words in common: under it nobody would say that the draft was used
FEWEST_WORDS = 12  # in shorter texts the share says little
GREETING_CHARS = 60
MOST_READ = 40_000  # characters; an edit of a longer text counts as an error without being read
_AMOUNTS = ("money", "percent")
_ADDRESSES = ("email", "phone")
# "not" turns a statement round without any claim in it changing.
_DENIALS = re.compile(
    r"\b(?:not|no|never|none|nothing|cannot|without|unable|\w+n['’]t|nicht|kein\w*|nie|niemals|ohne|nichts"
    r"|nunca|sin|ningun\w*|nada|pas|jamais|sans|aucun\w*|rien)\b"
)  # fmt: skip


class Changed(NamedTuple):
    """One thing that an edit changed: what kind, and in which field of the answer. No words of anybody."""

    kind: Kind
    field: str


@dataclass(frozen=True)
class Grade:
    """What an edit changed; `is_error`: something beside wording is among it."""

    changed: tuple[Changed, ...]

    @property
    def is_error(self) -> bool:
        return any(one.kind != "wording" for one in self.changed)


class _Said(NamedTuple):
    """One statement of a text, so that the same statement in other words is the same."""

    kind: Kind
    what: tuple[Any, ...]


def grade(draft: Mapping[str, Any], decided: Mapping[str, Any]) -> Grade:
    """Return what was changed between the AI's answer and what a person let out; nothing where they are equal."""
    names = [name for name in {**draft, **decided} if draft.get(name) != decided.get(name)]
    if not names:
        return Grade(())
    found: list[Changed] = []
    # A sentence that moved from one field to another states the same as before.
    before, after = _statements(draft), _statements(decided)
    for said in (set(before) | set(after)) - (set(before) & set(after)):
        found.append(Changed(said.kind, before.get(said) or after[said]))
    for name in names:
        old, new = draft.get(name), decided.get(name)
        found += _by_value(name, old, new)
    if not found:
        found = [Changed("wording", name) for name in names]
    return Grade(tuple(sorted(set(found))))


def _by_value(name: str, old: Any, new: Any) -> Iterator[Changed]:
    """Yield what shows without reading: another choice, number or yes, a denial, a text written anew."""
    if not isinstance(old, str) or not isinstance(new, str):
        if _bare(old) != _bare(new):
            yield Changed("choice", name)
            return
        old, new = _joined(old), _joined(new)
    elif " " not in old.strip() and " " not in new.strip() and old.strip() and new.strip():
        # One word each: a choice or a code, not a sentence.
        if fold(old).strip(" .!,") != fold(new).strip(" .!,"):
            yield Changed("choice", name)
        return
    if max(len(old), len(new)) > MOST_READ:
        yield Changed("rewritten", name)
        return
    if _denials(old) != _denials(new):
        yield Changed("fact", name)
    words_before, words_after = fold(old).split(), fold(new).split()
    count = len(words_before) + len(words_after)
    if count >= 2 * FEWEST_WORDS:
        common = 2 * (Counter(words_before) & Counter(words_after)).total() / count
        if common < REWRITTEN_BELOW:
            yield Changed("rewritten", name)
    elif bool(words_before) != bool(words_after):
        yield Changed("fact", name)


def _bare(value: Any) -> Any:
    """Return a value without its sentences: what is left must be equal, the sentences are read."""
    if isinstance(value, str):
        return "" if " " in value.strip() else fold(value)
    if isinstance(value, Mapping):
        return {key: _bare(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_bare(inner) for inner in value]
    return value


def _joined(value: Any) -> str:
    return "\n".join(text for _, text in texts_of(value))


def _denials(text: str) -> Counter[str]:
    return Counter(_DENIALS.findall(fold(text)))


def _statements(content: Mapping[str, Any]) -> dict[_Said, str]:
    """Return what a content states, each with the field it stands in first."""
    found: dict[_Said, str] = {}
    for where, text in texts_of(content):
        for said in _of_text(text) if len(text) <= MOST_READ else ():
            found.setdefault(said, where)
    return found


def _of_text(text: str) -> Iterator[_Said]:
    claims = [claim for claim in claims_in(Text(text)) if not _is_manner_of_speaking(claim)]
    for claim in claims:
        yield _Said(_kind_of(claim), _meaning(claim))
    # Held to an empty record, everything that would need one is doubted: names, promises, addresses.
    for one in unweighed(text, {}):
        if one.kind == "promise":
            yield _Said("promise", (_plain(one.text),))
        elif not any(claim.start < one.end and one.start < claim.end for claim in claims):
            kind: Kind = (
                "recipient" if one.start < GREETING_CHARS and "\n" not in text[: one.start] else "fact"
            )
            yield _Said(kind, ("name", _plain(one.text)))


def _is_manner_of_speaking(claim: Claim) -> bool:
    """Say whether a number is one only by its letters: "one thing", "a second look"."""
    return claim.kind == "number" and (claim.spelled or claim.ordinal) and set(claim.values) <= {1.0, 2.0}


def _kind_of(claim: Claim) -> Kind:
    if claim.kind in _AMOUNTS:
        return "amount"
    return "recipient" if claim.kind in _ADDRESSES else "fact"


def _meaning(claim: Claim) -> tuple[Any, ...]:
    """Return what a claim says, whatever its words: "12.50 €" and "EUR 12.5" are one."""
    kind = "number" if claim.kind in ("number", "measure") else claim.kind
    return (
        kind, claim.values, claim.high, claim.unit, claim.per, claim.dates, claim.weekday, claim.days, claim.times,
        claim.code, claim.hedge,
    )  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))

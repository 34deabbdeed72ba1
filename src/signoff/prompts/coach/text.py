"""Words and sentences of a prompt, in English, German, Spanish and French alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?|\d+(?:[.,]\d+)*%?")
_BREAK = re.compile(r"(?<=[.!?;:\n])(?<!\bz\.)(?<!\bB\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)\s+|\n+")
_FORBIDS = re.compile(
    r"^\W*(?:never|no|not|don[’']?t|do not|avoid|without|nie(?:mals)?|kein\w*|nicht|ohne|vermeide|nunca|no|sin|evita|"
    r"jamais|ne|pas|sans|évite)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """One sentence with the place it stands in. `forbids`: it says what must not happen."""

    where: str
    text: str
    forbids: bool = False

    @cached_property
    def plain(self) -> str:
        """Return the sentence in small letters without accents, for looking things up."""
        return plain(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self.plain))

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self.words)


def sentences(where: str, text: str, *, forbids: bool = False) -> list[Sentence]:
    """Return the sentences of a text; one that begins with "never", "no", "kein" forbids something."""
    parts = (" ".join(part.split()) for part in _BREAK.split(text.strip()))
    return [Sentence(where, part, forbids or bool(_FORBIDS.match(part))) for part in parts if part]


def plain(text: str) -> str:
    """Return a text in small letters, without accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def stem(word: str) -> str:
    """Return a word without the endings that four languages put on nouns and verbs; "prices" and "price" are one."""
    for ending in (
        "ments",
        "ment",
        "ings",
        "ing",
        "ies",
        "ern",
        "ers",
        "en",
        "es",
        "er",
        "ed",
        "s",
        "e",
        "n",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def words_of_name(name: str) -> tuple[str, ...]:
    """Return the words in a field's name: due_date, dueDate and "due date" are two."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(_WORD.findall(plain(re.sub(r"[\W_]+", " ", spaced))))


def mentions(stems: Iterable[str], words: Iterable[str]) -> bool:
    """Say whether one of the words occurs among the stems, also as part of a longer word ("Angebotsnummer")."""
    known = tuple(stems)
    return any(stem(way) in known or _in_compound(way, known) for word in words for way in _spellings(word))


def _in_compound(word: str, known: tuple[str, ...]) -> bool:
    """Say whether a word is part of a longer one, or ends in one: Kurstag is a Tag, and Angebotsnummer an Angebot."""
    inside = len(word) >= 5 and any(stem(word) in one for one in known)
    return inside or any(len(one) >= 3 and word != one and word.endswith(one) for one in known)


def _spellings(word: str) -> tuple[str, ...]:
    """Return a word also as it is with umlauts: a field is called faellig_am, and the sentence says fällig."""
    other = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return (word,) if other == word else (word, other)

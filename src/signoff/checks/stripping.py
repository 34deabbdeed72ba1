"""
Stripping: an answer without anything of the customer it was written for.

Whatever stands in the record as well becomes a word in brackets: names, addresses, amounts, days, references, and
every telling word of the customer's own text. What is left are words that are everybody's: the owner's own, common ones,
and those that stand in other customers' texts too. When in doubt a word goes; an example with too many brackets teaches
less, one with a name in it gives somebody away.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from signoff.checks.claims import Claim, claims_in
from signoff.checks.fields import Field
from signoff.checks.known_names import COMMON, FIRST_NAMES, NOBODY
from signoff.checks.names import GREETING, TITLED, Names
from signoff.checks.reading import Reading
from signoff.checks.record import Record
from signoff.checks.words import IDEAS, STOPWORDS, Text, fold, label_ideas, name_words

ANY = "[…]"
LONGEST = 20_000

# What a placeholder may say: the kind of thing, in our words. The record's own names of fields can be somebody's name.
_CALLED = {
    "firstname": "[first name]", "name": "[name]", "~name": "[name]", "customer": "[name]", "contact": "[name]",
    "guest": "[name]", "company": "[company]", "email": "[e-mail address]", "phone": "[phone number]",
    "address": "[address]", "city": "[place]", "zip": "[postcode]", "website": "[link]", "order": "[reference]",
}  # fmt: skip
_RANK = [*dict.fromkeys(_CALLED.values()), ANY]  # a first name that also stands in an address is a first name
_KINDS = {
    "number": "[number]", "percent": "[share]", "money": "[amount]", "measure": "[number]", "date": "[date]",
    "weekday": "[day]", "time": "[time]", "phone": "[phone number]", "email": "[e-mail address]", "link": "[link]",
    "id": "[reference]",
}  # fmt: skip
_OF_PEOPLE = frozenset(
    "firstname name ~name customer contact guest company email phone address city zip".split()
)
_TYPES = {"email": "email", "phone": "phone", "link": "link", "money": "money", "number": "number", "date": "date",
          "datetime": "date"}  # fmt: skip
_STOP: frozenset[str] = frozenset().union(*STOPWORDS.values())
_POLITE = frozenset(
    "thanks thank you best kind warm regards wishes sincerely cheers hello danke dank vielen viele beste liebe freundliche freundlichen"
    " gruse grusse grus nachricht anfrage gracias saludos cordial cordialmente atentamente mensaje merci cordialement message".split()
)
# Scripts written without spaces: there a name is a part of a longer run of letters.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_HIRAGANA = re.compile("[\u3040-\u309f]+")


class Word(NamedTuple):
    """A word with its place, and its key: what is the same however it is written."""

    start: int
    end: int
    raw: str
    key: str


@lru_cache(maxsize=16384)
def key_of(word: str) -> str:
    """Return a word without case, accents and other ways to write the same: "Müller" and "MUELLER" are one."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    plain = "".join(char for char in plain if unicodedata.category(char)[0] != "M")
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def words_in(text: str) -> Iterator[Word]:
    """Yield the words of a text in any script: letters with their marks, and digits."""
    for match in _word().finditer(text):
        yield Word(match.start(), match.end(), match.group(), key_of(match.group()))


@lru_cache(maxsize=1)
def _word() -> re.Pattern[str]:
    # What `re` calls a word ends at a vowel sign of Hindi or Thai, in the middle of a name.
    marks = "".join(chr(code) for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code))[0] == "M")
    return re.compile(rf"(?:[^\W_]|[{marks}])+")


def named_in(record: Any) -> set[str]:
    """Return the keys of the words in a record's short fields that are about people or businesses; quick and rough."""
    return {
        word.key
        for key, text in leaves(record)
        if is_of_people(key) and len(text) <= 80
        for word in words_in(text)
    }


def is_of_people(name: str) -> bool:
    """Say whether a field of this name holds who somebody is, or how to reach them."""
    return any(ideas & _OF_PEOPLE for ideas in label_ideas(name)) or bool(
        _NAMING & {token.word for token in name_words(name)}
    )


def leaves(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the texts and numbers of a record, each with the name of its field."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, str(key), depth + 1) if depth < 20 else ()
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, name, depth + 1) if depth < 20 else ()
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)[:LONGEST]


class _Span(NamedTuple):
    start: int
    end: int
    shown: str


@dataclass(frozen=True)
class Customer:
    """What a record says of its customer, read once: `told` by key what its short fields hold, `written` its texts'."""

    record: Record
    told: Mapping[str, str]  # key -> placeholder
    written: frozenset[str]
    unspaced: str  # all its text in scripts without spaces
    values: frozenset[tuple[Any, ...]]

    @property
    def people(self) -> frozenset[str]:
        """Return the keys that name or reach a person or a business."""
        return frozenset(key for key, shown in self.told.items() if shown != ANY)


def customer_of(record: Mapping[str, Any]) -> Customer:
    """Read a record for what must not be seen outside it."""
    read = Record(record)
    told: dict[str, str] = {}
    written: set[str] = set()
    values: set[tuple[Any, ...]] = set()
    for field in read.fields:
        text = field.text.raw if field.text is not None else field.shown
        values.update(value for claim in field.claims for value in _values(claim))
        if field.text is not None and _is_written(field, text):
            values.update(value for claim in claims_in(field.text) for value in _values(claim))
            written.update(word.key for word in words_in(text))
            for match in [*GREETING.finditer(text), *TITLED.finditer(text)]:
                told |= {w.key: "[name]" for w in words_in(match["name"]) if fold(w.raw) not in NOBODY}
        elif field.state == "value":
            for key in _keys_of(field, text):
                told[key] = min(_placeholder(field), told.get(key, ANY), key=_RANK.index)
    told.pop("", None)
    return Customer(read, told, frozenset(written - {""}), _unspaced(read), frozenset(values))


def stripped(
    answer: Mapping[str, Any],
    customer: Customer,
    *,
    ours: str = "",
    types: Mapping[str, str] | None = None,
    is_public: Callable[[str], bool] = lambda key: False,
) -> dict[str, Any] | None:
    """
    Return an answer with a placeholder for whatever is of its customer; None when that cannot be done.

    `ours` is what the owner wrote, task and facts: what stands there and not in the record stays. `types` are the types of
    the answer's fields; a choice or a yes is one of few and stays. `is_public` says of a word's key whether other
    customers' texts have it too.
    """
    strip = _Strip(customer, ours, is_public)
    try:
        result = {name: strip.value(value, (types or {}).get(name, "text")) for name, value in answer.items()}
    except _Left:
        return None
    return result


class _Left(Exception):
    """A word of the customer would still be there."""


class _Strip:
    def __init__(self, customer: Customer, ours: str, is_public: Callable[[str], bool]) -> None:
        self.customer = customer
        self.is_public = is_public
        self.ours = ours[:LONGEST]
        owner = Text(self.ours)
        self.our_values = frozenset(value for claim in claims_in(owner) for value in _values(claim))
        self.our_words = frozenset(word.key for word in words_in(self.ours))
        # Against the record alone, with the owner's words as what is known besides.
        self.known = Record({}, {"ours": self.ours})
        self.long = [key for key in customer.told if len(key) >= 4]
        self.short = [key for key in customer.told if 2 <= len(key) < 4 and _has_case(key)]  # "Anns", "Toms"
        self.bits = [key for key in customer.told if _UNSPACED.search(key)] + [
            key for key in customer.told if 2 <= len(key) < 4 and not key.isascii() and not _has_case(key)
        ]

    def value(self, value: Any, type_: str) -> Any:
        if type_ in ("choice", "choices", "yesno") or value is None or isinstance(value, bool):
            return value
        if type_ in _TYPES:
            return _KINDS[_TYPES[type_]]
        if isinstance(value, Mapping):
            return {name: self.value(inner, "text") for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner, "text") for inner in value]
        if not isinstance(value, str):
            return _KINDS["number"]
        return self.text(value[:LONGEST])

    def text(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        spans = [
            *self._stated(text),
            *self._told(text),
            *self._shared(text),
            *self._named(text),
            *self._inside(text),
        ]
        result = _with(text, spans)
        left = re.sub(r"\[[^\[\]]{1,20}\]", " ", result)
        if any(self._is_told(word) for word in words_in(left)):
            raise _Left
        return result

    def _stated(self, text: str) -> Iterator[_Span]:
        """Yield what is stated in numbers, days and addresses, unless the owner states it and the record does not."""
        for claim in claims_in(Text(text)):
            values = set(_values(claim))
            theirs = bool(values & self.customer.values)
            if claim.spelled and not theirs:
                continue
            if theirs or not values <= self.our_values:
                yield _Span(claim.start, claim.end, _KINDS[claim.kind])

    def _told(self, text: str) -> Iterator[_Span]:
        """Yield the words that a short field of the record holds, also inside a longer word and in another case."""
        words = list(words_in(text))
        for word in words:
            shown = self._is_told(word)
            if shown:
                yield _Span(word.start, word.end, shown)
        for first, second in pairwise(words):  # "Acme Corp" where the record says AcmeCorp
            joined = first.key + second.key
            if len(joined) >= 5 and joined in self.customer.told:
                yield _Span(first.start, second.end, self.customer.told[joined])

    def _is_told(self, word: Word) -> str:
        """Return the placeholder for a word of the record's short fields, or ""."""
        told = self.customer.told
        if word.key in told:
            return told[word.key]
        if _UNSPACED.search(word.raw):
            return ""  # of these only the part goes
        capital = _is_capital(word.raw)
        for key in self.short:
            longer = len(word.key) - len(key)
            if word.key.startswith(key) and longer <= (2 if capital and len(key) > 2 else 1):
                return told[key]
        for key in self.long:
            if key in word.key or (capital and _declined(key, word.key)):
                return told[key]
        return next((told[key] for key in self.bits if key in word.key), "")

    def _shared(self, text: str) -> Iterator[_Span]:
        """Yield the telling words that stand in the customer's own text, and in nobody else's."""
        for word in words_in(text):
            if word.key in self.customer.written and not self._is_everybodys(word):
                yield _Span(word.start, word.end, ANY)
            elif word.raw.isdigit() and (word.key,) not in self.our_values and word.key not in self.our_words:
                yield _Span(word.start, word.end, _KINDS["number"])

    def _is_everybodys(self, word: Word) -> bool:
        plain = fold(word.raw)
        if plain in FIRST_NAMES:
            return False
        if plain in _STOP or word.key in self.our_words or self.is_public(word.key):
            return True
        return bool(IDEAS.of(plain)) or plain in COMMON or plain in NOBODY or plain in _POLITE

    def _named(self, text: str) -> Iterator[_Span]:
        """Yield who is greeted, and names that neither the record nor the owner knows."""
        for match in [*GREETING.finditer(text), *TITLED.finditer(text)]:
            words = [w for w in words_in(match["name"]) if fold(w.raw) not in NOBODY]
            if words and not all(word.key in self.our_words for word in words):
                start = match.start("name")
                yield _Span(start + words[0].start, start + words[-1].end, "[name]")
        for word in words_in(text):
            if fold(word.raw) in FIRST_NAMES and _is_capital(word.raw) and word.key not in self.our_words:
                yield _Span(word.start, word.end, "[name]")
        for doubt in Names(Reading(text, self.known, None)).doubts():
            yield _Span(doubt.start, doubt.end, "[name]")

    def _inside(self, text: str) -> Iterator[_Span]:
        """Yield, of texts without spaces between words, what is shared with the record: two letters or more."""
        for run in re.finditer(rf"(?:{_UNSPACED.pattern})+", text):
            raw, start = run.group(), run.start()
            for key in self.bits:
                for match in re.finditer(re.escape(key), raw):
                    yield _Span(start + match.start(), start + match.end(), self.customer.told[key])
            for at in range(len(raw) - 1):
                pair = raw[at : at + 2]
                if not _HIRAGANA.fullmatch(pair) and pair in self.customer.unspaced and pair not in self.ours:
                    yield _Span(start + at, start + at + 2, ANY)


def _with(text: str, spans: list[_Span]) -> str:
    """Return the text with its spans replaced: overlapping ones are one, and brackets in a row are one as well."""
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        last = merged[-1] if merged else None
        if last is not None and span.start < last.end:
            shown = last.shown if last.shown != ANY else span.shown
            merged[-1] = _Span(last.start, max(last.end, span.end), shown)
        elif (
            last is not None
            and not text[last.end : span.start].strip(" -'’&.")
            and "\n" not in text[last.end : span.start]
            and (last.shown == span.shown or ANY in (last.shown, span.shown))
            and span.start - last.end <= 3
            and ". " not in text[last.end : span.start]
        ):
            shown = last.shown if last.shown != ANY else span.shown
            merged[-1] = _Span(last.start, span.end, shown)
        else:
            merged.append(span)
    parts, at = [], 0
    for span in merged:
        parts += [text[at : span.start], span.shown]
        at = span.end
    return "".join([*parts, text[at:]])


def _keys_of(field: Field, text: str) -> Iterator[str]:
    """Yield the keys of what a short field holds; of a person's or a business's field each word, however common."""
    theirs = bool(_OF_PEOPLE & field.ideas) or bool(_NAMING & field.words) or "@" in text
    words = list(words_in(text))
    if "@" in text and words:
        words = words[:-1]  # "com" says nothing of anybody
    for word in words:
        if len(word.raw) == 1 and not _UNSPACED.match(word.raw) and not word.raw.isdigit():
            continue
        if theirs or fold(word.raw) not in _STOP:
            yield word.key
    if 1 < len(words) <= 4:
        yield "".join(word.key for word in words)


def _is_written(field: Field, text: str) -> bool:
    """Say whether a field holds a sentence of somebody's rather than a value: "Is the gearbox there?"."""
    if field.prose:
        return True
    if field.is_list or _OF_PEOPLE & field.ideas or _NAMING & field.words:
        return False
    words = list(words_in(text))
    return len(words) >= 3 and any(word.raw.islower() and len(word.raw) > 1 for word in words[1:])


_NAMING = frozenset("name first last fullname nombre apellido nom prenom vorname nachname".split())


def _placeholder(field: Field) -> str:
    return next((_CALLED[idea] for idea in _CALLED if idea in field.ideas), ANY)


def _values(claim: Claim) -> Iterator[tuple[Any, ...]]:
    """Yield what a claim says, so that it is the same however it is written; amounts by number alone."""
    yield from (("value", value) for value in (*claim.values, *claim.high))
    yield from (("date", when) for when in claim.dates)
    yield from (("day", day) for day in claim.days)
    yield from (("time", time) for time in claim.times)
    if claim.weekday is not None:
        yield ("day", claim.weekday)
    if claim.code:
        yield ("code", claim.code)


def _unspaced(record: Record) -> str:
    texts = [field.text.raw for field in record.fields if field.text is not None]
    return "\n".join(text for text in texts if _UNSPACED.search(text))


def _has_case(text: str) -> bool:
    return text.upper() != text.lower()


def _is_capital(word: str) -> bool:
    return not _has_case(word) or word[:1] != word[:1].lower()


def _declined(name: str, word: str) -> bool:
    """Say whether a word may be a form of a name: "Anne" for Анна, "Novákovi" for Novák."""
    if abs(len(name) - len(word)) > 3 or len(word) < 3:
        return False
    return word.startswith(name[:-1])

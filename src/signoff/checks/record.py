"""
A record of any shape, read once: its fields, what each is about, and every value that stands in it.

Flat CRM properties, nested JSON, lists of `{"name": ..., "value": ...}`, numbers in strings, yes/no in words and
empty values all become the same thing: a list of `Field`.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from signoff.checks.claims import Claim, claims_in
from signoff.checks.dates import LONG_AND_SHORT
from signoff.checks.fields import Field
from signoff.checks.quantities import MONEY_IDEAS, bare_hours, day_of_epoch, iso_moments, number_claim
from signoff.checks.units import CURRENCIES, PERIOD_OF, UNITS
from signoff.checks.words import Text, fold, label_ideas, letters_of, name_words, plain_words, stem

MAX_FIELDS = 3000
MAX_DEPTH = 40
MAX_TEXT = 20_000
SHORT = 60

_YES = frozenset("true yes y ja si sí oui wahr verdadero vrai on x".split())
_NO = frozenset(
    "false no n nein non falsch falso faux off none keine kein ninguno ninguna aucun aucune nicht".split()
)
_EMPTY = frozenset(
    ["", "-", "--", "n/a", "na", "null", "none", "nil", "unknown", "unbekannt", "k.a.", "k. a.", "desconocido", "inconnu", "undefined",
     "tbd", "not set", "not provided", "not specified", "keine angabe", "no especificado", "non renseigne", "?", "[]", "{}", "nan", "empty", "leer"]
)  # fmt: skip
_NAMERS = (
    "name",
    "key",
    "label",
    "field",
    "question",
    "property",
    "title",
    "attribute",
    "feld",
    "campo",
    "champ",
    "id",
    "q",
)
_VALUES = ("value", "values", "answer", "val", "response", "wert", "valor", "valeur", "answers", "a")
_IDENTIFYING = frozenset(
    "name title product item description label room type service day model sku article artikel producto produit bezeichnung nombre nom"
    " zimmer weekday wochentag dia jour titel category plan event".split()
)


# What a field's name says of its neighbours in the same object.
_CURRENCY = frozenset(["currency", "wahrung", "moneda", "devise"])
_UNIT = frozenset(["unit", "einheit", "unidad", "unite"])
_EVERY = frozenset(["period", "interval", "billing", "cycle", "zeitraum", "per"])
_DAY = frozenset(["day", "weekday", "wochentag", "tag", "dia", "jour"])
_TELLING_OF_NEIGHBOURS = _CURRENCY | _UNIT | _EVERY | _DAY | _IDENTIFYING


class Record:
    """Everything the record and the facts say."""

    def __init__(self, record: Any, facts: Any = None) -> None:
        self.fields: list[Field] = []
        self._read(record, "", (), frozenset(), 0, False)
        if facts is not None and facts != "":
            self._read(facts, "", (), frozenset(), 0, True)
        texts = [entry.text for entry in self.fields if entry.text is not None]
        self.words: set[str] = set().union(*[text.vocabulary for text in texts])
        self.words.update([*map(stem, self.words)])
        self.names: set[str] = set().union(*[entry.words for entry in self.fields])
        self.names.update([*map(stem, self.names)])
        self.text = " \n ".join([text.folded for text in texts])
        self.ideas: frozenset[str] = frozenset().union(*[entry.ideas for entry in self.fields])

    def knows(self, word: str) -> bool:
        """Return whether a folded word of a name stands here: whole, by its beginning, or spelled with ae."""
        words = self.words
        for form in (
            word,
            word.removesuffix("'s"),
            stem(word),
            word.rstrip("s"),
            word.replace("ae", "a").replace("oe", "o").replace("ue", "u"),
        ):
            if form in words:
                return True
        if "-" in word:
            return all(self.knows(part) for part in word.split("-") if part)
        if len(word) >= 4 and word in self.codes:
            return True
        # Looked for in all of them at once first: most names are the beginning of none.
        return (
            len(word) >= 3
            and f" {word}" in self._every_word
            and any(w.startswith(word) and len(w) - len(word) <= 4 for w in words)
        )

    @cached_property
    def codes(self) -> str:
        """Every text without what stands between its letters and digits."""
        return " ".join(
            [
                entry.text.folded.encode("ascii", "ignore").translate(None, _NO_CODE).decode()
                for entry in self.fields
                if entry.text is not None
            ]
        )

    @cached_property
    def _every_word(self) -> str:
        return " " + " ".join(self.words)

    def _read(
        self, value: Any, path: str, labels: tuple[frozenset[str], ...], context: frozenset[str], depth: int, facts: bool,
        words: frozenset[str] = frozenset(), group: str = "", per: str = "", days: tuple[int, ...] = (), unit: str = "",
    ) -> None:  # fmt: skip
        if depth > MAX_DEPTH or len(self.fields) >= MAX_FIELDS:
            return
        if isinstance(value, str) and value[:1] in "[{" and 2 < len(value) < MAX_TEXT:
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                pass
        if isinstance(value, str | int | float):  # most values; the next question takes longer
            self._add(value, path, labels, context, facts, words, group, per, days, unit)
        elif isinstance(value, Mapping):
            self._read_object(value, path, labels, context, depth, facts, words, days)
        elif isinstance(value, list | tuple | set):
            self._read_list(list(value), path, labels, context, depth, facts, words, group, days)
        else:
            self._add(value, path, labels, context, facts, words, group, per, days, unit)

    def _read_object(
        self, value: Mapping[Any, Any], path: str, labels: tuple[frozenset[str], ...], context: frozenset[str], depth: int,
        facts: bool, words: frozenset[str], days: tuple[int, ...],
    ) -> None:  # fmt: skip
        keys = {fold(str(key)): key for key in value}
        pair = _name_and_value(value, keys)
        if pair is not None:
            name, inner = pair
            self._named(name, inner, path, labels, context, depth, facts, path, "", days, "")
            return
        shared, per, unit, here_days = _neighbours(value)
        for key, inner in value.items():
            own = _without(value, shared, key) if shared else frozenset()
            self._named(
                str(key), inner, path, labels, context | own, depth, facts, path, per, here_days or days, unit
            )

    def _named(
        self, name: str, inner: Any, path: str, labels: tuple[frozenset[str], ...], context: frozenset[str], depth: int,
        facts: bool, group: str, per: str, days: tuple[int, ...], unit: str,
    ) -> None:  # fmt: skip
        plain = name if len(name) <= 120 else name[:120]
        own = label_ideas(plain)
        own_words = plain_words(plain)
        days = _days_of(own_words) or days
        inherited = not own
        child = f"{path}.{plain}" if path else plain
        parents = frozenset().union(*labels) if labels else frozenset()
        self._read(
            inner, child, labels if inherited else own, context if inherited else context | parents, depth + 1, facts,
            own_words, group, per, days, unit,
        )  # fmt: skip

    def _read_list(
        self, value: list[Any], path: str, labels: tuple[frozenset[str], ...], context: frozenset[str], depth: int,
        facts: bool, words: frozenset[str], group: str, days: tuple[int, ...],
    ) -> None:  # fmt: skip
        if value and all(
            isinstance(item, str | int | float) and not isinstance(item, bool) for item in value
        ):
            shown = ", ".join(str(item) for item in value)
            entry = Field(
                path, labels, context, words, value, shown, "value", from_facts=facts, group=group, days=days
            )
            entry.is_list = all(isinstance(item, str) for item in value)
            entry.prose = any(isinstance(item, str) and len(item.split()) > 5 for item in value)
            entry.text, claims = _read_text(shown[:MAX_TEXT], loose=True)
            entry.claims = list(claims)
            self.fields.append(entry)
            return
        if not value:
            self.fields.append(
                Field(path, labels, context, words, None, "", "empty", from_facts=facts, group=group)
            )
            return
        table = _table(value)
        if table:
            for index, (name, inner) in enumerate(table):
                at = f"{path}[{index}]"
                self._named(name, inner, at, labels, context, depth + 1, facts, at, "", days, "")
            return
        for index, item in enumerate(value):
            self._read(item, f"{path}[{index}]", labels, context, depth + 1, facts, words, group, "", days)

    def _add(
        self, value: Any, path: str, labels: tuple[frozenset[str], ...], context: frozenset[str], facts: bool,
        words: frozenset[str], group: str, per: str, days: tuple[int, ...], unit: str,
    ) -> None:  # fmt: skip
        per = _period(words) or per
        entry = Field(
            path,
            labels,
            context,
            words,
            value,
            "",
            "value",
            from_facts=facts,
            group=group,
            per=per,
            days=days,
        )
        self.fields.append(entry)
        if not per and entry.ideas & MONEY_IDEAS:
            entry.per = next((PERIOD_OF[w] for w in sorted(words & _ONE_PERIOD)), "")
        if value is None:
            entry.state = "empty"
            return
        if isinstance(value, bool):
            entry.state, entry.shown = ("yes", "yes") if value else ("no", "no")
            return
        if isinstance(value, (datetime, date)):
            value = value.isoformat()
        if isinstance(value, int | float) and _is_countable(value):
            entry.shown = _shown_number(value)
            entry.text = _text_of(entry.shown)
            entry.claims = [number_claim(float(value), entry, unit)]
            epoch = day_of_epoch(float(value), words)
            if epoch:
                entry.claims.append(epoch)
            return
        shown = str(value).strip()
        entry.shown = shown if len(shown) <= 200 else shown[:197] + "..."
        low = fold(shown)
        if low in _EMPTY:
            entry.state, entry.shown = "empty", ""
            if low in _NO and words & {"parking", "pets", "has"}:
                entry.state = "no"
            return
        if low in _YES or low in _NO:
            entry.state = "yes" if low in _YES else "no"
            entry.text = _text_of(shown)
            return
        count = shown.count(" ") + 1
        entry.prose = count > 6 or (count > 4 and shown[-1:] in ".!?") or "\n" in shown
        if (
            not entry.prose
            and _SEPARATOR.search(shown)
            and not _DIGIT.search(shown)
            and _LISTED.fullmatch(shown)
        ):
            entry.is_list = len(_SEPARATOR.split(shown)) >= 2
            entry.value = [part.strip() for part in _SEPARATOR.split(shown)]
        begins_with_digit = shown[:1].isdigit()
        bare = _BARE_NUMBER.fullmatch(shown)
        entry.text, claims = _read_text(shown[:MAX_TEXT], loose=not entry.prose)
        entry.claims = list(claims)
        if bare and not (words & {"phone", "mobile", "zip", "plz", "postcode"}):
            entry.claims = [c for c in entry.claims if c.kind not in ("number", "phone")]
            entry.claims.append(number_claim(float(shown.replace(",", ".")), entry, unit))
        elif unit in CURRENCIES.values() and entry.ideas & MONEY_IDEAS:
            entry.claims.extend(
                number_claim(c.values[0], entry, unit) for c in list(entry.claims) if c.kind == "number"
            )
        span = _BARE_SPAN.fullmatch(low) if begins_with_digit else None
        if span and float(span[1]) < float(span[2]) and "hours" not in entry.ideas | context:
            first, last = (number_claim(float(part), entry, unit) for part in span.groups())
            entry.claims.append(replace(first, high=last.values))
        hour = _BARE_HOUR.fullmatch(low) if begins_with_digit else None
        if hour and (
            entry.ideas & {"start", "end", "open", "close", "checkin", "checkout", "hours", "appointment"}
            or words & _HOUR_NAMES
        ):
            entry.claims = [Claim(0, len(shown), "time", times=(int(hour[1]) * 60,))]
        if begins_with_digit:
            entry.claims = iso_moments(shown, entry.claims)
        if "h" in low and entry.claims and not entry.ideas & _SPANS:
            more = bare_hours(low, entry.claims)
            if more:
                entry.claims = sorted([*entry.claims, *more], key=lambda c: c.start)


def _read_text(text: str, *, loose: bool) -> tuple[Text, Sequence[Claim]]:
    """Return a value and what it states; short ones, which are most, are read once for several checks of a record."""
    return _read_short(text, loose) if len(text) <= SHORT else _read_anew(text, loose)


def _read_anew(text: str, loose: bool) -> tuple[Text, Sequence[Claim]]:
    read = Text(text)
    return read, claims_in(read, loose=loose)


# For a record that is checked again, with another draft; held in the process only, and not for long.
_read_short = lru_cache(maxsize=128)(_read_anew)
_text_of = lru_cache(maxsize=256)(Text)  # of a number, a yes or a no: many records have the same


def _table(rows: list[Any]) -> list[tuple[str, Any]]:
    """
    Return a table of names and values, however it is written, else nothing.

    `[["Adults", 7], ["Menu", "..."]]`, or objects of two keys that nobody could know: `[{"campo": "Patio", "dato": 300}]`.
    """
    if len(rows) < 3:
        return []
    if all(isinstance(row, Mapping) and len(row) == 2 for row in rows):
        if len(rows) < 5 or len({tuple(row) for row in rows}) > 1:
            return []
        pairs = [tuple(row.values()) for row in rows]
        bare = [
            isinstance(v, int | float) or str(v or "0").replace(".", "").replace(",", "").isdigit()
            for _, v in pairs
        ]
        if all(bare) or not any(re.search(r"\d", str(v)) for _, v in pairs):
            return []  # a list of people and their ages, or of people and their tasks
    elif all(isinstance(row, list | tuple) and len(row) == 2 for row in rows):
        pairs = [tuple(row) for row in rows]
    else:
        return []
    names = {
        name for name, _ in pairs if isinstance(name, str) and 0 < len(name) <= 60 and not name[:1].isdigit()
    }
    if len(names) < len(rows) or any(isinstance(value, Mapping | list | tuple) for _, value in pairs):
        return []
    return pairs


def _name_and_value(value: Mapping[Any, Any], keys: dict[str, Any]) -> tuple[str, Any] | None:
    """Return the name and value of `{"name": "dentists", "value": 8}`; of `{"value": 8}` with no name, ("", 8)."""
    if len(keys) > 6:
        return None
    for values_key in _VALUES:
        if values_key in keys:
            for namer in _NAMERS:
                if namer in keys and namer != values_key and isinstance(value[keys[namer]], str):
                    return value[keys[namer]], value[keys[values_key]]
            if values_key == "value" and len(keys) <= 3 and not keys.keys() & {"currency", "unit", "amount"}:
                return "value", value[keys[values_key]]
    return None


def _neighbours(value: Mapping[Any, Any]) -> tuple[dict[Any, frozenset[str]], str, str, tuple[int, ...]]:
    """Return what the neighbours in one object say of each other: names of the thing, period, unit, weekday."""
    shared: dict[Any, frozenset[str]] = {}
    per = unit = ""
    days: tuple[int, ...] = ()
    for key, inner in value.items():
        if not isinstance(inner, str) or len(inner) > 80:
            continue
        words = {token.word for token in name_words(str(key))}
        if words.isdisjoint(_TELLING_OF_NEIGHBOURS):
            continue
        low = fold(inner.strip())
        if words & _CURRENCY:
            unit = CURRENCIES.get(low, unit)
        elif words & _UNIT and low in UNITS:
            unit = low
        elif words & _EVERY and low in PERIOD_OF:
            per = PERIOD_OF[low]
        elif words & _DAY and len(words) <= 2 and len(value) <= 8:
            days = _days_of(letters_of(low)) or days
        if words & _IDENTIFYING:
            shared[key] = frozenset(idea for token in Text(inner).tokens for idea in token.ideas)
    return shared, per, unit, days


def _without(value: Mapping[Any, Any], shared: dict[Any, frozenset[str]], key: Any) -> frozenset[str]:
    return (
        frozenset().union(*(ideas for other, ideas in shared.items() if other != key))
        if shared
        else frozenset()
    )


def _days_of(words: frozenset[str]) -> tuple[int, ...]:
    if "weekdays" in words or "werktags" in words:
        return (0, 1, 2, 3, 4)
    if "weekend" in words or "weekends" in words or "wochenende" in words:
        return (5, 6)
    found: list[int] = []
    for word in words:
        day = LONG_AND_SHORT.get(word)
        if day is not None:
            found.append(day)
    if len(found) == 2 and len(words) <= 3:
        first, last = min(found), max(found)
        return tuple(range(first, last + 1))
    return tuple(sorted(found))


def _period(words: frozenset[str]) -> str:
    if not words.isdisjoint(_A_PERIOD):
        for word in words:
            if word in PERIOD_OF and word not in ("a", "an"):
                return PERIOD_OF[word]
    return ""


def _is_countable(value: float) -> bool:
    """Say whether a number can be compared at all: no NaN, no infinity, not too large for a float."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _shown_number(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


_A_PERIOD = frozenset(
    "per pro por par a al monthly annual yearly weekly nightly daily hourly monatlich mensual mensuel".split()
)
# `precio_mes` is a price a month.
_ONE_PERIOD = frozenset(
    "month monat mes mois year jahr week woche semana semaine night nacht noche nuit hour stunde hora heure".split()
)
_SPANS = frozenset(["duration", "delivery", "response_time", "setup", "trial", "notice"])
_SEPARATOR = re.compile(r"[,;|]")
_LISTED = re.compile(r"[^,;.|!?]{1,40}(?:[,;|]\s?[^,;.|!?]{1,40}){1,30}")
_DIGIT = re.compile(r"\d")
_NO_CODE = bytes({*range(128)} - {*b"abcdefghijklmnopqrstuvwxyz0123456789"})
_BARE_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,6}|,\d{1,2})?")
_BARE_SPAN = re.compile(r"(\d{1,6})\s?(?:-|to|bis|a)\s?(\d{1,6})")
_BARE_HOUR = re.compile(r"([01]?\d|2[0-4])\s?(?:h|uhr|horas?|heures?|hrs)?")
_HOUR_NAMES = frozenset("time hour hora heure uhrzeit zeit debut fin inicio von bis from to".split())

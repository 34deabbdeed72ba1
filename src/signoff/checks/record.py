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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from signoff.checks import lexicon
from signoff.checks.claims import CURRENCIES, PERIOD_OF, UNITS, Claim, claims_in
from signoff.checks.dates import SHORT_WEEKDAYS, WEEKDAYS, When
from signoff.checks.words import CHOICES, STATUSES, Text, fold, label_ideas, name_words, stem

State = Literal["value", "yes", "no", "empty"]
MAX_FIELDS = 3000
MAX_DEPTH = 40
MAX_TEXT = 20_000

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
MONEY_IDEAS = frozenset(
    "price total budget deposit rent fee utilities revenue salary discount tax refund payment amount loan".split()
)


@dataclass(slots=True)
class Field:
    """One value of the record and what it is about."""

    path: str
    labels: tuple[frozenset[str], ...]  # ideas of each telling word of its own name
    context: frozenset[str]  # ideas of its parents and of what its neighbours call the thing
    words: frozenset[str]  # plain words of its own name, folded
    value: Any
    shown: str  # the value as an owner reads it
    state: State
    prose: bool = False
    is_list: bool = False
    from_facts: bool = False
    claims: list[Claim] = field(default_factory=list)
    text: Text | None = None
    per: str = ""
    days: tuple[int, ...] = ()
    group: str = ""  # path of the object it stands in

    @property
    def ideas(self) -> frozenset[str]:
        return frozenset().union(*self.labels) if self.labels else frozenset()

    @property
    def title(self) -> str:
        """The field's name as an owner reads it: `number_of_rooms` becomes "Number of rooms"."""
        leaf = re.sub(r"\[\d+\]", "", self.path.split(".")[-1]) or self.path
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", leaf).replace("_", " ").replace("-", " ").strip()
        return (spaced[:1].upper() + spaced[1:]) if spaced else "The record"


class Record:
    """Everything the record and the facts say."""

    def __init__(self, record: Any, facts: Any = None) -> None:
        self.fields: list[Field] = []
        self._read(record, "", (), frozenset(), 0, False)
        if facts is not None and facts != "":
            self._read(facts, "", (), frozenset(), 0, True)
        self.words: set[str] = set()
        self.names: set[str] = set()
        parts: list[str] = []
        for entry in self.fields:
            for word in entry.words:
                self.names.add(word)
                self.names.add(stem(word))
            if entry.text is not None:
                parts.append(entry.text.folded)
                for token in re.findall(r"[^\W_]+", entry.text.folded):
                    self.words.add(token)
                    self.words.add(stem(token))
        self.text = " \n ".join(parts)
        self.flat = re.sub(r"[^a-z0-9]+", " ", self.text)
        self.codes = " ".join(re.sub(r"[^a-z0-9]", "", part) for part in parts)
        self.ideas: frozenset[str] = (
            frozenset().union(*(entry.ideas for entry in self.fields)) if self.fields else frozenset()
        )

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
        if isinstance(value, Mapping):
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
        own_words = frozenset(part for token in name_words(plain) for part in token.word.split())
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
            entry.text = Text(shown[:MAX_TEXT])
            entry.is_list = all(isinstance(item, str) for item in value)
            entry.prose = any(isinstance(item, str) and len(item.split()) > 5 for item in value)
            entry.claims = claims_in(entry.text, loose=True)
            self.fields.append(entry)
            return
        if not value:
            self.fields.append(
                Field(path, labels, context, words, None, "", "empty", from_facts=facts, group=group)
            )
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
            entry.text = Text(entry.shown)
            entry.claims = [_number_claim(float(value), entry, unit)]
            epoch = _epoch(float(value), words)
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
            entry.text = Text(shown)
            return
        entry.text = Text(shown[:MAX_TEXT])
        count = shown.count(" ") + 1
        entry.prose = count > 6 or (count > 4 and shown[-1:] in ".!?") or "\n" in shown
        if (
            not entry.prose
            and re.fullmatch(r"[^,;.|!?]{1,40}(?:[,;|]\s?[^,;.|!?]{1,40}){1,30}", shown)
            and not re.search(r"\d", shown)
        ):
            entry.is_list = len(re.split(r"[,;|]", shown)) >= 2
            entry.value = [part.strip() for part in re.split(r"[,;|]", shown)]
        bare = re.fullmatch(r"[-+]?\d{1,15}(?:\.\d{1,6})?", shown)
        entry.claims = claims_in(entry.text, loose=not entry.prose)
        if bare and not (words & {"phone", "mobile", "zip", "plz", "postcode"}):
            entry.claims = [c for c in entry.claims if c.kind not in ("number", "phone")]
            entry.claims.append(_number_claim(float(shown), entry, unit))
        elif unit in CURRENCIES.values() and entry.ideas & MONEY_IDEAS:
            entry.claims.extend(
                _number_claim(c.values[0], entry, unit) for c in list(entry.claims) if c.kind == "number"
            )
        span = _BARE_SPAN.fullmatch(low)
        if span and float(span[1]) < float(span[2]) and "hours" not in entry.ideas | context:
            first, last = (_number_claim(float(part), entry, unit) for part in span.groups())
            entry.claims.append(replace(first, high=last.values))
        hour = _BARE_HOUR.fullmatch(low)
        if hour and (
            entry.ideas & {"start", "end", "open", "close", "checkin", "checkout", "hours", "appointment"}
            or words & _HOUR_NAMES
        ):
            entry.claims = [Claim(0, len(shown), "time", times=(int(hour[1]) * 60,))]
        entry.claims = _iso_moments(shown, entry.claims)


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
        low = fold(inner.strip())
        if words & {"currency", "wahrung", "moneda", "devise"}:
            unit = CURRENCIES.get(low, unit)
        elif words & {"unit", "einheit", "unidad", "unite"} and low in UNITS:
            unit = low
        elif words & {"period", "interval", "billing", "cycle", "zeitraum", "per"} and low in PERIOD_OF:
            per = PERIOD_OF[low]
        elif words & {"day", "weekday", "wochentag", "tag", "dia", "jour"}:
            days = _days_of(frozenset(re.findall(r"[a-z]+", low))) or days
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
    found = []
    for word in words:
        day = WEEKDAYS.get(word, SHORT_WEEKDAYS.get(word))
        if day is not None:
            found.append(day)
    if len(found) == 2 and len(words) <= 3:
        first, last = min(found), max(found)
        return tuple(range(first, last + 1))
    return tuple(sorted(found))


def _period(words: frozenset[str]) -> str:
    if words & {"per", "pro", "por", "par", "a", "al"} or any(
        w in words
        for w in (
            "monthly",
            "annual",
            "yearly",
            "weekly",
            "nightly",
            "daily",
            "hourly",
            "monatlich",
            "mensual",
            "mensuel",
        )
    ):
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


_BARE_SPAN = re.compile(r"(\d{1,6})\s?(?:-|to|bis|a)\s?(\d{1,6})")
_BARE_HOUR = re.compile(r"([01]?\d|2[0-4])\s?(?:h|uhr|horas?|heures?|hrs)?")
_HOUR_NAMES = frozenset("time hour hora heure uhrzeit zeit debut fin inicio von bis from to".split())
_ONE_TIME = frozenset(
    "jahr monat tag woche stunde year month day week hour mes ano dia semana hora an annee jour semaine heure".split()
)
_NO_UNITS = frozenset(["d", "t", "a", "m", "s", "l", "g", "an", "ha"])
_IN_CENTS = frozenset(["cents", "cent", "minor"])
_UNIT_NAMES = {
    "sqm": "m2",
    "m2": "m2",
    "qm": "m2",
    "sqft": "sqft",
    "kg": "kg",
    "km": "km",
    "min": "min",
    "mins": "min",
}


def _number_claim(value: float, entry: Field, unit: str) -> Claim:
    """Return the claim a bare number makes in its field: money, a measure or a percentage if the name says so."""
    words = entry.words
    if words & {
        "percent",
        "pct",
        "percentage",
        "prozent",
        "porcentaje",
        "pourcentage",
        "vat",
        "rate",
    } and words & {"percent", "pct", "percentage", "prozent"}:
        return Claim(0, len(entry.shown), "percent", values=(value,))
    ideas = entry.ideas
    currency = unit if unit in CURRENCIES.values() else ""
    for word in words:
        currency = currency or CURRENCIES.get(word, "")
    if currency and (
        not unit
        or ideas & MONEY_IDEAS
        or words & {"eur", "usd", "gbp", "chf", "euro"}
        or "amount" in words
        or "value" in words
    ):
        amount = value / 100 if words & _IN_CENTS else value
        return Claim(0, len(entry.shown), "money", values=(amount,), unit=currency, per=entry.per)
    if words & _IN_CENTS:
        return Claim(0, len(entry.shown), "money", values=(value / 100,), per=entry.per)
    named_unit = unit if unit in UNITS else ""
    if not named_unit and not ideas & MONEY_IDEAS:
        leaf = entry.path.rsplit(".", 1)[-1]
        for token in name_words(leaf):
            if token.word in ("per", "pro", "por", "par"):
                break
            if token.word in UNITS and token.word not in _NO_UNITS and token.word not in _ONE_TIME:
                named_unit = token.word
        last = fold(leaf).rsplit("_", 1)[-1]
        square = _SQUARE.search(fold(leaf))
        if square:
            named_unit = "sqft" if "f" in square.group() else "m2"
        if not named_unit and last in ("m", "h", "d", "g", "l", "kg") and "_" in leaf:
            named_unit = last
    if named_unit:
        dimension, factor = UNITS[named_unit]
        return Claim(
            0,
            len(entry.shown),
            "measure",
            values=(round(value * factor, 6),),
            unit=dimension,
            scale=named_unit,
        )
    if ideas & MONEY_IDEAS and not (
        "rate" in words and (ideas & {"tax", "interest", "discount"} or abs(value) < 1)
    ):
        return Claim(0, len(entry.shown), "money", values=(value,), per=entry.per)
    return Claim(0, len(entry.shown), "number", values=(value,))


def _epoch(value: float, words: frozenset[str]) -> Claim | None:
    """Return the date of a Unix time, when the field's name is about dates."""
    if not words & {"date", "at", "time", "created", "updated", "createdate", "timestamp", "on", "due"}:
        return None
    seconds = value / 1000 if value > 1e11 else value
    if not 9e8 < seconds < 4e9:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return Claim(0, 0, "date", dates=(When(moment.year, moment.month, moment.day),))


_SQUARE = re.compile(
    r"sq_?(?:ft|feet)|square_?feet|sq_?m\b|square_?met|sqm|(?:_|^)m2(?:_|$)|(?:_|^)qm(?:_|$)|metros_cuadrados|m²"
)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)")


def _iso_moments(shown: str, claims: list[Claim]) -> list[Claim]:
    """Add the date and time of "2025-06-03T14:00:00Z", which the letter reader does not expect."""
    month = re.fullmatch(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", shown)
    if month:
        return [Claim(0, 7, "date", dates=(When(int(month[1]), int(month[2]), None),))]
    match = _MOMENT.match(shown)
    if not match or len(shown) > 40:
        return claims
    year, number, day, hour, minute = map(int, match.groups())
    if not (1 <= number <= 12 and hour < 25):
        return claims
    return [
        Claim(0, 10, "date", dates=(When(year, number, day),)),
        Claim(11, 16, "time", times=(hour * 60 + minute,)),
    ]


def walk(fields: list[Field]) -> Iterator[tuple[Field, Claim]]:
    """Return every value of the record with its field."""
    for entry in fields:
        for claim in entry.claims:
            yield entry, claim


def choices_of(entry: Field) -> tuple[str, ...]:
    """Return the choices ("color/red") that a short text field names."""
    if entry.text is None or entry.prose:
        return ()
    return tuple(choice for _, _, found in phrases(entry.text, "choices") for choice in found)


def statuses_of(text: Text) -> tuple[str, ...]:
    """Return the statuses ("order/shipped/4") that a text names."""
    return tuple(status for _, _, found in phrases(text, "statuses") for status in found)


def phrases(text: Text, table: Literal["choices", "statuses"]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return where a text names entries of a closed table, longest phrases first come, first taken."""
    source = CHOICES if table == "choices" else STATUSES
    words = text.words
    found: list[tuple[int, int, tuple[str, ...]]] = []
    at = 0
    while at < len(words):
        start, end, word = words[at]
        step = 1
        for parts, meaning in source.phrases.get(word, ()):
            size = len(parts)
            if at + size <= len(words) and all(words[at + i][2] == parts[i] for i in range(1, size)):
                found.append((start, words[at + size - 1][1], meaning))
                step = size
                break
        else:
            single = source.words.get(word)
            if single:
                found.append((start, end, single))
        at += step
    return found


GENERIC = lexicon.GENERIC

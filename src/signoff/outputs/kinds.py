"""
The types a field of an answer can have: what each asks of the AI, and how it reads what came.

Reading keeps a value exactly as it came where it fits. Where it does not fit but has one reading only, the
reading is kept and noted as a repair; else the fault is noted and the value is lost to the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Protocol, Self
from zoneinfo import ZoneInfo

from signoff.outputs.faults import Notes, kind_of, shown
from signoff.outputs.markup import markup_fault
from signoff.outputs.moments import is_date, is_moment, read_date, read_moment
from signoff.outputs.numerals import decimals_of, read_amount, read_number
from signoff.outputs.options import Options

UNSURE = "unsure"
MOST_CHOICES_IN_SCHEMA = (
    250  # a provider's strict schema holds few choices; beyond, the prompt alone names them
)


class ChoiceLike(Protocol):
    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


class Kind(Protocol):
    """One type. `schema` is the JSON Schema the AI gets, `describe` the same in words."""

    type: ClassVar[str]

    def schema(self) -> dict[str, Any]: ...
    def describe(self) -> str: ...
    def read(self, value: Any, at: str, notes: Notes) -> Any: ...
    def canonical(self) -> dict[str, Any]: ...


class _Plain:
    """What most types share: no settings unless they say so, and a canonical form made of them."""

    type: ClassVar[str]

    @classmethod
    def of(cls, _options: Options) -> Self:
        return cls()

    def canonical(self) -> dict[str, Any]:
        settings = {name: _canonical(value) for name, value in vars(self).items() if value is not None}
        return {"type": self.type, **settings}


def _canonical(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Choice):
        return [value.value, value.label]
    return value if isinstance(value, bool | int | float | str) else str(value)


@dataclass(frozen=True)
class Text(_Plain):
    type: ClassVar[str] = "text"
    max: int | None = None
    min: int | None = None
    format: str | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.counts()
        return cls(most, least, options.one_of("format", ("plain", "html", "markdown")))

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        form = {"plain": "plain text, no HTML or Markdown", "html": "HTML", "markdown": "Markdown"}
        says = [form.get(self.format or "", "text")]
        says += [f"at least {self.min:,} characters"] if self.min else []
        says += [f"at most {self.max:,} characters"] if self.max is not None else []
        return ", ".join(says)

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if not isinstance(value, str):
            return notes.fault(at, f"is {kind_of(value)}", "text")
        least = 1 if self.min is None else self.min
        if not value.strip() and least:
            return notes.fault(at, "is empty", "text")
        if _CONTROL.search(value):
            return notes.fault(at, "holds control characters", "ordinary text")
        if self.max is not None and len(value) > self.max:
            trimmed = value.strip()
            if len(trimmed) > self.max:
                return notes.fault(at, f"has {len(value):,} characters", f"at most {self.max:,} characters")
            notes.repair(at, "spaces at the ends were removed")
            value = trimmed
        if len(value.strip()) < least:
            return notes.fault(at, f"has {len(value.strip()):,} characters", f"at least {least:,} characters")
        wrong = markup_fault(value, self.format) if self.format else None
        if wrong:
            return notes.fault(at, wrong, self.describe())
        return value


@dataclass(frozen=True)
class OneChoice(_Plain):
    type: ClassVar[str] = "choice"
    choices: tuple[Choice, ...]
    unsure: bool = False

    @classmethod
    def of(cls, options: Options) -> Self:
        unsure = bool(options.yesno("unsure"))
        return cls(options.choices(unsure), unsure)

    def schema(self) -> dict[str, Any]:
        values = [choice.value for choice in self.choices]
        few = len(values) <= MOST_CHOICES_IN_SCHEMA and sum(map(len, values)) <= 7_500
        return {"type": "string", "enum": values} if few else {"type": "string"}

    def describe(self) -> str:
        return f"one of {_listed(self.choices)}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        return _chosen(self.choices, value, at, notes)


@dataclass(frozen=True)
class ManyChoices(_Plain):
    type: ClassVar[str] = "choices"
    choices: tuple[Choice, ...]
    max: int | None = None
    min: int | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.counts()
        return cls(options.choices(False), most, least)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": OneChoice(self.choices).schema()}

    def describe(self) -> str:
        return f"a list of {_count(self.min, self.max, 'any number')} of {_listed(self.choices)}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, str):
            single = Notes()
            chosen = _chosen(self.choices, value, at, single)
            if single.faults:
                return notes.fault(at, "is text", self.describe())
            notes.repair(at, "one choice was put into a list")
            value = [chosen]
        if not isinstance(value, list):
            return notes.fault(at, f"is {kind_of(value)}", self.describe())
        chosen = [_chosen(self.choices, item, f"{at}[{n}]", notes) for n, item in enumerate(value)]
        kept = list(dict.fromkeys(chosen))
        if len(kept) < len(chosen) and not notes.faults:
            notes.repair(at, "a choice named twice was kept once")
        return _counted(kept, self.min, self.max, at, notes, "choices")


@dataclass(frozen=True)
class Number(_Plain):
    type: ClassVar[str] = "number"
    unit: str | None = None
    min: int | float | None = None
    max: int | float | None = None
    integer: bool = False

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.range()
        return cls(options.word("unit"), least, most, bool(options.yesno("integer")))

    def schema(self) -> dict[str, Any]:
        return {"type": "integer" if self.integer else "number"}

    def describe(self) -> str:
        what = "a whole number" if self.integer else "a number"
        return (
            what + (f" in {self.unit}, without the unit" if self.unit else "") + _between(self.min, self.max)
        )

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, str):
            text = value.strip()
            if self.unit and text.casefold().endswith(self.unit.casefold()):
                text = text[: -len(self.unit)]
            value = _from_text(read_number(text), value, at, notes, self.describe())
        return _ranged(value, self.min, self.max, 0 if self.integer else None, at, notes, self.describe())


@dataclass(frozen=True)
class Money(_Plain):
    type: ClassVar[str] = "money"
    currency: str
    min: int | float | None = None
    max: int | float | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        least, most = options.range()
        currency = options.word("currency")
        if currency is None or not re.fullmatch(r"[A-Z]{3}", currency):
            options.problem("currency", "name the currency by its three letters, for example EUR")
        return cls(currency or "", least, most)

    def schema(self) -> dict[str, Any]:
        return {"type": "number"}

    def describe(self) -> str:
        return f"an amount in {self.currency} as a bare number, no currency{_between(self.min, self.max)}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, str):
            amount = read_amount(value, self.currency)
            value = _from_text(amount, value, at, notes, self.describe())
        return _ranged(value, self.min, self.max, decimals_of(self.currency), at, notes, self.describe())


@dataclass(frozen=True)
class Day(_Plain):
    type: ClassVar[str] = "date"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "a date as YYYY-MM-DD"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        def mend(text: str) -> str | None:
            day = read_date(text)
            return day.isoformat() if day else None

        return _worded(value, at, notes, self.describe(), is_date, mend)


@dataclass(frozen=True)
class Moment(_Plain):
    type: ClassVar[str] = "datetime"
    zone: str | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        zone = options.word("zone")
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
                options.problem("zone", f"{zone} is not a time zone; write one like Europe/Berlin")
        return cls(zone)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        where = f", in the time of {self.zone}" if self.zone else ""
        return f"a date and time with its offset, as 2026-11-23T14:30:00+01:00{where}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        zone = ZoneInfo(self.zone) if self.zone else None
        return _worded(value, at, notes, self.describe(), is_moment, lambda text: read_moment(text, zone))


@dataclass(frozen=True)
class YesNo(_Plain):
    type: ClassVar[str] = "yesno"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def describe(self) -> str:
        return "true or false"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if isinstance(value, bool):
            return value
        word = value.strip().casefold() if isinstance(value, str) else ""
        if word not in _YES_NO:
            what = shown(value) if isinstance(value, str) else kind_of(value)
            return notes.fault(at, f"is {what}", "true or false")
        notes.repair(at, f"{shown(value)} was read as {'true' if _YES_NO[word] else 'false'}")
        return _YES_NO[word]


@dataclass(frozen=True)
class Email(_Plain):
    type: ClassVar[str] = "email"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "one e-mail address"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        return _worded(value, at, notes, self.describe(), _is_email, _mend_email)


@dataclass(frozen=True)
class Phone(_Plain):
    type: ClassVar[str] = "phone"
    country: str | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        country = options.word("country")
        if country is not None and not re.fullmatch(r"[A-Z]{2}", country):
            options.problem("country", "name the country by its two letters, for example DE")
        return cls(country)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "a phone number with its country code, as +491701234567"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        return _worded(
            value, at, notes, self.describe(), _is_phone, lambda text: _mend_phone(text, self.country)
        )


@dataclass(frozen=True)
class Link(_Plain):
    type: ClassVar[str] = "link"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "one link that begins with https:// or http://"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        def mend(text: str) -> str | None:
            text = text.removeprefix("<").removesuffix(">").strip()
            return text if _is_link(text) else None

        return _worded(value, at, notes, self.describe(), _is_link, mend)


@dataclass(frozen=True)
class FieldOf:
    """One field of an answer (or one column of its rows): a name, a type, whether it must be there."""

    name: str
    kind: Kind
    required: bool = True
    label: str = ""
    about: str = ""

    def schema(self) -> dict[str, Any]:
        schema = self.kind.schema()
        if not self.required:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        return {**schema, "description": self.describe()}

    def describe(self) -> str:
        says = [part for part in (self.label, self.about) if part]
        return ". ".join([*(s.rstrip(".") for s in says), self.kind.describe()]) + (
            "" if self.required else ", or null"
        )

    def canonical(self) -> dict[str, Any]:
        extra = {"label": self.label, "about": self.about, "optional": not self.required}
        return {
            "name": self.name,
            **self.kind.canonical(),
            **{name: value for name, value in extra.items() if value},
        }


@dataclass(frozen=True)
class Rows:
    """A list of rows, each an object with the same columns."""

    type: ClassVar[str] = "rows"
    columns: tuple[FieldOf, ...]
    max: int | None = None
    min: int | None = None

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": object_schema(self.columns)}

    def describe(self) -> str:
        columns = "; ".join(f"{column.name}: {column.describe()}" for column in self.columns)
        return f"a list of {_count(self.min, self.max, 'any number')} of objects, each with ({columns})"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        if not isinstance(value, list):
            return notes.fault(at, f"is {kind_of(value)}", "a list of objects")
        rows = [read_object(self.columns, item, f"{at}[{n}]", notes) for n, item in enumerate(value)]
        return _counted(rows, self.min, self.max, at, notes, "rows")

    def canonical(self) -> dict[str, Any]:
        columns = [column.canonical() for column in self.columns]
        return {"type": self.type, "columns": columns, "max": self.max, "min": self.min}


KINDS: Mapping[str, Callable[[Options], Kind]] = {
    kind.type: kind.of
    for kind in (Text, OneChoice, ManyChoices, Number, Money, Day, Moment, YesNo, Email, Phone, Link)
}


def object_schema(fields: Sequence[FieldOf]) -> dict[str, Any]:
    """Return a schema that every strict mode takes: all fields required, no others, null for optional."""
    return {
        "type": "object",
        "properties": {one.name: one.schema() for one in fields},
        "required": [one.name for one in fields],
        "additionalProperties": False,
    }


def read_object(fields: Sequence[FieldOf], value: Any, at: str, notes: Notes) -> Any:
    """Return an object with each field read. A name in other case is repaired, an unknown name a fault."""
    if not isinstance(value, dict):
        return notes.fault(at, f"is {kind_of(value)}", f"an object with {', '.join(f.name for f in fields)}")
    known = {one.name: one for one in fields}
    found: dict[str, Any] = {}
    for name, item in value.items():
        meant = name if name in known else _meant(name, known, value)
        if meant is None:
            notes.fault(_path(at, name), "is not a field of this answer", f"only {', '.join(known)}")
        else:
            if meant != name:
                notes.repair(_path(at, meant), f"the name {shown(name)} was read as {meant}")
            found[meant] = item
    return {
        name: _read_field(one, found.get(name), _path(at, name), notes)
        for name, one in known.items()
        if one.required or name in found
    }


def _read_field(one: FieldOf, value: Any, at: str, notes: Notes) -> Any:
    if value is None:
        if one.required:
            notes.fault(at, "is missing", one.kind.describe())
        return None
    if not one.required and isinstance(value, str) and not value.strip():
        if value or one.kind.type != "text":
            notes.repair(at, "an empty text was read as null")
            return None
        return value
    return one.kind.read(value, at, notes)


def _meant(name: str, known: Mapping[str, FieldOf], given: Mapping[str, Any]) -> str | None:
    plain = [one for one in known if one.casefold() == name.strip().casefold()]
    same = [other for other in given if other.strip().casefold() == name.strip().casefold()]
    return plain[0] if len(plain) == 1 and len(same) == 1 else None


def _path(at: str, name: str) -> str:
    name = name if len(name) <= 60 else name[:59] + "…"
    name = name.encode("utf-8", "replace").decode()
    return f"{at}.{name}" if at else name


def _chosen(choices: Sequence[Choice], value: Any, at: str, notes: Notes) -> Any:
    expected = f"one of {_listed(choices)}"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return notes.fault(at, f"is {kind_of(value)}", expected)
    if isinstance(value, str) and any(value == choice.value for choice in choices):
        return value
    word = " ".join(str(value).split()).casefold() if isinstance(value, str) or abs(value) < 10**18 else ""
    meant = {c.value for c in choices if word in (c.value.casefold(), " ".join(c.label.split()).casefold())}
    if len(meant) != 1:
        return notes.fault(at, f"is {shown(value)}, which is not a choice", expected)
    found = meant.pop()
    notes.repair(at, f"{shown(value)} was read as the choice {shown(found)}")
    return found


def _worded(
    value: Any,
    at: str,
    notes: Notes,
    expected: str,
    fits: Callable[[str], bool],
    mend: Callable[[str], str | None],
) -> Any:
    """Return a text that fits as it is, or the one reading `mend` finds for it."""
    if not isinstance(value, str):
        return notes.fault(at, f"is {kind_of(value)}", expected)
    if fits(value):
        return value
    trimmed = value.strip()
    mended = None
    if trimmed and len(trimmed) <= 2_000 and not _CONTROL.search(trimmed):
        mended = trimmed if fits(trimmed) else mend(trimmed)
    if mended is None:
        return notes.fault(at, f"is {shown(value)}", expected)
    notes.repair(at, f"{shown(value)} was read as {shown(mended)}")
    return mended


def _from_text(number: Decimal | None, text: str, at: str, notes: Notes, expected: str) -> Any:
    """Return the number that a text means, noted as a repair; else None, noted as a fault."""
    kept: int | float | None = None
    if number is not None:
        kept = int(number) if number == number.to_integral_value() else float(number)
    if kept is None or Decimal(repr(kept)) != number:
        return notes.fault(at, f"is {shown(text)}, which cannot be read as one number for certain", expected)
    notes.repair(at, f"{shown(text)} was read as the number {kept}")
    return kept


def _ranged(
    value: Any,
    least: int | float | None,
    most: int | float | None,
    decimals: int | None,
    at: str,
    notes: Notes,
    expected: str,
) -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return notes.fault(at, f"is {kind_of(value)}", expected)
    if (least is not None and value < least) or (most is not None and value > most):
        return notes.fault(at, f"is {shown(value)}, which is out of range", expected)
    if decimals is not None and isinstance(value, float):
        exact = Decimal(repr(value))
        if exact != round(exact, decimals):
            return notes.fault(
                at, f"is {shown(value)}", f"at most {decimals} decimals" if decimals else expected
            )
    return value


def _counted(
    items: list[Any], least: int | None, most: int | None, at: str, notes: Notes, of_what: str
) -> Any:
    if (least is not None and len(items) < least) or (most is not None and len(items) > most):
        return notes.fault(at, f"has {len(items)} {of_what}", _count(least, most, ""))
    return items


def _count(least: int | None, most: int | None, otherwise: str) -> str:
    if least is None and most is None:
        return otherwise
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if not least else f"{least} to {most}"


def _between(least: int | float | None, most: int | float | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f", at least {least}"
    return f", at most {most}" if least is None else f", from {least} to {most}"


def _listed(choices: Sequence[Choice], at_most: int = MOST_CHOICES_IN_SCHEMA) -> str:
    named = [c.value if c.label in ("", c.value) else f"{c.value} ({c.label})" for c in choices[:at_most]]
    more = len(choices) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _is_email(text: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    try:
        # An address is a form here: whether its domain receives mail is for the sending app to say.
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def _mend_email(text: str) -> str | None:
    bare = text.removeprefix("mailto:").strip()
    named = re.fullmatch(r"[^<>@,;]*<([^<>]+)>", bare)
    bare = named[1].strip() if named else bare
    return bare if _is_email(bare) else None


def _is_phone(text: str) -> bool:
    import phonenumbers

    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", text):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


def _mend_phone(text: str, country: str | None) -> str | None:
    import phonenumbers

    if not re.fullmatch("[+0-9 ()./\u00a0\u202f‐‑–-]{5,40}", text):
        return None  # letters, extensions, two numbers
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_link(text: str) -> bool:
    from urllib.parse import urlsplit

    if re.search(r"[\s<>\"\\^`{|}]", text) or _CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    # A name before the host ("https://bank.example@evil.example") is there to deceive.
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_YES_NO = {
    **dict.fromkeys(("yes", "true", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero"), True),
    **dict.fromkeys(("no", "false", "nein", "falsch", "non", "faux", "falso"), False),
}

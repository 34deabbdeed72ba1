"""
The mistakes the practice AI makes on purpose, the kinds that real models make.

Which answer gets which mistake depends on the seed and the record's content alone, so a rerun makes the same
ones. A mistake in content is told in the books with its exact text; one in form is mended when the fault is
named.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from signoff_sandbox.ai.phrases import BY_LANGUAGE
from signoff_sandbox.ai.reading import Reading
from signoff_sandbox.ai.writing import Letter, hello

CONTENT = (
    "invented_price",
    "invented_discount",
    "wrong_number",
    "other_name",
    "invented_date",
    "invented_promise",
    "placeholder",
)
FORM = (
    "cut_off",
    "prose",
    "fenced",
    "broken_json",
    "wrong_type",
    "too_long",
    "invented_choice",
    "missing_field",
    "empty",
    "refusal",
    "filtered",
)
KINDS = (*CONTENT, *FORM)
STANDARD_SHARE = 0.3
# Of all mistakes, so many are in form: hosted models seldom break the form they were given.
STANDARD_FORM_SHARE = 0.25


@dataclass
class Choice:
    """How often which mistakes are made."""

    share: float = STANDARD_SHARE
    form_share: float = STANDARD_FORM_SHARE
    kinds: Sequence[str] = KINDS

    def pick(self, chance: random.Random) -> str | None:
        """Return the kind of mistake for this answer, or None."""
        wrong, form, which = chance.random(), chance.random(), chance.random()
        if wrong >= self.share:
            return None
        of_form = [k for k in self.kinds if k in FORM]
        of_content = [k for k in self.kinds if k in CONTENT]
        kinds = (of_form if form < self.form_share else of_content) or of_form or of_content
        return kinds[int(which * len(kinds))] if kinds else None


def spoil(letter: Letter, kind: str, reading: Reading, pick: random.Random) -> str:
    """Make a mistake of content in the letter; return the text that is wrong, as it stands there."""
    return _SPOIL[kind](letter, reading, pick)


def _add(letter: Letter, sentence: str) -> None:
    letter.paragraphs[1].insert(1, sentence)


def _invented_price(letter: Letter, reading: Reading, pick: random.Random) -> str:
    amount = _number_not_in(reading, pick, range(39, 700, 10))
    money = f"${amount}" if letter.language == "en" else f"{amount} €"
    _add(letter, pick.choice(BY_LANGUAGE[letter.language].price).format(money=money))
    return money


def _invented_discount(letter: Letter, reading: Reading, pick: random.Random) -> str:
    percent = _number_not_in(reading, pick, (10, 15, 20, 25, 30))
    _add(letter, pick.choice(BY_LANGUAGE[letter.language].discount).format(percent=percent))
    return f"{percent}%" if letter.language == "en" else f"{percent} %"


def _wrong_number(letter: Letter, reading: Reading, pick: random.Random) -> str:
    """Change a number the lead gave: the record says 8, the letter says 12."""
    if not letter.things:
        number = _number_not_in(reading, pick, range(6, 40))
        sentence = pick.choice(BY_LANGUAGE[letter.language].team_of).format(n=number)
        _add(letter, sentence)
        return str(number)
    right = letter.things[0]
    count, _, what = right.partition(" ")
    wrong = f"{_number_not_in(reading, pick, (int(count) + d for d in (2, 3, 4, 5, 7, 10)))} {what}"
    letter.paragraphs = [[s.replace(right, wrong) for s in p] for p in letter.paragraphs]
    letter.things[0] = wrong
    return wrong


def _other_name(letter: Letter, reading: Reading, pick: random.Random) -> str:
    phrases = BY_LANGUAGE[letter.language]
    said = " ".join(reading.record.values()).lower()
    name = pick.choice([n for n in phrases.other_names if n.lower() not in said] or list(phrases.other_names))
    letter.hello = hello(reading, phrases, first=name)
    if name not in letter.hello:
        letter.hello = phrases.hello.format(first=name, last="").replace(" ,", ",")
    return name


def _invented_date(letter: Letter, reading: Reading, pick: random.Random) -> str:
    phrases = BY_LANGUAGE[letter.language]
    number = _number_not_in(reading, pick, range(2, 28))
    month = pick.choice(phrases.months)
    day = {"en": f"{number} {month}", "de": f"{number}. {month}", "es": f"{number} de {month}"}.get(
        letter.language, f"{number} {month}"
    )
    time = f"{pick.choice((9, 10, 11, 14, 15, 16))}:{pick.choice(('00', '15', '30'))}"
    _add(letter, pick.choice(phrases.date).format(day=day, time=time))
    return day


def _invented_promise(letter: Letter, _reading: Reading, pick: random.Random) -> str:
    sentence = pick.choice(BY_LANGUAGE[letter.language].promise)
    _add(letter, sentence)
    return sentence


def _placeholder(letter: Letter, _reading: Reading, _pick: random.Random) -> str:
    letter.sign = BY_LANGUAGE[letter.language].placeholder
    return letter.sign


_SPOIL: dict[str, Callable[[Letter, Reading, random.Random], str]] = {
    "invented_price": _invented_price,
    "invented_discount": _invented_discount,
    "wrong_number": _wrong_number,
    "other_name": _other_name,
    "invented_date": _invented_date,
    "invented_promise": _invented_promise,
    "placeholder": _placeholder,
}


def _number_not_in(reading: Reading, pick: random.Random, numbers: Any) -> int:
    """Return one of the numbers that nothing in the prompt mentions."""
    said = reading.wants
    possible = list(numbers)
    return int(pick.choice([n for n in possible if str(n) not in said] or possible))


@dataclass
class Spoken:
    """An answer as it leaves the AI. `stopped` is OpenAI's finish reason."""

    text: str
    stopped: str = "stop"
    refusal: str | None = None
    mistakes: list[dict[str, str]] = field(default_factory=list)


def misshape(value: Any, schema: dict[str, Any] | None, kind: str) -> Spoken:
    """Return the answer with a mistake of form. Where a kind does not fit the schema, another one is made."""
    whole = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if kind == "empty":
        return Spoken("")
    if kind == "filtered":
        return Spoken("", "content_filter")
    if kind == "refusal":
        return Spoken("", refusal="I’m sorry, but I can’t help with that request.")
    if kind == "cut_off" or isinstance(value, str):
        return Spoken(whole[: max(1, len(whole) * 3 // 5)], "length")
    if kind in ("wrong_type", "too_long", "invented_choice", "missing_field"):
        wrong = _wrong_value(dict(value), schema or {}, kind)
        if wrong is not None:
            return Spoken(json.dumps(wrong, ensure_ascii=False))
        kind = "fenced"
    if kind == "prose":
        return Spoken(f"Sure! Here is the e-mail you asked for:\n\n{whole}\n\nShall I change anything?")
    if kind == "fenced":
        pretty = json.dumps(value, ensure_ascii=False, indent=2)
        return Spoken(f"```json\n{pretty}\n```")
    return Spoken(whole[:-1] + ",")


def _wrong_value(value: dict[str, Any], schema: dict[str, Any], kind: str) -> dict[str, Any] | None:
    """Return a value that breaks the schema in the way asked, or None when the schema has no place for it."""
    fields: dict[str, Any] = schema.get("properties", {})
    texts = [n for n in fields if isinstance(value.get(n), str)]
    if kind == "missing_field":
        if len(value) < 2:
            return None
        value.pop(next(reversed(value)))
        return value
    if kind == "invented_choice":
        chosen = [n for n in fields if "enum" in fields[n] and n in value]
        if not chosen:
            return None
        value[chosen[0]] = "follow_up_later"
        return value
    if not texts:
        return None
    if kind == "too_long":
        longest = max(texts, key=lambda n: len(value[n]))
        value[longest] = (value[longest] + "\n\n") * 6
        return value
    value[texts[0]] = [value[texts[0]]]
    return value

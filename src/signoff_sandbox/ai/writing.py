"""Writes the letter: an answer to the lead that holds nothing the record does not say."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from signoff_sandbox.ai.phrases import BY_LANGUAGE, Phrases, intent_of, language_of
from signoff_sandbox.ai.reading import Reading

_MONTHS = "|".join(month for phrases in BY_LANGUAGE.values() for month in phrases.months)
MONEY = re.compile(
    r"[$€£]\s?\d[\d.,]*\d|[$€£]\s?\d|\d[\d.,]*\s?(?:€|EUR|USD|GBP|dollars|euros)\b|\d[\d.,]*\s?€"
)
DAY = re.compile(
    rf"\b(?:\d{{1,2}}(?:\.|er|st|nd|rd|th)?\s(?:de\s)?(?:{_MONTHS})|(?:{_MONTHS})\s\d{{1,2}}|\d{{4}}-\d\d-\d\d)\b",
    re.IGNORECASE,
)
PHONE = re.compile(r"\+\d[\d ()-]{6,}\d")
# A count and what is counted: "8 dentists".
COUNT = re.compile(r"(?<![\d.,$€£+/-])\b(\d{1,4}) ([^\W\d_]{3,})")
_NO_THINGS = re.compile(
    rf"^(?:{_MONTHS}|euros?|dollars?|percent|am|pm|uhr|of|and|or|a|per|times)$", re.IGNORECASE
)
# A longer line of the company's facts is not quoted.
_LONGEST_FACT = 100


@dataclass
class Letter:
    """A letter in parts, so that mistakes can be made in it before it is put together."""

    language: str
    intent: str
    subject: str
    hello: str
    paragraphs: list[list[str]]
    bye: str
    sign: str
    things: list[str] = field(default_factory=list)

    def body(self, most_words: int | None = None, most_characters: int | None = None) -> str:
        """
        Return the letter within its limits: sentences are left out from the end of the longest paragraph.
        """
        paragraphs = [list(p) for p in self.paragraphs]
        while True:
            blocks = [self.hello, *(" ".join(p) for p in paragraphs if p), f"{self.bye}\n{self.sign}"]
            text = "\n\n".join(blocks)
            too_long = (most_words is not None and len(text.split()) > most_words) or (
                most_characters is not None and len(text) > most_characters
            )
            if not too_long:
                return text
            longest = max(paragraphs, key=lambda p: sum(map(len, p)), default=[])
            if not longest:
                return text[:most_characters] if most_characters else text
            longest.pop()


def write(reading: Reading, pick: random.Random) -> Letter:
    """Return a letter to the person in the record."""
    message = reading.get("message")
    language = language_of(message or " ".join(reading.record.values()))
    phrases = BY_LANGUAGE[language]
    intent = intent_of(message or reading.wants[-500:] if not reading.record else message)
    company = reading.get("company")
    thanks = pick.choice(phrases.thanks if company else phrases.thanks_nobody).format(company=company)
    subjects = [s for s in phrases.subject[intent] if company or "{company}" not in s] or [
        phrases.subject[intent][0]
    ]
    things = _things(reading, message)
    opening = [thanks]
    if things:
        opening.append(pick.choice(phrases.noted).format(things=phrases.joint.join(things)))
    middle = [pick.choice(phrases.reply[intent])]
    price = next((line for line in reading.facts if MONEY.search(line)), "")
    if intent == "pricing" and price and len(price) <= _LONGEST_FACT:
        middle.append(phrases.fact.format(line=price.rstrip(". ")))
    money, day = MONEY.search(message), DAY.search(message)
    if money:
        middle.append(pick.choice(phrases.money).format(money=money.group()))
    if day:
        middle.append(pick.choice(phrases.day).format(day=day.group()))
    phone = PHONE.search(message)
    closing = [pick.choice(phrases.call).format(phone=phone.group()) if phone else pick.choice(phrases.ask)]
    return Letter(
        language,
        intent,
        pick.choice(subjects).format(company=company or ""),
        hello(reading, phrases),
        [opening, middle, closing],
        pick.choice(phrases.bye),
        reading.sign or phrases.team,
        things,
    )


def hello(reading: Reading, phrases: Phrases, first: str = "") -> str:
    """Return the greeting; `first` replaces the record's own first name."""
    name = reading.get("name")
    first = first or reading.get("first") or name.partition(" ")[0]
    last = reading.get("last") or name.partition(" ")[2]
    if not first:
        return phrases.hello_nobody
    return phrases.hello.format(first=first, last=last).replace(" ,", ",").replace(" :", ":")


def _things(reading: Reading, message: str) -> list[str]:
    """Return at most two things the lead counted, in the lead's own words."""
    found = [f"{n} {what}" for n, what in COUNT.findall(message) if not _NO_THINGS.match(what)]
    if not found and not message:
        # A record without a message tells its counts as fields: "Dentists: 8".
        found = [
            f"{value} {name.lower()}"
            for name, value in reading.record.items()
            if value.isdigit() and len(value) < 5 and name.isalpha() and name.lower() != "id"
        ]
    return list(dict.fromkeys(found))[:2]

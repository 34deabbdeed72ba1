"""Where somebody is reached: e-mail, phone, link. A form here; whether it works is for the app to say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from signoff.outputs.faults import Notes
from signoff.outputs.kind import CONTROL, PlainKind, worded
from signoff.outputs.options import Options


@dataclass(frozen=True)
class Email(PlainKind):
    type: ClassVar[str] = "email"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "one e-mail address"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        return worded(value, at, notes, self.describe(), _is_email, _mend_email)


@dataclass(frozen=True)
class Phone(PlainKind):
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
        return worded(
            value, at, notes, self.describe(), _is_phone, lambda text: _mend_phone(text, self.country)
        )


@dataclass(frozen=True)
class Link(PlainKind):
    type: ClassVar[str] = "link"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "one link that begins with https:// or http://"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        def mend(text: str) -> str | None:
            text = text.removeprefix("<").removesuffix(">").strip()
            return text if _is_link(text) else None

        return worded(value, at, notes, self.describe(), _is_link, mend)


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

    if re.search(r"[\s<>\"\\^`{|}]", text) or CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    # A name before the host ("https://bank.example@evil.example") is there to deceive.
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc

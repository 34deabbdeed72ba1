"""A number as people write it ("1.234,50", "1 234.50", "−5"), read only where it has one reading."""

from __future__ import annotations

import re
from decimal import Decimal

_GROUPED = re.compile(r"[0-9]{1,3}(?P<sep>[.,'’ ])[0-9]{3}(?:(?P=sep)[0-9]{3})*")
_PLAIN = re.compile(r"[0-9]+")
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f ]")

# What stands before or after an amount, and which currencies it may mean.
_SIGNS = {
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₽": ("RUB",),
    "₩": ("KRW",),
    "₺": ("TRY",),
    "₪": ("ILS",),
    "zł": ("PLN",),
    "kč": ("CZK",),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "fr": ("CHF",),
    "r$": ("BRL",),
    "us$": ("USD",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP"),
}
# ISO 4217: currencies whose smallest coin is not a hundredth.
_DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


def decimals_of(currency: str) -> int:
    """Return how many decimals an amount in a currency (ISO 4217 code) may have."""
    return _DECIMALS.get(currency, 2)


def read_number(text: str) -> Decimal | None:
    """
    Return the number a text can only mean, or None where it has no reading, or two.

    "1.234" and "1,234" have two (a thousand, or one and a bit), so they are None. A separator is the decimal
    one when both occur and it comes last, or when what follows it cannot be a group of three digits.
    """
    text = _SPACES.sub(" ", text.strip()).replace("−", "-")
    sign = ""
    if text[:1] in ("-", "+"):
        sign, text = text[0].replace("+", ""), text[1:].lstrip()
    if not re.fullmatch(r"[0-9][0-9.,'’ ]*", text) or len(text) > 40:
        return None
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return _joined(sign, text, "")
    whole, mark, rest = text[:last], text[last], text[last + 1 :]
    if not re.fullmatch(r"[0-9]+", rest) or not whole:
        return None
    if mark in whole:  # twice the same mark: it can only group, "1.234.567"
        return _joined(sign, text, "")
    grouped = any(char in whole for char in ".,'’ ")
    if not grouped and len(rest) == 3 and len(whole) <= 3 and whole != "0":
        return None
    return _joined(sign, whole, rest)


def read_amount(text: str, currency: str) -> Decimal | None:
    """Return the amount a text can only mean in this currency ("1.234,50 €"), or None."""
    text = text.strip()
    match = re.fullmatch(
        r"(?P<before>[^0-9+−-]*)(?P<number>[+−-]?\s*[0-9].*?)(?P<after>[^0-9]*)", text, re.DOTALL
    )
    if not match:
        return None
    marks = [
        mark.strip().casefold().rstrip(".") for mark in (match["before"], match["after"]) if mark.strip()
    ]
    if len(marks) > 1:
        return None
    if marks and marks[0] != currency.casefold() and currency not in _SIGNS.get(marks[0], ()):
        return None
    return read_number(match["number"])


def _joined(sign: str, whole: str, rest: str) -> Decimal | None:
    if not (_PLAIN.fullmatch(whole) or _GROUPED.fullmatch(whole)):
        return None
    digits = re.sub(r"[^0-9]", "", whole)
    if len(digits) > 1 and digits.startswith("0"):
        return None
    return Decimal(f"{sign}{digits}.{rest}" if rest else f"{sign}{digits}")

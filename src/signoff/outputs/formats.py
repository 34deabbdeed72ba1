"""
The formats of JSON Schema, by `jsonschema` and the libraries it names, without their gaps.

The library takes any text with an @ for an e-mail address, a line break after a time, a link or a host, and no leap
second. The formats "iri" and "duration" it leaves out here (see `core.json_schema`); they are checked below.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from signoff.core.json_schema import jsonschema
from signoff.outputs.patterns import python_pattern

Check = Callable[[str], bool]

_TIME = re.compile(
    r"(?P<h>[01][0-9]|2[0-3]):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<zh>[01][0-9]|2[0-3]):(?P<zm>[0-5][0-9]))"
)
# RFC 3339, appendix A: units without gaps, no signs, no fractions.
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)?"
    r"(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?)"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# RFC 6570, section 2.
_VARIABLE = (
    r"(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?::[1-9][0-9]{0,3}|\*)?"
)
_EXPRESSION = rf"\{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*\}}"
_TEMPLATE = re.compile(rf"""(?:[^\x00-\x20\x7f-\x9f"<>\\^`{{|}}%]|%[0-9A-Fa-f]{{2}}|{_EXPRESSION})*""")
# RFC 3987: what may stand beside ASCII in an IRI, and (private use) in its query only.
_UCS = re.compile(
    "[\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) | 0xFFFD)}" for plane in range(1, 14))
    + "\U000e1000-\U000efffd]"
)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")


def _date_time(value: str) -> bool:
    day, mark, time = value[:10], value[10:11], value[11:]
    return mark in ("T", "t") and _library("date", day) and _time(time)


def _time(value: str) -> bool:
    """Return whether a text is RFC 3339's time with offset; a leap second ends a day in UTC."""
    found = _TIME.fullmatch(value)
    if not found:
        return False
    away = int(found["zh"] or 0) * 60 + int(found["zm"] or 0)
    minute = int(found["h"]) * 60 + int(found["m"]) - (-away if found["sign"] == "-" else away)
    return found["s"] != "60" or minute % 1440 == 1439


def _email(value: str) -> bool:
    return value.isascii() and _idn_email(value)


def _idn_email(value: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(
            value,
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
            allow_quoted_local=True,
            allow_domain_literal=True,
        )
    except EmailNotValidError:
        return False
    return True


def _hostname(value: str) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9.-]+", value) or value.endswith(".") or not _library("hostname", value):
        return False
    labels = value.lower().split(".")
    if not any(label[2:4] == "--" for label in labels):
        return True
    import idna

    try:
        for label in labels:
            if label[2:4] == "--":
                idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        return False
    return all(label.startswith("xn--") for label in labels if label[2:4] == "--")


def _idn_hostname(value: str) -> bool:
    return not value.endswith((".", "。", "．", "｡")) and _library("idn-hostname", value)


def _iri(rule: str) -> Check:
    """Return a check of IRIs: one is a URI once what is beyond ASCII is percent-encoded."""

    def check(value: str) -> bool:
        before, mark, fragment = value.partition("#")
        path, ask, query = before.partition("?")
        return _uri(rule)(_UCS.sub("%20", path + ask + _PRIVATE.sub("%20", query) + mark + fragment))

    return check


def _matches(pattern: re.Pattern[str]) -> Check:
    return lambda value: pattern.fullmatch(value) is not None


def _uri(rule: str) -> Check:
    return lambda value: not re.search(r"\s", value) and _library(rule, value)


def _relative_pointer(value: str) -> bool:
    found = re.fullmatch(r"(?:0|[1-9][0-9]*)(?P<rest>#|.*)", value, re.DOTALL)
    return found is not None and (found["rest"] == "#" or _library("json-pointer", found["rest"]))


def _regex(value: str) -> bool:
    try:
        python_pattern(value)
    except ValueError:
        return False
    return True


def _library(name: str, value: str) -> bool:
    """Return what the library says about a format."""
    return bool(jsonschema.Draft202012Validator.FORMAT_CHECKER.conforms(value, name))


_OURS: dict[str, Check] = {
    "date-time": _date_time,
    "time": _time,
    "email": _email,
    "idn-email": _idn_email,
    "hostname": _hostname,
    "idn-hostname": _idn_hostname,
    "uri": _uri("uri"),
    "uri-reference": _uri("uri-reference"),
    "uri-template": _matches(_TEMPLATE),
    "iri": _iri("uri"),
    "iri-reference": _iri("uri-reference"),
    "relative-json-pointer": _relative_pointer,
    "regex": _regex,
}
_OURS_2020: dict[str, Check] = {"duration": _matches(_DURATION), "uuid": _matches(_UUID)}


def _checker(base: dict[str, Any], ours: dict[str, Check]) -> jsonschema.FormatChecker:
    """Return a checker of our own, so that the library's shared ones stay as they are."""

    def texts_only(check: Check) -> Callable[[object], bool]:
        return lambda value: not isinstance(value, str) or check(value)

    checker = jsonschema.FormatChecker(formats=())
    checker.checkers = {**base, **{name: (texts_only(check), ()) for name, check in ours.items()}}
    return checker


FORMATS_7 = _checker(jsonschema.Draft7Validator.FORMAT_CHECKER.checkers, _OURS)
FORMATS_2020 = _checker(jsonschema.Draft202012Validator.FORMAT_CHECKER.checkers, _OURS | _OURS_2020)
REGEX_ONLY = _checker({}, {"regex": _regex})

"""What an app tells us by itself: one request to an integration's address, as it came. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

MOST_PARTS = 10_000
MOST_FORM_FIELDS = 500


class Unreadable(ValueError):
    """What came cannot be read. Its text is one sentence for whoever sent it, and quotes nothing of it."""


@dataclass(frozen=True)
class Push:
    """
    One request by which an app tells us something.

    `url` is the public address that was called; names of `headers` are lower case. `account_id` and `settings`
    (without the secret ones) are those of the connection that it is read for: one app can speak for several
    accounts through one address, and what is meant for another one is not ours.
    """

    method: str = "POST"
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    account_id: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def query(self) -> dict[str, str]:
        """Return what stands behind the question mark of the address; of two with one name, the last."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    def json(self) -> Any:
        """Return the body as JSON. Raises `Unreadable`."""
        return read_json(self.body)

    def form(self) -> dict[str, str]:
        """Return the body as a form; of two fields with one name, the last. Raises `Unreadable`."""
        return {name: values[-1] for name, values in read_form(self.body).items()}


def read_json(body: bytes) -> Any:
    """Return JSON that a stranger sent. Raises `Unreadable` for what is none, too deep, or no number we can store."""
    try:
        text = body.decode("utf-8-sig")
        if text.count("[") + text.count("{") > MOST_PARTS:
            raise Unreadable(f"The record is too deep or has more than {MOST_PARTS} parts.")
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise Unreadable("The record is not UTF-8 text.") from None
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("The record is not JSON. Send one JSON object, or a form.") from None


def read_form(body: bytes) -> dict[str, list[str]]:
    """Return the fields of a form that a stranger sent. Raises `Unreadable`."""
    try:
        text = body.decode("utf-8")
        return parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS, errors="strict")
    except ValueError:  # also what is not UTF-8
        raise Unreadable(
            f"The form cannot be read. Send it as UTF-8, with at most {MOST_FORM_FIELDS} fields."
        ) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable("The record holds a number that is too large to be stored.")
    return number

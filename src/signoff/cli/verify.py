"""`signoff verify`: was a delivery signed by whom it claims to come from? Pure: no Django, no database."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from signoff.connectors.signatures import SCHEMES, Verdict, verify


def verify_one(
    scheme: str,
    secret: str,
    headers_text: str,
    body: bytes,
    *,
    method: str = "POST",
    url: str = "",
    now: float | str | None = None,
) -> dict[str, Any]:
    """
    Return `{"accepted", "reason"}`. Headers: a JSON object or `Name: value` lines; `now` None: this moment.

    Raises `ValueError` for wrong usage: an unknown scheme, headers or a time that cannot be read.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"the scheme must be one of {', '.join(SCHEMES)}")
    headers = read_headers(headers_text)
    return _plain(verify(scheme, secret, headers, body, method=method, url=url, now=read_time(now)))


def verify_batch(lines: Iterable[str | bytes]) -> Iterator[str]:
    """
    Yield `{"id", "accepted", "reason"}` for each line of JSON, in order.

    A line is `{"id", "scheme", "secret", "headers", "method", "url", "now", "body"}`; one that cannot be read
    is not accepted.
    """
    for line in lines:
        if line.strip():
            yield json.dumps(_verified(line))


def read_headers(text: str) -> dict[str, str]:
    """Return headers from a JSON object or `Name: value` lines. Raises `ValueError`."""
    if text.lstrip().startswith("{"):
        found = json.loads(text, object_pairs_hook=_each_once)
        if not all(isinstance(value, str) for value in found.values()):
            raise ValueError("the headers must be texts")
        return dict(found)
    lines = [line for line in text.splitlines() if line.strip()]
    if any(":" not in line for line in lines):
        raise ValueError("the headers must be a JSON object, or lines of the form Name: value")
    pairs = (line.partition(":") for line in lines)
    return _each_once([(name.strip(), value.strip()) for name, _, value in pairs])


def read_time(text: float | str | None) -> float:
    """Return seconds since 1970 from a number, ISO text (without zone: UTC) or None. Raises `ValueError`."""
    if text is None:
        return time.time()
    if isinstance(text, bool):
        raise ValueError("the time must be seconds since 1970, or ISO")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError("the time must be seconds since 1970, or ISO") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _verified(line: str | bytes) -> dict[str, Any]:
    given: Any = None
    try:
        given = json.loads(line)
        if not isinstance(given, dict):
            raise ValueError("the line is not an object")
        return {"id": given.get("id"), **_plain(_verdict(given))}
    except (ValueError, TypeError, OverflowError, RecursionError) as wrong:
        identity = given.get("id") if isinstance(given, dict) else None
        what = "is not JSON" if isinstance(wrong, json.JSONDecodeError) else f"cannot be read: {wrong}"
        return {"id": identity, "accepted": False, "reason": f"The line {what}."}


def _verdict(given: Mapping[str, Any]) -> Verdict:
    headers, body = given.get("headers"), given.get("body", "")
    if isinstance(headers, str):
        headers = read_headers(headers)
    if not isinstance(headers, dict):
        raise ValueError("headers must be an object")
    if not isinstance(body, str):
        raise ValueError("body must be a text, exactly as it was received")
    return verify(
        given.get("scheme", ""),
        given.get("secret", ""),
        headers,
        body.encode(),
        method=given.get("method") or "POST",
        url=given.get("url") or "",
        now=read_time(given.get("now")),
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            raise ValueError(f"the header {name} is there twice, with different values")
    return found


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {"accepted": verdict.accepted, "reason": verdict.reason}

"""The body of a request to the API: read as strictly as a record that comes by webhook."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.types import DictStrAny

from signoff.connectors.push import Unreadable, read_json

MOST_BYTES = 2_000_000


class TooLarge(Exception):
    """The body is larger than any call takes."""


class StrictParser(Parser):
    """Takes JSON that a database can hold: no NaN, no number without end, nothing without bottom."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        try:
            data: Any = read_json(whole(request))
        except Unreadable as error:
            raise HttpError(400, str(error).replace("The record", "The request").rstrip(".")) from None
        found: DictStrAny = data
        return found


def whole(request: HttpRequest) -> bytes:
    """Return the whole body, also one that comes in pieces without a length. Raises `TooLarge`."""
    if "chunked" not in request.headers.get("Transfer-Encoding", "").lower():
        return request.body
    # Django takes what has no length for empty; the server hands it over whole.
    body: bytes = request.META["wsgi.input"].read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge
    request._body = body  # where Django keeps what it has read
    return body

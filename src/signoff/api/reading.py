"""The body of a request to the API: read as strictly as a record that comes by webhook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from ninja.parser import Parser
from ninja.types import DictStrAny

from signoff.api.problems import problem
from signoff.connectors.push import Unreadable, read_json

MOST_BYTES = 2_000_000
TOO_LARGE = f"A request may have {MOST_BYTES // 1000} kB. Nothing was kept of it. Send less."


class NoObject(ValueError):
    """It is JSON, and not an object. Pydantic would find all fields of a call left out in a list, or in null."""


class StrictParser(Parser):
    """Takes JSON that a database can hold: no NaN, no number without end, nothing without bottom."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        data: Any = read_json(request.body)
        if not isinstance(data, dict):
            raise NoObject
        return data


class InPieces:
    """Lets a body be read that comes in pieces without a length, which Django takes for an empty one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        in_pieces = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
        if (
            in_pieces
            and (request.path.startswith("/api/v1/") or request.path == "/mcp")
            and request.content_type == "application/json"
        ):
            body = request.META["wsgi.input"].read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                return problem(413, TOO_LARGE)
            request._body = body  # where Django keeps what it has read
        return self.get_response(request)


def words_for(cause: BaseException | None) -> tuple[int, str] | None:
    """Return the status and the words for a body that cannot be read, None where that is not what happened."""
    if isinstance(cause, NoObject):
        return 422, "The request must be one JSON object with names and values."
    if isinstance(cause, Unreadable):
        return 400, str(cause).replace("The record", "The request")
    return None

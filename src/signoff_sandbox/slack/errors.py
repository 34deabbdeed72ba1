"""Slack's answers when something is wrong: status 200 with `ok: false` and a word, but for limits and outages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from signoff_sandbox.desk import Problem


def no(error: str, **more: Any) -> JSONResponse:
    """Return the answer of a method that was refused."""
    return JSONResponse({"ok": False, "error": error, **more})


def refuse(error: str, **more: Any) -> Problem:
    return Problem(no(error, **more))


def missing_scope(needed: str, provided: list[str]) -> Problem:
    return refuse("missing_scope", needed=needed, provided=",".join(provided))


def bad_blocks(message: str) -> Problem:
    return refuse("invalid_blocks", errors=[message], response_metadata={"messages": [f"[ERROR] {message}"]})


def rate_limited(retry_after: int = 1) -> JSONResponse:
    """Return 429, which Slack sends with its own status and a wait in seconds."""
    headers = {"Retry-After": str(max(1, retry_after))}
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)


def plain(status: int, word: str) -> Problem:
    """Return an error of an incoming webhook, which is a bare word."""
    return Problem(PlainTextResponse(word, status_code=status))


BY_FAULT: dict[str, Callable[[], Response]] = {
    "bad_request": lambda: no("invalid_arguments"),
    "http500": lambda: HTMLResponse("<html><title>Server Error</title></html>", status_code=500),
    "http502": lambda: HTMLResponse("<html><title>502 Bad Gateway</title></html>", status_code=502),
    "http503": lambda: HTMLResponse("<html><title>Service Unavailable</title></html>", status_code=503),
    "rate": lambda: rate_limited(1),
    "internal_error": lambda: no("internal_error"),
    "fatal_error": lambda: no("fatal_error"),
    "service_unavailable": lambda: no("service_unavailable"),
    "message_limit": lambda: no("message_limit_exceeded"),
    "admin_stopped_it": lambda: no("ekm_access_denied"),
}

"""
Airtable's answers when something is wrong: `{"error": {"type", "message"}}`, and for some only `{"error": type}`.

Statuses and the two 403s come from Airtable's page on errors; the other types are those that programs in public
report (`tables.py` and `app.py` say where each one comes up).
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import HTMLResponse, JSONResponse, Response

from signoff_sandbox.desk import Problem

NO_RIGHT = (
    "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
    "required permissions, and that the model names and/or ids are correct."
)


def answer(status: int, type: str, message: str = "") -> JSONResponse:
    """Return an error as Airtable words it; without a message it is a bare type."""
    error: object = {"type": type, "message": message} if message else type
    return JSONResponse({"error": error}, status_code=status)


def refuse(status: int, type: str, message: str = "") -> Problem:
    return Problem(answer(status, type, message))


def invalid(type: str, message: str) -> Problem:
    """Return 422, for everything that a base's own rules refuse."""
    return refuse(422, type, message)


def not_signed_in() -> Problem:
    return refuse(401, "AUTHENTICATION_REQUIRED", "Authentication required")


def no_right_or_gone() -> Problem:
    """Return the 403 that does not say whether a right is missing or the thing itself."""
    return refuse(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", NO_RIGHT)


def slow_down() -> JSONResponse:
    """Return 429 as Airtable does: no header says how long, the page on rate limits does (30 seconds)."""
    message = "Rate limit exceeded. Please try again later"
    return JSONResponse({"errors": [{"error": "RATE_LIMIT_REACHED", "message": message}]}, status_code=429)


def month_used_up() -> JSONResponse:
    message = "You've reached the maximum number of requests allowed for this month."
    return JSONResponse(
        {"errors": [{"error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED", "message": message}]}, status_code=429
    )


def _down(status: int, words: str) -> Callable[[], Response]:
    return lambda: answer(status, "SERVER_ERROR", words)


BY_FAULT: dict[str, Callable[[], Response]] = {
    "bad_request": lambda: answer(422, "INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed."),
    "http500": _down(500, "The server encountered an unexpected condition"),
    "http502": lambda: HTMLResponse("<html><title>502 Bad Gateway</title></html>", status_code=502),
    "http503": _down(503, "The server could not process your request in time"),
    "rate": slow_down,
    "month": month_used_up,
    "not_json": lambda: answer(400, "INVALID_REQUEST_BODY", "Could not parse request body"),
    "too_large": lambda: answer(413, "REQUEST_TOO_LARGE", "Request body is too large"),
    "no_create": lambda: answer(
        403, "INVALID_PERMISSIONS", "You are not permitted to create records in table Leads (tblPracticeLeads0)"
    ),
    "gone_or_forbidden": lambda: answer(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", NO_RIGHT),
}  # fmt: skip

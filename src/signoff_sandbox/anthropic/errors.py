"""
Anthropic's error answers: what decides is `error.type`, then `error.details.error_code`.

Sources: the types of the official client; Anthropic's errors and rate limits pages as retold by Microsoft's Dev
Proxy ("529, 429, or spend cap") and developersdigest's error catalogue, October 2026.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from signoff_sandbox.desk import Problem

Json = dict[str, Any]
_numbers = count(1)


def error(status: int, type: str, message: str, code: str | None = None) -> JSONResponse:
    """Return Anthropic's error envelope; the request's id stands in it and in a header."""
    id = new_id()
    body: Json = {"type": type, "message": message}
    if code:
        body["details"] = {"error_code": code}
    envelope = {"type": "error", "error": body, "request_id": id}
    return JSONResponse(envelope, status_code=status, headers={"request-id": id})


def new_id() -> str:
    return f"req_practice{next(_numbers)}"


def invalid(message: str) -> Problem:
    return Problem(error(400, "invalid_request_error", message))


def refuse(message: str) -> Any:
    """Raise 400 for a request that cannot be understood."""
    raise invalid(f"The request body is not valid JSON: {message}")


def wrong_key() -> Problem:
    return Problem(error(401, "authentication_error", "invalid x-api-key"))


def no_key() -> Problem:
    return Problem(error(401, "authentication_error", "x-api-key header is required"))


def no_model(model: str) -> Problem:
    return Problem(error(404, "not_found_error", f"model: {model}"))


def throttled(kind: str, limit: int, wait_seconds: float) -> JSONResponse:
    """Return the temporary 429; `kind` is "requests", "input tokens" or "output tokens"."""
    answer = error(
        429,
        "rate_limit_error",
        f"This request would exceed your organization's rate limit of {limit:,} {kind} per minute.",
    )
    answer.headers["retry-after"] = str(max(1, math.ceil(wait_seconds)))
    return answer


# What no waiting helps with. Three of them look like other errors: two 429s of the type of a rate limit, without a
# retry-after, and two 400s that differ from a malformed request only in their words.
BILLING: dict[str, Callable[[], Response]] = {
    "billing_error": lambda: error(402, "billing_error", "There is an issue with your billing or payment."),
    "enforced_spend_limit_reached": lambda: error(
        429,
        "rate_limit_error",
        "Your organization has reached the monthly API usage threshold of its tier.",
        "enforced_spend_limit_reached",
    ),
    "contract_spend_limit_reached": lambda: error(
        429,
        "rate_limit_error",
        "Your organization has reached the spend limit of its contract.",
        "contract_spend_limit_reached",
    ),
    "spend_limit": lambda: error(
        400,
        "invalid_request_error",
        "You have reached your specified API usage limits. You will regain access on 2027-01-01 at 00:00 UTC.",
    ),
    "low_credit": lambda: error(
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
    ),
}

BY_FAULT: dict[str, Callable[[], Response]] = {
    "bad_request": lambda: error(400, "invalid_request_error", "messages: Input should be a valid list"),
    "http500": lambda: error(500, "api_error", "Internal server error"),
    "http502": lambda: HTMLResponse(
        "<html><body><h1>502 Bad Gateway</h1>cloudflare</body></html>", status_code=502
    ),
    "http503": lambda: error(503, "api_error", "Service unavailable"),
    "overloaded": lambda: error(529, "overloaded_error", "Overloaded"),
    "timeout": lambda: error(504, "timeout_error", "Request timed out"),
    "rate": lambda: throttled("requests", 50, 2.0),
    "permission": lambda: error(
        403, "permission_error", "Your API key does not have permission to use the specified resource."
    ),
    "too_large": lambda: error(413, "request_too_large", "Request exceeds the maximum size"),
    **BILLING,
}

"""OpenAI's error answers: what decides is `error.code`, then `error.type`, then the status."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from signoff_sandbox.desk import Problem

# The 429s that no waiting helps with.
BILLING = {
    "credit_balance_exhausted": "Your prepaid credit balance is used up. Add credits to continue.",
    "organization_spend_limit_exceeded": "Your organization has reached its monthly spend limit.",
    "project_spend_limit_exceeded": "This project has reached its monthly spend limit.",
    "organization_usage_limit_exceeded": "Your organization has reached the usage limit assigned to it.",
    "insufficient_quota": "You exceeded your current quota, please check your plan and billing details.",
}


def error(status: int, type: str, code: str | None, message: str, param: str | None = None) -> JSONResponse:
    """Return OpenAI's error envelope; all four members are always there."""
    body = {"message": message, "type": type, "param": param, "code": code}
    return JSONResponse({"error": body}, status_code=status)


def invalid(message: str, param: str | None = None, code: str | None = None) -> Problem:
    return Problem(error(400, "invalid_request_error", code, message, param))


def refuse(message: str) -> Any:
    """Raise 400 for a request that cannot be understood."""
    raise invalid(f"We could not parse the JSON body of your request: {message}")


def wrong_key(key: str) -> Problem:
    shown = f"{key[:5]}***{key[-4:]}" if len(key) > 12 else "***"
    return Problem(
        error(401, "invalid_request_error", "invalid_api_key", f"Incorrect API key provided: {shown}.")
    )


def no_key() -> Problem:
    message = "You didn't provide an API key. You need to provide your API key in an Authorization header."
    return Problem(error(401, "invalid_request_error", None, message))


def no_model(model: str) -> Problem:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return Problem(error(404, "invalid_request_error", "model_not_found", message))


def no_chat_model() -> Problem:
    message = (
        "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
        " Did you mean to use v1/completions?"
    )
    return Problem(error(404, "invalid_request_error", None, message, "model"))


def throttled(
    kind: str, model: str, limit: int, used: int, requested: int, wait_seconds: float
) -> JSONResponse:
    """Return the temporary 429 for `requests` or `tokens`; the wait stands in the text and in the headers."""
    short = {"requests": "requests per min (RPM)", "tokens": "tokens per min (TPM)"}[kind]
    answer = error(
        429,
        kind,
        "rate_limit_exceeded",
        f"Rate limit reached for {model} in organization org-practice on {short}: Limit {limit}, Used {used},"
        f" Requested {requested}. Please try again in {wait_seconds:.3f}s.",
    )
    answer.headers["retry-after"] = str(max(1, math.ceil(wait_seconds)))
    answer.headers["retry-after-ms"] = str(max(1, math.ceil(wait_seconds * 1000)))
    return answer


def too_large(model: str, limit: int, requested: int) -> JSONResponse:
    """Return the 429 for a single request that is larger than a whole minute's allowance."""
    message = (
        f"Request too large for {model} in organization org-practice on tokens per min (TPM): Limit {limit},"
        f" Requested {requested}. The input or output tokens must be reduced in order to run successfully."
    )
    return error(429, "tokens", "rate_limit_exceeded", message)


def billing(code: str) -> JSONResponse:
    return error(429, "insufficient_quota", code, BILLING[code])


def slow_down() -> JSONResponse:
    message = (
        "Slow down: your traffic has grown too fast. Reduce your request rate, then increase it gradually."
    )
    answer = error(429, "rate_limit_error", "slow_down", message)
    answer.headers["retry-after"] = "5"
    return answer


def overloaded() -> JSONResponse:
    message = "The server is currently overloaded with other requests. Please retry after a brief wait."
    return error(503, "service_unavailable_error", "server_is_overloaded", message)


def _temporary() -> JSONResponse:
    return throttled("requests", "the model", 500, 500, 1, 2.0)


BY_FAULT: dict[str, Callable[[], Response]] = {
    "bad_request": lambda: error(
        400, "invalid_request_error", "invalid_value", "A value has the wrong type."
    ),
    "http500": lambda: error(
        500, "server_error", None, "The server had an error while processing your request."
    ),
    "http502": lambda: HTMLResponse(
        "<html><body><h1>502 Bad Gateway</h1>cloudflare</body></html>", status_code=502
    ),
    "http503": overloaded,
    "rate": _temporary,
    "slow_down": slow_down,
    "region": lambda: error(
        403,
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    **{code: (lambda code=code: billing(code)) for code in BILLING},  # type: ignore[misc]
}

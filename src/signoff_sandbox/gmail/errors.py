"""Gmail's and Google sign-in's error answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from signoff_sandbox.desk import Problem

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def error(code: int, reason: str, message: str, domain: str = "global", **more: Any) -> JSONResponse:
    """Return Google's error body for an API call."""
    detail = {"message": message, "domain": domain, "reason": reason}
    body = {
        "code": code,
        "message": message,
        "errors": [detail],
        "status": _STATUS.get(code, "UNKNOWN"),
        **more,
    }
    return JSONResponse({"error": body}, status_code=code)


def invalid(message: str) -> Problem:
    return Problem(error(400, "invalidArgument", message))


def refuse(message: str) -> Any:
    """Raise 400 for a request that cannot be understood."""
    raise Problem(error(400, "badRequest", message))


def not_found() -> Problem:
    return Problem(error(404, "notFound", "Requested entity was not found."))


def label_exists() -> Problem:
    return Problem(error(409, "aborted", "Label name exists or conflicts"))


def not_signed_in() -> Problem:
    answer = error(401, "authError", "Invalid Credentials")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return Problem(answer)


def scope_missing() -> Problem:
    message = "Request had insufficient authentication scopes."
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
    }
    answer = error(403, "insufficientPermissions", message, details=[info])
    answer.headers["WWW-Authenticate"] = (
        'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'
    )
    return Problem(answer)


def user_rate(status: int = 403, retry_at: str = "") -> JSONResponse:
    message = "User-rate limit exceeded." + (f" Retry after {retry_at}" if retry_at else "")
    reason = "userRateLimitExceeded" if status == 403 else "rateLimitExceeded"
    return error(status, reason, message, "usageLimits")


def grant_error(code: str, description: str, status: int = 400) -> Problem:
    """Return the error body of the token endpoint."""
    return Problem(JSONResponse({"error": code, "error_description": description}, status_code=status))


BY_FAULT: dict[str, Callable[[], Response]] = {
    "bad_request": lambda: error(400, "badRequest", "Invalid JSON payload received."),
    "http500": lambda: error(500, "backendError", "Backend Error"),
    "http502": lambda: HTMLResponse(
        "<html><title>Error 502 (Server Error)!!1</title></html>", status_code=502
    ),
    "http503": lambda: error(503, "backendError", "The service is currently unavailable."),
    "user_rate": user_rate,
    "rate": lambda: error(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "concurrent": lambda: error(
        429, "rateLimitExceeded", "Too many concurrent requests for user", "usageLimits"
    ),
    "daily": lambda: error(403, "dailyLimitExceeded", "Daily Limit Exceeded", "usageLimits"),
    "domain_policy": lambda: error(
        403, "domainPolicy", "The domain administrators have disabled Gmail apps."
    ),
    "not_enabled": lambda: error(
        403, "accessNotConfigured", "Gmail API has not been used in this project before"
    ),
    "no_mailbox": lambda: error(400, "failedPrecondition", "Mail service not enabled"),
}

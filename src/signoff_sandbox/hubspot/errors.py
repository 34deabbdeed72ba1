"""HubSpot's error answers, as its error-handling guide describes them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from signoff_sandbox.desk import Problem


def error(status: int, category: str, message: str, **more: Any) -> JSONResponse:
    """Return HubSpot's error body."""
    body = {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), "category": category}
    return JSONResponse({**body, **more}, status_code=status)


def refuse(message: str) -> Any:
    """Raise 400 for a request that cannot be understood."""
    raise Problem(error(400, "VALIDATION_ERROR", f"Invalid input JSON: {message}"))


def invalid(message: str, errors: Sequence[dict[str, Any]] = ()) -> Problem:
    """Return 400 for values that HubSpot does not take."""
    return Problem(error(400, "VALIDATION_ERROR", message, **({"errors": list(errors)} if errors else {})))


def invalid_values(faults: Sequence[tuple[str, str, str]]) -> Problem:
    """Return 400 that names each (property, code, message)."""
    old_form = [{"isValid": False, "message": m, "error": code, "name": name} for name, code, m in faults]
    new_form = [{"message": m, "code": code, "context": {"propertyName": [name]}} for name, code, m in faults]
    return invalid(f"Property values were not valid: {json.dumps(old_form)}", new_form)


def not_found(what: str = "resource not found") -> Problem:
    return Problem(error(404, "OBJECT_NOT_FOUND", what))


def conflict(existing_id: str) -> Problem:
    return Problem(error(409, "CONFLICT", f"Contact already exists. Existing ID: {existing_id}"))


def not_signed_in() -> Problem:
    return Problem(
        error(
            401,
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can"
            " find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        )
    )


def expired(minutes: int) -> Problem:
    message = f"The OAuth token used to make this call expired {minutes} minute(s) ago."
    return Problem(error(401, "EXPIRED_AUTHENTICATION", message))


def missing_scopes(scopes: Sequence[str]) -> Problem:
    return Problem(
        error(
            403,
            "MISSING_SCOPES",
            "This app hasn't been granted all required scopes to make this call. Read more about required"
            " scopes here: https://developers.hubspot.com/scopes.",
            errors=[
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": list(scopes)},
                }
            ],
            links={"scopes": "https://developers.hubspot.com/scopes"},
        )
    )


def rate_limited(policy: str) -> JSONResponse:
    """Return 429; `policy` is SECONDLY, TEN_SECONDLY_ROLLING or DAILY."""
    return error(
        429,
        "RATE_LIMITS",
        f"You have reached your {policy.lower()} limit.",
        errorType="RATE_LIMIT",
        policyName=policy,
        requestId=str(uuid.uuid4()),
    )


def bad_gateway() -> Response:
    page = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
    return HTMLResponse(page, status_code=502)


def account_is_moving() -> Response:
    answer = error(477, "MIGRATION_IN_PROGRESS", "This account is being moved to another hosting region.")
    answer.headers["Retry-After"] = "3600"
    return answer


BY_FAULT = {
    "bad_request": lambda: error(400, "VALIDATION_ERROR", "Invalid input JSON: a value has the wrong type"),
    "http500": lambda: error(500, "INTERNAL_ERROR", "internal error"),
    "http502": bad_gateway,
    "http503": lambda: error(503, "SERVICE_UNAVAILABLE", "Service temporarily unavailable"),
    "ten_secondly": lambda: rate_limited("TEN_SECONDLY_ROLLING"),
    "secondly": lambda: rate_limited("SECONDLY"),
    "daily": lambda: rate_limited("DAILY"),
    "locked": lambda: error(423, "LOCKED", "The record is locked by another write."),
    "migrating": account_is_moving,
}

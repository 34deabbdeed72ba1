"""
Meta's error answers. The code decides; titles and statuses vary in practice, and are what the documentation says.

Source: the Cloud API's error codes on developers.facebook.com, as of November 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from signoff_sandbox.desk import Problem

# code: (status, title, details)
CODES: Mapping[int, tuple[int, str, str]] = {
    0: (401, "AuthException", "We were unable to authenticate the app user."),
    1: (500, "API Unknown", "Invalid request or possible server error."),
    2: (500, "API Service", "Temporary due to downtime or due to being overloaded."),
    3: (500, "API Method", "Capability or permissions issue."),
    4: (400, "API Too Many Calls", "The app has reached its API call rate limit."),
    10: (403, "Permission Denied", "Permission is either not granted or has been removed."),
    100: (400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."),
    190: (401, "Access token has expired", "Your access token has expired."),
    200: (403, "API Permission", "Permission is either not granted or has been removed."),
    368: (
        403,
        "Temporarily blocked for policies violations",
        "The account is restricted for violating a policy.",
    ),
    80007: (400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: (400, "Rate limit hit", "Cloud API message throughput has been reached."),
    130472: (400, "User's number is part of an experiment", "Message was not sent as part of an experiment."),
    130497: (
        400,
        "Business account is restricted from messaging users in this country",
        "Country restriction.",
    ),
    131000: (500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: (403, "Access denied", "Permission is either not granted or has been removed."),
    131008: (400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: (400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: (500, "Service unavailable", "A service is temporarily unavailable."),
    131021: (400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: (400, "Message undeliverable", "Unable to deliver message."),
    131030: (400, "Recipient phone number not in allowed list", "Add the number to the recipient list."),
    131031: (403, "Account has been locked", "The account is restricted or disabled."),
    131037: (400, "Display name approval needed", "The display name of the number is not approved."),
    131042: (400, "Business eligibility payment issue", "There was an error related to your payment method."),
    131045: (
        400,
        "Incorrect certificate",
        "Message failed to send due to a phone number registration error.",
    ),
    131047: (
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied.",
    ),
    131048: (400, "Spam Rate limit hit", "Too many previous messages were blocked or flagged as spam."),
    131049: (400, "Meta chose not to deliver", "Not delivered to maintain healthy ecosystem engagement."),
    131050: (
        400,
        "User has stopped marketing messages",
        "The user has stopped to receive marketing messages.",
    ),
    131051: (400, "Unsupported message type", "Unsupported message type."),
    131052: (400, "Media download error", "Unable to download the media sent by the user."),
    131053: (400, "Media upload error", "Unable to upload the media used in the message."),
    131056: (
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages to the same recipient in a short period of time.",
    ),
    131057: (503, "Account in maintenance mode", "Throughput upgrade in progress."),
    131062: (400, "Business-scoped user id not supported", "This message cannot be sent to such an id."),
    131063: (400, "Business-scoped user id not supported", "This template cannot be sent to such an id."),
    131064: (400, "Template violations limit", "Too many template policy violations."),
    132000: (400, "Template Param Count Mismatch", "The number of parameters does not match the template."),
    132001: (404, "Template does not exist", "The template name does not exist in this translation."),
    132005: (400, "Template Hydrated Text Too Long", "The translated text is too long."),
    132007: (400, "Template Format Character Policy Violated", "A policy is violated."),
    132012: (400, "Template Parameter Format Mismatch", "Variables are formatted incorrectly."),
    132015: (400, "Template is Paused", "The template is paused due to low quality."),
    132016: (400, "Template is Disabled", "The template was paused too many times."),
    132018: (400, "Template parameters", "The parameters of the template are wrong."),
    133010: (400, "Phone number Not Registered", "The number is not registered on the platform."),
    135000: (
        400,
        "Generic user error",
        "Message failed to send because of an unknown error with your request.",
    ),
}


def error(
    code: int, details: str = "", *, status: int | None = None, subcode: int | None = None
) -> JSONResponse:
    """Return Meta's error body for a code."""
    standard, title, told = CODES[code]
    body: dict[str, Any] = {
        "message": f"(#{code}) {title}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details or told},
        "fbtrace_id": "APractice0000000000000",
    }
    if subcode is not None:
        body["error_subcode"] = subcode
    return JSONResponse({"error": body}, status_code=status or standard)


def in_status(code: int, details: str = "") -> dict[str, Any]:
    """Return the same error as it stands in a status webhook."""
    _, title, told = CODES[code]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or told},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }


def problem(code: int, details: str = "", **more: Any) -> Problem:
    return Problem(error(code, details, **more))


def refuse(message: str) -> Any:
    """Raise 400 for a request that cannot be understood."""
    raise problem(100, message)


def unknown_object(id: str) -> Problem:
    """Return Meta's word for an id that is nobody's, or that this token may not see."""
    return Problem(
        error(
            100,
            f"Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions",
            subcode=33,
        )
    )


def _by_code(code: int) -> Callable[[], Response]:
    return lambda: error(code)


BY_FAULT: dict[str, Callable[[], Response]] = {
    "bad_request": _by_code(100),
    "http500": _by_code(131000),
    "http502": lambda: HTMLResponse("<html><title>Facebook | Error</title></html>", status_code=502),
    "http503": _by_code(131016),
    **{f"code_{code}": _by_code(code) for code in CODES},
}

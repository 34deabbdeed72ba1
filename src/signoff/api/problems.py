"""Problem documents (RFC 9457): what was wrong with a request, for a program and its log."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

TITLES = {
    400: "Not readable",
    401: "Not allowed in",
    403: "Not permitted",
    404: "Not found",
    405: "Not this way",
    409: "Not now",
    413: "Too large",
    422: "Not acceptable",
    429: "Too fast",
    500: "Our fault",
    503: "Not available",
}


def problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """Return a problem document; `detail` says what to do about it."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, "Problem"),
        "status": status,
        "detail": detail,
        **more,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")

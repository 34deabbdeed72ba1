"""
Intake: `POST /in/<key>` takes a record, stores it, and only then says so.

The way of a record through this page is short on purpose: it is where a burst arrives.
"""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from signoff.api.problems import problem
from signoff.connections.client import secret_context
from signoff.connections.models import Connection
from signoff.connectors.base import Event
from signoff.connectors.signatures import verify
from signoff.core.home import public_url
from signoff.engine import verbs
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.runs.receive import find, key_of, label_of, wanted
from signoff.vault import seal

MOST_BYTES = 1_000_000
MOST_DEPTH = 40
EVENT_ID_HEADERS = ("Idempotency-Key", "Webhook-Id", "X-Event-Id", "X-Request-Id")
KEPT_SECONDS = 1.0  # how long an integration is trusted before its row is read again


@csrf_exempt
def intake(request: HttpRequest, key: str) -> HttpResponse:
    """Store a record for an integration: 202 with the run, or 200 for one that was here before."""
    if request.method != "POST":
        return problem(405, "Send the record with POST.")
    try:
        return _intake(request, key)
    except DatabaseError:
        # Nothing is half-written: the record and its job are one transaction.
        connection.close()
        return problem(
            503, "The record could not be stored. Nothing was kept of it; send it again.", retry=True
        )


def _intake(request: HttpRequest, key: str) -> HttpResponse:
    integration = _integration(key)
    if integration is None or integration.current is None:
        return problem(404, "No integration has this address. Copy it again from the integration's page.")
    definition, _ = read_definition(integration.current)
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return problem(400, "The length of the record is not a number.")
    if length > MOST_BYTES:
        return problem(413, f"A record may have {MOST_BYTES // 1000} kB. Send less, or send it in parts.")
    try:
        body = request.read(MOST_BYTES + 1)
    except (RequestDataTooBig, OSError):
        return problem(400, "The record did not arrive whole. Send it again.")
    if len(body) > MOST_BYTES:
        return problem(413, f"A record may have {MOST_BYTES // 1000} kB. Send less, or send it in parts.")
    refusal = _signature_fault(request, integration, definition, body)
    if refusal:
        return problem(401, refusal)
    if not integration.is_on:
        return problem(
            409, "This integration is switched off, so the record was not kept. Switch it on and send again."
        )
    record = _record(request, body)
    if isinstance(record, str):
        return problem(400, record)
    if not wanted(record, definition.record.only_if):
        return JsonResponse(
            {"run": None, "status": "not wanted", "detail": "only_if leaves this record out."}
        )
    event_key = _event_key(request, record, definition)
    event = Event(event_key, str(record.get("id") or ""), record, label_of(record))
    runs = verbs.receive(integration, [event], "A record came by webhook")
    if runs:
        return JsonResponse({"run": runs[0].pk, "status": "queued"}, status=202)
    known = find(integration, event_key)
    return JsonResponse(
        {"run": known.pk if known else None, "status": known.state if known else "queued"}, status=200
    )


def _record(request: HttpRequest, body: bytes) -> dict[str, Any] | str:
    """Return the record in a body, or a sentence that says why there is none."""
    if (request.content_type or "") in ("application/x-www-form-urlencoded",):
        from urllib.parse import parse_qs

        try:
            pairs = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=500)
        except (UnicodeDecodeError, ValueError):
            return "The form cannot be read. Send it as UTF-8."
        return {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}
    try:
        text = body.decode("utf-8")
        if text.count("[") + text.count("{") > 10_000:
            return "The record is too deep or has too many parts."
        data = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return "The record is not UTF-8 text."
    except (ValueError, RecursionError):
        return "The record is not JSON. Send one JSON object, or a form."
    if not isinstance(data, dict):
        return "The record must be one JSON object with names and values."
    if "\\u0000" in text or _depth(data) > MOST_DEPTH or _has_surrogate(text):
        return (
            "The record holds something that cannot be stored: too many levels, or a character that is none."
        )
    return data


def _event_key(request: HttpRequest, record: dict[str, Any], definition: Definition) -> str:
    for header in EVENT_ID_HEADERS[:3]:
        value = request.headers.get(header, "").strip()
        if value:
            return f"{header.lower()}:{value}"[:200]
    return key_of("webhook", record)


def _signature_fault(
    request: HttpRequest, integration: Integration, definition: Definition, body: bytes
) -> str | None:
    """Return why a delivery is refused, None when it is signed as it should be (or need not be)."""
    scheme = definition.record.signed
    if scheme is None:
        return None
    secret = _signing_secret(integration, definition)
    if secret is None:
        return "This integration wants signed records, and no secret is stored for it yet."
    url = public_url() + request.get_full_path()
    verdict = verify(
        scheme, secret, dict(request.headers), body, method=request.method or "POST", url=url, now=time.time()
    )
    return None if verdict.accepted else f"The record was not used: {verdict.reason}"


def _signing_secret(integration: Integration, definition: Definition) -> str | None:
    if definition.record.from_:
        row = Connection.objects.filter(name=definition.record.from_).first()
        return seal.open(row.sealed, secret_context(row, "secret")).reveal() if row else None
    if integration.secret_sealed:
        return seal.open(
            integration.secret_sealed, f"integrations.integration:{integration.pk}:secret"
        ).reveal()
    return None


def _integration(key: str) -> Integration | None:
    now = time.monotonic()
    kept = _kept.get(key)
    if kept is not None and now - kept[0] < KEPT_SECONDS:
        return kept[1]
    found = Integration.objects.select_related("current").filter(key=key).first()
    if found is not None:
        if len(_kept) > 1000:
            _kept.clear()
        _kept[key] = (now, found)
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(data: Any) -> int:
    """Return how many levels a value has, without recursion."""
    deepest, stack = 0, [(data, 1)]
    while stack:
        value, level = stack.pop()
        deepest = max(deepest, level)
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        stack += [(child, level + 1) for child in children if isinstance(child, dict | list)]
    return deepest


def _has_surrogate(text: str) -> bool:
    """Say whether JSON escapes in the text make a lone surrogate, which no database stores."""
    if "\\u" not in text:
        return False
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def forget_all() -> None:
    """Forget every integration that is kept (a test's database is another one each time)."""
    _kept.clear()


_kept: dict[str, tuple[float, Integration]] = {}

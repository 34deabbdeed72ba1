"""
Intake: `POST /in/<key>` takes a record, stores it, and only then says so.

The way of a record through this page is short on purpose: it is where a burst arrives.
"""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from signoff.api import pushes
from signoff.api.problems import problem
from signoff.connections.client import KeyNotHere
from signoff.connectors.base import Event
from signoff.connectors.push import MOST_FORM_FIELDS, Unreadable, read_form, read_json
from signoff.connectors.registry import manifests
from signoff.connectors.signatures import verify
from signoff.core.errors import CredentialRejected
from signoff.core.home import public_url
from signoff.engine import verbs
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.pushing import tells_us
from signoff.integrations.signing import signing_secret
from signoff.runs.pictures import IN_BASE64, MOST_TOGETHER_BYTES, NoPicture, carried
from signoff.runs.pictures import MOST_BYTES as MOST_PICTURE_BYTES
from signoff.runs.receive import find, key_of, label_of, unstorable, wanted
from signoff.vault.keys import KeyTrouble
from signoff.vault.seal import Damaged

MOST_BYTES = 1_000_000
KEY = re.compile(r"[A-Za-z0-9_-]{16,60}")
EVENT_ID_HEADERS = ("Idempotency-Key", "Webhook-Id", "X-Event-Id")
LONGEST_EVENT_KEY = 200
WITH_THEIR_DRAFTS = (
    "The records of {name} are handed in together with their drafts: POST /api/v1/proposals with `record` and `draft`, "
    "or let an AI write its drafts. Nothing was kept."
)
KEPT_SECONDS = (
    0.2  # how long an integration is trusted before its row is read again: spares a burst the query
)
UNREADABLE = (
    KeyNotHere,
    CredentialRejected,
    KeyTrouble,
    Damaged,
)  # what a sealed secret says that does not open


@csrf_exempt
def intake(request: HttpRequest, key: str) -> HttpResponse:
    """Store a record for an integration: 202 with the run, or 200 for one that was here before."""
    try:
        if request.method == "GET":
            return _asked(request, key) or _only_post()
        if request.method != "POST":
            return _only_post()
        return _intake(request, key)
    except UNREADABLE:
        return _unreadable()
    except DatabaseError:
        # Nothing is half-written: the record and its job are one transaction.
        connection.close()
        unavailable = problem(
            503, "The record could not be stored. Nothing was kept of it; send it again.", retry=True
        )
        unavailable["Retry-After"] = "5"
        return unavailable


def _unreadable() -> HttpResponse:
    """Refuse for now what nobody here can tell to be genuine; a sender tries again, and the owner is told elsewhere."""
    later = problem(
        503,
        "The secret that this sender signs with cannot be read at the moment. Nothing was kept of the record; send it "
        "again later. Whoever runs Signoff sees what to do by `signoff doctor`.",
        retry=True,
    )
    later["Retry-After"] = "60"
    return later


def _only_post() -> HttpResponse:
    refused = problem(405, "Send the record with POST.")
    refused["Allow"] = "POST"
    return refused


def _asked(request: HttpRequest, key: str) -> HttpResponse | None:
    """Answer an app that asks whether this address is ours. Nothing else ever follows from a GET."""
    integration = _integration(key) if request.GET and KEY.fullmatch(key) else None
    if integration is None or integration.current is None:
        return None
    app = tells_us(read_definition(integration.current)[0])
    return pushes.asked(request, app) if app else None


def _intake(request: HttpRequest, key: str) -> HttpResponse:
    integration = _integration(key) if KEY.fullmatch(key) else None
    if integration is None or integration.current is None:
        return problem(404, "No integration has this address. Copy it again from the integration's page.")
    definition, _ = read_definition(integration.current)
    if definition.asked is None:
        return problem(409, WITH_THEIR_DRAFTS.format(name=integration.name))
    pictures = definition.prompt.pictures
    body = _whole_body(request, _most_bytes(pictures))
    if isinstance(body, HttpResponse):
        return body
    app = tells_us(definition)
    if app is not None:
        return pushes.told(request, app, body)
    refusal = _signature_fault(request, integration, definition, body)
    if refusal:
        return problem(401, refusal)
    if not integration.is_on:
        return problem(
            409, "This integration is switched off, so the record was not kept. Switch it on and send again."
        )
    record = _record(request, body, pictures)
    if isinstance(record, str):
        return problem(400, record)
    try:
        carried(record, pictures)
    except NoPicture as why:
        return problem(400, f"A picture in the record cannot be used: {why}.")
    if definition.record.signed == "slack" and record.get("type") == "url_verification":
        return JsonResponse({"challenge": record.get("challenge")})  # Slack asks whether this address is ours
    if not wanted(record, definition.record.only_if):
        return JsonResponse(
            {"run": None, "status": "not wanted", "detail": "only_if leaves this record out."}
        )
    event_key = _event_key(request, record)
    event = Event(event_key, str(record.get("id") or ""), record, label_of(record))
    run = verbs.receive_one(integration, event, "A record came by webhook")
    if run is not None:
        return JsonResponse({"run": run.pk, "status": "queued"}, status=202)
    known = find(integration, event_key)
    return JsonResponse(
        {"run": known.pk if known else None, "status": known.state if known else "queued"}, status=200
    )


@csrf_exempt
def told(request: HttpRequest, app: str) -> HttpResponse:
    """
    Take what an app tells us that no integration starts by: that a button was pressed, what became of a message.

    It is the address for an app that wants one. What an integration listens for is heard here as well.
    """
    if app not in manifests() or manifests()[app].pushes is None:
        return problem(404, "No app has this address. Copy it again from the connection's page.")
    try:
        if request.method == "GET":
            return (pushes.asked(request, app) if request.GET else None) or _only_post()
        if request.method != "POST":
            return _only_post()
        body = _whole_body(request)
        return body if isinstance(body, HttpResponse) else pushes.told(request, app, body)
    except UNREADABLE:
        return _unreadable()


def _most_bytes(pictures: Sequence[str]) -> int:
    """Return how large a record may be: the pictures that it may carry come on top."""
    together = min(len(pictures) * MOST_PICTURE_BYTES, MOST_TOGETHER_BYTES)
    return MOST_BYTES + round(together * IN_BASE64)


def _whole_body(request: HttpRequest, most: int = MOST_BYTES) -> bytes | HttpResponse:
    """Return the body if all of it came and it is not too large, else the answer that says so."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return problem(400, "The length of the record is not a number.")
    if length > most:
        return _too_large(most)
    try:
        body = _body(request, most)
    except (RequestDataTooBig, OSError):
        return problem(400, "The record did not arrive whole. Send it again.")
    if len(body) > most:
        return _too_large(most)
    if len(body) < length:
        return problem(400, "The record did not arrive whole. Send it again.")
    return body


def _body(request: HttpRequest, most: int) -> bytes:
    """Return the body, or one byte more than is allowed of a larger one."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        # It comes without a length, which Django takes for an empty one; the server hands it over whole.
        body: bytes = request.META["wsgi.input"].read(most + 1)
        return body
    return bytes(request.read(most + 1))


def _too_large(most: int) -> HttpResponse:
    return problem(413, f"A record may have {most // 1000} kB. Send less, or send it in parts.")


def _record(request: HttpRequest, body: bytes, pictures: Sequence[str]) -> dict[str, Any] | str:
    """Return the record in a body, or a sentence that says why there is none."""
    kind = (request.content_type or "").lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            record: dict[str, Any] | str = _form(body)
        elif kind == "multipart/form-data":
            record = _multipart(request, body, pictures)
        else:
            record = _json(body)
    except Unreadable as error:
        return str(error)
    if isinstance(record, dict) and not record:
        return "The record is empty."
    return (unstorable(record) or record) if isinstance(record, dict) else record


def _form(body: bytes) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in read_form(body).items()}


def _multipart(request: HttpRequest, body: bytes, pictures: Sequence[str]) -> dict[str, Any] | str:
    """Return the record in a form; a file is taken where the owner named its field as a picture."""
    from io import BytesIO

    from django.core.exceptions import SuspiciousOperation
    from django.core.files.uploadhandler import MemoryFileUploadHandler
    from django.http.multipartparser import MultiPartParser, MultiPartParserError

    class InMemory(MemoryFileUploadHandler):
        """Keeps files in memory whatever their size: the body is there already, and nothing is to touch the disk."""

        def handle_raw_input(self, *_args: Any, **_more: Any) -> None:
            self.activated = True

    try:
        parser = MultiPartParser(
            {**request.META, "CONTENT_LENGTH": len(body)}, BytesIO(body), [InMemory(request)]
        )
        fields, files = parser.parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError):
        return f"The form cannot be read. Send it as UTF-8, with at most {MOST_FORM_FIELDS} fields."
    if not set(files) <= set(pictures) or any(len(several) > 1 for _, several in files.lists()):
        return "The form holds a file, and files are not taken. Send the record's fields alone."
    record: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values for name, values in fields.lists()
    }
    for name, (file,) in files.lists():
        data = bytes(file.read())
        if data:  # a form sends an empty one where nothing was chosen
            record[name] = f"data:;base64,{b64encode(data).decode()}"
    return record


def _json(body: bytes) -> dict[str, Any] | str:
    data = read_json(body)
    return data if isinstance(data, dict) else "The record must be one JSON object with names and values."


def _event_key(request: HttpRequest, record: dict[str, Any]) -> str:
    """Return what names this delivery: the sender's id for it, else what it says."""
    for header in EVENT_ID_HEADERS:
        value = request.headers.get(header, "").strip()
        if value:
            key = f"{header.lower()}:{value}"
            if len(key) <= LONGEST_EVENT_KEY and key.isprintable():
                return key
            # Cut off, two long ids could look alike, and the second record would be taken for the first.
            return f"{header.lower()}-hash:{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"
    return key_of("webhook", record)


def _signature_fault(
    request: HttpRequest, integration: Integration, definition: Definition, body: bytes
) -> str | None:
    """Return why a delivery is refused, None when it is signed as it should be (or need not be)."""
    scheme = definition.record.signed
    if scheme is None:
        return None
    secret = signing_secret(integration, definition)
    if secret is None:
        return "This integration wants signed records, and no secret is stored for it yet."
    url = public_url() + request.get_full_path()
    verdict = verify(
        scheme,
        secret.reveal(),
        dict(request.headers),
        body,
        method=request.method or "POST",
        url=url,
        now=time.time(),
    )
    return None if verdict.accepted else f"The record was not used: {verdict.reason}"


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


def forget_all() -> None:
    """Forget every integration that is kept (a test's database is another one each time)."""
    _kept.clear()


_kept: dict[str, tuple[float, Integration]] = {}

"""
What an app tells us by itself, at the address of an integration.

What it says is stored, all of it in one transaction, before it hears 200: until then it is the app that keeps it,
and sends it again.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from signoff.api.problems import problem
from signoff.connectors.push import Push, Unreadable
from signoff.connectors.registry import manifests
from signoff.core.errors import SignatureRejected
from signoff.core.home import public_url
from signoff.engine import verbs
from signoff.integrations import pushing


def asked(request: HttpRequest, app: str) -> HttpResponse | None:
    """Answer an app that asks by GET whether this address is ours; None: that is not what it asks."""
    push = _push(request, b"")
    try:
        answer = pushing.handshake(app, push)
    except SignatureRejected:
        name = manifests()[app].name
        return problem(
            403, f"This word is not the one that is stored for {name}. Enter the same one on both sides."
        )
    return None if answer is None else _plain(answer)


def told(request: HttpRequest, app: str, body: bytes) -> HttpResponse:
    """Store what an app tells us, once it is sure that it is the app."""
    push = _push(request, body)
    connections, why = pushing.genuine(app, push)
    if not connections:
        return problem(401, f"Nothing of it was used: {why}")
    try:
        challenge = pushing.handshake(app, push)
        if challenge is not None:
            return _plain(challenge)
        heard = pushing.hear(connections, push)
    except SignatureRejected as error:
        return problem(401, f"Nothing of it was used: {error.owner_message}")
    except Unreadable as error:
        return problem(400, str(error))
    stored = verbs.hear(heard)
    if any(one.was_for_nobody for one in heard) and not stored.new:
        return problem(
            409, "This integration is switched off, so nothing was kept. Switch it on and send it again."
        )
    return JsonResponse({"new": stored.new, "known": stored.known, "receipts": stored.receipts})


def _push(request: HttpRequest, body: bytes) -> Push:
    return Push(
        request.method or "POST",
        public_url() + request.get_full_path(),
        {name.lower(): value for name, value in request.headers.items()},
        body,
    )


def _plain(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")

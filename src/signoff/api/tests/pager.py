"""
An app of these tests' own that tells us by itself, in the ways that real ones do: many events in one request, some
for other accounts, records by their number only, a question whether the address is ours, receipts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import types
from contextlib import contextmanager
from datetime import UTC, datetime

from signoff.connectors import registry
from signoff.connectors.base import Account, Connector, Event, Field, Page, Receipt, Trigger
from signoff.connectors.manifest import Manifest
from signoff.connectors.push import Unreadable
from signoff.core.errors import SignatureRejected

SECRET = "pager-signing-secret"
WORD = "pager-word"

MANIFEST = Manifest.model_validate(
    {
        "key": "pager", "name": "Pager", "summary": "Pages.", "kind": "other", "grade": "bronze",
        "api": {"base_url": "https://pager.test", "version": "1", "docs": "https://pager.test",
                "checked_on": "2026-11-23"},
        "auth": {
            "kind": "key", "label": "Key", "where": ["Look."], "where_url": "https://pager.test",
            "settings": [
                {"name": "account", "label": "Account number", "default": "1"},
                {"name": "signing", "label": "Signing secret", "secret": True, "required": False},
                {"name": "word", "label": "Word", "secret": True, "required": False},
            ],
        },
        "pushes": {"signature": "meta", "secret": "signing", "where": ["Enter it there."]},
    }
)  # fmt: skip


class Pager(Connector):
    triggers = (
        Trigger("paged", "Somebody pages", "page", pushed=True),
        Trigger("paged_or_found", "Somebody pages", "page", pushed=True, also_polled=True),
    )

    def check(self):
        return Account("pager-account", "Pager")

    def changes(self, trigger, cursor, fields):
        return Page((), "none")

    def fields(self, object):
        return [Field("id", "Number", "number"), Field("text", "Text", "text")]

    @classmethod
    def handshake(cls, push, secrets):
        word = push.query().get("word") if push.method == "GET" else None
        if word is not None and word != (secrets["word"].reveal() if "word" in secrets else None):
            raise SignatureRejected("word", app="Pager")
        return "here I am" if word is not None else None

    @classmethod
    def receive(cls, push, trigger):
        pages = push.json()
        if not isinstance(pages, list):
            raise Unreadable("It must be a list of pages.")
        return [
            Event(
                f"page:{page['id']}",
                str(page["id"]),
                {"id": page["id"], "text": page.get("text", "")},
                page.get("from", ""),
                occurred_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
                parties=(page["from"],) if page.get("from") else (),
            )
            for page in pages
            if "id" in page and page.get("account", "1") == push.settings["account"]
        ]

    @classmethod
    def receipts(cls, push):
        return [
            Receipt(page["marker"], "p-1", page["state"], datetime(2026, 11, 23, 12, tzinfo=UTC))
            for page in push.json()
            if "marker" in page
        ]


@contextmanager
def installed():
    """Let the registry know the app, as if its folder were there."""
    place = types.ModuleType("signoff.connectors.pager.connector")
    Pager.__module__ = place.__name__
    place.Pager = Pager
    sys.modules[place.__name__] = place
    registry.manifests()["pager"] = MANIFEST
    try:
        yield
    finally:
        del registry.manifests()["pager"], sys.modules[place.__name__]
        registry._class_of.cache_clear()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def told(client, key, pages, secret=SECRET, **headers):
    """Post to an address what the app tells; bytes as they are."""
    body = pages if isinstance(pages, bytes) else json.dumps(pages).encode()
    return client.post(
        f"/in/{key}", body, content_type="application/json", headers={**signed(body, secret), **headers}
    )

"""The practice server of a document: valid answers, the sign-in of the document, pages, and no bad body."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

import pytest

from signoff.connectors.openapi.tests.documents import PASSWORD, REAL
from signoff_sandbox.openapi.app import PRACTICE_KEY
from signoff_sandbox.openapi.document import Document
from signoff_sandbox.openapi.serving import practising

KEYS = {
    "petstore": {"Authorization": f"Bearer {PRACTICE_KEY}"},
    "gotify": {"X-Gotify-Key": PRACTICE_KEY},
    "discord": {"Authorization": f"Bot {PRACTICE_KEY}"},
    "twilio": {"Authorization": "Basic " + base64.b64encode(PASSWORD.encode()).decode()},
    "box": {"Authorization": f"Bearer {PRACTICE_KEY}"},
}


def ask(url, headers, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=15) as answered:
            return answered.status, json.load(answered)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


@pytest.mark.parametrize("app", ["petstore", "gotify", "discord", "box"])
def test_a_list_is_what_the_document_says_and_only_for_who_signs_in(app):
    real = REAL[app]
    document = Document.of_file(real.path)
    with practising(real.path) as practice:
        for _ in range(4):
            practice.add(real.lists, **real.seed)
        status, told = ask(practice.address + real.lists, KEYS[app])
        refused, _ = ask(practice.address + real.lists, {})

    assert (status, refused) == (200, 401)
    schema = document.answer_schema(document.find("get", real.lists)[0])
    assert document.fault(schema, told) == ""
    where, _ = document.list_in(schema)
    assert len(told[where[0]] if where else told) >= 3


def test_a_body_that_breaks_its_schema_is_refused_and_not_kept():
    with practising(REAL["gotify"].path) as practice:
        status, told = ask(f"{practice.address}/message", KEYS["gotify"], {"title": 7})
        assert (status, practice.books()["written"]) == (422, [])
        status, told = ask(f"{practice.address}/message", KEYS["gotify"], {"message": "Hello"})
        assert (status, told["message"]) == (200, "Hello")
        assert [one["body"] for one in practice.books()["written"]] == [{"message": "Hello"}]

"""What is chosen of an app by programs: the tools of an MCP server, the operations of a document."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from signoff.api.tests.test_v1 import problem_of
from signoff.connections.connect import connect
from signoff.connections.models import Connection, DescribedApp
from signoff.connectors.mcp import connector
from signoff.connectors.mcp.tests.desk_server import Desk, serving
from signoff.connectors.openapi.tests.documents import REAL
from signoff.core.secret import Secret
from signoff_sandbox.openapi.app import PRACTICE_KEY
from signoff_sandbox.openapi.serving import practising

pytestmark = pytest.mark.django_db
TOOLS = "/api/v1/connections/desk/tools"
DOCUMENTS = "/api/v1/documents"


@pytest.fixture
def desk(monkeypatch):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    connector.forget_all()
    with serving(Desk()) as running:
        connect("mcp", "desk", Secret(""), base_url=running.url)
        yield running


def put(client, where, body, headers):
    return client.put(where, json.dumps(body), content_type="application/json", headers=headers)


def test_tools_are_chosen_as_they_were_seen_and_no_others(desk, client, token):
    offered = {one["name"]: one for one in client.get(TOOLS, headers=token("read")).json()["tools"]}
    wanted = {
        name: {"use": use, "hash": offered[name]["hash"]}
        for name, use in (("write_note", "write"), ("look_up", "read"))
    }

    done = put(client, TOOLS, {"tools": wanted}, token("connect"))

    assert done.status_code == 200, done.content
    assert {one["name"]: one["use"] for one in done.json()["tools"] if one["use"]} == {
        "write_note": "write",
        "look_up": "read",
    }
    assert {one["tool"]["name"] for one in Connection.objects.get().chosen} == {"write_note", "look_up"}
    fewer = put(client, TOOLS, {"tools": {"look_up": wanted["look_up"]}}, token("connect"))
    assert [one["name"] for one in fewer.json()["tools"] if one["use"]] == ["look_up"]


def test_a_tool_that_is_another_than_was_seen_or_none_changes_nothing(desk, client, token):
    offered = {one["name"]: one for one in client.get(TOOLS, headers=token("read")).json()["tools"]}
    good = {"use": "write", "hash": offered["write_note"]["hash"]}

    for wrong in (
        {"write_note": {"use": "write", "hash": "another"}},
        {"write_note": good, "no_such_tool": good},
        {"write_note": {**good, "use": "read"}},  # it does not say of itself that it only reads
    ):
        assert (
            "Nothing was changed"
            in problem_of(put(client, TOOLS, {"tools": wrong}, token("connect")), 422)["detail"]
        )
    problem_of(
        put(client, TOOLS, {"tools": {"write_note": {"use": "delete", "hash": ""}}}, token("connect")), 422
    )
    problem_of(put(client, TOOLS, {"tools": {}}, token("read")), 403)
    problem_of(client.get("/api/v1/connections/nobody/tools", headers=token("read")), 404)
    assert Connection.objects.get().chosen == []


def test_a_server_that_is_gone_is_told_in_words(desk, client, token):
    Connection.objects.update(base_url="http://127.0.0.1:9/mcp")
    connector.forget_all()

    said = problem_of(client.get(TOOLS, headers=token("read")), 422)

    assert "9/mcp" not in said["detail"]


def give(client, raw, headers):
    return client.post(DOCUMENTS, {"file": SimpleUploadedFile("openapi.json", raw)}, headers=headers)


def test_from_a_document_to_a_connection_that_works(client, token):
    real, headers = REAL["gotify"], token("connect")
    given = give(client, real.raw(), headers)
    assert given.status_code == 201, given.content
    document = given.json()
    where = f"{DOCUMENTS}/{document['id']}"
    assert (document["app"], document["chosen"]) == (None, {"read": [], "write": []})
    found = client.get(f"{where}?q=create message", headers=headers).json()
    assert "createMessage" in [one["operation"] for one in found["writes"]]
    assert len(found["writes"]) < len(document["writes"])
    assert client.get(f"{where}?limit=1", headers=headers).json()["more"] > 0

    chosen = {"read": ["getMessages"], "write": ["createMessage"], "sign_in": "clientTokenHeader"}
    app = put(client, where, chosen, headers).json()["app"]
    with practising(real.path) as practice:
        body = {"app": app, "secret": PRACTICE_KEY, "base_url": practice.address}
        made = put(client, "/api/v1/connections/gotify-main", body, headers)

    assert made.status_code == 201, made.content
    assert made.json()["app"] == app


def test_a_document_that_is_none_and_a_choice_that_is_none_are_refused(client, token):
    headers = token("connect")
    assert problem_of(give(client, b"{", headers), 422)["detail"]
    problem_of(client.post(DOCUMENTS, {}, headers=headers), 422)
    problem_of(client.post(DOCUMENTS, {"address": "https://10.0.0.7/openapi.json"}, headers=headers), 422)
    problem_of(client.post(DOCUMENTS, {"address": "no\x00address"}, headers=headers), 422)
    problem_of(give(client, REAL["gotify"].raw(), token("read")), 403)
    assert not DescribedApp.objects.exists()

    where = f"{DOCUMENTS}/{give(client, REAL['gotify'].raw(), headers).json()['id']}"
    problem_of(put(client, where, {}, headers), 422)
    problem_of(put(client, where, {"read": ["noSuchOperation"]}, headers), 422)
    problem_of(put(client, f"{DOCUMENTS}/{2**70}", {"read": ["x"]}, headers), 404)
    assert DescribedApp.objects.get().plan is None

"""Signoff as an MCP server, asked by the official client: it may look and hand in, and it can never decide."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from signoff.api.tests.conftest import put_into_force
from signoff.api.tools import BY_NAME, TOOLS
from signoff.core import clock
from signoff.engine import verbs
from signoff.hooks.models import Proposal
from signoff.review.models import Review
from signoff.runs.models import Run

FILE = """\
name: sign-off-replies
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then: reply
"""
RECORD = {"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}
DRAFT = {"body": "Dear Dana Whitfield, thank you for your question."}
MODERN = "2026-07-28"


class Through(httpx2.AsyncBaseTransport):
    """Hands requests on to where the test is, so that Django answers them in the test's own transaction."""

    def __init__(self, asked):
        self.asked = asked

    async def handle_async_request(self, request):
        loop, body = asyncio.get_running_loop(), await request.aread()
        said = loop.create_future()
        self.asked.put((request, body, lambda answer: loop.call_soon_threadsafe(said.set_result, answer)))
        return await said


@pytest.fixture(params=["auto", "legacy"])
def ask(request, client):
    """Do something with the official client: `ask(headers, lambda server: server.list_tools())`."""

    def answered(asked, body):
        left_out = ("host", "content-type", "content-length")
        names = {name: value for name, value in asked.headers.items() if name not in left_out}
        said = client.generic(
            asked.method, asked.url.path, body, content_type="application/json", headers=names
        )
        return httpx2.Response(said.status_code, headers=dict(said.items()), content=said.content)

    def do(headers, what):
        asked, found = queue.Queue(), []

        async def talk():
            async with httpx2.AsyncClient(transport=Through(asked), headers=headers) as http:
                way = streamable_http_client("http://testserver/mcp", http_client=http)
                async with Client(way, mode=request.param) as server:
                    found.append(await what(server))

        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(lambda: asyncio.run(talk()))
            done.add_done_callback(lambda _: asked.put(None))
            while (one := asked.get(timeout=30)) is not None:
                one[2](answered(one[0], one[1]))
            done.result()
        return found[0]

    return do


@pytest.fixture
def post(client, token):
    """Post one message as it is; today's headers unless others are given."""
    usual = token("read", "propose")

    def send(message, headers=None, **names):
        body = message if isinstance(message, bytes) else json.dumps(message)
        given = {
            **usual,
            **(headers or {}),
            **{name.replace("_", "-"): value for name, value in names.items()},
        }
        return client.post("/mcp", body, content_type="application/json", headers=given)

    return send


def message(method="tools/list", revision=MODERN, **params):
    meta = {
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}


def test_the_official_client_looks_hands_in_and_gets_the_decision(house, ask, token, work_off):
    put_into_force(FILE)
    headers = token("read", "propose")

    async def begin(server):
        tools = [one.name for one in (await server.list_tools()).tools]
        given = {"integration": "sign-off-replies", "record": RECORD, "draft": DRAFT}
        return tools, (await server.call_tool("propose", given)).structured_content

    tools, proposal = ask(headers, begin)
    work_off()
    waiting = ask(headers, lambda server: server.call_tool("list_waiting", {})).structured_content
    undecided = ask(headers, lambda server: server.call_tool("get_proposal", {"proposal": proposal["id"]}))
    again = ask(
        headers,
        lambda server: server.call_tool(
            "propose", {"integration": "sign-off-replies", "record": RECORD, "draft": DRAFT}
        ),
    )
    review = Review.objects.get()
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Review.objects.update(undo_until=clock.now() - timedelta(seconds=1))
    decided = ask(headers, lambda server: server.call_tool("get_proposal", {"proposal": proposal["id"]}))

    assert tools == [tool.name for tool in TOOLS]
    assert [one["id"] for one in waiting["items"]] == [proposal["run"]]
    assert (undecided.structured_content["decided"], undecided.structured_content["answer"]) == (False, None)
    assert again.structured_content["id"] == proposal["id"]
    assert Proposal.objects.count() == 1
    assert decided.structured_content["answer"] == DRAFT


def test_whoever_may_only_read_can_only_read(house, ask, token):
    put_into_force(FILE)
    headers = token("read")
    given = {"integration": "sign-off-replies", "record": RECORD}

    tools = ask(headers, lambda server: server.list_tools()).tools
    refused = ask(headers, lambda server: server.call_tool("propose", given))
    health = ask(headers, lambda server: server.call_tool("health", {})).structured_content

    assert "propose" not in [one.name for one in tools]
    assert refused.is_error
    assert refused.content[0].text == "This token has not the right propose."
    assert not Run.objects.exists()
    assert {one["name"] for one in health["connections"]} == {"hubspot-main", "gmail-sales", "openai-main"}


def test_what_the_api_refuses_is_told_in_its_own_sentence(house, ask, token):
    headers = token("read", "propose")

    unknown = ask(headers, lambda server: server.call_tool("get_run", {"run": 12345678}))
    wrong = ask(
        headers, lambda server: server.call_tool("propose", {"integration": "none-such", "record": {"a": 1}})
    )
    unfit = ask(headers, lambda server: server.call_tool("get_run", {"run": "seven"}))

    assert (unknown.is_error, unknown.content[0].text) == (True, "There is no run 12345678.")
    assert wrong.content[0].text == "There is no integration none-such."
    assert unfit.is_error
    assert unfit.content[0].text.startswith("run: ")


def test_no_tool_decides():
    given = {
        "integration": "x",
        "record": {"a": 1},
        "draft": {"b": 1},
        "run": 1,
        "proposal": 1,
        "state": "done",
    }
    calls = [call for tool in TOOLS for call in tool.calls(given).values()]

    assert {call.path for call in calls if call.method == "POST"} == {"/proposals"}
    assert not [call for call in calls if "review" in call.path or "decision" in call.path]
    assert {tool.right for tool in TOOLS} == {"read", "propose"}
    assert set(BY_NAME) == {tool.name for tool in TOOLS}


def test_a_right_to_review_opens_no_tool_at_all(client, db, post, token):
    said = post(message(), token("review"), MCP_Protocol_Version=MODERN, Mcp_Method="tools/list")

    assert said.json()["result"]["tools"] == []


@pytest.mark.parametrize("given", ["", "Bearer so_wrong", "Basic cHJpeWE6cHc=", "Bearer"])
def test_nobody_gets_in_without_a_token(client, db, given):
    said = client.post(
        "/mcp", json.dumps(message()), content_type="application/json", headers={"Authorization": given}
    )

    assert said.status_code == 401
    assert said["WWW-Authenticate"] == "Bearer"
    assert "Authorization: Bearer so_" in said.json()["detail"]


def test_a_page_of_another_site_may_not_ask(post):
    ours = post(
        message("ping"), Origin="http://127.0.0.1:8000", MCP_Protocol_Version=MODERN, Mcp_Method="ping"
    )
    theirs = post(message("ping"), Origin="https://evil.example")

    assert (ours.status_code, theirs.status_code) == (200, 403)


def test_only_a_post_means_anything(client, db):
    for method in ("get", "delete", "put"):
        said = getattr(client, method)("/mcp")
        assert (said.status_code, said["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[]", -32600),
        (b"null", -32600),
        (b'{"jsonrpc": "1.0", "method": "ping", "id": 1}', -32600),
        (b'{"jsonrpc": "2.0", "method": 7, "id": 1}', -32600),
        (b'{"jsonrpc": "2.0", "method": "ping", "id": {}}', -32600),
        (b"[" * 20_000, -32700),
    ],
)
def test_what_cannot_be_read_is_answered_with_a_sentence(post, body, code):
    said = post(body)

    assert (said.status_code, said.json()["error"]["code"]) == (400, code)
    assert said.json()["error"]["message"].endswith(".")


def test_too_much_is_not_kept(post):
    said = post(b'{"jsonrpc": "2.0", "id": 1, "method": "' + b"a" * 2_100_000 + b'"}')

    assert said.status_code == 413


def test_headers_that_do_not_fit_the_message_are_refused(post):
    for headers in (
        {"Mcp_Method": "tools/list"},
        {"MCP_Protocol_Version": "2025-11-25", "Mcp_Method": "tools/list"},
        {"MCP_Protocol_Version": MODERN},
        {"MCP_Protocol_Version": MODERN, "Mcp_Method": "tools/call"},
    ):
        said = post(message(), **headers)
        assert (said.status_code, said.json()["error"]["code"]) == (400, -32020), headers
    named = post(
        message("tools/call", name="health"),
        MCP_Protocol_Version=MODERN,
        Mcp_Method="tools/call",
        Mcp_Name="propose",
    )
    assert named.json()["error"]["code"] == -32020


def test_a_revision_that_we_do_not_speak_is_answered_with_those_that_we_do(post):
    said = post(message(revision="1900-01-01"), MCP_Protocol_Version="1900-01-01", Mcp_Method="tools/list")
    old = post(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2024-11-05"}}
    )

    assert said.json()["error"]["code"] == -32022
    assert MODERN in said.json()["error"]["data"]["supported"]
    assert old.json()["result"]["protocolVersion"] == "2024-11-05"


def test_a_notice_is_taken_and_an_unknown_method_is_named(post):
    assert post({"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    said = post(message("resources/list"), MCP_Protocol_Version=MODERN, Mcp_Method="resources/list")

    assert (said.status_code, said.json()["error"]["code"]) == (404, -32601)


def test_each_request_counts_against_the_pace_of_its_token(post, monkeypatch):
    monkeypatch.setattr("signoff.api.limits.PER_MINUTE", 1)

    assert post({"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code == 200
    assert post({"jsonrpc": "2.0", "id": 1, "method": "ping"}).status_code == 429


def test_the_bridge_for_programs_here_hands_on_what_it_is_told(live_server, token):
    headers = token("read")
    asked = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "list_waiting"}},
    ]
    lines = "\n".join(["no message", *map(json.dumps, asked), json.dumps(message("server/discover"))])
    env = {**os.environ, "SIGNOFF_URL": live_server.url, "SIGNOFF_TOKEN": headers["Authorization"].split()[1]}

    done = subprocess.run(
        [sys.executable, "-m", "signoff", "mcp"],
        input=lines,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )

    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert said[0]["error"]["code"] == -32700
    assert said[1]["result"]["protocolVersion"] == "2025-06-18"
    assert "health" in [one["name"] for one in said[2]["result"]["tools"]]
    assert said[3]["result"]["structuredContent"]["items"] == []
    assert MODERN in said[4]["result"]["supportedVersions"]
    assert len(said) == 5

"""Servers that hang, lie, shout, lead elsewhere or talk nonsense: a clear sentence, and nothing was done."""

from __future__ import annotations

import json
import time

import pytest

from signoff.connectors.mcp import connector, speaking
from signoff.connectors.mcp.tools import MOST_TOOLS
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import answer, local

TOOL = {
    "name": "write_note",
    "description": "Keep a note.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}


@pytest.fixture(autouse=True)
def _looked_at_anew():
    connector.forget_all()


def server(**said):
    """
    Return a handler that speaks as a server of today does, but for what is given by method (with _ for /).

    What is given is a result, the bytes of a whole answer, or a function of the message that returns one of these.
    """
    usual = {
        "server/discover": {
            "supportedVersions": [speaking.MODERN],
            "capabilities": {"tools": {}, "resources": {}},
        },
        "tools/list": {"tools": [TOOL]},
        "tools/call": {"content": [{"type": "text", "text": "Kept."}]},
    }
    usual |= {name.replace("_", "/"): value for name, value in said.items()}

    def handle(asked):
        message = json.loads(asked.body or b"{}")
        found = usual.get(message.get("method"))
        found = found(message) if callable(found) else found
        if isinstance(found, bytes) or callable(found):
            return found
        if found is None:
            return answer(
                404, {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": -32601, "message": "no"}}
            )
        return answer(200, {"jsonrpc": "2.0", "id": message.get("id"), "result": found})

    return handle


def client_of(running, *chosen):
    door = Door(running.url + "/mcp", app="MCP server", allow_hosts=frozenset({"127.0.0.1"}))
    client = connector_class("mcp")(door, {})
    client.chosen = [connector.tool_in(one).kept("write") for one in chosen]
    return client


def sentence_of(raised):
    return f"{raised.value.owner_message} {raised.value.next_step}"


def test_a_server_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(speaking, "SILENCE_SECONDS", 0.4)
    begun = time.monotonic()

    with (
        local(server(**{"tools_list": lambda message: lambda sock: time.sleep(3)})) as running,
        pytest.raises(VendorDown),
    ):
        client_of(running).check()

    assert time.monotonic() - begun < 15


def test_a_server_that_hangs_while_it_writes_leaves_the_answer_open(monkeypatch):
    monkeypatch.setattr(speaking, "SILENCE_SECONDS", 0.4)

    with local(server(**{"tools_call": lambda message: lambda sock: time.sleep(3)})) as running:
        client = client_of(running, TOOL)
        with pytest.raises(OutcomeUnknown):
            client.perform("write_note", {"text": "Ring Ada"}, "so-1")


@pytest.mark.parametrize(
    "said",
    [
        b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"jsonrpc',
        answer(200, [1, 2]),
        answer(200, {"jsonrpc": "2.0", "id": 99, "result": {}}),
        answer(200, {"jsonrpc": "2.0", "id": 2, "result": "yes"}),
        answer(200, "<html>a web page</html>"),
        answer(200, "data: {not json}\n\n", {"content-type": "text/event-stream"}),
    ],
    ids=["cut off", "a list", "another's answer", "no object", "a web page", "a broken stream"],
)
def test_a_server_that_talks_nonsense_is_named_and_nothing_is_lost(said):
    with local(server(**{"tools_list": said})) as running, pytest.raises(InputRejected) as raised:
        client_of(running).check()

    assert "Nothing is lost." in sentence_of(raised)
    assert "ask whoever runs it" in sentence_of(raised)


def test_nonsense_after_a_write_leaves_open_whether_it_was_done():
    with local(server(**{"tools_call": answer(200, "<html>done</html>")})) as running:
        client = client_of(running, TOOL)
        with pytest.raises(OutcomeUnknown):
            client.perform("write_note", {"text": "Ring Ada"}, "so-1")


def test_a_list_of_pages_without_end_is_left():
    def page(message):
        number = int(message.get("params", {}).get("cursor", "0"))
        return {"tools": [TOOL] if number == 0 else [], "nextCursor": str(number + 1)}

    with local(server(tools_list=page)) as running:
        tools = client_of(running).tools()
        count = len(running.asked)

    assert [tool.name for tool in tools] == ["write_note"]
    assert count <= MOST_TOOLS + 1


def test_a_server_that_answers_more_than_a_megabyte_is_told_so():
    shout = {"content": [{"type": "text", "text": "a" * 1_100_000}]}
    with local(server(**{"tools_call": shout, "resources_read": shout})) as running:
        client = client_of(running, TOOL)
        with pytest.raises(OutcomeUnknown):
            client.perform("write_note", {"text": "Ring Ada"}, "so-1")
        with pytest.raises(InputRejected) as raised:
            client.resource("desk://hours")

    assert "more than the 1 MB that we take" in sentence_of(raised)


def test_less_than_a_megabyte_is_cut_to_what_an_ai_reads():
    with local(server(**{"resources_read": {"contents": [{"text": "a" * 300_000}]}})) as running:
        text = client_of(running).resource("desk://hours")

    assert len(text) < 21_000
    assert text.endswith("left out.)")


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest", "http://10.0.0.1/mcp", "https://elsewhere.example/mcp"]
)
def test_a_server_that_leads_elsewhere_is_not_followed(to):
    with (
        local(lambda asked: answer(307, {}, {"location": to})) as running,
        pytest.raises(InputRejected) as raised,
    ):
        client_of(running).check()

    assert "we do not follow" in sentence_of(raised)
    assert len(running.asked) == 2  # as a server of today and as one of the older ones; nobody else was asked


def test_a_private_address_needs_the_owners_word():
    client = connector_class("mcp")(Door("https://10.1.2.3/mcp", app="MCP server"), {})

    with pytest.raises(InputRejected) as raised:
        client.check()

    assert "private network" in sentence_of(raised)


def test_a_server_that_wants_another_token_says_so():
    with local(lambda asked: answer(401, {"error": "no"})) as running, pytest.raises(CredentialRejected):
        client_of(running).check()


def test_a_server_that_asks_for_patience_gets_it():
    slow = answer(429, {}, {"retry-after": "7"})
    with local(server(**{"tools_call": slow})) as running, pytest.raises(RateLimited) as raised:
        client_of(running, TOOL).perform("write_note", {"text": "Ring Ada"}, "so-1")

    assert raised.value.retry_after_seconds == 7


def test_nobody_at_an_address_is_told_as_that():
    with local(lambda asked: answer(404, "not found")) as running, pytest.raises(InputRejected) as raised:
        client_of(running).check()

    assert "Nobody speaks MCP at the address" in sentence_of(raised)


def test_a_server_of_the_future_is_told_apart():
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "error": {"code": -32022, "message": "no", "data": {"supported": ["2031-01-01"]}},
    }
    with local(lambda asked: answer(400, body)) as running, pytest.raises(InputRejected) as raised:
        client_of(running).check()

    assert "a revision of MCP that Signoff does not know" in sentence_of(raised)


def test_a_tool_that_asks_a_person_back_did_not_do_its_work():
    asks = {"resultType": "input_required", "inputRequests": {}}
    with local(server(**{"tools_call": asks})) as running, pytest.raises(InputRejected) as raised:
        client_of(running, TOOL).perform("write_note", {"text": "Ring Ada"}, "so-1")

    assert "nobody is there to answer" in sentence_of(raised)


@pytest.mark.parametrize(
    ("code", "family"), [(-32602, InputRejected), (-32603, OutcomeUnknown), (-32000, OutcomeUnknown)]
)
def test_an_error_after_a_write_says_whether_it_was_refused_before_it_began(code, family):
    said = lambda message: answer(  # noqa: E731
        200,
        {
            "jsonrpc": "2.0",
            "id": message["id"],
            "error": {"code": code, "message": "customer Ada is unknown"},
        },
    )
    with local(server(**{"tools_call": said})) as running, pytest.raises(family) as raised:
        client_of(running, TOOL).perform("write_note", {"text": "Ring Ada"}, "so-1")

    assert "Ada" not in str(raised.value)


def test_a_list_without_an_end_is_read_only_so_far():
    count = iter(range(10**9))
    page = lambda message: {"tools": [{**TOOL, "name": f"t{next(count)}"}], "nextCursor": str(next(count))}  # noqa: E731
    with local(server(**{"tools_list": page})) as running:
        assert len(client_of(running).tools()) == 300


def test_a_server_that_offers_the_same_name_twice_gets_no_second_tool_past_the_first():
    twice = {"tools": [TOOL, {**TOOL, "description": "Another one."}]}
    with local(server(**{"tools_list": twice})) as running:
        assert [one.description for one in client_of(running).tools()] == ["Keep a note."]


def test_the_token_and_the_values_of_a_record_stand_in_no_error(monkeypatch):
    with local(lambda asked: answer(500, "boom")) as running:
        door = Door(
            running.url + "/mcp", app="MCP server", allow_hosts=frozenset({"127.0.0.1"}),
            authorise=lambda: {"Authorization": "Bearer s3cret"},
        )  # fmt: skip
        client = connector_class("mcp")(door, {})
        client.chosen = [connector.tool_in(TOOL).kept("write")]
        with pytest.raises(SignoffError) as raised:
            client.perform("write_note", {"text": "Ring Ada"}, "so-1")

    assert running.asked[0].headers["authorization"] == "Bearer s3cret"
    assert "s3cret" not in f"{raised.value} {sentence_of(raised)}"

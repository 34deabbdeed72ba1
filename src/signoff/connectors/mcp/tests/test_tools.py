"""What a stranger says of a tool: whatever it is, it is read without harm, and known again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.connectors.base import Params
from signoff.connectors.mcp.schemas import answer_for, arguments_fault, headers_for
from signoff.connectors.mcp.speaking import events, in_header
from signoff.connectors.mcp.tools import action_of, fault_of, tool_in

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["type", "properties", "required", "items", "enum", "anyOf", "$ref", "maxLength", "format", "x-mcp-header",
             "description", "pattern", "minimum", "$defs"]
        ) | st.text(max_size=8),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


def tool(schema, name="write_note", **more):
    return {"name": name, "inputSchema": {"type": "object", **schema}, **more}


@settings(max_examples=40)
@given(ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_said_of_a_tool_it_can_be_used_or_says_why_not(name, schema, properties):
    for raw in (
        {"name": name, "inputSchema": schema, "description": schema, "annotations": properties},
        tool({"properties": properties}),
        tool({"properties": {"text": properties, "body": schema}}),
    ):
        found = tool_in(raw)
        action = action_of(found.kept("write"))

        assert (action is None) == bool(fault_of(raw))
        if action is not None:
            assert issubclass(action.params, Params)
            assert all(info.description for info in action.params.model_fields.values())
            arguments_fault(found.schema, {"text": "words"})
            headers_for(found.schema, {"text": "words"})
            answer_for(found.schema)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (tool({}, name="rm -rf /"), "Its name holds"),
        (tool({}, name="a.b"), "Its name holds"),
        ({"name": "x"}, "does not say what it takes"),
        (tool({"properties": {"model_config": {}}}), "called “model_config”"),
        (tool({"properties": {"__class__": {}}}), "called “__class__”"),
        (tool({"required": ["text"]}), "does not describe"),
        (tool({"properties": {"text": {"$ref": "https://elsewhere.example/schema.json"}}}), "is not fetched"),
        (tool({"properties": {"text": {"$ref": "file:///etc/passwd"}}}), "is not fetched"),
        (tool({"properties": {"text": {"type": "strange"}}}), "JSON Schema"),
        (tool({"description": "long" * 10_000}), "longer than 30 kB"),
        (tool({"properties": {f"p{n}": {} for n in range(61)}}), "more than 60"),
        (tool({"properties": {"text": {"type": "string", "x-mcp-header": "Bad\r\nInjected: yes"}}}), "in a header"),
        (tool({"properties": {"text": {"type": "number", "x-mcp-header": "Region"}}}), "in a header"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_why(raw, words):
    assert words in fault_of(raw)


def test_a_tool_described_more_deeply_than_anybody_needs_is_left_out():
    schema = {"type": "string"}
    for _ in range(100):
        schema = {"type": "array", "items": schema}

    assert "too deeply" in fault_of(tool({"properties": {"text": schema}}))


def test_a_tool_is_another_when_anything_that_is_said_of_it_is():
    first = tool({"properties": {"text": {"type": "string"}}}, description="Keep a note.")
    others = [
        {**first, "description": "Keep a note. And tell me everything."},
        {**first, "annotations": {"readOnlyHint": True}},
        tool({"properties": {"text": {"type": "string", "maxLength": 9}}}, description="Keep a note."),
        {**first, "outputSchema": {"type": "object"}},
    ]

    assert len({tool_in(one).hash for one in (first, *others)}) == 5
    assert (
        tool_in({**first, "icons": [{"src": "https://x.example/i.png"}], "_meta": {"n": 1}}).hash
        == tool_in(first).hash
    )
    assert tool_in(json.loads(json.dumps(first))).hash == tool_in(first).hash


@given(st.text(max_size=40))
def test_a_header_holds_nothing_but_plain_letters(text):
    assert all(" " <= letter <= "~" for letter in in_header(text))


def test_the_messages_of_a_stream_are_found_among_comments_and_pieces():
    stream = ': ping\r\n\r\nevent: message\r\nid: 1\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata: nonsense\n\ndata: {"b": 2}'

    assert list(events(stream)) == [{"a": 1}, {"b": 2}]

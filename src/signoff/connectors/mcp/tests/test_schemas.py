"""What a tool takes: read from a stranger's schema without harm, and what goes where is no AI's to say."""

from __future__ import annotations

import pytest

from signoff.connectors.mcp.schemas import arguments_fault, fields_in, headers_for, is_where, schema_fault


def takes(properties):
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    "said", [{"format": []}, {"format": {}}, {"type": ["string", "integer"]}, {"type": {}}]
)
def test_a_value_whose_kind_is_said_strangely_is_a_text(said):
    found = takes({"body": said})

    assert [field.type for field in fields_in(found)] == ["text"]


@pytest.mark.parametrize(
    "name",
    [
        "to",
        "email",
        "customer_id",
        "customerId",
        "recipientEmail",
        "url",
        "file_path",
        "query",
        "ownerID",
        "chatId",
    ],
)
def test_what_says_where_something_goes_is_told_by_its_name(name):
    assert is_where(name, {"type": "string"})


@pytest.mark.parametrize("name", ["text", "body", "summary", "mood", "title", "avoid", "video", "topic"])
def test_words_alone_say_nothing_of_where(name):
    assert not is_where(name, {"type": "string"})


def test_what_says_where_inside_a_value_makes_the_whole_of_it_the_owners():
    relations = {"type": "array", "items": {"type": "object", "properties": {"to": {"type": "string"}}}}

    assert is_where("relations", relations)
    assert is_where("place", {"type": "string", "format": "email"})


def test_a_pattern_that_takes_for_ever_is_left_to_the_server():
    evil = takes({"text": {"type": "string", "pattern": "^(a+)+$"}})

    assert arguments_fault(evil, {"text": "a" * 60 + "!"}) == ""
    assert arguments_fault(evil, {"text": 7}) == "text"


def test_a_schema_that_refers_to_itself_is_left_to_the_server():
    loop = takes({"text": {"$ref": "#"}})

    assert schema_fault(loop) == ""
    assert arguments_fault(loop, {"text": {"text": {"text": {}}}}) == ""


def test_values_that_are_wanted_in_a_header_cannot_break_out_of_it():
    deep = {"type": "object", "properties": {"on": {"type": "boolean", "x-mcp-header": "On"}}}
    region = {"type": "string", "x-mcp-header": "Region"}
    wants = takes({"region": region, "deep": deep})

    found = headers_for(wants, {"region": "eu\r\nx: y", "deep": {"on": True}})

    assert schema_fault(wants) == ""
    assert found == {"mcp-param-region": "=?base64?ZXUNCng6IHk=?=", "mcp-param-on": "true"}

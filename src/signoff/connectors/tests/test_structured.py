from __future__ import annotations

from signoff.connectors.structured import strict


def test_a_schema_is_made_strict():
    loose = {
        "type": "object",
        "properties": {
            "subject": {"type": "string", "maxLength": 78, "description": "One line."},
            "intent": {"type": "string", "enum": ["hot", "cold"]},
            "tags": {"type": "array", "items": {"type": "string", "pattern": "a"}},
        },
        "required": ["subject"],
    }

    assert strict(loose) == {
        "type": "object",
        "properties": {
            "subject": {"type": "string", "description": "One line."},
            "intent": {"type": ["string", "null"], "enum": ["hot", "cold", None]},
            "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        },
        "required": ["subject", "intent", "tags"],
        "additionalProperties": False,
    }


def test_what_has_no_plain_type_may_be_null_as_well():
    loose = {
        "type": "object",
        "properties": {
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "Either."},
            "one": {"enum": ["a"]},
            "maybe": {"type": ["string", "null"]},
        },
    }

    assert strict(loose)["properties"] == {
        "either": {
            "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}],
            "description": "Either.",
        },
        "one": {"anyOf": [{"enum": ["a"]}, {"type": "null"}]},
        "maybe": {"type": ["string", "null"]},
    }

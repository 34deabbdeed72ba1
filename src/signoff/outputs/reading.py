"""Reads a contract from YAML or JSON, and tells an answer block from a JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from signoff.outputs.faults import ContractFault

LONGEST = 1_000_000

_SCHEMA_TYPES = frozenset(("string", "number", "integer", "object", "array", "boolean", "null"))
# Words that make a mapping a JSON Schema. They are its keywords of draft 7 and 2020-12.
_KEYWORDS = frozenset(
    {
        "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema",
        "$vocabulary", "additionalItems", "additionalProperties", "allOf", "anyOf", "const", "contains",
        "contentEncoding", "contentMediaType", "contentSchema", "default", "definitions",
        "dependencies", "dependentRequired", "dependentSchemas", "deprecated", "description", "else",
        "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "if", "items",
        "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems",
        "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern",
        "patternProperties", "prefixItems", "properties", "propertyNames", "readOnly", "required",
        "then", "title", "type", "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
        "writeOnly",
    }
)  # fmt: skip


def read_document(text: str) -> Any:
    """Return the plain data in a YAML or JSON text. Raises `ContractFault`."""
    if len(text) > LONGEST:
        raise ContractFault([("", f"is longer than {LONGEST:,} characters")])
    text = text.removeprefix("\ufeff")
    try:
        return json.loads(text, object_pairs_hook=_once)
    except ContractFault:
        raise
    except RecursionError:
        raise ContractFault([("", "is nested too deep")]) from None
    except ValueError:
        return _read_yaml(text)


def answer_block(document: Any, types: Sequence[str]) -> Mapping[str, Any] | None:
    """
    Return the answer block in a document, or None where the document is a JSON Schema.

    A mapping under `answer` is a block, and so is a mapping in which every value has one of our types; a
    mapping with a word of JSON Schema is a schema. {"type": "number"} and {"items": {"type": "number"}} could
    be both and are schemas: under `answer:` they are fields. Raises `ContractFault` for what is neither.
    """
    if isinstance(document, bool):
        return None
    if not isinstance(document, Mapping):
        raise ContractFault([("", "must be an answer block or a JSON Schema")])
    block = document.get("answer")
    if isinstance(block, Mapping) and not _is_field(block, types):
        return block
    words = {name for name in document if name in _KEYWORDS}
    if any(isinstance(name, str) and name.startswith("$") for name in words) or not document:
        return None
    fields = all(_is_field(value, types) for value in document.values())
    if fields and not (
        words == set(document) and all(_type_of(value) == "number" for value in document.values())
    ):
        return document
    return None if words else document


def _is_field(value: Any, types: Sequence[str]) -> bool:
    return _type_of(value) in types


def _type_of(value: Any) -> str | None:
    found = value.get("type") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ContractFault([(name, "is there twice") for name in twice])
    return found


def _read_yaml(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML without what would surprise: names said twice, and aliases, which can grow without end."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ContractFault([("", "uses an alias (*name), which is not allowed here")])
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            pairs = [(self.construct_object(key, deep=True), value) for key, value in node.value]
            names = [key for key, _ in pairs]
            for key, (name, _) in zip(node.value, pairs, strict=True):
                if names.count(name) > 1:
                    line = key[0].start_mark.line + 1
                    raise ContractFault([(str(name), f"is there twice (line {line})")])
            return super().construct_mapping(node, deep=deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506  a SafeLoader
    except ContractFault:
        raise
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise ContractFault(
            [("", f"is not YAML or JSON: {wrong.problem or 'cannot be read'} (line {line})")]
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise ContractFault([("", "is not YAML or JSON")]) from None

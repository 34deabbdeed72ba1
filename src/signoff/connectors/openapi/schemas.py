"""The values inside a schema, flat: each with a name, a type, its choices and how long it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from signoff.connectors.base import FieldType
from signoff.connectors.openapi.document import Document, plain
from signoff.connectors.openapi.plan import Prop
from signoff.connectors.shapes import items, member

DEEPEST = 3  # how far into a record its values are offered
MOST_PROPS = 150
MOST_CHOICES = 200
MOST_MERGED = 20  # schemas inside of each other
MOST_PARTS = 30  # of one schema
LONGEST_NAME = 2000  # characters of a name that are looked at
FORMATS: dict[str, FieldType] = {
    "date": "date",
    "date-time": "datetime",
    "date-time-rfc-2822": "datetime",
    "email": "email",
    "uri": "link",
    "url": "link",
    "iri": "link",
    "phone": "phone",
    "phone-number": "phone",
    "tel": "phone",
}
# A name like this says where something goes or whom it is about, so its value is never left to an AI.
WHERE = re.compile(
    r"(?:^|_)(?:to|from|cc|bcc|id|ids|gid|sid|uid|uuid|email|emails|recipient|recipients|contact|company|deal|owner|"
    r"assignee|assignees|user|users|customer|account|url|urls|uri|link|href|callback|webhook|channel|channels|phone|"
    r"number|destination|address|iban|token|password|secret|key)$"
)
WHERE_TYPES = ("email", "link", "phone")
NOT_A_NAME = frozenset(
    {"copy", "dict", "json", "construct", "fields", "schema", "validate", "fault_of", "self"}
)


def types_of(schema: Any) -> set[str]:
    """Return the types that a schema allows, without null (3.1 writes several in a list)."""
    told = member(schema, "type")
    return {one for one in (told if isinstance(told, list) else [told]) if isinstance(one, str)} - {"null"}


def merged(document: Document, schema: Any) -> dict[str, Any]:
    """
    Return a schema in one piece: what it refers to, all of `allOf`, and of alternatives the one that is not null.

    Where several alternatives are objects, it has the properties of all and demands none. What goes on inside itself
    is empty there. Nobody changes what is returned: it is kept.
    """
    return _merged(document, schema, frozenset())


def _merged(document: Document, schema: Any, begun: frozenset[int]) -> dict[str, Any]:
    document.step()
    found = document.resolved(schema)
    key = id(found)
    if not isinstance(found, dict) or key in begun or len(begun) > MOST_MERGED:
        return {}
    if key not in document.merged:
        document.merged[key] = _sound(_in_one(document, found, begun | {key}))
    return document.merged[key]


def _sound(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the parts that are of another kind than they can be."""
    kinds: dict[str, type] = {"properties": dict, "required": list, "enum": list}
    if all(isinstance(schema.get(name, kind()), kind) for name, kind in kinds.items()):
        return schema
    return {name: value for name, value in schema.items() if isinstance(value, kinds.get(name, object))}


def _in_one(document: Document, found: dict[str, Any], begun: frozenset[int]) -> dict[str, Any]:
    whole = {name: value for name, value in found.items() if name not in ("allOf", "oneOf", "anyOf")}
    for one in items(found.get("allOf"))[:MOST_PARTS]:
        whole = _joined(whole, _merged(document, one, begun))
    options = [
        _merged(document, one, begun)
        for name in ("oneOf", "anyOf")
        for one in items(found.get(name))[:MOST_PARTS]
    ]
    options = [one for one in options if one.get("type") != "null" and one]
    if len(options) == 1:
        whole = _joined(whole, options[0])
    elif options and all(one.get("properties") for one in options):
        for one in options:
            whole = _joined(whole, {**one, "required": []})
    elif options and "type" not in whole and "properties" not in whole:
        simple = next((one for one in options if types_of(one) & {"string", "number", "integer"}), options[0])
        whole = _joined(whole, simple)
    return whole


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    properties = {**_dict(one.get("properties")), **_dict(other.get("properties"))}
    required = [*items(one.get("required")), *items(other.get("required"))]
    both = {**other, **one}
    return {
        **both,
        **({"properties": properties} if properties else {}),
        **({"required": required} if required else {}),
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def is_object(schema: dict[str, Any]) -> bool:
    return bool(_dict(schema.get("properties"))) or "object" in types_of(schema)


def list_of(document: Document, schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a list holds, None for what is no list."""
    if "array" not in types_of(schema) and "items" not in schema:
        return None
    return merged(document, schema.get("items"))


def values(document: Document, schema: Any, *, to_write: bool = False) -> list[Prop]:
    """Return the single values in an object, those of its inner objects too; what cannot be told as one is left out."""
    found: dict[str, Prop] = {}
    begun = frozenset((_reference(schema),)) - {""}
    told = list(islice(_values(document, merged(document, schema), (), True, to_write, begun), MOST_PROPS))
    # What holds everything (`data`) says nothing in a name.
    around = (
        1 if len({prop.path[0] for prop in told}) == 1 and all(len(prop.path) > 1 for prop in told) else 0
    )
    for prop in told:
        name = identifier("_".join(prop.path[around:]))
        if name not in found:
            is_target = prop.is_target or bool(WHERE.search(name))
            found[name] = prop.model_copy(update={"name": name, "is_target": is_target})
    return list(found.values())


def _reference(schema: Any) -> str:
    return str(member(schema, "$ref") or "")


def _values(
    document: Document,
    schema: dict[str, Any],
    path: tuple[str, ...],
    is_needed: bool,
    to_write: bool,
    begun: frozenset[str],
) -> Iterator[Prop]:
    needed = {one for one in items(schema.get("required")) if isinstance(one, str)}
    properties = _dict(schema.get("properties"))
    deeper = []
    for key, told in properties.items():
        document.step()
        inner = merged(document, told)
        if to_write and inner.get("readOnly") is True:
            continue
        is_required = is_needed and key in needed
        one = value_of(document, key, inner, (*path, key), is_required)
        if one is not None:
            yield one
        elif is_object(inner) and len(path) + 1 < DEEPEST and _reference(told) not in begun:
            deeper.append((inner, (*path, key), is_required, begun | ({_reference(told)} - {""})))
    for inner, inner_path, is_required, known in deeper:
        yield from _values(document, inner, inner_path, is_required, to_write, known)


def value_of(
    document: Document, key: str, schema: dict[str, Any], path: tuple[str, ...], is_required: bool
) -> Prop | None:
    """Return a schema as one value, or as a list of simple ones; None for what is neither."""
    many = list_of(document, schema)
    told = schema if many is None else many
    if is_object(told) or (many is not None and list_of(document, many) is not None):
        return None
    if not types_of(told) and "enum" not in told and "format" not in told and "const" not in told:
        return None
    stated = items(told.get("enum")) if "enum" in told else ([told["const"]] if "const" in told else [])
    choices = tuple(dict.fromkeys(str(one) for one in stated if one is not None and one != ""))
    kind = _type(told, many is not None)
    if choices and len(choices) <= MOST_CHOICES and types_of(told) <= {"string"}:
        kind = "choices" if many is not None else "choice"
    else:
        choices = ()
    most = schema.get("maxLength")
    name = identifier("_".join(path[-1:]))
    return Prop(
        name=name,
        path=path,
        label=plain(member(schema, "title"), 80) or _words(key),
        type=kind,
        choices=choices,
        max_length=most if isinstance(most, int) and 0 < most < 10**9 and many is None else None,
        required=is_required,
        read_only=schema.get("readOnly") is True,
        many=many is not None,
        whole=types_of(told) == {"integer"},
        help=plain(member(schema, "description") or member(told, "description"), 200),
        is_target=bool(WHERE.search(name)) or kind in WHERE_TYPES,
        fixed=stated[0] if len(stated) == 1 and many is None else None,
    )


def _type(schema: dict[str, Any], is_list: bool) -> FieldType:
    types = types_of(schema)
    if types == {"boolean"}:
        return "yesno"
    if types and types <= {"integer", "number"}:
        return "text" if is_list else "number"
    return "text" if is_list else FORMATS.get(str(schema.get("format")), "text")


def identifier(text: str) -> str:
    """Return a name of the app's as one that fits behind `record.` and into a file: small letters and underscores."""
    name = words_in(text)[:60].strip("_")
    if not name or not name[0].isalpha():
        name = f"n_{name}".strip("_")
    return f"{name}_" if name in NOT_A_NAME or name.startswith("model_") else name


def words_in(text: str) -> str:
    """Return the words of a name, small and with underscores between them; of a very long one those it begins with."""
    # Cut off first: to look for words in a hundred thousand capitals takes a minute.
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text[:LONGEST_NAME])
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words)
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def _words(key: str) -> str:
    words = identifier(key).replace("_", " ").strip()
    return plain(words[:1].upper() + words[1:], 80) or "Value"

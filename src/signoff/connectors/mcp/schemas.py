"""
What a tool takes, as its server describes it in JSON Schema: the form to fill in, and what in it is no AI's to say.

A schema is a stranger's text. It is measured before it is read, and what could be made to take for ever is not run.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field as PydanticField
from pydantic import create_model

from signoff.connectors.base import Choice, Field, FieldType, Params, target
from signoff.connectors.mcp.speaking import in_header
from signoff.connectors.shapes import items
from signoff.core.json_schema import jsonschema

PARAM = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,80}")  # what may be the name of a header
DEEPEST = 24
MOST_PARAMS = 60
MOST_CHOICES = 200
# Words in the name of a parameter that says where something goes, or which thing it is.
WHERE = frozenset(
    [
        "to",
        "cc",
        "bcc",
        "id",
        "ids",
        "uid",
        "uuid",
        "guid",
        "key",
        "email",
        "mail",
        "recipient",
        "recipients",
        "contact",
        "contacts",
        "customer",
        "company",
        "deal",
        "owner",
        "user",
        "users",
        "account",
        "url",
        "uri",
        "urls",
        "uris",
        "link",
        "links",
        "href",
        "host",
        "hostname",
        "domain",
        "address",
        "addresses",
        "path",
        "paths",
        "file",
        "files",
        "filename",
        "folder",
        "directory",
        "channel",
        "channels",
        "chat",
        "room",
        "thread",
        "phone",
        "mobile",
        "repo",
        "repository",
        "project",
        "board",
        "database",
        "table",
        "bucket",
        "endpoint",
        "webhook",
        "callback",
        "target",
        "destination",
        "command",
        "cmd",
        "query",
        "sql",
        "script",
        "code",
    ]
)
ADDRESSES = ("email", "idn-email", "uri", "uri-reference", "iri", "url", "hostname", "ipv4", "ipv6", "uuid")
# Not held against an answer: a pattern of a stranger's can be made to take for ever, and a format is never certain.
LEFT_TO_THE_SERVER = (
    "pattern",
    "patternProperties",
    "format",
    "propertyNames",
    "$schema",
    "$id",
    "default",
    "examples",
)


def schema_fault(schema: Mapping[str, Any]) -> str:
    """Say in one sentence why what a tool takes cannot be filled in here, "" where it can. Never raises."""
    try:
        if _deep(schema) > DEEPEST:
            return "What it takes is described too deeply."
    except RecursionError:
        return "What is said of it cannot be read."
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or len(properties) > MOST_PARAMS:
        return f"It takes more than {MOST_PARAMS} values, or does not say which."
    strange = [one for one in properties if not PARAM.fullmatch(one) or hasattr(Params, one)]
    if strange:
        return f"It takes a value called “{plain(strange[0], 40)}”, which cannot be filled in here."
    unknown = [one for one in items(schema.get("required")) if one not in properties]
    if unknown:
        return "It wants a value that it does not describe."
    if any(isinstance(ref, str) and not ref.startswith("#") for ref in _all(schema, "$ref")):
        return "A part of what it takes is described at another address, which is not fetched."
    try:
        jsonschema.Draft202012Validator.check_schema(_held(schema))
    except (jsonschema.SchemaError, RecursionError):
        return "What it takes is not described as JSON Schema has it."
    return _headers_fault(schema)


def params_in(schema: Mapping[str, Any]) -> type[Params]:
    """Return the parameters of a tool as a model of their own."""
    return _params(canonical(schema))


def fields_in(schema: Mapping[str, Any]) -> list[Field]:
    """Return what a tool takes as fields: their types, lengths and choices, for the form of an answer."""
    required = items(schema.get("required"))
    found = []
    for name, told in _object(schema.get("properties")).items():
        inner = _one(told)
        choices = _choices(inner)
        length = inner.get("maxLength")
        found.append(
            Field(
                name,
                plain(inner.get("title"), 80) or name,
                "choice" if choices else _type(inner),
                max_length=length if isinstance(length, int) and length > 0 else None,
                choices=tuple(Choice(one, one) for one in choices),
                required=name in required,
            )
        )
    return found


def answer_for(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return an `answer:` for an integration file that a tool could be filled from, to begin with."""
    block: dict[str, dict[str, Any]] = {}
    for field in fields_in(schema):
        if is_where(field.name, _one(_object(schema.get("properties")).get(field.name))):
            continue
        kind = {"choice": "choice", "number": "number", "yesno": "yesno", "date": "date"}.get(
            field.type, "text"
        )
        block[field.name] = {"type": kind}
        if kind == "choice":
            block[field.name]["options"] = [one.value for one in field.choices]
        if kind == "text":
            block[field.name]["max"] = min(field.max_length or 1000, 20_000)
        if not field.required:
            block[field.name]["optional"] = True
    return block


def arguments_fault(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Return the name of a value that is not as the tool wants it, "" where all are. Patterns its server tests."""
    schema = _held(schema)
    if any(True for _ in _all(schema, "$ref")) or any(True for _ in _all(schema, "$dynamicRef")):
        return ""  # a schema that refers to itself can be made to take for ever
    try:
        error = next(jsonschema.Draft202012Validator(schema).iter_errors(dict(arguments)), None)
    except Exception:  # whatever a stranger's schema does to the validator: the server looks at it once more
        return ""
    if error is None:
        return ""
    return str(error.absolute_path[0]) if error.absolute_path else "its values together"


def headers_for(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers in which a tool wants some of its values repeated (`x-mcp-header`)."""
    found = {}
    for path, name, _kind in _marked(schema):
        value: Any = arguments
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            text = ("true" if value else "false") if isinstance(value, bool) else str(value)
            found[f"mcp-param-{name.lower()}"] = in_header(text)
    return found


def is_where(name: str, schema: Mapping[str, Any]) -> bool:
    """
    Say whether a value says where something goes or which thing is meant, so that no AI may fill it in.

    By its name and its format, also of what lies inside it. When in doubt it does.
    """
    if set(_words(name)) & WHERE or schema.get("format") in ADDRESSES:
        return True
    inner = [*_object(schema.get("properties")).items(), ("", _one(schema.get("items")))]
    parts = [(key, value) for key, value in inner if isinstance(value, dict) and value]
    return any(is_where(key, _one(value)) for key, value in parts)


def plain(text: Any, most: int) -> str:
    """Return a stranger's words as one line that can be shown: nothing that is not to be seen, nothing too long."""
    if not isinstance(text, str):
        return ""
    shown = re.sub(
        r"\s+", " ", "".join(one if one.isprintable() else " " for one in text[: most * 4])
    ).strip()
    return shown[:most] + ("…" if len(shown) > most else "")


def canonical(value: Any) -> str:
    """Return a value as the one text that it has, however its members were ordered."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=512)
def _params(schema: str) -> type[Params]:
    read = json.loads(schema)
    required = items(read.get("required"))
    fields: dict[str, Any] = {}
    properties = _object(read.get("properties"))
    # What must be there first, in its server's order; the database keeps no order of the rest.
    for name in dict.fromkeys([*required, *sorted(properties)]):
        inner = _one(properties.get(name))
        annotation = _annotation(inner)
        more: dict[str, Any] = {}
        length = inner.get("maxLength")
        if annotation is str and isinstance(length, int) and length > 0:
            more["max_length"] = length
        words = plain(inner.get("description"), 300) or f"What the tool calls {name}."
        make = target if is_where(name, inner) else PydanticField
        if name in required:
            fields[name] = (
                annotation,
                make(description=words, **more) if make is PydanticField else make(words, **more),
            )
        else:
            more["default"] = None
            declared = make(description=words, **more) if make is PydanticField else make(words, **more)
            fields[name] = (annotation | None, declared)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name like one of pydantic's own is no trouble here
        return create_model("ToolParams", __base__=Params, **fields)


def _annotation(schema: Mapping[str, Any]) -> Any:
    choices = _choices(schema)
    if choices:
        return Literal[tuple(choices)]
    kinds = {"string": str, "integer": int, "number": float, "boolean": bool}
    kind = schema.get("type")
    if kind == "array":
        return list[Any]
    if kind == "object":
        return dict[str, Any]
    return kinds.get(str(kind), str | int | float | bool | list[Any] | dict[str, Any])


def _type(schema: Mapping[str, Any]) -> FieldType:
    formats: dict[str, FieldType] = {"date": "date", "date-time": "datetime", "email": "email", "uri": "link"}
    kinds: dict[str, FieldType] = {"integer": "number", "number": "number", "boolean": "yesno"}
    # A stranger may say anything where a word belongs: a list, say, which is no key.
    return formats.get(str(schema.get("format"))) or kinds.get(str(schema.get("type"))) or "text"


def _choices(schema: Mapping[str, Any]) -> list[str]:
    values = items(schema.get("enum"))
    texts = [one for one in values if isinstance(one, str) and one and one.isprintable() and len(one) <= 200]
    return texts if texts and len(texts) == len(values) <= MOST_CHOICES else []


def _one(schema: Any) -> dict[str, Any]:
    """Return the description of one value; of several that it may be, the one beside null."""
    found = _object(schema)
    kinds = [one for one in items(found.get("type")) if one != "null"]
    if len(kinds) == 1:
        found = {**found, "type": kinds[0]}
    several = [one for one in items(found.get("anyOf")) if _object(one).get("type") != "null"]
    if "type" not in found and len(several) == 1:
        found = {**{k: v for k, v in found.items() if k != "anyOf"}, **_object(several[0])}
    return found


def _words(name: str) -> list[str]:
    return [one.lower() for one in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def _held(schema: Any) -> Any:
    """Return a schema without what is left to the server."""
    if isinstance(schema, dict):
        left = {
            k: v
            for k, v in schema.items()
            if k not in LEFT_TO_THE_SERVER or not isinstance(v, str | dict | list)
        }
        return {name: _inside(name, value) for name, value in left.items()}
    return [_held(one) for one in schema] if isinstance(schema, list) else schema


def _inside(keyword: str, value: Any) -> Any:
    if keyword in ("properties", "$defs", "definitions", "dependentSchemas") and isinstance(value, dict):
        return {name: _held(one) for name, one in value.items()}  # these are names, and no keywords
    return value if keyword in ("enum", "const", "required") else _held(value)


def _all(schema: Any, keyword: str) -> Iterator[Any]:
    if isinstance(schema, dict):
        if keyword in schema:
            yield schema[keyword]
        for value in schema.values():
            yield from _all(value, keyword)
    elif isinstance(schema, list):
        for value in schema:
            yield from _all(value, keyword)


def _marked(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Yield each value that is to be repeated in a header: where it lies, the header's name, its type."""
    for name, inner in _object(_object(schema).get("properties")).items():
        inner = _object(inner)
        if "x-mcp-header" in inner:
            yield (*path, name), str(inner["x-mcp-header"]), inner.get("type")
        yield from _marked(inner, (*path, name))


def _headers_fault(schema: Mapping[str, Any]) -> str:
    marked = list(_marked(schema))
    names = [name.lower() for _path, name, _kind in marked]
    good = all(TOKEN.fullmatch(n) and kind in ("string", "integer", "boolean") for _p, n, kind in marked)
    everywhere = sum(1 for _ in _all(schema, "x-mcp-header"))
    if not good or len(set(names)) != len(names) or everywhere != len(marked):
        return "It wants a value in a header in a way that the protocol does not allow."
    return ""


def _deep(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_deep, value.values()), default=0)
    return 1 + max(map(_deep, value), default=0) if isinstance(value, list) else 0


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

"""The page of all calls of the REST API, from its OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from signoff.api.rights import Token
from signoff.api.v1 import api
from signoff.site.manual.markdown import WRITTEN, code, table

HEAD = """# Every call of the REST API

From the OpenAPI document that a running Signoff gives out at `/api/v1/openapi.json`, with the right that a token needs.
Every answer may also be a problem document (RFC 9457) with a status of 4xx or 5xx. [REST API and webhooks](../api.md)
says what each is for.

"""
Schemas = Mapping[str, Mapping[str, Any]]


def page() -> str:
    """Return the page: the calls by the first word of their address."""
    document = api.get_openapi_schema()
    schemas: Schemas = document["components"]["schemas"]
    rights = _rights()
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            group = path.removeprefix("/api/v1/").partition("/")[0].partition(".")[0]
            groups.setdefault(group, []).append(_call(f"{method.upper()} {path}", call, schemas, rights))
    return WRITTEN + HEAD + "".join(f"## {name}\n\n{''.join(groups[name])}" for name in sorted(groups))


def _rights() -> dict[str, str]:
    """Return the rights of which a token needs one, by the call."""
    found: dict[str, str] = {}
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            parts = ["api/v1", *(part.strip("/") for part in (prefix, path) if part.strip("/"))]
            address = "/" + re.sub(r"{\w+:", "{", "/".join(parts))
            for operation in view.operations:
                guards: list[Any] = [*operation.auth_callbacks] or [router.auth]
                tokens = [one for guard in guards for one in getattr(guard, "several", [guard])]
                words = " or ".join(code(one.can) for one in tokens if isinstance(one, Token))
                found |= {f"{method} {address}": words for method in operation.methods}
    return found


def _call(name: str, call: Mapping[str, Any], schemas: Schemas, rights: Mapping[str, str]) -> str:
    parts = [f"### {name}\n\n{call.get('summary', '')}. Needs {rights[name]}.\n\n"]
    asked = [
        (
            code(one["name"]),
            one["in"],
            _type(one["schema"], schemas),
            _default(one["schema"], one["required"]),
        )
        for one in call.get("parameters", [])
    ]
    parts.append(table(["Parameter", "In", "Value", "Left out"], asked))
    for kind, body in call.get("requestBody", {}).get("content", {}).items():
        schema = _found(body["schema"], schemas)
        rows = [(code(field), *rest) for field, *rest in _fields(schema, schemas)]
        parts.append(table([f"Field of the body ({kind})", "Value", "Left out"], rows))
    good = [status for status in map(str, call["responses"]) if status < "3"]
    for status in good:
        for kind, body in (
            call["responses"].get(status, call["responses"].get(int(status), {})).get("content", {}).items()
        ):
            if kind.endswith("json"):
                parts.append(f"{status}: {_type(body['schema'], schemas)}.\n\n")
    if good and not any(part.startswith(tuple(good)) for part in parts):
        parts.append(f"{', '.join(good)}: nothing, or a file.\n\n")
    return "".join(parts)


def _fields(schema: Mapping[str, Any], schemas: Schemas) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        yield name, _type(field, schemas), _default(field, name in required)


def _found(schema: Mapping[str, Any], schemas: Schemas) -> Mapping[str, Any]:
    """Return a schema itself, where it is named, or is one of several with null."""
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return _found(option, schemas)
    reference = schema.get("$ref")
    return schemas[reference.rpartition("/")[2]] if reference else schema


def _type(schema: Mapping[str, Any], schemas: Schemas) -> str:
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(_type(one, schemas) for one in options))
    if "$ref" in schema:
        named = schemas[schema["$ref"].rpartition("/")[2]]
        if named.get("type") == "object":
            return f"{{{', '.join(code(name) for name in named.get('properties', {}))}}}"
        return _type(named, schemas)
    if "enum" in schema or "const" in schema:
        return ", ".join(
            code(one) if one != "" else "empty" for one in schema.get("enum", [schema.get("const")])
        )
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"a list of {_type(schema.get('items', {}), schemas)}"
    if kind == "object":
        return "an object"
    return " ".join([str(kind), *(_bounds(schema))])


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    if "format" in schema:
        yield f"({schema['format']})"
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None and most < 2**53:
        yield f"{least if least is not None else ''}…{most}"


def _default(schema: Mapping[str, Any], required: bool) -> str:
    if required:
        return "must be there"
    value = schema.get("default")
    return "" if value is None or value in ("", [], {}) else code(value)

"""
A contract that is a plain JSON Schema (draft 7 or 2020-12), judged by the library `jsonschema`.

Formats are checked. References stay inside the schema, the registry handed in, and JSON Schema's own
metaschemas: nothing is fetched. A reference that leads nowhere is a fault of the contract, found at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any

from jsonschema_specifications import REGISTRY as OWN_SCHEMAS  # type: ignore[import-untyped]  # it has no types
from referencing import Registry, Resource, exceptions
from referencing.jsonschema import DRAFT7, DRAFT202012

from signoff.core.json_schema import jsonschema
from signoff.outputs.choice import Choice
from signoff.outputs.contract import Contract, ContractField
from signoff.outputs.faults import ContractFault, Notes, kind_of, shown
from signoff.outputs.formats import FORMATS_7, FORMATS_2020, REGEX_ONLY
from signoff.outputs.parsing import DEEPEST
from signoff.outputs.patterns import python_pattern

MOST_FAULTS = 20

_DRAFT_7 = ("http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema")
_DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {"string": "text", "integer": "number", "number": "number", "boolean": "yesno", "array": "rows"}
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class SchemaContract(Contract):
    """A JSON Schema as a contract. Raises `ContractFault` for a schema that is not one, or not complete."""

    tolerant = False

    def __init__(self, schema: Any, registry: Registry[Any] | None = None) -> None:
        if not isinstance(schema, bool | Mapping):
            raise ContractFault([("", "a JSON Schema is an object, or true or false")])
        _refuse_what_json_cannot_say(schema, "", 0)
        known = OWN_SCHEMAS.combine(registry) if registry is not None else OWN_SCHEMAS
        validator_class, specification, formats = _dialect(schema, known)
        metaschema = validator_class(
            validator_class.META_SCHEMA, registry=OWN_SCHEMAS, format_checker=REGEX_ONLY
        )
        _raise_if(_metaschema_problems(metaschema, schema))
        _raise_if(_dangling(specification.create_resource(schema), known))
        self._schema = schema
        in_python = _with_python_patterns(schema, specification)
        self._validator = validator_class(in_python, registry=known, format_checker=formats)

    @property
    def schema(self) -> dict[str, Any]:
        if isinstance(self._schema, bool):
            return {} if self._schema else {"not": {}}
        return dict(self._schema)

    @property
    def fields(self) -> tuple[ContractField, ...]:
        properties = self.schema.get("properties", {})
        required = self.schema.get("required", ())
        return tuple(_field(name, one, name in required) for name, one in properties.items())

    def describe(self) -> str:
        text = json.dumps(self._schema, ensure_ascii=False, indent=1)
        return f"Answer with one JSON value that is valid by this JSON Schema, and nothing else:\n{text}"

    def fit(self, value: Any, notes: Notes) -> Any:
        try:
            for error in islice(self._validator.iter_errors(value), MOST_FAULTS):
                notes.fault(_place(error.absolute_path), *_in_words(error))
        except RecursionError:
            notes.fault("", "or its contract is nested too deep to be checked", "a flat answer")
        except Exception as wrong:
            # A library's slip (say, over a number beyond a float) must hold the answer, not crash.
            notes.fault("", f"could not be checked ({type(wrong).__name__})", "an answer that can be checked")
        return value

    def canonical(self) -> Any:
        return {"form": "schema", "schema": self._schema}


def _dialect(schema: Any, known: Registry[Any]) -> tuple[Any, Any, Any]:
    """Return the validator class, the reference rules and the formats that a schema's `$schema` asks for."""
    named = schema.get("$schema", _DRAFT_2020) if isinstance(schema, Mapping) else _DRAFT_2020
    plain = named.removesuffix("#") if isinstance(named, str) else ""
    if plain in _DRAFT_7:
        return jsonschema.Draft7Validator, DRAFT7, FORMATS_7
    if plain != _DRAFT_2020:
        return _with_vocabulary(plain, known), DRAFT202012, FORMATS_2020
    return jsonschema.Draft202012Validator, DRAFT202012, FORMATS_2020


def _with_vocabulary(uri: str, known: Registry[Any]) -> Any:
    """Return a 2020-12 validator with the keywords of someone's own metaschema in the registry."""
    try:
        own = known.contents(uri)
        vocabulary = own["$vocabulary"] if uri not in OWN_SCHEMAS else {}
    except (KeyError, TypeError, exceptions.Unresolvable):
        vocabulary = {}
    if not vocabulary:
        raise ContractFault([("$schema", f"{shown(uri, 80)} is not draft 7 or 2020-12")])
    keywords: set[str] = set()
    for name, needed in vocabulary.items():
        part = name.replace("/vocab/", "/meta/")
        if part in OWN_SCHEMAS:
            keywords.update(OWN_SCHEMAS.contents(part).get("properties", ()))
        elif needed:
            raise ContractFault(
                [("$schema", f"needs the vocabulary {shown(name, 80)}, which is not known here")]
            )
    base = jsonschema.Draft202012Validator
    kept = {name: check for name, check in base.VALIDATORS.items() if name in keywords}
    return jsonschema.validators.create(
        meta_schema=base.META_SCHEMA,
        validators=kept,
        type_checker=base.TYPE_CHECKER,
        format_checker=FORMATS_2020,
        id_of=DRAFT202012.id_of,  # type: ignore[arg-type]  # the stubs forget that a schema may have no id
    )


def _metaschema_problems(metaschema: Any, schema: Any) -> list[tuple[str, str]]:
    try:
        errors = list(islice(metaschema.iter_errors(schema), MOST_FAULTS))
    except RecursionError:
        return [("", "is nested too deep")]
    return [(_place(error.absolute_path), f"is not JSON Schema: {error.message[:200]}") for error in errors]


def _dangling(resource: Resource[Any], known: Registry[Any]) -> list[tuple[str, str]]:
    """Return the references that lead nowhere."""
    found: list[tuple[str, str]] = []
    pending = [(resource, known.resolver_with_root(resource))]
    while pending:
        one, resolver = pending.pop()
        if isinstance(one.contents, Mapping):
            for keyword in ("$ref", "$dynamicRef"):
                reference = one.contents.get(keyword)
                if not isinstance(reference, str):
                    continue
                try:
                    resolver.lookup(reference)
                except (exceptions.Unresolvable, ValueError, TypeError):
                    found.append(
                        (keyword, f"{shown(reference, 80)} leads nowhere; nothing is fetched from elsewhere")
                    )
        pending += [(sub, resolver.in_subresource(sub)) for sub in one.subresources()]
    return found


def _with_python_patterns(schema: Any, specification: Any) -> Any:
    """Return a copy of a schema whose patterns mean in Python what they mean in JSON Schema."""
    copy = deepcopy(schema)
    pending = [specification.create_resource(copy)]
    while pending:
        one = pending.pop()
        pending += one.subresources()
        if not isinstance(one.contents, dict):
            continue
        if isinstance(one.contents.get("pattern"), str):
            one.contents["pattern"] = python_pattern(one.contents["pattern"])
        named = one.contents.get("patternProperties")
        if isinstance(named, dict):
            one.contents["patternProperties"] = {python_pattern(name): item for name, item in named.items()}
    return copy


def _raise_if(problems: Sequence[tuple[str, str]]) -> None:
    if problems:
        raise ContractFault(problems)


def _refuse_what_json_cannot_say(value: Any, at: str, depth: int) -> None:
    """Raise `ContractFault` for what YAML or Python can hold and JSON cannot: a date, a number as a name."""
    if depth > DEEPEST:
        raise ContractFault([("", "is nested too deep")])
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str):
                raise ContractFault([(at, f"the name {shown(name)} is not a text; put quotes around it")])
            _refuse_what_json_cannot_say(item, f"{at}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for item in value:
            _refuse_what_json_cannot_say(item, at, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ContractFault([(at, "is not a finite number")])
    elif value is not None and not isinstance(value, bool | int | float | str):
        raise ContractFault([(at, f"{shown(str(value))} is not a text or number; put quotes around it")])


def _field(name: str, schema: Any, required: bool) -> ContractField:
    schema = schema if isinstance(schema, Mapping) else {}
    types = schema.get("type")
    names = [types] if isinstance(types, str) else [one for one in types or () if one != "null"]
    allowed = [one for one in schema.get("enum", ()) if isinstance(one, str)]
    kind = "choice" if allowed else _TYPES.get(names[0] if names else "", "text")
    most = next((schema[limit] for limit in ("maxLength", "maxItems", "maximum") if limit in schema), None)
    title = schema.get("title")
    label = title if isinstance(title, str) and title else name
    return ContractField(name, kind, most, tuple(Choice(one, one) for one in allowed), required, label)


def _place(path: Iterable[str | int]) -> str:
    """Return a path as people read it: `items[2].price`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _in_words(error: Any) -> tuple[str, str]:
    """Return what came and what was expected, from a library's error."""
    value, wanted, keyword = error.instance, error.validator_value, error.validator
    size = len(value) if isinstance(value, str | list | dict) else 0
    match keyword:
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return f"is {kind_of(value)}", " or ".join(_WORDS.get(name, name) for name in names)
        case "required":
            missing = next(_missing(value, wanted, error.message), "a field")
            return f"lacks {missing}", f"{', '.join(map(str, wanted))}"
        case "enum":
            return (
                f"is {shown(value)}, which is not a choice",
                f"one of {', '.join(_short(one) for one in wanted[:50])}",
            )
        case "const":
            return f"is {shown(value)}", f"exactly {_short(wanted)}"
        case "minLength" | "maxLength":
            return (
                f"has {size} characters",
                f"at {'least' if keyword == 'minLength' else 'most'} {wanted} characters",
            )
        case "minItems" | "maxItems":
            return f"has {size} items", f"at {'least' if keyword == 'minItems' else 'most'} {wanted} items"
        case "minimum" | "maximum":
            return f"is {shown(value)}", f"at {'least' if keyword == 'minimum' else 'most'} {wanted}"
        case "exclusiveMinimum" | "exclusiveMaximum":
            return (
                f"is {shown(value)}",
                f"{'more' if keyword == 'exclusiveMinimum' else 'less'} than {wanted}",
            )
        case "format":
            return f"is {shown(value)}", f"the form “{wanted}”"
        case "pattern":
            return f"is {shown(value)}", "text of the pattern that the contract names"
        case "multipleOf":
            return f"is {shown(value)}", f"a multiple of {wanted}"
        case "uniqueItems":
            return "has an item twice", "each item once"
        case "additionalProperties" | "unevaluatedProperties" | "propertyNames":
            return "has a field that is not allowed", "only the fields of the contract"
        case "anyOf" | "oneOf":
            return (
                "fits not exactly one of the forms allowed"
                if keyword == "oneOf"
                else "fits none of the forms allowed",
                (f"one of {len(wanted)} forms"),
            )
        case None:
            return "is not allowed here", "nothing"
    return f"breaks the rule “{keyword}”", f"{keyword}: {_short(wanted)}"


def _missing(value: Any, wanted: Sequence[str], message: str) -> Iterator[str]:
    """Yield the field that one "required" error is about: the library has one error for each."""
    return (name for name in wanted if name not in value and message.startswith(repr(name)))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"

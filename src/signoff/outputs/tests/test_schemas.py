"""
Plain JSON Schema. The official suite (json-schema-org/JSON-Schema-Test-Suite) is not part of this repository:
with its folder in JSON_SCHEMA_SUITE, the last test runs every required test of draft 7 and 2020-12.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7, DRAFT202012

from signoff.outputs.contract import Contract, ContractFault
from signoff.outputs.judge import Accepted, Faulty, judge
from signoff.outputs.patterns import python_pattern

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "title": "Full name"},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "mail": {"type": "string", "format": "email"},
        "kind": {"enum": ["lead", "customer"]},
    },
    "required": ["name", "kind"],
    "additionalProperties": False,
}


def accepts(schema: Any, value: Any) -> bool:
    return isinstance(judge(Contract.from_json_schema(schema), json.dumps(value)), Accepted)


def test_a_valid_answer_is_accepted_as_it_is() -> None:
    value = {"name": "Ada", "age": 36.0, "kind": "lead", "mail": "ada@example.test"}

    assert judge(Contract.from_json_schema(PERSON), json.dumps(value)) == Accepted(value)


@pytest.mark.parametrize(
    ("value", "field", "what", "expected"),
    [
        ({"kind": "lead"}, "", "lacks name", "name, kind"),
        ({"name": "", "kind": "lead"}, "name", "has 0 characters", "at least 1 characters"),
        ({"name": "a", "kind": "x"}, "kind", "is “x”, which is not a choice", 'one of "lead", "customer"'),
        ({"name": "a", "kind": "lead", "age": "3"}, "age", "is text", "a whole number"),
        ({"name": "a", "kind": "lead", "age": 131}, "age", "is “131”", "at most 130"),
        ({"name": "a", "kind": "lead", "mail": "a@"}, "mail", "is “a@”", "the form “email”"),
        (
            {"name": "a", "kind": "lead", "x": 1},
            "",
            "has a field that is not allowed",
            "only the fields of the contract",
        ),
        ([], "", "is a list", "an object"),
    ],
)
def test_a_fault_is_told_in_words(value: Any, field: str, what: str, expected: str) -> None:
    verdict = judge(Contract.from_json_schema(PERSON), json.dumps(value))

    assert isinstance(verdict, Faulty)
    assert (verdict.faults[0].field, verdict.faults[0].what, verdict.faults[0].expected) == (
        field,
        what,
        expected,
    )


@pytest.mark.parametrize(
    ("text", "repaired"),
    [("[1, 2]", False), ("```json\n[1, 2]\n```", True), ("Here: [1, 2].", True), ("\ufeff[1, 2]", True)],
)
def test_only_what_stands_around_the_value_is_repaired(text: str, repaired: bool) -> None:
    assert judge(Contract.from_json_schema({"type": "array"}), text) == Accepted(
        [1, 2], repaired, ANY_REPAIRS
    )


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANY_REPAIRS: Any = _Any()


@pytest.mark.parametrize(
    "text", ["[1, 2,]", "{'a': 1}", "[1] [2]", "[True]", "[NaN]", "1 2", "yes", '{"a": 1, "a": 2}']
)
def test_slips_of_writing_are_not_repaired(text: str) -> None:
    assert isinstance(judge(Contract.from_json_schema(True), text), Faulty)


def test_the_draft_is_chosen_by_the_schema() -> None:
    tuple_of_7 = {"items": [{"type": "string"}], "additionalItems": False}

    assert not accepts({"$schema": DRAFT_7, **tuple_of_7}, ["a", 1])
    assert not accepts({"prefixItems": [{"type": "string"}], "items": False}, ["a", 1])


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "strong"}, "type"),
        ({"properties": {"a": {"minimum": "1"}}}, "properties.a.minimum"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "$schema"),
        ({"$schema": 3}, "$schema"),
        ({"$ref": "#/$defs/missing"}, "$ref"),
        ({"$ref": "https://example.test/other.json"}, "$ref"),
        ({"properties": {"a": {"$ref": "other.json"}}}, "$ref"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": "(?P<python>x)"}, "pattern"),
        ({"const": float("inf")}, "const"),
        ({"properties": {1: True}}, "properties"),
        (["type"], ""),
        (json.loads('{"not":' * 120 + "{}" + "}" * 120), ""),
    ],
)
def test_a_wrong_schema_is_told_with_its_place(schema: Any, place: str) -> None:
    with pytest.raises(ContractFault) as caught:
        Contract.from_json_schema(schema)

    assert caught.value.problems[0][0] == place


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("the network was used"))

    with pytest.raises(ContractFault, match="nothing is fetched"):
        Contract.from_json_schema({"$ref": "http://localhost:1234/integer.json"})


def test_a_reference_may_lead_into_the_registry_handed_in_and_to_the_metaschemas() -> None:
    registry = Registry().with_resource(
        "https://a.test/i", Resource.from_contents({"type": "integer"}, DRAFT202012)
    )
    contract = Contract.from_json_schema({"$ref": "https://a.test/i"}, registry)

    assert isinstance(judge(contract, "1"), Accepted)
    assert isinstance(judge(contract, '"x"'), Faulty)
    assert not accepts({"$ref": "https://json-schema.org/draft/2020-12/schema"}, {"type": "strong"})


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"anyOf": [{"$ref": "#"}]}, {"multipleOf": 1e-308}])
@pytest.mark.parametrize("text", ["1", "1e308", "9" * 4000, "[" * 99 + "]" * 99])
def test_what_cannot_be_checked_never_crashes(schema: Any, text: str) -> None:
    judge(Contract.from_json_schema(schema), text)


def test_an_endless_schema_accepts_nothing() -> None:
    assert not accepts({"$ref": "#"}, 1)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("email", '"joe bloggs"@example.com', "user1@oceania.org, user2@oceania.org"),
        ("idn-email", "실례@실례.테스트", "@example.com"),
        ("date", "2028-02-29", "2026-02-29"),
        ("date-time", "1998-12-31T23:59:60Z", "1985-04-12T23:20:50Z\n"),
        ("time", "08:30:06+00:20", "08:30:06"),
        ("duration", "P4DT12H30M5S", "P1Y2D"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1_380"),
        ("hostname", "www.example.com", "example.com\n"),
        ("idn-hostname", "실례.테스트", "example。"),
        ("ipv4", "192.168.0.1", "192.168.0.256"),
        ("ipv6", "::1", "12345::"),
        ("uri", "https://example.test/?q=a#b", "//example.test"),
        ("iri", "http://ƒøø.ßår/?∂éœ=πîx#πîüx", "http:// x"),
        ("iri-reference", "/âππ", "\\\\WINDOWS\\filëßåré"),
        ("uri-template", "http://a.test/{term:1}/{term}", "http://a.test/{term:1}/{term"),
        ("json-pointer", "/foo/~0~1", "/foo/~2"),
        ("relative-json-pointer", "100/foo", "01/a"),
        ("regex", "^(?<year>\\d{4})$", "^(abc]"),
    ],
)
def test_formats_are_checked(name: str, good: str, bad: str) -> None:
    assert accepts({"format": name}, good)
    assert not accepts({"format": name}, bad)
    assert accepts({"format": name}, 3)


@pytest.mark.parametrize(
    ("pattern", "matches", "does_not"),
    [
        (r"^\d+$", "12", "৪২"),
        (r"^a$", "a", "a\n"),
        (r"^\w+$", "az_9", "é"),
        (r"^\S$", "x", "\ufeff"),
        (r"^\p{Letter}+$", "Ünï", "a1"),
        (r"^\P{Lu}$", "a", "A"),
        (r"^[^\W\d]$", "a", "1"),
        (r"^[\s\S]$", "\n", "ab"),
        (r"^.$", "a", "\r"),
        (r"^[a\]b-d]$", "]", "e"),
        (r"^(?<x>a)\k<x>$", "aa", "a"),
        (r"^(a)\1$", "aa", "ab"),
        (r"^\cA\x41\u{42}\uD83D\uDE00$", "\x01AB😀", "A"),
        (r"^[^]$", "\n", ""),
        (r"^\/\-$", "/-", "/"),
        (r"\bx\b", "éx", "ax"),
    ],
)
def test_patterns_mean_what_json_schema_means(pattern: str, matches: str, does_not: str) -> None:
    assert accepts({"pattern": pattern}, matches)
    assert not accepts({"pattern": pattern}, does_not)
    assert not accepts({"patternProperties": {pattern: False}}, {matches: 1})


@pytest.mark.parametrize(
    "pattern", [r"\a", r"\Z", "(?i)a", "(?#x)", "[", r"\p{Script=Greek}", "[b-a]", r"\u{110000}", "a**"]
)
def test_a_pattern_that_json_schema_or_python_does_not_have_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        python_pattern(pattern)


def test_pages_get_the_fields_of_a_schema() -> None:
    name, age, mail, kind = Contract.from_json_schema(PERSON).fields

    assert (name.label, name.type, name.required) == ("Full name", "text", True)
    assert (age.type, age.max, age.required) == ("number", 130, False)
    assert mail.type == "text"
    assert [one.value for one in kind.choices] == ["lead", "customer"]


def test_the_slow_libraries_are_not_loaded() -> None:
    code = (
        "import sys, signoff.outputs.schemas; print(sorted({'lark', 'arrow', 'django'} & set(sys.modules)))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


SUITE = os.environ.get("JSON_SCHEMA_SUITE", "")


@pytest.mark.long
@pytest.mark.skipif(not SUITE, reason="JSON_SCHEMA_SUITE does not name the folder of the official suite")
@pytest.mark.parametrize(
    ("draft", "uri", "rules"), [("draft7", DRAFT_7, DRAFT7), ("draft2020-12", None, DRAFT202012)]
)
def test_the_official_suite_passes(draft: str, uri: str | None, rules: Any) -> None:
    """
    All required tests but "… is only an annotation by default": we check formats, 2020-12 leaves it open.

    The schemas the suite serves from localhost:1234 come from its `remotes` folder, by a registry.
    """
    remotes = _remotes(Path(SUITE) / "remotes", draft, rules)
    wrong, count = [], 0

    for file in sorted((Path(SUITE) / "tests" / draft).glob("*.json")):
        for group in json.loads(file.read_text("utf-8")):
            schema = group["schema"]
            if uri and isinstance(schema, dict):
                schema = {"$schema": uri, **schema}
            contract = Contract.from_json_schema(schema, remotes)
            for case in group["tests"]:
                if "only an annotation" in case["description"]:
                    continue
                count += 1
                verdict = judge(contract, json.dumps(case["data"]))
                if (verdict == Accepted(case["data"])) is not case["valid"]:
                    wrong.append((file.name, group["description"], case["description"]))

    assert not wrong
    assert count > 900


def _remotes(folder: Path, draft: str, rules: Any) -> Registry[Any]:
    found: Registry[Any] = Registry()
    for file in folder.rglob("*.json"):
        name = file.relative_to(folder).as_posix()
        if not name.startswith(("draft", "v1")) or name.startswith(draft):
            resource = Resource.from_contents(json.loads(file.read_text("utf-8")), rules)
            found = found.with_resource(f"http://localhost:1234/{name}", resource)
    return found

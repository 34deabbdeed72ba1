"""What a contract asks for, and how a wrong one is told."""

from __future__ import annotations

from typing import Any

import pytest

from signoff.outputs.contract import TYPES, Choice, Contract, ContractFault
from signoff.outputs.judge import Accepted, judge

LEAD = {
    "subject": {"type": "text", "max": 78},
    "body": {"type": "text", "max": 1200},
    "intent": {"type": "choice", "from": "hubspot-main.contact.lead_intent"},
    "due": {"type": "date", "optional": True},
}
INTENTS = {"hubspot-main.contact.lead_intent": [Choice("pricing", "Pricing"), Choice("support", "Support")]}

EVERY_TYPE: dict[str, Any] = {
    "text": "text",
    "choice": {"type": "choice", "options": ["a", "b"]},
    "choices": {"type": "choices", "options": ["a", "b"]},
    "number": "number",
    "money": {"type": "money", "currency": "EUR"},
    "date": "date",
    "datetime": "datetime",
    "yesno": "yesno",
    "email": "email",
    "phone": "phone",
    "link": "link",
    "rows": {"type": "rows", "columns": {"name": "text", "count": {"type": "number", "optional": True}}},
}


def problems_of(block: Any, choices: Any = None) -> list[tuple[str, str]]:
    with pytest.raises(ContractFault) as caught:
        Contract.from_answer(block, choices)
    return caught.value.problems


def test_choices_come_from_the_app_field_that_the_block_names() -> None:
    contract = Contract.from_answer(LEAD, INTENTS)

    assert contract.schema["properties"]["intent"]["enum"] == ["pricing", "support"]
    assert contract.fields[2].choices == tuple(INTENTS["hubspot-main.contact.lead_intent"])


def test_the_example_set_has_every_type() -> None:
    assert set(EVERY_TYPE) == set(TYPES)


@pytest.mark.parametrize("name", EVERY_TYPE)
@pytest.mark.parametrize("optional", [False, True])
def test_every_type_asks_within_the_safest_strict_subset(name: str, optional: bool) -> None:
    given = EVERY_TYPE[name]
    block = {"field": {**(given if isinstance(given, dict) else {"type": given}), "optional": optional}}

    schema = Contract.from_answer(block).schema

    assert_strict(schema)
    assert schema["required"] == ["field"]
    kinds = schema["properties"]["field"]["type"]
    assert ("null" in kinds) is optional


def assert_strict(schema: dict[str, Any]) -> None:
    assert set(schema) <= {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "description",
    }
    if "properties" in schema:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        for one in schema["properties"].values():
            assert_strict(one)
    if "items" in schema:
        assert_strict(schema["items"])


def test_more_choices_than_a_strict_schema_holds_are_only_described() -> None:
    options = [f"option {number}" for number in range(300)]

    contract = Contract.from_answer({"which": {"type": "choice", "options": options}})

    assert "enum" not in contract.schema["properties"]["which"]
    assert isinstance(judge(contract, '{"which": "option 299"}'), Accepted)


def test_the_description_names_every_field_with_its_limits() -> None:
    text = Contract.from_answer(LEAD, INTENTS).describe()

    assert "- subject: text, at most 78 characters" in text
    assert "- intent: one of pricing (Pricing), support (Support)" in text
    assert "- due: a date as YYYY-MM-DD, or null" in text


def test_fields_tell_a_page_what_it_needs() -> None:
    labelled = {**LEAD, "subject": {"type": "text", "max": 78, "label": "Subject line"}}

    subject, _, _, due = Contract.from_answer(labelled, INTENTS).fields

    assert (subject.name, subject.type, subject.max, subject.label) == ("subject", "text", 78, "Subject line")
    assert subject.required
    assert not due.required


def test_the_hash_is_stable_and_changes_with_every_limit_and_choice() -> None:
    same = Contract.from_answer(LEAD, INTENTS).hash
    tighter = Contract.from_answer({**LEAD, "subject": {"type": "text", "max": 77}}, INTENTS).hash
    relabelled = {
        "hubspot-main.contact.lead_intent": [Choice("pricing", "Price"), Choice("support", "Support")]
    }

    assert Contract.from_answer(dict(LEAD), INTENTS).hash == same
    assert (
        Contract.from_answer({"a": "text"}).hash
        == "08bf4841fc7a750e3d80c4c01433a70f0fe9a4adf92a8e06875deafe04e0951a"
    )
    assert len({same, tighter, Contract.from_answer(LEAD, relabelled).hash}) == 3


def test_unsure_is_one_more_choice_and_is_told_apart() -> None:
    contract = Contract.from_answer(
        {"intent": {"type": "choice", "options": ["hot", "cold"], "unsure": True}}
    )

    assert contract.schema["properties"]["intent"]["enum"] == ["hot", "cold", "unsure"]
    assert contract.unsure({"intent": "unsure"}) == ("intent",)
    assert contract.unsure({"intent": "hot"}) == ()


def test_unsure_in_a_row_is_told_with_its_place() -> None:
    kind = {"type": "choice", "options": ["tea", "cake"], "unsure": True}
    contract = Contract.from_answer({"items": {"type": "rows", "columns": {"what": "text", "kind": kind}}})
    rows = [{"what": "a", "kind": "tea"}, {"what": "b", "kind": "unsure"}]

    assert contract.unsure({"items": rows}) == ("items[1].kind",)


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ({}, ""),
        ([], ""),
        ({"a": {"type": "txt"}}, "a.type"),
        ({"a": {}}, "a.type"),
        ({"a": 3}, "a"),
        ({"a": {"type": "text", "maxx": 3}}, "a.maxx"),
        ({"a": {"type": "text", "max": -1}}, "a.max"),
        ({"a": {"type": "text", "max": "78"}}, "a.max"),
        ({"a": {"type": "text", "max": True}}, "a.max"),
        ({"a": {"type": "text", "min": 5, "max": 3}}, "a.min"),
        ({"a": {"type": "text", "format": "rtf"}}, "a.format"),
        ({"a": {"type": "text", "optional": "yes"}}, "a.optional"),
        ({"a": {"type": "number", "min": float("nan")}}, "a.min"),
        ({"a": {"type": "choice"}}, "a"),
        ({"a": {"type": "choice", "options": []}}, "a.options"),
        ({"a": {"type": "choice", "options": ["x", "x"]}}, "a.options"),
        ({"a": {"type": "choice", "options": [True, False]}}, "a.options[0]"),
        ({"a": {"type": "choice", "options": ["x"], "from": "c.o.f"}}, "a"),
        ({"a": {"type": "choice", "from": "c.o.f"}}, "a.from"),
        ({"a": {"type": "money"}}, "a.currency"),
        ({"a": {"type": "money", "currency": "€"}}, "a.currency"),
        ({"a": {"type": "datetime", "zone": "Berlin"}}, "a.zone"),
        ({"a": {"type": "phone", "country": "Germany"}}, "a.country"),
        ({"a": {"type": "rows"}}, "a.columns"),
        ({"a": {"type": "rows", "columns": {"b": {"type": "rows"}}}}, "a.columns.b.type"),
        ({"not a name": "text"}, "not a name"),
        ({True: "text"}, "True"),
        ({"a": "text", "A": "text"}, "A"),
        ({f"f{n}": "text" for n in range(101)}, ""),
    ],
)  # fmt: skip
def test_a_wrong_block_is_told_with_its_place(block: Any, path: str) -> None:
    assert path in [place for place, _ in problems_of(block)]


def test_every_problem_is_told_at_once() -> None:
    found = problems_of({"a": {"type": "txt"}, "b": {"type": "text", "max": -1}, "c": {"type": "choice"}})

    assert [path for path, _ in found] == ["a.type", "b.max", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "answer:\n  subject: {type: text, max: 78}",
        "subject: {type: text, max: 78}",
        '{"subject": {"type": "text", "max": 78}}',
        '{"answer": {"subject": {"type": "text", "max": 78}}}',
        "name: x\nrecord: {from: y}\nanswer: {subject: {type: text, max: 78}}",
        "\ufeffsubject: {type: text, max: 78}",
    ],
)
def test_an_answer_block_is_known_alone_under_its_name_and_in_a_whole_file(text: str) -> None:
    assert Contract.load(text).hash == Contract.from_answer({"subject": {"type": "text", "max": 78}}).hash


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "{}",
        '{"type": "object", "properties": {"a": {"type": "string"}}}',
        '{"$schema": "http://json-schema.org/draft-07/schema#"}',
        '{"type": "number"}',
        '{"items": {"type": "number"}}',
        '{"enum": [1, 2]}',
        "type: object\nproperties: {a: {type: string}}",
        '{"type": "object", "properties": {"answer": {"type": "string"}}}',
    ],
)
def test_a_json_schema_is_known_by_its_words(text: str) -> None:
    assert type(Contract.load(text)).__name__ == "SchemaContract"


def test_fields_named_like_words_of_json_schema_are_fields() -> None:
    assert [one.name for one in Contract.load("title: {type: text}\ndescription: {type: text}").fields] == [
        "title",
        "description",
    ]
    assert [one.name for one in Contract.load("answer: {items: {type: number}}").fields] == ["items"]
    assert [one.name for one in Contract.load("answer: {type: text}").fields] == ["answer"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "3",
        "[1]",
        "just words",
        '{"a": {"type": "string"}}',
        "a: {type: text}\na: {type: text, max: 3}",
        '{"a": {"type": "text"}, "a": {"type": "text", "max": 3}}',
        "a: &x {type: text}\nb: *x",
        "a: {type: text",
        "a: !!python/object/apply:os.system ['true']",
        "[" * 100_000,
        '{"a":' * 100_000,
        "a: {type: choice, options: [yes, no]}",
        "a: 2026-01-01\ntype: object",
    ],
)
def test_a_contract_that_cannot_be_read_for_certain_is_refused(text: str) -> None:
    with pytest.raises(ContractFault):
        Contract.load(text)

"""
What AIs really answered, judged: the practice AI with its mistakes, and a small real model (bench/real_answers.py).

Each line of `data/real_answers.jsonl` is `{"from", "contract", "enforced", "text"}`. `enforced`: with the schema.
Nothing was chosen or mended. The shares below are what was measured, so that a change of them is seen.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, Faulty, judge

FILE = Path(__file__).with_name("data") / "real_answers.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
PRACTICE, LOCAL = "practice", "SmolLM2-135M-Instruct"


def judged(row: dict[str, Any]) -> Accepted | Faulty:
    return judge(Contract.of(row["contract"]), row["text"])


def plainly(text: str) -> Any:
    """Return what any JSON parser reads in a text, None where it reads nothing."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return None


def without_null(value: Any) -> Any:
    """Return a value without the names that say nothing: an optional field that is null was left out."""
    if isinstance(value, dict):
        return {name: without_null(inner) for name, inner in value.items() if inner is not None}
    return [without_null(inner) for inner in value] if isinstance(value, list) else value


def as_asked(schema: dict[str, Any], value: Any) -> Any:
    """Return a value with null for each optional field that was left out: the schema asks for all by their names."""
    if isinstance(value, dict):
        named = {name: value.get(name) for name in schema.get("required", ())} | value
        return {
            name: as_asked(schema.get("properties", {}).get(name, {}), inner) for name, inner in named.items()
        }
    return [as_asked(schema.get("items", {}), inner) for inner in value] if isinstance(value, list) else value


def fits(contract: Contract, value: Any) -> bool:
    """Say whether an independent validator takes a value."""
    return bool(Draft202012Validator(contract.schema).is_valid(as_asked(contract.schema, value)))


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_an_answer_is_taken_as_it_is_or_marked_or_refused_with_its_faults(row):
    verdict = judged(row)

    if isinstance(verdict, Faulty):
        assert all(fault.what and fault.expected for fault in verdict.faults)
        assert verdict.faults
        return
    assert fits(Contract.of(row["contract"]), verdict.value)
    assert verdict.repaired == bool(verdict.repairs)
    if not verdict.repaired:
        assert without_null(plainly(row["text"])) == without_null(verdict.value)


def test_what_another_validator_would_take_is_refused_for_its_meaning_alone():
    """A schema knows no e-mail address from a letter; every other refusal is one of the independent validator too."""
    ours = []
    for row in ROWS:
        contract, value = Contract.of(row["contract"]), plainly(row["text"])
        verdict = judge(contract, row["text"])
        if isinstance(verdict, Faulty) and value is not None and fits(contract, value):
            kinds = {field.name: field.type for field in contract.fields}
            ours += [kinds[fault.field] for fault in verdict.faults]

    assert Counter(ours) == {"phone": 2, "email": 5, "date": 3}


def test_the_shares_are_what_was_measured():
    found: Counter[tuple[str, bool, str]] = Counter()
    for row in ROWS:
        verdict = judged(row)
        how = "refused" if isinstance(verdict, Faulty) else "repaired" if verdict.repaired else "taken"
        found[row["from"], row["enforced"], how] += 1

    assert dict(found) == {
        (PRACTICE, True, "taken"): 11,
        (PRACTICE, True, "repaired"): 8,
        (PRACTICE, True, "refused"): 17,
        (PRACTICE, False, "taken"): 2,
        (PRACTICE, False, "repaired"): 1,
        (PRACTICE, False, "refused"): 33,
        (LOCAL, True, "taken"): 5,
        (LOCAL, True, "refused"): 13,
        (LOCAL, False, "refused"): 18,
    }

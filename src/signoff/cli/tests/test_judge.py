from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

from signoff.cli.judge import judge_batch, judge_one
from signoff.outputs.faults import ContractFault

CONTRACT = "answer: {subject: {type: text, max: 5}}"


def test_a_verdict_has_the_promised_form() -> None:
    assert judge_one(CONTRACT, '{"subject": "Hi"}') == {
        "accepted": True,
        "value": {"subject": "Hi"},
        "repaired": False,
        "faults": [],
    }
    assert judge_one(CONTRACT, '{"subject": "Hello!"}') == {
        "accepted": False,
        "value": None,
        "repaired": False,
        "faults": [{"field": "subject", "what": "has 6 characters", "expected": "at most 5 characters"}],
    }


def test_bytes_that_are_no_text_are_a_fault_of_the_answer() -> None:
    assert judge_one(CONTRACT, b'{"subject": "\xff"}')["faults"][0]["what"] == "is not UTF-8 text"


def test_a_wrong_contract_is_wrong_usage() -> None:
    with pytest.raises(ContractFault, match=r"subject\.max"):
        judge_one("subject: {type: text, max: long}", "{}")


def test_a_batch_answers_each_line_in_order_whatever_it_holds() -> None:
    block = {"subject": {"type": "text", "max": 5}}
    lines = [
        {"id": 1, "contract": block, "answer": '{"subject": "Hi"}'},
        {"id": "two", "contract": CONTRACT, "answer": "```\n{'subject': 'Hi'}\n```"},
        {"id": 3, "contract": {"type": "array"}, "answer": "[1]"},
        {"id": 4, "contract": False, "answer": "1"},
        {"id": 5, "contract": {"subject": {"type": "txt"}}, "answer": "1"},
        {"id": 6, "contract": {"subject": {"type": "txt"}}, "answer": "2"},
        {"id": 7, "contract": block, "answer": {"subject": "Hi"}},
        {"id": 8, "contract": block},
        [1],
    ]

    found = [json.loads(one) for one in judge_batch([*map(json.dumps, lines), "", "{", "[" * 100_000])]

    assert [one["id"] for one in found] == [1, "two", 3, 4, 5, 6, 7, 8, None, None, None]
    assert [one.get("accepted") for one in found[:4]] == [True, True, True, False]
    assert [one["repaired"] for one in found[:4]] == [False, True, False, False]
    assert all(set(one) == {"id", "error"} for one in found[4:])


@pytest.mark.parametrize(
    "contract", [CONTRACT, '{"type": "object", "properties": {"subject": {"format": "iri"}}}']
)
def test_a_verdict_takes_half_a_second_with_the_interpreter(contract: str) -> None:
    code = (
        f"""from signoff.cli.judge import judge_one; print(judge_one({contract!r}, '{{"subject": "Hi"}}'))"""
    )
    took = []

    for _ in range(3):
        # What it computes, not what it waits for: other tests run beside this one.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert min(took) < 0.5

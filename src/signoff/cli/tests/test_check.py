"""What `signoff check` answers, for one answer and for many."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from signoff.cli.check import check_batch, check_one


def test_one_answer_is_checked_against_a_yaml_record(tmp_path: Path) -> None:
    record = tmp_path / "record.yaml"
    record.write_text("dentists: 8\nemployees: 12\n")

    result = check_one(record, None, "You have 12 dentists.")

    assert result == {
        "findings": [
            {
                "start": 9,
                "end": 20,
                "text": "12 dentists",
                "kind": "contradicts",
                "field": "dentists",
                "record_value": "8",
                "why": "The record says: Dentists 8.",
            }
        ]
    }


def test_facts_stand_behind_what_the_record_does_not_say(tmp_path: Path) -> None:
    record, facts = tmp_path / "record.json", tmp_path / "facts.yaml"
    record.write_text('{"name": "Dana"}')
    facts.write_text("price: €49 per month\n")

    assert check_one(record, facts, "Hi Dana, it is €49 per month.") == {"findings": []}


def test_a_record_that_is_not_json_is_refused_with_a_sentence(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text("{")

    with pytest.raises(ValueError, match="is not JSON"):
        check_one(record, None, "Hi")


def test_an_answer_that_was_cut_off_does_not_pass(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text('{"dentists": 8}')

    with pytest.raises(ValueError, match="begins as JSON and is none"):
        check_one(record, None, '{"body": "12 den')


def test_a_text_that_begins_with_a_brace_is_a_text(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text('{"dentists": 8}')

    assert check_one(record, None, "{Hello}, 12 dentists")["findings"]


def test_a_bad_line_does_not_stop_the_rest() -> None:
    lines = [
        '{"id": 1, "record": {"dentists": 8}, "answer": "12 dentists"}',
        "not JSON",
        '{"id": 3, "record": {}}',
        '{"id": 4, "record": {"dentists": 8}, "answer": {"body": "12 dentists"}}',
        '{"id": 5, "record": {"dentists": 8}, "answer": 7}',
    ]

    results = [json.loads(line) for line in check_batch(lines)]

    assert results[0]["findings"][0]["text"] == "12 dentists"
    assert results[1] == {"id": None, "error": results[1]["error"]}
    assert "no answer" in results[2]["error"]
    assert results[3]["findings"][0]["in"] == "body"
    assert "neither a text nor an object" in results[4]["error"]


def test_the_checks_load_no_framework() -> None:
    program = (
        "import sys; import signoff.cli.check; "
        "print(sorted(m for m in ('django', 'phonenumbers', 'dateutil', 'yaml', 'pydantic') if m in sys.modules))"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"

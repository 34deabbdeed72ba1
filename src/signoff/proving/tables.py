"""
Test cases as tables: one with the latest records to fill in the right answers, and those that people hand in.

A row is a record, its fields as columns by their names, and the right answer as "answer.subject" and so on.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.proving.models import Case
from signoff.runs import samples
from signoff.runs.receive import label_of, storable
from signoff.sheets import reading
from signoff.sheets.tables import Choices, TableRefused
from signoff.sheets.writing import Value, harmless

MOST_ROWS = 10_000
MOST_FILE_BYTES = 5_000_000
TO_FILL_IN = 20
ANSWER = "answer."
NEITHER = ("label", "reason")
WORKBOOK = b"PK\x03\x04"


class CasesRefused(Exception):
    """Nothing was kept; each of `faults` is a sentence with its line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Imported:
    """What a table became; `left_out` counts its rows without any answer."""

    cases: list[Case]
    left_out: int


@dataclass(frozen=True)
class ToFillIn:
    """A table of records whose right answers somebody fills in; `problem` says why an app could not be asked."""

    names: list[str]
    rows: list[list[Value]]
    problem: str


@dataclass(frozen=True)
class _Line:
    """One line of a file, read."""

    record: dict[str, Any]
    expected: dict[str, Any]
    label: str
    reason: str


# Those that are handed in


def import_table(integration: Integration, data: bytes, person: Person | None) -> Imported:
    """
    Return test cases from a table, CSV or Excel: the record's columns by their names, the answer's as "answer.subject".

    All rows that have an answer, or none: raises `CasesRefused` with what is wrong in which line.
    """
    if integration.current is None:
        raise CasesRefused([f"{integration.name} is empty. Apply its file first."])
    definition, contract = read_definition(integration.current)
    lines, left_out = _read(data, definition, contract)
    made = Case.objects.bulk_create(
        Case(
            integration=integration,
            label=(line.label or label_of(line.record))[:200],
            record=line.record,
            verdict=Case.Verdict.STATED,
            expected=line.expected,
            reason=line.reason[:200],
            made_by=person,
        )
        for line in lines
    )
    who, what = person or "command line", f"integration {integration.name}"
    note(who, "imported test cases", what, {"cases": len(made)})
    return Imported(made, left_out)


def _read(data: bytes, definition: Definition, contract: Contract) -> tuple[list[_Line], int]:
    names, given = _as_text(data) if data.startswith(WORKBOOK) or not _is_utf8(data) else _as_csv(data)
    faults = _faults_of_columns(names, definition, contract)
    if not given and not faults:
        faults.append("There is no line below the names of the columns.")
    if len(given) > MOST_ROWS:
        faults.append(f"There are more than {MOST_ROWS:,} lines. Divide the file.")
    if faults:
        raise CasesRefused(faults)
    lines: list[_Line] = []
    left_out = 0
    for number, values in given:
        if None not in values and not any(values[name] for name in names if name.startswith(ANSWER)):
            left_out += 1
            continue
        line, wrong = _line(values, contract)
        faults += [f"Line {number}: {fault}" for fault in wrong]
        lines.append(line)
    if not lines:
        faults = [f"No line has an answer yet. Fill in the columns that begin with “{ANSWER}”."]
    if faults:
        raise CasesRefused(faults[:50])
    return lines, left_out


Given = list[tuple[int, Mapping[Any, Any]]]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_csv(data: bytes) -> tuple[list[str], Given]:
    """Return the columns' names and the lines of a CSV text, each with its number."""
    text = data.decode("utf-8-sig").lstrip("\ufeff")
    if "\x00" in text:
        raise CasesRefused(["This is no text file."])
    first = text.splitlines()[:1]
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(first[0] if first else ""))
    try:
        lines: Given = list(enumerate(table, start=2))
    except csv.Error as error:
        raise CasesRefused([f"Line {table.line_num + 1}: this is no table ({error})."]) from None
    return [name for name in (table.fieldnames or []) if name], lines


def _as_text(data: bytes) -> tuple[list[str], Given]:
    """Return the columns' names and the rows of an Excel file, or of a text in another encoding than UTF-8."""
    try:
        layout = reading.look(data, Choices(header_row=1))
        rows = list(reading.rows(data, layout))
    except TableRefused as refused:
        raise CasesRefused([f"{refused.owner_message} {refused.next_step}".strip()]) from None
    filled: Given = [
        (row.number, dict(zip(layout.names, row.values, strict=True))) for row in rows if not row.is_empty
    ]
    return list(layout.names), filled


def _delimiter(first: str) -> str:
    """Return what divides the columns: spreadsheets in many countries write semicolons."""
    return max(",;\t", key=first.count)


def _faults_of_columns(names: Iterable[str], definition: Definition, contract: Contract) -> list[str]:
    names = list(names)
    answers = [name.removeprefix(ANSWER) for name in names if name.startswith(ANSWER)]
    known = {field.name for field in contract.fields}
    faults = [
        f"The answer has no “{name}”. It has: {', '.join(sorted(known))}."
        for name in answers
        if name not in known
    ]
    if not answers:
        faults.append(
            f"No column begins with “{ANSWER}”: which answer is right? For example {ANSWER}{min(known)}."
        )
    if not [name for name in names if not name.startswith(ANSWER) and name not in NEITHER]:
        faults.append("No column belongs to the record.")
    missing = [name for name in definition.record.fields if name not in names and "." not in name]
    if missing and len(missing) == len(definition.record.fields):
        faults.append(f"No column is one of the record's fields: {', '.join(missing)}.")
    return faults


def _line(given: Mapping[Any, Any], contract: Contract) -> tuple[_Line, list[str]]:
    if None in given or None in given.values():
        return _Line({}, {}, "", ""), ["it has not as many columns as the first line."]
    values = {name: storable(_as_meant(str(value))) for name, value in given.items() if name}
    record = {
        name.removeprefix("record."): value
        for name, value in values.items()
        if not name.startswith(ANSWER) and name not in NEITHER
    }
    answers = {
        name.removeprefix(ANSWER): value
        for name, value in values.items()
        if name.startswith(ANSWER) and value
    }
    kinds = {field.name: field.type for field in contract.fields}
    typed = {name: _typed(value, kinds[name]) for name, value in answers.items()}
    verdict = judge(contract, json.dumps(typed, ensure_ascii=False))
    label, reason = str(values.get("label", "")), str(values.get("reason", ""))
    if isinstance(verdict, Accepted):
        return _Line(record, verdict.value, label, reason), []
    return _Line(record, {}, label, reason), [
        f"{fault.field}: {fault.what}, {fault.expected}." for fault in verdict.faults
    ]


def _as_meant(text: str) -> str:
    """Return a cell without the apostrophe by which our own CSV files keep it from being a formula."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _typed(value: str, kind: str) -> Any:
    """Return a table's text as the JSON value it stands for, where the form of the answer wants no text."""
    if kind in ("number", "money", "choices", "rows", "yesno"):
        try:
            return json.loads(value)
        except ValueError:
            return {"yes": True, "no": False}.get(value.strip().lower(), value) if kind == "yesno" else value
    return value


# The one to fill in


def to_fill_in(integration: Integration, most: int = TO_FILL_IN) -> ToFillIn:
    """
    Return a table with the latest records of an integration, and empty columns for the right answers.

    Only what the AI may see of a record is in it. Reads an app that has not told us of them yet, and changes nothing.
    """
    if integration.current is None:
        raise CasesRefused([f"{integration.name} is empty. Apply its file first."])
    definition, contract = read_definition(integration.current)
    found = samples.latest_records(definition, integration, most)
    fields = list(definition.record.fields) or list(
        dict.fromkeys(name for one in found.records for name in one)
    )
    rows: list[list[Value]] = [
        [_cell(record.get(name)) for name in fields] + [""] * len(contract.fields) for record in found.records
    ]
    return ToFillIn([*fields, *(f"{ANSWER}{field.name}" for field in contract.fields)], rows, found.problem)


def _cell(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)

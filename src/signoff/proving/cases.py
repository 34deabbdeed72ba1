"""Where test cases come from: reviewed drafts, and files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.proving.models import Case
from signoff.review.models import Review
from signoff.runs.models import Run
from signoff.runs.receive import label_of, storable

MOST_ROWS = 10_000
MOST_FILE_BYTES = 5_000_000
ANSWER = "answer."
NEITHER = ("label", "reason")


class CasesRefused(Exception):
    """Nothing was kept; each of `faults` is a sentence with its line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Row:
    """One line of a file, read."""

    record: dict[str, Any]
    expected: dict[str, Any]
    label: str
    reason: str


def keep(review: Review, person: Person | None) -> Case | None:
    """
    Return the test case of a decided review, made if there is none; None where there is nothing to keep.

    An edit is the expected answer; a rejected draft keeps its reason. What was erased of a run cannot be kept.
    """
    case = _case_of(review, person)
    if case is None:
        return None
    if not case.is_kept:
        Case.everything.filter(pk=case.pk).update(is_kept=True, made_by=person)
        case.is_kept = True
        note(person or "command line", "kept as a test case", f"run {case.run_id}")
    return case


def last_reviewed(integration: Integration, most: int) -> list[Case]:
    """
    Return the latest decided reviews of an integration as cases, for a drill; they become no part of the test set.

    What is not kept for other reasons is forgotten by `forget_unkept`.
    """
    reviews = (
        Review.objects.filter(
            run__integration=integration, run__planted=False, state=Review.State.DECIDED, run__erased_at=None
        )
        .select_related("run")
        .order_by("-decided_at")[:most]
    )
    return [case for review in reviews if (case := _case_of(review, None)) is not None]


def forget_unkept(before: datetime) -> int:
    """
    Forget cases that were used in a drill last before this moment, or whose run was erased, with the answers to them.

    Returns how many.
    """
    over = Q(made_at__lt=before) | Q(run__erased_at__isnull=False)
    gone = Case.everything.filter(over, is_kept=False)
    count = gone.count()
    gone.delete()
    return count


def _case_of(review: Review, person: Person | None) -> Case | None:
    run = review.run
    if not is_decided(review):
        return None
    was_rejected = review.verdict == Review.Verdict.REJECTED
    case, _ = Case.everything.get_or_create(
        integration_id=run.integration_id,
        run=run,
        defaults={"record": run.record, "made_by": person, "is_kept": False},
    )
    case.label, case.verdict = run.label, review.verdict  # a decision may have been taken back and made anew
    case.expected = None if was_rejected else review.decided_content
    case.rejected = review.content if was_rejected else None
    case.reason = review.get_reason_display() if was_rejected else ""
    if not case.is_kept:
        case.made_at = clock.now()  # it is forgotten so long after its last use
    case.save(force_update=True)
    return case


def is_decided(review: Review) -> bool:
    """Say whether a person has decided on a review, and its record is still there."""
    return (
        review.state == Review.State.DECIDED
        and review.run.erased_at is None
        and bool(review.run.record)
        and not review.run.planted
    )


def can_keep(run: Run) -> bool:
    """Say whether a run can become a test case: a person has decided on it, and it is none yet."""
    decided = Review.objects.filter(run=run, state=Review.State.DECIDED).exists()
    return decided and run.erased_at is None and not run.planted and not Case.objects.filter(run=run).exists()


def keep_latest(integration: Integration, person: Person | None, most: int = 200) -> list[Case]:
    """Return the test cases of the integration's latest decided reviews, made where there were none."""
    reviews = (
        Review.objects.filter(
            run__integration=integration, run__planted=False, state=Review.State.DECIDED, run__erased_at=None
        )
        .exclude(run__cases__is_kept=True)
        .select_related("run")
        .order_by("-decided_at")[:most]
    )
    return [case for review in reviews if (case := keep(review, person)) is not None]


def remove_of(run_ids: Iterable[int]) -> int:
    """Remove the test cases of runs that were erased because somebody asked for it; returns how many."""
    gone = Case.everything.filter(run__in=list(run_ids), run__erased_at__isnull=False)
    count = gone.count()
    gone.delete()
    return count


def remove(rows: QuerySet[Case], person: Person | None) -> int:
    """Remove test cases, with the records that they hold and all answers to them; returns how many."""
    ids = list(rows.values_list("pk", flat=True))
    rows.delete()
    if ids:
        note(person or "command line", "removed test cases", f"{len(ids)} cases", {"cases": ids})
    return len(ids)


def import_csv(integration: Integration, text: str, person: Person | None) -> list[Case]:
    """
    Return test cases from a table: columns of the record by their names, of the answer as "answer.subject".

    All lines, or none: raises `CasesRefused` with what is wrong in which line.
    """
    if integration.current is None:
        raise CasesRefused([f"{integration.name} is empty. Apply its file first."])
    definition, contract = read_definition(integration.current)
    rows = _read(text, definition, contract)
    cases = Case.objects.bulk_create(
        Case(
            integration=integration,
            label=(row.label or label_of(row.record))[:200],
            record=row.record,
            verdict=Case.Verdict.STATED,
            expected=row.expected,
            reason=row.reason[:200],
            made_by=person,
        )
        for row in rows
    )
    note(
        person or "command line",
        "imported test cases",
        f"integration {integration.name}",
        {"cases": len(cases)},
    )
    return cases


def _read(text: str, definition: Definition, contract: Contract) -> list[Row]:
    if "\x00" in text:
        raise CasesRefused(["This is no text file."])
    first = text.lstrip("\ufeff").splitlines()[:1]
    table = csv.DictReader(
        io.StringIO(text.lstrip("\ufeff")), delimiter=_delimiter(first[0] if first else "")
    )
    try:
        lines = list(table)
    except csv.Error as error:
        raise CasesRefused([f"Line {table.line_num + 1}: this is no table ({error})."]) from None
    names = [name for name in (table.fieldnames or []) if name]
    faults = _faults_of_columns(names, definition, contract)
    if not lines and not faults:
        faults.append("There is no line below the names of the columns.")
    if len(lines) > MOST_ROWS:
        faults.append(f"There are more than {MOST_ROWS:,} lines. Divide the file.")
    if faults:
        raise CasesRefused(faults)
    rows = []
    for number, line in enumerate(lines, start=2):
        row, wrong = _row(line, contract)
        faults += [f"Line {number}: {fault}" for fault in wrong]
        rows.append(row)
    if faults:
        raise CasesRefused(faults[:50])
    return rows


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


def _row(line: Mapping[str, Any], contract: Contract) -> tuple[Row, list[str]]:
    if None in line or None in line.values():
        return Row({}, {}, "", ""), ["it has not as many columns as the first line."]
    values = {name: storable(str(value)) for name, value in line.items() if name}
    record = {
        name.removeprefix("record."): value
        for name, value in values.items()
        if not name.startswith(ANSWER) and name not in NEITHER
    }
    given = {
        name.removeprefix(ANSWER): value
        for name, value in values.items()
        if name.startswith(ANSWER) and value
    }
    kinds = {field.name: field.type for field in contract.fields}
    typed = {name: _typed(value, kinds[name]) for name, value in given.items()}
    verdict = judge(contract, json.dumps(typed, ensure_ascii=False))
    label, reason = str(values.get("label", "")), str(values.get("reason", ""))
    if isinstance(verdict, Accepted):
        return Row(record, verdict.value, label, reason), []
    return Row(record, {}, label, reason), [
        f"{fault.field}: {fault.what}, {fault.expected}." for fault in verdict.faults
    ]


def _typed(value: str, kind: str) -> Any:
    """Return a table's text as the JSON value it stands for, where the form of the answer wants no text."""
    if kind in ("number", "money", "choices", "rows", "yesno"):
        try:
            return json.loads(value)
        except ValueError:
            return {"yes": True, "no": False}.get(value.strip().lower(), value) if kind == "yesno" else value
    return value

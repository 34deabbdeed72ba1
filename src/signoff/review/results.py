"""
The results of an upload, as a table to take away: its own columns, then what became of each row.

An answer stands in it only once it was approved, or needed nobody: a draft that no person has signed goes nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone

from signoff.integrations.definition import definition_of
from signoff.review.models import Review
from signoff.runs.handing_in import layout_of
from signoff.runs.models import Run, Upload, UploadRow
from signoff.sheets.writing import Value

AT_ONCE = 500
BEFORE = ("Signoff state", "Signoff note")
AFTER = ("Decided by", "Decided at", "Signoff run")
RELEASED = ("approved", "delivering", "done", "uncertain")


def results(upload: Upload) -> tuple[list[str], Iterator[list[Value]]]:
    """
    Return the names of the columns and the rows, in the order of the file; rows that were left out are there too.

    Answer columns are those of every version that a row ran through, the newest first.
    """
    own = list(layout_of(upload).names)
    answers = _answer_fields(upload)
    names = [*own]
    for name in [*BEFORE, *answers.values(), *AFTER]:
        names.append(_distinct(name, names))
    return names, _rows(upload, len(own), list(answers))


def _answer_fields(upload: Upload) -> dict[str, str]:
    """Return the fields of the answers and their labels, in the order of the owner's file."""
    versions = Run.objects.filter(upload_rows__upload=upload).order_by().values_list("version_id", flat=True)
    ids = sorted(set(versions.distinct()), reverse=True)
    if not ids and upload.integration.current_id:
        ids = [upload.integration.current_id]
    found: dict[str, str] = {}
    for version_id in ids:
        definition, contract = definition_of(version_id)
        labels = {field.name: field.label for field in contract.fields}
        for name in definition.order or labels:
            found.setdefault(name, labels.get(name, name))
    return found


def _rows(upload: Upload, width: int, answers: Sequence[str]) -> Iterator[list[Value]]:
    last = 0
    while True:
        # By position and not by one long cursor: a download may take minutes, and holds no snapshot for that.
        some = list(
            upload.rows.filter(number__gt=last)
            .select_related("run__review__decided_by")
            .defer("run__timeline", "run__raw_answer", "run__findings", "run__record", "run__detail")
            .order_by("number")[:AT_ONCE]
        )
        for row in some:
            values = [str(value) for value in row.values[:width]]
            yield [*values, *[""] * (width - len(values)), *_became(row, answers)]
        if len(some) < AT_ONCE:
            return
        last = some[-1].number


def _became(row: UploadRow, answers: Sequence[str]) -> list[Value]:
    run = row.run
    if run is None or row.state == UploadRow.State.LEFT_OUT:
        return [row.get_state_display(), row.why, *[""] * (len(answers) + len(AFTER))]
    review: Review | None = getattr(run, "review", None)
    is_decided = review is not None and review.state == Review.State.DECIDED
    answer = _answer_of(run, review) or {}
    by = str(review.decided_by or "") if review and is_decided else ""
    at = review.decided_at if review and is_decided else None
    when = f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
    notes = " ".join(filter(None, (row.why, run.problem, run.next_step if run.problem else "")))
    return [
        str(run.get_state_display()),
        notes,
        *(_cell(answer.get(name)) for name in answers),
        by,
        when,
        run.pk,
    ]


def _answer_of(run: Run, review: Review | None) -> dict[str, Any] | None:
    """Return the answer that may leave: what a person approved, or what needed nobody."""
    if review is not None and review.state == Review.State.DECIDED:
        kept: dict[str, Any] | None = review.decided_content
        return None if review.verdict == Review.Verdict.REJECTED else kept
    released: dict[str, Any] | None = run.answer
    return released if review is None and run.state in RELEASED else None


def _cell(value: Any) -> Value:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _distinct(name: str, taken: Sequence[str]) -> str:
    """Return a column's name, told apart from the ones that the file has."""
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name} ({count})"
    return found

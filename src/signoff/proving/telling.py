"""Test cases and tests as JSON data, the same for a command and a program."""

from __future__ import annotations

from typing import Any

from signoff.proving import prove
from signoff.proving.models import Case, Proof, Replay


def case_document(case: Case) -> dict[str, Any]:
    """Return a test case as JSON data."""
    return {
        "id": case.pk,
        "run": case.run_id,
        "label": case.label,
        "verdict": case.verdict,
        "reason": case.reason or None,
        "record": case.record,
        "expected": case.expected,
    }


def proof_document(proof: Proof) -> dict[str, Any]:
    """
    Return a test with the figures of each candidate and what came of each case, as far as it has come.

    `ok`: it is over, every case could be asked, and no condition holds against the integration, or, where models were
    given in place of its own, against one of them.
    """
    found = prove.outcomes(proof)
    best = prove.cheapest(found) if len(found) > 1 else None
    return {
        "proof": proof.pk,
        "integration": proof.integration.name,
        "state": proof.state,
        "ok": prove.is_passed(proof, found),
        "fail_on": proof.fail_on,
        "candidates": [
            {**one.candidate, **one.figures.as_document(), "passes": one.passes, "failed_on": one.failed_on}
            for one in found
        ],
        "cheapest_that_passes": best.candidate["label"] if best else None,
        "rows": [_row(proof, row) for row in proof.replays.select_related("case")],
    }


def _row(proof: Proof, row: Replay) -> dict[str, Any]:
    return {
        "case": row.case_id,
        "label": row.case.label,
        "verdict": row.case.verdict,
        "candidate": proof.candidates[row.candidate]["label"],
        "state": row.state,
        "error": row.is_error,
        "unfit": [f"{fault['field']}: {fault['what']}" for fault in row.faults],
        "flagged": [finding["text"] for finding in row.findings],
        "wrong": row.wrong,
        "repeated": row.repeats,
        "closeness": row.closeness,
        "cost_micros": row.cost_micros,
        "seconds": row.seconds,
        "problem": row.problem or None,
    }

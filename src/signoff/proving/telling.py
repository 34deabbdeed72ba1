"""Test cases and tests as JSON data, the same for a command and a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signoff.integrations.models import Integration
from signoff.proving import prove
from signoff.proving.expecting import Expected
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


def plan_document(integration: Integration, planned: prove.Plan, told: Sequence[Expected]) -> dict[str, Any]:
    """Return what a test would take and cost, before anybody begins it; `cost_micros` sums up what has a price."""
    return {
        "integration": integration.name,
        "cases": len(planned.cases),
        "answers": sum(one.answers for one in told),
        "cost_micros": sum(one.cost_micros or 0 for one in told),
        "without_price": [one.candidate["model"] for one in told if one.cost_micros is None],
        "fail_on": planned.fail_on,
        "candidates": [one.as_document() for one in told],
    }


def proof_document(proof: Proof) -> dict[str, Any]:
    """
    Return a test with the figures of each candidate and what came of each case, as far as it has come.

    `ok`: it is over, every case could be asked, and no condition holds against the integration, or, where models were
    given in place of its own, against one of them. `cheapest_that_passes` is null where there was nothing to pass.
    """
    found = prove.outcomes(proof)
    best = prove.cheapest(found) if len(found) > 1 and proof.fail_on else None
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


def why(row: Replay) -> list[str]:
    """Return in sentences what is wrong with one answer, for a terminal; empty where nothing is."""
    if row.state == Replay.State.FAILED:
        return [row.problem]
    said = [f"{fault['field'] or 'the answer'} {fault['what']}" for fault in row.faults]
    said += [f"“{one['text']}”: {one['why']}" if one["text"] else one["why"] for one in row.findings]
    said += [f"{name} is another than was approved" for name in row.wrong]
    if row.repeats:
        said.append(f"it says again what was rejected ({row.case.reason or 'no reason given'})")
    return [one.rstrip(".") for one in said]

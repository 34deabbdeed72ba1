"""How an integration stands, as the commands and the API tell it."""

from __future__ import annotations

from typing import Any

from signoff.review.certificates import Standing
from signoff.review.models import Certificate


def as_document(standing: Standing) -> dict[str, Any]:
    """Return a standing as plain data; rates, bounds and limits are shares from 0 to 1."""
    found = standing.evidence
    print_ = standing.fingerprint
    return {
        "integration": standing.integration.name,
        "state": "on autopilot" if standing.on_autopilot else "offered" if standing.offered else "measuring",
        "reviews": found.n,
        "errors": found.k,
        "rate": found.rate,
        "between": list(found.interval) if found.interval else None,
        "upper_bound": found.bound,
        "limit": standing.limit if standing.wanted else None,
        "audit": standing.audit if standing.wanted else None,
        "clean_reviews_needed": standing.more_needed,
        "passed_over": found.passed_over,
        "flagged": found.flagged,
        "reworded": found.reworded,
        "overruled": found.overruled,
        "rejected_for": found.reasons,
        "errors_by_kind": found.changes,
        "weeks": [{"begins_on": w.begins_on.isoformat(), "reviews": w.n, "errors": w.k} for w in found.weeks],
        "fingerprint": print_.hash if print_ else None,
        "model": print_.parts["model"] if print_ else None,
        "certificate": _certificate(standing.active, standing) if standing.active else None,
        "last_ended": _ended(standing.last) if standing.last else None,
    }


def _certificate(one: Certificate, standing: Standing) -> dict[str, Any]:
    return {
        "signed_by": str(one.signed_by) if one.signed_by else None,
        "signed_at": one.signed_at.isoformat(),
        "reviews": one.n,
        "errors": one.k,
        "upper_bound": one.bound,
        "went_out": standing.unattended,
        "audited": len(standing.audited),
        "audited_wrong": sum(standing.audited),
        "over": standing.over or None,
    }


def _ended(one: Certificate) -> dict[str, Any]:
    ended_at = one.ended_at.isoformat() if one.ended_at else None
    return {"state": one.state, "ended_at": ended_at, "ended_by": one.ended_by or None, "why": one.why}

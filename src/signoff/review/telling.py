"""How an integration stands, as the commands and the API tell it."""

from __future__ import annotations

from typing import Any

from signoff.review import breakdown, warm
from signoff.review.certificates import Standing
from signoff.review.models import Certificate


def as_document(standing: Standing, *, with_people: bool = False) -> dict[str, Any]:
    """
    Return a standing as plain data; rates, bounds and limits are shares from 0 to 1.

    `with_people`: also what each reviewer decided and missed, which is an owner's business.
    """
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
        "errors_by_field": found.fields,
        "unread": found.unread,
        "planted": _planted(standing),
        "by_model": [_line(one, "model") for one in breakdown.by_model(standing.integration)],
        "by_reviewer": [_reviewer(one) for one in breakdown.by_reviewer(standing.integration)]
        if with_people
        else [],
        "before": _line(earlier, "model") if (earlier := warm.before(standing)) else None,
        "replayed": {"records": told.n, "otherwise": told.k, "test": told.proof_id}
        if (told := warm.of(standing))
        else None,
        "weeks": [{"begins_on": w.begins_on.isoformat(), "reviews": w.n, "errors": w.k} for w in found.weeks],
        "fingerprint": print_.hash if print_ else None,
        "model": print_.parts["model"] if print_ else None,
        "certificate": _certificate(standing.active, standing) if standing.active else None,
        "last_ended": _ended(standing.last) if standing.last else None,
    }


def _planted(standing: Standing) -> dict[str, Any] | None:
    """Return what planted drafts say in the time that is measured, None where nothing is asked of them."""
    seen = standing.evidence.planted
    return {"share": seen.rate, "decided": seen.n, "missed": seen.missed} if seen else None


def _line(one: breakdown.Line, name: str) -> dict[str, Any]:
    return {
        name: one.of, "reviews": one.n, "errors": one.k, "rate": one.share,
        "between": list(one.interval) if one.interval else None,
    }  # fmt: skip


def _reviewer(one: breakdown.Reviewer) -> dict[str, Any]:
    return {
        "name": one.name, "decided": one.decided, "unread": one.unread, "planted": one.planted.n,
        "missed": one.planted.k, "missed_between": list(one.planted.interval) if one.planted.interval else None,
    }  # fmt: skip


def _certificate(one: Certificate, standing: Standing) -> dict[str, Any]:
    return {
        "signed_by": str(one.signed_by) if one.signed_by else None,
        "signed_at": one.signed_at.isoformat(),
        "reviews": one.n,
        "errors": one.k,
        "upper_bound": one.bound,
        "planted": one.planted,
        "missed": one.missed,
        "went_out": standing.unattended,
        "audited": len(standing.audited),
        "audited_wrong": sum(standing.audited),
        "over": standing.over or None,
    }


def _ended(one: Certificate) -> dict[str, Any]:
    ended_at = one.ended_at.isoformat() if one.ended_at else None
    return {"state": one.state, "ended_at": ended_at, "ended_by": one.ended_by or None, "why": one.why}

"""
What people decided on an integration's drafts, taken apart: by model, by who decided, and all of it as one table.

For reading; nothing is decided by these. By model counts every version there was, so that it shows what a change did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from signoff.integrations.models import Integration
from signoff.review.certificates import Standing
from signoff.review.evidence import wilson
from signoff.review.models import Planted, Review

COLUMNS = ("by", "of", "drafts", "wrong", "share", "from", "to")


@dataclass(frozen=True)
class Line:
    """`k` of `n` were wrong (or missed)."""

    of: str
    n: int
    k: int
    first_on: date | None = None
    last_on: date | None = None

    @property
    def share(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.n, self.k) if self.n else None


@dataclass(frozen=True)
class Reviewer:
    """One person: drafts decided, approvals that nobody can have read, planted drafts and how many were missed."""

    name: str
    decided: int
    unread: int
    planted: Line


def by_model(integration: Integration) -> list[Line]:
    """Return how often drafts of each model were wrong, whatever else was different; the latest first."""
    rows = (
        _decided(integration)
        .filter(flagged=False)
        .exclude(is_error=None)
        .values("run__model")
        .annotate(n=Count("pk"), k=Count("pk", filter=Q(is_error=True)))
        .annotate(first=Min("decided_at"), last=Max("decided_at"))
        .order_by("-last")
    )
    return [
        Line(row["run__model"] or "?", row["n"], row["k"], _day(row["first"]), _day(row["last"]))
        for row in rows
    ]


def by_reviewer(integration: Integration) -> list[Reviewer]:
    """Return what each person decided, and what planted drafts say of them; who decided most first."""
    decided = (
        _decided(integration)
        .values("decided_by", "decided_by__name", "decided_by__email")
        .annotate(n=Count("pk"), unread=Count("pk", filter=Q(unread=True)))
    )
    planted = (
        Planted.objects.filter(integration=integration)
        .exclude(decided_at=None)
        .values("decided_by")
        .annotate(n=Count("pk"), missed=Count("pk", filter=Q(noticed=False)))
    )
    seen = {row["decided_by"]: (row["n"], row["missed"]) for row in planted}
    found = []
    for row in decided:
        name = row["decided_by__name"] or row["decided_by__email"] or "–"
        found.append(
            Reviewer(name, row["n"], row["unread"], Line(name, *seen.get(row["decided_by"], (0, 0))))
        )
    return sorted(found, key=lambda one: -one.decided)


def missed(integration: Integration) -> Line:
    """Return how many planted drafts there were in all, and how many were missed."""
    rows = Planted.objects.filter(integration=integration).exclude(decided_at=None)
    return Line("", rows.count(), rows.filter(noticed=False).count())


def as_table(standing: Standing, *, with_people: bool) -> Iterator[Sequence[Any]]:
    """Yield all that is known as rows of `COLUMNS`; people only where whoever asks may see them."""
    found = standing.evidence
    yield _row("all", "as it is made now", Line("", found.n, found.k))
    for week in found.weeks:
        yield _row("week", week.begins_on.isoformat(), Line("", week.n, week.k))
    for line in by_model(standing.integration):
        yield _row("model", line.of, line)
    for by, counted in (
        ("rejected for", found.reasons),
        ("edited", found.changes),
        ("field", found.fields),
    ):
        for of, count in counted.items():
            yield _row(by, of, Line("", found.n, count))
    yield _row("planted, missed", "everybody", missed(standing.integration))
    for one in by_reviewer(standing.integration) if with_people else ():
        yield _row("planted, missed", one.name, one.planted)
        yield _row("decided too fast to be read", one.name, Line("", one.decided, one.unread))


def _decided(integration: Integration) -> Any:
    return Review.objects.filter(
        run__integration=integration, run__replay_of=None, run__planted=False, state=Review.State.DECIDED
    ).exclude(fingerprint="")


def _row(by: str, of: str, line: Line) -> tuple[Any, ...]:
    low, high = line.interval or (None, None)
    return (
        by,
        of,
        line.n,
        line.k,
        *(None if one is None else round(one, 6) for one in (line.share, low, high)),
    )


def _day(moment: Any) -> date:
    return timezone.localtime(moment).date()

"""How many drafts wait for a person, and what this person decided last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.decide import UNDO_FOR
from signoff.review.inbox import Wanted, waiting_for
from signoff.review.models import Review
from signoff.web.words import named

LAST = "last_decision"  # of the session: the number of a draft, or the numbers of those approved together
MOST_COUNTED = 999  # above, the menu says "999+": counting ten thousand rows on every page helps nobody


def waiting_count(person: Person, wanted: Wanted | None = None) -> int:
    """Return how many wait, at most one more than is ever shown."""
    return waiting_for(person, wanted)[: MOST_COUNTED + 1].count()


@dataclass(frozen=True)
class Toast:
    """The last decision, or those that were made together, while it can still be taken back; `undo` is where."""

    undo: str
    sentence: str
    seconds_left: int


def remember(request: HttpRequest, review: Review) -> None:
    """Keep which draft this person decided last, for the notice with Undo."""
    request.session[LAST] = review.pk


def remember_together(request: HttpRequest, reviews: Sequence[Review]) -> None:
    """Keep which drafts this person approved together."""
    request.session[LAST] = [review.pk for review in reviews]


def decided_together(request: HttpRequest) -> list[int]:
    """Return the numbers of the drafts that this person approved together last; none once that is forgotten."""
    last = request.session.get(LAST)
    return last if isinstance(last, list) else []


def forget(request: HttpRequest) -> None:
    """Take the notice away."""
    request.session.pop(LAST, None)


def last_decision(request: HttpRequest, person: Person) -> Toast | None:
    """Return the last decision of this person if it can still be undone."""
    if LAST not in request.session:
        return None
    now = clock.now()
    together = decided_together(request)
    if together:
        return _last_together(request, person, together)
    decided = Q(state=Review.State.DECIDED, decided_by=person, undo_until__gt=now)
    first = Q(state=Review.State.WAITING, first_by=person, first_at__gt=now - UNDO_FOR)
    rows = Review.objects.select_related("run__integration").only(
        "state", "verdict", "undo_until", "first_at", "run__label", "run__integration__name"
    )
    review = rows.filter(decided | first, pk=request.session[LAST]).first()
    until = None if review is None else review.undo_until or (review.first_at and review.first_at + UNDO_FOR)
    if review is None or until is None:
        forget(request)
        return None
    seconds = _seconds_until(until)
    who = review.run.label or named(review.run.integration.name)
    if review.state == Review.State.WAITING:
        sentence = _("Approved. Somebody else has to approve it for %(who)s as well.") % {"who": who}
    elif review.verdict == Review.Verdict.REJECTED:
        sentence = _("Rejected. Nothing was sent for %(who)s.") % {"who": who}
    else:
        sentence = _("Approved. It leaves for %(who)s in %(n)s s.") % {"who": who, "n": seconds}
    return Toast(f"/review/{review.pk}/undo/", sentence, seconds)


def _last_together(request: HttpRequest, person: Person, ids: Sequence[int]) -> Toast | None:
    """Return what was approved together, as far as it can still be undone."""
    rows = Review.objects.filter(pk__in=ids, state=Review.State.DECIDED, decided_by=person)
    left = rows.filter(undo_until__gt=clock.now()).aggregate(n=Count("pk"), first=Min("undo_until"))
    if not left["n"]:
        forget(request)
        return None
    seconds = _seconds_until(left["first"])
    sentence = ngettext(
        "%(n)s draft is approved. It leaves in %(s)s s.",
        "%(n)s drafts are approved. The first leaves in %(s)s s.",
        left["n"],
    ) % {"n": left["n"], "s": seconds}  # fmt: skip
    return Toast("/review/together/undo/", sentence, seconds)


def _seconds_until(moment: datetime) -> int:
    return max(1, round((moment - clock.now()).total_seconds()))

"""How many drafts wait for a person, and what this person decided last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.decide import UNDO_FOR
from signoff.review.inbox import Wanted, waiting_for
from signoff.review.models import Review
from signoff.web.words import named

LAST = "last_decision"
MOST_COUNTED = 999  # above, the menu says "999+": counting ten thousand rows on every page helps nobody


def waiting_count(person: Person, wanted: Wanted | None = None) -> int:
    """Return how many wait, at most one more than is ever shown."""
    return waiting_for(person, wanted)[: MOST_COUNTED + 1].count()


@dataclass(frozen=True)
class Toast:
    """The last decision while it can still be taken back."""

    review_id: int
    sentence: str
    seconds_left: int


def remember(request: HttpRequest, review: Review) -> None:
    """Keep which draft this person decided last, for the notice with Undo."""
    request.session[LAST] = review.pk


def forget(request: HttpRequest) -> None:
    """Take the notice away."""
    request.session.pop(LAST, None)


def last_decision(request: HttpRequest, person: Person) -> Toast | None:
    """Return the last decision of this person if it can still be undone."""
    if LAST not in request.session:
        return None
    now = clock.now()
    decided = Q(state=Review.State.DECIDED, decided_by=person, undo_until__gt=now)
    first = Q(state=Review.State.WAITING, first_by=person, first_at__gt=now - UNDO_FOR)
    rows = Review.objects.select_related("run__integration")
    review = rows.filter(decided | first, pk=request.session[LAST]).first()
    until = None if review is None else review.undo_until or (review.first_at and review.first_at + UNDO_FOR)
    if review is None or until is None:
        forget(request)
        return None
    seconds = max(1, round((until - now).total_seconds()))
    who = review.run.label or named(review.run.integration.name)
    if review.state == Review.State.WAITING:
        sentence = _("Approved. Somebody else has to approve it for %(who)s as well.") % {"who": who}
    elif review.verdict == Review.Verdict.REJECTED:
        sentence = _("Rejected. Nothing was sent for %(who)s.") % {"who": who}
    else:
        sentence = _("Approved. It leaves for %(who)s in %(n)s s.") % {"who": who, "n": seconds}
    return Toast(review.pk, sentence, seconds)

"""Which drafts wait for a person, and what this person decided last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.models import Review
from signoff.web.words import named

LAST = "last_decision"
MOST_COUNTED = 999  # above, the menu says "999+": counting ten thousand rows on every page helps nobody


def waiting_for(person: Person) -> QuerySet[Review]:
    """Return the drafts that wait for this person, the oldest first; the same rule as `decide.may_decide`."""
    waiting = Review.objects.filter(state=Review.State.WAITING).order_by("id")
    groups = [group.strip() for group in person.groups_csv.split(",") if group.strip()]
    if person.role in (Person.Role.OWNER, Person.Role.BUILDER) or not groups:
        return waiting
    mine = Q(by=[])
    for group in groups:
        mine |= Q(by__contains=[group])
    return waiting.filter(mine)


def waiting_count(person: Person) -> int:
    """Return how many wait, at most one more than is ever shown."""
    return waiting_for(person)[: MOST_COUNTED + 1].count()


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
    review = (
        Review.objects.select_related("run__integration")
        .filter(pk=request.session[LAST], state=Review.State.DECIDED, decided_by=person, undo_until__gt=now)
        .first()
    )
    if review is None or review.undo_until is None:
        forget(request)
        return None
    seconds = max(1, round((review.undo_until - now).total_seconds()))
    who = review.run.label or named(review.run.integration.name)
    if review.verdict == Review.Verdict.REJECTED:
        sentence = _("Rejected. Nothing was sent for %(who)s.") % {"who": who}
    else:
        sentence = _("Approved. It leaves for %(who)s in %(n)s s.") % {"who": who, "n": seconds}
    return Toast(review.pk, sentence, seconds)

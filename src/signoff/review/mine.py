"""What a person may see: of runs and their pictures, all, or as a reviewer what they decided on."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from signoff.accounts.models import Person
from signoff.review.inbox import reviews_of
from signoff.review.models import Review
from signoff.runs.models import Picture, Run


def runs_of(person: Person) -> QuerySet[Run]:
    """Return the runs a person may see: all, or for a reviewer the ones they decided on."""
    runs = Run.objects.all()
    if person.may("see"):
        return runs
    return runs.filter(pk__in=Review.objects.filter(decided_by=person).values("run"))


def pictures_of(person: Person, run_id: int) -> QuerySet[Picture]:
    """Return the pictures of a run that a person may see; those beside a draft that waits, whoever may decide on it."""
    waits = Q(run__state=Run.State.WAITING, run__in=reviews_of(person).values("run"))
    mine = Q(run__in=runs_of(person).filter(pk=run_id))
    return Picture.objects.filter(waits | mine, run_id=run_id)

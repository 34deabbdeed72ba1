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


def looked_at_by(person: Person) -> QuerySet[Run]:
    """Return the runs beside whose draft a person may look: those they may see, and what waits for them to decide."""
    waits = Q(state=Run.State.WAITING, pk__in=reviews_of(person).values("run"))
    return Run.objects.filter(waits | Q(pk__in=runs_of(person).values("pk")))


def pictures_of(person: Person, run_id: int) -> QuerySet[Picture]:
    """Return the pictures of a run that a person may see; those beside a draft that waits, whoever may decide on it."""
    return Picture.objects.filter(run__in=looked_at_by(person).filter(pk=run_id))

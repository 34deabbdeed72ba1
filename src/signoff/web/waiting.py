"""The list of the drafts that wait, beside the one that is open: only what it shows is read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Func, IntegerField, QuerySet
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.models import Review
from signoff.web.words import age, named

LISTED = 50


class ListEntry(NamedTuple):
    """One draft that waits, as the list shows it."""

    number: int
    at: str
    age: str
    who: str
    what: str
    to_check: int
    is_late: bool
    whose: str  # "" where it is nobody's, or is the reader's own
    looking: str  # who else has it open just now


class Length(Func):
    """How many things a list in a column holds, without the things."""

    function = "jsonb_array_length"
    output_field = IntegerField()


def listed(waiting: QuerySet[Review], start: int | None, opened: Review | None) -> list[dict[str, Any]]:
    """
    Return the drafts that are listed, and one more where there are more: from number `start` on, or from the first.

    Where the one that is opened would not be among them, the list begins with it.
    """
    rows = waiting.annotate(to_check=Length("run__findings") + Length("run__alarms")).values(
        "pk", "created_at", "due_at", "to_check", "looking", "looking_until", "assigned_to",
        who=F("run__label"), what=F("run__integration__name"), looking_name=F("looking__name"),
        looking_email=F("looking__email"), whose_name=F("assigned_to__name"), whose_email=F("assigned_to__email"),
    )  # fmt: skip
    found: list[Any] = list(rows.filter(id__gte=start or 0)[: LISTED + 1])
    last = found[-1]["pk"] if found else 0
    if opened is not None and opened.state == Review.State.WAITING and not start and opened.pk > last:
        found = list(rows.filter(id__gte=opened.pk)[: LISTED + 1])
    return found


def entries(rows: list[dict[str, Any]], person: Person) -> list[ListEntry]:
    """Return what the list shows of these drafts to a person."""
    now = clock.now()
    names: dict[str, str] = {}
    return [_entry(row, person, now, names) for row in rows[:LISTED]]


def _entry(row: dict[str, Any], person: Person, now: datetime, names: dict[str, str]) -> ListEntry:
    is_theirs = row["assigned_to"] not in (None, person.pk)
    is_open = row["looking_until"] is not None and row["looking_until"] > now
    others = is_open and row["looking"] not in (None, person.pk)
    what = row["what"]
    return ListEntry(
        row["pk"],
        row["created_at"].isoformat(),
        age(row["created_at"]),
        row["who"] or _("No name"),
        names.get(what) or names.setdefault(what, named(what)),
        row["to_check"],
        is_late=row["due_at"] is not None and row["due_at"] < now,
        whose=(row["whose_name"] or row["whose_email"]) if is_theirs else "",
        looking=(row["looking_name"] or row["looking_email"]) if others else "",
    )

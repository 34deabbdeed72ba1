"""Which drafts wait for a person, filtered and searched: one rule for the pages, the commands and the API."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet, Value

from signoff.accounts.cover import groups_of
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.models import Review

LOOKING_FOR = timedelta(
    seconds=45
)  # how long after the last sign of somebody a draft counts as open before them
MOST_WORDS = 1500
MOST_ASKED = 12  # words of one search
_WORD = re.compile(r"[^\W_]+")
WHO = ("", "me", "nobody")
# What is not read for the page of a draft; the definition of its version is read once in a process.
NOT_ON_ITS_PAGE = (
    "words", "run__timeline", "run__raw_answer", "run__answer", "run__given_draft", "run__version__definition",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which of the waiting drafts somebody wants to see; an empty field wants all. `who`: me, nobody, or an e-mail."""

    integration: str = ""
    flagged: bool = False
    overdue: bool = False
    who: str = ""
    q: str = ""

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    def as_query(self, **more: Any) -> str:
        """Return what stands behind the ? of an address, "" where everything is wanted."""
        given = {field.name: getattr(self, field.name) for field in fields(self)} | more
        return urlencode({name: 1 if value is True else value for name, value in given.items() if value})

    def but(self, **changes: Any) -> Wanted:
        return replace(self, **changes)


def wanted_from(given: Mapping[str, Any]) -> Wanted:
    """Return what an address or a form asks for; what nobody can mean is left out."""
    return Wanted(
        integration=str(given.get("integration", ""))[:60].replace("\x00", ""),
        flagged=given.get("flagged", "") in ("1", "true", "on"),
        overdue=given.get("overdue", "") in ("1", "true", "on"),
        who=str(given.get("who", ""))[:254].replace("\x00", ""),
        q=str(given.get("q", ""))[:200].replace("\x00", ""),
    )


def waiting_for(person: Person, wanted: Wanted | None = None) -> QuerySet[Review]:
    """Return the drafts that wait for a person, the oldest first; the same rule as `may_decide`."""
    waiting = _of_their_groups(Review.objects.filter(state=Review.State.WAITING), person).order_by("id")
    return _only(waiting, wanted, person) if wanted and not wanted.is_all else waiting


def reviews_of(person: Person, wanted: Wanted | None = None) -> QuerySet[Review]:
    """Return all drafts that are or were this person's to decide on."""
    rows = _of_their_groups(Review.objects.all(), person)
    return _only(rows, wanted, person) if wanted and not wanted.is_all else rows


def is_looked_at(review: Review) -> bool:
    """Say whether somebody has a draft open at this moment."""
    return review.looking_until is not None and review.looking_until > clock.now()


def may_decide(person: Person, review: Review) -> bool:
    """Say whether this person may decide: the right, and the group if the integration names one; or they cover it."""
    if not person.may("review"):
        return False
    if review.assigned_to_id == person.pk or not review.by:
        return True
    groups = groups_of(person)
    return groups is None or bool(groups & set(review.by))


def may_see(person: Person, review: Review) -> bool:
    """Say whether this person may read a draft: to decide on it, because they have, or because they see all records."""
    mine = (review.decided_by_id, review.first_by_id)
    return person.may("see") or (person.may("review") and person.pk in mine) or may_decide(person, review)


def next_for(
    person: Person, wanted: Wanted | None = None, after: int = 0, *, brief: bool = False
) -> Review | None:
    """
    Return the draft that a person decides on next: after one of this number, or from the beginning where none is.

    One that somebody else has open is passed over, and so is one that they have approved as the first of two. `brief`:
    only to name it, so that its record and its texts are not read.
    """
    waiting = waiting_for(person, wanted).select_related("run__integration", "run__version", "looking")
    waiting = waiting.defer(*NOT_ON_ITS_PAGE)
    if brief:
        named = ("run__label", "run__integration__name")
        waiting = waiting.defer(None).select_related(None).select_related("run__integration").only(*named)
    free = waiting.exclude(Q(looking_until__gt=clock.now()) & ~Q(looking=person)).exclude(first_by=person)
    return free.filter(id__gt=after).first() or (free.first() if after else None)


def look_at(review: Review, person: Person) -> Person | None:
    """
    Note that a person has a draft open, and return who else has; it keeps nobody from anything.

    Whoever came first stands there until nothing was heard of them for a while.
    """
    if review.state != Review.State.WAITING:
        return None
    now = clock.now()
    mine = Q(looking=person) | Q(looking=None) | Q(looking_until__lt=now)
    noted = Review.objects.filter(mine, pk=review.pk, state=Review.State.WAITING).update(
        looking=person, looking_until=now + LOOKING_FOR
    )
    if noted:
        return None
    fresh = Review.objects.select_related("looking").only("looking").filter(pk=review.pk).first()
    return fresh.looking if fresh and fresh.looking_id != person.pk else None


def words_of(label: str, *values: Any) -> SearchVector:
    """Return what a draft is found by, for its column: every word in these values, without accents."""
    found = list(dict.fromkeys(word for text in _texts((label, *values)) for word in _words(text)))
    return SearchVector(Value(" ".join(found[:MOST_WORDS])), config="simple")


def _of_their_groups(rows: QuerySet[Review], person: Person) -> QuerySet[Review]:
    groups = groups_of(person)
    if groups is None:
        return rows
    mine = Q(by=[]) | Q(assigned_to=person)
    for group in groups:
        mine |= Q(by__contains=[group])
    return rows.filter(mine)


def _only(rows: QuerySet[Review], wanted: Wanted, person: Person) -> QuerySet[Review]:
    if wanted.integration:
        rows = rows.filter(run__integration__name=wanted.integration)
    if wanted.flagged:
        rows = rows.filter(flagged=True)
    if wanted.overdue:
        rows = rows.filter(due_at__lt=clock.now())
    if wanted.who == "me":
        rows = rows.filter(assigned_to=person)
    elif wanted.who == "nobody":
        rows = rows.filter(assigned_to=None)
    elif wanted.who:
        rows = rows.filter(assigned_to__email=wanted.who.strip().lower())
    asked = _words(wanted.q)[:MOST_ASKED]
    if wanted.q.strip():
        # The beginning of a word is enough.
        terms = " & ".join(f"{word}:*" for word in asked) or "''"
        rows = (
            rows.filter(words=SearchQuery(terms, config="simple", search_type="raw"))
            if asked
            else rows.none()
        )
    return rows


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    return [] if value is None or isinstance(value, bool) else [str(value)]

"""
Whose a draft is: given to the owner of its contact, in turn, or by hand; and passed on when its time runs out.

`look` does all that the clock asks for and may be called at any time, by any number of workers. Being given a draft
keeps nobody else from deciding on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from django.db import transaction

from signoff.accounts.audit import note
from signoff.accounts.cover import is_away, stand_in
from signoff.accounts.models import Away, Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connections.standing import needs_sign_in
from signoff.core import clock
from signoff.core.errors import CredentialRejected, Refused, SignoffError
from signoff.integrations.definition import definition_of
from signoff.integrations.review_part import BY_MAIL
from signoff.pacing import pace
from signoff.pacing.idle import give_back_connection
from signoff.review.inbox import may_decide
from signoff.review.models import Review, Turn
from signoff.runs.change import change, said
from signoff.runs.models import Run

log = structlog.get_logger()

MOST_AT_ONCE = 200
GIVE_UP_ASKING = timedelta(
    minutes=10
)  # then whoever's turn it is gets what an app could not say the owner of

BY_TURN = "in turn"
BY_OWNER = "as the contact's owner"
BY_HAND = "by hand"


class NotAssigned(Exception):
    """Nothing was changed; the text says why, for the person."""


def look() -> int:
    """Give drafts to people, remind them, and pass on what nobody decided in time; returns how many rows changed."""
    return _find_owners() + _give_in_turn() + _cover() + _remind() + _pass_on()


def assign(review_id: int, to: Person | None, by: Person) -> Review:
    """Give a waiting draft to somebody by hand, or to nobody. Raises `NotAssigned`. One transaction of its own."""
    with transaction.atomic():
        review = (
            Review.objects.select_for_update(of=("self",))
            .select_related("run", "assigned_to")
            .filter(pk=review_id)
            .first()
        )
        if review is None or not may_decide(by, review):
            raise NotAssigned("There is no such draft for you. Nothing was changed.")
        if review.state != Review.State.WAITING:
            raise NotAssigned("This draft does not wait for a decision any more. Nothing was changed.")
        if to is not None and not to.may("review"):
            raise NotAssigned(f"{to} may not decide on drafts. Nothing was changed.")
        if to is not None and review.first_by_id == to.pk:
            raise NotAssigned(f"{to} has approved it already; the second has to be somebody else.")
        if review.assigned_to_id == (to.pk if to else None):
            return review
        words = (
            f"{by} gave it to {to}" if to and to != by else f"{by} took it" if to else f"{by} gave it back"
        )
        _give(review, to, BY_HAND if to else "", said("info", words))
        note(by, "gave a draft to", f"run {review.run_id}", {"to": to.email if to else None})
    return review


def people_for(groups: Sequence[str]) -> list[Person]:
    """
    Return the people whom drafts for these groups are given to, in the order of their turns.

    Those in the groups; where no group is named, the reviewers. Where there is nobody, the owners.
    """
    everybody = [one for one in Person.objects.filter(is_active=True).order_by("pk") if one.may("review")]
    wanted = set(groups)
    if wanted:
        found = [one for one in everybody if wanted & {part.strip() for part in one.groups_csv.split(",")}]
    else:
        found = [one for one in everybody if one.role == Person.Role.REVIEWER]
    return found or [one for one in everybody if one.role == Person.Role.OWNER]


def present(people: Iterable[Person]) -> list[Person]:
    """Return those who are here today, with whoever stands in for the others in their place."""
    found = dict.fromkeys(one for person in people if (one := stand_in(person)) is not None)
    return list(found)


# Giving


def _find_owners() -> int:
    """Give drafts to the owners of their contacts. Asks apps, so it holds no row meanwhile."""
    rows = Review.objects.filter(state=Review.State.WAITING, assign=Review.Assign.OWNER)
    count = 0
    for review in list(rows.select_related("run").order_by("id")[:MOST_AT_ONCE]):
        email = _owner_of(review)
        if email is None:
            continue
        person = Person.objects.filter(email=email.strip().lower(), is_active=True).first() if email else None
        here = stand_in(person) if person is not None else None
        with transaction.atomic():
            held = _hold([review.pk], Review.Assign.OWNER)
            if not held:
                continue
            if here is None or here.pk == held[0].first_by_id:
                Review.objects.filter(pk=review.pk).update(assign=Review.Assign.TURN)
            else:
                how = BY_OWNER if here == person else f"{here} stands in for {person}"
                _give(held[0], here, how, said("info", f"It is {here}'s, {how}"))
            count += 1
    return count


def _owner_of(review: Review) -> str | None:
    """Return the e-mail of whoever owns the record at its app; "" where nobody does, None: ask later."""
    definition, _ = definition_of(review.run.version_id)
    connection = Connection.objects.filter(name=definition.record.from_ or "").first()
    if connection is None:
        return ""
    late = review.created_at < clock.now() - GIVE_UP_ASKING
    if connection.state == Connection.State.NEEDS_YOU:
        return "" if late else None
    try:
        pace.take_place(connection)
        client = client_for(connection)
        give_back_connection()
        return client.responsible(definition.record.when or "", review.run.object_id, review.run.record) or ""
    except pace.TooFar:
        return "" if late else None
    except SignoffError as error:
        if isinstance(error, CredentialRejected):  # a key that may only not read owners does all else
            needs_sign_in(connection, error)
        log.info("an app did not say whose a record is", run=review.run_id, why=type(error).__name__)
        return "" if late or isinstance(error, Refused) else None


def _give_in_turn() -> int:
    count = 0
    with transaction.atomic():
        ids = Review.objects.filter(state=Review.State.WAITING, assign=Review.Assign.TURN).order_by("id")
        for review in _hold(ids.values_list("pk", flat=True)[:MOST_AT_ONCE], Review.Assign.TURN):
            person = _next(review, people_for(review.by))
            if person is None:
                Review.objects.filter(pk=review.pk).update(assign="")
                continue
            _give(review, person, BY_TURN, said("info", f"It is {person}'s turn"))
            count += 1
    return count


def _next(review: Review, people: Sequence[Person]) -> Person | None:
    """Return whose turn it is among people, and note it; None where nobody is left."""
    here = [one for one in present(people) if one.pk != review.first_by_id and one.pk not in review.had_by]
    if not here:
        return None
    turn, _ = Turn.objects.select_for_update().get_or_create(integration_id=review.run.integration_id)
    order = sorted(here, key=lambda one: one.pk)
    person = next((one for one in order if one.pk > (turn.last_id or 0)), order[0])
    Turn.objects.filter(pk=turn.pk).update(last=person)
    return person


def _cover() -> int:
    """Pass the drafts of people who are away to whoever stands in for them."""
    today = clock.now().astimezone().date()
    count = 0
    for away in Away.objects.filter(from_on__lte=today, until_on__gte=today).select_related("person"):
        if not is_away(away.person):
            continue
        cover = stand_in(away.person)
        if cover is None:
            continue
        with transaction.atomic():
            mine = Review.objects.filter(state=Review.State.WAITING, assigned_to=away.person)
            for review in _hold(mine.values_list("pk", flat=True)[:MOST_AT_ONCE]):
                if review.first_by_id == cover.pk:
                    continue
                how = f"{cover} stands in for {away.person}"
                _give(review, cover, how, said("info", how))
                count += 1
    return count


# Time


def _remind() -> int:
    """Let people be told once more of what is nearly due."""
    rows = Review.objects.filter(state=Review.State.WAITING, remind_at__lte=clock.now())
    return rows.update(remind_at=None, asked=None)


def _pass_on() -> int:
    """Give what nobody decided in time to the next person, and in the end to an owner."""
    count = 0
    with transaction.atomic():
        late = Review.objects.filter(state=Review.State.WAITING, escalate_at__lte=clock.now()).order_by(
            "due_at"
        )
        for review in _hold(late.values_list("pk", flat=True)[:MOST_AT_ONCE]):
            count += 1
            had = [*review.had_by, *([review.assigned_to_id] if review.assigned_to_id else [])]
            review.had_by = list(dict.fromkeys(had))
            owners = list(Person.objects.filter(role=Person.Role.OWNER, is_active=True).order_by("pk"))
            # Where drafts are nobody's, everybody of the group has had it.
            person = (_next(review, people_for(review.by)) if had else None) or _next(review, owners)
            lasts = (review.due_at or clock.now()) - review.created_at
            again = clock.now() + lasts if person else None
            Review.objects.filter(pk=review.pk).update(
                had_by=review.had_by, escalate_at=again, remind_at=None, asked=None
            )
            if person is not None:
                words = said("warn", f"Nobody decided in time, so it is {person}'s now")
                _give(review, person, f"{person} has it because nobody decided in time", words)
    return count


def _hold(ids: Iterable[int], assign: str | None = None) -> list[Review]:
    """Lock waiting drafts that nobody else holds just now, in the caller's transaction."""
    rows = Review.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=list(ids), state=Review.State.WAITING
    )
    if assign is not None:
        rows = rows.filter(assign=assign)
    return list(rows.select_related("run").order_by("id"))


def _give(review: Review, person: Person | None, how: str, line: dict[str, object]) -> None:
    """Write whose a draft is, and let them be told by e-mail, where people are told so."""
    review.assigned_to, review.assigned_how, review.assign = person, how, ""
    review.save(update_fields=["assigned_to", "assigned_how", "assign"])
    if person is not None and review.ask == BY_MAIL:
        Review.objects.filter(pk=review.pk).update(asked=None)
    change(review.run_id, Run.State.WAITING.value, {}, line)

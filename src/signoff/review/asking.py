"""
Asking people to review: a message at the place that an integration names, with a link to the page.

A place is a channel of an app, or `email`: then each of the people has a letter of their own, through the owner's
mail server, about what is theirs to decide. A letter may come twice when a worker dies, with the same Message-ID.

A review is asked for once, and once more as its time runs out. What comes to wait while a message cannot leave, or soon
after the last one, is asked for together: one message for all that wait at a place. Its words are made when it leaves,
so it names nothing that was decided meanwhile. No run waits for it; that a draft waits stands in To review with or
without it.

Like a delivery, a message is written down before it is sent, and after a lost answer the app is asked whether it has
it. If the app cannot say, it is not sent again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from signoff.accounts import mail
from signoff.accounts.models import Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connections.standing import needs_sign_in
from signoff.connectors.base import Intent, Notice, NotSent, Sent, Unknown
from signoff.core import clock
from signoff.core.errors import (
    CredentialRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    SignoffError,
    Unavailable,
)
from signoff.core.home import public_url
from signoff.integrations.pushing import secret_of
from signoff.integrations.review_part import BY_MAIL
from signoff.pacing import pace
from signoff.pacing.idle import give_back_connection
from signoff.review.assigning import people_for, present
from signoff.review.models import Asking, Review
from signoff.runs.deliver import LEASE_SECONDS, TAKE_OVER_SECONDS
from signoff.runs.retrying import backoff

PAUSE = timedelta(seconds=60)  # between two messages at one place: what comes meanwhile is asked for together
NAMED = 10  # drafts that a message names; the others are counted
MOST_AT_ONCE = 20
KEEP = timedelta(days=30)
MOST_WAIT_SECONDS = 600.0
MOST_LETTERS = 500  # drafts that one round of letters is about; the others wait for the next
MOST_TRIES = 6  # for whoever has no letter while others have theirs: two minutes
NO_SERVER_SECONDS = 900.0
NO_SERVER = "Set SIGNOFF_SMTP to your mail server, or name a channel under `review: ask`."
OWNERS = (CredentialRejected, PermissionMissing, QuotaExhausted)

log = structlog.get_logger()


def look() -> int:
    """Tell of every draft that nobody was told of yet; returns how many messages were sent. Safe at any time."""
    _open_where_drafts_wait()
    due = Asking.objects.filter(state__in=Asking.OPEN, next_at__lte=clock.now()).select_related("connection")
    return sum(_advance(asking) for asking in due.order_by("next_at")[:MOST_AT_ONCE])


def forget_old() -> None:
    """Forget messages of long ago; they hold no words, only that they were sent."""
    Asking.objects.filter(finished_at__lt=clock.now() - KEEP).delete()


def notice(reviews: Sequence[Review], count: int, *, as_button: bool) -> Notice:
    """Return what people are told of `count` drafts, the first of which are given. It names them, and says no more."""
    about = tuple(_as_data(review) for review in reviews[:NAMED])
    if count == 1:
        (review,) = reviews
        title = f"A draft waits for you: {_who(review)}"
        marks = len(review.run.findings)
        lines = [_integration(review)]
        if marks:
            things = "1 thing in it was" if marks == 1 else f"{marks} things in it were"
            lines.append(f"{things} not found in the record.")
        lines += [f"{alarm['why']}" for alarm in review.run.alarms]
        lines += _whose(review)
        return Notice(title, tuple(lines), "Open the draft", _address(review), as_button, about)
    lines = [
        " ".join([f"• {_who(review)}, {_integration(review)}", *(f"({one})" for one in _whose(review))])
        for review in reviews[:NAMED]
    ]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more")
    title = f"{count} drafts wait for you"
    return Notice(title, tuple(lines), "Open To review", f"{public_url()}/review/", as_button, about)


def _open_where_drafts_wait() -> None:
    """Make a message for each place at which drafts wait that nobody was told of, unless one is open there."""
    untold = Review.objects.filter(state=Review.State.WAITING, asked=None).exclude(ask="")
    for place in untold.order_by("ask").values_list("ask", flat=True).distinct():
        last = Asking.objects.filter(place=place).order_by("-pk").first()
        connection = Connection.objects.filter(name=place.partition(".")[0]).first()
        if (connection is None and place != BY_MAIL) or (last is not None and last.state in Asking.OPEN):
            continue
        now = clock.now()
        next_at = max(now, last.finished_at + PAUSE) if last and last.finished_at else now
        marker = f"ask-{secrets.token_hex(12)}"
        one = Asking(place=place, connection=connection, marker=marker, made_at=now, next_at=next_at)
        # Of two workers that look at once, one makes it.
        Asking.objects.bulk_create([one], ignore_conflicts=True)


def _advance(asking: Asking) -> bool:
    """Bring one message as far as it goes; True: it was sent."""
    if asking.state == Asking.State.TRANSMITTING:
        _take_over(asking)
        return False
    connection = asking.connection
    if connection is None:
        return _by_mail(asking)
    if connection.state == Connection.State.NEEDS_YOU:
        _later(asking, PAUSE.total_seconds(), connection.problem, connection.next_step)
        return False
    try:
        pace.take_place(connection)
    except pace.TooFar as far:
        _later(asking, far.seconds)
        return False
    if not _something_waits(asking):
        _close(asking, Asking.State.SKIPPED)
        return False
    send_before = time.time() + LEASE_SECONDS
    if not _begin(asking):
        return False  # another worker has it
    # Only now: what somebody takes into a message that another one sends is named by nobody.
    said = _compose(asking)
    if said is None:
        _close(asking, Asking.State.SKIPPED)
        return False
    give_back_connection()
    client = client_for(connection)
    client.door.send_before = send_before
    try:
        written = client.tell(asking.place.partition(".")[2], said, asking.marker)
    except SignoffError as error:
        _not_sent(asking, error)
        return False
    pace.worked(connection)
    _close(asking, Asking.State.DONE, external_id=written.id[:200])
    return True


def _compose(asking: Asking) -> Notice | None:
    """Return the words for all that waits at the place and was not asked for before, None where nothing waits."""
    mine = _mine(asking)
    count = mine.count()
    if not count or asking.connection is None:
        return None
    # A button of which the app cannot tell us that it was pressed shows people a warning there.
    return notice(list(mine[:NAMED]), count, as_button=secret_of(asking.connection) is not None)


def _something_waits(asking: Asking) -> bool:
    """Say whether there is anything to tell in a message; takes nothing into it."""
    waiting = Review.objects.filter(ask=asking.place, state=Review.State.WAITING)
    return waiting.filter(Q(asked=None) | Q(asked=asking)).exists()


def _mine(asking: Asking, most: int | None = None) -> QuerySet[Review]:
    """Take what waits at the place of a message into it, at most so many, and return it, the oldest first."""
    waiting = Review.objects.filter(ask=asking.place, state=Review.State.WAITING)
    new = waiting.filter(asked=None)
    if most is not None:
        room = max(0, most - waiting.filter(asked=asking).count())
        new = waiting.filter(pk__in=list(new.order_by("pk").values_list("pk", flat=True)[:room]))
    new.update(asked=asking)
    rows = waiting.filter(asked=asking).select_related("run__integration", "assigned_to")
    named = rows.only(
        "run__label", "run__findings", "run__alarms", "run__integration__name", "ask", "by", "due_at", "assigned_to",
        "assigned_how", "first_by",
    )  # fmt: skip
    return named.order_by("pk")


def _by_mail(asking: Asking) -> bool:
    """
    Write a letter to each of the people whose drafts wait; True: somebody has one.

    One whose address takes nothing keeps the others from no letter: what they have been told of is not added to, and
    after some tries it is over.
    """
    if not _something_waits(asking):
        _close(asking, Asking.State.SKIPPED)
        return False
    if not mail.can_send():
        _later(
            asking, NO_SERVER_SECONDS, "No mail server is set, so nobody can be told by e-mail.", NO_SERVER
        )
        return False
    if not _begin(asking):
        return False
    letters = _letters(list(_mine(asking, 0 if asking.told else MOST_LETTERS)[:MOST_LETTERS]))
    if not letters:
        _close(asking, Asking.State.SKIPPED)
        return False
    give_back_connection()
    failed = False
    for person, theirs in letters.items():
        if person.email in asking.told:
            continue
        said = notice(theirs, len(theirs), as_button=False)
        text = "\n\n".join(said.lines) + f"\n\n{said.button}:\n{said.url}\n"
        try:
            mail.send(person.email, said.title, text, message_id=f"{asking.marker}-{person.pk}")
        except (mail.NotSent, mail.MailTrouble):
            failed = True
            continue
        asking.told = [*asking.told, person.email]
        Asking.objects.filter(pk=asking.pk).update(told=asking.told)
    if failed and asking.told and asking.tries >= MOST_TRIES:
        log.warning("somebody who is asked to review takes no e-mail; the others were told", asking=asking.pk)
        _close(asking, Asking.State.DONE)
    elif failed:
        wait = min(backoff(asking.tries), MOST_WAIT_SECONDS)
        _later(asking, wait, "The mail server did not take an e-mail.", NO_SERVER)
    else:
        _close(asking, Asking.State.DONE)
    return bool(asking.told)


def _letters(drafts: Sequence[Review]) -> dict[Person, list[Review]]:
    """Return which drafts each of the people is written to about: their own, and those that are nobody's."""
    letters: dict[Person, list[Review]] = {}
    groups: dict[tuple[str, ...], list[Person]] = {}
    for review in drafts:
        if review.assigned_to is not None:
            people = present([review.assigned_to])
        else:
            key = tuple(review.by)
            if key not in groups:
                groups[key] = present(people_for(key))
            people = groups[key]
        for person in people:
            if person.pk != review.first_by_id:
                letters.setdefault(person, []).append(review)
    return letters


def _not_sent(asking: Asking, error: SignoffError) -> None:
    """Decide by the error's family how a message goes on of which nobody has said that it arrived."""
    connection = asking.connection
    if connection is None:
        return _later(asking, backoff(asking.tries), error.owner_message)
    if isinstance(error, OutcomeUnknown):
        # Asked at once, the app may not have finished yet.
        return _ask_again(asking, TAKE_OVER_SECONDS)
    if isinstance(error, RateLimited):
        stated = error.retry_after_seconds or pace.SLOW_DOWN_SECONDS
        return _later(asking, pace.hold(connection, stated, "asked us to slow down"))
    wait = backoff(asking.tries)
    if isinstance(error, Unavailable):
        wait = max(wait, pace.hold(connection, error.retry_after_seconds, "cannot be reached"))
        return _later(asking, min(wait, MOST_WAIT_SECONDS), error.owner_message)
    if isinstance(error, OWNERS):
        needs_sign_in(connection, error)
    return _later(asking, min(wait, MOST_WAIT_SECONDS), error.owner_message, error.next_step)


def _take_over(asking: Asking) -> None:
    """Find out what became of a message whose sender is gone, or that nobody answered."""
    begun = asking.started_at or asking.made_at
    left = TAKE_OVER_SECONDS - (clock.now() - begun).total_seconds()
    if left > 0:
        Asking.objects.filter(pk=asking.pk).update(next_at=clock.now() + timedelta(seconds=left))
        return
    if asking.connection is None:
        return _later(asking, 0)  # who has a letter is written down
    channel = asking.place.partition(".")[2]
    intent = Intent("tell", {"channel": channel}, asking.marker, begun)
    try:
        pace.take_place(asking.connection)
        outcome = client_for(asking.connection).reconcile(intent)
    except pace.TooFar as far:
        return _ask_again(asking, far.seconds)
    except Unavailable as error:
        return _ask_again(asking, error.retry_after_seconds or backoff(asking.tries))
    except SignoffError as error:
        if isinstance(error, OWNERS):
            needs_sign_in(asking.connection, error)
        outcome = Unknown(str(error))
    match outcome:
        case Sent(external_id):
            _close(asking, Asking.State.DONE, external_id=external_id[:200])
        case NotSent():
            _later(asking, 0)
        case Unknown():
            _close(asking, Asking.State.UNCERTAIN)


def _begin(asking: Asking) -> bool:
    """Write that a message is being sent; False when it is not ours to send (any more)."""
    now = clock.now()
    begun = Asking.objects.filter(pk=asking.pk, state=Asking.State.INTENT, attempt=asking.attempt).update(
        state=Asking.State.TRANSMITTING,
        attempt=F("attempt") + 1,
        started_at=now,
        next_at=now + timedelta(seconds=TAKE_OVER_SECONDS),
    )
    asking.attempt += 1
    return bool(begun)


def _later(asking: Asking, seconds: float, problem: str = "", next_step: str = "") -> None:
    """Let a message wait, as one that has not left."""
    Asking.objects.filter(pk=asking.pk, state__in=Asking.OPEN, attempt=asking.attempt).update(
        state=Asking.State.INTENT,
        next_at=clock.now() + timedelta(seconds=seconds),
        tries=F("tries") + (1 if problem else 0),
        problem=problem,
        next_step=next_step,
    )


def _ask_again(asking: Asking, seconds: float) -> None:
    """Ask later what became of a message."""
    Asking.objects.filter(pk=asking.pk, attempt=asking.attempt).update(
        next_at=clock.now() + timedelta(seconds=min(seconds, MOST_WAIT_SECONDS)), tries=F("tries") + 1
    )


def _close(asking: Asking, state: str, external_id: str = "") -> None:
    Asking.objects.filter(pk=asking.pk, state__in=Asking.OPEN, attempt=asking.attempt).update(
        state=state, external_id=external_id, finished_at=clock.now(), problem="", next_step=""
    )


def _who(review: Review) -> str:
    return review.run.label or "a record"


def _integration(review: Review) -> str:
    return review.run.integration.name.replace("-", " ")


def _address(review: Review) -> str:
    return f"{public_url()}/review/{review.pk}/"


def _whose(review: Review) -> list[str]:
    """Return whose a draft is and until when it is to be decided, as far as there is something to say."""
    said = []
    if review.assigned_to is not None:
        said.append(
            f"{review.assigned_how}."
            if "nobody decided" in review.assigned_how
            else f"For {review.assigned_to}."
        )
    if review.first_by_id is not None:
        said.append("One person has approved it; a second has to as well.")
    if review.due_at is not None:
        when = f"{timezone.localtime(review.due_at):%a %d %b, %H:%M}"
        said.append(
            f"It was to be decided by {when}." if review.due_at < clock.now() else f"To be decided by {when}."
        )
    return said


def _as_data(review: Review) -> dict[str, Any]:
    """Return a draft as programs are told of it: enough to find it, and nothing that it says."""
    return {
        "id": review.pk,
        "run": review.run_id,
        "integration": review.run.integration.name,
        "label": review.run.label,
        "to_check": len(review.run.findings) + len(review.run.alarms),
        "assigned_to": review.assigned_to.email if review.assigned_to else None,
        "due_at": review.due_at.isoformat() if review.due_at else None,
        "url": _address(review),
    }

"""
Asking people to review: a message at the place that an integration names, with a link to the page.

A review is asked for once. What comes to wait while a message cannot leave, or soon after the last one, is asked for
together: one message for all that wait at a place. Its words are made when it leaves, so it names nothing that was
decided meanwhile. No run waits for it; that a draft waits stands in To review with or without it.

Like a delivery, a message is written down before it is sent, and after a lost answer the app is asked whether it has
it. If the app cannot say, it is not sent again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F

from signoff.connections.client import client_for
from signoff.connections.connect import needs_sign_in
from signoff.connections.models import Connection
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
from signoff.pacing import pace
from signoff.pacing.idle import give_back_connection
from signoff.review.models import Asking, Review
from signoff.runs.deliver import LEASE_SECONDS, TAKE_OVER_SECONDS
from signoff.runs.draft import backoff

PAUSE = timedelta(seconds=60)  # between two messages at one place: what comes meanwhile is asked for together
NAMED = 10  # drafts that a message names; the others are counted
MOST_AT_ONCE = 20
KEEP = timedelta(days=30)
MOST_WAIT_SECONDS = 600.0
OWNERS = (CredentialRejected, PermissionMissing, QuotaExhausted)


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
    if count == 1:
        (review,) = reviews
        title = f"A draft waits for you: {_who(review)}"
        marks = len(review.run.findings)
        lines = [_integration(review)]
        if marks:
            things = "1 thing in it was" if marks == 1 else f"{marks} things in it were"
            lines.append(f"{things} not found in the record.")
        lines += [f"{alarm['why']}" for alarm in review.run.alarms]
        return Notice(title, tuple(lines), "Open the draft", f"{public_url()}/review/{review.pk}/", as_button)
    lines = [f"• {_who(review)}, {_integration(review)}" for review in reviews[:NAMED]]
    if count > len(lines):
        lines.append(f"and {count - len(lines)} more")
    title = f"{count} drafts wait for you"
    return Notice(title, tuple(lines), "Open To review", f"{public_url()}/review/", as_button)


def _open_where_drafts_wait() -> None:
    """Make a message for each place at which drafts wait that nobody was told of, unless one is open there."""
    untold = Review.objects.filter(state=Review.State.WAITING, asked=None).exclude(ask="")
    for place in untold.order_by("ask").values_list("ask", flat=True).distinct():
        last = Asking.objects.filter(place=place).order_by("-pk").first()
        connection = Connection.objects.filter(name=place.partition(".")[0]).first()
        if connection is None or (last is not None and last.state in Asking.OPEN):
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
    if connection.state == Connection.State.NEEDS_YOU:
        _later(asking, PAUSE.total_seconds(), connection.problem, connection.next_step)
        return False
    try:
        pace.take_place(connection)
    except pace.TooFar as far:
        _later(asking, far.seconds)
        return False
    said = _compose(asking)
    if said is None:
        _close(asking, Asking.State.SKIPPED)
        return False
    send_before = time.time() + LEASE_SECONDS
    if not _begin(asking):
        return False  # another worker has it
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
    waiting = Review.objects.filter(ask=asking.place, state=Review.State.WAITING)
    waiting.filter(asked=None).update(asked=asking)
    mine = waiting.filter(asked=asking)
    count = mine.count()
    if not count:
        return None
    first = list(
        mine.select_related("run__integration")
        .only("run__label", "run__findings", "run__alarms", "run__integration__name", "ask")
        .order_by("pk")[:NAMED]
    )
    # A button of which the app cannot tell us that it was pressed shows people a warning there.
    return notice(first, count, as_button=secret_of(asking.connection) is not None)


def _not_sent(asking: Asking, error: SignoffError) -> None:
    """Decide by the error's family how a message goes on of which nobody has said that it arrived."""
    connection = asking.connection
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

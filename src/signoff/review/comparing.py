"""
Whether a draft is stale: its record is read again at its app, and what is another thing there now is told.

Looking changes nothing but what we know of it. A record that came by webhook or in a table cannot be read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from signoff.accounts.models import Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS, needs_sign_in
from signoff.connectors.base import Connector
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.integrations.definition import Definition, definition_of
from signoff.integrations.record_part import HANDED_IN
from signoff.pacing import pace
from signoff.pacing.idle import give_back_connection
from signoff.review.inbox import may_decide
from signoff.review.models import Review
from signoff.runs.pictures import taken_out
from signoff.runs.receive import storable
from signoff.runs.sources import fields_to_read

ONCE_A = timedelta(seconds=60)  # what was found is shown so long before the app is asked anew
MOST_WAIT_SECONDS = 3.0  # somebody looks at the page meanwhile
SHORT = 160  # characters of a value that are shown
# What an app changes by itself whenever anything touches the record: no draft is stale because of these.
NOT_TOLD = frozenset(
    {"lastmodifieddate", "hs_lastmodifieddate", "updatedAt", "updated_at", "notes_last_updated"}
)


@dataclass(frozen=True)
class Compared:
    """
    What an app says now of the record of a draft. `problem` says why nothing is known, "" where it is.

    `drift` are the fields that changed, {"field", "was", "now"}; `record` is the whole of it as it is now.
    """

    review: Review | None
    record: Mapping[str, Any] = field(default_factory=dict)
    drift: list[dict[str, Any]] = field(default_factory=list)
    is_gone: bool = False
    problem: str = ""


def can_compare(definition: Definition, review: Review) -> str:
    """Return the name of the app that can be asked about the record of a draft, "" where none can."""
    source = definition.record
    if not source.from_ or source.when in (None, *HANDED_IN) or not review.run.object_id:
        return ""
    connection = Connection.objects.filter(name=source.from_).first()
    if connection is None or connector_class(connection.app).read is Connector.read:
        return ""
    return manifests()[connection.app].name


def look(review_id: int, person: Person, *, at_once: bool = False) -> Compared:
    """
    Ask the app whether the record of a draft has changed, and keep what it says.

    `at_once`: also when it was asked a moment ago. Never raises for what an app does.
    """
    review = Review.objects.select_related("run__version").filter(pk=review_id).first()
    if review is None:
        return Compared(None, problem="This draft does not exist any more.")
    if not may_decide(person, review):
        return Compared(review, problem="You may not decide on this draft. Ask the owner.")
    if review.state != Review.State.WAITING:
        return Compared(review, problem="This draft does not wait for a decision any more.")
    recent = review.compared_at and review.compared_at > clock.now() - ONCE_A
    if recent and not at_once:
        return Compared(review, drift=list(review.drift), is_gone=review.is_gone)
    definition, _ = definition_of(review.run.version_id)
    app = can_compare(definition, review)
    if not app:
        return Compared(review, problem="Its record cannot be read again: nobody but the sender has it.")
    return _ask(review, definition, app)


def _ask(review: Review, definition: Definition, app: str) -> Compared:
    source, run = definition.record, review.run
    connection = Connection.objects.get(name=source.from_)
    if connection.state == Connection.State.NEEDS_YOU:
        return Compared(
            review, problem=f"{app} cannot be asked at the moment: its connection needs its owner."
        )
    try:
        pace.take_place(connection, most_wait_seconds=MOST_WAIT_SECONDS)
        client = client_for(connection)
        give_back_connection()
        found = client.read(source.when or "", run.object_id, fields_to_read(definition))
    except pace.TooFar:
        return Compared(review, problem=f"{app} asked us to slow down. Look again in a minute.")
    except SignoffError as error:
        if isinstance(error, OWNERS):
            needs_sign_in(connection, error)
        return Compared(review, problem=error.owner_message)
    pace.worked(connection)
    if found is None:
        _keep(review, [], is_gone=True)
        return Compared(review, is_gone=True, problem=f"{app} does not have this record any more.")
    record, _ = taken_out(storable(found), definition.prompt.pictures)
    drift = differences(run.record, record)
    _keep(review, drift, is_gone=False)
    # What the source once told and reading does not bring stays.
    return Compared(review, {**run.record, **record}, drift)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return which fields are another thing now; empty is empty, however it is written."""
    changed = []
    for name in now:
        was, is_now = before.get(name), now[name]
        if (
            name in NOT_TOLD
            or was == is_now
            or (_is_empty(was) and _is_empty(is_now))
            or str(was) == str(is_now)
        ):
            continue
        changed.append({"field": name, "was": _short(was), "now": _short(is_now)})
    return changed


def _keep(review: Review, drift: list[dict[str, Any]], *, is_gone: bool) -> None:
    review.drift, review.is_gone, review.compared_at = drift, is_gone, clock.now()
    Review.objects.filter(pk=review.pk, state=Review.State.WAITING).update(
        drift=drift, is_gone=is_gone, compared_at=review.compared_at
    )


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


def _short(value: Any) -> str:
    text = "" if _is_empty(value) else str(value)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"

"""
What an MCP server knows of a record, fetched before the AI is asked and kept in the record beside its own fields.

It is a stranger's text like the rest of the record: shown to the AI inside it, marked as data, held against the answer
by the same checks, seen by whoever reviews, and erased with it. It never says where anything goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from signoff.connections.client import client_for, manifest_of, named
from signoff.connections.models import Connection
from signoff.connections.standing import OWNERS, needs_sign_in, why_stopped
from signoff.core.counting import counted
from signoff.core.errors import OutcomeUnknown, RateLimited, SignoffError, Unavailable
from signoff.integrations.definition import ContextPart, Definition
from signoff.integrations.references import IN_TEXT, Missing, look_up, render
from signoff.pacing import pace
from signoff.runs.change import change, said
from signoff.runs.receive import storable
from signoff.runs.retrying import MOST_TRIES, backoff
from signoff.runs.work import Held, Later, Work


class _Trouble(Exception):
    """A server could not be asked; `cause` says why, `connection` which one."""

    def __init__(self, connection: Connection, cause: SignoffError) -> None:
        super().__init__(str(cause))
        self.connection, self.cause = connection, cause


def fetch(work: Work) -> Held | Later | None:
    """Ask for what the integration wants to know of a claimed run's record, and store it; None: it is there."""
    if not work.definition.context:
        return None
    run = work.run
    try:
        found, lines = _asked(work.definition, run.record)
    except pace.TooFar:
        connection = named(next(iter(work.definition.context.values())).connection)
        return Later(work, pace.stand_in_line(connection, f"integration {run.integration_id}"), None)
    except _Trouble as trouble:
        return _outcome(work, trouble)
    record = storable({**run.record, **found})
    if not change(run.pk, "asking", {"record": record}, *lines, attempt=run.attempt):
        return Later(work, 0.0, None)  # another attempt has it: this one stores nothing any more
    run.record = record
    return None


def known_of(
    definition: Definition, record: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """
    Return what the servers tell of a record that is only tried, by name, and a line for each.

    Raises the error families, `pace.TooFar` where a server is asked too often.
    """
    try:
        return _asked(definition, record)
    except _Trouble as trouble:
        raise trouble.cause from None


def _outcome(work: Work, trouble: _Trouble) -> Held | Later:
    error, connection = trouble.cause, trouble.connection
    if isinstance(error, RateLimited):
        wait = error.retry_after_seconds or pace.SLOW_DOWN_SECONDS
        return Later(work, pace.hold(connection, wait, "asked us to slow down"), error)
    if isinstance(error, Unavailable | OutcomeUnknown):
        if work.run.tries + 1 >= MOST_TRIES:
            return Held(work, error, connection=connection)
        given = error.retry_after_seconds if isinstance(error, Unavailable) else None
        pace.hold(connection, min(given or 1.0, 60.0), "cannot be reached")
        return Later(work, given or backoff(work.run.tries), error)
    if isinstance(error, OWNERS) and connection.state != Connection.State.NEEDS_YOU:
        needs_sign_in(connection, error)
    return Held(work, error, connection=connection)


def _asked(definition: Definition, record: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    found: dict[str, Any] = {}
    lines = []
    # What was told of an earlier attempt, or comes under this name from outside, is no part of the record.
    bare = {name: value for name, value in record.items() if name not in definition.context}
    for name, part in definition.context.items():
        connection = named(part.connection)
        app = f"{manifest_of(connection).name} {connection.name}"
        try:
            told = _one(connection, part, bare)
        except Missing as missing:
            found[name] = ""
            more = f"The record has no “{missing.reference.field}” to ask by."
            lines.append(said("info", f"Did not ask {app} for “{name}”", more))
            continue
        except SignoffError as error:
            raise _Trouble(connection, error) from error
        found[name] = told
        what = (
            f"{counted(len(told), 'character')}, shown to the AI as a part of the record"
            if told
            else "It knows nothing."
        )
        lines.append(said("ok", f"Asked {app} for “{name}”", what))
    return found, lines


def _one(connection: Connection, part: ContextPart, record: Mapping[str, Any]) -> str:
    if connection.state == Connection.State.NEEDS_YOU:
        raise why_stopped(connection)
    if part.resource is not None:
        asked: Any = _address(part.resource, record)
    else:
        asked = render(part.with_, record, {})
    pace.take_place(connection)
    client = client_for(connection)
    told = client.resource(asked) if part.resource is not None else client.known(part.tool, asked)
    pace.worked(connection)
    return told


def _address(resource: str, record: Mapping[str, Any]) -> str:
    """Return an address with what the record says in it; no value of a stranger's can lead out of its place."""
    for match in IN_TEXT.finditer(resource):
        if look_up(record, match[2]) in (None, "", [], {}):
            render(f"record.{match[2]}", record, {})  # raises `Missing`
    return IN_TEXT.sub(lambda match: quote(str(look_up(record, match[2])), safe=""), resource)

"""Releasing: what was approved is fixed, rendered for each destination, and written into the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from signoff.connections.choosing import actions_of
from signoff.connections.client import named
from signoff.connections.models import Connection
from signoff.core.errors import InputRejected
from signoff.integrations.definition import definition_of
from signoff.integrations.drift import refuse_what_is_gone
from signoff.integrations.references import Missing, as_text, render
from signoff.runs import ledger
from signoff.runs.models import Delivery, Run
from signoff.runs.unsure import refuse_unsure


def release(
    run: Run,
    content: Mapping[str, Any],
    expected: str,
    values: Mapping[str, Any],
    *lines: Mapping[str, Any],
    attempt: int | None = None,
) -> list[Delivery] | None:
    """
    Approve a run and write its ledger, in one statement; None when the run has moved on.

    What goes out is fixed here, rendered from the content that was decided on. `values` are what else changes in the
    run. Raises `InputRejected` when the record lacks what a destination needs.
    """
    definition, contract = definition_of(run.version_id)
    refuse_unsure(contract, content)
    refuse_what_is_gone(run.integration_id, definition, content)
    rows = []
    for position, step in enumerate(definition.then):
        try:
            params = render(step.params, run.record, content)
        except Missing as error:
            name = error.reference.field
            raise InputRejected(
                f"{error}", field=name, owner_message=f"The record has no “{name}”."
            ) from error
        connection = named(step.connection)
        rows.append(
            Delivery(
                run=run,
                position=position,
                connection=connection,
                action=step.action,
                params=_for_action(connection, step.action, params),
                marker=f"so-{run.pk}-{position}-{_mark(run)}",
            )
        )
    values = {"state": Run.State.APPROVED, "answer": dict(content), "tries": 0, **values}
    return rows if ledger.open_for(run, rows, expected, values, lines, attempt) else None


def _for_action(connection: Connection, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an action is given: where it takes nothing but text, a number or a table of rows as text."""
    action = actions_of(connection).get(name)
    known = action.params.model_fields if action else {}
    takes_text = {one for one, info in known.items() if info.annotation in (str, str | None)}
    return {
        one: as_text(value) if one in takes_text and not isinstance(value, str) else value
        for one, value in params.items()
        if value is not None
    }


def _mark(run: Run) -> str:
    received: datetime = run.received_at
    return hashlib.sha256(f"{run.pk}:{run.dedupe_key}:{received.isoformat()}".encode()).hexdigest()[:8]

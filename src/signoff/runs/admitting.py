"""Whether a record may be asked about now: what is found before any money is spent."""

from __future__ import annotations

from typing import Any

from signoff.connections.models import Connection
from signoff.connections.standing import why_stopped
from signoff.core.errors import InputRejected
from signoff.core.money import dollars
from signoff.integrations.references import Missing, references, render
from signoff.runs import days
from signoff.runs.work import Held, Parked, Work


def not_now(work: Work) -> Held | Parked | None:
    """Return what keeps a record from being asked about, before any money is spent; None when nothing does."""
    lack = missing_field(work)
    if lack is not None:
        return Held(work, lack)
    if work.run.pk is not None and not days.admit(work.run, work.definition.limits):
        return Parked(work, days.seconds_until_tomorrow())
    costly = _too_costly(work)
    if costly is not None:
        return Held(work, costly)
    ai = work.ai if work.run.given_draft is None else None
    if ai is not None and ai.state == Connection.State.NEEDS_YOU:
        return Held(work, why_stopped(ai))
    return None


def missing_field(work: Work) -> InputRejected | None:
    """Return what the record lacks for its destinations, before any money is spent on an answer."""
    for step in work.definition.then:
        try:
            # A stand-in for the answer: only the record's own fields can be missing here.
            render({k: v for k, v in step.params.items() if _is_record_only(v)}, work.run.record, {})
        except Missing as error:
            name = error.reference.field
            return InputRejected(
                f"record.{name} is empty, and {step.connection}.{step.action} needs it",
                field=name,
                owner_message=f"The record has no “{name}”, and without it the answer cannot go anywhere.",
                next_step=f"Fill in “{name}” in the record, then press Run again.",
            )
    return None


def _too_costly(work: Work) -> InputRejected | None:
    """Return what to say when the attempts at one record have cost more than its owner allows for one."""
    run, most = work.run, work.definition.limits.spend_per_record_micros
    if run.cost_micros - run.paid_before_micros < most:
        return None
    return InputRejected(
        f"attempts cost {run.cost_micros - run.paid_before_micros} micros, limit {most}",
        field="limits.spend_per_record",
        owner_message=f"The attempts at this record have cost {dollars(run.cost_micros)} so far, and you allow "
        f"{dollars(most)} for one. Nothing was sent.",
        next_step="Look at why its answers did not fit, then press Try again to allow as much once more.",
    )


def _is_record_only(value: Any) -> bool:
    return all(reference.source == "record" for reference in references(value))

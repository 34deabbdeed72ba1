"""
Drills: a replacement is tried on the last records that people reviewed, before anything is changed over.

A model is asked anew, beside the present one as long as that still answers. A version of an app's API is read with,
beside the present one (`trying`). Nothing is sent, and no record's run is touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from signoff.accounts.models import Person
from signoff.connections.client import manifest_of
from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector
from signoff.connectors.registry import connector_class
from signoff.core import clock
from signoff.core.counting import counted
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration, Version
from signoff.integrations.writing import with_changes
from signoff.proving import cases, prove
from signoff.proving.models import Proof
from signoff.proving.prove import Outcome, ProofRefused, outcomes
from signoff.review.models import Review
from signoff.versions.calendar import today
from signoff.versions.known import Ending, end_of_model, foretold
from signoff.versions.models import Drill

RECORDS = 50
KEEP_RECORDS = timedelta(days=30)  # the answers, with the records that they are to; what came of it stays


class DrillRefused(Exception):
    """Nothing was begun or changed; the text says why, and what to do."""


def begin(
    integration: Integration,
    *,
    model: str = "",
    connection: str = "",
    api_version: str = "",
    person: Person | None = None,
    most: int = RECORDS,
) -> Drill:
    """
    Store a drill in the caller's transaction; the engine adds the jobs. Raises `DrillRefused`.

    `model`, at the same AI or at another `connection`; or `api_version` of the app behind `connection`.
    """
    if bool(model.strip()) == bool(api_version.strip()):
        raise DrillRefused("Say what to try: either a model, or a version of an app’s API.")
    version = integration.current
    if version is None:
        raise DrillRefused(f"{integration.name} is empty. Apply its file first.")
    if model.strip():
        return _begin_model(integration, version, model.strip(), connection, person, most)
    return _begin_version(integration, version, api_version.strip(), connection, person)


def _begin_model(
    integration: Integration, version: Version, model: str, at: str, person: Person | None, most: int
) -> Drill:
    definition = read_definition(version)[0]
    prompt = definition.asked
    if prompt is None:
        raise DrillRefused(
            f"{integration.name} asks no model: its drafts are handed in. Whoever writes them changes the model there."
        )
    at = at or prompt.ai
    if (at, model) == (prompt.ai, prompt.model):
        raise DrillRefused(f"{integration.name} asks {model} already. Name its replacement.")
    row = Connection.objects.filter(name=at).first()
    if row is None:
        raise DrillRefused(f"There is no connection {at}.")
    if not issubclass(connector_class(row.app), AiConnector):
        raise DrillRefused(f"{at} is not an AI.")
    if not 1 <= most <= 500:
        raise DrillRefused("A drill takes 1 to 500 records.")
    reviewed = cases.last_reviewed(integration, most)
    if not reviewed:
        raise DrillRefused(
            f"{integration.name} has no reviewed records yet, so there is nothing to hold {model} against. Review a "
            "few drafts first, or change the model and review what comes."
        )
    candidate = f"{at}/{model}"
    try:
        if is_over(definition):
            planned = prove.plan(integration, models=[candidate], cases=reviewed)
        else:
            planned = prove.plan(integration, against=[candidate], cases=reviewed)
        proof = prove.begin(integration, planned, person=person)
    except ProofRefused as refused:
        raise DrillRefused(str(refused)) from None
    return Drill.objects.create(
        integration=integration, version=version, kind=Drill.Kind.MODEL, at_before=prompt.ai,
        before=prompt.model, at_after=at, after=model, proof=proof, made_by=person, made_at=clock.now(),
        report={"reviewed": _as_reviewed(integration, [case.run_id for case in reviewed])},
    )  # fmt: skip


def _begin_version(
    integration: Integration, version: Version, after: str, at: str, person: Person | None
) -> Drill:
    definition = read_definition(version)[0]
    rows = {
        row.name: row
        for row in Connection.objects.filter(name__in=definition.connections())
        if manifest_of(row).api.speaks
    }
    if not at and len(rows) != 1:
        raise DrillRefused(
            f"Say at which connection: {', '.join(sorted(rows)) or 'none has another version'}."
        )
    at = at or next(iter(rows))
    if at not in rows:
        raise DrillRefused(f"{integration.name} uses no connection {at} whose API has another version.")
    api = manifest_of(rows[at]).api
    before = definition.version_for(at) or api.version
    if after not in api.versions():
        raise DrillRefused(
            f"Signoff speaks {manifest_of(rows[at]).name}’s API in {', '.join(api.versions())}, not in {after}."
        )
    if after == before:
        raise DrillRefused(f"{integration.name} speaks {after} already.")
    return Drill.objects.create(
        integration=integration, version=version, kind=Drill.Kind.VERSION, at_before=at,
        before=before, at_after=at, after=after, made_by=person, made_at=clock.now(),
    )  # fmt: skip


def is_over(definition: Definition) -> bool:
    """Say whether the present model of an integration answers no more, so that it cannot be asked beside another."""
    asked = definition.asked
    row = Connection.objects.filter(name=asked.ai).first() if asked else None
    ending = end_of(row, asked.model) if row and asked else None
    return ending is not None and (ending.is_over or (ending.on is not None and ending.on <= today()))


def end_of(row: Connection, model: str) -> Ending | None:
    return end_of_model(row, model, foretold().get(row.pk, ()))


def settle(proof_id: int) -> None:
    """Keep what came of the drill that a test belongs to, when the test is over. Safe to repeat."""
    drill = Drill.objects.filter(proof_id=proof_id, state=Drill.State.RUNNING).select_related("proof").first()
    if drill is None or drill.proof is None or drill.proof.state == Proof.State.RUNNING:
        return
    state = Drill.State.DONE if drill.proof.state == Proof.State.DONE else Drill.State.STOPPED
    Drill.objects.filter(pk=drill.pk, state=Drill.State.RUNNING).update(
        state=state, finished_at=clock.now(), report=_report_of(drill, outcomes(drill.proof))
    )


def stop(drill: Drill) -> bool:
    """Stop a drill; what was asked already stays. False when it was over."""
    if drill.proof_id is not None:
        stopped = prove.stop(drill.proof_id)
        settle(drill.proof_id)
        return stopped
    return bool(
        Drill.objects.filter(pk=drill.pk, state=Drill.State.RUNNING).update(
            state=Drill.State.STOPPED, finished_at=clock.now()
        )
    )


def report(drill: Drill) -> dict[str, Any]:
    """Return what came of a drill, as far as it has come."""
    if drill.state == Drill.State.RUNNING and drill.proof is not None:
        return _report_of(drill, outcomes(drill.proof))
    return dict(drill.report)


def as_document(drill: Drill) -> dict[str, Any]:
    """Return a drill as JSON data: the figures of both, side by side, and whether the replacement holds."""
    told = report(drill)
    return {
        "drill": drill.pk,
        "integration": drill.integration.name,
        "kind": drill.kind,
        "connection": drill.at_after,
        "from": drill.before,
        "to": drill.after,
        "state": drill.state,
        "records": told.get("records", 0),
        "passed": told.get("passed", 0),
        "holds": told.get("holds") if drill.state != Drill.State.RUNNING else None,
        "says": told.get("says", ""),
        "now": told.get("now"),
        "replacement": told.get("replacement"),
        "reviewed": told.get("reviewed"),
        "checks": told.get("checks", []),
        "sent": 0,
        "switched_at": drill.switched_at.isoformat() if drill.switched_at else None,
        "switched_to": drill.switched_to,
        "rolled_back_at": drill.rolled_back_at.isoformat() if drill.rolled_back_at else None,
    }


def file_after(drill: Drill) -> str:
    """Return the integration's file as it is after the switch. Raises `DrillRefused` where it has changed since."""
    integration = Integration.objects.select_related("current").get(pk=drill.integration_id)
    if drill.state == Drill.State.RUNNING:
        raise DrillRefused("It is still being tried. Wait until it is done.")
    if drill.state == Drill.State.STOPPED:
        raise DrillRefused("It was stopped before it was done. Try it once more.")
    if drill.switched_at is not None and drill.rolled_back_at is None:
        raise DrillRefused("It is changed over already.")
    current = integration.current
    if current is None or current.hash != drill.version.hash:
        raise DrillRefused(
            f"{integration.name} has changed since this was tried. Nothing was changed over. Try it once more."
        )
    return with_changes(current.source, _changes(drill, read_definition(current)[0]))


def switched(drill: Drill, before: int, after: int, person: Person | None) -> None:
    """
    Note that the replacement is in force, in the caller's transaction.

    What was asked of it is from now on a test of the version in force, so that its answers can count for a warm start.
    """
    if drill.proof is not None:
        version = Version.objects.get(integration=drill.integration_id, number=after)
        *others, tried = drill.proof.candidates
        Proof.objects.filter(pk=drill.proof.pk).update(candidates=[*others, {**tried, "version": after}])
        drill.proof.replays.filter(candidate=len(others)).update(version=version)
    Drill.objects.filter(pk=drill.pk).update(
        switched_at=clock.now(), switched_by=person, switched_from=before, switched_to=after,
        rolled_back_at=None, rolled_back_by=None,
    )  # fmt: skip


def way_back(drill: Drill) -> int:
    """Return the number of the version to go back to. Raises `DrillRefused` where there is no way back (any more)."""
    integration = Integration.objects.select_related("current").get(pk=drill.integration_id)
    if drill.switched_from is None or drill.rolled_back_at is not None:
        raise DrillRefused("It is not changed over, so there is nothing to take back.")
    if integration.current is None or integration.current.number != drill.switched_to:
        raise DrillRefused(
            f"{integration.name} has changed since. Nothing was taken back. Its versions show the way back."
        )
    return int(drill.switched_from)


def rolled_back(drill: Drill, person: Person | None) -> None:
    Drill.objects.filter(pk=drill.pk).update(rolled_back_at=clock.now(), rolled_back_by=person)


def tried_for(names: Sequence[str], what: str) -> Drill | None:
    """Return the last drill of a replacement for a model or a version, by any of these integrations."""
    rows = Drill.objects.filter(integration__name__in=names, before=what, state=Drill.State.DONE)
    return rows.select_related("integration").first()


def forget_old() -> int:
    """Forget the records and answers of drills that were made a while ago; their figures stay."""
    return cases.forget_unkept(clock.now() - KEEP_RECORDS)


def _changes(drill: Drill, definition: Definition) -> Mapping[tuple[str, ...], str]:
    if drill.kind == Drill.Kind.VERSION:
        return {("versions", drill.at_after): drill.after}
    changes: dict[tuple[str, ...], str] = {("prompt", "model"): drill.after}
    if drill.at_after != drill.at_before:
        changes["prompt", "ai"] = drill.at_after
    second = definition.checks.second_opinion
    if second is not None:
        place = ("checks", "second_opinion")
        if (second.ai or drill.at_before, second.model) == (drill.at_before, drill.before):
            changes[*place, "model"] = drill.after
            if second.ai:
                changes[*place, "ai"] = drill.at_after
        elif not second.ai and drill.at_after != drill.at_before:
            changes[*place, "ai"] = drill.at_before  # it goes on asking whom it asked
    return changes


def _report_of(drill: Drill, found: Sequence[Outcome]) -> dict[str, Any]:
    now, replacement = (found[0], found[-1]) if len(found) > 1 else (None, found[0])
    after, before = replacement.figures, now.figures if now else None
    reviewed = drill.report.get("reviewed", {})
    limit = before.errors if before and before.cases else reviewed.get("errors", 0)
    complete = after.cases > 0 and not after.failed and not after.open
    return {
        "records": after.cases + after.failed + after.open,
        "passed": after.cases - after.errors,
        "holds": complete and after.errors <= limit,
        "says": _sentence(drill, after, before, limit),
        "now": before.as_document() | {"model": drill.before} if before else None,
        "replacement": after.as_document() | {"model": drill.after},
        "reviewed": reviewed,
    }


def _sentence(drill: Drill, after: Any, before: Any, limit: int) -> str:
    if not after.cases:
        return f"{drill.after} could not be asked."
    words = f"{after.cases - after.errors} of {counted(after.cases, 'answer')} of {drill.after} could go out"
    if before and before.cases:
        words += f", and {before.cases - before.errors} of {before.cases} of {drill.before}"
    else:
        words += f"; of what {drill.before} wrote, people found {limit} wrong"
    return f"{words}. {after.failed} could not be asked." if after.failed else f"{words}."


def _as_reviewed(integration: Integration, run_ids: Sequence[int | None]) -> dict[str, Any]:
    """Return what people said of the drafts that these records have: the measure where the old model is gone."""
    rows = Review.objects.filter(run__in=[one for one in run_ids if one], state=Review.State.DECIDED)
    verdicts = list(rows.values_list("verdict", "is_error", "run__cost_micros"))
    count = len(verdicts)
    return {
        "records": count,
        "approved": sum(verdict == Review.Verdict.APPROVED for verdict, _, _ in verdicts),
        "edited": sum(verdict == Review.Verdict.EDITED for verdict, _, _ in verdicts),
        "rejected": sum(verdict == Review.Verdict.REJECTED for verdict, _, _ in verdicts),
        "errors": sum(bool(wrong) for _, wrong, _ in verdicts),
        "cost_each_micros": round(sum(cost for _, _, cost in verdicts) / count) if count else 0,
    }


def claim(drill_id: int, hold_for: timedelta) -> Drill | None:
    """Take a drill of an API version to carry it out; None when somebody else has it, or it is over."""
    now = clock.now()
    with transaction.atomic():
        row = Drill.objects.select_for_update(of=("self",)).filter(pk=drill_id).first()
        if row is None or row.state != Drill.State.RUNNING or row.kind != Drill.Kind.VERSION:
            return None
        if row.claimed_until is not None and row.claimed_until > now:
            return None
        row.claimed_until = now + hold_for
        row.save(update_fields=["claimed_until"])
    return Drill.objects.select_related("integration", "version").get(pk=drill_id)


def held_for(drill_id: int) -> float | None:
    """Return for how many seconds somebody holds a drill of an API version; None when nobody does, or it is over."""
    rows = Drill.objects.filter(pk=drill_id, state=Drill.State.RUNNING, kind=Drill.Kind.VERSION)
    until = rows.values_list("claimed_until", flat=True).first()
    return max(1.0, (until - clock.now()).total_seconds()) if until else None


def finish(drill: Drill, told: Mapping[str, Any]) -> bool:
    """Keep what came of a drill that was claimed; False when somebody else has it now, or it was stopped."""
    mine = Drill.objects.filter(pk=drill.pk, state=Drill.State.RUNNING, claimed_until=drill.claimed_until)
    return bool(
        mine.update(state=Drill.State.DONE, finished_at=clock.now(), report=dict(told), claimed_until=None)
    )

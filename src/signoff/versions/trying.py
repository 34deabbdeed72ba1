"""
Tries another version of an app's API, beside the one that is spoken now, and sends nothing.

The same is asked in both: who we are, the fields of what the integration reads and writes, and the last records that
people reviewed. What was approved is held to the connector's actions once more. Where the present version answers no
more, the new one is held against what was stored when the records came.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from signoff.connections.choosing import actions_of
from signoff.connections.client import client_for, manifest_of
from signoff.connections.models import Connection
from signoff.connectors.base import Action, Connector, Field, Trigger
from signoff.connectors.registry import connector_class
from signoff.core.errors import InputRejected, SignoffError
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.references import Missing, render
from signoff.pacing import pace
from signoff.review.models import Review
from signoff.runs.sources import fields_to_read
from signoff.versions.models import Drill

RECORDS = 20


@dataclass
class _Trial:
    """One drill under way: both clients, and what was found."""

    drill: Drill
    row: Connection
    definition: Definition
    old: Connector
    new: Connector
    checks: list[dict[str, Any]] = field(default_factory=list)
    old_seconds: list[float] = field(default_factory=list)
    new_seconds: list[float] = field(default_factory=list)
    records: int = 0
    passed: int = 0
    old_answers: bool = True

    def found(self, what: str, problems: Iterable[str], well: str) -> bool:
        said = list(problems)
        self.checks.append({"what": what, "ok": not said, "says": " ".join(said) or well})
        return not said


def carry_out(drill: Drill) -> dict[str, Any]:
    """Return what came of trying the version that a drill names. Raises nothing that a vendor can cause."""
    row = Connection.objects.filter(name=drill.at_after).first()
    if row is None:
        return _told([_failed(f"There is no connection {drill.at_after} any more.")], drill)
    definition = read_definition(drill.version)[0]
    trial = _Trial(drill, row, definition, client_for(row, drill.before), client_for(row, drill.after))
    try:
        _who_we_are(trial)
        _fields(trial)
        _records(trial)
        _actions(trial)
    except SignoffError as error:
        trial.checks.append(_failed(error.owner_message))
    except pace.TooFar:
        trial.checks.append(
            _failed("The connection is busy with other work. Try again when less is waiting.")
        )
    return _told(trial.checks, drill, trial)


def _who_we_are(trial: _Trial) -> None:
    row, drill = trial.row, trial.drill
    account = _asked(trial, trial.new, lambda client: client.check())
    served = _served(trial, trial.new)
    trial.found(
        "It lets us in",
        [] if account.id == row.account_id else ["Another account answers than before."],
        f"{account.name} answers, as before.",
    )
    trial.found(
        "The version that answers",
        [f"{served} answers where {drill.after} was asked."] if served and served != drill.after else [],
        f"{drill.after} answers." if served else f"{drill.after} is accepted.",
    )
    before = _of_the_old(trial, lambda client: client.check())
    if before is not None:
        lost = [one for one in before.may if one not in account.may]
        lacks = [one for one in account.lacks if one not in before.lacks]
        trial.found(
            "What the key may do",
            [*(f"No longer: {one}." for one in lost), *(f"It lacks: {one}." for one in lacks)],
            "As much as before.",
        )


def _fields(trial: _Trial) -> None:
    for kind in _objects(trial):
        try:
            new = {
                one.name: one
                for one in _asked(trial, trial.new, lambda client, kind=kind: client.fields(kind))
            }
        except InputRejected as error:
            trial.checks.append({"what": f"The fields of {kind}", "ok": False, "says": error.owner_message})
            continue
        old = _of_the_old(trial, lambda client, kind=kind: {one.name: one for one in client.fields(kind)})
        if old is not None:
            used = _used(trial, kind)
            problems = [
                line for name in sorted(used & old.keys()) for line in _changed(old[name], new.get(name))
            ]
            trial.found(
                f"The fields of {kind}", problems, f"All {len(used & old.keys())} that are used are the same."
            )


def _records(trial: _Trial) -> None:
    """Read the last reviewed records in both versions, where the app lets us read them."""
    source, cls = trial.definition.record, connector_class(trial.row.app)
    trigger = next((one for one in cls.triggers if one.name == source.when), None)
    readable = source.from_ == trial.row.name and trigger is not None and cls.read is not Connector.read
    if not readable or trigger is None:
        return
    problems: list[str] = []
    for review in _reviewed(trial.drill):
        problem = _record(trial, trigger, review)
        if problem is None:
            continue  # it is gone at the app, in both versions: that says nothing
        trial.records += 1
        trial.passed += not problem
        if problem and problem not in problems:
            problems.append(problem)
    if trial.records:
        trial.found(
            f"The last {trial.records} reviewed records, read again",
            problems,
            "They read the same in both versions.",
        )


def _record(trial: _Trial, trigger: Trigger, review: Review) -> str | None:
    """Return how a record reads otherwise, "" where it reads the same, None where it is gone from the app."""
    fields, id = fields_to_read(trial.definition), review.run.object_id
    new = _asked(trial, trial.new, lambda client: client.read(trigger.name, id, fields))
    old = _of_the_old(trial, lambda client: client.read(trigger.name, id, fields))
    if new is None and old is None:
        return None
    if new is None:
        return "A record is not found any more."
    known: Mapping[str, Any] = old if old is not None else review.run.record
    gone = sorted(name for name, value in known.items() if value not in (None, "", []) and name not in new)
    other = sorted(
        name
        for name, value in known.items()
        if name in new
        and value not in (None, "")
        and new[name] not in (None, "")
        and type(new[name]) is not type(value)
    )
    differ = (
        sorted(name for name in known if name in new and new[name] != known[name]) if old is not None else []
    )
    lines = []
    if gone:
        lines.append(f"Fields are gone: {', '.join(gone[:8])}.")
    if other:
        lines.append(f"Fields are of another kind: {', '.join(other[:8])}.")
    if differ and not other:
        lines.append(f"Fields read differently: {', '.join(differ[:8])}.")
    return " ".join(lines)


def _actions(trial: _Trial) -> None:
    """Hold what people approved to the actions once more: it would be taken as it stands. Nothing is sent."""
    actions = actions_of(trial.row)
    steps = [step for step in trial.definition.then if step.connection == trial.row.name]
    for step in steps:
        action = actions.get(step.action)
        if action is None:
            trial.found(step.action, ["Signoff does not offer this."], "")
            continue
        approved = [one for one in _reviewed(trial.drill) if one.decided_content is not None]
        problems = [_misfit(trial, action, step.params, one) for one in approved]
        if not trial.records and step is steps[0]:
            trial.records, trial.passed = len(approved), problems.count("")
        trial.found(
            f"{action.label}: the last {len(approved)} approved answers" if approved else action.label,
            dict.fromkeys(filter(None, problems)),
            "They fit as they stand. Nothing was sent.",
        )


def _misfit(trial: _Trial, action: Action, params: Mapping[str, Any], review: Review) -> str:
    """Return why an approved answer would not be taken, "" where it would."""
    try:
        connector_class(trial.row.app).parse(
            action, render(params, review.run.record, review.decided_content or {})
        )
    except InputRejected as error:
        return error.owner_message
    except Missing as error:
        return f"{error}."
    return ""


def _objects(trial: _Trial) -> list[str]:
    """Return the kinds of records whose fields the integration needs of this app."""
    cls, definition = connector_class(trial.row.app), trial.definition
    if cls.fields is Connector.fields:
        return []
    kinds = {
        one.object
        for one in cls.triggers
        if definition.record.from_ == trial.row.name and one.name == definition.record.when
    }
    kinds |= {
        reference.split(".")[1]
        for reference in definition.choices
        if reference.split(".")[0] == trial.row.name
    }
    return sorted(kinds)


def _used(trial: _Trial, kind: str) -> set[str]:
    definition = trial.definition
    names = {
        reference.split(".", 2)[2]
        for reference in definition.choices
        if reference.startswith(f"{trial.row.name}.{kind}.")
    }
    if definition.record.from_ == trial.row.name:
        names |= {*definition.record.fields, *definition.record.only_if}
    return names


def _changed(old: Field, new: Field | None) -> list[str]:
    if new is None:
        return [f"“{old.label}” is gone."]
    lines = []
    if new.type != old.type:
        lines.append(f"“{old.label}” was {old.type} and is {new.type}.")
    gone = [one.label for one in old.choices if one.value not in {choice.value for choice in new.choices}]
    if gone:
        lines.append(f"“{old.label}” has no choice {', '.join(gone[:5])} any more.")
    if new.read_only and not old.read_only:
        lines.append(f"“{old.label}” can no longer be written.")
    if new.required and not old.required:
        lines.append(f"“{old.label}” must now be filled in.")
    if new.max_length and (old.max_length is None or new.max_length < old.max_length):
        lines.append(f"“{old.label}” now holds {new.max_length} letters at most.")
    return lines


def _asked(trial: _Trial, client: Connector, ask: Any) -> Any:
    pace.take_place(trial.row)
    started = time.monotonic()
    answer = ask(client)
    (trial.new_seconds if client is trial.new else trial.old_seconds).append(time.monotonic() - started)
    return answer


def _of_the_old(trial: _Trial, ask: Any) -> Any:
    """Return what the present version says, None where it answers no more (or another one in its place)."""
    if not trial.old_answers:
        return None
    try:
        answer = _asked(trial, trial.old, ask)
    except SignoffError:
        trial.old_answers = False
        return None
    trial.old_answers = _served(trial, trial.old) in ("", trial.drill.before)
    return answer if trial.old_answers else None


def _served(trial: _Trial, client: Connector) -> str:
    """Return which version has answered last, "" where the app does not say."""
    header = manifest_of(trial.row).api.served_by
    return client.door.last_headers.get(header, "") if header else ""


def _reviewed(drill: Drill) -> list[Review]:
    return list(
        Review.objects.filter(
            run__integration=drill.integration_id,
            run__planted=False,
            state=Review.State.DECIDED,
            run__erased_at=None,
        )
        .select_related("run")
        .order_by("-decided_at")[:RECORDS]
    )


def _failed(words: str) -> dict[str, Any]:
    return {"what": "It could be tried", "ok": False, "says": words}


def _told(checks: list[dict[str, Any]], drill: Drill, trial: _Trial | None = None) -> dict[str, Any]:
    holds = bool(checks) and all(one["ok"] for one in checks)
    bad = sum(not one["ok"] for one in checks)
    says = (
        f"{drill.after} does all that {drill.before} does for this integration."
        if holds
        else f"{drill.after} differs in {bad} of {len(checks)} points."
    )
    if trial is not None and not trial.old_answers:
        says += f" {drill.before} answers no more, so it was held against what was stored."
    return {
        "records": trial.records if trial else 0,
        "passed": trial.passed if trial else 0,
        "holds": holds,
        "says": says,
        "checks": checks,
        "now": _pace_of(drill.before, trial.old_seconds if trial else []),
        "replacement": _pace_of(drill.after, trial.new_seconds if trial else []),
    }


def _pace_of(version: str, seconds: list[float]) -> dict[str, Any] | None:
    return {"version": version, "seconds": round(median(seconds), 3), "cost_micros": 0} if seconds else None

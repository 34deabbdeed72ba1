"""The pipelines that deals move along, and which stage somebody means."""

from __future__ import annotations

from dataclasses import dataclass

from signoff.connectors.hubspot.answers import results
from signoff.connectors.hubspot.asking import Asking
from signoff.connectors.hubspot.kinds import DEAL, VERSION, Kind
from signoff.connectors.shapes import items, member
from signoff.core.errors import InputRejected


@dataclass(frozen=True)
class Stage:
    id: str
    label: str


@dataclass(frozen=True)
class Pipeline:
    id: str
    label: str
    stages: tuple[Stage, ...]


def pipelines(asking: Asking, kind: Kind = DEAL) -> list[Pipeline]:
    """Return the pipelines of a kind of record, each with its stages in their order."""
    return [
        Pipeline(
            str(member(item, "id")),
            str(member(item, "label")),
            tuple(
                Stage(str(member(stage, "id")), str(member(stage, "label")))
                for stage in sorted(items(member(item, "stages")), key=_order)
                if not member(stage, "archived")
            ),
        )
        for item in sorted(results(asking.get(f"/crm/pipelines/{VERSION}/{kind.plural}")), key=_order)
        if not member(item, "archived")
    ]


def stage_meant(
    known: list[Pipeline], stage: str, pipeline: str | None, present: str, app: str
) -> tuple[str, str]:
    """
    Return (pipeline id, stage id) for a stage named by its id or its name.

    `pipeline` is the one somebody names, by id or name; `present` is the one the deal is in: of several stages with
    one name ("Closed won"), its own is meant. Raises `InputRejected` when there is none, or it is not clear which.
    """
    within = [one for one in known if pipeline is None or _same(pipeline, one.id, one.label)]
    if not within:
        raise _unclear("pipeline", "no such pipeline", "{app} has no pipeline of this name.", app)
    by_id = [(one, each) for one in within for each in one.stages if each.id == stage.strip()]
    found = by_id or [(one, each) for one in within for each in one.stages if _same(stage, each.label)]
    own = [(one, each) for one, each in found if one.id == present]
    if own or len(found) == 1:
        meant, each = (own or found)[0]
        return meant.id, each.id
    if not found:
        raise _unclear("stage", "no such stage", "{app} has no stage of this name for the deal.", app)
    raise _unclear("stage", "several such stages", "{app} has this stage in more than one pipeline.", app)


def _same(text: str, *names: str) -> bool:
    return text.strip().casefold() in (name.strip().casefold() for name in names)


def _order(item: object) -> int:
    order = member(item, "displayOrder")
    return order if isinstance(order, int) else 0


def _unclear(field: str, detail: str, told: str, app: str) -> InputRejected:
    return InputRejected(
        f"{field}: {detail}",
        app=app,
        field=field,
        owner_message=f"{told} Nothing was changed there.",
        next_step="Compare the stages in {app} with the integration, then run it again.",
    )

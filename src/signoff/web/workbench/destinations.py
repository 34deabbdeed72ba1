"""The fourth card: where the answer goes, and how much there may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from signoff.connectors.base import Field
from signoff.connectors.registry import manifests
from signoff.integrations import offers
from signoff.integrations.definition import REPLY
from signoff.integrations.drafts import Fault, is_handed_in
from signoff.integrations.record_part import HANDED_IN
from signoff.integrations.suggesting import likely_action
from signoff.web import building
from signoff.web.words import named
from signoff.web.workbench.cards import Data, faults_at, faults_of, icon_of, named_app
from signoff.web.workbench.values import Value, value_of


class StepRow(NamedTuple):
    """One place the answer goes to, in the form."""

    number: int
    what: str
    title: str
    where: str
    icon: str
    reaches_customer: bool
    values: list[Value]
    rare: list[Value]
    wrong: list[str]


def then_card(data: Data, faults: Sequence[Fault], known: list[Field]) -> dict[str, Any]:
    """Return what the card of the destinations shows, with limits."""
    steps = [_step(number, step, data, faults, known) for number, step in enumerate(building.steps_of(data))]
    groups: dict[str, list[tuple[str, str]]] = {}
    when = (data.get("record") or {}).get("when")
    if when in HANDED_IN or is_handed_in(data):
        back = _("Your table") if when == "upload" else _("Whoever asks")
        groups[back] = [(REPLY, _("Give the answer back"))]
    for row, action in offers.actions():
        groups.setdefault(named_app(row), []).append((f"{row.name}.{action.name}", action.label))
    limits = data.get("limits") or {}
    return {
        "steps": steps,
        "action_groups": list(groups.items()),
        "likely_action": likely_action(data),
        "per_day": limits.get("per_day") or "",
        "spend_per_day": str(limits.get("spend_per_day") or "").removesuffix(" USD"),
        "spend_per_record": str(limits.get("spend_per_record") or "").removesuffix(" USD"),
        "may_take": str(limits.get("may_take") or ""),
        "may_take_choices": _may_take(data),
        "wrong_then": faults_of(faults, "then", ("review",), *(("then", step.number) for step in steps)),
    }


def _may_take(data: Data) -> list[tuple[str, str]]:
    """Return how long a draft may take; none where the AI takes no batches, so that waiting would save nothing."""
    now = str((data.get("limits") or {}).get("may_take") or "")
    if is_handed_in(data):
        return []
    row = next((row for row in offers.ais() if row.name == (data.get("prompt") or {}).get("ai")), None)
    if not now and (row is None or not offers.takes_batches(row)):
        return []
    hours = dict.fromkeys(["2h", "4h", "8h", "24h", *([now] if now else [])])
    at_once = ("", _("No: each is written at once"))
    return [
        at_once,
        *(
            (one, _("Up to %(hours)s hours, at half the price") % {"hours": one.removesuffix("h")})
            for one in hours
        ),
    ]


def _step(number: int, step: Any, data: Data, faults: Sequence[Fault], known: list[Field]) -> StepRow:
    what, params = building.step_of(step)
    if what == REPLY:
        title, where = _("Give the answer back"), _("to whoever handed the record in")
        return StepRow(number, what, title, where, "reply", True, [], [], faults_at(faults, "then", number))
    connection, _dot, name = what.partition(".")
    row, action = offers.action_of(connection, name)
    manifest = manifests().get(row.app) if row else None
    values = [value_of(f"s-{number}-{param}", param, action, row, params.get(param), data, known)
              for param in (action.params.model_fields if action else ())] if action else []  # fmt: skip
    filled = [one for one in values if one.required or one.chosen or one.yes or one.text or len(one.rows) > 1]
    # Where nothing of an action must be there, what it is for would be hidden.
    near = filled or values
    return StepRow(
        number,
        what,
        action.label if action else named(name),
        _("in %(app)s") % {"app": named_app(row)} if row else connection,
        icon_of(manifest) if manifest else "plug",
        bool(action and action.reaches_customer),
        near,
        [one for one in values if one not in near],
        faults_at(faults, "then", number),
    )

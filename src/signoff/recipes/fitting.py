"""Puts the owner's connections into a file that was written for others, and says which are still missing."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector, lacking
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import connector_class, manifests
from signoff.integrations import offers, starting
from signoff.prompts.models import Fact
from signoff.recipes.shelf import Data, app_of, connections_in


@dataclass(frozen=True)
class Used:
    """A connection that a file names, by the app it is written for. `row` is the owner's, None while there is none."""

    name: str
    app: Manifest
    row: Connection | None
    lacks: tuple[str, ...] = ()  # what its key may not do yet, in the connector's words

    @property
    def is_ready(self) -> bool:
        return self.row is not None and not self.lacks and self.row.state == Connection.State.WORKING


@dataclass(frozen=True)
class Fitted:
    """The data of a file with the owner's connections in it, and each connection that it needs."""

    data: Data
    uses: tuple[Used, ...]

    @property
    def missing(self) -> tuple[Used, ...]:
        return tuple(one for one in self.uses if one.row is None)

    @property
    def is_ready(self) -> bool:
        return all(one.is_ready for one in self.uses)


def fit(data: Data, *, keeps_model: bool = False) -> Fitted:
    """
    Return a file's data with the owner's own connections, model and company facts in it.

    `keeps_model`: the model that the file names stays, where the AI is of the app that was meant.

    A connection that works comes before one that does not, the app that was meant before another of its kind that can
    do the same (a mailbox for Gmail). What nobody has connected keeps its name. The apps are not asked, but for the
    fields that an account has.
    """
    rows = offers.connections()
    named = ((name, _app_of(name, rows)) for name in connections_in(data))
    uses = tuple(_use(name, app, data, rows) for name, app in named if app)
    found = _renamed(copy.deepcopy(data), {one.name: one.row for one in uses if one.row is not None})
    found["prompt"] |= _model(found["prompt"], uses, keeps_model)
    if found["prompt"].get("facts"):
        found["prompt"]["facts"] = _facts(found["prompt"]["facts"])
    starting.leave_out_unknown_fields(found)
    return Fitted(found, uses)


def _model(prompt: Data, uses: tuple[Used, ...], keeps_model: bool) -> Data:
    """Return the AI and the model that is asked elsewhere here, {} where the file's own stay."""
    ai = next((one for one in uses if one.row and _is_ai(one.row)), None)
    if ai is None or ai.row is None or (keeps_model and prompt.get("model") and ai.row.app == ai.app.key):
        return {}
    usual = starting.ai_part()
    return usual if usual.get("ai") == ai.row.name else {}


def _app_of(name: str, rows: list[Connection]) -> str:
    """Return the app that a connection's name stands for: the owner's own, else as recipes name it."""
    own = next((row.app for row in rows if row.name == name), app_of(name))
    return own if own in manifests() else ""


def _use(name: str, app: str, data: Data, rows: list[Connection]) -> Used:
    asked = _asked_of(name, data)
    fitting = [row for row in rows if _fits(row, app, asked)]
    best = min(
        fitting,
        key=lambda row: (
            bool(_lacks(row, asked)),
            row.state != Connection.State.WORKING,
            row.app != app,
            row.name != name,
            row.pk,
        ),
        default=None,
    )
    return Used(name, manifests()[app], best, _lacks(best, asked) if best else ())


@dataclass(frozen=True)
class _Asked:
    """What a file asks of one connection."""

    is_ai: bool
    trigger: str
    actions: tuple[str, ...]
    names_its_fields: bool  # by `from: hubspot-main.contact.…`: only the same app has them


def _asked_of(name: str, data: Data) -> _Asked:
    record = data["record"]
    steps = [what for step in _steps(data) for what in step]
    return _Asked(
        is_ai=data["prompt"].get("ai") == name,
        trigger=str(record.get("when") or "") if record.get("from") == name else "",
        actions=tuple(what.partition(".")[2] for what in steps if what.partition(".")[0] == name),
        names_its_fields=any(_source_of(block).startswith(f"{name}.") for block in data["answer"].values()),
    )


def _fits(row: Connection, app: str, asked: _Asked) -> bool:
    cls = connector_class(row.app)
    if asked.is_ai:
        return issubclass(cls, AiConnector)
    alike = row.app == app or (
        manifests()[row.app].kind == manifests()[app].kind == "mail" and not asked.names_its_fields
    )
    tells = not asked.trigger or any(one.name == asked.trigger for one in cls.triggers)
    return alike and tells and all(action in cls.actions() for action in asked.actions)


def _is_ai(row: Connection) -> bool:
    return issubclass(connector_class(row.app), AiConnector)


def _lacks(row: Connection, asked: _Asked) -> tuple[str, ...]:
    """Return what a connection's key may not do of what is asked of it."""
    cls = connector_class(row.app)
    needs: list[str] = []
    if asked.is_ai and issubclass(cls, AiConnector):
        needs += cls.needs
    needs += (need for trigger in cls.triggers if trigger.name == asked.trigger for need in trigger.needs)
    needs += (need for name in asked.actions if name in cls.actions() for need in cls.actions()[name].needs)
    return tuple(dict.fromkeys(lacking(tuple(dict.fromkeys(needs)), row.lacks)))


def _renamed(data: Data, rows: Mapping[str, Connection]) -> Data:
    names = {name: row.name for name, row in rows.items()}
    record = data["record"]
    if record.get("from") in names:
        record["from"] = names[record["from"]]
    if data["prompt"].get("ai") in names:
        data["prompt"]["ai"] = names[data["prompt"]["ai"]]
    for name, block in data["answer"].items():
        connection, dot, rest = _source_of(block).partition(".")
        if dot and connection in names:
            data["answer"][name] = {**block, "from": f"{names[connection]}.{rest}"}
    if isinstance(data.get("then"), list):
        data["then"] = [_step(step, rows) for step in data["then"]]
    return data


def _step(step: Any, rows: Mapping[str, Connection]) -> Any:
    """Return a step at the owner's connection, without what that app's action does not take."""
    if not isinstance(step, dict):
        return step
    found = {}
    for what, params in step.items():
        name, _dot, action = what.partition(".")
        row = rows.get(name)
        known = connector_class(row.app).actions()[action].params.model_fields if row else None
        kept = {key: value for key, value in (params or {}).items() if known is None or key in known}
        found[f"{row.name if row else name}.{action}"] = kept
    return found


def _steps(data: Data) -> list[Data]:
    then = data.get("then")
    return [step for step in then if isinstance(step, dict)] if isinstance(then, list) else []


def _source_of(block: Any) -> str:
    return str(block.get("from") or "") if isinstance(block, dict) else ""


def _facts(wanted: list[str]) -> list[str]:
    """Return those of the facts that are stated; where none of them is, all that are."""
    stated = list(Fact.objects.values_list("name", flat=True))
    return [name for name in wanted if name in stated] or stated

"""Which integrations use a connection or a model, what they need of it, and what of that it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from signoff.accounts.models import Person
from signoff.connections.choosing import actions_of
from signoff.connections.client import named
from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector, lacking
from signoff.connectors.registry import connector_class
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.prompts.models import Fact
from signoff.prompts.stating import forget


@dataclass(frozen=True)
class Use:
    """What one integration needs of a connection, and what the key lacks of it, in the connector's words."""

    integration: str
    is_on: bool
    needs: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class NotYet:
    """One thing that is in the way, what to do about it, and the connection it is about."""

    says: str
    do: str
    connection: Connection | None


def ai_of(definition: Definition) -> Connection | None:
    """Return the AI that writes the drafts, None where they are handed in. Raises `Connection.DoesNotExist`."""
    return named(definition.asked.ai) if definition.asked else None


def switched_on_with(name: str) -> list[str]:
    """Return the integrations that are on and use the connection with this name."""
    return [
        integration.name
        for integration in Integration.objects.filter(is_on=True).select_related("current")
        if integration.current and name in read_definition(integration.current)[0].connections()
    ]


def models_asked_by(name: str) -> dict[str, list[str]]:
    """Return the AI models that integrations ask through the connection with this name, and by which ones."""
    asked: dict[str, list[str]] = {}
    for integration in Integration.objects.select_related("current").exclude(current=None).order_by("name"):
        if integration.current is None:
            continue
        definition = read_definition(integration.current)[0]
        own, second = definition.asked, definition.checks.second_opinion
        if own and own.ai == name:
            asked.setdefault(own.model, []).append(integration.name)
        if second and (second.ai or definition.prompt.ai) == name and (not own or second.model != own.model):
            asked.setdefault(second.model, []).append(integration.name)
    return asked


def facts_used() -> dict[str, list[str]]:
    """Return the names of the integrations that name a company fact, by the fact's name."""
    used: dict[str, list[str]] = {}
    for integration in Integration.objects.select_related("current").exclude(current=None).order_by("name"):
        if integration.current is not None:
            for name in read_definition(integration.current)[0].prompt.facts:
                used.setdefault(name, []).append(integration.name)
    return used


class FactInUse(Exception):
    """A company fact stays, because integrations hold their drafts to it: `used_by`."""

    def __init__(self, name: str, used_by: list[str]) -> None:
        super().__init__(f"{name} is used by {', '.join(used_by)}, so it stays. Take it out there first.")
        self.used_by = used_by


def forget_fact(name: str, person: Person | None) -> bool:
    """Remove a company fact with its versions; False when there is none. Raises `FactInUse`."""
    used = facts_used().get(name, [])
    if used:
        raise FactInUse(name, used)
    return forget(name, person)


def why_not_yet(definition: Definition) -> list[NotYet]:
    """Return what keeps an integration from doing its work, whether or not it is on; empty when nothing does."""
    rows = {row.name: row for row in Connection.objects.filter(name__in=definition.connections())}
    found = [
        NotYet(f"There is no connection {name}.", "Connect it under this name.", None)
        for name in sorted(definition.connections() - set(rows))
    ]
    for row in rows.values():
        if row.state == Connection.State.NEEDS_YOU:
            found.append(NotYet(f"{row.name} does not work: {row.problem}", row.next_step, row))
        for lack in dict.fromkeys(lacking(needs_of(definition, row), row.lacks)):
            found.append(
                NotYet(f"The key of {row.name} may not do this: {lack}.", "Give it the permission.", row)
            )
    stated = set(Fact.objects.values_list("name", flat=True))
    found += [
        NotYet(f"There is no company fact {name}.", "State it under company facts.", None)
        for name in definition.prompt.facts
        if name not in stated
    ]
    return found


def uses(connections: Iterable[Connection]) -> dict[str, list[Use]]:
    """Return who uses each of these connections, by the connection's name, and what they need of it."""
    rows = {row.name: row for row in connections}
    found: dict[str, list[Use]] = {name: [] for name in rows}
    for integration in Integration.objects.select_related("current").exclude(current=None).order_by("name"):
        if integration.current is None:
            continue
        definition = read_definition(integration.current)[0]
        for name in definition.connections() & rows.keys():
            needs = needs_of(definition, rows[name])
            lacks = tuple(dict.fromkeys(lacking(needs, rows[name].lacks)))
            found[name].append(Use(integration.name, integration.is_on, needs, lacks))
    return found


def needs_of(definition: Definition, connection: Connection) -> tuple[str, ...]:
    """Return the permissions that an integration needs of a connection, as its connector declares them."""
    cls = connector_class(connection.app)
    needs: list[str] = []
    if definition.prompt.ai == connection.name and issubclass(cls, AiConnector):
        needs += cls.needs
    if definition.record.from_ == connection.name:
        needs += (
            need
            for trigger in cls.triggers
            if trigger.name == definition.record.when
            for need in trigger.needs
        )
    actions = actions_of(connection)
    for step in definition.then:
        if step.connection == connection.name and step.action in actions:
            needs += actions[step.action].needs
    return tuple(dict.fromkeys(needs))


def model_of(connection: Connection) -> str:
    """Return an AI model that an integration which is on asks on this connection, "" where none does."""
    for integration in Integration.objects.filter(is_on=True).select_related("current").order_by("name"):
        if integration.current:
            asked = read_definition(integration.current)[0].asked
            if asked and asked.ai == connection.name:
                return asked.model
    return ""

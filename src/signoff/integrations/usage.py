"""Which integrations use a connection or a model, what they need of it, and what of that it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector, lacking
from signoff.connectors.registry import connector_class
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration


@dataclass(frozen=True)
class Use:
    """What one integration needs of a connection, and what the key lacks of it, in the connector's words."""

    integration: str
    is_on: bool
    needs: tuple[str, ...]
    lacks: tuple[str, ...]


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
        prompt, second = definition.prompt, definition.checks.second_opinion
        if prompt.ai == name:
            asked.setdefault(prompt.model, []).append(integration.name)
        if second and (second.ai or prompt.ai) == name and second.model != prompt.model:
            asked.setdefault(second.model, []).append(integration.name)
    return asked


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
    actions = cls.actions()
    for step in definition.then:
        if step.connection == connection.name and step.action in actions:
            needs += actions[step.action].needs
    return tuple(dict.fromkeys(needs))


def model_of(connection: Connection) -> str:
    """Return an AI model that an integration which is on asks on this connection, "" where none does."""
    for integration in Integration.objects.filter(is_on=True).select_related("current").order_by("name"):
        if integration.current:
            prompt = read_definition(integration.current)[0].prompt
            if prompt.ai == connection.name:
                return prompt.model
    return ""

"""Which integrations would stop without a connection, or without a model."""

from __future__ import annotations

from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration


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
        prompt = read_definition(integration.current)[0].prompt
        if prompt.ai == name:
            asked.setdefault(prompt.model, []).append(integration.name)
    return asked

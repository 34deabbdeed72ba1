"""Which integrations would stop without a connection."""

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

"""What is known beforehand of ends: the dates that stand in the connectors' manifests."""

from __future__ import annotations

from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector
from signoff.connectors.manifest import End
from signoff.connectors.registry import connector_class


def model_end(connection: Connection, model: str) -> End | None:
    """Return when a model of this connection's AI stops and what follows it; None where nothing is known."""
    cls = connector_class(connection.app)
    return cls.end_of(model, connection.settings) if issubclass(cls, AiConnector) else None

"""Connectors on the practice apps: `connect(practice, "hubspot")` gives one that is signed in."""

from __future__ import annotations

from signoff.connectors.base import Connector
from signoff.connectors.registry import connector_class, manifests
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE
from signoff_sandbox.testing import HUBSPOT_KEY, OPENAI_KEY, Practice


def connect(practice: Practice, app: str, key: str | None = None) -> Connector:
    if key is None:
        key = {"hubspot": HUBSPOT_KEY, "openai": OPENAI_KEY}.get(app) or practice.grant().access_token
    base = practice.address(app) + ("/v1" if app == "openai" else "")
    door = Door(
        base,
        app=manifests()[app].name,
        authorise=lambda: {"Authorization": f"Bearer {key}"},
        allow_hosts=HERE,
        timeout_seconds=5.0,
    )
    return connector_class(app)(door)

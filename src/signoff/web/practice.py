"""Whether what is connected is a practice app: made-up data on this very computer."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.connectors.registry import manifests


def is_practice(connection: Connection) -> bool:
    """Say whether a connection leads to this computer instead of to the real app."""
    host = urlsplit(connection.base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def notice() -> str:
    """Return the line that every page carries while something connected is not real; else nothing."""
    made_up = [
        connection
        for connection in Connection.objects.exclude(base_url="").only(
            "name", "app", "base_url", "account_name"
        )
        if is_practice(connection)
    ]
    if not made_up:
        return ""
    ais = [c for c in made_up if (app := manifests().get(c.app)) is not None and app.kind == "ai"]
    if any("local" in (c.name + c.account_name).lower() for c in ais):
        return _("Small AI on this computer: its drafts are poor and meant for practice.")
    if len(ais) == len(made_up):
        return _("Practice AI: made-up drafts.")
    if ais:
        return _("Practice AI and apps: made-up drafts, no real customers.")
    return _("Practice apps: no real customers.")

"""Whether what is connected is a practice app, made-up data on this very computer; and which the demo offers."""

from __future__ import annotations

import ipaddress
import json
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import manifests
from signoff.core.errors import CredentialRejected, SignoffError
from signoff.core.home import practice_apps


class StandIn(NamedTuple):
    """
    A practice app that stands in for a real one in the demo.

    `keys` are what it takes, each with its label, to be copied by hand as one copies a real key.
    """

    app: str
    address: str
    keys: list[tuple[str, str]]
    settings: dict[str, str]

    def is_at(self, address: object) -> bool:
        """Say whether an address in a form leads to it."""
        return urlsplit(str(address or "").strip()).netloc == urlsplit(self.address).netloc


def stand_in(manifest: Manifest, chosen: dict[str, str]) -> StandIn | None:
    """Return what stands in for an app here; None outside of a demo, and where the demo has none."""
    presets = manifest.auth.presets
    if presets and manifest.auth.preset(chosen) != presets[0]:
        return None  # another provider, which nothing stands in for
    try:
        told = json.loads(practice_apps().read_text()).get(manifest.key)
    except FileNotFoundError:
        return None
    if told is None:
        return None
    if manifest.auth.kind == "oauth":
        parts = json.loads(told["key"])
        keys = [(_("Client id"), parts["client_id"]), (_("Client secret"), parts["client_secret"])]
    else:
        keys = [(manifest.auth.label, told["key"])]
    for setting in manifest.auth.settings:
        if setting.secret and setting.name in told["settings"]:
            keys.append((setting.label, told["settings"][setting.name]))
    return StandIn(manifest.name, told["address"], keys, told["settings"])


def in_practice(error: SignoffError, here: StandIn) -> SignoffError:
    """Return the error with a next step that fits a practice app: nobody makes a key for it at the real one."""
    if isinstance(error, CredentialRejected):
        error.next_step = _("This is the practice %(app)s. The key that it takes stands below: copy it.") % {
            "app": here.app
        }
    return error


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

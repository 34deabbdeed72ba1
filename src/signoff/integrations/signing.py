"""With which secret the records that come by webhook are signed."""

from __future__ import annotations

import base64
import binascii
import json
import secrets

from signoff.connections.models import Connection
from signoff.connectors.registry import manifests
from signoff.core.secret import Secret
from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration
from signoff.vault import seal
from signoff.vault.fields import context

WEBHOOK_APP = "webhook"
OWN_SECRET = ("standard", "static")  # the schemes for which we may choose the secret ourselves


def signing_secret(integration: Integration, definition: Definition) -> Secret | None:
    """Return the secret that an integration's webhook holds records to; None when none is stored."""
    if definition.record.from_ is None:
        if integration.secret_sealed is None:
            return None
        return seal.open(integration.secret_sealed, context(integration, "secret"))
    row = Connection.objects.filter(name=definition.record.from_).first()
    if row is None:
        return None
    key = seal.open(row.sealed, context(row, "secret"))
    # The apps one signs in to sign their webhooks with the secret of the sign-in's client.
    return key if row.app == WEBHOOK_APP else Secret(json.loads(key.reveal())["client_secret"])


def new_secret(integration: Integration) -> Secret:
    """Choose a secret for an integration and seal it into its row (not saved here)."""
    # The form of Standard Webhooks, which does for a static header just as well.
    text = Secret("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    integration.secret_sealed = seal.seal(text, context(integration, "secret"))
    return text


def fault_of(scheme: str, connection: Connection | None) -> str | None:
    """Say why records signed by a scheme could never be let in, None when they can."""
    if connection is None:
        if scheme in OWN_SECRET:
            return None
        return (
            f"`signed: {scheme}` needs the app's signing secret: connect it with `signoff connect webhook "
            "--name NAME`, and put that name behind `from`."
        )
    manifest = manifests()[connection.app]
    if connection.app != WEBHOOK_APP:
        if manifest.auth.kind == "oauth":
            return None
        return (
            f"The key of `{connection.name}` is not what {manifest.name} signs with. Connect the signing "
            "secret with `signoff connect webhook --name NAME`, and put that name behind `from`."
        )
    key = seal.open(connection.sealed, context(connection, "secret")).reveal()
    if scheme == "standard" and not _is_standard(key):
        return f"The secret of `{connection.name}` is none of Standard Webhooks: those begin with whsec_."
    return None


def _is_standard(key: str) -> bool:
    try:
        text = key.removeprefix("whsec_").removeprefix("whpk_")
        return bool(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError):
        return False

"""
Apps that tell us by themselves: whether it is really they who speak, and which integrations listen.

An app often knows one address for everything it has to say. So what comes to the address of one integration is
heard by all that listen to the same app, each with its own connection: two phone numbers, two integrations, and
nothing is lost because it came to the other's address.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from signoff.connections.client import secret_setting
from signoff.connections.models import Connection
from signoff.connectors.base import Connector, Event, Receipt, Trigger
from signoff.connectors.manifest import Pushes
from signoff.connectors.push import Push
from signoff.connectors.registry import connector_class, manifests
from signoff.connectors.signatures import Verdict, verify
from signoff.core.errors import SignatureRejected
from signoff.core.secret import Secret
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.record_part import HANDED_IN
from signoff.vault import seal
from signoff.vault.fields import context

OF_SIGN_IN = "client_secret"


@dataclass(frozen=True)
class Told:
    """What one request told one integration."""

    integration: Integration
    definition: Definition
    events: tuple[Event, ...]
    words: str


@dataclass(frozen=True)
class Heard:
    """What one request says to one connection: what happened, and what became of things we sent."""

    connection: Connection
    told: tuple[Told, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    events: tuple[Event, ...] = field(default=(), repr=False)

    @property
    def was_for_nobody(self) -> bool:
        """Say whether something happened, and every integration that listens for it is switched off."""
        return any(one.events for one in self.told) and not any(
            one.events and one.integration.is_on for one in self.told
        )


def trigger_of(definition: Definition, app: str) -> Trigger | None:
    """Return the trigger of an app that an integration starts by, None where it is none of the app's."""
    for trigger in connector_class(app).triggers:
        if trigger.name == definition.record.when:
            return trigger
    return None


def tells_us(definition: Definition) -> str | None:
    """Return the app that tells this integration by itself, None where its records come another way."""
    source = definition.record
    if source.from_ is None or source.when in (None, *HANDED_IN):
        return None
    app = Connection.objects.filter(name=source.from_).values_list("app", flat=True).first()
    trigger = trigger_of(definition, app) if app in manifests() else None
    return app if trigger and trigger.pushed else None


def fields_told(definition: Definition) -> tuple[str, ...]:
    """Return the fields of records that an app tells us whole, whichever of them the AI may see; () for others."""
    app = tells_us(definition)
    trigger = trigger_of(definition, app) if app else None
    return trigger.fields if trigger and not trigger.polled else ()


def fault_of(connection: Connection, trigger: Trigger) -> str | None:
    """Say why what an app tells us could never be believed, None where it can (or need not be told)."""
    if trigger.polled or secret_of(connection) is not None:
        return None
    manifest = manifests()[connection.app]
    name = manifest.pushes.secret if manifest.pushes else ""
    label = next((s.label for s in manifest.auth.settings if s.name == name), name)
    return (
        f"{manifest.name} signs what it tells us, and its “{label}” is not stored for `{connection.name}`. "
        f"Store it with `signoff connect {connection.app} --name {connection.name} --set-env {name}=VAR`."
    )


def handshake(app: str, push: Push) -> str | None:
    """
    Return the answer to an app that only asks whether this address is ours; None: it asks for something else.

    Raises `SignatureRejected` when it is none of the connected apps.
    """
    refused: SignatureRejected | None = None
    for connection in Connection.objects.filter(app=app):
        try:
            answer = _class(connection).handshake(push, _secrets(connection))
        except SignatureRejected as error:
            refused = error
            continue
        if answer is not None:
            return answer
    if refused is not None:
        raise refused
    return None


def genuine(app: str, push: Push) -> tuple[list[Connection], str]:
    """Return the connections whose app signed this request; where there are none, also why."""
    found, why = [], "No connection could have been meant."
    for connection in Connection.objects.filter(app=app):
        verdict = _verdict(connection, push)
        if verdict.accepted:
            found.append(connection)
        else:
            why = verdict.reason
    return found, why


def hear(connections: Sequence[Connection], push: Push) -> list[Heard]:
    """Return what a genuine request says to each of these connections. Raises `Unreadable`."""
    listeners = [
        (integration, read_definition(integration.current)[0])
        for integration in Integration.objects.exclude(current=None).select_related("current").order_by("pk")
        if integration.current is not None
    ]
    found = []
    for connection in connections:
        cls = _class(connection)
        ours = replace(push, account_id=connection.account_id, settings=_settings(connection))
        events: dict[str, tuple[Event, ...]] = {}
        told = []
        for integration, definition in listeners:
            trigger = trigger_of(definition, connection.app)
            if definition.record.from_ != connection.name or trigger is None or not trigger.pushed:
                continue
            if trigger.name not in events:
                events[trigger.name] = tuple(cls.receive(ours, trigger.name))
            words = f"{manifests()[connection.app].name} told us: {trigger.name.replace('_', ' ')}"
            told.append(Told(integration, definition, events[trigger.name], words))
        everything = tuple(event for several in events.values() for event in several)
        found.append(Heard(connection, tuple(told), tuple(cls.receipts(ours)), everything))
    return found


def secret_of(connection: Connection) -> Secret | None:
    """Return the secret with which an app signs what it tells us, None where none is stored."""
    pushes = manifests()[connection.app].pushes
    return _secret(connection, pushes) if pushes else None


def _secret(connection: Connection, pushes: Pushes) -> Secret | None:
    stated = secret_setting(connection, pushes.secret)
    if stated is None and manifests()[connection.app].auth.kind == "oauth" and pushes.secret == OF_SIGN_IN:
        # The apps one signs in to sign with the secret of the sign-in's client.
        grant = json.loads(seal.open(connection.sealed, context(connection, "secret")).reveal())
        return Secret(grant["client_secret"]) if grant.get("client_secret") else None
    return stated


def _verdict(connection: Connection, push: Push) -> Verdict:
    pushes = manifests()[connection.app].pushes
    secret = secret_of(connection)
    if pushes is None or secret is None:
        return Verdict(False, "No secret is stored for it yet, so nothing can be accepted.")
    return verify(
        pushes.signature,
        secret.reveal(),
        push.headers,
        push.body,
        method=push.method,
        url=push.url,
        now=time.time(),
    )


def _secrets(connection: Connection) -> dict[str, Secret]:
    names = [setting.name for setting in manifests()[connection.app].auth.settings if setting.secret]
    found = {name: secret_setting(connection, name) for name in names}
    return {name: secret for name, secret in found.items() if secret is not None}


def _settings(connection: Connection) -> dict[str, str]:
    return {
        setting.name: connection.settings.get(setting.name) or setting.default
        for setting in manifests()[connection.app].auth.settings
        if not setting.secret
    }


def _class(connection: Connection) -> type[Connector]:
    return connector_class(connection.app)

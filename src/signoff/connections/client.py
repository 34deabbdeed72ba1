"""An authorised client for a connection. Its key is opened when a request is signed, and may be replaced meanwhile."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction

from signoff.connections import described, foretold
from signoff.connections.models import Connection
from signoff.connections.waiting import wait_inside
from signoff.connectors import oauth
from signoff.connectors.base import Connector
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import connector_class, manifest_for
from signoff.core import clock
from signoff.core.errors import CredentialRejected, Unavailable
from signoff.core.home import allowed_hosts
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.program import SCHEME, Program
from signoff.vault import seal
from signoff.vault.fields import context
from signoff.vault.keys import KeyTrouble

if TYPE_CHECKING:
    from signoff.outbound.mail_door import MailDoor

RENEW_BEFORE = timedelta(minutes=5)  # an access token is renewed this long before it ends
KEPT_SECONDS = 2.0  # how long a row is trusted before it is read again: a new key is in use within this time


class KeyNotHere(Unavailable):
    """The master key at hand is not the one that sealed this connection's key."""

    owner_message = "Signoff's own key does not open the saved key of {app}. Nothing is lost; the work waits."
    next_step = "Put back the key file that belongs to this database. `signoff doctor` says more."


def client_for(connection: Connection, version: str = "") -> Connector:
    """
    Return the connector of this connection, authorised. The first call shows what is wrong with it.

    `version`: which version of the app's API it speaks, where not its own.
    """
    manifest = manifest_of(connection)
    kept = _Credential(connection, manifest)
    if manifest.door == "mail":
        door = mail_door_for(connection, kept.secret, kept.renew)
        # The class says in its own type that its door is this one.
        return connector_class(connection.app)(cast(Any, door), connection.settings)
    if is_program(connection):
        program = program_for(connection, kept.secret)
        client = connector_class(connection.app)(cast(Any, program), connection.settings)
    else:
        client = connector_class(connection.app)(door_for(connection, version), connection.settings)
    client.chosen = connection.chosen
    client.api_version = version or manifest.api.version
    return client


def is_program(connection: Connection) -> bool:
    """Say whether what is asked is a program on this computer, which its owner stated here by a command."""
    return connection.base_url.startswith(SCHEME)


def program_for(connection: Connection, secret: Callable[[], Secret]) -> Program:
    """Return the way to a program; it is always the one that was stated under the connection's own name."""
    return Program(connection.name, manifest_of(connection).name, secret)


def mail_door_for(
    connection: Connection, secret: Callable[[], Secret], renew: Callable[[], bool] | None = None
) -> MailDoor:
    """Return the way out to a mailbox; `secret` gives its password or access token at that moment."""
    from signoff.outbound.mail_door import MailDoor, SignIn  # brings IMAP along, 1 MB, which most never need

    manifest = manifest_of(connection)
    place = connector_class(connection.app).mailbox(connection.settings)
    is_token = manifest.auth.kind == "oauth"
    return MailDoor(
        place.imap,
        place.smtp,
        app=manifest.name,
        sign_in=lambda: SignIn(place.user, secret(), is_token=is_token),
        refresh=renew,
        allow_hosts=allowed_hosts(),
    )


def secret_setting(connection: Connection, name: str) -> Secret | None:
    """Return a secret setting of a connection (an app's signing secret), None where none was stated."""
    if connection.settings_sealed is None:
        return None
    kept = json.loads(opened(connection, "settings", connection.settings_sealed).reveal())
    return Secret(kept[name]) if kept.get(name) else None


def door_for(connection: Connection, version: str = "") -> Door:
    """
    Return the way out for a connection; it signs each request with the key as it is at that moment.

    What the app tells by the way of an end of its API's `version` is noted.
    """
    manifest = manifest_of(connection)
    api, spoken = manifest.api, version or manifest.api.version
    kept = _Credential(connection, manifest)
    return Door(
        address_of(connection, manifest),
        app=manifest.name,
        authorise=kept.headers,
        refresh=kept.renew,
        allow_hosts=allowed_hosts(),
        also_signed=manifest.api.also_signed,
        secrets=lambda name: _hidden(connection, name),
        on_headers=lambda headers: foretold.hear(connection, spoken, api, headers),
        instead={one: spoken for one in api.versions() if one != spoken} if api.speaks else None,
    )


def _hidden(connection: Connection, name: str) -> str:
    secret = secret_setting(_row(connection.pk) or connection, name)
    return secret.reveal() if secret else ""


def manifest_of(connection: Connection) -> Manifest:
    """Return the manifest of a connection's app, as it is for the provider that the owner chose."""
    return manifest_for(connection.app, connection.settings)


def address_of(connection: Connection, manifest: Manifest) -> str:
    """Return the address that a connection asks: its own, else the app's; "" where it needs one and has none."""
    if not manifest.auth.address:
        return connection.base_url or manifest.api.base_url
    # Whoever knows the address of a webhook can send to it, so it is sealed like a key.
    kept = secret_setting(connection, manifest.auth.address)
    return kept.reveal() if kept else ""


def opened(row: Connection, part: str, sealed: bytes | memoryview) -> Secret:
    """
    Return a secret of a connection. Raises `CredentialRejected` when the saved value is damaged, `KeyNotHere` when
    another master key has sealed it.
    """
    app = manifest_of(row).name
    try:
        return seal.open(sealed, context(row, part))
    except KeyTrouble as error:
        raise KeyNotHere(f"{row.name}: {part}: sealed with another master key", app=app) from error
    except seal.Damaged as error:
        raise CredentialRejected(
            str(error),
            app=app,
            owner_message="The saved key of {app} is damaged on our side. Nothing is lost; the work waits.",
        ) from error


def key_headers(manifest: Manifest, key: Secret) -> dict[str, str]:
    """Return the header that carries a key, by the manifest's pattern; none where a provider wants no key."""
    if not key.reveal():
        return {}
    name, _, pattern = manifest.auth.header.partition(":")
    if "{basic}" in pattern:  # RFC 7617; who has no password gives the name and a colon
        pair = key.reveal() if ":" in key.reveal() else f"{key.reveal()}:"
        pattern = pattern.replace("{basic}", base64.b64encode(pair.encode()).decode())
    return {name.strip(): pattern.strip().replace("{key}", key.reveal())}


class _Credential:
    """The key of one connection, as the door asks for it."""

    def __init__(self, connection: Connection, manifest: Manifest) -> None:
        self.connection = connection
        self.manifest = manifest
        self._used = threading.local()  # which key or access token this thread's request carried

    def headers(self) -> Mapping[str, str]:
        secret = self.secret()
        if self.manifest.auth.kind == "key":
            return key_headers(self.manifest, secret)
        return {"Authorization": f"Bearer {secret.reveal()}"}

    def secret(self) -> Secret:
        """Return the key, or the access token of a sign-in, as it is now."""
        row = _row(self.connection.pk) or self.connection
        self._used.key_since = row.key_since
        if self.manifest.auth.kind == "key":
            return opened(row, "secret", row.sealed)
        if (
            row.access_sealed is None
            or row.access_ends_at is None
            or row.access_ends_at < clock.now() + RENEW_BEFORE
        ):
            self._renew_once(row.access_ends_at)
            row = _row(self.connection.pk, fresh=True) or row
        self._used.ends_at = row.access_ends_at
        return opened(row, "access", row.access_sealed or b"")

    def renew(self) -> bool:
        """
        Get a new access token because the app refused the present one; True: worth asking again.

        A key cannot be renewed, but it may have been replaced a moment ago, and the old one ended with that.
        """
        if self.manifest.auth.kind == "key":
            row = _row(self.connection.pk, fresh=True)
            return row is not None and row.key_since != getattr(self._used, "key_since", None)
        # Not the row's present token: that one may be another thread's answer to the same refusal.
        self._renew_once(getattr(self._used, "ends_at", None))
        _row(self.connection.pk, fresh=True)
        return True

    def _renew_once(self, seen_ends_at: Any) -> None:
        """Renew under the row's lock: of all that find it over, one renews, and the rest use its token."""
        with transaction.atomic():
            wait_inside()
            row = Connection.objects.select_for_update(no_key=True).get(pk=self.connection.pk)
            if row.access_sealed is not None and row.access_ends_at != seen_ends_at:
                return
            grant = json.loads(opened(row, "secret", row.sealed).reveal())
            tokens = oauth.refresh(
                plain_door(row.base_url, self.manifest),
                self.manifest,
                base_override=row.base_url,
                client_id=grant["client_id"],
                client_secret=Secret(grant["client_secret"]),
                refresh_token=Secret(grant.get("refresh_token", "")),
                place=oauth.place_in(self.manifest, grant),
            )
            keep_tokens(row, tokens)
            row.save(update_fields=["access_sealed", "access_ends_at", "sealed"])


def keep_tokens(row: Connection, tokens: oauth.Tokens) -> None:
    """Seal what a sign-in or a renewal brought into the row (not saved here)."""
    row.access_sealed = seal.seal(tokens.access_token, context(row, "access"))
    row.access_ends_at = tokens.expires_at
    if tokens.refresh_token is not None:
        grant = json.loads(opened(row, "secret", row.sealed).reveal())
        grant["refresh_token"] = tokens.refresh_token.reveal()
        row.sealed = seal.seal(Secret(json.dumps(grant)), context(row, "secret"))


def plain_door(base_url: str, manifest: Manifest) -> Door:
    """Return a way out that signs nothing, for signing in."""
    return Door(base_url or manifest.api.base_url, app=manifest.name, allow_hosts=allowed_hosts())


def _row(pk: int, fresh: bool = False) -> Connection | None:
    """Return the connection's row, at most `KEPT_SECONDS` old: each call would cost a query otherwise."""
    now = time.monotonic()
    with _lock:
        kept = _rows.get(pk)
    if kept is not None and not fresh and now - kept[0] < KEPT_SECONDS:
        return kept[1]
    row = Connection.objects.filter(pk=pk).first()
    with _lock:
        if row is None:
            _rows.pop(pk, None)
        else:
            _rows[pk] = (now, row)
    return row


def named(name: str) -> Connection:
    """
    Return the connection with this name, at most `KEPT_SECONDS` old; one that needs its owner is always read anew.

    Raises `Connection.DoesNotExist`.
    """
    with _lock:
        pk = _names.get(name)
    row = _row(pk) if pk is not None else None
    if row is None or row.name != name or row.state == Connection.State.NEEDS_YOU:
        row = Connection.objects.get(name=name)
        with _lock:
            _names[name] = row.pk
            _rows[row.pk] = (time.monotonic(), row)
    return row


def forget_all() -> None:
    """Forget every row that is kept (a test's database is another one each time)."""
    described.forget()
    with _lock:
        _rows.clear()
        _names.clear()


def forget(connection: Connection) -> None:
    """Forget what is kept of a row, after it was changed in this process."""
    with _lock:
        _rows.pop(connection.pk, None)


_rows: dict[int, tuple[float, Connection]] = {}
_names: dict[str, int] = {}
_lock = threading.Lock()

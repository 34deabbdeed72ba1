"""Connecting: a key is tested before it is saved, and a new key must belong to the same account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from django.db import connection as db
from django.db import transaction

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.connections import described, watch
from signoff.connections.client import (
    address_of,
    forget,
    is_program,
    keep_tokens,
    key_headers,
    mail_door_for,
    manifest_of,
    plain_door,
    program_for,
    secret_setting,
)
from signoff.connections.keys import refuse_foreign, wrong_kind
from signoff.connections.models import Connection
from signoff.connections.standing import keep
from signoff.connections.stating import (
    check_address,
    check_name,
    clean_key,
    clean_password,
    for_program,
    keep_settings,
    manifest_named,
    name_taken,
    need_address,
    refuse_password,
    refused,
    settings_found,
    stated_limits,
    whole_address,
)
from signoff.connections.waiting import wait_inside
from signoff.connectors import oauth
from signoff.connectors.base import Account, Connector
from signoff.connectors.manifest import PROVIDER, Manifest
from signoff.connectors.registry import connector_class, manifest_for
from signoff.core import clock
from signoff.core.errors import Broken, CredentialRejected, RateLimited, SignoffError, Unavailable
from signoff.core.home import allowed_hosts
from signoff.core.secret import Secret
from signoff.outbound import program
from signoff.outbound.door import Door
from signoff.vault import seal
from signoff.vault.fields import context


def connect(
    app: str,
    name: str,
    secret: Secret,
    *,
    base_url: str = "",
    limits: Mapping[str, Any] | None = None,
    settings: Mapping[str, str] | None = None,
    person: Person | None = None,
    other_account: bool = False,
    sign_in_ends_at: datetime | None = None,
    as_program: bool = False,
) -> Connection:
    """
    Test a key and save it under a name; a name that exists gets the new key.

    For an app with sign-in, `secret` is a JSON text with client_id, client_secret and refresh_token. Raises
    the four error families, and `InputRejected` for a bad name, an unknown app, a setting that is missing, or a
    key of another account than before (`other_account=True` accepts that). Nothing is saved then. Settings that
    are not stated stay as they were. `sign_in_ends_at` is the end that the app named when somebody signed in.
    `as_program`: it is a program on this computer, stated under this name (`signoff.outbound.program`); only a command
    says so.
    """
    manifest = manifest_named(app)
    check_name(manifest, name)
    base_url = for_program(manifest, name, base_url) if as_program else base_url
    check_address(manifest, base_url, as_program)
    stated = stated_limits(manifest.name, limits)
    with transaction.atomic():
        wait_inside()
        with db.cursor() as cursor:
            # Of two that connect the same new name at once, the second replaces the key of the first.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"connections.name:{name}"])
        row = Connection.objects.select_for_update(no_key=True).filter(name=name).first()
        is_new = row is None
        if row is None:
            row = Connection(name=name, app=app)
        elif row.app != app:
            raise name_taken(manifest, name)
        before = row.settings.get(PROVIDER, "")
        settings = {**(settings or {}), **settings_found(app, row, settings or {})}
        manifest = manifest_for(app, {**row.settings, **settings})
        if manifest.door == "mail" and manifest.auth.kind == "key":
            secret = clean_password(manifest, manifest.auth.preset({**row.settings, **settings}), secret)
        else:
            refuse_password(manifest, secret)
            secret = clean_key(manifest, secret)
        if base_url or is_new or settings.get(PROVIDER) not in (None, "", before):
            row.base_url = base_url if as_program else whole_address(manifest, base_url)
        if is_new:
            # The row's number is part of what seals the key; a key that fails its test takes the row with it.
            row.sealed = b""
            row.save()
        row.sealed = seal.seal(secret, context(row, "secret"))
        row.key_since, row.sign_in_ends_at = clock.now(), sign_in_ends_at
        row.limits = {**row.limits, **stated}
        keep_settings(row, manifest, settings)
        need_address(row, manifest)
        if not row.base_url:
            refuse_foreign(manifest, secret)
        try:
            account = _test(row, secret)
        except SignoffError as error:
            raise while_connecting(error, manifest, bool(row.base_url), secret) from error
        if row.account_id and account.id != row.account_id and not other_account:
            raise refused(
                manifest.name,
                "account",
                f"This key belongs to {account.name}, but {name} is connected to {row.account_name}. "
                "Paste a key of that account, or make a new connection for this one.",
            )
        keep(row, account)
        row.mended_at = row.checked_at
        row.save()
        watch.begin(row)
        note(person or "command line", "connected" if is_new else "replaced the key of", f"connection {name}")
    forget(row)
    return row


def disconnect(connection: Connection, person: Person | None = None) -> None:
    """Forget a connection and its key. Raises `ProtectedError` while deliveries refer to it."""
    with transaction.atomic():
        # Under its lock: a worker that begins to watch it at this moment must find it gone, not keep it from going.
        Connection.objects.select_for_update().filter(pk=connection.pk).first()
        note(person or "command line", "disconnected", f"connection {connection.name}")
        connection.delete()
        described.forget_unused(connection.app)
    forget(connection)
    if is_program(connection):
        _forget_program(connection.name)


def _forget_program(name: str) -> None:
    try:
        program.forget(name)
    except program.NoProgram:
        pass  # its file is not to be trusted, and nothing in it is run


def _test(row: Connection, secret: Secret) -> Account:
    """Return the account that a key opens, by asking the app; for a sign-in, by renewing it first."""
    manifest = manifest_of(row)
    if manifest.auth.kind == "oauth":
        parts = _grant(manifest, secret)
        tokens = oauth.refresh(
            plain_door(row.base_url, manifest),
            manifest,
            base_override=row.base_url,
            client_id=parts["client_id"],
            client_secret=Secret(parts["client_secret"]),
            refresh_token=Secret(parts.get("refresh_token", "")),
            place=oauth.place_in(manifest, parts),
        )
        keep_tokens(row, tokens)
        secret = tokens.access_token
        headers = {"Authorization": f"Bearer {secret.reveal()}"}
    else:
        headers = key_headers(manifest, secret)
    if manifest.door == "mail":
        return connector_class(row.app)(cast(Any, mail_door_for(row, lambda: secret)), row.settings).check()
    if is_program(row):
        by_pipes: Connector = connector_class(row.app)(
            cast(Any, program_for(row, lambda: secret)), row.settings
        )
        by_pipes.chosen = row.chosen
        return by_pipes.check()
    door = Door(
        address_of(row, manifest),
        app=manifest.name,
        authorise=lambda: headers,
        allow_hosts=allowed_hosts(),
        also_signed=manifest.api.also_signed,
        secrets=lambda name: _revealed(row, name),
    )
    client: Connector = connector_class(row.app)(door, row.settings)
    client.chosen = row.chosen
    return client.check()


def _revealed(row: Connection, name: str) -> str:
    secret = secret_setting(row, name)
    return secret.reveal() if secret else ""


def _grant(manifest: Manifest, secret: Secret) -> dict[str, str]:
    """Return the three parts of a sign-in; where nobody signs in, there are two."""
    names: tuple[str, ...] = ("client_id", "client_secret", "refresh_token")
    if manifest.auth.gets_in_alone:
        names = names[:2]
    if manifest.auth.asks_the_server:  # a client that is known to everybody has no secret
        names = ("client_id", "refresh_token", "token_url", "resource")
    try:
        grant = json.loads(secret.reveal())
    except (ValueError, RecursionError):
        grant = None
    if not isinstance(grant, dict) or not all(isinstance(grant.get(n), str) and grant[n] for n in names):
        raise refused(
            manifest.name,
            "secret",
            f"This is not a whole sign-in: it must hold {', '.join(names[:-1])} and {names[-1]}.",
        )
    kept = {name: grant[name] for name in names}
    if manifest.auth.asks_the_server:
        kept |= {name: str(grant.get(name) or "") for name in ("client_secret", "by")}
    return kept


def _makes_keys(manifest: Manifest) -> bool:
    """Say whether the manifest knows a page that makes keys; of one's own server it may know only docs."""
    page, written = urlsplit(manifest.auth.where_url), urlsplit(manifest.api.docs)
    return bool(page.hostname) and not (manifest.api.leads_nowhere and page.hostname == written.hostname)


def while_connecting(
    error: SignoffError, manifest: Manifest, own_address: bool, secret: Secret | None = None
) -> SignoffError:
    """Return the error in the words of somebody who connects: no work waits, and nothing was saved."""
    told = error.owner_message
    for ending in ("Nothing is lost; the work waits.", "Nothing is lost; we try again by ourselves."):
        told = told.replace(ending, "Nothing was saved.")
    error.owner_message = told if "Nothing was saved" in told else f"{told} Nothing was saved."
    if manifest.door == "mail" and not isinstance(error, Broken):
        for waiting, here in (
            (" If they are right, we go on by ourselves.", ""),
            ("press Test now", "try again"),
        ):
            error.next_step = error.next_step.replace(waiting, here)
        return error  # there are two servers: it says itself which one it is, and what to look at
    if isinstance(error, CredentialRejected) and manifest.auth.kind == "key":
        error.owner_message = f"{manifest.name} does not accept this key. Nothing was saved."
        where = f"at {manifest.auth.where_url}" if _makes_keys(manifest) else "where it is run"
        error.next_step = f"Copy it once more, or make a new one {where}"
        wrong = wrong_kind(manifest, secret) if secret is not None else None
        if wrong is not None:
            error.next_step = wrong.says
    elif isinstance(error, Unavailable):
        if own_address:
            error.next_step = "Look at the address, then try again."
        elif isinstance(error, RateLimited):
            error.next_step = "Try again in a minute."
        else:
            error.next_step = "See whether this computer is on the internet, then try again in a minute."
    elif isinstance(error, Broken):
        error.owner_message = f"What answered does not speak as {manifest.name} does. Nothing was saved."
        error.next_step = (
            "Look at the address, then try again."
            if own_address
            else "Try again in a minute. If it stays, send us the details."
        )
    return error

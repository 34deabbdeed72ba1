"""Signing in at an app (OAuth with PKCE): begun with an address to go to, finished with what the app sends back."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.core import signing

from signoff.accounts.models import Person
from signoff.connections.client import plain_door
from signoff.connections.connect import connect, while_connecting
from signoff.connections.models import Connection
from signoff.connections.stating import (
    check_address,
    check_name,
    clean_key,
    filled_in,
    manifest_named,
    name_taken,
    refused,
    whole_address,
)
from signoff.connectors import oauth
from signoff.connectors.discovering import WayIn, discover, register
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import connector_class, manifest_for
from signoff.core.errors import CredentialRejected, SignoffError
from signoff.core.home import allowed_hosts
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.vault import seal
from signoff.vault.keys import KeyTrouble

SIGN_IN_SECONDS = 15 * 60
FIND_SECONDS = 15.0  # of one question, when a server is asked how one signs in there


@dataclass(frozen=True)
class SignIn:
    """A sign-in that was begun: send the person to `address`; `state` comes back with them."""

    address: str
    state: str


def begin_sign_in(
    app: str,
    name: str,
    client_id: str,
    client_secret: Secret,
    redirect_uri: str,
    base_url: str = "",
    settings: Mapping[str, str] | None = None,
) -> SignIn:
    """Begin to sign in at an app (OAuth with PKCE). What must be remembered travels sealed in `state`."""
    manifest = manifest_named(app)
    check_name(manifest, name)
    check_address(manifest, base_url)
    row = Connection.objects.filter(name=name).first()
    if row is not None and row.app != app:
        raise name_taken(manifest, name)
    settings = filled_in({**(row.settings if row else {}), **(settings or {})})
    settings |= connector_class(app).found(settings)
    manifest = manifest_for(app, settings)
    if manifest.auth.kind != "oauth":
        raise refused(
            manifest.name, "app", f"One does not sign in to {manifest.name}: paste its key instead."
        )
    client_id = client_id.strip()
    way: WayIn | None = None
    if manifest.auth.asks_the_server:
        base_url = whole_address(manifest, base_url or (row.base_url if row else ""))
        way, client_id, client_secret = _way_in(manifest, base_url, client_id, client_secret, redirect_uri)
    else:
        client_secret = clean_key(manifest, client_secret)
    if not client_id:
        raise refused(manifest.name, "client_id", "The client id is empty. Copy it again and paste it here.")
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    remembered = {
        "app": app, "name": name, "client_id": client_id, "client_secret": client_secret.reveal(),
        "redirect_uri": redirect_uri, "base_url": base_url, "verifier": verifier,
        "settings": settings, "way": asdict(way) if way else None,
    }  # fmt: skip
    sealed = seal.seal(Secret(json.dumps(remembered)), "connections.sign-in")
    state = signing.dumps(base64.urlsafe_b64encode(sealed).decode(), salt="connections.sign-in")
    if way is not None:
        return SignIn(way.address(client_id, redirect_uri, state, challenge), state)
    address = oauth.authorize_url(
        manifest,
        base_override=base_url,
        client_id=client_id,
        redirect_uri=redirect_uri,
        state=state,
        code_challenge=challenge,
        settings=settings,
    )
    return SignIn(address, state)


def _way_in(
    manifest: Manifest, address: str, client_id: str, client_secret: Secret, redirect_uri: str
) -> tuple[WayIn, str, Secret]:
    """Return how one signs in at a server, as it says itself, and a client of ours there: the one stated, or new."""
    if not address:
        example = manifest.auth.address_example
        raise refused(
            manifest.name, "base_url", f"The address of the server is missing. It looks like {example}."
        )

    def to(place: str) -> Door:
        return Door(place, app=manifest.name, allow_hosts=allowed_hosts(), total_seconds=FIND_SECONDS)

    try:
        way = discover(address, to, manifest.name)
        if not client_id:
            client_id, client_secret = register(way, redirect_uri, to, manifest.name)
    except SignoffError as error:
        raise while_connecting(error, manifest, True) from error
    return way, client_id, Secret(client_secret.reveal().strip())


def finish_sign_in(state: str, params: Mapping[str, str], person: Person | None = None) -> Connection:
    """
    Finish a sign-in with what the app sent back; the connection is tested and saved.

    Raises `CredentialRejected` when the person said no, the state is not ours or too old, or the code is over.
    """
    try:
        sealed = base64.urlsafe_b64decode(
            signing.loads(state, salt="connections.sign-in", max_age=SIGN_IN_SECONDS)
        )
        kept = json.loads(seal.open(sealed, "connections.sign-in").reveal())
    except (signing.BadSignature, ValueError, TypeError, seal.Damaged, KeyTrouble) as error:
        raise CredentialRejected(
            "state does not match or is too old",
            owner_message="This sign-in was not started here, or it took longer than 15 minutes. "
            "Nothing was saved.",
            next_step="Open Connections and start the sign-in again.",
        ) from error
    manifest = manifest_for(kept["app"], kept["settings"])
    if params.get("error") or not params.get("code"):
        raise CredentialRejected(
            "no code came back",
            app=manifest.name,
            owner_message="{app} did not let us in: the sign-in was not finished. Nothing was saved.",
            next_step="Start the sign-in again and press Allow on {app}'s page.",
        )
    way = WayIn(**kept["way"]) if kept.get("way") else None
    place = way.place(Secret(kept["client_secret"])) if way else None
    try:
        if way is not None:
            way.refuse_another(params, manifest.name)
        tokens = oauth.exchange_code(
            plain_door(kept["base_url"], manifest),
            manifest,
            base_override=kept["base_url"],
            client_id=kept["client_id"],
            client_secret=Secret(kept["client_secret"]),
            redirect_uri=kept["redirect_uri"],
            code=params["code"],
            code_verifier=kept["verifier"],
            place=place,
        )
    except SignoffError as error:
        raise while_connecting(error, manifest, bool(kept["base_url"])) from error
    if tokens.refresh_token is None:
        raise CredentialRejected(
            "the token answer holds no refresh_token",
            app=manifest.name,
            owner_message="{app} let us in only for an hour. Nothing was saved.",
            next_step="In your {app} account, remove Signoff's access, then start the sign-in again.",
        )
    grant = {
        "client_id": kept["client_id"],
        "client_secret": kept["client_secret"],
        "refresh_token": tokens.refresh_token.reveal(),
        **(place.as_kept() if place else {}),
    }
    return connect(
        kept["app"],
        kept["name"],
        Secret(json.dumps(grant)),
        base_url=kept["base_url"],
        settings=kept["settings"],
        person=person,
        sign_in_ends_at=tokens.refresh_ends_at,
    )

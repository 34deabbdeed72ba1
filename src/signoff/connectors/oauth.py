"""
Signing in with an app (OAuth 2.0, authorization code with PKCE): the addresses, and the three calls.

Knows no database: `connections` keeps what comes back. With a base address of one's own (a practice app)
only the paths of the manifest's addresses are used, behind that base. Sources: RFC 6749, RFC 7636, RFC
7009; https://developers.google.com/identity/protocols/oauth2
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from signoff.connectors.manifest import Manifest, OAuth
from signoff.core.clock import now
from signoff.core.errors import AnswerUnexpected, CredentialRejected, InputRejected, PermissionMissing
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

DEFAULT_LIFE_SECONDS = 3600


@dataclass(frozen=True)
class Place:
    """
    Where tokens are given, where the manifest cannot know it: the server said so itself when somebody signed in.

    `resource` is what a token is for (RFC 8707). `by_header`: a client shows its secret in a header (RFC 6749, 2.3.1).
    """

    token_url: str
    resource: str
    by_header: bool = False

    def as_kept(self) -> dict[str, str]:
        """Return what is kept of it beside the tokens; `place_in` reads it."""
        return {
            "token_url": self.token_url,
            "resource": self.resource,
            "by": "header" if self.by_header else "",
        }


def place_in(manifest: Manifest, grant: Mapping[str, Any]) -> Place | None:
    """Return where tokens are given by what is kept of a sign-in; None where the manifest says it."""
    if not _oauth(manifest).asks_the_server:
        return None
    return Place(str(grant.get("token_url")), str(grant.get("resource")), grant.get("by") == "header")


@dataclass(frozen=True)
class Tokens:
    """
    What a sign-in or a renewal gives.

    `refresh_token` is None when the app gave no new one: the old one stays. `scopes` is empty when the app
    does not say. `refresh_ends_at` is set when the sign-in itself ends on a day the app names.
    """

    access_token: Secret
    expires_at: datetime
    refresh_token: Secret | None
    scopes: tuple[str, ...]
    refresh_ends_at: datetime | None = None


def authorize_url(
    manifest: Manifest,
    base_override: str,
    client_id: str,
    redirect_uri: str,
    state: str,
    code_challenge: str,
    settings: Mapping[str, str] | None = None,
) -> str:
    """
    Return the address to send the owner to; `code_challenge` is the S256 one.

    `settings` are the connection's: some of them ask for more than the least (`[[auth.oauth.also]]`).
    """
    oauth = _oauth(manifest)
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(oauth.asks_for(settings or {})),
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        **oauth.extra,
    }
    if not query["scope"]:
        del query["scope"]  # as much as the app there was made for
    return f"{endpoint(oauth.authorize_url, base_override)}?{urlencode(query)}"


def exchange_code(
    door: Door,
    manifest: Manifest,
    *,
    base_override: str,
    client_id: str,
    client_secret: Secret,
    redirect_uri: str,
    code: str,
    code_verifier: str,
    place: Place | None = None,
) -> Tokens:
    """Return the tokens for a code that came back from the app's page. Raises `CredentialRejected`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": code_verifier,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "client_secret": client_secret.reveal(),
    }
    return _tokens(_ask(door, manifest, base_override, form, place))


def refresh(
    door: Door,
    manifest: Manifest,
    *,
    base_override: str,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret,
    place: Place | None = None,
) -> Tokens:
    """Return a new access token. Raises `CredentialRejected` when the owner must sign in again."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.reveal(),
        "client_id": client_id,
        "client_secret": client_secret.reveal(),
    }
    if _oauth(manifest).grant == "client":  # RFC 6749, 4.4: there is no sign-in that could end
        form["grant_type"] = "client_credentials"
        del form["refresh_token"]
        if _oauth(manifest).scopes:
            form["scope"] = " ".join(_oauth(manifest).scopes)
    return _tokens(_ask(door, manifest, base_override, form, place))


def revoke(door: Door, manifest: Manifest, *, base_override: str, token: Secret) -> None:
    """Tell the app that a sign-in is over; a token that it does not know any more is just as well."""
    if not _oauth(manifest).revoke_url:
        return  # Microsoft has no such call: its owner takes the access away there
    url = endpoint(_oauth(manifest).revoke_url, base_override)
    reply = door.post(url, effect="read", form={"token": token.reveal()})  # revoking twice is revoking once
    raise_for_outage(reply)


def endpoint(url: str, base_override: str) -> str:
    """Return an address of the manifest, or its path behind another base address if one is given."""
    if not base_override:
        return url
    base = urlsplit(base_override)
    return f"{base.scheme}://{base.netloc}{urlsplit(url).path}"


def _oauth(manifest: Manifest) -> OAuth:
    if manifest.auth.oauth is None:
        raise LookupError(f"{manifest.key}: the manifest has no [auth.oauth]")
    return manifest.auth.oauth


def _ask(
    door: Door, manifest: Manifest, base_override: str, form: dict[str, str], place: Place | None = None
) -> Reply:
    url = endpoint(_oauth(manifest).token_url, base_override)
    headers: dict[str, str] = {}
    if place is not None:
        url, form = place.token_url, form | {"resource": place.resource}
        secret = form.pop("client_secret", "")
        if place.by_header:
            pair = f"{quote(form['client_id'], safe='')}:{quote(secret, safe='')}"
            headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        elif secret:  # a client that is known to everybody has none
            form["client_secret"] = secret
    # effect "read": a renewal changes nothing that a second one would not.
    reply = door.post(url, effect="read", form=form, headers=headers)
    if not reply.ok:
        _explain(reply, manifest)
    return reply


def _tokens(reply: Reply) -> Tokens:
    said = reply.json()
    if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
        raise AnswerUnexpected(f"{reply.call}: access_token missing", app=reply.app)
    kept = said.get("refresh_token")
    life = _seconds(said.get("expires_in"))
    grant_life = _seconds(said.get("refresh_token_expires_in"))
    moment = now()
    return Tokens(
        access_token=Secret(said["access_token"]),
        expires_at=moment + timedelta(seconds=DEFAULT_LIFE_SECONDS if life is None else life),
        refresh_token=Secret(kept) if isinstance(kept, str) and kept else None,
        scopes=tuple(str(said.get("scope") or "").split()),
        refresh_ends_at=None if grant_life is None else moment + timedelta(seconds=grant_life),
    )


def _seconds(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _explain(reply: Reply, manifest: Manifest) -> None:
    """Raise what a refused token request means. Source: RFC 6749, 5.2."""
    try:
        said = reply.json()
    except AnswerUnexpected:
        said = {}
    error = said.get("error") if isinstance(said, dict) else None
    # Some put an object there; only the standard's short words may appear in our texts.
    code = error if isinstance(error, str) and error.isidentifier() else "no error code"
    detail = f"{reply.call}: {reply.status} {code}"
    again = "Open Connections, choose {app} and press Sign in again."
    if code == "invalid_grant":
        raise CredentialRejected(
            detail,
            app=manifest.name,
            owner_message="The sign-in at {app} has ended. Nothing is lost; the work waits.",
            next_step=again,
        )
    if code in ("invalid_client", "unauthorized_client") or reply.status == 401:
        raise CredentialRejected(
            detail,
            app=manifest.name,
            owner_message="{app} does not know the client id and client secret of this sign-in.",
            next_step="Open Connections, choose {app} and paste the client id and client secret once more.",
        )
    if code == "redirect_uri_mismatch":
        raise InputRejected(
            detail,
            app=manifest.name,
            field="redirect_uri",
            owner_message="{app} does not send people back to the address that Signoff uses.",
            next_step="Add the return address shown under Connections to the sign-in's settings at {app}.",
        )
    if code in ("invalid_scope", "access_denied"):
        raise PermissionMissing(
            detail,
            app=manifest.name,
            lacks=_oauth(manifest).scopes,
            owner_message="{app} did not give the permissions that Signoff asked for.",
            next_step=again,
        )
    raise_for_outage(reply)
    raise AnswerUnexpected(f"{detail}, expected tokens", app=manifest.name)

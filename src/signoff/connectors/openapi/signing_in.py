"""The kinds of sign-in that a document names, as Signoff can do them; of the others, why not."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from signoff.connectors.manifest import OAuth
from signoff.connectors.openapi.document import Document, Operation, plain
from signoff.connectors.openapi.plan import SignIn
from signoff.connectors.shapes import items, member

HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]{1,80}")  # the token of RFC 9110, without the backtick
NAME = re.compile(r"[\w.\[\]-]{1,80}")
BEARER = SignIn(
    name="bearer",
    label="A key as a bearer token (the document does not say how one signs in)",
    header="Authorization: Bearer {key}",
    example="…",
)
NONE = SignIn(name="none", label="No key", kind="none")


def sign_ins(document: Document) -> list[SignIn]:
    """Return every kind of sign-in that a document names; where it names none, a bearer token or no key."""
    holder = (
        member(document.tree, "securityDefinitions")
        if document.is_swagger
        else member(document.tree, "components", "securitySchemes")
    )
    found = []
    for name, told in holder.items() if isinstance(holder, dict) else ():
        told = document.resolved(told)
        if isinstance(told, dict):
            found.append(_of(plain(str(name), 60) or "key", told))
    return found or [BEARER, NONE]


def fitting(document: Document, operations: list[Operation]) -> list[SignIn]:
    """Return the kinds of sign-in that open all of these operations, those that Signoff can do first."""
    known = sign_ins(document)
    allowed: set[str] | None = None
    for operation in operations:
        asked = operation.node.get("security", document.tree.get("security"))
        if not isinstance(asked, list):
            continue
        alone = {next(iter(one)) for one in asked if isinstance(one, dict) and len(one) == 1}
        if any(one == {} for one in asked):
            continue  # nobody has to sign in for this one
        alone = {plain(str(one), 60) for one in alone}
        allowed = alone if allowed is None else allowed & alone
    if allowed is not None:
        both = [one for one in known if one.name in allowed]
        several = "The operations want two keys at once, which Signoff cannot give."
        known = both or [one.model_copy(update={"why_not": one.why_not or several}) for one in known]
    return sorted(known, key=lambda one: (bool(one.why_not), one.kind == "oauth"))


def _of(name: str, told: dict[str, Any]) -> SignIn:
    kind, help = str(told.get("type")), plain(told.get("description"), 300)
    if kind == "apiKey":
        return _api_key(name, told, help)
    if kind == "basic" or (kind == "http" and str(told.get("scheme")).lower() == "basic"):
        return SignIn(
            name=name,
            label=f"User name and password ({name})",
            header="Authorization: Basic {basic}",
            key="User name and password, with a colon between",
            help=help,
            example="name:password",
        )
    if kind == "http" and str(told.get("scheme")).lower() == "bearer":
        return SignIn(
            name=name, label=f"A key ({name})", header="Authorization: Bearer {key}", help=help, example="…"
        )
    if kind == "oauth2":
        return _oauth(name, told, help)
    words = {"openIdConnect": "OpenID Connect", "mutualTLS": "a certificate of your own"}.get(kind)
    return SignIn(
        name=name, label=name, why_not=f"Signoff cannot sign in by {words or 'what it names'} ({name})."
    )


def _api_key(name: str, told: dict[str, Any], help: str) -> SignIn:
    place, carries = str(told.get("in")), str(told.get("name"))
    if place == "header" and HEADER.fullmatch(carries):
        first = ""
        if carries.lower() == "authorization":  # what stands before the key is told in words only
            first = _word_before(str(told.get("description")))
        return SignIn(
            name=name, label=f"A key ({name})", header=f"{carries}: {first}{{key}}", help=help, example="…"
        )
    if place == "query" and NAME.fullmatch(carries):
        return SignIn(
            name=name, label=f"A key ({name})", header=f"query: {carries}={{key}}", help=help, example="…"
        )
    if place == "cookie" and HEADER.fullmatch(carries):
        return SignIn(
            name=name,
            label=f"The value of a cookie ({name})",
            header=f"Cookie: {carries}={{key}}",
            help=help,
            example="…",
        )
    return SignIn(name=name, label=name, why_not=f"The document does not say where the key of {name} goes.")


def _word_before(description: str) -> str:
    """Return the word that stands before the key in the header Authorization, as far as it is told."""
    found = re.search(r"\b(Bearer|Bot|ApiKey|Basic)\b|[`\"'](Token|Key)\b", description)
    if found:
        return f"{found[1] or found[2]} "
    return "Bot " if "bot token" in description.lower() else ""


def _oauth(name: str, told: dict[str, Any], help: str) -> SignIn:
    flows = told.get("flows") if isinstance(told.get("flows"), dict) else _swagger_flow(told)
    code, client = member(flows, "authorizationCode"), member(flows, "clientCredentials")
    chosen, grant = (code, "code") if isinstance(code, dict) else (client, "client")
    if not isinstance(chosen, dict):
        # By a browser alone or a password: neither is for a program, but a token that its owner made works.
        return SignIn(
            name=name,
            label=f"An access token that you made yourself ({name})",
            header="Authorization: Bearer {key}",
            key="Access token",
            help=help,
            example="…",
        )
    token, authorize = str(chosen.get("tokenUrl", "")), str(chosen.get("authorizationUrl", ""))
    if not _is_safe(token) or (grant == "code" and not _is_safe(authorize)):
        return SignIn(
            name=name, label=name, why_not=f"The addresses for signing in by {name} are none with https://."
        )
    return SignIn(
        name=name,
        label=f"Sign in ({name})" if grant == "code" else f"Client id and client secret ({name})",
        kind="oauth",
        key="Sign in" if grant == "code" else "Connect",
        help=help,
        oauth=OAuth(
            authorize_url=authorize or token,
            token_url=token,
            revoke_url="",
            scopes=(),
            grant="code" if grant == "code" else "client",
        ),
    )


def _swagger_flow(told: dict[str, Any]) -> dict[str, Any]:
    flow = {"accessCode": "authorizationCode", "application": "clientCredentials"}.get(str(told.get("flow")))
    return {flow: told} if flow else {}


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None


def scopes_for(operations: list[Operation], document: Document, name: str) -> tuple[str, ...]:
    """Return the permissions that these operations want of a sign-in: the least that does them."""
    found: list[str] = []
    for operation in operations:
        for one in items(operation.node.get("security", document.tree.get("security"))):
            found += [str(scope) for scope in items(member(one, name))]
    return tuple(dict.fromkeys(found))[:30]


def names_all(known: list[SignIn]) -> str:
    """Return the names of those that can be chosen, for a person."""
    return ", ".join(one.name for one in known if not one.why_not) or "none"

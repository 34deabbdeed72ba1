"""
How one signs in at a server that nobody described to us beforehand: it says so itself, and makes us known.

Asked one after the other: the server's resource (RFC 9728), who lets one in there (RFC 8414, or OpenID's page of the
same kind), and, where nobody has made a client there for us, a new client (RFC 7591). Each answer is a stranger's: it
is held to what was asked for, and every address is asked by our own door. Knows no database.
Source: https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from signoff.connectors.oauth import Place
from signoff.connectors.shapes import items, lenient_json
from signoff.core.errors import InputRejected
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

To = Callable[[str], Door]  # an address → a way out to it that signs nothing

MOST_BYTES = 100_000
LONGEST = 1000  # of one address, or of a client's id
MOST_SCOPES = 40
PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
LOOK = "Nothing was saved. Ask whoever runs the server, or use a token if it takes one."
# The least that a server has to answer to without knowing who asks; one that lets nobody in says 401.
KNOCK = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@dataclass(frozen=True)
class WayIn:
    """
    Where one signs in, what for, and with which words.

    `register` is empty where no client can be made by a program. `names_itself`: whoever lets one in says who they are
    when a person comes back (RFC 9207).
    """

    resource: str
    issuer: str
    authorize: str
    token: str
    register: str
    scopes: tuple[str, ...]
    methods: tuple[str, ...]
    names_itself: bool

    def place(self, client_secret: Secret) -> Place:
        """Return where tokens are given, and how a client with this secret shows who it is there."""
        posts = "client_secret_post" in self.methods
        return Place(self.token, self.resource, by_header=bool(client_secret.reveal()) and not posts)

    def address(self, client_id: str, redirect_uri: str, state: str, code_challenge: str) -> str:
        """Return the page on which a person presses Allow."""
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
            "resource": self.resource,
            **({"scope": " ".join(self.scopes)} if self.scopes else {}),
        }
        return f"{self.authorize}{'&' if '?' in self.authorize else '?'}{urlencode(query)}"

    def refuse_another(self, params: Mapping[str, str], app: str) -> None:
        """Raise `InputRejected` where a person comes back from somebody else than they were sent to."""
        said = params.get("iss", "")
        if (said or self.names_itself) and said != self.issuer:
            raise _refused(
                "the issuer is another", app, "was not who sent you back, so nothing of it was used"
            )


def discover(address: str, to: To, app: str) -> WayIn:
    """
    Return how one signs in at the server at this address. Raises `InputRejected` with what is wrong, in words.

    A server that lets everybody in, or that wants a token which nobody can sign in for, is refused as well.
    """
    asks = _challenge(address, to, app)
    resource, issuers, offered = _resource(address, asks, to, app)
    issuer = next(iter(issuers), "") or _origin(address)
    told = _authority(issuer, to, app)
    if not _same(str(told.get("issuer") or ""), issuer):
        raise _refused("issuer is another", app, "names somebody who does not answer for themselves")
    if "S256" not in items(told.get("code_challenge_methods_supported")):
        raise _refused("no S256", app, "lets people in by a way that is not safe enough (without PKCE)")
    wanted = _words(asks.get("scope", "").split()) or _words(offered)
    if "offline_access" in items(told.get("scopes_supported")):
        wanted = tuple(dict.fromkeys([*wanted, "offline_access"]))  # else it may let us in for an hour alone
    return WayIn(
        resource=resource,
        issuer=str(told["issuer"]),
        authorize=_address(told.get("authorization_endpoint"), to, app),
        token=_address(told.get("token_endpoint"), to, app),
        register=_address(told["registration_endpoint"], to, app)
        if told.get("registration_endpoint")
        else "",
        scopes=wanted,
        # RFC 8414: one that says nothing takes the header alone.
        methods=_words(items(told.get("token_endpoint_auth_methods_supported"))) or ("client_secret_basic",),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def register(way: WayIn, redirect_uri: str, to: To, app: str) -> tuple[str, Secret]:
    """Return the id and the secret ("" where it needs none) of a new client of ours there. Raises `InputRejected`."""
    if not way.register:
        raise InputRejected(
            "no registration_endpoint",
            app=app,
            field="client_id",
            owner_message="This server makes no program known by itself.",
            next_step="Nothing was saved. Make a client there for Signoff, with our address for coming back, and "
            "enter its client id here.",
        )
    method = next(
        (one for one in ("none", "client_secret_post") if one in way.methods),
        "client_secret_basic" if "client_secret_basic" in way.methods else "none",
    )
    wanted = {
        "client_name": "Signoff",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        **({"scope": " ".join(way.scopes)} if way.scopes else {}),
    }
    # A second client that nobody uses does no harm, so a lost answer may be asked for again.
    reply = to(way.register).post(way.register, json=wanted, effect="read", max_bytes=MOST_BYTES)
    said = _object(reply)
    client_id, secret = said.get("client_id"), said.get("client_secret")
    if not reply.ok or not isinstance(client_id, str) or not 0 < len(client_id) <= LONGEST:
        raise_for_outage(reply)
        raise InputRejected(
            f"{reply.call}: {reply.status}: no client",
            app=app,
            field="client_id",
            owner_message="This server did not make Signoff known to itself.",
            next_step="Nothing was saved. Make a client there for Signoff, with our address for coming back, and "
            "enter its client id here.",
        )
    return client_id, Secret(secret[:LONGEST] if isinstance(secret, str) else "")


def _challenge(address: str, to: To, app: str) -> dict[str, str]:
    """Return what a server says to somebody it does not know: the parameters of its `Bearer` challenge."""
    headers = {"accept": "application/json, text/event-stream"}
    reply = to(address).post(address, json=KNOCK, headers=headers, effect="read", max_bytes=MOST_BYTES)
    if reply.status == 401:
        told = reply.headers.get("www-authenticate", "")
        return {name.lower(): text or bare for name, text, bare in PARAMETER.findall(told[:4000])}
    raise_for_outage(reply)
    raise InputRejected(
        f"{reply.call}: {reply.status}, not 401",
        app=app,
        field="base_url",
        owner_message="This server asks nobody to sign in.",
        next_step="Nothing was saved. Look at the address; or connect it with a token, or with none.",
    )


def _resource(
    address: str, asks: Mapping[str, str], to: To, app: str
) -> tuple[str, tuple[str, ...], list[Any]]:
    """Return which resource a token is for, who gives tokens for it, and the scopes that it knows."""
    stated = asks.get("resource_metadata", "")
    path = urlsplit(address).path.rstrip("/")
    usual = [
        f"{_origin(address)}/.well-known/oauth-protected-resource{one}" for one in dict.fromkeys((path, ""))
    ]
    for place in [_address(stated, to, app)] if stated else usual:
        told = _document(place, to)
        if told is None:
            continue
        resource = str(told.get("resource") or "")[:LONGEST]
        if not _covers(resource, address):
            raise _refused("resource is another", app, "describes another address than its own")
        issuers = [_address(one, to, app) for one in items(told.get("authorization_servers"))[:1]]
        return resource, tuple(issuers), items(told.get("scopes_supported"))
    if stated:
        raise _refused(
            "no resource metadata", app, "does not say how one signs in, where it says that it would"
        )
    return address, (), []  # of the first such servers, whoever lets one in stands at the same host


def _authority(issuer: str, to: To, app: str) -> dict[str, Any]:
    """Return what somebody who lets people in says of themselves."""
    origin, path = _origin(issuer), urlsplit(issuer).path.rstrip("/")
    for place in dict.fromkeys(
        (
            f"{origin}/.well-known/oauth-authorization-server{path}",
            f"{origin}/.well-known/openid-configuration{path}",
            f"{origin}{path}/.well-known/openid-configuration",
        )
    ):
        told = _document(place, to)
        if told is not None and told.get("token_endpoint"):
            return told
    raise _refused("no authorization server metadata", app, "does not say how one signs in")


def _document(place: str, to: To) -> dict[str, Any] | None:
    reply = to(place).get(place, max_bytes=MOST_BYTES)
    if reply.ok:
        return _object(reply) or None
    if reply.status >= 500 or reply.status == 429:
        raise_for_outage(reply)
    return None


def _object(reply: Reply) -> dict[str, Any]:
    found = lenient_json(reply)
    return found if isinstance(found, dict) else {}


def _address(value: Any, to: To, app: str) -> str:
    """Return an address that a stranger named, if it is one that may be asked."""
    text = value if isinstance(value, str) and len(value) <= LONGEST and value.isprintable() else ""
    try:
        parts = urlsplit(text)
        if not parts.hostname or parts.fragment or parts.username:
            raise ValueError("no host, or more than an address")
        to(text).could_ask()
    except ValueError as error:
        raise _refused(f"an address is none: {error}", app, "names an address that cannot be used") from error
    except AddressRefused as error:
        raise _refused(
            f"an address is refused: {error}", app, "leads to an address that is private, or not encrypted"
        ) from error
    return text


def _covers(resource: str, address: str) -> bool:
    """Say whether a resource is the one at an address, or what it is a part of."""
    mine, asked = urlsplit(resource), urlsplit(address)
    base, path = mine.path.rstrip("/"), asked.path.rstrip("/")
    within = path == base or path.startswith(f"{base}/")
    return _origin(resource) == _origin(address) and within and not mine.query and not mine.fragment


def _same(one: str, other: str) -> bool:
    return bool(one) and one.rstrip("/") == other.rstrip("/")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _words(given: Iterable[Any]) -> tuple[str, ...]:
    """Return the words of a list that may stand in a scope (RFC 6749, 3.3)."""
    good = [
        one for one in given if isinstance(one, str) and re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}", one)
    ]
    return tuple(dict.fromkeys(good))[:MOST_SCOPES]


def _refused(detail: str, app: str, what: str) -> InputRejected:
    return InputRejected(
        detail, app=app, field="base_url", owner_message=f"This server {what}.", next_step=LOOK
    )

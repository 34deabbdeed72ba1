"""
A request as it goes over the wire: what a caller wants, and the key where it belongs.

Only the door uses it, and only the door sends.
"""

from __future__ import annotations

import json as jsonlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpcore2

from signoff import __version__
from signoff.core.errors import CredentialRejected, InputRejected
from signoff.outbound.address import Address
from signoff.outbound.reply import Effect
from signoff.outbound.signing import CannotSign, Signing

CONNECT_SECONDS = 10.0
# No header has this name: what a signature says under it goes before the path (Telegram: "/bot<token>").
IN_PATH: Final = "path"
# Nor this one: what is said under it ("api_key=<key>") goes into the query, for an app that wants its key there.
IN_QUERY: Final = "query"


class _Key:
    """
    Stands for the connection's key in a request's body or parameters; only the door sees the key itself.
    """

    def __repr__(self) -> str:
        return "KEY"


KEY: Final = _Key()


@dataclass(frozen=True)
class Hidden:
    """
    Stands for a secret setting of the connection in a request's body or parameters, behind what is written before
    it; only the door sees the secret itself.
    """

    setting: str
    before: str = ""


@dataclass(frozen=True)
class Call:
    """
    One call, ready but for the signature. `name` is safe to show: the method and the path, no query.

    An owner's own address (of a webhook) has its secret in its path, and is not named at all.
    """

    method: str
    address: Address
    effect: Effect
    json: Any
    form: Mapping[str, Any] | None
    content: bytes | None
    params: Mapping[str, Any] | None
    headers: Mapping[str, str]
    silence_seconds: float
    ends_at: float
    send_before: float | None
    signing: Signing | None
    signed: bool
    path: str
    max_bytes: int

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def request_for(
    call: Call,
    signature: Mapping[str, str],
    *,
    app: str,
    to_app: bool,
    secrets: Callable[[str], str] | None = None,
) -> httpcore2.Request:
    """
    Return the request of a call. `to_app`: it goes to the app itself, so the key may go along.

    Raises `CredentialRejected` or `InputRejected` for a key that cannot be one.
    """
    address = call.address
    query = [address.query] if address.query else []
    if call.params:
        query.append(urlencode(_filled(call.params, signature, secrets), doseq=True))
    headers = {
        "host": address.authority,
        "user-agent": f"Signoff/{__version__}",
        "accept": "application/json",
        "accept-encoding": "gzip",
    }
    body = b""
    if call.json is not None:
        body = jsonlib.dumps(_filled(call.json, signature, secrets), ensure_ascii=False).encode()
        headers["content-type"] = "application/json"
    elif call.form is not None:
        body = urlencode(_filled(call.form, signature, secrets)).encode()
        headers["content-type"] = "application/x-www-form-urlencoded"
    elif call.content is not None:
        body = call.content
    headers.update({name.lower(): value for name, value in call.headers.items()})
    before = ""
    if to_app and call.signed:
        if call.signing is not None:
            signature = signed_by(call.signing, key_in(signature), body, app)
        signed = {name.lower(): header_value(value, app) for name, value in signature.items()}
        before = quote(signed.pop(IN_PATH, ""), safe="/:")
        name, _, key = signed.pop(IN_QUERY, "").partition("=")
        if name:
            query.append(urlencode({name: key}))
        headers.update(signed)
    if body or call.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(body))
    target = before + address.path + ("?" + "&".join(query) if query else "")
    timeouts = {"connect": CONNECT_SECONDS, "read": call.silence_seconds, "write": call.silence_seconds}
    return httpcore2.Request(
        call.method.encode(),
        httpcore2.URL(
            scheme=address.scheme.encode(),
            host=address.host.encode(),
            port=address.port,
            target=target.encode(),
        ),
        headers=[(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        content=body,
        extensions={"timeout": timeouts},
    )


def signed_by(signing: Signing, key: str, body: bytes, app: str) -> dict[str, str]:
    """Return the headers that sign a body. Raises `InputRejected` for a key that is none to sign with."""
    try:
        return signing.headers(key, body, time.time())
    except CannotSign as error:
        raise InputRejected(
            str(error),
            app=app,
            field="secret",
            owner_message=f"This secret cannot be used to sign: {error}",
            next_step="Open Connections, choose {app} and paste the secret once more.",
        ) from None


def header_value(value: str, app: str) -> str:
    """Return a value as a header can carry it. Raises `CredentialRejected` for one that would break out of its line."""
    if value.isprintable() and value.isascii():
        return value
    raise CredentialRejected(
        "the key holds a character that a header cannot carry",
        app=app,
        owner_message="The key for {app} holds a line break or a character that keys do not have.",
        next_step="Open Connections, choose {app} and copy the key once more, without spaces around it.",
    )


def key_in(signature: Mapping[str, str]) -> str:
    """Return the key that a signature's one header carries."""
    return next(iter(signature.values()), "").removeprefix("Bearer ")


def _filled(values: Any, signature: Mapping[str, str], secrets: Callable[[str], str] | None) -> Any:
    """Return the values with `KEY` and each `Hidden` replaced by what they stand for."""
    if not isinstance(values, Mapping):
        return values
    return {name: _stands_for(value, signature, secrets) for name, value in values.items()}


def _stands_for(value: Any, signature: Mapping[str, str], secrets: Callable[[str], str] | None) -> Any:
    if value is KEY:
        return key_in(signature)
    if isinstance(value, Hidden):
        return value.before + (secrets(value.setting) if secrets is not None else "")
    return value

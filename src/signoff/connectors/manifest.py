"""A connector's data: who the app is, how one signs in, how fast it may be asked, and what ends when."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class End(_Part):
    """A version or model that stops: what, on which day, what replaces it, and where that was read."""

    what: str
    on: date
    replacement: str = ""
    source: str


class Api(_Part):
    base_url: str
    version: str
    docs: str
    checked_on: date
    ends: tuple[End, ...] = ()


class OAuth(_Part):
    """Paths are whole addresses; with another base address (a practice app) only their paths are used."""

    authorize_url: str
    token_url: str
    revoke_url: str
    scopes: tuple[str, ...]
    extra: dict[str, str] = Field(default_factory=dict)


class Setting(_Part):
    """
    One more thing that a connection needs beside its key (the number of a phone, the name of a mail server).

    A `secret` one is sealed like the key and never shown again; the connector does not see it. `needed_by` names the
    actions that cannot be used without it, where it need not be stated for the rest.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: str
    help: str = ""
    example: str = ""
    default: str = ""
    required: bool = True
    secret: bool = False
    choices: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()


class Auth(_Part):
    """
    How one signs in. `key`: a secret in a header; `oauth`: sign in with the app.

    `header` is a pattern such as "Authorization: Bearer {key}". `where` tells the owner, step by step,
    where to find the key; `where_url` is the page to open. `settings` are what else is asked for.

    `address` names the secret setting that holds the address to ask, where each connection has one of its own.
    `can_be_asked` False: there is nobody to ask whether the key works, so what a delivery found out holds until the
    owner says otherwise.
    """

    kind: Literal["key", "oauth"]
    label: str
    header: str = "Authorization: Bearer {key}"
    where: tuple[str, ...]
    where_url: str
    example: str = ""
    settings: tuple[Setting, ...] = ()
    address: str = ""
    can_be_asked: bool = True
    oauth: OAuth | None = None


class Pushes(_Part):
    """
    How an app signs what it tells us by itself, and where its owner enters our address.

    `secret` names the secret setting that it signs with; `client_secret` may also be that of a sign-in.
    """

    signature: Literal["standard", "hubspot-v3", "meta", "slack", "static"]
    secret: str
    where: tuple[str, ...]


class Limits(_Part):
    """What we assume until the owner or the app says otherwise. None: no known limit."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


class Manifest(_Part):
    key: str
    name: str
    summary: str
    kind: Literal["ai", "crm", "mail", "chat", "other"]
    grade: Literal["bronze", "silver", "gold"]
    exempt: dict[str, str] = Field(default_factory=dict)
    api: Api
    auth: Auth
    pushes: Pushes | None = None
    limits: Limits = Limits()


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a TOML file; raises `pydantic.ValidationError` naming what is wrong."""
    return Manifest.model_validate(tomllib.loads(path.read_text("utf-8")))

"""A connector's data: who the app is, how one signs in, how fast it may be asked, and what ends when."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

PROVIDER = "provider"  # the setting that chooses among an app's presets


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class End(_Part):
    """A version or model that stops: what, on which day, what replaces it, and where that was read."""

    what: str
    on: date
    replacement: str = ""
    source: str


class Lifetime(_Part):
    """A vendor's rule for versions that are named by their month ("2026-09"): supported for so many months."""

    months: int = Field(gt=0)
    source: str


class Api(_Part):
    """
    The API as this connector speaks it: `version` unless an integration asks for one of the others in `speaks`.

    Versions stand as a part of the path. `served_by` is the header in which the app names the version that really
    answered, `warns_by` are headers in which it warns of an end, beside the common ones. `lifetime` is its rule for
    versions without a date of their own. `feed` is its changelog as RSS or Atom, `feed_source` where that was read.
    """

    base_url: str
    version: str
    docs: str
    checked_on: date
    speaks: tuple[str, ...] = ()
    served_by: str = ""
    warns_by: tuple[str, ...] = ()
    lifetime: Lifetime | None = None
    feed: str = ""
    feed_source: str = ""
    ends: tuple[End, ...] = ()
    also_signed: tuple[str, ...] = ()  # hosts of the app's own to which the key goes as well (its files)

    @property
    def leads_nowhere(self) -> bool:
        """Whether each owner has an address of their own there: the one that stands here is none (`.invalid`)."""
        return not self.base_url or (urlsplit(self.base_url).hostname or "").endswith(".invalid")

    def versions(self) -> tuple[str, ...]:
        """Return every version that the connector speaks, its own first."""
        return tuple(dict.fromkeys((self.version, *self.speaks)))

    def end_of_version(self, version: str) -> End | None:
        """Return when a version of the API stops, by its date or by the vendor's rule; None where neither is known."""
        for end in self.ends:
            if end.what == version or end.what.endswith(f" {version}"):
                return end
        if self.lifetime is None:
            return None
        return _by_rule(version, self.lifetime)

    @field_validator("ends", mode="before")
    @classmethod
    def _one_of_several(cls, ends: Any) -> Any:
        """Take an end of several at once (`what` is a list) apart into one each."""
        many = [(end, end.get("what")) for end in ends]
        return [
            {**end, "what": one} for end, what in many for one in (what if isinstance(what, list) else [what])
        ]


class Also(_Part):
    """What more is asked for at the sign-in, where the owner has chosen one of these values of a setting."""

    setting: str
    values: tuple[str, ...]
    scopes: tuple[str, ...]


class OAuth(_Part):
    """
    Paths are whole addresses; with another base address (a practice app) only their paths are used.

    `grant` "client": a program gets in by its client id and client secret alone, and nobody signs in.
    `asks_the_server`: the addresses are not known beforehand; the server that one connects names them (`discovering`).
    """

    authorize_url: str
    token_url: str
    revoke_url: str
    scopes: tuple[str, ...]
    also: tuple[Also, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)
    grant: Literal["code", "client"] = "code"
    asks_the_server: bool = False

    def asks_for(self, settings: Mapping[str, str]) -> tuple[str, ...]:
        """Return the scopes to ask for with these settings: the least that does what the owner wants."""
        more = [also.scopes for also in self.also if settings.get(also.setting) in also.values]
        return tuple(dict.fromkeys([*self.scopes, *(scope for scopes in more for scope in scopes)]))


class Setting(_Part):
    """
    One more thing that a connection needs beside its key (the number of a phone, the name of a mail server).

    A `rare` one is asked for by few, so it stands apart; a `first` one stands before the key. A `secret` one is sealed
    like the key and never shown again; the connector does not see it. `needed_by` names the actions that cannot be used
    without it, where it need not be stated for the rest.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: str
    help: str = ""
    example: str = ""
    default: str = ""
    required: bool = True
    secret: bool = False
    rare: bool = False
    first: bool = False
    choices: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()


class Limits(_Part):
    """
    What we assume until the owner or the app says otherwise. None: no known limit.

    `seconds_between_looks`: how often a polled app is asked what is new, where that is not as often as usual.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    seconds_between_looks: float | None = None


class WrongKey(_Part):
    """A key that the app itself gives out, and that does not open what we need: how it begins, and what to do."""

    begins: str
    says: str


class Life(_Part):
    """
    A rule by which a vendor ends a key or a sign-in that nobody has ended: so many days since it was made, or used.

    `unless` are settings by which its owner has said that the rule does not apply ({"audience": "internal"}). A key
    that worked after its time has shown that the rule does not apply either. `why` tells the owner, `what_next` how to
    go on longer.
    """

    days: int = Field(gt=0)
    since: Literal["sign-in", "use"]
    why: str
    what_next: str = ""
    unless: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    source: str


class Preset(_Part):
    """
    One provider that speaks the app's language: its address, how one signs in there, and what it takes.

    What is left out is as the app has it. `base_url` "": each customer has an address of their own, and `path` is put
    behind it where only a host is stated. `keyless`: a key may be left out. `traits` are for the connector. `choice` is
    how it is called where one chooses, if not by its label. `kind` "oauth": here one signs in, by the preset's `oauth`.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    label: str
    choice: str = ""
    kind: Literal["", "key", "oauth"] = ""
    key_label: str = ""
    oauth: OAuth | None = None
    lives: tuple[Life, ...] = ()
    base_url: str = ""
    path: str = ""
    address_example: str = ""
    header: str = ""
    keyless: bool = False
    key_begins: tuple[str, ...] = ()
    wrong_keys: tuple[WrongKey, ...] = ()
    example: str = ""
    where: tuple[str, ...] = ()
    where_url: str = ""
    limits: Limits | None = None
    traits: dict[str, str] = Field(default_factory=dict)
    checked_on: date


class Auth(_Part):
    """
    How one signs in. `key`: a secret in a header; `oauth`: sign in with the app.

    `header` is a pattern such as "Authorization: Bearer {key}"; "path: /bot{key}" puts the key before
    every path instead, for an app that wants it there, "query: key={key}" into the query; {basic} is the key as HTTP's
    basic authentication has it, for "name:password". `where` tells the owner, step by step,
    where to find the key; `where_url` is the page to open. `settings` are what else is asked for.

    `address` names the secret setting that holds the address to ask, where each connection has one of its own.
    `can_be_asked` False: there is nobody to ask whether the key works, so what a delivery found out holds until the
    owner says otherwise.

    `cut_before` are endings that people copy along with an address; what begins with one is cut off.
    `key_begins` is how a key of this app begins, where no other app's does: so one that was pasted in the wrong
    place is noticed before it is sent there. `presets` are providers to choose from, by the setting "provider";
    `choose` asks which, where they are something else than providers.
    """

    kind: Literal["key", "oauth"]
    label: str
    header: str = "Authorization: Bearer {key}"
    where: tuple[str, ...]
    where_url: str
    example: str = ""
    key_begins: tuple[str, ...] = ()
    wrong_keys: tuple[WrongKey, ...] = ()
    settings: tuple[Setting, ...] = ()
    address: str = ""
    can_be_asked: bool = True
    presets: tuple[Preset, ...] = ()
    cut_before: tuple[str, ...] = ()
    keyless: bool = False
    path: str = ""
    address_example: str = ""
    lives: tuple[Life, ...] = ()
    oauth: OAuth | None = None
    choose: str = ""

    @model_validator(mode="after")
    def _presets_can_be_chosen(self) -> Auth:
        offered = next((one.choices for one in self.settings if one.name == PROVIDER), ())
        if offered != tuple(one.name for one in self.presets):
            raise ValueError(f"the choices of the setting {PROVIDER} are not the names of the presets")
        return self

    @property
    def gets_in_alone(self) -> bool:
        """Whether a program gets in by its client id and client secret, without anybody who signs in."""
        return self.oauth is not None and self.oauth.grant == "client"

    @property
    def asks_the_server(self) -> bool:
        """Whether a server says itself how one signs in there, and may make a client for us."""
        return self.kind == "oauth" and self.oauth is not None and self.oauth.asks_the_server

    @property
    def asks_a_person(self) -> bool:
        """Whether somebody presses Allow on the app's own page."""
        return self.kind == "oauth" and not self.gets_in_alone

    def preset(self, settings: Mapping[str, str]) -> Preset | None:
        """Return the provider that a connection's settings choose, else the first; None for an app without any."""
        chosen = settings.get(PROVIDER)
        return next((one for one in self.presets if one.name == chosen), next(iter(self.presets), None))


class Pushes(_Part):
    """
    How an app signs what it tells us by itself, and where its owner enters our address.

    `secret` names the secret setting that it signs with; `client_secret` may also be that of a sign-in.
    """

    signature: Literal["standard", "hubspot-v3", "meta", "slack", "static"]
    secret: str
    where: tuple[str, ...]


class Manifest(_Part):
    """An app. `door`: by which way out it is reached, "http" for an API or "mail" for IMAP and SMTP."""

    key: str
    name: str
    summary: str
    kind: Literal["ai", "crm", "mail", "chat", "other"]
    door: Literal["http", "mail"] = "http"
    grade: Literal["bronze", "silver", "gold"]
    exempt: dict[str, str] = Field(default_factory=dict)
    api: Api
    auth: Auth
    pushes: Pushes | None = None
    limits: Limits = Limits()

    def chosen(self, settings: Mapping[str, str]) -> Manifest:
        """Return the manifest as it is for the provider that a connection's settings choose, under its name."""
        preset = self.auth.preset(settings)
        return self if preset is None else _as_preset(self, preset)


def _as_preset(manifest: Manifest, preset: Preset) -> Manifest:
    auth = manifest.auth.model_copy(
        update={
            "kind": preset.kind or manifest.auth.kind,
            "label": preset.key_label or manifest.auth.label,
            "oauth": preset.oauth or manifest.auth.oauth,
            "lives": preset.lives or manifest.auth.lives,
            "header": preset.header or manifest.auth.header,
            "where": preset.where or manifest.auth.where,
            "where_url": preset.where_url or manifest.auth.where_url,
            "example": preset.example,
            "key_begins": preset.key_begins,
            "wrong_keys": preset.wrong_keys,
            "keyless": preset.keyless,
            "path": preset.path,
            "address_example": preset.address_example,
        }
    )
    return manifest.model_copy(
        update={
            "name": preset.label,
            "api": manifest.api.model_copy(update={"base_url": preset.base_url}),
            "auth": auth,
            "limits": preset.limits or manifest.limits,
        }
    )


def _by_rule(version: str, rule: Lifetime) -> End | None:
    year, _, month = version.partition("-")
    if not (year.isdigit() and month.isdigit() and len(year) == 4 and 1 <= int(month) <= 12):
        return None
    months = int(year) * 12 + int(month) - 1 + rule.months
    return End(what=version, on=date(months // 12, months % 12 + 1, 1), source=rule.source)


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a TOML file; raises `pydantic.ValidationError` naming what is wrong."""
    return Manifest.model_validate(tomllib.loads(path.read_text("utf-8")))

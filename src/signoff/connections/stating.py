"""What an owner states of a connection: its name, address, key, settings and limits, cleaned or refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from signoff.connections.client import opened
from signoff.connections.models import Connection
from signoff.connectors.manifest import Manifest, Preset, Setting
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import InputRejected
from signoff.core.secret import Secret
from signoff.outbound.program import SCHEME
from signoff.vault import seal
from signoff.vault.fields import context

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
LONGEST_KEY = 20_000
LONGEST_ADDRESS = 300
LIMITS = ("requests_per_minute", "tokens_per_minute")


def manifest_named(app: str) -> Manifest:
    """Return the manifest of an app by its key. Raises `InputRejected`."""
    try:
        return manifests()[app]
    except KeyError as error:
        known = ", ".join(manifests())
        raise refused(app, "app", f"Signoff does not know the app {app}. It knows: {known}.") from error


def check_name(manifest: Manifest, name: str) -> None:
    """Raise `InputRejected` for a name that no connection may have."""
    if not NAME.fullmatch(name):
        raise refused(
            manifest.name, "name", "A name may hold small letters, digits and hyphens, e.g. hubspot-main."
        )


def name_taken(manifest: Manifest, name: str) -> InputRejected:
    """Return the error for the name of another app's connection."""
    return refused(
        manifest.name, "name", f"{name} is already a connection to another app. Choose another name."
    )


def check_address(manifest: Manifest, base_url: str, as_program: bool = False) -> None:
    """Raise `InputRejected` for what is no address, and for a program that no command has stated."""
    if base_url.strip().lower().startswith(SCHEME) and not as_program:
        raise refused(
            manifest.name,
            "base_url",
            "A program is stated on the computer itself, by its owner: signoff connect mcp --command …",
        )
    if len(base_url) > LONGEST_ADDRESS or not base_url.isprintable():
        raise refused(manifest.name, "base_url", "This address is none. It begins with https://.")


def whole_address(manifest: Manifest, base_url: str) -> str:
    """
    Return an address as the connector wants it: without what was copied along with it, and with the app's own path
    ("/v1") where only a host is left.
    """
    address = base_url.strip()
    for ending in manifest.auth.cut_before:
        address = address.partition(ending)[0]
    # Where the whole of it is the owner's own, a "/" at its end may be meant.
    kept = "/" if connector_class(manifest.key).offers_tools and len(urlsplit(address).path) > 1 else ""
    slash = kept if address.endswith("/") else ""
    address = address.rstrip("/")
    if address and not urlsplit(address).path:
        address += manifest.auth.path or urlsplit(manifest.api.base_url).path.rstrip("/")
    return address + slash


def need_address(row: Connection, manifest: Manifest) -> None:
    """Raise `InputRejected` where each customer has an address of their own, and none was given."""
    if row.base_url or not manifest.api.leads_nowhere or manifest.auth.address or manifest.door == "mail":
        return
    example = manifest.auth.address_example or f"https://{manifest.key}.example.com"
    raise refused(
        manifest.name,
        "base_url",
        f"{manifest.name} needs your own address there. It looks like {example}.",
    )


def for_program(manifest: Manifest, name: str, base_url: str) -> str:
    """Return what stands for a program where else an address does."""
    if base_url or not connector_class(manifest.key).offers_tools:
        raise refused(
            manifest.name,
            "base_url",
            "An app has an address or is a program, not both, and few are programs.",
        )
    return SCHEME + name


def clean_key(manifest: Manifest, secret: Secret) -> Secret:
    """Return the key without what copying leaves around it."""
    text = secret.reveal()
    while text != (bare := text.strip().strip("\u200b\ufeff\"'`")):
        text = bare
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    is_grant = manifest.auth.kind == "oauth" and text.startswith("{")
    if not text and manifest.auth.keyless:
        return Secret("")
    if not text:
        raise refused(manifest.name, "secret", "The key is empty. Copy it again and paste it here.")
    if len(text) > LONGEST_KEY:
        raise refused(manifest.name, "secret", "This is longer than any key. Copy the key alone.")
    if re.match(r"(?:export\s+)?[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET)\s*=", text):
        raise refused(manifest.name, "secret", "Copy only what stands behind the = sign: that is the key.")
    if not is_grant and re.search(r"\s", text):
        raise refused(
            manifest.name,
            "secret",
            "There is a space or a line break inside the key. Copy it again in one piece.",
        )
    if not text.isascii() or any((ord(c) < 32 and c not in "\r\n\t") or ord(c) == 127 for c in text):
        raise refused(
            manifest.name, "secret", "There is a character in the key that no key has. Copy it again."
        )
    return Secret(text)


def clean_password(manifest: Manifest, preset: Preset | None, secret: Secret) -> Secret:
    """Return a mailbox's password: any letters, as it is, but for the line's end and the gaps Google shows."""
    text = secret.reveal().strip()
    if not text:
        raise refused(manifest.name, "secret", "The password is empty. Enter it here.")
    if len(text) > LONGEST_KEY or any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise refused(manifest.name, "secret", "There is a line break in the password, or it is too long.")
    letters = preset.traits.get("letters") if preset else None
    bare = re.sub(r"[\s\u00a0]", "", text)
    return Secret(bare if letters and re.fullmatch(rf"[a-z]{{{letters}}}", bare) else text)


def refuse_password(manifest: Manifest, secret: Secret) -> None:
    """Raise `InputRejected` for a password where this one of an app's providers wants its owners to sign in."""
    if (
        manifest.auth.kind == "oauth"
        and manifests()[manifest.key].auth.kind == "key"
        and not secret.reveal().lstrip().startswith("{")
    ):
        raise refused(
            manifest.name,
            "provider",
            f"{manifest.name} takes no passwords from other programs. Choose it as the provider and sign in there.",
        )


def settings_found(app: str, row: Connection, settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings that follow from what was stated and kept (the servers of an address)."""
    return connector_class(app).found(filled_in({**row.settings, **settings}))


def filled_in(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that hold something."""
    return {name: str(value).strip() for name, value in settings.items() if str(value).strip()}


def stated_limits(app: str, limits: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the limits that an owner states, as numbers. Raises `InputRejected`."""
    stated = {}
    for name, value in (limits or {}).items():
        if name not in LIMITS:
            raise refused(app, name, f"{name} is no limit. There are: {', '.join(LIMITS)}.")
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = 0
        if not 0 < number < 1e12:
            raise refused(app, name, f"{name} must be a number above 0.")
        stated[name] = number
    return stated


def keep_settings(row: Connection, manifest: Manifest, stated: Mapping[str, str]) -> None:
    """Put what an owner stated into the row, secrets sealed (not saved here). Raises `InputRejected`."""
    known = {setting.name: setting for setting in manifest.auth.settings}
    for name in stated:
        if name not in known:
            names = ", ".join((*known, *LIMITS))
            raise refused(manifest.name, name, f"{name} is nothing that can be set. There are: {names}.")
    hidden: dict[str, str] = {}
    if row.settings_sealed is not None:
        hidden = json.loads(opened(row, "settings", row.settings_sealed).reveal())
    plain = dict(row.settings)
    for setting in known.values():
        kept = hidden if setting.secret else plain
        value = str(stated.get(setting.name, "")).strip()
        if value:
            kept[setting.name] = _setting(manifest, setting, value)
        elif setting.name in stated and not setting.required and not setting.secret:
            kept.pop(setting.name, None)  # stated as nothing: its field was emptied
        elif setting.required and not kept.get(setting.name) and not setting.default:
            raise refused(
                manifest.name, setting.name, f"“{setting.label}” is missing. {setting.help}".strip()
            )
    row.settings = plain
    if hidden:
        row.settings_sealed = seal.seal(Secret(json.dumps(hidden)), context(row, "settings"))


def _setting(manifest: Manifest, setting: Setting, value: str) -> str:
    if len(value) > (LONGEST_KEY if setting.secret else LONGEST_ADDRESS) or not value.isprintable():
        raise refused(manifest.name, setting.name, f"“{setting.label}” cannot be used. Copy it again.")
    if setting.choices and value not in setting.choices:
        known = ", ".join(setting.choices)
        raise refused(manifest.name, setting.name, f"“{setting.label}” is one of: {known}.")
    return value


def refused(app: str, field: str, sentence: str) -> InputRejected:
    """Return the error for one field of what was stated, in a sentence for its owner."""
    return InputRejected(
        f"{field} is not acceptable",
        app=app,
        field=field,
        owner_message=sentence.replace("{", "{{").replace("}", "}}"),
        next_step="Nothing was saved. Mend it and try again.",
    )

"""Keys in the wrong place: whose a pasted key is, before it is sent to anybody, and why one cannot be accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from signoff.connectors.manifest import PROVIDER, Manifest, WrongKey
from signoff.connectors.registry import manifests
from signoff.core.errors import InputRejected
from signoff.core.secret import Secret


@dataclass(frozen=True)
class Owner:
    """Whose a key is: an app, or a provider that is chosen when connecting it."""

    app: str
    name: str


def refuse_foreign(manifest: Manifest, key: Secret) -> None:
    """
    Raise `InputRejected` for a key that begins as another app's or provider's do: it is sent to nobody.

    `manifest` is the one chosen by the connection's settings. A key that begins like none is let through.
    """
    owners = _owners(key)
    if not owners or any(owner.name == manifest.name for owner in owners):
        return
    owner = owners[0]
    where = (
        f"Choose {owner.name} as the provider"
        if owner.app == manifest.key
        else f"Connect {owner.name} instead"
    )
    raise InputRejected(
        f"secret begins as a key of {owner.name}",
        app=manifest.name,
        field="secret",
        owner_message=f"This is a key of {owner.name}, not of {manifest.name}. It was sent to nobody. "
        "Nothing was saved.",
        next_step=f"{where}, or paste a key of {manifest.name}.",
    )


def wrong_kind(manifest: Manifest, key: Secret) -> WrongKey | None:
    """Return what the app itself calls a key that begins like this, if it is one that does not open what we need."""
    return next((one for one in manifest.auth.wrong_keys if key.reveal().startswith(one.begins)), None)


def _owners(key: Secret) -> list[Owner]:
    """Return whose keys begin like this one: those with the longest beginning that fits."""
    text = key.reveal()
    fitting = [(len(begins), owner) for begins, owner in _beginnings() if text.startswith(begins)]
    longest = max((length for length, _ in fitting), default=0)
    return [owner for length, owner in fitting if length == longest]


def _beginnings() -> Iterator[tuple[str, Owner]]:
    for app, manifest in manifests().items():
        choices: list[Mapping[str, str]] = [{PROVIDER: one.name} for one in manifest.auth.presets] or [{}]
        for choice in choices:
            chosen = manifest.chosen(choice)
            for begins in chosen.auth.key_begins:
                yield begins, Owner(app, chosen.name)

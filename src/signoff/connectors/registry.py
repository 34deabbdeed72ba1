"""
Finds the connectors: every folder beside this file that has a manifest is one.

Beside them there are apps that an owner has described by a document. Their keys begin with `DESCRIBED`; where they are
kept, this room does not know: whoever keeps them says how they are found (`finding.describe_by`). They are not listed,
only found by their key.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from signoff.connectors import finding
from signoff.connectors.base import Connector
from signoff.connectors.manifest import PROVIDER, Manifest, read_manifest

DESCRIBED = "openapi-"
Found = tuple[Manifest, type[Connector]]


class _Apps(dict[str, Manifest]):
    """The apps by their keys. Going through them tells of the folders; a described app is found by its key alone."""

    def __missing__(self, key: str) -> Manifest:
        found = _described(key)
        if found is None:
            raise KeyError(key)
        return found[0]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and _described(key) is not None)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  # this is what get is made of


def _described(key: str) -> Found | None:
    return finding.described(key) if key.startswith(DESCRIBED) else None


@cache
def manifests() -> dict[str, Manifest]:
    """Return every app's manifest by its key, in the order of their names."""
    found = [read_manifest(path) for path in Path(__file__).parent.glob("*/manifest.toml")]
    return _Apps({manifest.key: manifest for manifest in sorted(found, key=lambda m: m.name.lower())})


def app_name(key: str) -> str:
    """Return an app's name as its owner knows it; one that this version does not have (any more) by its key."""
    return manifests()[key].name if key in manifests() else key


def manifest_for(app: str, settings: Mapping[str, str]) -> Manifest:
    """
    Return an app's manifest as it is for the provider that a connection's settings choose, under that one's name.

    Raises KeyError for an app that does not exist.
    """
    return manifests()[app] if app.startswith(DESCRIBED) else _chosen(app, settings.get(PROVIDER, ""))


@cache
def _chosen(app: str, provider: str) -> Manifest:
    return manifests()[app].chosen({PROVIDER: provider})


def connector_class(app: str) -> type[Connector]:
    """Return the class of one app. Raises KeyError for an app that does not exist."""
    found = _described(app)
    return found[1] if found is not None else _class_of(app)


@cache
def _class_of(app: str) -> type[Connector]:
    manifest = manifests()[app]
    module = importlib.import_module(f"signoff.connectors.{app}.connector")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Connector) and value.__module__ == module.__name__:
            value.manifest = manifest
            return value
    raise LookupError(f"signoff/connectors/{app}/connector.py defines no Connector")

"""Finds the connectors: every folder beside this file that has a manifest is one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from signoff.connectors.base import Connector
from signoff.connectors.manifest import PROVIDER, Manifest, read_manifest


@cache
def manifests() -> dict[str, Manifest]:
    """Return every app's manifest by its key, in the order of their names."""
    found = [read_manifest(path) for path in Path(__file__).parent.glob("*/manifest.toml")]
    return {manifest.key: manifest for manifest in sorted(found, key=lambda m: m.name.lower())}


def app_name(key: str) -> str:
    """Return an app's name as its owner knows it; one that this version does not have (any more) by its key."""
    return manifests()[key].name if key in manifests() else key


def manifest_for(app: str, settings: Mapping[str, str]) -> Manifest:
    """
    Return an app's manifest as it is for the provider that a connection's settings choose, under that one's name.

    Raises KeyError for an app that does not exist.
    """
    return _chosen(app, settings.get(PROVIDER, ""))


@cache
def _chosen(app: str, provider: str) -> Manifest:
    return manifests()[app].chosen({PROVIDER: provider})


@cache
def connector_class(app: str) -> type[Connector]:
    """Return the class of one app. Raises KeyError for an app that does not exist."""
    manifest = manifests()[app]
    module = importlib.import_module(f"signoff.connectors.{app}.connector")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Connector) and value.__module__ == module.__name__:
            value.manifest = manifest
            return value
    raise LookupError(f"signoff/connectors/{app}/connector.py defines no Connector")

"""
Who finds the apps that an owner has described: the room that keeps them says it here.

Apart from the registry, because every process says it as it starts, and most commands ask no app for anything: they
need not load what asking takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signoff.connectors.registry import Found

_finders: list[Callable[[str], Found | None]] = []


def describe_by(find: Callable[[str], Found | None]) -> None:
    """Say how a described app is found by its key; None where there is none (any more)."""
    _finders[:] = [find]


def described(key: str) -> Found | None:
    """Return a described app by its key, None where there is none or nobody keeps any."""
    return _finders[0](key) if _finders else None

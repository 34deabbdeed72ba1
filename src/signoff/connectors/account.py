"""Who we are at an app, what we may do there, and what of it we lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """Who we are at the app. `may` and `lacks` are in the owner's words; `ends_at` None: no known end."""

    id: str
    name: str
    may: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    ends_at: datetime | None = None


def lacking(needs: Iterable[str], lacks: Iterable[str]) -> list[str]:
    """
    Return which of the permissions an account lacks, in its own words: "create notes (notes.write)".

    `lacks` are those of an `Account`; what the app does not tell of is not lacking.
    """
    missing = list(lacks)
    return [told for need in needs for told in missing if told == need or told.startswith(f"{need} (")]

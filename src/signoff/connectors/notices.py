"""What people of the business are shown at an app (in a channel, say)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Notice:
    """
    A few words for people of the business, with one button that opens a page here; nothing is decided by it.

    `as_button` False: the app could not tell us that it was pressed (or would complain that we do not hear it), so a
    plain link is better. `about` is what it is about, one each, for programs that are told.
    """

    title: str
    lines: tuple[str, ...]
    button: str
    url: str
    as_button: bool = True
    about: tuple[Mapping[str, Any], ...] = ()

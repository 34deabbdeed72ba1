"""A count in words: one of a thing, or several."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """Return "1 record", "2,000 records"; `several` where no `s` at the end makes it (“entry”, “entries”)."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def of_them(part: int, whole: int, one: str) -> str:
    """Return "1 of 20 drafts was", "2 of 20 drafts were", "1 of 1 draft was": what follows says what they were."""
    return f"{part:,} of {counted(whole, one)} {'was' if 1 in (part, whole) else 'were'}"

"""
A code of this installation that stands above the rules in every prompt: an answer that carries it repeats them.

The rules themselves are looked for by their words, which a translated or reworded copy does not have; a code is copied
as it is. It is the same in every prompt, so that providers' caches hit, and nobody outside can know it beforehand. It
asks the AI for nothing: told to keep it back, a model that gives the rules away would leave out the one thing that
shows it.
"""

from __future__ import annotations

from base64 import b32encode

from signoff.vault.keys import derived, derived_before

PURPOSE = "mark in prompts"
BYTES = 10  # 16 letters and digits: no text has them by chance


def mark() -> str:
    """Return the code that stands in prompts now: 16 letters and digits."""
    return _written(derived(PURPOSE, BYTES))


def marks() -> tuple[str, ...]:
    """Return the code of now and those of before a change of the master key, which prompts under way still carry."""
    return (mark(), *map(_written, derived_before(PURPOSE, BYTES)))


def _written(data: bytes) -> str:
    return b32encode(data).decode()

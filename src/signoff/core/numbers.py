"""Numbers of rows, as they come from outside: in an address or in a form."""

from __future__ import annotations

LONGEST = 18  # digits; what has more is no number that PostgreSQL's bigint takes


def row_number(text: object) -> int | None:
    """Return the number of a row that a text is; None where it is none (`²` only looks like one)."""
    said = str(text or "")
    return int(said) if said.isdecimal() and len(said) <= LONGEST else None

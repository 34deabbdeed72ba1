"""Numbers of rows and places, as they come from outside: in an address or in a form."""

from __future__ import annotations

LONGEST = 18  # digits; what has more is no number that PostgreSQL's bigint takes


def row_number(text: object, longest: int = LONGEST) -> int | None:
    """
    Return the number of a row that a text is; None where it is none (`²` only looks like one).

    `longest`: so many digits at most, where what is counted is smaller than a table may become.
    """
    said = str(text or "")
    return int(said) if said.isdecimal() and len(said) <= longest else None

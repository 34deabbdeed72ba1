"""
A file that somebody hands in, as rows of text.

`look` says how a file is read (guessed, or as the person says), `rows` reads it row by row. Every value is text, as the
person sees it in their program: 0170 keeps its zero, a date is a date, 15 % is 15 %. What cannot be read is refused
with a sentence; nothing is guessed where a guess could put a value under another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from signoff.sheets import text, workbook
from signoff.sheets.tables import (
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_EMPTY,
    MOST_ROWS,
    Choices,
    Layout,
    Raw,
    Row,
    refused,
    too_large,
)

LOOKED_AT = 12  # rows among which the one with the names is looked for
LONGEST_NUMBER = (
    320  # characters of a number or an e-mail address; in a longer text these patterns search for ever
)
ADDRESS = re.compile(r"\S+@\S+\.\S+")
NUMBER = re.compile(r"[+-]?[\d\s.,:/-]*\d[\d\s.,:/%-]*")


def look(data: bytes, choices: Choices | None = None) -> Layout:
    """Return how a file is to be read. Raises `TableRefused` in words for one that cannot be."""
    choices = choices or Choices()
    if len(data) > MOST_BYTES:
        raise too_large()
    if not data.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise refused("This file is empty.", "Hand in the one that holds the table.")
    layout = _kind(data, choices)
    first = list(islice(_raw(data, layout), LOOKED_AT))
    header = _header_row(first) if choices.header_row is None else choices.header_row
    # Stated further down than where we have looked, it is looked for; a workbook is slow to open again.
    elsewhere = _raw(data, layout) if header > LOOKED_AT else first
    found = next((row for row in elsewhere if row.number == header), None) if header else None
    if header and found is None:
        raise refused(f"There is no row {header} in this file.", "Say in which row the names stand.")
    widest = max((_width(row.cells) for row in first), default=0)
    names = _names(found.cells, len(found.cells)) if found else _names([], widest)
    if layout.kind == "xlsx" and found and widest > len(names):
        layout = replace(layout, notes=(*layout.notes, "Columns without a name are left out."))
    if not names:
        raise refused("This table has no columns.", "Hand in the one that holds the table.")
    if len(names) > MOST_COLUMNS:
        raise refused(
            f"This table has more than {MOST_COLUMNS} columns.", "Take out the ones that are not needed."
        )
    return replace(layout, names=names, header_row=header)


def rows(data: bytes, layout: Layout) -> Iterator[Row]:
    """
    Return the rows below the names, empty ones too, each with as many values as there are names.

    Raises `TableRefused` on the way: for a row with more values than names, and for too many rows.
    """
    width = len(layout.names)
    filled = empty = 0
    for raw in _raw(data, layout):
        if raw.number <= layout.header_row:
            continue
        values = tuple(raw.cells[:width]) + ("",) * (width - len(raw.cells))
        if (layout.kind == "csv" or not layout.header_row) and any(raw.cells[width:]):
            # Most likely a comma inside a text. Every value behind it stands under another name.
            raise refused(
                f"Row {raw.number} has more values than there are columns.",
                "Put texts that hold the separator in quotation marks, or save the table as .xlsx.",
            )
        empty = 0 if any(values) else empty + 1
        filled += not empty
        if empty > MOST_EMPTY:
            # Read on, a sheet that is formatted to its end would take minutes; ended here, a row could be lost.
            raise refused(
                f"More than {MOST_EMPTY:,} rows in a row are empty.", "Delete the empty rows below the table."
            )
        if filled > MOST_ROWS:
            raise refused(
                f"This table has more than {MOST_ROWS:,} rows, which is the most for one file.",
                "Divide it into several files and hand them in one after the other.",
            )
        yield Row(raw.number, values)


def letter(position: int) -> str:
    """Return a column's letters as spreadsheets show them: 0 is A, 26 is AA."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _kind(data: bytes, choices: Choices) -> Layout:
    if data.startswith(b"PK\x03\x04"):
        return workbook.layout(data, choices)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise refused(
            "This is an Excel file of the old kind (.xls), or one with a password.",
            "Open it in Excel, take the password away, and save it as .xlsx.",
        )
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"GIF8", b"\x1f\x8b", b"Rar!")):
        raise refused("This is no table.", "Save the table as .xlsx or .csv and hand that in.")
    return text.layout(data, choices)


def _raw(data: bytes, layout: Layout) -> Iterator[Raw]:
    return workbook.raw(data, layout) if layout.kind == "xlsx" else text.raw(data, layout)


def _header_row(first: list[Raw]) -> int:
    """
    Return in which row the names stand, 0 for none.

    The first row that is nearly as wide as the widest: a title above a table is not. Names are no e-mail addresses, and
    not mostly numbers.
    """
    most = max((_filled(row) for row in first), default=0)
    for row in first:
        if _filled(row) >= max(1, 0.6 * most):
            short = [cell for cell in row.cells if len(cell) <= LONGEST_NUMBER]
            numbers = sum(bool(NUMBER.fullmatch(cell)) for cell in short)
            is_data = 2 * numbers > _filled(row) or any(ADDRESS.fullmatch(cell) for cell in short)
            return 0 if is_data else row.number
    return 0


def _filled(row: Raw) -> int:
    return sum(bool(cell) for cell in row.cells)


def _width(cells: list[str]) -> int:
    """Return how many columns a row has, without the empty ones at its end."""
    return max((position + 1 for position, cell in enumerate(cells) if cell), default=0)


def _names(cells: list[str], width: int) -> tuple[str, ...]:
    """Return a name for each column: what stands there, else its letter; two that are the same are told apart."""
    seen: dict[str, int] = {}
    names = []
    for position in range(width):
        given = " ".join(cells[position].split())[:80] if position < len(cells) else ""
        name = given or f"Column {letter(position)}"
        seen[name] = seen.get(name, 0) + 1
        while seen[name] > 1 and f"{name} ({seen[name]})" in seen:
            seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        seen.setdefault(names[-1], 1)
    return tuple(names)

"""
Writing a table that somebody takes away.

A cell that begins with = + - @ is a formula to spreadsheets, whoever wrote it: a customer's name could fetch an address
from the web. In CSV such a text gets an apostrophe in front, which spreadsheets do not show; in a workbook it is marked
as text. Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Characters that XML cannot hold, and so no workbook.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST_CELL = 32_767
IN_MEMORY = 2_000_000

Value = str | int | float | None


def harmless(value: Value) -> Value:
    """Return a value that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_csv(names: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """Return a table as CSV in UTF-8, with the mark by which Excel knows it, piece by piece."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    yield "\ufeff".encode()
    for values in _and(names, rows):
        writer.writerow(["" if value is None else harmless(value) for value in values])
        if buffer.tell() > 64_000:
            yield _emptied(buffer)
    yield _emptied(buffer)


def as_workbook(names: Sequence[str], rows: Iterable[Sequence[Value]], title: str = "Results") -> IO[bytes]:
    """Return a table as an Excel file, written row by row; the caller closes it."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Results")
    sheet.freeze_panes = "A2"
    heading = []
    for name in names:
        cell = WriteOnlyCell(sheet, value=_storable(name))
        cell.data_type = "s"
        cell.font = Font(bold=True)
        heading.append(cell)
    sheet.append(heading)
    for values in rows:
        sheet.append([_cell(sheet, value, WriteOnlyCell) for value in values])
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller sends it and closes it
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Value, kind: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = kind(sheet, value=_storable(value))
    cell.data_type = "s"  # also where it looks like a formula, a number or an error
    if value.startswith(FORMULA):
        cell.quotePrefix = True  # stays text when somebody edits it
    return cell


def _storable(text: str) -> str:
    return NOT_IN_XML.sub("", text)[:LONGEST_CELL]


def _and(names: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[Sequence[Value]]:
    yield names
    yield from rows


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")

"""
Tables as Excel files (.xlsx), read row by row.

A file of a few kilobytes can hold gigabytes (a zip bomb), and XML can grow by its own means: sizes are looked at before
anything is unpacked, and defusedxml refuses entities.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from signoff.sheets.cells import as_text
from signoff.sheets.tables import MOST_COLUMNS, Choices, Layout, Raw, TableRefused, refused

MOST_UNPACKED = 200_000_000
MOST_SHARED_TEXT = 60_000_000  # of what openpyxl keeps in memory
MOST_PARTS = 3000
LAST_ROW = 1_048_576  # the last one that a sheet can have
SEARCHED_BYTES = 2_000_000
# A formula whose program has stored no result: it would be read as nothing.
# Nothing is taken back once it is taken (*+), or two megabytes of "<f <f" or of spaces would take hours.
NO_RESULT = re.compile(rb"<f(?:\s[^<>]*)?(?:/>|>[^<]*+</f>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?+\s*+</c>")
FORMULA_NOTE = (
    "Some formulas have no stored result and are read as empty. "
    "Open the file in Excel, save it, and hand it in again."
)


def layout(data: bytes, choices: Choices) -> Layout:
    """Return how a workbook is read; the names of its columns are not known yet. Raises `TableRefused`."""
    notes = (FORMULA_NOTE,) if _refuse_bombs(data) else ()
    with _opened(data) as book:
        # A sheet that is hidden was not meant to be handed in, and one with only a chart holds no rows.
        shown = [s.title for s in book.worksheets if s.sheet_state == "visible"]
    if not shown:
        raise refused("This workbook shows no sheet with a table.")
    sheet = choices.sheet or shown[0]
    if sheet not in shown:
        raise refused("This workbook has no such sheet.", f"It has: {', '.join(shown[:20])}.")
    return Layout("xlsx", (), 0, sheet=sheet, sheets=tuple(shown), notes=notes)


def raw(data: bytes, layout: Layout) -> Iterator[Raw]:
    """Return the rows of the sheet that the layout names."""
    with _opened(data) as book:
        sheet: Any = book[layout.sheet]
        sheet.reset_dimensions()  # what a file says of its size may be wrong by millions
        # One more than there are names, so that a value beyond them is noticed where there is no row of names.
        width = len(layout.names) + 1 if layout.names else MOST_COLUMNS + 1
        for number, cells in enumerate(sheet.iter_rows(max_row=LAST_ROW, max_col=width), 1):
            values = [as_text(cell) for cell in cells]
            while values and not values[-1]:
                values.pop()
            yield Raw(number, values)


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """Open a workbook. openpyxl raises whatever its parts raise; all of it means that the file is damaged."""
    from openpyxl import load_workbook

    book = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            yield book
    except TableRefused:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise refused(
            "This Excel file is damaged, or of a kind that we do not know.",
            "Open it in Excel, save it as .xlsx, and hand it in again.",
        ) from error
    finally:
        if book is not None:
            book.close()


def _refuse_bombs(data: bytes) -> bool:
    """Refuse what is no workbook, or far larger unpacked; say whether formulas without results are in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise _other_kind(names)
            # Python reads no more of a part than its size here says, so a size that lies is a damaged file.
            shared = sum(p.file_size for p in parts if p.filename.lower().endswith("sharedstrings.xml"))
            if (
                len(parts) > MOST_PARTS
                or sum(part.file_size for part in parts) > MOST_UNPACKED
                or shared > MOST_SHARED_TEXT
            ):
                raise refused(
                    "Unpacked, this Excel file is far larger than we take.",
                    "Keep only the sheet with the table, and save it as a new file.",
                )
            return any(
                _lacks_results(archive, name) for name in names if name.startswith("xl/worksheets/sheet")
            )
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError) as error:
        raise refused(
            "This Excel file is damaged.", "Open it in Excel, save it as .xlsx, and hand it in again."
        ) from error


def _lacks_results(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        return NO_RESULT.search(part.read(SEARCHED_BYTES)) is not None


def _other_kind(names: set[str]) -> TableRefused:
    if "content.xml" in names and "mimetype" in names:
        return refused("This is an OpenDocument file.", "Save it as .xlsx or .csv, and hand that in.")
    if any(name.startswith("Index/") or name.endswith(".iwa") for name in names):
        return refused("This is a file of Numbers.", "Export it as Excel or CSV, and hand that in.")
    return refused("This is a packed file, and no table.", "Unpack it, and hand in the table itself.")

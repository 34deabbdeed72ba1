"""What a table is: how its file is read, its rows, and why a file is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from signoff.core.errors import InputRejected

MOST_BYTES = 20_000_000
TOO_LARGE_MARK = "file_was_too_large"  # on a request whose file was stopped on its way
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_EMPTY = 50_000  # rows without anything, one after the other

Kind = Literal["csv", "xlsx"]


class TableRefused(InputRejected):
    """A file is no table, or not one that we can read as it is meant."""

    owner_message = "This file cannot be read as a table. Nothing was kept of it."
    next_step = "Save it as .xlsx or .csv, and hand it in again."


@dataclass(frozen=True)
class Choices:
    """How a person says that a file is to be read; empty: guessed. `header_row` 0: no row holds names."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None


@dataclass(frozen=True)
class Layout:
    """
    How a file is read. `names` are the columns' names, each once; `header_row` the row they stand in, 0 for none.

    `sheets` are the ones that a workbook shows; `notes` what the person should know of it.
    """

    kind: Kind
    names: tuple[str, ...]
    header_row: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row: its number as the person's program shows it, and a value for each column's name."""

    number: int
    values: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(self.values)


@dataclass(frozen=True)
class Raw:
    """A row as it stands, before names are given to its columns."""

    number: int
    cells: list[str] = field(default_factory=list)


def refused(what: str, step: str = "") -> TableRefused:
    """Return the error for a file, in the words of whoever hands it in."""
    said = f"{what} Nothing was kept of it.".replace("{", "{{").replace("}", "}}")
    return TableRefused("the file is not one that we read", owner_message=said, next_step=step or None)


def too_large() -> TableRefused:
    """Return the error for a file that is larger than we take."""
    return refused(
        f"This file is larger than {MOST_BYTES // 1_000_000} MB, which is the most for one file.",
        "Take out pictures and sheets that are not needed, or divide it into several files.",
    )

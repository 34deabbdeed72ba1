"""Workbooks as programs write them, and as nobody should."""

from __future__ import annotations

import io
import zipfile

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book(rows, *, formats=None, sheets=()):
    """
    Return a workbook's bytes.

    `formats` is {(row, column): number format}; `sheets` are more, each (title, state, rows).
    """
    made = Workbook()
    sheet = made.active
    sheet.title = "Leads"
    fill(sheet, rows, formats or {})
    for title, state, more in sheets:
        other = made.create_sheet(title)
        other.sheet_state = state
        fill(other, more, {})
    return saved(made)


def fill(sheet, rows, formats):
    for number, row in enumerate(rows, 1):
        for position, value in enumerate(row, 1):
            cell = sheet.cell(number, position, value)
            if isinstance(value, str) and not value.startswith("="):
                cell.data_type = "s"
            if (number, position) in formats:
                cell.number_format = formats[(number, position)]


def saved(made):
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def with_part(data, name, content):
    """Return a workbook in which one part is replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part.filename))
        new.writestr(name, content)
    return out.getvalue()


def part_of(data, name=SHEET):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()

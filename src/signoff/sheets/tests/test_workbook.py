"""Excel files: values as they are meant, and files that are made to harm."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.sheets import workbook
from signoff.sheets.cells import number
from signoff.sheets.reading import look, rows
from signoff.sheets.tables import MOST_COLUMNS, MOST_EMPTY, MOST_ROWS, Choices, TableRefused
from signoff.sheets.tests.books import NAMESPACE, SHEET, book, packed, part_of, with_part


def read(data, **choices):
    layout = look(data, Choices(**choices))
    return layout, [row.values for row in rows(data, layout)]


def refusal(data, **choices):
    with pytest.raises(TableRefused) as caught:
        read(data, **choices)
    assert caught.value.owner_message.endswith("Nothing was kept of it.")
    return caught.value.owner_message


def one(value, shown_as=None):
    """Return how a value in a cell is read."""
    data = book([["Name", "Value"], ["Ada", value]], formats={(2, 2): shown_as} if shown_as else None)
    return read(data)[1][0][1]


@pytest.mark.parametrize(
    ("value", "shown_as", "meant"),
    [
        ("0170", None, "0170"),
        ("  Ada  ", None, "Ada"),
        (8, None, "8"),
        (8.0, None, "8"),
        (-3.5, None, "-3.5"),
        (0.1 + 0.2, None, "0.3"),
        (4915112345678.0, None, "4915112345678"),
        (1e15, None, "1000000000000000"),
        (1.5e-7, None, "0.00000015"),
        (0.15, "0%", "15%"),
        (0.07, "0.00%", "7%"),
        (1067, "00000", "01067"),
        (123456789, "000-00-0000", "123-45-6789"),
        (1701234567, "0000\\ 000\\ 0000", "0170 123 4567"),
        (1234567, "00000", "1234567"),
        (49, '"$"#,##0.00', "49"),
        (49.5, "[$€-407] #,##0.00", "49.5"),
        (8, "0.00", "8"),
        (True, None, "true"),
        (date(2026, 11, 23), "DD.MM.YYYY", "2026-11-23"),
        (datetime(2026, 11, 23), "yyyy-mm-dd", "2026-11-23"),
        (datetime(2026, 11, 23, 14, 30), "yyyy-mm-dd h:mm", "2026-11-23 14:30"),
        (datetime(2026, 11, 23), "yyyy-mm-dd hh:mm", "2026-11-23 00:00"),
        (datetime(2026, 11, 23, 14, 29, 59, 999_900), "yyyy-mm-dd h:mm", "2026-11-23 14:30"),
        (clock_time(9, 5), "h:mm", "09:05"),
        (timedelta(hours=36, minutes=15), "[h]:mm", "36:15"),
        ("#N/A", None, "#N/A"),
    ],
)
def test_a_cell_is_read_as_it_is_meant(value, shown_as, meant):
    assert one(value, shown_as) == meant


def test_an_error_of_a_formula_is_nothing():
    data = book([["Name", "Value"], ["Ada", "x"]])
    sheet = part_of(data).decode()
    broken = re.sub(r'<c r="B2"[^>]*>.*?</c>', '<c r="B2" t="e"><v>#DIV/0!</v></c>', sheet)

    assert read(with_part(data, SHEET, broken))[1] == [("Ada", "")]


def test_a_formula_is_its_stored_result_and_one_without_is_said():
    data = book([["Name", "Value"], ["Ada", "=1+1"]])
    layout, found = read(data)
    assert found == [("Ada", "")]
    assert any("no stored result" in note for note in layout.notes)

    stored = re.sub(r"<f>1\+1</f><v ?/>|<f>1\+1</f><v></v>", "<f>1+1</f><v>2</v>", part_of(data).decode())
    layout, found = read(with_part(data, SHEET, stored))

    assert found == [("Ada", "2")]
    assert layout.notes == ()


@pytest.mark.parametrize("filling", ["<f ", "<f/>" + " " * 500_000, "<f>", "<f/><v>" + " " * 500_000])
def test_looking_for_formulas_takes_a_moment_whatever_stands_there(filling):
    sheet = (filling * (1_000_000 // len(filling))).encode()
    began = time.monotonic()

    assert workbook.NO_RESULT.search(sheet) is None
    assert time.monotonic() - began < 2


def test_a_text_that_looks_like_a_formula_is_a_text():
    assert one("'=1+1")[-4:] == "=1+1"
    data = book([["Name", "Value"], ["Ada", "-"]])
    assert read(data)[1] == [("Ada", "-")]


def test_the_first_sheet_that_is_shown_is_read_and_another_can_be_chosen():
    data = book(
        [["Name"], ["Ada"]],
        sheets=[("Secret", "hidden", [["Name"], ["Eve"]]), ("More", "visible", [["Name"], ["Bo"]])],
    )

    layout, found = read(data)
    assert (layout.sheet, layout.sheets) == ("Leads", ("Leads", "More"))
    assert found == [("Ada",)]
    assert read(data, sheet="More")[1] == [("Bo",)]
    assert "no such sheet" in refusal(data, sheet="Secret")


def test_a_title_empty_rows_and_gaps_keep_the_numbers_of_rows():
    data = book([["Leads of November"], [], ["Name", "Email"], ["Ada", "a@example.test"], [], ["Bo", None]])
    layout = look(data)

    found = [row for row in rows(data, layout) if not row.is_empty]

    assert layout.header_row == 3
    assert [(row.number, row.values) for row in found] == [(4, ("Ada", "a@example.test")), (6, ("Bo", ""))]


def test_notes_beside_the_table_are_left_out_and_said():
    layout, found = read(book([["Name", "Email"], ["Ada", "a@example.test", "call back"]]))

    assert found == [("Ada", "a@example.test")]
    assert layout.notes == ("Columns without a name are left out.",)


def test_too_many_rows_and_columns_are_refused():
    assert f"more than {MOST_COLUMNS} columns" in refusal(
        book([[f"c{n}" for n in range(MOST_COLUMNS + 1)], ["x"]])
    )
    sheet = "".join(f"<row><c><v>{n}</v></c></row>" for n in range(MOST_ROWS + 2))
    many = with_part(
        book([["Name"]]), SHEET, f"<worksheet {NAMESPACE}><sheetData>{sheet}</sheetData></worksheet>"
    )
    assert "rows, which is the most" in refusal(many)


def test_a_sheet_that_is_formatted_to_its_end_is_refused_with_what_to_do():
    empty = '<row s="1" customFormat="1"/>' * (MOST_EMPTY + 1)
    name = "<row><c t='inlineStr'><is><t>Name</t></is></c></row><row><c><v>1</v></c></row>"
    data = with_part(
        book([["Name"]]), SHEET, f"<worksheet {NAMESPACE}><sheetData>{name}{empty}</sheetData></worksheet>"
    )

    assert "rows in a row are empty" in refusal(data)


# Made to harm


def sheet_with(content, before=""):
    return with_part(
        book([["Name"], ["Ada"]]),
        SHEET,
        f"{before}<worksheet {NAMESPACE}>{content}</worksheet>",
    )


def test_a_file_that_grows_when_it_is_unpacked_is_refused_unread():
    bomb = with_part(book([["Name"]]), "xl/media/x.bin", b"\0" * (workbook.MOST_UNPACKED + 1))
    assert len(bomb) < 1_000_000

    began = time.monotonic()
    assert "far larger" in refusal(bomb)
    assert time.monotonic() - began < 2


def test_xml_that_grows_by_itself_is_refused():
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)
    )
    cell = "<sheetData><row><c t='inlineStr'><is><t>&j;</t></is></c></row></sheetData>"

    assert "damaged" in refusal(sheet_with(cell, before=laughs + "]>"))


def test_xml_that_fetches_a_file_is_refused():
    before = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    cell = "<sheetData><row><c t='inlineStr'><is><t>&f;</t></is></c></row></sheetData>"

    assert "damaged" in refusal(sheet_with(cell, before=before))


def test_a_sheet_that_claims_to_be_endless_is_read_for_what_it_holds():
    content = (
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>Ada</t></is></c>'
        '<c r="XFD2" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
    )

    began = time.monotonic()
    assert read(sheet_with(content))[1] == [("Ada",)]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            packed(content_xml="<x/>", mimetype="application/vnd.oasis.opendocument.spreadsheet"),
            "OpenDocument",
        ),
        (packed(Index__Document="x"), "Numbers"),
        (packed(leads_csv="Name"), "packed file"),
        (packed(xl__workbook_xml="<broken"), "damaged"),
        (packed(xl__workbook_xml="<workbook/>"), "damaged"),
    ],
)
def test_other_packed_files_are_told_apart(data, said):
    assert said in refusal(data)


GOOD = book([["Name", "Email"], ["Ada", "a@example.test"]])


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=30))
@settings(deadline=None, max_examples=60)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at, garbage):
    try:
        read(GOOD[:at] + garbage + GOOD[at + len(garbage) :])
    except TableRefused:
        pass


@given(st.integers(0, 10**12), st.integers(1, 8))
def test_zeros_in_front_make_a_number_as_long_as_its_format(value, places):
    text = number(value, "0" * places)

    assert int(text) == value
    assert len(text) == max(places, len(str(value)))


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_number_is_written_in_digits_and_means_the_same(value):
    text = number(value)

    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert float(text) == pytest.approx(value, rel=1e-14, abs=1e-300)

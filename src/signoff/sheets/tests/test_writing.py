"""What is taken away opens in a spreadsheet as it was, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from signoff.sheets.reading import look, rows
from signoff.sheets.writing import FORMULA, as_csv, as_workbook, harmless

HOSTILE = ['=HYPERLINK("http://evil.example")', "+1+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]


def in_csv(names, table):
    text = b"".join(as_csv(names, table)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def in_workbook(names, table):
    with as_workbook(names, table) as file:
        sheet = load_workbook(io.BytesIO(file.read())).active
    return sheet


@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_a_formula_is_a_text(text):
    (_, (shown, _)) = in_csv(["a", "b"], [[text, "x"]])
    assert shown == f"'{text}"

    cell = in_workbook(["a", "b"], [[text, "x"]])["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value.strip() == text.strip()


def test_numbers_stay_numbers_and_nothing_stays_empty():
    assert in_csv(["a"], [[-5], [None], [1.5]]) == [["a"], ["-5"], [""], ["1.5"]]
    sheet = in_workbook(["a"], [[-5], [None], [1.5]])
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [-5, None, 1.5]


def test_a_name_that_looks_like_a_formula_is_a_text_too():
    assert in_csv(["=1+1"], [])[0] == ["'=1+1"]
    assert in_workbook(["=1+1"], [])["A1"].data_type == "s"


def test_what_no_workbook_can_hold_is_left_out():
    sheet = in_workbook(["a"], [["x\x00\x0b\ud800y"], ["z" * 40_000]])

    assert sheet["A2"].value == "xy"
    assert len(sheet["A3"].value) == 32_767


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=15)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
@settings(deadline=None)
def test_what_is_taken_away_can_be_handed_in_again(table):
    data = b"".join(as_csv(["first", "second"], table))

    found = [row.values for row in rows(data, look(data))]

    assert found == [tuple(str(harmless(cell)).strip() for cell in row) for row in table]


@given(st.text(max_size=10))
def test_no_text_begins_like_a_formula(text):
    assert not str(harmless(text)).startswith(FORMULA)

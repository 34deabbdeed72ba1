"""Test cases as tables: what is handed in is taken or refused with its line, and the one to fill in comes back."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from signoff.integrations import offers
from signoff.proving.models import Case
from signoff.proving.tables import CasesRefused, import_table, to_fill_in
from signoff.sheets.writing import as_csv, as_workbook

pytestmark = pytest.mark.django_db

TABLE = """\
firstname,email,message,answer.subject,answer.body,answer.intent
Dana,d@example.test,Hi,Hello,Hi Dana,{intent}
"""


def intent(house):
    return house.integration.current.definition["choices"]["hubspot-main.contact.lead_intent"][0][0]


def table(house):
    return TABLE.format(intent=intent(house))


def test_a_table_becomes_cases(house):
    (case,) = import_table(house.integration, table(house).encode(), house.owner).cases

    assert case.verdict == "stated"
    assert case.record == {"firstname": "Dana", "email": "d@example.test", "message": "Hi"}
    assert case.expected["subject"] == "Hello"
    assert case.label == "Dana"


@pytest.mark.parametrize(
    "change", [(",", ";"), ("firstname", "\ufefffirstname"), ("firstname", "record.firstname")]
)
def test_tables_come_as_spreadsheets_write_them(house, change):
    (case,) = import_table(house.integration, table(house).replace(*change).encode(), None).cases

    assert case.record["firstname"] == "Dana"


def test_a_text_as_older_spreadsheets_write_it_is_read_as_it_is_meant(house):
    data = table(house).replace("Hi Dana", "Grüße").encode("windows-1252")

    (case,) = import_table(house.integration, data, None).cases

    assert case.expected["body"] == "Grüße"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("answer.subject", "answer.topic"), "The answer has no “topic”"),
        (("answer.", "the."), "No column begins with “answer.”"),
        (("Hello", "x" * 100), "Line 2: subject"),
        (("Dana,d@", "d@"), "Line 2: it has not as many columns"),
        (("firstname,email,message", "a,b,c"), "No column is one of the record's fields"),
    ],
)
def test_a_table_with_a_fault_is_refused_with_its_line(house, change, words):
    with pytest.raises(CasesRefused, match=words):
        import_table(house.integration, table(house).replace(*change).encode(), None)

    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"a,b\n", b"\x00", b"PK\x03\x04 and no workbook", b"%PDF-1.4 \xff\xfe"]
)
def test_what_is_no_table_is_refused(house, data):
    with pytest.raises(CasesRefused):
        import_table(house.integration, data, None)


def test_the_latest_records_come_as_a_table_and_go_back_in_with_the_answers_filled_in(house, practice):
    offers.forget()
    practice.seed_leads(3)
    made = to_fill_in(house.integration)
    book = load_workbook(as_workbook(made.names, made.rows))
    rows = list(book.active.iter_rows())
    names = [cell.value for cell in rows[0]]
    for cell, value in zip(rows[1][-3:], ["Hello", "=1+1 is two", intent(house)], strict=True):
        cell.value, cell.data_type = value, "s"
    filled = io.BytesIO()
    book.save(filled)

    imported = import_table(house.integration, filled.getvalue(), house.owner)

    assert names == [
        *house.integration.current.definition["record"]["fields"],
        "answer.subject",
        "answer.body",
        "answer.intent",
    ]
    assert len(rows) >= 1 + 3
    assert imported.left_out == len(rows) - 2
    (case,) = imported.cases
    assert case.record["email"] == made.rows[0][names.index("email")]
    assert case.expected["body"] == "=1+1 is two"


def test_what_we_keep_from_being_a_formula_comes_back_without_its_apostrophe(house):
    names = ["firstname", "email", "answer.subject", "answer.body", "answer.intent"]
    rows = [["=Dana", "'d@example.test", "Hello", "- one\n- two", intent(house)]]

    (case,) = import_table(house.integration, b"".join(as_csv(names, rows)), None).cases

    assert case.record == {"firstname": "=Dana", "email": "'d@example.test"}
    assert case.expected["body"] == "- one\n- two"


def test_a_table_without_any_answer_is_told(house):
    data = table(house).replace(f"Hello,Hi Dana,{intent(house)}", ",,").encode()

    with pytest.raises(CasesRefused, match="No line has an answer yet"):
        import_table(house.integration, data, None)


def test_records_that_came_to_us_are_in_the_table_though_the_app_does_not_answer(house, practice, work_off):
    offers.forget()
    house.receive(house.lead())
    practice.control("hubspot", revoke_key=True)
    try:
        made = to_fill_in(house.integration)
    finally:
        practice.control("hubspot", start_over=True)

    assert len(made.rows) == 1
    assert made.problem

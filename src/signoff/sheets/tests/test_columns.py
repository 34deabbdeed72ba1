from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.sheets.columns import field_name, guess

FIELDS = ("firstname", "lastname", "email", "company", "phone", "message")


@pytest.mark.parametrize(
    "names",
    [
        ("First Name", "Last Name", "E-mail Address", "Company name", "Phone Number", "Message"),
        ("Vorname", "Nachname", "E-Mail", "Firma", "Telefon", "Nachricht"),
        ("Prénom", "Nom de famille", "Courriel", "Société", "Téléphone", "Comments"),
        ("FIRSTNAME", "LASTNAME", "EMAIL", "COMPANY", "PHONE", "MESSAGE"),
        ("first_name", "surname", "mail", "organization", "tel.", "note"),
    ],
)
def test_columns_are_known_by_what_people_call_them(names):
    assert guess(names, FIELDS) == dict(zip(FIELDS, names, strict=True))


def test_the_exact_name_wins_over_one_that_means_the_same():
    assert guess(["Mail", "email"], ["email"]) == {"email": "email"}


def test_a_column_is_meant_once_and_what_nobody_means_is_left():
    assert guess(["Email"], ["email", "contact.email"]) == {"email": "Email"}
    assert guess(["Colour", "Size"], FIELDS) == {}


def test_a_slip_of_the_pen_is_seen_through():
    assert guess(["Compnay"], ["company"]) == {"company": "Compnay"}
    assert guess(["Plans"], ["plz"]) == {}


@pytest.mark.parametrize(
    ("column", "field"),
    [("Vor- und Nachname", "vor_und_nachname"), ("Größe (m²)", "grösse_m2"), ("--", "column")],
)
def test_a_column_becomes_a_field_by_its_own_name(column, field):
    assert field_name(column) == field.replace("ö", "ö")


@given(
    st.lists(st.text(max_size=10), unique=True, max_size=8),
    st.lists(st.text(max_size=10), unique=True, max_size=8),
)
def test_a_guess_names_only_what_is_there_and_each_column_once(names, fields):
    found = guess(names, fields)

    assert set(found) <= set(fields)
    assert set(found.values()) <= set(names)
    assert len(set(found.values())) == len(found)

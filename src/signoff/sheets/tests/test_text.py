"""CSV as programs write it: encodings, separators, quotation marks; and what is refused, with the row."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from signoff.sheets.reading import look, rows
from signoff.sheets.tables import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Choices, TableRefused

NAMES = ("Name", "E-Mail", "Ort")
ROWS = [("Zoë Müller", "zoe@example.test", "Köln"), ("Łukasz", "l@example.test", "Kraków, PL")]
WESTERN = [("Zoë Müller", "zoe@example.test", "Köln"), ("Øyvind “Å”", "o@example.test", "Århus, DK")]


def written(table, delimiter=",", end="\r\n"):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(table)
    return file.getvalue()


def read(data, **choices):
    layout = look(data, Choices(**choices))
    return layout, [row.values for row in rows(data, layout)]


def refusal(data, **choices):
    with pytest.raises(TableRefused) as caught:
        read(data, **choices)
    assert caught.value.owner_message.endswith("Nothing was kept of it.")
    assert caught.value.next_step
    return caught.value.owner_message


@pytest.mark.parametrize("cell", ["1" * 90_000 + "x", "@." * 45_000 + " x"])
def test_a_long_text_in_the_first_row_takes_a_moment(cell):
    began = time.monotonic()

    look(f"Name,Message\r\nAda,{cell}\r\n".encode())

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_letters_and_separators_are_found_out(encoding, delimiter):
    layout, found = read(written([NAMES, *ROWS], delimiter).encode(encoding))

    assert layout.names == NAMES
    assert layout.delimiter == delimiter
    assert found == ROWS


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-15"])
def test_what_old_windows_programs_write_is_read(encoding):
    table = [NAMES, WESTERN[0]]
    layout, found = read(written(table, ";").encode(encoding))

    assert layout.encoding == "windows-1252"
    assert found == table[1:]


def test_another_encoding_can_be_chosen_where_the_guess_is_wrong():
    data = written([NAMES, ("Иван", "i@example.test", "Омск")], ";").encode("windows-1251")
    assert read(data)[1] != [("Иван", "i@example.test", "Омск")]

    assert read(data, encoding="windows-1251")[1] == [("Иван", "i@example.test", "Омск")]
    assert "not written in UTF-8" in refusal(data, encoding="utf-8")


def test_a_separator_that_the_first_line_states_holds():
    layout, found = read(b"sep=;\r\nName;Note\r\nAda;a,b,c\r\n")

    assert (layout.names, layout.header_row) == (("Name", "Note"), 1)
    assert found == [("Ada", "a,b,c")]


def test_a_text_over_several_lines_is_one_value_and_rows_keep_their_numbers():
    data = b'Name,Message\r\nAda,"Hello,\r\nis ""it"" open?"\r\n\r\nBo,x\r\n'
    layout = look(data)

    found = list(rows(data, layout))

    assert [row.number for row in found] == [2, 3, 4]
    assert found[0].values[1] == 'Hello,\r\nis "it" open?'
    assert found[1].is_empty


def test_zeros_in_front_stay():
    assert read(b"plz,phone\n01067,0170 1234567\n")[1] == [("01067", "0170 1234567")]


def test_a_title_above_the_names_is_none_of_them():
    data = b"Leads of November 2026,,\n,,\nName,Email,City\nAda,a@example.test,Bonn\n"

    layout, found = read(data)

    assert (layout.names, layout.header_row) == (("Name", "Email", "City"), 3)
    assert found == [("Ada", "a@example.test", "Bonn")]


def test_a_table_without_names_gets_letters():
    layout, found = read(b"Ada,a@example.test,12\nBo,b@example.test,7\n")

    assert (layout.names, layout.header_row) == (("Column A", "Column B", "Column C"), 0)
    assert len(found) == 2


def test_years_as_names_are_names():
    assert look(b"Name,City,2025,2026\nAda,Bonn,3,4\n").names == ("Name", "City", "2025", "2026")


def test_names_that_are_missing_or_there_twice_are_told_apart():
    assert look(b"Email,,Email,email,Email (2)\na,b,c,d,e\n").names == (
        "Email", "Column B", "Email (2)", "email", "Email (2) (2)",
    )  # fmt: skip


def test_the_row_with_the_names_can_be_stated():
    data = b"a,b\nName,City\nAda,Bonn\n"

    assert read(data, header_row=2) == (look(data, Choices(header_row=2)), [("Ada", "Bonn")])
    assert read(data, header_row=0)[1][0] == ("a", "b")
    assert "There is no row 9" in refusal(data, header_row=9)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"Name,Mail\nAcme, Inc,a@example.test\n", "Row 2 has more values"),
        (b'Name,Mail\nAda,a@example.test\nBo,"b@example.test\nCy,c@example.test\n', "not closed"),
        (b'Name,Mail\n"Ada" Byron,a@example.test\n', "line 2, a quotation mark stands inside"),
        (b"%PDF-1.7 ...", "no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old kind (.xls), or one with a password"),
        (bytes(range(256)) * 20, "no table"),
        (b"PK\x03\x04 not a zip", "damaged"),
    ],
)
def test_what_cannot_be_read_as_it_is_meant_is_refused_with_a_sentence(data, said):
    assert said in refusal(data)


def test_so_many_rows_are_taken_and_one_more_is_not():
    def table(count):
        return b"Name\n" + b"".join(b"n%d\n" % n for n in range(count))

    assert len(read(table(MOST_ROWS))[1]) == MOST_ROWS
    assert f"more than {MOST_ROWS:,} rows" in refusal(table(MOST_ROWS + 1))


def test_too_many_columns_and_bytes_are_refused():
    assert "columns" in refusal(",".join(f"c{n}" for n in range(MOST_COLUMNS + 1)).encode() + b"\n")
    assert "larger than 20 MB" in refusal(b"x" * (MOST_BYTES + 1))


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cc", "Cs"]), max_size=12
)


@given(
    st.integers(2, 5).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), min_size=1, max_size=8)),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\r\n", "\n"]),
)
@settings(deadline=None)
def test_every_value_comes_back_as_it_was_written(table, delimiter, encoding, end):
    names = tuple(f"field {n}" for n in range(len(table[0])))
    data = written([names, *table], delimiter, end).encode(encoding)

    layout, found = read(data, delimiter=delimiter)

    assert layout.names == names
    assert found == [tuple(cell.strip() for cell in row) for row in table]


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_are_a_table_or_refused(data):
    try:
        read(data)
    except TableRefused:
        pass


@given(
    st.lists(st.sampled_from(["Ada", "", "x,y", 'a "b"', "1,5", "3;4", "a@b.test"]), min_size=3, max_size=3)
)
def test_the_guessed_separator_is_the_one_that_was_written(values):
    assume(any(values))
    table = [("Name", "Mail", "Note"), tuple(values), ("Bo", "b@b.test", "y")]

    for delimiter in (",", ";", "\t"):
        assert look(written(table, delimiter).encode()).delimiter == delimiter

"""Reading a file: what is written is what is meant, and what cannot be is named with its line."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from signoff.integrations.file import plain_data, read_file, read_files, read_text, read_texts

YAMLISH = st.text(st.sampled_from("ab:-{}[]&*!?|>'\"#,\n\t 01.%@~<\\\x00\ud800é"), max_size=80)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("9:00", "9:00"),
        ("0170", "0170"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("2026-01-01", "2026-01-01"),
        ("12", 12),
        ("-1.50", -1.5),
        ("5%", "5%"),
        ("", None),
        ("~", None),
        ("'12'", "12"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_a_value_means_what_it_says(written, meant):
    document = read_text(f"value: {written}")

    assert document.faults == []
    assert document.data == {"value": meant}


def test_choices_stay_texts():
    assert read_text("options: [yes, no, on, off]").data == {"options": ["yes", "no", "on", "off"]}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n\tb: 2", 2, "tab"),
        ("a: 1\nb\nc: 2", 2, "colon is missing"),
        ("a: one: two", 1, "Put the text in quotes"),
        ("a: 'one", 1, "quotation mark"),
        ("a: {b: 1\nc: 2", 2, "open brackets"),
        ("a: 1\nb: 2\na: 3", 3, "stands here twice"),
        ("a:\n  b: {c: 1, c: 2}", 2, "stands here twice"),
        ("a: &x [1]\nb: *x", 2, "Write it out"),
        ("a: 1\nb: !!python/object:os.system x", 2, "cannot be used"),
        ("a: 1\nb: !!binary aGk=", 2, "cannot be used"),
        ("a: 1\nb: !!timestamp nonsense", 2, "cannot be used"),
        ("a: !!int nonsense", 1, "no number"),
        ("a: 1\nb: \x07", 2, "character"),
        ('a: 1\nb: "\\0"', 2, "character"),
        ('a: 1\nb: "\\ud800"', 2, "character"),
        ('a: 1\n"\\0": b', 2, "character"),
        ("a: 1e999", 1, "too large"),
        ("a: 99999999999999999999", 1, "too large"),
        ("1: a", 1, "must be a text"),
        ("true: a", 1, "must be a text"),
        ("? [a]\n: b", 1, "must be a text"),
        ("- a", 1, "begins with `name:`"),
        ("just words", 1, "begins with `name:`"),
        ("", 1, "empty"),
        ("# only a comment", 1, "empty"),
        ("a: 1\n---\nb: 2", 3, "file of its own"),
    ],
)
def test_a_fault_is_named_with_its_line(text, line, words):
    (fault,) = read_text(text, "f.yaml").faults

    assert (fault.file, fault.line) == ("f.yaml", line)
    assert words in fault.what
    assert fault.what.endswith(".")


def test_a_bomb_of_aliases_is_refused_at_once():
    lines = [f"x{n + 1}: &x{n + 1} [*x{n}, *x{n}]" for n in range(40)]
    bomb = "\n".join(["x0: &x0 [x, x]", *lines])
    started = time.monotonic()

    document = read_text(bomb)

    assert document.faults[0].line == 2
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 5_000, "- " * 5_000, "a: " + "x" * 600_000])
def test_a_monster_is_refused(text):
    assert read_text(text).faults


@given(YAMLISH | st.text(max_size=60))
def test_no_text_makes_reading_fail(text):
    for document in read_texts(text):
        assert document.faults or isinstance(document.data, dict)


@given(
    st.recursive(
        st.text("abc yesno019:", max_size=6),
        lambda x: (
            st.lists(x, max_size=3) | st.dictionaries(st.text("xyz", min_size=1, max_size=3), x, max_size=3)
        ),
    )
)
def test_texts_written_in_quotes_come_back_as_they_were(data):
    text = yaml.safe_dump({"value": data}, default_style='"')

    assert read_text(text).data == {"value": data}


def test_a_file_of_several_integrations_is_read_one_by_one():
    first, second = read_texts("# the first\nname: a\nx: 1\n---\n# the second\nname: b\n\nx: 2\n  ")

    assert (first.data["name"], second.data["name"]) == ("a", "b")
    assert first.text == "# the first\nname: a\nx: 1\n"
    assert second.text == "# the second\nname: b\n\nx: 2\n"
    assert second.lines[("x",)] == 8


def test_facts_stay_as_they_are_written():
    document = read_text(
        "facts:\n  prices: {Starter: 49.00, Team: 0149}\n  hours:\n    Mon: 9:00\n    Sun: no\n"
    )

    assert document.data["facts"] == {
        "prices": {"Starter": "49.00", "Team": "0149"},
        "hours": {"Mon": "9:00", "Sun": "no"},
    }


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    (fault,) = read_file(tmp_path / "nothing.yaml").faults

    assert fault.line == 0
    assert "does not exist" in fault.what


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"name: caf\xe9"])
def test_a_file_that_is_no_text_is_a_fault(tmp_path, content):
    path = tmp_path / "f.yaml"
    path.write_bytes(content)

    (fault,) = read_file(path).faults

    assert "UTF-8" in fault.what


def test_a_folder_is_a_fault(tmp_path):
    assert "folder" in read_files(tmp_path)[0].faults[0].what


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a\n")

    assert read_file(path).data == {"name": "a"}


@pytest.mark.parametrize("text", ["a: 'b", "{", "a: *x", "\x00", "[" * 5000, "a: b: c"])
def test_a_record_that_cannot_be_read_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"\.$"):
        plain_data(text)


def test_a_record_is_json_or_yaml():
    assert plain_data('{"name": "Dana", "seats": 8}') == plain_data("name: Dana\nseats: 8") == {
        "name": "Dana", "seats": 8,
    }  # fmt: skip

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.letter_text import text_of_html, without_history
from signoff.connectors.letters import read_letter
from signoff.connectors.markup import Tag, tags_and_text

LONG = 60_000
# Far above what one pass takes, far below what reading the rest anew at every sign takes.
SECONDS = 5.0

MADE_TO_LAST = [
    "<!--", "<!", "<a", "<a ", '<a x="', "</", "<?", "<![CDATA[", "<", "&", "&#", "<a b=", "<script>", '<a "', "<a/",
    "<title>", "<div>", "<b>", "<p>", "<table><tr><td>", "<a><b><i>", "<ul><li>", "<blockquote>x<br>", "</div>",
    "<pre>\n", '<a href="http://x">x', '<div style="display:none">', '<img alt="x">', "&amp;", "<a b = ", "<a 'b\">",
]  # fmt: skip
PIECES = [
    "<",
    ">",
    "<div>",
    "<p",
    "/",
    " ",
    "<blockquote>",
    "</div>",
    "<a",
    "x",
    "\n",
    " style='display:none'",
]


def seconds_for(read, what):
    started = time.process_time()
    read(what)
    return time.process_time() - started


def test_tags_come_by_name_with_what_they_carry():
    found = list(tags_and_text("<A HREF='x?a=1&amp;b=2' hidden>Tom &amp; Ada</a><br/>"))

    assert found == [
        Tag("a", attributes={"href": "x?a=1&b=2", "hidden": ""}),
        "Tom & Ada",
        Tag("a", closes=True),
        Tag("br"),
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a < b", ["a ", "<", " b"]),
        ("<!-- <b> -->x<!doctype html>y<?xml z?>", ["x", "y"]),
        ("<img alt='a > b'>x", [Tag("img", attributes={"alt": "a > b"}), "x"]),
        ("<script>a<b '</p>'</script>x", [Tag("script"), Tag("script", closes=True), "x"]),
        ("<style>a", [Tag("style")]),
        ("x<a href=", ["x", "<a href="]),
        ("<o:p>x</o:p>", [Tag("o:p"), "x", Tag("o:p", closes=True)]),
    ],
)  # fmt: skip
def test_what_is_no_markup_is_no_markup(source, found):
    assert list(tags_and_text(source)) == found


@given(st.text(alphabet="<>/!-?abp \"'=&;\n", max_size=300))
def test_every_letter_that_stands_outside_of_tags_is_told(source):
    told = "".join(part for part in tags_and_text(source) if isinstance(part, str))

    if "<" not in source and "&" not in source:
        assert told == source
    assert len(told) <= len(source)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_html_becomes_text_without_its_tags(source):
    assert "<blockquote>" not in text_of_html(source)


@pytest.mark.parametrize("piece", MADE_TO_LAST)
def test_html_that_was_made_to_last_is_read_in_time(piece):
    assert seconds_for(text_of_html, piece * (LONG // len(piece))) < SECONDS


@pytest.mark.parametrize(
    "piece",
    ["On ", "On 1 a@b wrote:\n", "On 1 a@b wrote:\n\n> a\n\n", "Von: a\n", "a@1:\n", "> \na\n", "wrote "],
)
def test_a_text_that_was_made_to_last_is_read_in_time(piece):
    assert seconds_for(without_history, piece * (LONG // len(piece))) < SECONDS


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b"(" * LONG,
        b"From: " + b"<" * LONG,
        b'From: "' + b'"' * LONG,
        b"From: " + b"a@b," * (LONG // 4),
        b"Subject: " + b"=?x?q?" * (LONG // 6),
        b"References: " + b"<" * LONG,
        b"Content-Type: text/html\r\n\r\n" + b"<meta " * (LONG // 6),
        b"Content-Type: text/plain" + b"; a=b" * (LONG // 5),
        b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_500)
        ),
    ],
    ids=range(10),
)
def test_a_letter_that_was_made_to_last_is_read_in_time(raw):
    assert seconds_for(read_letter, b"Message-ID: <q1@example.test>\r\n" + raw) < SECONDS
    assert read_letter(b"Message-ID: <q1@example.test>\r\n" + raw).message_id == "q1@example.test"

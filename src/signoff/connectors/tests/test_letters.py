"""Letters as they come: every one here is shaped like one that a mail program or a server really writes."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.letter_text import decoded, text_of_html, without_history
from signoff.connectors.letters import FIELDS, LONGEST_TEXT, Part, letter_of, read_letter


def raw(*headers: str, body: bytes | str = "Hi", end: str = "\r\n") -> bytes:
    head = end.join(headers).encode("utf-8", "surrogateescape")
    return head + (end * 2).encode() + (body if isinstance(body, bytes) else body.encode())


def test_a_plain_letter_is_read():
    letter = read_letter(
        raw(
            "From: Ada Lovelace <Ada@Example.test>",
            "To: Sales <sales@harbourdesk.test>, priya@harbourdesk.test",
            "Cc: tom@harbourdesk.test",
            "Subject: A question",
            "Date: Tue, 24 Nov 2026 10:00:00 +0100",
            "Message-ID: <q1@example.test>",
            "In-Reply-To: <a1@harbourdesk.test>",
            "References: <a0@harbourdesk.test> <a1@harbourdesk.test>",
            body="Hello,\r\n\r\nwhat does it cost?\r\n",
        )
    )

    assert (letter.from_name, letter.from_email) == ("Ada Lovelace", "ada@example.test")
    assert letter.answer_to == "ada@example.test"
    assert letter.to == ("sales@harbourdesk.test", "priya@harbourdesk.test")
    assert letter.cc == ("tom@harbourdesk.test",)
    assert letter.sent_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert letter.message_id == "q1@example.test"
    assert letter.in_reply_to == "a1@harbourdesk.test"
    assert letter.record()["references"] == "a0@harbourdesk.test a1@harbourdesk.test q1@example.test"
    assert letter.text == "Hello,\n\nwhat does it cost?"
    assert letter.history == ""
    assert letter.kind == "person"


def test_its_fields_describe_its_record():
    assert {field.name for field in FIELDS} == set(read_letter(b"").record())


def test_an_answer_goes_to_where_the_sender_wants_it():
    letter = read_letter(raw("From: forms@web.test", "Reply-To: Ada <ada@example.test>"))

    assert letter.from_email == "forms@web.test"
    assert letter.answer_to == "ada@example.test"


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("A question", "Re: A question"),
        ("Re: A question", "Re: A question"),
        ("AW: Re: A question", "Re: A question"),
        ("SV: [Ticket 7] A question", "Re: [Ticket 7] A question"),
        ("Reorder", "Re: Reorder"),
        ("", "Re:"),
    ],
)
def test_an_answer_keeps_the_subject(subject, answer):
    assert read_letter(raw(f"Subject: {subject}")).answer_subject == answer


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?= aus =?iso-8859-1?Q?K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?q?one?=\r\n =?utf-8?q?_two?=", "one two"),
        ("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"),
        ("=?x-unknown?q?caf=E9?=", "café"),
        ("=?utf-8?b?not base64?=", "=?utf-8?b?not base64?="),
        ("Grüße", "Grüße"),
        (b"Gr\xfc\xdfe".decode("ascii", "surrogateescape"), "Grüße"),
    ],
)
def test_a_subject_is_read_however_it_is_written(header, subject):
    assert read_letter(raw(f"Subject: {header}")).subject == subject


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ('"Lovelace, Ada" <ada@example.test>', "Lovelace, Ada", "ada@example.test"),
        ("=?utf-8?q?M=C3=BCller=2C_J=C3=B6rg?= <j@example.test>", "Müller, Jörg", "j@example.test"),
        ("Lovelace, Ada (Sales) <ada@example.test>", "Lovelace, Ada (Sales)", "ada@example.test"),
        ("Ada [external] <ada@example.test>", "Ada [external]", "ada@example.test"),
        ("ada@example.test (Ada Lovelace)", "Ada Lovelace", "ada@example.test"),
        ("<ada@example.test>", "", "ada@example.test"),
        ("Müller, Jörg <j@example.test>", "Müller, Jörg", "j@example.test"),
        ("Ada via Forms", "", ""),
        ("", "", ""),
    ],
)
def test_a_sender_is_read_however_it_is_written(header, name, address):
    letter = read_letter(raw(f"From: {header}"))

    assert letter.from_email == address
    assert letter.from_name.endswith(name)


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße – €5".encode(), "utf-8", "Grüße – €5"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
        ("“5 €”".encode("cp1252"), "iso-8859-1", "“5 €”"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("latin-1"), "", "Grüße"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("Grüße".encode(), "x-none", "Grüße"),
        ("こんにちは".encode("iso-2022-jp"), "iso-2022-jp", "こんにちは"),
        ("こんにちは".encode("iso-2022-jp"), "", "こんにちは"),
        ("联通".encode("gbk"), "gb2312", "联通"),
        ("한국어 뷁".encode("cp949"), "ks_c_5601-1987", "한국어 뷁"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        (b"\xef\xbb\xbfHi", "iso-8859-1", "Hi"),
    ],
)
def test_a_charset_is_read_as_it_is_meant(data, charset, text):
    assert decoded(data, charset) == text


def test_what_was_made_utf8_on_the_way_is_not_read_as_what_it_was():
    assert decoded("こんにちは".encode(), "iso-2022-jp", is_utf8=True) == "こんにちは"
    assert decoded("联通，你好".encode(), "gb2312", is_utf8=True) == "联通，你好"
    assert decoded("こんにちは".encode("iso-2022-jp"), "iso-2022-jp", is_utf8=True) == "こんにちは"


def multipart(*parts: EmailMessage | str, kind: str = "mixed", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Content-Type"] = f"multipart/{kind}"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    for part in parts:
        if isinstance(part, str):
            made = EmailMessage()
            made.set_content(part)
            part = made
        message.attach(part)
    return message


def html(text: str) -> EmailMessage:
    made = EmailMessage()
    made.set_content(text, subtype="html")
    return made


def pdf(name: str = "offer.pdf") -> EmailMessage:
    made = EmailMessage()
    made.set_content(
        b"%PDF-1.7", maintype="application", subtype="pdf", disposition="attachment", filename=name
    )
    return made


def test_html_may_state_its_own_charset():
    markup = "<html><head><meta charset='windows-1251'></head><p>Привет</p>".encode("cp1251")

    assert read_letter(raw("Content-Type: text/html", body=markup)).text == "Привет"


def test_of_two_forms_the_plain_one_is_read():
    letter = read_letter(
        bytes(
            multipart(
                "Hello, I have a question.", html("<p>Hello, I have a question.</p>"), kind="alternative"
            )
        )
    )

    assert letter.text == "Hello, I have a question."


def test_a_plain_stub_beside_the_html_is_not_read():
    rich = html("<p>Dear team, we would like to order twelve licences for our office in Leeds, please.</p>")
    letter = read_letter(bytes(multipart("This message needs HTML.", rich, kind="alternative")))

    assert letter.text.startswith("Dear team")


def test_a_footer_that_a_list_appends_hides_nothing():
    both = multipart(
        "Hello, I have a question.", html("<p>Hello, I have a question.</p>"), kind="alternative"
    )
    letter = read_letter(bytes(multipart(both, "To unsubscribe write to …")))

    assert letter.text == "Hello, I have a question.\n\nTo unsubscribe write to …"


def test_text_around_an_attachment_is_read_and_the_attachment_named():
    letter = read_letter(bytes(multipart("Here it is.", pdf("Angebot Größe.pdf"), "Kind regards")))

    assert letter.text == "Here it is.\n\nKind regards"
    assert [(one.name, one.type, one.size) for one in letter.attachments] == [
        ("Angebot Größe.pdf", "application/pdf", 8)
    ]


def test_a_letter_inside_a_letter_is_an_attachment():
    inner = EmailMessage()
    inner["Subject"] = "The old one"
    inner.set_content("Old words")
    message = EmailMessage()
    message.set_content("See attached")
    message.add_attachment(inner)
    letter = read_letter(bytes(message))

    assert letter.text == "See attached"
    assert [one.type for one in letter.attachments] == ["message/rfc822"]


def test_what_was_not_fetched_is_left_out():
    body = Part(
        "multipart/mixed",
        parts=(Part("text/plain", content=b"Hi"), Part("application/zip", name="a.zip", size=9_000_000)),
    )
    letter = letter_of([("From", "ada@example.test")], body)

    assert letter.text == "Hi"
    assert letter.attachments[0].size == 9_000_000


def test_a_very_long_letter_says_that_its_end_is_left_out():
    record = read_letter(raw("Subject: long", body="word " * 40_000)).record()

    assert len(record["text"]) < LONGEST_TEXT + 200
    assert record["text"].endswith("characters.]")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<div>One<br>Two</div>", "One\nTwo"),
        ("a  b\n c&nbsp;d &amp; e", "a b c d & e"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ("<table><tr><td>Price</td><td>$9</td></tr><tr><td>Seats</td><td>8</td></tr></table>", "Price  $9\nSeats  8"),
        ("See <a href='https://example.test/a'>our page</a>.", "See our page (https://example.test/a)."),
        ("<a href='https://example.test/'>example.test</a>", "example.test"),
        ("<a href='mailto:ada@example.test'>write me</a>", "write me (ada@example.test)"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        (f"<a href='https://t.test/{'x' * 300}'>news</a>", "news"),
        ("<img alt='Our logo' src=x><img alt='pixel' width=1 height=1>", "[Our logo]"),
        ("<style>p{color:red}</style><script>x()</script><p>Hi</p>", "Hi"),
        ("<div style='display:none'>preview text</div><p>Hi</p>", "Hi"),
        ("<div style='font-size:0px'>preview</div><p style='font-size:0.9em'>Hi</p>", "Hi"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("<p>Hi<blockquote>old<br>words</blockquote><p>new", "Hi\n\n> old\n> words\n\nnew"),
        ("<b>unclosed <i>and</b> crossed</i>", "unclosed and crossed"),
        ("<p>one<p>two</div></span>three", "one\n\ntwothree"),
        ("<![if !vml]>Hi<![endif]><!-- gone -->", "Hi"),
        ("&#128512; &unknown; <", "😀 &unknown; <"),
    ],
)  # fmt: skip
def test_html_becomes_what_a_person_sees(markup, text):
    assert text_of_html(markup) == text


GMAIL = """<div dir="ltr">Yes, Tuesday suits me.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr"
class="gmail_attr">Den tis 24 nov. 2026 kl 10:00 skrev Priya &lt;<a href="mailto:p@h.test">p@h.test</a>&gt;:<br></div>
<blockquote class="gmail_quote" style="margin:0">Does Tuesday suit you?</blockquote></div>"""
OUTLOOK = """<div>Yes, Tuesday suits me.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b>
Priya &lt;p@h.test&gt;<br><b>Sent:</b> Tuesday, November 24, 2026<br><b>Subject:</b> Tuesday</div>
<div>Does Tuesday suit you?</div>"""
THUNDERBIRD = """<p>Yes, Tuesday suits me.</p><div class="moz-cite-prefix">Am 24.11.26 um 10:00 schrieb Priya:<br></div>
<blockquote type="cite" cite="mid:1"><p>Does Tuesday suit you?</p></blockquote>"""


@pytest.mark.parametrize("markup", [GMAIL, OUTLOOK, THUNDERBIRD], ids=["Gmail", "Outlook", "Thunderbird"])
def test_what_html_quotes_is_told_apart(markup):
    text, history = without_history(text_of_html(markup))

    assert text == "Yes, Tuesday suits me."
    assert "Does Tuesday suit you?" in history


@pytest.mark.parametrize(
    "quoted",
    [
        "On Tue, 24 Nov 2026 at 10:00, Priya Nair <p@h.test> wrote:\n\n> Does Tuesday suit you?",
        "On Tue, 24 Nov 2026 at 10:00, Priya Nair\n<p@h.test> wrote:\n> Does Tuesday suit you?",
        "Am Di., 24. Nov. 2026 um 10:00 Uhr schrieb Priya Nair <\np@h.test>:\n\n> Does Tuesday suit you?",
        "Le mar. 24 nov. 2026 à 10:00, Priya <p@h.test> a écrit :\n> Does Tuesday suit you?",
        "2026-11-24 10:00 GMT+01:00 Priya Nair <p@h.test>:\n> Does Tuesday suit you?",
        "-----Original Message-----\nFrom: Priya\nDoes Tuesday suit you?",
        "From: Priya <p@h.test>\nSent: 24 November 2026 10:00\nTo: Ada\nSubject: Tuesday\n\nDoes Tuesday suit you?",
        "Von: Priya <p@h.test>\nGesendet: 24. November 2026\nAn: Ada\nBetreff: Dienstag\n\nDoes Tuesday suit you?",
        "________________\nFrom: Priya <p@h.test>\nSent: 24 November 2026\nTo: Ada\n\nDoes Tuesday suit you?",
        "> Does Tuesday suit you?",
    ],
)
def test_what_a_plain_letter_quotes_is_told_apart(quoted):
    text, history = without_history(f"Yes, it suits me.\n\n{quoted}\n")

    assert text.replace("_", "").strip() == "Yes, it suits me."
    assert "Does Tuesday suit you?" in history


@pytest.mark.parametrize(
    "text",
    [
        "On Monday our shop opens at 9. We wrote: nothing to you yet, so here we are.",
        "From: Leeds\nI would like to go to York.",
        "He wrote:\nplease call me",
        "I paid 50 as you wrote:\nby card",
        "Thanks for the 24 hours, as you wrote.\nBye",
        "Name: Ada\nDate: Monday\nMessage: hello",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text):
    assert without_history(text) == (text, "")


def test_a_line_right_above_a_quotation_stays():
    text, _ = without_history(
        "Thanks!\nOn Tue, 24 Nov 2026 at 10:00, Priya <p@h.test> wrote:\n> Does Tuesday suit you?"
    )

    assert text == "Thanks!"


def test_an_answer_between_the_lines_is_kept():
    text, history = without_history(
        "Am 24.11.2026 um 10:00 schrieb Priya:\n> Does Tuesday suit you?\nYes.\n> At 10?\nAt 11."
    )

    assert text == "Yes.\nAt 11."
    assert history == "Am 24.11.2026 um 10:00 schrieb Priya:\n> Does Tuesday suit you?\n> At 10?"


def test_a_letter_that_only_quotes_is_told_whole():
    text = "> Does Tuesday suit you?\n> [x] yes  [ ] no"

    assert without_history(text) == (text, "")


def test_a_forwarded_letter_is_told_whole():
    head = (
        "---------- Forwarded message ---------\nFrom: Ada <ada@example.test>\nDate: Tue, 24 Nov 2026\nTo: us"
    )
    forwarded = f"{head}\n\nWhat does it cost?"
    letter = read_letter(raw("Subject: Fwd: Prices", body=forwarded))

    assert "What does it cost?" in letter.text
    assert letter.history == ""


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (["From: ada@example.test"], "person"),
        (["From: ada@example.test", "Auto-Submitted: no"], "person"),
        (["From: ada@example.test", "Subject: Out of office next week?"], "person"),
        (["From: ada@example.test", "Auto-Submitted: auto-replied"], "automatic answer"),
        (["From: ada@example.test", "Auto-Submitted: auto-replied (vacation)"], "automatic answer"),
        (["From: ada@example.test", "X-Autoreply: yes"], "automatic answer"),
        (["From: ada@example.test", "Precedence: auto_reply"], "automatic answer"),
        (["From: a@b.test", "Auto-Submitted: auto-generated", "Subject: Automatic reply: Hi"], "automatic answer"),
        (["From: a@b.test", "X-Auto-Response-Suppress: All", "Subject: Abwesenheitsnotiz: Hi"], "automatic answer"),
        (["From: shop@b.test", "Auto-Submitted: auto-generated", "Subject: Your order"], "machine"),
        (["From: no-reply@b.test"], "machine"),
        (["From: noreply@b.test", "List-Unsubscribe: <https://b.test/u>"], "newsletter"),
        (["From: news@b.test", "List-Id: <news.b.test>", "List-Unsubscribe: <https://b.test/u>"], "newsletter"),
        (["From: news@b.test", "Precedence: bulk"], "newsletter"),
        (["From: ada@b.test", "List-Id: <support.h.test>", "List-Post: <mailto:s@h.test>"], "group"),
        (["From: mailer-daemon@b.test", "Return-Path: <>"], "not delivered"),
        (["From: a@b.test", "Content-Type: multipart/report; boundary=x"], "not delivered"),
        (["From: a@b.test", "X-Failed-Recipients: nobody@example.test"], "not delivered"),
    ],
)  # fmt: skip
def test_who_wrote_it_is_told_by_its_headers(headers, kind):
    assert read_letter(raw(*headers)).kind == kind


def test_our_own_letters_are_known_again():
    assert read_letter(raw("X-Signoff-Run: so-7-0-ab")).mark == "so-7-0-ab"


@given(st.binary(max_size=2000))
def test_no_bytes_make_reading_fail(data):
    read_letter(data).record()


HEADER = st.sampled_from(
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "References",
    ]
)
VALUE = st.text(max_size=60) | st.sampled_from(
    [
        "multipart/mixed; boundary=x",
        "text/html; charset=nonsense",
        "base64",
        "=?utf-8?b?////?=",
        "text/plain; charset*=x''%ff",
    ]
)


@given(st.lists(st.tuples(HEADER, VALUE), max_size=6), st.text(max_size=300))
def test_no_headers_make_reading_fail(headers, body):
    lines = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in headers)
    read_letter(f"{lines}\r\n{body}".encode("utf-8", "surrogatepass")).record()


@given(st.text(alphabet="<>/ab=\"'& -!pdivblockquote\n", max_size=400))
def test_no_markup_makes_reading_fail(markup):
    without_history(text_of_html(markup))


@given(st.text(max_size=200))
def test_what_was_written_is_never_lost(text):
    written, history = without_history(text)

    kept = "".join((written + history).split())
    assert sorted(kept) == sorted("".join(text.replace("\x1e", "").split()))

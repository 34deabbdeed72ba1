"""Mail that arrives, from a real Dovecot: told once, whatever happens to the numbers of the mails."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.mail import received
from signoff.connectors.mail.tests.boxes import boxed, mail
from signoff.core import clock
from signoff.core.errors import Broken, InputRejected
from signoff.outbound import mail_door, wire

TRIGGER = "mail_received"
PICTURE = bytes(range(256)) * 4_000  # a megabyte


class Reader:
    """Someone who follows a mailbox as the engine does: with a cursor, and a memory of the keys it has seen."""

    def __init__(self, mailroom, address, **settings):
        self.box = boxed(mailroom, address, **settings)
        self.cursor = self.box.changes(TRIGGER, None, ()).cursor
        self.known = set()

    def new(self, fields=()):
        """Return the records of what was not told before."""
        fresh = []
        for _ in range(50):
            page = self.box.changes(TRIGGER, self.cursor, fields)
            for event in page.events:
                if event.key not in self.known:
                    self.known.add(event.key)
                    record = (
                        self.box.read(TRIGGER, event.object_id, fields) if event.to_read else event.record
                    )
                    if record is not None:
                        fresh.append(record)
            self.cursor = page.cursor
            if not page.more:
                return fresh
        raise AssertionError("the pages do not end")


@pytest.fixture
def reader(mailroom, address):
    return lambda **settings: Reader(mailroom, address, **settings)


def renumber(mailroom, address):
    """Let a backup be restored: the numbers of all mails change, and every session is over."""
    mailroom.incoming.renumber(address)
    mail_door.forget()


def subjects(records):
    return [record["subject"] for record in records]


class TestArriving:
    def test_what_lay_there_before_starts_nothing(self, reader, mailroom, address):
        mailroom.deliver(address, mail(subject="Old"))

        assert reader().new() == []

    def test_each_mail_is_told_once_in_its_order(self, reader, mailroom, address):
        follow = reader()
        for number in range(3):
            mailroom.deliver(address, mail(subject=f"Question {number}"))

        assert subjects(follow.new()) == ["Question 0", "Question 1", "Question 2"]
        assert follow.new() == []

    def test_a_record_holds_what_an_answer_needs(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(
            address,
            mail(
                "Ada Lovelace <Ada@elsewhere.test>", "Prijs?", "Wat kost het?", to=address,
                message_id="q2@elsewhere.test", reply_to="ada@home.test", references="<q1@elsewhere.test>",
                in_reply_to="<q1@elsewhere.test>", attached=b"%PDF",
            ),
        )  # fmt: skip

        (record,) = follow.new()

        assert record["from_name"] == "Ada Lovelace"
        assert record["from_email"] == "ada@elsewhere.test"
        assert record["answer_to"] == "ada@home.test"
        assert record["answer_subject"] == "Re: Prijs?"
        assert record["text"] == "Wat kost het?"
        assert record["message_id"] == "q2@elsewhere.test"
        assert record["references"] == "q1@elsewhere.test q2@elsewhere.test"
        assert record["attachments"] == "offer.pdf"
        assert record["kind"] == "person"
        assert clock.now() - datetime.fromisoformat(record["received_at"]) < timedelta(minutes=1)

    def test_only_the_fields_that_are_asked_for_are_told(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail())

        assert set(follow.new(("subject", "text"))[0]) == {"id", "subject", "text"}

    def test_every_field_that_is_told_is_described(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail())

        described = {field.name for field in follow.box.fields("message")}

        assert set(follow.new()[0]) == described | {"id"}

    def test_reading_changes_nothing_in_the_mailbox(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail())

        follow.new()

        assert mailroom.mails(address)[0].flags == ()

    def test_the_same_cursor_tells_the_same_again(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail())

        first = follow.box.changes(TRIGGER, follow.cursor, ())
        second = follow.box.changes(TRIGGER, follow.cursor, ())

        assert first.events == second.events
        assert len(first.events) == 1

    def test_a_burst_comes_in_pages(self, reader, mailroom, address, monkeypatch):
        monkeypatch.setattr(received, "AT_ONCE", 4)
        follow = reader()
        for number in range(10):
            mailroom.deliver(address, mail(subject=f"{number}"))

        assert subjects(follow.new()) == [f"{number}" for number in range(10)]

    def test_a_mail_that_is_taken_away_keeps_no_other_from_being_told(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail(subject="gone"))
        mailroom.deliver(address, mail(subject="stays"))
        mailroom.remove(address, mailroom.mails(address)[0].number)

        assert subjects(follow.new()) == ["stays"]

    def test_a_mail_that_is_put_back_into_the_folder_starts_nothing_again(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail(subject="Back"))
        assert subjects(follow.new()) == ["Back"]
        mailroom.remove(address, mailroom.mails(address)[0].number, into="Archive")
        mailroom.remove(address, mailroom.mails(address, "Archive")[0].number, "Archive", into="INBOX")

        assert follow.new() == []

    def test_old_mail_that_is_moved_into_the_mailbox_starts_nothing(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail(subject="From last year"), at=datetime.now(UTC) - timedelta(days=300))

        assert follow.new() == []

    def test_drafts_and_deleted_mails_start_nothing(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail(subject="Half written"))
        with mailroom.signed_in(address) as box:
            box.select()
            box.store("1", "+FLAGS", "(\\Draft)")

        assert follow.new() == []

    def test_another_folder_can_be_followed(self, reader, mailroom, address):
        follow = reader(folder="Archive")
        mailroom.deliver(address, mail(subject="Sorted"), "Archive")
        mailroom.deliver(address, mail(subject="Not sorted"))

        assert subjects(follow.new()) == ["Sorted"]

    def test_a_cursor_that_is_not_ours_is_not_believed(self, reader):
        with pytest.raises(Broken):
            reader().box.changes(TRIGGER, "nonsense", ())


class TestWhenTheNumbersChange:
    def test_nothing_is_lost_and_nothing_is_told_twice(self, reader, mailroom, address):
        follow = reader()
        for number in range(3):
            mailroom.deliver(address, mail(subject=f"seen {number}"))
        assert len(follow.new()) == 3
        mailroom.deliver(address, mail(subject="came just before"))
        renumber(mailroom, address)
        mailroom.deliver(address, mail(subject="came just after"))

        assert subjects(follow.new()) == ["came just before", "came just after"]
        mailroom.deliver(address, mail(subject="came later"))
        assert subjects(follow.new()) == ["came later"]

    def test_it_comes_in_pages_too(self, reader, mailroom, address, monkeypatch):
        monkeypatch.setattr(received, "SEARCHED_AT_ONCE", 2)
        follow = reader()
        for number in range(5):
            mailroom.deliver(address, mail(subject=f"{number}"))
        renumber(mailroom, address)

        assert subjects(follow.new()) == [f"{number}" for number in range(5)]

    def test_a_second_change_in_the_middle_of_it_loses_nothing(self, reader, mailroom, address, monkeypatch):
        monkeypatch.setattr(received, "SEARCHED_AT_ONCE", 2)
        follow = reader()
        for number in range(5):
            mailroom.deliver(address, mail(subject=f"{number}"))
        renumber(mailroom, address)
        page = follow.box.changes(TRIGGER, follow.cursor, ())
        follow.cursor = page.cursor
        renumber(mailroom, address)

        told = {event.key for event in page.events}
        follow.known |= told

        assert len(told) + len(follow.new()) == 5

    def test_what_lay_there_before_the_integration_still_starts_nothing(self, reader, mailroom, address):
        mailroom.deliver(address, mail(subject="Old"), at=datetime.now(UTC) - timedelta(hours=5))
        follow = reader()
        renumber(mailroom, address)

        assert follow.new() == []

    def test_a_moved_mailbox_whose_mails_all_look_new_starts_nothing_old(self, reader, mailroom, address):
        follow = reader()
        renumber(mailroom, address)
        mailroom.deliver(address, mail(subject="Of last year", date=datetime.now(UTC) - timedelta(days=300)))
        place = json.loads(follow.cursor)
        follow.cursor = json.dumps({**place, "validity": 1})

        assert follow.new() == []

    def test_numbers_that_went_back_are_noticed(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail(subject="After the backup"))
        place = json.loads(follow.cursor)
        follow.cursor = json.dumps({**place, "next": place["next"] + 1000})

        assert subjects(follow.new()) == ["After the backup"]

    def test_mails_that_share_one_message_id_are_all_told(self, reader, mailroom, address):
        follow = reader()
        for name in ("Ada", "Grace"):
            mailroom.deliver(address, mail(f"{name} <form@elsewhere.test>", message_id="always@the.same"))

        assert len(follow.new()) == 2

    def test_mails_without_a_message_id_are_told_apart_and_known_again(self, reader, mailroom, address):
        follow = reader()
        for number in range(2):
            mailroom.deliver(address, mail(message_id="", received=f"from x by y id {number}"))

        assert len(follow.new()) == 2
        renumber(mailroom, address)
        assert follow.new() == []


class TestWhoWrote:
    @pytest.mark.parametrize(
        "headers",
        [
            {"auto_submitted": "auto-replied"},
            {"list_unsubscribe": "<mailto:u@x.test>"},
            {"list_id": "<news.x.test>"},
            {"precedence": "bulk"},
            {"sender": "noreply@shop.test"},
            {"sender": "MAILER-DAEMON@mx.test"},
            {"list_post": "<mailto:group@x.test>"},
        ],
        ids=lambda headers: next(iter(headers)),
    )
    def test_what_no_person_wrote_starts_something_only_if_it_is_wanted(
        self, reader, mailroom, address, headers
    ):
        usual, everything = reader(), reader(starts="everything")
        given = dict(headers)
        sender = given.pop("sender", "x@elsewhere.test")
        mailroom.deliver(address, mail(sender, **given))

        assert usual.new() == []
        assert len(everything.new()) == 1

    def test_people_who_write_through_a_group_are_wanted_by_choice(self, reader, mailroom, address):
        usual, groups = reader(), reader(starts="from people and groups")
        mailroom.deliver(address, mail(list_post="<mailto:group@x.test>"))

        assert (len(usual.new()), len(groups.new())) == (0, 1)

    def test_a_form_on_a_website_counts_as_whoever_filled_it_in(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail("noreply@our-site.test", reply_to="ada@elsewhere.test"))
        mailroom.deliver(address, mail(address, to=address, reply_to="grace@elsewhere.test"))

        assert [record["answer_to"] for record in follow.new()] == [
            "ada@elsewhere.test",
            "grace@elsewhere.test",
        ]

    def test_what_was_sent_from_the_mailbox_starts_nothing_even_if_everything_is_wanted(
        self, reader, mailroom, address
    ):
        follow = reader(starts="everything")
        mailroom.deliver(address, mail(address, to=f"ada@elsewhere.test, {address}"))
        follow.box.perform("send_message", {"to": address, "subject": "To myself", "body": "x"}, "so-1-0-x")

        assert len(mailroom.mails(address)) == 2
        assert follow.new() == []


class TestLargeAndStrangeMails:
    def test_what_is_attached_to_a_large_mail_is_named_and_not_fetched(
        self, reader, mailroom, address, monkeypatch
    ):
        follow = reader()
        html = "<p>Was kostet <b>das</b>?</p><p>Danke – Ada, die mehr schreibt als im reinen Text steht.</p>"
        mailroom.deliver(address, mail(body="Was kostet das? Grüße", html=html, attached=PICTURE))
        brought = []
        receive = wire.Wire._receive
        monkeypatch.setattr(
            wire.Wire, "_receive", lambda line: (receive(line), brought.append(len(line._held)))[0]
        )

        (record,) = follow.new()

        assert "mehr schreibt" in record["text"]
        assert record["attachments"] == "offer.pdf"
        assert 0 < sum(brought) < 100_000

    def test_a_large_text_alone_is_cut_and_says_so(self, reader, mailroom, address):
        follow = reader()
        mailroom.deliver(address, mail(body="a line of words\n" * 40_000))

        (record,) = follow.new()

        assert record["text"].startswith("a line of words")
        assert "What follows is left out" in record["text"]

    @pytest.mark.parametrize(
        ("declared", "body", "text"),
        [
            ("iso-8859-1", "Grüße aus Köln".encode("latin-1"), "Grüße aus Köln"),
            ("utf-8", "Grüße aus Köln".encode("latin-1"), "Grüße aus Köln"),
            ("no-such-charset", "Grüße".encode(), "Grüße"),
            ("iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        ],
    )
    def test_a_text_of_any_charset_is_read(self, reader, mailroom, address, declared, body, text):
        follow = reader()
        head = "From: a@b.test\r\nSubject: x\r\nMessage-ID: <c@d>\r\n"
        head += f"Content-Type: text/plain; charset={declared}\r\n\r\n"
        mailroom.deliver(address, head.encode() + body + b"\r\n")

        assert follow.new()[0]["text"] == text

    @pytest.mark.parametrize(
        "raw", [b"\r\n", b"no headers at all", b"From: \xff\xfe\r\n\r\n\x00\x01", b"Subject"]
    )
    def test_nothing_that_lies_in_a_mailbox_stops_the_others(self, reader, mailroom, address, raw):
        follow = reader(starts="everything")
        mailroom.deliver(address, mail(subject="before"))
        with mailroom.signed_in(address) as box:
            box.append("INBOX", "", None, raw)
        mailroom.deliver(address, mail(subject="after"))

        told = subjects(follow.new())

        assert (told[0], told[-1]) == ("before", "after")

    def test_a_mail_that_the_server_cannot_give_begins_a_run_of_its_own(
        self, reader, mailroom, address, monkeypatch
    ):
        follow = reader()
        mailroom.deliver(address, mail(subject="damaged"))
        mailroom.deliver(address, mail(subject="whole"))
        damaged = mailroom.mails(address)[0].number
        fetch = received.Box.fetch

        def refusing(box, uids, *parts):
            if damaged in uids and "BODY.PEEK[]" in parts:
                raise InputRejected("IMAP FETCH: declined SERVERBUG", app="E-mail")
            return fetch(box, uids, *parts)

        monkeypatch.setattr(received.Box, "fetch", refusing)
        page = follow.box.changes(TRIGGER, follow.cursor, ())

        assert [event.to_read for event in page.events] == [True, False]
        assert page.events[1].record["subject"] == "whole"

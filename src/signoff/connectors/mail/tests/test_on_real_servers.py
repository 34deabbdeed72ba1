"""The mailbox connector against a real Dovecot and a real SMTP server."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from signoff.connectors.base import Intent, NotSent, Sent, Unknown
from signoff.connectors.mail.tests.boxes import boxed, mail, settings_of
from signoff.core import clock
from signoff.core.errors import (
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    TimedOutBeforeSending,
    Unavailable,
    VendorDown,
)
from signoff.outbound.mail_door import SignInRefused
from signoff.outbound.tests.cable import cable
from signoff.outbound.tests.test_mail_door import talking

LETTER = {
    "to": "ada@elsewhere.test",
    "subject": "Your question – prices",
    "body": "Hello Ada,\n\nit costs 12 €.\n",
}
MARKER = "so-7-0-abc123"


@pytest.fixture
def box(mailroom, address):
    """A connector to this test's mailbox: `box()`, `box(password="wrong")`, `box(starts="everything")`."""

    def make(password=None, *, imap=None, smtp=None, **more):
        return boxed(mailroom, address, password, imap=imap, smtp=smtp, **more)

    return make


def wait_for(what, seconds=15.0):
    """Wait until something is so: the server has a letter whole and takes its time to store it."""
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)


def drafts(mailroom, address):
    return mailroom.mails(address, "Drafts")


def read_as_mail(raw):
    return message_from_bytes(raw, policy=policy.default)


def intent(action="create_draft", age=timedelta(seconds=20)):
    return Intent(action, LETTER, MARKER, clock.now() - age)


class TestCheck:
    def test_a_mailbox_that_lets_us_in_says_what_it_may(self, box, address):
        account = box().check()

        assert (account.id, account.name) == (address, address)
        assert account.may == ("read e-mails", "create drafts", "send e-mails")
        assert account.lacks == ()

    def test_a_wrong_password_is_told_of_the_server_for_reading(self, box):
        with pytest.raises(SignInRefused) as caught:
            box("wrong").check()

        assert "server for reading (IMAP), localhost" in caught.value.owner_message
        assert "did not accept the address and the password" in caught.value.owner_message
        assert "app password" in caught.value.next_step

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ("app_password", "wants an app password"),
            ("switched_off", "sending by other programs is switched off"),
        ],
    )
    def test_where_only_sending_is_refused_it_says_that_reading_works(self, box, mailroom, fault, words):
        mailroom.plan("AUTH", fault)

        with pytest.raises((SignInRefused, PermissionMissing)) as caught:
            box().check()

        assert caught.value.owner_message.startswith("Reading the mailbox works, but")
        assert words in caught.value.owner_message

    def test_a_certificate_that_nobody_vouches_for_is_told(self, box, monkeypatch):
        from signoff.outbound import pools

        with monkeypatch.context() as patch:
            patch.delenv("SSL_CERT_FILE")
            pools.tls.cache_clear()
            with pytest.raises(TimedOutBeforeSending) as caught:
                box().check()
        pools.tls.cache_clear()

        assert "Nobody we know vouches for the certificate" in caught.value.owner_message

    def test_a_server_that_speaks_something_else_is_told(self, box):
        page = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>"
        with talking(lambda sock: sock.sendall(page)) as port, pytest.raises(Unavailable) as caught:
            box(imap=port, imap_security="plain").check()

        assert "is no mail server of this kind" in caught.value.owner_message

    def test_a_mailbox_for_drafts_alone_needs_no_server_for_sending(self, box):
        account = box(smtp_host="none").check()

        assert account.lacks == ("send e-mails",)

    def test_a_folder_that_is_not_there_is_named(self, box):
        with pytest.raises(InputRejected) as caught:
            box(folder="Anfragen").check()

        assert "no folder named “Anfragen”" in caught.value.owner_message


class TestDrafts:
    def test_a_draft_lies_in_drafts_as_one_that_was_written_there(self, box, mailroom, address):
        box(sender="Priya, Support").perform("create_draft", LETTER, MARKER)

        (kept,) = drafts(mailroom, address)
        letter = read_as_mail(kept.raw)
        assert set(kept.flags) == {"\\Draft", "\\Seen"}
        assert letter["From"] == f'"Priya, Support" <{address}>'
        assert letter["To"] == "ada@elsewhere.test"
        assert letter["Subject"] == "Your question – prices"
        assert letter["Message-ID"] == f"<{MARKER}@example.test>"
        assert letter["Date"].datetime - datetime.now(UTC) < timedelta(minutes=1)
        assert letter.get_content().split("\r\n") == ["Hello Ada,", "", "it costs 12 €.", ""]
        assert kept.raw.isascii()

    def test_an_answer_lies_in_its_conversation(self, box, mailroom, address):
        answer = {**LETTER, "reply_to_message_id": "q2@elsewhere.test", "references": "<q1@elsewhere.test>"}

        box().perform("create_draft", answer, MARKER)

        letter = read_as_mail(drafts(mailroom, address)[0].raw)
        assert letter["In-Reply-To"] == "<q2@elsewhere.test>"
        assert letter["References"] == "<q1@elsewhere.test> <q2@elsewhere.test>"

    @pytest.mark.parametrize(
        "changed",
        [
            {"to": "ada@elsewhere.test\r\nBcc: eve@evil.test"},
            {"to": "ada@elsewhere.test, eve@evil.test"},
            {"subject": "Hello\nBcc: eve@evil.test"},
            {"reply_to_message_id": "x@y.test>\r\nBcc: eve@evil.test"},
            {"references": "<a@b.test>\r\nBcc: eve@evil.test", "reply_to_message_id": "x@y.test"},
        ],
        ids=["recipient", "two recipients", "subject", "answered", "references"],
    )
    @pytest.mark.parametrize("action", ["create_draft", "send_message"])
    def test_what_would_write_headers_of_its_own_is_refused(self, box, mailroom, address, action, changed):
        with pytest.raises(InputRejected) as caught:
            box().perform(action, {**LETTER, **changed}, MARKER)

        assert caught.value.field in changed
        assert not drafts(mailroom, address)
        assert not mailroom.outgoing.taken

    def test_a_draft_whose_answer_was_lost_is_found_again(self, box, mailroom, address):
        with cable(mailroom.incoming.port) as line:
            line.cut(b"=E2=82=AC.\r\n\r\n", after=True)  # the letter is whole, and its answer does not come
            with pytest.raises(OutcomeUnknown):
                box(imap=line.port, imap_security="plain").perform("create_draft", LETTER, MARKER)
        wait_for(lambda: drafts(mailroom, address))

        assert box().reconcile(intent()) == Sent(f"{MARKER}@example.test")
        assert len(drafts(mailroom, address)) == 1

    def test_a_draft_that_never_arrived_is_known_not_to_have(self, box, mailroom, address):
        with cable(mailroom.incoming.port) as line:
            line.cut(b"APPEND")
            with pytest.raises(TimedOutBeforeSending):
                box(imap=line.port, imap_security="plain").perform("create_draft", LETTER, MARKER)

        with pytest.raises(Unavailable):
            box().reconcile(intent())  # a slow server may be storing it still
        assert box().reconcile(intent(age=timedelta(minutes=5))) == NotSent()
        assert not drafts(mailroom, address)

    def test_a_draft_that_somebody_may_have_sent_meanwhile_is_not_written_again(self, box):
        assert isinstance(box().reconcile(intent(age=timedelta(hours=2))), Unknown)

    def test_a_draft_that_was_sent_by_a_person_is_found_among_the_sent(self, box, mailroom, address):
        box().perform("create_draft", LETTER, MARKER)
        (kept,) = drafts(mailroom, address)
        mailroom.remove(address, kept.number, "Drafts", into="Sent")

        assert box().reconcile(intent(age=timedelta(hours=2))) == Sent(f"{MARKER}@example.test")

    def test_a_mailbox_without_a_folder_for_drafts_says_so(self, box):
        connector = box(drafts_folder="No such folder")

        with pytest.raises(InputRejected) as caught:
            connector.perform("create_draft", LETTER, MARKER)

        assert "no folder for drafts" in caught.value.owner_message


class TestSending:
    def test_what_is_sent_lies_among_the_sent_once(self, box, mailroom, address):
        box().perform("send_message", LETTER, MARKER)

        (taken,) = mailroom.outgoing.taken
        (copy,) = mailroom.mails(address, "Sent")
        assert (taken.sender, taken.recipients) == (address, ("ada@elsewhere.test",))
        assert read_as_mail(taken.raw)["Message-ID"] == read_as_mail(copy.raw)["Message-ID"]
        assert "\\Seen" in copy.flags

    def test_a_server_that_keeps_copies_itself_gets_no_second_one(self, box, mailroom, address):
        mailroom.outgoing.files_itself = mailroom.file_as_sent

        box().perform("send_message", LETTER, MARKER)

        assert len(mailroom.mails(address, "Sent")) == 1

    def test_it_is_sent_even_if_the_copy_cannot_be_kept(self, box, mailroom):
        written = box(sent_folder="No such folder").perform("send_message", LETTER, MARKER)

        assert len(mailroom.outgoing.taken) == 1
        assert "no copy" in written.note

    def test_a_lost_answer_is_not_known_and_nothing_proves_that_it_was_not_sent(self, box, mailroom):
        mailroom.plan("DATA", "lost_answer")

        with pytest.raises(OutcomeUnknown):
            box().perform("send_message", LETTER, MARKER)

        assert len(mailroom.outgoing.taken) == 1
        assert isinstance(box().reconcile(intent("send_message", timedelta(hours=1))), Unknown)

    def test_a_lost_answer_is_found_where_the_server_keeps_what_was_sent(self, box, mailroom):
        mailroom.outgoing.files_itself = mailroom.file_as_sent
        mailroom.plan("DATA", "lost_answer")
        with pytest.raises(OutcomeUnknown):
            box().perform("send_message", LETTER, MARKER)

        assert box().reconcile(intent("send_message")) == Sent(f"{MARKER}@example.test")

    def test_where_the_sent_folder_holds_all_it_is_waited_for_and_then_believed(self, box):
        google = box(provider="gmail")

        with pytest.raises(Unavailable) as caught:
            google.reconcile(intent("send_message", timedelta(seconds=20)))

        assert 100 < caught.value.retry_after_seconds < 150
        assert google.reconcile(intent("send_message", timedelta(minutes=5))) == NotSent()

    @pytest.mark.parametrize(
        ("stage", "fault", "family"),
        [
            ("MAIL", "busy", RateLimited),
            ("MAIL", "locked", VendorDown),
            ("MAIL", "not_allowed", PermissionMissing),
            ("MAIL", "limit", RateLimited),
            ("RCPT", "greylisted", VendorDown),
            ("RCPT", "no_such_user", InputRejected),
            ("DATA", "too_large", InputRejected),
            ("DATA", "spam", InputRejected),
            ("DATA", "server_trouble", VendorDown),
            ("DATA", "cut", OutcomeUnknown),
        ],
    )
    def test_each_reply_of_the_server_belongs_to_whoever_can_mend_it(
        self, box, mailroom, stage, fault, family
    ):
        mailroom.plan(stage, fault)

        with pytest.raises(family):
            box().perform("send_message", LETTER, MARKER)

        assert not mailroom.outgoing.taken

    def test_a_recipient_that_does_not_exist_is_named_as_the_field_at_fault(self, box):
        with pytest.raises(InputRejected) as caught:
            box().perform("send_message", {**LETTER, "to": "nobody@example.test"}, MARKER)

        assert caught.value.field == "to"

    def test_nothing_is_sent_after_its_time(self, box, mailroom):
        connector = box()
        connector.door.send_before = 1.0

        with pytest.raises(TimedOutBeforeSending):
            connector.perform("send_message", LETTER, MARKER)

        assert not mailroom.outgoing.taken


class TestMarkingAndMoving:
    @pytest.fixture
    def arrived(self, box, mailroom, address):
        connector = box()
        page = connector.changes("mail_received", None, ())
        mailroom.deliver(address, mail("Ada <ada@elsewhere.test>", "Hello"))
        (event,) = connector.changes("mail_received", page.cursor, ()).events
        return event.object_id

    def test_marking_twice_is_marking_once(self, box, mailroom, address, arrived):
        for _ in range(2):
            box().perform("mark", {"message": arrived, "mark": "read"}, MARKER)

        assert mailroom.mails(address)[0].flags == ("\\Seen",)

    def test_a_mark_can_be_taken_away(self, box, mailroom, address, arrived):
        box().perform("mark", {"message": arrived, "mark": "flagged"}, MARKER)
        box().perform("mark", {"message": arrived, "mark": "not flagged"}, MARKER)

        assert mailroom.mails(address)[0].flags == ()

    def test_moving_twice_is_moving_once(self, box, mailroom, address, arrived):
        for _ in range(2):
            box().perform("move", {"message": arrived, "folder": "Archive"}, MARKER)

        assert not mailroom.mails(address)
        assert len(mailroom.mails(address, "Archive")) == 1

    def test_a_folder_that_is_not_there_gets_nothing(self, box, mailroom, address, arrived):
        with pytest.raises(InputRejected) as caught:
            box().perform("move", {"message": arrived, "folder": "Nowhere"}, MARKER)

        assert caught.value.field == "folder"
        assert len(mailroom.mails(address)) == 1

    def test_a_mail_that_is_gone_is_told(self, box, mailroom, address, arrived):
        mailroom.remove(address, mailroom.mails(address)[0].number)

        with pytest.raises(InputRejected) as caught:
            box().perform("mark", {"message": arrived, "mark": "read"}, MARKER)

        assert caught.value.field == "message"

    def test_a_mail_is_found_by_its_message_id_when_the_numbers_have_changed(
        self, box, mailroom, address, arrived
    ):
        mailroom.incoming.renumber(address)

        box().perform("mark", {"message": arrived, "mark": "answered"}, MARKER)

        assert mailroom.mails(address)[0].flags == ("\\Answered",)


def test_a_connector_sees_no_secret(box):
    assert "secret" not in settings_of(box())

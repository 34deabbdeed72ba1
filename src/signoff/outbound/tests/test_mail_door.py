"""The way out for mail, against a real Dovecot and a real SMTP server."""

from __future__ import annotations

import logging
import time

import pytest

from signoff.core.errors import (
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    TimedOutBeforeSending,
    VendorDown,
)
from signoff.core.secret import Secret
from signoff.outbound import network
from signoff.outbound.guard import AddressRefused
from signoff.outbound.imap import FolderMissing
from signoff.outbound.mail_door import MailDoor, Server, SignIn, SignInRefused
from signoff.outbound.tests.cable import cable

HERE = frozenset({"localhost"})
NOTHING = frozenset()
MAIL = b"From: a@example.test\r\nSubject: Hello\r\n\r\nHello\r\n"
LONG = b"Subject: long\r\n\r\n" + (b"x" * 70 + b"\r\n") * 200_000  # more than fits into a cable
SECRET = "correct horse battery staple"


@pytest.fixture
def at(mailroom, address):
    """A door to this test's mailbox: `at()`, `at("starttls")`, `at(imap=port)`."""

    def make(security="tls", password=None, *, imap=None, smtp=None, host="localhost", **more):
        incoming, outgoing = mailroom.incoming, mailroom.outgoing
        ports = (
            (incoming.tls_port, outgoing.tls_port) if security == "tls" else (incoming.port, outgoing.port)
        )
        return MailDoor(
            Server(host, imap or ports[0], security),
            Server(host, smtp or ports[1], security),
            app="E-mail",
            sign_in=lambda: SignIn(address, Secret(mailroom.password if password is None else password)),
            **{"allow_hosts": HERE, "timeout_seconds": 3.0, **more},
        )

    return make


def sent(mailroom):
    return [taken.raw for taken in mailroom.outgoing.taken]


class TestSigningIn:
    @pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
    def test_both_servers_let_in_whoever_has_the_password(self, at, address, mailroom, security):
        door = at(security)

        with door.mailbox() as box:
            assert box.open("INBOX").total == 0
        door.send(address, ["ada@elsewhere.test"], MAIL)

        assert sent(mailroom) == [MAIL]

    def test_a_password_of_any_letters_is_said_as_it_is(self, at, mailroom):
        with pytest.raises(SignInRefused) as caught, at(password="pässwörd „x“ 田").mailbox():
            pass

        assert caught.value.reason == "wrong"

    @pytest.mark.parametrize("which", ["imap", "smtp"])
    def test_a_wrong_password_is_refused_by_each_server(self, at, which):
        door = at(password="wrong")

        with pytest.raises(SignInRefused) as caught:
            knock(door, which)

        assert (caught.value.at, caught.value.reason) == (which, "wrong")
        assert str(caught.value).rsplit(": ", 1)[1] == "wrong"

    @pytest.mark.parametrize(
        ("fault", "reason"), [("app_password", "app password"), ("switched_off", "switched off")]
    )
    def test_why_a_provider_lets_nobody_in_is_understood(self, at, mailroom, fault, reason):
        mailroom.plan("AUTH", fault)

        with pytest.raises(SignInRefused) as caught:
            at().try_sending()

        assert caught.value.reason == reason

    def test_trouble_while_signing_in_is_no_wrong_password(self, at, mailroom):
        mailroom.plan("AUTH", "sign_in_trouble")

        with pytest.raises((RateLimited, VendorDown)):
            at().try_sending()

    @pytest.mark.parametrize(
        ("said", "family"),
        [
            (b"* BYE Too many connections\r\n", RateLimited),
            (b"* BYE Internal error\r\n", VendorDown),
            (b"TAG NO [UNAVAILABLE] Temporary authentication failure\r\n", VendorDown),
            (b"TAG NO [LIMIT] Maximum number of connections\r\n", RateLimited),
        ],
    )
    def test_a_server_that_is_busy_is_no_wrong_password(self, at, said, family):
        with talking(imap_that({b"LOGIN": said})) as port, pytest.raises(family):
            at("plain", imap=port).mailbox().__enter__()

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("[ALERT] Application-specific password required: https://support.google.com", "app password"),
            ("[ALERT] Your account is not enabled for IMAP use.", "switched off"),
            ("[WEBALERT https://accounts.google.com/x] Web login required.", "in the browser"),
            ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "wrong"),
            ("LOGIN failed.", "wrong"),
        ],
    )
    def test_what_providers_say_is_understood(self, at, said, reason):
        refuses = imap_that({b"LOGIN": b"TAG NO " + said.encode() + b"\r\n"})

        with talking(refuses) as port, pytest.raises(SignInRefused) as caught:
            at("plain", imap=port).mailbox().__enter__()

        assert caught.value.reason == reason

    def test_an_access_token_lets_in_too(self, at, address, mailroom):
        mailroom.outgoing.tokens["token-1"] = address
        door = at()
        door._sign_in = lambda: SignIn(address, Secret("token-1"), is_token=True)

        with door.mailbox() as box:
            assert box.open("INBOX").total == 0
        door.send(address, ["ada@elsewhere.test"], MAIL)

        assert mailroom.outgoing.sign_ins[-1] == "XOAUTH2"

    def test_an_access_token_that_is_over_is_renewed_once(self, at, address, mailroom):
        mailroom.outgoing.tokens["token-3"] = address
        token, renewals = ["token-2"], []

        def renew():
            renewals.append(token[0])
            token[0] = "token-3"
            return True

        door = at(refresh=renew)
        door._sign_in = lambda: SignIn(address, Secret(token[0]), is_token=True)

        with door.mailbox() as box:
            assert box.open("INBOX").total == 0
        token[0] = "token-2"
        door.try_sending()

        assert renewals == ["token-2", "token-2"]

    def test_an_access_token_that_stays_refused_is_renewed_no_second_time(self, at, address):
        renewals = []
        door = at(refresh=lambda: renewals.append(1) or True)
        door._sign_in = lambda: SignIn(address, Secret("token-none"), is_token=True)

        with pytest.raises(SignInRefused), door.mailbox():
            pass

        assert len(renewals) == 1


class TestTheAddress:
    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_a_private_address_is_refused_unless_allowed_by_name(self, at, security):
        door = at(security, allow_hosts=NOTHING)

        with pytest.raises(AddressRefused), door.mailbox():
            pass
        with pytest.raises(AddressRefused):
            door.try_sending()

    def test_nothing_goes_unencrypted_to_a_host_that_nobody_named(self, at):
        with pytest.raises(AddressRefused) as caught, at("plain", allow_hosts=NOTHING).mailbox():
            pass

        assert "without encryption" in caught.value.owner_message

    def test_a_name_is_judged_by_the_address_it_leads_to_at_that_moment(self, at, monkeypatch, mailroom):
        door = at(host="mail.rebinding.test", allow_hosts=NOTHING)
        connected = []
        answers = iter([["93.184.216.34"], ["127.0.0.1"]])
        monkeypatch.setattr(
            network.socket,
            "getaddrinfo",
            lambda host, port, **more: [(2, 1, 6, "", (ip, port)) for ip in next(answers)],
        )
        monkeypatch.setattr(
            network, "_connect_to_first", lambda found, _: connected.append(found[0][4][0]) or refuse()
        )

        with pytest.raises(TimedOutBeforeSending), door.mailbox():
            pass
        with pytest.raises(AddressRefused), door.mailbox():
            pass

        assert connected == ["93.184.216.34"]

    def test_a_certificate_for_another_name_is_refused(self, at):
        door = at(host="127.0.0.1", allow_hosts=frozenset({"127.0.0.1"}))

        with pytest.raises(TimedOutBeforeSending) as caught:
            knock(door, "imap")

        assert "certificate" in caught.value.owner_message
        assert "another name" in caught.value.owner_message

    def test_a_certificate_that_nobody_vouches_for_is_refused(self, at, monkeypatch):
        import ssl

        monkeypatch.setattr("signoff.outbound.wire.tls", ssl.create_default_context)
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)

        with pytest.raises(TimedOutBeforeSending) as caught, at("starttls").mailbox():
            pass

        assert "vouches" in caught.value.owner_message

    @pytest.mark.parametrize("port", ["imap", "smtp"])
    def test_a_server_that_does_not_encrypt_there_is_told_apart(self, at, mailroom, port):
        door = at("tls", imap=mailroom.incoming.port, smtp=mailroom.outgoing.port)

        with pytest.raises(TimedOutBeforeSending) as caught:
            knock(door, port)

        assert "does not encrypt" in caught.value.owner_message

    def test_a_port_that_is_closed_and_a_name_that_does_not_exist_are_told_apart(self, at):
        with pytest.raises(TimedOutBeforeSending) as closed, at(imap=1).mailbox():
            pass
        with pytest.raises(TimedOutBeforeSending) as unknown, at(host="mail.nobody.invalid").mailbox():
            pass

        assert "does not answer at port 1" in closed.value.owner_message
        assert "no mail server named mail.nobody.invalid" in unknown.value.owner_message

    def test_a_server_of_another_kind_is_told_apart(self, at, mailroom):
        door = at("plain", imap=mailroom.outgoing.port, smtp=mailroom.incoming.port)

        for ask in (lambda: door.mailbox().__enter__(), door.try_sending):
            with pytest.raises(TimedOutBeforeSending) as caught:
                ask()
            assert "no mail server of this kind" in caught.value.owner_message

    def test_a_server_that_promises_encryption_and_withdraws_it_gets_no_password(self, at):
        def no_starttls(sock):
            sock.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
            while data := sock.recv(1000):
                heard.append(data)
                tag = data.split()[0]
                sock.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK done\r\n")

        heard: list[bytes] = []
        with talking(no_starttls) as port, pytest.raises(TimedOutBeforeSending):
            knock(at("starttls", imap=port, password=SECRET), "imap")

        assert SECRET.encode() not in b"".join(heard)
        assert not any(b"AUTHENTICATE" in said or b"LOGIN" in said for said in heard)

    def test_words_slipped_in_before_encryption_are_not_taken_for_the_servers(self, at):
        def slips_in(sock):
            sock.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")
            while data := sock.recv(1000):
                tag = data.split()[0]
                if b"STARTTLS" in data:
                    sock.sendall(tag + b" OK begin\r\n" + b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
                else:
                    sock.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n")

        with talking(slips_in) as port, pytest.raises(TimedOutBeforeSending) as caught:
            knock(at("starttls", imap=port), "imap")

        assert "does not encrypt" in caught.value.owner_message


class TestReading:
    def test_a_question_that_gets_no_answer_is_only_asked_again(self, at, mailroom):
        with cable(mailroom.incoming.port) as wire:
            door = at("plain", imap=wire.port)
            wire.cut(b"EXAMINE")

            with pytest.raises(VendorDown), door.mailbox() as box:
                box.open("INBOX")
            with door.mailbox() as box:
                assert box.open("INBOX").total == 0

    def test_a_server_that_falls_silent_runs_out_of_time(self, at, mailroom):
        with cable(mailroom.incoming.port) as wire:
            door = at("plain", imap=wire.port, timeout_seconds=0.5)
            wire.cut(b"EXAMINE", silent=True)

            with pytest.raises(VendorDown) as caught, door.mailbox() as box:
                box.open("INBOX")

        assert "silent" in str(caught.value)

    def test_a_session_is_kept_between_two_questions(self, at, mailroom):
        with cable(mailroom.incoming.port) as wire:
            door = at("plain", imap=wire.port)
            for _ in range(5):
                with door.mailbox() as box:
                    box.open("INBOX")

        assert bytes(wire.said).count(b"AUTHENTICATE") == 1

    def test_a_session_of_one_key_is_not_lent_to_another(self, at, mailroom):
        with at().mailbox() as box:
            box.open("INBOX")

        with pytest.raises(SignInRefused), at(password="another").mailbox():
            pass

    def test_a_session_that_ended_meanwhile_is_replaced(self, at, mailroom):
        door = at()
        with door.mailbox() as box:
            box.open("INBOX")

        mailroom.incoming.restart()

        with door.mailbox() as box:
            assert box.open("INBOX").total == 0

    def test_a_folder_that_does_not_exist_is_named(self, at):
        with pytest.raises(FolderMissing) as caught, at().mailbox() as box:
            box.open("Bestellungen {x}")

        assert "“Bestellungen {x}”" in caught.value.owner_message

    def test_a_folder_of_any_script_can_be_opened(self, at, mailroom, address):
        with mailroom.signed_in(address) as box:
            box.create('"Entw&APw-rfe"')

        with at().mailbox() as box:
            assert "Entwürfe" in [folder.name for folder in box.folders()]
            assert box.open("Entwürfe").total == 0

    def test_an_answer_that_is_too_large_is_not_read_to_the_end(self, at):
        endless = imap_that({b"EXAMINE": b"* 1 FETCH (BODY[] {9000000000}\r\n"})

        with (
            talking(endless) as port,
            pytest.raises(VendorDown) as caught,
            at("plain", imap=port).mailbox() as box,
        ):
            box.open("INBOX")

        assert "too large" in str(caught.value)


class TestWriting:
    def test_what_was_appended_has_its_number(self, at, mailroom, address):
        with at().mailbox() as box:
            first, second = (box.append("Drafts", MAIL, ["\\Draft"]) for _ in range(2))

        assert (second[0], second[1]) == (first[0], first[1] + 1)
        assert [mail.flags for mail in mailroom.mails(address, "Drafts")] == [("\\Draft",)] * 2

    @pytest.mark.parametrize("moment", [b"APPEND", b"Subject: long"])
    def test_a_connection_cut_before_the_mail_is_whole_has_written_nothing(
        self, at, mailroom, address, moment
    ):
        with cable(mailroom.incoming.port) as wire:
            wire.cut(moment)

            with pytest.raises(TimedOutBeforeSending), at("plain", imap=wire.port).mailbox() as box:
                box.append("Drafts", LONG, [])

        assert mailroom.mails(address, "Drafts") == []

    def test_a_connection_cut_after_the_mail_is_whole_leaves_the_outcome_open(self, at, mailroom, address):
        with cable(mailroom.incoming.port) as wire:
            wire.cut(b"\r\n\r\nHello\r\n\r\n", after=True)  # not at the subject, which says the same

            with pytest.raises(OutcomeUnknown), at("plain", imap=wire.port).mailbox() as box:
                box.append("Drafts", MAIL, [])

        # The server has it whole and takes its time to store it.
        deadline = time.monotonic() + 20
        while not mailroom.mails(address, "Drafts") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(mailroom.mails(address, "Drafts")) == 1

    @pytest.mark.parametrize("how", ["append", "send", "mark"])
    def test_nothing_is_written_after_its_time(self, at, mailroom, address, how):
        mailroom.deliver(address, MAIL)
        door = at()
        door.send_before = time.time() - 0.001

        def write():
            if how == "send":
                return door.send(address, ["ada@elsewhere.test"], MAIL)
            with door.mailbox() as box:
                box.open("INBOX", to_write=True)
                return box.append("Drafts", MAIL, []) if how == "append" else box.mark(1, ["\\Seen"])

        with pytest.raises(TimedOutBeforeSending):
            write()

        assert mailroom.mails(address, "Drafts") == []
        assert mailroom.mails(address)[0].flags == ()
        assert sent(mailroom) == []

    def test_a_session_that_was_in_trouble_is_not_used_again(self, at):
        opened = []
        troubled = imap_that({b"EXAMINE": b"TAG NO [SERVERBUG] Internal error\r\n"})

        with talking(lambda sock: (opened.append(1), troubled(sock))) as port:
            for _ in range(2):
                with pytest.raises(VendorDown), at("plain", imap=port).mailbox() as box:
                    box.open("INBOX")

        assert len(opened) == 2

    def test_a_full_mailbox_waits_for_its_owner(self, at):
        full = imap_that({b"APPEND": b"TAG NO [OVERQUOTA] Quota exceeded\r\n"})

        with (
            talking(full) as port,
            pytest.raises(QuotaExhausted) as caught,
            at("plain", imap=port).mailbox() as box,
        ):
            box.append("Drafts", MAIL, [])

        assert "is full" in caught.value.owner_message


class TestSending:
    def test_a_line_that_begins_with_a_dot_arrives_as_it_is(self, at, mailroom, address):
        body = b"Subject: x\r\n\r\n.\r\n..\r\n.x\r\nend"

        at().send(address, ["ada@elsewhere.test"], body)

        assert sent(mailroom) == [body + b"\r\n"]

    @pytest.mark.parametrize("moment", [b"MAIL", b"RCPT", b"DATA", b"Subject: long"])
    def test_a_connection_cut_before_the_mail_is_whole_has_sent_nothing(self, at, mailroom, address, moment):
        with cable(mailroom.outgoing.port) as wire:
            wire.cut(moment)

            with pytest.raises(TimedOutBeforeSending):
                at("plain", smtp=wire.port).send(address, ["ada@elsewhere.test"], LONG)

        assert sent(mailroom) == []

    @pytest.mark.parametrize("fault", ["lost_answer", "cut"])
    def test_a_connection_cut_after_the_mail_is_whole_leaves_the_outcome_open(
        self, at, mailroom, address, fault
    ):
        mailroom.plan("DATA", fault)

        with pytest.raises(OutcomeUnknown):
            at().send(address, ["ada@elsewhere.test"], MAIL)

        assert len(sent(mailroom)) == (1 if fault == "lost_answer" else 0)

    @pytest.mark.parametrize(
        ("stage", "fault", "family", "words"),
        [
            ("MAIL", "busy", RateLimited, "slow down"),
            ("MAIL", "locked", VendorDown, ""),
            ("MAIL", "not_allowed", PermissionMissing, "under its address"),
            ("MAIL", "limit", RateLimited, "in a day"),
            ("RCPT", "no_such_user", InputRejected, "recipient's address"),
            ("RCPT", "greylisted", VendorDown, ""),
            ("RCPT", "full", VendorDown, ""),
            ("DATA", "spam", InputRejected, "refused the e-mail"),
            ("DATA", "too_large", InputRejected, "larger"),
            ("DATA", "server_trouble", VendorDown, ""),
        ],
    )
    def test_a_refusal_belongs_to_a_family(self, at, mailroom, address, stage, fault, family, words):
        mailroom.plan(stage, fault)

        with pytest.raises(family) as caught:
            at().send(address, ["ada@elsewhere.test"], MAIL)

        assert words in caught.value.owner_message
        assert "@" not in str(caught.value)
        assert sent(mailroom) == []

    def test_of_several_recipients_all_are_taken_or_none(self, at, mailroom, address):
        with pytest.raises(InputRejected) as caught:
            at().send(address, ["ada@elsewhere.test", "nobody@elsewhere.test"], MAIL)

        assert caught.value.field == "to"
        assert sent(mailroom) == []

    def test_an_address_of_any_letters_is_said_to_a_server_that_knows_them(self, at, mailroom, address):
        at().send(address, ["jürgen@elsewhere.test"], MAIL)

        assert mailroom.outgoing.taken[0].recipients == ("jürgen@elsewhere.test",)

    def test_a_server_that_knows_ascii_only_is_asked_for_nothing_else(self, at, mailroom, address):
        mailroom.outgoing.takes_any_address = False
        try:
            with pytest.raises(InputRejected) as caught:
                at().send(address, ["jürgen@elsewhere.test"], MAIL)
        finally:
            mailroom.outgoing.takes_any_address = True

        assert caught.value.field == "to"
        assert sent(mailroom) == []

    @pytest.mark.parametrize("hostile", ["ada@x.test>\r\nRCPT TO:<eve@x.test", "ada@x.test\r\nDATA"])
    def test_a_recipient_cannot_say_commands(self, at, mailroom, address, hostile):
        with pytest.raises(InputRejected):
            at().send(address, [hostile], MAIL)

        assert sent(mailroom) == []


def test_no_log_and_no_error_holds_the_password(at, caplog):
    caplog.set_level(logging.DEBUG)
    told = []
    for security in ("tls", "starttls", "plain"):
        door = at(security, password=SECRET)
        for ask in (lambda door=door: door.mailbox().__enter__(), door.try_sending):
            with pytest.raises(SignInRefused) as caught:
                ask()
            told += [
                str(caught.value),
                repr(caught.value),
                caught.value.owner_message,
                caught.value.next_step,
            ]

    import base64

    words = "".join(told) + caplog.text
    assert SECRET not in words
    assert base64.b64encode(SECRET.encode()).decode().rstrip("=")[:20] not in words


def knock(door, which):
    """Sign in at one of the two servers, and do nothing there."""
    if which == "smtp":
        return door.try_sending()
    with door.mailbox():
        return None


def refuse():
    import httpcore2

    raise httpcore2.ConnectError("nobody there")


def imap_that(answers):
    """A script of an IMAP server that lets everybody in and has its own answers to some commands."""

    def script(sock):
        sock.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        while data := sock.recv(1000):
            tag, command = data.split()[:2]
            own = next((said for name, said in answers.items() if name == command), None)
            sock.sendall(
                own.replace(b"TAG", tag) if own else b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
            )

    return script


def talking(script):
    """A server that speaks as a test tells it."""
    import contextlib
    import socket
    import threading

    @contextlib.contextmanager
    def serve():
        listener = socket.create_server(("127.0.0.1", 0))

        def listen():
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    with contextlib.suppress(OSError), sock:
                        script(sock)

        threading.Thread(target=listen, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.close()

    return serve()

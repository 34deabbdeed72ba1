"""Letters go out by the owner's mail server, which is a real one here."""

from __future__ import annotations

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from signoff.accounts import invitations, mail

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


class Box:
    """Keeps what a mail server was given."""

    def __init__(self):
        self.letters = []
        self.refuses = False

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd names it
        if self.refuses:
            return "550 Not here"
        self.letters.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


# The practice server takes a password without TLS, as only a server on this very computer may.
@pytest.fixture(scope="module")
def server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Box()

    def known(server, session, envelope, mechanism, data):
        success = (data.login, data.password) == (b"sign@off", b"p@ss:/word")
        return AuthResult(success=success, handled=False)

    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=known, auth_require_tls=False, auth_required=True
    )
    controller.start()
    box.port = port
    yield box
    controller.stop()


@pytest.fixture
def box(server, monkeypatch):
    server.letters.clear()
    server.refuses = False
    monkeypatch.setenv("SIGNOFF_SMTP", f"smtp://sign%40off:p%40ss%3A%2Fword@127.0.0.1:{server.port}")
    monkeypatch.setenv("SIGNOFF_MAIL_FROM", "signoff@whitfield.example")
    monkeypatch.setenv("SIGNOFF_URL", "https://signoff.whitfield.example")
    return server


def test_an_invitation_goes_out_as_a_letter_with_its_link(owner, box):
    invitation, text = invitations.invite("rui@example.test", "reviewer", owner, name="Rui")

    assert invitations.deliver(invitation, text) is None

    envelope, letter = box.letters[0]
    assert envelope.rcpt_tos == ["rui@example.test"]
    assert letter["From"] == "Signoff <signoff@whitfield.example>"
    assert letter["Message-ID"].endswith("@whitfield.example>")
    body = letter.get_content()
    assert "Priya invites you to Signoff, as reviewer." in body
    assert f"https://signoff.whitfield.example/sign-in/invitation/{text.reveal()}/" in body
    invitation.refresh_from_db()
    assert invitation.sent


def test_a_letter_that_is_refused_leaves_the_link_to_hand_over(owner, box):
    box.refuses = True
    invitation, text = invitations.invite("rui@example.test", "reviewer", owner)

    link = invitations.deliver(invitation, text)

    assert link.endswith(f"/sign-in/invitation/{text.reveal()}/")
    assert not invitation.sent
    assert invitations.peek(text.reveal()) == invitation


def test_a_server_that_is_not_there_is_no_disaster_and_no_secret_is_logged(owner, box, monkeypatch, capfd):
    monkeypatch.setenv("SIGNOFF_SMTP", "smtp://sign%40off:hush-hush@127.0.0.1:9")

    with pytest.raises(mail.NotSent):
        mail.send("rui@example.test", "Hello", "A letter")

    said = "".join(capfd.readouterr())
    assert "hush-hush" not in said
    assert "A letter" not in said


def test_a_wrong_password_for_the_server_is_no_disaster(owner, box, monkeypatch):
    monkeypatch.setenv("SIGNOFF_SMTP", f"smtp://sign%40off:wrong@127.0.0.1:{box.port}")

    with pytest.raises(mail.NotSent):
        mail.send("rui@example.test", "Hello", "A letter")


def test_a_name_cannot_add_a_header(owner, box):
    owner.name = "Priya\nBcc: everybody@example.test"
    owner.save()
    invitation, text = invitations.invite("rui@example.test", "reviewer", owner)

    invitations.deliver(invitation, text)

    envelope, letter = box.letters[0]
    assert envelope.rcpt_tos == ["rui@example.test"]
    assert letter["Bcc"] is None


@pytest.mark.parametrize(
    ("given", "host", "port", "is_smtps", "is_here"),
    [
        ("smtps://u:p@mail.example.com", "mail.example.com", 465, True, False),
        ("smtp://mail.example.com", "mail.example.com", 587, False, False),
        ("smtp://localhost:25", "localhost", 25, False, True),
        ("smtp://[::1]:25", "::1", 25, False, True),
    ],
)
def test_the_address_of_a_server_is_read(monkeypatch, given, host, port, is_smtps, is_here):
    monkeypatch.setenv("SIGNOFF_SMTP", given)

    server = mail.server()

    assert (server.host, server.port, server.is_smtps, server.is_here) == (host, port, is_smtps, is_here)


def test_to_another_computer_no_letter_goes_in_clear(monkeypatch, server):
    """The practice server offers no TLS; named by another name than this computer's, it gets nothing."""
    server.letters.clear()
    monkeypatch.setenv(
        "SIGNOFF_SMTP", f"smtp://sign%40off:p%40ss%3A%2Fword@{socket.gethostname()}:{server.port}"
    )
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *a, **k: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))],
    )

    with pytest.raises(mail.NotSent):
        mail.send("rui@example.test", "Hello", "A letter")

    assert server.letters == []


@pytest.mark.parametrize("given", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://x:port"])
def test_an_address_that_cannot_be_understood_says_how_it_should_look(monkeypatch, given):
    monkeypatch.setenv("SIGNOFF_SMTP", given)

    with pytest.raises(mail.MailTrouble, match="must look like smtps://"):
        mail.server()
    assert not mail.can_send()


def test_without_a_server_nothing_is_sent(monkeypatch):
    monkeypatch.delenv("SIGNOFF_SMTP", raising=False)

    assert not mail.can_send()
    with pytest.raises(mail.NotSent):
        mail.send("rui@example.test", "Hello", "A letter")

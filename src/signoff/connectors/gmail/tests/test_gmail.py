"""What Gmail's answers mean to us, on a tiny server; `test_on_practice_app.py` does the whole of it."""

from __future__ import annotations

import base64
import email
from datetime import UTC, datetime
from email import policy

import pytest

from signoff.connectors.base import Intent, NotSent, Sent, Unknown
from signoff.connectors.gmail import answers
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DRAFT = {"to": "ada@example.test", "subject": "Your question – Grüße", "body": "Hi Ada,\nthank you.\n"}
INTENT = Intent("create_draft", DRAFT, "so-7-0-ab", START)


def gmail(server):
    return connector_class("gmail")(
        Door(server.url, app="Gmail", authorise=lambda: {"Authorization": "Bearer ya29.x"}, allow_hosts=HERE)
    )


def sent_mail(asked):
    raw = asked.json().get("message", asked.json())["raw"]
    return email.message_from_bytes(base64.urlsafe_b64decode(raw), policy=policy.default)


def made(asked):
    return answer(200, {"id": "r-1", "message": {"id": "18c", "threadId": "18c", "labelIds": ["DRAFT"]}})


def fault(status, reason, message="no"):
    return answer(status, {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}})


def test_a_draft_arrives_whole():
    with local(made) as server:
        written = gmail(server).perform("create_draft", DRAFT, "so-7-0-ab")

    mail = sent_mail(server.asked[0])
    assert server.asked[0].path == "/gmail/v1/users/me/drafts"
    assert (mail["To"], mail["Subject"]) == ("ada@example.test", "Your question – Grüße")
    assert mail.get_content() == "Hi Ada,\r\nthank you.\r\n"
    assert mail["X-Signoff-Run"] == "so-7-0-ab"
    assert mail["Message-ID"] == "<so-7-0-ab@signoff.invalid>"
    assert (written.id, written.link) == ("r-1", None)


def test_an_answer_stays_in_its_conversation():
    answering = {**DRAFT, "thread_id": "18b", "reply_to_message_id": "<q1@example.test>"}
    with local(made) as server:
        gmail(server).perform("create_draft", answering, "m")

    mail = sent_mail(server.asked[0])
    assert server.asked[0].json()["message"]["threadId"] == "18b"
    assert mail["In-Reply-To"] == mail["References"] == "<q1@example.test>"


def test_a_message_that_reaches_a_customer_says_so():
    actions = connector_class("gmail").actions()

    assert actions["send_message"].reaches_customer
    assert not actions["create_draft"].reaches_customer


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Hello\r\nBcc: all@example.test"),
        ("subject", "Hello\nBcc: all@example.test"),
        ("subject", "Hello\x00"),
        ("subject", "Hello\u2028Bcc: all@example.test"),
        ("reply_to_message_id", "<q1@example.test>\r\nBcc: all@example.test"),
        ("to", "ada@example.test\r\nBcc: all@example.test"),
        ("to", "ada@example.test, bob@example.test"),
        ("to", "Ada <ada@example.test>"),
        ("to", ""),
        ("to", "ada"),
    ],
)
def test_a_header_cannot_be_broken_out_of(field, value):
    with local(made) as server, pytest.raises(InputRejected) as caught:
        gmail(server).perform("create_draft", {**DRAFT, field: value}, "m")

    assert caught.value.field == field
    assert server.asked == []
    assert "example.test" not in str(caught.value)


def test_check_names_the_mailbox_and_what_the_sign_in_allows():
    def handler(asked):
        if asked.path == "/tokeninfo":
            assert asked.query == {"access_token": "ya29.x"}
            return answer(
                200, {"scope": "https://www.googleapis.com/auth/gmail.compose", "expires_in": "3500"}
            )
        return answer(200, {"emailAddress": "Sales@example.test"})

    with local(handler) as server:
        account = gmail(server).check()

    assert (account.id, account.name) == ("sales@example.test", "Sales@example.test")
    assert account.may == ("create drafts", "send e-mails")
    assert account.lacks == ("read e-mails", "label e-mails")


def test_check_says_when_a_box_was_not_ticked():
    def handler(asked):
        if asked.path == "/tokeninfo":
            return answer(200, {"scope": "openid https://www.googleapis.com/auth/gmail.send"})
        return answer(200, {"emailAddress": "sales@example.test"})

    with local(handler) as server:
        account = gmail(server).check()

    assert account.may == ("send e-mails",)
    assert account.lacks == ("create drafts", "read e-mails", "label e-mails")


class Mailbox:
    """Drafts and sent messages by id, each with its headers; `found` is what a search by Message-ID finds."""

    def __init__(self, drafts=(), messages=(), found=(), may_read=True):
        self.shelves = {"drafts": dict(drafts), "messages": dict(messages)}
        self.found = set(found)
        self.may_read = may_read

    def __call__(self, asked):
        kind, _, id = asked.path.removeprefix("/gmail/v1/users/me/").partition("/")
        if kind == "messages" and not self.may_read:
            return fault(403, "insufficientPermissions")
        shelf = self.shelves[kind]
        if not id:
            by_id = "rfc822msgid:" in asked.query.get("q", "")
            return answer(200, {kind: [{"id": id} for id in shelf if not by_id or id in self.found]})
        message = {
            "payload": {"headers": [{"name": name, "value": value} for name, value in shelf[id].items()]}
        }
        return answer(200, {"id": id, "message": message} if kind == "drafts" else {"id": id, **message})


OURS = {"Message-Id": "<so-7-0-ab@signoff.invalid>"}
REWRITTEN = {"Message-Id": "<CAF=x@mail.gmail.com>", "X-Signoff-Run": "so-7-0-ab"}
ANOTHERS = {"Message-Id": "<CAF=y@mail.gmail.com>", "X-Signoff-Run": "so-7-0-abc"}


@pytest.mark.parametrize(
    ("mailbox", "outcome"),
    [
        (Mailbox(drafts={"r-1": OURS}, found={"r-1"}), Sent("r-1")),
        (Mailbox(drafts={"r-9": ANOTHERS, "r-1": REWRITTEN}), Sent("r-1")),
        (Mailbox(drafts={"r-1": REWRITTEN}, may_read=False), Sent("r-1")),
        (Mailbox(drafts={"r-9": ANOTHERS}, messages={"18c": REWRITTEN}), Sent("18c")),
        (Mailbox(drafts={"r-9": ANOTHERS}, messages={"18d": ANOTHERS}), NotSent()),
    ],
)
def test_a_lost_draft_is_looked_for_by_its_marker(mailbox, outcome):
    with local(mailbox) as server:
        assert gmail(server).reconcile(INTENT) == outcome


def test_a_draft_not_found_stays_unknown_where_the_sent_folder_is_closed():
    with local(Mailbox(may_read=False)) as server:
        assert isinstance(gmail(server).reconcile(INTENT), Unknown)


def test_a_lost_message_is_looked_for_in_the_sent_folder():
    with local(Mailbox(drafts={"r-1": OURS}, messages={"18c": OURS}, found={"18c", "r-1"})) as server:
        assert gmail(server).reconcile(Intent("send_message", DRAFT, "so-7-0-ab", START)) == Sent("18c")

    assert not any("/drafts" in asked.path for asked in server.asked)


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (fault(400, "invalidArgument"), InputRejected),
        (fault(400, "failedPrecondition", "Mail service not enabled"), PermissionMissing),
        (fault(401, "authError"), CredentialRejected),
        (fault(403, "userRateLimitExceeded"), RateLimited),
        (fault(403, "rateLimitExceeded"), RateLimited),
        (fault(403, "dailyLimitExceeded"), RateLimited),
        (fault(403, "domainPolicy"), PermissionMissing),
        (fault(403, "accessNotConfigured"), PermissionMissing),
        (fault(403, "insufficientPermissions"), PermissionMissing),
        (fault(404, "notFound"), InputRejected),
        (fault(429, "rateLimitExceeded"), RateLimited),
        (fault(500, "backendError"), OutcomeUnknown),
        (fault(503, "backendError"), OutcomeUnknown),
        (answer(502, "<html>Bad gateway</html>"), OutcomeUnknown),
        (answer(200, {"message": {}}), OutcomeUnknown),
        (answer(200, "<html>Sign in</html>"), OutcomeUnknown),
    ],
)
def test_gmails_answers_to_a_draft_belong_to_a_family(said, family):
    with local(lambda asked: said) as server, pytest.raises(family) as caught:
        gmail(server).perform("create_draft", DRAFT, "m")

    assert "POST /gmail/v1/users/me/drafts" in str(caught.value)
    assert "{" not in caught.value.owner_message + caught.value.next_step


def test_a_wait_can_stand_in_the_message(monkeypatch):
    monkeypatch.setattr(answers, "now", lambda: START)
    said = fault(
        403, "userRateLimitExceeded", "User-rate limit exceeded. Retry after 2026-11-23T09:00:30.000Z"
    )

    with local(lambda asked: said) as server, pytest.raises(RateLimited) as caught:
        gmail(server).check()

    assert caught.value.retry_after_seconds == 30.0


def test_the_daily_limit_ends_at_midnight_in_california(monkeypatch):
    monkeypatch.setattr(answers, "now", lambda: START)  # one o'clock at night there

    with (
        local(lambda asked: fault(403, "dailyLimitExceeded")) as server,
        pytest.raises(RateLimited) as caught,
    ):
        gmail(server).check()

    assert caught.value.retry_after_seconds == 23 * 3600.0

"""Mail that arrives in the practice Gmail: told once, whole, and nothing of our own."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.connectors.gmail import received
from signoff.connectors.registry import connector_class
from signoff.connectors.tests.practice import connect
from signoff.core.errors import Broken, CredentialRejected, PermissionMissing, RateLimited, VendorDown
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local
from signoff_sandbox.gmail.accounts import EMAIL


@pytest.fixture
def gmail(practice):
    calm = {"faults": "", "fail_no_more": True, "rewrite_message_id": False, "units_per_minute": 1_000_000}
    practice.control("gmail", **calm)
    return connect(practice, "gmail", key=practice.grant("gmail.modify").access_token)


@pytest.fixture
def arrives(practice):
    """Let a message arrive; returns its id."""

    def arrive(**more):
        letter = {
            "from": "Ada Lovelace <ada@example.test>",
            "subject": "A question",
            "body": "Price?",
            **more,
        }
        return practice.control("gmail", receive=letter)["receive"]["id"]

    return arrive


def start(client):
    return client.changes("mail_received", None, ()).cursor


def poll(client, cursor, fields=()):
    """Return all events until there are no more at once, and the cursor behind them."""
    events = []
    while True:
        page = client.changes("mail_received", cursor, fields)
        events += page.events
        cursor = page.cursor
        if not page.more:
            return events, cursor


def test_a_message_is_told_once_and_whole(practice, gmail, arrives):
    arrives(subject="Before we began")
    cursor = start(gmail)
    id = arrives(headers={"Message-ID": "<q@example.test>", "Reply-To": "team@example.test"})

    events, later = poll(gmail, cursor)
    again, _ = poll(gmail, later)

    (event,) = events
    assert again == []
    assert (event.key, event.object_id, event.label) == (
        f"mail_received:{id}",
        id,
        "Ada Lovelace: A question",
    )
    assert event.record["text"] == "Price?"
    assert event.record["from_email"] == "ada@example.test"
    assert event.record["answer_to"] == "team@example.test"
    assert event.record["answer_subject"] == "Re: A question"
    assert event.record["message_id"] == "q@example.test"
    assert event.record["kind"] == "person"
    assert event.record["labels"] == "INBOX, UNREAD"
    assert event.record["thread_id"]
    assert set(event.record) == {"id", *(field.name for field in gmail.fields("message"))}
    assert gmail.read("mail_received", id, ()) == event.record


def test_the_same_cursor_gives_the_same_messages_again(gmail, arrives):
    cursor = start(gmail)
    arrives()

    once, again = (gmail.changes("mail_received", cursor, ()) for _ in range(2))

    assert once.events == again.events


def test_only_the_fields_that_are_asked_for_are_told(gmail, arrives):
    cursor = start(gmail)
    arrives()

    (event,), _ = poll(gmail, cursor, ("subject", "thread_id"))

    assert set(event.record) == {"id", "subject", "thread_id"}


def test_a_real_letter_with_html_a_charset_and_an_attachment_is_read(gmail, arrives):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "Jörg Müller <j@example.test>",
        EMAIL,
        "Angebot für Größe L",
    )
    message.set_content("Guten Tag,\n\nwas kostet Größe L?", charset="iso-8859-1")
    message.add_alternative("<p>Guten Tag,</p><p>was kostet <b>Größe L</b>?</p>", subtype="html")
    message.add_attachment(b"x" * 3_000_000, maintype="application", subtype="pdf", filename="Maße.pdf")
    cursor = start(gmail)
    arrives(raw=base64.urlsafe_b64encode(bytes(message)).decode())

    (event,), _ = poll(gmail, cursor)

    assert event.record["subject"] == "Angebot für Größe L"
    assert event.record["text"] == "Guten Tag,\n\nwas kostet Größe L?"
    assert event.record["from_name"] == "Jörg Müller"
    assert event.record["attachments"] == "Maße.pdf"


def test_html_alone_becomes_text_and_what_it_quotes_stands_apart(gmail, arrives):
    markup = (
        "<div>Yes, please.</div><div class='gmail_quote'><div class='gmail_attr'>Am 24.11.26 schrieb Priya:</div>"
        "<blockquote>Shall we?</blockquote></div>"
    )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.test", EMAIL, "Re: Shall we"
    message.set_content(markup, subtype="html", charset="cp1252")
    cursor = start(gmail)
    arrives(raw=base64.urlsafe_b64encode(bytes(message)).decode())

    (event,), _ = poll(gmail, cursor)

    assert event.record["text"] == "Yes, please."
    assert "Shall we?" in event.record["history"]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto-Submitted": "auto-replied"}, "automatic answer"),
        ({"List-Unsubscribe": "<https://news.test/u>"}, "newsletter"),
        ({"List-Id": "<support.h.test>", "List-Post": "<mailto:support@h.test>"}, "group"),
    ],
)
def test_what_no_person_wrote_is_told_apart(gmail, arrives, headers, kind):
    cursor = start(gmail)
    arrives(headers=headers)

    (event,), _ = poll(gmail, cursor)

    assert event.record["kind"] == kind


def test_nothing_of_our_own_comes_back(practice, gmail, arrives):
    cursor = start(gmail)
    letter = {"to": "ada@example.test", "subject": "Hi", "body": "Hello"}
    gmail.perform("create_draft", letter, "so-own-1")
    gmail.perform("send_message", letter, "so-own-2")
    gmail.perform("send_message", {**letter, "to": EMAIL}, "so-own-3")
    practice.control("gmail", person_sends={"to": "ada@example.test", "subject": "By hand"})
    arrives(**{"from": EMAIL, "headers": {"X-Signoff-Run": "so-own-4"}})  # through a list that we are on

    events, _ = poll(gmail, cursor)

    assert events == []


def test_what_somebody_elses_signoff_wrote_is_told(gmail, arrives):
    cursor = start(gmail)
    arrives(headers={"X-Signoff-Run": "so-1-0-theirs"})

    assert len(poll(gmail, cursor)[0]) == 1


@pytest.mark.parametrize("labels", [["SPAM"], ["TRASH"], ["CATEGORY_PROMOTIONS"], ["Label_1"]])
def test_only_what_is_in_the_inbox_is_told(gmail, arrives, labels):
    cursor = start(gmail)
    arrives(labels=labels)

    assert poll(gmail, cursor)[0] == []


def test_what_is_taken_back_from_spam_is_told_once(practice, gmail, arrives):
    cursor = start(gmail)
    id = arrives(labels=["SPAM"])
    _, cursor = poll(gmail, cursor)

    practice.control("gmail", person_labels={"id": id, "add": ["INBOX"], "remove": ["SPAM"]})
    events, cursor = poll(gmail, cursor)
    practice.control("gmail", person_labels={"id": id, "remove": ["INBOX"]})
    practice.control("gmail", person_labels={"id": id, "add": ["INBOX"]})
    again, _ = poll(gmail, cursor)

    assert [event.object_id for event in events] == [id]
    assert {event.key for event in again} <= {event.key for event in events}


def test_a_message_that_was_archived_before_we_looked_is_told(practice, gmail, arrives):
    cursor = start(gmail)
    id = arrives()
    practice.control("gmail", person_labels={"id": id, "remove": ["INBOX"]})

    assert [event.object_id for event in poll(gmail, cursor)[0]] == [id]


def test_old_mail_that_is_moved_into_the_mailbox_is_left_alone(gmail, arrives):
    cursor = start(gmail)
    arrives(age_seconds=3 * 86_400)
    new = arrives()

    assert [event.object_id for event in poll(gmail, cursor)[0]] == [new]


def test_a_message_that_is_gone_keeps_no_other_from_being_told(practice, gmail, arrives):
    cursor = start(gmail)
    gone, kept = arrives(), arrives()
    practice.control("gmail", delete_message=gone)

    assert [event.object_id for event in poll(gmail, cursor)[0]] == [kept]
    assert gmail.read("mail_received", gone, ()) is None


def test_a_message_that_cannot_be_read_keeps_no_other_from_being_told(practice, gmail, arrives):
    cursor = start(gmail)
    broken, kept = arrives(), arrives()
    practice.control("gmail", fail_next={"fault": "malformed", "path": f"/messages/{broken}"})

    events, _ = poll(gmail, cursor)

    assert [(event.object_id, event.to_read) for event in events] == [(broken, True), (kept, False)]


def test_many_messages_are_told_page_by_page(gmail, arrives):
    cursor = start(gmail)
    ids = [arrives(subject=str(n)) for n in range(2 * received.AT_ONCE + 3)]

    first = gmail.changes("mail_received", cursor, ("subject",))
    events, _ = poll(gmail, cursor, ("subject",))

    assert first.more
    assert len(first.events) == received.AT_ONCE
    assert [event.object_id for event in events] == ids


def test_a_mailbox_that_is_slowed_down_in_the_middle_comes_on(practice, gmail, arrives):
    cursor = start(gmail)
    ids = [arrives() for _ in range(4)]
    practice.control("gmail", fail_next={"fault": "user_rate", "path": f"/messages/{ids[2]}"})

    page = gmail.changes("mail_received", cursor, ())
    rest, _ = poll(gmail, page.cursor)

    assert [event.object_id for event in page.events] == ids[:2]
    assert not page.more, "it is asked again after a while, not at once"
    assert [event.object_id for event in rest] == ids[2:]


# The history is gone


def test_what_came_while_the_history_was_lost_is_found_and_known_again(practice, gmail, arrives):
    cursor = start(gmail)
    seen = [arrives() for _ in range(3)]
    before, cursor = poll(gmail, cursor)
    missed = [arrives() for _ in range(3)]
    spam = arrives(labels=["SPAM"])
    own = practice.control("gmail", person_sends={"to": EMAIL, "subject": "Note to self"})["person_sends"][
        "id"
    ]
    practice.control("gmail", forget_history=True)

    found, cursor = poll(gmail, cursor)
    after = arrives()
    later, _ = poll(gmail, cursor)

    assert all(event.to_read for event in found)
    assert {event.key for event in before} <= {event.key for event in found}, "known again by their keys"
    told = {e.object_id for e in found if gmail.read("mail_received", e.object_id, ()) is not None}
    assert {*seen, *missed} <= told
    assert not {spam, own} & told
    assert [event.object_id for event in later] == [after]


def test_a_large_inbox_is_searched_page_by_page(practice, gmail, arrives):
    cursor = start(gmail)
    ids = {arrives() for _ in range(103)}
    practice.control("gmail", forget_history=True)

    pages, events = 0, []
    while True:
        page = gmail.changes("mail_received", cursor, ())
        events += page.events
        cursor, pages = page.cursor, pages + 1
        if not page.more:
            break

    assert ids <= {event.object_id for event in events}
    assert pages >= 3


def test_mail_from_before_we_began_is_not_searched(practice, gmail, arrives):
    old = arrives(age_seconds=7200)
    cursor = start(gmail)
    new = arrives()
    practice.control("gmail", forget_history=True)

    found = {event.object_id for event in poll(gmail, cursor)[0]}

    assert new in found
    assert old not in found


STEPS = st.lists(
    st.sampled_from(["arrives", "arrives", "spam", "sent", "forget", "poll", "poll", "busy"]),
    min_size=3,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_each_message_is_told_and_none_under_two_names(practice, gmail, arrives, steps):
    cursor = start(gmail)
    wanted, told = set(), {}

    def look():
        nonlocal cursor
        page = gmail.changes("mail_received", cursor, ("subject",))
        cursor = page.cursor
        for event in page.events:
            told.setdefault(event.object_id, set()).add(event.key)
        if page.more:
            look()

    for step in steps:
        match step:
            case "arrives":
                wanted.add(arrives())
            case "spam":
                arrives(labels=["SPAM"])
            case "sent":
                practice.control("gmail", person_sends={"to": EMAIL})
            case "forget":
                practice.control("gmail", forget_history=True)
            case "busy":
                practice.control("gmail", fail_next={"fault": "user_rate", "path": "/messages/"})
            case "poll":
                with contextlib.suppress(RateLimited):
                    look()
    for _ in range(len(steps) + 1):  # as often as it was busy, and once more
        with contextlib.suppress(RateLimited):
            look()

    assert wanted <= set(told)
    assert all(len(keys) == 1 for keys in told.values())


# When it cannot be asked


def test_a_sign_in_that_may_not_read_says_what_to_choose(practice, gmail):
    writer = connect(practice, "gmail", key=practice.grant("gmail.compose").access_token)
    cursor = start(writer)

    with pytest.raises(PermissionMissing) as caught:
        writer.changes("mail_received", cursor, ())

    assert "read e-mails" in caught.value.owner_message
    assert "E-mails in the mailbox" in caught.value.next_step


@pytest.mark.parametrize(
    ("fault", "family"),
    [
        ("http500", VendorDown),
        ("user_rate", RateLimited),
        ("concurrent", RateLimited),
        ("domain_policy", PermissionMissing),
    ],
)
def test_an_outage_moves_nothing(practice, gmail, arrives, fault, family):
    cursor = start(gmail)
    id = arrives()
    practice.control("gmail", fail_next={"fault": fault, "path": "/history"})

    with pytest.raises(family):
        gmail.changes("mail_received", cursor, ())

    assert [event.object_id for event in poll(gmail, cursor)[0]] == [id]


def test_a_revoked_sign_in_is_over(practice, gmail):
    cursor = start(gmail)
    practice.control("gmail", expire_access_tokens=True)

    with pytest.raises(CredentialRejected):
        gmail.changes("mail_received", cursor, ())


@pytest.mark.parametrize("cursor", ["", "{}", "12", '{"history": "1"}', "nonsense"])
def test_a_cursor_that_is_not_ours_is_our_fault(cursor):
    with pytest.raises(Broken):
        connector_class("gmail")(None).changes("mail_received", cursor, ())


def test_history_that_names_no_labels_lets_the_message_say_itself():
    message = {
        "id": "18c",
        "threadId": "18c",
        "labelIds": ["SENT"],
        "internalDate": str(int(time.time() * 1000)),
    }

    def handler(asked):
        if asked.path.endswith("/history"):
            return answer(
                200,
                {"history": [{"id": "2", "messagesAdded": [{"message": {"id": "18c"}}]}], "historyId": "2"},
            )
        return answer(200, message)

    door_of = lambda server: Door(server.url, app="Gmail", allow_hosts=HERE)  # noqa: E731
    cursor = json.dumps({"history": "1", "start": 0, "seen": 0})
    with local(handler) as server:
        client = connector_class("gmail")(door_of(server))
        assert client.changes("mail_received", cursor, ()).events == ()
        message["labelIds"] = ["INBOX"]
        assert len(client.changes("mail_received", cursor, ()).events) == 1


def test_the_latest_mail_of_others_is_there_to_choose(practice, gmail, arrives):
    arrives(subject="Before")
    id = arrives(subject="Now")

    found = gmail.latest("mail_received", 2)

    assert [event.label for event in found] == ["Ada Lovelace: Now", "Ada Lovelace: Before"]
    assert gmail.read("mail_received", found[0].object_id, ())["subject"] == "Now"
    assert found[0].object_id == id

"""Mail that arrives, labels, threads and the history of a mailbox, by Google's official client."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest
from googleapiclient.errors import HttpError

from signoff_sandbox.gmail.accounts import EMAIL
from signoff_sandbox.tests.test_gmail_client import raw, reason_of, service_of


@pytest.fixture
def mailbox(own_practice):
    return service_of(own_practice, "gmail.modify").users()


@pytest.fixture
def arrives(own_practice):
    def arrive(**more):
        letter = {"from": "ada@example.test", "subject": "A question", "body": "What does it cost?", **more}
        return own_practice.control("gmail", receive=letter)["receive"]

    return arrive


def history(mailbox, since, *types, **more):
    asked = {
        "userId": "me",
        "startHistoryId": since,
        **({"historyTypes": list(types)} if types else {}),
        **more,
    }
    return mailbox.history().list(**asked).execute()


def now_at(mailbox):
    return mailbox.getProfile(userId="me").execute()["historyId"]


def test_the_history_tells_new_mail_and_nothing_else_when_asked_for_it(mailbox, arrives):
    since = now_at(mailbox)
    came = arrives()
    mailbox.messages().modify(userId="me", id=came["id"], body={"removeLabelIds": ["UNREAD"]}).execute()

    told = history(mailbox, since, "messageAdded")
    everything = history(mailbox, since)

    assert [entry["messagesAdded"][0]["message"]["id"] for entry in told["history"]] == [came["id"]]
    assert told["history"][0]["messagesAdded"][0]["message"]["labelIds"] == ["INBOX", "UNREAD"]
    assert told["historyId"] == now_at(mailbox)
    assert [sorted(set(e) - {"id", "messages"}) for e in everything["history"]] == [
        ["messagesAdded"],
        ["labelsRemoved"],
    ]
    assert everything["history"][1]["labelsRemoved"][0]["labelIds"] == ["UNREAD"]


def test_the_history_is_paged_in_its_order(mailbox, arrives):
    since = now_at(mailbox)
    came = [arrives(subject=str(n))["id"] for n in range(5)]

    found, request = [], mailbox.history().list(userId="me", startHistoryId=since, maxResults=2)
    while request is not None:
        told = request.execute()
        found += [entry["messages"][0]["id"] for entry in told["history"]]
        request = mailbox.history().list_next(request, told)

    assert found == came


def test_the_history_of_a_label_leaves_other_mail_out(mailbox, arrives):
    since = now_at(mailbox)
    arrives(labels=["SPAM"])
    inbox = arrives()

    told = history(mailbox, since, labelId="INBOX")

    assert [entry["messages"][0]["id"] for entry in told["history"]] == [inbox["id"]]


def test_history_that_is_too_old_is_not_found(own_practice, mailbox, arrives):
    since = now_at(mailbox)
    arrives()
    own_practice.control("gmail", forget_history=True)

    with pytest.raises(HttpError) as caught:
        history(mailbox, since)

    assert caught.value.status_code == 404


def test_text_is_told_as_utf8_whatever_its_headers_say(mailbox, arrives):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.test", EMAIL, "こんにちは"
    message.set_content("こんにちは", charset="iso-2022-jp")
    came = arrives(raw=base64.urlsafe_b64encode(bytes(message)).decode())

    read = mailbox.messages().get(userId="me", id=came["id"]).execute()

    headers = {header["name"]: header["value"] for header in read["payload"]["headers"]}
    assert "iso-2022-jp" in headers["Content-Type"]
    assert headers["Subject"] == "こんにちは"
    assert base64.urlsafe_b64decode(read["payload"]["body"]["data"]).decode().strip() == "こんにちは"


def test_what_is_attached_is_fetched_by_itself(mailbox, arrives):
    message = EmailMessage()
    message["From"], message["To"] = "ada@example.test", EMAIL
    message.set_content("See attached")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="offer.pdf")
    came = arrives(raw=base64.urlsafe_b64encode(bytes(message)).decode())

    text, pdf = mailbox.messages().get(userId="me", id=came["id"]).execute()["payload"]["parts"]
    fetched = (
        mailbox.messages()
        .attachments()
        .get(userId="me", messageId=came["id"], id=pdf["body"]["attachmentId"])
    )

    assert "data" in text["body"]
    assert (pdf["filename"], pdf["body"]["size"], "data" in pdf["body"]) == ("offer.pdf", 8, False)
    assert base64.urlsafe_b64decode(fetched.execute()["data"]) == b"%PDF-1.7"


def test_a_label_is_made_once_and_put_on_and_taken_off(mailbox, arrives):
    made = mailbox.labels().create(userId="me", body={"name": "Support"}).execute()
    came = arrives()

    for _ in range(2):
        changed = (
            mailbox.messages()
            .modify(
                userId="me", id=came["id"], body={"addLabelIds": [made["id"]], "removeLabelIds": ["INBOX"]}
            )
            .execute()
        )
    with pytest.raises(HttpError) as caught:
        mailbox.labels().create(userId="me", body={"name": "support"}).execute()

    assert sorted(changed["labelIds"]) == sorted([made["id"], "UNREAD"])
    assert caught.value.status_code == 409


@pytest.mark.parametrize("label", ["Label_404", "SENT", "DRAFT"])
def test_a_label_that_cannot_be_put_on_is_refused(mailbox, arrives, label):
    with pytest.raises(HttpError) as caught:
        mailbox.messages().modify(userId="me", id=arrives()["id"], body={"addLabelIds": [label]}).execute()

    assert caught.value.status_code == 400


def test_reading_alone_cannot_label(own_practice, arrives):
    reader = service_of(own_practice, "gmail.readonly").users()

    with pytest.raises(HttpError) as caught:
        reader.messages().modify(userId="me", id=arrives()["id"], body={"addLabelIds": ["STARRED"]}).execute()

    assert reason_of(caught.value) == "insufficientPermissions"


@pytest.mark.parametrize(
    ("headers", "subject", "joins"),
    [
        ({"In-Reply-To": "<q@example.test>", "References": "<q@example.test>"}, "Re: A question", True),
        ({"In-Reply-To": "<q@example.test>"}, "Something else", False),
        ({}, "Re: A question", False),
    ],
)
def test_a_message_joins_a_thread_by_its_id_a_reference_and_the_subject(
    mailbox, arrives, headers, subject, joins
):
    came = arrives(headers={"Message-ID": "<q@example.test>"})
    body = {"raw": raw(subject, **headers), "threadId": came["threadId"]}

    sent = mailbox.messages().send(userId="me", body=body).execute()

    assert (sent["threadId"] == came["threadId"]) == joins
    thread = mailbox.threads().get(userId="me", id=came["threadId"]).execute()
    assert len(thread["messages"]) == 1 + joins


def test_an_answer_that_arrives_joins_the_thread_it_answers(mailbox, arrives):
    first = arrives(headers={"Message-ID": "<one@example.test>"})
    second = arrives(subject="RE: a question", headers={"References": "<one@example.test>"})

    assert second["threadId"] == first["threadId"]
    threads = mailbox.threads().list(userId="me", q="in:inbox").execute()["threads"]
    assert [thread["id"] for thread in threads] == [first["threadId"]]


def test_what_one_sends_to_oneself_stands_in_the_inbox_too(own_practice, mailbox):
    own = own_practice.control("gmail", person_sends={"to": EMAIL, "subject": "Note to self"})["person_sends"]

    assert set(own["labelIds"]) == {"SENT", "INBOX", "UNREAD"}


def test_the_inbox_since_a_moment_is_searched_by_seconds(mailbox, arrives):
    arrives(age_seconds=7200, subject="old")
    new = arrives(subject="new")
    spam = arrives(labels=["SPAM"], subject="spam")
    moment = int(mailbox.messages().get(userId="me", id=new["id"]).execute()["internalDate"]) // 1000 - 60

    found = mailbox.messages().list(userId="me", q=f"in:inbox after:{moment}").execute()["messages"]

    assert [one["id"] for one in found] == [new["id"]]
    assert spam["id"] not in str(found)

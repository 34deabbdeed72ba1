"""A mailbox end to end: an e-mail comes in, a person approves the answer, and it lies in Drafts or is sent, once."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from signoff.connections.models import Connection
from signoff.connectors.mail.tests.boxes import mail
from signoff.core.errors import OutcomeUnknown
from signoff.engine import verbs
from signoff.engine.tests.test_crm_and_mail import approve, later, poll_now
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.outbound import mail_door
from signoff.outbound.imap import Box
from signoff.runs.models import Delivery, Run

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.fixture
def switched_on(house, mailbox, tmp_path):
    """Switch the example on, as it is or with its first destination changed; its source begins to be read now."""

    def switch(action="create_draft"):
        verbs.switch(house.integration, False)
        text = (EXAMPLES / "answer-mailbox.yaml").read_text().replace("create_draft", action)
        file = tmp_path / "answer-mailbox.yaml"
        file.write_text(text)
        result = apply([read_file(EXAMPLES / "company-facts.yaml"), read_file(file)])
        assert not result.faults, result.faults
        integration = Integration.objects.get(name="answer-mailbox")
        verbs.switch(integration, True)
        poll_now()
        return integration

    return switch


def arrives(mailroom, mailbox, message_id="q1@whitfielddental.example", **headers):
    raw = mail(
        "Dana Whitfield <dana@whitfielddental.example>", "What does the Team plan cost?",
        "Hello,\n\nwe are 8 dentists. What does the Team plan cost?\n\nDana", to=mailbox,
        message_id=message_id, **headers,
    )  # fmt: skip
    mailroom.deliver(mailbox, raw)


def drafted(work_off):
    """Return the one run, when its draft waits for a person."""
    assert poll_now() == 1
    work_off()
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    return run


def letters(mails):
    return [message_from_bytes(one.raw, policy=policy.default) for one in mails]


def test_an_e_mail_is_answered_in_drafts_once_and_marked(house, switched_on, work_off, mailroom, mailbox):
    switched_on()
    arrives(mailroom, mailbox)
    arrives(mailroom, mailbox, "n1@news.test", list_unsubscribe="<https://news.test/u>")
    run = drafted(work_off)
    assert run.label == "Dana Whitfield: What does the Team plan cost?"
    assert not mailroom.mails(mailbox, "Drafts"), "nothing goes out before a person has decided"

    approve(run, house)

    assert run.state == Run.State.DONE, run.timeline
    (draft,) = letters(mailroom.mails(mailbox, "Drafts"))
    assert draft["To"] == "dana@whitfielddental.example"
    assert draft["Subject"] == "Re: What does the Team plan cost?"
    assert draft["In-Reply-To"] == "<q1@whitfielddental.example>"
    assert run.answer["body"].split()[0] in draft.get_content()
    assert mailroom.mails(mailbox)[0].flags == ("\\Seen",)
    assert poll_now() == 0


def test_an_answer_is_sent_once_and_kept_among_the_sent(house, switched_on, work_off, mailroom, mailbox):
    switched_on("send_message")
    arrives(mailroom, mailbox)

    run = drafted(work_off)
    approve(run, house)

    assert run.state == Run.State.DONE, run.timeline
    (taken,) = mailroom.outgoing.taken
    assert taken.recipients == ("dana@whitfielddental.example",)
    assert len(mailroom.mails(mailbox, "Sent")) == 1


def test_an_answer_whose_confirmation_was_lost_is_not_sent_again(
    house, switched_on, work_off, mailroom, mailbox
):
    switched_on("send_message")
    arrives(mailroom, mailbox)
    run = drafted(work_off)
    mailroom.plan("DATA", "lost_answer")

    approve(run, house)
    later(run, work_off)

    assert len(mailroom.outgoing.taken) == 1
    assert run.state == Run.State.UNCERTAIN, run.timeline


def test_an_answer_whose_confirmation_was_lost_is_found_among_the_sent(
    house, switched_on, work_off, mailroom, mailbox
):
    switched_on("send_message")
    mailroom.outgoing.files_itself = mailroom.file_as_sent
    arrives(mailroom, mailbox)
    run = drafted(work_off)
    mailroom.plan("DATA", "lost_answer")

    approve(run, house)
    later(run, work_off)

    assert run.state == Run.State.DONE, run.timeline
    assert len(mailroom.outgoing.taken) == 1


def test_a_recipient_that_the_server_does_not_know_is_the_runs_own_trouble(
    house, switched_on, work_off, mailroom, mailbox
):
    switched_on("send_message")
    arrives(mailroom, mailbox)
    run = drafted(work_off)
    mailroom.plan("RCPT", "no_such_user")

    approve(run, house)

    assert run.state == Run.State.NEEDS_YOU
    assert "does not take the recipient" in run.problem
    assert Connection.objects.get(name="mail-support").state == "working"


def test_a_server_that_is_busy_is_asked_again_and_the_answer_is_sent_once(
    house, switched_on, work_off, mailroom, mailbox
):
    switched_on("send_message")
    arrives(mailroom, mailbox)
    run = drafted(work_off)
    mailroom.plan("MAIL", "busy")

    approve(run, house)
    assert Delivery.objects.get(run=run, position=0).state == "intent"
    from signoff.pacing.models import Pace

    Pace.objects.update(held_until=None)
    work_off(also_later=True)
    run.refresh_from_db()

    assert run.state == Run.State.DONE, run.timeline
    assert len(mailroom.outgoing.taken) == 1


def test_mail_from_before_the_numbers_changed_is_neither_lost_nor_answered_twice(
    house, switched_on, work_off, mailroom, mailbox
):
    switched_on()
    arrives(mailroom, mailbox, "seen@whitfielddental.example")
    assert poll_now() == 1
    arrives(mailroom, mailbox, "missed@whitfielddental.example")
    mailroom.incoming.renumber(mailbox)
    mail_door.forget()

    for _ in range(3):
        poll_now()
    work_off()

    told = Run.objects.values_list("record__message_id", flat=True)
    assert sorted(told) == ["missed@whitfielddental.example", "seen@whitfielddental.example"]


def test_a_password_that_was_changed_lets_the_work_wait(
    house, switched_on, work_off, mailroom, mailbox, monkeypatch
):
    switched_on()
    arrives(mailroom, mailbox)
    run = drafted(work_off)
    mail_door.forget()
    refused = mail_door.SignInRefused("IMAP sign in: wrong", app="E-mail", at="imap", reason="wrong")

    def refuse(box, who):
        raise refused

    with monkeypatch.context() as patch:
        patch.setattr("signoff.outbound.imap.Box.sign_in", refuse)
        approve(run, house)
    row = Connection.objects.get(name="mail-support")
    assert (run.state, row.state) == (Run.State.NEEDS_YOU, "needs you")
    assert "localhost, did not accept the address and the password" in row.problem

    from signoff.connections.standing import check

    row = check(row)
    assert verbs.mended(row) == 1
    work_off(also_later=True)
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.timeline
    assert len(mailroom.mails(mailbox, "Drafts")) == 1


def test_a_draft_whose_confirmation_was_lost_lies_in_drafts_once(
    house, switched_on, work_off, mailroom, mailbox, monkeypatch
):
    switched_on()
    arrives(mailroom, mailbox)
    run = drafted(work_off)
    append = Box.append

    def lose(box, *what):
        append(box, *what)
        raise OutcomeUnknown("IMAP APPEND: broken, after sending", app="E-mail")

    with monkeypatch.context() as patch:
        patch.setattr(Box, "append", lose)
        approve(run, house)
    later(run, work_off)

    assert run.state == Run.State.DONE, run.timeline
    assert len(mailroom.mails(mailbox, "Drafts")) == 1

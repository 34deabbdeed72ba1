"""The page of a run shows who was told what, and sends it again."""

from __future__ import annotations

import pytest

from signoff.api.tests.conftest import token
from signoff.api.tests.test_proposals import SECRET, Mailbox, ask, decide, desk, tell_all
from signoff.hooks.models import Message
from signoff.outbound.tests.local import answer, local
from signoff.web.tests import world

__all__ = ["ask", "decide", "desk", "token"]

pytestmark = pytest.mark.django_db
DRAFT = {"body": "Dear Dana Whitfield, thank you for your question."}


@pytest.fixture
def told(client, ask, decide, house):
    """The page of a run whose callback was answered 500; and the receiver, which takes the next one."""
    box = Mailbox(answer(500))
    with local(box) as server:
        made = ask(draft=DRAFT, callback={"url": server.url + "/unguessable", "secret": SECRET})
        decide(made["run"])
        tell_all()
        client.force_login(house.owner)
        yield f"/history/{made['run']}/", box


def text(client, address):
    return " ".join(client.get(address).content.decode().split())


def test_the_page_shows_who_was_told_and_why_not(client, told):
    page, _ = told

    shown = text(client, page)

    assert "The receiver answered 500." in shown
    assert "We try again" in shown
    assert "127.0.0.1" in shown
    assert "1 attempt" in shown
    assert "Asked for by test." in shown
    assert "unguessable" not in shown


def test_a_press_sends_it_again_with_the_same_id(client, told):
    page, box = told
    message = Message.objects.get()

    client.post(f"/history/told/{message.pk}/again/")
    tell_all()

    assert "Received" in text(client, page)
    assert [webhook_id for webhook_id, _ in box.got] == [message.webhook_id] * 2


def test_a_look_sends_nothing_and_a_viewer_neither(client, told):
    message = Message.objects.get()
    before = (message.state, message.next_at)

    client.get(f"/history/told/{message.pk}/again/")
    client.force_login(world.person("viewer"))
    client.post(f"/history/told/{message.pk}/again/")

    message.refresh_from_db()
    assert (message.state, message.next_at) == before
    assert "Send again" not in text(client, f"/history/{message.run_id}/")

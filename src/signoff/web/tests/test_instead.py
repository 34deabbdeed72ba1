"""An answer that came too late: the review page says until when it may go, and a template goes in its place."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from signoff.connections.models import Connection
from signoff.connectors.base import Event
from signoff.core import clock
from signoff.engine import verbs
from signoff.integrations.apply import apply
from signoff.integrations.file import read_file
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs import windows
from signoff.runs.models import Delivery, Run
from signoff.web.tests import world

EXAMPLE = Path(__file__).parents[4] / "examples" / "answer-whatsapp-questions.yaml"
ADA = "491721110001"


@pytest.fixture
def drafted(whole_house, work_off, client):
    """A draft for Ada, and the owner signed in."""
    assert not apply([read_file(EXAMPLE)]).faults
    integration = Integration.objects.get(name="answer-whatsapp-questions")
    record = {"id": "wamid.A", "from": ADA, "wa_id": ADA, "name": "Ada Lovelace", "type": "text",
              "text": "Are you open on Saturday?"}  # fmt: skip
    (run,) = verbs.receive(integration, [Event("message:A", "wamid.A", record, "Ada Lovelace")], "told")
    work_off()
    client.force_login(whole_house.owner)
    return Review.objects.get(run=run)


def wrote(hours_ago):
    at = clock.now() - timedelta(hours=hours_ago)
    connection = Connection.objects.get(name="whatsapp-main")
    windows.heard(connection, [Event("m", "m", {}, "", occurred_at=at, parties=(ADA,))])


@pytest.fixture
def late(drafted, whole_house, work_off):
    """The same, approved when nobody could be answered freely any more."""
    wrote(25)
    verbs.decide(drafted.pk, "approved", whole_house.owner, drafted.content_hash)
    Run.objects.filter(pk=drafted.run_id).update(deliver_at=None)
    work_off(also_later=True)
    return Delivery.objects.get(run=drafted.run_id, action="send_text")


def sent(practice):
    return [m["text"] for m in practice.books("whatsapp")["sent"] if m["with"] == ADA]


def text(reply):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "WhatsApp takes this answer until"),
        (25, "WhatsApp took a free answer only until"),
        (None, "none is known"),
    ],
)
def test_the_review_page_says_until_when_the_answer_may_go(drafted, client, hours, words):
    if hours is not None:
        wrote(hours)

    page = text(client.get(f"/review/{drafted.pk}/"))

    assert words in page
    assert ("it is not sent" in page) is (hours != 1)


def test_a_template_is_chosen_filled_seen_and_sent(late, client, practice, work_off):
    before = len(sent(practice))
    address = f"/history/deliveries/{late.pk}/instead/"
    assert address in client.get(f"/history/{late.run_id}/").content.decode()

    assert "answer ready (en_US)" in text(client.get(address))
    filling = client.get(address, {"template": "answer_ready/en_US"})
    assert 'name="value1"' in filling.content.decode()
    whole = client.post(address, {"template": "answer_ready/en_US", "value1": "Ada"})
    assert "Hi Ada, we have an answer to your question." in text(whole)
    assert len(sent(practice)) == before
    seen = re.search(r'name="seen" value="(\w+)"', whole.content.decode())[1]
    client.post(address, {"template": "answer_ready/en_US", "value1": "Ada", "seen": seen, "send": "yes"})
    work_off(also_later=True)

    assert sent(practice)[before:] == ["Hi Ada, we have an answer to your question. Reply here to read it."]
    late.refresh_from_db()
    assert (late.action, late.state) == ("send_template", "confirmed")
    again = client.post(
        address, {"template": "answer_ready/en_US", "value1": "Ada", "seen": seen, "send": "yes"}
    )
    assert again.status_code == 303
    work_off(also_later=True)
    assert len(sent(practice)) == before + 1


@pytest.mark.parametrize(
    "given", [{"value1": "Eve"}, {"value1": ""}, {"seen": "0"}, {"template": "no_such/en"}, {"send": ""}]
)
def test_only_what_was_on_the_screen_is_sent(late, client, given):
    from signoff.connectors.base import Approved
    from signoff.web.instead import seen

    shown = Approved(
        "answer_ready/en_US", "", "Hi {{1}}, we have an answer to your question. Reply here to read it."
    )
    pressed = {"template": shown.key, "value1": "Ada", "seen": seen(shown, ["Ada"]), "send": "yes"}

    client.post(f"/history/deliveries/{late.pk}/instead/", pressed | given)

    late.refresh_from_db()
    assert (late.state, late.action) == ("failed", "send_text")


def test_a_get_sends_nothing(late, client):
    pressed = {"template": "answer_ready/en_US", "value1": "Ada", "send": "yes"}

    client.get(f"/history/deliveries/{late.pk}/instead/", pressed)

    late.refresh_from_db()
    assert late.state == "failed"


def test_an_app_that_does_not_answer_is_told_in_words(late, client, practice):
    practice.control("whatsapp", fail_next={"fault": "code_190", "path": "message_templates"})

    page = client.get(f"/history/deliveries/{late.pk}/instead/")

    assert page.status_code == 409
    assert "no longer accepts our key" in text(page)


def test_a_viewer_is_offered_no_template(late, client):
    client.force_login(world.person("viewer", "Vera Holm"))

    assert "instead/" not in client.get(f"/history/{late.run_id}/").content.decode()
    reply = client.post(f"/history/deliveries/{late.pk}/instead/", {"template": "answer_ready/en_US"})
    assert reply.status_code == 403


def test_what_became_of_a_message_stands_beside_it(late, client):
    Delivery.objects.filter(pk=late.pk).update(state="confirmed", receipt="read")

    assert "It was read" in text(client.get(f"/history/{late.run_id}/"))

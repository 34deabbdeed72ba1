"""An answer that came too late: the review page says until when it may go, and a template goes in its place."""

from __future__ import annotations

import re

import pytest

from signoff.runs.models import Delivery
from signoff.runs.tests.too_late import ada_wrote, approved_too_late, draft_for_ada, sent_to_ada
from signoff.web.tests import world


@pytest.fixture
def drafted(whole_house, work_off, client):
    """A draft for Ada, and the owner signed in."""
    client.force_login(whole_house.owner)
    return draft_for_ada(work_off)


@pytest.fixture
def late(drafted, whole_house, work_off):
    return approved_too_late(drafted, whole_house.owner, work_off)


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
        ada_wrote(hours)

    page = text(client.get(f"/review/{drafted.pk}/"))

    assert words in page
    assert ("it is not sent" in page) is (hours != 1)


def test_a_template_is_chosen_filled_seen_and_sent(late, client, practice, work_off):
    before = len(sent_to_ada(practice))
    address = f"/history/deliveries/{late.pk}/instead/"
    assert address in client.get(f"/history/{late.run_id}/").content.decode()

    assert "answer ready (en_US)" in text(client.get(address))
    filling = client.get(address, {"template": "answer_ready/en_US"})
    assert 'name="value1"' in filling.content.decode()
    whole = client.post(address, {"template": "answer_ready/en_US", "value1": "Ada"})
    assert "Hi Ada, we have an answer to your question." in text(whole)
    assert len(sent_to_ada(practice)) == before
    seen = re.search(r'name="seen" value="(\w+)"', whole.content.decode())[1]
    client.post(address, {"template": "answer_ready/en_US", "value1": "Ada", "seen": seen, "send": "yes"})
    work_off(also_later=True)

    assert sent_to_ada(practice)[before:] == [
        "Hi Ada, we have an answer to your question. Reply here to read it."
    ]
    late.refresh_from_db()
    assert (late.action, late.state) == ("send_template", "confirmed")
    again = client.post(
        address, {"template": "answer_ready/en_US", "value1": "Ada", "seen": seen, "send": "yes"}
    )
    assert again.status_code == 303
    work_off(also_later=True)
    assert len(sent_to_ada(practice)) == before + 1


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

"""Each recipe on the practice apps, from the record to where it goes; counted in the practice apps' own books."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from conftest import furnish
from signoff.connections.connect import connect
from signoff.connectors.registry import connector_class
from signoff.core.secret import Secret
from signoff.engine import uploads as taking_in
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.integrations.writing import as_file
from signoff.outbound.tests.local import answer, local
from signoff.recipes.fitting import fit
from signoff.recipes.shelf import RECIPES, recipe
from signoff.review.models import Review
from signoff.runs.handing_in import hand_in
from signoff.runs.models import Delivery, Run, Source
from signoff_sandbox import testing as apps

LETTER = "Hello,\n\nwe need 40 boxes of tape by 12 December. What does the Team plan cost?\n\nDana"
FREE = {"requests_per_minute": 1_000_000, "tokens_per_minute": 1_000_000_000}


@pytest.fixture
def shop(db, practice, monkeypatch):
    """A Signoff in which every app is connected that a recipe names: furnished once, for all recipes."""
    for app in ("hubspot", "airtable"):
        monkeypatch.setattr(connector_class(app), "settled", timedelta(seconds=-2))
    practice.control("gmail", fail_no_more=True)
    practice.control("airtable", fresh=True, limits={"per_second": 1000}, add_table=ORDERS)
    practice.control("telegram", fresh=True)
    practice.control("notion", fresh=True)
    practice.control("whatsapp", statuses="at once", restore_key=True, faults="mistakes=0")
    for number, name in enumerate(("leads", "enquiries")):
        practice.control("slack", channel={"id": f"C0RECIPE{number}", "name": name})
    house = furnish(practice)
    verbs.switch(house.integration, False)
    support = {
        "client_id": apps.CLIENT_ID,
        "client_secret": apps.CLIENT_SECRET,
        "refresh_token": practice.grant("gmail.modify").refresh_token,
    }
    connect("gmail", "gmail-support", Secret(json.dumps(support)), base_url=practice.gmail, limits=FREE)
    for app, key, settings in (
        ("airtable", apps.AIRTABLE_KEY, apps.AIRTABLE_SETTINGS),
        ("notion", apps.NOTION_KEY, apps.NOTION_SETTINGS),
        ("telegram", apps.TELEGRAM_KEY, {}),
        ("whatsapp", apps.WHATSAPP_KEY, apps.WHATSAPP_SETTINGS),
    ):
        connect(
            app, f"{app}-main", Secret(key), base_url=practice.address(app), settings=settings, limits=FREE
        )
    connect("slack", "slack-main", Secret(apps.SLACK_KEY), base_url=practice.slack, limits=FREE)
    return house


ORDERS = {
    "name": "Orders",
    "fields": [
        {"name": "Customer", "type": "email"},
        {"name": "Company", "type": "singleLineText"},
        {"name": "Product", "type": "singleLineText"},
        {"name": "Quantity", "type": "number", "options": {"precision": 0}},
        {"name": "Needed by", "type": "singleLineText"},
        {"name": "Notes", "type": "multilineText"},
        {"name": "Signoff run", "type": "singleLineText"},
    ],
}


# Where records come from


def look() -> int:
    """Read every source that is on, whatever its time."""
    Source.objects.update(next_at="2026-01-01T00:00:00Z", claimed_until=None)
    return verbs.poll()


def a_lead(shop, integration, mark):
    shop.lead()


def two_leads(shop, integration, mark):
    shop.practice.seed_leads(2)


def a_mail(shop, integration, mark):
    shop.practice.control(
        "gmail",
        receive={
            "from": "Dana Whitfield <dana@whitfielddental.example>",
            "subject": f"Our order {mark}",
            "body": LETTER,
            "headers": {"Message-ID": f"<{mark}@whitfielddental.example>"},
        },
    )


def a_won_deal(shop, integration, mark):
    control = shop.practice.control
    values = {"dealname": f"Repainting {mark}", "amount": "1490", "dealstage": "closedwon"}
    (deal,) = control("hubspot", create_records={"object": "deals", "records": [values]})["create_records"]
    (contact,) = shop.practice.seed_leads(1)
    control("hubspot", tie={"deals": deal, "contacts": contact})
    time.sleep(0.01)
    control(
        "hubspot",
        update_records={
            "object": "deals",
            "records": [{"id": deal, "properties": {"dealstage": "closedwon"}}],
        },
    )


def a_telegram(shop, integration, mark):
    shop.practice.control("telegram", write={"chat_id": 801, "text": f"What does the Team plan cost? {mark}"})


def a_whatsapp(shop, integration, mark):
    """Let the practice WhatsApp tell somebody who writes it down, and hand just that to Signoff."""

    def told(asked):
        return answer(200, asked.query["hub.challenge"] if asked.method == "GET" else {})

    with local(told) as meta:
        word = apps.WHATSAPP_SETTINGS["verify_token"]
        shop.practice.control("whatsapp", webhook={"url": meta.url, "verify_token": word})
        said = {
            "from": "491711234567",
            "name": "Ada Lovelace",
            "text": f"What does the Team plan cost? {mark}",
        }
        shop.practice.control("whatsapp", receive=said)
        shop.practice.control("whatsapp", webhook={"url": "", "unasked": True})
    told_us = next(one for one in meta.asked if one.method == "POST")
    headers = {k: v for k, v in told_us.headers.items() if k.lower().startswith("x-")}
    reply = Client().post(
        f"/in/{integration.key}", told_us.body, content_type="application/json", headers=headers
    )
    assert reply.status_code == 200, reply.content


def posted(**record):
    def post(shop, integration, mark):
        body = {**record, "message": f"What does the Team plan cost? {mark}"}
        reply = Client().post(f"/in/{integration.key}", json.dumps(body), content_type="application/json")
        assert reply.status_code == 202, reply.content

    return post


def a_call(shop, integration, mark):
    (contact,) = shop.practice.seed_leads(1)
    record = {
        "name": "Dana Whitfield",
        "email": shop.contact(contact)["email"],
        "called_at": "2026-11-24 10:15",
        "transcript": f"Dana: We want to begin on 3 March. Priya: I send you the contract. {mark}",
    }
    reply = Client().post(f"/in/{integration.key}", json.dumps(record), content_type="application/json")
    assert reply.status_code == 202, reply.content


def uploaded(names, *lines):
    def upload(shop, integration, mark):
        made = hand_in(integration, "list.csv", "\n".join([names, *lines]).encode())
        taking_in.start(made)
        taking_in.drive(made, lambda done, every: None)

    return upload


# Where answers go: how much of each stands in the practice apps' books


def books(practice):
    """Return how many things of each kind the practice apps hold."""
    hubspot, gmail = practice.books("hubspot"), practice.books("gmail")
    return {
        "drafts": len(gmail["drafts"]),
        "notes": len(hubspot["notes"]),
        "tasks": len(hubspot["tasks"]),
        "slack": len(practice.books("slack")["messages"]),
        "orders": sum(one["table"] == "Orders" for one in practice.books("airtable")["records"]),
        "telegram": len(practice.books("telegram")["sent"]),
        "whatsapp": len(practice.books("whatsapp")["sent"]),
        "pages": len(practice.books("notion")["pages"]),
        "labelled": sum(any("Team/" in label for label in one["labels"]) for one in gmail["received"]),
        "statuses": sum("hs_lead_status" in json.dumps(one) for one in hubspot["property_writes"]),
    }


FORM = {"name": "Dana Whitfield", "email": "dana@whitfielddental.example"}
QUOTES = (
    "firstname,lastname,company,email,quote_number,quote_date,amount,what_for",
    "Dana,Whitfield,Whitfield Dental,dana@whitfielddental.example,Q-1042,3 November 2026,$1490,repainting the practice",
    "Marco,Bellini,Bellini Tiles,marco@bellini.example,Q-1043,5 November 2026,$690,a new door",
)
NAMES = ("company,website", "bellini  TILES gmbh,bellini.example", "whitfield dental,whitfielddental.example")
# What brings a record in, how many runs that makes, and what stands in the books afterwards.
WAYS = {
    "follow-up-new-leads": (a_lead, 1, {"drafts": 1, "notes": 1}),
    "qualify-and-route-leads": (a_lead, 1, {"statuses": 1, "tasks": 1, "slack": 1}),
    "reply-to-contact-form": (posted(**FORM), 1, {"drafts": 1}),
    "answer-whatsapp-questions": (a_whatsapp, 1, {"whatsapp": 1}),
    "answer-telegram-questions": (a_telegram, 1, {"telegram": 1}),
    "label-and-route-support-mail": (a_mail, 1, {"labelled": 1}),
    "summarise-calls-into-notes": (a_call, 1, {"notes": 1, "tasks": 1}),
    "extract-orders-from-mail": (a_mail, 1, {"orders": 1}),
    "chase-unanswered-quotes": (uploaded(*QUOTES), 2, {"drafts": 2}),
    "ask-for-reviews": (a_won_deal, 1, {"drafts": 1}),
    "translate-enquiries": (a_mail, 1, {"slack": 1}),
    "clean-up-company-names": (uploaded(*NAMES), 2, {}),
    "weekly-summary-to-slack": (two_leads, 1, {"slack": 1}),
    "tasks-from-mail": (a_mail, 1, {"pages": 1}),
}


def test_every_recipe_is_tried_here():
    assert set(WAYS) == {one.key for one in RECIPES}


def test_a_recipe_carries_a_record_past_a_person_to_where_it_goes(shop, subtests):
    for key, way in WAYS.items():
        with subtests.test(recipe=key), transaction.atomic():
            carries(shop, key, *way)
            transaction.set_rollback(True)


def carries(shop, key, bring, count, expected):
    fitted = fit(recipe(key).data)
    assert fitted.is_ready, [one for one in fitted.uses if not one.is_ready]
    result = apply([read_text(as_file({**fitted.data, "name": f"{key}-here"}))])
    assert not result.faults, result.faults
    integration = Integration.objects.get(name=f"{key}-here")
    verbs.switch(integration, True)
    look()
    time.sleep(0.01)
    before = books(shop.practice)

    bring(shop, integration, uuid.uuid4().hex[:8])
    look()
    runs = list(Run.objects.filter(integration=integration).order_by("pk"))
    assert len(runs) == count, [run.timeline for run in runs]
    for run in runs:
        carried(run, shop.owner)

    assert [run.state for run in runs] == [Run.State.DONE] * count, [run.timeline for run in runs]
    after = books(shop.practice)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == expected
    assert look() == 0, "what we wrote ourselves starts nothing"


def carried(run, owner):
    """Let one run be drafted, approved by a person where one is asked, and delivered."""
    for _ in range(12):
        advance(run_id=run.pk)
        run.refresh_from_db()
        if run.state == Run.State.WAITING:
            review = Review.objects.get(run=run)
            verbs.decide(review.pk, "approved", owner, review.content_hash)
            Run.objects.filter(pk=run.pk).update(deliver_at=None)  # the time to undo is over
        elif run.state == Run.State.DELIVERING:
            Delivery.objects.filter(run=run, state="transmitting").update(started_at="2026-01-01T00:00Z")
        elif run.state not in Run.OPEN:
            return

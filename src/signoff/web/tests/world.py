"""A small business in the database: people, apps, one integration, and records at every stage."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from signoff.accounts import codes, passkeys
from signoff.accounts.invitations import invite
from signoff.accounts.models import Person, Session
from signoff.accounts.sessions import SessionStore, begun, sessions_of
from signoff.accounts.tests.device import Device
from signoff.accounts.tokens import make_token
from signoff.checks.findings import findings, to_json
from signoff.connections import described
from signoff.connections.models import Connection
from signoff.connectors.openapi.tests import acme
from signoff.core import clock
from signoff.core.prompt import Image
from signoff.core.secret import Secret
from signoff.hooks.models import Attempt, Hook, Message, Proposal
from signoff.hooks.subscribe import callback, subscribe
from signoff.integrations import drafts as drafts_of
from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration, Version
from signoff.monitoring.channels import own_channel
from signoff.monitoring.models import Notice
from signoff.prompts.facts import read_statements
from signoff.prompts.stating import state
from signoff.proving.models import Case, Proof, Replay
from signoff.review.models import Review
from signoff.review.opening import content_hash, open_review
from signoff.runs import pictures
from signoff.runs.change import said
from signoff.runs.models import Delivery, Run, Upload, UploadRow
from signoff.versions.models import Announcement, Drill, QuarterlyReview
from signoff_sandbox.ai.pictures import practice_png

MODELS = ("gpt-4o", "gpt-4o-mini")
PASSWORD = "correct horse battery"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
)

FILE = """\
name: follow-up-after-demo
record:
  from: hubspot-main
  when: contact_created
  only_if: {lifecyclestage: lead}
  fields: [firstname, lastname, company, email, demo_date, dentists, wants, plan_shown]
prompt:
  ai: openai-main
  model: gpt-4o
  task: Write a short follow-up e-mail after the demo. Mention what the customer asked for.
  constraints:
    - At most 120 words.
    - Promise no price, discount or date that is not in the record or the facts.
  facts: [prices]
answer:
  subject: {type: text, max: 78}
  body: {type: text, max: 1200}
  next_step: {type: choice, options: [call, quote, wait, close]}
review:
  by: [sales]
then:
  - gmail-sales.create_draft: {to: record.email, subject: answer.subject, body: answer.body}
  - hubspot-main.add_note: {contact: record.id, body: "Followed up: {answer.subject}"}
limits: {per_day: 20, spend_per_day: 5.00 USD}
"""

DEFINITION: dict[str, Any] = {
    "name": "follow-up-after-demo",
    "record": {
        "from": "hubspot-main",
        "when": "contact_created",
        "only_if": {"lifecyclestage": "lead"},
        "fields": [
            "firstname",
            "lastname",
            "company",
            "email",
            "demo_date",
            "dentists",
            "wants",
            "plan_shown",
        ],
    },
    "prompt": {
        "ai": "openai-main",
        "model": "gpt-4o",
        "task": "Write a short follow-up e-mail after the demo. Mention what the customer "
        "asked for, and propose a call.",
        "constraints": [
            "At most 120 words.",
            "Promise no price, discount or date that is not in the record or the facts.",
        ],
    },
    "answer": {
        "subject": {"type": "text", "max": 78},
        "body": {"type": "text", "max": 1200},
        "next_step": {"type": "choice", "options": ["call", "quote", "wait", "close"]},
    },
    "review": {"by": ["sales"], "autopilot": {"error_below": "5%"}},
    "then": [
        {
            "gmail-sales.create_draft": {
                "to": "record.email",
                "subject": "answer.subject",
                "body": "answer.body",
            }
        },
        {"hubspot-main.add_note": {"contact": "record.id", "body": "Followed up: {answer.subject}"}},
    ],
    "limits": {"per_day": 20, "spend_per_day": "5.00 USD"},
}

DANA = {
    "id": "88213",
    "firstname": "Dana",
    "lastname": "Whitfield",
    "company": "Whitfield Dental",
    "email": "dana@whitfielddental.example",
    "demo_date": "Tue 3 June 2025",
    "dentists": 8,
    "wants": "Reminders the day before; still books by phone",
    "plan_shown": "Practice, $149 a month",
}
DANA_ANSWER = {
    "subject": "Following up on Tuesday’s demo",
    "body": (
        "Hi Dana,\n\nThank you for joining the demo on Tuesday. You mentioned that your 12 dentists "
        "still book by phone, and that you would like reminders to go out the day before.\n\n"
        "The Practice plan costs $129 a month. Shall we find a time for a short call?\n\nBest,\nPriya"
    ),
    "next_step": "call",
}
SHEET = b"""E-Mail;First name;Company;Wishes;Number
dana@whitfield.example;Dana;Whitfield Dental;Reminders the day before;00042
marco@bellini.example;Marco;Bellini Tiles;A quote for the shop floor;00043
;Aisha;Rahman Optics;Renewal before the summer;00044

marco@bellini.example;Marco;Bellini Tiles;A quote for the shop floor;00046
"""
OTHERS = [
    ("Marco", "Bellini", "Bellini Tiles", 3, "A quote for the shop floor", "Starter, $49 a month"),
    ("Aisha", "Rahman", "Rahman Optics", 5, "Renewal before the summer", "Practice, $149 a month"),
    ("Tom", "Okafor", "Okafor Physio", 2, "A call back about missed calls", "Starter, $49 a month"),
]


def person(role: str = "owner", name: str = "Priya Nair", email: str = "", **more: Any) -> Person:
    """Return a person with the tests' password."""
    somebody = Person.objects.add(email or f"{name.split()[0].lower()}@example.com", PASSWORD, role, name)
    for key, value in more.items():
        setattr(somebody, key, value)
    somebody.save()
    return somebody


def signed_in(somebody: Person, agent: str = PHONE, address: str = "192.0.2.7") -> Session:
    """Return a session of somebody, in another browser than the test's."""
    store = SessionStore()
    store[SESSION_KEY] = str(somebody.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = somebody.get_session_auth_hash()
    begun(store, "with a password", agent, address)
    store.create()
    store.save()
    return sessions_of(somebody).get(pk=store.row.pk)


def phone(somebody: Person) -> TOTP:
    """Return a phone that shows somebody's one-time codes."""
    codes.begin_setup(somebody)
    setup = codes.setup_of(somebody)
    assert setup is not None
    codes.OneTimeCodes.objects.filter(person=somebody).update(confirmed_at=clock.now())
    return TOTP(base64.b32decode(setup.secret.reveal()), 6, SHA1(), 30)


def passkey(somebody: Person) -> Device:
    """Return a device with a passkey of somebody."""
    device = Device(passkeys.place().address)
    asked, remembered = passkeys.begin_adding(somebody)
    passkeys.finish_adding(somebody, remembered, device.make(asked), "Phone")
    return device


def connection(name: str, app: str, **more: Any) -> Connection:
    """Return a connection; its key opens nothing."""
    row: dict[str, Any] = {
        "account_id": name,
        "account_name": name,
        "may": ["Read contacts", "Write notes"],
        "checked_at": clock.now() - timedelta(minutes=3),
    }
    return Connection.objects.create(name=name, app=app, sealed=b"none", **(row | more))


def connections(**more: Any) -> None:
    """Make the three apps of the integration."""
    connection("hubspot-main", "hubspot", account_name="whitfield-sales", **more)
    connection(
        "gmail-sales",
        "gmail",
        account_name="priya@whitfield.example",
        may=["Put e-mails into Drafts"],
        **more,
    )
    connection("openai-main", "openai", account_name="Whitfield", may=["Write answers"], **more)


def integration(maker: Person | None = None, *, is_on: bool = True, **changes: Any) -> Integration:
    """Return the integration with its one version."""
    data = DEFINITION | changes
    definition = Definition.model_validate(data)
    made = Integration.objects.create(name=definition.name, is_on=is_on)
    made.current = Version.objects.create(
        integration=made,
        number=1,
        hash=definition.hash(),
        definition=definition.model_dump(mode="json", by_alias=True),
        source=FILE,
        made_by=maker,
    )
    made.save()
    return made


def run(made: Integration, record: dict[str, Any], answer: dict[str, Any] | None = None, **more: Any) -> Run:
    """Return a run; with an answer it was drafted and checked."""
    now = clock.now()
    at = more.pop("received_at", now)
    label = f"{record.get('firstname', '')} {record.get('lastname', '')}".strip()
    lines = [
        said("ok", "HubSpot told us about a new contact", f"Record {record.get('id')}. Received once.", at=at)
    ]
    found: list[dict[str, Any]] = []
    if answer is not None:
        found = [to_json(finding) for finding in findings(answer, record, {})]
        lines.append(said("ok", "AI wrote the draft", "3.1 s, $0.004.", at=at + timedelta(seconds=5)))
        count = len(found)
        what = (
            f"Checked the facts: {count} not found in the record" if count else "Checked the facts: all found"
        )
        lines.append(said("warn" if count else "ok", what, None, at=at + timedelta(seconds=5)))
    values: dict[str, Any] = {
        "dedupe_key": f"{record.get('id')}:{Run.objects.count()}",
        "object_id": str(record.get("id", "")),
        "label": label,
        "state": "waiting for review" if answer is not None else "queued",
        "answer": answer,
        "findings": found,
        "timeline": lines,
        "received_at": at,
        "changed_at": at,
        "model": "gpt-4o" if answer is not None else "",
        "cost_micros": 4000 if answer is not None else 0,
    }
    return Run.objects.create(integration=made, version=made.current, record=record, **(values | more))


def draft(
    made: Integration, record: dict[str, Any], answer: dict[str, Any], minutes: int = 4, **more: Any
) -> Review:
    """Return a draft that has waited for some minutes."""
    at = clock.now() - timedelta(minutes=minutes)
    review = open_review(run(made, record, answer, received_at=at, **more), answer)
    Review.objects.filter(pk=review.pk).update(created_at=at)
    review.refresh_from_db()
    return review


def other(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return another lead, and an answer in which every fact is from the record."""
    first, last, company, size, wants, plan = OTHERS[number % len(OTHERS)]
    more = "" if number < len(OTHERS) else f" {number}"
    record = {
        "id": str(88300 + number),
        "firstname": first,
        "lastname": last + more,
        "company": company,
        "email": f"{first.lower()}{number}@example.com",
        "dentists": size,
        "wants": wants,
        "plan_shown": plan,
    }
    body = (
        f"Hi {first},\n\nThank you for your time. You asked for this: {wants.lower()}. "
        "Shall we find a moment for a short call?\n\nBest,\nPriya"
    )
    return record, {"subject": "Shall we talk?", "body": body, "next_step": "call"}


def drafts(made: Integration, count: int = 4) -> list[Review]:
    """Return drafts that wait, Dana's with its two slips first."""
    found = [draft(made, DANA, DANA_ANSWER, minutes=150)]
    for number in range(count - 1):
        record, answer = other(number)
        found.append(draft(made, record, answer, minutes=max(4, 65 - 40 * number)))
    return found


def unsure(made: Integration) -> Delivery:
    """Return a delivery of which nobody knows whether it happened, on a run that says so."""
    record, answer = other(2)
    at = clock.now() - timedelta(hours=3)
    stuck = run(
        made,
        record,
        answer,
        state="uncertain",
        received_at=at,
        problem="Gmail did not answer. The e-mail may or may not be there; we have not sent it again.",
        next_step="Look in Gmail’s Drafts folder, then tell us.",
    )
    return Delivery.objects.create(
        run=stuck,
        position=0,
        connection=Connection.objects.get(name="gmail-sales"),
        action="create_draft",
        params={"to": record["email"]},
        marker=f"m{stuck.pk}",
        state="uncertain",
        problem="Gmail did not answer. We have not sent it again. Look in Gmail’s Drafts folder.",
        started_at=at,
    )


def list_integration(maker: Person | None = None) -> Integration:
    """Return an integration whose records are uploaded."""
    record = {"when": "upload", "fields": ["firstname", "company", "email", "wants"]}
    then = [DEFINITION["then"][0]]
    return integration(maker, name="write-to-a-list", record=record, then=then)


def spreadsheet(made: Integration, maker: Person) -> Upload:
    """Return a table that was taken in long ago; of its rows one was left out."""
    at = clock.now() - timedelta(days=2)
    names = ["E-Mail", "First name"]
    upload = Upload.objects.create(
        integration=made, name="Fair in May.csv", sha256="0" * 64, size=1, layout={"names": names}, count=2,
        state="done", made_by=maker, made_at=at, begun_at=at, finished_at=at,
    )  # fmt: skip
    one = Run.objects.order_by("id")[0]
    UploadRow.objects.create(
        upload=upload, number=2, values=["dana@example.com", "Dana"], state="taken", run=one
    )
    UploadRow.objects.create(
        upload=upload, number=3, values=["", "Tom"], state="left out", why="“email” is empty."
    )
    return upload


def notice(row: Connection) -> Notice:
    """Tell of a key that ends, as a look would."""
    now = clock.now()
    return Notice.objects.create(
        key=f"connection:ends:{row.pk}",
        urgency="calm",
        subject=f"connection {row.name}",
        title="The key for OpenAI ends in 12 days",
        text="This integration stops then: Follow up after demo. Renew it in time; work is not interrupted.",
        button="Renew",
        address=f"/connections/{row.pk}/",
        ends_at=row.ends_at,
        step=2,
        first_seen_at=now,
        last_seen_at=now,
        tell_from=now,
    )


def told(run: Run, somebody: Person) -> Message:
    """Let a program have asked for a run, and its address have answered 503 to what it was told."""
    now = clock.now()
    Proposal.objects.create(run=run, person=somebody, through="n8n", body_hash="0" * 64, made_at=now)
    hook = callback(
        run,
        Secret("https://n8n.example.com/webhook-waiting/41"),
        "n8n.example.com",
        Secret("whsec_" + "A" * 44),
        somebody,
        "n8n",
    )
    message = Message.objects.create(
        hook=hook, run=run, event="draft.decided", happened_at=now, webhook_id="msg_of_a_test", tries=2,
        next_at=now + timedelta(minutes=5), try_until=now + timedelta(days=3), made_at=now,
        problem="The receiver answered 503.",
    )  # fmt: skip
    for minutes in (6, 5):
        begun = now - timedelta(minutes=minutes)
        Attempt.objects.create(
            message=message, begun_at=begun, ended_at=begun, status=503, problem="The receiver answered 503."
        )
    return message


def hooked(made: Integration, somebody: Person) -> Hook:
    """Let an address be told of drafts that wait; it has answered 503 to one."""
    hook, _secret = subscribe(
        "draft.waiting", Secret("https://203.0.114.7/catch/41"), somebody, made, Secret("whsec_" + "A" * 44)
    )
    now = clock.now()
    message = Message.objects.create(
        hook=hook, run=Run.objects.order_by("id")[0], event="draft.waiting", happened_at=now, made_at=now, tries=1,
        webhook_id="msg_of_a_hook", next_at=now + timedelta(minutes=5), try_until=now + timedelta(days=3),
        problem="The receiver answered 503.",
    )  # fmt: skip
    Attempt.objects.create(
        message=message, begun_at=now, ended_at=now, status=503, problem="The receiver answered 503."
    )
    return hook


def unfinished(made: Integration, owner: Person) -> None:
    """Make what a builder has at hand: a company fact, a new integration and a changed one, a test set and a test."""
    with transaction.atomic():
        state("prices", read_statements({"Practice": "$149 a month"}), owner)
    drafts_of.begin(
        {"name": "answer-the-form", "record": {"when": "webhook"}, "prompt": {"task": "Answer it."}}, owner
    )
    drafts_of.of(made, owner)
    record, answer = other(1)
    case = Case.objects.create(
        integration=made,
        label="Aisha Rahman",
        record=record,
        verdict="approved",
        expected=answer,
        made_by=owner,
    )
    models = (
        {"label": model, "version": 1, "ai": "openai-main", "model": model, "examples": 0} for model in MODELS
    )
    proof = Proof.objects.create(integration=made, state="done", candidates=list(models), made_by=owner)
    for position, wrong in enumerate(([], ["next_step"])):
        Replay.objects.create(
            proof=proof,
            case=case,
            version=made.current,
            candidate=position,
            state="done",
            answer=answer | ({"next_step": "wait"} if wrong else {}),
            wrong=wrong,
            closeness=0.9,
            cost_micros=4000 - 3000 * position,
            seconds=2.0,
        )


def tried(made: Integration, owner: Person) -> Drill:
    """Make what was tried of a replacement, the review of the last quarter, and an entry of a changelog."""
    now = clock.now()
    figures = {
        "cases": 20, "errors": 1, "error": 0.05, "unfit": 0, "flagged": 1, "wrong": 0, "repeated": 0, "failed": 0,
        "closeness": 0.87, "cost_micros": 60_000, "cost_each_micros": 3_000, "seconds": 1.4,
    }  # fmt: skip
    report = {
        "records": 20, "passed": 19, "holds": True,
        "says": "19 of 20 answers of gpt-6-luna could go out, and 18 of 20 of gpt-4o.",
        "now": figures | {"errors": 2, "wrong": 1, "model": "gpt-4o"},
        "replacement": figures | {"model": "gpt-6-luna"},
        "reviewed": {"records": 20, "approved": 15, "edited": 4, "rejected": 1, "errors": 2, "cost_each_micros": 4_000},
    }  # fmt: skip
    drill = Drill.objects.create(
        integration=made, version=made.current, kind="model", at_before="openai-main", before="gpt-4o",
        at_after="openai-main", after="gpt-6-luna", state="done", report=report, made_by=owner, made_at=now,
        finished_at=now,
    )  # fmt: skip
    points = [
        {"key": "a", "section": "people", "what": "Vera Holm (Viewer)", "says": "Was never here.", "look": True,
         "address": "/settings/people/", "looked_at": True}
    ]  # fmt: skip
    QuarterlyReview.objects.create(
        quarter="2026-Q3",
        points=points,
        remarks="All well.",
        signed_by=owner,
        signed_name="Priya Nair",
        signed_at=now,
    )
    Announcement.objects.create(
        app="openai", key="k" * 64, title="gpt-4o retires on 14 January 2027", names=["gpt-4o"], seen_at=now,
        link="https://developers.openai.com/changelog", published_on=now.date(),
    )  # fmt: skip
    return drill


def business() -> Person:
    """Make all of it, and return the owner."""
    owner = person()
    person("builder", "Bea Lind")
    passkey(person("reviewer", "Rui Costa", groups_csv="sales"))
    person("viewer", "Vera Holm")
    signed_in(owner)
    make_token("n8n", owner, ["read", "review"], clock.now() + timedelta(days=20))
    invite("ines@example.com", "reviewer", owner, name="Ines Prado", groups="sales")
    connections()
    described.add(acme.document(), "https://acme.example/openapi.json")
    Connection.objects.filter(name="openai-main").update(ends_at=clock.now() + timedelta(days=12))
    notice(Connection.objects.get(name="openai-main"))
    own_channel(owner)
    made = integration(owner)
    drafts(made)
    card = Image("card", "image/png", practice_png("firstname: Dana"))
    pictures.keep(Run.objects.order_by("id")[0].pk, [card])
    for number in range(3, 9):
        record, answer = other(number)
        done = run(made, record, answer, state="done", received_at=clock.now() - timedelta(hours=number))
        Run.objects.filter(pk=done.pk).update(finished_at=done.received_at + timedelta(minutes=4))
    told(unsure(made).run, owner)
    hooked(made, owner)
    spreadsheet(made, owner)
    unfinished(made, owner)
    tried(made, owner)
    run(
        made,
        {"id": "9", "firstname": "Nell", "lastname": "Ames"},
        state="needs you",
        problem="The record has no “email”, and without it the answer cannot go anywhere.",
        next_step="Fill in “email” in the record, then press Run again.",
    )
    return owner


__all__ = [
    "business",
    "connection",
    "connections",
    "content_hash",
    "draft",
    "drafts",
    "integration",
    "notice",
    "person",
]

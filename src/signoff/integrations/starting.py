"""Starting points: integrations that are nearly done, made of the connections that are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from signoff.connections.models import Connection
from signoff.connectors.registry import connector_class, manifests
from signoff.integrations import offers
from signoff.integrations.definition import DRAFTS_HANDED_IN
from signoff.integrations.usage import models_asked_by
from signoff.prompts.models import Fact

Data = dict[str, Any]
NO_PROMISE = "Promise a price, a discount or a date that is not in the record or the company facts."


@dataclass(frozen=True)
class Need:
    """A kind of connection that a starting point wants: one that tells of `trigger`, or that can do `action`."""

    role: str
    words: str
    trigger: str = ""
    action: str = ""


@dataclass(frozen=True)
class Point:
    """One starting point, in an owner's words."""

    key: str
    title: str
    about: str
    icon: str
    needs: tuple[Need, ...]
    write: Callable[[dict[str, Connection]], Data]
    needs_ai: bool = True


@dataclass(frozen=True)
class Offered:
    """A starting point, the connections it would use, and what has to be connected first."""

    point: Point
    uses: tuple[Connection, ...]
    lacks: tuple[str, ...]


def offered() -> list[Offered]:
    """Return the starting points, those that can begin at once first."""
    found = []
    for point in POINTS:
        matched = _matched(point)
        lacks = tuple(need.words for need in point.needs if need.role not in matched)
        if point.needs_ai and not offers.ais():
            lacks += ("an AI",)
        found.append(Offered(point, tuple({row.pk: row for row in matched.values()}.values()), lacks))
    return sorted(found, key=lambda one: bool(one.lacks))


def data_for(key: str) -> Data:
    """Return a starting point as the data of a file; an empty one for a key that is not known."""
    point = next((one for one in POINTS if one.key == key), None)
    if point is None:
        return {
            "name": "",
            "record": {},
            "prompt": {**ai_part(), "task": ""},
            "answer": {},
            "review": {},
            "then": [],
        }
    matched = _matched(point)
    data = point.write(matched)
    if not point.needs_ai and not offers.ais():
        return _handed_in(data)
    data["prompt"] = {**ai_part(), **data["prompt"], **_facts(data["prompt"])}
    data["limits"] = {"per_day": 100, "spend_per_day": "5.00 USD"}
    leave_out_unknown_fields(data)
    return data


def _matched(point: Point) -> dict[str, Connection]:
    """Return the connection for each role that can be filled; one that works comes before one that does not."""
    rows = sorted(offers.connections(), key=lambda row: row.state != Connection.State.WORKING)
    found = {}
    for need in point.needs:
        row = next((row for row in rows if _fits(row, need)), None)
        if row is not None:
            found[need.role] = row
    return found


def _fits(row: Connection, need: Need) -> bool:
    cls = connector_class(row.app)
    tells = not need.trigger or any(one.name == need.trigger for one in cls.triggers)
    does = not need.action or need.action in cls.actions()
    if need.role == "mail" and manifests()[row.app].kind != "mail":
        return False
    return tells and does


def ai_part() -> Data:
    """Return the AI that a new integration asks, and the model that others ask there; {} where none is connected."""
    rows = sorted(offers.ais(), key=lambda row: row.state != Connection.State.WORKING)
    if not rows:
        return {}
    used = models_asked_by(rows[0].name)
    if used:
        return {"ai": rows[0].name, "model": max(used, key=lambda model: len(used[model]))}
    known = [one.id for one in offers.models_of(rows[0]).found if one.ends_on is None] or [
        one.id for one in offers.models_of(rows[0]).found
    ]
    model = next((name for name in offers.USUAL_MODELS if name in known), known[0] if known else "")
    return {"ai": rows[0].name, **({"model": model} if model else {})}


def _handed_in(data: Data) -> Data:
    """Return a starting point as it is without an AI here: whoever hands a record in has had its draft written."""
    facts = list(Fact.objects.values_list("name", flat=True))
    data = {name: value for name, value in data.items() if name != "prompt"}
    return {**data, "drafts": DRAFTS_HANDED_IN, **({"prompt": {"facts": facts}} if facts else {})}


def _facts(prompt: Data) -> Data:
    names = list(Fact.objects.values_list("name", flat=True))
    return {"facts": names} if names and prompt.get("facts", True) else {"facts": []}


def leave_out_unknown_fields(data: Data) -> None:
    """Leave out fields that this account does not have; every account has others."""
    start = offers.start_of(data)
    told = offers.fields_of(start.connection, start.trigger.object) if start else offers.Told()
    if start is None or not told.found:
        return
    known = {field.name for field in told.found} | {"id", *start.trigger.fields}
    if data["record"].get("fields"):
        data["record"]["fields"] = [
            name for name in data["record"]["fields"] if name in known or name.split(".")[0] in known
        ]
    if not set(data["record"].get("only_if", {})) <= known:
        data["record"].pop("only_if")


def _follow_up(use: dict[str, Connection]) -> Data:
    crm, mail = use.get("crm"), use.get("mail")
    then: list[Data] = []
    if mail:
        then.append(
            {
                f"{mail.name}.create_draft": {
                    "to": "record.email",
                    "subject": "answer.subject",
                    "body": "answer.body",
                }
            }
        )
    if crm:
        then.append(
            {f"{crm.name}.add_note": {"contact": "record.id", "body": "Follow-up drafted: {answer.subject}"}}
        )
    return {
        "name": "follow-up-new-leads",
        "record": {
            **({"from": crm.name, "when": "contact_created"} if crm else {}),
            "only_if": {"lifecyclestage": "lead"},
            "fields": ["firstname", "lastname", "company", "email", "message"],
        },
        "prompt": {
            "task": "Write a short follow-up e-mail to a new lead who filled in our contact form. Answer what they ask "
            "in the message as far as the company facts allow, and offer a call.",
            "tone": "friendly and plain, like a person who has read the message",
            "constraints": ["At most 120 words."],
            "never": [NO_PROMISE],
        },
        "answer": {"subject": {"type": "text", "max": 78}, "body": {"type": "text", "max": 1200}},
        "review": {"by": []},
        "then": then,
    }


def _sort_mail(use: dict[str, Connection]) -> Data:
    mail = use.get("mail")
    return {
        "name": "sort-messages",
        "record": {
            **({"from": mail.name, "when": "mail_received"} if mail else {}),
            "only_if": {"kind": ["person", "group"]},
            "fields": ["subject", "text"],
        },
        "prompt": {
            "task": "Say what this e-mail to our support is about.",
            "constraints": ["Go by what they want from us, not by single words."],
            "facts": [],
        },
        "answer": {
            "topic": {
                "type": "choice",
                "options": {
                    "Prices": "They ask what it costs",
                    "Invoice": "It is about an invoice or a payment",
                    "Help": "They need help using it",
                    "Other": "Anything else",
                },
            }
        },
        "review": {"by": []},
        "then": [{f"{mail.name}.label": {"message": "record.id", "add": "{answer.topic}", "create": True}}]
        if mail
        else [],
    }


def _answer_mail(use: dict[str, Connection]) -> Data:
    mail = use.get("mail")
    draft = {
        "to": "record.answer_to",
        "subject": "record.answer_subject",
        "thread_id": "record.thread_id",
        "reply_to_message_id": "record.message_id",
        "references": "record.references",
        "body": "answer.body",
    }
    params = connector_class(mail.app).actions()["create_draft"].params.model_fields if mail else {}
    told = {field.name for field in offers.fields_of(mail, "message").found} if mail else set()
    draft = {
        name: value
        for name, value in draft.items()
        if name in params
        and (not value.startswith("record.") or not told or value.removeprefix("record.") in told)
    }
    return {
        "name": "answer-enquiries",
        "record": {
            **({"from": mail.name, "when": "mail_received"} if mail else {}),
            "only_if": {"kind": ["person", "group"]},
            "fields": [
                "subject", "text", "from_name", "answer_to", "answer_subject", "thread_id", "message_id", "references"
            ],
        },
        "prompt": {
            "task": "Answer this e-mail to our support. Use the company facts; where they do not say it, write that a "
            "colleague will get back to them.",
            "tone": "friendly and short, like a person who has read the e-mail",
            "constraints": ["At most 150 words.", "Greet the sender by their name."],
            "never": [NO_PROMISE],
        },
        "answer": {"body": {"type": "text", "max": 2000}},
        "review": {"by": []},
        "then": [{f"{mail.name}.create_draft": draft}] if mail else [],
    }  # fmt: skip


def _answer_chat(use: dict[str, Connection]) -> Data:
    chat = use.get("chat")
    return {
        "name": "answer-messages",
        "record": {
            **({"from": chat.name, "when": "message_received"} if chat else {}),
            "only_if": {"type": ["text", "button", "interactive"]},
            "fields": ["name", "text"],
        },
        "prompt": {
            "task": "Answer the customer's question in the text, as far as the company facts allow. Where they do not, "
            "say that a colleague will get in touch.",
            "tone": "friendly and short, as one writes in a chat",
            "constraints": ["At most 80 words, without a subject or a signature."],
            "never": [NO_PROMISE],
        },
        "answer": {"body": {"type": "text", "max": 900}},
        "review": {"by": []},
        "then": [
            {f"{chat.name}.send_text": {"to": "record.from", "reply_to": "record.id", "body": "answer.body"}}
        ]
        if chat
        else [],
    }


def _note(use: dict[str, Connection]) -> Data:
    crm = use.get("crm")
    return {
        "name": "note-for-sales",
        "record": {
            **({"from": crm.name, "when": "contact_created"} if crm else {}),
            "fields": [
                "firstname",
                "lastname",
                "company",
                "email",
                "jobtitle",
                "message",
                "numemployees",
                "budget",
            ],
        },
        "prompt": {
            "task": "Sum up this new lead in a note for a colleague in sales who has not read the message: name and "
            "company, what they want, budget and number of employees if known, and what to do next.",
            "tone": "plain, without praise",
            "constraints": ["At most 80 words."],
            "never": ["Guess what the customer wants; say that it is not known."],
            "facts": [],
        },
        "answer": {"note": {"type": "text", "max": 800}},
        "review": {"by": []},
        "then": [{f"{crm.name}.add_note": {"contact": "record.id", "body": "answer.note"}}] if crm else [],
    }


def _answer_form(use: dict[str, Connection]) -> Data:
    mail = use.get("mail")
    return {
        "name": "answer-the-form",
        "record": {"when": "webhook", "fields": ["name", "email", "message"]},
        "prompt": {
            "task": "Write an e-mail to somebody who used the form on our website. Answer what they ask in the message "
            "as far as the company facts allow, and offer a call.",
            "tone": "friendly and plain, like a person who has read the message",
            "constraints": ["At most 120 words.", "Greet them by their name."],
            "never": [NO_PROMISE],
        },
        "answer": {"subject": {"type": "text", "max": 78}, "body": {"type": "text", "max": 1200}},
        "review": {"by": []},
        "then": [
            {
                f"{mail.name}.create_draft": {
                    "to": "record.email",
                    "subject": "answer.subject",
                    "body": "answer.body",
                }
            }
        ]
        if mail
        else [],
    }


def asked_for_answers() -> Data:
    """Return what to ask an AI that writes answers which a program wants signed off; and the AI, where there is one."""
    return {
        **ai_part(),
        "task": "Answer what the customer asks in the record, as far as the company facts allow. Where they do "
        "not, say that a colleague will get in touch.",
        "tone": "friendly and plain, like a person who has read the message",
        "constraints": ["At most 120 words."],
        "never": [NO_PROMISE],
    }


def _sign_off(use: dict[str, Connection]) -> Data:
    return {
        "name": "sign-off-replies",
        "record": {"when": "webhook"},
        "prompt": asked_for_answers(),
        "answer": {"body": {"type": "text", "max": 2000}},
        "review": {"by": []},
        "then": ["reply"],
    }


MAIL = "a mailbox"
POINTS = (
    Point(
        "follow-up",
        "Follow up new leads",
        "A new contact appears in your CRM. The AI writes an e-mail to them, and it lies in Drafts once you approve.",
        "user-plus",
        (
            Need("crm", "a CRM", trigger="contact_created", action="add_note"),
            Need("mail", MAIL, action="create_draft"),
        ),
        _follow_up,
    ),
    Point(
        "answer-mail",
        "Answer enquiries",
        "An e-mail arrives. The AI writes the answer from your company facts, and it lies in Drafts.",
        "reply",
        (Need("mail", MAIL, trigger="mail_received", action="create_draft"),),
        _answer_mail,
    ),
    Point(
        "sort-mail",
        "Sort messages",
        "An e-mail arrives. The AI says what it is about, and it gets that label.",
        "tags",
        (Need("mail", "a mailbox with labels", trigger="mail_received", action="label"),),
        _sort_mail,
    ),
    Point(
        "note",
        "Note for sales",
        "A new contact appears in your CRM. The AI sums it up, and the note lands on the contact.",
        "notebook-pen",
        (Need("crm", "a CRM", trigger="contact_created", action="add_note"),),
        _note,
    ),
    Point(
        "answer-chat",
        "Answer in the chat",
        "A customer writes on WhatsApp. The AI writes the answer, and it reaches them once you approve.",
        "message-circle",
        (Need("chat", "WhatsApp", trigger="message_received", action="send_text"),),
        _answer_chat,
    ),
    Point(
        "answer-form",
        "Answer a form on your website",
        "Your website sends us what somebody wrote. The AI writes an e-mail to them, and it lies in Drafts.",
        "globe",
        (Need("mail", MAIL, action="create_draft"),),
        _answer_form,
    ),
    Point(
        "sign-off",
        "Sign off for another program",
        "n8n, Zapier, Make or a script hands in a record, with a draft or for one, and goes on with what you approve. "
        "Where each comes with its draft, no AI is needed here.",
        "stamp",
        (),
        _sign_off,
        needs_ai=False,
    ),
)

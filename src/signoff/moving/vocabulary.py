"""What both tools share: which fields of a record mean what here, and what is said of steps that cannot come along."""

from __future__ import annotations

import re
from typing import Any

from signoff.moving.shapes import Note

# The names that other tools give the parts of an e-mail, by ours.
MAIL = {
    "subject": "subject", "text": "text", "textplain": "text", "snippet": "text", "plaintext": "text", "body": "text",
    "textbody": "text", "fulltextbody": "text", "html": "text", "texthtml": "text", "htmlbody": "text",
    "textashtml": "text", "content": "text",
    "from": "from_email", "fromemail": "from_email", "fromaddress": "from_email", "sender": "from_email",
    "fromemailaddress": "from_email", "fromvalue0address": "from_email", "fromtext": "from_email",
    "fromname": "from_name", "fromvalue0name": "from_name", "sendername": "from_name",
    "id": "id", "messageid": "id", "emailid": "id", "threadid": "thread_id", "date": "sent_at", "to": "to",
    "replyto": "answer_to", "headersmessageid": "message_id",
}  # fmt: skip
CHAT = {
    "whatsapp": {
        "messages0from": "from", "messages0textbody": "text", "messages0id": "id", "contacts0profilename": "name",
        "contacts0waid": "from", "textbody": "text", "from": "from", "id": "id", "text": "text", "name": "name",
    },
    "telegram": {
        "messagetext": "text", "messagechatid": "chat_id", "messagefromfirstname": "first_name",
        "messagefromusername": "username", "messagemessageid": "message_id", "messagefromid": "chat_id",
        "text": "text", "chatid": "chat_id",
    },
}  # fmt: skip
# Where the words of a text-answering AI stand in what each tool's step gives.
WHOLE_ANSWER = re.compile(
    r"^(?:0\.)?(?:message\.content|messages?\.0\.content|content|text|output|result|response|completion|"
    r"choices\.0\.(?:message\.content|text)|output\.0\.content\.0\.text|content\.0\.text|text\.output\.0\.content\.0\.text|"
    r"textresponse|answer|candidates\.0\.content\.parts\.0\.text|data)?$",
    re.IGNORECASE,
)
BEFORE_FIELDS = re.compile(
    r"^(?:0\.)?(?:message\.content|output|text|result|response|content|parsed|json|data|choices\.0\.message\.content)\.(.+)$",
    re.IGNORECASE,
)
MAIL_APPS = ("gmail", "mail")
# What is worked out in a text. It holds no braces of its own kind, so that a text full of them is read in a moment.
IN_BRACES = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*+)\}\}", re.DOTALL)

# What to do about a kind of step that has no counterpart here; the words are an owner's.
ADVICE = {
    "code": "Signoff runs no code. Say what it does in the task, or let a program do it and send it by webhook.",
    "condition": "Say in the task when what is wanted, or let only certain records in: “Only if” in the first step.",
    "set": "Use the record's own fields; what has to be worked out, the AI can be asked for.",
    "wait": "Signoff waits by itself: for a person, for an app, for its turn.",
    "loop": "Each record is worked on by itself, so no loop is needed.",
    "merge": "An integration has one source. Take what the other one adds as company facts, or as fields.",
    "sheet": "Signoff does not write to Google Sheets. Take the results away as a table, or send them by webhook.",
    "lookup": "Signoff gives the AI the record and the company facts. State what it must know as a company fact.",
    "ai": "An integration asks one AI once. Put both questions into one task, or make a second integration.",
    "tool": "The AI here may look nothing up and do nothing by itself. State what it must know as a company fact.",
    "memory": "Each record is answered for itself. What a customer wrote before is not shown to the AI.",
    "note": "",
}


def plain_name(path: str) -> str:
    """Return a path without anything but letters and digits: `from.value[0].address` is fromvalue0address."""
    return re.sub(r"[^a-z0-9]", "", path.lower())


def field_name(path: str) -> str:
    """Return a path as the name of a field here: `body["Full name"]` is Full_name, deeper parts keep their dots."""
    parts = [re.sub(r"\W+", "_", part).strip("_") for part in path.split(".")]
    name = ".".join(part for part in parts if part)[:80]
    return name if re.match(r"[A-Za-z_]", name) else f"field_{name}".rstrip("_")


def field_of(app: str, path: str) -> str:
    """Return the field of a record here for a path in what another tool's trigger gives."""
    short = plain_name(path)
    if app in MAIL_APPS:
        return MAIL.get(short) or MAIL.get(plain_name(path.rpartition(".")[2])) or field_name(path)
    if app in CHAT:
        return CHAT[app].get(short) or field_name(path.rpartition(".")[2])
    if app == "hubspot":
        return re.sub(r"\.value$|^properties\.|^property_?", "", path.removesuffix(".value")) or "id"
    if app == "airtable":
        return field_name(path.removeprefix("fields."))
    if app:
        return field_name(path)
    return field_name(re.sub(r"^(?:body|query|json|data)\.", "", path))


def lost(step: str, what: str, kind: str) -> Note:
    """Return the note for a step without a counterpart."""
    return Note(f"The step “{step}” ({what}) was left out.", ADVICE[kind])


def entries(value: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list, [] for what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return a value as a text of a sane length; "" for what is none."""
    return str(value)[:20_000] if isinstance(value, str | int | float) and not isinstance(value, bool) else ""

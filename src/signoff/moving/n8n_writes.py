"""What n8n's nodes for apps do, as the actions here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from signoff.moving.n8n_flow import body_of
from signoff.moving.shapes import Note, Ref, Text, Write
from signoff.moving.vocabulary import as_text, entries

if TYPE_CHECKING:
    from signoff.moving.n8n_flow import Flow, Node

UNKNOWN = (
    "Signoff does not speak to {app} yet. Send the answer on by webhook, "
    "back to n8n for example, which passes it on."
)
HUBSPOT_NAMES = {"firstname": "firstname", "lastname": "lastname", "companyname": "company", "jobtitle": "jobtitle",
                 "phonenumber": "phone", "websiteurl": "website", "lifecyclestage": "lifecyclestage",
                 "leadstatus": "hs_lead_status", "message": "message"}  # fmt: skip


def read(flow: Flow, node: Node) -> Iterator[Write]:
    """Return what a node writes; what it does and nothing here can do is noted."""
    reader = READERS.get(node.kind)
    found = reader(flow, node) if reader else None
    if found is not None:
        found.step = node.name
        yield found
    elif reader is None:
        name = re.sub(r"tool$", "", node.kind)
        flow.notes.append(Note(f"The step “{node.name}” ({name}) was left out.", UNKNOWN.format(app=name)))


def _mail_reply(flow: Flow, body: Text, action: str) -> Write:
    """Return an answer in the conversation that the e-mail came in."""
    return Write(
        "gmail" if flow.app != "mail" else "mail",
        action,
        {
            "to": (Ref("record", "answer_to"),),
            "subject": (Ref("record", "answer_subject"),),
            "thread_id": (Ref("record", "thread_id"),),
            "reply_to_message_id": (Ref("record", "message_id"),),
            "references": (Ref("record", "references"),),
            "body": body,
        },
    )


def _gmail(flow: Flow, node: Node) -> Write | None:
    params, options = node.params, _part(node.params, "options", "additionalFields")
    operation = node.operation or ("create" if params.get("resource") == "draft" else "send")
    body = flow.text(params.get("message") or params.get("htmlMessage"), node)
    for name in ("attachmentsUi", "ccList", "bccList"):
        if options.get(name):
            flow.note(
                f"{name} of “{node.name}” was left out.",
                "An e-mail here goes to one address, without attachments.",
            )
    if operation == "reply":
        return _mail_reply(flow, body, "send_message")
    if params.get("resource") == "draft" and not options.get("sendTo") and options.get("threadId"):
        return _mail_reply(flow, body, "create_draft")
    if operation in ("send", "create"):
        to = flow.text(params.get("sendTo") or params.get("toList") or options.get("sendTo"), node)
        action = "create_draft" if params.get("resource") == "draft" else "send_message"
        return Write(
            "gmail", action, {"to": to, "subject": flow.text(params.get("subject"), node), "body": body}
        )
    if operation == "markAsRead":
        return Write("gmail", "label", {"message": (Ref("record", "id"),), "remove": ("Unread",)})
    if operation in ("addLabels", "removeLabels"):
        named = "add" if operation == "addLabels" else "remove"
        text = flow.text(params.get("labelIds"), node)
        if not any(isinstance(piece, Ref) for piece in text):
            flow.note(
                f"n8n knows the label of “{node.name}” by a number, which means nothing here.",
                "Write the label's name in the last step.",
            )
            text = ()
        return Write("gmail", "label", {"message": (Ref("record", "id"),), named: text, "create": True})
    flow.note(
        f"What “{node.name}” does in Gmail ({operation}) has no counterpart here.",
        "Do it in Gmail, by a filter for example.",
    )
    return None


def _email(flow: Flow, node: Node) -> Write:
    params = node.params
    body = params.get("text") or params.get("html") or params.get("message")
    return Write(
        "mail",
        "send_message",
        {
            "to": flow.text(
                params.get("toEmail") or params.get("toRecipients") or params.get("sendTo"), node
            ),
            "subject": flow.text(params.get("subject"), node),
            "body": flow.text(body or params.get("bodyContent"), node),
        },
    )


def _slack(flow: Flow, node: Node) -> Write | None:
    params = node.params
    if params.get("resource") not in (None, "message") or node.operation not in ("", "post", "send"):
        flow.note(
            f"What “{node.name}” does in Slack has no counterpart here.",
            "Post a message instead, or do it by hand.",
        )
        return None
    if params.get("select") == "user":
        flow.note(f"“{node.name}” wrote to one person.", "Choose a channel in the last step.")
    channel = params.get("channelId") or params.get("channel")
    if isinstance(channel, dict):
        channel = channel.get("cachedResultName") or channel.get("value")
    if params.get("blocksUi") and not params.get("text"):
        flow.note(f"“{node.name}” is laid out in blocks.", "Write it as a text in the last step.")
    to = flow.text(channel, node)
    if len(to) == 1 and isinstance(to[0], str):
        to = (to[0].removeprefix("#"),)
    return Write("slack", "post_message", {"channel": to, "text": flow.text(params.get("text"), node)})


def _telegram(flow: Flow, node: Node) -> Write | None:
    if node.operation not in ("", "sendMessage"):
        flow.note(f"“{node.name}” sends more than a text by Telegram.", "Only texts are sent from here.")
        return None
    return Write(
        "telegram",
        "send_message",
        {
            "chat_id": flow.text(node.params.get("chatId"), node),
            "text": flow.text(node.params.get("text"), node),
        },
    )


def _whatsapp(flow: Flow, node: Node) -> Write | None:
    if node.operation == "sendTemplate":
        flow.note(
            f"“{node.name}” sends a template of WhatsApp.",
            "Choose the template and its values in the last step.",
        )
        return Write("whatsapp", "send_template", {"to": (Ref("record", "from"),)})
    return Write(
        "whatsapp",
        "send_text",
        {
            "to": flow.text(node.params.get("recipientPhoneNumber"), node),
            "body": flow.text(node.params.get("textBody"), node),
        },
    )


def _hubspot(flow: Flow, node: Node) -> Write | None:
    params, more = node.params, _part(node.params, "additionalFields", "updateFields", "additionalFieldsUi")
    resource, operation = params.get("resource") or "contact", node.operation or "upsert"
    properties = {
        HUBSPOT_NAMES.get(name.lower(), name.lower()): flow.text(value, node)
        for name, value in more.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    custom = _part(more, "customPropertiesUi").get("customPropertiesValues")
    for one in custom if isinstance(custom, list) else ():
        if isinstance(one, dict) and as_text(one.get("property")):
            properties[as_text(one["property"]).partition("|")[0]] = flow.text(one.get("value"), node)
    if resource == "contact" and operation in ("upsert", "create", "update"):
        email = flow.text(params.get("email"), node)
        if flow.app == "hubspot" or operation == "update":
            return Write(
                "hubspot", "update_contact", {"contact": (Ref("record", "id"),), "properties": properties}
            )
        return Write("hubspot", "create_contact", {"email": email, "properties": properties})
    if resource == "deal" and operation == "create":
        name = properties.pop("dealname", ()) or flow.text(params.get("dealName"), node)
        return Write(
            "hubspot",
            "create_deal",
            {"name": name, "stage": flow.text(params.get("stage"), node), "properties": properties},
        )
    if resource == "deal" and operation == "update":
        return Write("hubspot", "update_deal", {"deal": (Ref("record", "id"),), "properties": properties})
    if resource == "engagement":
        details = _part(params, "metadata")
        words = flow.text(details.get("body") or details.get("text"), node)
        about = {"contact": (Ref("record", "id"),)} if flow.app == "hubspot" else {}
        if params.get("type") == "task":
            return Write(
                "hubspot",
                "create_task",
                {**about, "subject": flow.text(details.get("subject"), node), "body": words},
            )
        return Write("hubspot", "add_note", {**about, "body": words})
    flow.note(
        f"What “{node.name}” does in HubSpot ({resource}, {operation}) has no counterpart here.",
        "Choose another step.",
    )
    return None


def _airtable(flow: Flow, node: Node) -> Write:
    params = node.params
    columns = _part(params, "columns").get("value")
    values = (
        {str(name): flow.text(value, node) for name, value in columns.items()}
        if isinstance(columns, dict)
        else {}
    )
    if not values:
        flow.note(f"Which fields “{node.name}” fills in could not be read.", "Write them in the last step.")
    if node.operation in ("update", "upsert"):
        values.pop("id", None)
        return Write("airtable", "update_record", {"record": (Ref("record", "id"),), "values": values})
    table = params.get("table")
    if isinstance(table, dict):
        table = table.get("cachedResultName") or table.get("value")
    return Write("airtable", "create_record", {"table": flow.text(table, node), "values": values})


def _notion(flow: Flow, node: Node) -> Write | None:
    params = node.params
    if params.get("resource") not in ("databasePage", "page", None) or node.operation not in ("create", ""):
        flow.note(
            f"What “{node.name}” does in Notion has no counterpart here.",
            "Add a page, or a comment, in the last step.",
        )
        return None
    blocks = _part(params, "blockUi").get("blockValues")
    pieces: list[str | Ref] = []
    for one in blocks if isinstance(blocks, list) else ():
        text = flow.text(one.get("textContent"), node) if isinstance(one, dict) else ()
        pieces += [*(["\n"] if pieces and text else []), *text]
    properties = _part(params, "propertiesUi").get("propertyValues")
    if properties:
        flow.note(
            f"The other columns that “{node.name}” fills in were left out.",
            "A page here has a title and a text.",
        )
    return Write("notion", "add_page", {"title": flow.text(params.get("title"), node), "text": tuple(pieces)})


def _todoist(flow: Flow, node: Node) -> Write:
    options = _part(node.params, "options")
    return Write(
        "todoist",
        "add_task",
        {
            "project": flow.text(node.params.get("project"), node),
            "content": flow.text(node.params.get("content"), node),
            "description": flow.text(options.get("description"), node),
        },
    )


def _mattermost(flow: Flow, node: Node) -> Write:
    return Write(
        "mattermost",
        "send_message",
        {
            "channel": flow.text(node.params.get("channelId"), node),
            "text": flow.text(node.params.get("message"), node),
        },
    )


def _http(flow: Flow, node: Node) -> Write:
    params = node.params
    data: dict[str, Any] = {}
    form = _part(params, "bodyParameters", "bodyParametersUi")
    for one in entries(form.get("parameters") or form.get("parameter")):
        if as_text(one.get("name")):
            data[as_text(one["name"])] = flow.text(one.get("value"), node)
    raw = as_text(params.get("jsonBody") or params.get("bodyParametersJson"))
    for name, value in body_of(raw).items():
        data[str(name)] = flow.text(f"={value}" if raw.startswith("=") else value, node)
    if not data:
        flow.note(
            f"What “{node.name}” sends could not be read.", "Write the names and values in the last step."
        )
        data = {"answer": (Ref("answer", ""),)}
    host = urlsplit(as_text(params.get("url")).removeprefix("=")).hostname or "an address"
    flow.note(
        f"“{node.name}” sends to {host}; the address itself and its keys did not come along.",
        "Connect Webhook under Connections, with that address and a secret.",
    )
    return Write("webhook", "send", {"data": data})


def _reply(flow: Flow, node: Node) -> Write:
    return Write("", "reply", {"answer": flow.text(node.params.get("responseBody"), node)})


def _part(params: Any, *names: str) -> dict[str, Any]:
    """Return the first of these parts that is there, {} for none."""
    return next((params[name] for name in names if isinstance(params.get(name), dict) and params[name]), {})


READERS: dict[str, Callable[[Flow, Node], Write | None]] = {
    "gmail": _gmail,
    "emailsend": _email,
    "microsoftoutlook": _email,
    "slack": _slack,
    "telegram": _telegram,
    "whatsapp": _whatsapp,
    "hubspot": _hubspot,
    "airtable": _airtable,
    "notion": _notion,
    "todoist": _todoist,
    "mattermost": _mattermost,
    "httprequest": _http,
    "respondtowebhook": _reply,
}

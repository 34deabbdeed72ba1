"""What Make's modules for apps do, as the actions here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from signoff.moving.n8n_writes import HUBSPOT_NAMES
from signoff.moving.shapes import Ref, Text, Write
from signoff.moving.vocabulary import as_text

if TYPE_CHECKING:
    from signoff.moving.make import Flow, Module

UNKNOWN = (
    "Signoff does not speak to {app} yet. Send the answer on by webhook, "
    "back to Make for example, which passes it on."
)


def read(flow: Flow, module: Module) -> Iterator[Write]:
    """Return what a module writes; what it does and nothing here can do is noted."""
    found = _read(flow, module)
    if found is None:
        flow.note(f"The step “{module.label}” ({module.app}) was left out.", UNKNOWN.format(app=module.app))
        return
    found.step = module.label
    yield found


def _read(flow: Flow, module: Module) -> Write | None:
    app, verb = module.app, module.verb.lower()
    get = module.values.get

    def text(*names: str) -> Text:
        return next((found for name in names if (found := flow.text(get(name), module))), ())

    if app in ("google-email", "gmail", "email", "microsoft-email"):
        here = "gmail" if app in ("google-email", "gmail") else "mail"
        return _mail(flow, here, verb, text)
    if app == "slack" and "message" in verb:
        channel = text("channel", "channelId", "user")
        if len(channel) == 1 and isinstance(channel[0], str):
            channel = (channel[0].removeprefix("#"),)
        return Write("slack", "post_message", {"channel": channel, "text": text("text", "message")})
    if app == "telegram" and "message" in verb:
        return Write("telegram", "send_message", {"chat_id": text("chatId", "chat_id"), "text": text("text")})
    if app == "whatsapp-business-cloud" and "message" in verb:
        return Write(
            "whatsapp", "send_text", {"to": text("to", "receiver"), "body": text("text", "body", "message")}
        )
    if app in ("hubspotcrm", "hubspot"):
        return _hubspot(flow, module, verb, text)
    if app == "airtable" and ("create" in verb or "update" in verb or "upsert" in verb):
        values = _values(flow, module, get("record") or get("fields"))
        if any(name.startswith("fld") for name in values):
            flow.note(
                "Make knows Airtable's fields by their numbers (fld…).",
                "They can stay, or be given their names.",
            )
        if "create" in verb:
            return Write("airtable", "create_record", {"table": text("table", "tableId"), "values": values})
        return Write("airtable", "update_record", {"record": (Ref("record", "id"),), "values": values})
    if app == "notion" and "create" in verb:
        flow.note(
            "Only the title and the text of a page in Notion come along.", "Look at both in the last step."
        )
        return Write(
            "notion", "add_page", {"title": text("title", "name"), "text": text("content", "text", "body")}
        )
    if app == "todoist" and "create" in verb:
        return Write(
            "todoist",
            "add_task",
            {
                "project": text("project_id", "projectId"),
                "content": text("content"),
                "description": text("description"),
            },
        )
    if app == "mattermost" and ("post" in verb or "message" in verb):
        return Write(
            "mattermost",
            "send_message",
            {"channel": text("channel_id", "channelId"), "text": text("message", "text")},
        )
    if module.kind in ("gateway:webhookrespond", "webhooks:webhookrespond"):
        return Write("", "reply", {"answer": text("body")})
    if app == "http":
        return _http(flow, module)
    return None


def _mail(flow: Flow, app: str, verb: str, text: Any) -> Write | None:
    if "send" in verb or "draft" in verb or "reply" in verb:
        action = "create_draft" if "draft" in verb else "send_message"
        params = {
            "to": text("to"),
            "subject": text("subject"),
            "body": text("html", "content", "text", "body", "bodyContent"),
        }
        if "reply" in verb or text("inReplyTo"):
            params |= {
                "to": (Ref("record", "answer_to"),),
                "subject": (Ref("record", "answer_subject"),),
                "reply_to_message_id": (Ref("record", "message_id"),),
            }
        return Write(app, action, params)
    if "label" in verb or "read" in verb:
        if app == "mail":
            return Write("mail", "mark", {"message": (Ref("record", "id"),), "mark": ("read",)})
        return Write(
            "gmail",
            "label",
            {"message": (Ref("record", "id"),), "add": text("labels", "label"), "create": True},
        )
    return None


def _hubspot(flow: Flow, module: Module, verb: str, text: Any) -> Write | None:
    values = _values(flow, module, module.values.get("properties") or module.values)
    properties = {HUBSPOT_NAMES.get(name.lower(), name.lower()): value for name, value in values.items()}
    email = properties.pop("email", ())
    for name in ("recordid", "objectid", "id", "limit", "__imtconn__", "propertiestype"):
        properties.pop(name, None)
    if "deal" in verb:
        if "create" in verb:
            return Write(
                "hubspot",
                "create_deal",
                {
                    "name": properties.pop("dealname", ()),
                    "stage": properties.pop("dealstage", ()),
                    "properties": properties,
                },
            )
        return Write("hubspot", "update_deal", {"deal": (Ref("record", "id"),), "properties": properties})
    if "note" in verb or "engagement" in verb:
        return Write("hubspot", "add_note", {"body": text("body", "hs_note_body", "note")})
    if "contact" in verb and "create" in verb and flow.app != "hubspot":
        return Write("hubspot", "create_contact", {"email": email, "properties": properties})
    if "contact" in verb:
        return Write(
            "hubspot", "update_contact", {"contact": (Ref("record", "id"),), "properties": properties}
        )
    return None


def _http(flow: Flow, module: Module) -> Write:
    raw = module.values.get("data") or module.values.get("body")
    try:
        body = json.loads(as_text(raw)) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        body = None
    data: dict[str, Any] = (
        {str(k): flow.text(v, module) for k, v in body.items()} if isinstance(body, dict) else {}
    )
    if not data:
        flow.note(
            f"What “{module.label}” sends could not be read.", "Write the names and values in the last step."
        )
        data = {"answer": (Ref("answer", ""),)}
    host = urlsplit(as_text(module.values.get("url"))).hostname or "an address"
    flow.note(
        f"“{module.label}” sends to {host}; the address itself and its keys did not come along.",
        "Connect Webhook under Connections, with that address and a secret.",
    )
    return Write("webhook", "send", {"data": data})


def _values(flow: Flow, module: Module, given: Any) -> dict[str, Text]:
    """Return names and values, from a mapping or from a list of `{"name" or "property", "value"}`."""
    if isinstance(given, list):
        given = {
            as_text(one.get("name") or one.get("property")): one.get("value")
            for one in given
            if isinstance(one, dict)
        }
    if not isinstance(given, dict):
        return {}
    found = {str(name): flow.text(value, module) for name, value in given.items() if name}
    return {name: value for name, value in found.items() if value}

"""Workflows in the form in which n8n and Make export them, written for these tests."""

# ruff: noqa: E501 - exports are easier to read with a node's parameters in one line

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

Json = dict[str, Any]


def node(name: str, type_: str, parameters: Json, version: float = 1) -> Json:
    """Return a node as n8n exports it."""
    return {
        "parameters": parameters,
        "id": f"00000000-0000-4000-8000-{abs(hash(name)) % 10**12:012d}",
        "name": name,
        "type": type_ if "." in type_ else f"n8n-nodes-base.{type_}",
        "typeVersion": version,
        "position": [240, 300],
        "credentials": {"someApi": {"id": "kQ2x", "name": "An account"}},
    }


def workflow(name: str, *nodes: Json, **more: Any) -> Json:
    """Return a workflow whose nodes follow each other in a chain."""
    pairs = pairwise(nodes)
    lines = {a["name"]: {"main": [[{"node": b["name"], "type": "main", "index": 0}]]} for a, b in pairs}
    return {
        "name": name,
        "nodes": list(nodes),
        "pinData": {},
        "connections": lines,
        "active": False,
        "settings": {"executionOrder": "v1"},
        "versionId": "5c1d2b7e-0000-4000-8000-000000000000",
        "meta": {"instanceId": "0" * 64},
        "id": "Xb1ZtQ",
        "tags": [],
        **more,
    }


def module(number: int, name: str, mapper: Json, **more: Any) -> Json:
    """Return a module as Make exports it."""
    return {
        "id": number,
        "module": name,
        "version": 1,
        "parameters": {"__IMTCONN__": 1234567},
        "mapper": mapper,
        "metadata": {"designer": {"x": 300 * number, "y": 0}, "restore": {}, "expect": []},
        **more,
    }


def blueprint(name: str, *modules: Json, **more: Any) -> Json:
    return {
        "name": name,
        "flow": list(modules),
        "metadata": {
            "instant": False,
            "version": 1,
            "scenario": {
                "roundtrips": 1,
                "maxErrors": 3,
                "autoCommit": True,
                "sequential": False,
                "dlq": False,
            },
            "designer": {"orphans": []},
            "zone": "eu1.make.com",
        },
        **more,
    }


N8N_MAIL = workflow(
    "Answer support mail",
    node(
        "Gmail Trigger",
        "gmailTrigger",
        {"pollTimes": {"item": [{"mode": "everyMinute"}]}, "simple": False, "filters": {"q": "label:support"}, "options": {}},
        1.2,
    ),
    node(
        "Write the answer",
        "@n8n/n8n-nodes-langchain.openAi",
        {
            "modelId": {"__rl": True, "value": "gpt-4o-mini", "mode": "list", "cachedResultName": "GPT-4O-MINI"},
            "messages": {
                "values": [
                    {"content": "You answer for Harbour Desk. Be short and friendly.", "role": "system"},
                    {"content": "=From {{ $json.from.value[0].name }}:\n{{ $json.text }}"},
                ]
            },
            "options": {"temperature": 0.3},
        },
        1.8,
    ),
    node(
        "Reply",
        "gmail",
        {
            "operation": "reply",
            "messageId": "={{ $('Gmail Trigger').item.json.id }}",
            "emailType": "text",
            "message": "={{ $json.message.content }}",
            "options": {},
        },
        2.1,
    ),
)  # fmt: skip
N8N_LEADS = workflow(
    "Qualify leads",
    node("Form", "webhook", {"httpMethod": "POST", "path": "lead", "responseMode": "responseNode", "options": {}}, 2),
    node(
        "Only the shop",
        "if",
        {
            "conditions": {
                "options": {"caseSensitive": True, "version": 2},
                "conditions": [
                    {
                        "leftValue": "={{ $json.body.source }}",
                        "rightValue": "shop",
                        "operator": {"type": "string", "operation": "equals"},
                    }
                ],
                "combinator": "and",
            }
        },
        2.2,
    ),
    node(
        "Names",
        "set",
        {
            "assignments": {
                "assignments": [
                    {"id": "a", "name": "who", "value": "={{ $json.body.first }} {{ $json.body.last }}", "type": "string"},
                    {"id": "b", "name": "mail", "value": "={{ $json.body.email }}", "type": "string"},
                ]
            },
            "options": {},
        },
        3.4,
    ),
    node(
        "Agent",
        "@n8n/n8n-nodes-langchain.agent",
        {
            "promptType": "define",
            "text": "=Say how serious this is. {{ $json.who }} wrote: {{ $('Form').item.json.body.message }}",
            "hasOutputParser": True,
            "options": {"systemMessage": "You sort leads."},
        },
        1.7,
    ),
    node(
        "Slack",
        "slack",
        {
            "select": "channel",
            "channelId": {"__rl": True, "value": "C0123", "mode": "list", "cachedResultName": "sales"},
            "text": "={{ $('Names').item.json.who }} is {{ $json.output.temperature }}: {{ $json.output.reason }}",
            "otherOptions": {},
        },
        2.3,
    ),
    node(
        "HubSpot",
        "hubspot",
        {
            "email": "={{ $('Names').item.json.mail }}",
            "additionalFields": {"firstName": "={{ $('Form').item.json.body.first }}", "message": "={{ $('Agent').item.json.output.reason }}"},
            "options": {},
        },
        2.1,
    ),
    node("Answer", "respondToWebhook", {"respondWith": "text", "responseBody": "={{ $json.output.reason }}"}, 1.1),
)  # fmt: skip
N8N_LEADS["nodes"] += [
    node("Model", "@n8n/n8n-nodes-langchain.lmChatAnthropic", {"model": {"__rl": True, "value": "claude-haiku-4-5", "mode": "list"}, "options": {}}),
    node(
        "Parser",
        "@n8n/n8n-nodes-langchain.outputParserStructured",
        {"jsonSchemaExample": '{"temperature": "hot", "reason": "wants to buy", "score": 7, "call": true}'},
        1.2,
    ),
    node("Note", "stickyNote", {"content": "## Leads"}),
]  # fmt: skip
N8N_LEADS["connections"] |= {
    "Model": {"ai_languageModel": [[{"node": "Agent", "type": "ai_languageModel", "index": 0}]]},
    "Parser": {"ai_outputParser": [[{"node": "Agent", "type": "ai_outputParser", "index": 0}]]},
}
N8N_DAILY = workflow(
    "Daily orders",
    node("Every day", "scheduleTrigger", {"rule": {"interval": [{"triggerAtHour": 7, "triggerAtMinute": 30}]}}, 1.2),
    node("Get mails", "gmail", {"operation": "getAll", "limit": 10, "filters": {}}, 2.1),
    node("Tidy", "code", {"jsCode": "return items;"}, 2),
    node(
        "Ask",
        "openAi",
        {
            "resource": "chat",
            "model": "gpt-4",
            "prompt": {"messages": [{"role": "system", "content": "Take out the order."}, {"content": "={{ $json.snippet.trim() }}"}]},
            "options": {},
        },
    ),
    node(
        "Row",
        "airtable",
        {
            "operation": "create",
            "base": {"__rl": True, "value": "app1", "mode": "list"},
            "table": {"__rl": True, "value": "tbl1", "mode": "list", "cachedResultName": "Orders"},
            "columns": {"mappingMode": "defineBelow", "value": {"Text": "={{ $json.message.content }}", "When": "={{ $now.toISO() }}"}},
            "options": {},
        },
        2.1,
    ),
    node("Sheet", "googleSheets", {"operation": "append"}, 4.5),
    node("Text", "twilio", {"from": "+1", "to": "+2", "message": "done"}),
)  # fmt: skip
MAKE_FORM = blueprint(
    "Contact form",
    module(1, "gateway:CustomWebHook", {}, parameters={"hook": 4711, "maxResults": 1}),
    module(
        2,
        "openai-gpt-3:CreateCompletion",
        {
            "model": "gpt-4o",
            "select": "chat",
            "messages": [
                {"role": "system", "content": "Answer this enquiry as JSON with subject and body."},
                {"role": "user", "content": "{{1.name}} wrote: {{1.message}}"},
            ],
            "max_tokens": "800",
            "temperature": "0.5",
            "response_format": "json_object",
        },
        filter={"name": "Shop", "conditions": [[{"a": "{{1.source}}", "b": "shop", "o": "text:equal"}]]},
    ),
    module(3, "json:ParseJSON", {"json": "{{2.result}}"}),
    module(4, "google-email:ActionSendEmail", {"to": ["{{1.email}}"], "subject": "{{3.subject}}", "html": "{{3.body}}"}),
    module(
        5,
        "builtin:BasicRouter",
        {},
        routes=[
            {"flow": [module(6, "slack:CreateMessage", {"channel": "#sales", "text": "{{upper(1.name)}} got an answer: {{3.subject}}"})]},
            {"flow": [module(7, "google-sheets:addRow", {"values": {"0": "{{1.name}}"}})]},
        ],
    ),
)  # fmt: skip
MAKE_MAIL = blueprint(
    "Label mail",
    module(1, "google-email:TriggerNewEmail", {}, parameters={"folder": "INBOX", "xGmRaw": "is:unread", "account": 1}),
    module(
        2,
        "anthropic-claude:createAMessage",
        {"model": "claude-haiku-4-5", "system": "Say in one line what this is about.", "messages": [{"role": "user", "content": "{{1.subject}}\n{{1.fullTextBody}}"}]},
    ),
    module(3, "telegram:SendReplyMessage", {"chatId": "{{2.textResponse}}", "text": "{{2.content[].text}}"}),
    scheduling={"type": "daily", "time": "07:15"},
)  # fmt: skip
ALL = {
    "n8n mail": N8N_MAIL,
    "n8n leads": N8N_LEADS,
    "n8n daily": N8N_DAILY,
    "Make form": MAKE_FORM,
    "Make mail": MAKE_MAIL,
}


def without(data: Json, *names: str) -> Json:
    """Return a copy of a workflow without some of its nodes."""
    found = copy.deepcopy(data)
    found["nodes"] = [one for one in found["nodes"] if one["name"] not in names]
    return found

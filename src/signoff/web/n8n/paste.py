"""
The three steps by which a workflow asks, sleeps and goes on, as n8n takes them from the clipboard.

They hold an address and names, and no secret: n8n asks for the key when one opens the first of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from signoff.outputs.contract import ContractField

ANSWER = "$json.body.data.answer"  # of what wakes a workflow
# What n8n's own AI nodes give: OpenAI from version 2 on, AI Agent, OpenAI before that, Basic LLM Chain.
WRITTEN = "$json.output?.[0]?.content?.[0]?.text ?? $json.output ?? $json.message?.content ?? $json.text"
WEBHOOK = "Webhook"
PLAIN = re.compile(r"[A-Za-z_]\w*")
# So long it asks again while Signoff is being started anew.
PATIENT = {"retryOnFail": True, "maxTries": 5, "waitBetweenTries": 5000}


@dataclass(frozen=True)
class Wanted:
    """
    What is to be asked: an integration by its name, the fields of its answer, and where n8n reaches this Signoff.

    `first` is the step that brings the record; `has_draft` says that an AI of the workflow stands right before.
    """

    integration: str
    fields: Sequence[ContractField]
    address: str
    first: str = WEBHOOK
    has_draft: bool = True


def with_our_nodes(wanted: Wanted) -> str:
    """Return the three steps, the first of them our own node."""
    options = {"draft": f"={{{{ {draft_of(wanted.fields)} }}}}"} if wanted.has_draft else {}
    ask = {
        "name": "Signoff",
        "type": "n8n-nodes-signoff.signoff",
        "typeVersion": 1,
        **PATIENT,
        "parameters": {
            "operation": "ask",
            "integration": wanted.integration,
            "record": f"={{{{ {record_of(wanted.first)} }}}}",
            "options": options,
        },
    }
    return _text(ask)


def with_n8ns_own(wanted: Wanted) -> str:
    """Return the three steps of what every n8n has."""
    lines = [
        f"integration: {_quoted(wanted.integration)}",
        f"record: {record_of(wanted.first)}",
        *([f"draft: {draft_of(wanted.fields)}"] if wanted.has_draft else []),
        "callback: { url: $execution.resumeUrl }",
    ]
    body = ",\n".join(f"  {line}" for line in lines)
    ask = {
        "name": "Ask for sign-off",
        "type": "n8n-nodes-base.httpRequest",
        "typeVersion": 4.2,
        **PATIENT,
        "parameters": {
            "method": "POST",
            "url": f"{wanted.address}/api/v1/proposals",
            "authentication": "genericCredentialType",
            "genericAuthType": "httpBearerAuth",
            "sendBody": True,
            "specifyBody": "json",
            "jsonBody": f"={{{{ {{\n{body}\n}} }}}}",
        },
    }
    return _text(ask)


def record_of(first: str) -> str:
    """Return, as n8n reckons it, the record that a step brings: of a webhook without the caller's headers."""
    item = f"$({_quoted(first)}).item.json"
    return f"{item}.body" if first == WEBHOOK else f"{item}.webhookUrl ? {item}.body : {item}"


def draft_of(fields: Sequence[ContractField]) -> str:
    """Return, as n8n reckons it, the draft that an AI has written; the other fields are taken by their names."""
    main = main_of(fields)
    texts = [f"{_key(main.name)}: {WRITTEN}"] if main else []
    others = [f"{_key(one.name)}: $json{_dot(one.name)}" for one in also_needed(fields)]
    return f"{{ {', '.join([*texts, *others])} }}"


def also_needed(fields: Sequence[ContractField]) -> list[ContractField]:
    """Return what a draft needs beside the text that an AI node writes; all there is, where no field holds a text."""
    main = main_of(fields)
    return [one for one in fields if one != main and (one.required or main is None)]


def main_of(fields: Sequence[ContractField]) -> ContractField | None:
    """Return the field that holds the text as such: `body`, else the text that may be longest."""
    texts = [one for one in fields if one.type == "text"]
    by_name = [one for one in texts if one.name == "body"]
    return next(iter(by_name), None) or max(
        texts, key=lambda one: float("inf") if one.max is None else one.max, default=None
    )


def answers(fields: Sequence[ContractField]) -> list[tuple[str, str]]:
    """Return for each field what stands in the step that acts: [("body", "{{ $json.body.data.answer.body }}")]."""
    return [(one.name, f"{{{{ {ANSWER}{_dot(one.name)} }}}}") for one in fields]


def _text(ask: dict[str, Any]) -> str:
    """Return three steps one behind the other, as n8n copies them, and as a person can read them."""
    sleep = {
        "name": "Wait",
        "type": "n8n-nodes-base.wait",
        "typeVersion": 1.1,
        "parameters": {"resume": "webhook", "httpMethod": "POST", "options": {}},
    }
    is_there = {"type": "object", "operation": "notEmpty", "singleValue": True}
    decide = {
        "name": "Approved?",
        "type": "n8n-nodes-base.if",
        "typeVersion": 2.2,
        "parameters": {
            "options": {},
            "conditions": {
                "combinator": "and",
                "options": {"version": 2, "caseSensitive": True, "leftValue": "", "typeValidation": "strict"},
                "conditions": [{"leftValue": f"={{{{ {ANSWER} }}}}", "rightValue": "", "operator": is_there}],
            },
        },
    }
    nodes = [{**node, "position": [240 * number, 0]} for number, node in enumerate((ask, sleep, decide))]
    links = {
        str(one["name"]): {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
        for one, after in ((ask, sleep), (sleep, decide))
    }
    return json.dumps({"nodes": nodes, "connections": links}, indent=1, ensure_ascii=False)


def _key(name: str) -> str:
    return name if PLAIN.fullmatch(name) else _quoted(name)


def _dot(name: str) -> str:
    return f".{name}" if PLAIN.fullmatch(name) else f"[{_quoted(name)}]"


def _quoted(text: str) -> str:
    """Return a text as JavaScript writes it. Braces go another way: n8n looks for the end of an expression by them."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'").replace('\\"', '"')
    return "'" + inside.replace("{", "\\u007b").replace("}", "\\u007d") + "'"

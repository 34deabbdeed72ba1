"""Reads a workflow that n8n has exported: which node begins it, which asks an AI, and what is written after that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from signoff.moving import n8n_asks, n8n_writes
from signoff.moving.cron import from_rule, from_times
from signoff.moving.n8n_flow import Flow, Json, Node
from signoff.moving.shapes import Found, Note, NotReadable, Ref, Start, Write
from signoff.moving.vocabulary import ADVICE, as_text, entries, lost

# Nodes that change nothing in what passes through them, or that are noted and then stepped over.
SILENT = {"stickynote", "noop"}
NOTED = {
    "code": "code", "function": "code", "functionitem": "code", "executecommand": "code", "aitransform": "code",
    "if": "condition", "switch": "condition", "filter": "condition", "merge": "merge", "wait": "wait",
    "splitinbatches": "loop", "splitout": "loop", "itemlists": "loop", "aggregate": "loop", "limit": "loop",
    "removeduplicates": "loop", "summarize": "code", "datetime": "code", "html": "code", "markdown": "code",
    "crypto": "code",
    "googlesheets": "sheet", "executeworkflow": "lookup", "extractfromfile": "lookup", "converttofile": "code",
}  # fmt: skip
# Triggers by their node, with the app here, what happens there, and where the details stand.
TRIGGERS = {
    "gmailtrigger": ("gmail", "mail_received"),
    "emailreadimap": ("mail", "mail_received"),
    "microsoftoutlooktrigger": ("mail", "mail_received"),
    "whatsapptrigger": ("whatsapp", "message_received"),
    "telegramtrigger": ("telegram", "message_received"),
    "airtabletrigger": ("airtable", "record_created"),
    "notiontrigger": ("notion", "page_added"),
    "hubspottrigger": ("hubspot", "contact_created"),
    "webhook": ("", "webhook"),
    "formtrigger": ("", "webhook"),
    "chattrigger": ("", "webhook"),
    "manualchattrigger": ("", "webhook"),
    "googlesheetstrigger": ("", "upload"),
}
HUBSPOT = {
    "contact.creation": "contact_created", "contact.propertychange": "contact_changed",
    "company.creation": "company_created", "company.propertychange": "company_changed",
    "deal.creation": "deal_created", "deal.propertychange": "deal_changed",
}  # fmt: skip
READS = {"gmail": ("gmail", "mail_received"), "hubspot": ("hubspot", "contact_created"),
         "airtable": ("airtable", "record_created"), "notion": ("notion", "page_added")}  # fmt: skip
LOOKS_UP = re.compile(r"^(?:get|search|list|read|lookup|download)", re.IGNORECASE)


def read(data: Json) -> Found:
    """Return what a workflow says. Raises `NotReadable` where it has no beginning or asks no AI."""
    flow = _flow(data)
    triggers = [node for node in flow.nodes.values() if _begins(node, flow)]
    ways = [(node, _way(flow, node)) for node in triggers]
    with_ai = [(node, way) for node, way in ways if any(n8n_asks.is_ask(one) for one in way)]
    if not any(n8n_asks.is_ask(node) for node in flow.nodes.values()):
        raise NotReadable(
            "No step of this workflow asks an AI, so there is nothing that a person here would have to sign.",
            "Keep it in n8n, or let it hand its records in by webhook.",
        )
    if not with_ai:
        raise NotReadable(
            "In this workflow no beginning leads to a step that asks an AI.",
            "Connect the steps in n8n, and export it again.",
        )
    flow.trigger, way = with_ai[0]
    flow.ai = next(node for node in way if n8n_asks.is_ask(node))
    start = _start(flow, way)
    for node in triggers:
        if node is not flow.trigger:
            flow.note(
                f"The beginning “{node.name}” was left out; an integration begins in one way.",
                "Make a second integration for it.",
            )
    ask = n8n_asks.read(flow, flow.ai)
    writes = list(_writes(flow, start, way))
    return Found("n8n", as_text(data.get("name")), start, ask, writes, flow.notes)


def _flow(data: Json) -> Flow:
    nodes: dict[str, Node] = {}
    for raw in data["nodes"]:
        if not isinstance(raw, dict) or raw.get("disabled") is True:
            continue
        type_, params = as_text(raw.get("type")), raw.get("parameters")
        name = as_text(raw.get("name")) or type_
        nodes[name] = Node(
            name[:120],
            type_.rpartition(".")[2].lower(),
            "langchain" in type_,
            params if isinstance(params, dict) else {},
        )
    flow = Flow(nodes)
    lines = data.get("connections")
    for name, kinds in lines.items() if isinstance(lines, dict) else ():
        for kind, outputs in kinds.items() if isinstance(kinds, dict) and name in nodes else ():
            for target in _targets(outputs):
                if target not in nodes:
                    continue
                if kind == "main":
                    flow.after.setdefault(name, []).append(target)
                    flow.before.setdefault(target, []).append(name)
                else:
                    flow.helpers.setdefault(target, []).append((kind, name))
    return flow


def _targets(outputs: Any) -> Iterator[str]:
    for output in outputs if isinstance(outputs, list) else ():
        for line in output if isinstance(output, list) else ():
            if isinstance(line, dict):
                yield as_text(line.get("node"))


def _begins(node: Node, flow: Flow) -> bool:
    named_so = (
        node.kind.endswith("trigger") or node.kind in TRIGGERS or node.kind in ("cron", "interval", "start")
    )
    return named_so and node.name not in flow.before


def _way(flow: Flow, start: Node) -> list[Node]:
    """Return the nodes that follow a beginning, the nearest first."""
    found, waiting = {start.name: start}, [start.name]
    while waiting:
        for name in flow.after.get(waiting.pop(0), []):
            if name not in found:
                found[name] = flow.nodes[name]
                waiting.append(name)
    return list(found.values())


def _start(flow: Flow, way: list[Node]) -> Start:
    node = flow.trigger
    assert node is not None  # noqa: S101  # chosen by whoever asks
    start = Start(step=node.name)
    if node.kind in ("scheduletrigger", "cron", "interval"):
        start.schedule = from_rule(node.params.get("rule")) or from_times(node.params.get("triggerTimes"))
        if not start.schedule:
            flow.note(f"When “{node.name}” begins could not be read.", "Write the times in the first step.")
            start.schedule = "0 9 * * *"
        reader = next((one for one in way if one.kind in READS and LOOKS_UP.match(one.operation)), None)
        if reader is not None and flow.ai in way[way.index(reader) :]:
            start.app, start.when = READS[reader.kind]
            if start.app == "gmail":
                start.only_if["kind"] = ["person", "group"]
            flow.note(
                f"“{reader.name}” took what it found each time. Here each record comes once: what is new "
                f"since the last time.",
                "Nothing, if that is what you want.",
            )
    elif node.kind in TRIGGERS:
        start.app, start.when = TRIGGERS[node.kind]
        if node.kind == "hubspottrigger":
            _hubspot(flow, node, start)
        if node.kind.endswith("trigger") and start.app in ("gmail", "mail"):
            start.schedule = _seldom(from_times(node.params.get("pollTimes")))
            _mail_filters(flow, node, start)
        if node.kind in ("formtrigger", "chattrigger", "manualchattrigger"):
            flow.note(
                f"The form or chat “{node.name}” is a page of n8n.",
                "Let a form of your own send to the address that the integration's page shows once it is on.",
            )
        if node.kind == "microsoftoutlooktrigger":
            flow.note("Outlook is read as a mailbox here.", "Connect the mailbox under Connections, E-mail.")
        if start.when == "upload":
            flow.note(
                "Signoff does not watch a Google Sheet.",
                "Upload the sheet as a table, or let it send its rows by webhook.",
            )
    elif node.kind in ("manualtrigger", "start"):
        start.when = "upload"
        flow.note("It was begun by hand.", "Upload a table of records, or choose another beginning.")
    else:
        start.when = "webhook"
        app = _said(node.kind.removesuffix("trigger"))
        flow.note(
            f"Signoff cannot watch {app} by itself yet.",
            f"Let {app}, or n8n, send each record to the address that the integration's page shows once it is on.",
        )
    flow.app = start.app
    return start


def _hubspot(flow: Flow, node: Node, start: Start) -> None:
    events = node.params.get("eventsUi")
    values = entries(events.get("eventValues")) if isinstance(events, dict) else []
    names = [as_text(one.get("name")).lower() for one in values]
    known = [HUBSPOT[name] for name in names if name in HUBSPOT]
    moved = any(one.get("property") == "dealstage" for one in values)
    start.when = "deal_moved" if moved else known[0] if known else "contact_created"
    if len(names) > 1:
        flow.note(f"“{node.name}” has {len(names)} kinds of events.", "Make an integration for each of them.")


def _seldom(cron: str) -> str:
    """Return a schedule, "" for one of every few minutes: Signoff looks that often by itself."""
    minute = cron.partition(" ")[0]
    return "" if minute == "*" or minute.startswith("*/") else cron


def _mail_filters(flow: Flow, node: Node, start: Start) -> None:
    filters = node.params.get("filters")
    filters = filters if isinstance(filters, dict) else {}
    sender = as_text(filters.get("sender"))
    if re.fullmatch(r"[^@\s,=]+@[^@\s,]+", sender):
        start.only_if["from_email"] = sender
    more = [name for name, value in filters.items() if value and name not in ("sender", "readStatus")]
    if more or (sender and "from_email" not in start.only_if):
        flow.note(
            f"The filter of “{node.name}” ({', '.join(_said(one) for one in more) or 'sender'}) was left out.",
            "Choose under “Only if” which e-mails are wanted, or let a filter of your mailbox sort them.",
        )
    start.only_if.setdefault("kind", ["person", "group"])


def _writes(flow: Flow, start: Start, way: list[Node]) -> Iterator[Write]:
    """Return what is done with the answer, and note every other step of the way."""
    assert flow.ai is not None  # noqa: S101
    after = {node.name for node in _way(flow, flow.ai)} - {flow.ai.name}
    for node in way:
        if node in (flow.trigger, flow.ai) or node.kind in SILENT or _signs_off(flow, node):
            continue
        if node.kind in ("if", "filter") and node.name not in after and _only_if(flow, node, start):
            continue
        if n8n_asks.is_ask(node):
            flow.notes.append(
                Note(f"The step “{node.name}” asks an AI once more; it was left out.", ADVICE["ai"])
            )
        elif node.kind == "set":
            continue  # its values were put where they are used
        elif node.kind in NOTED:
            flow.notes.append(lost(node.name, _said(node.kind), NOTED[node.kind]))
        elif LOOKS_UP.match(node.operation) or (node.kind == "httprequest" and _only_gets(node)):
            if not (node.kind in READS and READS[node.kind][0] == start.app):
                flow.notes.append(lost(node.name, f"it reads from {_said(node.kind)}", "lookup"))
        elif node.name in after:
            yield from n8n_writes.read(flow, node)
        else:
            flow.notes.append(
                Note(
                    f"The step “{node.name}” ({_said(node.kind)}) does something before the AI is asked; it "
                    f"was left out.",
                    "Everything here happens after a person has approved. Add it behind the answer if it is needed.",
                )
            )


def _signs_off(flow: Flow, node: Node) -> bool:
    """Say whether a step is one of the three by which a workflow has an answer signed off here (docs/n8n.md)."""
    if node.kind == "signoff":
        return True
    if node.kind == "httprequest":
        return as_text(node.params.get("url")).rstrip("/ }\"'").endswith("/api/v1/proposals")
    if node.kind == "wait":
        return any(_signs_off(flow, flow.nodes[name]) for name in flow.before.get(node.name, []))
    lefts = [as_text(left) for left, _, _ in _rules(node.params.get("conditions"))]
    return node.kind in ("if", "filter") and bool(lefts) and all("body.data.answer" in left for left in lefts)


def _only_gets(node: Node) -> bool:
    return as_text(node.params.get("method") or node.params.get("requestMethod") or "GET").upper() == "GET"


def _only_if(flow: Flow, node: Node, start: Start) -> bool:
    """Turn "this field is that" before the AI into `only_if`; False where a condition says something else."""
    found: dict[str, Any] = {}
    rules = list(_rules(node.params.get("conditions")))
    for left, operation, right in rules:
        text = flow.text(left, node)
        if operation not in ("equal", "equals") or len(text) != 1 or not isinstance(text[0], Ref):
            return False
        if text[0].source != "record" or not as_text(right) or as_text(right).startswith("="):
            return False
        found[text[0].path] = as_text(right)
    start.only_if |= found
    return bool(rules)


def _rules(conditions: Any) -> Iterator[tuple[Any, str, Any]]:
    if not isinstance(conditions, dict):
        return
    for one in entries(conditions.get("conditions")):
        operator = one.get("operator")
        name = operator.get("operation") if isinstance(operator, dict) else ""
        yield one.get("leftValue"), as_text(name), one.get("rightValue")
    for kind in ("string", "number", "boolean"):
        for one in entries(conditions.get(kind)):
            yield one.get("value1"), as_text(one.get("operation") or "equal"), one.get("value2")


def _said(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).replace("_", " ")[:60] or "a step"

"""Reads a workflow that n8n has exported: which node begins it, which asks an AI, and what is written after that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from signoff.moving import n8n_asks, n8n_writes
from signoff.moving.cron import from_rule, from_times
from signoff.moving.shapes import Found, Note, NotReadable, Ref, Start, Text, Write
from signoff.moving.vocabulary import ADVICE, as_text, field_of, lost

MOST_HOPS = 40
MOST_LOOKED = 5_000
Json = dict[str, Any]

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


@dataclass
class Node:
    """One node; `kind` is its type without the package, in small letters."""

    name: str
    kind: str
    is_ai_kit: bool
    params: Json
    version: float = 1

    @property
    def operation(self) -> str:
        return as_text(self.params.get("operation"))


@dataclass
class Flow:
    """The nodes of a workflow, and how they hang together; `notes` grow while it is read."""

    nodes: dict[str, Node]
    after: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    helpers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # of an AI: (kind of line, node)
    notes: list[Note] = field(default_factory=list)
    trigger: Node | None = None
    app: str = ""
    ai: Node | None = None
    looking: list[tuple[str, str]] = field(
        default_factory=list
    )  # the values being worked out, from the outside in
    looked: int = 0

    def note(self, what: str, do: str) -> None:
        one = Note(what, do)
        if one not in self.notes:
            self.notes.append(one)

    def text(self, value: Any, node: Node, what: str = "") -> Text:
        """Return a parameter as a text with values in it; what cannot be worked out is noted."""
        if isinstance(value, Mapping):  # a "resource locator": {"__rl": true, "mode": "list", "value": …}
            value = (
                value.get("value") if value.get("value") not in (None, "") else value.get("cachedResultName")
            )
        if isinstance(value, list):
            value = next((one for one in value if isinstance(one, str)), "")
        words = as_text(value)
        if not words.startswith("="):
            return (words,) if words else ()
        pieces: list[str | Ref] = []
        for number, piece in enumerate(re.split(r"\{\{(.*?)\}\}", words[1:], flags=re.DOTALL)):
            pieces += self._worked_out(piece, node, what) if number % 2 else [piece] if piece else []
        return tuple(pieces)

    def _worked_out(self, expression: str, node: Node, what: str) -> Text:
        found = EXPRESSION.match(" ".join(expression.split()))
        if found is None:
            self.note(
                f"“{_short(expression)}” in the step “{node.name}” is worked out by n8n.",
                "Write a field of the record in its place, or ask the AI for it.",
            )
            return ()
        other = found["node"] or found["node2"] or found["node3"]
        path = _path(found["path"])
        if found["rest"].strip():
            self.note(
                f"“{_short(expression)}” in the step “{node.name}” changes a value; it came along as it is.",
                "If that matters, say in the task how it should look.",
            )
        source = self.nodes.get(other) if other else self._one_before(node)
        return self._value(source, path)

    def _one_before(self, node: Node) -> Node | None:
        names = self.before.get(node.name) or []
        return self.nodes.get(names[0]) if names else None

    def _value(self, node: Node | None, path: list[str], hops: int = 0) -> Text:
        """Return what stands at a path in what a node gives: of the record, of the answer, or as a Set node says."""
        if node is None or hops > MOST_HOPS:
            return (Ref("record", field_of(self.app, ".".join(path))),) if path else ()
        if node is self.trigger:
            return (Ref("record", field_of(self.app, ".".join(path))),) if path else (Ref("record", "id"),)
        if node is self.ai:
            return (Ref("answer", ".".join(path)),)
        if node.kind == "set" and path:
            given = dict(_assigned(node))
            prefixes = (".".join(path[:length]) for length in range(len(path), 0, -1))
            name = next((prefix for prefix in prefixes if prefix in given), None)
            if name is not None and self._may_look(node.name, name):
                self.looking.append((node.name, name))
                found = self.text(given[name], node)
                self.looking.pop()
                return found
        return self._value(self._one_before(node), path, hops + 1)

    def _may_look(self, node: str, name: str) -> bool:
        """Say whether a Set node's value can be followed: not in a circle, and not for ever."""
        self.looked += 1
        return (
            (node, name) not in self.looking and len(self.looking) < MOST_HOPS and self.looked < MOST_LOOKED
        )


EXPRESSION = re.compile(
    r"""^\s*(?:
        \$json | \$input\.(?:item|first\(\)|last\(\))\.json
        | \$node\[\s*["'](?P<node>[^"']+)["']\s*\]\.json
        | \$\(\s*["'](?P<node2>[^"']+)["']\s*\)\.(?:item|first\(\)|last\(\)|all\(\)\[0\])\.json
        | \$items\(\s*["'](?P<node3>[^"']+)["'].{0,20}?\)\[0\]\.json
    )
    (?P<path>(?:\??\.[A-Za-z_$][\w$]*(?![\w$]*\s*\() | \??\.?\[\s*(?:"[^"]*"|'[^']*'|\d+)\s*\])*)
    (?P<rest>.*)$""",
    re.VERBOSE | re.DOTALL,
)
PART = re.compile(r"""\.([A-Za-z_$][\w$]*)|\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]""")


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
        version = raw.get("typeVersion")
        nodes[name] = Node(
            name[:120],
            type_.rpartition(".")[2].lower(),
            "langchain" in type_,
            params if isinstance(params, dict) else {},
            float(version) if isinstance(version, int | float) else 1.0,
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
    values = events.get("eventValues") if isinstance(events, dict) else None
    names = [as_text(one.get("name")).lower() for one in values or [] if isinstance(one, dict)]
    known = [HUBSPOT[name] for name in names if name in HUBSPOT]
    moved = any(isinstance(one, dict) and one.get("property") == "dealstage" for one in values or [])
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
        if node in (flow.trigger, flow.ai) or node.kind in SILENT:
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
    for one in conditions.get("conditions") if isinstance(conditions.get("conditions"), list) else ():
        if isinstance(one, dict):
            operator = one.get("operator")
            name = operator.get("operation") if isinstance(operator, dict) else ""
            yield one.get("leftValue"), as_text(name), one.get("rightValue")
    for kind in ("string", "number", "boolean"):
        for one in conditions.get(kind) if isinstance(conditions.get(kind), list) else ():
            if isinstance(one, dict):
                yield one.get("value1"), as_text(one.get("operation") or "equal"), one.get("value2")


def _assigned(node: Node) -> Iterator[tuple[str, Any]]:
    """Return the names and values that a Set node gives, in any of its versions."""
    params = node.params
    newer = params.get("assignments")
    older = params.get("fields")
    oldest = params.get("values")
    lists: list[Any] = [
        newer.get("assignments") if isinstance(newer, dict) else None,
        older.get("values") if isinstance(older, dict) else None,
        *(oldest.values() if isinstance(oldest, dict) else ()),
    ]
    for entries in lists:
        for one in entries if isinstance(entries, list) else ():
            if isinstance(one, dict):
                value = next((one[key] for key in ("value", "stringValue", "numberValue") if key in one), "")
                yield as_text(one.get("name")), value
    raw = params.get("jsonOutput")
    if isinstance(raw, str):
        try:
            data = json.loads(raw.removeprefix("="))
        except (ValueError, RecursionError):
            return
        for name, value in data.items() if isinstance(data, dict) else ():
            yield str(name), f"={value}" if raw.startswith("=") and isinstance(value, str) else value


def _path(text: str) -> list[str]:
    return [next(part for part in found.groups() if part is not None) for found in PART.finditer(text)]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else f"{words[:57]}…"


def _said(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).replace("_", " ")[:60] or "a step"

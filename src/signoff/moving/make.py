"""Reads a blueprint that Make has exported: a chain of modules, of which one asks an AI."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from signoff.moving import make_writes
from signoff.moving.cron import from_scheduling
from signoff.moving.forms import fields_of_schema
from signoff.moving.shapes import Ask, Found, Note, NotReadable, Ref, Start, Text, Write
from signoff.moving.vocabulary import ADVICE, IN_BRACES, as_text, entries, field_of, lost

Json = dict[str, Any]
MOST_LEVELS = 20

# Apps of Make by ours; the module's name says whether it begins something or does something.
APPS = {
    "google-email": "gmail", "gmail": "gmail", "email": "mail", "microsoft-email": "mail", "hubspotcrm": "hubspot",
    "hubspot": "hubspot", "whatsapp-business-cloud": "whatsapp", "telegram": "telegram", "slack": "slack",
    "airtable": "airtable", "notion": "notion", "todoist": "todoist", "mattermost": "mattermost",
}  # fmt: skip
BEGINS = {
    "gmail": "mail_received", "mail": "mail_received", "whatsapp": "message_received", "telegram": "message_received",
    "airtable": "record_created", "notion": "page_added", "todoist": "task_added", "mattermost": "message_posted",
    "hubspot": "contact_created",
}  # fmt: skip
WATCHES = re.compile(r"(?:^trigger|watch|^new|^on[A-Z])", re.IGNORECASE)
AIS = {
    "openai-gpt-3": "openai", "openai": "openai", "anthropic-claude": "anthropic", "gemini-ai": "openai",
    "mistral-ai": "openai", "openrouter": "openai", "deepseek-ai": "openai", "groq": "openai", "ai-provider": "openai",
    "azure-openai": "openai", "perplexity-ai": "openai", "ai-tools": "openai", "ai-agent": "openai",
}  # fmt: skip
NOT_WORDS = re.compile(
    r"image|transcri|speech|audio|embedding|moderation|file|assistant.*(?:list|delete)", re.IGNORECASE
)
NOTED = {
    "builtin:basicrouter": "condition", "builtin:basicfeeder": "loop", "builtin:basicaggregator": "loop",
    "builtin:basicrepeater": "loop", "util:functionsleep": "wait", "util:switcher": "condition",
    "util:functionaggregator2": "loop", "util:textaggregator": "loop", "regexp:parser": "code",
    "regexp:replace": "code",
}  # fmt: skip
STEPPED_OVER = ("json:parsejson", "json:createjson", "json:aggregatetojson", "util:setvariable", "util:setvariable2",
                "util:setvariables", "util:getvariable", "util:getvariable2", "util:composetransformer")  # fmt: skip


@dataclass
class Module:
    """One module; `app` and `verb` are its name in Make, "google-email" and "ActionSendEmail"."""

    id: str
    app: str
    verb: str
    values: Json  # parameters and mapper together
    label: str
    filter: Json = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return f"{self.app}:{self.verb}".lower()


@dataclass
class Flow:
    """The modules in their order, without the routers that stand between them; `notes` grow while it is read."""

    modules: list[Module] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    app: str = ""
    ai: Module | None = None

    def note(self, what: str, do: str) -> None:
        one = Note(what, do)
        if one not in self.notes:
            self.notes.append(one)

    def text(self, value: Any, module: Module) -> Text:
        """Return a value of the mapper as a text with values in it; what cannot be worked out is noted."""
        if isinstance(value, list):
            value = next((one for one in value if isinstance(one, str)), "")
        if isinstance(value, Mapping):
            value = value.get("address") or value.get("text") or value.get("body") or ""
        pieces: list[str | Ref] = []
        for number, piece in enumerate(IN_BRACES.split(as_text(value))):
            pieces += self._worked_out(piece.strip(), module) if number % 2 else [piece] if piece else []
        return tuple(pieces)

    def _worked_out(self, expression: str, module: Module) -> Text:
        found = VALUE.fullmatch(expression)
        if found is None:
            found = VALUE_IN_FUNCTION.fullmatch(expression)
            if found is None:
                self.note(
                    f"“{expression[:60]}” in the step “{module.label}” is worked out by Make.",
                    "Write a field of the record in its place, or ask the AI for it.",
                )
                return ()
            self.note(
                f"“{expression[:60]}” in the step “{module.label}” changes a value; it came along as it is.",
                "If that matters, say in the task how it should look.",
            )
        return self._value(found["id"], _path(found["path"]))

    def _value(self, id: str, path: list[str], level: int = 0) -> Text:
        module = next((one for one in self.modules if one.id == id), None)
        if module is None or module is self.modules[0] or level > MOST_LEVELS:
            return (Ref("record", field_of(self.app, ".".join(path)) if path else "id"),)
        if module is self.ai:
            return (Ref("answer", ".".join(path)),)
        if module.kind == "json:parsejson":
            inner = self._inside(module.values.get("json"), module, level)
            if len(inner) == 1 and isinstance(inner[0], Ref):
                if inner[0].source == "answer":
                    return (Ref("answer", ".".join(path)),)
                return (Ref("record", field_of("", ".".join(path))),)
        if module.kind.startswith(("util:setvariable", "util:composetransformer")):
            value = module.values.get("value")
            if isinstance(module.values.get("variables"), list) and path:
                value = next(
                    (
                        one.get("value")
                        for one in module.values["variables"]
                        if isinstance(one, dict) and one.get("name") == path[0]
                    ),
                    None,
                )
            found = self._inside(value, module, level)
            if found:
                return found
        return (Ref("record", field_of("", ".".join(path)) if path else "id"),)

    def _inside(self, value: Any, module: Module, level: int) -> Text:
        found = VALUE.fullmatch(as_text(value).strip().removeprefix("{{").removesuffix("}}").strip())
        return (
            self._value(found["id"], _path(found["path"]), level + 1) if found else self.text(value, module)
        )


PART = r"(?:\.?[\w$ -]+|\.?`[^`]*`|\[\d*\])"
VALUE = re.compile(rf"(?P<id>\d+)(?:\.(?P<path>(?:`[^`]*`|[\w$ -]+|\[\d*\]){PART}*))?", re.DOTALL)
VALUE_IN_FUNCTION = re.compile(
    rf"(?:[a-z][A-Za-z]*\()+\s*(?P<id>\d+)\.(?P<path>(?:`[^`]*`|[\w$ -]+|\[\d*\]){PART}*)\s*(?:;[^{{}}]*)?\)+",
    re.DOTALL,
)


def read(data: Json) -> Found:
    """Return what a blueprint says. Raises `NotReadable` where it has no beginning or asks no AI."""
    flow = Flow()
    flow.modules = list(_chain(flow, data["flow"], 0))
    if not flow.modules:
        raise NotReadable(
            "This blueprint holds no modules.", "Build the scenario in Make first, and export it again."
        )
    place = next((n for n, one in enumerate(flow.modules) if _asks(one)), None)
    if place is None:
        raise NotReadable(
            "No module of this scenario asks an AI, so there is nothing that a person here would have to sign.",
            "Keep it in Make, or let it hand its records in by webhook.",
        )
    flow.ai = flow.modules[place]
    start = _start(flow, data, place)
    ask = _ask(flow, flow.ai)
    if place:
        _take_filter(flow, flow.ai, start)
    for module in flow.modules[1:place]:
        _before(flow, module, start)
    writes = [one for module in flow.modules[place + 1 :] for one in _after(flow, module)]
    return Found("Make", as_text(data.get("name")), start, ask, writes, flow.notes)


def _chain(flow: Flow, modules: Any, level: int) -> Iterator[Module]:
    """Return the modules as one chain: the ways of a router one after the other, which is noted."""
    for raw in modules if isinstance(modules, list) and level < MOST_LEVELS else ():
        if not isinstance(raw, dict):
            continue
        app, _, verb = as_text(raw.get("module")).partition(":")
        values = {**_part(raw, "parameters"), **_part(raw, "mapper")}
        designer = _part(_part(raw, "metadata"), "designer")
        label = (as_text(designer.get("name")) or f"{app}: {verb}")[:120]
        routes = raw.get("routes")
        if isinstance(routes, list):
            ways = [one for one in routes if isinstance(one, dict) and not one.get("disabled")]
            if len(ways) > 1:
                flow.note(
                    f"A router sends records {len(ways)} ways; here all of them are taken.",
                    ADVICE["condition"],
                )
            for way in ways:
                yield from _chain(flow, way.get("flow"), level + 1)
            continue
        yield Module(as_text(raw.get("id")), app, verb, values, label, _part(raw, "filter"))


def _asks(module: Module) -> bool:
    if module.app in AIS:
        return not NOT_WORDS.search(module.verb)
    url = as_text(module.values.get("url"))
    return module.app == "http" and any(
        host in url for host in ("api.openai.com", "api.anthropic.com", "openrouter.ai")
    )


def _start(flow: Flow, data: Json, place: int) -> Start:
    first = flow.modules[0]
    start = Start(step=first.label)
    app = APPS.get(first.app, "")
    scheduling = data.get("scheduling") or _part(data, "metadata").get("scheduling")
    start.schedule = from_scheduling(scheduling)
    if first.kind in ("gateway:customwebhook", "webhooks:customwebhook", "gateway:custommailhook"):
        start.when, start.schedule = "webhook", ""
        if first.verb.lower() == "custommailhook":
            flow.note(
                "A mailhook of Make began it.",
                "Let the e-mails come to a mailbox of yours, and connect that.",
            )
    elif app in BEGINS and (WATCHES.search(first.verb) or place > 0):
        start.app, start.when = app, _hubspot(first.verb) if app == "hubspot" else BEGINS[app]
        if app in ("gmail", "mail"):
            start.only_if["kind"] = ["person", "group"]
            _mail_filters(flow, first, start)
        if app == "whatsapp":
            start.schedule = ""
    elif place == 0 or first.app in ("builtin", "util", "json"):
        start.when = "" if start.schedule else "upload"
        if not start.schedule:
            flow.note("It was begun by hand.", "Choose a beginning in the first step.")
    else:
        start.when, start.schedule = ("upload" if first.app == "google-sheets" else "webhook"), ""
        flow.note(
            f"Signoff cannot watch {first.app} by itself yet.",
            f"Let {first.app}, or Make, send each record to the address that the integration's page shows "
            f"once it is on.",
        )
    flow.app = start.app
    return start


def _hubspot(verb: str) -> str:
    kind = next((one for one in ("deal", "company") if one in verb.lower()), "contact")
    return f"{kind}_changed" if "updat" in verb.lower() or "change" in verb.lower() else f"{kind}_created"


def _mail_filters(flow: Flow, module: Module, start: Start) -> None:
    sender = as_text(module.values.get("from"))
    if re.fullmatch(r"[^@\s,]+@[^@\s,]+", sender):
        start.only_if["from_email"] = sender
    named = [
        name for name in ("xGmRaw", "subject", "text", "phrase", "query") if as_text(module.values.get(name))
    ]
    if named:
        flow.note(
            f"The search of “{module.label}” ({', '.join(named)}) was left out.",
            "Choose under “Only if” which e-mails are wanted, or let a filter of your mailbox sort them.",
        )


def _ask(flow: Flow, module: Module) -> Ask:
    values = module.values
    ask = Ask(app=AIS.get(module.app, "openai"), model=as_text(values.get("model")), step=module.label)
    if "anthropic" in as_text(values.get("url")):
        ask.app = "anthropic"
    said = [flow.text(values.get(name), module) for name in ("instructions", "system", "systemPrompt")]
    body = values
    if module.app == "http":
        body = _json(values.get("data"))
        ask.model = as_text(body.get("model"))
        flow.note(
            "The key in that HTTP module did not come along; no key does.",
            "Connect the AI here with a key of its own.",
        )
        said.append(flow.text(body.get("system"), module))
    messages = body.get("messages") or body.get("contents")
    for one in messages if isinstance(messages, list) else ():
        if isinstance(one, dict) and one.get("role") not in ("assistant", "model"):
            said.append(flow.text(_content(one), module))
    for name in ("prompt", "input", "text", "message", "userPrompt", "instruction"):
        if isinstance(body.get(name), str):
            said.append(flow.text(body[name], module))
    ask.said = tuple(text for text in said if text)
    schema = values.get("json_schema") or values.get("schema") or values.get("responseSchema")
    ask.fields = fields_of_schema(_part(_json(schema), "schema") or schema)
    named = [
        name
        for name in ("temperature", "top_p", "max_tokens", "max_output_tokens")
        if as_text(values.get(name))
    ]
    if named:
        flow.note(
            f"The AI's settings {', '.join(named)} were left out.",
            "Nothing: how long an answer may be stands in its form.",
        )
    if module.app not in ("openai-gpt-3", "openai", "anthropic-claude", "http"):
        flow.note(
            f"The AI is one of {module.app}.",
            "Connect it under OpenAI and other providers if it is listed there, or choose another AI; then "
            "choose the model.",
        )
    return ask


def _content(message: Json) -> Any:
    content = (
        message.get("content") or message.get("parts") or message.get("text") or message.get("imageInputType")
    )
    if isinstance(content, list):
        return "\n".join(
            as_text(one.get("text")) for one in content if isinstance(one, dict) and one.get("text")
        )
    return content


def _before(flow: Flow, module: Module, start: Start) -> None:
    _take_filter(flow, module, start)
    if module.kind in STEPPED_OVER:
        return
    if module.kind in NOTED:
        flow.notes.append(lost(module.label, module.kind, NOTED[module.kind]))
    else:
        flow.notes.append(lost(module.label, f"it stands before the AI, at {module.app}", "lookup"))


def _take_filter(flow: Flow, module: Module, start: Start) -> None:
    """Turn "this field is that" into `only_if`; note any other condition."""
    conditions = module.filter.get("conditions")
    if not isinstance(conditions, list) or not conditions:
        return
    found: Json = {}
    rules = entries(conditions[0]) if len(conditions) == 1 else []
    for one in rules:
        text, wanted = flow.text(one.get("a"), module), as_text(one.get("b"))
        of = text[0] if len(text) == 1 else ""
        is_equal = as_text(one.get("o")) in ("text:equal", "text:equal:ci", "number:equal")
        if is_equal and isinstance(of, Ref) and of.source == "record" and wanted and "{{" not in wanted:
            found[of.path] = wanted
    if not rules or len(found) < len(rules):
        flow.note(f"The filter before “{module.label}” was left out.", ADVICE["condition"])
        return
    start.only_if |= found


def _after(flow: Flow, module: Module) -> Iterator[Write]:
    if module.filter.get("conditions"):
        flow.note(f"The filter before “{module.label}” was left out.", ADVICE["condition"])
    if module.kind in STEPPED_OVER:
        return
    if _asks(module):
        flow.notes.append(
            Note(f"The step “{module.label}” asks an AI once more; it was left out.", ADVICE["ai"])
        )
    elif module.kind in NOTED:
        flow.notes.append(lost(module.label, module.kind, NOTED[module.kind]))
    elif module.app == "google-sheets":
        flow.notes.append(lost(module.label, module.kind, "sheet"))
    else:
        yield from make_writes.read(flow, module)


def _path(text: str | None) -> list[str]:
    """Return the parts of a path; `[]` and `[1]` are both the first of a list, which Make counts from one."""
    parts = []
    for quoted, index, word in re.findall(r"`([^`]*)`|\[(\d*)\]|([\w$ -]+)", text or ""):
        if quoted or word:
            parts.append(quoted or word.strip())
        else:
            parts.append(str(max(int(index or 1) - 1, 0)))
    return [part for part in parts if part]


def _part(data: Any, name: str) -> Json:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _json(value: Any) -> Json:
    if isinstance(value, dict):
        return value
    try:
        data = json.loads(as_text(value))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}

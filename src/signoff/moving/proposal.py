"""An export as a draft: the integration file that does the same here, with all that could not come along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signoff.connectors.registry import connector_class
from signoff.integrations.drafts import name_from
from signoff.integrations.references import WHOLE
from signoff.integrations.writing import as_file, clean
from signoff.moving.reading import read
from signoff.moving.shapes import Ask, Found, Note, Ref, Start, Text, Tool, Write, plain, refs
from signoff.moving.vocabulary import BEFORE_FIELDS, WHOLE_ANSWER, field_name
from signoff.recipes.fitting import Fitted, fit

Data = dict[str, Any]
MOST_NOTES = 60
LONGEST_TASK = 20_000
MARK = "# Left behind: "
ARROW = " → "
SAID = "Words in square brackets are fields of the record."
# What a draft names a connection where none is there yet; the same names as in the recipes.
NAMES = {"gmail": "gmail-sales", "mail": "mail-support"}
USUAL_FIELDS = {
    "gmail": ("subject", "text", "from_name", "from_email"),
    "mail": ("subject", "text", "from_name", "from_email"),
}
MAY_SPEAK = ("gmail", "mail", "whatsapp", "telegram", "slack", "mattermost")


@dataclass(frozen=True)
class Proposal:
    """What an export would be here. `notes` say what could not come along and what to do about each."""

    tool: Tool
    name: str
    fitted: Fitted
    notes: tuple[Note, ...]

    @property
    def source(self) -> str:
        """Return the file, with the notes above it as comments."""
        return with_notes(self.notes, as_file(self.fitted.data), self.tool, self.name)


def propose(text: str) -> Proposal:
    """Return the integration that an export of n8n or Make would be. Raises `NotReadable` in an owner's words."""
    found = read(text)
    data, notes = _composed(found)
    return Proposal(found.tool, found.name, fit(data, keeps_model=True), notes)


def with_notes(notes: Iterable[Note], file: str, tool: str = "", name: str = "") -> str:
    """Return a file with notes above it, one comment line each."""
    head = [f"# Moved in from {tool}: {_line(name) or 'a workflow without a name'}"] if tool else []
    return "\n".join([*head, *(f"{MARK}{_line(one.what)}{ARROW}{_line(one.do)}" for one in notes), file])


def notes_in(source: str) -> list[Note]:
    """Return the notes that stand above a file, as `with_notes` wrote them."""
    lines = [line.removeprefix(MARK) for line in source.splitlines() if line.startswith(MARK)]
    return [Note(*(line.split(ARROW, 1) if ARROW in line else (line, ""))) for line in lines]


def _line(text: str) -> str:
    return " ".join(clean(text).split()).replace(ARROW.strip(), "-")[:500]


def _composed(found: Found) -> tuple[Data, tuple[Note, ...]]:
    notes = list(found.notes)
    start, ask = found.start, found.ask
    names = _Names(start, ask, found.writes)
    then: list[Any] = [
        step for write in found.writes if write.action != "reply" for step in _step(write, names, notes)
    ]
    answers_back = any(write.action == "reply" for write in found.writes)
    if answers_back and start.when == "webhook":
        then = [*then, "reply"]
    if not then:
        notes.append(
            Note(
                "No place for the answer could come along.",
                "Choose one in the last step before you turn it on.",
            )
        )
    task = _task(ask)
    asked = next((one.path for text in ask.said for one in refs(text) if one.source == "record"), "")
    if not task and asked:
        task = f"Answer what stands in [{_field(asked)}].\n\n{SAID}"
        notes.append(
            Note(
                f"“{ask.step}” hands the AI a field and no task.",
                "Say in the second step what the AI is to do with it.",
            )
        )
    elif not task:
        notes.append(
            Note(f"What “{ask.step}” asks the AI could not be read.", "Write the task in the second step.")
        )
    data: Data = {
        "name": name_from(found.name) or f"moved-from-{found.tool.lower()}",
        "record": _record(start, names),
        "prompt": {
            "ai": names.connection(ask.app),
            **({"model": ask.model} if ask.model else {}),
            "task": task,
            "facts": [],
        },
        "answer": names.answer(),
        "review": {"by": []},
        "then": "reply" if then == ["reply"] else then,
        "limits": {"per_day": 200, "spend_per_day": "5.00 USD"},
    }
    kept = list(dict.fromkeys(notes))
    if len(kept) > MOST_NOTES:
        kept = [
            *kept[:MOST_NOTES],
            Note(f"{len(kept) - MOST_NOTES} more steps were left out.", "Look at your workflow beside it."),
        ]
    return _cleaned(data), tuple(kept)


def _cleaned(value: Any) -> Any:
    """Return data without the characters that no file can hold; an export may name anything."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(name)) or "_": _cleaned(inner) for name, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list | tuple) else value


class _Names:
    """How connections, fields of the record and fields of the answer are called here."""

    def __init__(self, start: Start, ask: Ask, writes: Sequence[Write]) -> None:
        self.start = start
        self._ask = ask
        self._fields: dict[str, Data] = {
            _field(name): dict(block) for name, block in ask.fields.items() if name
        }
        speaks = any(write.app in MAY_SPEAK for write in writes)
        texts = [name for name, block in self._fields.items() if block.get("type") == "text"]
        self._main = texts[0] if texts else "body" if speaks else "text"
        self.used = [one for text in ask.said for one in refs(text)]
        for write in writes:
            for value in write.params.values():
                if isinstance(value, tuple | Mapping):
                    self.used += refs(value)
        for one in self.used:
            if one.source == "answer":
                self.answer_field(one.path)

    def connection(self, app: str) -> str:
        if app == "gmail" and self.start.app == "gmail":
            return "gmail-support"  # the mailbox that is read is the one that answers
        return NAMES.get(app, f"{app}-main")

    def record_fields(self) -> list[str]:
        """Return the fields of the record that something names, else those that its app usually shows."""
        found = list(dict.fromkeys(_field(one.path) for one in self.used if one.source == "record"))
        found = [name for name in found if name != "id"]
        usual: tuple[str, ...] = USUAL_FIELDS.get(self.start.app, ())
        if not usual and self.start.app:
            triggers = connector_class(self.start.app).triggers
            usual = next((one.fields for one in triggers if one.name == self.start.when), ())
        shown = any(one.source == "record" for text in self._ask.said for one in refs(text))
        return list(dict.fromkeys([*([] if shown else usual), *found])) or list(usual)

    def answer_field(self, path: str) -> str:
        """Return the name of the answer's field for a path in what the other tool's AI step gives."""
        if WHOLE_ANSWER.match(path) and not (path and _field(path) in self._fields):
            name = self._main
        else:
            inside = BEFORE_FIELDS.match(path)
            name = _field(inside[1] if inside else path).replace(".", "_")
        self._fields.setdefault(name, {"type": "text"})
        return name

    def answer(self) -> Data:
        found = self._fields or {self._main: {"type": "text"}}
        return {name: {**block, **_room(name, block)} for name, block in found.items()}

    def value(self, text: Text) -> str:
        """Return a text as it stands under `then`: one reference, or a text with references in braces."""
        if len(text) == 1 and isinstance(text[0], Ref):
            return self._reference(text[0])
        return clean(
            "".join(
                piece if isinstance(piece, str) else f"{{{self._reference(piece)}}}" for piece in text
            ).strip()
        )

    def _reference(self, one: Ref) -> str:
        name = self.answer_field(one.path) if one.source == "answer" else _field(one.path)
        return f"{one.source}.{name}"


def _field(path: str) -> str:
    name = path if WHOLE.fullmatch(f"record.{path}") else field_name(path)
    return name or "value"


def _room(name: str, block: Data) -> Data:
    if block.get("type", "text") != "text" or "max" in block:
        return {}
    return {"max": 150 if name == "subject" else 3000}


def _record(start: Start, names: _Names) -> Data:
    fields = names.record_fields()
    return {
        **({"from": names.connection(start.app)} if start.app else {}),
        **({"when": start.when} if start.when else {}),
        **(
            {"schedule": start.schedule} if start.schedule and start.when not in ("webhook", "upload") else {}
        ),
        **(
            {"only_if": {_field(name): value for name, value in start.only_if.items()}}
            if start.only_if
            else {}
        ),
        **({"fields": fields} if fields and (start.when or start.app) else {}),
    }


def _task(ask: Ask) -> str:
    """Return what the AI is asked as one text; fields of the record stand in brackets, for the record comes with it."""
    parts = []
    named = False
    for text in ask.said:
        if not re.sub(r"[\W_]+", "", plain(text)):
            continue  # nothing but a field, which the AI sees anyway
        pieces = [piece if isinstance(piece, str) else f"[{_field(piece.path)}]" for piece in text]
        named = named or any(isinstance(piece, Ref) for piece in text)
        parts.append(clean("".join(pieces)).strip())
    if named:
        parts.append(SAID)
    return "\n\n".join(dict.fromkeys(parts))[:LONGEST_TASK]


def _step(write: Write, names: _Names, notes: list[Note]) -> list[Data]:
    action = connector_class(write.app).actions()[write.action]
    known, targets = action.params.model_fields, action.targets()
    params: Data = {}
    for name, given in write.params.items():
        if name not in known:
            continue
        if not isinstance(given, tuple | Mapping):
            params[name] = given
        elif name in targets and any(one.source == "answer" for one in refs(given)):
            notes.append(
                Note(
                    f"In “{write.step}” the AI chose to whom it goes ({name}).",
                    "That must come from the record or be fixed: choose it in the last step.",
                )
            )
        elif isinstance(given, Mapping):
            inner = {str(key): names.value(text) for key, text in given.items() if text}
            if inner:
                params[name] = inner
        elif given:
            params[name] = names.value(given)
    if params.get("contact") == "record.id" and names.start.app != "hubspot":
        params["contact"] = {"email": "record.email"}
        names.used.append(Ref("record", "email"))
    lacks = [name for name, info in known.items() if info.is_required() and name not in params]
    if lacks:
        notes.append(
            Note(
                f"In “{write.step}” nothing is said for {', '.join(lacks)}.", "Fill it in, in the last step."
            )
        )
    return [{f"{names.connection(write.app)}.{write.action}": params}]

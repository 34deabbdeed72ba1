"""
Integrations that are being built: kept as the file they will be, so that nothing is lost when a browser closes.

A draft is in force nowhere. It goes the way of every file (`apply`), and what is wrong with it is said at its part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import F
from django.utils.text import slugify
from pydantic import ValidationError

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.apply import definition_in
from signoff.integrations.definition import DRAFTS_HANDED_IN, TAKEN, Definition
from signoff.integrations.file import Document, FileFault, fault_in_words, read_text
from signoff.integrations.models import Draft, Integration
from signoff.integrations.writing import as_file

Part = Literal["name", "record", "prompt", "answer", "then"]
PARTS: tuple[Part, ...] = ("name", "record", "prompt", "answer", "then")
OF_THE_LAST = ("review", "then", "limits")

WRONG_SHAPE = ("dict_type", "model_type", "model_attributes_type", "tuple_type", "list_type")
MAY_BE_A_WORD = ("ReviewPart", "Autopilot")  # "none", "off"

# What is missing, said to somebody who fills in a form and has never seen the file.
WORDS = {
    "name": "Give it a name.",
    "record": "Choose what starts it.",
    "prompt.ai": "Choose the AI that is asked.",
    "prompt.model": "Choose the AI that is asked.",
    "prompt.task": "Say what the AI should do.",
    "answer": "Say what must come back: at least one field.",
    "then": "Choose at least one place the answer goes to.",
    "review.by": "Name the groups with commas between them.",
}
LACKING = re.compile(
    r"`([\w.]+)` (?:is missing|is empty|must name at least one field|must be a list|needs either)"
)


@dataclass(frozen=True)
class Fault:
    """What is wrong, and with which part of the file: `path` begins with its section."""

    path: tuple[str | int, ...]
    what: str

    @property
    def part(self) -> Part:
        """Return the step of the page that it belongs to."""
        first = str(self.path[0]) if self.path else "name"
        if first in OF_THE_LAST:
            return "then"
        if first == "checks":
            return "answer"
        if first == "context":
            return "record"
        if first == "drafts":
            return "prompt"
        return first if first in PARTS else "name"

    def as_document(self) -> dict[str, str]:
        return {"where": ".".join(str(part) for part in self.path), "what": self.what}


@dataclass(frozen=True)
class Looked:
    """What a draft would be: its definition, or None and what is wrong with it."""

    definition: Definition | None
    faults: tuple[Fault, ...]
    document: Document


def begin(data: Mapping[str, Any], person: Person | None) -> Draft:
    """Keep a new draft."""
    return Draft.objects.create(source=as_file(data), made_by=person, changed_by=person)


def begin_with(source: str, person: Person | None) -> Draft:
    """Keep a new draft that says what a file says; see `faults_of_form` first."""
    return Draft.objects.create(source=source, made_by=person, changed_by=person)


def faults_of_form(source: str) -> list[FileFault]:
    """Return what keeps a text from being a draft: it may say little, but a list must be one, and names have values."""
    document = read_text(source, "draft")
    if document.faults:
        return document.faults
    if not isinstance(document.data, Mapping):
        document.fault((), "This holds no integration. An integration begins with `name:`.")
        return document.faults
    try:
        Definition.model_validate(document.data)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            in_a_step = found["loc"][0] == "then" and len(found["loc"]) > 1
            if found["type"] in WRONG_SHAPE and not in_a_step and found["loc"][-1] not in MAY_BE_A_WORD:
                path = tuple(
                    part.removesuffix("_") if isinstance(part, str) else part for part in found["loc"]
                )
                document.fault(path, fault_in_words(dict(found)))
    return document.faults


def of(integration: Integration, person: Person | None) -> Draft:
    """Return the draft of an integration, made of its version in force if there is none."""
    source = integration.current.source if integration.current else as_file({"name": integration.name})
    draft, _made = Draft.objects.get_or_create(
        integration=integration,
        defaults={
            "base": integration.current,
            "source": source,
            "made_by": person,
            "changed_by": person,
        },
    )
    return draft


def data_of(source: str) -> dict[str, Any]:
    """Return the data of a half-written file; what cannot be read is left out."""
    data = read_text(source).data
    return dict(data) if isinstance(data, Mapping) else {}


def as_document(draft: Draft) -> dict[str, Any]:
    """Return a draft as JSON data, without its file."""
    return {
        "id": draft.pk,
        "name": str(data_of(draft.source).get("name") or "") or None,
        "changes": draft.integration.name if draft.integration else None,
        "revision": draft.revision,
        "changed_at": draft.changed_at.isoformat(),
        "changed_by": str(draft.changed_by) if draft.changed_by else None,
    }


def keep(draft: Draft, data: Mapping[str, Any], revision: int, person: Person | None) -> bool:
    """Keep what was written, if nobody has written since this revision; False: somebody has. Sets the draft."""
    source = as_file(data)
    if source == as_file(data_of(draft.source)) and revision == draft.revision:
        return True
    return keep_text(draft, source, revision, person)


def keep_text(draft: Draft, source: str, revision: int, person: Person | None) -> bool:
    """Keep a file as it was written, comments and all, as `keep` does."""
    if source == draft.source and revision == draft.revision:
        return True
    now = clock.now()
    kept = Draft.objects.filter(pk=draft.pk, revision=revision).update(
        source=source, revision=F("revision") + 1, changed_by=person, changed_at=now
    )
    if kept:
        draft.source, draft.revision, draft.changed_by, draft.changed_at = source, revision + 1, person, now
    else:
        draft.refresh_from_db()
    return bool(kept)


def forget(draft: Draft, person: Person | None) -> None:
    """Throw a draft away; what is in force stays as it is."""
    name = draft.integration.name if draft.integration else str(data_of(draft.source).get("name") or draft.pk)
    Draft.objects.filter(pk=draft.pk).delete()
    note(person or "command line", "threw away a draft", f"integration {name}")


def look(source: str, integration: Integration | None = None) -> Looked:
    """Return what a draft would be. Asks the apps for their fields, as `apply` does."""
    document = read_text(source, "draft")
    definition = definition_in(document) if document.data is not None else None
    if not isinstance(document.data, Mapping):
        return Looked(None, (Fault(("name",), "This draft cannot be read. Begin a new one."),), document)
    if integration is None:
        _refuse_taken_name(document)
    if not document.data.get("name"):
        document.placed = [(path, what) for path, what in document.placed if path != ("name",)]
        document.fault(("name",), "`name` is missing.")
    faults = list(dict.fromkeys(Fault(_place(path), _in_words(what)) for path, what in document.placed))
    if any(fault.path == ("prompt", "ai") for fault in faults):  # one list chooses the AI and its model
        faults = [fault for fault in faults if fault != Fault(("prompt", "model"), WORDS["prompt.model"])]
    if document.faults and not faults:  # of a text that no part could be made of
        faults = [Fault(("name",), one.what) for one in document.faults]
    return Looked(None if faults else definition, tuple(faults), document)


def name_from(title: str) -> str:
    """Return a name for files and addresses: "Follow up: new leads" becomes follow-up-new-leads."""
    return slugify(title)[:60].strip("-").replace("_", "-")


def free_name(name: str) -> str:
    """Return a name that no integration has, made from this one."""
    taken = set(Integration.objects.values_list("name", flat=True)) | TAKEN
    number = 2
    wanted = name
    while name and wanted in taken:
        wanted, number = f"{name}-{number}", number + 1
    return wanted


def is_complete(data: Mapping[str, Any], part: Part) -> bool:
    """Say whether a part of a draft says what it must, as far as one sees without asking the apps."""
    record, prompt = data.get("record") or {}, data.get("prompt") or {}
    match part:
        case "record":
            return bool(record.get("when") or record.get("schedule") or is_handed_in(data))
        case "prompt":
            return is_handed_in(data) or all(
                str(prompt.get(name) or "").strip() for name in ("ai", "model", "task")
            )
        case "answer":
            return bool(data.get("answer"))
        case "then":
            return bool(data.get("then"))
    return bool(data.get("name"))


def is_handed_in(data: Mapping[str, Any]) -> bool:
    """Say whether a half-written file says that its drafts are handed in."""
    return data.get("drafts") == DRAFTS_HANDED_IN


def _refuse_taken_name(document: Document) -> None:
    name = str(document.data.get("name") or "")
    if name and Integration.objects.filter(name=name).exists():
        document.fault(("name",), f"There is an integration “{name}” already. Give this one another name.")


def _place(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return path if path else ("name",)


def _in_words(what: str) -> str:
    found = LACKING.match(what)
    if found and found[1] in WORDS:
        return WORDS[found[1]]
    return re.sub(r"`([^`]*)`", r"“\1”", what)

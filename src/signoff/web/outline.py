"""An integration in an owner's words: where records come from, what is asked and answered, where the answer goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.connections.choosing import actions_of
from signoff.connections.models import Connection
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import connector_class, manifests
from signoff.integrations.definition import Definition, Step, read_definition
from signoff.integrations.models import Version
from signoff.integrations.references import Missing, references, render
from signoff.outputs.contract import ContractField
from signoff.web.words import label, named, shown

ADDRESS = re.compile(r"@|://|^\+\d")
APP_ICONS = {"mail": "mail", "crm": "database", "ai": "sparkles", "chat": "send"}


class Place(NamedTuple):
    """One place an answer goes to: what is done there, whom it reaches, and whether a customer sees it."""

    icon: str
    what: str
    where: str
    reaches_customer: bool


def apps_of(definition: Definition) -> dict[str, Connection]:
    """Return the connections an integration names, by name; one that is missing is left out."""
    return {row.name: row for row in Connection.objects.filter(name__in=definition.connections())}


def manifest_of(connection: Connection | None) -> Manifest | None:
    """Return the app's manifest, or None when the connection or the app is gone."""
    return manifests().get(connection.app) if connection else None


def app_name(name: str, connections: Mapping[str, Connection]) -> str:
    """Return the app behind a connection's name as people call it: "HubSpot"; the name if it is gone."""
    manifest = manifest_of(connections.get(name))
    return manifest.name if manifest else named(name)


def ai_of(definition: Definition, connections: Mapping[str, Connection]) -> str:
    """Return the AI that writes the drafts as people call it, "" where they are handed in."""
    return app_name(definition.asked.ai, connections) if definition.asked else ""


def second_ai_of(definition: Definition, connections: Mapping[str, Connection]) -> str:
    """Return the AI that doubts each draft with its model: "OpenAI, gpt-5"; "" where none does."""
    second = definition.checks.second_opinion
    name = second and (second.ai or (definition.asked and definition.asked.ai))
    return f"{app_name(name, connections)}, {second.model}" if second and name else ""


def source_of(definition: Definition, connections: Mapping[str, Connection]) -> str:
    """Return where records come from: "HubSpot", or "a form or another program"."""
    if definition.record.from_:
        return app_name(definition.record.from_, connections)
    if definition.record.when == "upload":
        return _("a spreadsheet")
    if definition.asked is None:
        return _("another program")
    return _("a form or another program")


def start_of(definition: Definition, connections: Mapping[str, Connection]) -> str:
    """Return what starts a run: the app's own words for the trigger, or the schedule."""
    source = definition.record
    if source.schedule:
        return _("At set times (%(when)s)") % {"when": source.schedule}
    if definition.asked is None:
        return _("A program hands in a record with its draft")
    if source.when == "webhook":
        return _("A record is sent to our address")
    if source.when == "upload":
        return _("Somebody uploads a spreadsheet")
    manifest = manifest_of(connections.get(source.from_ or ""))
    if manifest:
        for trigger in connector_class(manifest.key).triggers:
            if trigger.name == source.when:
                return trigger.label
    return named(source.when or "")


def places(
    definition: Definition, connections: Mapping[str, Connection], record: Mapping[str, Any] | None = None
) -> list[Place]:
    """Return where an answer goes; with a record, also to whom or what exactly."""
    found = [_place(step, connections, record) for step in definition.then]
    if definition.reply:
        found.append(Place("reply", _("Back"), _("to whoever handed the record in"), True))
    return found


def action_label(connection: Connection | None, action: str) -> str:
    """Return what an action does in the app's own words; its name made readable when the app is gone."""
    manifest = manifest_of(connection)
    known = actions_of(connection).get(action) if manifest and connection else None
    return known.label if known else named(action)


def _place(step: Step, connections: Mapping[str, Connection], record: Mapping[str, Any] | None) -> Place:
    row = connections.get(step.connection)
    manifest = manifest_of(row)
    action = actions_of(row).get(step.action) if manifest and row else None
    what = action.label if action else named(step.action)
    where = step.connection
    if manifest:
        where = _("in %(app)s (%(name)s)") % {"app": manifest.name, "name": step.connection}
    targets = action.targets() if action else frozenset()
    for name, value in step.params.items():
        text = _target(value, record) if name in targets else ""
        if ADDRESS.search(text) or (text and record is None and list(references(value))):
            where = _("%(where)s, for %(whom)s") % {"where": where, "whom": text}
        elif text:
            what = _("%(what)s, %(which)s,") % {"what": what, "which": label(text)}
    icon = APP_ICONS.get(manifest.kind, "send") if manifest else "send"
    return Place(icon, what, where, bool(action and action.reaches_customer))


def _target(value: Any, record: Mapping[str, Any] | None) -> str:
    """Return where something goes: an address, or what the owner fixed. An app's own numbers say nothing."""
    found = list(references(value))
    if record is None and found:
        fields = [ref.field for ref in found if not ref.field.endswith("id")]
        return ", ".join(_("the record's %(field)s") % {"field": label(field).lower()} for field in fields)
    try:
        text = render(value, record or {}, {})
    except Missing:
        return ""
    if isinstance(text, Mapping):
        text = ", ".join(str(inner) for inner in text.values())
    return "" if str(text).isdigit() else str(text)


def answer_fields(version: Version) -> dict[str, ContractField]:
    """Return the fields of the answer by name, in the order of the owner's file; the database keeps none."""
    _definition, contract = read_definition(version)
    fields = {field.name: field for field in contract.fields}
    order = [name for name in _written_order(version.source) if name in fields]
    return {name: fields[name] for name in [*order, *(name for name in fields if name not in order)]}


@lru_cache(maxsize=200)
def _written_order(source: str) -> tuple[str, ...]:
    try:
        written = yaml.safe_load(source)
    except yaml.YAMLError:
        return ()
    answer = written.get("answer") if isinstance(written, dict) else None
    return tuple(str(name) for name in answer) if isinstance(answer, dict) else ()


def kind_of(field: ContractField) -> str:
    """Return a field's type in words."""
    if field.type == "choice":
        return ngettext("One choice", "One of %(n)s choices", len(field.choices)) % {"n": len(field.choices)}
    words = {
        "text": _("Text"),
        "choices": _("Some of %(n)s choices") % {"n": len(field.choices)},
        "number": _("Number"),
        "money": _("Amount of money"),
        "date": _("Date"),
        "datetime": _("Date and time"),
        "yesno": _("Yes or no"),
        "email": _("E-mail address"),
        "phone": _("Phone number"),
        "link": _("Link"),
        "rows": _("Rows"),
    }
    return words.get(field.type, named(field.type))


def limit_of(field: ContractField) -> str:
    """Return a field's limit in words: "78 characters", "Hot, Warm, Cold"."""
    if field.choices:
        names = [choice.label for choice in field.choices]
        return ", ".join(names[:6]) + (_(" and %(n)s more") % {"n": len(names) - 6} if len(names) > 6 else "")
    if field.max is None:
        return "–"
    if field.type in ("text", "email", "link", "phone"):
        return ngettext("%(n)s character", "%(n)s characters", int(field.max)) % {"n": f"{field.max:,}"}
    if field.type == "rows":
        return ngettext("%(n)s row", "%(n)s rows", int(field.max)) % {"n": field.max}
    return _("at most %(n)s") % {"n": field.max}


def label_of(name: str, fields: Mapping[str, ContractField]) -> str:
    """Return a field's name as its contract labels it, else as people say it."""
    field = fields.get(name)
    return field.label if field and field.label != name else label(name)


def said_as(value: Any, field: ContractField | None) -> str:
    """Return an answer's value as text; a choice by its label, the rows of a table below each other."""
    names = {choice.value: choice.label for choice in field.choices} if field else {}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "\n".join(shown(one) for one in value)
    if isinstance(value, list):
        return shown([names.get(str(one), one) for one in value])
    return names.get(value, value) if isinstance(value, str) and value else shown(value)


def in_order(content: dict[str, Any], fields: Mapping[str, ContractField]) -> dict[str, Any]:
    """Return an answer in its contract's order; the database keeps none."""
    order = {name: at for at, name in enumerate(fields)}
    return dict(sorted(content.items(), key=lambda item: order.get(item[0], len(order))))

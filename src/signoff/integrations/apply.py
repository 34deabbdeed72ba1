"""Puts integration files into force: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connectors.base import Action, AiConnector
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import SignoffError
from signoff.core.home import public_url
from signoff.integrations.definition import Definition
from signoff.integrations.file import Document, FileFault, note_shape_faults
from signoff.integrations.models import Integration, Version
from signoff.integrations.references import Reference, references
from signoff.outputs.faults import ContractFault
from signoff.prompts.models import Fact


@dataclass(frozen=True)
class AppliedOne:
    name: str
    changed: bool
    webhook_url: str | None
    difference: tuple[str, ...] = ()


@dataclass
class Applied:
    applied: list[AppliedOne] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)


def apply(documents: Iterable[Document], *, person: Person | None = None, dry_run: bool = False) -> Applied:
    """
    Check all files and, if none has a fault, put them into force in one transaction.

    A file with only `facts:` in it states company facts by name. A new integration is off until it is switched on.
    """
    documents = list(documents)
    result = Applied()
    stated = {name for document in documents for name in facts_in(document)}
    read: list[tuple[Document, Definition]] = []
    for document in documents:
        if not document.faults and not facts_in(document):
            definition = _definition(document, stated)
            if definition is not None:
                read.append((document, definition))
        result.faults += sorted(set(document.faults))
    names = [definition.name for _, definition in read]
    for document, definition in read:
        if names.count(definition.name) > 1:
            result.faults.append(
                FileFault(document.file, 1, f"Two of the files are named {definition.name}.")
            )
    if result.faults:
        return result
    with transaction.atomic():
        for document in documents:
            for name, text in facts_in(document).items():
                result.applied.append(_state_fact(name, text, dry_run))
        for document, definition in read:
            result.applied.append(_put_into_force(document, definition, person, dry_run))
    return result


def facts_in(document: Document) -> dict[str, str]:
    """Return the company facts that a file states, as text by name; empty for an integration file."""
    data = document.data
    if not isinstance(data, Mapping) or set(data) != {"facts"} or not isinstance(data["facts"], Mapping):
        return {}
    return {str(name): _fact_text(value) for name, value in data["facts"].items()}


def check_definition(document: Document, definition: Definition, stated: Iterable[str] = ()) -> Definition:
    """
    Note every fault of meaning, and return the definition with the apps' own choices filled in.

    Needs the connections that it names; asks an app only for choices.
    """
    _check_source(document, definition)
    _check_prompt(document, definition, set(stated))
    definition = _with_choices(document, definition)
    try:
        definition.contract()
    except ContractFault as error:
        for path, what in error.problems:
            document.fault(("answer", *path.split(".")), f"`{path}` {what}.")
    for position, step in enumerate(definition.then):
        _check_step(document, definition, position, step.connection, step.action, step.params)
    return definition


def _definition(document: Document, stated: Iterable[str]) -> Definition | None:
    try:
        definition = Definition.model_validate(document.data)
    except ValidationError as error:
        note_shape_faults(document, error)
        return None
    definition = check_definition(document, definition, stated)
    return None if document.faults else definition


def _check_source(document: Document, definition: Definition) -> None:
    source = definition.record
    if source.from_ is None:
        return
    connection = _connection(document, ("record", "from"), source.from_)
    if connection is None or source.when in (None, "webhook"):
        return
    offered = [trigger.name for trigger in connector_class(connection.app).triggers]
    if source.when not in offered:
        app = manifests()[connection.app].name
        if offered:
            what = f"{app} does not offer `{source.when}`. It offers: {', '.join(offered)}."
        else:
            what = f"{app} cannot start an integration."
        document.fault(("record", "when"), what)


def _check_prompt(document: Document, definition: Definition, stated: set[str]) -> None:
    connection = _connection(document, ("prompt", "ai"), definition.prompt.ai)
    if connection is not None and not issubclass(connector_class(connection.app), AiConnector):
        document.fault(("prompt", "ai"), f"`{connection.name}` is not an AI.")
    known = set(Fact.objects.values_list("name", flat=True)) | stated
    for position, name in enumerate(definition.prompt.facts):
        if name not in known:
            document.fault(
                ("prompt", "facts", position),
                f"No company fact is named `{name}`. State it in a file under `facts:` and apply that too.",
            )


def _with_choices(document: Document, definition: Definition) -> Definition:
    """Ask the apps for the choices that the answer block refers to."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, block in definition.answer.items():
        reference = block.get("from") if isinstance(block, Mapping) else None
        if not isinstance(reference, str):
            continue
        path = ("answer", name, "from")
        parts = reference.split(".")
        if len(parts) != 3:
            document.fault(
                path, "`from` is a connection, an object and a field, e.g. hubspot-main.contact.lead_intent."
            )
            continue
        connection = _connection(document, path, parts[0])
        if connection is None:
            continue
        try:
            fields = {f.name: f for f in client_for(connection).fields(parts[1])}
        except NotImplementedError:
            document.fault(path, f"`{parts[0]}` has no choices to take.")
            continue
        except SignoffError as error:
            document.fault(path, f"The choices could not be read. {error.owner_message} {error.next_step}")
            continue
        if parts[2] not in fields:
            near = ", ".join(sorted(n for n, f in fields.items() if f.choices)[:8])
            document.fault(
                path, f"`{parts[0]}` has no field `{parts[2]}` on {parts[1]}. With choices: {near}."
            )
        elif not fields[parts[2]].choices:
            document.fault(path, f"The field `{parts[2]}` has no choices.")
        else:
            found[reference] = tuple((c.value, c.label) for c in fields[parts[2]].choices)
    return definition.model_copy(update={"choices": found})


def _check_step(
    document: Document,
    definition: Definition,
    position: int,
    name: str,
    action_name: str,
    params: Mapping[str, Any],
) -> None:
    key = f"{name}.{action_name}"
    path = ("then", position, key)
    connection = _connection(document, path, name)
    if connection is None:
        return
    app = manifests()[connection.app].name
    actions = {n: a for n, a in connector_class(connection.app).actions().items() if a.effect == "write"}
    action = actions.get(action_name)
    if action is None:
        document.fault(
            path, f"{app} cannot `{action_name}`. It can: {', '.join(sorted(actions)) or 'write nothing'}."
        )
        return
    known = action.params.model_fields
    for param, value in params.items():
        if param not in known:
            document.fault((*path, param), f"`{action_name}` has no `{param}`. It has: {', '.join(known)}.")
            continue
        _check_references(document, definition, action, (*path, param), param, value)
    for param, info in known.items():
        if info.is_required() and param not in params:
            document.fault(path, f"`{param}` is missing for `{action_name}`.")


def _check_references(
    document: Document,
    definition: Definition,
    action: Action,
    path: tuple[str | int, ...],
    param: str,
    value: Any,
) -> None:
    for reference in references(value):
        if reference.source == "answer" and reference.field.split(".")[0] not in definition.answer:
            fields = ", ".join(definition.answer)
            document.fault(path, f"The answer has no `{reference.field}`. It has: {fields}.")
        if reference.source == "answer" and param in action.targets():
            document.fault(
                path,
                f"`{param}` says where this goes, so it must come from the record, never from the AI's answer.",
            )
        if reference.source == "record" and not _is_read(definition, reference):
            fields = ", ".join(definition.record.fields)
            document.fault(path, f"`{reference}` is not among the record's `fields`: {fields}.")


def _is_read(definition: Definition, reference: Reference) -> bool:
    fields = definition.record.fields
    return not fields or reference.field in ("id", *fields) or reference.field.split(".")[0] in fields


def _connection(document: Document, path: tuple[str | int, ...], name: str) -> Connection | None:
    connection = Connection.objects.filter(name=name).first()
    if connection is None:
        names = ", ".join(Connection.objects.values_list("name", flat=True)) or "none yet"
        document.fault(path, f"No connection is named `{name}`. There are: {names}.")
    return connection


def _put_into_force(
    document: Document, definition: Definition, person: Person | None, dry_run: bool
) -> AppliedOne:
    integration = Integration.objects.select_for_update().filter(name=definition.name).first()
    before = integration.current if integration else None
    changed = before is None or before.hash != definition.hash()
    difference = tuple(_difference(before.source if before else "", document.text)) if changed else ()
    if dry_run:
        return AppliedOne(
            definition.name, changed, webhook_url(integration) if integration else None, difference
        )
    if integration is None:
        integration = Integration.objects.create(name=definition.name)
    if changed:
        number = (integration.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        integration.current = Version.objects.create(
            integration=integration,
            number=number,
            hash=definition.hash(),
            definition=definition.model_dump(mode="json", by_alias=True),
            source=document.text,
            made_by=person,
        )
        integration.save()
        note(person or "command line", "changed", f"integration {integration.name}", {"version": number})
    return AppliedOne(definition.name, changed, webhook_url(integration), difference)


def webhook_url(integration: Integration) -> str:
    """Return the address that takes records for this integration."""
    return f"{public_url()}/in/{integration.key}"


def _state_fact(name: str, text: str, dry_run: bool) -> AppliedOne:
    before = Fact.objects.filter(name=name).values_list("text", flat=True).first()
    if before != text and not dry_run:
        Fact.objects.update_or_create(name=name, defaults={"text": text})
    return AppliedOne(
        name, before != text, None, tuple(_difference(before or "", text)) if before != text else ()
    )


def _fact_text(value: Any) -> str:
    """Return a fact as lines: a table of names and values becomes "name: value"."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_fact_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "\n".join(_fact_text(inner) for inner in value)
    return str(value).strip()


def _difference(before: str, after: str) -> Iterable[str]:
    import difflib

    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "in force", "new", lineterm="", n=2)
    return list(lines)

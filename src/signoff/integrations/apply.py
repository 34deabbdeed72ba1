"""Puts integration files into force: all of them, or none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as db
from django.db import transaction
from pydantic import ValidationError

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.connections.choosing import actions_of
from signoff.connections.client import client_for, secret_setting
from signoff.connections.models import Connection
from signoff.connectors.base import Action, AiConnector, Connector, Trigger
from signoff.connectors.manifest import Setting
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import SignoffError
from signoff.core.home import public_url
from signoff.core.secret import Secret
from signoff.integrations import offers, pushing
from signoff.integrations.asking import check_context, is_told
from signoff.integrations.definition import FILLED_IN, HANDED_IN, TAKEN, TOGETHER, Definition, ReviewPart
from signoff.integrations.facts import facts_in, is_facts, stated_in
from signoff.integrations.file import Document, FileFault, Path_, note_shape_faults
from signoff.integrations.lengths import rooms
from signoff.integrations.models import Integration, Version
from signoff.integrations.references import Reference, misread, references
from signoff.integrations.salvage import salvage
from signoff.integrations.signing import OWN_SECRET, fault_of, new_secret
from signoff.integrations.written import check_written
from signoff.outputs.faults import ContractFault
from signoff.prompts.facts import Statement
from signoff.prompts.models import Fact
from signoff.prompts.stating import state

APPLY_LOCK = 7_746_004  # of two that apply at once, the second sees what the first has done


@dataclass(frozen=True)
class AppliedOne:
    """What became of one document. `signing_secret` is there when it was just made, to be shown once."""

    name: str
    changed: bool
    webhook_url: str | None
    difference: tuple[str, ...] = ()
    signing_secret: Secret | None = None
    takes_records: bool = False  # by its own address: `when: webhook`
    notes: tuple[str, ...] = ()  # what is no fault, and worth knowing


@dataclass
class Applied:
    applied: list[AppliedOne] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)


def apply(documents: Iterable[Document], *, person: Person | None = None, dry_run: bool = False) -> Applied:
    """
    Check all files and, if none has a fault, put them into force in one transaction.

    A file with only `facts:` in it states company facts by name. A new integration is off until it is
    switched on.
    """
    documents = list(documents)
    result = Applied()
    stated = stated_in(documents)
    read: list[tuple[Document, Definition]] = []
    for document in documents:
        if not document.faults and not is_facts(document):
            definition = _definition(document, stated)
            if definition is not None:
                read.append((document, definition))
    _refuse_twice(read)
    for document in documents:
        result.faults += sorted(set(document.faults))
    if result.faults:
        return result
    with transaction.atomic():
        with db.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPLY_LOCK])
        for document in documents:
            for name, statements in facts_in(document).items():
                result.applied.append(_state_fact(name, statements, person, dry_run))
        for document, definition in read:
            result.applied.append(_put_into_force(document, definition, person, dry_run))
    return result


def definition_in(document: Document) -> Definition | None:
    """Return what a document defines, as `apply` would read it; None where it has faults, which are noted."""
    if document.faults:
        return None
    if is_facts(document):
        document.fault((), "This states company facts, and is no integration.")
        return None
    return _definition(document, ())


def check_definition(
    document: Document,
    definition: Definition,
    stated: Iterable[str] = (),
    lost: frozenset[str] = frozenset(),
) -> Definition:
    """
    Note every fault of meaning, and return the definition with the apps' own choices filled in.

    Needs the connections that it names; asks an app only for its fields and their choices. `lost` names the
    parts that could not be read: their faults are noted already.
    """
    if definition.name in TAKEN:
        document.fault(("name",), f"`{definition.name}` is the name of a page. Choose another one.")
    if "record" not in lost:
        _check_source(document, definition)
    if not {"record", "context"} & lost:
        check_context(document, definition, _connection, lambda reference: _is_read(definition, reference))
    if "prompt" not in lost:
        _check_prompt(document, definition, set(stated))
    if "answer" not in lost:
        definition = _with_choices(document, definition)
        try:
            definition.contract()
        except ContractFault as error:
            for problem, what in error.problems:
                path = ("answer", *filter(None, problem.split(".")))
                document.fault(path, f"`{'.'.join(path)}` {what}.")
    if "review" not in lost:
        _check_asking(document, definition)
    if "versions" not in lost:
        _check_versions(document, definition)
    if not {"answer", "then"} & lost:
        definition = _with_room(document, definition)
    if definition.reply and not {"then", "record"} & lost:
        _check_reply(document, definition)
    if "then" not in lost:
        check_written(document, definition)
    for position, step in enumerate(definition.then):
        if not {"then", f"then.{position}"} & lost:
            _check_step(document, definition, position, step.connection, step.action, step.params, lost)
    return definition


def _refuse_twice(read: Iterable[tuple[Document, Definition]]) -> None:
    seen: dict[str, Document] = {}
    for document, definition in read:
        first = seen.setdefault(definition.name, document)
        if first is not document:
            where = f"{first.file}, line {first.lines.get(('name',), first.first_line)}"
            document.fault(("name",), f"The name `{definition.name}` is taken: see {where}.")


def _definition(document: Document, stated: Iterable[str]) -> Definition | None:
    for name in FILLED_IN:
        if name in document.data:
            document.fault((name,), f"`{name}` is not known here. Is it misspelt?")
    try:
        definition = Definition.model_validate(document.data)
    except ValidationError as error:
        note_shape_faults(document, error)
        rest = salvage(document.data, error)
        if rest is not None:
            check_definition(document, rest[0], stated, rest[1])
        return None
    definition = check_definition(document, definition, stated)
    return None if document.faults else definition


def _check_source(document: Document, definition: Definition) -> None:
    source = definition.record
    connection = None
    if source.from_ is not None:
        connection = _connection(document, ("record", "from"), source.from_)
        if connection is None:
            return
    if source.signed is not None:
        what = fault_of(source.signed, connection)
        if what:
            document.fault(("record", "signed"), what)
    if connection is None or source.when in (None, *HANDED_IN):
        return
    triggers = {trigger.name: trigger for trigger in connector_class(connection.app).triggers}
    if source.when in triggers:
        trigger = triggers[source.when]
        what = pushing.fault_of(connection, trigger)
        if what:
            document.fault(("record", "when"), what)
        if source.schedule is not None and not trigger.polled:
            document.fault(
                ("record", "schedule"),
                f"`{trigger.name}` comes when it comes, so there is no `schedule` for it.",
            )
        if source.together and not trigger.whole:
            document.fault(
                ("record", "together"),
                f"`{trigger.name}` tells only that something came, and each record is read on its own. "
                "Leave out `together`.",
            )
        _check_fields(document, definition, connection, trigger)
        return
    app = manifests()[connection.app].name
    if triggers:
        offers = ", ".join(triggers)
        document.fault(("record", "when"), f"{app} does not offer `{source.when}`. It offers: {offers}.")
    else:
        document.fault(("record", "from"), f"{app} cannot start an integration.")


def _check_fields(
    document: Document, definition: Definition, connection: Connection, trigger: Trigger
) -> None:
    """Note fields that the app does not have; that the app cannot be asked now is no fault of the file."""
    if not offers_fields(connection):
        return
    try:
        client = client_for(connection, definition.version_for(connection.name))
        known = {found.name for found in client.fields(trigger.object)}
    except SignoffError:
        return
    known |= {"id", *trigger.fields}
    source = definition.record
    asked: list[tuple[Path_, str]] = [(("record", "fields", n), name) for n, name in enumerate(source.fields)]
    asked += [(("record", "only_if", name), name) for name in source.only_if]
    for path, name in asked:
        if name not in known and name.split(".")[0] not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Is `{near[0]}` meant?" if near else ""
            document.fault(path, f"`{connection.name}` has no field `{name}` on {trigger.object}.{hint}")


def offers_fields(connection: Connection) -> bool:
    """Say whether an app describes its own fields."""
    return connector_class(connection.app).fields is not Connector.fields


def _check_prompt(document: Document, definition: Definition, stated: set[str]) -> None:
    connection = _connection(document, ("prompt", "ai"), definition.prompt.ai)
    if connection is not None and not issubclass(connector_class(connection.app), AiConnector):
        document.fault(("prompt", "ai"), f"`{connection.name}` is not an AI.")
    second = definition.checks.second_opinion
    if second and second.ai:
        other = _connection(document, ("checks", "second_opinion", "ai"), second.ai)
        if other is not None and not issubclass(connector_class(other.app), AiConnector):
            document.fault(("checks", "second_opinion", "ai"), f"`{other.name}` is not an AI.")
    if connection is not None and definition.limits.may_take:
        _check_batches(document, definition, connection)
    known = set(Fact.objects.values_list("name", flat=True)) | stated
    for position, name in enumerate(definition.prompt.facts):
        if name not in known:
            document.fault(
                ("prompt", "facts", position),
                f"No company fact is named `{name}`. State it in a file under `facts:` and apply that too.",
            )
    if (
        connection is not None
        and definition.prompt.pictures
        and not _may_see(connection, definition.prompt.model)
    ):
        document.fault(
            ("prompt", "model"),
            f"`{definition.prompt.model}` cannot look at pictures. Choose a model that can, or leave out `pictures`.",
        )


def _check_batches(document: Document, definition: Definition, connection: Connection) -> None:
    path = ("limits", "may_take")
    if not offers.takes_batches(connection):
        document.fault(
            path,
            f"`{connection.name}` takes no batches, so waiting would save nothing. OpenAI itself does. "
            "Leave out `may_take`, or choose another AI.",
        )
    elif definition.prompt.pictures:
        document.fault(path, "Records with pictures do not go by batch. Leave out `may_take` or `pictures`.")


def _may_see(connection: Connection, model: str) -> bool:
    """Say whether a model may take pictures; True where its provider does not tell, or cannot be asked now."""
    if not issubclass(connector_class(connection.app), AiConnector):
        return True
    client = client_for(connection)
    assert isinstance(client, AiConnector)  # noqa: S101  # as its class is
    try:
        told = {one.id: one.sees for one in client.models()}
    except SignoffError:
        return True
    return told.get(model) is not False


def _check_asking(document: Document, definition: Definition) -> None:
    part = definition.review
    if not isinstance(part, ReviewPart):
        return
    if part.assign == "contact owner":
        _check_contact_owner(document, definition)
    if part.four_eyes and sum(person.may("review") for person in Person.objects.filter(is_active=True)) < 2:
        document.fault(
            ("review", "four_eyes"),
            "`four_eyes` needs two people who may decide, and there is only one. "
            "Invite somebody under Settings, People.",
        )
    if part.asks is None:
        return
    path, asks = ("review", "ask"), part.asks
    connection = _connection(document, path, asks[0])
    if connection is not None and connector_class(connection.app).tell is Connector.tell:
        app = manifests()[connection.app].name
        document.fault(path, f"Nobody can be asked by `{asks[0]}`: {app} shows people no notices.")
    elif connection is not None:
        what = connector_class(connection.app).place_fault(asks[1])
        if what:
            document.fault(path, f"`{asks[1]}` {what}.")


def _check_contact_owner(document: Document, definition: Definition) -> None:
    source, path = definition.record, ("review", "assign")
    connection = Connection.objects.filter(name=source.from_ or "").first()
    if source.from_ is not None and connection is None:
        return  # said at `from`
    if (
        connection is None
        or source.when in (None, *HANDED_IN)
        or connector_class(connection.app).responsible is Connector.responsible
    ):
        document.fault(
            path,
            "`contact owner` needs records from an app that knows whose they are: HubSpot does. "
            "Write `in turn`, or leave out `assign`.",
        )


def _check_versions(document: Document, definition: Definition) -> None:
    for name, version in definition.versions.items():
        path = ("versions", name)
        if name not in definition.connections():
            document.fault(path, f"`{name}` is not used above, so it needs no version.")
            continue
        connection = _connection(document, path, name)
        known = manifests()[connection.app].api.versions() if connection else ()
        if connection and version not in known:
            app = manifests()[connection.app].name
            document.fault(path, f"Signoff speaks {app}’s API in {', '.join(known)}, not in `{version}`.")


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
        if not offers_fields(connection):
            document.fault(path, f"`{parts[0]}` has no choices to take.")
            continue
        try:
            client = client_for(connection, definition.version_for(connection.name))
            fields = {f.name: f for f in client.fields(parts[1])}
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


def _with_room(document: Document, definition: Definition) -> Definition:
    """Hold the texts of the answer to what their destinations take, and note where that is less than the file says."""
    steps = [(step.connection, step.action, step.params) for step in definition.then]
    found = rooms(definition.answer, steps)
    for name, room in found.items():
        block = definition.answer[name]
        stated = block.get("max") if isinstance(block, Mapping) else None
        if isinstance(stated, int):
            document.notes.append(
                f"`answer.{name}` may have {stated:,} characters, and {room.where} has room for {room.most:,}. "
                f"So answers are held to {room.most:,}."
            )
    return definition.model_copy(update={"lengths": {name: room.most for name, room in found.items()}})


def _check_step(
    document: Document,
    definition: Definition,
    position: int,
    name: str,
    action_name: str,
    params: Mapping[str, Any],
    lost: frozenset[str],
) -> None:
    key = f"{name}.{action_name}"
    path = ("then", position, key)
    connection = _connection(document, path, name)
    if connection is None:
        return
    app = manifests()[connection.app].name
    actions = {n: a for n, a in actions_of(connection).items() if a.effect == "write"}
    action = actions.get(action_name)
    if action is None:
        document.fault(
            path, f"{app} cannot `{action_name}`. It can: {', '.join(sorted(actions)) or 'write nothing'}."
        )
        return
    if action.reaches_customer and definition.review == "none" and not action.always_reviewed:
        document.fault(
            ("review",), f"`{key}` reaches a customer, so a person reviews it: `review: none` cannot be used."
        )
    if action.always_reviewed and not (
        isinstance(definition.review, ReviewPart) and definition.review.autopilot == "off"
    ):
        document.fault(
            ("review",),
            f"What `{key}` does with an answer nobody here can measure, so a person reviews each: neither "
            "`review: none` nor `autopilot` can be used.",
        )
    for setting in manifests()[connection.app].auth.settings:
        if action_name in setting.needed_by and not _is_stated(connection, setting):
            document.fault(
                path,
                f"`{name}` has no “{setting.label}”, and `{action_name}` needs it. State it under Connections.",
            )
    known = action.params.model_fields
    for param, value in params.items():
        if param not in known:
            document.fault((*path, param), f"`{action_name}` has no `{param}`. It has: {', '.join(known)}.")
            continue
        _check_references(document, definition, action, (*path, param), param, value, lost)
    for param, info in known.items():
        if info.is_required() and param not in params:
            document.fault(path, f"`{param}` is missing for `{action_name}`.")
    missing = action.params.fault_of(params)
    if missing:
        document.fault(path, f"`{action_name}` needs {missing}.")


def _check_reply(document: Document, definition: Definition) -> None:
    if definition.record.when not in HANDED_IN:
        source = f"`{definition.record.from_}`" if definition.record.from_ else "nobody"
        document.fault(
            ("then",),
            f"`reply` sends the answer back to whoever handed the record in, and these records come from {source}. "
            "Say where the answer goes, or let the records come by `when: webhook`.",
        )
    if definition.review == "none":
        document.fault(
            ("review",),
            "`reply` hands the answer to another program, and what that does with it nobody here sees. So a person "
            "reviews it: `review: none` cannot be used.",
        )


def _is_stated(connection: Connection, setting: Setting) -> bool:
    """Say whether a connection has a setting, be it a secret one."""
    if setting.secret:
        return secret_setting(connection, setting.name) is not None
    return bool(connection.settings.get(setting.name) or setting.default)


def _check_references(
    document: Document,
    definition: Definition,
    action: Action,
    path: Path_,
    param: str,
    value: Any,
    lost: frozenset[str],
) -> None:
    for text in misread(value):
        document.fault(path, f"`{text}` is no reference. Write record. or answer. and a field's name.")
    for reference in references(value):
        if reference.source == "answer":
            if "answer" not in lost:
                _check_answer_field(document, definition, path, reference)
            if param in action.targets():
                document.fault(
                    path,
                    f"`{param}` says where this goes, so it must come from the record, "
                    "never from the AI's answer.",
                )
        elif is_told(definition, reference):
            document.fault(
                path,
                f"`{reference}` is what a server told of the record, so it goes nowhere by itself: it is for the AI.",
            )
        elif "record" not in lost and not _is_read(definition, reference):
            fields = ", ".join(_fields_read(definition))
            document.fault(path, f"`{reference}` is not among the record's `fields`: {fields}.")


def _check_answer_field(
    document: Document, definition: Definition, path: Path_, reference: Reference
) -> None:
    name, _, deeper = reference.field.partition(".")
    if name not in definition.answer:
        fields = ", ".join(definition.answer)
        document.fault(path, f"The answer has no `{reference.field}`. It has: {fields}.")
        return
    block = definition.answer[name]
    kind = block.get("type") if isinstance(block, Mapping) else block
    if deeper and kind not in ("rows", "choices"):
        document.fault(path, f"The answer's `{name}` is one value, so `{reference}` leads to nothing.")


def _fields_read(definition: Definition) -> tuple[str, ...]:
    """Return the fields that records have: what we ask for is read alone, what an app tells us comes whole."""
    if definition.record.together:
        return TOGETHER
    return pushing.fields_told(definition) or definition.record.fields


def _is_read(definition: Definition, reference: Reference) -> bool:
    fields = _fields_read(definition)
    return not fields or reference.field in ("id", *fields) or reference.field.split(".")[0] in fields


def _connection(document: Document, path: Path_, name: str) -> Connection | None:
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
            definition.name,
            changed,
            webhook_url(integration) if integration else None,
            difference,
            notes=tuple(document.notes),
        )
    if integration is None:
        integration = Integration.objects.create(name=definition.name)
    secret = None
    source = definition.record
    if source.signed in OWN_SECRET and source.from_ is None and integration.secret_sealed is None:
        secret = new_secret(integration)
        integration.save()
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
    return AppliedOne(
        definition.name,
        changed,
        webhook_url(integration),
        difference,
        secret,
        takes_records=source.when == "webhook",
        notes=tuple(document.notes),
    )


def webhook_url(integration: Integration) -> str:
    """Return the address that takes records for this integration."""
    return f"{public_url()}/in/{integration.key}"


def _state_fact(
    name: str, statements: tuple[Statement, ...], person: Person | None, dry_run: bool
) -> AppliedOne:
    fact = Fact.objects.filter(name=name).first()
    before = fact.said if fact else ()
    if before == statements:
        return AppliedOne(name, False, None)
    if not dry_run:
        state(name, statements, person)
    return AppliedOne(name, True, None, tuple(_difference(_written(before), _written(statements))))


def _written(statements: Iterable[Statement]) -> str:
    return "\n".join(
        f"{one.when()}:\n{one.text}" if one.when() != "always" else one.text for one in statements
    )


def _difference(before: str, after: str) -> Iterable[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "in force", "new", lineterm="", n=2)
    return list(lines)

"""Checks what an integration means: that all it names is there, and that each part of it can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from signoff.accounts.models import Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connectors.base import AiConnector, Connector
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import SignoffError
from signoff.integrations import offers
from signoff.integrations.asking import check_context
from signoff.integrations.definition import TAKEN, Definition
from signoff.integrations.destinations import check_reply, check_step, check_written
from signoff.integrations.file import Document, Path_
from signoff.integrations.given import check_handed_in
from signoff.integrations.lengths import rooms
from signoff.integrations.record_part import HANDED_IN
from signoff.integrations.review_part import ReviewPart
from signoff.integrations.sources import check_source, is_read, offers_fields
from signoff.outputs.faults import ContractFault
from signoff.prompts.models import Fact


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
    if definition.drafts is not None:
        check_handed_in(document, definition, lost)
    if not {"record", "context"} & lost:
        check_context(document, definition, _connection, lambda reference: is_read(definition, reference))
    if "prompt" not in lost:
        _check_prompt(document, definition, set(stated))
    if "answer" not in lost:
        definition = _with_choices(document, definition)
        try:
            definition.contract()
        except ContractFault as error:
            for problem, what in error.problems:
                place = ("answer", *filter(None, problem.split(".")))
                document.fault(place, f"`{'.'.join(place)}` {what}.")
    if "review" not in lost:
        _check_asking(document, definition)
    if "versions" not in lost:
        _check_versions(document, definition)
    if not {"answer", "then"} & lost:
        definition = _with_room(document, definition)
    if definition.reply and not {"then", "record"} & lost:
        check_reply(document, definition)
    if "then" not in lost:
        check_written(document, definition)
    for position, step in enumerate(definition.then):
        if not {"then", f"then.{position}"} & lost:
            path = ("then", position, f"{step.connection}.{step.action}")
            connection = _connection(document, path, step.connection)
            if connection is not None:
                check_step(document, definition, path, step, connection, lost)
    return definition


def _check_source(document: Document, definition: Definition) -> None:
    name = definition.record.from_
    connection = None if name is None else _connection(document, ("record", "from"), name)
    if name is None or connection is not None:
        check_source(document, definition, connection)


def _check_prompt(document: Document, definition: Definition, stated: set[str]) -> None:
    asked = definition.asked
    connection = _connection(document, ("prompt", "ai"), asked.ai) if asked else None
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
                f"No company fact is named `{name}`. State it under Settings, Company facts, or in a file that is "
                f"applied too: `facts: {{{name}: …}}`.",
            )
    if (
        connection is not None
        and asked is not None
        and asked.pictures
        and not _may_see(connection, asked.model)
    ):
        document.fault(
            ("prompt", "model"),
            f"`{asked.model}` cannot look at pictures. Choose a model that can, or leave out `pictures`.",
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


def _connection(document: Document, path: Path_, name: str) -> Connection | None:
    connection = Connection.objects.filter(name=name).first()
    if connection is None:
        names = ", ".join(Connection.objects.values_list("name", flat=True)) or "none yet"
        document.fault(
            path,
            f"No connection is named `{name}`. There are: {names}. Name one of these, or connect it first.",
        )
    return connection

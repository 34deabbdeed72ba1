"""Where the records of an integration come from, which fields they bring, and what is wrong with that."""

from __future__ import annotations

import difflib

from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connectors.base import Connector, Trigger
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import SignoffError
from signoff.integrations import pushing
from signoff.integrations.definition import Definition
from signoff.integrations.file import Document, Path_
from signoff.integrations.record_part import HANDED_IN, TOGETHER
from signoff.integrations.references import Reference
from signoff.integrations.signing import fault_of


def check_source(document: Document, definition: Definition, connection: Connection | None) -> None:
    """Note every fault of where the records come from: an app's `connection`, None where they are handed in."""
    source = definition.record
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


def fields_read(definition: Definition) -> tuple[str, ...]:
    """Return the fields that records have: what we ask for is read alone, what an app tells us comes whole."""
    if definition.record.together:
        return TOGETHER
    return pushing.fields_told(definition) or definition.record.fields


def is_read(definition: Definition, reference: Reference) -> bool:
    """Say whether the records have the field that a reference leads to."""
    fields = fields_read(definition)
    return not fields or reference.field in ("id", *fields) or reference.field.split(".")[0] in fields


def offers_fields(connection: Connection) -> bool:
    """Say whether an app describes its own fields."""
    return connector_class(connection.app).fields is not Connector.fields


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

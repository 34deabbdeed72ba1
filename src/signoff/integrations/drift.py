"""
What changed at the apps since an integration was put in force: choices that are gone or new, fields that are gone,
cannot be written any more or have room for less, where records come from and where answers go.

Looked at once a day and on request. A change that an answer would run into is told before the app refuses the write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from signoff.accounts.models import Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.connectors.base import Field
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import InputRejected, SignoffError
from signoff.integrations import offers
from signoff.integrations.apply import Applied, apply
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.file import read_text
from signoff.integrations.models import Drift, Integration
from signoff.integrations.narrower import choices_in, letters, narrow
from signoff.integrations.sources import offers_fields
from signoff.integrations.written import names_fields, refusal, written

Fields = Mapping[str, Field]
ANOTHER_VALUE = "Choose another value, or open the integration, take the change over,"


@dataclass(frozen=True)
class Difference:
    """
    One change at an app. `reference` is "hubspot-main.contact.lead_intent".

    `gone` are values of choices that are no longer there; `is_gone` means the field itself; `most` are the characters
    that it has room for, where an answer may have more. Each breaks something; without them there are only new choices,
    which the AI is not offered yet.
    """

    reference: str
    what: str
    gone: tuple[str, ...] = ()
    is_gone: bool = False
    most: int | None = None

    @property
    def breaks(self) -> bool:
        return self.is_gone or bool(self.gone) or self.most is not None


def differences(definition: Definition, fields_of: Callable[[str, str], Fields | None]) -> list[Difference]:
    """
    Return what changed for an integration. `fields_of(connection, object)` are an app's fields now, None when unknown.
    """
    found = {one.reference: one for one in _in_the_record(definition, fields_of)}
    for reference, known in definition.choices.items():
        name, kind, field = reference.split(".", 2)
        fields = fields_of(name, kind)
        if fields is None:
            continue
        one = _of_choices(reference, known, fields.get(field))
        if one is not None:
            found[reference] = one
    for change in _where_it_goes(definition, fields_of):
        found.setdefault(change.reference, change)
    return list(found.values())


def _of_choices(reference: str, known: tuple[tuple[str, str], ...], now: Field | None) -> Difference | None:
    field = reference.rsplit(".", 1)[1]
    if now is None:
        return Difference(reference, f"The field “{field}” is gone.", is_gone=True)
    if now.read_only:
        return Difference(reference, f"“{now.label}” can no longer be written.", is_gone=True)
    before, after = dict(known), {choice.value: choice.label for choice in now.choices}
    gone = [value for value in before if value not in after]
    fresh = [value for value in after if value not in before]
    named = [
        f"{before[value]} became {after[value]}"
        for value in before
        if after.get(value, before[value]) != before[value]
    ]
    parts = []
    if gone:
        parts.append(f"“{now.label}” has no choice {_listed(before[value] for value in gone)} any more.")
    if fresh:
        parts.append(f"“{now.label}” has a new choice: {_listed(after[value] for value in fresh)}.")
    if named:
        parts.append(f"In “{now.label}”, {_listed(named)}.")
    return Difference(reference, " ".join(parts), tuple(gone)) if parts else None


def _in_the_record(
    definition: Definition, fields_of: Callable[[str, str], Fields | None]
) -> Iterator[Difference]:
    """Yield fields of the record that the source no longer has."""
    source = definition.record
    connection = Connection.objects.filter(name=source.from_).first() if source.from_ else None
    if connection is None:
        return
    triggers = {trigger.name: trigger for trigger in connector_class(connection.app).triggers}
    trigger = triggers.get(source.when or "")
    fields = fields_of(connection.name, trigger.object) if trigger else None
    if trigger is None or fields is None:
        return
    known = {*fields, *trigger.fields, "id"}
    for name in dict.fromkeys((*source.fields, *source.only_if)):
        if name not in known and name.split(".")[0] not in known:
            reference = f"{connection.name}.{trigger.object}.{name}"
            yield Difference(reference, f"The field “{name}” is gone; records come without it.", is_gone=True)


def _where_it_goes(
    definition: Definition, fields_of: Callable[[str, str], Fields | None]
) -> Iterator[Difference]:
    """Yield fields that the steps write and that their app would refuse now, or refuse for some answers."""
    contract = definition.contract()
    for one in written(definition):
        fields = fields_of(one.connection, one.object)
        if not fields:
            continue
        what = refusal(one, fields)
        less = narrow(one, fields, contract) if not what else None
        if what:
            yield Difference(one.reference, what, is_gone=True)
        elif less:
            yield Difference(one.reference, less.what, gone=less.gone, most=less.most)


def look(integration: Integration) -> list[Drift]:
    """
    Ask the apps how their fields are now, keep what changed for this integration, and return it.

    An app that cannot be asked changes nothing of what is known.
    """
    if integration.current is None:
        return []
    definition = read_definition(integration.current)[0]
    asked: dict[tuple[str, str], Fields | None] = {}

    def fields_of(name: str, kind: str) -> Fields | None:
        if (name, kind) not in asked:
            asked[name, kind] = _fields(name, kind, definition.version_for(name))
        return asked[name, kind]

    found = differences(definition, fields_of)
    unknown = tuple(f"{name}.{kind}." for (name, kind), fields in asked.items() if fields is None)
    with transaction.atomic():
        rows = {row.reference: row for row in Drift.objects.filter(integration=integration)}
        for one in found:
            values = {"what": one.what, "gone": list(one.gone), "is_gone": one.is_gone, "most": one.most}
            Drift.objects.update_or_create(integration=integration, reference=one.reference, defaults=values)
        over = rows.keys() - {one.reference for one in found}
        mended = [reference for reference in over if not unknown or not reference.startswith(unknown)]
        Drift.objects.filter(integration=integration, reference__in=mended).delete()
    return list(Drift.objects.filter(integration=integration))


def look_at_all() -> int:
    """Look for changes for every integration that is on; returns how many have one."""
    switched_on = Integration.objects.filter(is_on=True).select_related("current").order_by("name")
    return sum(bool(look(integration)) for integration in switched_on)


def take_over(integration: Integration, person: Person | None) -> Applied:
    """Put the integration's own file in force again, with the apps' choices as they are now; faults change nothing."""
    if integration.current is None:
        raise LookupError(f"integration {integration.name} has no version")
    offers.forget()  # the room of a field as it is now, not as it was two minutes ago
    applied = apply([read_text(integration.current.source, f"{integration.name}.yaml")], person=person)
    if not applied.faults:
        integration.refresh_from_db()
        look(integration)
    return applied


def refuse_what_is_gone(integration_id: int, definition: Definition, answer: Mapping[str, Any]) -> None:
    """Raise `InputRejected` when an app no longer has a choice of the answer, a field it goes to or room for it."""
    if not definition.choices and not any(map(names_fields, definition.then)):
        return
    rows = {row.reference: row for row in Drift.objects.filter(integration_id=integration_id) if row.breaks}
    if not rows:
        return
    for name, block in definition.answer.items():
        row = rows.get(str(block.get("from"))) if isinstance(block, Mapping) else None
        values = answer.get(name)
        chosen = values if isinstance(values, list) else [values]
        if row is None or values is None or not (row.is_gone or set(row.gone) & {str(one) for one in chosen}):
            continue
        raise _refused(row, name, ANOTHER_VALUE)
    for one in written(definition):
        row = rows.get(one.reference)
        if row is None:
            continue
        if row.is_gone:
            raise _refused(row, one.field, "Open the integration, change where the answer goes,")
        if set(row.gone) & choices_in(one.value, answer):
            raise _refused(row, one.field, ANOTHER_VALUE)
        if row.most is not None and letters(one.value, answer) > row.most:
            raise _refused(
                row, one.field, "Shorten the answer, or open the integration, take the change over,"
            )


def _refused(row: Drift, field: str, step: str) -> InputRejected:
    return InputRejected(
        f"{row.reference} has changed since it was applied",
        field=field,
        owner_message=f"{_app_of(row.reference)} has changed: {row.what} So this answer cannot be written there. "
        "Nothing was sent.",
        next_step=f"{step} and run the record again.",
    )


def _fields(name: str, kind: str, version: str) -> Fields | None:
    connection = Connection.objects.filter(name=name).first()
    if connection is None or not offers_fields(connection):
        return None
    try:
        return {field.name: field for field in client_for(connection, version).fields(kind)}
    except SignoffError:
        return None


def _app_of(reference: str) -> str:
    connection = Connection.objects.filter(name=reference.split(".")[0]).first()
    return manifests()[connection.app].name if connection else "The app"


def _listed(words: Any) -> str:
    return ", ".join(f"“{word}”" if " became " not in word else word for word in words)

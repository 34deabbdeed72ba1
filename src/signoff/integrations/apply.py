"""Puts integration files into force: all of them, or none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection as db
from django.db import transaction
from pydantic import ValidationError

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core.home import public_url
from signoff.core.secret import Secret
from signoff.integrations.checking import check_definition
from signoff.integrations.definition import FILLED_IN, Definition
from signoff.integrations.facts import facts_in, is_facts, stated_in
from signoff.integrations.file import Document, FileFault, not_known, note_shape_faults
from signoff.integrations.models import Integration, Version
from signoff.integrations.salvage import salvage
from signoff.integrations.signing import OWN_SECRET, new_secret
from signoff.prompts.facts import Statement
from signoff.prompts.models import Fact
from signoff.prompts.stating import state

APPLY_LOCK = 7_746_004  # of two that apply at once, the second sees what the first has done


@dataclass(frozen=True)
class AppliedOne:
    """
    What became of one document. `signing_secret` is there when it was just made, to be shown once.

    `webhook_url` is None where records cannot be sent to an address: their drafts are handed in with them.
    """

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
            document.fault((name,), not_known(name))
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
            webhook_url(integration) if integration and definition.asked else None,
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
        webhook_url(integration) if definition.asked else None,
        difference,
        secret,
        takes_records=source.when == "webhook" and definition.asked is not None,
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

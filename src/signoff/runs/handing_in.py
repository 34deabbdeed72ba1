"""Handing in a table: its file is stored once and read into rows; nothing begins by that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from django.db import connection as db
from django.db import transaction
from psycopg.types.json import Jsonb

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.record_part import HANDED_IN
from signoff.runs.fitting import checked, columns_for, fields_of
from signoff.runs.models import Upload, UploadRow
from signoff.runs.receive import storable
from signoff.sheets.reading import look, rows
from signoff.sheets.tables import Choices, Layout, Row, refused

LISTS = ("names", "sheets", "notes")  # of a layout; JSON knows no tuples
EMPTY_NAMED = 50  # so many empty rows are named by their numbers


class UploadRefused(Exception):
    """Nothing was begun; the text says why, and what to do."""


def why_not(integration: Integration) -> str:
    """Return why records cannot be handed in to an integration as a table, "" where they can."""
    if integration.current is None:
        return f"{integration.name} is empty. Apply its file first."
    definition = read_definition(integration.current)[0]
    source = definition.record
    if definition.asked is None:
        return (
            f"{integration.name} asks no AI: each record is handed in together with its draft, by a program. A "
            "spreadsheet goes into an integration whose drafts an AI writes."
        )
    if source.when in HANDED_IN:
        return ""
    where = f"from {source.from_}" if source.from_ else "by a schedule"
    return (
        f"{integration.name} gets its records {where}. A spreadsheet goes into an integration with “when: upload” or "
        "“when: webhook” in its file."
    )


def hand_in(
    integration: Integration,
    name: str,
    data: bytes,
    *,
    choices: Choices | None = None,
    mapping: Mapping[str, str] | None = None,
    person: Person | None = None,
) -> Upload:
    """
    Store a table for an integration, all of it or nothing, and guess which column is which field.

    Raises `TableRefused` for what is no table, and `UploadRefused` where a table cannot go.
    """
    definition = definition_for(integration)
    upload = Upload(
        integration=integration,
        name=storable(" ".join(name.replace("\\", "/").rsplit("/", 1)[-1].split()))[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        data=data,
        made_by=person,
        made_at=clock.now(),
    )
    _read(upload, data, choices or Choices(), definition, dict(mapping or {}))
    return upload


def read_again(upload: Upload, choices: Choices) -> None:
    """Read the file of an upload that has not begun another way. Raises `TableRefused`; then all stays as it was."""
    if upload.state != Upload.State.PREVIEW or upload.data is None:
        raise UploadRefused("It has begun already, as it was read then.")
    definition = definition_for(upload.integration)
    _read(upload, bytes(upload.data), choices, definition, upload.mapping)


def choose(upload: Upload, mapping: Mapping[str, str], repeat: str) -> bool:
    """Store which column is which field, and what becomes of rows that came in before; True where that is new."""
    fields = fields_of(definition_for(upload.integration))
    kept = checked(mapping, layout_of(upload).names, fields)
    repeat = repeat if repeat in Upload.Repeat.values else ""
    if (kept, repeat) == (upload.mapping, upload.repeat):
        return False
    Upload.objects.filter(pk=upload.pk, state=Upload.State.PREVIEW).update(mapping=kept, repeat=repeat)
    upload.mapping, upload.repeat = kept, repeat
    return True


def mapping_with(upload: Upload, columns: Sequence[str]) -> dict[str, str]:
    """Return the mapping of an upload with what is said of columns, "column=field". Raises `UploadRefused`."""
    names = layout_of(upload).names
    fields = [field.name for field in fields_of(definition_for(upload.integration))]
    mapping = dict(upload.mapping)
    for said in columns:
        column, is_said, field = (part.strip() for part in said.rpartition("="))
        if not is_said or not field:
            raise UploadRefused(f"“{said}” says no field. Write the column, then =, then the field.")
        if column not in names:
            raise UploadRefused(f"The table has no column “{column}”. It has: {', '.join(names)}.")
        if field not in fields:
            raise UploadRefused(
                f"{upload.integration.name} knows no field “{field}”. It knows: {', '.join(fields)}."
            )
        mapping[field] = column
    return mapping


def throw_away(upload: Upload) -> bool:
    """Delete an upload that has not begun, with all that is kept of it; False when it has begun."""
    with transaction.atomic():
        waiting = Upload.objects.select_for_update().filter(pk=upload.pk, state=Upload.State.PREVIEW)
        if not waiting.exists():
            return False
        upload.rows.all().delete()
        waiting.delete()
    return True


def layout_of(upload: Upload) -> Layout:
    """Return how the file of an upload is read."""
    told = upload.layout
    lists = {name: tuple(told.get(name, ())) for name in LISTS}
    return Layout(**{"kind": "csv", "header_row": 0, **told, **lists})


def choices_of(upload: Upload) -> Choices:
    """Return how its person wants the file of an upload to be read."""
    return Choices(**upload.choices)


def definition_for(integration: Integration) -> Definition:
    """Return what an integration says, where a table can go into it. Raises `UploadRefused`."""
    why = why_not(integration)
    if why or integration.current is None:
        raise UploadRefused(why)
    return read_definition(integration.current)[0]


def _read(
    upload: Upload, data: bytes, choices: Choices, definition: Definition, mapping: Mapping[str, str]
) -> None:
    layout = look(data, choices)
    read = list(rows(data, layout))
    filled = [row for row in read if not row.is_empty]
    if not filled:
        raise refused("There is no row below the names.", "Hand in the one that holds the table.")
    last = filled[-1].number
    fields = fields_of(definition)
    guessed = {**columns_for(layout.names, fields), **mapping}
    with transaction.atomic():
        if upload.pk is not None:
            # Whoever presses Start at this moment waits, or was first; then all stays as it was.
            waiting = Upload.objects.select_for_update().filter(pk=upload.pk, state=Upload.State.PREVIEW)
            if not waiting.exists():
                raise UploadRefused("It has begun already, as it was read then.")
        upload.choices = {name: value for name, value in asdict(choices).items() if value not in ("", None)}
        lists = {name: list(getattr(layout, name)) for name in LISTS}
        upload.layout = storable(asdict(layout) | lists)
        upload.mapping = checked(guessed, layout.names, fields)
        upload.count = len(filled)
        # Those below the last row are no rows of the table.
        upload.empty = [row.number for row in read if row.is_empty and row.number < last][:EMPTY_NAMED]
        upload.save()
        UploadRow.objects.filter(upload=upload).delete()
        _copy(upload.pk, filled)


def _copy(upload_id: int, filled: Iterable[Row]) -> None:
    """Store rows by COPY: twenty thousand in a second."""
    with (
        db.cursor() as cursor,
        cursor.copy('COPY runs_uploadrow (upload_id, number, "values", state, why) FROM STDIN') as copy,
    ):
        for row in filled:
            copy.write_row((upload_id, row.number, Jsonb(storable(list(row.values))), "waiting", ""))

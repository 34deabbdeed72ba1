"""Airtable, by its Web API reference as of November 2026; docs/apps/airtable.md names what that does not say."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import Field as PydanticField

from signoff.connectors import base as sdk
from signoff.connectors.airtable.answers import NO_TABLE, explain, refused, rows_of, written
from signoff.connectors.airtable.cells import field_of, record_of
from signoff.connectors.base import Account, Connector, Event, Field, Page, Record, Written, action, target
from signoff.connectors.polling import Place
from signoff.connectors.shapes import items, member
from signoff.core.clock import now
from signoff.core.errors import PermissionMissing
from signoff.outbound.reply import Reply


class CreateRecord(sdk.Params):
    values: dict[str, str | bool | int | float | list[str] | None] = PydanticField(
        description="The cells, by the fields' names or ids at Airtable."
    )
    table: str | None = target("The table's name or id, if not the connection's own.", default=None)


class UpdateRecord(CreateRecord):
    record: str = target("The record to change: its id.", pattern="^rec[A-Za-z0-9]+$")


class Airtable(Connector):
    """One table of one base, and what is written to that base, by a personal access token."""

    # Whoever adds a record by hand makes an empty one first, and types then.
    settled, overlap = timedelta(seconds=30), timedelta(hours=1)
    triggers = (sdk.Trigger("record_created", "A new record appears", "record", needs=("read records",)),)

    def check(self) -> Account:
        explain(self.door.get("/v0/meta/whoami"))
        may, lacks = [], []
        for words, scope, ask in (
            ("read fields", "schema.bases:read", lambda: self.fields("record")),
            ("read records", "data.records:read", lambda: self._records("1")),
            ("write records", "data.records:write", self._write_nothing),
        ):
            try:
                ask()
                may.append(words)
            except PermissionMissing:
                lacks.append(f"{words} ({scope})")
        base, table = self.settings["base"], self.settings["table"]
        return Account(base, f"{table} in {base}", tuple(may), tuple(lacks))

    def fields(self, object: str) -> list[Field]:
        reply = self.door.get(f"/v0/meta/bases/{_quoted(self.settings['base'])}/tables")
        explain(reply)
        sought = self.settings["table"] if object == "record" else object
        for table in items(member(reply.json(), "tables")):
            if sought in (member(table, "id"), member(table, "name")):
                return [field_of(told) for told in items(member(table, "fields"))]
        raise refused(reply, "table", NO_TABLE)

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        told, _, offset = (cursor or Place.first(now()).write()).partition("\n")  # where we are in a pass
        place = Place.read(told).begun(now(), self.overlap, self.settled)
        if cursor is None or place.high <= place.low:
            return Page((), told)
        # Airtable tells whole seconds, so one more is asked for.
        since, until = (_moment(stamp) for stamp in (place.low - 1000, place.high))
        made = f"AND(IS_AFTER(CREATED_TIME(), {since}), IS_BEFORE(CREATED_TIME(), {until}))"
        reply = self._list(made, **({"offset": offset} if offset else {}))
        if offset and reply.status == 422:  # an offset ends after some minutes: the pass begins again
            return Page((), place.write(), more=True)
        ours = self.settings["run_field"]
        events = (_event(row, fields) for row in rows_of(reply) if not member(row, "fields", ours))
        further = member(reply.json(), "offset")
        cursor = f"{place.write()}\n{further}" if further else place.after((), 1)[0].write()
        return Page(tuple(event for event in events if event.label), cursor, bool(further))

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        return next(
            (record_of(row, fields) for row in self._records(f"RECORD_ID()={json.dumps(object_id)}")), None
        )

    @action(label="Create a record", effect="write", repeatable=False, needs=("write records",))
    def create_record(self, params: CreateRecord, marker: str) -> Written:
        cells = {name: value for name, value in params.values.items() if value not in (None, "", [])}
        body = {"fields": {**cells, self.settings["run_field"]: marker}}
        return written(self.door.post(self._path(params.table), effect="write", json=body), cells)

    @action(label="Change a record", effect="write", repeatable=True, needs=("write records",))
    def update_record(self, params: UpdateRecord, marker: str) -> Written:
        cells = {name: None if value in ("", []) else value for name, value in params.values.items()}
        reply = self.door.patch(self._path(params.table, params.record), json={"fields": cells})
        if reply.status in (403, 404) and not self._records(f'RECORD_ID()="{params.record}"', params.table):
            raise refused(reply, "record", "The record is not there any more.")
        return written(reply, cells)

    def reconcile(self, intent: sdk.Intent) -> sdk.Outcome:
        field = re.sub(r"([\\}])", r"\\\1", self.settings["run_field"])
        reply = self._list(f"{{{field}}}={json.dumps(intent.marker)}", intent.params.get("table"))
        if reply.status == 422:
            return sdk.Unknown("the field for Signoff's number is not there any more")
        return next((sdk.Sent(str(member(row, "id"))) for row in rows_of(reply)), sdk.NotSent())

    def _write_nothing(self) -> None:
        """Ask to change no records: refused as empty (422), and before that where nothing may be changed at all."""
        reply = self.door.request("PATCH", self._path(None), effect="read", json={"records": []})
        if reply.status != 422:
            explain(reply)

    def _path(self, table: str | None, record: str = "") -> str:
        parts = (self.settings["base"], table or self.settings["table"], record)
        return "/v0/" + "/".join(_quoted(part) for part in parts if part)

    def _list(self, formula: str, table: str | None = None, **more: str) -> Reply:
        return self.door.get(self._path(table), params={"filterByFormula": formula, **more})

    def _records(self, formula: str, table: str | None = None) -> list[Any]:
        return rows_of(self._list(formula, table))


def _quoted(part: str) -> str:
    return quote(part, safe="").replace(".", "%2E")  # a table named ".." leads nowhere else


def _moment(stamp: int) -> str:
    return f'DATETIME_PARSE("{datetime.fromtimestamp(stamp / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}")'


def _event(row: Any, fields: Sequence[str]) -> Event:
    """Return what is told of a new record. Without a label there is nothing in it yet."""
    record, id = record_of(row, fields), str(member(row, "id"))
    filled = [value for name, value in record.items() if name != "id" and value not in (None, "", [])]
    label = next((value for value in filled if isinstance(value, str)), id) if filled else ""
    return Event(
        f"record_created:{id}", id, record, label, datetime.fromisoformat(member(row, "createdTime"))
    )

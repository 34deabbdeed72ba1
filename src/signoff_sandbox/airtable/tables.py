"""The account: two bases, their tables with fields and records, and the tokens that open them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from signoff_sandbox.airtable import errors
from signoff_sandbox.airtable.formulas import Row
from signoff_sandbox.clock import Clock, iso

Json = dict[str, Any]

PRACTICE_KEY = "patPractice000000." + "0" * 64
USER = "usrPractice000000"
BASE = "appPractice000000"
OTHER_BASE = "appSecret00000000"
TABLE = "tblPracticeLeads0"
RUN_FIELD = "Signoff run"
SCOPES = ("data.records:read", "data.records:write", "schema.bases:read")

TEXTS = ("singleLineText", "multilineText", "richText", "email", "url", "phoneNumber")
NUMBERS = ("number", "currency", "percent", "rating", "duration")
# Computed by Airtable itself; whoever writes to one is refused.
COMPUTED = (
    "createdTime",
    "lastModifiedTime",
    "autoNumber",
    "formula",
    "count",
    "createdBy",
    "multipleLookupValues",
)


@dataclass
class Token:
    """What a token opens. `bases` and `scopes` are chosen when it is made; `email` needs the scope for it."""

    scopes: tuple[str, ...] = SCOPES
    bases: tuple[str, ...] = (BASE,)
    revoked: bool = False


@dataclass
class Column:
    """A field of a table, as the schema tells it."""

    id: str
    name: str
    type: str
    options: Json = field(default_factory=dict)
    description: str = ""

    def told(self) -> Json:
        more: Json = {"options": self.options} if self.options else {}
        if self.description:
            more["description"] = self.description
        return {"id": self.id, "name": self.name, "type": self.type, **more}


@dataclass
class Record:
    """A row; `cells` by the field's id, without empty ones. `created` is a whole second, as Airtable tells it."""

    id: str
    created: float
    cells: Json = field(default_factory=dict)


@dataclass
class Table:
    id: str
    name: str
    columns: list[Column]
    records: dict[str, Record] = field(default_factory=dict)

    def told(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "primaryFieldId": self.columns[0].id,
            "fields": [one.told() for one in self.columns],
            "views": [{"id": f"viw{self.id[3:]}", "name": "Grid view", "type": "grid"}],
        }

    def column(self, name: str) -> Column:
        """Return a field by its name or id. Raises 422 `UNKNOWN_FIELD_NAME`."""
        for one in self.columns:
            if name in (one.id, one.name):
                return one
        raise errors.invalid("UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')

    def row(self, record: Record) -> Row:
        by_name = {one.name: record.cells[one.id] for one in self.columns if one.id in record.cells}
        moment = datetime.fromisoformat(iso(record.created))
        return Row(record.id, moment, by_name, frozenset(one.name for one in self.columns))


@dataclass
class Base:
    id: str
    name: str
    tables: list[Table]
    permission: str = "create"

    def table(self, name: str) -> Table:
        """Return a table by its name or id. Raises the 403 that does not say whether it is there."""
        for one in self.tables:
            if name in (one.id, one.name):
                return one
        raise errors.no_right_or_gone()


class Account:
    """What one person sees at Airtable."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tokens = {PRACTICE_KEY: Token()}
        self.bases = {one.id: one for one in (_practice_base(), _secret_base())}
        self._numbers = itertools.count(1)

    def create(
        self, table: Table, fields: Mapping[str, Any], *, typecast: bool = False, age: float = 0
    ) -> Record:
        """Add a row; `fields` by name or id. Raises 422 where a value does not fit, and then adds nothing."""
        cells = self._checked(table, fields, typecast=typecast)
        number = next(self._numbers)
        record = Record(f"rec{number:014d}", float(int(self.clock.now() - age)), _filled(cells))
        for column in table.columns:
            if column.type == "createdTime":
                record.cells[column.id] = iso(record.created)
            elif column.type == "autoNumber":
                record.cells[column.id] = number
        table.records[record.id] = record
        return record

    def update(
        self, table: Table, id: str, fields: Mapping[str, Any], *, typecast: bool = False, whole: bool = False
    ) -> Record:
        """Change a row; `whole`: what is not named is emptied. Raises LookupError, and 422 as above."""
        record = table.records[id]
        cells = self._checked(table, fields, typecast=typecast)
        if whole:
            kept = {one.id for one in table.columns if one.type in COMPUTED}
            record.cells = {name: value for name, value in record.cells.items() if name in kept}
        record.cells = _filled({**record.cells, **cells})
        return record

    def told(
        self, table: Table, record: Record, *, by_id: bool = False, only: list[str] | None = None
    ) -> Json:
        """Return a row as the API tells it: empty cells are left out."""
        wanted = [table.column(name).id for name in only] if only else None
        fields = {
            (one.id if by_id else one.name): record.cells[one.id]
            for one in table.columns
            if one.id in record.cells and (wanted is None or one.id in wanted)
        }
        return {"id": record.id, "createdTime": iso(record.created), "fields": fields}

    def _checked(self, table: Table, fields: Mapping[str, Any], *, typecast: bool) -> Json:
        if not isinstance(fields, Mapping):
            raise errors.invalid(
                "INVALID_REQUEST_MISSING_FIELDS", 'Could not find field "fields" in the request body'
            )
        return {
            column.id: _fitting(column, value, typecast=typecast)
            for column, value in ((table.column(name), value) for name, value in fields.items())
        }

    def everything(self) -> Iterator[tuple[Base, Table, Record]]:
        for base in self.bases.values():
            for table in base.tables:
                for record in table.records.values():
                    yield base, table, record


def _fitting(column: Column, value: Any, *, typecast: bool) -> Any:
    """Return a value as its field keeps it. Raises 422 where it does not fit."""
    if column.type in COMPUTED:
        raise _does_not_fit(column, "because the field is computed")
    if value is None:
        return None
    if column.type in TEXTS:
        if isinstance(value, str):
            return value
        if typecast:
            return str(value)
    elif column.type in NUMBERS:
        if typecast and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    elif column.type == "checkbox":
        if isinstance(value, bool):
            return value
    elif column.type == "singleSelect":
        if isinstance(value, str):
            return _choice(column, value, typecast=typecast)
    elif column.type in ("multipleSelects", "multipleRecordLinks"):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            if column.type == "multipleSelects":
                return [_choice(column, one, typecast=typecast) for one in value]
            return value
    elif column.type in ("date", "dateTime"):
        if isinstance(value, str) and _is_moment(value, column.type):
            return value
    elif column.type == "barcode" and isinstance(value, dict) and isinstance(value.get("text"), str):
        return value
    raise _does_not_fit(column, "the provided value")


def _choice(column: Column, value: str, *, typecast: bool) -> str:
    choices = column.options["choices"]
    if value in [one["name"] for one in choices]:
        return value
    if typecast and value:
        choices.append({"id": f"sel{len(choices):014d}", "name": value, "color": "blueLight2"})
        return value
    message = f'Insufficient permissions to create new select option ""{value}""'
    raise errors.invalid("INVALID_MULTIPLE_CHOICE_OPTIONS", message)


def _does_not_fit(column: Column, what: str) -> Exception:
    return errors.invalid("INVALID_VALUE_FOR_COLUMN", f'Field "{column.name}" cannot accept {what}')


def _is_moment(value: str, type: str) -> bool:
    try:
        date.fromisoformat(value) if type == "date" else datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _filled(cells: Json) -> Json:
    return {name: value for name, value in cells.items() if value not in (None, "", [], False)}


def _column(name: str, type: str, **options: Any) -> Column:
    return Column("fld" + re.sub(r"\W", "", name).ljust(14, "0")[:14], name, type, options)


def _choices(*names: str) -> list[Json]:
    return [{"id": f"sel{n:014d}", "name": name, "color": "blueLight2"} for n, name in enumerate(names)]


def _practice_base() -> Base:
    leads = [
        _column("Name", "singleLineText"),
        _column("Email", "email"),
        _column("Company", "singleLineText"),
        _column("Message", "multilineText"),
        _column("Lead status", "singleSelect", choices=_choices("New", "Answered", "Won", "Lost")),
        _column("Topics", "multipleSelects", choices=_choices("Price", "Demo", "Support")),
        _column("Seats", "number", precision=0),
        _column("Budget", "currency", precision=2, symbol="$"),
        _column("Newsletter", "checkbox", icon="check", color="greenBright"),
        _column("Follow up", "date", dateFormat={"name": "iso", "format": "YYYY-MM-DD"}),
        _column("Called at", "dateTime", timeZone="utc"),
        _column("Website", "url"),
        _column("Phone", "phoneNumber"),
        _column("Answer", "richText"),
        _column("Badge", "barcode"),
        _column("Card", "multipleAttachments", isReversed=False),
        _column("Colleague", "singleCollaborator"),
        _column("Number", "autoNumber"),
        _column("Made at", "createdTime", result={"type": "dateTime"}),
        _column("Summary", "formula", isValid=True, formula="{fldName0000000000}", result={"type": "singleLineText"}),
        _column("Later kind", "somethingNew"),
        _column(RUN_FIELD, "singleLineText"),
    ]  # fmt: skip
    tasks = [
        _column("Title", "singleLineText"),
        _column("Lead", "multipleRecordLinks", linkedTableId=TABLE, isReversed=False),
        _column("Done", "checkbox", icon="check", color="greenBright"),
        _column(RUN_FIELD, "singleLineText"),
    ]
    tables = [Table(TABLE, "Leads", leads), Table("tblPracticeTasks0", "Tasks", tasks)]
    return Base(BASE, "Harbour Desk", tables)


def _secret_base() -> Base:
    return Base(
        OTHER_BASE, "Salaries", [Table("tblSalaries000000", "Salaries", [_column("Name", "singleLineText")])]
    )

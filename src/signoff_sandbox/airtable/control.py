"""What `POST /_control` can do to the practice Airtable; `signoff_sandbox.control` lists the verbs."""

from __future__ import annotations

from typing import Any

from signoff_sandbox.airtable import errors
from signoff_sandbox.airtable.pacing import Pacing
from signoff_sandbox.airtable.tables import BASE, PRACTICE_KEY, TABLE, Account, Column, Table, Token
from signoff_sandbox.desk import Problem, Verb


class Control:
    """Does what people at Airtable could do meanwhile."""

    def __init__(self, account: Account, pacing: Pacing, iterators: dict[str, list[str]]) -> None:
        self.account = account
        self.pacing = pacing
        self.iterators = iterators
        self.gone_status = 404

    def verbs(self) -> dict[str, Verb]:
        return {
            "create_records": self._create_records,
            "update_records": self._update_records,
            "delete_records": self._delete_records,
            "clear": self._clear,
            "fresh": self._fresh,
            "add_field": self._add_field,
            "add_table": self._add_table,
            "rename_field": self._rename_field,
            "revoke_key": lambda _: self._revoke(),
            "restore_key": lambda _: self._restore(),
            "token": self._token,
            "permission": self._permission,
            "limits": self._limits,
            "month_left": self._month_left,
            "forget_iterators": lambda _: self.iterators.clear(),
            "gone_as": self._gone_as,
        }

    def gone(self) -> Problem:
        """Return the answer for a record that is not there (or not any more)."""
        if self.gone_status == 404:
            return errors.refuse(404, "NOT_FOUND")
        return errors.no_right_or_gone()

    def _create_records(self, value: Any) -> list[str]:
        """`[{field: value}]`, or `{"table", "records", "age_seconds"}`: as a person would; gives the ids."""
        asked = value if isinstance(value, dict) else {"records": value}
        age = float(asked.get("age_seconds", 0))
        return [self.account.create(self._table(asked), one, age=age).id for one in asked["records"]]

    def _update_records(self, rows: Any) -> int:
        """`[{"id", "fields"}]`: as a person would."""
        for one in rows:
            self.account.update(self._table(one), one["id"], one["fields"])
        return len(rows)

    def _delete_records(self, ids: Any) -> int:
        for id in ids:
            del self._table({}).records[id]
        return len(ids)

    def _clear(self, _: Any) -> bool:
        for base in self.account.bases.values():
            for table in base.tables:
                table.records.clear()
        return True

    def _fresh(self, _: Any) -> bool:
        """Begin anew, here alone: `start_over` does it for all apps."""
        self.account.__init__(self.account.clock)  # type: ignore[misc]
        self.pacing.__init__(self.pacing.clock)  # type: ignore[misc]
        self.iterators.clear()
        self.gone_status = 404
        return True

    def _add_field(self, asked: Any) -> str:
        table = self._table(asked)
        column = Column(
            f"fld{len(table.columns):014d}", asked["name"], asked["type"], asked.get("options", {})
        )
        table.columns.append(column)
        return column.id

    def _add_table(self, asked: Any) -> str:
        """`{"name", "fields": [{"name", "type", "options"}]}`: in the practice base."""
        tables = self.account.bases[BASE].tables
        columns = [
            Column(f"fldAdded{len(tables):02d}{n:07d}", one["name"], one["type"], one.get("options", {}))
            for n, one in enumerate(asked["fields"])
        ]
        tables.append(Table(f"tblAdded{len(tables):09d}", str(asked["name"]), columns))
        return tables[-1].id

    def _rename_field(self, asked: Any) -> str:
        """`{"from", "to"}`."""
        column = self._table(asked).column(asked["from"])
        column.name = asked["to"]
        return column.id

    def _revoke(self) -> bool:
        self.account.tokens[PRACTICE_KEY].revoked = True
        return True

    def _restore(self) -> bool:
        self.account.tokens[PRACTICE_KEY] = Token()
        return True

    def _token(self, asked: Any) -> dict[str, list[str]]:
        """`{"scopes", "bases"}`: what the practice key may."""
        token = self.account.tokens[PRACTICE_KEY]
        token.scopes = tuple(asked.get("scopes", token.scopes))
        token.bases = tuple(asked.get("bases", token.bases))
        return {"scopes": list(token.scopes), "bases": list(token.bases)}

    def _permission(self, level: Any) -> str:
        """`none`, `read`, `comment`, `edit` or `create`: what the token's person may in the base."""
        self.account.bases[BASE].permission = str(level)
        return str(level)

    def _limits(self, asked: Any) -> dict[str, float]:
        """`{"per_second", "penalty_seconds"}`; whoever had to wait may go on."""
        self.pacing.per_second = float(asked.get("per_second", self.pacing.per_second))
        self.pacing.penalty_seconds = float(asked.get("penalty_seconds", self.pacing.penalty_seconds))
        self.pacing.forgive()
        return {"per_second": self.pacing.per_second, "penalty_seconds": self.pacing.penalty_seconds}

    def _month_left(self, count: Any) -> int | None:
        self.pacing.month_left = None if count is None else int(count)
        return self.pacing.month_left

    def _gone_as(self, status: Any) -> int:
        """404 or 403: how a record that is not there is told."""
        self.gone_status = int(status)
        return self.gone_status

    def _table(self, asked: Any) -> Table:
        return self.account.bases[BASE].table(str(asked.get("table", TABLE)))

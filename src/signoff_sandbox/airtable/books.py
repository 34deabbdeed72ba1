"""The books of the practice Airtable, for programs and for people."""

from __future__ import annotations

import html

from signoff_sandbox.airtable.tables import Account
from signoff_sandbox.desk import Json
from signoff_sandbox.page import page, table


class Books:
    """Tells what stands in the tables."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def summary(self) -> Json:
        return {"records": sum(1 for _ in self.account.everything())}

    def whole(self) -> Json:
        return {
            "records": [
                {"base": base.name, "table": one.name, **self.account.told(one, record)}
                for base, one, record in self.account.everything()
            ]
        }

    def front_page(self, title: str) -> str:
        rows = [
            (
                html.escape(entry["table"]),
                html.escape("\n".join(f"{name}: {value}" for name, value in entry["fields"].items())),
                html.escape(entry["createdTime"][:16]),
            )
            for entry in reversed(self.whole()["records"][-50:])
        ]
        return page(title, table(("Table", "Record", "Made"), rows, "There is no record yet."))

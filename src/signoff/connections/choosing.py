"""
What an owner chooses of what an account offers: the tools of an MCP server, each as it was when it was chosen.

Nothing is chosen by itself. A tool that is used for each record without a person's look must say of itself that it only
reads; that is its server's word and nobody's proof, so its owner has to want it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.connections.client import client_for, forget, manifest_of
from signoff.connections.models import Connection
from signoff.connections.standing import check
from signoff.connectors.base import Action, Offered
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import InputRejected

Use = Literal["write", "read"]
MOST_CHOSEN = 40


@dataclass(frozen=True)
class Offer:
    """
    One tool as it is now: how it is used ("" not at all), and whether it is another than the one that was chosen.

    `was` is what was said of it when it was chosen, where that differs.
    """

    tool: Offered
    use: Use | Literal[""]
    is_changed: bool
    was: Mapping[str, Any] | None = None


def offers_tools(connection: Connection) -> bool:
    """Say whether an account offers things to choose from."""
    return connection.app in manifests() and connector_class(connection.app).offers_tools


def actions_of(connection: Connection) -> dict[str, Action]:
    """Return what can be done at a connection, by name: what its app can, and what was chosen of its own."""
    return connector_class(connection.app).actions_of(connection.chosen)


def offered(connection: Connection) -> list[Offer]:
    """Return what the account offers now. Raises the four error families."""
    kept = {one["tool"].get("name"): one for one in connection.chosen}
    found = []
    for tool in client_for(connection).tools():
        before = kept.get(tool.name)
        changed = before is not None and before["hash"] != tool.hash
        found.append(
            Offer(
                tool, before["use"] if before else "", changed, before["tool"] if before and changed else None
            )
        )
    return found


def gone(connection: Connection, offers: Sequence[Offer]) -> list[str]:
    """Return the names of what was chosen and is not offered any more."""
    there = {one.tool.name for one in offers}
    return [name for one in connection.chosen if (name := str(one["tool"].get("name"))) not in there]


def choose(
    connection: Connection,
    uses: Mapping[str, str],
    person: Person | None = None,
    seen: Mapping[str, str] | None = None,
) -> Connection:
    """
    Keep what is chosen, by name: "write" for what takes approved answers, "read" for what tells of a record.

    What is not named is chosen no more. `seen` are the hashes of what the person looked at: one that has changed since
    is refused. Raises `InputRejected`, and the families where the account cannot be asked; nothing is changed then.
    """
    there = {one.name: one for one in client_for(connection).tools()}
    kept = []
    for name, use in uses.items():
        tool = there.get(name)
        if tool is None:
            raise _bad(
                connection, f"There is no tool {name[:60]}. There are: {', '.join(there)[:300] or 'none'}."
            )
        if use not in ("write", "read"):
            raise _bad(connection, f"{name} is used to write or to read, not to {use[:20]}.")
        if tool.fault:
            raise _bad(connection, f"The tool {name} cannot be used here. {tool.fault}")
        if use == "read" and not tool.says_it_reads:
            raise _bad(
                connection,
                f"The tool {name} does not say of itself that it only reads, so it is used for approved answers alone.",
            )
        if seen is not None and seen.get(name) != tool.hash:
            raise _bad(connection, f"The tool {name} has changed while you looked at it. Look again.")
        kept.append(tool.kept("write" if use == "write" else "read"))
    if len(kept) > MOST_CHOSEN:
        raise _bad(connection, f"At most {MOST_CHOSEN} tools of one server can be chosen.")
    with transaction.atomic():
        row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        row.chosen = kept
        row.save(update_fields=["chosen"])
        told = {
            "write": [n for n, use in uses.items() if use == "write"],
            "read": [n for n, u in uses.items() if u == "read"],
        }
        note(person or "command line", "chose the tools of", f"connection {row.name}", told)
    forget(row)
    return check(row, by_person=True)


def _bad(connection: Connection, sentence: str) -> InputRejected:
    return InputRejected(
        "not a tool that can be chosen",
        app=manifest_of(connection).name,
        field="tools",
        owner_message=sentence.replace("{", "{{").replace("}", "}}"),
        next_step="Nothing was changed. Mend it and try again.",
    )

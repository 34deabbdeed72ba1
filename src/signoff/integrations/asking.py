"""Checks what an integration asks an MCP server for beside each record: `context:` of a file."""

from __future__ import annotations

from collections.abc import Callable, Collection

from signoff.connections.choosing import actions_of, offers_tools
from signoff.connections.models import Connection
from signoff.integrations.definition import ContextPart, Definition
from signoff.integrations.file import Document, Path_
from signoff.integrations.references import Reference, misread, references

Find = Callable[[Document, Path_, str], Connection | None]


def check_context(
    document: Document, definition: Definition, find: Find, is_read: Callable[[Reference], bool]
) -> None:
    """Note every fault of what is asked for. `find` returns a connection by name and notes one that is not there."""
    for name, part in definition.context.items():
        path: Path_ = ("context", name)
        if name == "id" or name in definition.record.fields:
            document.fault(
                path, f"The record has a field `{name}` of its own. Call what is asked for otherwise."
            )
        connection = find(document, (*path, "from"), part.connection)
        if connection is None:
            continue
        if not offers_tools(connection):
            document.fault(
                (*path, "from"),
                f"`{part.connection}` is no MCP server, so it cannot be asked about a record.",
            )
            continue
        if part.resource is None:
            _check_tool(document, path, part, connection)
        asked = part.resource if part.resource is not None else part.with_
        for text in misread(asked):
            document.fault(path, f"`{text}` is no reference. Write record. and a field's name.")
        for reference in references(asked):
            if reference.source == "answer":
                document.fault(
                    path, "It is asked before there is an answer, so only record. can be used here."
                )
            elif reference.field.partition(".")[0] in definition.context:
                document.fault(path, f"`{reference}` is asked for itself, so it cannot be used to ask.")
            elif not is_read(reference):
                document.fault(path, f"`{reference}` is not among the record's `fields`.")


def is_told(definition: Definition, reference: Reference) -> bool:
    """Say whether a reference leads to what a server told, and not to what the record holds."""
    return reference.source == "record" and reference.field.partition(".")[0] in definition.context


def _check_tool(document: Document, path: Path_, part: ContextPart, connection: Connection) -> None:
    known = {name: one for name, one in actions_of(connection).items() if one.effect == "read"}
    action = known.get(part.tool)
    if action is None:
        document.fault(
            (*path, "from"),
            f"`{part.tool}` is not among the tools of `{part.connection}` that may be asked: "
            f"{_listed(known) or 'none is chosen for it yet'}. Choose it first: signoff tools {part.connection} --read "
            f"{part.tool}",
        )
        return
    fields = action.params.model_fields
    for param in part.with_:
        if param not in fields:
            document.fault(
                (*path, "with", param),
                f"`{part.tool}` has no `{param}`. It has: {_listed(fields) or 'none'}.",
            )
    for param, info in fields.items():
        if info.is_required() and param not in part.with_:
            document.fault(path, f"`{param}` is missing for `{part.tool}`.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)

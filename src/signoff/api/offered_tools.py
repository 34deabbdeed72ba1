"""The tools of an MCP server for programs: what is offered, and which of it may be used, and for what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from signoff.api.finding import person_of
from signoff.api.problems import problem
from signoff.api.rights import connect, read
from signoff.connections import choosing
from signoff.connections.models import Connection
from signoff.engine import verbs

router = Router()


class ToolOut(Schema):
    """
    A tool as its server describes it now. `use`: "write" takes approved answers, "read" is asked about records.

    `hash` names all that is said of it, `is_changed` that it is not what was chosen any more, `fault` why it cannot
    be used. `reads`: it says of itself that it changes nothing.
    """

    name: str
    title: str
    description: str
    use: Literal["", "read", "write"]
    reads: bool
    is_changed: bool
    fault: str
    hash: str


class ToolsOut(Schema):
    """`gone`: chosen, and not offered any more."""

    tools: list[ToolOut]
    gone: list[str]


class ChoiceIn(Schema):
    """How a tool is used, and its `hash` as it was looked at: one that has changed since is refused."""

    model_config = ConfigDict(extra="forbid")

    use: Literal["read", "write"]
    hash: Annotated[str, Field(max_length=200)]


class ChoicesIn(Schema):
    """The tools that may be used, by name. What is not named is used no more."""

    model_config = ConfigDict(extra="forbid")

    tools: Annotated[dict[str, ChoiceIn], Field(max_length=choosing.MOST_CHOSEN)]


@router.get(
    "/{slug:name}/tools",
    response=ToolsOut,
    auth=read,
    summary="What an MCP server offers now, and what of it is used",
)
def list_tools(request: HttpRequest, name: str) -> Any:
    return _whole(row) if (row := _row(name)) else _none(name)


@router.put(
    "/{slug:name}/tools",
    response=ToolsOut,
    auth=connect,
    summary="Choose which tools of an MCP server are used, and for what",
)
def choose_tools(request: HttpRequest, name: str, given: ChoicesIn) -> Any:
    row = _row(name)
    if row is None:
        return _none(name)
    uses = {tool: one.use for tool, one in given.tools.items()}
    seen = {tool: one.hash for tool, one in given.tools.items()}
    row = choosing.choose(row, uses, person_of(request), seen)
    verbs.mended(row)
    return _whole(row)


def _row(name: str) -> Connection | None:
    row = Connection.objects.filter(name=name).first()
    return row if row is not None and choosing.offers_tools(row) else None


def _none(name: str) -> Any:
    return problem(404, f"No connection named {name[:80]} offers tools to choose from.")


def _whole(row: Connection) -> dict[str, Any]:
    offers = choosing.offered(row)
    tools = [
        {
            "name": one.tool.name,
            "title": one.tool.title,
            "description": one.tool.description,
            "use": one.use,
            "reads": one.tool.says_it_reads,
            "is_changed": one.is_changed,
            "fault": one.tool.fault,
            "hash": one.tool.hash,
        }
        for one in offers
    ]
    return {"tools": tools, "gone": choosing.gone(row, offers)}

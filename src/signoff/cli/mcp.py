"""`signoff tools`: what of an MCP server may be used. `signoff mcp`: Signoff itself as one, by pipes."""

from __future__ import annotations

import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import click

from signoff.cli.start import answer, django, say


@click.command("tools")
@click.argument("name")
@click.option(
    "--write", "writes", multiple=True, metavar="TOOL", help="Let approved answers go to this tool."
)
@click.option(
    "--read",
    "reads",
    multiple=True,
    metavar="TOOL",
    help="Ask this tool about records, without anybody's look.",
)
@click.option("--none", "nothing", is_flag=True, help="Let no tool be used any more.")
@click.option(
    "--fill", metavar="TOOL", help="Print the beginning of an integration file that fills in this tool."
)
@click.option("--json", "as_json", is_flag=True)
def tools_command(
    name: str, writes: tuple[str, ...], reads: tuple[str, ...], nothing: bool, fill: str | None, as_json: bool
) -> None:
    """
    List the tools of the MCP server that is connected under a name, or choose which may be used.

    Choosing names all that may be used; what is not named may not. A tool that has changed since it was chosen is not
    used before it is chosen again.
    """
    if nothing and (writes or reads):
        raise click.UsageError("--none stands alone: it lets no tool be used.")
    if set(writes) & set(reads):
        raise click.UsageError("A tool is for answers (--write) or for questions (--read), not for both.")
    django()
    from signoff.connections.choosing import choose, gone, offered, offers_tools
    from signoff.connections.models import Connection
    from signoff.core.errors import SignoffError
    from signoff.engine import verbs

    row = Connection.objects.filter(name=name).first()
    if row is None:
        raise click.ClickException(f"No connection is named {name}.")
    if not offers_tools(row):
        raise click.ClickException(f"{name} is no MCP server, so there are no tools to choose.")
    try:
        if writes or reads or nothing:
            row = choose(row, {**dict.fromkeys(writes, "write"), **dict.fromkeys(reads, "read")})
            resumed = verbs.mended(row)
            if resumed:
                say(f"{resumed} waiting runs go on.")
        offers = offered(row)
    except SignoffError as error:
        raise click.ClickException(f"{error.owner_message} {error.next_step}\n(Details: {error})") from error
    if fill:
        click.echo(_filled(row, fill))
        return
    missing = gone(row, offers)
    answer([_document(one) for one in offers], as_json, _in_words(offers, missing, name))


@click.command("mcp")
def mcp_command() -> None:
    """
    Be an MCP server for a program on this computer, by standard input and output.

    What comes in goes on to the running Signoff at SIGNOFF_URL, with the token in SIGNOFF_TOKEN and its rights.
    """
    from signoff.core.errors import SignoffError
    from signoff.core.home import public_url
    from signoff.outbound.door import Door

    token = os.environ.pop("SIGNOFF_TOKEN", "")
    if not token:
        raise click.ClickException(
            "SIGNOFF_TOKEN is not set. Make one: signoff token create --name my-ai --can read"
        )
    url = public_url()
    door = Door(
        url,
        app="Signoff",
        authorise=lambda: {"Authorization": f"Bearer {token}"},
        allow_hosts=frozenset({urlsplit(url).netloc, urlsplit(url).hostname or ""}),
    )
    agreed = ""  # the revision of a client that began with `initialize`
    for line in sys.stdin:
        message = _message(line)
        if message is None:
            continue
        try:
            reply = door.post("/mcp", effect="write", json=message, headers=_headers(message, agreed))
            said: Any = reply.json() if reply.body else None
        except SignoffError as error:
            said = _fault(message, f"{error.owner_message} {error.next_step}")
        if isinstance(said, dict) and "jsonrpc" not in said:  # a problem document: the token, or the pace
            said = _fault(message, str(said.get("detail", "It was refused.")))
        if message.get("method") == "initialize" and isinstance(said, dict):
            agreed = str((said.get("result") or {}).get("protocolVersion", ""))
        if said is not None and "id" in message:
            click.echo(json.dumps(said, ensure_ascii=True))
            sys.stdout.flush()


def _message(line: str) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        if line.strip():
            click.echo(json.dumps(_fault({"id": None}, "Send one JSON object a line.", -32700)))
            sys.stdout.flush()
        return None
    return message


def _headers(message: dict[str, Any], agreed: str) -> dict[str, str]:
    from signoff.connectors.mcp.speaking import NAMED_BY, in_header

    given: Any = message.get("params")
    params: dict[str, Any] = given if isinstance(given, dict) else {}
    meta: dict[str, Any] = params["_meta"] if isinstance(params.get("_meta"), dict) else {}
    method = str(message.get("method", ""))
    revision = str(meta.get("io.modelcontextprotocol/protocolVersion") or agreed)
    headers = {"accept": "application/json, text/event-stream", "mcp-method": in_header(method)}
    if revision:
        headers["mcp-protocol-version"] = in_header(revision)
    if method in NAMED_BY:
        headers["mcp-name"] = in_header(str(params.get(NAMED_BY[method], "")))
    return headers


def _fault(message: dict[str, Any], text: str, code: int = -32603) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": text}}


def _document(one: Any) -> dict[str, Any]:
    return {
        "name": one.tool.name,
        "use": one.use or None,
        "changed": one.is_changed,
        "says_it_only_reads": one.tool.says_it_reads,
        "cannot_be_used": one.tool.fault or None,
        "description": one.tool.description,
    }


def _in_words(offers: list[Any], missing: list[str], name: str) -> str:
    lines = []
    for one in offers:
        state = {"write": "takes approved answers", "read": "is asked about records"}.get(one.use, "not used")
        if one.is_changed:
            state = "CHANGED since you chose it: not used until you choose it again"
        if one.tool.fault:
            state = f"cannot be used. {one.tool.fault}"
        reads = ", says that it only reads" if one.tool.says_it_reads else ""
        words = one.tool.description[:200]
        lines.append(
            f"{one.tool.name}: {state}{reads}" + (f"\n    The server says: {words}" if words else "")
        )
    lines += [f"{one}: chosen, but not offered any more" for one in missing]
    if not lines:
        return f"{name} offers no tools."
    return "\n".join([*lines, "", "What a server says of its tools is its own word; no AI is told it."])


def _filled(row: Any, name: str) -> str:
    import yaml

    from signoff.connections.client import client_for
    from signoff.connectors.mcp.schemas import answer_for, fields_in, is_where

    tool: Any = next((one for one in client_for(row).tools() if one.name == name), None)
    if tool is None or tool.fault:
        raise click.ClickException(
            f"The tool {name} {'cannot be used. ' + tool.fault if tool else 'is not offered'}"
        )
    block = answer_for(tool.schema)
    properties = tool.schema.get("properties") or {}
    values = {}
    for field in fields_in(tool.schema):
        where = is_where(field.name, properties.get(field.name) or {})
        values[field.name] = f"record.{field.name}" if where else f"answer.{field.name}"
    data = {
        "answer": block or {"text": {"type": "text", "max": 1000}},
        "then": [{f"{row.name}.{name}": values}],
    }
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True)).rstrip()

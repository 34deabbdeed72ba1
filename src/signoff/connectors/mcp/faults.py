"""What a server's answers mean when they are not what was asked for, and whose they are to mend."""

from __future__ import annotations

import re
from typing import Any

from signoff.connectors.shapes import is_page, lenient_json, member, web_page
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    SignoffError,
)
from signoff.outbound.reply import Effect, Reply
from signoff.outbound.statuses import raise_for_outage

NOT_DONE = {-32700, -32600, -32601, -32602, -32020, -32021, -32022}  # refused before anything was done
AGAIN = "Look whether that server works as it should, or ask whoever runs it. Then press Run again."
MOST_QUOTED = 200


class Misbehaves(InputRejected):
    """The server speaks otherwise than the protocol says: whoever runs it can put that right, and we cannot."""

    owner_message = "{app} answered in a way that no such server should. Nothing is lost."
    next_step = AGAIN


class ToolChanged(PermissionMissing):
    """A tool is no longer what it was when its owner chose it, or it is gone."""


def misbehaves(detail: str, app: str, what: str, effect: Effect = "read") -> SignoffError:
    """Return the error for an answer that is none: after a write nobody knows what was done."""
    if effect == "write":
        return OutcomeUnknown(detail, app=app)
    return Misbehaves(detail, app=app, owner_message=f"{{app}} {what}. Nothing is lost.")


def tool_changed(name: str, app: str, what: str) -> ToolChanged:
    """Return the error for a tool that its owner has to look at before it is used again."""
    return ToolChanged(
        f"{name}: {what}",
        app=app,
        owner_message=f"The tool {name} of {{app}} {what} since you chose it, so it was not used. Nothing is lost.",
        next_step="Open the connection, look at its tools, and choose it again if it is right. The work goes on then.",
    )


def explain(reply: Reply) -> None:
    """Raise the error that a status stands for. A 400 and a 404 may carry an answer of the protocol: not raised."""
    if reply.ok:
        return
    detail = f"{reply.call}: {reply.status}"
    if reply.status in (401, 403) and is_page(reply):
        raise web_page(detail, reply.app)
    if reply.status == 401:
        raise CredentialRejected(
            detail,
            app=reply.app,
            owner_message="{app} does not let us in any more. Nothing is lost; the work waits.",
            next_step="Open Connections, choose it, and sign in again; or make a new token there and paste it.",
        )
    if reply.status == 403:
        raise PermissionMissing(detail, app=reply.app)
    if 300 <= reply.status < 400:
        raise InputRejected(
            f"{detail}: a redirect",
            app=reply.app,
            field="base_url",
            owner_message="The address of {app} leads on to another one, and we do not follow: the token would go with "
            "it. Nothing was sent there.",
            next_step="Open the connection and enter the address that is meant in the end.",
        )
    raise_for_outage(reply)
    if not is_answer(lenient_json(reply)):
        raise InputRejected(
            f"{detail}: not an answer of the protocol",
            app=reply.app,
            field="base_url",
            owner_message="Nobody speaks MCP at the address of {app}. Nothing was sent.",
            next_step="Look at the address; it often ends in /mcp. Servers of 2024 with an address that ends in /sse "
            "are too old.",
        )


def is_answer(message: Any) -> bool:
    """Say whether something is a JSON-RPC answer."""
    return (
        isinstance(message, dict)
        and message.get("jsonrpc") == "2.0"
        and bool({"result", "error"} & message.keys())
    )


def result_of(message: dict[str, Any], call: str, app: str, effect: Effect) -> dict[str, Any]:
    """Return what a JSON-RPC answer brings. Raises the error that it tells of."""
    error = message.get("error")
    if error is None:
        result = message.get("result")
        if not isinstance(result, dict):
            raise misbehaves(
                f"{call}: result is no object", app, "answered with nothing that can be read", effect
            )
        return result
    code = member(error, "code")
    code = code if isinstance(code, int) else 0
    detail = f"{call}: error {code}"
    if effect == "write" and code not in NOT_DONE:
        raise OutcomeUnknown(detail, app=app)
    raise InputRejected(
        detail,
        app=app,
        owner_message=f"{{app}} did not take what we asked{quoted(member(error, 'message'))}. Nothing was done there.",
        next_step="Look at the record and at what the tool wants, then press Run again.",
    )


def refused_by_tool(name: str, result: Any, app: str) -> InputRejected:
    """Return the error for a tool that says itself that it did not work."""
    texts = [one.get("text") for one in result.get("content") or [] if isinstance(one, dict)]
    return InputRejected(
        f"tools/call {name}: isError",
        app=app,
        owner_message=f"The tool {name} of {{app}} says that it did not work{quoted(next(filter(None, texts), None))}.",
        next_step="Look there whether a part of it was done. Mend the record or the integration, then try again.",
    )


def asks_back(name: str, app: str) -> InputRejected:
    """Return the error for a tool that wants to ask a person something before it goes on."""
    return InputRejected(
        f"tools/call {name}: input_required",
        app=app,
        owner_message=f"The tool {name} of {{app}} wants to ask somebody a question first, and nobody is there to "
        "answer it. It did not do its work.",
        next_step="Give it all it needs in the integration, or use another tool.",
    )


def quoted(text: Any) -> str:
    """Return a server's own words as a part of a sentence for the owner; "" where it says nothing readable."""
    if not isinstance(text, str):
        return ""
    plain = re.sub(r"\s+", " ", "".join(one if one.isprintable() else " " for one in text)).strip()
    if not plain:
        return ""
    cut = plain[:MOST_QUOTED] + ("…" if len(plain) > MOST_QUOTED else "")
    return f": “{cut.rstrip('.')}”".replace("{", "{{").replace("}", "}}")

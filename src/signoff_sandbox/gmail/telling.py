"""How messages come in and are told by the Gmail API."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from signoff_sandbox.clock import iso
from signoff_sandbox.gmail import errors
from signoff_sandbox.gmail.accounts import ALL_MAIL, SCOPE_ROOT
from signoff_sandbox.gmail.mailbox import Mail, decode_raw, encode, payload

Json = dict[str, Any]


def message_of(asked: Json) -> tuple[bytes, str]:
    message = asked.get("message")
    if not isinstance(message, dict):
        raise errors.invalid("Missing draft message")
    return decode_raw(message.get("raw")), str(message.get("threadId") or "")


def short(mail: Mail) -> Json:
    return {"id": mail.id, "threadId": mail.thread_id, "labelIds": mail.labels}


def told(mail: Mail, request: Request) -> Json:
    """Return a message in the format that the request asks for."""
    form = request.query_params.get("format", "full").lower()
    message = {
        **short(mail),
        "sizeEstimate": len(mail.raw),
        "historyId": str(mail.history_id),
        "internalDate": str(mail.at_ms),
    }
    if form == "minimal":
        return {**message, "snippet": mail.body()[:120]}
    if form == "raw":
        return {**message, "snippet": mail.body()[:120], "raw": encode(mail.raw)}
    if form == "metadata":
        wanted = {name.lower() for name in request.query_params.getlist("metadataHeaders")}
        headers = [
            {"name": k, "value": mail.header(k)} for k, _ in mail.headers if not wanted or k.lower() in wanted
        ]
        return {**message, "snippet": mail.body()[:120], "payload": {"headers": headers}}
    if form != "full":
        raise errors.invalid(f"Invalid value at 'format': {form}")
    return {**message, "snippet": mail.body()[:120], "payload": payload(mail.parsed())}


def written(mail: Mail) -> Json:
    return {
        "message_id": mail.id,
        "thread_id": mail.thread_id,
        "rfc822_message_id": mail.header("Message-ID"),
        "to": mail.header("To"),
        "subject": mail.header("Subject"),
        "body": mail.body(),
        "headers": {k: mail.header(k) for k, _ in mail.headers},
        "at": iso(mail.at_ms / 1000),
    }


def page_of(name: str, all_of_them: list[Json], request: Request) -> Response:
    size = min(500, int(request.query_params.get("maxResults") or 100))
    token = request.query_params.get("pageToken") or "0"
    if not token.isdigit():
        raise errors.invalid("Invalid pageToken")
    start = int(token)
    chosen = all_of_them[start : start + size]
    listed: Json = {name: chosen} if chosen else {}
    if start + size < len(all_of_them):
        listed["nextPageToken"] = str(start + size)
    return JSONResponse({**listed, "resultSizeEstimate": len(all_of_them)})


def only_metadata(request: Request) -> bool:
    scopes = request.state.scopes
    rich = {ALL_MAIL, SCOPE_ROOT + "gmail.modify", SCOPE_ROOT + "gmail.readonly"}
    return not scopes & rich

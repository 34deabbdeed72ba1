"""What Gmail's answers mean. Source: Gmail API, "Resolve errors"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.parser import isoparse

from signoff.connectors.shapes import items, lenient_json, member, word
from signoff.core.clock import now
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    RateLimited,
    SignoffError,
)
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

SCOPE = "https://www.googleapis.com/auth/gmail."
SIGN_IN_AGAIN = "Open Connections, choose {app} and press Sign in again."


def id_of(reply: Reply, said: Any) -> str:
    id = member(said, "id")
    if not isinstance(id, str) or not id:
        raise reply.unexpected(f"{reply.call}: id missing")
    return id


def explain(reply: Reply) -> None:
    """Raise the error that an answer stands for."""
    if reply.ok:
        return
    said = lenient_json(reply)
    reasons = {
        found
        for fault in [*items(member(said, "error", "errors")), *items(member(said, "error", "details"))]
        if (found := word(member(fault, "reason")))
    }
    detail = " ".join([f"{reply.call}: {reply.status}", *sorted(reasons)])
    message = str(member(said, "error", "message") or "")
    if reply.status == 401:
        raise CredentialRejected(
            detail,
            app=reply.app,
            owner_message="The sign-in at {app} has ended. Nothing is lost; the work waits.",
            next_step=SIGN_IN_AGAIN,
        )
    if "dailyLimitExceeded" in reasons:
        raise RateLimited(detail, app=reply.app, retry_after_seconds=_until_midnight_pacific())
    if reply.status == 429 or reasons & {"userRateLimitExceeded", "rateLimitExceeded"}:
        wait = retry_after_seconds(reply.headers)
        raise RateLimited(
            detail, app=reply.app, retry_after_seconds=_until_stated(message) if wait is None else wait
        )
    if reply.status == 403:
        raise _permission_missing(detail, reply, reasons)
    raise_for_outage(reply)
    if reply.status == 404:
        raise InputRejected(
            detail,
            app=reply.app,
            field="thread_id",
            owner_message="{app} does not have this conversation any more. Nothing was written there.",
        )
    if "failedPrecondition" in reasons:
        raise PermissionMissing(
            detail,
            app=reply.app,
            owner_message="This Google account has no mailbox that we could write to.",
            next_step="Open Connections and sign in with an account that uses {app}.",
        )
    raise InputRejected(detail, app=reply.app)


def _permission_missing(detail: str, reply: Reply, reasons: set[str]) -> SignoffError:
    if "domainPolicy" in reasons:
        return PermissionMissing(
            detail,
            app=reply.app,
            owner_message="Your company's Google administrator lets no other program use {app}.",
            next_step="Ask the administrator to allow Signoff, then press Test now under Connections.",
        )
    if reasons & {"accessNotConfigured", "SERVICE_DISABLED"}:
        return PermissionMissing(
            detail,
            app=reply.app,
            owner_message="The {app} API is not switched on in the Google project of this sign-in.",
            next_step="In the Google Cloud console, open Library, {app} API, and press Enable.",
        )
    scope, words, choose = _needed(reply.call)
    return PermissionMissing(
        detail,
        app=reply.app,
        lacks=(f"{SCOPE}{scope}",),
        owner_message=f"The sign-in at {{app}} does not allow to {words}. Nothing is lost; the work waits.",
        next_step=f"{SIGN_IN_AGAIN}{choose} Leave every box on Google's page ticked.",
    )


def _needed(call: str) -> tuple[str, str, str]:
    """Return the scope that a call needs, what it does in the owner's words, and what to choose for it."""
    if "/drafts" in call:
        return "compose", "create drafts", ""
    if call.endswith("/messages/send"):
        return "compose", "send e-mails", ""
    choose = " Under “{}” choose that Signoff may {} as well.".format
    if call.endswith("/modify") or (call.startswith("POST") and call.endswith("/labels")):
        return "modify", "label e-mails", choose("E-mails in the mailbox", "read and label them")
    return "readonly", "read e-mails", choose("E-mails in the mailbox", "read them")


def _until_stated(message: str) -> float | None:
    """Return the wait until a moment named in "… Retry after 2026-11-23T10:00:00.000Z", if there is one."""
    found = re.search(r"Retry after (\S+)", message)
    if found is None:
        return None
    try:
        moment = isoparse(found.group(1).rstrip("."))
    except ValueError:
        return None
    return max(0.0, (moment - now()).total_seconds()) if moment.tzinfo else None


def _until_midnight_pacific() -> float:
    """Return the wait until Google's daily quota begins anew; an hour where the time zone is not known."""
    try:
        here = now().astimezone(ZoneInfo("America/Los_Angeles"))
    except ZoneInfoNotFoundError:
        return 3600.0
    midnight = datetime.combine(here.date() + timedelta(days=1), datetime.min.time(), here.tzinfo)
    return (midnight - here).total_seconds()

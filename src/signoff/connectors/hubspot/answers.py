"""What HubSpot's answers mean, and reading their shapes: every member may be missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dateutil.parser import isoparse

from signoff.connectors.base import Written
from signoff.connectors.shapes import items, lenient_json, member, word
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

SCOPES = {
    "crm.objects.contacts.read": "read contacts",
    "crm.objects.contacts.write": "create and change contacts, notes and tasks",
    "crm.schemas.contacts.read": "read which fields contacts have",
    "crm.objects.owners.read": "read who owns a record",
    "crm.objects.companies.read": "read companies",
    "crm.objects.companies.write": "create and change companies",
    "crm.schemas.companies.read": "read which fields companies have",
    "crm.objects.deals.read": "read deals",
    "crm.objects.deals.write": "create, change and move deals",
    "crm.schemas.deals.read": "read which fields and stages deals have",
    "sales-email-read": "keep e-mails with records",
}
WAITS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0, "DAILY": 3600.0}  # DAILY: asked again every hour


def explain(reply: Reply) -> None:
    """Raise the error that an answer stands for; every member of HubSpot's error bodies is optional."""
    if reply.ok:
        return
    said = lenient_json(reply)
    category = word(member(said, "category")) or word(member(said, "errorType"))
    faults = [fault for fault in items(member(said, "errors")) if isinstance(fault, dict)]
    code = next((found for fault in faults if (found := word(member(fault, "code")))), "")
    field = next((name for fault in faults if (name := _field_at_fault(fault))), "")
    correlation = word(member(said, "correlationId"))
    detail = " ".join(
        part
        for part in (
            f"{reply.call}: {reply.status}",
            category,
            code,
            field,
            correlation and f"({correlation})",
        )
        if part
    )
    if reply.status == 401:
        raise CredentialRejected(detail, app=reply.app)
    if reply.status == 403:
        raise _permission_missing(detail, reply.app, [said, *faults])
    if reply.status == 429:
        wait = retry_after_seconds(reply.headers)
        policy = word(member(said, "policyName"))
        raise RateLimited(
            f"{detail} {policy}",
            app=reply.app,
            retry_after_seconds=WAITS.get(policy) if wait is None else wait,
        )
    if reply.status == 423:  # locked while many writes run
        wait = retry_after_seconds(reply.headers)
        raise RateLimited(detail, app=reply.app, retry_after_seconds=max(2.0, wait or 0.0))
    if reply.status == 477:  # the account is being moved to another region; nothing is done meanwhile
        wait = retry_after_seconds(reply.headers)
        raise VendorDown(detail, app=reply.app, retry_after_seconds=3600.0 if wait is None else wait)
    raise_for_outage(reply)
    if reply.status == 404:
        raise InputRejected(
            detail,
            app=reply.app,
            field=field or _kind_in(reply.call),
            owner_message=f"{{app}} does not have this {_kind_in(reply.call)} any more. Nothing was written there.",
            next_step="If it was merged or deleted, nothing is to be done; otherwise run it again.",
        )
    raise InputRejected(detail, app=reply.app, field=field, **_owner_words(code, field))


def _kind_in(call: str) -> str:
    """Return which kind of record a call was about, as people call it."""
    for plural, name in (("deals", "deal"), ("companies", "company")):
        if f"/{plural}/" in f"{call}/":
            return name
    return "contact"


def _owner_words(code: str, field: str) -> dict[str, str]:
    named = f"“{field}”" if field else "a field"
    unchanged = "Nothing was changed there."
    if code == "PROPERTY_DOESNT_EXIST":
        return {
            "owner_message": f"{{app}} has no field {named} any more. {unchanged}",
            "next_step": "Open the integration and choose another field.",
        }
    if code == "INVALID_OPTION":
        return {
            "owner_message": f"{{app}} does not offer this choice for the field {named}. {unchanged}",
            "next_step": "Compare the field's choices in {app} with the integration, then run it again.",
        }
    if code == "READ_ONLY_VALUE":
        return {
            "owner_message": f"{{app}} does not let the field {named} be written. {unchanged}",
            "next_step": "Open the integration and choose another field.",
        }
    return {"owner_message": f"{{app}} did not accept the value for {named}. {unchanged}"}


def _permission_missing(detail: str, app: str, places: Iterable[Any]) -> PermissionMissing:
    names = ("requiredGranularScopes", "missingScopes", "requiredScopes")
    lacks = tuple(
        dict.fromkeys(
            str(scope)
            for place in places
            for name in names
            for scope in items(member(place, "context", name))
            if word(scope)
        )
    )
    if not lacks:
        return PermissionMissing(detail, app=app)
    words = ", ".join(SCOPES.get(scope, "use everything this needs") for scope in lacks)
    return PermissionMissing(
        f"{detail}: {', '.join(lacks)}",
        app=app,
        lacks=lacks,
        owner_message=f"The key for {{app}} may not {words}. Nothing is lost; the work waits.",
        next_step=f"In {{app}}, open Development, Keys, Service keys, edit it and tick {', '.join(lacks)}.",
    )


def _field_at_fault(fault: Any) -> str:
    names = items(member(fault, "context", "propertyName"))
    return next(
        (found for name in [*names, member(fault, "name"), member(fault, "in")] if (found := word(name))), ""
    )


# Reading HubSpot's shapes


def results(reply: Reply) -> list[Any]:
    results = member(reply.json(), "results")
    if not isinstance(results, list):
        raise AnswerUnexpected(f"{reply.call}: results missing", app=reply.app)
    return results


def next_after(reply: Reply) -> str | None:
    after = member(reply.json(), "paging", "next", "after")
    return str(after) if after else None


def id_of(item: Any) -> str:
    value = member(item, "id")
    if value in (None, ""):
        raise AnswerUnexpected("an object without id", app="HubSpot")
    return str(value)


def property_of(item: Any, name: str) -> Any:
    return member(item, "properties", name)


def written(reply: Reply) -> Written:
    said = reply.json()
    if member(said, "id") in (None, ""):
        raise reply.unexpected(f"{reply.call}: id missing")
    link = member(said, "url")
    return Written(id=str(said["id"]), link=link if isinstance(link, str) else None)


def moment_of(value: Any) -> datetime:
    try:
        text = str(value)
        moment = datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else isoparse(text)
    except (ValueError, OverflowError, OSError):
        raise AnswerUnexpected("a date that is none", app="HubSpot") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

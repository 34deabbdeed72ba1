"""
What Airtable's answers mean.

The statuses stand on Airtable's page on errors. The words behind a 422 and behind a month that is used up do not; they
are as programs in public report them. Where one is not known here, its status alone decides.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from signoff.connectors.base import Written
from signoff.connectors.shapes import is_page, items, lenient_json, member, web_page, word
from signoff.core import errors
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

PENALTY_SECONDS = 30.0  # no header says it, the page on rate limits does
NO_TABLE = "{app} has no such base or table, or our token does not open it."
REFUSED = {
    "UNKNOWN_FIELD_NAME": "{app} has no such field in this table.",
    "INVALID_MULTIPLE_CHOICE_OPTIONS": "{app} does not have this choice in the field.",
    "INVALID_VALUE_FOR_COLUMN": "The field at {app} does not take this value.",
}


def explain(reply: Reply, cells: Collection[str] = ()) -> None:
    """Raise the error that an answer stands for; `cells` are the names of the fields that were written."""
    if reply.ok:
        return
    told = lenient_json(reply)
    error = member(told, "error") or next(iter(items(member(told, "errors"))), None)
    code = word(member(error, "type") or member(error, "error") or error)
    detail = f"{reply.call}: {reply.status} {code}"
    if reply.status in (401, 403) and is_page(reply):
        raise web_page(detail, reply.app)
    if reply.status == 401:
        raise errors.CredentialRejected(detail, app=reply.app)
    if reply.status == 403:
        raise errors.PermissionMissing(
            detail,
            app=reply.app,
            owner_message="{app} does not let our token do this, or the base or table is not there any more. "
            "Nothing is lost; the work waits.",
            next_step="Open airtable.com/create/tokens and add the base and the missing scope to the token, "
            "then press Test now under Connections.",
        )
    if reply.status == 429 and code == "PUBLIC_API_BILLING_LIMIT_EXCEEDED":
        raise errors.QuotaExhausted(
            detail,
            app=reply.app,
            owner_message="The calls that your plan at {app} has for a month are used up. Nothing is lost.",
            next_step="Wait for the next month or take a larger plan, then press Test now under Connections. "
            "A schedule in the integration makes us ask less often.",
        )
    if reply.status == 429:
        raise errors.RateLimited(detail, app=reply.app, retry_after_seconds=PENALTY_SECONDS)
    raise_for_outage(reply)
    if reply.status == 404:
        raise refused(reply, "table", NO_TABLE)
    # Airtable's sentence names the field in quotation marks; only a name that we wrote ourselves is taken from it.
    said = str(member(error, "message"))
    field = next((name for name in cells if f'"{name}"' in said), "values")
    raise refused(reply, field, REFUSED.get(code, "{app} did not accept what we wanted to write."), code)


def refused(reply: Reply, field: str, words: str, code: str = "") -> errors.InputRejected:
    """Return the error for what the owner can mend in the record, the integration or the connection."""
    detail = f"{reply.call}: {reply.status} {code}, {field}"
    message = f"{words} Nothing was changed there."
    where = "Look at the base and the table under Connections, or at the table that the integration names."
    step = where if field == "table" else None
    return errors.InputRejected(detail, app=reply.app, field=field, owner_message=message, next_step=step)


def rows_of(reply: Reply) -> list[Any]:
    """Return the records of a list."""
    explain(reply)
    rows = member(reply.json(), "records")
    if not isinstance(rows, list):  # from no list, nothing may be concluded
        raise reply.unexpected(f"{reply.call}: records missing")
    return rows


def written(reply: Reply, cells: Collection[str]) -> Written:
    """Return what was written."""
    explain(reply, cells)
    id = member(reply.json(), "id")
    if not id:
        raise reply.unexpected(f"{reply.call}: id missing")
    return Written(id=str(id))

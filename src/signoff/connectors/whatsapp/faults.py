"""
What Meta's error codes mean, and whose each is to mend. The code decides: titles and HTTP statuses vary.

The same codes come as the answer to a call, and later in the status of a message that was accepted at first.
Source: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/ as of November 2026.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from signoff.connectors.shapes import items, lenient_json, member, whole_number
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    Refused,
    SignoffError,
    VendorDown,
    WindowClosed,
)
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage

APP = "WhatsApp"
NO_PERMISSION = (3, 10, 131005, *range(200, 300))
TOO_FAST = {4: 60.0, 80007: 60.0, 130429: 5.0}  # how long to wait where no header says it
IN_MAINTENANCE = 131057  # refused before anything was done
# An outage of a service behind the call does not say on which side of the sending it was.
NOBODY_KNOWS = (1, 2, 131000, 131016)
UNKNOWN_OBJECT = 33  # the subcode of 100 for an id that is nobody's, or that the key may not see

Maker = Callable[[str], SignoffError]


def explain(reply: Reply) -> None:
    """Raise the error that an answer stands for."""
    if reply.ok:
        return
    fault = member(lenient_json(reply), "error")
    code = member(fault, "code")
    if not isinstance(code, int):
        raise_for_outage(reply)
        raise InputRejected(f"{reply.call}: {reply.status}", app=reply.app)
    subcode = member(fault, "error_subcode")
    detail = f"{reply.call}: {reply.status} code {code}" + (f"/{subcode}" if isinstance(subcode, int) else "")
    if code in TOO_FAST:
        wait = _regained_in_seconds(reply.headers) or TOO_FAST[code]
        raise RateLimited(detail, app=reply.app, retry_after_seconds=wait)
    if code == 131056:
        raise RateLimited(detail, app=reply.app, of_one=True)
    if code == IN_MAINTENANCE:
        raise VendorDown(detail, app=reply.app)
    if code in NOBODY_KNOWS:
        if reply.effect == "write":
            raise OutcomeUnknown(detail, app=reply.app)
        raise VendorDown(detail, app=reply.app)
    if code == 190:
        raise rejected(detail, subcode)
    if code == 100 and subcode == UNKNOWN_OBJECT:
        raise _unknown_object(detail)
    if code not in MADE and code not in NO_PERMISSION:
        raise_for_outage(reply)
    raise of_code(code, detail)


def of_status(errors: Any) -> SignoffError:
    """Return why a message failed that was accepted at first, by the errors in its status."""
    first = next(iter(items(errors)), None)
    code = member(first, "code")
    detail = f"message status failed: code {code}" if isinstance(code, int) else "message status failed"
    return of_code(code if isinstance(code, int) else 0, detail, later=True)


def of_code(code: int, detail: str, *, later: bool = False) -> SignoffError:
    """Return the error of a code; `later`: not of the call, but of a message that was accepted."""
    if code in NO_PERMISSION:
        return PermissionMissing(detail, app=APP, lacks=("whatsapp_business_messaging",))
    made = MADE.get(code)
    if made is not None:
        return made(detail)
    if later:
        return Refused(
            detail,
            app=APP,
            owner_message="{app} could not bring the message to the customer.",
            next_step="Press Try again later, or reach the customer another way.",
        )
    return InputRejected(detail, app=APP)


def rejected(detail: str, subcode: Any) -> CredentialRejected:
    """Return the error of a token that is not accepted, in words for why it is not."""
    why = {
        458: "The app behind our {app} key was taken away. Nothing is lost; the work waits.",
        460: "The password behind our {app} key was changed, and the key ended with it. Nothing is lost; the work "
        "waits.",
        463: "Our {app} key has reached its end. Nothing is lost; the work waits.",
    }
    return CredentialRejected(
        detail,
        app=APP,
        owner_message=why.get(subcode) if isinstance(subcode, int) else None,
        next_step="Make a new token for the system user, and paste it under Connections, {app}. Choose Never for "
        "when it ends.",
    )


def _unknown_object(detail: str) -> InputRejected:
    return InputRejected(
        detail,
        app=APP,
        field="phone_number_id",
        owner_message="{app} does not know this number or account, or this key may not see it.",
        next_step="Compare the IDs under WhatsApp, API setup, and give the system user your WhatsApp account with "
        "full control.",
    )


def _refused(words: str, next_step: str) -> Maker:
    return lambda detail: Refused(detail, app=APP, owner_message=words, next_step=next_step)


def _input(field: str, words: str, next_step: str) -> Maker:
    return lambda detail: InputRejected(
        detail, app=APP, field=field, owner_message=words, next_step=next_step
    )


OTHER_WAY = "Reach the customer another way, or press Try again later."
OTHER_TEMPLATE = "Choose another template, or look at this one in the WhatsApp manager."

MADE: Mapping[int, Maker] = {
    0: lambda detail: rejected(detail, None),
    190: lambda detail: rejected(detail, None),
    131042: lambda detail: QuotaExhausted(
        detail,
        app=APP,
        owner_message="Meta could not charge for this {app} account, so nothing is sent. Nothing is lost.",
        next_step="Mend the payment method in Meta's business settings, then press Test now under Connections.",
    ),
    368: _refused(
        "Meta has blocked this {app} account for a time, because of its policies. Nothing was sent.",
        "Open Meta Business Support Home to see why. When it is lifted, press Try again.",
    ),
    131031: _refused(
        "Meta has locked this {app} account. Nothing was sent.",
        "Open Meta Business Support Home to see why. When it is lifted, press Try again.",
    ),
    131048: _refused(
        "Meta lets this number send less, because too many of its messages were blocked or reported.",
        "Look at the number's quality in the WhatsApp manager. Press Try again when it has recovered.",
    ),
    131064: _refused(
        "Meta lets this number send no templates for a time, because too many broke its rules.",
        "Look into the WhatsApp manager. Press Try again when the limit is lifted.",
    ),
    131047: lambda detail: WindowClosed(
        detail,
        app=APP,
        owner_message="{app} allows a free message only within 24 hours of the customer's last one, and that time is "
        "over. It did not reach the customer.",
        next_step="Open the run and choose an approved template to send instead.",
    ),
    131026: _input(
        "to",
        "{app} cannot reach this customer: they may not use it any more, or have an old version.",
        OTHER_WAY,
    ),
    131049: _refused(
        "Meta did not bring this message to the customer, who gets many from businesses. It was not sent.",
        "Wait a day before you press Try again, or reach the customer another way.",
    ),
    131050: _input(
        "to",
        "This customer has stopped marketing messages from you on {app}. It did not reach them.",
        "Reach the customer another way, and send them no more marketing here.",
    ),
    130472: _refused(
        "Meta did not bring this message to the customer, who is part of a trial of theirs.", OTHER_WAY
    ),
    130497: _input("to", "Meta does not let this account write to customers in that country.", OTHER_WAY),
    131021: _input(
        "to",
        "This is the number that we send from, so the message would go to ourselves. Nothing was sent.",
        "Look at the number in the record, then run it again.",
    ),
    131030: _input(
        "to",
        "This is a test number of Meta's, which may write to five chosen numbers only. Nothing was sent.",
        "Add the number under WhatsApp, API setup, or connect a number of your own.",
    ),
    131051: _input("body", "{app} does not take a message of this kind. Nothing was sent.", OTHER_WAY),
    131052: _input(
        "file",
        "{app} could not give us the file that the customer has sent.",
        "Ask the customer to send it once more.",
    ),
    131053: _input("file", "{app} did not take the file. Nothing was sent.", "Send another file."),
    131062: _input("to", "{app} takes this kind of message for phone numbers only. Nothing was sent.", OTHER_WAY),
    131063: _input(
        "to",
        "{app} takes this template for phone numbers only. Nothing was sent.",
        "Choose another template, or reach the customer another way.",
    ),
    132000: _input(
        "values",
        "The template has another number of blanks than we have filled. Nothing was sent.",
        "Open the run and fill every blank of the template.",
    ),
    132012: _input(
        "values", "What we filled into the template does not fit its blanks. Nothing was sent.", OTHER_TEMPLATE
    ),
    132018: _input(
        "values",
        "What we filled into the template holds line breaks, or more than four spaces in a row. Nothing was sent.",
        "Open the run and fill the blanks with one line each.",
    ),
    132001: _input(
        "template", "There is no approved template of this name in this language. Nothing was sent.", OTHER_TEMPLATE
    ),
    132005: _input("template", "The template is too long with what we filled in. Nothing was sent.", OTHER_TEMPLATE),
    132007: _input("template", "The template breaks a rule of Meta's. Nothing was sent.", OTHER_TEMPLATE),
    132015: _input(
        "template", "Meta has paused this template, because customers disliked it. Nothing was sent.", OTHER_TEMPLATE
    ),
    132016: _input(
        "template", "Meta has switched this template off for good. Nothing was sent.", OTHER_TEMPLATE
    ),
    133010: _refused(
        "The phone number is not registered for sending. Nothing was sent.",
        "Register it in the WhatsApp manager, then press Try again.",
    ),
    131045: _refused(
        "The phone number is not registered for sending. Nothing was sent.",
        "Register it in the WhatsApp manager, then press Try again.",
    ),
    131037: _refused(
        "Meta has not approved the display name of this number yet. Nothing was sent.",
        "Look at the name in the WhatsApp manager, then press Try again.",
    ),
}  # fmt: skip


def _regained_in_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the longest wait that the usage headers name (in minutes), None where they name none."""
    try:
        used = json.loads(headers.get("x-business-use-case-usage", ""))
    except (ValueError, RecursionError):
        return None
    waits = [
        whole_number(member(entry, "estimated_time_to_regain_access"))
        for entries in (used.values() if isinstance(used, dict) else ())
        for entry in items(entries)
    ]
    return 60.0 * max(waits) if any(waits) else None

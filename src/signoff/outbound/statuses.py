"""What the statuses mean that every app shares: gone for now, slow down, moved."""

from __future__ import annotations

from signoff.core.errors import AnswerUnexpected, OutcomeUnknown, RateLimited, VendorDown
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds

SEE_THERE = (302, 303)  # https://www.rfc-editor.org/rfc/rfc9110#name-303-see-other; with 302 out of habit


def raise_for_outage(reply: Reply) -> None:
    """
    Raise for an answer that does not come from the app's own rules: outages, gateways, redirects, 429.

    A write that got a 5xx or a 408, from the app or from a gateway before it, may have been done all the
    same: `OutcomeUnknown`; so may one that got a 302 or 303, which say where the result is to be seen. A question is
    just asked again: `VendorDown`. A 429 was never done. Redirects are not followed, because a key would follow them.
    """
    wait = retry_after_seconds(reply.headers)
    detail = f"{reply.call}: {reply.status}"
    if reply.status == 429:
        raise RateLimited(detail, app=reply.app, retry_after_seconds=wait)
    down = reply.status >= 500 or reply.status == 408
    if down and reply.effect == "write":
        raise OutcomeUnknown(f"{detail} after a write", app=reply.app)
    if down:
        raise VendorDown(detail, app=reply.app, retry_after_seconds=wait)
    if reply.status in SEE_THERE and reply.effect == "write":
        raise OutcomeUnknown(f"{detail} after a write: many an app answers so when it is done", app=reply.app)
    if 300 <= reply.status < 400:
        raise AnswerUnexpected(f"{detail}: a redirect where an answer was expected", app=reply.app)

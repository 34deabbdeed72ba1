"""
What Slack's answers mean: status 200 says nothing, `ok` and `error` do.

Sources: https://docs.slack.dev/reference/methods/chat.postMessage, conversations.history, auth.test, as of
November 2026.
"""

from __future__ import annotations

import re
from typing import Any

from signoff.connectors.shapes import lenient_json, member, word
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

SCOPES = re.compile(r"[a-z.:,_]{1,120}")

ENDED = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "two_factor_setup_required",
    }
)
# Slack says of these that part of it may have been done.
OUTAGES = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
SLOW_DOWN = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
MESSAGE_LIMIT_SECONDS = 600.0

INVITE = "In Slack, open the channel and type /invite @Signoff, then press Try again."
OTHER_CHANNEL = "Look at the channel's name in the integration, and whether Signoff may write there."
WHERE = {
    "channel_not_found": ("{app} has no such channel, or our app cannot see it.", INVITE),
    "not_in_channel": ("Our app is not in this {app} channel.", INVITE),
    "is_archived": ("This {app} channel is archived.", OTHER_CHANNEL),
    "restricted_action": ("An administrator of {app} lets our app not write in this channel.", OTHER_CHANNEL),
    "restricted_action_read_only_channel": (
        "Only a few people may write in this {app} channel.",
        OTHER_CHANNEL,
    ),
    "restricted_action_thread_only_channel": (
        "This {app} channel takes only replies in a conversation.",
        OTHER_CHANNEL,
    ),
    "restricted_action_non_threadable_channel": ("This {app} channel takes no replies.", OTHER_CHANNEL),
    "messages_tab_disabled": ("This person takes no messages from our {app} app.", OTHER_CHANNEL),
}
WHAT = {
    "msg_too_long": "The text is longer than {app} takes.",
    "msg_blocks_too_long": "The text is longer than {app} takes.",
    "no_text": "There is no text to post to {app}.",
}
THREADS = frozenset({"thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"})
# An administrator, or the kind of token, keeps the app from it: nothing that a message could change.
FORBIDDEN = frozenset(
    {
        "access_denied", "accesslimited", "app_access_restricted", "ekm_access_denied", "enterprise_is_restricted",
        "missing_scope", "no_permission", "not_allowed_token_type", "org_login_required", "team_access_not_granted",
    }
)  # fmt: skip


def read(reply: Reply) -> Any:
    """Return what an answer holds. Raises the error that it stands for."""
    raise_for_outage(reply)
    said = reply.json() if reply.ok else lenient_json(reply)
    if member(said, "ok") is True:
        return said
    error = word(member(said, "error"))
    if not error:
        raise reply.unexpected(f"{reply.call}: {reply.status}, neither ok nor an error")
    raise _meant(error, reply, said)


def _meant(error: str, reply: Reply, said: Any) -> SignoffError:
    """Return the error that one of Slack's words stands for."""
    detail, app = f"{reply.call}: {error}", reply.app
    if error in ENDED:
        return CredentialRejected(detail, app=app)
    if error in SLOW_DOWN:
        wait = MESSAGE_LIMIT_SECONDS if error == "message_limit_exceeded" else None
        return RateLimited(detail, app=app, retry_after_seconds=retry_after_seconds(reply.headers) or wait)
    if error in OUTAGES:
        if reply.effect == "write":
            return OutcomeUnknown(f"{detail} after a write", app=app)
        return VendorDown(detail, app=app)
    if error in FORBIDDEN:
        needed = str(member(said, "needed") or "")
        return _forbidden(detail, app, error, needed if SCOPES.fullmatch(needed) else "")
    if error in WHERE:
        words, step = WHERE[error]
        return InputRejected(
            detail, app=app, field="channel", owner_message=f"{words} Nothing was posted.", next_step=step
        )
    if error in THREADS:
        return InputRejected(
            detail,
            app=app,
            field="thread",
            owner_message="{app} does not have this conversation any more, or it is closed. Nothing was posted.",
        )
    words = WHAT.get(error, "{app} did not take this message.")
    return InputRejected(detail, app=app, field="text", owner_message=f"{words} Nothing was posted.")


def _forbidden(detail: str, app: str, error: str, needed: str) -> PermissionMissing:
    if error == "missing_scope" and needed:
        return PermissionMissing(
            detail,
            app=app,
            lacks=(needed,),
            owner_message=f"Our {{app}} app lacks a permission ({needed}). Nothing is lost; the work waits.",
            next_step="At api.slack.com/apps, add it under OAuth & Permissions and press Reinstall to Workspace. "
            "If the token changes, paste the new one.",
        )
    return PermissionMissing(
        detail,
        app=app,
        owner_message="An administrator of {app} does not let our app do this. Nothing is lost; the work waits.",
        next_step="Ask the administrator to allow it, then press Test now under Connections.",
    )

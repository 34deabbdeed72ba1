"""Who signs in at a mail server, and what it means when the server does not let them in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from signoff.core.errors import CredentialRejected
from signoff.core.secret import Secret

Protocol = Literal["imap", "smtp"]
Reason = Literal["wrong", "app password", "switched off", "no passwords", "in the browser"]

# What providers say in their own words; the words stay here, only their meaning goes on.
_MEANINGS: tuple[tuple[Reason, str], ...] = (
    ("app password", r"application-specific password|app(?:lication)?[ -]password|5\.7\.9\b"),
    (
        "switched off",
        r"not enabled for imap|imap (?:access )?is disabled|imap.*(?:not enabled|deactivated)"
        r"|smtpclientauthentication is disabled|5\.7\.139|smtp auth.* disabled|pop3?/imap.*activ",
    ),
    ("no passwords", r"basic auth|logindisabled|password sign-in is not offered|authentication mechanism"),
    ("in the browser", r"web browser|webalert|weblogin|web login|5\.7\.14\b"),
)


@dataclass(frozen=True)
class SignIn:
    """A name and a password, or an access token (XOAUTH2) with `is_token`."""

    user: str
    secret: Secret
    is_token: bool = False

    @property
    def bearer(self) -> str:
        """Return what XOAUTH2 says: https://developers.google.com/gmail/imap/xoauth2-protocol"""
        return f"user={self.user}\1auth=Bearer {self.secret.reveal()}\1\1"


class SignInRefused(CredentialRejected):
    """The mail server did not let us in; `reason` is what its words mean, `at` which of the two servers it was."""

    def __init__(self, detail: str, *, app: str, at: Protocol, reason: Reason) -> None:
        super().__init__(detail, app=app)
        self.at = at
        self.reason = reason


def refused(at: Protocol, said: str, app: str) -> SignInRefused:
    """Return the error for what a server said when it refused a sign-in."""
    words = said.lower()
    reason: Reason = next((meaning for meaning, words_ in _MEANINGS if re.search(words_, words)), "wrong")
    return SignInRefused(f"{at.upper()} sign in: {reason}", app=app, at=at, reason=reason)

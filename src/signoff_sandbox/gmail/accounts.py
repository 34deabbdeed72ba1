"""
Google's sign-in for one practice account: consent, codes, tokens, and all the ways in which they end.

A refresh token carries its own content with a seal, so that it survives a restart of the practice apps.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import TypedDict, cast

from signoff_sandbox.clock import Clock
from signoff_sandbox.gmail import errors

CLIENT_ID = "000000000000-practice.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-practice-0000000000000000"
EMAIL = "priya.nair@harbourdesk.example"
PERSON = "Priya Nair"
SCOPE_ROOT = "https://www.googleapis.com/auth/"
ALL_MAIL = "https://mail.google.com/"
KNOWN_SCOPES = frozenset(
    {
        ALL_MAIL,
        "openid",
        "email",
        "profile",
        *(
            SCOPE_ROOT + name
            for name in (
                "gmail.compose",
                "gmail.modify",
                "gmail.readonly",
                "gmail.metadata",
                "gmail.send",
                "gmail.insert",
                "gmail.labels",
                "userinfo.email",
                "userinfo.profile",
            )
        ),
    }
)
_SEAL = b"practice: this seals nothing that matters"
_CODE_SECONDS = 600
_WEEK_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Code:
    """What a person allowed, to be fetched once with the code."""

    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    offline: bool
    given_at: float


@dataclass(frozen=True)
class Access:
    """An access token's content. `grant` names the refresh token it came from."""

    token: str
    scopes: frozenset[str]
    ends_at: float
    grant: str


class _Grant(TypedDict):
    """What a refresh token carries."""

    scopes: list[str]
    grant: str
    at: float


@dataclass
class Accounts:
    """Hands out and checks codes and tokens."""

    clock: Clock
    access_seconds: int = 3599
    # A consent screen in "Testing" ends refresh tokens after seven days.
    testing: bool = False
    client_secret: str = CLIENT_SECRET
    codes: dict[str, Code] = field(default_factory=dict)
    used_codes: dict[str, str] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    revoked_until: float = 0.0
    refreshes: int = 0

    def allow(self, scopes: tuple[str, ...], redirect_uri: str, challenge: str, *, offline: bool) -> str:
        """Return the code for what a person allowed."""
        code = "4/practice-" + secrets.token_urlsafe(16)
        self.codes[code] = Code(scopes, redirect_uri, challenge, offline, self.clock.now())
        return code

    def check_client(self, client_id: str, client_secret: str) -> None:
        """Raise 401 `invalid_client` unless this is the practice client."""
        if client_id != CLIENT_ID:
            raise errors.grant_error("invalid_client", "The OAuth client was not found.", 401)
        if client_secret != self.client_secret:
            raise errors.grant_error("invalid_client", "Unauthorized", 401)

    def exchange(self, code_text: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Return the tokens for a code, once. A second use also ends what the first one gave."""
        if code_text in self.used_codes:
            self.end_grant(self.used_codes[code_text])
            raise errors.grant_error("invalid_grant", "Bad Request")
        code = self.codes.get(code_text)
        if code is None or self.clock.now() - code.given_at > _CODE_SECONDS:
            raise errors.grant_error("invalid_grant", "Malformed auth code.")
        if code.redirect_uri != redirect_uri:
            raise errors.grant_error("redirect_uri_mismatch", "Bad Request")
        if code.challenge and challenge_of(verifier) != code.challenge:
            raise errors.grant_error("invalid_grant", "Invalid code verifier.")
        del self.codes[code_text]
        grant = secrets.token_hex(6)
        self.used_codes[code_text] = grant
        told = self._new_access(code.scopes, grant)
        if code.offline:
            told["refresh_token"] = self._refresh_token(code.scopes, grant)
            if self.testing:
                told["refresh_token_expires_in"] = _WEEK_SECONDS - 1
        return told

    def refresh(self, token: str) -> dict[str, object]:
        """Return a new access token. The answer holds no refresh token: the old one stays."""
        content = _open(token)
        if content is None or not self._is_alive(content["grant"], content["at"]):
            raise errors.grant_error("invalid_grant", "Token has been expired or revoked.")
        if self.testing and self.clock.now() - content["at"] > _WEEK_SECONDS:
            raise errors.grant_error("invalid_grant", "Token has been expired or revoked.")
        self.refreshes += 1
        return self._new_access(tuple(content["scopes"]), content["grant"])

    def revoke(self, token: str) -> bool:
        """End the grant behind an access or refresh token; say whether it was known."""
        if token in self.access:
            self.end_grant(self.access[token].grant)
            return True
        content = _open(token)
        if content is None:
            return False
        self.end_grant(content["grant"])
        return True

    def end_grant(self, grant: str) -> None:
        self.revoked.add(grant)
        self.access = {t: a for t, a in self.access.items() if a.grant != grant}

    def end_all(self) -> None:
        """The person takes back what was allowed so far, as on Google's security page."""
        self.revoked_until = self.clock.now()
        self.access.clear()
        self.codes.clear()

    def holder(self, authorization: str) -> Access:
        """Return the access behind the header. Raises 401."""
        scheme, _, token = authorization.partition(" ")
        access = self.access.get(token.strip()) if scheme.lower() == "bearer" else None
        if access is None or access.ends_at <= self.clock.now():
            raise errors.not_signed_in()
        return access

    def _is_alive(self, grant: str, at: float) -> bool:
        return grant not in self.revoked and at > self.revoked_until

    def _new_access(self, scopes: tuple[str, ...], grant: str) -> dict[str, object]:
        token = "ya29.practice-" + secrets.token_urlsafe(24)
        self.access[token] = Access(token, frozenset(scopes), self.clock.now() + self.access_seconds, grant)
        return {
            "access_token": token,
            "expires_in": self.access_seconds,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
        }

    def _refresh_token(self, scopes: tuple[str, ...], grant: str) -> str:
        content = json.dumps({"scopes": scopes, "grant": grant, "at": self.clock.now()}).encode()
        text = base64.urlsafe_b64encode(content).decode().rstrip("=")
        return f"1//practice-{text}.{_seal(text)}"


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _seal(text: str) -> str:
    return hmac.new(_SEAL, text.encode(), hashlib.sha256).hexdigest()[:32]


def _open(token: str) -> _Grant | None:
    text, _, seal = token.removeprefix("1//practice-").partition(".")
    if not token.startswith("1//practice-") or not hmac.compare_digest(_seal(text), seal):
        return None
    return cast(_Grant, json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))

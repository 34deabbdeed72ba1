"""The pages and endpoints of signing in with Google."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from signoff_sandbox.clock import Clock
from signoff_sandbox.gmail import errors
from signoff_sandbox.gmail.accounts import (
    ALL_MAIL,
    CLIENT_ID,
    EMAIL,
    KNOWN_SCOPES,
    PERSON,
    SCOPE_ROOT,
    Accounts,
)
from signoff_sandbox.page import page

# What a person reads on the consent page for a scope.
_MEANINGS = {
    "gmail.compose": "Create and send drafts",
    "gmail.modify": "Read, write and send e-mail",
    "gmail.readonly": "Read e-mail",
    "gmail.metadata": "See headers and labels",
    "gmail.send": "Send e-mail",
    ALL_MAIL: "Read, write, send and delete all e-mail",
}


class SigningIn:
    """Consent, codes and tokens over HTTP."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self.accounts = accounts
        self.clock = clock

    async def authorise(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        asked = {k: str(v) for k, v in {**request.query_params, **form}.items()}
        wrong = _wrong_request(asked)
        if wrong:
            return HTMLResponse(page("Practice Google", f"<p>Access blocked: {html.escape(wrong)}</p>"), 400)
        if request.method == "POST":
            return self._back(asked, allowed=asked.get("choice") != "deny")
        if asked.get("auto") == "1" or asked.get("login_hint") == "auto":
            return self._back(asked, allowed=True)
        return HTMLResponse(_consent(asked))

    def _back(self, asked: Mapping[str, str], *, allowed: bool) -> Response:
        """Send the person back to the app, with a code or with `access_denied`."""
        told = {"state": asked["state"]} if asked.get("state") else {}
        scopes = tuple(asked["scope"].split())
        if allowed:
            offline = asked.get("access_type") == "offline"
            code = self.accounts.allow(
                scopes, asked["redirect_uri"], asked.get("code_challenge", ""), offline=offline
            )
            told.update(code=code, scope=" ".join(scopes))
        else:
            told["error"] = "access_denied"
        joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        return RedirectResponse(asked["redirect_uri"] + joint + urlencode(told), 302)

    async def token(self, request: Request) -> Response:
        form = {k: str(v) for k, v in (await request.form()).items()}
        self.accounts.check_client(*_client(request, form))
        match form.get("grant_type"):
            case "authorization_code":
                told = self.accounts.exchange(
                    form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
                )
            case "refresh_token":
                told = self.accounts.refresh(form.get("refresh_token", ""))
            case other:
                raise errors.grant_error("unsupported_grant_type", f"Invalid grant_type: {other}")
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def revoke(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        token = str(form.get("token") or request.query_params.get("token") or "")
        if not self.accounts.revoke(token):
            raise errors.grant_error("invalid_token", "Token expired or revoked")
        return JSONResponse({})

    async def token_info(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        token = str(form.get("access_token") or request.query_params.get("access_token") or "")
        access = self.accounts.access.get(token)
        if access is None or access.ends_at <= self.clock.now():
            raise errors.grant_error("invalid_token", "Invalid Value")
        return JSONResponse(
            {
                "azp": CLIENT_ID,
                "aud": CLIENT_ID,
                "scope": " ".join(sorted(access.scopes)),
                "exp": str(int(access.ends_at)),
                "expires_in": str(int(access.ends_at - self.clock.now())),
                "email": EMAIL,
                "email_verified": "true",
                "access_type": "offline",
            }
        )

    async def user_info(self, request: Request) -> Response:
        self.accounts.holder(request.headers.get("authorization", ""))
        return JSONResponse(
            {"id": "100000000000000000001", "email": EMAIL, "verified_email": True, "name": PERSON}
        )


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Return client id and secret, from the form or from HTTP Basic."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        id, _, secret = base64.b64decode(text).decode().partition(":")
        return id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _wrong_request(asked: Mapping[str, str]) -> str:
    """Return what is wrong with a request for consent, as Google's error page names it, or an empty text."""
    target = urlsplit(asked.get("redirect_uri", ""))
    loopback = target.scheme == "http" and target.hostname in ("127.0.0.1", "localhost", "::1")
    scopes = asked.get("scope", "").split()
    checks = (
        (asked.get("client_id") != CLIENT_ID, "invalid_client: the OAuth client was not found"),
        (asked.get("response_type") != "code", "invalid_request: response_type must be code"),
        (not loopback and target.scheme != "https", "redirect_uri_mismatch"),
        (not scopes, "invalid_request: scope is missing"),
        (not KNOWN_SCOPES.issuperset(scopes), "invalid_scope"),
        (
            bool(asked.get("code_challenge")) and asked.get("code_challenge_method") != "S256",
            "invalid_request: only S256 is taken here",
        ),
    )
    return next((why for wrong, why in checks if wrong), "")


def _consent(asked: Mapping[str, str]) -> str:
    kept = "".join(
        f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in asked.items()
    )
    items = "".join(
        f"<li>{html.escape(_MEANINGS.get(s.removeprefix(SCOPE_ROOT), s))}</li>"
        for s in asked["scope"].split()
    )
    return page(
        "Practice Google",
        "<h2>Signoff wants to use your practice account</h2>"
        f"<p>{html.escape(PERSON)} ({html.escape(EMAIL)})</p>"
        f"<p>It asks to:</p><ul>{items}</ul>"
        f'<form method="post">{kept}<button class="go" name="choice" value="allow">Allow</button>'
        '<button name="choice" value="deny">Cancel</button></form>',
    )

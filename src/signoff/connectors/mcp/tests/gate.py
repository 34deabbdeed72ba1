"""
A gate before a practice MCP server, with the official SDK: somebody signs in there, and a program makes itself known.

Whoever opens its page for signing in presses Allow with that. `revoked` lets nobody in any more.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.shared.auth import OAuthToken

SCOPE = "desk"


@dataclass
class Gate:
    """Its books: who made themselves known, what was asked for, and which tokens are good."""

    lasts_seconds: int = 3600
    revoked: bool = False
    registers: bool = True
    clients: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    refreshing: dict[str, RefreshToken] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def before(self, url: str) -> dict[str, Any]:
        """Return how a server at this address lets people in."""
        parts = urlsplit(url)
        known = ClientRegistrationOptions(
            enabled=self.registers, valid_scopes=[SCOPE], default_scopes=[SCOPE]
        )
        return {
            "auth_server_provider": self,
            "auth": AuthSettings(
                issuer_url=f"{parts.scheme}://{parts.netloc}",
                resource_server_url=url,
                required_scopes=[SCOPE],
                client_registration_options=known,
                validate_token_resource=True,
            ),
        }

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        self.asked.append(params)
        code = AuthorizationCode(
            code=secrets.token_urlsafe(24),
            scopes=params.scopes or [SCOPE],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        del self.codes[authorization_code.code]
        return self._tokens(client, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client, refresh_token):
        return None if self.revoked else self.refreshing.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        if self.refreshing.pop(refresh_token.token, None) is None:  # each is good once
            raise TokenError("invalid_grant")
        return self._tokens(client, scopes, refresh_token.resource)

    async def load_access_token(self, token):
        return None if self.revoked else self.access.get(token)

    async def revoke_token(self, token):
        self.access.pop(token.token, None)

    def _tokens(self, client, scopes, resource):
        access, again = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        common = {"client_id": client.client_id, "scopes": scopes, "resource": resource}
        self.access[access] = AccessToken(
            token=access, expires_at=int(time.time()) + self.lasts_seconds, **common
        )
        self.refreshing[again] = RefreshToken(token=again, **common)
        return OAuthToken(
            access_token=access,
            expires_in=self.lasts_seconds,
            refresh_token=again,
            scope=" ".join(scopes),
        )

"""
The one way out to an app.

Everything Signoff asks of an app goes through a `Door`: it signs the request, watches the time and the
size, refuses private addresses, and says of every failure whose it is to mend. Answers of the app itself,
good or bad, come back as a `Reply`; each connector knows what its app's statuses mean.

What a broken connection means:

- nothing was sent (no such name, refused, no TLS, too late): `TimedOutBeforeSending`, safe to do again
- something was sent and it was a question (`effect="read"`): `VendorDown`, safe to ask again
- something was sent and it was a write: `OutcomeUnknown`. That includes an app that hangs up on a kept
  connection without an answer: it may have done so before or after it read the request, and nobody can tell
  from here. Connections that the app has closed already are noticed before they are used, and idle ones are
  given up after 4 s, before apps do, so this stays rare.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpcore2

from signoff.core.errors import (
    AnswerUnexpected,
    Broken,
    OutcomeUnknown,
    SignoffError,
    TimedOutBeforeSending,
    VendorDown,
)
from signoff.outbound.address import Address, parse_address
from signoff.outbound.guard import AddressRefused, NotPublic, is_allowed, is_here, is_ip, is_public
from signoff.outbound.network import Attempt, SendingTooLate, under
from signoff.outbound.pools import pool, proxy_for
from signoff.outbound.reply import Effect, Reply
from signoff.outbound.request import CONNECT_SECONDS, Call, header_value, key_in, request_for, signed_by
from signoff.outbound.signing import Signing


class _TooLarge(Exception):
    """The answer is larger than the door lets in."""


class Door:
    """
    The way out for one connection; cheap to make, safe to share between threads.

    `authorise` gives the headers that sign a request, asked anew each time, so that a key can be replaced
    while work goes on; what it calls "path" is no header but goes before the path, and "query" into the query. They go
    to `base_url`'s own server only, and to the hosts in `also_signed` (where an app keeps its files). `refresh` is
    called once when the app answers 401; if it says True the request is repeated once (a 401 means that it was not
    done). `secrets` gives what a `Hidden` stands for.

    `timeout_seconds` is the longest silence, `total_seconds` the longest request (else twice that and 10
    s). `allow_hosts` are private hosts (and hosts without TLS) that may be reached: "localhost",
    "127.0.0.1:8080". `on_headers` hears the headers of every answer. `send_before` is a `time.time()`:
    nothing is sent after it. `instead`: parts of a path that are replaced, so that another version of the API is asked
    ("v25.0" by "v26.0").
    """

    def __init__(
        self,
        base_url: str,
        *,
        app: str,
        authorise: Callable[[], Mapping[str, str]] | None = None,
        refresh: Callable[[], bool] | None = None,
        timeout_seconds: float = 30.0,
        total_seconds: float | None = None,
        allow_hosts: frozenset[str] = frozenset(),
        max_bytes: int = 10_000_000,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
        also_signed: Iterable[str] = (),
        secrets: Callable[[str], str] | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        self._own_address = base_url.strip()
        self.base_url = self._own_address.rstrip("/")
        self.app = app
        self.allow_hosts = allow_hosts
        self.send_before: float | None = None
        self.last_headers: Mapping[str, str] = {}
        self._authorise = authorise
        self._refresh = refresh
        self._timeout_seconds = timeout_seconds
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes
        self._on_headers = on_headers
        self._also_signed = frozenset(also_signed)
        self._secrets = secrets
        self._instead = instead or {}

    def get(self, path_or_url: str, **more: Any) -> Reply:
        return self.request("GET", path_or_url, **more)

    def post(self, path_or_url: str, *, effect: Effect, **more: Any) -> Reply:
        return self.request("POST", path_or_url, effect=effect, **more)

    def put(self, path_or_url: str, **more: Any) -> Reply:
        return self.request("PUT", path_or_url, effect="write", **more)

    def patch(self, path_or_url: str, **more: Any) -> Reply:
        return self.request("PATCH", path_or_url, effect="write", **more)

    def delete(self, path_or_url: str, **more: Any) -> Reply:
        return self.request("DELETE", path_or_url, effect="write", **more)

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        effect: Effect = "read",
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
        send_before: float | None = None,
        signing: Signing | None = None,
        signed: bool = True,
        max_bytes: int | None = None,
    ) -> Reply:
        """
        Ask the app and return what it answered, whatever the status; redirects are not followed.

        A path is put behind `base_url`, and "" is `base_url` as it stands; a whole address goes where it
        says, and is signed only if that is `base_url`'s server. `signing` says how, where a fixed header does
        not do; `signed=False` leaves it unsigned. `KEY` as a value in `json`, `form` or `params` is replaced by the
        connection's key, a `Hidden` by a secret setting. `max_bytes` lets a larger answer in
        than usual. Raises `TimedOutBeforeSending`, `VendorDown`, `OutcomeUnknown`, `AddressRefused`,
        `AnswerUnexpected`.
        """
        silence = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        total = self._total_seconds or 2 * silence + CONNECT_SECONDS
        deadlines = [moment for moment in (send_before, self.send_before) if moment is not None]
        call = Call(
            method,
            self._address(path_or_url),
            effect,
            json,
            form,
            content,
            params,
            headers or {},
            silence,
            time.monotonic() + total,
            min(deadlines) if deadlines else None,
            signing,
            signed,
            self._address(path_or_url).path if path_or_url else "(the address of this connection)",
            self._max_bytes if max_bytes is None else max_bytes,
        )
        reply = self._ask(call)
        if reply.status == 401 and self._refresh is not None and self._refresh():
            reply = self._ask(call)
        return reply

    def _address(self, path_or_url: str) -> Address:
        url = path_or_url if "://" in path_or_url[:10] else f"{self.base_url}/{path_or_url.lstrip('/')}"
        url = url if path_or_url else self._own_address  # a "/" at its end may matter
        if self._instead and url.startswith(self._origin()):
            url = self._replaced(url)
        try:
            return parse_address(url)
        except ValueError as error:
            raise AddressRefused(
                str(error),
                app=self.app,
                field="base_url",
                owner_message="The address of {app} is not one we can use. Nothing was sent.",
                next_step="Open Connections and mend the address; it begins with https://.",
            ) from None

    def _origin(self) -> str:
        scheme, _, rest = self.base_url.partition("://")
        return f"{scheme}://{rest.split('/')[0]}/"

    def _replaced(self, url: str) -> str:
        """Return an address with the first part of its path replaced that is to be."""
        path, mark, query = url.partition("?")
        parts = path.split("/")
        for position, part in enumerate(parts[3:], start=3):
            if part in self._instead:
                parts[position] = self._instead[part]
                break
        return "/".join(parts) + mark + query

    def _ask(self, call: Call) -> Reply:
        """Sign one call, send it, and return the answer."""
        signature = dict(self._authorise()) if self._authorise is not None else {}
        request = request_for(
            call,
            signature,
            app=self.app,
            to_app=call.address.origin == self._address("").origin or call.address.host in self._also_signed,
            secrets=self._secrets,
        )
        way_out = self._way_out(call.address)
        for last_try in (False, True):
            attempt = Attempt(call.ends_at, call.send_before)
            try:
                with under(attempt):
                    reply = self._exchange(way_out, request, call)
                break
            except (httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError) as error:
                # A kept connection that was dead before a single byte went out: once more on a fresh one.
                if attempt.sent or attempt.connected or last_try:
                    raise self._failure(call, attempt, error) from error
            except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProxyError) as error:
                raise self._failure(call, attempt, error) from error
            except SendingTooLate:
                detail = f"{call.name}: the time to send had passed"
                raise TimedOutBeforeSending(detail, app=self.app) from None
            except NotPublic:
                raise self._refused(call.address, "its address is not public") from None
            except _TooLarge:
                raise self._too_large(call) from None
            except httpcore2.ProtocolError:
                # What h11 says here can quote a header, so it is not passed on.
                raise Broken(f"{call.name}: the request is not valid HTTP", app=self.app) from None
        self.last_headers = reply.headers
        if self._on_headers is not None:
            self._on_headers(reply.headers)
        return reply

    def could_send(self, signing: Signing) -> None:
        """Raise what would keep a signed request from leaving: the address, or the secret. Nothing is sent."""
        self.could_ask()
        signature = dict(self._authorise()) if self._authorise is not None else {}
        for value in signed_by(signing, key_in(signature), b"", self.app).values():
            header_value(value, self.app)

    def could_ask(self) -> None:
        """Raise what would keep a request from leaving for this address, as far as the address says it itself."""
        address = self._address("")
        self._way_out(address)
        allowed = is_allowed(address.host, address.port, self.allow_hosts)
        if is_ip(address.host) and not (allowed or is_public(address.host)):
            raise self._refused(address, "its address is not public")

    def _way_out(self, address: Address) -> httpcore2.ConnectionPool:
        """Return the pool to use, or refuse an address that may not be reached."""
        proxy = None if is_here(address.host) else proxy_for(address.scheme, address.host)
        if is_allowed(address.host, address.port, self.allow_hosts):
            return pool(address.scheme, guarded=False, proxy=proxy)
        if address.scheme != "https":
            raise self._refused(address, "it is not encrypted (http://)")
        if proxy is not None and is_ip(address.host) and not is_public(address.host):
            raise self._refused(address, "its address is not public")
        return pool(address.scheme, guarded=True, proxy=proxy)

    def _exchange(self, way_out: httpcore2.ConnectionPool, request: httpcore2.Request, call: Call) -> Reply:
        response = way_out.handle_request(request)
        try:
            headers = {
                name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers
            }
            stream: Iterable[bytes] = response.stream  # type: ignore[assignment]  # ours is not asynchronous
            body = _read(stream, headers.get("content-encoding", ""), call.max_bytes)
        finally:
            response.close()
        return Reply(response.status, headers, body, call.name, self.app, call.effect)

    def _failure(self, call: Call, attempt: Attempt, error: Exception) -> SignoffError:
        """Return what a broken connection means: see the top of this file."""
        detail = f"{call.name}: {type(error).__name__}"
        if not attempt.sent:
            return TimedOutBeforeSending(f"{detail}, nothing was sent ({error})", app=self.app)
        if call.effect == "write":
            return OutcomeUnknown(f"{detail}, after sending", app=self.app)
        return VendorDown(f"{detail}, after asking", app=self.app)

    def _refused(self, address: Address, why: str) -> AddressRefused:
        plain = address.scheme != "https"
        return AddressRefused(
            f"{address.host}:{address.port} was refused: {why}, and it is not in SIGNOFF_ALLOW_HOSTS",
            app=self.app,
            field="base_url",
            owner_message="The address of {app} begins with http://, so a key would travel unprotected. "
            "Nothing was sent."
            if plain
            else None,
            next_step=f"If the address is right, add {address.host}:{address.port} to SIGNOFF_ALLOW_HOSTS and start "
            "Signoff again; otherwise mend it under Connections.",
        )

    def _too_large(self, call: Call) -> SignoffError:
        detail = f"{call.name}: the answer is larger than {call.max_bytes} bytes"
        if call.effect == "write":
            return OutcomeUnknown(detail, app=self.app)
        return AnswerUnexpected(detail, app=self.app)


def _read(stream: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Return a body, unpacked; raises `_TooLarge` before more than `max_bytes` are in memory."""
    unpack = zlib.decompressobj(47) if encoding in ("gzip", "x-gzip", "deflate") else None
    body = bytearray()
    for chunk in stream:
        try:
            body += chunk if unpack is None else unpack.decompress(chunk, max_bytes + 1 - len(body))
        except zlib.error as error:
            raise httpcore2.RemoteProtocolError("the answer's packing is broken") from error
        if len(body) > max_bytes:
            raise _TooLarge
    return bytes(body)

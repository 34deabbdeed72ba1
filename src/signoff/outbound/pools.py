"""
The connections that are kept open: one pool for each way out, shared by the whole process.

Doors come and go with every job; sixty-four threads with their own doors still reuse the same few
connections, and the list of trusted certificates is read once.

Proxies: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured. Through a proxy it is the
proxy that resolves names, so there the guard can judge only addresses that are written out, and the proxy
must keep its own list; the proxy's own address may be private. Hosts of this machine are never asked for
through a proxy.
"""

from __future__ import annotations

import os
import ssl
import threading
from functools import cache
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2

from signoff.outbound.network import Network

# Servers close idle connections after 5 s (Node, uvicorn) or later. Closing first means that a write seldom
# meets a connection that is just being closed, which would leave its outcome unknown.
KEEP_SECONDS = 4.0
KEEP_CONNECTIONS = 64

_lock = threading.Lock()
_pools: dict[tuple[str, bool, str | None], httpcore2.ConnectionPool] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # two processes must not talk on one connection


def pool(scheme: str, *, guarded: bool, proxy: str | None = None) -> httpcore2.ConnectionPool:
    """
    Return the shared pool for this way out.

    A connection made without the guard is never lent to a guarded door.
    """
    key = (scheme, guarded, proxy)
    found = _pools.get(key)
    if found is None:
        with _lock:
            found = _pools.get(key)
            if found is None:
                found = _pools[key] = _new_pool(scheme, guarded, proxy)
    return found


@cache
def proxy_for(scheme: str, host: str) -> str | None:
    """Return the proxy that the environment names for this host, or None to go direct."""
    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(host):
        return None
    return address if "://" in address else f"http://{address}"


def forget() -> None:
    """Close every connection and read the environment anew: for a forked child, and for tests."""
    with _lock:
        for kept in _pools.values():
            kept.close()
        _pools.clear()
    proxy_for.cache_clear()


@cache
def tls() -> ssl.SSLContext:
    """Return the one TLS context: the system's trusted certificates, names verified, TLS 1.2 or newer."""
    context = httpcore2.default_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _new_pool(scheme: str, guarded: bool, proxy: str | None) -> httpcore2.ConnectionPool:
    return httpcore2.ConnectionPool(
        # Reading the certificates takes its time, so only where they are needed.
        ssl_context=tls() if scheme == "https" else None,
        proxy=None if proxy is None else _proxy(proxy),
        max_connections=None,  # as many as there are threads; pacing, not the pool, slows us down
        max_keepalive_connections=KEEP_CONNECTIONS,
        keepalive_expiry=KEEP_SECONDS,
        network_backend=Network(guarded=guarded and proxy is None),
    )


def _proxy(address: str) -> httpcore2.Proxy:
    parts = urlsplit(address)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    context = tls() if parts.scheme == "https" else None
    return httpcore2.Proxy(f"{parts.scheme}://{host}:{port}", auth=auth, ssl_context=context)

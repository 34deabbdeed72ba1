"""
The process in which apprise speaks: one question on standard input, one answer on standard output.

What apprise may do is held at its lowest places. Python tells an audit hook of every connection before it is made and
with the very address, so no name can lead elsewhere afterwards; a hook cannot be taken off again. `requests` is
wrapped where every request passes, redirects too.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from signoff.outbound.guard import is_allowed, is_here, is_ip, is_public

SECONDS = 35  # a little less than the parent waits, so that we end also when it is gone
MEMORY = 1_000_000_000
SILENCE_SECONDS = (10.0, 20.0)
READABLE = (
    "/dev/", "/etc/ssl", "/etc/pki", "/etc/mime.types", "/usr/lib", "/usr/share", "/usr/local/lib", "/usr/local/share",
    "/opt/homebrew",
)  # fmt: skip
PROGRAMS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork", "pty.spawn")
STATUS = re.compile(r"error\s*=\s*([1-5][0-9]{2})\b")


class Forbidden(OSError):
    """Something that apprise may not do. `why` is one of `services.WHY`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Rules:
    """What this process may do. `trouble` is the first thing that was forbidden; apprise itself swallows errors."""

    def __init__(self, allow_hosts: frozenset[str]) -> None:
        self.allow_hosts = allow_hosts
        self.trouble = ""
        self.readable = (*READABLE, sys.prefix, sys.base_prefix, *map(str, _here()))
        self._asking = threading.local()  # whether the host that is asked now was allowed by name

    def refuse(self, why: str) -> Forbidden:
        self.trouble = self.trouble or why
        return Forbidden(why)

    def hold(self) -> None:
        """Let the rules hold from now on, for good."""
        sys.addaudithook(self._heard)
        self._wrap_requests()

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            self._connects(args[1])
        elif event in PROGRAMS:
            raise self.refuse("not a web service")
        elif event == "open" and isinstance(args[0], str | bytes | os.PathLike):
            path = os.path.abspath(os.fsdecode(args[0]))  # noqa: PTH100  # of links too, as they are written
            if not path.startswith(self.readable):
                raise Forbidden("not a web service")

    def _connects(self, address: Any) -> None:
        """Let a connection through, or not: the address is an IP address here, and the one that is used."""
        if getattr(self._asking, "is_allowed", False):
            return
        if not isinstance(address, tuple) or not is_public(str(address[0])):
            raise self.refuse("private")

    def _wrap_requests(self) -> None:
        import requests

        plain = requests.Session.send

        def send(session: Any, request: Any, **how: Any) -> Any:
            parts = urlsplit(request.url or "")
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            allowed = is_allowed(host, port, self.allow_hosts)
            proxies = how.get("proxies") or {}
            by_proxy = bool(requests.utils.select_proxy(request.url or "", proxies)) and not is_here(host)
            if not allowed and parts.scheme != "https":
                raise self.refuse("not encrypted")
            if not allowed and is_ip(host) and not is_public(host):
                raise self.refuse("private")
            how["timeout"] = SILENCE_SECONDS
            if not isinstance(how.get("verify"), str):
                how["verify"] = True
            before = getattr(self._asking, "is_allowed", False)
            # Through a proxy it is the proxy that resolves names, and its own address may be private: see pools.
            self._asking.is_allowed = allowed or by_proxy
            try:
                return plain(session, request, **how)
            finally:
                self._asking.is_allowed = before

        requests.Session.send = send  # type: ignore[method-assign, assignment]  # that is the point


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return what came of a question: `{"ok", "name"}`, or `{"ok", "why", "status"}`."""
    rules = Rules(frozenset(question["allow_hosts"]))
    plugin, why = _plugin(question["address"])
    if plugin is None:
        return {"ok": False, "why": why}
    if question["do"] == "name":
        return {"ok": True, "name": str(plugin.service_name)}
    statuses = _listen()
    rules.hold()
    try:
        taken = bool(plugin.notify(body=question["text"], title=question["title"]))
    except Exception:  # whatever a plugin does not catch itself
        taken = False
    if taken and not rules.trouble:
        return {"ok": True, "name": str(plugin.service_name)}
    return {"ok": False, "why": rules.trouble or "refused", "status": statuses[-1] if statuses else None}


def _plugin(address: str) -> tuple[Any, str]:
    """Return the plugin for an address, or why there is none for us."""
    import apprise

    plugin = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if plugin is None:
        return None, "unknown"
    # What speaks by other means (mail, MQTT, the desktop, the system's log) cannot be held to our rules.
    if not hasattr(sys.modules[type(plugin).__module__], "requests"):
        return None, "not a web service"
    if not plugin.verify_certificate:
        return None, "not encrypted"
    return plugin, ""


def _listen() -> list[int]:
    """Return a list that fills with the statuses that apprise logs; its lines themselves can hold addresses."""
    import logging

    found: list[int] = []

    class Statuses(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.extend(int(status) for status in STATUS.findall(record.getMessage()))

    logger = logging.getLogger("apprise")
    logger.addHandler(Statuses())
    logger.propagate = False
    return found


def _here() -> list[Path]:
    """Return the folders that the code itself is read from, and the certificates that the owner named."""
    named = tuple(os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"))
    folders = [Path(part) for part in (*sys.path, *named) if part]
    return [
        folder for folder in folders if folder != Path(folder.anchor)
    ]  # where a program starts is not its code


def _limit() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if hasattr(signal, "alarm"):
        signal.alarm(SECONDS)


def main() -> None:
    """Answer one question."""
    _limit()
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a plugin prints is not our answer
    said = answer(json.loads(sys.stdin.buffer.read()))
    os.write(out, json.dumps(said).encode())


if __name__ == "__main__":
    main()

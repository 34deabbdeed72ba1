"""
The way out to a hundred services that take short messages (Telegram, Teams, SMS, WhatsApp …), which `apprise` knows.

apprise asks by `requests`, past our door. So it works in a process of its own (`service_process`), behind the door's
rules: public addresses only, encrypted only, certificates verified, no files, no programs, and an end in time. That
process is given one address and one message, and nothing else: no database, no key, no environment of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from signoff.core.secret import Secret

SECONDS = 40.0  # after which the process is ended, whatever it waits for
HANDED_ON = (
    "PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY",
    "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
)  # fmt: skip
WHY = {
    "unknown": "No service is known that has such an address. Copy it once more; apprise's pages list how each looks.",
    "not a web service": "This service is not asked over https, so it cannot be used here.",
    "not encrypted": "This address would be asked without encryption or without a look at the certificate.",
    "private": "This address leads into a private network. Nothing was sent there. If it is right, add its host to "
    "SIGNOFF_ALLOW_HOSTS and start Signoff again.",
    "not reached": "The service was not reached.",
    "too slow": "The service did not answer in time.",
    "refused": "The service did not take it. Look at the address and at what the token may do.",
}


class NotUsable(Exception):
    """An address is none that can be used; the text is for its owner and does not hold it."""


class NotTaken(Exception):
    """The service did not take a message, or nobody knows; the text is for the owner and holds no address."""


def name_of(address: Secret, allow_hosts: frozenset[str] = frozenset()) -> str:
    """Return the service of an address, in its own words ("Telegram"). Asks nobody. Raises `NotUsable`."""
    said = _ask({"do": "name", "address": address.reveal(), "allow_hosts": sorted(allow_hosts)})
    if not said.get("ok"):
        raise NotUsable(WHY.get(str(said.get("why")), WHY["unknown"]))
    return str(said["name"])


def send(address: Secret, title: str, text: str, allow_hosts: frozenset[str] = frozenset()) -> None:
    """Hand one message over. Raises `NotTaken`."""
    asked = {
        "do": "send",
        "address": address.reveal(),
        "title": title,
        "text": text,
        "allow_hosts": sorted(allow_hosts),
    }
    said = _ask(asked)
    if not said.get("ok"):
        status = f" It answered {said['status']}." if isinstance(said.get("status"), int) else ""
        raise NotTaken(WHY.get(str(said.get("why")), WHY["refused"]) + status)


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    """Return what the process said; the address goes in by standard input, where no process list shows it."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "signoff.outbound.service_process"],
            input=json.dumps(question).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in HANDED_ON if name in os.environ},
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"ok": False, "why": "too slow"}
    except (OSError, ValueError):
        return {"ok": False, "why": "not reached"}
    return said if isinstance(said, dict) else {"ok": False, "why": "not reached"}

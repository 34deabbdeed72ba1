"""Where a mailbox is: from what its owner stated, else from what is known of the provider. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from email_validator import EmailNotValidError, validate_email

from signoff.connectors.base import Mailbox
from signoff.connectors.manifest import Preset
from signoff.core.errors import InputRejected
from signoff.outbound.wire import Security, Server

APP: Final = "E-mail"
ANY: Final = "any"
NONE: Final = "none"
IMAP_PORTS: Final[dict[Security, int]] = {"tls": 993, "starttls": 143, "plain": 143}
SMTP_PORTS: Final[dict[Security, int]] = {"tls": 465, "starttls": 587, "plain": 25}
_STARTS_PLAIN: Final = (143, 587, 25, 1143, 1025)  # ports where encryption begins by STARTTLS

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")
_COPIED: Final = re.compile(r"^(?:imaps?|smtps?|ssl|https?)://", re.IGNORECASE)


@dataclass(frozen=True)
class _Kind:
    name: str
    label: str
    ports: Mapping[Security, int]


_IMAP: Final = _Kind("imap", "Server for reading (IMAP)", IMAP_PORTS)
_SMTP: Final = _Kind("smtp", "Server for sending (SMTP)", SMTP_PORTS)


def mailbox_of(settings: Mapping[str, str], preset: Preset | None) -> Mailbox:
    """Return where the mailbox is; what the owner stated goes before what is known of the provider."""
    address = own_address(settings)
    user = settings.get("user", "").strip() or address
    imap = _server(_IMAP, settings, preset, domain_of(address))
    if imap is None:
        raise bad("imap_host", "The server for reading (IMAP) is not stated.")
    return Mailbox(imap, _server(_SMTP, settings, preset, domain_of(address)), user)


def own_address(settings: Mapping[str, str]) -> str:
    """Return the mailbox's own address, lower case after the @. Raises `InputRejected`."""
    try:
        found = validate_email(
            settings.get("address", "").strip(),
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
            allow_smtputf8=False,
        )
    except EmailNotValidError:
        raise bad(
            "address", "The address of the mailbox is no e-mail address. It looks like support@example.com."
        ) from None
    return found.ascii_email or found.normalized


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def known(domain: str, presets: Sequence[Preset]) -> Preset | None:
    """Return the provider whose addresses end like this."""
    return next((one for one in presets if domain in one.traits.get("domains", "").split()), None)


def hosting(mail_hosts: Sequence[str], presets: Sequence[Preset]) -> Preset | None:
    """Return the provider that a domain hands its mail to (its MX records)."""
    for host in mail_hosts:
        for preset in presets:
            for end in preset.traits.get("hosted", "").split():
                if host == end or host.endswith(f".{end}"):
                    return preset
    return None


def _server(kind: _Kind, settings: Mapping[str, str], preset: Preset | None, domain: str) -> Server | None:
    """Return a server as stated, else as the provider has it; None where nothing is known of one."""
    traits = preset.traits if preset else {}
    stated = settings.get(f"{kind.name}_host", "").strip()
    if stated.lower() == NONE:
        return None
    said = stated or traits.get(f"{kind.name} {domain}") or traits.get(kind.name, "")
    if not said:
        return None
    host, port = _apart(kind, _COPIED.sub("", said).rstrip("/").lower())
    port = settings.get(f"{kind.name}_port", "").strip() or port
    security = cast(Security | None, settings.get(f"{kind.name}_security", "").strip() or None)
    if not port:
        return Server(host, kind.ports[security or "tls"], security or "tls")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise bad(f"{kind.name}_port", f"The port of the {kind.label.lower()} is no number that a port has.")
    return Server(host, int(port), security or ("starttls" if int(port) in _STARTS_PLAIN else "tls"))


def _apart(kind: _Kind, said: str) -> tuple[str, str]:
    """Return (host, port or "") of what an owner wrote or copied, such as imap.example.com:993."""
    host, sign, port = said.rpartition(":")
    if not sign or (":" in host and not host.endswith("]")):
        host, port = said, ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = ""
    if not _HOST.fullmatch(host):
        raise bad(
            f"{kind.name}_host",
            f"“{kind.label}” is the name of no server. It looks like {kind.name}.example.com.",
        )
    return host, port


def bad(field: str, sentence: str) -> InputRejected:
    """Return the error for something that an owner stated, before anything is saved."""
    return InputRejected(
        f"{field} is not acceptable",
        app=APP,
        field=field,
        owner_message=sentence.replace("{", "{{").replace("}", "}}"),
        next_step="Nothing was saved. Your provider's help pages name the servers under IMAP and SMTP.",
    )

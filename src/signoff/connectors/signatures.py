"""
Whether a delivery was signed by whom it claims to come from. Pure: the time is handed in, nothing is kept.

Five schemes: `standard` (Standard Webhooks 1.0), `hubspot-v3`, `meta`, `slack`, and `static` (a secret in a
header, for senders that cannot sign). Signatures are compared in constant time. Whatever is malformed is not
accepted; a reason never holds a secret or the signature that would have fitted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

TOLERANCE_SECONDS = 300

FITS = "The signature fits."
DOES_NOT_FIT = "The signature does not fit this secret and this content."


@dataclass(frozen=True)
class Verdict:
    """Whether to let a delivery in. `reason` is one sentence for the owner or a log."""

    accepted: bool
    reason: str


@dataclass(frozen=True)
class _Delivery:
    secret: str
    headers: Mapping[str, str]
    body: bytes
    method: str
    url: str
    now: float


class _Rejected(Exception):
    """Its text is the verdict's reason."""


def verify(
    scheme: str,
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    method: str = "POST",
    url: str = "",
    now: float,
) -> Verdict:
    """
    Return whether a delivery is genuine. Never raises.

    `body` is the raw body, byte for byte. `url` is the public address the sender called (`hubspot-v3` signs
    it), `now` is in seconds since 1970. Names of headers may be in any case.
    """
    check = SCHEMES.get(scheme) if isinstance(scheme, str) else None
    if check is None:
        return Verdict(False, f"The scheme is not one of {', '.join(SCHEMES)}.")
    if not isinstance(secret, str) or not secret.strip():
        return Verdict(False, "No secret is set, so nothing can be accepted.")
    try:
        delivery = _Delivery(secret.strip(), _lower(headers), bytes(body), method, url, now)
        fits = check(delivery)
    except _Rejected as reason:
        return Verdict(False, str(reason))
    except (ValueError, TypeError, AttributeError, OverflowError):
        return Verdict(False, "The delivery is malformed.")
    return Verdict(True, FITS) if fits else Verdict(False, DOES_NOT_FIT)


def _standard(given: _Delivery) -> bool:
    """Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    identity, sent_at = _header(given, "webhook-id"), _header(given, "webhook-timestamp")
    signatures = _header(given, "webhook-signature").split()
    _refuse_other_times(sent_at, 1, given.now)
    content = b".".join((identity.encode(), sent_at.encode(), given.body))
    if given.secret.startswith("whsk_"):
        raise _Rejected("The secret is a private key (whsk_); receiving needs the public one (whpk_).")
    if given.secret.startswith("whpk_"):
        return _signed_by_key(_decoded(given.secret.removeprefix("whpk_")), content, signatures)
    key = _decoded(given.secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    fits = [_equal(expected, one) for one in signatures]  # all of them, whichever fits
    return any(fits)


def _signed_by_key(key: bytes, content: bytes, signatures: list[str]) -> bool:
    """Return whether one of the `v1a` signatures is by this ed25519 public key (32 bytes)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(key)
    for one in signatures:
        version, _, signature = one.partition(",")
        if version != "v1a":
            continue
        try:
            public.verify(base64.b64decode(signature, validate=True), content)
        except (InvalidSignature, binascii.Error):
            continue
        return True
    return False


def _hubspot(given: _Delivery) -> bool:
    """
    Source: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation

    The documentation decodes some characters of the address before signing; HubSpot's own Python helper signs
    it as it is. Both are accepted.
    """
    signature = _header(given, "x-hubspot-signature-v3")
    sent_at = _header(given, "x-hubspot-request-timestamp")
    _refuse_other_times(sent_at, 1000, given.now)
    if not given.url:
        raise _Rejected("HubSpot signs the address it called, and that is not known.")
    fits = [
        _equal(_hubspot_signature(given, url, sent_at), signature)
        for url in (given.url, _decoded_url(given.url))
    ]
    return any(fits)


_HUBSPOT_DECODES = re.compile("%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def _decoded_url(url: str) -> str:
    return _HUBSPOT_DECODES.sub(lambda found: unquote(found[0]), url)


def _hubspot_signature(given: _Delivery, url: str, sent_at: str) -> str:
    content = given.method.upper().encode() + url.encode() + given.body + sent_at.encode()
    return base64.b64encode(hmac.digest(given.secret.encode(), content, "sha256")).decode()


def _meta(given: _Delivery) -> bool:
    """Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started (it signs no time)."""
    expected = "sha256=" + hmac.new(given.secret.encode(), given.body, hashlib.sha256).hexdigest()
    return _equal(expected, _header(given, "x-hub-signature-256"))


def _slack(given: _Delivery) -> bool:
    """Source: https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    signature, sent_at = _header(given, "x-slack-signature"), _header(given, "x-slack-request-timestamp")
    _refuse_other_times(sent_at, 1, given.now)
    content = b"v0:" + sent_at.encode() + b":" + given.body
    return _equal("v0=" + hmac.new(given.secret.encode(), content, hashlib.sha256).hexdigest(), signature)


STATIC_HEADERS = ("x-signoff-secret", "x-webhook-secret")


def _static(given: _Delivery) -> bool:
    """Return whether a header holds the secret: `Authorization: Bearer …`, or one of `STATIC_HEADERS`."""
    held = [given.headers[name].strip() for name in STATIC_HEADERS if name in given.headers]
    kind, _, token = given.headers.get("authorization", "").strip().partition(" ")
    if kind.lower() == "bearer":
        held.append(token.strip())
    if not held:
        raise _Rejected("No header holds a secret: send Authorization: Bearer …, or X-Signoff-Secret.")
    fits = [_equal(given.secret, one) for one in held]
    return any(fits)


SCHEMES: Mapping[str, Callable[[_Delivery], bool]] = {
    "standard": _standard,
    "hubspot-v3": _hubspot,
    "meta": _meta,
    "slack": _slack,
    "static": _static,
}


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by lower-case name. Raises `_Rejected` where one name has two values."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        if found.setdefault(name.lower().strip(), value) != value:
            raise _Rejected("A header is there twice, with different values.")
    return found


def _header(given: _Delivery, name: str) -> str:
    value = given.headers.get(name, "").strip()
    if not value:
        raise _Rejected(f"The header {name} is missing.")
    return value


def _refuse_other_times(sent_at: str, per_second: int, now: float) -> None:
    """Raise `_Rejected` for a time that is none, too long ago (a replay) or too far ahead."""
    if not re.fullmatch(r"[0-9]{1,15}", sent_at):
        raise _Rejected("The time of sending is not a number.")
    away = now - int(sent_at) / per_second
    if away > TOLERANCE_SECONDS:
        raise _Rejected("It was sent more than 5 minutes ago.")
    if not away >= -TOLERANCE_SECONDS:  # also when `now` is not a number
        raise _Rejected("Its time of sending is more than 5 minutes ahead.")


def _decoded(key: str) -> bytes:
    """Return the bytes of a base64 key, with or without its padding."""
    try:
        found = base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise _Rejected("The secret is not a Standard Webhooks secret (whsec_ and base64).")
    return found


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())

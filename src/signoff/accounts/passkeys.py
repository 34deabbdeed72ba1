"""
Passkeys (WebAuthn): a device that its person unlocks vouches for them, to this address and no other.

A passkey is possession and, because the device asks for a fingerprint or a PIN, a second proof in one: it signs in by
itself. `fido2` checks what the device signed; what is asked, from where an answer may come, and which passkeys there
are is decided here.
"""

from __future__ import annotations

import ipaddress
import json
import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from django.db import IntegrityError, transaction

from signoff.accounts.models import Passkey, Person
from signoff.core import clock
from signoff.core.home import public_url

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData, CollectedClientData

log = structlog.get_logger()

ANSWER_WITHIN = timedelta(minutes=5)
MOST = 20  # of one person: a list that a person can look through
# What reading an answer raises when it is none: a browser may send anything.
NOT_A_PASSKEY = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError, RecursionError,
    struct.error,
)  # fmt: skip
# Where fido2 waits for letters and finds a number, it makes that many zero bytes: ten digits from anybody took all the
# memory there is. The only numbers in an honest answer name an algorithm (COSE: none is beyond -65535).
LARGEST_NUMBER = 65_536


class PasskeyRefused(Exception):
    """The passkey was not added or does not let in; the text is for the person."""


class NoPasskeysHere(Exception):
    """Browsers allow no passkeys at this address; the text says which address would do."""


@dataclass(frozen=True)
class Place:
    """Where passkeys are good: for this name, on pages of this address."""

    name: str
    address: str


def place() -> Place:
    """
    Return where passkeys are good, from the address that people use (`SIGNOFF_URL`).

    A passkey belongs to a name, not to a number, and to https; only to this computer itself http will do, and then
    under the name localhost. Raises `NoPasskeysHere`.
    """
    parts = urlsplit(public_url())
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    if host == "localhost" or _number(host).is_loopback:
        return Place("localhost", f"{parts.scheme}://localhost{port}")
    if _is_number(host) or parts.scheme != "https":
        raise NoPasskeysHere(
            f"Browsers allow passkeys only at an address with a name and https. This Signoff is at {public_url()}. "
            "Once it has such an address, and SIGNOFF_URL says so, passkeys can be added here."
        )
    return Place(host, f"https://{host}{port}")


def begin_adding(person: Person) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what to ask the browser for a new passkey, and what must be remembered of it."""
    from fido2.webauthn import (
        PublicKeyCredentialUserEntity,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    asked, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=person.handle.bytes, name=person.email, display_name=str(person)),
        credentials=_known(person),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _for_browser(asked), _remembered(state, "add", person)


def finish_adding(person: Person, remembered: dict[str, Any] | None, answer: str, name: str) -> Passkey:
    """Keep the passkey that a browser made. Raises `PasskeyRefused`."""
    from fido2.utils import websafe_encode
    from fido2.webauthn import RegistrationResponse

    state = _state(remembered, "add", person)
    try:
        response = RegistrationResponse.from_dict(_read(answer))
        _refuse_elsewhere(response.response.client_data)
        made = _server().register_complete(state, response)
        credential = made.credential_data
        if (
            credential is None
            or credential.public_key.ALGORITHM not in credential.public_key.supported_algorithms()
        ):
            raise ValueError("no key that we can check")
    except NOT_A_PASSKEY as error:
        raise _not_used(error) from None
    if person.passkeys.count() >= MOST:
        raise PasskeyRefused(f"You have {MOST} passkeys already. Remove one that you do not use any more.")
    try:
        with transaction.atomic():
            return Passkey.objects.create(
                person=person,
                name=name.strip()[:80] or "Passkey",
                credential_id=websafe_encode(credential.credential_id),
                credential=websafe_encode(credential),
                sign_count=made.counter,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise PasskeyRefused("This passkey is here already. Nothing was changed.") from None


def begin_using(person: Person | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what to ask the browser for, and what must be remembered: any passkey of ours, or one of a person's."""
    from fido2.webauthn import UserVerificationRequirement

    asked, state = _server().authenticate_begin(
        credentials=_known(person) if person else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _for_browser(asked), _remembered(state, "use", person)


def finish_using(remembered: dict[str, Any] | None, answer: str, person: Person | None = None) -> Person:
    """Return whom a device vouches for; `person` when it has to be a certain one. Raises `PasskeyRefused`."""
    from fido2.utils import websafe_encode
    from fido2.webauthn import AuthenticationResponse

    state = _state(remembered, "use", person)
    try:
        response = AuthenticationResponse.from_dict(_read(answer))
        _refuse_elsewhere(response.response.client_data)
        row = (
            Passkey.objects.select_related("person")
            .filter(credential_id=websafe_encode(response.raw_id))
            .first()
        )
        if row is None or (person is not None and row.person_id != person.pk) or not row.person.is_active:
            raise PasskeyRefused(
                "Signoff does not know this passkey. It may have been removed here; then delete it on your device too, "
                "and sign in another way."
            )
        handle = response.response.user_handle
        if handle is not None and bytes(handle) != row.person.handle.bytes:
            raise ValueError("another person's handle")
        _server().authenticate_complete(state, [_from_bytes(row)], response)
        counter = response.response.authenticator_data.counter
    except NOT_A_PASSKEY as error:
        raise _not_used(error) from None
    _count(row, counter)
    return row.person


def _count(row: Passkey, counter: int) -> None:
    """
    Take note of the use. A device that counts must have counted on; one that did not may be a copy.

    Passkeys that are kept in step over several devices do not count: theirs stays at nought.
    """
    counted = Passkey.objects.filter(pk=row.pk)
    if counter or row.sign_count:
        counted = counted.filter(sign_count__lt=counter)
    if not counted.update(sign_count=counter, used_at=clock.now()):
        log.warning("a passkey did not count on", passkey=row.pk)
        raise PasskeyRefused(
            "This passkey may have been copied: it counts its uses, and the count went back. Sign in another way, and "
            "remove it under Settings, Signing in."
        )


def _read(answer: str) -> Any:
    return json.loads(answer, parse_int=_small)


def _small(digits: str) -> int:
    number = int(digits)
    if abs(number) > LARGEST_NUMBER:
        raise ValueError("no number of an answer is as large")
    return number


def _server() -> Fido2Server:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    here = place()
    # Exactly our address: fido2 by itself also takes those of every name below ours.
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=here.name, name="Signoff"),
        verify_origin=lambda origin: origin == here.address,
    )


def _refuse_elsewhere(client: CollectedClientData) -> None:
    here = place()
    if client.origin != here.address or client.cross_origin:
        log.warning("a passkey from elsewhere was refused")
        raise PasskeyRefused(
            "This came from another address than Signoff's, so it was not used, and nothing was changed. "
            f"Open {here.address} yourself and try again there."
        )


def _known(person: Person) -> list[AttestedCredentialData]:
    return [_from_bytes(row) for row in person.passkeys.all()]


def _for_browser(asked: Any) -> dict[str, Any]:
    """Return the options as JSON has them (WebAuthn level 3, `parse…OptionsFromJSON`)."""
    options: dict[str, Any] = dict(asked)["publicKey"]
    return {**options, "timeout": int(ANSWER_WITHIN.total_seconds() * 1000)}


def _remembered(state: Any, what: str, person: Person | None) -> dict[str, Any]:
    return {
        "challenge": state["challenge"],
        "for": what,
        "person": person.pk if person else None,
        "at": clock.now().timestamp(),
    }


def _state(remembered: dict[str, Any] | None, what: str, person: Person | None) -> dict[str, Any]:
    """Return what fido2 wants to know again; what was asked for something else does not count."""
    from fido2.webauthn import UserVerificationRequirement

    asked = remembered or {}
    if asked.get("for") != what or asked.get("person") != (person.pk if person else None):
        raise PasskeyRefused(
            "We did not ask for this passkey just now. Nothing was changed. Press the button again."
        )
    if clock.now().timestamp() - asked["at"] > ANSWER_WITHIN.total_seconds():
        raise PasskeyRefused("That took more than five minutes. Nothing was changed. Press the button again.")
    return {"challenge": asked["challenge"], "user_verification": UserVerificationRequirement.REQUIRED}


def _not_used(error: Exception) -> PasskeyRefused:
    log.warning("a passkey was refused", why=type(error).__name__)
    return PasskeyRefused(
        "This passkey could not be used. Nothing was changed. Try again, or sign in another way."
    )


def _from_bytes(row: Passkey) -> AttestedCredentialData:
    from fido2.utils import websafe_decode
    from fido2.webauthn import AttestedCredentialData

    return AttestedCredentialData(websafe_decode(row.credential))


def _is_number(host: str) -> bool:
    return _number(host) != _NO_NUMBER


_NO_NUMBER = ipaddress.ip_address("0.0.0.0")  # noqa: S104  # nothing listens on it


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return _NO_NUMBER

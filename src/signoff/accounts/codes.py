"""One-time codes from a phone (TOTP, RFC 6238), and recovery codes for the day it is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q

from signoff.accounts.models import OneTimeCodes, Person, RecoveryCode
from signoff.accounts.sign_in import Kind, attempt_failed, attempt_succeeded, begin_attempt
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.vault import seal
from signoff.vault.fields import context

ISSUER = "Signoff"
DIGITS = 6
STEP_SECONDS = 30
SKEW_STEPS = 1  # one before and one after: phones' clocks differ, and typing takes time
WRONG_CLOCK_STEPS = 60  # so far we look for the code when setting up, to say that the clock is what is wrong
SECRET_BYTES = 20  # as RFC 4226 recommends for the SHA-1 that phones know
SET_UP_WITHIN = timedelta(hours=1)

RECOVERY_COUNT = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without what looks alike on paper
LOOKUP_CHARS, SECRET_CHARS = 4, 8


class WrongCode(Exception):
    """The code does not let in; the text is for the person and says what to do."""


@dataclass(frozen=True)
class Setup:
    """What a phone needs to show codes: the secret, to type, and the same as an address, for the picture."""

    secret: Secret
    address: Secret

    @property
    def in_groups(self) -> str:
        """Return the secret in groups of four, as one types it."""
        text = self.secret.reveal()
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def begin_setup(person: Person) -> None:
    """Make a new secret for a phone. The phone before it stays good until the new one has shown a right code."""
    key = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        OneTimeCodes.objects.filter(person=person, confirmed_at=None).delete()
        row = OneTimeCodes.objects.create(person=person, sealed=b"", created_at=clock.now())
        row.sealed = seal.seal(Secret(key.hex()), context(row, "secret"))
        row.save(update_fields=["sealed"])


def setup_of(person: Person) -> Setup | None:
    """Return what the person's phone needs while they are setting it up, None when they are not."""
    row = _being_set_up(person)
    if row is None:
        return None
    key = _key(row)
    return Setup(
        secret=Secret(base64.b32encode(key).decode()),
        address=Secret(_totp(key).get_provisioning_uri(person.email, ISSUER)),
    )


def confirm_setup(person: Person, code: str) -> None:
    """Let the new phone's codes be good from now on, and an older phone's not any more. Raises `WrongCode`."""
    row = _being_set_up(person)
    if row is None:
        raise WrongCode("Setting up took more than an hour. Nothing was changed. Begin again.")
    digits = _digits(code)
    step = _step_of(row, digits, SKEW_STEPS)
    if step is None:
        raise WrongCode(_why_wrong(row, digits))
    now = clock.now()
    with transaction.atomic():
        OneTimeCodes.objects.filter(person=person).exclude(pk=row.pk).delete()
        OneTimeCodes.objects.filter(pk=row.pk).update(last_step=step, confirmed_at=now)


def check_code(person: Person, text: str, source: str = "") -> str:
    """
    Use up a one-time code or a recovery code, and return which it was: "a one-time code", "a recovery code".

    Raises `WrongCode`, or after five wrong ones within 15 minutes `sign_in.SlowDown`, whatever the code is.
    """
    attempt = begin_attempt(Kind.CODE, person.email, source)
    try:
        what = _use(person, text)
    except WrongCode:
        attempt_failed(attempt)
        raise
    attempt_succeeded(attempt)
    return what


def new_recovery_codes(person: Person) -> list[Secret]:
    """Return ten new recovery codes, to be shown once; those before them are good no more."""
    made: dict[str, str] = {}
    while len(made) < RECOVERY_COUNT:
        made[_random(LOOKUP_CHARS)] = _random(SECRET_CHARS)
    with transaction.atomic():
        RecoveryCode.objects.filter(person=person).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(person=person, lookup=lookup, hash=make_password(rest))
            for lookup, rest in made.items()
        )
    return [Secret(f"{lookup}-{rest[:4]}-{rest[4:]}") for lookup, rest in made.items()]


def recovery_codes_left(person: Person) -> int:
    """Return how many recovery codes are good."""
    return person.recovery_codes.filter(used_at=None).count()


def _use(person: Person, text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
    if len(plain) == LOOKUP_CHARS + SECRET_CHARS:
        _use_recovery_code(person, plain)
        return "a recovery code"
    if len(plain) != DIGITS:
        raise WrongCode(
            f"A one-time code has {DIGITS} digits, a recovery code {LOOKUP_CHARS + SECRET_CHARS} letters and digits. "
            "Look again."
        )
    _use_one_time_code(person, plain)
    return "a one-time code"


def _use_one_time_code(person: Person, digits: str) -> None:
    row = OneTimeCodes.objects.filter(person=person).exclude(confirmed_at=None).first()
    step = None if row is None else _step_of(row, digits, SKEW_STEPS)
    if row is None or step is None:
        raise WrongCode(
            "This code is not right. Take the one that your phone shows now; if none works, let the phone set its "
            "clock by itself, or use a recovery code."
        )
    used = OneTimeCodes.objects.filter(pk=row.pk, last_step__lt=step).update(
        last_step=step, used_at=clock.now()
    )
    if not used:
        raise WrongCode(
            "This code was used already, and each is good once. Wait for the next one: half a minute at most."
        )


def _use_recovery_code(person: Person, plain: str) -> None:
    lookup, rest = plain[:LOOKUP_CHARS], plain[LOOKUP_CHARS:]
    row = RecoveryCode.objects.filter(person=person, lookup=lookup).first()
    if row is None or not check_password(rest, row.hash):
        raise WrongCode(
            "This recovery code is not one of yours. Look again, or take the next one on your list."
        )
    if not RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=clock.now()):
        raise WrongCode("This recovery code was used already. Take the next one on your list.")


def _step_of(row: OneTimeCodes, digits: str, skew: int) -> int | None:
    """Return the step of time to which a code belongs, the newest first, within a skew around now."""
    totp, here = _totp(_key(row)), int(clock.now().timestamp()) // STEP_SECONDS
    found = None
    for step in range(here - skew, here + skew + 1):  # all of them: how long it takes tells nothing
        if hmac.compare_digest(totp.generate(step * STEP_SECONDS), digits.encode()):
            found = step
    return found


def _why_wrong(row: OneTimeCodes, digits: str) -> str:
    step = _step_of(row, digits, WRONG_CLOCK_STEPS)
    if step is None:
        return (
            "This code is not the one we expect. Read the picture again, and type what your phone shows now."
        )
    minutes = max(1, round(abs(step - int(clock.now().timestamp()) // STEP_SECONDS) / 2))
    return (
        f"The code is right, but your phone's clock and ours are about {minutes} min apart. Let the phone set its "
        "clock by itself, and type the code that it shows then."
    )


def _being_set_up(person: Person) -> OneTimeCodes | None:
    lately = Q(confirmed_at=None, created_at__gt=clock.now() - SET_UP_WITHIN)
    return OneTimeCodes.objects.filter(lately, person=person).first()


def _key(row: OneTimeCodes) -> bytes:
    return bytes.fromhex(seal.open(row.sealed, context(row, "secret")).reveal())


def _totp(key: bytes) -> TOTP:
    return TOTP(key, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  # what phones know; as a MAC it is sound


def _digits(code: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKC", code) if c.isdigit())
    if len(plain) != DIGITS or not plain.isascii():
        raise WrongCode(f"A one-time code has {DIGITS} digits. Look again.")
    return plain


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))

"""The second step of signing in: who has one, who needs one, and taking it away."""

from __future__ import annotations

from django.db import transaction

from signoff.accounts.audit import note
from signoff.accounts.models import OneTimeCodes, Passkey, Person, RecoveryCode
from signoff.accounts.rules import rules


class StepNeeded(Exception):
    """Everybody needs a second step here, and this would be the last one of this person; the text is for them."""


def has_second_step(person: Person) -> bool:
    """Say whether a password alone does not let this person in."""
    return has_codes(person) or person.passkeys.exists()


def has_codes(person: Person) -> bool:
    """Say whether a phone of this person shows one-time codes."""
    return person.one_time_codes.exclude(confirmed_at=None).exists()


def lacks_second_step(person: Person) -> bool:
    """Say whether this person has to set up a second step before anything else."""
    return rules().second_step and not has_second_step(person)


def take_codes(person: Person) -> bool:
    """Let no phone show codes of this person any more; False when none did. Raises `StepNeeded`."""
    with transaction.atomic():
        _hold(person)
        done, _more = OneTimeCodes.objects.filter(person=person).delete()
        if done:
            _after_taking(person)
            note(person, "turned off", "their one-time codes")
    return bool(done)


def take_passkey(person: Person, number: int) -> Passkey | None:
    """Let one passkey of this person be good no more, and return it; None when there is none. Raises `StepNeeded`."""
    with transaction.atomic():
        _hold(person)
        row = Passkey.objects.filter(person=person, pk=number).first()
        if row is not None:
            Passkey.objects.filter(pk=row.pk).delete()
            _after_taking(person)
            note(person, "removed", f"their passkey {row.name}")
    return row


def reset(person: Person, by: object) -> bool:
    """
    Take the whole second step away from somebody who cannot get in any more; False when there was none.

    If everybody needs one, they set up a new one after their next password.
    """
    with transaction.atomic():
        had = has_second_step(person)
        forget(person)
        if had:
            note(by, "reset the second step of", person.email)
    return had


def forget(person: Person) -> None:
    """Delete a person's codes, passkeys and recovery codes."""
    for rows in (person.one_time_codes, person.passkeys, person.recovery_codes):
        rows.all().delete()


def _hold(person: Person) -> None:
    """One change at a time: of two last steps taken away at once, one stays where one is needed."""
    Person.objects.select_for_update().get(pk=person.pk)


def _after_taking(person: Person) -> None:
    if has_second_step(person):
        return
    if rules().second_step:
        raise StepNeeded(
            "Everybody needs a second step here, and this is your last one. Set up another one first; nothing was "
            "changed."
        )
    RecoveryCode.objects.filter(
        person=person
    ).delete()  # they stand in for a step that is not asked for any more

"""The first owner of a new Signoff."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import connection, transaction

from signoff.accounts.audit import note
from signoff.accounts.models import Person

FIRST_LOCK = 7_746_003


class AlreadySetUp(Exception):
    """Somebody owns this Signoff already."""


def is_set_up() -> bool:
    """Say whether an owner exists."""
    return Person.objects.filter(role=Person.Role.OWNER).exists()


def first_owner(email: str, password: str, name: str = "") -> Person:
    """
    Make the first account; of two made at once, one comes about.

    Raises `django.core.exceptions.ValidationError` for an address or password that will not do,
    `AlreadySetUp` when an owner exists.
    """
    validate_email(email)
    validate_password(password, Person(email=email, name=name))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_LOCK])
        if is_set_up():
            raise AlreadySetUp("This Signoff has an owner already. Sign in, and add people under Settings.")
        person = Person.objects.add(email, password, Person.Role.OWNER, name)
        note(person, "set up", "this Signoff")
    return person

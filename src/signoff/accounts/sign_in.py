"""Signing in with a password: right or wrong takes the same time, and many wrong ones slow down."""

from __future__ import annotations

from datetime import timedelta

from signoff.accounts.first import AlreadySetUp, first_owner
from signoff.accounts.models import FailedSignIn, Person
from signoff.core import clock

__all__ = ["AlreadySetUp", "SlowDown", "WrongPassword", "check_password", "first_owner"]

WINDOW = timedelta(minutes=15)
MOST_WRONG = 5
KEPT_FOR = timedelta(days=1)


class SlowDown(Exception):
    """Too many wrong passwords for one address; the text is for the person."""


class WrongPassword(Exception):
    """No such person, or another password; the text does not say which."""


def check_password(email: str, password: str) -> Person:
    """
    Return the person with this e-mail address and password.

    Raises `WrongPassword`, or after five wrong ones within 15 minutes `SlowDown`, whatever the password is.
    """
    email = email.strip().lower()[:254]
    now = clock.now()
    # A try counts before the password is looked at: many at once get no more than one after the other.
    attempt = FailedSignIn.objects.create(email=email, at=now)
    if FailedSignIn.objects.filter(email=email, at__gt=now - WINDOW, pk__lte=attempt.pk).count() > MOST_WRONG:
        attempt.delete()  # refused unseen: it does not make the wait longer
        raise SlowDown(
            "There were several wrong passwords for this address. Wait a quarter of an hour and try again, "
            "or ask the owner for a sign-in link."
        )
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None:
        Person().set_password(
            password
        )  # as slow as a real check, so that time does not tell who has an account
    elif person.check_password(password):
        FailedSignIn.objects.filter(email=email).delete()
        return person
    FailedSignIn.objects.filter(at__lt=now - KEPT_FOR).delete()
    raise WrongPassword("This e-mail address and password do not belong together. Try again.")

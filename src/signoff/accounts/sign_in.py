"""Signing in with a password: right or wrong takes the same time, and many wrong ones slow down."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

import structlog

from signoff.accounts.first import AlreadySetUp, first_owner
from signoff.accounts.models import FailedSignIn, Person
from signoff.core import clock

__all__ = ["AlreadySetUp", "SlowDown", "WrongPassword", "check_password", "first_owner"]

log = structlog.get_logger()

WINDOW = timedelta(minutes=15)
MOST_WRONG = 5
MOST_WRONG_BY_SOURCE = 30  # an office comes from one address; somebody who guesses tries thousands
KEPT_FOR = timedelta(days=1)

Kind = FailedSignIn.Kind


class SlowDown(Exception):
    """Too many wrong passwords or codes; the text is for the person."""


class WrongPassword(Exception):
    """No such person, or another password; the text does not say which."""


def check_password(email: str, password: str, source: str = "") -> Person:
    """
    Return the person with this e-mail address and password; `source` is the network address it comes from.

    Raises `WrongPassword`, or `SlowDown` after five wrong ones within 15 minutes for one e-mail address, or thirty
    from one source, whatever the password is.
    """
    email = email.strip().lower()[:254]
    attempt = begin_attempt(Kind.PASSWORD, email, source)
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None:
        # As slow as a real check, so that time does not tell who has an account.
        Person().set_password(password)
    elif person.check_password(password):
        attempt_succeeded(attempt)
        return person
    attempt_failed(attempt)
    raise WrongPassword("This e-mail address and password do not belong together. Try again.")


def begin_attempt(kind: Kind, email: str, source: str) -> FailedSignIn:
    """
    Count a try before it is looked at: many at once get no more than one after the other.

    Raises `SlowDown`. A try that is refused unseen does not make the wait longer.
    """
    attempt = FailedSignIn.objects.create(kind=kind, email=email, source=_network(source), at=clock.now())
    lately = FailedSignIn.objects.filter(at__gt=attempt.at - WINDOW, pk__lte=attempt.pk)
    by_source = lately.filter(source=attempt.source).count() if attempt.source else 0
    if by_source > MOST_WRONG_BY_SOURCE:
        attempt.delete()
        log.warning("sign-in slowed down", kind=str(kind), source=attempt.source, why="many from one source")
        raise SlowDown(
            "There were many wrong passwords and codes from your network. Wait a quarter of an hour and try again."
        )
    if lately.filter(kind=kind, email=email).count() > MOST_WRONG:
        attempt.delete()
        log.warning("sign-in slowed down", kind=str(kind), source=attempt.source, why="many for one address")
        raise SlowDown(_TOO_MANY[kind])
    return attempt


def attempt_succeeded(attempt: FailedSignIn) -> None:
    """
    Forget the wrong tries before this right one: those from the same source.

    Others stay counted: somebody who guesses elsewhere gains nothing by the owner's own sign-in.
    """
    FailedSignIn.objects.filter(kind=attempt.kind, email=attempt.email, source=attempt.source).delete()


def attempt_failed(attempt: FailedSignIn) -> None:
    """Keep the count, tell the log, and forget what is long past."""
    log.warning("sign-in refused", kind=str(attempt.kind), source=attempt.source)
    FailedSignIn.objects.filter(at__lt=attempt.at - KEPT_FOR).delete()


_TOO_MANY = {
    Kind.PASSWORD: "There were several wrong passwords for this address. Wait a quarter of an hour and try again, "
    "or ask the owner for a sign-in link.",
    Kind.CODE: "There were several wrong codes. Wait a quarter of an hour and try again, or ask the owner to reset "
    "your second step.",
}


def _network(source: str) -> str:
    """Return what counts as one source: an address, or for IPv6 its /64, which one customer has to themselves."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)

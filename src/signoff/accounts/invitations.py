"""Invitations: a link for one e-mail address, good once and for some days, pending until then."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import QuerySet

from signoff.accounts.audit import note
from signoff.accounts.mail import NotSent, can_send, send
from signoff.accounts.models import Invitation, Person
from signoff.accounts.people import groups_from
from signoff.core import clock
from signoff.core.home import public_url
from signoff.core.secret import Secret

GOOD_FOR = timedelta(days=7)
INVITE_LOCK = 7_746_004


class NotInvited(Exception):
    """The address is somebody's already; the text is for the owner."""


class InvitationOver(Exception):
    """The link does not let in any more, or never did; the text is for whoever holds it."""


def pending() -> QuerySet[Invitation]:
    """Return the invitations that nobody has used yet, those that ended too: the owner may want to renew them."""
    rows = Invitation.objects.filter(used_at=None, withdrawn_at=None).select_related("by")
    return rows.order_by("-created_at")


def invite(
    email: str, role: str, by: object, *, name: str = "", groups: str = ""
) -> tuple[Invitation, Secret]:
    """
    Return a new invitation and the secret part of its address (/sign-in/invitation/<it>/); an older one of the same
    address ends.

    Raises `NotInvited`, `django.core.exceptions.ValidationError` for an address that is none, ValueError for a role
    that does not exist.
    """
    email = email.strip().lower()
    validate_email(email)
    if role not in Person.Role.values:
        raise ValueError(f"The roles are {', '.join(Person.Role.values)}, not {role}.")
    text = secrets.token_urlsafe(24)
    now = clock.now()
    with transaction.atomic():
        _hold()
        if Person.objects.filter(email=email, is_active=True).exists():
            raise NotInvited(
                f"{email} is one of your people already. To help somebody in, open them under People and make a "
                "sign-in link."
            )
        Invitation.objects.filter(email=email, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
        invitation = Invitation.objects.create(
            email=email,
            name=name.strip(),
            role=role,
            groups_csv=groups_from(groups),
            hash=_hash(text),
            by=by if isinstance(by, Person) else None,
            created_at=now,
            ends_at=now + GOOD_FOR,
        )
        note(by, "invited", email, {"role": role})
    return invitation, Secret(text)


def address_of(text: Secret) -> str:
    """Return the whole address that an invited person opens."""
    return f"{public_url()}/sign-in/invitation/{text.reveal()}/"


def deliver(invitation: Invitation, text: Secret) -> str | None:
    """
    Send the link by e-mail and return None; where no mail server is set, or it refuses, return the link to hand over.

    An invitation that could not be sent is good all the same; `invitation.sent` says which it was.
    """
    if not can_send():
        return address_of(text)
    whose = invitation.by or "The owner"
    days = GOOD_FOR.days
    try:
        send(
            invitation.email,
            "You are invited to Signoff",
            f"{whose} invites you to Signoff, as {invitation.get_role_display().lower()}.\n\n"
            f"Open this address within {days} days and choose a password:\n\n{address_of(text)}\n\n"
            "It is for you alone and works once. If you did not expect it, you need to do nothing.\n",
        )
    except NotSent:
        return address_of(text)
    Invitation.objects.filter(pk=invitation.pk).update(sent=True)
    invitation.sent = True
    return None


def renew(invitation: Invitation, by: object) -> tuple[Invitation, Secret]:
    """Return a new link for a pending invitation; the old one ends. Raises `InvitationOver` when it is not pending."""
    if not pending().filter(pk=invitation.pk).exists():
        raise InvitationOver("This invitation was used or withdrawn in the meantime. Nothing was changed.")
    return invite(invitation.email, invitation.role, by, name=invitation.name, groups=invitation.groups_csv)


def withdraw(invitation: Invitation, by: object) -> bool:
    """Let an invitation's link let nobody in any more; False when it was used or withdrawn before."""
    with transaction.atomic():
        done = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None).update(
            withdrawn_at=clock.now()
        )
        if done:
            note(by, "withdrew the invitation of", invitation.email)
    return bool(done)


def peek(text: str) -> Invitation:
    """Return the invitation of a link that is good, without using it up. Raises `InvitationOver`."""
    invitation = Invitation.objects.filter(hash=_hash(text)).select_related("by").first()
    if invitation is None:
        raise InvitationOver("This address leads to no invitation. Look whether all of it was copied.")
    asks = f"Ask {invitation.by or 'the owner'} for a new one."
    if invitation.used_at is not None:
        raise InvitationOver("This invitation was used already. If that was you, sign in with your password.")
    if invitation.withdrawn_at is not None:
        raise InvitationOver(f"This invitation was withdrawn, or a newer one was sent. {asks}")
    if invitation.ends_at <= clock.now():
        raise InvitationOver(f"This invitation ended after {GOOD_FOR.days} days. {asks}")
    return invitation


def accept(text: str, name: str, password: str) -> Person:
    """
    Use an invitation up and return its new person. Of two who use it at once, one becomes the person.

    Somebody who was here before becomes the same person again, with what the invitation says. Raises
    `InvitationOver`, and `django.core.exceptions.ValidationError` for a password that will not do.
    """
    invitation = peek(text)
    validate_password(password, Person(email=invitation.email, name=name))
    with transaction.atomic():
        _hold()
        used = Invitation.objects.filter(
            pk=invitation.pk, used_at=None, withdrawn_at=None, ends_at__gt=clock.now()
        ).update(used_at=clock.now())
        if not used:
            peek(text)  # says why
            raise InvitationOver(
                "This invitation was used already. If that was you, sign in with your password."
            )
        person = Person.objects.filter(email=invitation.email).first() or Person(email=invitation.email)
        person.name, person.role, person.groups_csv = name.strip(), invitation.role, invitation.groups_csv
        person.is_active = True
        person.set_password(password)
        person.save()
        note(person, "accepted the invitation of", str(invitation.by or "the owner"), {"role": person.role})
    return person


def _hold() -> None:
    """One at a time: two invitations of one address at once, or two who accept, come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INVITE_LOCK])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

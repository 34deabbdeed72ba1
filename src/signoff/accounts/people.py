"""Changing what a person may do, and letting somebody go: at once, everywhere, and never the last owner."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from signoff.accounts import sessions
from signoff.accounts.audit import note
from signoff.accounts.models import ApiToken, Invitation, Person, SignInLink
from signoff.accounts.second_step import forget
from signoff.core import clock


class LastOwner(Exception):
    """Without this person nobody could let anybody in; the text is for whoever tried."""


@dataclass(frozen=True)
class Removed:
    """What ended with a person's access."""

    sessions: int
    tokens: list[str]
    invitations: list[str]


def groups_from(text: str) -> str:
    """Return groups as they are stored: "sales, support,," becomes "sales,support"."""
    return ",".join(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def change(person: Person, by: object, *, role: str, groups: str, name: str | None = None) -> Person:
    """
    Let a person have another role, other groups or another name, from their next click on.

    Raises `LastOwner`, and ValueError for a role that does not exist.
    """
    if role not in Person.Role.values:
        raise ValueError(f"The roles are {', '.join(Person.Role.values)}, not {role}.")
    with transaction.atomic():
        owners = _owners_held()
        person = Person.objects.get(pk=person.pk)
        if role != Person.Role.OWNER and owners == {person.pk}:
            raise LastOwner(
                f"{person} is the only owner, and somebody has to be. Make another person an owner first; "
                "nothing was changed."
            )
        before = {"role": person.role, "groups": person.groups_csv}
        person.role, person.groups_csv = role, groups_from(groups)
        person.name = person.name if name is None else name.strip()
        person.save(update_fields=["role", "groups_csv", "name"])
        after = {"role": person.role, "groups": person.groups_csv}
        if before != after:
            note(by, "changed what they may do:", person.email, {"before": before, "after": after})
    return person


def remove(person: Person, by: object) -> Removed:
    """
    Take everything away that lets a person in: sessions, links, keys for programs, password, second step.

    What they did stays in the history, with their name. The same address can be invited again. Raises `LastOwner`.
    """
    now = clock.now()
    with transaction.atomic():
        if _owners_held() == {person.pk}:
            raise LastOwner(
                f"{person} is the only owner, and somebody has to be. Make another person an owner first; "
                "nobody was removed."
            )
        person = Person.objects.get(pk=person.pk)
        person.is_active = False
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])
        tokens = ApiToken.objects.filter(person=person, ended_at=None)
        invitations = Invitation.objects.filter(by=person, used_at=None, withdrawn_at=None)
        removed = Removed(
            sessions=sessions.sign_out(person),
            tokens=sorted(tokens.values_list("name", flat=True)),
            invitations=sorted(invitations.values_list("email", flat=True)),
        )
        tokens.update(ended_at=now)
        # Whoever is let go may have invited themselves under another address.
        invitations.update(withdrawn_at=now)
        SignInLink.objects.filter(person=person).delete()
        forget(person)
        details = {"role": person.role, **removed.__dict__}
        note(by, "removed", person.email, details)
    return removed


def _owners_held() -> set[int]:
    """Return the owners, and let nobody else change who they are until our transaction ends."""
    rows = Person.objects.select_for_update().filter(role=Person.Role.OWNER, is_active=True)
    return {person.pk for person in rows.order_by("pk")}

"""Out of office: from when until when somebody is away, and who decides in their place."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from signoff.accounts.audit import note
from signoff.accounts.models import Away, Person


class NotCovered(Exception):
    """Nothing was stored; the text says why, for the person."""


def set_away(person: Person, from_on: date, until_on: date, cover: Person, by: object = None) -> Away:
    """Let somebody stand in for a person on these days, both included. Raises `NotCovered`."""
    if until_on < from_on:
        raise NotCovered("The last day is before the first. Nothing was changed.")
    if until_on < timezone.localdate():
        raise NotCovered("These days are over. Nothing was changed.")
    if cover.pk == person.pk:
        raise NotCovered("Somebody else has to stand in. Nothing was changed.")
    if not cover.may("review"):
        raise NotCovered(f"{cover} may not decide on drafts, so they cannot stand in. Nothing was changed.")
    with transaction.atomic():
        values = {"from_on": from_on, "until_on": until_on, "cover": cover}
        away, _ = Away.objects.update_or_create(person=person, defaults=values)
        details = {"from": f"{from_on}", "until": f"{until_on}", "cover": cover.email}
        note(
            by or person,
            "is away, and is covered" if by in (None, person) else "set who covers",
            person.email,
            details,
        )
    return away


def end_away(person: Person, by: object = None) -> bool:
    """Let a person be back; False when they were not away."""
    with transaction.atomic():
        gone, _ = Away.objects.filter(person=person).delete()
        if gone:
            note(by or person, "ended the absence of", person.email)
    return bool(gone)


def is_away(person: Person, on: date | None = None) -> bool:
    """Say whether a person is out of office on a day, today unless another is given."""
    day = on or timezone.localdate()
    return Away.objects.filter(person=person, from_on__lte=day, until_on__gte=day).exists()


def stand_in(person: Person) -> Person | None:
    """Return who decides for a person today: themselves, whoever covers them, or None where all of those are away."""
    day = timezone.localdate()
    seen: set[int] = set()
    while person.pk not in seen:
        seen.add(person.pk)
        away = (
            Away.objects.select_related("cover")
            .filter(person=person, from_on__lte=day, until_on__gte=day)
            .first()
        )
        if away is None:
            return person if person.may("review") else None
        person = away.cover
    return None


def groups_of(person: Person) -> set[str] | None:
    """
    Return the groups whose drafts a person decides on today, with those of people they cover; None: of all.
    """
    if person.role in (Person.Role.OWNER, Person.Role.BUILDER):
        return None
    found = _groups(person)
    if not found:
        return None
    day = timezone.localdate()
    absent = Away.objects.filter(cover=person, from_on__lte=day, until_on__gte=day, person__is_active=True)
    for away in absent.select_related("person"):
        if not away.person.may("review"):
            continue
        theirs = _groups(away.person)
        if not theirs or away.person.role in (Person.Role.OWNER, Person.Role.BUILDER):
            return None
        found |= theirs
    return found


def _groups(person: Person) -> set[str]:
    return {group.strip() for group in person.groups_csv.split(",") if group.strip()}

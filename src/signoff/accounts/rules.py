"""What the owner asks of everybody who signs in: a second step, and how long a sign-in lasts."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Least

from signoff.accounts.audit import note
from signoff.accounts.models import Rules, Session

ONLY = 1
IDLE_HOURS = (1, 12, 72, 336)
LONGEST_DAYS = (1, 7, 30, 90)


def rules() -> Rules:
    """Return the rules that hold now."""
    return Rules.objects.filter(pk=ONLY).first() or Rules(pk=ONLY)


def change_rules(by: object, *, second_step: bool, idle_hours: int, longest_days: int) -> Rules:
    """
    Let other rules hold, from now on and for everybody who is signed in already.

    Raises ValueError for a time that is none of `IDLE_HOURS` and `LONGEST_DAYS`.
    """
    if idle_hours not in IDLE_HOURS or longest_days not in LONGEST_DAYS:
        raise ValueError(f"Hours without use: one of {IDLE_HOURS}. Days at most: one of {LONGEST_DAYS}.")
    with transaction.atomic():
        new = Rules(pk=ONLY, second_step=second_step, idle_hours=idle_hours, longest_days=longest_days)
        new.save()
        signed_in = Session.objects.exclude(person=None)
        signed_in.update(
            ends_at=Least(
                ExpressionWrapper(F("seen_at") + timedelta(hours=idle_hours), DateTimeField()),
                ExpressionWrapper(F("began_at") + timedelta(days=longest_days), DateTimeField()),
            )
        )
        details = {"second_step": second_step, "idle_hours": idle_hours, "longest_days": longest_days}
        note(by, "changed", "the rules for signing in", details)
    return new

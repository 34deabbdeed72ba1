"""The gate: whether a draft goes to a person or out at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration
from signoff.review import certificates
from signoff.review import fingerprint as prints
from signoff.review.fingerprint import Fingerprint
from signoff.review.models import Certificate
from signoff.runs.models import Run


@dataclass(frozen=True)
class Release:
    """
    Goes out without a person; `why` says what allows it.

    Under a `certificate` it may be written only while `certificates.hold_still` keeps that, and `current_id`, the
    version in force.
    """

    why: str
    certificate: Certificate | None = None
    current_id: int | None = None


@dataclass(frozen=True)
class ToPerson:
    """Goes to a person; `why` says for what reason. `audit`: the certificate under which the lot chose it."""

    why: str
    audit: Certificate | None = None


def gate(definition: Definition, is_flagged: bool, run: Run, made_by: Fingerprint) -> Release | ToPerson:
    """
    Decide who decides. `is_flagged`: something in the draft was marked; `made_by`: what it was made by.

    Without a person goes out what reaches no customer (`review: none`), and what a valid certificate covers exactly.
    A flagged draft goes to a person always. Ends a certificate that the draft shows to be about something else.
    """
    if run.planted:
        return ToPerson("Somebody ran this record again, so a person decides.")
    if definition.review == "none":
        if is_flagged:
            return ToPerson("Something in it was marked, so a person decides.")
        return Release("This integration reaches no customer and asks for no review.")
    if certificates.autopilot_of(definition) is None:
        return ToPerson("Every draft waits for a person.")
    active = Certificate.objects.filter(
        integration_id=run.integration_id, state=Certificate.State.ACTIVE
    ).first()
    if active is None:
        return ToPerson("Every draft waits for a person.")
    integration = Integration.objects.select_related("current").get(pk=run.integration_id)
    why = _not_covered(active, integration, made_by)
    if why:
        return ToPerson(why)
    if is_flagged:
        return ToPerson("Something in it was marked, so a person decides.")
    if run.replay_of_id is not None:
        return ToPerson("Somebody ran this record again, so a person decides.")
    if run.redrafted:
        return ToPerson("Somebody asked for it again, so a person decides.")
    if certificates.is_chosen(active, run.pk):
        return ToPerson("Chosen by lot to be looked at.", audit=active)
    signed = f"{active.signed_by or 'The owner'} signed for it: {active.k} of {active.n} reviewed drafts were wrong."
    return Release(signed, active, integration.current_id)


def _not_covered(active: Certificate, integration: Integration, made_by: Fingerprint) -> str:
    """Say why a certificate does not cover a draft, and end it where it covers nothing any more; "" when it does."""
    with transaction.atomic():
        if certificates.look([integration.name]):
            return "It was changed since it was measured."
    names = prints.differences(active.parts, made_by.parts)
    if not names and made_by.hash == active.fingerprint:
        return ""
    why = prints.sentence(names, active.parts, made_by.parts) if names else "It is not what was measured."
    # A draft of an earlier version that was still under way says nothing about the one in force.
    if set(names) <= set(prints.BY_RUN):
        with transaction.atomic():
            certificates.end(active, Certificate.State.VOIDED, why)
    return why

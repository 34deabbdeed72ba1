"""Owners hear of an autopilot that ended by itself, until it is earned again."""

from __future__ import annotations

import pytest

from signoff.core import clock
from signoff.integrations.models import Integration
from signoff.monitoring import looking
from signoff.monitoring.models import Notice
from signoff.review import certificates
from signoff.review.models import Certificate

pytestmark = pytest.mark.django_db


def signed(made: Integration) -> Certificate:
    return Certificate.objects.create(
        integration=made,
        fingerprint="f" * 64,
        limit=0.05,
        audit=0.1,
        n=80,
        k=0,
        bound=0.04,
        signed_at=clock.now(),
    )


def test_an_end_by_itself_is_told_and_over_once_it_is_signed_again(db):
    made = Integration.objects.create(name="follow-up", is_on=True)
    certificates.end(signed(made), Certificate.State.DEMOTED, "3 of 3 audited drafts were wrong.")

    looking.look()
    (notice,) = Notice.objects.filter(closed_at=None, key__startswith="autopilot:")
    signed(made)
    looking.look()
    notice.refresh_from_db()

    assert notice.title == "Follow up is not on autopilot any more"
    assert notice.text.startswith("3 of 3 audited drafts were wrong. Every draft waits")
    assert notice.closed_at is not None


def test_what_a_person_took_back_is_no_news(db):
    made = Integration.objects.create(name="follow-up", is_on=True)
    certificates.end(signed(made), Certificate.State.WITHDRAWN, "Priya took it back.", by="Priya")

    looking.look()

    assert not Notice.objects.filter(key__startswith="autopilot:").exists()

"""An error rate above the owner's limit, a table that stopped, a program's key that ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.accounts import tokens
from signoff.accounts.models import ApiToken
from signoff.core import clock
from signoff.monitoring import looking
from signoff.monitoring.models import Notice
from signoff.monitoring.tests.shop import START
from signoff.runs import uploads
from signoff.runs.models import Upload

pytestmark = pytest.mark.django_db


def open_ones(scope: str) -> list[Notice]:
    looking.look()
    return list(Notice.objects.filter(closed_at=None, key__startswith=scope))


def decide_all(house, work_off, count: int, verdict: str) -> None:
    from signoff.engine import verbs
    from signoff.review.models import Review

    house.receive(*[house.lead() for _ in range(count)])
    work_off()
    Review.objects.filter(state="waiting").update(flagged=False)  # which leads come is another matter
    for review in Review.objects.filter(state="waiting"):
        reason = "fact" if verdict == "rejected" else ""
        verbs.decide(review.pk, verdict, house.owner, review.content_hash, reason=reason)


def test_an_error_rate_that_chance_does_not_excuse_is_told_until_it_is_below_the_limit(
    house, work_off, time_to_read
):
    decide_all(house, work_off, 9, "approved")
    decide_all(house, work_off, 1, "rejected")
    assert open_ones("errors:") == [], "one of ten may be chance"

    decide_all(house, work_off, 2, "rejected")

    (notice,) = open_ones("errors:")
    assert notice.title == "Follow up new leads is wrong more often than you allow"
    assert "3 of 12 drafts were wrong, and your limit is 5 %" in notice.text.replace("5%", "5 %")
    type(house.integration).objects.update(is_on=False)
    assert open_ones("errors:") == []


def test_a_table_that_stopped_is_told_and_one_that_somebody_stopped_is_not(house):
    row = Upload.objects.create(
        integration=house.integration, sha256="0" * 64, size=9, state="taking in", made_at=clock.now()
    )
    uploads.stop(row.pk)
    assert open_ones("upload:") == []

    Upload.objects.update(state="taking in")
    uploads.stop(row.pk, "Row 7 cannot be read.")
    (notice,) = open_ones("upload:")
    assert "Row 7 cannot be read." in notice.text
    assert notice.address == f"/uploads/{row.pk}/"

    assert uploads.go_on(row.pk)
    assert open_ones("upload:") == []
    notice.refresh_from_db()
    assert notice.closing == "The table went on, or is not wanted any more."


def test_a_key_for_a_program_is_told_of_before_it_ends(post, owner, at):
    tokens.make_token("n8n", owner, ["propose"], START + timedelta(days=40))
    assert open_ones("token:") == []

    at(days=15)
    (notice,) = open_ones("token:")
    assert notice.title == "The key with which n8n asks Signoff ends Tue 5 January 2027, in 25 days"
    assert notice.urgency == "calm"
    at(days=23)
    (notice,) = open_ones("token:")
    assert (notice.urgency, notice.round) == ("soon", 2)
    tokens.revoke(ApiToken.objects.get(), owner)

    assert open_ones("token:") == []
    assert Notice.objects.get(key__startswith="token:").closing.startswith("The key of n8n was ended")

"""A record's whole way, as the tests of single apps go it: the app tells of it, and an approved answer goes back."""

from __future__ import annotations

from signoff.connections.connect import connect
from signoff.core.secret import Secret
from signoff.engine import verbs
from signoff.engine.jobs import advance
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.runs.models import Run, Source


def connect_practice(practice, app, key, path="", **more):
    """Connect a practice app in which nothing has happened yet as `<app>-main`."""
    practice.control(app, fresh=True)
    return connect(
        app,
        f"{app}-main",
        Secret(key),
        base_url=practice.address(app) + path,
        limits={"requests_per_minute": 1_000_000},
        **more,
    )


def switch_on(text):
    """Put a file with one integration into force and switch it on; what is at its app already starts nothing."""
    result = apply([read_text(text)])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name=result.applied[0].name), True)
    look()


def look() -> int:
    """Ask the apps now, whenever their time would come; returns how many records were new."""
    Source.objects.update(next_at="2026-01-01T00:00Z", claimed_until=None)
    return verbs.poll()


def the_draft() -> Review:
    """Return the review of the one run, which waits for it."""
    run = Run.objects.get()
    assert run.state == Run.State.WAITING, run.timeline
    return Review.objects.get(run=run)


def approve(review, owner):
    """Approve a draft, and let the time be over in which that could be undone."""
    verbs.decide(review.pk, "approved", owner, review.content_hash)
    Run.objects.filter(pk=review.run_id).update(deliver_at=None)
    advance(run_id=review.run_id)

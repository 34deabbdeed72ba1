"""Looking for ends: each AI's own list of models, once a day; what it no longer says is taken back."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction

from signoff.connections import foretold
from signoff.connections.client import client_for
from signoff.connections.models import Connection, Foretold
from signoff.connectors.base import AiConnector
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.pacing import pace
from signoff.versions.models import Looked

log = structlog.get_logger()

EVERY = timedelta(hours=20)  # once a day, at whatever hour it began
MOST_WAIT_SECONDS = 1.0  # real work goes first


def look_at_models(*, now: bool = False) -> int:
    """
    Ask each AI whose day has come for its models and when they stop; returns how many were asked.

    `now`: ask all of them. One that cannot be asked keeps what was known of it, and says why.
    """
    count = 0
    for row in Connection.objects.filter(state=Connection.State.WORKING).order_by("name"):
        if row.app not in manifests() or not issubclass(connector_class(row.app), AiConnector):
            continue
        if _claim(row, now):
            _look(row)
            count += 1
    return count


def _claim(row: Connection, now: bool) -> bool:
    """Take it upon oneself to ask; of several that look at once, one does."""
    moment = clock.now()
    _, made = Looked.objects.get_or_create(connection=row, defaults={"asked_at": moment})
    due = Looked.objects.filter(pk=row.pk)
    if not now:
        due = due.filter(asked_at__lt=moment - EVERY)
    return made or bool(due.update(asked_at=moment))


def _look(row: Connection) -> None:
    client = client_for(row)
    assert isinstance(client, AiConnector)  # noqa: S101  # as its class is
    try:
        pace.take_place(row, most_wait_seconds=MOST_WAIT_SECONDS)
        listed = client.models()
    except pace.TooFar:
        Looked.objects.filter(pk=row.pk).update(asked_at=clock.now() - EVERY)  # busy: with the next look
        return
    except SignoffError as error:
        Looked.objects.filter(pk=row.pk).update(problem=error.owner_message[:300])
        return
    pace.worked(row)
    today = clock.now().date()
    ending = {one.id: one.ends_on for one in listed if one.ends_on is not None}
    with transaction.atomic():
        foretold.take_back(row, Foretold.Source.MODELS, but=ending.keys() | set())
        for model, day in ending.items():
            foretold.note(row, Foretold.Source.MODELS, model, ends_on=day)
        # What is listed and has not ended is not gone (any more).
        alive = {one.id for one in listed if one.ends_on is None or one.ends_on > today}
        gone = Foretold.objects.filter(connection=row, source=Foretold.Source.GONE)
        still = set(gone.values_list("what", flat=True)) - alive
        foretold.take_back(row, Foretold.Source.GONE, but=still)
        Looked.objects.filter(pk=row.pk).update(listed=sorted(one.id for one in listed)[:2000], problem="")
    log.info("looked at the models of an AI", connection=row.name, models=len(listed), ending=len(ending))

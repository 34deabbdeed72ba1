"""The pictures of a record, as pages draw them beside it."""

from __future__ import annotations

from typing import NamedTuple

from signoff.runs.models import Picture, Run
from signoff.web.words import label


class Shown(NamedTuple):
    label: str
    address: str


def of(run: Run) -> list[Shown]:
    """Return the pictures of a run: what each is called, and where it lies."""
    rows = Picture.objects.filter(run=run).defer("data").order_by("id")
    return [Shown(label(row.name), f"/history/{run.pk}/pictures/{row.pk}/") for row in rows]

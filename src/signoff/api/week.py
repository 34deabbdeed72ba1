"""A week in figures, as the letter on Mondays tells it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from signoff.api.exact import Day
from signoff.api.rights import read
from signoff.monitoring.digest import digest, last_monday

router = Router(tags=["health"])


class WrongOut(Schema):
    integration: str
    decided: int
    wrong: int
    reasons: dict[str, int]


class WeekOut(Schema):
    """One week, Monday to Sunday; money in millionths of a US dollar."""

    since: date
    until: date
    came: int
    approved_as_written: int
    approved_edited: int
    rejected: int
    unattended: int
    waiting_now: int
    words_not_typed: int
    hours_saved: float
    cost_micros: int
    wrong: list[WrongOut]
    notices: list[str]
    coming: list[str]


@router.get("", response=WeekOut, auth=read, summary="What a week brought: done, saved, wrong, coming")
def get_week(request: HttpRequest, of: Day | None = None) -> Any:  # Django hands it over
    """Return the last full week, or the one with the day `of`."""
    monday = of - timedelta(days=of.weekday()) if of else last_monday()
    return digest(monday).as_document()

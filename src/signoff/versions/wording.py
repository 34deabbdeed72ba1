"""How the end of a version or a model is told: in a notice, on the page, in a calendar program."""

from __future__ import annotations

from datetime import datetime, time

from django.utils import timezone

from signoff.versions.calendar import Use


def what_it_is(use: Use) -> str:
    """Return "The AI model gpt-4o", "The version v24.0 of WhatsApp’s API", "The key for HubSpot"."""
    if use.kind == "model":
        return f"The AI model {use.what}"
    if use.kind == "version":
        return f"The version {use.what} of {use.app}’s API"
    return f"The key for {use.app} ({use.what})"


def title_of(use: Use) -> str:
    """Return what happens on the day, without the day."""
    if use.kind == "key":
        return f"{what_it_is(use)} {'may end' if use.perhaps else 'ends'}"
    return f"{what_it_is(use)} stops"


def what_stops(use: Use) -> str:
    """Return which integrations stop then."""
    if not use.stops:
        return "No integration that is switched on uses it."
    words = ", ".join(_name(slug) for slug in use.stops)
    return f"{'This integration stops' if len(use.stops) == 1 else 'These integrations stop'}: {words}."


def known_by(source: str) -> str:
    """Return the source of an end as a person reads it: the first one, without what only a browser needs."""
    return source.partition(";")[0].removeprefix("https://").rstrip("/")


def begins_at(use: Use) -> datetime | None:
    """Return the first minute of the day on which it ends, None where no day is known."""
    if use.ending is None or use.ending.on is None:
        return None
    return timezone.make_aware(datetime.combine(use.ending.on, time()))


def _name(slug: str) -> str:
    words = slug.replace("-", " ").strip()
    return words[:1].upper() + words[1:]

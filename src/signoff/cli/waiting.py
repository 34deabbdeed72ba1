"""`signoff queue`: what waits for each AI, and until when."""

from __future__ import annotations

from typing import Any

import click

from signoff.cli.start import answer, django
from signoff.core.counting import counted


@click.command("queue")
@click.option("--json", "as_json", is_flag=True)
def queue_command(as_json: bool) -> None:
    """Say what waits for each AI, and when it will be done at the pace that is allowed."""
    django()
    from dataclasses import asdict

    from signoff.runs.backlog import backlog

    found = backlog()
    document = [
        {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in asdict(one).items()
        }
        for one in found
    ]
    lines = [line for one in found for line in _lines(one)]
    answer(document, as_json, "\n".join(lines) or "Nothing waits for an AI.")


def _lines(one: Any) -> list[str]:
    from django.utils.timezone import localtime

    lines = []
    if one.held_until:
        why = one.held_why or "is resting"
        at = localtime(one.held_until)
        lines.append(f"{one.connection} {why}. Nothing is lost; we go on at {at:%H:%M:%S}.")
    if one.waiting:
        line = f"{counted(one.waiting, 'record waits', 'records wait')} for {one.connection}"
        if one.done_at and one.per_minute:
            line += f", which allows about {one.per_minute:.0f} a minute: done by about {localtime(one.done_at):%H:%M}"
        lines.append(f"{line}.")
    if one.in_batches:
        by = f": done by {localtime(one.batches_by):%-d %B %H:%M} at the latest" if one.batches_by else ""
        goes = counted(one.in_batches, "record goes", "records go")
        lines.append(f"{goes} to {one.connection} by batch, at half the price{by}.")
    return lines

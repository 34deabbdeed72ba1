"""`signoff week`: what was done in a week, what it saved and cost, what was wrong, and what is coming."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from signoff.cli.start import answer, django


@click.command("week")
@click.option("--of", "of", type=click.DateTime(["%Y-%m-%d"]), help="A day of the week that is meant.")
@click.option("--json", "as_json", is_flag=True)
def week_command(of: datetime | None, as_json: bool) -> None:
    """Say what the last full week brought, as the letter on Mondays does."""
    django()
    from signoff.monitoring.digest import digest, in_words, last_monday

    monday = of.date() - timedelta(days=of.weekday()) if of else last_monday()
    found = digest(monday)
    subject, paragraphs = in_words(found)
    answer(found.as_document(), as_json, "\n\n".join((subject, *paragraphs)))

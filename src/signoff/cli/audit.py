"""`signoff audit`: who did what, to read, to carry away, and to hold against a mark."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import Any

import click

from signoff.cli.start import answer, django
from signoff.core.counting import counted

BY = "command line"
DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command("audit")
@click.option("--since", type=DAY, metavar="YYYY-MM-DD", help="From this day (or moment) on.")
@click.option(
    "--until", type=DAY, metavar="YYYY-MM-DD", help="Up to the end of this day (or before a moment)."
)
@click.option("--who", default="", help="Of people whose name or address holds this.")
@click.option("--what", default="", help="About what holds this: approved, run 7, an address.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=None, help="The newest so many.")
@click.option("--csv", "as_csv", is_flag=True, help="As a table for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--mark", is_flag=True, help="Print what to keep elsewhere: the number of entries and the newest hash."
)
@click.option(
    "--against", metavar="MARK", default=None, help="Say whether the trail still has what a mark said."
)
@click.option("--seal-anew", is_flag=True, help="Seal the trail as it lies there; for a seal that is lost.")
def audit_command(
    since: datetime | None,
    until: datetime | None,
    who: str,
    what: str,
    limit: int | None,
    as_csv: bool,
    as_json: bool,
    mark: bool,
    against: str | None,
    seal_anew: bool,
) -> None:
    """Say who did what, the newest first. Whether the trail was changed: signoff doctor."""
    if as_csv and as_json:
        raise click.UsageError("A table or JSON, not both.")
    django()
    from signoff.accounts import audit

    if mark:
        made = audit.mark()
        return answer({"mark": made}, as_json, made)
    if against is not None:
        return _hold_against(against, as_json)
    if seal_anew:
        head = audit.seal_anew(BY)
        return answer({"count": head.count}, as_json, f"Sealed: {counted(head.count, 'entry', 'entries')}.")
    rows = audit.entries(who=who, what=what, since=_here(since), until=_here(_whole_day(until)))
    rows = rows[:limit] if limit else rows
    if as_csv:
        from signoff.sheets.writing import as_csv as table

        for piece in table(audit.COLUMNS, map(audit.as_row, rows.iterator(chunk_size=1000))):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    elif as_json:
        click.echo(json.dumps([audit.as_document(row) for row in rows], ensure_ascii=False))
    else:
        for row in rows.iterator(chunk_size=1000):
            click.echo(f"{row.pk:>7}  {row.at:%Y-%m-%d %H:%M:%S}  {row.who}: {row.did} {row.what}")


def _hold_against(text: str, as_json: bool) -> None:
    from signoff.accounts import audit

    try:
        holds = audit.holds(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    says = "The trail has all that this mark says."
    if not holds:
        says = "The trail does not have what this mark says: since then, entries were changed or removed."
    answer({"holds": holds}, as_json, says)
    if not holds:
        raise click.exceptions.Exit(1)


def _whole_day(moment: datetime | None) -> datetime | None:
    """A day as an end means all of it."""
    if moment is not None and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment + timedelta(days=1)
    return moment


def _here(moment: datetime | None) -> Any:
    from django.utils import timezone

    return None if moment is None else timezone.make_aware(moment)

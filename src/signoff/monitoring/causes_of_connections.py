"""What can be the matter with connections: one that stopped, keys that end, tools that are not what was chosen."""

from __future__ import annotations

from collections.abc import Iterator

from signoff.accounts import tokens
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connectors.base import lacking
from signoff.integrations.usage import switched_on_with
from signoff.monitoring.ends import OVER, STEPS, step_of, stopping
from signoff.monitoring.found import MOST_COUNTED, Found, Source, app_of, pk_of
from signoff.monitoring.models import Notice, Urgency
from signoff.monitoring.wording import day, in_days, records
from signoff.runs.models import Run

PERHAPS_DAYS = 3  # an end that may not come at all is told so late
NEW_KEY = "Paste a new key"


def _stopped() -> Iterator[Found]:
    for row in Connection.objects.filter(state=Connection.State.NEEDS_YOU):
        waiting = Run.objects.filter(waits_for=row, state=Run.State.NEEDS_YOU)[:MOST_COUNTED].count()
        held = f"{records(waiting, 'waits', 'wait')}. " if waiting else ""
        yield Found(
            f"connection:stopped:{row.pk}",
            Urgency.NOW,
            f"connection {row.name}",
            row.problem.split(". ")[0].rstrip(".") + "." if row.problem else f"{row.name} needs you.",
            f"{held}Nothing is lost; work goes on by itself once this is mended. {row.next_step}".strip(),
            NEW_KEY if row.trouble == Connection.Trouble.KEY else "Look",
            f"/connections/{row.pk}/",
            waiting=waiting,
        )


def _works_again(notice: Notice) -> str:
    row = Connection.objects.filter(pk=pk_of(notice)).first()
    if row is None:
        return f"{notice.subject.removeprefix('connection ')} was disconnected."
    went_on = f"; {records(notice.waiting)} went on" if notice.waiting else ""
    how = "accepts our key again" if notice.button == NEW_KEY else "works again"
    return f"{app_of(row)} {how}{went_on}."


def _ending() -> Iterator[Found]:
    for row in Connection.objects.filter(state=Connection.State.WORKING):
        end = ends_on(row)
        if end is None:
            continue
        step = step_of(end.at)
        if step < (1 if end.is_certain else STEPS[PERHAPS_DAYS]):
            continue
        using = switched_on_with(row.name)
        stop = "may stop" if not end.is_certain else "stop"
        if step == OVER:
            title = f"The key for {app_of(row)} ended on {day(end.at)}"
        else:
            ends = "ends" if end.is_certain else "may end"
            title = f"The key for {app_of(row)} {ends} {day(end.at)}, {in_days(end.at)}"
        yield Found(
            f"connection:ends:{row.pk}",
            Urgency.SOON if step >= STEPS[3] else Urgency.CALM,
            f"connection {row.name}",
            title,
            " ".join(
                filter(
                    None,
                    (
                        end.why,
                        stopping(using, stop, end.at),
                        end.what_next or "Renew it in time; work is not interrupted.",
                    ),
                )
            ),
            "Renew",
            f"/connections/{row.pk}/",
            step=step,
            ends_at=end.at,
        )


def _ends_later(notice: Notice) -> str:
    row = Connection.objects.filter(pk=pk_of(notice)).first()
    if row is None:
        return f"{notice.subject.removeprefix('connection ')} was disconnected."
    if row.state == Connection.State.NEEDS_YOU:
        return f"{app_of(row)} does not accept the key any more. Another notice says what to do."
    return f"The key for {app_of(row)} is renewed. Nothing stops."


def _changed_tools() -> Iterator[Found]:
    """Find tools of MCP servers that are not what they were when their owner chose them."""
    for row in Connection.objects.exclude(chosen=[]).exclude(lacks=[]):
        names = [str(one["tool"].get("name")) for one in row.chosen]
        changed = [name for name in names if lacking([f"use {name}"], row.lacks)]
        if not changed:
            continue
        waiting = Run.objects.filter(waits_for=row, state=Run.State.NEEDS_YOU)[:MOST_COUNTED].count()
        held = f"{records(waiting, 'waits', 'wait')}. " if waiting else ""
        one = len(changed) == 1
        yield Found(
            f"tool:changed:{row.pk}",
            Urgency.NOW,
            f"connection {row.name}",
            f"{row.name}: {changed[0] if one else f'{len(changed)} tools'} {'is' if one else 'are'} not what you chose"[
                :300
            ],
            f"{held}Its server describes {'it' if one else 'them'} otherwise now, or not at all, so "
            f"{'it is' if one else 'they are'} not used. Nothing is lost. Look at {', '.join(changed)[:200]} and "
            "choose again if it is right; work goes on then.",
            "Look at the tools",
            f"/connections/{row.pk}/tools/",
            waiting=waiting,
        )


def _chosen_again(notice: Notice) -> str:
    return f"{notice.subject.removeprefix('connection ')}: every tool that is chosen is what it was. Work goes on."


def _programs() -> Iterator[Found]:
    """Find our own keys, for programs, that end by themselves."""
    for row in tokens.ending():
        if row.ends_at is None or not step_of(row.ends_at):
            continue
        step = step_of(row.ends_at)
        ends = (
            f"ended on {day(row.ends_at)}"
            if step == OVER
            else f"ends {day(row.ends_at)}, {in_days(row.ends_at)}"
        )
        yield Found(
            f"token:{row.pk}",
            Urgency.SOON if step >= STEPS[3] else Urgency.CALM,
            f"key {row.name}"[:120],
            f"The key with which {row.name} asks Signoff {ends}"[:300],
            "What uses it stops then. Make a new one, put it there, and end this one.",
            "Open Programs",
            "/settings/tokens/",
            step=step,
            ends_at=row.ends_at,
        )


def _program_settled(notice: Notice) -> str:
    return f"The key of {notice.subject.removeprefix('key ')} was ended, or nothing uses it any more."


SOURCES: tuple[Source, ...] = (
    Source("connection:stopped:", _stopped, _works_again),
    Source("connection:ends:", _ending, _ends_later),
    Source("tool:changed:", _changed_tools, _chosen_again),
    Source("token:", _programs, _program_settled),
)

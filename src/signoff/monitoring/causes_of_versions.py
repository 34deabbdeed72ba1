"""What can be the matter with versions and models: they end, a changelog speaks of them, the quarter is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from signoff.connections.client import manifest_of
from signoff.connectors.registry import app_name
from signoff.monitoring.ends import OVER_VERSIONS, VERSION_DAYS, VERSION_STEPS, step_of, stopping
from signoff.monitoring.found import Found, Source
from signoff.monitoring.models import Notice, Urgency
from signoff.monitoring.wording import day, in_days, name, names
from signoff.versions import calendar, changelogs, drills, quarterly
from signoff.versions.calendar import Use
from signoff.versions.known import Ending
from signoff.versions.wording import begins_at, known_by, what_it_is


def _versions(kind: str) -> Callable[[], Iterator[Found]]:
    """Return what finds the models ("model") or versions of apps' APIs ("version") that end and are in use."""

    def find() -> Iterator[Found]:
        for use in calendar.uses():
            if use.kind == kind and use.ending is not None and use.stops:
                found = _version_ending(use, use.ending)
                if found is not None:
                    yield found

    return find


def _version_ending(use: Use, ending: Ending) -> Found | None:
    at = begins_at(use)
    step = OVER_VERSIONS if ending.is_over else step_of(at, VERSION_DAYS) if at is not None else 1
    if not step:
        return None
    over = step == OVER_VERSIONS
    model = use.kind == "model"
    what = what_it_is(use)
    if at is None:
        title = f"{what} is being retired; {use.app} has named no day"
    elif over:
        title = f"{what} stopped on {day(at)}"
    else:
        title = f"{what} stops on {day(at)}, {in_days(at)}"
    using = list(use.stops)
    forecast = ""
    if over and model:
        forecast = f"Records of {names(using)} wait until another model is chosen. Nothing is lost."
    elif over:
        forecast = f"{use.app} may answer otherwise now than {names(using)} was made for."
    elif at is not None and manifest_of(use.connection).api.served_by and not model:
        forecast = f"From that day on, {use.app} may answer otherwise than {names(using)} was made for, without a word."
    elif at is not None:
        forecast = stopping(using, "stop", at)
    instead = (
        f"{use.app} names {ending.replacement} as its replacement." if ending.replacement and model else ""
    )
    if ending.replacement and not model:
        instead = f"Signoff speaks {ending.replacement} too."
    urgency = Urgency.CALM if step < VERSION_STEPS[14] else Urgency.SOON
    return Found(
        f"{use.kind}:{use.connection.pk}:{use.what}"[:200],
        Urgency.NOW if over and model else urgency,
        f"{use.kind} {use.what}"[:120],
        title,
        " ".join(filter(None, (forecast, ending.says, instead, _tried(use),
                               f"Known by {known_by(ending.source)}, looked at on {day(ending.checked_on)}."))),
        "Compare and switch",
        f"/integrations/{using[0]}/drill/" if len(using) == 1 else "/health/versions/",
        step=step,
        ends_at=at,
    )  # fmt: skip


def _tried(use: Use) -> str:
    """Return what came of trying a replacement, else that it can be tried."""
    last = drills.tried_for(use.stops, use.what)
    if last is None:
        return "Try the replacement on your last reviewed records; nothing is sent."
    return f"Tried for {name(last.integration.name)}: {last.report.get('says', '')} Compare, and change over."


def _version_left(notice: Notice) -> str:
    kind, _, what = notice.subject.partition(" ")
    if kind == "model":
        return f"No integration uses {what} any more."
    return f"No integration speaks {what} any more, or it does not end."


def _announced() -> Iterator[Found]:
    """Find what a vendor's changelog said lately of a version or a model that is in use."""
    for row in changelogs.lately():
        app = app_name(row.app)
        yield Found(
            f"changelog:{row.pk}",
            Urgency.CALM,
            f"changelog of {app}"[:120],
            f"{app}’s changelog speaks of {', '.join(row.names)}: {row.title}"[:300],
            "Perhaps nothing is to be done. The entry says what changes, and from when.",
            "Look",
            "/health/versions/",
        )


def _no_news(notice: Notice) -> str:
    return "The entry is no news any more, or what it names is not used any more."


def _quarterly() -> Iterator[Found]:
    quarter = quarterly.due()
    if quarter is not None:
        yield Found(
            f"quarterly:{quarter}",
            Urgency.CALM,
            f"quarterly review {quarter}",
            f"The quarterly review for {quarter} is due",
            "The list is made from the facts: connections, rights, versions, error rates, spending, test sets, people. "
            "Going through it takes a quarter of an hour, and an owner signs it.",
            "Go through the list",
            "/health/quarterly/",
        )


def _reviewed(notice: Notice) -> str:
    return "The quarterly review is signed."


SOURCES: tuple[Source, ...] = (
    Source("model:", _versions("model"), _version_left),
    Source("version:", _versions("version"), _version_left),
    Source("changelog:", _announced, _no_news),
    Source("quarterly:", _quarterly, _reviewed),
)

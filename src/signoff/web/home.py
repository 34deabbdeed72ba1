"""Home: is all well, and what needs me? Before the first record: four steps to the first draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.accounts.models import Person
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connectors.manifest import Manifest
from signoff.connectors.registry import app_name, manifests
from signoff.core import clock
from signoff.engine.pulse import workers_alive
from signoff.integrations.models import Integration
from signoff.monitoring import acting
from signoff.monitoring.models import Notice
from signoff.review.inbox import waiting_for
from signoff.review.models import Asking, Review
from signoff.runs.models import Run, Upload
from signoff.web.connections import MENDED_ELSEWHERE
from signoff.web.context import menu_for
from signoff.web.notices import look_of
from signoff.web.rights import needs, person_of
from signoff.web.words import ago, ends

MOST_COUNTED = 1000
LATEST = 6
# What the page works out itself: such a notice without its card is over, and closes at the next look.
COVERED = ("connection:stopped:", "connection:ends:", "runs:", "asking:", "worker:")


class Need(NamedTuple):
    """One thing that needs a person: what happened, whether anything is lost, and the one thing to do."""

    key: str
    tone: str
    icon: str
    title: str
    text: str
    address: str
    button: str
    cause: str = ""  # the notice's key, or how the keys of its notices begin
    notice: Notice | None = None


@dataclass(frozen=True)
class Steps:
    """The way to the first draft; `now` is the step to do next, 4 when only an integration is missing."""

    apps: list[Manifest]
    ais: list[Manifest]
    app: Connection | None
    ai: Connection | None

    @property
    def now(self) -> int:
        return 2 if self.app is None else 3 if self.ai is None else 4


@needs()
def home(request: HttpRequest) -> HttpResponse:
    """Show how things stand."""
    person = person_of(request)
    if person.may("see") and not Integration.objects.exists() and not Run.objects.exists():
        return render(request, "web/welcome.html", {"steps": _steps(), "here": "home"})
    what, aside = _with_notices(_needs(person)) if person.may("see") else (_needs(person), 0)
    context = {
        "needs": what,
        "needing": sum(need.notice is None or not need.notice.is_quiet for need in what),
        "first": what[0].key if what else "",
        "aside": aside,
        "now": clock.now(),
        "figures": _figures() if person.may("see") else None,
        "latest": _latest(person),
        "here": "home",
    }
    return render(request, "web/home.html", context)


@needs()
def more(request: HttpRequest) -> HttpResponse:
    """Show the menu's other lines, for a phone."""
    far = [entry for entry in menu_for(person_of(request)) if not entry.near]
    return render(request, "web/more.html", {"far": far, "here": "more"})


def _steps() -> Steps:
    connected = list(Connection.objects.order_by("id"))
    kinds = {app.key: app.kind for app in manifests().values()}
    return Steps(
        apps=sorted(
            (app for app in manifests().values() if app.kind != "ai"), key=lambda app: app.kind != "crm"
        ),
        ais=[app for app in manifests().values() if app.kind == "ai"],
        app=next((row for row in connected if kinds.get(row.app) not in ("ai", None)), None),
        ai=next((row for row in connected if kinds.get(row.app) == "ai"), None),
    )


def _needs(person: Person) -> list[Need]:
    found = []
    if person.may("see"):
        found += [
            *_broken_connections(person),
            *_stuck_runs(),
            *_stopped_uploads(),
            *_not_asked(),
            *_no_worker(),
        ]
    if person.may("review"):
        found += _drafts(person)
    if person.may("see"):
        found += _ending(person)
    return found


def _with_notices(found: list[Need]) -> tuple[list[Need], int]:
    """
    Return what needs somebody together with its notices, and how many notices are put aside.

    What the page has worked out itself is as of this moment; a notice adds who knows of it. What only a notice tells
    of becomes a card of its own.
    """
    rows = acting.open_notices()
    shown = []
    for need in found:
        mine = [row for row in rows if need.cause and row.key.startswith(need.cause)]
        rows = [row for row in rows if row not in mine]
        if mine and all(row.snoozed_at for row in mine):
            continue
        shown.append(need._replace(notice=mine[0]) if len(mine) == 1 else need)
    shown += [
        Need(f"n{row.pk}", *look_of(row), row.title, row.text, row.address, row.button, row.key, row)
        for row in rows
        if not row.snoozed_at and not row.key.startswith(COVERED)
    ]
    known = [need for need in shown if need.notice is not None and need.notice.is_quiet]
    aside = Notice.objects.filter(closed_at=None).exclude(snoozed_at=None).count()
    return [need for need in shown if need not in known] + known, aside


def _drafts(person: Person) -> list[Need]:
    # What they have approved as the first of two waits for somebody else.
    waiting = waiting_for(person).exclude(first_by=person)
    count = waiting[:MOST_COUNTED].count()
    oldest = waiting.only("created_at").first()
    if oldest is None:
        return []
    title = ngettext("%(n)s draft waits for you", "%(n)s drafts wait for you", count) % {"n": count}
    text = _("The oldest came %(when)s.") % {"when": ago(oldest.created_at)}
    return [Need("drafts", "info", "inbox", title, text, "/review/", _("Review"))]


def _broken_connections(person: Person) -> list[Need]:
    found = []
    for row in Connection.objects.filter(state=Connection.State.NEEDS_YOU):
        waiting = Run.objects.filter(waits_for=row, state=Run.State.NEEDS_YOU)[:MOST_COUNTED].count()
        text = row.next_step
        if waiting:
            held = ngettext("%(n)s record is waiting.", "%(n)s records are waiting.", waiting) % {
                "n": waiting
            }
            goes_on = _("Nothing is lost; work goes on by itself once this is mended.")
            text = f"{held} {goes_on} {row.next_step}".rstrip()
        found.append(
            Need(
                f"c{row.pk}",
                "bad",
                "circle-alert",
                row.problem or row.name,
                text,
                f"/connections/{row.pk}/",
                _mending(row) if person.may("connect") else _("Look"),
                f"connection:stopped:{row.pk}",
            )
        )
    return found


def _mending(row: Connection) -> str:
    """Return what the button says: a bill, a permission or an address is mended elsewhere, and no new key helps."""
    if row.trouble in MENDED_ELSEWHERE:
        return _("Look")
    app = manifests().get(row.app)
    return _("Sign in again") if app is not None and app.auth.kind == "oauth" else _("Paste a new key")


def _stuck_runs() -> list[Need]:
    found = []
    stuck = Run.objects.filter(state=Run.State.NEEDS_YOU, waits_for=None)[:MOST_COUNTED].count()
    if stuck:
        title = ngettext("%(n)s record needs you", "%(n)s records need you", stuck) % {"n": stuck}
        text = _("Each says what is missing. Nothing is lost.")
        found.append(
            Need(
                "stuck",
                "bad",
                "circle-alert",
                title,
                text,
                "/history/?state=needs+you",
                _("Look"),
                "runs:held:",
            )
        )
    unsure = Run.objects.filter(state=Run.State.UNCERTAIN)[:MOST_COUNTED].count()
    if unsure:
        title = ngettext("We are not sure about %(n)s record", "We are not sure about %(n)s records", unsure)
        text = _("The app did not answer. It may or may not have happened, and we have not repeated it.")
        address = "/history/?state=uncertain"
        found.append(
            Need(
                "unsure",
                "warn",
                "circle-question-mark",
                title % {"n": unsure},
                text,
                address,
                _("Look"),
                "runs:uncertain:",
            )
        )
    failed = Run.objects.filter(state=Run.State.FAILED)[:MOST_COUNTED].count()
    if failed:
        title = ngettext("%(n)s record stopped on our side", "%(n)s records stopped on our side", failed)
        text = _("They are kept as they were. Run them again, or send us the details.")
        found.append(
            Need(
                "failed",
                "bad",
                "octagon-x",
                title % {"n": failed},
                text,
                "/history/?state=failed",
                _("Look"),
                "runs:failed:",
            )
        )
    return found


def _stopped_uploads() -> list[Need]:
    """Return the spreadsheets that stopped on our side in the middle; one that a person stopped needs nobody."""
    stopped = Upload.objects.filter(state=Upload.State.STOPPED).exclude(problem="").order_by("-id")[:5]
    return [
        Need(
            f"u{row.pk}",
            "bad",
            "circle-pause",
            _("Taking in %(name)s stopped") % {"name": row.name},
            row.problem,
            f"/uploads/{row.pk}/",
            _("Look"),
        )
        for row in stopped
    ]


def _not_asked() -> list[Need]:
    """Return where people should be told that drafts wait, and cannot be until somebody mends it."""
    found = []
    stuck = Asking.objects.filter(state=Asking.State.INTENT, connection__state=Connection.State.WORKING)
    for row in stuck.exclude(next_step=""):
        integration = (
            Review.objects.filter(asked=row).values_list("run__integration__name", flat=True).first()
        )
        title = _("Nobody could be asked to review in %(place)s") % {"place": row.place.partition(".")[2]}
        text = f"{row.problem} {row.next_step}"
        address = f"/integrations/{integration}/" if integration else "/integrations/"
        cause = f"asking:{row.place}"
        found.append(Need(f"a{row.pk}", "warn", "circle-alert", title, text, address, _("Look"), cause))
    return found


def _no_worker() -> list[Need]:
    if workers_alive() or not Run.objects.filter(state__in=Run.OPEN).exists():
        return []
    title = _("Nothing is being worked on")
    text = _(
        "The worker is not running. Nothing is lost; work goes on when it starts: "
        "signoff up, or signoff work."
    )
    return [Need("worker", "bad", "circle-pause", title, text, "/health/", _("Open Health"), "worker:")]


def _ending(person: Person) -> list[Need]:
    now = clock.now()
    connections = list(Connection.objects.filter(state=Connection.State.WORKING))
    found = []
    for row in connections:
        end = ends_on(row)
        if end is None or not end.is_soon() or end.at < now:
            continue
        app = app_name(row.app)
        title = (
            _("Your %(app)s key ends %(when)s") if end.is_certain else _("Your %(app)s key may end %(when)s")
        )
        title = title % {"app": app, "when": ends(end.at)}
        text = " ".join(filter(None, (end.why, end.what_next or _("Renew it now; work is not interrupted."))))
        button = _("Renew") if person.may("connect") else _("Look")
        found.append(
            Need(
                f"e{row.pk}",
                "warn",
                "clock-alert",
                title,
                text,
                f"/connections/{row.pk}/",
                button,
                f"connection:ends:{row.pk}",
            )
        )
    return found


def _figures() -> list[tuple[str, str]]:
    start = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    # Run numbers grow with time: looking back from the newest finds today's without an index on the time.
    came_at = (
        Run.objects.exclude(state=Run.State.PLANTED)
        .order_by("-id")
        .values_list("received_at", flat=True)[:MOST_COUNTED]
    )
    decided = Review.objects.filter(run_id__in=_lately(), state=Review.State.DECIDED, decided_at__gte=start)
    decided = decided.filter(run__planted=False)
    rejected = decided.filter(verdict=Review.Verdict.REJECTED).count()
    return [
        (_("Came in today"), _capped(sum(at >= start for at in came_at))),
        (_("Approved today"), _capped(decided.count() - rejected)),
        (_("Rejected today"), _capped(rejected)),
        (_("Being worked on"), _capped(Run.objects.filter(state__in=Run.OPEN)[:MOST_COUNTED].count())),
    ]


def _lately() -> list[int]:
    return list(Run.objects.order_by("-id").values_list("id", flat=True)[:MOST_COUNTED])


def _capped(count: int) -> str:
    return f"{count - 1}+" if count >= MOST_COUNTED else str(count)


def _latest(person: Person) -> list[Run]:
    runs = Run.objects.select_related("integration").order_by("-id")
    if not person.may("see"):
        runs = runs.filter(review__decided_by=person)
    return list(runs.defer("record", "timeline", "raw_answer", "findings", "answer")[:LATEST])

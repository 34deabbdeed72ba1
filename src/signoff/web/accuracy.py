"""How often an integration is wrong, how far it is from autopilot, and signing for it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from signoff.accounts.models import Person
from signoff.engine import proofs, verbs
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.proving.models import Proof
from signoff.proving.prove import ProofRefused
from signoff.review import breakdown, reading, warm
from signoff.review.breakdown import Line
from signoff.review.certificates import NotSigned, Standing, certificate
from signoff.review.decide import DecisionRefused
from signoff.review.evidence import Week, wilson
from signoff.review.models import Certificate, Review
from signoff.sheets.writing import as_csv
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import named

KINDS = {
    "fact": later("A fact"),
    "recipient": later("Whom it speaks to"),
    "amount": later("An amount"),
    "promise": later("A promise"),
    "choice": later("A choice or a number"),
    "rewritten": later("Written anew"),
    "other": later("Set by a person"),
}
LATEST_WEEKS = 26
GRID_LINE = (
    '<line x1="{}" y1="{}" x2="{}" y2="{}"></line><text x="{}" y="{}" dy="4" text-anchor="end">{}</text>'
)
GOAL = (
    '<line class="goal" x1="{}" y1="{}" x2="{}" y2="{}"></line>'
    '<text class="goal" x="{}" y="{}" text-anchor="end">{}</text>'
)
LINES = 4  # of the chart, above its floor
STEPS = (0.0025, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25)


class Reason(NamedTuple):
    """One line of what was wrong, and how often."""

    how: str
    what: str
    times: int


class Row(NamedTuple):
    """One line of a table of shares: of what, how many of how many, and the share with its interval, as texts."""

    of: str
    n: int
    k: int
    share: str
    between: str
    unread: int = 0


@needs("see")
def accuracy(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show how often an integration is wrong."""
    return _page(request, name)


@needs("people", fresh=True)
def promote(request: HttpRequest, name: str) -> HttpResponseBase:
    """Sign for autopilot, by an owner's POST, for what they saw."""
    if request.method != "POST":
        return only_by_button(request, f"/integrations/{name}/accuracy/")
    get_object_or_404(Integration, name=name)
    try:
        verbs.promote(name, person_of(request), request.POST.get("fingerprint", ""))
    except NotSigned as refused:
        return _page(request, name, refusal=str(refused), status=409)
    say(request, _("It is on autopilot. Drafts with marks, and some by lot, still wait for a person."))
    return see_other(f"/integrations/{name}/accuracy/")


@needs("review")
def withdraw(request: HttpRequest, name: str) -> HttpResponseBase:
    """Take autopilot back, by POST."""
    if request.method != "POST":
        return only_by_button(request, f"/integrations/{name}/accuracy/")
    get_object_or_404(Integration, name=name)
    person = person_of(request)
    try:
        verbs.withdraw(name, person)
    except NotSigned as refused:
        say(request, str(refused))
    else:
        say(request, _("Autopilot is off. Every draft waits for a person."))
    return see_other(f"/integrations/{name}/accuracy/" if person.may("see") else "/review/")


@needs("review")
def replay(request: HttpRequest, name: str) -> HttpResponseBase:
    """Replay the records that were decided last through what is in force, by POST."""
    if request.method != "POST":
        return only_by_button(request, f"/integrations/{name}/accuracy/")
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    try:
        proof = proofs.warm_start(integration, person_of(request))
    except ProofRefused as refused:
        say(request, str(refused))
    else:
        count = proof.replays.count()
        say(
            request,
            ngettext(
                "%(n)s record is being replayed. Nothing is sent.",
                "%(n)s records are being replayed. Nothing is sent.",
                count,
            )
            % {"n": count},
        )
    person = person_of(request)
    return see_other(f"/integrations/{name}/accuracy/" if person.may("see") else "/review/")


@needs("see")
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """Download all that the page shows, as a table for a spreadsheet."""
    standing = certificate(get_object_or_404(Integration.objects.select_related("current"), name=name))
    rows = breakdown.as_table(standing, with_people=person_of(request).role == Person.Role.OWNER)
    answer = StreamingHttpResponse(as_csv(breakdown.COLUMNS, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="accuracy-{name}.csv"'
    return answer


@needs("review")
def grade(request: HttpRequest, review_id: int) -> HttpResponseBase:
    """Say that a decided draft was wrong, or that it was not, by POST."""
    if request.method != "POST":
        return only_by_button(request, f"/review/{review_id}/")
    get_object_or_404(Review, pk=review_id)
    given = request.POST.get("is_error")
    if given in ("yes", "no"):
        try:
            verbs.regrade(review_id, given == "yes", person_of(request))
        except DecisionRefused as refused:
            say(request, str(refused))
        else:
            say(request, _("It counts as wrong.") if given == "yes" else _("It does not count as wrong."))
    return see_other(f"/review/{review_id}/")


def _page(request: HttpRequest, name: str, refusal: str = "", status: int = 200) -> HttpResponse:
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    standing = certificate(integration)
    found = standing.evidence
    weeks = found.weeks[-LATEST_WEEKS:]
    limit = standing.limit if standing.wanted else None
    is_owner = person_of(request).role == Person.Role.OWNER
    return render(
        request,
        "web/accuracy.html",
        {
            "integration": integration,
            "name": named(name),
            "standing": standing,
            "asked": integration.current is None or read_definition(integration.current)[0].asked is not None,
            "found": found,
            "rate": _percent(found.rate) if found.rate is not None else None,
            "between": [_percent(edge) for edge in found.interval] if found.interval else None,
            "bound": _percent(found.bound),
            "limit": _percent(standing.limit),
            "audit": _percent(standing.audit),
            "done": found.n,
            "needed": found.n + (standing.more_needed or 0),
            "reasons": _reasons(standing),
            "weeks": [_row(Line(date_format(week.begins_on, "j F Y"), week.n, week.k)) for week in weeks],
            "charts": [chart(weeks, limit, 960, "wide"), chart(weeks[-8:], limit, 320, "narrow")]
            if weeks
            else [],
            "models": [_row(one) for one in breakdown.by_model(integration)],
            "fields": sorted(found.fields.items(), key=lambda item: -item[1]),
            "overlooked": _row(breakdown.missed(integration)),
            "people": _people(integration) if is_owner else [],
            "is_owner": is_owner,
            "share": _percent(found.planted.rate) if found.planted and found.planted.rate else "",
            "before": _row(earlier) if (earlier := warm.before(standing)) and earlier.n else None,
            "replayed": warm.of(standing),
            "is_replaying": Proof.objects.filter(integration=integration, state=Proof.State.RUNNING).exists(),
            "first_unread": _unread(standing),
            "ended": _ended(integration),
            "wrong_audits": sum(standing.audited),
            "refusal": refusal,
            "here": "integrations",
        },
        status=status,
    )


def _row(line: Line, unread: int = 0) -> Row:
    share = f"{_percent(line.share)} %" if line.share is not None else "–"
    between = "–"
    if line.interval:
        low, high = (_percent(edge) for edge in line.interval)
        between = _("%(low)s to %(high)s %%") % {"low": low, "high": high}
    return Row(line.of, line.n, line.k, share, between, unread)


def _people(integration: Integration) -> list[tuple[str, int, int, Row]]:
    return [
        (one.name, one.decided, one.unread, _row(one.planted)) for one in breakdown.by_reviewer(integration)
    ]


def _unread(standing: Standing) -> int | None:
    """Return the first draft that was approved faster than it can be read, for a link to it."""
    if not standing.evidence.unread or standing.fingerprint is None:
        return None
    rows = reading.unread(Review.objects.filter(fingerprint=standing.fingerprint.hash, flagged=False))
    return rows.order_by("pk").values_list("pk", flat=True).first()


def _ended(integration: Integration) -> list[Certificate]:
    rows = Certificate.objects.filter(integration=integration).exclude(ended_at=None)
    return list(rows.order_by("-ended_at")[:5])


def _reasons(standing: Standing) -> list[Reason]:
    found = standing.evidence
    labels = {**dict(Review.Reason.choices), "again": _("Sent back to be written again")}
    rows = [
        Reason(_("Rejected"), str(labels.get(reason, reason)), count)
        for reason, count in found.reasons.items()
    ]
    rows += [Reason(_("Edited"), str(KINDS.get(kind, kind)), count) for kind, count in found.changes.items()]
    return sorted(rows, key=lambda row: -row.times)


def chart(weeks: Sequence[Week], limit: float | None, width: int, kind: str) -> SafeString:
    """Return a point for each week: what share was wrong; with a bar where the rate most likely lies; and the limit."""
    height, left, top, foot = 260, 48, 14, 26
    room, floor = height - top - foot, height - foot
    shares = [(week.k / week.n, wilson(week.n, week.k)) for week in weeks]
    most = max([high for _, (_, high) in shares] + [limit or 0.0])
    each = next(one for one in STEPS if one * LINES >= most)
    step = (width - left) / len(weeks)
    bar = min(14.0, step * 0.5)

    def y(share: float) -> str:
        return f"{floor - room * min(1.0, share / (each * LINES)):.1f}"

    def x(at: int) -> float:
        return left + step * (at + 0.5)

    lines = [
        (left, y(each * n), width, y(each * n), left - 8, y(each * n), f"{each * n * 100:g} %")
        for n in range(LINES + 1)
    ]
    spans = [
        (
            f"{x(at) - bar / 2:.1f}",
            y(high),
            f"{bar:.1f}",
            f"{max(2.0, float(y(low)) - float(y(high))):.1f}",
            f"{bar / 2:.1f}",
        )
        for at, (_, (low, high)) in enumerate(shares)
    ]
    points = [(f"{x(at):.1f}", y(share)) for at, (share, _) in enumerate(shares)]
    every = max(1, ceil(len(weeks) / (8 if width > 400 else 4)))
    labels = [
        (f"{x(at):.1f}", height - 6, date_format(week.begins_on, "j M"))
        for at, week in enumerate(weeks)
        if at % every == 0
    ]
    goal = (
        format_html(
            GOAL,
            left, y(limit), width, y(limit), width, float(y(limit)) - 6,
            _("Limit: under %(limit)s %%") % {"limit": _percent(limit)},
        )
        if limit
        else ""
    )  # fmt: skip
    return format_html(
        '<svg class="weeks {}" viewBox="0 0 {} {}" role="img" focusable="false"><title>{}</title><desc>{}</desc>'
        "{}{}{}{}{}</svg>",
        kind,
        width,
        height,
        _("Wrong drafts by week"),
        _(
            "A point is the share that was wrong in a week, its bar where the true rate most likely lies. "
            "The numbers stand in the table below."
        ),
        format_html_join("", GRID_LINE, lines),
        format_html_join("", '<rect class="span" x="{}" y="{}" width="{}" height="{}" rx="{}"></rect>', spans),
        format_html_join("", '<circle class="point" cx="{}" cy="{}" r="5"></circle>', points),
        goal,
        format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', labels),
    )  # fmt: skip


def _percent(share: float) -> str:
    """Return a share as a number with one place, without a sign: "3.1"."""
    return f"{share * 100:.1f}".removesuffix(".0")

"""How often an integration is wrong, how far it is from autopilot, and signing for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from signoff.engine import verbs
from signoff.integrations.models import Integration
from signoff.review.certificates import NotSigned, Standing, certificate
from signoff.review.decide import DecisionRefused
from signoff.review.evidence import Week
from signoff.review.models import Certificate, Review
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


class Reason(NamedTuple):
    """One line of what was wrong, and how often."""

    how: str
    what: str
    times: int


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
    return render(
        request,
        "web/accuracy.html",
        {
            "integration": integration,
            "name": named(name),
            "standing": standing,
            "found": found,
            "rate": _percent(found.rate) if found.rate is not None else None,
            "between": [_percent(edge) for edge in found.interval] if found.interval else None,
            "bound": _percent(found.bound),
            "limit": _percent(standing.limit),
            "audit": _percent(standing.audit),
            "done": found.n,
            "needed": found.n + standing.more_needed,
            "reasons": _reasons(standing),
            "weeks": weeks,
            "charts": [chart(weeks, 640, "wide"), chart(weeks[-8:], 300, "narrow")] if weeks else [],
            "ended": _ended(integration),
            "wrong_audits": sum(standing.audited),
            "refusal": refusal,
            "here": "integrations",
        },
        status=status,
    )


def _ended(integration: Integration) -> list[Certificate]:
    rows = Certificate.objects.filter(integration=integration).exclude(ended_at=None)
    return list(rows.order_by("-ended_at")[:5])


def _reasons(standing: Standing) -> list[Reason]:
    found = standing.evidence
    labels = dict(Review.Reason.choices)
    rows = [
        Reason(_("Rejected"), str(labels.get(reason, reason)), count)
        for reason, count in found.reasons.items()
    ]
    rows += [Reason(_("Edited"), str(KINDS.get(kind, kind)), count) for kind, count in found.changes.items()]
    return sorted(rows, key=lambda row: -row.times)


def chart(weeks: Sequence[Week], width: int, kind: str) -> SafeString:
    """Return a bar for each week: how many were decided, and at its foot how many of them were wrong."""
    height, foot = 120, 22
    most = max(week.n for week in weeks)
    step = width / len(weeks)
    bar = min(40.0, step * 0.7)

    def box(week: Week, at: int, count: int, name: str) -> tuple[str, str, str, str, str]:
        tall = (height - foot) * count / most
        return (
            name, f"{at * step + (step - bar) / 2:.1f}", f"{height - foot - tall:.1f}", f"{bar:.1f}", f"{tall:.1f}",
        )  # fmt: skip

    boxes = [box(week, at, week.n, "all") for at, week in enumerate(weeks)]
    boxes += [box(week, at, week.k, "wrong") for at, week in enumerate(weeks) if week.k]
    ends = (
        [(0, weeks[0], "start"), (width, weeks[-1], "end")]
        if len(weeks) > 1
        else [(width / 2, weeks[0], "middle")]
    )
    return format_html(
        '<svg class="weeks {}" viewBox="0 0 {} {}" role="img" focusable="false"><title>{}</title><desc>{}</desc>'
        "{}{}</svg>",
        kind,
        width,
        height,
        _("Decided drafts by week"),
        _(
            "A bar for each week; the darker part at its foot was wrong. The numbers stand in the table below."
        ),
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"></rect>', boxes),
        format_html_join(
            "",
            '<text x="{}" y="{}" text-anchor="{}">{}</text>',
            [(x, height - 5, anchor, date_format(week.begins_on, "j M")) for x, week, anchor in ends],
        ),
    )


def _percent(share: float) -> str:
    """Return a share as a number with one place, without a sign: "3.1"."""
    return f"{share * 100:.1f}".removesuffix(".0")

"""Approving several drafts at once, where a certificate allows it, and taking all of them back."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.engine import verbs
from signoff.integrations.models import Integration
from signoff.review import bulk, planting
from signoff.review.inbox import wanted_from
from signoff.review.models import Review
from signoff.web import outline, planted
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.inbox import decided_together, forget, remember_together
from signoff.web.outline import in_order, label_of, said_as
from signoff.web.rights import needs, person_of
from signoff.web.said import say


class Together(NamedTuple):
    """One draft on the page on which many are approved: its number with its hash, who, and what it says."""

    pair: str
    review: Review
    who: str
    says: list[tuple[str, str]]


@needs("review")
def together(request: HttpRequest) -> HttpResponseBase:
    """Show the drafts that may be approved at once, and approve those that are ticked; a GET decides nothing."""
    person = person_of(request)
    name = wanted_from(request.GET).integration
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    done = None
    if request.method == "POST":
        done = verbs.approve_together(bulk.pairs_from(request.POST.getlist("draft")), person)
        if done.approved:
            remember_together(request, done.leave)
        if done.approved and not done.refused:
            say(request, " ".join([_leaving(len(done.leave)), *_told(done)]).strip())
            return see_other(f"/review/?integration={name}")
    rows = list(bulk.together(integration, person)[: bulk.MOST_AT_ONCE])
    return render(
        request,
        "web/together.html",
        {
            "integration": integration,
            "rows": [_row(row) for row in rows],
            "why": bulk.certificate_for(integration)[1],
            "done": done,
            "told": _told(done) if done else [],
            "here": "review",
        },
        status=409 if done is not None else 200,
    )


@needs("review")
def undo(request: HttpRequest) -> HttpResponseBase:
    """Take all back that was approved together last, as far as nothing of it has left."""
    if request.method != "POST":
        return only_by_button(request, "/review/")
    done = verbs.undo_together(decided_together(request), person_of(request))
    forget(request)
    count = len(done.back)
    taken = ngettext(
        "%(n)s draft is taken back and waits again.", "%(n)s drafts are taken back and wait again.", count
    ) % {"n": count}  # fmt: skip
    late = ngettext(
        "%(n)s could not be taken back: it has left.", "%(n)s could not be taken back: they have left.",
        len(done.refused),
    ) % {"n": len(done.refused)}  # fmt: skip
    nothing = _("There is nothing to undo any more.")
    say(request, " ".join([taken] * bool(count) + [late] * bool(done.refused)) or nothing)
    name = done.back[0].run.integration.name if done.back else ""
    return see_other(f"/review/?integration={name}" if name else "/review/")


def _leaving(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(n)s draft is approved. It leaves in 10 seconds.",
        "%(n)s drafts are approved. They leave in 10 seconds.",
        count,
    ) % {"n": count}  # fmt: skip


def _told(done: bulk.Bulk) -> list[str]:
    """Return what is told of those that were planted: their existence is no secret, and now nor is which."""
    return [planted.sentence(planting.told(one)) for one in done.planted]


def _row(review: Review) -> Together:
    fields = outline.answer_fields(review.run.version)
    content = in_order(dict(review.content), fields)
    says = [(label_of(name, fields), said_as(value, fields.get(name))) for name, value in content.items()]
    return Together(f"{review.pk}:{review.content_hash}", review, review.run.label or _("No name"), says)

"""The quarterly review: the list from the facts on one page, signed by an owner, kept, and printable."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.versions import quarterly
from signoff.versions.models import QuarterlyReview
from signoff.web.answers import see_other
from signoff.web.rights import needs, person_of
from signoff.web.said import say


@needs("people")
def review(request: HttpRequest) -> HttpResponseBase:
    """Show the list; a POST signs it as it was seen."""
    problem = ""
    if request.method == "POST":
        try:
            row = quarterly.sign(
                person_of(request),
                request.POST.get("seen", ""),
                request.POST.getlist("looked"),
                request.POST.get("remarks", ""),
            )
            say(request, _("Signed, and kept with the trail."))
            return see_other(f"/health/quarterly/{row.quarter}/")
        except quarterly.NotSigned as refused:
            problem = str(refused)
    found = quarterly.points()
    quarter = quarterly.present()
    page = {
        "sections": quarterly.by_section([one.as_document() for one in found]),
        "seen": quarterly.seen_as(found),
        "to_look_at": sum(one.look for one in found),
        "quarter": quarter,
        "due_on": quarterly.due_on(quarter),
        "is_due": quarterly.due() == quarter,
        "signed": QuarterlyReview.objects.filter(quarter=quarter).first(),
        "earlier": QuarterlyReview.objects.all(),
        "looked": request.POST.getlist("looked"),
        "remarks": request.POST.get("remarks", ""),
        "problem": problem,
        "here": "health",
    }
    return render(request, "web/quarterly.html", page, status=409 if problem else 200)


@needs("people")
def signed(request: HttpRequest, quarter: str) -> HttpResponseBase:
    """Show a review that was signed, as it was signed; to be printed."""
    row = get_object_or_404(QuarterlyReview, quarter=quarter)
    page = {
        "row": row,
        "sections": quarterly.by_section(row.points),
        "as_signed": quarterly.is_as_signed(row),
        "here": "health",
    }
    return render(request, "web/quarterly_signed.html", page)

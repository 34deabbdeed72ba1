"""To review: the drafts that wait, one of them open beside its record, and the decision on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.core.numbers import row_number
from signoff.engine import verbs
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.review import assigning, bulk, comparing, planting, reading
from signoff.review.decide import DecisionRefused
from signoff.review.inbox import (
    NOT_ON_ITS_PAGE,
    Wanted,
    look_at,
    may_decide,
    may_see,
    next_for,
    waiting_for,
    wanted_from,
)
from signoff.review.models import Review
from signoff.review.redrafting import LONGEST_NOTE
from signoff.web import planted
from signoff.web.answer_form import typed_content
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.inbox import MOST_COUNTED, forget, remember, waiting_count
from signoff.web.opened import open_draft
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.waiting import LISTED, entries, listed
from signoff.web.words import named


@needs("review")
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the list and, beside it, the draft that has waited longest and that nobody else has open."""
    person, wanted = person_of(request), wanted_from(request.GET)
    after = row_number(request.GET.get("after")) or 0
    first = next_for(person, wanted, after)
    return _page(request, first, is_chosen=False, start=after + 1 if first and after else None)


@needs("review")
def one(request: HttpRequest, review_id: int) -> HttpResponse:
    """
    Show one draft; with `?edit`, in a form, in which `use=1` puts what the record says for claim 1.

    With `?fresh`, its app is asked first whether the record has changed.
    """
    problem = ""
    if "fresh" in request.GET:
        problem = comparing.look(review_id, person_of(request), at_once=True).problem
    return _page(request, _find(review_id), is_chosen=True, problem=problem)


@needs("review")
def fresh(request: HttpRequest, review_id: int) -> HttpResponse:
    """Return what the app says now of a draft's record, as a part of its page. Decides nothing."""
    found = comparing.look(review_id, person_of(request))
    if found.review is None or not may_see(person_of(request), found.review):
        raise Http404
    keep = wanted_from(request.GET).as_query()
    return render(request, "web/fresh.html", {"review": found.review, "found": found, "keep": keep})


def _find(review_id: int) -> Review:
    return get_object_or_404(
        Review.objects.select_related(
            "run__integration", "run__version", "decided_by", "assigned_to", "first_by", "looking"
        ).defer(*NOT_ON_ITS_PAGE),
        pk=review_id,
    )


def _page(
    request: HttpRequest,
    review: Review | None,
    *,
    is_chosen: bool,
    start: int | None = None,
    refusal: str = "",
    problem: str = "",
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    person, wanted = person_of(request), wanted_from(request.GET)
    not_yours = review is not None and not may_see(person, review)
    if not_yours:
        # Its number may have been passed on: what it says and about whom is for those who decide on it.
        review, refusal = None, refusal or _("You may not decide on this draft. Ask the owner.")
        status = 403 if status == 200 else status
    if review is not None:
        reading.opened(review, person)
    rows = listed(waiting_for(person, wanted), start, review)
    used = [number for n in request.GET.getlist("use") if (number := row_number(n, 3)) is not None]
    other = look_at(review, person) if review and may_decide(person, review) else None
    return render(
        request,
        "web/review.html",
        {
            "todo": entries(rows, person),
            "later": rows[LISTED - 1]["pk"] if len(rows) > LISTED else None,
            "cur": open_draft(review, used, typed) if review else None,
            "chosen": is_chosen and not not_yours,
            "editing": typed is not None or "edit" in request.GET,
            "reasons": list(Review.Reason.choices),
            "refusal": refusal,
            "not_yours": not_yours,
            "problem": problem,
            "other": other,
            "now_at": clock.now(),
            "mine_first": review is not None and review.first_by_id == person.pk,
            "longest_note": LONGEST_NOTE,
            "here": "review",
            **_finding(person, wanted),
            **(_people(person, review) if review else {}),
        },
        status=status,
    )


def _finding(person: Person, wanted: Wanted) -> dict[str, Any]:
    """Return what the form above the list needs, and how many there are of what is wanted."""
    names = Integration.objects.order_by("name").values_list("name", flat=True)
    asked = wanted.as_query()
    found: dict[str, Any] = {
        "wanted": wanted,
        "keep": f"?{asked}" if asked else "",
        "more_keep": f"&{asked}" if asked else "",
        "names": [(name, named(name)) for name in names],
    }
    if not wanted.is_all:
        found["found_count"] = waiting_count(person, wanted)
    if wanted.integration:
        row = Integration.objects.select_related("current").filter(name=wanted.integration).first()
        found["together"] = bulk.together(row, person)[: MOST_COUNTED + 1].count() if row else 0
    return found


def _people(person: Person, review: Review) -> dict[str, Any]:
    """Return to whom a draft can be given: the others who may decide on it."""
    if review.state != Review.State.WAITING or not may_decide(person, review):
        return {}
    others = assigning.people_for(review.by)
    found = [one for one in dict.fromkeys([person, *others]) if one.pk != review.first_by_id]
    return {"can_have": [(one.pk, _("me") if one == person else str(one)) for one in found]}


@needs("review")
def decide(request: HttpRequest, review_id: int, verdict: str) -> HttpResponseBase:
    """Approve, edit or reject: bound to what was seen. A GET decides nothing and says why."""
    if request.method != "POST":
        return only_by_button(request, f"/review/{review_id}/")
    person = person_of(request)
    content: dict[str, Any] | None = None
    if verdict == "edited":
        review = _find(review_id)
        content = typed_content(request.POST, read_definition(review.run.version)[1], review.shown_content)
        if content == review.shown_content:
            verdict, content = "approved", None
    try:
        decided = verbs.decide(
            review_id,
            verdict,
            person,
            request.POST.get("content_hash", ""),
            content=content,
            reason=request.POST.get("reason", ""),
        )
    except DecisionRefused as refused:
        return _page(
            request, _find(review_id), is_chosen=True, refusal=str(refused), typed=content, status=409
        )
    except SignoffError as error:
        refusal = f"{error.owner_message} {error.next_step}"
        return _page(request, _find(review_id), is_chosen=True, refusal=refusal, typed=content, status=409)
    told = planted.sentence(planting.told(decided))
    if told:
        forget(request)  # nothing leaves, so there is nothing to undo
    else:
        remember(request, decided)
    done = told or (_("Rejected.") if verdict == "rejected" else _("Approved."))
    if decided.state == Review.State.WAITING:
        done = _("Approved. Somebody else has to approve it as well.")
    return _next(request, person, decided, done)


def _next(request: HttpRequest, person: Person, review: Review, done: str) -> HttpResponse:
    """Go to the next draft of those that are wanted, and let the status line say what happened and what opened."""
    wanted = wanted_from(request.GET)
    following = next_for(person, wanted, review.pk, brief=True)
    keep = f"?{wanted.as_query()}" if not wanted.is_all else ""
    if following is None:
        say(request, _("%(done)s You are all caught up.") % {"done": done})
        return see_other(f"/review/{keep}")
    who = following.run.label or named(following.run.integration.name)
    say(request, _("%(done)s Next draft: %(who)s.") % {"done": done, "who": who})
    return see_other(f"/review/{following.pk}/{keep}")


@needs("review")
def again(request: HttpRequest, review_id: int) -> HttpResponseBase:
    """Have the AI write a draft again, with a note. A GET asks for nothing and says why."""
    if request.method != "POST":
        return only_by_button(request, f"/review/{review_id}/")
    review, person = _find(review_id), person_of(request)
    seen_hash = request.POST.get("content_hash", "")
    try:
        sent = verbs.ask_again(review_id, person, seen_hash, request.POST.get("note", "").replace("\x00", ""))
    except DecisionRefused as refused:
        return _page(request, _find(review_id), is_chosen=True, refusal=str(refused), status=409)
    told = planted.sentence(planting.told(sent))
    return _next(
        request, person, review, told or _("Sent back to the AI. The new draft comes here by itself.")
    )


@needs("review")
def redraft(request: HttpRequest, review_id: int) -> HttpResponseBase:
    """Have a draft written from the record as its app has it now. A GET asks for nothing and says why."""
    if request.method != "POST":
        return only_by_button(request, f"/review/{review_id}/")
    review, person = _find(review_id), person_of(request)
    try:
        verbs.draft_again(review_id, person, request.POST.get("content_hash", ""))
    except DecisionRefused as refused:
        return _page(request, _find(review_id), is_chosen=True, refusal=str(refused), status=409)
    return _next(request, person, review, _("It is written again from the record as it is now."))


@needs("review")
def assign(request: HttpRequest, review_id: int) -> HttpResponseBase:
    """Give a draft to somebody, or to nobody."""
    if request.method != "POST":
        return only_by_button(
            request,
            f"/review/{review_id}/",
            _("Nothing was changed"),
            _("A draft is given to somebody by a button."),
        )
    text = request.POST.get("to", "")
    to = Person.objects.filter(pk=row_number(text) or 0, is_active=True).first()
    wanted = wanted_from(request.GET)
    try:
        if text and to is None:
            raise assigning.NotAssigned(_("There is no such person. Nothing was changed."))
        assigning.assign(review_id, to, person_of(request))
    except assigning.NotAssigned as refused:
        return _page(request, _find(review_id), is_chosen=True, refusal=str(refused), status=409)
    say(request, _("It is %(who)s's now.") % {"who": to} if to else _("It is nobody's now."))
    return see_other(f"/review/{review_id}/" + (f"?{wanted.as_query()}" if not wanted.is_all else ""))


@needs("review")
def undo(request: HttpRequest, review_id: int) -> HttpResponseBase:
    """Take the last decision back while nothing has left; the draft opens again."""
    if request.method != "POST":
        return only_by_button(request, f"/review/{review_id}/")
    try:
        verbs.undo(review_id, person_of(request))
    except DecisionRefused as refused:
        forget(request)
        return _page(request, _find(review_id), is_chosen=True, refusal=str(refused), status=409)
    forget(request)
    say(request, _("Taken back. Nothing was sent; the draft waits again."))
    return see_other(f"/review/{review_id}/")


@needs("review")
def toast(request: HttpRequest) -> HttpResponse:
    """Return the notice of the last decision by itself: empty once it cannot be undone."""
    return render(request, "web/toast.html")


@needs()
def count(request: HttpRequest) -> HttpResponse:
    """Return the number in the menu."""
    return render(request, "web/count.html")

"""History: what happened, step by step; go on, or say whether something was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signoff.core.numbers import row_number
from signoff.engine import hooks as engine
from signoff.engine import leaving, verbs
from signoff.examples.wanted import again
from signoff.hooks.models import Attempt, Message, Proposal
from signoff.hooks.outcome import is_left
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.proving import cases
from signoff.review.mine import pictures_of, runs_of
from signoff.runs.instead import can_be_replaced
from signoff.runs.models import Delivery, Run, UploadRow
from signoff.runs.prompting import noted, prompt_for
from signoff.web import outline, pictures
from signoff.web.answers import see_other
from signoff.web.opened import record_rows
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import RECEIPTS, named, took

ROWS = 50
SEARCHED = 50_000  # a search looks through so many records at a time: no index knows every part of a name
TOLD_OF = {
    "draft.waiting": gettext_lazy("A draft waits"),
    "draft.decided": gettext_lazy("The decision"),
    "draft.left": gettext_lazy("That no answer comes"),
    "run.needs_you": gettext_lazy("It needs somebody"),
    "run.delivered": gettext_lazy("All has arrived"),
}
TOLD_KINDS = {"told": "ok", "given up": "bad", "refused": "bad", "waiting": "info", "sending": "info"}
HEAVY = ("record", "timeline", "raw_answer", "findings", "alarms", "answer", "detail")


class Line(NamedTuple):
    """One line of a timeline."""

    at: datetime | None
    kind: str
    what: str
    more: str
    new_day: bool


class Told(NamedTuple):
    """One thing that another program is told: of what, whether it has it, and each attempt."""

    message: Message
    what: str
    kind: str
    attempts: list[Attempt]


@needs("see", "review")
def listing(request: HttpRequest) -> HttpResponse:
    """List runs, the newest first. Pages go on from a run's number: the millionth is as fast as the first."""
    person = person_of(request)
    state, name = request.GET.get("state", ""), request.GET.get("integration", "")
    query, before = request.GET.get("q", "").strip()[:100], row_number(request.GET.get("before"))
    runs = runs_of(person).select_related("integration").defer(*HEAVY).order_by("-id")
    if state in Run.State.values:
        runs = runs.filter(state=state)
    integrations = list(Integration.objects.order_by("name"))
    chosen = next((one for one in integrations if one.name == name), None)
    if chosen:
        runs = runs.filter(integration=chosen)
    upload = row_number(request.GET.get("upload"))
    if upload:
        runs = runs.filter(upload_rows__upload=upload, upload_rows__state=UploadRow.State.TAKEN)
    if before:
        runs = runs.filter(id__lt=before)
    searched_to = None
    if query:
        newest = before or (Run.objects.order_by("-id").values_list("id", flat=True).first() or 0) + 1
        searched_to = max(0, newest - SEARCHED)
        runs = runs.filter(id__gte=searched_to, label__icontains=query)
    rows = list(runs[: ROWS + 1])
    older = rows[ROWS - 1].pk if len(rows) > ROWS else searched_to or None
    chosen_by = (("state", state), ("integration", name), ("q", query), ("upload", upload))
    keep = {key: value for key, value in chosen_by if value}
    return render(
        request,
        "web/history.html",
        {
            "runs": rows[:ROWS],
            "states": Run.State.choices,
            "integrations": [(one.name, named(one.name)) for one in integrations],
            "state": state,
            "integration": name,
            "q": query,
            "upload": upload,
            "may_run_again": person.may("review") and state not in Run.OPEN and state != "waiting for review",
            "filtered": bool(keep),
            "searched": bool(query) and len(rows) <= ROWS and bool(searched_to),
            "older": urlencode({**keep, "before": older}) if older else "",
            "newest": urlencode(keep) if before else None,
            "here": "history",
        },
    )


@needs("see", "review")
def one(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show one run as a timeline of sentences."""
    person = person_of(request)
    run = get_object_or_404(
        runs_of(person).select_related("integration", "version", "waits_for", "replay_of"), pk=run_id
    )
    definition, _contract = read_definition(run.version)
    connections = outline.apps_of(definition)
    deliveries = list(run.deliveries.select_related("connection"))
    return render(
        request,
        "web/run.html",
        {
            "run": run,
            "lines": timeline(run),
            "uncertain": [
                (row, outline.action_label(row.connection, row.action))
                for row in deliveries
                if row.state == Delivery.State.UNCERTAIN
            ],
            "links": [row for row in deliveries if row.link.startswith("https://")],
            "deliveries": [(row, outline.action_label(row.connection, row.action)) for row in deliveries],
            "receipts": [(row.pk, RECEIPTS[row.receipt]) for row in deliveries if row.receipt in RECEIPTS],
            "late": late(run, deliveries),
            "told": told_of(run) if person.may("see") else [],
            "is_left": is_left(run),
            "asked_by": Proposal.objects.filter(run=run).first(),
            "lasted": _lasted(run),
            "record": record_rows(definition, run.record),
            "pictures": pictures.of(run),
            "source": outline.source_of(definition, connections),
            "again": run.replays.order_by("id"),
            "review": getattr(run, "review", None),
            "under_way": run.state in Run.OPEN,
            "can_keep": cases.can_keep(run),
            "can_resume": run.state in ("needs you", "failed", "left") and run.erased_at is None,
            "may_be_left": [run] if run.state in leaving.STOPPED else [],
            "longest_reason": leaving.LONGEST_REASON,
            "here": "history",
        },
    )


@needs("build")
def tell_again(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Tell an address once more what it was told, or should have been."""
    message = get_object_or_404(Message.objects.select_related("hook"), pk=message_id)
    if request.method == "POST":
        sent = engine.tell_again(message, person_of(request))
        say(
            request,
            _("It is sent again.") if sent else _("It is being sent at this moment. Look again in a minute."),
        )
    return see_other(f"/history/{message.run_id}/")


@needs("see")
def prompt(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Show exactly what was sent to the AI; says so when the company facts have changed since."""
    run = get_object_or_404(Run.objects.select_related("integration", "version"), pk=run_id)
    definition, contract = read_definition(run.version)
    if definition.asked is None or run.given_draft is not None:
        say(request, _("No AI was asked: the draft was handed in."))
        return see_other(f"/history/{run.pk}/")
    kept = {row.name: row.as_image() for row in run.pictures.all()}
    images = [kept[name] for name in definition.prompt.pictures if name in kept]
    examples = again(run, definition, contract)
    built, _facts = prompt_for(definition, contract, run.record, images, examples)
    built = noted(built, run)
    return render(
        request,
        "web/prompt.html",
        {
            "run": run,
            "prompt": built,
            "pictures": pictures.of(run),
            "examples": examples,
            "gone": len(run.examples) - len(examples),
            "changed": bool(run.prompt_version) and built.version != run.prompt_version,
            "here": "history",
        },
    )


@needs("see", "review")
def picture(request: HttpRequest, run_id: int, picture_id: int) -> HttpResponse:
    """Return a picture of a record. It came from outside, so it may do nothing but be looked at."""
    found = get_object_or_404(pictures_of(person_of(request), run_id), pk=picture_id)
    answer = HttpResponse(bytes(found.data), content_type=found.media_type)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=600"
    return answer


@needs("build", "review", to_write="review")
def resume(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Let a run that needed somebody go on from where it stopped."""
    run = _mine(request, run_id)
    if request.method == "POST":
        went_on = verbs.resume(run.pk, person_of(request))
        say(request, _("It goes on from where it stopped.") if went_on else _("It does not wait any more."))
    return see_other(f"/history/{run.pk}/")


@needs("build", "review", to_write="review")
def settle(request: HttpRequest, delivery_id: int) -> HttpResponseBase:
    """Take a person's word on whether something was sent."""
    delivery = get_object_or_404(Delivery, pk=delivery_id)
    run = _mine(request, delivery.run_id)
    answer = request.POST.get("was_sent")
    if request.method == "POST" and answer in ("yes", "no"):
        taken = verbs.settle(delivery.pk, answer == "yes", person_of(request))
        if not taken:
            say(request, _("Somebody has answered this already."))
        elif answer == "yes":
            say(request, _("Noted: it was sent. We do not send it again."))
        else:
            say(request, _("Noted: it was not sent. We send it now, once."))
    return see_other(f"/history/{run.pk}/")


def told_of(run: Run) -> list[Told]:
    """Return what other programs are told of a run, with each attempt; what was not needed is left out."""
    rows = Message.objects.filter(run=run).exclude(state=Message.State.DROPPED)
    return [
        Told(row, str(TOLD_OF[row.event]), TOLD_KINDS[row.state], list(row.attempts.all()))
        for row in rows.select_related("hook").prefetch_related("attempts")
    ]


def late(run: Run, deliveries: Sequence[Delivery]) -> Delivery | None:
    """Return a delivery that came too late for a free text, where the app would take an approved one instead."""
    return next((row for row in deliveries if can_be_replaced(row, run)), None)


def timeline(run: Run) -> list[Line]:
    """Return the lines of a run's timeline, each saying whether a new day begins with it."""
    lines: list[Line] = []
    last = None
    for entry in run.timeline:
        at = parse_datetime(str(entry.get("at", "")))
        today = timezone.localtime(at).date() if at else None  # as the times beside it are shown
        kind = entry.get("kind")
        lines.append(
            Line(
                at,
                kind if kind in ("ok", "info", "warn", "bad") else "info",
                str(entry.get("what", "")),
                str(entry.get("more") or ""),
                today != last and bool(lines),
            )
        )
        last = today
    return lines


def _lasted(run: Run) -> str:
    """Return how long a run took, and how much of it was waiting for a person."""
    if run.finished_at is None:
        return ""
    text = _("Took %(time)s") % {"time": took((run.finished_at - run.received_at).total_seconds())}
    review = getattr(run, "review", None)
    if review and review.decided_at:
        waited = took((review.decided_at - review.created_at).total_seconds())
        text = _("%(text)s, of which %(waited)s waiting for review") % {"text": text, "waited": waited}
    return f"{text}."


def _mine(request: HttpRequest, run_id: int) -> Run:
    run = runs_of(person_of(request)).filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run

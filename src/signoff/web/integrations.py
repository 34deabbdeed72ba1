"""Integrations: what runs, how one is built, a trial on a real record, and the switch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.core.errors import SignoffError
from signoff.engine import verbs
from signoff.integrations import drafts, drift
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Draft, Integration
from signoff.integrations.review_part import Autopilot, ReviewPart
from signoff.integrations.usage import why_not_yet
from signoff.monitoring import silence
from signoff.outputs.contract import ContractField
from signoff.proving.models import Case
from signoff.review.certificates import on_autopilot
from signoff.review.models import Asking
from signoff.runs.handing_in import why_not
from signoff.runs.models import Run, Source
from signoff.runs.spending import estimate
from signoff.web import costs, outline, trials, webhooks
from signoff.web.answers import see_other
from signoff.web.dates import ending_for
from signoff.web.outline import label_of
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.trials import Tried
from signoff.web.words import Shown, label, named, shown

MOST_COUNTED = 1000
RECORDS = 20


class Row(NamedTuple):
    """One integration in the list."""

    integration: Integration
    name: str
    state: Shown
    source: str
    ai: str
    goes: str
    waiting: int
    last: Run | None


@needs("see")
def listing(request: HttpRequest) -> HttpResponseBase:
    """List the integrations, and for those who build what is not finished."""
    rows = [_row(one) for one in Integration.objects.select_related("current", "source")]
    page = {"rows": rows, "unfinished": unfinished(), "here": "integrations"}
    return render(request, "web/integrations.html", page)


def unfinished() -> list[tuple[Draft, str]]:
    """Return the drafts of new integrations, each with its name as people read it."""
    rows = Draft.objects.filter(integration=None).select_related("changed_by")
    return [
        (draft, named(str(drafts.data_of(draft.source).get("name") or "")) or _("Without a name"))
        for draft in rows
    ]


@needs("see", to_write="build")
def one(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show how an integration is built; a POST runs a trial on one of its last records and sends nothing."""
    return page_of(request, get_object_or_404(Integration.objects.select_related("current"), name=name))


def page_of(request: HttpRequest, integration: Integration, new_secret: str = "") -> HttpResponseBase:
    """Return the page of an integration; `new_secret` was just chosen for its webhook, and is shown this once."""
    name = integration.name
    version = integration.current
    context: dict[str, Any] = {
        "integration": integration,
        "name": named(name),
        "state": state_of(integration),
        "version": version,
        "here": "integrations",
    }
    if version is None:
        return render(request, "web/integration.html", context)
    definition, _contract = read_definition(version)
    fields = outline.answer_fields(version)
    connections = outline.apps_of(definition)
    records = list(integration.runs.order_by("-id").defer("timeline", "raw_answer", "findings")[:RECORDS])
    chosen = next(
        (run for run in records if str(run.pk) == request.POST.get("run")), records[0] if records else None
    )
    tried = None
    if request.method == "POST" and chosen and not new_secret:
        tried = _trial(integration, chosen, fields)
    review = definition.review if isinstance(definition.review, ReviewPart) else None
    context |= {
        "definition": definition,
        "source": outline.source_of(definition, connections),
        "start": outline.start_of(definition, connections),
        "only_if": [(label(key), shown(value)) for key, value in definition.record.only_if.items()],
        "record_fields": [label(field) for field in definition.record.fields],
        "intake": webhooks.intake_of(integration, definition),
        "takes_tables": not why_not(integration),
        "new_secret": new_secret,
        "expected": costs.in_words(estimate(integration)),
        "handing_in": webhooks.handing_in_of(integration, definition),
        "ai": outline.ai_of(definition, connections),
        "second_ai": outline.second_ai_of(definition, connections),
        "answer": [
            (label_of(f.name, {f.name: f}), outline.kind_of(f), outline.limit_of(f), f.required)
            for f in fields.values()
        ],
        "places": outline.places(definition, connections),
        "not_yet": why_not_yet(definition),
        "draft": Draft.objects.filter(integration=integration).select_related("changed_by").first(),
        "review": review,
        "asking": Asking.objects.filter(place=review.ask, state__in=Asking.OPEN).first() if review else None,
        "autopilot": review.autopilot if review and isinstance(review.autopilot, Autopilot) else None,
        "on_autopilot": on_autopilot(integration),
        "records": records,
        "chosen": chosen,
        "tried": tried,
        "drifts": list(integration.drifts.all()),
        "ending": ending_for(name),
        "is_new": not integration.is_on and not records,
        "has_cases": Case.objects.filter(integration=integration).exists(),
        "usual": silence.usual(integration),
        "reading": Source.objects.filter(integration=integration).first(),
    }
    return render(request, "web/integration.html", context)


@needs("see", to_write="build")
def switch(request: HttpRequest, name: str) -> HttpResponseBase:
    """Switch an integration on (always with review) or off, by POST."""
    integration = get_object_or_404(Integration, name=name)
    on = request.POST.get("on")
    if request.method == "POST" and on in ("yes", "no"):
        try:
            verbs.switch(integration, on == "yes", person_of(request))
        except SignoffError as error:
            say(request, error.owner_message)
        else:
            sentence = _("It is on. Every draft waits for a person.") if on == "yes" else _("It is paused.")
            say(request, sentence)
    return see_other(f"/integrations/{name}/")


@needs("see", to_write="build")
def take_over(request: HttpRequest, name: str) -> HttpResponseBase:
    """Put an integration in force again with its apps' fields as they are now, by POST."""
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    if request.method == "POST" and integration.current is not None:
        faults = drift.take_over(integration, person_of(request)).faults
        if faults:
            say(request, " ".join(fault.what for fault in faults) + " " + _("Nothing was changed."))
        else:
            say(request, _("It is taken over, as a new version. Records from now on go by it."))
    return see_other(f"/integrations/{name}/")


@needs("build")
def new_secret(request: HttpRequest, name: str) -> HttpResponseBase:
    """Choose another secret for an integration's webhook, by POST; it is shown on the page that follows, once."""
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    version = integration.current
    intake = webhooks.intake_of(integration, read_definition(version)[0]) if version else None
    if request.method != "POST" or intake is None or not intake.own_secret:
        return see_other(f"/integrations/{name}/")
    secret = verbs.new_signing_secret(integration, person_of(request))
    return page_of(request, integration, new_secret=secret.reveal())


def state_of(integration: Integration) -> Shown:
    """Return how an integration stands: working, paused, or in need of somebody."""
    source = Source.objects.filter(integration=integration).first()
    if integration.is_on and source and source.problem:
        return Shown("bad", "circle-alert", _("Needs you"))
    if integration.is_on:
        return Shown("ok", "circle-check", _("Working"))
    return Shown("quiet", "circle-pause", _("Paused"))


def _row(integration: Integration) -> Row:
    waiting = integration.runs.filter(state=Run.State.WAITING)[:MOST_COUNTED].count()
    last = integration.runs.order_by("-id").only("received_at", "integration").first()
    if integration.current is None:
        return Row(integration, named(integration.name), state_of(integration), "–", "–", "–", waiting, last)
    definition, _contract = read_definition(integration.current)
    connections = outline.apps_of(definition)
    goes = list(dict.fromkeys(outline.app_name(step.connection, connections) for step in definition.then))
    goes += [_("whoever asks")] if definition.reply else []
    return Row(
        integration,
        named(integration.name),
        state_of(integration),
        outline.source_of(definition, connections),
        outline.ai_of(definition, connections),
        ", ".join(goes),
        waiting,
        last,
    )


def _draft_of(integration: Integration, run: Run) -> dict[str, Any] | None:
    """Return the draft that came with a record, where an integration tries those; None where an AI writes one."""
    if integration.current is None or read_definition(integration.current)[0].asked is not None:
        return None
    given: dict[str, Any] | None = run.given_draft
    return given


def _trial(integration: Integration, run: Run, fields: Mapping[str, ContractField]) -> Tried:
    """Run one record through prompt, AI, contract and checks, and show what came of it."""
    try:
        given = _draft_of(integration, run)
        return trials.tried(verbs.trial(integration, run.record, given), fields)
    except SignoffError as error:
        return trials.not_tried(error.owner_message, error.next_step)
    except (LookupError, Connection.DoesNotExist):
        return trials.without_connection()

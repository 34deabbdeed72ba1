"""Running records again, after a page that says what will happen twice; and leaving those that stopped."""

from __future__ import annotations

from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signoff.connections.choosing import actions_of
from signoff.core.errors import SignoffError
from signoff.core.numbers import row_number
from signoff.engine import leaving, verbs
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.review.mine import runs_of
from signoff.runs.models import Delivery, Run
from signoff.web import outline
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.rights import needs, person_of
from signoff.web.said import say

MOST_AT_ONCE = 50  # what one page of the history shows


class Effect(NamedTuple):
    """What a record that runs again does at one place, beside what it did there before."""

    what: str
    where: str
    twice: bool


@needs("build", "review", to_write="review")
def again(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Run one record again, as a new run, after a page that says what that means."""
    run = _mine(request, [run_id])[0]
    if request.method == "POST":
        try:
            new = verbs.replay(run.pk, person_of(request))
        except (LookupError, SignoffError) as error:
            say(request, getattr(error, "owner_message", _("This record is being run again already.")))
            return see_other(f"/history/{run.pk}/")
        say(request, _("This record runs again. Nothing of the first run is taken back."))
        return see_other(f"/history/{new.pk}/")
    return _ask(request, [run], [], f"/history/{run.pk}/")


@needs("build", "review", to_write="review")
def leave(request: HttpRequest) -> HttpResponseBase:
    """Leave records that stopped as they are, for a reason; a GET leaves nothing."""
    if request.method != "POST":
        words = _("A record is left by the button on its page, with a reason.")
        return only_by_button(request, "/history/?state=needs+you", _("Nothing was changed"), words)
    ids = _numbers(request.POST.getlist("run"))
    runs = _mine(request, ids)
    back = f"/history/{runs[0].pk}/" if len(runs) == 1 else "/history/?state=left"
    person, reason = person_of(request), request.POST.get("reason", "")
    try:
        count = sum(leaving.leave(run.pk, person, reason) for run in runs)
    except leaving.NotLeft as error:
        say(request, str(error))
        return see_other(back if len(runs) == 1 else "/history/?state=needs+you")
    done = ngettext(
        "%(n)s record is left as it is. Nothing of it is lost.", "%(n)s records are left as they are. Nothing is lost.",
        count,
    ) % {"n": count}  # fmt: skip
    say(request, done if count else _("It does not stand still any more, so it was not left."))
    return see_other(back)


@needs("build", "review", to_write="review")
def several(request: HttpRequest) -> HttpResponseBase:
    """Let several records of a list go on or run again; `?run=1&run=2` names them."""
    given = request.POST if request.method == "POST" else request.GET
    ids = _numbers(given.getlist("run"))
    if not ids:
        return see_other("/history/")
    runs = _mine(request, ids)
    go_on = [run for run in runs if run.state in ("needs you", "failed", "left")]
    repeat = [run for run in runs if run not in go_on]
    if request.method != "POST":
        return _ask(request, repeat, go_on, "/history/")
    person = person_of(request)
    count = sum(verbs.resume(run.pk, person) for run in go_on)
    for run in repeat:
        try:
            verbs.replay(run.pk, person)
            count += 1
        except (LookupError, SignoffError):
            continue  # it is being run again already, and its page says so
    say(request, ngettext("%(n)s record is under way.", "%(n)s records are under way.", count) % {"n": count})
    return see_other("/history/")


def _ask(request: HttpRequest, repeat: list[Run], go_on: list[Run], back: str) -> HttpResponseBase:
    return render(
        request,
        "web/again.html",
        {
            "repeat": repeat,
            "go_on": go_on,
            "may_be_left": [run for run in go_on if run.state in leaving.STOPPED],
            "longest_reason": leaving.LONGEST_REASON,
            "effects": _effects(repeat),
            "all_given": all(run.given_draft is not None for run in repeat),
            "count": len(repeat) + len(go_on),
            "back": back,
            "here": "history",
        },
    )


def _effects(runs: list[Run]) -> list[Effect]:
    """Return what the integrations of these runs, as they are now, do at each place; once for each."""
    sent = set(
        Delivery.objects.filter(run__in=runs)
        .exclude(state__in=[Delivery.State.INTENT, Delivery.State.SKIPPED, Delivery.State.FAILED])
        .values_list("connection__name", "action")
    )
    found: dict[tuple[str, str], Effect] = {}
    for integration in Integration.objects.filter(runs__in=runs).distinct().select_related("current"):
        if integration.current is None:
            continue
        definition, _contract = read_definition(integration.current)
        connections = outline.apps_of(definition)
        for step in definition.then:
            connection = connections.get(step.connection)
            manifest = outline.manifest_of(connection)
            known = actions_of(connection).get(step.action) if manifest and connection else None
            twice = (step.connection, step.action) in sent and not (known and known.repeatable)
            what = outline.action_label(connection, step.action)
            found[step.connection, step.action] = Effect(what, step.connection, twice)
    return list(found.values())


def _numbers(texts: list[str]) -> list[int]:
    return [number for text in texts[:MOST_AT_ONCE] if (number := row_number(text)) is not None]


def _mine(request: HttpRequest, ids: list[int]) -> list[Run]:
    runs = list(runs_of(person_of(request)).filter(pk__in=ids).select_related("integration").order_by("-id"))
    if not runs:
        raise Http404
    return runs

"""To review: the drafts that wait, one of them open beside its record, and the decision on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from signoff.accounts.models import Person
from signoff.connections.choosing import actions_of
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.errors import SignoffError
from signoff.engine import verbs
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.references import Missing
from signoff.integrations.references import render as render_step
from signoff.outputs.contract import Contract, ContractField
from signoff.review import assigning, bulk, comparing, planting, reading
from signoff.review.decide import LONGEST_NOTE, DecisionRefused
from signoff.review.inbox import (
    NOT_ON_ITS_PAGE,
    Wanted,
    look_at,
    may_decide,
    next_for,
    waiting_for,
    wanted_from,
)
from signoff.review.models import Review
from signoff.review.opening import planted_share
from signoff.runs import windows
from signoff.runs.pictures import MARK
from signoff.web import outline, pictures, planted
from signoff.web.answers import see_other
from signoff.web.errors import only_by_button
from signoff.web.inbox import MOST_COUNTED, forget, remember, waiting_count
from signoff.web.marks import Claim, Remark, claims, marked, remarks, with_record_values
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.waiting import LISTED, entries, listed
from signoff.web.words import ago, label, named, shown

LONG_TEXT = 90


class Shown(NamedTuple):
    """One field of the draft: its name and its text with the claims marked."""

    label: str
    html: SafeString


class Input(NamedTuple):
    """One field of the edit form: what kind of control, and what stands in it."""

    name: str
    label: str
    control: str
    value: str
    options: list[tuple[str, str, bool]]
    rows: int
    max: int | None


class WindowLeft(NamedTuple):
    """Until when the app lets this customer be answered freely; None: no message of theirs is known."""

    app: str
    until: datetime | None
    is_open: bool
    tone: str


@dataclass
class Opened:
    """A draft as the page shows it."""

    review: Review
    who: str
    what: str
    company: str
    record: list[tuple[str, str]]
    pictures: list[pictures.Shown]
    source: str
    claims: list[Claim]
    alarms: list[Remark]
    answer: list[Shown]
    places: list[outline.Place]
    inputs: list[Input]
    used: list[int]
    window: WindowLeft | None = None
    mixed: bool = False  # drafts that are wrong on purpose may be among those of its integration
    can_ask: str = ""  # the app that can say whether the record has changed

    @property
    def planted(self) -> str:
        """Return what is told of a draft that was planted, once it is decided."""
        return planted.sentence(planting.told(self.review))

    @property
    def sends(self) -> bool:
        """Say whether approving it reaches a customer by itself."""
        return any(place.reaches_customer for place in self.places)

    @property
    def is_waiting(self) -> bool:
        return self.review.state == Review.State.WAITING

    @property
    def decided_sentence(self) -> str:
        """Return who decided and when: "Priya approved this 2 min ago."."""
        if self.review.state == Review.State.AGAIN:
            return _("The AI is writing this draft again. It comes back here by itself.")
        if self.review.state == Review.State.WITHDRAWN:
            return _("This draft was withdrawn. Nothing was sent.")
        who = str(self.review.decided_by or _("Somebody"))
        if self.review.first_by is not None:
            who = _("%(first)s and %(second)s") % {"first": self.review.first_by, "second": who}
        sentences = {
            "approved": _("%(who)s approved this %(when)s."),
            "edited": _("%(who)s edited and approved this %(when)s."),
            "rejected": _("%(who)s rejected this %(when)s."),
        }
        return sentences[self.review.verdict] % {"who": who, "when": ago(self.review.decided_at)}


@needs("review")
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the list and, beside it, the draft that has waited longest and that nobody else has open."""
    person, wanted = person_of(request), wanted_from(request.GET)
    text = request.GET.get("after", "")
    after = int(text) if text.isdigit() and len(text) < 19 else 0
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
    if found.review is None:
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
    if review is not None:
        reading.opened(review, person)
    rows = listed(waiting_for(person, wanted), start, review)
    used = [int(n) for n in request.GET.getlist("use") if n.isdigit() and len(n) < 4]
    other = look_at(review, person) if review and may_decide(person, review) else None
    return render(
        request,
        "web/review.html",
        {
            "todo": entries(rows, person),
            "later": rows[LISTED - 1]["pk"] if len(rows) > LISTED else None,
            "cur": open_draft(review, used, typed) if review else None,
            "chosen": is_chosen,
            "editing": typed is not None or "edit" in request.GET,
            "reasons": list(Review.Reason.choices),
            "refusal": refusal,
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


def open_draft(review: Review, used: list[int], typed: Mapping[str, Any] | None = None) -> Opened:
    """Return a draft with everything its page shows."""
    run = review.run
    definition, _contract = read_definition(run.version)
    connections = outline.apps_of(definition)
    fields = outline.answer_fields(run.version)
    content = in_order(dict(review.decided_content or review.shown_content), fields)
    found = claims(run.findings, list(content)) if content == review.content else []
    return Opened(
        review=review,
        who=run.label or _("No name"),
        what=named(run.integration.name),
        company=str(run.record.get("company") or run.record.get("company_name") or ""),
        record=record_rows(definition, run.record),
        pictures=pictures.of(run),
        source=outline.source_of(definition, connections),
        claims=found,
        alarms=remarks(run.alarms) if content == review.content else [],
        answer=[
            Shown(label_of(name, fields), marked(said_as(value, fields.get(name)), claims_in(found, name)))
            for name, value in content.items()
        ],
        places=outline.places(definition, connections, run.record),
        inputs=_inputs(fields, in_order(dict(typed or review.shown_content), fields), found, used),
        used=used,
        window=_window(definition, connections, run.record, content),
        mixed=planted_share(definition) > 0,
        can_ask=comparing.can_compare(definition, review) if review.state == Review.State.WAITING else "",
    )


def _window(
    definition: Definition,
    connections: Mapping[str, Connection],
    record: Mapping[str, Any],
    content: Mapping[str, Any],
) -> WindowLeft | None:
    """Return how long an approved answer may still go out, None where the apps set no time for it."""
    for step in definition.then:
        connection = connections.get(step.connection)
        manifest = outline.manifest_of(connection)
        action = actions_of(connection).get(step.action) if manifest and connection else None
        if connection is None or manifest is None or action is None or action.window is None:
            continue
        try:
            until = windows.closes_at(connection, action, render_step(step.params, record, content))
        except (Missing, SignoffError):
            continue
        left = until - windows.MARGIN - clock.now() if until else None
        is_open = left is not None and left.total_seconds() > 0
        soon = left is None or left < timedelta(hours=2)
        return WindowLeft(manifest.name, until, is_open, "warn" if soon or not is_open else "info")
    return None


def record_rows(definition: Definition, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the record to read: the fields the AI was given first, then the rest that says something."""
    first = [name for name in definition.record.fields if name in record]
    rest = [name for name, value in record.items() if name not in first and value not in (None, "", [], {})]
    # A picture is drawn, not written.
    return [(label(name), shown(record[name])) for name in [*first, *rest] if record[name] != MARK]


def label_of(name: str, fields: Mapping[str, ContractField]) -> str:
    """Return a field's name as its contract labels it, else as people say it."""
    field = fields.get(name)
    return field.label if field and field.label != name else label(name)


def said_as(value: Any, field: ContractField | None) -> str:
    """Return an answer's value as text; a choice by its label, the rows of a table below each other."""
    names = {choice.value: choice.label for choice in field.choices} if field else {}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "\n".join(shown(one) for one in value)
    if isinstance(value, list):
        return shown([names.get(str(one), one) for one in value])
    return names.get(value, value) if isinstance(value, str) and value else shown(value)


def claims_in(found: list[Claim], name: str) -> list[Claim]:
    """Return the claims in one field of the answer."""
    return [claim for claim in found if claim.field == name]


def in_order(content: dict[str, Any], fields: Mapping[str, ContractField]) -> dict[str, Any]:
    """Return an answer in its contract's order; the database keeps none."""
    order = {name: at for at, name in enumerate(fields)}
    return dict(sorted(content.items(), key=lambda item: order.get(item[0], len(order))))


def _inputs(
    fields: Mapping[str, ContractField], content: Mapping[str, Any], found: list[Claim], used: list[int]
) -> list[Input]:
    inputs = []
    for name, value in content.items():
        text = (
            ""
            if value is None
            else value
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
        )
        text = with_record_values(text, claims_in(found, name), used)
        inputs.append(_input(name, label_of(name, fields), value, text, fields.get(name)))
    return inputs


def _input(name: str, shown_as: str, value: Any, text: str, field: ContractField | None) -> Input:
    kind = field.type if field else "text"
    most = int(field.max) if field and kind == "text" and field.max else None
    if field and kind in ("choice", "choices"):
        chosen = value if isinstance(value, list) else [value]
        options = [(c.value, c.label, c.value in chosen) for c in field.choices]
        known = {c.value for c in field.choices}
        options += [(str(v), str(v), True) for v in chosen if v is not None and v not in known]
        if not field.required and kind == "choice":
            options.insert(0, ("", "–", value is None))
        return Input(name, shown_as, "many" if kind == "choices" else "one", text, options, 1, None)
    if kind == "yesno":
        options = [("true", _("Yes"), value is True), ("false", _("No"), value is False)]
        return Input(name, shown_as, "one", text, options, 1, None)
    is_long = len(text) > LONG_TEXT or "\n" in text or (most or 0) > 200 or kind == "rows"
    if is_long:
        rows = max(4, min(20, sum(1 + len(line) // 62 for line in text.split("\n")) + 1))
        return Input(name, shown_as, "long", text, [], rows, most)
    return Input(name, shown_as, "line", text, [], 1, most)


def typed_content(post: Any, contract: Contract, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer as the form has it, each value in the type that its field has."""
    fields = {field.name: field for field in contract.fields}
    typed: dict[str, Any] = {}
    for name, before in content.items():
        key = f"content.{name}"
        field = fields.get(name)
        kind = field.type if field else "text"
        if kind == "choices":
            typed[name] = post.getlist(key)
            continue
        if key not in post:
            typed[name] = before
            continue
        text = post.get(key).replace("\r\n", "\n")  # a browser sends line ends as CRLF; the answer has LF
        optional = field is not None and not field.required
        typed[name] = None if optional and text == "" else _typed(kind, text, before)
    return typed


def _typed(kind: str, text: str, before: Any) -> Any:
    if kind == "yesno" and text in ("true", "false"):
        return text == "true"
    if isinstance(before, str) and kind != "number":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


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
    to = (
        Person.objects.filter(pk=int(text), is_active=True).first()
        if text.isdigit() and len(text) < 19
        else None
    )
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

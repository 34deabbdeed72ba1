"""Hooks for programs: say which address is told of what, and take it back (REST hooks, as Zapier does it)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict

from signoff.api.finding import number_of, person_of, token_of
from signoff.api.paging import IdempotencyKey, Limit, Number, page, part
from signoff.api.problems import problem
from signoff.api.proposals import MessageOut, ProposalOut
from signoff.api.rights import read
from signoff.core.secret import Secret
from signoff.engine import hooks as engine
from signoff.hooks.address import HookRefused
from signoff.hooks.documents import hook_as_document, hooks_that_are, message_as_document
from signoff.hooks.happenings import EVENTS
from signoff.hooks.models import Hook, Message
from signoff.hooks.outcome import RELEASED, outcome_of
from signoff.hooks.sending import try_out
from signoff.hooks.subscribe import MOST_HOOKS, same_as, subscribe, unsubscribe
from signoff.integrations.models import Integration
from signoff.runs.models import Run

# Written out, so that the description of the API names them; a test holds them to the model's.
Event = Literal["draft.waiting", "draft.decided", "run.needs_you", "run.delivered"]
SAMPLES = 3
LOOKED_AT = 20

LISTED = 100
MessageState = Literal["waiting", "sending", "told", "given up", "refused", "dropped"]
Name = Annotated[str, Query(pattern="^[a-z0-9-]*$", max_length=80)]

router = Router()


class HookIn(Schema):
    """What an address wants to hear of; without `integration`, of all of them. `secret` as for a callback."""

    model_config = ConfigDict(extra="forbid")

    event: Event
    target_url: str
    integration: str | None = None
    secret: str | None = None


class HookOut(Schema):
    """A hook, with nothing of its address but the host. `untold`: messages that were not taken (yet)."""

    id: int
    event: str
    integration: str | None
    host: str
    state: str
    made_by: str | None
    through: str
    made_at: datetime
    untold: int
    problem: str | None


class HookTestOut(Schema):
    """What an address answered to a test: its status, and what was wrong with that; null where it was received."""

    hook: int
    status: int | None
    problem: str | None


class MessagePage(Schema):
    items: list[MessageOut]
    next: int | None = None


class HookMade(HookOut):
    """The same, and once: the secret by which its messages are signed."""

    secret: str


@router.post(
    "",
    response={201: HookMade, 200: HookMade},
    auth=read,
    summary="Let an address be told when something happens; with an Idempotency-Key, once",
)
def add_hook(request: HttpRequest, given: HookIn, idempotency_key: IdempotencyKey = "") -> Any:
    integration = None
    if given.integration is not None:
        integration = Integration.objects.filter(name=given.integration[:80]).first()
        if integration is None:
            return problem(404, f"There is no integration {given.integration[:80]}.")
    secret = Secret(given.secret) if given.secret is not None else None
    token = token_of(request)
    known = same_as(given.event, Secret(given.target_url), token, integration) if idempotency_key else None
    if known is not None:
        told = hook_as_document(hooks_that_are().get(pk=known[0].pk))
        return Status(200, {**told, "secret": known[1].reveal()})
    try:
        hook, chosen = subscribe(given.event, Secret(given.target_url), token, integration, secret)
    except HookRefused as error:
        faults = [{"where": "target_url" if error.where == "url" else error.where, "what": str(error)}]
        return problem(422, f"{error} Nothing was made.", faults=faults)
    return Status(201, {**hook_as_document(hook), "secret": chosen.reveal()})


@router.get(
    "", response=list[HookOut], auth=read, summary="The hooks, and whether they take what they are told"
)
def list_hooks(
    request: HttpRequest,
    response: HttpResponse,
    event: Event | None = None,
    integration: Name = "",
    after: Number = None,
    limit: Limit = MOST_HOOKS,
) -> Any:
    rows = hooks_that_are().order_by("pk")
    if event:
        rows = rows.filter(event=event)
    if integration:
        rows = rows.filter(integration__name=integration)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return [hook_as_document(row) for row in page(request, response, rows, limit, "after")]


@router.get(
    "/sample",
    response=list[ProposalOut],
    auth=read,
    summary="What a hook would be told, from the latest runs",
)
def sample(
    request: HttpRequest,
    event: Event,
    integration: Name = "",
) -> Any:
    states = [state for state, name in EVENTS.items() if name == event]
    if event == "draft.decided":
        states = [*RELEASED, Run.State.REJECTED]  # most of what was approved has gone on since
    rows = Run.objects.filter(state__in=states, erased_at=None).order_by("-pk")
    if integration:
        rows = rows.filter(integration__name=integration)
    found = [outcome_of(run) for run in rows.select_related("integration", "review__decided_by")[:LOOKED_AT]]
    # What can still be taken back was told to nobody yet.
    return [one for one in found if one["decided"] or event != "draft.decided"][:SAMPLES]


@router.get(
    "/messages",
    response=MessagePage,
    auth=read,
    summary="What programs were told, by hooks and by callbacks, the newest first",
)
def list_all_messages(
    request: HttpRequest,
    run: Number = None,
    hook: Number = None,
    state: MessageState | None = None,
    before: Number = None,
    limit: Limit = LISTED,
) -> Any:
    rows = Message.objects.select_related("hook").prefetch_related("attempts").order_by("-pk")
    wanted = {"run": run, "hook": hook, "state": state, "pk__lt": before}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    return part(rows, limit, message_as_document)


@router.get(
    "/{hook_id}", response=list[MessageOut], auth=read, summary="What a hook was told, the newest first"
)
def list_messages(
    request: HttpRequest, response: HttpResponse, hook_id: int, before: Number = None, limit: Limit = LISTED
) -> Any:
    hook = _hook(hook_id)
    if hook is None:
        return problem(404, f"There is no hook {hook_id}.")
    rows = hook.messages.select_related("hook").prefetch_related("attempts").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [message_as_document(row) for row in page(request, response, rows, limit)]


@router.post(
    "/{hook_id}/test",
    response=HookTestOut,
    auth=read,
    summary="Send a test to an address, now; what it answered comes back",
)
def test_hook(request: HttpRequest, hook_id: int) -> Any:
    hook = _hook(hook_id)
    if hook is None:
        return problem(404, f"There is no hook {hook_id}.")
    heard = try_out(hook)
    return {"hook": hook.pk, "status": heard.status, "problem": heard.problem or None}


@router.delete("/{hook_id}", response={204: None}, auth=read, summary="Tell an address nothing more")
def remove_hook(request: HttpRequest, hook_id: int) -> Any:
    hook = _hook(hook_id)
    if hook is None:
        return problem(404, f"There is no hook {hook_id}.")
    unsubscribe(hook, person_of(request))
    return Status(204, None)


@router.post(
    "/messages/{message_id}/again", response={202: MessageOut}, auth=read, summary="Send a message once more"
)
def send_again(request: HttpRequest, message_id: int) -> Any:
    message = Message.objects.select_related("hook").filter(pk=number_of(message_id)).first()
    if message is None:
        return problem(404, f"There is no message {message_id}.")
    if not engine.tell_again(message, person_of(request)):
        return problem(409, "It is being sent at this moment. Look again in a minute.")
    message.refresh_from_db()
    return Status(202, message_as_document(message))


def _hook(hook_id: int) -> Hook | None:
    return hooks_that_are().filter(pk=number_of(hook_id)).first()

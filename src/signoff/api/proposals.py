"""Proposals for programs: hand in a record, get the decision back by waiting, by asking, or by being told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict

from signoff.api.finding import number_of, person_of, token_of
from signoff.api.paging import IdempotencyKey, Number, part
from signoff.api.problems import problem
from signoff.api.rights import propose, read_or_propose
from signoff.api.states import RunState
from signoff.api.waiting import wait as wait_for
from signoff.core.secret import Secret
from signoff.engine import hooks as engine
from signoff.hooks.documents import message_as_document
from signoff.hooks.models import Message, Proposal
from signoff.hooks.outcome import outcome_of
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.runs.models import Run

MOST_BYTES = 1_000_000
STATUSES = {"unknown": 404, "not now": 409, "key": 409, "unusable": 422}
LONGEST_WAIT = 25  # seconds; a step of Zapier's ends at 30

router = Router()

Wait = Annotated[int, Query(0, ge=0, le=LONGEST_WAIT, description="Seconds to wait for the decision.")]


class CallbackIn(Schema):
    """
    An address that is told of the decision. `secret` signs it (`whsec_…`); left out, one is made and returned.

    `only_first`: it is told only if nobody else asked for the same before; `asked_before` in the answer says so.
    """

    model_config = ConfigDict(extra="forbid")

    url: str
    secret: str | None = None
    only_first: bool = False


class ProposalIn(Schema):
    """A record for an integration; `draft` is an answer that was written elsewhere, so that no AI is asked."""

    model_config = ConfigDict(extra="forbid")

    integration: str
    record: dict[str, Any]
    draft: dict[str, Any] | None = None
    callback: CallbackIn | None = None


class AttemptOut(Schema):
    """One time that the address was told: the status it answered, or why there is none."""

    begun_at: datetime
    ended_at: datetime | None
    status: int | None
    problem: str | None


class MessageOut(Schema):
    """What an address is told. `webhook_id` stays the same however often it is sent."""

    id: int
    run: int
    hook: int
    host: str
    event: str
    webhook_id: str
    state: str
    problem: str | None
    next_at: datetime | None
    attempts: list[AttemptOut]


class ProposalOut(Schema):
    """
    How a proposal stands. `answer` is there once it is approved and that cannot be taken back any more (`decided`).

    `id` and `run` are null where the integration leaves such a record out (`status` "not wanted").
    """

    id: int | None
    run: int | None
    integration: str
    label: str
    record: dict[str, Any] | None
    status: str
    decided: bool
    answer: dict[str, Any] | None
    edited: bool
    rejected_for: str | None
    decided_by: str | None
    decided_at: datetime | None
    findings: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    problem: str | None
    next_step: str | None
    received_at: datetime | None
    page: str | None


class ProposalMade(ProposalOut):
    """
    The same, and once: the secret that was made for the callback.

    `asked_before`: somebody else asked for the same before. Who asks once more with the address that asked first is
    nobody else.
    """

    callback_secret: str | None = None
    asked_before: bool = False


class ProposalWhole(ProposalOut):
    """The same, with what its callback was told, and each attempt at it."""

    callback: str | None
    messages: list[MessageOut]


class ProposalPage(Schema):
    items: list[ProposalOut]
    next: int | None = None


@router.post(
    "",
    response={200: ProposalMade, 202: ProposalMade},
    auth=propose,
    summary="Hand in a record to be signed off; 202 while it is not decided, 200 when it is or was here before",
)
def make_proposal(
    request: HttpRequest,
    given: ProposalIn,
    wait: Wait = 0,
    idempotency_key: IdempotencyKey = "",
) -> Any:
    if len(request.body) > MOST_BYTES and not _takes_pictures(given.integration):
        return problem(413, f"A record may have {MOST_BYTES // 1000} kB. Nothing was kept of it. Send less.")
    try:
        asked = engine.propose(
            given.integration,
            given.record,
            token_of(request),
            draft=given.draft,
            key=idempotency_key.strip(),
            url=Secret(given.callback.url) if given.callback else None,
            secret=Secret(given.callback.secret) if given.callback and given.callback.secret else None,
            only_first=bool(given.callback and given.callback.only_first),
        )
    except engine.ProposalRefused as refused:
        more = {"faults": refused.faults} if refused.faults else {}
        return problem(STATUSES[refused.why], str(refused), **more)
    if asked.proposal is None:
        return Status(200, _left_out(asked.integration))
    body = outcome_of(wait_for(asked.proposal.run_id, wait))
    secret = asked.secret.reveal() if asked.secret else None
    status = 200 if body["decided"] or not asked.is_new else 202
    return Status(status, {**body, "callback_secret": secret, "asked_before": asked.asked_before})


@router.get("", response=ProposalPage, auth=read_or_propose, summary="Proposals, the newest first")
def list_proposals(
    request: HttpRequest,
    integration: Annotated[str, Query(pattern="^[a-z0-9-]*$", max_length=80)] = "",
    status: RunState | None = None,
    before: Number = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    rows = engine.proposals_of(token_of(request))
    rows = rows.select_related("run__integration", "run__review__decided_by").order_by("-pk")
    if integration:
        rows = rows.filter(run__integration__name=integration)
    if status:
        rows = rows.filter(run__state=status)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return part(rows, limit, lambda one: outcome_of(one.run))


@router.get(
    "/{proposal_id}",
    response={200: ProposalWhole, 202: ProposalWhole},
    auth=read_or_propose,
    summary="How a proposal stands; with wait, 202 when it is not decided in time",
)
def get_proposal(request: HttpRequest, proposal_id: int, wait: Wait = 0) -> Any:
    proposal = _proposal(request, proposal_id)
    if proposal is None:
        return problem(404, f"There is no proposal {proposal_id}.")
    body = _whole(wait_for(proposal.run_id, wait))
    return Status(202 if wait and not body["decided"] else 200, body)


@router.post(
    "/{proposal_id}/callback",
    response={202: ProposalWhole},
    auth=propose,
    summary="Tell the callback once more what was decided, with the same webhook-id",
)
def tell_again(request: HttpRequest, proposal_id: int) -> Any:
    proposal = _proposal(request, proposal_id)
    if proposal is None:
        return problem(404, f"There is no proposal {proposal_id}.")
    message = (
        Message.objects.filter(run=proposal.run_id, hook__run=proposal.run_id).select_related("hook").last()
    )
    if message is None:
        return problem(
            409, "There is nothing to tell again: no address was given, or nothing is decided yet."
        )
    if not engine.tell_again(message, person_of(request)):
        return problem(409, "It is being sent at this moment. Look again in a minute.")
    return Status(202, _whole(wait_for(proposal.run_id, 0)))


def _whole(run: Run) -> dict[str, Any]:
    hook = run.hooks.first()
    messages = Message.objects.filter(hook__run=run).select_related("hook").prefetch_related("attempts")
    return {
        **outcome_of(run),
        "callback": hook.host if hook else None,
        "messages": [message_as_document(one) for one in messages],
    }


def _takes_pictures(name: str) -> bool:
    found = Integration.objects.select_related("current").filter(name=name[:80]).first()
    return bool(found and found.current and read_definition(found.current)[0].prompt.pictures)


def _left_out(integration: Integration) -> dict[str, Any]:
    return {
        "id": None, "run": None, "integration": integration.name, "label": "", "record": None, "status": "not wanted",
        "decided": False, "answer": None, "edited": False, "rejected_for": None, "decided_by": None,
        "decided_at": None, "findings": [], "alarms": [],
        "problem": "The integration's only_if leaves this record out. Nothing was kept.", "next_step": None,
        "received_at": None, "page": None,
    }  # fmt: skip


def _proposal(request: HttpRequest, proposal_id: int) -> Proposal | None:
    return engine.proposals_of(token_of(request)).filter(pk=number_of(proposal_id)).first()

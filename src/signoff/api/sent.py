"""What was sent, for programs: to the AI for a run, and whether a delivery was of which nobody knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from signoff.api.exact import YesNo
from signoff.api.finding import number_of, person_of
from signoff.api.problems import problem
from signoff.api.rights import read, review
from signoff.engine import verbs
from signoff.examples import wanted
from signoff.runs.models import Delivery, Run

router = Router()


class PromptMessageOut(Schema):
    role: str
    text: str


class PromptOut(Schema):
    """
    What was sent to the AI, made anew. `is_same` is false where the company facts have changed since; null: not asked.

    `sources` says where each fact came from.
    """

    model: str
    version: str
    is_same: bool | None
    messages: list[PromptMessageOut]
    sources: dict[str, str]


class SettleIn(Schema):
    """A person's word on a delivery of which nobody knows whether it happened."""

    was_sent: YesNo


@router.get(
    "/runs/{run_id}/prompt",
    response=PromptOut,
    auth=read,
    summary="Exactly what was sent to the AI for a run",
    operation_id="signoff_api_runs_get_prompt",
)
def get_prompt(request: HttpRequest, run_id: int) -> Any:
    run = Run.objects.select_related("integration", "version").filter(pk=number_of(run_id)).first()
    if run is None:
        return problem(404, f"There is no run {run_id}.")
    if run.erased_at is not None:
        return problem(409, f"What run {run_id} held was erased.")
    return wanted.as_document(run, wanted.asked(run))


@router.post(
    "/deliveries/{delivery_id}/settle",
    response={202: None},
    auth=review,
    summary="Say whether an uncertain delivery happened; one that did not is sent, once",
    operation_id="signoff_api_runs_settle_delivery",
)
def settle_delivery(request: HttpRequest, delivery_id: int, given: SettleIn) -> Any:
    if not Delivery.objects.filter(pk=number_of(delivery_id)).exists():
        return problem(404, f"There is no delivery {delivery_id}.")
    if not verbs.settle(delivery_id, given.was_sent, person_of(request)):
        return problem(409, f"Delivery {delivery_id} is not uncertain (any more). Nothing was changed.")
    return Status(202, None)

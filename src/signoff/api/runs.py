"""Runs, for programs: listed, looked at, run again, left as they are, let go on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from signoff.api.finding import NameSought, number_of, person_of
from signoff.api.paging import IdempotencyKey, Limit, part
from signoff.api.problems import problem
from signoff.api.rights import read, review
from signoff.api.states import RunState
from signoff.engine import leaving, verbs
from signoff.runs.models import Run

router = Router()


class RunOut(Schema):
    id: int
    integration: str
    state: str
    label: str
    received_at: datetime
    finished_at: datetime | None
    problem: str | None

    @staticmethod
    def resolve_integration(run: Run) -> str:
        return run.integration.name

    @staticmethod
    def resolve_problem(run: Run) -> str | None:
        return run.problem or None


class DeliveryOut(Schema):
    id: int
    to: str
    state: str
    external_id: str | None
    problem: str | None

    @staticmethod
    def resolve_to(row: Any) -> str:
        return f"{row.connection.name}.{row.action}"


class RunWhole(RunOut):
    record: dict[str, Any]
    answer: dict[str, Any] | None
    findings: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    model: str
    cost_micros: int
    cached_tokens: int
    examples: list[int]
    next_step: str
    deliveries: list[DeliveryOut]

    @staticmethod
    def resolve_deliveries(run: Run) -> list[Any]:
        return list(run.deliveries.select_related("connection"))


class RunPage(Schema):
    items: list[RunOut]
    next: int | None = None


class LeaveIn(Schema):
    """Why it is left: others read it in its history, and in the audit trail."""

    reason: Annotated[str, Field(min_length=1, max_length=leaving.LONGEST_REASON)]


@router.get(
    "", response=RunPage, auth=read, summary="Runs, the newest first", operation_id="signoff_api_v1_list_runs"
)
def list_runs(
    request: HttpRequest,
    state: RunState | None = None,
    integration: NameSought = "",
    upload: int | None = None,
    before: int | None = None,
    limit: Limit = 50,
) -> Any:
    rows = Run.objects.select_related("integration").order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    if integration:
        rows = rows.filter(integration__name=integration)
    if upload is not None:
        rows = rows.filter(upload_rows__upload=number_of(upload), upload_rows__state="taken")
    if before is not None:
        rows = rows.filter(pk__lt=number_of(before))
    return part(rows, limit)


@router.get(
    "/{run_id}",
    response=RunWhole,
    auth=read,
    summary="One run, with all that happened to it",
    operation_id="signoff_api_v1_get_run",
)
def get_run(request: HttpRequest, run_id: int) -> Any:
    run = Run.objects.select_related("integration").filter(pk=number_of(run_id)).first()
    return run or problem(404, f"There is no run {run_id}.")


@router.post(
    "/{run_id}/replay",
    response={202: RunOut, 200: RunOut},
    auth=review,
    summary="Run a record again; once for each Idempotency-Key",
    operation_id="signoff_api_v1_replay_run",
)
def replay_run(request: HttpRequest, run_id: int, idempotency_key: IdempotencyKey = "") -> Any:
    if not Run.objects.filter(pk=number_of(run_id)).exists():
        return problem(404, f"There is no run {run_id}.")
    key = idempotency_key.strip()
    before = verbs.replayed(run_id, key) if key else None
    if before is not None:
        return Status(200, before)
    try:
        run = verbs.replay(run_id, person_of(request), key)
    except LookupError as error:
        return problem(409, f"Run {run_id} was not started: {error}.")
    return Status(202, Run.objects.select_related("integration").get(pk=run.pk))


@router.post(
    "/{run_id}/leave",
    response=RunOut,
    auth=review,
    summary="Leave a run that stopped as it is",
    operation_id="signoff_api_v1_leave_run",
)
def leave_run(request: HttpRequest, run_id: int, given: LeaveIn) -> Any:
    try:
        return _stopped(run_id, leaving.leave(number_of(run_id), person_of(request), given.reason))
    except leaving.NotLeft as error:
        return problem(422, str(error))


@router.post(
    "/{run_id}/resume",
    response=RunOut,
    auth=review,
    summary="Go on from where a run stopped, or was left",
    operation_id="signoff_api_v1_resume_run",
)
def resume_run(request: HttpRequest, run_id: int) -> Any:
    return _stopped(run_id, verbs.resume(number_of(run_id), person_of(request)))


def _stopped(run_id: int, changed: bool) -> Any:
    run = Run.objects.select_related("integration").filter(pk=number_of(run_id)).first()
    if run is None:
        return problem(404, f"There is no run {run_id}.")
    return run if changed else problem(409, f"Run {run_id} is “{run.state}”. Nothing was changed.")

"""The REST API: what a page can do, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import Query, Schema, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from signoff import __version__
from signoff.api import (
    accuracy,
    connections,
    documents,
    drafts,
    facts,
    hooks,
    instead,
    integrations,
    notices,
    offered_tools,
    pictures,
    proposals,
    recipes,
    reviews,
    running,
    runs,
    test_sets,
    uploads,
    versions,
    week,
)
from signoff.api.described import DescribedAPI
from signoff.api.exact import YesNo
from signoff.api.paging import IdempotencyKey, Limit, part
from signoff.api.people import router as people_router
from signoff.api.problems import problem
from signoff.api.reading import TOO_LARGE, StrictParser, words_for
from signoff.api.reviews import ReviewOut, one_of
from signoff.api.rights import Forbidden, read, review
from signoff.api.states import RunState
from signoff.core.errors import SignoffError
from signoff.engine import leaving, verbs
from signoff.integrations.models import Integration
from signoff.review.certificates import NotSigned
from signoff.review.decide import DecisionRefused
from signoff.review.inbox import may_decide
from signoff.runs.backlog import backlog
from signoff.runs.handing_in import UploadRefused
from signoff.runs.models import Run
from signoff.runs.spending import estimate, spending
from signoff.versions.drills import DrillRefused
from signoff.versions.quarterly import NotSigned as QuarterNotSigned

log = structlog.get_logger()

api = DescribedAPI(
    title="Signoff",
    version=__version__,
    description="What a page of Signoff can do, for programs. Every error is a problem document (RFC 9457).",
    docs_url=None,
    urls_namespace="api-v1",
    parser=StrictParser(),
)
api.add_router("/uploads", uploads.router)
api.add_router("/proposals", proposals.router)
api.add_router("/hooks", hooks.router)
api.add_router("/connections", connections.router)
api.add_router("/connections", offered_tools.router)
api.add_router("/documents", documents.router)
api.add_router("", runs.router)
api.add_router("", pictures.router)
api.add_router("", instead.router)
api.add_router("", running.router)
api.add_router("/integrations", accuracy.router)
api.add_router("", versions.router)
api.add_router("/integrations", integrations.router)
api.add_router("", integrations.at_the_root)
api.add_router("/drafts", drafts.router)
api.add_router("", recipes.router)
api.add_router("/facts", facts.router)
api.add_router("/integrations", test_sets.router)
api.add_router("", test_sets.at_the_root)
api.add_router("/reviews", reviews.router)
api.add_router("/away", reviews.away_router)


Name = Annotated[str, Query("", pattern="^[a-z0-9-]*$", max_length=80)]


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


class DecisionIn(Schema):
    """A decision, bound to what was seen: `content_hash` as the review showed it."""

    verdict: Literal["approved", "edited", "rejected"]
    content_hash: str
    content: dict[str, Any] | None = None
    reason: Literal["", "fact", "tone", "not sent", "missing", "other"] = ""


class GradeIn(Schema):
    """Whether a decided draft was wrong, against what its edit or rejection was taken for."""

    is_error: YesNo


class DriftOut(Schema):
    reference: str
    what: str
    breaks: bool
    seen_at: datetime


class IntegrationOut(Schema):
    name: str
    is_on: bool
    version: int | None
    changed_at_apps: list[DriftOut]

    @staticmethod
    def resolve_changed_at_apps(row: Integration) -> Any:
        return list(row.drifts.all())

    @staticmethod
    def resolve_version(row: Integration) -> int | None:
        return row.current.number if row.current else None


@api.get("/runs", response=RunPage, auth=read, summary="Runs, the newest first")
def list_runs(
    request: HttpRequest,
    state: RunState | None = None,
    integration: Name = "",
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
        rows = rows.filter(upload_rows__upload=_id(upload), upload_rows__state="taken")
    if before is not None:
        rows = rows.filter(pk__lt=_id(before))
    return part(rows, limit)


@api.get("/runs/{run_id}", response=RunWhole, auth=read, summary="One run, with all that happened to it")
def get_run(request: HttpRequest, run_id: int) -> Any:
    run = Run.objects.select_related("integration").filter(pk=_id(run_id)).first()
    return run or problem(404, f"There is no run {run_id}.")


@api.post(
    "/runs/{run_id}/replay",
    response={202: RunOut, 200: RunOut},
    auth=review,
    summary="Run a record again; once for each Idempotency-Key",
)
def replay_run(request: HttpRequest, run_id: int, idempotency_key: IdempotencyKey = "") -> Any:
    if not Run.objects.filter(pk=_id(run_id)).exists():
        return problem(404, f"There is no run {run_id}.")
    key = idempotency_key.strip()
    before = verbs.replayed(run_id, key) if key else None
    if before is not None:
        return Status(200, before)
    try:
        run = verbs.replay(run_id, _person(request), key)
    except LookupError as error:
        return problem(409, f"Run {run_id} was not started: {error}.")
    return Status(202, Run.objects.select_related("integration").get(pk=run.pk))


@api.post("/runs/{run_id}/leave", response=RunOut, auth=review, summary="Leave a run that stopped as it is")
def leave_run(request: HttpRequest, run_id: int, given: LeaveIn) -> Any:
    try:
        return _stopped(run_id, leaving.leave(_id(run_id), _person(request), given.reason))
    except leaving.NotLeft as error:
        return problem(422, str(error))


@api.post(
    "/runs/{run_id}/resume",
    response=RunOut,
    auth=review,
    summary="Go on from where a run stopped, or was left",
)
def resume_run(request: HttpRequest, run_id: int) -> Any:
    return _stopped(run_id, verbs.resume(_id(run_id), _person(request)))


def _stopped(run_id: int, changed: bool) -> Any:
    run = Run.objects.select_related("integration").filter(pk=_id(run_id)).first()
    if run is None:
        return problem(404, f"There is no run {run_id}.")
    return run if changed else problem(409, f"Run {run_id} is “{run.state}”. Nothing was changed.")


@api.get("/reviews/{int:review_id}", response=ReviewOut, auth=review, summary="One draft beside its record")
def get_review(request: HttpRequest, review_id: int) -> Any:
    return one_of(_person(request), _id(review_id))


@api.post(
    "/reviews/{review_id}/decision",
    response=ReviewOut,
    auth=review,
    summary="Approve, edit or reject a draft",
)
def decide(request: HttpRequest, review_id: int, decision: DecisionIn) -> Any:
    verbs.decide(
        _id(review_id),
        decision.verdict,
        _person(request),
        decision.content_hash,
        decision.content,
        decision.reason,
    )
    return get_review(request, review_id)


@api.post(
    "/reviews/{review_id}/undo", response=ReviewOut, auth=review, summary="Take a decision back in time"
)
def undo(request: HttpRequest, review_id: int) -> Any:
    verbs.undo(_id(review_id), _person(request))
    return get_review(request, review_id)


@api.post(
    "/reviews/{review_id}/grade",
    response=ReviewOut,
    auth=review,
    summary="Say whether a decided draft was wrong",
)
def grade(request: HttpRequest, review_id: int, given: GradeIn) -> Any:
    verbs.regrade(_id(review_id), given.is_error, _person(request))
    return get_review(request, review_id)


class BacklogOut(Schema):
    """What waits for one AI, and when it will be done at the pace that is allowed."""

    connection: str
    waiting: int
    oldest: datetime | None
    per_minute: float | None
    done_at: datetime | None
    held_until: datetime | None
    held_why: str
    in_batches: int
    batches_by: datetime | None


class SumOut(Schema):
    """What some answers used and cost: tokens, and millionths of a US dollar by list prices."""

    answers: int
    drafts: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_micros: int
    saved_micros: int
    cost_each_micros: int


class DaySum(SumOut):
    day: date


class IntegrationSum(SumOut):
    """`name` is null for trials of what is only being built."""

    name: str | None


class ModelSum(SumOut):
    model: str


class PurposeSum(SumOut):
    what: str


class EstimateOut(Schema):
    """What a record and a month cost; `measured` on drafts of the last 30 days, else worked out from the prompt."""

    model: str
    measured: bool
    drafts: int
    cost_each_micros: int
    records_a_month: int | None
    cost_a_month_micros: int | None
    has_price: bool


class CostOut(Schema):
    since: date
    until: date
    total: SumOut
    days: list[DaySum]
    integrations: list[IntegrationSum]
    models: list[ModelSum]
    purposes: list[PurposeSum]
    without_price: list[str]
    expected: dict[str, EstimateOut]


@api.get("/cost", response=CostOut, auth=read, summary="What the AI has cost, and what it will")
def get_cost(
    request: HttpRequest, integration: Name = "", days: Annotated[int, Query(30, ge=1, le=366)] = 30
) -> Any:
    one = (
        Integration.objects.select_related("current").filter(name=integration).first()
        if integration
        else None
    )
    if integration and one is None:
        return problem(404, f"There is no integration {integration}.")
    shown = [one] if one else list(Integration.objects.select_related("current"))
    expected = {row.name: guess.as_document() for row in shown if (guess := estimate(row)) is not None}
    return spending(one, days).as_document() | {"expected": expected}


@api.get("/queue", response=list[BacklogOut], auth=read, summary="What waits, and until when")
def list_queue(request: HttpRequest) -> Any:
    return backlog()


@api.get("/integrations", response=list[IntegrationOut], auth=read, summary="The integrations")
def list_integrations(request: HttpRequest) -> Any:
    return Integration.objects.select_related("current").prefetch_related("drifts")


api.add_router("", people_router)
api.add_router("/notices", notices.router(read, review))
api.add_router("/week", week.router)


@api.exception_handler(DecisionRefused)
def _refused(request: HttpRequest, error: DecisionRefused) -> HttpResponse:
    if error.review is None:
        return problem(404, str(error))
    return problem(409 if may_decide(_person(request), error.review) else 403, str(error))


@api.exception_handler(NotSigned)
def _not_signed(request: HttpRequest, error: NotSigned) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(DrillRefused)
def _not_drilled(request: HttpRequest, error: DrillRefused) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(QuarterNotSigned)
def _quarter_not_signed(request: HttpRequest, error: QuarterNotSigned) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(UploadRefused)
def _not_begun(request: HttpRequest, error: UploadRefused) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(SignoffError)
def _known(request: HttpRequest, error: SignoffError) -> HttpResponse:
    return problem(422, f"{error.owner_message} {error.next_step}")


@api.exception_handler(AuthenticationError)
def _unknown_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, "Send a token of this Signoff: Authorization: Bearer so_…")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Forbidden)
def _forbidden(request: HttpRequest, error: Forbidden) -> HttpResponse:
    log.warning("the API refused for want of a right", path=request.path)
    return problem(403, str(error))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": fault["msg"]}
        for fault in error.errors
    ]
    return problem(422, "Something in the request does not fit.", faults=faults)


@api.exception_handler(HttpError)
def _not_so(request: HttpRequest, error: HttpError) -> HttpResponse:
    unread = words_for(error.__cause__)
    return problem(*unread) if unread else problem(error.status_code, f"{error.message}.")


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, TOO_LARGE)


@api.exception_handler(MultiPartParserError)
@api.exception_handler(BadRequest)
@api.exception_handler(SuspiciousOperation)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, "The request cannot be read. Send what the description of the API says, as UTF-8.")


@api.exception_handler(UnreadablePostError)
def _broken_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem(400, "The request did not arrive whole. Send it again.")


@api.exception_handler(Exception)
def _surprise(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("the API failed", path=request.path, error=type(error).__name__)
    return problem(500, "Something went wrong on our side. Nothing was decided. Try again later.")


@csrf_exempt  # a program has no page to take a mark from, and nothing is done here
def anything_else(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer for an address that the API does not have, as the API answers."""
    return problem(404, f"The API has no /api/{path[:200]}. Its description: /api/v1/openapi.json")


def _person(request: HttpRequest) -> Any:
    return request.auth.person  # type: ignore[attr-defined]  # set by ninja from what `authenticate` returned


def _id(number: int) -> int:
    """Return a number as an id that the database can hold; one that is too large is simply not found."""
    return number if -(2**63) <= number < 2**63 else 0

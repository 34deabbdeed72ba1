"""Test sets for programs: cases from reviewed runs and tables, and tests that replay them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from pydantic import Field

from signoff.accounts.audit import note
from signoff.api.exact import Whole
from signoff.api.finding import integration_named, number_of, person_of
from signoff.api.paging import Limit, part
from signoff.api.problems import problem
from signoff.api.rights import build, read
from signoff.engine import proofs
from signoff.proving import cases, prove, tables
from signoff.proving.models import Case, Proof
from signoff.proving.telling import case_document, proof_document
from signoff.review.models import Review
from signoff.sheets.tables import TOO_LARGE_MARK

LISTED = 100
Name = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]+$")]
Names = Annotated[list[Name], Field(max_length=20)]

router = Router(tags=["test sets"])
at_the_root = Router(tags=["test sets"])


class CaseOut(Schema):
    """`expected` is the answer that was approved, null where `verdict` is "rejected", for `reason`."""

    id: int
    run: int | None
    label: str
    verdict: str
    reason: str | None
    record: dict[str, Any]
    expected: dict[str, Any] | None


class CasePage(Schema):
    items: list[CaseOut]
    next: int | None = None


class CasesIn(Schema):
    """Which reviewed runs become cases: these `runs`, or so many of the `latest` that are none yet."""

    runs: Annotated[list[int], Field(max_length=500)] = []
    latest: Annotated[Whole, Field(ge=0, le=500)] = 0


class KeptOut(Schema):
    """The new test cases; `left_out` counts the rows of a table that had no answer."""

    kept: list[int]
    left_out: int = 0


class EvalIn(Schema):
    """
    What to replay the cases with: the integration as it is, or `models` in place of its own ("cheaper": its own and
    those of the same AI that cost less), `examples` (numbers of approved answers to show) side by side; `against` are
    versions or models beside it. `fail_on`: "error>5%"; if it is empty, each of several models has to be without an
    error.
    """

    against: Names = []
    models: Names = []
    examples: Annotated[list[int], Field(max_length=5)] = []
    fail_on: Names = []


class EvalOut(Schema):
    """`state` is running, done or stopped; `left` says how many answers are still to come."""

    proof: int
    integration: str
    state: str
    made_at: datetime
    finished_at: datetime | None
    left: int
    ok: bool
    fail_on: list[str]
    candidates: list[dict[str, Any]]
    cheapest_that_passes: str | None


class EvalWhole(EvalOut):
    rows: list[dict[str, Any]]


@router.get(
    "/{name}/cases",
    response=CasePage,
    auth=read,
    summary="The test cases of an integration",
    operation_id="signoff_api_test_sets_list_cases",
)
def list_cases(request: HttpRequest, name: str, after: int = 0, limit: Limit = 50) -> Any:
    rows = Case.objects.filter(integration=integration_named(name), pk__gt=number_of(after)).order_by("pk")
    return part(rows, limit, case_document)


@router.post(
    "/{name}/cases",
    response=KeptOut,
    auth=build,
    summary="Keep reviewed runs as test cases",
    operation_id="signoff_api_test_sets_keep_cases",
)
def keep_cases(request: HttpRequest, name: str, given: CasesIn) -> Any:
    integration = integration_named(name)
    if bool(given.runs) == bool(given.latest):
        return problem(422, "Say which `runs`, or how many of the `latest`.")
    if given.latest:
        kept = cases.keep_latest(integration, person_of(request), most=given.latest)
        return {"kept": [case.pk for case in kept]}
    wanted = [number_of(one) for one in dict.fromkeys(given.runs)]
    rows = Review.objects.filter(run__integration=integration, run_id__in=wanted).select_related("run")
    reviews = {row.run_id: row for row in rows.order_by("pk")}
    undecided = [one for one in wanted if one not in reviews or not cases.is_decided(reviews[one])]
    if undecided:
        said = ", ".join(str(one) for one in undecided)
        return problem(
            409, f"Not decided by a person, erased, or not of {name}: run {said}. Nothing was kept."
        )
    made = [cases.keep(reviews[one], person_of(request)) for one in wanted]
    return {"kept": [case.pk for case in made if case]}


@router.post(
    "/{name}/cases/import",
    response={201: KeptOut},
    auth=build,
    summary="Import test cases from a table (CSV or Excel)",
    operation_id="signoff_api_test_sets_import_cases",
)
def import_cases(request: HttpRequest, name: str, file: Annotated[UploadedFile | None, File()] = None) -> Any:
    integration = integration_named(name)
    if getattr(request, TOO_LARGE_MARK, False) or (file and (file.size or 0) > tables.MOST_FILE_BYTES):
        return problem(413, "This file is too large. Nothing was imported. Divide it.")
    if file is None:
        return problem(422, "Send the table as a file named `file` (multipart/form-data).")
    try:
        made = tables.import_table(integration, file.read(), person_of(request))
    except tables.CasesRefused as refused:
        faults = [{"what": one} for one in refused.faults]
        return problem(422, "This table does not fit. Nothing was imported.", faults=faults)
    return Status(201, {"kept": [case.pk for case in made.cases], "left_out": made.left_out})


@router.delete(
    "/{name}/cases/{case_id}",
    response={204: None},
    auth=build,
    summary="Remove a test case, with its record",
    operation_id="signoff_api_test_sets_remove_case",
)
def remove_case(request: HttpRequest, name: str, case_id: int) -> Any:
    rows = Case.objects.filter(integration=integration_named(name), pk=number_of(case_id))
    if not cases.remove(rows, person_of(request)):
        return problem(404, f"{name} has no test case {case_id}.")
    return Status(204, None)


@router.get(
    "/{name}/evals",
    response=list[EvalOut],
    auth=read,
    summary="The tests of an integration, the newest first",
    operation_id="signoff_api_test_sets_list_evals",
)
def list_evals(request: HttpRequest, name: str) -> Any:
    rows = Proof.objects.filter(integration=integration_named(name)).select_related("integration")
    return [_out(row) for row in rows[:LISTED]]


@router.post(
    "/{name}/evals",
    response={202: EvalOut},
    auth=build,
    summary="Replay the test cases; nothing is sent",
    operation_id="signoff_api_test_sets_start_eval",
)
def start_eval(request: HttpRequest, name: str, given: EvalIn) -> Any:
    integration = integration_named(name)
    try:
        proof = proofs.start(
            integration,
            against=given.against,
            models=given.models,
            examples=given.examples,
            fail_on=given.fail_on,
            person=person_of(request),
        )
    except prove.ProofRefused as refused:
        return problem(409, str(refused))
    return Status(202, _out(proof))


@at_the_root.get(
    "/evals/{proof_id}",
    response=EvalWhole,
    auth=read,
    summary="How a test came out, as far as it is",
    operation_id="signoff_api_test_sets_get_eval",
)
def get_eval(request: HttpRequest, proof_id: int) -> Any:
    return _out(_proof(proof_id))


@at_the_root.post(
    "/evals/{proof_id}/stop",
    response=EvalOut,
    auth=build,
    summary="Stop a test; what was asked stays",
    operation_id="signoff_api_test_sets_stop_eval",
)
def stop_eval(request: HttpRequest, proof_id: int) -> Any:
    proof = _proof(proof_id)
    if prove.stop(proof.pk):
        note(
            person_of(request),
            "stopped a test of",
            f"integration {proof.integration.name}",
            {"proof": proof.pk},
        )
    return _out(_proof(proof_id))


def _proof(proof_id: int) -> Proof:
    found = Proof.objects.select_related("integration").filter(pk=number_of(proof_id)).first()
    if found is None:
        raise HttpError(404, f"There is no test {proof_id}")
    return found


def _out(proof: Proof) -> dict[str, Any]:
    left = proof.replays.filter(state__in=("waiting", "asking")).count()
    made = {"made_at": proof.made_at, "finished_at": proof.finished_at, "left": left}
    return {**proof_document(proof), **made}

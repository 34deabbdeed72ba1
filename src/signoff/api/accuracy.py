"""How often an integration is wrong, and its autopilot, for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from signoff.accounts.models import Person
from signoff.api.finding import person_of
from signoff.api.problems import problem
from signoff.api.rights import read, review, sign
from signoff.engine import proofs, verbs
from signoff.integrations.models import Integration
from signoff.proving.prove import ProofRefused
from signoff.review.certificates import certificate
from signoff.review.telling import as_document

router = Router()


class AccuracyOut(Schema):
    """
    Rates, bounds and limits are shares from 0 to 1; `limit` is null where the file asks for no autopilot.

    `clean_reviews_needed` is null where no number is enough, because no planted draft was noticed and none is to come.
    `by_reviewer` is filled for an owner's token. `before` is the way in which drafts were made before, `replayed` what
    replaying decided records told of the present one.
    """

    integration: str
    state: str
    reviews: int
    errors: int
    rate: float | None
    between: list[float] | None
    upper_bound: float
    limit: float | None
    audit: float | None
    clean_reviews_needed: int | None
    passed_over: int
    flagged: int
    reworded: int
    overruled: int
    rejected_for: dict[str, int]
    errors_by_kind: dict[str, int]
    errors_by_field: dict[str, int]
    unread: int
    planted: dict[str, Any] | None
    by_model: list[dict[str, Any]]
    by_reviewer: list[dict[str, Any]]
    before: dict[str, Any] | None
    replayed: dict[str, Any] | None
    weeks: list[dict[str, Any]]
    fingerprint: str | None
    model: str | None
    certificate: dict[str, Any] | None
    last_ended: dict[str, Any] | None


class SignatureIn(Schema):
    """What an owner signs for: `fingerprint` as the accuracy showed it."""

    fingerprint: str


@router.get("/{name}/accuracy", response=AccuracyOut, auth=read, summary="How often an integration is wrong")
def accuracy(request: HttpRequest, name: str) -> Any:
    row = Integration.objects.select_related("current").filter(name=name).first()
    if row is None:
        return problem(404, f"There is no integration {name[:80]}.")
    return as_document(certificate(row), with_people=person_of(request).role == Person.Role.OWNER)


@router.post(
    "/{name}/accuracy/replay",
    response={202: AccuracyOut},
    auth=review,
    summary="Replay decided records through what is in force",
)
def replay(request: HttpRequest, name: str) -> Any:
    row = Integration.objects.select_related("current").filter(name=name).first()
    if row is None:
        return problem(404, f"There is no integration {name[:80]}.")
    try:
        proofs.warm_start(row, person_of(request))
    except ProofRefused as refused:
        return problem(409, str(refused))
    return Status(202, accuracy(request, name))


@router.post("/{name}/autopilot", response=AccuracyOut, auth=sign, summary="Sign for autopilot, as an owner")
def promote(request: HttpRequest, name: str, given: SignatureIn) -> Any:
    if not Integration.objects.filter(name=name).exists():
        return problem(404, f"There is no integration {name[:80]}.")
    verbs.promote(name, person_of(request), given.fingerprint)
    return accuracy(request, name)


@router.post("/{name}/autopilot/withdraw", response=AccuracyOut, auth=review, summary="Take autopilot back")
def withdraw(request: HttpRequest, name: str) -> Any:
    if not Integration.objects.filter(name=name).exists():
        return problem(404, f"There is no integration {name[:80]}.")
    verbs.withdraw(name, person_of(request))
    return accuracy(request, name)

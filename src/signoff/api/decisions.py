"""One draft, for programs: seen beside its record, decided on, taken back, graded."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from signoff.api.exact import YesNo
from signoff.api.finding import number_of, person_of
from signoff.api.reviews import ReviewOut, one_of
from signoff.api.rights import review
from signoff.engine import verbs

router = Router()


class DecisionIn(Schema):
    """A decision, bound to what was seen: `content_hash` as the review showed it."""

    verdict: Literal["approved", "edited", "rejected"]
    content_hash: str
    content: dict[str, Any] | None = None
    reason: Literal["", "fact", "tone", "not sent", "missing", "other"] = ""


class GradeIn(Schema):
    """Whether a decided draft was wrong, against what its edit or rejection was taken for."""

    is_error: YesNo


@router.get(
    "/{int:review_id}",
    response=ReviewOut,
    auth=review,
    summary="One draft beside its record",
    operation_id="signoff_api_v1_get_review",
)
def get_review(request: HttpRequest, review_id: int) -> Any:
    return one_of(person_of(request), number_of(review_id))


@router.post(
    "/{review_id}/decision",
    response=ReviewOut,
    auth=review,
    summary="Approve, edit or reject a draft",
    operation_id="signoff_api_v1_decide",
)
def decide(request: HttpRequest, review_id: int, decision: DecisionIn) -> Any:
    verbs.decide(
        number_of(review_id),
        decision.verdict,
        person_of(request),
        decision.content_hash,
        decision.content,
        decision.reason,
    )
    return get_review(request, review_id)


@router.post(
    "/{review_id}/undo",
    response=ReviewOut,
    auth=review,
    summary="Take a decision back in time",
    operation_id="signoff_api_v1_undo",
)
def undo(request: HttpRequest, review_id: int) -> Any:
    verbs.undo(number_of(review_id), person_of(request))
    return get_review(request, review_id)


@router.post(
    "/{review_id}/grade",
    response=ReviewOut,
    auth=review,
    summary="Say whether a decided draft was wrong",
    operation_id="signoff_api_v1_grade",
)
def grade(request: HttpRequest, review_id: int, given: GradeIn) -> Any:
    verbs.regrade(number_of(review_id), given.is_error, person_of(request))
    return get_review(request, review_id)

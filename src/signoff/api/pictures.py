"""The pictures of a record, for programs."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from signoff.api.finding import number_of, person_of
from signoff.api.problems import problem
from signoff.api.rights import read_or_review
from signoff.review.mine import looked_at_by, pictures_of

router = Router()


class PictureOut(Schema):
    """A picture: the field of the record that held or named it, its type, and its size in bytes."""

    id: int
    name: str
    media_type: str
    size: int


@router.get(
    "/runs/{run_id}/pictures",
    response=list[PictureOut],
    auth=read_or_review,
    summary="The pictures of a record",
)
def list_pictures(request: HttpRequest, run_id: int) -> Any:
    number, person = number_of(run_id), person_of(request)
    found = pictures_of(person, number).annotate(size=Length("data")).defer("data").order_by("pk")
    if not found and not looked_at_by(person).filter(pk=number).exists():
        return problem(404, f"There is no run {run_id}.")
    return list(found)


@router.get(
    "/runs/{run_id}/pictures/{picture_id}", auth=read_or_review, summary="One picture of a record, as it came"
)
def get_picture(request: HttpRequest, run_id: int, picture_id: int) -> HttpResponse:
    found = pictures_of(person_of(request), number_of(run_id)).filter(pk=number_of(picture_id)).first()
    if found is None:
        return problem(404, f"Run {run_id} has no picture {picture_id}.")
    # It came from outside, so in a browser it may do nothing but be looked at.
    answer = HttpResponse(bytes(found.data), content_type=found.media_type)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer

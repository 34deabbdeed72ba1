"""A text that the app has approved, in place of an answer that came too late, for programs."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from signoff.api.finding import number_of, person_of
from signoff.api.problems import problem
from signoff.api.rights import review
from signoff.connectors.base import Approved
from signoff.engine import verbs
from signoff.review.mine import runs_of
from signoff.runs.instead import approved, can_be_replaced
from signoff.runs.models import Delivery

PLAIN = r"^[^\x00]*$"
NOTHING_WAITS = "Nothing waits for a template here (any more). Nothing was sent."

router = Router()


class TemplateOut(Schema):
    """A text that the app has approved, with `blanks` to fill in: {{1}}, {{2}} and so on."""

    key: str
    label: str
    text: str
    blanks: int


class TemplateIn(Schema):
    """Which text, what stands in its blanks, and its `text` as it was seen: another one than that is not sent."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(max_length=700, pattern=PLAIN)]
    text: Annotated[str, Field(max_length=10_000)]
    values: Annotated[list[Annotated[str, Field(max_length=2000, pattern=PLAIN)]], Field(max_length=50)] = []


@router.get(
    "/deliveries/{delivery_id}/templates",
    response=list[TemplateOut],
    auth=review,
    summary="The approved texts that may go in place of an answer that came too late",
)
def list_templates(request: HttpRequest, delivery_id: int) -> Any:
    delivery = _waiting(request, delivery_id)
    if delivery is None:
        return problem(404, f"There is no delivery {delivery_id}.")
    if not can_be_replaced(delivery, delivery.run):
        return problem(409, NOTHING_WAITS)
    return [_as_document(one) for one in approved(delivery.connection)]


@router.post(
    "/deliveries/{delivery_id}/template",
    response={202: None},
    auth=review,
    summary="Send an approved text in place of an answer that came too late, once",
)
def send_template(request: HttpRequest, delivery_id: int, given: TemplateIn) -> Any:
    delivery = _waiting(request, delivery_id)
    if delivery is None:
        return problem(404, f"There is no delivery {delivery_id}.")
    if not can_be_replaced(delivery, delivery.run):
        return problem(409, NOTHING_WAITS)
    chosen = next((one for one in approved(delivery.connection) if one.key == given.key), None)
    if chosen is None:
        return problem(422, "The app has approved no such text. Nothing was sent. Look at the list.")
    if chosen.text != given.text:
        return problem(
            409, "This text is another one than you saw. Nothing was sent. Look at the list again."
        )
    values = [value.strip() for value in given.values]
    if len(values) != chosen.blanks() or not all(values):
        words = f"This text has {chosen.blanks()} blanks. Give a word for each. Nothing was sent."
        return problem(422, words, faults=[{"where": "values", "what": words}])
    if not verbs.send_instead(delivery.pk, chosen, values, person_of(request)):
        return problem(409, NOTHING_WAITS)
    return Status(202, None)


def _waiting(request: HttpRequest, delivery_id: int) -> Delivery | None:
    """Return a delivery of a run that the token's person may see."""
    rows = Delivery.objects.select_related("connection", "run")
    return rows.filter(pk=number_of(delivery_id), run__in=runs_of(person_of(request))).first()


def _as_document(one: Approved) -> dict[str, Any]:
    return {"key": one.key, "label": one.label, "text": one.text, "blanks": one.blanks()}

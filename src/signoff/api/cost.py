"""What the AI costs, for programs: what was spent, on what, and what a record and a month will cost."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from signoff.api.finding import NameSought
from signoff.api.problems import problem
from signoff.api.rights import read
from signoff.integrations.models import Integration
from signoff.runs.spending import estimate, spending

router = Router()


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


@router.get(
    "",
    response=CostOut,
    auth=read,
    summary="What the AI has cost, and what it will",
    operation_id="signoff_api_v1_get_cost",
)
def get_cost(
    request: HttpRequest, integration: NameSought = "", days: Annotated[int, Query(30, ge=1, le=366)] = 30
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

"""Company facts for programs: one edit for all integrations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from signoff.api.exact import Day, Whole
from signoff.api.finding import person_of, printable
from signoff.api.problems import problem
from signoff.api.rights import build, read
from signoff.integrations import usage
from signoff.integrations.facts import FACT_NAME
from signoff.integrations.writing import clean
from signoff.prompts.facts import read_statements
from signoff.prompts.models import Fact
from signoff.prompts.stating import state

MOST_STATEMENTS = 20
MOST_CHARACTERS = 20_000

router = Router(tags=["building"])


class StatementIn(Schema):
    """A text, and the first and the last day on which it holds; without: since ever, or until further notice."""

    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None


class FactIn(Schema):
    """All that a fact says. `version` as you saw it: a fact that was changed since then stays as it is."""

    statements: Annotated[list[StatementIn], Field(min_length=1, max_length=MOST_STATEMENTS)]
    version: Whole | None = None


class FactOut(Schema):
    """`today` is null when nothing holds today; `used_by` are the integrations that tell it to their AI."""

    name: str
    version: int
    today: str | None
    statements: list[dict[str, str]]
    used_by: list[str]


@router.get("", response=list[FactOut], auth=read, summary="The company facts, with their days")
def list_facts(request: HttpRequest) -> Any:
    used = usage.facts_used()
    return [_out(fact, used) for fact in Fact.objects.all()]


@router.get("/{name}", response=FactOut, auth=read, summary="One company fact")
def get_fact(request: HttpRequest, name: str) -> Any:
    return _out(_fact(name), usage.facts_used())


@router.put(
    "/{name}",
    response={200: FactOut, 201: FactOut},
    auth=build,
    summary="Let a company fact say this from now on",
)
def put_fact(request: HttpRequest, name: str, given: FactIn) -> Any:
    if not FACT_NAME.fullmatch(name):
        return problem(422, "The name of a fact may hold letters, digits and hyphens only, at most 60.")
    rows = [
        {"text": clean(one.text).strip(), "from": _iso(one.from_), "until": _iso(one.until)}
        for one in given.statements
    ]
    try:
        statements = read_statements(rows)
    except ValueError as error:
        return problem(422, f"{name} {error}. Nothing was changed.")
    with transaction.atomic():
        before = Fact.objects.select_for_update().filter(name=name).first()
        now = before.number if before else 0
        if given.version is not None and given.version != now:
            return problem(
                409, f"{name} is at version {now} now. Read it again. Nothing was changed.", version=now
            )
        state(name, statements, person_of(request))
    told = _out(_fact(name), usage.facts_used())
    return told if before else Status(201, told)


@router.delete("/{name}", response={204: None}, auth=build, summary="Remove a fact that no integration uses")
def remove_fact(request: HttpRequest, name: str) -> Any:
    fact = _fact(name)
    try:
        usage.forget_fact(fact.name, person_of(request))
    except usage.FactInUse as refused:
        return problem(409, str(refused), used_by=refused.used_by)
    return Status(204, None)


def _fact(name: str) -> Fact:
    found = Fact.objects.filter(name=name).first() if FACT_NAME.fullmatch(name) else None
    if found is None:
        raise HttpError(404, f"There is no company fact {printable(name)}")
    return found


def _out(fact: Fact, used: dict[str, list[str]]) -> dict[str, Any]:
    return {**fact.as_document(), "used_by": used.get(fact.name, [])}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""

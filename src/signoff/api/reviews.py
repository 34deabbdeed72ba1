"""The inbox, for programs: drafts that wait, whose they are, and what can be done with them beside deciding."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from signoff.accounts.cover import NotCovered, end_away, set_away
from signoff.accounts.models import Away, Person
from signoff.api.exact import Day, Whole
from signoff.api.finding import number_of, person_of
from signoff.api.paging import Limit, part
from signoff.api.problems import problem
from signoff.api.rights import review
from signoff.engine import verbs
from signoff.integrations.models import Integration
from signoff.review import assigning, bulk, comparing
from signoff.review.inbox import Wanted, is_looked_at, may_decide, reviews_of, waiting_for
from signoff.review.models import Review
from signoff.review.planting import told
from signoff.review.reading import opened

router = Router(auth=review)
away_router = Router(auth=review)

PLAIN = r"^[^\x00]*$"
Hash = Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]*$")]


class PlantedOut(Schema):
    """
    Of a decided draft that was wrong on purpose: in `field` it said `now` where `was` was right.

    `noticed` is null where that says nothing of anybody: it was approved together with others, or it is another draft
    of such a record (`is_copy`).
    """

    noticed: bool | None
    is_copy: bool
    field: str
    was: str
    now: str


class ReviewOut(Schema):
    """
    One draft. `content` is what is decided on, and what `content_hash` stands for: the AI's answer, or what the first
    of two people made of it. `drift` is what its app says of the record since, as far as it was asked.
    """

    id: int
    run: int
    integration: str
    label: str
    state: str
    record: dict[str, Any]
    content: dict[str, Any]
    content_hash: str
    findings: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    verdict: str | None
    decided_by: str | None
    is_error: bool | None
    changed: list[dict[str, Any]]
    unread: bool
    planted: PlantedOut | None
    created_at: datetime
    due_at: datetime | None
    assigned_to: str | None
    assigned_how: str
    four_eyes: bool
    first_by: str | None
    looking: str | None
    asked_again: bool
    drift: list[dict[str, Any]]
    is_gone: bool
    compared_at: datetime | None

    @staticmethod
    def resolve_content(row: Review) -> Any:
        return row.shown_content

    @staticmethod
    def resolve_assigned_to(row: Review) -> str | None:
        return row.assigned_to.email if row.assigned_to else None

    @staticmethod
    def resolve_first_by(row: Review) -> str | None:
        return str(row.first_by) if row.first_by else None

    @staticmethod
    def resolve_looking(row: Review) -> str | None:
        return str(row.looking) if row.looking and is_looked_at(row) else None

    @staticmethod
    def resolve_asked_again(row: Review) -> bool:
        return row.again_at is not None

    @staticmethod
    def resolve_run(row: Review) -> int:
        return row.run_id

    @staticmethod
    def resolve_integration(row: Review) -> str:
        return row.run.integration.name

    @staticmethod
    def resolve_label(row: Review) -> str:
        return row.run.label

    @staticmethod
    def resolve_record(row: Review) -> Any:
        return row.run.record

    @staticmethod
    def resolve_findings(row: Review) -> Any:
        return row.run.findings

    @staticmethod
    def resolve_alarms(row: Review) -> Any:
        return row.run.alarms

    @staticmethod
    def resolve_verdict(row: Review) -> str | None:
        return row.verdict or None

    @staticmethod
    def resolve_planted(row: Review) -> Any:
        return told(row)

    @staticmethod
    def resolve_decided_by(row: Review) -> str | None:
        return str(row.decided_by) if row.decided_by else None


class ReviewPage(Schema):
    items: list[ReviewOut]
    next: int | None = None


class AgainIn(Schema):
    """What should be otherwise in the next draft; bound to what was seen, as a decision is."""

    content_hash: str
    note: Annotated[str, Field(min_length=1, max_length=1000, pattern=PLAIN)]


class DraftSeenIn(Schema):
    """Bound to what was seen: `content_hash` as the review showed it."""

    content_hash: str


class AssignIn(Schema):
    """The e-mail address of whoever is to decide; null: nobody in particular."""

    to: Annotated[str, Field(max_length=254, pattern=PLAIN)] | None


class ComparedOut(Schema):
    """What the app says now of a draft's record; `problem` says why nothing is known, "" where it is."""

    drift: list[dict[str, Any]]
    is_gone: bool
    problem: str


class TogetherIn(Schema):
    """Drafts to approve at once, each bound to the hash of what was seen."""

    id: Whole
    content_hash: Hash


class ManyIn(Schema):
    drafts: Annotated[list[TogetherIn], Field(max_length=bulk.MOST_AT_ONCE)]


class RefusedOut(Schema):
    id: int
    why: str


class BulkOut(Schema):
    """`planted`: which of the approved were wrong on purpose; nothing of them is sent."""

    approved: list[int]
    planted: list[int]
    refused: list[RefusedOut]


class UndoManyIn(Schema):
    drafts: Annotated[list[int], Field(min_length=1, max_length=bulk.MOST_AT_ONCE)]


class UndoneOut(Schema):
    back: list[int]
    refused: list[RefusedOut]


class OfferOut(Schema):
    """Which drafts of an integration may be approved at once, the oldest 200; `why` says why none may."""

    count: int
    drafts: list[ReviewOut]
    why: str


class AwayOut(Schema):
    """When somebody is out of office, both days included, and who decides in their place; null: they are here."""

    from_on: date | None
    until_on: date | None
    cover: str | None


class AwayIn(Schema):
    from_on: Day
    until_on: Day
    cover: Annotated[str, Field(max_length=254, pattern=PLAIN)]


@router.get("", response=ReviewPage, summary="Drafts that wait, the oldest first")
def list_reviews(
    request: HttpRequest,
    state: Literal["waiting", "decided", "withdrawn", "again"] = "waiting",
    integration: Annotated[str, Query("", max_length=60, pattern=PLAIN)] = "",
    flagged: bool = False,
    overdue: bool = False,
    who: Annotated[str, Query("", max_length=254, pattern=PLAIN)] = "",
    q: Annotated[str, Query("", max_length=200, pattern=PLAIN)] = "",
    after: int = 0,
    limit: Limit = 50,
) -> Any:
    person, wanted = person_of(request), Wanted(integration, flagged, overdue, who, q)
    rows = (
        waiting_for(person, wanted) if state == "waiting" else reviews_of(person, wanted).filter(state=state)
    )
    rows = rows.filter(pk__gt=number_of(after)).select_related(*WITH)
    return part(rows.order_by("pk"), limit)


@router.get("/together", response=OfferOut, summary="Drafts that may be approved at once")
def offer(request: HttpRequest, integration: Annotated[str, Query(max_length=60, pattern=PLAIN)]) -> Any:
    row = Integration.objects.select_related("current").filter(name=integration).first()
    if row is None:
        return problem(404, f"There is no integration {integration}.")
    rows = bulk.together(row, person_of(request)).select_related(*WITH)
    return {
        "count": rows.count(),
        "drafts": list(rows[: bulk.MOST_AT_ONCE]),
        "why": bulk.certificate_for(row)[1],
    }


@router.post("/together", response=BulkOut, summary="Approve several drafts under their certificate")
def approve_together(request: HttpRequest, given: ManyIn) -> Any:
    done = verbs.approve_together(
        [(number_of(one.id), one.content_hash) for one in given.drafts], person_of(request)
    )
    return {
        "approved": [one.pk for one in done.approved],
        "planted": [one.pk for one in done.planted],
        "refused": [{"id": number, "why": why} for number, why in done.refused],
    }


@router.post("/together/undo", response=UndoneOut, summary="Take several decisions back in time")
def undo_together(request: HttpRequest, given: UndoManyIn) -> Any:
    done = verbs.undo_together([number_of(one) for one in given.drafts], person_of(request))
    return {
        "back": [one.pk for one in done.back],
        "refused": [{"id": number, "why": why} for number, why in done.refused],
    }


@router.post("/{review_id}/again", response=ReviewOut, summary="Have a draft written again, with a note")
def ask_again(request: HttpRequest, review_id: int, given: AgainIn) -> Any:
    verbs.ask_again(number_of(review_id), person_of(request), given.content_hash, given.note)
    return one_of(person_of(request), number_of(review_id))


@router.post(
    "/{review_id}/compare", response=ComparedOut, summary="Ask the app whether the record has changed"
)
def compare(request: HttpRequest, review_id: int) -> Any:
    found = comparing.look(number_of(review_id), person_of(request))
    if found.review is None or not may_decide(person_of(request), found.review):
        return problem(404, f"There is no draft {review_id}.")
    return {"drift": found.drift, "is_gone": found.is_gone, "problem": found.problem}


@router.post(
    "/{review_id}/redraft", response=ReviewOut, summary="Have a draft written from the record as it is now"
)
def redraft(request: HttpRequest, review_id: int, given: DraftSeenIn) -> Any:
    verbs.draft_again(number_of(review_id), person_of(request), given.content_hash)
    return one_of(person_of(request), number_of(review_id))


@router.post("/{review_id}/assign", response=ReviewOut, summary="Say who is to decide on a draft")
def assign(request: HttpRequest, review_id: int, given: AssignIn) -> Any:
    to = None
    if given.to is not None:
        to = Person.objects.filter(email=given.to.strip().lower(), is_active=True).first()
        if to is None:
            return problem(422, "Nobody here has that e-mail address. Nothing was changed.")
    try:
        assigning.assign(number_of(review_id), to, person_of(request))
    except assigning.NotAssigned as error:
        return problem(409, str(error))
    return one_of(person_of(request), number_of(review_id))


@away_router.get("", response=AwayOut, summary="When I am out of office")
def away(request: HttpRequest) -> Any:
    row = Away.objects.select_related("cover").filter(person=person_of(request)).first()
    if row is None:
        return {"from_on": None, "until_on": None, "cover": None}
    return {"from_on": row.from_on, "until_on": row.until_on, "cover": row.cover.email}


@away_router.post("", response=AwayOut, summary="Say when I am out of office, and who decides for me")
def be_away(request: HttpRequest, given: AwayIn) -> Any:
    cover = Person.objects.filter(email=given.cover.strip().lower(), is_active=True).first()
    if cover is None:
        return problem(422, "Nobody here has that e-mail address. Nothing was changed.")
    try:
        set_away(person_of(request), given.from_on, given.until_on, cover)
    except NotCovered as error:
        return problem(422, str(error))
    return away(request)


@away_router.delete("", response=AwayOut, summary="Say that I am back")
def be_back(request: HttpRequest) -> Any:
    end_away(person_of(request))
    return away(request)


WITH = ("run__integration", "decided_by", "assigned_to", "first_by", "looking")


def one_of(person: Person, review_id: int) -> Any:
    """Return one draft that this person may decide on, or the answer that there is none."""
    row = reviews_of(person).select_related(*WITH).filter(pk=review_id).first()
    if row is not None:
        opened(row, person)
    return row or problem(404, f"There is no draft {review_id}.")

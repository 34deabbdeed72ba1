"""For programs: what ends when and whom it stops, drills of replacements, and the quarterly review."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from signoff.api.exact import Whole
from signoff.api.finding import number_of, person_of
from signoff.api.problems import problem
from signoff.api.rights import build, people, propose, read, sign
from signoff.engine import drills as running
from signoff.integrations.models import Integration
from signoff.versions import changelogs, drills, look, quarterly, subscriptions, telling
from signoff.versions.models import Drill

router = Router()


class SnapshotOut(Schema):
    model: str
    answers: int
    last_at: str


class UseOut(Schema):
    """
    One model, API version or key in use. `ends_on` is null where no day is known; `stops` are integrations that are on.

    `perhaps`: the end may not come at all. `says`: what the vendor says of it, in its own words.
    """

    kind: str
    connection: str
    app: str
    what: str
    ends_on: str | None
    in_days: int | None
    over: bool
    perhaps: bool
    says: str
    source: str | None
    checked_on: str | None
    replacement: str
    integrations: list[str]
    stops: list[str]
    snapshots: list[SnapshotOut]


class VersionsOut(Schema):
    as_of: str
    uses: list[UseOut]
    announcements: list[dict[str, Any]]


class LookedOut(Schema):
    """How many AIs were asked for their models, and how many new entries in changelogs name what is used."""

    asked: int
    news: int


class DrillIn(Schema):
    """Either `model`, at the same AI or another `connection`, or `api_version` of the app behind `connection`."""

    model: str = ""
    connection: str = ""
    api_version: str = ""
    records: Whole = drills.RECORDS


class DrillOut(Schema):
    """`now` and `replacement` are the figures of both, side by side; `holds` is null while it runs."""

    drill: int
    integration: str
    kind: str
    connection: str
    from_: str = Field(alias="from")
    to: str
    state: str
    records: int
    passed: int
    holds: bool | None
    says: str
    now: dict[str, Any] | None
    replacement: dict[str, Any] | None
    reviewed: dict[str, Any] | None
    checks: list[dict[str, Any]]
    sent: int
    switched_at: str | None
    switched_to: int | None
    rolled_back_at: str | None


class QuarterlyOut(Schema):
    """`seen` names the list as it stands; send it along to sign what you saw and nothing else."""

    quarter: str
    due_on: str
    due: bool
    signed: dict[str, Any] | None
    to_look_at: int
    seen: str
    points: list[dict[str, Any]]
    earlier: list[dict[str, Any]]


class QuarterlyIn(Schema):
    seen: str
    looked_at: list[str] = []
    remarks: str = ""


class AddressOut(Schema):
    """The address is shown this once; the one before opens nothing any more."""

    address: str


@router.get(
    "/versions", response=VersionsOut, auth=read, summary="What ends when, and which integrations it stops"
)
def versions(request: HttpRequest) -> Any:
    return telling.as_document()


@router.get(
    "/integrations/{name}/drills",
    response=list[DrillOut],
    by_alias=True,
    auth=read,
    summary="Drills, the newest first",
)
def listing(request: HttpRequest, name: str) -> Any:
    integration = _integration(name)
    if integration is None:
        return _no_integration(name)
    rows = Drill.objects.filter(integration=integration).select_related("integration", "proof")[:50]
    return [drills.as_document(row) for row in rows]


@router.post(
    "/integrations/{name}/drills",
    response={202: DrillOut},
    by_alias=True,
    auth=propose,
    summary="Try a replacement; nothing is sent",
)
def start(request: HttpRequest, name: str, given: DrillIn) -> Any:
    integration = _integration(name)
    if integration is None:
        return _no_integration(name)
    row = running.start(
        integration,
        model=given.model,
        connection=given.connection,
        api_version=given.api_version,
        person=person_of(request),
        most=given.records,
    )
    return Status(202, drills.as_document(row))


@router.get(
    "/drills/{id}", response=DrillOut, by_alias=True, auth=read, summary="One drill, as far as it has come"
)
def one(request: HttpRequest, id: int) -> Any:
    row = _drill(id)
    return drills.as_document(row) if row else problem(404, f"There is no drill {id}.")


@router.post("/drills/{id}/stop", response=DrillOut, by_alias=True, auth=propose, summary="Stop a drill")
def stop(request: HttpRequest, id: int) -> Any:
    row = _drill(id)
    if row is None:
        return problem(404, f"There is no drill {id}.")
    drills.stop(row)
    row.refresh_from_db()
    return drills.as_document(row)


@router.post(
    "/drills/{id}/switch",
    response=DrillOut,
    by_alias=True,
    auth=propose,
    summary="Put what was tried into force",
)
def switch(request: HttpRequest, id: int) -> Any:
    row = _drill(id)
    return (
        drills.as_document(running.switch(row, person_of(request)))
        if row
        else problem(404, f"There is no drill {id}.")
    )


@router.post(
    "/drills/{id}/roll-back",
    response=DrillOut,
    by_alias=True,
    auth=propose,
    summary="Put what was before into force again",
)
def roll_back(request: HttpRequest, id: int) -> Any:
    row = _drill(id)
    return (
        drills.as_document(running.roll_back(row, person_of(request)))
        if row
        else problem(404, f"There is no drill {id}.")
    )


@router.get("/quarterly", response=QuarterlyOut, auth=people, summary="The quarterly review, from the facts")
def review(request: HttpRequest) -> Any:
    return quarterly.as_document()


@router.post("/quarterly", response=QuarterlyOut, auth=sign, summary="Sign the quarterly review, as an owner")
def sign_review(request: HttpRequest, given: QuarterlyIn) -> Any:
    quarterly.sign(person_of(request), given.seen, given.looked_at, given.remarks)
    return quarterly.as_document()


@router.post(
    "/versions/calendar", response=AddressOut, auth=read, summary="An address for a calendar program"
)
def subscribe(request: HttpRequest) -> Any:
    return {"address": subscriptions.subscribe(person_of(request)).reveal()}


@router.post(
    "/versions/look",
    response=LookedOut,
    auth=build,
    summary="Ask every AI for its models and read the changelogs, now",
)
def look_now(request: HttpRequest) -> Any:
    return {"asked": look.look_at_models(now=True), "news": changelogs.read_all(now=True)}


@router.delete("/versions/calendar", response={204: None}, auth=read, summary="End that address")
def unsubscribe(request: HttpRequest) -> Any:
    subscriptions.unsubscribe(person_of(request))
    return Status(204, None)


def _integration(name: str) -> Integration | None:
    return Integration.objects.select_related("current").filter(name=name).first()


def _no_integration(name: str) -> Any:
    return problem(404, f"There is no integration {name[:80]}.")


def _drill(id: int) -> Drill | None:
    return Drill.objects.select_related("integration", "version", "proof").filter(pk=number_of(id)).first()

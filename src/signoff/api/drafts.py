"""What is being built, for programs: drafts are files as far as they go, in force nowhere."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from signoff.api.exact import Whole, YesNo
from signoff.api.finding import integration_named, number_of, person_of
from signoff.api.integrations import FileText, TrialOut, applied_out, refused, tried
from signoff.api.problems import problem
from signoff.api.rights import build
from signoff.engine import verbs
from signoff.integrations import drafts, starting
from signoff.integrations.definition import read_definition
from signoff.integrations.difference import differences
from signoff.integrations.models import Draft, Integration
from signoff.runs import samples

router = Router(auth=build, tags=["building"])


class DraftIn(Schema):
    """
    What to begin with: a starting point ("follow-up", "nothing"), a `file`, or an `integration` that is to be changed.

    Of an integration there is one draft: the one that is there is given back.
    """

    start: Annotated[str, Field(max_length=40)] = ""
    file: FileText = ""
    integration: str = ""


class KeepIn(Schema):
    """The whole file as it is now; `revision` as it was read."""

    file: FileText
    revision: Whole


class ForceIn(Schema):
    """`revision` as it was read: what somebody else has changed since does not come into force unseen."""

    revision: Whole
    turn_on: YesNo = False


class DraftTryIn(Schema):
    """
    A record, or the `key` of one of the draft's records; `ask: false` only shows what the AI would receive.

    With the `draft` of an answer no AI is asked: it is held to the form of the answer and checked.
    """

    record: dict[str, Any] | None = None
    draft: dict[str, Any] | None = None
    key: Annotated[str, Field(max_length=200)] = ""
    ask: YesNo = True


class FaultOut(Schema):
    where: str
    what: str


class DraftOut(Schema):
    """`changes` is the integration that it will change, null for a new one."""

    id: int
    name: str | None
    changes: str | None
    revision: int
    changed_at: str
    changed_by: str | None


class DraftWhole(DraftOut):
    """`faults` is what is missing or wrong, `differences` what it would change, in sentences."""

    file: str
    faults: list[FaultOut]
    differences: list[str]


class StartOut(Schema):
    """`lacks`: what has to be connected first."""

    key: str
    title: str
    about: str
    lacks: list[str]


class RecordOut(Schema):
    key: str
    label: str
    at: str | None


class RecordsOut(Schema):
    items: list[RecordOut]
    problem: str | None


@router.get("/starts", response=list[StartOut], summary="Starting points, those that can begin at once first")
def list_starts(request: HttpRequest) -> Any:
    return [
        {
            "key": one.point.key,
            "title": str(one.point.title),
            "about": str(one.point.about),
            "lacks": list(one.lacks),
        }
        for one in starting.offered()
    ]


@router.get("", response=list[DraftOut], summary="Drafts, the latest first")
def list_drafts(request: HttpRequest) -> Any:
    return [drafts.as_document(row) for row in _rows()]


@router.post(
    "", response={201: DraftWhole, 200: DraftWhole}, summary="Begin a draft, or get the one of an integration"
)
def begin(request: HttpRequest, given: DraftIn) -> Any:
    if [bool(given.start), bool(given.file), bool(given.integration)].count(True) != 1:
        return problem(422, "Say with one of `start`, `file` or `integration` what the draft begins with.")
    if given.integration:
        integration = integration_named(given.integration)
        had = Draft.objects.filter(integration=integration).exists()
        found = drafts.of(integration, person_of(request))
        return whole(found) if had else Status(201, whole(found))
    if given.file:
        faults = drafts.faults_of_form(given.file)
        if faults:
            return refused(faults, "This file cannot be read, so no draft was begun.")
        return Status(201, whole(drafts.begin_with(given.file, person_of(request))))
    known = [one.key for one in starting.POINTS] + ["nothing"]
    if given.start not in known:
        return problem(422, f"There is no such starting point. There are: {', '.join(known)}.")
    data = starting.data_for(given.start)
    data["name"] = drafts.free_name(str(data.get("name") or ""))
    return Status(201, whole(drafts.begin(data, person_of(request))))


@router.get("/{draft_id}", response=DraftWhole, summary="A draft as its file, with all that is missing")
def get_draft(request: HttpRequest, draft_id: int) -> Any:
    return whole(_draft(draft_id))


@router.put("/{draft_id}", response=DraftWhole, summary="Keep what a draft says now")
def put_draft(request: HttpRequest, draft_id: int, given: KeepIn) -> Any:
    found = _draft(draft_id)
    faults = drafts.faults_of_form(given.file)
    if faults:
        return refused(faults, "This file cannot be read, so the draft stays as it was.")
    if not drafts.keep_text(found, given.file, given.revision, person_of(request)):
        return _overtaken(found)
    return whole(found)


@router.get("/{draft_id}/records", response=RecordsOut, summary="Real records that a draft can be tried on")
def list_records(request: HttpRequest, draft_id: int) -> Any:
    found = _draft(draft_id)
    records, trouble = samples.samples(drafts.data_of(found.source), found.integration)
    items = [
        {"key": one.key, "label": one.label, "at": one.at.isoformat() if one.at else None} for one in records
    ]
    return {"items": items, "problem": trouble or None}


@router.post(
    "/{draft_id}/try", response=TrialOut, summary="Try a draft on a record; nothing is stored or sent"
)
def try_draft(request: HttpRequest, draft_id: int, given: DraftTryIn) -> Any:
    found = _draft(draft_id)
    looked = drafts.look(found.source, found.integration)
    if looked.definition is None:
        return problem(422, "It cannot be tried yet.", faults=[one.as_document() for one in looked.faults])
    data = drafts.data_of(found.source)
    record = given.record
    if given.key:
        record = samples.record_of(given.key, looked.definition, data, found.integration)
    if not record:
        return problem(422, "Send a `record` with names and values, or the `key` of one that is still there.")
    return tried(looked.definition, record, found.integration, ask=given.ask, draft=given.draft)


@router.post("/{draft_id}/apply", summary="Put a draft into force as a file would be; it is gone then")
def put_into_force(request: HttpRequest, draft_id: int, given: ForceIn) -> Any:
    found = _draft(draft_id)
    if given.revision != found.revision:
        return _overtaken(found)
    looked = drafts.look(found.source, found.integration)
    if looked.faults:
        return problem(
            422,
            "It cannot come into force yet. Nothing was changed.",
            faults=[one.as_document() for one in looked.faults],
        )
    try:
        result = verbs.put_draft_into_force(found, person_of(request), turn_on=given.turn_on)
    except LookupError:
        return _overtaken(found)
    if result.faults:
        return refused(result.faults)
    name = result.applied[0].name
    return {**applied_out(result), "is_on": Integration.objects.get(name=name).is_on}


@router.delete("/{draft_id}", response={204: None}, summary="Throw a draft away; what is in force stays")
def forget(request: HttpRequest, draft_id: int) -> Any:
    drafts.forget(_draft(draft_id), person_of(request))
    return Status(204, None)


def _rows() -> Any:
    return Draft.objects.select_related("integration__current", "changed_by")


def _draft(draft_id: int) -> Draft:
    found: Draft | None = _rows().filter(pk=number_of(draft_id)).first()
    if found is None:
        raise HttpError(404, f"There is no draft {draft_id}")
    return found


def whole(found: Draft) -> dict[str, Any]:
    """Return a draft with its file, and all that is missing in it."""
    looked = drafts.look(found.source, found.integration)
    current = found.integration.current if found.integration else None
    before = read_definition(current)[0] if current else None
    return {
        **drafts.as_document(found),
        "file": found.source,
        "faults": [one.as_document() for one in looked.faults],
        "differences": differences(before, looked.definition) if before and looked.definition else [],
    }


def _overtaken(found: Draft) -> Any:
    found.refresh_from_db()
    who = found.changed_by or "Somebody"
    return problem(
        409,
        f"{who} has changed this draft meanwhile: it is at revision {found.revision} now. Read it again. Nothing was "
        "changed.",
        revision=found.revision,
    )

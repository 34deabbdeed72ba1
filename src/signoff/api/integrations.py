"""Integrations for programs that build: files put into force, the switch, versions, the coach, a trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from signoff.api.exact import Whole, YesNo
from signoff.api.finding import integration_named, number_of, person_of
from signoff.api.problems import problem
from signoff.api.rights import build, read
from signoff.connections.models import Connection
from signoff.engine import verbs
from signoff.integrations import difference, drift
from signoff.integrations.apply import Applied, definition_in
from signoff.integrations.coaching import remarks_on
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.file import MOST_CHARACTERS, FileFault, read_text, read_texts
from signoff.integrations.models import Integration, Version
from signoff.integrations.signing import OWN_SECRET
from signoff.integrations.usage import why_not_yet
from signoff.runs.models import Run
from signoff.runs.opinion import second_opinion
from signoff.runs.trial import received_by_ai

MOST_FILES = 100
TRIAL_ID = "trial"  # stands in for the id that an app gives each record
NOTHING_CHANGED = "Nothing was changed."

router = Router(tags=["building"])
at_the_root = Router(tags=["building"])

FileText = Annotated[str, Field(max_length=MOST_CHARACTERS)]


class FileIn(Schema):
    """One integration as a file (docs/integration-files.md)."""

    file: FileText
    dry_run: YesNo = False


class FilesIn(Schema):
    """Files that come into force together, or not at all; each may hold several integrations, or company facts."""

    files: Annotated[list[FileText], Field(min_length=1, max_length=MOST_FILES)]
    dry_run: YesNo = False


class AppliedOneOut(Schema):
    """`signing_secret` is there once, when it was just made; `notes` are no faults."""

    name: str
    changed: bool
    webhook_url: str | None
    difference: list[str] = []
    notes: list[str] = []
    signing_secret: str | None = None


class AppliedOut(Schema):
    applied: list[AppliedOneOut]
    faults: list[dict[str, Any]] = []


class FileOut(Schema):
    name: str
    is_on: bool
    version: int
    hash: str
    file: str


class NotYetOut(Schema):
    says: str
    do: str


class SwitchedOut(Schema):
    """`not_yet`: what keeps it from doing its work although it is on."""

    name: str
    is_on: bool
    not_yet: list[NotYetOut]


class SecretOut(Schema):
    name: str
    signing_secret: str


class VersionOut(Schema):
    """`changes` says in sentences what it changed against the version before."""

    number: int
    hash: str
    made_at: str
    made_by: str | None
    in_force: bool
    changes: list[str]


class VersionWhole(VersionOut):
    """`back` says what going back to it would change now."""

    file: str
    back: list[str]


class ChangesOut(Schema):
    name: str
    in_force: int
    versions: list[dict[str, Any]]


class RollbackIn(Schema):
    to: Whole


class RollbackOut(Schema):
    name: str
    to: int
    version: int
    changed: bool


class RemarksOut(Schema):
    remarks: list[dict[str, str]]
    second_opinion: dict[str, Any] | None = None


class CoachIn(Schema):
    """A file that need not be in force; with `second_opinion` its AI is asked as well, which costs a little."""

    file: FileText
    second_opinion: YesNo = False


class TryIn(Schema):
    """
    A record, or the `run` whose record is taken; `ask: false` only shows what the AI would receive.

    With a `draft` (or that of the run) no AI is asked: it is held to the form of the answer and checked.
    """

    record: dict[str, Any] | None = None
    draft: dict[str, Any] | None = None
    run: Whole | None = None
    ask: YesNo = True


class TrialOut(Schema):
    """Nothing was stored or sent. `problem` says why there is no answer; `prompt` is what the AI received."""

    ok: bool
    answer: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = []
    alarms: list[dict[str, Any]] = []
    repaired: bool = False
    seconds: float = 0
    cost_micros: int = 0
    model: str = ""
    problem: str | None = None
    prompt: str


class DriftsOut(Schema):
    integration: str
    changed_at_apps: list[dict[str, Any]]


@at_the_root.post(
    "/apply", response=AppliedOut, auth=build, summary="Put files into force, all or none; dry_run only looks"
)
def apply_files(request: HttpRequest, given: FilesIn) -> Any:
    documents = [
        document
        for number, text in enumerate(given.files, start=1)
        for document in read_texts(text, f"file {number}" if len(given.files) > 1 else "file")
    ]
    return _applied(verbs.put_into_force(documents, person_of(request), dry_run=given.dry_run))


@at_the_root.get("/export", auth=read, summary="Integrations as one file; no secret is in it")
def export(request: HttpRequest, name: Annotated[list[str], Query(default_factory=list)]) -> HttpResponse:
    rows = Integration.objects.exclude(current=None).select_related("current")
    if name:
        rows = rows.filter(pk__in=[integration_named(one).pk for one in name])
    text = "\n---\n".join(row.current.source.strip() for row in rows if row.current)
    return HttpResponse(text + "\n" if text else "", content_type="application/yaml; charset=utf-8")


@at_the_root.post(
    "/coach", response=RemarksOut, auth=build, summary="What is vague in a prompt that is being written"
)
def coach_file(request: HttpRequest, given: CoachIn) -> Any:
    document = read_text(given.file, "file")
    definition = definition_in(document)
    if definition is None:
        return refused(document.faults, "This file has faults, so the coach has not read it.")
    return _remarks(definition, given.second_opinion)


@router.get("/{name}/file", response=FileOut, auth=read, summary="An integration as its file")
def get_file(request: HttpRequest, name: str) -> Any:
    integration, version = _in_force(name)
    return {
        "name": integration.name,
        "is_on": integration.is_on,
        "version": version.number,
        "hash": version.hash,
        "file": version.source,
    }


@router.put(
    "/{name}/file",
    response=AppliedOut,
    auth=build,
    summary="Let an integration say what a file says; made where missing",
)
def put_file(request: HttpRequest, name: str, given: FileIn) -> Any:
    document = read_text(given.file, "file")
    written = document.data.get("name") if isinstance(document.data, Mapping) else None
    if not document.faults and written != name:
        document.fault(
            ("name",), f"This file is named `{str(written)[:80]}`, and the address says `{name[:80]}`."
        )
    if document.faults:
        return refused(document.faults)
    return _applied(verbs.put_into_force([document], person_of(request), dry_run=given.dry_run))


@router.post("/{name}/on", response=SwitchedOut, auth=build, summary="Switch an integration on, with review")
def switch_on(request: HttpRequest, name: str) -> Any:
    return _switched(request, name, on=True)


@router.post(
    "/{name}/off",
    response=SwitchedOut,
    auth=build,
    summary="Switch an integration off; what is under way ends",
)
def switch_off(request: HttpRequest, name: str) -> Any:
    return _switched(request, name, on=False)


@router.post(
    "/{name}/secret",
    response=SecretOut,
    auth=build,
    summary="Choose another secret for its webhook, shown once",
)
def new_secret(request: HttpRequest, name: str) -> Any:
    integration, version = _in_force(name)
    source = read_definition(version)[0].record
    if source.signed not in OWN_SECRET or source.from_ is not None:
        return problem(409, f"{name} has no secret of ours. {NOTHING_CHANGED}")
    return {
        "name": name,
        "signing_secret": verbs.new_signing_secret(integration, person_of(request)).reveal(),
    }


@router.post(
    "/{name}/drift", response=DriftsOut, auth=build, summary="Ask the apps whether their fields have changed"
)
def look_for_drift(request: HttpRequest, name: str) -> Any:
    integration, _version = _in_force(name)
    return _drifts(integration, drift.look(integration))


@router.post(
    "/{name}/take-over",
    response=DriftsOut,
    auth=build,
    summary="Put it in force again with the apps' fields as they are",
)
def take_over(request: HttpRequest, name: str) -> Any:
    integration, _version = _in_force(name)
    faults = drift.take_over(integration, person_of(request)).faults
    return refused(faults) if faults else _drifts(integration, integration.drifts.all())


@router.get(
    "/{name}/versions", response=list[VersionOut], auth=read, summary="Its versions, the newest first"
)
def list_versions(request: HttpRequest, name: str) -> Any:
    integration, current = _in_force(name)
    said = {one["to"]: one["changes"] for one in difference.told(integration)}
    rows = integration.versions.select_related("made_by").order_by("-number")
    return [_version_out(row, current, said.get(row.number, [])) for row in rows]


@router.get("/{name}/versions/{number}", response=VersionWhole, auth=read, summary="One version, as its file")
def get_version(request: HttpRequest, name: str, number: int) -> Any:
    integration, current = _in_force(name)
    row = _numbered(integration, number)
    if row is None:
        return problem(404, f"{name} has no version {number}.")
    before = _numbered(integration, number - 1)
    said = difference.differences(*_both(before, row)) if before else []
    back = difference.differences(*_both(current, row))
    return {**_version_out(row, current, said), "file": row.source, "back": back}


@router.get(
    "/{name}/changes", response=ChangesOut, auth=read, summary="What changed between versions, in sentences"
)
def changes(
    request: HttpRequest,
    name: str,
    first: Annotated[int | None, Query(alias="from")] = None,
    last: Annotated[int | None, Query(alias="to")] = None,
) -> Any:
    integration, current = _in_force(name)
    try:
        told = difference.told(integration, first, last)
    except LookupError as error:
        return problem(404, str(error))
    return {"name": name, "in_force": current.number, "versions": told}


@router.post(
    "/{name}/rollback", response=RollbackOut, auth=build, summary="Put an earlier version into force again"
)
def rollback(request: HttpRequest, name: str, given: RollbackIn) -> Any:
    integration, _version = _in_force(name)
    if _numbered(integration, given.to) is None:
        return problem(404, f"{name} has no version {given.to}. {NOTHING_CHANGED}")
    result = verbs.go_back(integration, given.to, person_of(request))
    if result.faults:
        return refused(result.faults, f"Version {given.to} does not fit any more. {NOTHING_CHANGED}")
    _integration, version = _in_force(name)
    return {"name": name, "to": given.to, "version": version.number, "changed": result.applied[0].changed}


@router.get("/{name}/coach", response=RemarksOut, auth=read, summary="What is vague in its prompt")
def coach(request: HttpRequest, name: str) -> Any:
    return _remarks(read_definition(_in_force(name)[1])[0], False)


@router.post(
    "/{name}/coach", response=RemarksOut, auth=build, summary="The same, and its AI is asked as well"
)
def coach_twice(request: HttpRequest, name: str) -> Any:
    integration, version = _in_force(name)
    return _remarks(read_definition(version)[0], True, integration)


@router.post(
    "/{name}/try", response=TrialOut, auth=build, summary="Try one record; nothing is stored or sent"
)
def try_record(request: HttpRequest, name: str, given: TryIn) -> Any:
    integration, version = _in_force(name)
    record, draft = given.record, given.draft
    if given.run is not None:
        rows = integration.runs.filter(erased_at=None)
        run = rows.filter(pk=number_of(given.run)).first()
        record = run.record if isinstance(run, Run) else None
        draft = draft if draft is not None or not isinstance(run, Run) else run.given_draft
    if not record:
        return problem(
            422, "Send a `record` with names and values, or a `run` of this integration to take it from."
        )
    return tried(read_definition(version)[0], record, integration, ask=given.ask, draft=draft)


def tried(
    definition: Definition,
    record: Mapping[str, Any],
    integration: Integration | None,
    *,
    ask: bool,
    draft: Mapping[str, Any] | None = None,
) -> Any:
    """Return what a definition makes of a record and its draft, or what the AI would receive of it."""
    source = definition.record
    stand_in = {"id": TRIAL_ID} if source.from_ and source.when != "webhook" else {}
    record, contract = {**stand_in, **record}, definition.contract()
    if not ask:
        return {"ok": True, "prompt": received_by_ai(definition, contract, record)}
    try:
        trial = verbs.trial_of(definition, contract, record, integration, draft)
    except Connection.DoesNotExist:
        return problem(409, "A connection of this integration is missing. Connect it first.")
    return {**trial.as_document(), "prompt": trial.prompt_text}


def refused(faults: list[FileFault], why: str = "") -> HttpResponse:
    """Return the problem document for faults in files, each with its line."""
    return problem(
        422,
        why or f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in what was sent. {NOTHING_CHANGED}",
        faults=[{"file": one.file, "line": one.line, "what": one.what} for one in sorted(set(faults))],
    )


def _applied(result: Applied) -> Any:
    return refused(result.faults) if result.faults else applied_out(result)


def applied_out(result: Applied) -> dict[str, Any]:
    """Return what came into force; a secret that was just made is in it, this once."""
    return {
        "applied": [
            {
                "name": one.name,
                "changed": one.changed,
                "webhook_url": one.webhook_url,
                "difference": list(one.difference),
                "notes": list(one.notes),
                "signing_secret": one.signing_secret.reveal() if one.signing_secret else None,
            }
            for one in result.applied
        ]
    }


def _in_force(name: str) -> tuple[Integration, Version]:
    integration = integration_named(name)
    if integration.current is None:
        raise HttpError(409, f"{name} is empty. Put its file into force first")
    return integration, integration.current


def _switched(request: HttpRequest, name: str, *, on: bool) -> Any:
    integration = integration_named(name)
    if integration.is_on != on:  # pressed twice, it stands once in the trail
        verbs.switch(integration, on, person_of(request))
    lacking = why_not_yet(read_definition(integration.current)[0]) if integration.current else []
    return {
        "name": name,
        "is_on": integration.is_on,
        "not_yet": [{"says": one.says, "do": one.do} for one in lacking],
    }


def _drifts(integration: Integration, rows: Any) -> dict[str, Any]:
    told = [
        {
            "reference": row.reference,
            "what": row.what,
            "breaks": row.breaks,
            "seen_at": row.seen_at.isoformat(),
        }
        for row in rows
    ]
    return {"integration": integration.name, "changed_at_apps": told}


def _numbered(integration: Integration, number: int) -> Version | None:
    if not 0 < number < 2**31:
        return None
    return integration.versions.select_related("made_by").filter(number=number).first()


def _both(before: Version, after: Version) -> tuple[Definition, Definition]:
    return read_definition(before)[0], read_definition(after)[0]


def _version_out(row: Version, current: Version, changes: list[str]) -> dict[str, Any]:
    return {
        "number": row.number,
        "hash": row.hash,
        "made_at": row.made_at.isoformat(),
        "made_by": str(row.made_by) if row.made_by else None,
        "in_force": row.pk == current.pk,
        "changes": changes,
    }


def _remarks(definition: Definition, asks: bool, integration: Integration | None = None) -> dict[str, Any]:
    return {
        "remarks": [one.as_document() for one in remarks_on(definition)],
        "second_opinion": second_opinion(definition, integration).as_document() if asks else None,
    }

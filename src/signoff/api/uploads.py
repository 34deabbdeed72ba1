"""Spreadsheets for programs: hand one in, see how far it is, take the results away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from signoff.api.finding import number_of, person_of
from signoff.api.paging import Limit, Number, page
from signoff.api.problems import problem
from signoff.api.rights import propose, read
from signoff.engine import uploads as engine
from signoff.integrations.models import Integration
from signoff.review.results import results
from signoff.runs import uploads
from signoff.runs.models import Upload
from signoff.sheets.tables import MOST_BYTES, TOO_LARGE_MARK, Choices
from signoff.sheets.writing import as_csv, as_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTED = 100

router = Router()


class UploadIn(Schema):
    """
    A table for an integration. `map` holds `column=field` for columns whose names do not say it.

    `repeat` says what becomes of rows that came in before, `dry_run` only asks what would come in.
    """

    integration: str = ""
    map: list[str] = []
    repeat: Literal["", "new", "all"] = ""
    dry_run: bool = False
    sheet: str = ""
    header_row: int | None = None
    encoding: str = ""
    delimiter: str = ""


class UploadOut(Schema):
    """How far a table has come. `rows` by what became of them, `runs` by state."""

    id: int
    integration: str
    name: str
    state: str
    count: int
    mapping: dict[str, str]
    made_by: str | None
    made_at: datetime
    finished_at: datetime | None
    problem: str | None
    rows: dict[str, int]
    runs: dict[str, int]


class PreviewOut(Schema):
    """What a table would bring; nothing has begun. `problems` are what keeps it from that, in sentences."""

    takes_in: int
    fits: int
    known: int
    count: int
    columns: list[str]
    mapping: dict[str, str]
    left_out: list[dict[str, Any]]
    empty_rows: list[int]
    notes: list[str]
    problems: list[str]
    cost_micros: int | None
    days: int | None


@router.post(
    "",
    response={202: UploadOut, 200: PreviewOut},
    auth=propose,
    summary="Hand in a spreadsheet; with dry_run, ask what it would bring",
)
def take_table(
    request: HttpRequest,
    given: Annotated[UploadIn, Form(...)],
    file: Annotated[UploadedFile | None, File()] = None,
) -> Any:
    if getattr(request, TOO_LARGE_MARK, False) or (file and (file.size or 0) > MOST_BYTES):
        return problem(
            413, "A spreadsheet may have 20 MB. Nothing was kept of it. Divide it into several files."
        )
    if file is None:
        return problem(422, "Send the table as a file named `file` (multipart/form-data).")
    integration = Integration.objects.select_related("current").filter(name=given.integration).first()
    if integration is None:
        return problem(404, f"No integration is named {given.integration[:80]}.")
    found = engine.take_table(
        integration,
        file.name or "",
        file.read(),
        choices=Choices(given.encoding, given.delimiter, given.sheet, given.header_row),
        columns=given.map,
        repeat=given.repeat,
        person=person_of(request),
        dry_run=given.dry_run,
    )
    return found.as_document() if given.dry_run else Status(202, uploads.document(found.upload))


@router.get("", response=list[UploadOut], auth=read, summary="Spreadsheets, the newest first")
def list_uploads(
    request: HttpRequest,
    response: HttpResponse,
    integration: Annotated[str, Query(pattern="^[a-z0-9-]*$", max_length=80)] = "",
    before: Number = None,
    limit: Limit = LISTED,
) -> Any:
    rows = Upload.objects.select_related("integration", "made_by").defer("data").order_by("-pk")
    if integration:
        rows = rows.filter(integration__name=integration)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return uploads.documents(page(request, response, rows, limit))


@router.get("/{upload_id}", response=UploadOut, auth=read, summary="How far a spreadsheet has come")
def get_upload(request: HttpRequest, upload_id: int) -> Any:
    upload = _upload(upload_id)
    return uploads.document(upload) if upload else problem(404, f"There is no upload {upload_id}.")


@router.post("/{upload_id}/stop", response=UploadOut, auth=propose, summary="Take in no more rows")
def stop_upload(request: HttpRequest, upload_id: int) -> Any:
    upload = _upload(upload_id)
    if upload is None:
        return problem(404, f"There is no upload {upload_id}.")
    if not engine.stop(upload, person_of(request)):
        return problem(409, f"Upload {upload_id} is not being taken in.")
    return get_upload(request, upload_id)


@router.post("/{upload_id}/go-on", response=UploadOut, auth=propose, summary="Go on behind the last row")
def go_on_upload(request: HttpRequest, upload_id: int) -> Any:
    upload = _upload(upload_id)
    if upload is None:
        return problem(404, f"There is no upload {upload_id}.")
    if not engine.go_on(upload, person_of(request)):
        return problem(409, f"Upload {upload_id} is not stopped, or it was erased.")
    return get_upload(request, upload_id)


@router.get("/{upload_id}/results", auth=read, summary="The table with what became of each row")
def get_results(
    request: HttpRequest, upload_id: int, format: Annotated[Literal["csv", "xlsx"], Query()] = "csv"
) -> HttpResponseBase:
    upload = _upload(upload_id)
    if upload is None:
        return problem(404, f"There is no upload {upload_id}.")
    if upload.state == Upload.State.PREVIEW or upload.erased_at:
        return problem(409, f"Upload {upload_id} was erased, or has not begun. There are no results.")
    names, rows = results(upload)
    if format == "csv":
        return StreamingHttpResponse(as_csv(names, rows), content_type="text/csv; charset=utf-8")
    return FileResponse(as_workbook(names, rows), content_type=XLSX)


def _upload(upload_id: int) -> Upload | None:
    return (
        Upload.objects.select_related("integration__current", "made_by")
        .filter(pk=number_of(upload_id))
        .first()
    )

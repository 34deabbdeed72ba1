"""Spreadsheets: hand one in, see what it would bring, let it begin, see how far it is, take the results away."""

from __future__ import annotations

from typing import NamedTuple

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from signoff.core.numbers import row_number
from signoff.engine import uploads as engine
from signoff.integrations.models import Integration
from signoff.review.results import results
from signoff.runs import handing_in, uploads
from signoff.runs.fitting import others
from signoff.runs.handing_in import UploadRefused, layout_of, why_not
from signoff.runs.models import Run, Upload, UploadRow
from signoff.runs.uploads import Preview, Progress
from signoff.sheets.tables import MOST_BYTES, MOST_ROWS, Choices, TableRefused
from signoff.sheets.text import DELIMITERS, ENCODINGS
from signoff.sheets.writing import as_csv, as_workbook
from signoff.web.answers import see_other
from signoff.web.file_cap import was_too_large
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import Shown, label, named, run_state

LISTED = 50
LEFT_SHOWN = 20
PLACE = "column-"  # of a form's fields: which column holds a field
STATES = {
    "preview": Shown("quiet", "file-spreadsheet", later("Not started")),
    "taking in": Shown("info", "clock", later("Being taken in")),
    "done": Shown("ok", "circle-check", later("Taken in")),
    "stopped": Shown("bad", "circle-pause", later("Stopped")),
}
WHY_LEFT = {
    "known": later("Came in before"),
    "twice": later("The same as a row above"),
    "lacks": later("Something is missing that the record needs"),
    "not wanted": later("Left out by the integration’s filter"),
    "too large": later("Too large for one record"),
}
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Picked(NamedTuple):
    """One line of the column picker: a field, and the column that is chosen for it."""

    name: str
    label: str
    is_needed: bool
    by_ai: bool
    column: str


class Reason(NamedTuple):
    """Rows that are left out for one reason; `rows` are the first of them, each with its number and why."""

    title: str
    amount: int
    rows: list[tuple[int, str]]
    more: int


@needs("see")
def listing(request: HttpRequest) -> HttpResponseBase:
    """List the spreadsheets, the newest first."""
    rows = Upload.objects.select_related("integration", "made_by").defer("data", "layout", "mapping")
    return render(
        request,
        "web/uploads.html",
        {"uploads": [(row, STATES[row.state]) for row in rows[:LISTED]], "here": "history"},
    )


@needs("build")
def new(request: HttpRequest) -> HttpResponseBase:
    """Take a file for an integration. Nothing begins by that."""
    integrations = [one for one in Integration.objects.select_related("current") if not why_not(one)]
    given = request.POST if request.method == "POST" else request.GET
    chosen = next((one for one in integrations if one.name == given.get("integration")), None)
    trouble: TableRefused | None = None
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if was_too_large(request):
                problem = _(
                    "This file is larger than 20 MB. Nothing was kept of it. Divide it into several files."
                )
            elif chosen is None:
                problem = _("Choose the integration that the records are for. Nothing was kept of the file.")
            elif file is None:
                problem = _("Choose a file first.")
            else:
                upload = handing_in.hand_in(
                    chosen, file.name or "", file.read(MOST_BYTES + 1), person=person_of(request)
                )
                return see_other(f"/uploads/{upload.pk}/")
        except TableRefused as refused:
            trouble = refused
        except UploadRefused as refused:
            problem = str(refused)
    context = {
        "integrations": [(one.name, named(one.name)) for one in integrations],
        "chosen": chosen or (integrations[0] if len(integrations) == 1 else None),
        "trouble": trouble,
        "problem": problem,
        "most_bytes": MOST_BYTES,
        "most_rows": f"{MOST_ROWS:,}",
        "here": "history",
    }
    return render(request, "web/upload_new.html", context, status=422 if trouble or problem else 200)


@needs("see")
def one(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Show what an upload would bring, or how far it has come."""
    upload = _upload(upload_id)
    if upload.state == Upload.State.PREVIEW:
        return _preview_page(request, upload)
    return _progress_page(request, upload)


@needs("build")
def columns(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Keep which column is which field, by POST; and let the upload begin where its button was pressed."""
    upload = _upload(upload_id)
    if request.method != "POST" or upload.state != Upload.State.PREVIEW:
        return see_other(f"/uploads/{upload_id}/")
    mapping = {
        name.removeprefix(PLACE): value
        for name, value in request.POST.dict().items()
        if name.startswith(PLACE) and isinstance(value, str) and value
    }
    before = upload.mapping
    try:
        handing_in.choose(upload, mapping, request.POST.get("repeat", ""))
        if "begin" not in request.POST:
            say(request, _("Looked at it once more."))
        elif upload.mapping != before:
            say(request, _("You changed a column. Look at what is read now, then press Start."))
        else:
            engine.start(upload, person_of(request))
            say(request, _("It has begun. You need not wait here."))
    except UploadRefused as refused:
        say(request, refused)
    return see_other(f"/uploads/{upload_id}/")


@needs("build")
def read(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Read a file another way, by POST: another sheet, another row with the names, other letters."""
    upload = _upload(upload_id)
    if request.method != "POST" or upload.state != Upload.State.PREVIEW:
        return see_other(f"/uploads/{upload_id}/")
    choices = Choices(
        request.POST.get("encoding", ""),
        request.POST.get("delimiter", ""),
        request.POST.get("sheet", ""),
        row_number(request.POST.get("header_row", "").strip(), 5),
    )
    try:
        handing_in.read_again(upload, choices)
    except TableRefused as refused:
        return _preview_page(request, _upload(upload_id), refused)
    except UploadRefused as refused:
        say(request, refused)
    return see_other(f"/uploads/{upload_id}/")


@needs("build")
def throw_away(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Delete an upload that has not begun, by POST."""
    upload = _upload(upload_id)
    if request.method == "POST":
        if handing_in.throw_away(upload):
            say(request, _("Thrown away. Nothing was kept of it."))
            return see_other("/uploads/")
        say(request, _("It has begun already."))
    return see_other(f"/uploads/{upload_id}/")


@needs("build")
def stop(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Take in no more rows, by POST."""
    upload = _upload(upload_id)
    if request.method == "POST":
        stopped = engine.stop(upload, person_of(request))
        say(
            request,
            _("No more rows come in. Those that are in go their way.") if stopped else _("It was over."),
        )
    return see_other(f"/uploads/{upload_id}/")


@needs("build")
def go_on(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """Let a stopped upload go on, by POST."""
    upload = _upload(upload_id)
    if request.method == "POST":
        went_on = engine.go_on(upload, person_of(request))
        say(request, _("It goes on behind the last row.") if went_on else _("It does not wait for that."))
    return see_other(f"/uploads/{upload_id}/")


@needs("see")
def download(request: HttpRequest, upload_id: int, kind: str) -> HttpResponseBase:
    """Return the results as a table."""
    upload = _upload(upload_id)
    if kind not in KINDS or upload.state == Upload.State.PREVIEW or upload.erased_at:
        raise Http404
    names, rows = results(upload)
    stem = upload.name.rsplit(".", 1)[0] or f"upload-{upload.pk}"
    answer: HttpResponseBase
    if kind == "csv":
        answer = StreamingHttpResponse(as_csv(names, rows), content_type=KINDS[kind])
    else:
        answer = FileResponse(as_workbook(names, rows), content_type=KINDS[kind])
    answer["Content-Disposition"] = str(content_disposition_header(True, f"{stem} results.{kind}"))
    answer["Cache-Control"] = "private, no-store"
    return answer


def _preview_page(
    request: HttpRequest, upload: Upload, trouble: TableRefused | None = None
) -> HttpResponseBase:
    try:
        found = uploads.preview(upload)
    except UploadRefused as refused:
        context = {"upload": upload, "problem": str(refused), "here": "history"}
        return render(request, "web/upload.html", context)
    layout = layout_of(upload)
    mapping = upload.mapping
    context = {
        "upload": upload,
        "name": named(upload.integration.name),
        "layout": layout,
        "trouble": trouble,
        "preview": found,
        "picked": [
            Picked(one.name, label(one.name), one.is_needed, one.by_ai, mapping.get(one.name, ""))
            for one in found.fields
        ],
        "all_too": others(mapping, layout.names, found.fields) if found.takes_all else {},
        "unread": [] if found.takes_all else [n for n in layout.names if n not in mapping.values()],
        "reasons": _reasons(found),
        "empty": upload.empty,
        "new": found.fits - found.known,
        "encodings": list(ENCODINGS.items()),
        "delimiters": list(DELIMITERS.items()),
        "can_begin": not found.problems or found.only_asks,
        "here": "history",
    }
    return render(request, "web/upload.html", context, status=422 if trouble else 200)


def _progress_page(request: HttpRequest, upload: Upload) -> HttpResponseBase:
    how_far = uploads.progress(upload)
    out = upload.rows.filter(state__in=[UploadRow.State.KNOWN, UploadRow.State.LEFT_OUT]).exclude(why="")
    under_way = upload.state == Upload.State.TAKING or any(
        how_far.runs.get(state) for state in (*Run.OPEN, Run.State.WAITING)
    )
    context = {
        "upload": upload,
        "name": named(upload.integration.name),
        "state": STATES[upload.state],
        "progress": how_far,
        "percent": _percent(how_far),
        "runs": _by_state(how_far),
        "out": [(row.number, row.why) for row in out.order_by("number")[:LEFT_SHOWN]],
        "out_more": max(0, how_far.known + how_far.left_out - LEFT_SHOWN),
        "every": "2s" if upload.state == Upload.State.TAKING else "15s" if under_way else "",
        "here": "history",
    }
    return render(request, "web/upload_progress.html", context)


def _by_state(how_far: Progress) -> list[tuple[str, Shown, int]]:
    return [
        (state, run_state(state), how_far.runs[state])
        for state in Run.State.values
        if how_far.runs.get(state)
    ]


def _percent(how_far: Progress) -> int:
    return 100 * (how_far.all - how_far.waiting) // how_far.all if how_far.all else 100


def _reasons(found: Preview) -> list[Reason]:
    reasons = []
    for kind, title in WHY_LEFT.items():
        left = found.left.get(kind)
        if left is None or (kind == "known" and found.upload.repeat == Upload.Repeat.ALL):
            continue
        rows = [(one.number, one.why) for one in left.first]
        reasons.append(Reason(str(title), left.count, rows, left.count - len(rows)))
    return reasons


def _upload(upload_id: int) -> Upload:
    rows = Upload.objects.select_related("integration__current", "made_by")
    return get_object_or_404(rows, pk=upload_id)

"""Moving in: an export of n8n or Make becomes a draft, and the page says what could not come along."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.integrations import drafts
from signoff.integrations.models import Draft
from signoff.integrations.writing import as_file
from signoff.moving.proposal import notes_in, propose, with_notes
from signoff.moving.reading import MOST_CHARACTERS
from signoff.moving.shapes import NotReadable
from signoff.recipes.fitting import fit
from signoff.web.answers import see_other
from signoff.web.file_cap import was_too_large
from signoff.web.recipes import needed, way_of
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import label, named


@needs("build")
def move_in(request: HttpRequest) -> HttpResponseBase:
    """Take an export, as a file or pasted; nothing runs by that. A POST makes a draft of it."""
    trouble: NotReadable | None = None
    if request.method == "POST":
        try:
            found = propose(_given(request))
        except NotReadable as error:
            trouble = error
        else:
            data = found.fitted.data
            data["name"] = drafts.free_name(str(data["name"]))
            draft = drafts.begin_with(found.source, person_of(request))
            return see_other(f"/integrations/drafts/{draft.pk}/moved/")
    page = {
        "trouble": trouble,
        "pasted": request.POST.get("pasted", "") if trouble else "",
        "here": "integrations",
    }
    return render(request, "web/moving.html", page, status=422 if trouble else 200)


@needs("build")
def moved(request: HttpRequest, draft_id: int) -> HttpResponseBase:
    """Show what came along, what did not, and what has to be connected; a POST goes on in the builder."""
    draft = get_object_or_404(Draft, pk=draft_id, integration=None)
    data = drafts.data_of(draft.source)
    if not _is_whole(data):
        return see_other(f"/integrations/drafts/{draft.pk}/")
    notes = notes_in(draft.source)
    fitted = fit(data, keeps_model=True)
    if request.method == "POST":
        source = with_notes(notes, as_file(fitted.data))
        if not drafts.keep_text(draft, source, draft.revision, person_of(request)):
            say(request, _("Somebody has changed this draft meanwhile; it stands here as they left it."))
        return see_other(f"/integrations/drafts/{draft.pk}/")
    rows = {row.name: row.app for row in Connection.objects.all()}
    page = {
        "draft": draft,
        "name": named(str(data.get("name") or "")) or _("It"),
        "notes": notes,
        "way": way_of(fitted.data, rows),
        "needed": needed(fitted, request.path),
        "task": data["prompt"].get("task", ""),
        "answer": [named(name) for name in data["answer"]],
        "fields": [label(str(name)) for name in data["record"].get("fields") or ()],
        "by_webhook": data["record"].get("when") == "webhook",
        "here": "integrations",
    }
    return render(request, "web/moved.html", page)


def _given(request: HttpRequest) -> str:
    """Return the text of the file that was chosen, or what was pasted. Raises `NotReadable`."""
    if was_too_large(request):
        raise NotReadable(
            _("This file is larger than any workflow is. Nothing was kept of it."),
            _("Export one workflow alone."),
        )
    file = request.FILES.get("file")
    if file is None:
        pasted = request.POST.get("pasted", "").strip()
        if not pasted:
            raise NotReadable(
                _("Nothing was chosen."), _("Choose the exported file, or paste what is in it.")
            )
        return str(pasted)
    raw = file.read(4 * MOST_CHARACTERS)
    try:
        return str(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotReadable(
            _("This file is no text, so it is no exported workflow."),
            _("Export the workflow again, as JSON."),
        ) from None


def _is_whole(data: dict[str, Any]) -> bool:
    """Say whether a draft has every part that fitting looks at; one that was emptied in the builder has not."""
    return all(isinstance(data.get(name), dict) for name in ("record", "prompt", "answer"))

"""Building an integration in the browser: starting points, the draft as five steps, a trial, and into force."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.connections.models import Connection
from signoff.core.errors import SignoffError
from signoff.core.numbers import row_number
from signoff.engine import verbs
from signoff.integrations import drafts, starting
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.difference import differences
from signoff.integrations.drafts import Fault, Looked
from signoff.integrations.file import plain_data
from signoff.integrations.models import Draft, Integration
from signoff.outputs.contract import Contract, ContractField
from signoff.runs import samples
from signoff.runs.trial import received_by_ai
from signoff.web import building, trials
from signoff.web.answers import leave_for, see_other
from signoff.web.asking_form import add_question
from signoff.web.errors import only_by_button
from signoff.web.integrations import page_of, unfinished
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.trials import Tried
from signoff.web.words import named, took
from signoff.web.workbench.page import shown_as

MOST_PASTED = 100_000
WRITTEN_NAME = re.compile(r"[\w. -]{1,80}")


@needs("build")
def new(request: HttpRequest) -> HttpResponseBase:
    """Offer starting points and the drafts that are not finished; a POST begins a draft."""
    if request.method == "POST":
        data = starting.data_for(request.POST.get("start", ""))
        data["name"] = drafts.free_name(str(data.get("name") or ""))
        draft = drafts.begin(data, person_of(request))
        return see_other(f"/integrations/drafts/{draft.pk}/")
    page = {"offered": starting.offered(), "unfinished": unfinished(), "here": "integrations"}
    return render(request, "web/build_new.html", page)


@needs("build")
def draft(request: HttpRequest, draft_id: int) -> HttpResponseBase:
    """Show a new integration as it is being built; a POST keeps what was written and does what was pressed."""
    return _bench(request, get_object_or_404(Draft, pk=draft_id, integration=None), None)


@needs("build")
def change(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show an integration to be changed; the draft of it begins with the first thing that is kept."""
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    found = Draft.objects.filter(integration=integration).first()
    if found is None and request.method == "POST":
        found = drafts.of(integration, person_of(request))
    return _bench(request, found, integration)


@needs("build")
def keep(request: HttpRequest, draft_id: int = 0, name: str = "") -> HttpResponseBase:
    """Keep what was written so far, while it is being written."""
    if request.method != "POST":
        return only_by_button(
            request, "/integrations/", _("Nothing was changed"), _("A draft is kept by its own page.")
        )
    integration = get_object_or_404(Integration, name=name) if name else None
    found = (
        drafts.of(integration, person_of(request))
        if integration
        else get_object_or_404(Draft, pk=draft_id, integration=None)
    )
    kept, _data = _kept(request, found)
    return render(request, "web/build_saved.html", {"draft": found, "kept": kept})


@needs("build")
def forget(request: HttpRequest, draft_id: int = 0, name: str = "") -> HttpResponseBase:
    """Throw a draft away, by POST."""
    rows = Draft.objects.select_related("integration")
    found = (
        rows.filter(integration__name=name).first()
        if name
        else rows.filter(pk=draft_id, integration=None).first()
    )
    if request.method == "POST":
        if found is not None:
            drafts.forget(found, person_of(request))
        say(request, _("The draft is gone. What is in force stays as it is."))
    return see_other(f"/integrations/{name}/" if name else "/integrations/new/")


@needs("build")
def changes(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show what a draft would change in an integration; a POST puts it into force as a new version."""
    integration = get_object_or_404(Integration.objects.select_related("current"), name=name)
    found = Draft.objects.filter(integration=integration).select_related("base").first()
    if found is None:
        return see_other(f"/integrations/{name}/build/")
    if request.method == "POST":
        if request.POST.get("revision") != str(found.revision):
            say(request, _("The draft was changed meanwhile. Look at it once more."))
            return see_other(f"/integrations/{name}/build/changes/")
        return _put_into_force(request, found, turn_on=False)
    looked = drafts.look(found.source, integration)
    before = read_definition(integration.current)[0] if integration.current else None
    page = {
        "integration": integration,
        "name": named(name),
        "draft": found,
        "looked": looked,
        "sentences": differences(before, looked.definition) if before and looked.definition else [],
        "overtaken": bool(found.base_id and integration.current_id != found.base_id),
        "loses_comments": any(line.lstrip().startswith("#") for line in _source_of(integration).splitlines()),
        "here": "integrations",
    }
    return render(request, "web/build_changes.html", page)


def _source_of(integration: Integration) -> str:
    return integration.current.source if integration.current else ""


# The page of a draft


def _bench(request: HttpRequest, found: Draft | None, integration: Integration | None) -> HttpResponseBase:
    address = f"/integrations/{integration.name}/build/" if integration else request.path
    if request.method != "POST" or found is None:
        source = found.source if found else _source_of(integration) if integration else ""
        looked = drafts.look(source, integration) if "look" in request.GET else None
        return _page(request, found, integration, drafts.data_of(source), looked)
    kept, data = _kept(request, found)
    if not kept:
        clash = _(
            "%(who)s has changed this draft meanwhile, so yours was not saved. It stands below as you wrote it. "
            "Save once more to put it in the place of theirs."
        ) % {"who": found.changed_by or _("Somebody")}
        return _page(request, found, integration, data, None, clash=clash, status=409)
    pressed = request.POST.get("do", "save")
    if pressed in ("try", "show"):
        return _tried(request, found, integration, asks=pressed == "try")
    if pressed in ("on", "off", "prove"):
        then = "tests/" if pressed == "prove" else ""
        return _put_into_force(request, found, turn_on=pressed == "on", then=then)
    if pressed == "changes":
        return leave_for(request, f"{address}changes/")
    if pressed == "save":
        say(request, _("Saved."))
        return see_other(f"{address}?look=1")
    part = workbench_part(pressed)
    return see_other(f"{address}?at={part}#step-{part}" if part else address)


def workbench_part(pressed: str) -> str:
    """Return the step of the page that a button is about."""
    what = pressed.partition(":")[0]
    return {
        "source": "record",
        "drop-field": "record",
        "add-question": "record",
        "drop-question": "record",
        "add-rule": "prompt",
        "add-never": "prompt",
        "add-form": "answer",
        "add-answer": "answer",
        "drop-answer": "answer",
        "add-column": "answer",
        "drop-column": "answer",
        "add-step": "then",
        "drop-step": "then",
    }.get(what, "")


def _kept(request: HttpRequest, found: Draft) -> tuple[bool, dict[str, Any]]:
    """Keep what the form says, with what was pressed; False where somebody else has written meanwhile."""
    person = person_of(request)
    data = building.read(request.POST, drafts.data_of(found.source), is_new=found.integration_id is None)
    pressed = request.POST.get("do", "")
    if pressed == "add-step":
        building.add_step(request.POST.get("action", ""), data)
    elif pressed == "add-question":
        add_question(request.POST.get("ask", ""), data)
    else:
        building.press(pressed, data)
    revision = row_number(request.POST.get("revision"), 8) or 0
    if revision != found.revision and found.changed_by_id == person.pk:
        revision = found.revision  # one's own, from another tab or a moment ago
    return drafts.keep(found, data, revision, person), data


def _page(
    request: HttpRequest,
    found: Draft | None,
    integration: Integration | None,
    data: Mapping[str, Any],
    looked: Looked | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    faults: tuple[Fault, ...] = looked.faults if looked else ()
    records, problem = samples.samples(data, integration)
    base = (
        f"/integrations/{integration.name}/build/"
        if integration
        else f"/integrations/drafts/{found.pk}/"
        if found
        else ""
    )
    chosen = request.POST.get("sample", "")
    page = {
        "draft": found,
        "integration": integration,
        "base": base,
        "name": named(integration.name) if integration else "",
        "looked": looked,
        "records": records,
        "records_problem": problem,
        "chosen": chosen or (records[0].key if records else ""),
        "pasted": request.POST.get("pasted", "")[:MOST_PASTED],
        "pasted_draft": request.POST.get("pasted_draft", "")[:MOST_PASTED],
        "draft_pattern": "\n".join(f"{name}: …" for name in data.get("answer") or ("body",)),
        "pattern": "\n".join(f"{name}: …" for name in (data.get("record") or {}).get("fields") or ("message",)),
        "at": request.GET.get("at", ""),
        "here": "integrations",
        **shown_as(data, faults, looked=looked is not None),
        **more,
    }  # fmt: skip
    return render(request, "web/build.html", page, status=status)


# The trial


def _tried(
    request: HttpRequest, found: Draft, integration: Integration | None, *, asks: bool
) -> HttpResponse:
    """Try a draft on a real record, or only show what the AI would receive."""
    data = drafts.data_of(found.source)
    looked = drafts.look(found.source, integration)
    tried: Tried | None
    if looked.definition is None:
        tried = trials.not_tried(_("It cannot be tried yet."), _("What is missing stands in the steps."))
        return _page(request, found, integration, data, looked, tried=tried, status=422)
    contract = looked.definition.contract()
    began = time.monotonic()
    try:
        record = _record(request, looked.definition, data, integration)
        if asks:
            given = _draft(request, looked.definition, data, integration)
            tried = _trial(looked.definition, contract, record, integration, given, time.monotonic() - began)
            if request.POST.get("pasted", "").strip():
                tried = trials.with_what_it_did_not_see(tried, looked.definition, record)
        else:
            tried = Tried([], [], [], received_by_ai(looked.definition, contract, record), "", "")
    except ValueError as error:
        tried = trials.not_tried(str(error), _("Nothing was sent."))
    except SignoffError as error:
        tried = trials.not_tried(error.owner_message, error.next_step)
    except Connection.DoesNotExist:
        tried = trials.without_connection()
    return _page(request, found, integration, data, looked, tried=tried)


def _record(
    request: HttpRequest, definition: Definition, data: Mapping[str, Any], integration: Integration | None
) -> dict[str, Any]:
    """Return the record that was chosen or pasted. Raises ValueError in words."""
    pasted = request.POST.get("pasted", "").strip()
    if pasted:
        record = _pasted(
            pasted,
            _("This record is too long to try."),
            _("The record that you pasted cannot be read: %(why)s"),
            _("A record has names and values, one a line, such as: name: Dana"),
        )
        return {**({"id": "trial"} if definition.record.from_ else {}), **record}
    key = request.POST.get("sample", "")
    found = samples.record_of(key, definition, data, integration) if key else None
    if found is None:
        raise ValueError(_("There is no such record any more. Choose another one, or paste one."))
    return found


def _draft(
    request: HttpRequest, definition: Definition, data: Mapping[str, Any], integration: Integration | None
) -> dict[str, Any] | None:
    """
    Return the draft to try where drafts are handed in: as it was pasted, else the one that came with the record.

    Raises ValueError in words; None where an AI writes it.
    """
    if definition.asked is not None:
        return None
    pasted = request.POST.get("pasted_draft", "").strip()
    if not pasted:
        found = samples.draft_of(request.POST.get("sample", ""), data, integration)
        if found is None:
            raise ValueError(_("Paste the draft that comes with this record. No AI here writes one."))
        return found
    names = [field.name for field in definition.contract().fields]
    if len(names) == 1 and not pasted.startswith((f"{names[0]}:", "{")):
        return {names[0]: pasted}  # the only field there is need not be named
    return _pasted(
        pasted,
        _("This draft is too long to try."),
        _("The draft that you pasted cannot be read: %(why)s"),
        _("A draft has names and values, one a line, such as: %(name)s: …") % {"name": names[0]},
    )


def _pasted(text: str, too_long: str, unreadable: str, no_names: str) -> dict[str, Any]:
    """Return names and values as somebody pasted them. Raises ValueError with one of these sentences."""
    if len(text) > MOST_PASTED:
        raise ValueError(too_long)
    try:
        found = plain_data(text)
    except ValueError as error:
        found = _line_by_line(text)
        if not found:
            raise ValueError(unreadable % {"why": error}) from None
    if not isinstance(found, dict):
        raise ValueError(no_names)
    return found


def _line_by_line(text: str) -> dict[str, str]:
    """Return names and values as a person writes them, who sets no quotation marks; {} where a line has no name."""
    record: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon or not WRITTEN_NAME.fullmatch(name.strip()):
            return {}
        record[name.strip()] = value.strip()
    return record


def _trial(
    definition: Definition,
    contract: Contract,
    record: Mapping[str, Any],
    integration: Integration | None,
    given: Mapping[str, Any] | None,
    read_seconds: float,
) -> Tried:
    fields: dict[str, ContractField] = {field.name: field for field in contract.fields}
    shown = trials.tried(verbs.trial_of(definition, contract, record, integration, given), fields)
    first = shown.checks[0] if shown.checks else None
    if first is None or first.tone != "ok":
        return shown
    return shown._replace(checks=[first._replace(figure=took(read_seconds)), *shown.checks[1:]])


# Into force


def _put_into_force(request: HttpRequest, found: Draft, *, turn_on: bool, then: str = "") -> HttpResponseBase:
    """Let a draft hold and go to a page of its integration: its own, or the one that `then` names."""
    integration = found.integration
    looked = drafts.look(found.source, integration)
    data = drafts.data_of(found.source)
    if looked.faults:
        return _page(request, found, integration, data, looked, status=422)
    try:
        result = verbs.put_draft_into_force(found, person_of(request), turn_on=turn_on)
    except LookupError:
        say(request, _("The draft was changed meanwhile. Look at it once more."))
        return see_other(f"/integrations/{integration.name}/build/" if integration else request.path)
    except SignoffError as error:
        say(request, error.owner_message)
        return see_other(request.path)
    if result.faults:
        faults = tuple(Fault(("name",), one.what) for one in result.faults)
        return _page(request, found, integration, data, Looked(None, faults, looked.document), status=422)
    one = result.applied[0]
    if turn_on:
        nobody = looked.definition is not None and looked.definition.review == "none"
        says = _("It is on. Nobody reviews it: it reaches no customer.")
        say(request, says if nobody else _("It is on. Every draft waits for a person."))
    else:
        new = _("It is in force as a new version.") if integration else _("It is built, and off for now.")
        say(request, new if one.changed else _("It says that already."))
    if one.signing_secret is not None:
        made = Integration.objects.select_related("current").get(name=one.name)
        page = page_of(request, made, new_secret=one.signing_secret.reveal())
        if getattr(request, "htmx", False):  # the secret is shown once, so the page comes with this answer
            page["HX-Retarget"] = page["HX-Reselect"] = "#work"
            page["HX-Push-Url"] = f"/integrations/{one.name}/"
        return page
    return leave_for(request, f"/integrations/{one.name}/{then}")

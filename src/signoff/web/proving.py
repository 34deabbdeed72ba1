"""The test set of an integration: reviewed records kept as cases, replayed beside another version or model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from signoff.accounts.audit import note
from signoff.core.money import dollars
from signoff.core.numbers import row_number
from signoff.engine import proofs
from signoff.integrations import offers
from signoff.integrations.definition import read_definition
from signoff.integrations.models import Integration
from signoff.outputs.contract import ContractField
from signoff.proving import cases, prove, tables
from signoff.proving.expecting import expected
from signoff.proving.models import Case, Proof, Replay
from signoff.proving.prove import Outcome
from signoff.review.models import Review
from signoff.sheets.writing import as_workbook
from signoff.web import outline
from signoff.web.answers import see_other
from signoff.web.outline import label_of, said_as
from signoff.web.rights import needs, person_of
from signoff.web.said import say
from signoff.web.words import Shown, named

CASES = 100
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VERDICTS = {
    "approved": Shown("ok", "circle-check", later("Approved")),
    "edited": Shown("info", "pencil", later("Edited")),
    "rejected": Shown("quiet", "ban", later("Rejected")),
    "stated": Shown("info", "file-text", later("From a file")),
}


class Compared(NamedTuple):
    """One case through one candidate: how it came out, why, and what was answered, field by field."""

    state: Shown
    why: list[str]
    answer: list[tuple[str, str, bool]]
    figure: str


class CaseRow(NamedTuple):
    """One case beside what each candidate made of it."""

    case: Case
    expected: list[tuple[str, str]]
    compared: list[Compared]


@needs("see", to_write="build")
def test_set(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show the cases of an integration and its tests; a POST keeps, imports or removes cases."""
    integration = _integration(name)
    if request.method == "POST":
        problems = _changed(request, integration)
        if not problems:
            return see_other(f"/integrations/{name}/tests/")
        return _test_set(request, integration, problems, 422)
    return _test_set(request, integration, [], 200)


@needs("see", to_write="build")
def start(request: HttpRequest, name: str) -> HttpResponseBase:
    """Begin a test of the integration as it is, beside a version or another model, by POST."""
    integration = _integration(name)
    if request.method != "POST":
        return see_other(f"/integrations/{name}/tests/")
    chosen = [one for one in request.POST.getlist("against") if one]
    against = [one for one in chosen if one != prove.CHEAPER]
    models = [prove.CHEAPER] if prove.CHEAPER in chosen else []
    try:
        proof = proofs.start(integration, against=against, models=models, person=person_of(request))
    except prove.ProofRefused as refused:
        return _test_set(request, integration, [str(refused)], 422)
    return see_other(f"/integrations/{name}/tests/{proof.pk}/")


@needs("build")
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a table of the latest records with empty columns for the right answers."""
    try:
        made = tables.to_fill_in(_integration(name))
    except tables.CasesRefused:
        raise Http404 from None
    answer = FileResponse(
        as_workbook(made.names, made.rows, _("Records")), as_attachment=True, filename=f"{name} records.xlsx"
    )
    answer["Content-Type"] = WORKBOOK
    answer["Cache-Control"] = "private, no-store"
    return answer


@needs("see", to_write="build")
def one(request: HttpRequest, name: str, proof_id: int) -> HttpResponseBase:
    """Show a test: how far it is, the figures side by side, and each case; a POST stops it."""
    integration = _integration(name)
    proof = get_object_or_404(Proof, pk=proof_id, integration=integration)
    if request.method == "POST":
        if prove.stop(proof.pk):
            note(person_of(request), "stopped a test of", f"integration {name}", {"proof": proof.pk})
            say(request, _("Stopped. What was asked already stands below."))
        return see_other(f"/integrations/{name}/tests/{proof.pk}/")
    replays = list(proof.replays.select_related("case"))
    everything = len(replays)
    left = sum(row.state in (Replay.State.WAITING, Replay.State.ASKING) for row in replays)
    found = prove.outcomes(proof)
    page = {
        "integration": integration,
        "name": named(name),
        "proof": proof,
        "running": proof.state == Proof.State.RUNNING,
        "done": everything - left,
        "everything": everything,
        "left": left,
        "percent": round((everything - left) * 100 / everything) if everything else 100,
        "outcomes": [_figures(one) for one in found],
        "verdict": _verdict(found) if not left else "",
        "rows": _rows(integration, proof, replays) if not left or proof.state != Proof.State.RUNNING else [],
        "here": "integrations",
        "tab": "tests",
    }
    return render(request, "web/test.html", page)


@needs("build")
def keep_run(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Keep a reviewed run as a test case, by POST."""
    review = Review.objects.select_related("run__integration").filter(run_id=run_id).first()
    if review is None:
        raise Http404
    if request.method == "POST":
        case = cases.keep(review, person_of(request))
        say(
            request,
            _("Kept as a test case.")
            if case
            else _("Only a run that a person has decided can be a test case."),
        )
    return see_other(f"/history/{run_id}/")


def _integration(name: str) -> Integration:
    return get_object_or_404(Integration.objects.select_related("current").exclude(current=None), name=name)


def _changed(request: HttpRequest, integration: Integration) -> list[str]:
    """Do what was pressed on the page of the test set; returns what is wrong with it."""
    person = person_of(request)
    match request.POST.get("do"):
        case "keep":
            kept = len(cases.keep_latest(integration, person, most=_most(request)))
            say(
                request,
                ngettext("%(n)s draft is a test case now.", "%(n)s drafts are test cases now.", kept)
                % {"n": kept},
            )
        case "remove":
            ids = [number for one in request.POST.getlist("case") if (number := row_number(one)) is not None]
            gone = cases.remove(integration.cases.filter(pk__in=ids), person)
            say(
                request,
                ngettext("%(n)s test case is gone.", "%(n)s test cases are gone.", gone) % {"n": gone},
            )
        case "import":
            return _imported(request, integration)
    return []


def _most(request: HttpRequest) -> int:
    return min(row_number(request.POST.get("most"), 4) or 20, 500)


def _imported(request: HttpRequest, integration: Integration) -> list[str]:
    table = request.FILES.get("table")
    if table is None:
        return [_("Choose a file first.")]
    if (table.size or 0) > tables.MOST_FILE_BYTES:
        return [_("This file is too large. Divide it.")]
    try:
        made = tables.import_table(integration, table.read(), person_of(request))
    except tables.CasesRefused as refused:
        return refused.faults
    kept, left_out = len(made.cases), made.left_out
    says = ngettext("%(n)s test case was imported.", "%(n)s test cases were imported.", kept) % {"n": kept}
    if left_out:
        says += " " + ngettext(
            "%(n)s line without an answer was left out.",
            "%(n)s lines without an answer were left out.",
            left_out,
        ) % {"n": left_out}
    say(request, says)
    return []


def _test_set(
    request: HttpRequest, integration: Integration, problems: list[str], status: int
) -> HttpResponseBase:
    kept = Case.objects.filter(integration=integration)
    rows = list(kept.order_by("-id")[:CASES])
    version = integration.current
    prompt = read_definition(version)[0].asked if version else None
    open_reviews = (
        Review.objects.filter(
            run__integration=integration, run__planted=False, state=Review.State.DECIDED, run__erased_at=None
        )
        .exclude(run__cases__is_kept=True)
        .count()
    )
    page = {
        "integration": integration,
        "name": named(integration.name),
        "cases": [(row, VERDICTS[row.verdict]) for row in rows],
        "count": kept.count(),
        "could_be_kept": open_reviews,
        "versions": list(
            integration.versions.exclude(pk=version.pk if version else 0).order_by("-number")[:20]
        ),
        "models": other_models(prompt.ai, prompt.model) if prompt else [],
        "model": prompt.model if prompt else "",
        "expected": _expected(integration, kept),
        "tests": [
            (proof, _outcome_words(proof)) for proof in Proof.objects.filter(integration=integration)[:10]
        ],
        "problems": problems,
        "is_new": not integration.is_on and not integration.runs.exists(),
        "here": "integrations",
        "tab": "tests",
    }
    return render(request, "web/test_set.html", page, status=status)


def _expected(integration: Integration, kept: QuerySet[Case]) -> str:
    """Return about what a test of the integration as it is costs, "" where there are no cases or no price is known."""
    found = list(kept)
    if not found or integration.current is None:
        return ""
    if read_definition(integration.current)[0].asked is None:
        return ""
    (one,) = expected(integration, [prove.as_it_is(integration.current)], found)
    return dollars(one.cost_micros) if one.cost_micros is not None else ""


def other_models(ai: str, model: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the models that a test can be held against, by connection."""
    groups = []
    for row in offers.ais():
        names = [one.id for one in offers.models_of(row).found if (row.name, one.id) != (ai, model)]
        if names:
            group = f"{offers.app_name(row)} ({row.name})"
            groups.append(
                (group, [(name if row.name == ai else f"{row.name}/{name}", name) for name in names])
            )
    return groups


def _outcome_words(proof: Proof) -> str:
    """Return how a test came out in one line: "gpt-4o 1 of 20 wrong, gpt-4o-mini 3 of 20 wrong"."""
    if proof.state == Proof.State.RUNNING:
        return _("still running")
    words = [
        _("%(who)s: %(k)s of %(n)s wrong")
        % {"who": one.candidate["label"], "k": one.figures.errors, "n": one.figures.cases}
        for one in prove.outcomes(proof)
    ]
    return ", ".join(words)


def _figures(one: Outcome) -> dict[str, Any]:
    """Return what a candidate's column shows."""
    figures = one.figures
    return {
        "label": one.candidate["label"],
        "errors": figures.errors,
        "cases": figures.cases,
        "lines": [
            (_("Does not fit the form"), figures.unfit),
            (_("Says what the record does not"), figures.flagged),
            (_("Another choice, amount or date"), figures.wrong),
            (_("Says again what was rejected"), figures.repeated),
            (_("Could not be asked"), figures.failed),
        ],
        "closeness": f"{figures.closeness:.0%}" if figures.closeness is not None else "–",
        "each": dollars(figures.each_micros) if figures.has_price else _("no price known"),
        "seconds": _("%(n)s s") % {"n": f"{figures.seconds:.1f}"},
    }


def _verdict(found: Sequence[Outcome]) -> str:
    """Return in a sentence what a test says about changing over; "" where there was nothing to compare."""
    if len(found) < 2:
        return ""
    mute = [one.candidate["label"] for one in found if not one.figures.cases]
    if mute:
        return _("%(who)s could not be asked, so nothing is compared. Each case says why.") % {
            "who": ", ".join(mute)
        }
    now, *others = found
    best = min(others, key=lambda one: (one.figures.errors, one.figures.each_micros))
    who = best.candidate["label"]
    if best.figures.errors > now.figures.errors:
        more = best.figures.errors - now.figures.errors
        return ngettext(
            "%(who)s makes %(n)s mistake more than what is in force.",
            "%(who)s makes %(n)s mistakes more than what is in force.",
            more,
        ) % {"who": who, "n": more}
    same = best.figures.errors == now.figures.errors
    says = _("%(who)s makes as many mistakes") if same else _("%(who)s makes fewer mistakes")
    words = says % {"who": who}
    if best.figures.has_price and best.figures.each_micros < now.figures.each_micros:
        return _("%(words)s, and costs less: %(new)s instead of %(old)s for an answer.") % {
            "words": words, "new": dollars(best.figures.each_micros), "old": dollars(now.figures.each_micros)
        }  # fmt: skip
    return f"{words}."


def _rows(integration: Integration, proof: Proof, replays: Sequence[Replay]) -> list[CaseRow]:
    """Return the cases with what came of each, those with a mistake first."""
    fields = outline.answer_fields(integration.current) if integration.current else {}
    by_case: dict[int, list[Replay]] = {}
    for replay in replays:
        by_case.setdefault(replay.case_id, []).append(replay)
    rows = []
    for group in by_case.values():
        group.sort(key=lambda one: one.candidate)
        case = group[0].case
        wanted: Mapping[str, Any] = case.expected or case.rejected or {}
        expected = [
            (label_of(name, fields), said_as(value, fields.get(name))) for name, value in wanted.items()
        ]
        rows.append(CaseRow(case, expected, [_compared(one, fields) for one in group]))
    return sorted(rows, key=lambda row: all(one.state.tone == "ok" for one in row.compared))


def _compared(replay: Replay, fields: Mapping[str, ContractField]) -> Compared:
    why = [
        _("%(field)s %(what)s.") % {"field": fault["field"] or _("The answer"), "what": fault["what"]}
        for fault in replay.faults
    ]
    why += [
        _("“%(text)s” is not in the record.") % {"text": one["text"]} if one["text"] else one["why"]
        for one in replay.findings
    ]
    why += [
        _("%(field)s is another than was approved.") % {"field": label_of(name, fields)}
        for name in replay.wrong
    ]
    if replay.repeats:
        why.append(
            _("It says again what was rejected: %(why)s.") % {"why": replay.case.reason or _("no reason")}
        )
    if replay.state == Replay.State.FAILED:
        state = Shown("warn", "circle-question-mark", _("Could not be asked"))
        why = [replay.problem]
    elif replay.state != Replay.State.DONE:
        state = Shown("quiet", "circle-pause", _("Not asked"))
    elif replay.is_error:
        state = Shown("bad", "circle-x", _("Should not go out"))
    else:
        state = Shown("ok", "circle-check", _("Good"))
    near = f"{replay.closeness:.0%}" if replay.closeness is not None else ""
    answer: Mapping[str, Any] = replay.answer or {}
    return Compared(
        state,
        why,
        [
            (label_of(name, fields), said_as(answer[name], fields.get(name)), name in replay.wrong)
            for name in [*fields, *(name for name in answer if name not in fields)]
            if name in answer
        ],
        _("%(near)s like the approved one") % {"near": near} if near else "",
    )

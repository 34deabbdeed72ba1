"""Any app by its OpenAPI document: give it, choose what is read and written, and connect it like any other."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from signoff.connections import described
from signoff.connections.fetching import fetch
from signoff.connections.models import Connection, DescribedApp
from signoff.connectors.openapi import choosing
from signoff.connectors.openapi.choosing import Candidate
from signoff.connectors.openapi.document import MOST_BYTES, DocumentRefused
from signoff.core.errors import SignoffError
from signoff.web.answers import see_other
from signoff.web.file_cap import was_too_large
from signoff.web.rights import needs

SHOWN = 60  # of each kind at once; the rest is found by a word
LONGEST_ADDRESS = 2000


class Line(NamedTuple):
    """One operation to tick."""

    operation: str
    label: str
    where: str
    is_chosen: bool


@needs("connect")
def new(request: HttpRequest) -> HttpResponseBase:
    """Take a document, by its address or as a file. Nothing is connected by that."""
    trouble: SignoffError | None = None
    problem = ""
    address = request.POST.get("address", "").strip()[:LONGEST_ADDRESS]
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if was_too_large(request):
                problem = _("This file is larger than 20 MB. Nothing was kept of it.")
            elif file is not None:
                row = described.add(file.read(MOST_BYTES + 1), file.name or "")
                return see_other(f"/connections/described/{row.pk}/")
            elif address:
                row = described.add(fetch(address), address)
                return see_other(f"/connections/described/{row.pk}/")
            else:
                problem = _("Give the address of the document, or choose its file.")
        except SignoffError as error:
            trouble = error
    return render(
        request,
        "web/described_new.html",
        {
            "trouble": trouble,
            "problem": problem,
            "address": address,
            "most_bytes": MOST_BYTES,
            "here": "connections",
        },
        status=422 if trouble or problem else 200,
    )


@needs("connect")
def choose(request: HttpRequest, described_id: int) -> HttpResponseBase:
    """Choose from what a document offers. "Show" finds operations by a word, keeps the ticks, and chooses nothing."""
    row = get_object_or_404(DescribedApp, pk=described_id)
    trouble: DocumentRefused | None = None
    given = request.POST if request.method == "POST" else request.GET
    plan = row.plan or {}
    reads = given.getlist("read") or ([] if given else [one["operation"] for one in plan.get("begins", ())])
    writes = given.getlist("write") or ([] if given else [one["operation"] for one in plan.get("does", ())])
    if request.method == "POST" and "look" not in given:
        try:
            described.choose(row, reads, writes, given.get("sign_in", ""))
        except DocumentRefused as error:
            trouble = error
        else:
            old = Connection.objects.filter(app=row.key).order_by("pk").first()
            return see_other(f"/connections/new/{row.key}/" + (f"?replace={old.pk}" if old else ""))
    offered = choosing.offered(described.read(row))
    words = given.get("q", "").strip()[:100]
    begins, more_reads = _lines(offered.reads, reads, words)
    does, more_writes = _lines(offered.writes, writes, words)
    return render(
        request,
        "web/described_choose.html",
        {
            "row": row,
            "title": offered.title,
            "reads": begins,
            "more_reads": more_reads,
            "writes": does,
            "more_writes": more_writes,
            "sign_ins": [one for one in offered.sign_ins if not one.why_not],
            "unusable": [one.why_not for one in offered.sign_ins if one.why_not],
            "sign_in": given.get("sign_in", "") or (plan.get("sign_in") or {}).get("name", ""),
            "q": words,
            "trouble": trouble,
            "in_use": Connection.objects.filter(app=row.key).exists(),
            "here": "connections",
        },
        status=422 if trouble else 200,
    )


def _lines(offered: tuple[Candidate, ...], chosen: list[str], words: str) -> tuple[list[Line], int]:
    """Return the operations to show, those that are ticked first, and how many more there are."""
    wanted = words.lower().split()

    def fits(one: Candidate) -> bool:
        said = f"{one.operation} {one.label} {one.where} {one.about}".lower()
        return all(word in said for word in wanted)

    ticked = [one for one in offered if one.operation in chosen]
    rest = [one for one in offered if one.operation not in chosen and fits(one)]
    shown = [
        Line(one.operation, one.label, one.where, one.operation in chosen) for one in (*ticked, *rest[:SHOWN])
    ]
    return shown, max(0, len(rest) - SHOWN)

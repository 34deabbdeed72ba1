"""Any app by its OpenAPI document, for programs: give it, look what it offers, choose; then connect it by its key."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from signoff.api.finding import number_of
from signoff.api.problems import problem
from signoff.api.rights import connect
from signoff.connections import described
from signoff.connections.fetching import fetch
from signoff.connections.models import DescribedApp
from signoff.connectors.openapi import choosing
from signoff.connectors.openapi.choosing import MOST_CHOSEN, Candidate, Offered
from signoff.connectors.openapi.document import MOST_BYTES
from signoff.sheets.tables import TOO_LARGE_MARK

PLAIN = r"^[^\x00]*$"
MOST_LISTED = 500
TOO_LARGE = f"A document may have {MOST_BYTES // 1_000_000} MB. Nothing was kept of it."
Operations = Annotated[
    list[Annotated[str, Field(max_length=300, pattern=PLAIN)]], Field(max_length=MOST_CHOSEN)
]

router = Router()


class DocumentIn(Schema):
    """The `address` of a document; or send the document itself as a file named `file`."""

    address: Annotated[str, Field(max_length=2000, pattern=PLAIN)] = ""


class OperationOut(Schema):
    """An operation to choose: its id in the document, what it does, and where it stands."""

    operation: str
    label: str
    where: str


class SignInOut(Schema):
    """A way to sign in that the document names; `why_not` where Signoff cannot go it."""

    name: str
    label: str
    why_not: str


class DocumentOut(Schema):
    """
    What a document offers, cut to those that hold the words of `q`; `more` counts what is not listed.

    `app` is what to connect once something is chosen, null before.
    """

    id: int
    app: str | None
    title: str
    reads: list[OperationOut]
    writes: list[OperationOut]
    more: int
    sign_ins: list[SignInOut]
    chosen: dict[str, list[str]]


class ChosenIn(Schema):
    """The operations that begin work and those that take answers, by their ids; and the way to sign in."""

    model_config = ConfigDict(extra="forbid")

    read: Operations = []
    write: Operations = []
    sign_in: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""


@router.post(
    "",
    response={201: DocumentOut},
    auth=connect,
    summary="Give the OpenAPI document of an app, by its address or as a file; nothing is connected by that",
)
def take_document(
    request: HttpRequest,
    given: Annotated[DocumentIn, Form(...)],
    file: Annotated[UploadedFile | None, File()] = None,
) -> Any:
    if getattr(request, TOO_LARGE_MARK, False) or (file and (file.size or 0) > MOST_BYTES):
        return problem(413, TOO_LARGE)
    address = given.address.strip()
    if file is not None:
        row = described.add(file.read(), file.name or "")
    elif address:
        row = described.add(fetch(address), address)
    else:
        return problem(422, "Give the `address` of the document, or send it as a file named `file`.")
    return Status(201, _whole(row))


@router.get("/{document_id}", response=DocumentOut, auth=connect, summary="What a document offers")
def get_document(
    request: HttpRequest,
    document_id: int,
    q: Annotated[str, Query(max_length=100, pattern=PLAIN)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
) -> Any:
    row = _row(document_id)
    return _whole(row, q, limit) if row else _none(document_id)


@router.put(
    "/{document_id}",
    response=DocumentOut,
    auth=connect,
    summary="Choose what is read and written; a connection that has it goes on with that",
)
def choose(request: HttpRequest, document_id: int, given: ChosenIn) -> Any:
    row = _row(document_id)
    if row is None:
        return _none(document_id)
    return _whole(described.choose(row, given.read, given.write, given.sign_in))


def _row(document_id: int) -> DescribedApp | None:
    return DescribedApp.objects.filter(pk=number_of(document_id)).first()


def _none(document_id: int) -> Any:
    return problem(404, f"There is no document {document_id}. One that is not connected is kept for a day.")


def _whole(row: DescribedApp, words: str = "", limit: int = 100) -> dict[str, Any]:
    offered: Offered = choosing.offered(described.read(row))
    reads, writes = _fitting(offered.reads, words), _fitting(offered.writes, words)
    plan = row.plan or {}
    return {
        "id": row.pk,
        "app": row.key if row.plan is not None else None,
        "title": offered.title,
        "reads": reads[:limit],
        "writes": writes[:limit],
        "more": max(0, len(reads) - limit) + max(0, len(writes) - limit),
        "sign_ins": offered.sign_ins,
        "chosen": {
            "read": [one["operation"] for one in plan.get("begins", ())],
            "write": [one["operation"] for one in plan.get("does", ())],
        },
    }


def _fitting(offered: tuple[Candidate, ...], words: str) -> list[Candidate]:
    wanted = words.lower().split()
    return [
        one
        for one in offered
        if all(word in f"{one.operation} {one.label} {one.where} {one.about}".lower() for word in wanted)
    ]

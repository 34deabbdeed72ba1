"""People, invitations, sessions, keys for programs and the trail, for programs of the owner's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import BeforeValidator, Field

from signoff.accounts import audit, invitations, second_step, sessions, tokens
from signoff.accounts import people as changing
from signoff.accounts.models import ApiToken, AuditEntry, Invitation, Person, Session
from signoff.api.finding import number_of, person_of
from signoff.api.paging import Limit, part
from signoff.api.problems import problem
from signoff.api.rights import people
from signoff.core import clock
from signoff.sheets.writing import as_csv

router = Router(auth=people, tags=["people"])

Role = Literal["owner", "builder", "reviewer", "viewer"]
Text = Annotated[str, Query("", max_length=200, pattern=r"^[^\x00]*$")]
Moment = Annotated[datetime, BeforeValidator(lambda value: _written_out(value))]
PLAIN = r"^[^\x00]*$"  # what the database cannot hold is told as a fault of the request
Name = Annotated[str, Field(max_length=120, pattern=PLAIN)]
Groups = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^,\x00]+$")]], Field(max_length=20)
]
GROUPS_MAX = 200


class PersonOut(Schema):
    id: int
    email: str
    name: str
    role: str
    groups: list[str]
    may_come_in: bool
    second_step: bool


class InvitationOut(Schema):
    email: str
    name: str
    role: str
    groups: list[str]
    by: str | None
    e_mailed: bool
    ends_at: datetime
    link: str | None = None


class InvitationIn(Schema):
    """Whom to invite; the same address again makes a new link and ends the old one."""

    email: Annotated[str, Field(max_length=254, pattern=PLAIN)]
    role: Role
    name: Name = ""
    groups: Groups = []


class PersonChangeIn(Schema):
    """What to change; what is left out stays."""

    role: Role | None = None
    groups: Groups | None = None
    name: Name | None = None


class RemovedOut(Schema):
    email: str
    sessions_ended: int
    tokens_ended: list[str]
    invitations_withdrawn: list[str]


class SessionOut(Schema):
    id: int
    person: str
    browser: str
    address: str
    how: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


class EndedOut(Schema):
    ended: int


class TokenOut(Schema):
    id: int
    name: str
    can: list[str]
    person: str
    good: bool
    made_at: datetime
    used_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


class EntryOut(Schema):
    number: int
    at: datetime
    who: str
    did: str
    what: str
    details: dict[str, Any]
    hash: str
    before: str


class TrailOut(Schema):
    ok: bool
    count: int
    problem: str
    mark: str


class EntryPage(Schema):
    items: list[EntryOut]
    next: int | None = None


@router.get("/people", response=list[PersonOut], summary="Who may come in, and who was removed")
def list_people(request: HttpRequest) -> Any:
    return [_person_out(row) for row in Person.objects.order_by("-is_active", "email")]


@router.patch("/people/{person_id}", response=PersonOut, summary="Another role, other groups, another name")
def change_person(request: HttpRequest, person_id: int, change: PersonChangeIn) -> Any:
    row = _active(person_id)
    if row is None:
        return _nobody(person_id)
    try:
        changed = changing.change(
            row,
            person_of(request),
            role=change.role or row.role,
            groups=row.groups_csv if change.groups is None else _joined(change.groups),
            name=change.name,
        )
    except changing.LastOwner as refused:
        return problem(409, str(refused))
    return _person_out(changed)


@router.delete("/people/{person_id}", response=RemovedOut, summary="Take away all that lets somebody in")
def remove_person(request: HttpRequest, person_id: int) -> Any:
    row = _active(person_id)
    if row is None:
        return _nobody(person_id)
    try:
        removed = changing.remove(row, person_of(request))
    except changing.LastOwner as refused:
        return problem(409, str(refused))
    return {
        "email": row.email,
        "sessions_ended": removed.sessions,
        "tokens_ended": removed.tokens,
        "invitations_withdrawn": removed.invitations,
    }


@router.post(
    "/people/{person_id}/sign-out", response=EndedOut, summary="Sign somebody out everywhere, at once"
)
def sign_out(request: HttpRequest, person_id: int) -> Any:
    row = Person.objects.filter(pk=number_of(person_id)).first()
    if row is None:
        return _nobody(person_id)
    count = sessions.sign_out(row)
    audit.note(person_of(request), "signed out everywhere:", row.email, {"count": count})
    return {"ended": count}


@router.post(
    "/people/{person_id}/second-step/reset",
    response=PersonOut,
    summary="Take codes and passkeys away from somebody who lost them",
)
def reset_second_step(request: HttpRequest, person_id: int) -> Any:
    row = _active(person_id)
    if row is None:
        return _nobody(person_id)
    second_step.reset(row, person_of(request))
    return _person_out(row)


@router.get("/invitations", response=list[InvitationOut], summary="Who is invited, and not here yet")
def list_invitations(request: HttpRequest) -> Any:
    return [_invitation_out(row) for row in invitations.pending()]


@router.post("/invitations", response={201: InvitationOut}, summary="Invite somebody, or renew it")
def invite(request: HttpRequest, wanted: InvitationIn) -> Any:
    try:
        row, text = invitations.invite(
            wanted.email, wanted.role, person_of(request), name=wanted.name, groups=_joined(wanted.groups)
        )
    except ValidationError as error:
        return problem(422, " ".join(error.messages))
    except invitations.NotInvited as refused:
        return problem(409, str(refused))
    link = invitations.deliver(row, text)
    return Status(201, _invitation_out(row) | {"link": link})


@router.delete("/invitations/{email}", response={204: None}, summary="Withdraw an invitation")
def withdraw(request: HttpRequest, email: str) -> Any:
    row = invitations.pending().filter(email=email.strip().lower()).first() if "\x00" not in email else None
    if row is None or not invitations.withdraw(row, person_of(request)):
        return problem(404, "Nobody with this address is invited.")
    return Status(204, None)


@router.get("/sessions", response=list[SessionOut], summary="Where people are signed in, the latest first")
def list_sessions(request: HttpRequest, person: Text = "") -> Any:
    rows = Session.objects.filter(ends_at__gt=clock.now()).exclude(person=None).select_related("person")
    if person:
        rows = rows.filter(person__email=person.strip().lower())
    return [_session_out(row) for row in rows.order_by("-seen_at", "-pk")[:500]]


@router.delete("/sessions/{session_id}", response=EndedOut, summary="Sign somebody out in one browser")
def end_session(request: HttpRequest, session_id: int) -> Any:
    row = (
        Session.objects.exclude(person=None).select_related("person").filter(pk=number_of(session_id)).first()
    )
    count = sessions.sign_out(row.person, number=row.pk) if row and row.person else 0
    if row is None or not count:
        return problem(404, f"There is no session {session_id}.")
    audit.note(person_of(request), "signed out in one browser:", str(row.person.email if row.person else ""))
    return {"ended": count}


@router.get("/tokens", response=list[TokenOut], summary="Keys for programs; never the keys themselves")
def list_tokens(request: HttpRequest, all: bool = False) -> Any:
    good = list(tokens.good())
    over = list(tokens.ended()[:500]) if all else []
    return [*(_token_out(row, True) for row in good), *(_token_out(row, False) for row in over)]


@router.delete("/tokens/{token_id}", response={204: None}, summary="Let a key be good no more")
def revoke_token(request: HttpRequest, token_id: int) -> Any:
    row = tokens.good().filter(pk=number_of(token_id)).first()
    if row is None or not tokens.revoke(row, person_of(request)):
        return problem(404, f"There is no key {token_id} that is good.")
    return Status(204, None)


@router.get("/audit", response=EntryPage, summary="Who did what, the newest first")
def list_entries(
    request: HttpRequest,
    who: Text = "",
    what: Text = "",
    since: Moment | None = None,
    until: Moment | None = None,
    before: int | None = None,
    limit: Limit = 50,
) -> Any:
    rows = _entries(who, what, since, until)
    if before is not None:
        rows = rows.filter(pk__lt=number_of(before))
    return part(rows, limit, audit.as_document)


@router.get("/audit.csv", summary="The same as a table (CSV), all of it")
def entries_as_table(
    request: HttpRequest,
    who: Text = "",
    what: Text = "",
    since: Moment | None = None,
    until: Moment | None = None,
) -> HttpResponse | StreamingHttpResponse:
    rows: Iterable[AuditEntry] = _entries(who, what, since, until).iterator(chunk_size=1000)
    answer = StreamingHttpResponse(
        as_csv(audit.COLUMNS, map(audit.as_row, rows)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


@router.get(
    "/audit/state", response=TrailOut, summary="Whether the trail was changed, and the mark to keep elsewhere"
)
def trail_state(request: HttpRequest) -> Any:
    found = audit.examine()
    return {"ok": not found.problem, "count": found.count, "problem": found.problem, "mark": audit.mark()}


def _entries(who: str, what: str, since: datetime | None, until: datetime | None) -> Any:
    return audit.entries(who=who, what=what, since=_aware(since), until=_aware(until))


def _aware(moment: datetime | None) -> datetime | None:
    """Return a moment in UTC where the caller named no zone."""
    return moment.replace(tzinfo=clock.now().tzinfo) if moment and moment.tzinfo is None else moment


def _person_out(row: Person) -> dict[str, Any]:
    return {
        "id": row.pk,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "groups": _groups(row.groups_csv),
        "may_come_in": row.is_active,
        "second_step": second_step.has_second_step(row),
    }


def _invitation_out(row: Invitation) -> dict[str, Any]:
    return {
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "groups": _groups(row.groups_csv),
        "by": row.by.email if row.by else None,
        "e_mailed": row.sent,
        "ends_at": row.ends_at,
    }


def _session_out(row: Session) -> dict[str, Any]:
    return {
        "id": row.pk,
        "person": row.person.email if row.person else "",
        "browser": sessions.browser_of(row.agent),
        "address": row.address,
        "how": row.how,
        "began_at": row.began_at,
        "seen_at": row.seen_at,
        "ends_at": row.ends_at,
    }


def _token_out(row: ApiToken, good: bool) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "can": row.can,
        "person": row.person.email,
        "good": good,
        "made_at": row.created_at,
        "used_at": row.used_at,
        "ends_at": row.ends_at,
        "ended_at": row.ended_at,
    }


def _active(person_id: int) -> Person | None:
    return Person.objects.filter(pk=number_of(person_id), is_active=True).first()


def _nobody(person_id: int) -> HttpResponse:
    return problem(404, f"There is no person {person_id}.")


def _joined(groups: list[str]) -> str:
    text = ",".join(groups)
    if len(text) > GROUPS_MAX:
        raise HttpError(422, f"The names of the groups have more than {GROUPS_MAX} letters together")
    return text


def _groups(text: str) -> list[str]:
    return [group for group in text.split(",") if group]


def _written_out(value: Any) -> Any:
    """Return a moment as it was written; raises ValueError for a mere number, of which nobody knows what it counts."""
    if re.fullmatch(r"\s*[+-]?[0-9.]+\s*", str(value)):
        raise ValueError("is written as 2026-11-26T16:00:00Z")
    return value

"""Connections for programs: connect an app, ask whether its key works, let it go. No key ever comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import ProtectedError
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict

from signoff.api.exact import YesNo
from signoff.api.finding import person_of
from signoff.api.problems import problem
from signoff.api.rights import connect as may_connect
from signoff.api.rights import read
from signoff.connections.connect import connect, disconnect
from signoff.connections.models import Connection
from signoff.connections.stating import LIMITS
from signoff.core.errors import SignoffError
from signoff.core.secret import Secret
from signoff.engine import verbs, watching
from signoff.integrations.usage import switched_on_with
from signoff.pacing import pace

router = Router()


class ConnectionOut(Schema):
    name: str
    app: str
    state: str
    account_name: str
    may: list[str]
    lacks: list[str]
    ends_at: datetime | None
    problem: str


class ConnectionIn(Schema):
    """
    An app's key, as `signoff connect` takes it: `settings` is what else the app asks for, or a limit that you know.

    For an app one signs in at, `secret` is a JSON text with client_id, client_secret and refresh_token.
    """

    model_config = ConfigDict(extra="forbid")

    app: str
    secret: str = ""
    settings: dict[str, str] = {}
    base_url: str = ""
    other_account: YesNo = False


@router.get("", response=list[ConnectionOut], auth=read, summary="The connected apps; never their keys")
def list_connections(request: HttpRequest) -> Any:
    return Connection.objects.all()


@router.get("/{slug:name}", response=ConnectionOut, auth=read, summary="One connection by its name")
def get_connection(request: HttpRequest, name: str) -> Any:
    return Connection.objects.filter(name=name).first() or _none(name)


@router.put(
    "/{slug:name}",
    response={200: ConnectionOut, 201: ConnectionOut},
    auth=may_connect,
    summary="Test a key and save it; a name that exists gets the new key, and what waited for it goes on",
)
def put_connection(request: HttpRequest, name: str, given: ConnectionIn) -> Any:
    is_new = not Connection.objects.filter(name=name).exists()
    try:
        row = connect(
            given.app[:80],
            name,
            Secret(given.secret),
            base_url=given.base_url,
            limits={key: value for key, value in given.settings.items() if key in LIMITS},
            settings={key: value for key, value in given.settings.items() if key not in LIMITS},
            person=person_of(request),
            other_account=given.other_account,
        )
    except SignoffError as error:
        return problem(422, f"{error.owner_message} {error.next_step} Nothing was saved.")
    pace.state_limits(row)
    verbs.mended(row)
    return Status(201 if is_new else 200, row)


@router.post(
    "/{slug:name}/check",
    response=ConnectionOut,
    auth=may_connect,
    summary="Ask the app now whether the key works",
)
def check_connection(request: HttpRequest, name: str) -> Any:
    row = Connection.objects.filter(name=name).first()
    if row is None:
        return _none(name)
    row = watching.check(row, before_work=True, by_person=True)
    if row.state == Connection.State.WORKING:
        verbs.mended(row)
    return row


@router.delete(
    "/{slug:name}", response={204: None}, auth=may_connect, summary="Forget a connection and its key"
)
def remove_connection(request: HttpRequest, name: str) -> Any:
    row = Connection.objects.filter(name=name).first()
    if row is None:
        return _none(name)
    used_by = switched_on_with(name)
    if used_by:
        return problem(409, f"{name} is used by {', '.join(used_by)}. Switch that off first.")
    try:
        disconnect(row, person_of(request))
    except ProtectedError:
        return problem(409, f"{name} has delivered answers, and the history still refers to it.")
    return Status(204, None)


def _none(name: str) -> Any:
    return problem(404, f"No connection is named {name[:80]}.")

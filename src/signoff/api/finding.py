"""What a call is about, by its name or number; what is not there is a 404 in words."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from ninja.errors import HttpError

from signoff.accounts.models import ApiToken, Person
from signoff.api.paging import LARGEST_ID
from signoff.integrations.definition import NAME
from signoff.integrations.models import Integration

NameSought = Annotated[str, Query("", pattern="^[a-z0-9-]*$", max_length=80)]


def integration_named(name: str) -> Integration:
    """Return an integration. Raises HttpError 404."""
    found = None
    if NAME.fullmatch(name):
        found = Integration.objects.select_related("current").filter(name=name).first()
    if found is None:
        raise HttpError(404, f"There is no integration {printable(name)}")
    return found


def number_of(given: int) -> int:
    """Return a number as an id that the database can hold; one that is too large is simply not found."""
    return given if 0 < given <= LARGEST_ID else 0


def token_of(request: HttpRequest) -> ApiToken:
    """Return the token that a program showed."""
    return request.auth  # type: ignore[attr-defined, no-any-return]  # set by ninja from what `authenticate` returned


def person_of(request: HttpRequest) -> Person:
    """Return the person for whom a token acts: the trail names them."""
    return token_of(request).person


def printable(name: str) -> str:
    """Return a name that somebody sent, as an answer may repeat it."""
    return "".join(letter for letter in name[:80] if letter.isprintable())

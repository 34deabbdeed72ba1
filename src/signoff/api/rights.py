"""What a program may do: a token of ours with the right, of a person who may."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from signoff.accounts.models import ApiToken
from signoff.accounts.tokens import token_for


class Forbidden(Exception):
    """The token is good, and does not allow this."""


class Token(HttpBearer):
    """A bearer token of ours that can do this, and whose person may."""

    def __init__(self, can: str, may: str) -> None:
        super().__init__()
        self.can, self.may = can, may

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:  # ninja names it
        found = token_for(token)
        if found is None:
            return None
        if self.can not in found.can:
            raise Forbidden(f"This token has not the right {self.can}.")
        if not found.person.may(self.may):
            raise Forbidden(f"{found.person} has not the right {self.may}, so this token has not either.")
        found.person.through = found.name
        return found


class AnyOf(HttpBearer):
    """A bearer token of ours that has one of several rights, and whose person may; it acts by the first that fits."""

    def __init__(self, *several: Token) -> None:
        super().__init__()
        self.several = several

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:  # ninja names it
        refused: Forbidden | None = None
        for one in self.several:
            try:
                return one.authenticate(request, token)
            except Forbidden as error:
                refused = refused or error
        if refused is not None:
            raise refused
        return None


read = Token("read", "see")
review = Token("review", "review")
propose = Token("propose", "build")  # handing in records begins work and costs money, as building does
build = Token("build", "build")  # what an integration says, the facts it tells, and whether it runs at all
read_or_propose = AnyOf(read, propose)
read_or_review = AnyOf(read, review)
people = Token("people", "people")
connect = Token("connect", "connect")  # an app's key goes in, and none comes out
sign = Token("sign", "people")  # an owner's name under something is no part of the everyday rights

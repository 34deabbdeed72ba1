"""What HubSpot's actions take."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Literal

from pydantic import Field as PydanticField

from signoff.connectors.base import Params, target
from signoff.connectors.hubspot.values import Value


class ByEmail(Params):
    """A contact named by its e-mail address."""

    email: str = target("The contact's e-mail address.", min_length=3)


class ByDomain(Params):
    """A company named by its domain."""

    domain: str = target("The company's domain, such as example.com.", min_length=3)


ContactRef = str | ByEmail
CompanyRef = str | ByDomain


def _contact(description: str, **more: Any) -> Any:
    return target(f"{description}: its id, or {{email: …}} to look it up.", **more)


def _company(description: str, **more: Any) -> Any:
    return target(f"{description}: its id, or {{domain: …}} to look it up.", **more)


_PROPERTIES = "by the fields' internal names."


class About(Params):
    """Which records something is about: any of the three, or several."""

    least: ClassVar[int] = 0

    contact: ContactRef | None = _contact("The contact it is about, if any", default=None)
    company: CompanyRef | None = _company("The company it is about, if any", default=None)
    deal: str | None = target("The deal it is about, if any: its id.", default=None)

    @classmethod
    def fault_of(cls, given: Collection[str]) -> str | None:
        if len({"contact", "company", "deal"} & set(given)) >= cls.least:
            return None
        return (
            "at least one of `contact`, `company` and `deal`"
            if cls.least == 1
            else "two of the three records"
        )


class SetProperty(Params):
    contact: ContactRef = _contact("The contact to change")
    property: str = target("The internal name of the field.", min_length=1)
    value: Value = PydanticField(description="The new value; empty clears the field.")


class CreateContact(Params):
    email: str = target("The new contact's e-mail address.", min_length=3)
    properties: dict[str, Value] = PydanticField(
        default_factory=dict, description=f"More fields, {_PROPERTIES}"
    )


class UpdateContact(Params):
    contact: ContactRef = _contact("The contact to change")
    properties: dict[str, Value] = PydanticField(description=f"The new values, {_PROPERTIES}")


class CreateCompany(Params):
    name: str = PydanticField(description="The company's name.", min_length=1, max_length=500)
    domain: str | None = target("Its domain, such as example.com: what tells companies apart.", default=None)
    properties: dict[str, Value] = PydanticField(
        default_factory=dict, description=f"More fields, {_PROPERTIES}"
    )
    contact: ContactRef | None = _contact("A contact that belongs to it, if any", default=None)


class UpdateCompany(Params):
    company: CompanyRef = _company("The company to change")
    properties: dict[str, Value] = PydanticField(description=f"The new values, {_PROPERTIES}")


class CreateDeal(Params):
    name: str = PydanticField(description="The deal's name.", min_length=1, max_length=500)
    stage: str | None = PydanticField(
        default=None, description="Its stage, by name or id; else the first one."
    )
    pipeline: str | None = PydanticField(
        default=None, description="Its pipeline, by name or id; else the standard one."
    )
    amount: Value = PydanticField(default=None, description="What it is worth, as a number.")
    properties: dict[str, Value] = PydanticField(
        default_factory=dict, description=f"More fields, {_PROPERTIES}"
    )
    contact: ContactRef | None = _contact("The contact it is with, if any", default=None)
    company: CompanyRef | None = _company("The company it is with, if any", default=None)


class UpdateDeal(Params):
    deal: str = target("The deal to change: its id.", min_length=1)
    properties: dict[str, Value] = PydanticField(description=f"The new values, {_PROPERTIES}")


class MoveDeal(Params):
    deal: str = target("The deal to move: its id.", min_length=1)
    stage: str = PydanticField(description="The stage it moves to, by name or id.", min_length=1)
    pipeline: str | None = PydanticField(
        default=None, description="The pipeline of that stage, where the deal changes to another one."
    )


class SetOwner(About):
    least: ClassVar[int] = 1

    owner: str = target("Who is responsible from now on: an owner's id or e-mail address.", min_length=1)


class Associate(About):
    least: ClassVar[int] = 2


class AddNote(About):
    body: str = PydanticField(description="The text of the note.", min_length=1, max_length=60_000)


class CreateTask(About):
    subject: str = PydanticField(description="What is to be done, in one line.", min_length=1, max_length=500)
    body: str = PydanticField(default="", description="More about it.", max_length=60_000)
    owner: str | None = target("Who is to do it: an owner's id or e-mail address.", default=None)
    due_in_days: int = PydanticField(default=1, ge=0, le=365, description="In how many days it is due.")


class LogEmail(About):
    least: ClassVar[int] = 1

    subject: str = PydanticField(description="The subject of the e-mail.", max_length=1000)
    body: str = PydanticField(description="The text of the e-mail.", min_length=1, max_length=60_000)
    direction: Literal["sent", "received"] = PydanticField(
        default="sent",
        description="Whether it was sent or received. HubSpot only keeps it and sends nothing.",
    )
    from_email: str | None = target("Who wrote it, if it is to be kept.", default=None)
    to_email: str | None = target("Who it was for, if it is to be kept.", default=None)

"""What HubSpot's actions take."""

from __future__ import annotations

from typing import Any

from pydantic import Field as PydanticField

from signoff.connectors.base import Params, target
from signoff.connectors.hubspot.values import Value


class ByEmail(Params):
    """A contact named by its e-mail address."""

    email: str = target("The contact's e-mail address.", min_length=3)


ContactRef = str | ByEmail


def _contact_target(description: str, **more: Any) -> Any:
    return target(f"{description}: its id, or {{email: …}} to look it up.", **more)


class SetProperty(Params):
    contact: ContactRef = _contact_target("The contact to change")
    property: str = target("The internal name of the field.", min_length=1)
    value: Value = PydanticField(description="The new value; empty clears the field.")


class AddNote(Params):
    contact: ContactRef | None = _contact_target("The contact the note belongs to, if any", default=None)
    body: str = PydanticField(description="The text of the note.", min_length=1, max_length=60_000)


class CreateContact(Params):
    email: str = target("The new contact's e-mail address.", min_length=3)
    properties: dict[str, Value] = PydanticField(
        default_factory=dict, description="More fields, by their internal names."
    )


class UpdateContact(Params):
    contact: ContactRef = _contact_target("The contact to change")
    properties: dict[str, Value] = PydanticField(description="The new values, by the fields' internal names.")


class CreateTask(Params):
    subject: str = PydanticField(description="What is to be done, in one line.", min_length=1, max_length=500)
    body: str = PydanticField(default="", description="More about it.", max_length=60_000)
    contact: ContactRef | None = _contact_target("The contact the task is about, if any", default=None)
    due_in_days: int = PydanticField(default=1, ge=0, le=365, description="In how many days it is due.")

"""Putting labels on a message and taking them off: doing it twice is the same as once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from pydantic import Field as PydanticField

from signoff.connectors.base import Params, Written, target
from signoff.connectors.gmail.answers import explain, id_of
from signoff.connectors.gmail.received import ME, labels_of
from signoff.connectors.shapes import member
from signoff.core.errors import InputRejected
from signoff.outbound.door import Door

# Gmail's own ones that may be put on and taken off, by what people call them.
SYSTEM: Final = {
    "inbox": "INBOX",
    "unread": "UNREAD",
    "starred": "STARRED",
    "important": "IMPORTANT",
}


class Label(Params):
    message: str = target("The e-mail in Gmail: its id.", min_length=1)
    add: str | list[str] = PydanticField(
        default="", description="A label to put on, by its name, or several."
    )
    remove: str | list[str] = PydanticField(
        default="",
        description="A label to take off, or several. Taking off Inbox archives, Unread marks as read.",
    )
    create: bool = PydanticField(default=False, description="Make a label that is not there yet.")


def put_labels(door: Door, params: Label, app: str) -> Written:
    """Change the labels of a message. Raises `InputRejected` naming the one that cannot be used."""
    ids = _Ids(door, app)
    add = ids.of(_names(params.add), "add", create=params.create)
    remove = ids.of(_names(params.remove), "remove", create=False)
    path = f"{ME}/messages/{quote(params.message.strip(), safe='')}"
    reply = door.post(f"{path}/modify", effect="write", json={"addLabelIds": add, "removeLabelIds": remove})
    if reply.status == 404:
        raise InputRejected(
            f"{reply.call}: 404",
            app=app,
            field="message",
            owner_message="{app} does not have this e-mail any more. Nothing was changed there.",
            next_step="If it was deleted, nothing is to be done.",
        )
    explain(reply)
    return Written(id=id_of(reply, reply.json()))


class _Ids:
    """The ids of labels by their names; asked for once, and only where a name is not one of Gmail's own."""

    def __init__(self, door: Door, app: str) -> None:
        self._door = door
        self._app = app
        self._known: dict[str, str] | None = None

    def of(self, names: Iterable[str], field: str, *, create: bool) -> list[str]:
        return list(dict.fromkeys(self._id(name, field, create) for name in names))

    def _id(self, name: str, field: str, create: bool) -> str:
        if name.casefold() in SYSTEM:
            return SYSTEM[name.casefold()]
        known = self._labels()
        if name.casefold() in known:
            return known[name.casefold()]
        if create and not name.isupper():
            return self._made(name)
        raise InputRejected(
            f"{field}: no such label",
            app=self._app,
            field=field,
            owner_message=f"{{app}} has no label named in “{field}”. Nothing was changed there.",
            next_step="Make the label in {app}, or write `create: true` in the integration; then run it again.",
        )

    def _labels(self) -> dict[str, str]:
        if self._known is None:
            labels = labels_of(self._door)
            self._known = {
                name.casefold(): id
                for id, name in labels.items()
                if not id.isupper() or id.startswith("Label")
            }
        return self._known

    def _made(self, name: str) -> str:
        """Make a label; one that somebody made in the same moment is as good."""
        reply = self._door.post(f"{ME}/labels", effect="write", json={"name": name})
        if reply.status == 409:
            self._known = None
            return self._labels().get(name.casefold()) or self._id(name, "add", create=False)
        explain(reply)
        id = str(member(reply.json(), "id") or "")
        if not id:
            raise reply.unexpected(f"{reply.call}: id missing")
        self._labels()[name.casefold()] = id
        return id


def _names(value: str | Sequence[str]) -> list[str]:
    several = [value] if isinstance(value, str) else value
    return [name.strip() for name in several if name.strip()]

"""Who is told, and by which of their channels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from signoff.accounts.audit import note
from signoff.accounts.mail import can_send
from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.connectors.base import Connector
from signoff.connectors.registry import connector_class
from signoff.core.home import allowed_hosts
from signoff.core.secret import Secret
from signoff.monitoring.models import Channel, Notice, Urgency
from signoff.monitoring.quiet import is_zone
from signoff.outbound import services
from signoff.vault import seal
from signoff.vault.fields import context

MOST_CHANNELS = 10
LONGEST_ADDRESS = 2000
PLACE = re.compile(r"[a-z0-9-]{1,60}\.\S{1,90}")


class ChannelRefused(Exception):
    """A channel cannot be kept as it was stated; the text is for its person. `field` is what to mend."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Wanted:
    """How a person wants to be told by one channel; times are by the wall clock in `zone`."""

    urgency: str = Urgency.CALM
    quiet_from: time | None = None
    quiet_until: time | None = None
    zone: str = ""
    lets_urgent: bool = True
    is_on: bool = True
    weekly: bool = True


def people_to_tell() -> list[Person]:
    """Return the people who may know how things stand, each with their own e-mail as a channel; it is on for owners."""
    people = [person for person in Person.objects.filter(is_active=True).order_by("pk") if person.may("see")]
    has_own = set(Channel.objects.filter(kind=Channel.Kind.OWN).values_list("person_id", flat=True))
    for person in people:
        if person.pk not in has_own:
            own_channel(person)
    return people


def own_channel(person: Person) -> Channel:
    """Return the channel to a person's own e-mail address; made if it is missing."""
    new = _new_own(person)
    defaults = {"is_on": new.is_on, "zone": new.zone, "shown": new.shown}
    return Channel.objects.get_or_create(person=person, kind=Channel.Kind.OWN, defaults=defaults)[0]


def channels_of(person: Person) -> list[Channel]:
    """
    Return all channels of a person, in the order in which they are tried. Stores nothing.

    Their own e-mail is among them from the beginning; as long as nobody has used or changed it, its row has no number.
    """
    rows = list(person.channels.select_related("person"))
    return rows if any(row.kind == Channel.Kind.OWN for row in rows) else [_new_own(person), *rows]


def _new_own(person: Person) -> Channel:
    return Channel(
        person=person,
        kind=Channel.Kind.OWN,
        shown="E-mail to me",
        is_on=person.role == Person.Role.OWNER,
        zone=timezone.get_default_timezone_name(),
    )


def taking(channels: Iterable[Channel], notice: Notice) -> list[Channel]:
    """
    Return those of a person's channels that take a notice, in their order.

    An e-mail channel takes nothing while no mail server is set, and none is told of its own trouble.
    """
    urgency, mails = Urgency(notice.urgency).rank, can_send()
    return [
        row
        for row in channels
        if row.is_on
        and Urgency(row.urgency).rank <= urgency
        and notice.key != f"channel:{row.pk}"
        and (mails or row.kind not in Channel.BY_MAIL)
    ]


def address_of(row: Channel) -> Secret:
    """Return where a channel leads. Raises `seal.Damaged`, `KeyTrouble`."""
    if row.kind == Channel.Kind.OWN:
        return Secret(row.person.email)
    return seal.open(row.sealed or b"", context(row, "address"))


def add(person: Person, kind: str, address: Secret, wanted: Wanted, by: object = None) -> Channel:
    """Keep another channel of a person, the last in their order. Raises `ChannelRefused`; nothing is sent."""
    if person.channels.count() >= MOST_CHANNELS:
        raise ChannelRefused("kind", "Ten channels are enough for one person. Remove one first.")
    if not person.may("build"):
        raise ChannelRefused(
            "kind", "Only owners and builders may be told elsewhere than by their own e-mail."
        )
    shown = _checked(kind, address)
    values = _values(wanted)
    with transaction.atomic():
        last = person.channels.aggregate(last=Max("position"))["last"] or 0
        row = Channel.objects.create(person=person, kind=kind, shown=shown, position=last + 1, **values)
        row.sealed = seal.seal(Secret(address.reveal().strip()), context(row, "address"))
        row.save(update_fields=["sealed"])
        note(by or person, "added a channel for notices", f"{shown} of {person}")
    return row


def as_wanted(row: Channel, **changed: Any) -> Wanted:
    """Return how a channel is used, with some of it changed."""
    return replace(Wanted(**{field.name: getattr(row, field.name) for field in fields(Wanted)}), **changed)


def change(row: Channel, wanted: Wanted, by: object = None) -> Channel:
    """Let a channel be used in another way. Raises `ChannelRefused`."""
    values = _values(wanted)
    if not wanted.is_on:
        values |= {"problem": "", "problem_since": None}
    with transaction.atomic():
        Channel.objects.filter(pk=row.pk).update(**values)
        note(by or row.person, "changed a channel for notices", f"{row} of {row.person}")
    row.refresh_from_db()
    return row


def use_first(row: Channel) -> None:
    """Let a channel be tried before the person's others."""
    with transaction.atomic():
        own_channel(row.person)  # from here on its place matters
        order = [row, *(one for one in row.person.channels.select_for_update() if one.pk != row.pk)]
        for position, one in enumerate(order):
            Channel.objects.filter(pk=one.pk).update(position=position)


def remove(row: Channel, by: object = None) -> None:
    """Forget a channel and its address. One's own e-mail stays; it can be switched off. Raises `ChannelRefused`."""
    if row.kind == Channel.Kind.OWN:
        raise ChannelRefused("kind", "Your own e-mail address stays. You can switch it off.")
    with transaction.atomic():
        note(by or row.person, "removed a channel for notices", f"{row} of {row.person}")
        row.delete()


def _checked(kind: str, address: Secret) -> str:
    """Return what may be shown of an address, or say what is wrong with it."""
    text = address.reveal().strip()
    if not text or len(text) > LONGEST_ADDRESS:
        raise ChannelRefused("address", "The address is empty or too long. Copy it once more.")
    if kind == Channel.Kind.MAIL:
        try:
            validate_email(text)
        except ValidationError:
            raise ChannelRefused("address", "This is not an e-mail address.") from None
        return text[:120]
    if kind == Channel.Kind.APP:
        return _checked_place(text)
    if kind == Channel.Kind.SERVICE:
        try:
            return services.name_of(address, allowed_hosts())[:120]
        except services.NotUsable as error:
            raise ChannelRefused("address", str(error)) from None
    raise ChannelRefused("kind", "There is no such channel. There are: mail, app, service.")


def _checked_place(text: str) -> str:
    name, _, place = text.partition(".")
    if not PLACE.fullmatch(text):
        raise ChannelRefused(
            "address", "Write the connection's name, a dot and the place: slack-main.#alerts"
        )
    row = Connection.objects.filter(name=name).first()
    if row is None:
        raise ChannelRefused("address", f"No connection is named {name}. Connections lists them.")
    if connector_class(row.app).tell is Connector.tell:
        raise ChannelRefused("address", f"{name} cannot tell people anything. Slack can.")
    return f"{place} at {name}"


def _values(wanted: Wanted) -> dict[str, Any]:
    if wanted.urgency not in Urgency.values:
        raise ChannelRefused("urgency", f"There is no such urgency. There are: {', '.join(Urgency.values)}.")
    zone = wanted.zone or timezone.get_default_timezone_name()
    if not is_zone(zone):
        raise ChannelRefused("zone", "There is no such time zone. They are written like Europe/Berlin.")
    if (wanted.quiet_from is None) != (wanted.quiet_until is None):
        raise ChannelRefused("quiet_until", "Quiet hours need a beginning and an end.")
    if wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_until:
        raise ChannelRefused("quiet_until", "Quiet hours need to end at another time than they begin.")
    return {
        "urgency": wanted.urgency,
        "quiet_from": wanted.quiet_from,
        "quiet_until": wanted.quiet_until,
        "zone": zone,
        "lets_urgent": wanted.lets_urgent,
        "is_on": wanted.is_on,
        "weekly": wanted.weekly,
    }

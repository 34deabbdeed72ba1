"""Notices and channels for programs: what is open, who knows of it, and how the token's person is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from signoff.api.exact import Whole, YesNo
from signoff.api.finding import number_of, person_of
from signoff.api.paging import Limit, Number, page
from signoff.api.problems import problem
from signoff.api.rights import read, review
from signoff.core.secret import Secret
from signoff.monitoring import acting, channels, telling
from signoff.monitoring.documents import channel_as_document, notice_as_document
from signoff.monitoring.models import Channel, Notice

router = Router()

LISTED = 200


class NoticeOut(Schema):
    """One cause. `round` grows each time it gets worse; send it along to act on nothing but what was seen."""

    id: int
    cause: str
    urgency: str
    subject: str
    title: str
    text: str
    page: str
    waiting: int
    round: int
    ends_at: str | None
    first_seen_at: str
    last_seen_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    snoozed_at: str | None
    snoozed_by: str | None
    closed_at: str | None
    closing: str | None


class ChannelOut(Schema):
    """
    One way to tell the token's person, without its address. `id` 0 is their own e-mail before its first use.

    `weekly`: a letter about the week comes on Mondays, by one's own e-mail alone.
    """

    id: int
    kind: str
    name: str
    urgency: str
    quiet_from: str | None
    quiet_until: str | None
    zone: str
    lets_urgent: bool
    is_on: bool
    weekly: bool
    problem: str | None


class RoundIn(Schema):
    round: Whole | None = None


class ChannelIn(Schema):
    kind: Literal["mail", "app", "service"]
    address: str
    urgency: Literal["now", "soon", "calm"] = "calm"


class ChannelChangeIn(Schema):
    """What is left out stays as it is."""

    urgency: Literal["now", "soon", "calm"] | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    zone: str | None = None
    lets_urgent: YesNo | None = None
    is_on: YesNo | None = None
    weekly: YesNo | None = None
    first: YesNo = False


class ChannelTestOut(Schema):
    channel: int
    problem: str | None


@router.get("", response=list[NoticeOut], auth=read, summary="What stopped or will stop")
def list_notices(
    request: HttpRequest,
    response: HttpResponse,
    state: Literal["open", "over"] = "open",
    before: Number = None,
    limit: Limit = LISTED,
) -> Any:
    rows = acting.open_notices() if state == "open" else _over(before)
    if state == "open" and before is not None:
        places = [place for place, row in enumerate(rows) if row.pk == before]
        if not places:
            return problem(409, f"Notice {before} is over since you asked. Ask anew, without before.")
        rows = rows[places[0] + 1 :]
    return [notice_as_document(row) for row in page(request, response, rows, limit)]


@router.post("/{notice_id}/ack", response=NoticeOut, auth=review, summary="Somebody knows and sees to it")
def acknowledge(request: HttpRequest, notice_id: int, seen: RoundIn | None = None) -> Any:
    return _act(request, acting.acknowledge, notice_id, seen)


@router.post(
    "/{notice_id}/snooze", response=NoticeOut, auth=review, summary="Put it aside until it gets worse"
)
def snooze(request: HttpRequest, notice_id: int, seen: RoundIn | None = None) -> Any:
    return _act(request, acting.snooze, notice_id, seen)


@router.get("/channels", response=list[ChannelOut], auth=read, summary="How the token's person is told")
def list_channels(request: HttpRequest) -> Any:
    return [channel_as_document(row) for row in channels.channels_of(person_of(request))]


@router.post("/channels", response={201: ChannelOut}, auth=review, summary="Add a channel; nothing is sent")
def add_channel(request: HttpRequest, given: ChannelIn) -> Any:
    try:
        wanted = channels.Wanted(urgency=given.urgency)
        row = channels.add(person_of(request), given.kind, Secret(given.address), wanted)
    except channels.ChannelRefused as refused:
        return problem(422, str(refused))
    return Status(201, channel_as_document(row))


@router.patch("/channels/{channel_id}", response=ChannelOut, auth=review, summary="Change a channel")
def change_channel(request: HttpRequest, channel_id: int, given: ChannelChangeIn) -> Any:
    row = _channel(request, channel_id)
    if row is None:
        return _no_channel(channel_id)
    stated = given.dict(exclude_unset=True, exclude={"first"})
    # Quiet hours can be taken away; of everything else, nothing means that it stays.
    changed = {k: v for k, v in stated.items() if v is not None or k in ("quiet_from", "quiet_until")}
    try:
        row = channels.change(row, channels.as_wanted(row, **changed))
    except channels.ChannelRefused as refused:
        return problem(422, str(refused))
    if given.first:
        channels.use_first(row)
    return channel_as_document(row)


@router.delete("/channels/{channel_id}", response={204: None}, auth=review, summary="Forget a channel")
def remove_channel(request: HttpRequest, channel_id: int) -> Any:
    row = _channel(request, channel_id)
    if row is None:
        return _no_channel(channel_id)
    try:
        channels.remove(row)
    except channels.ChannelRefused as refused:
        return problem(422, str(refused))
    return Status(204, None)


@router.post("/channels/{channel_id}/test", response=ChannelTestOut, auth=review, summary="Send a test")
def test_channel(request: HttpRequest, channel_id: int) -> Any:
    row = _channel(request, channel_id)
    if row is None:
        return _no_channel(channel_id)
    return {"channel": row.pk, "problem": telling.test(row) or None}


def _over(before: int | None) -> QuerySet[Notice]:
    """Return what is over, the latest first, from behind a notice on."""
    rows = (
        acting.closed_notices().select_related("acknowledged_by", "snoozed_by").order_by("-closed_at", "-pk")
    )
    last = Notice.objects.filter(pk=before).first() if before is not None else None
    if before is None:
        return rows
    if last is None or last.closed_at is None:
        return rows.none()
    return rows.filter(Q(closed_at__lt=last.closed_at) | Q(closed_at=last.closed_at, pk__lt=last.pk))


def _act(request: HttpRequest, act: Callable[..., Notice], notice_id: int, seen: RoundIn | None) -> Any:
    person = person_of(request)
    if not person.may("build"):
        return problem(403, f"{person} may look at notices and not act on them.")
    try:
        return notice_as_document(act(number_of(notice_id), person, seen.round if seen else None))
    except LookupError as error:
        return problem(404, str(error))
    except acting.NoticeChanged as changed:
        return problem(409, str(changed))


def _channel(request: HttpRequest, channel_id: int) -> Channel | None:
    person = person_of(request)
    if channel_id == 0:
        return channels.own_channel(person)
    return Channel.objects.select_related("person").filter(pk=number_of(channel_id), person=person).first()


def _no_channel(channel_id: int) -> HttpResponse:
    return problem(404, f"You have no channel {channel_id}.")

"""Lists that are plain arrays are read to their end by their Link header, each row once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from signoff.accounts.models import Person
from signoff.api.tests.test_v1 import problem_of
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.hooks.models import Hook, Message
from signoff.hooks.subscribe import subscribe
from signoff.monitoring.models import Notice
from signoff.runs.models import Run, Upload

ROWS = 5


def hooks(house):
    for _ in range(ROWS):
        subscribe("draft.waiting", Secret("https://203.0.114.7/x"), house.owner, house.integration)
    return [row.pk for row in Hook.objects.order_by("pk")]


def messages(house):
    hooks(house)
    house.receive(house.lead())
    now = clock.now()
    for number in range(ROWS):
        Message.objects.create(
            hook=Hook.objects.first(), run=Run.objects.first(), event="draft.waiting", happened_at=now, made_at=now,
            webhook_id=f"msg_{number}", next_at=now, try_until=now,
        )  # fmt: skip
    return [row.pk for row in Message.objects.order_by("-pk")]


def uploads(house):
    for number in range(ROWS):
        Upload.objects.create(
            integration=house.integration, name=f"{number}.csv", sha256="0" * 64, size=1, layout={}, count=0,
            state="done", made_by=house.owner, made_at=clock.now(),
        )  # fmt: skip
    return [row.pk for row in Upload.objects.order_by("-pk")]


def notices(house, closed=False):
    now = clock.now()
    for number in range(ROWS):
        at = now - timedelta(minutes=number // 2)  # two at the same moment
        Notice.objects.create(
            key=f"limit:{number}", urgency=("now", "calm")[number % 2], title="x", first_seen_at=at, last_seen_at=now,
            tell_from=now, closed_at=at if closed else None,
        )  # fmt: skip
    return None


def over(house):
    return notices(house, closed=True)


@pytest.mark.parametrize(
    ("address", "fill"),
    [
        ("hooks?event=draft.waiting", hooks),
        ("hooks/{first}", messages),
        ("uploads?integration=follow-up-new-leads", uploads),
        ("notices", notices),
        ("notices?state=over", over),
    ],
)
def test_a_list_is_read_to_its_end_two_rows_at_a_time(client, token, house, address, fill):
    wanted = fill(house)
    headers = token("read")
    address = address.format(first=Hook.objects.first().pk if "{first}" in address else "")
    whole = client.get(f"/api/v1/{address}", headers=headers)

    found, following = [], f"/api/v1/{address}{'&' if '?' in address else '?'}limit=2"
    while following:
        answer = client.get(following, headers=headers)
        assert answer.status_code == 200, answer.content
        found += [row["id"] for row in answer.json()]
        link = re.fullmatch(r'<(https?://[^/]+)(/[^>]+)>; rel="next"', answer.headers.get("Link", ""))
        following = link[2] if link else ""
        assert len(found) <= ROWS

    assert found == [row["id"] for row in whole.json()]
    assert len(set(found)) == ROWS
    assert wanted is None or found == wanted
    assert "Link" not in whole.headers


def test_messages_of_all_hooks_come_by_pages_and_filters(client, token, house):
    wanted = messages(house)
    headers = token("read")
    Message.objects.filter(pk=wanted[0]).update(state="told")

    first = client.get("/api/v1/hooks/messages?limit=3", headers=headers).json()
    second = client.get(f"/api/v1/hooks/messages?limit=3&before={first['next']}", headers=headers).json()

    assert [row["id"] for row in first["items"] + second["items"]] == wanted
    assert second["next"] is None
    told = client.get("/api/v1/hooks/messages?state=told", headers=headers).json()["items"]
    assert [row["id"] for row in told] == wanted[:1]
    assert client.get("/api/v1/hooks/messages?run=4711", headers=headers).json()["items"] == []
    problem_of(client.get("/api/v1/hooks/messages?state=lost", headers=headers), 422)


def test_a_page_behind_a_notice_that_is_over_is_asked_for_anew(client, token, house):
    notices(house)
    gone = Notice.objects.first()
    Notice.objects.filter(pk=gone.pk).update(closed_at=clock.now())

    problem_of(client.get(f"/api/v1/notices?before={gone.pk}", headers=token("read")), 409)


def test_a_hook_is_tried_and_what_it_answered_is_told(client, token, house):
    assert Person.objects.exists()
    from signoff.outbound.tests.local import answer, local

    with local(lambda asked: answer(503)) as server:
        hook, _ = subscribe("draft.waiting", Secret(server.url), house.owner, house.integration)
        headers = token("read")
        reply = client.post(f"/api/v1/hooks/{hook.pk}/test", headers=headers)

    assert reply.json() == {"hook": hook.pk, "status": 503, "problem": "The receiver answered 503."}
    assert server.asked[0].json()["type"] == "hook.test"
    problem_of(client.post("/api/v1/hooks/99999/test", headers=headers), 404)

"""Notices and channels by REST: what is open, who may act on it, and no address ever."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person
from signoff.accounts.tokens import make_token
from signoff.api.tests.test_v1 import problem_of
from signoff.core import clock
from signoff.monitoring.models import Channel, Notice

pytestmark = pytest.mark.django_db
HERE = "/api/v1/notices"


@pytest.fixture
def notice(db):
    now = clock.now()
    return Notice.objects.create(
        key="limit:1", urgency="soon", title="The limit for today is reached", first_seen_at=now, last_seen_at=now,
        tell_from=now,
    )  # fmt: skip


@pytest.fixture
def ask(client, db):
    """Ask with a token of the one person who has a role."""

    def asked(method, path, *can, body=None, role="owner"):
        person = Person.objects.filter(role=role).first() or Person.objects.add(
            f"{role}@example.test", None, role
        )
        headers = {"Authorization": f"Bearer {make_token('test', person, can).reveal()}"}
        more = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
        return getattr(client, method)(HERE + path, headers=headers, **more)

    return asked


def test_open_notices_are_read_and_those_that_are_over(ask, notice):
    (row,) = ask("get", "", "read").json()
    assert (row["id"], row["title"], row["acknowledged_at"]) == (notice.pk, notice.title, None)

    Notice.objects.update(closed_at=clock.now(), closing="It goes on.")
    assert ask("get", "", "read").json() == []
    assert ask("get", "?state=over", "read").json()[0]["closing"] == "It goes on."


@pytest.mark.parametrize(("verb", "field"), [("ack", "acknowledged_by"), ("snooze", "snoozed_by")])
def test_a_notice_is_acted_on_as_the_person_of_the_token(ask, notice, verb, field):
    reply = ask("post", f"/{notice.pk}/{verb}", "review", body={"round": 1})

    assert reply.status_code == 200, reply.content
    assert reply.json()[field]


def test_who_may_not_act_is_told_so_and_nothing_changes(ask, notice):
    problem_of(ask("post", f"/{notice.pk}/ack", "read"), 403)
    problem_of(ask("post", f"/{notice.pk}/ack", "review", role="reviewer"), 403)
    problem_of(ask("post", f"/{notice.pk}/ack", "review", body={"round": 7}), 409)
    problem_of(ask("post", "/999999/snooze", "review"), 404)
    problem_of(ask("post", f"/{2**70}/snooze", "review"), 404)

    assert not Notice.objects.get().is_quiet


def test_channels_are_added_changed_tried_and_removed_without_their_address(ask, notice, monkeypatch):
    monkeypatch.delenv("SIGNOFF_SMTP", raising=False)
    address = "json" + "s://hooks.example.com/hush-hush"
    made = ask("post", "/channels", "review", body={"kind": "service", "address": address, "urgency": "now"})
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    mail = ask("post", "/channels", "review", body={"kind": "mail", "address": "office@example.com"}).json()[
        "id"
    ]

    changed = ask(
        "patch", f"/channels/{mail}", "review",
        body={"quiet_from": "22:00", "quiet_until": "07:00", "zone": "Europe/Berlin", "first": True},
    )  # fmt: skip
    listed = ask("get", "/channels", "read")

    assert (changed.json()["quiet_from"], changed.json()["urgency"]) == ("22:00", "calm")
    assert listed.json()[0]["id"] == mail
    assert b"hush-hush" not in made.content + listed.content
    assert "none is set" in ask("post", f"/channels/{mail}/test", "review").json()["problem"]
    assert ask("delete", f"/channels/{number}", "review").status_code == 204
    problem_of(ask("delete", f"/channels/{number}", "review"), 404)
    problem_of(ask("patch", f"/channels/{mail}", "review", body={"zone": "Mars"}), 422)
    problem_of(ask("post", "/channels", "review", body={"kind": "mail", "address": "x"}), 422)
    problem_of(ask("delete", "/channels/0", "review"), 422)
    assert set(Channel.objects.values_list("kind", flat=True)) == {"mail", "own"}

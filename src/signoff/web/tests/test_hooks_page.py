"""The page Hooks: add an address, try it, see each attempt, send again, remove; and nothing of it but the host."""

from __future__ import annotations

import pytest
from django.db import connection as db
from django.test.utils import CaptureQueriesContext

from signoff.accounts.models import ApiToken, AuditEntry, Person
from signoff.api.tests.conftest import token
from signoff.api.tests.test_proposals import tell_all
from signoff.core import clock
from signoff.hooks.models import Hook, Message
from signoff.outbound.tests.local import answer, local
from signoff.web.tests import world

__all__ = ["token"]

pytestmark = pytest.mark.django_db
HERE = "/settings/hooks/"


@pytest.fixture
def page(client, house):
    client.force_login(house.owner)
    return client


def text(answered):
    return " ".join(answered.content.decode().split())


def add(page, url, event="draft.waiting", **more):
    return page.post(f"{HERE}new/", {"event": event, "address": url, **more})


def test_the_list_asks_the_database_no_more_often_for_many_than_for_two(page):
    def asked(count):
        while Hook.objects.count() < count:
            add(page, f"https://hooks.example.com/{Hook.objects.count()}")
        with CaptureQueriesContext(db) as queries:
            page.get(HERE)
        return len(queries)

    two = asked(2)
    assert asked(12) <= two


def test_an_address_is_added_told_and_seen_with_each_attempt(page, house, work_off):
    says = [answer(503)]
    with local(lambda asked: says.pop() if says else answer(204)) as server:
        made = text(add(page, server.url + "/unguessable", integration=house.integration.name))
        hook = Hook.objects.get()
        house.receive(house.lead())
        work_off()
        tell_all()
        shown = text(page.get(f"{HERE}{hook.pk}/"))
        page.post(f"{HERE}told/{Message.objects.get().pk}/again/")
        tell_all()

    assert "whsec_" in made
    assert "Needs you. The receiver answered 503." in shown
    assert "We try again" in shown
    assert "1 attempt" in shown
    assert "2 attempts" in text(page.get(f"{HERE}{hook.pk}/"))
    assert len({asked.headers["webhook-id"] for asked in server.asked}) == 1
    for address in (HERE, f"{HERE}{hook.pk}/"):
        assert "unguessable" not in text(page.get(address))
        assert "whsec_" not in text(page.get(address))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (200, "127.0.0.1 received the test."),
        (500, "did not arrive. The receiver answered 500."),
        (410, "gone for good"),
    ],
)
def test_a_test_says_what_the_address_answered_and_is_no_event(page, status, says):
    with local(lambda asked: answer(status)) as server:
        add(page, server.url)
        page.post(f"{HERE}{Hook.objects.get().pk}/test/")
        shown = text(page.get(HERE))

    (asked,) = server.asked
    assert says in shown
    assert asked.json()["type"] == "hook.test"
    assert Hook.objects.get().state == "on"
    assert Message.objects.count() == 0


def test_a_test_of_an_address_where_nobody_is_says_so(page):
    with local(lambda asked: answer(200)) as server:
        add(page, server.url)

    page.post(f"{HERE}{Hook.objects.get().pk}/test/")

    assert "Nobody could be reached at this address." in text(page.get(HERE))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://10.1.2.3/x", "lies in a private network"),
        ("http://203.0.114.7/x", "begins with http://"),
        ("no address", "This is no address to send to"),
    ],
)
def test_an_address_that_cannot_be_told_is_refused_with_a_sentence(page, url, says):
    answered = add(page, url)

    assert answered.status_code == 422
    assert says in text(answered)
    assert not Hook.objects.exists()


def test_a_removed_address_is_told_nothing_more_and_the_trail_says_who(page, house, work_off):
    with local(lambda asked: answer(200)) as server:
        add(page, server.url)
        hook = Hook.objects.get()
        assert page.get(f"{HERE}{hook.pk}/remove/").status_code == 200
        page.post(f"{HERE}{hook.pk}/remove/")
        house.receive(house.lead())
        work_off()
        tell_all()

    assert server.asked == []
    assert page.get(f"{HERE}{hook.pk}/").status_code == 404
    assert AuditEntry.objects.filter(did="took a hook away from").exists()


def test_a_hook_whose_key_has_ended_never_looks_as_if_it_worked(page, house, client, token):
    with local(lambda asked: answer(200)) as server:
        body = {"event": "draft.waiting", "target_url": server.url}
        client.post("/api/v1/hooks", body, content_type="application/json", headers=token("read"))
        ApiToken.objects.update(ended_at=clock.now())

    assert "The key of the program that made it has ended." in text(page.get(HERE))


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_it_is_not_for_those_who_do_not_build(client, house, role):
    hook = world.hooked(house.integration, house.owner) if house.receive(house.lead()) else None
    client.force_login(Person.objects.add(f"{role}@example.test", None, role))

    for address in ("", "new/", f"{hook.pk}/", f"{hook.pk}/test/", f"{hook.pk}/remove/"):
        assert client.post(HERE + address).status_code == 403
    assert Hook.objects.get().state == "on"

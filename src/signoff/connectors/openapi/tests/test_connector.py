"""A described app’s connector against answers that are hard to provoke: errors, pages, orders, lost answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, Sent, Unknown
from signoff.connectors.openapi import choosing, rates
from signoff.connectors.openapi.document import read
from signoff.connectors.openapi.following import is_certain, moment_of
from signoff.connectors.openapi.making import class_of
from signoff.connectors.openapi.tests import acme
from signoff.core import errors
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

MARKER = "so-7-0-1f9c2b3d"


def task(number, at=None, **more):
    made = datetime.fromtimestamp(at, UTC).isoformat() if at else None
    return {"id": f"t{number}", "title": f"Task {number}", **({"created_at": made} if made else {}), **more}


def connector(
    server, change=None, reads=("listTasks",), writes=("createTask", "changeTask"), header=None, **settings
):
    plan = choosing.plan_for(read(acme.document(change)), reads, writes)
    door = Door(
        server.url,
        app="Acme",
        authorise=lambda: header or {"Authorization": "Bearer key-1"},
        allow_hosts=HERE,
        timeout_seconds=5.0,
    )
    return class_of("openapi-acme", plan)(door, settings)


def follow(client, cursor):
    """Return the keys of all events from a cursor on, and the last cursor."""
    keys = []
    for _ in range(50):
        page = client.changes("new_task", cursor, ())
        keys += [event.key for event in page.events]
        cursor = page.cursor
        if not page.more:
            return keys, cursor
    raise AssertionError("the list does not end")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InputRejected), (401, errors.CredentialRejected), (402, errors.QuotaExhausted),
        (403, errors.PermissionMissing), (404, errors.InputRejected), (409, errors.InputRejected),
        (422, errors.InputRejected), (429, errors.RateLimited), (500, errors.OutcomeUnknown),
        (503, errors.OutcomeUnknown),
        (303, errors.OutcomeUnknown), (307, errors.AnswerUnexpected),
    ],
)  # fmt: skip
def test_each_status_belongs_to_whoever_can_mend_it(status, kind):
    said = {"message": "The task of Mrs Berg is bad", "code": "bad_task"}
    with (
        local(lambda asked: answer(status, said, {"retry-after": "7"})) as server,
        pytest.raises(kind) as caught,
    ):
        connector(server).perform("create_task", {"title": "Chairs"}, MARKER)

    assert "Berg" not in str(caught.value) + caught.value.owner_message
    assert kind is not errors.RateLimited or caught.value.retry_after_seconds == 7


def test_what_is_new_is_told_once_whatever_pages_it_comes_on():
    now = time.time()
    tasks = [task(n, now - 86400 - n) for n in range(60)]

    def pages(asked):
        page = int(asked.query.get("page", "1"))
        return answer(200, tasks[(page - 1) * 10 : page * 10])

    with local(pages) as server:
        client = connector(server)
        first = client.changes("new_task", None, ())
        tasks[:0] = [task(f"new{n}", time.time() + 20 - n) for n in range(12)]
        keys, cursor = follow(client, first.cursor)
        again, _ = follow(client, first.cursor)
        asked_before = len(server.asked)
        later, _ = follow(client, cursor)
        asked = len(server.asked) - asked_before

    assert not first.events
    assert sorted(keys) == sorted(f"new_task:tnew{n}" for n in range(12))
    assert keys == again, "the same cursor tells the same"
    assert set(later) <= set(keys), "told twice it has the same key"
    assert asked == 2, "it ends where the old ones begin, and does not read the list to its end"


@pytest.mark.parametrize(
    "ages",
    [
        [86400 - n for n in range(45)],  # the oldest first
        [86400] * 45,  # all by one import
        [*range(86400, 86410), *range(70000, 70035)],  # by chance in order for a page
    ],
)
def test_a_list_that_is_not_in_order_is_read_whole(ages):
    now = time.time()
    tasks = [task(n, now - age) for n, age in enumerate(ages)]
    with local(
        lambda asked: answer(200, tasks[(int(asked.query.get("page", "1")) - 1) * 10 :][:10])
    ) as server:
        client = connector(server)
        cursor = client.changes("new_task", None, ()).cursor
        tasks.append(task("new", time.time() + 2))
        keys, _ = follow(client, cursor)

    assert keys == ["new_task:tnew"]


def test_long_ids_that_begin_alike_are_two_records_and_each_is_read_and_written_by_its_own():
    begins = "urn:acme:" + "x" * 150
    whole = [f"{begins}-{which}" for which in ("one", "two")]
    tasks = [task("old", time.time() - 86400)]
    with local(lambda asked: answer(200, tasks if asked.path == "/tasks" else tasks[0])) as server:
        client = connector(server)
        cursor = client.changes("new_task", None, ()).cursor
        tasks[:0] = [task(0, time.time() + 5) | {"id": id} for id in whole]
        events = client.changes("new_task", cursor, ()).events
        read = [client.read("new_task", event.object_id, ()) for event in events]

    assert len({event.key for event in events}) == len({event.object_id for event in events}) == 2
    assert all(len(event.object_id) <= 120 for event in events)
    assert [event.record["id"] for event in events] == [record["id"] for record in read] == whole


def test_an_id_of_120_letters_is_kept_as_it_is():
    long = "x" * 120
    tasks = [task("old", time.time() - 86400)]
    with local(lambda asked: answer(200, tasks)) as server:
        client = connector(server)
        cursor = client.changes("new_task", None, ()).cursor
        tasks[:0] = [task(0, time.time() + 5) | {"id": long}]
        (event,) = client.changes("new_task", cursor, ()).events

    assert (event.object_id, event.key) == (long, f"new_task:{long}")


def test_of_a_list_without_times_every_id_is_remembered():
    tasks = [task(n) for n in range(15)]
    with local(
        lambda asked: answer(200, tasks[(int(asked.query.get("page", "1")) - 1) * 10 :][:10])
    ) as server:
        client = connector(server)
        keys, cursor = follow(client, client.changes("new_task", None, ()).cursor)
        tasks.insert(3, task("new"))
        told, cursor = follow(client, cursor)
        later, _ = follow(client, cursor)

    assert (keys, told, later) == ([], ["new_task:tnew"], [])


def test_what_is_new_is_told_also_by_an_app_whose_times_name_no_zone():
    """At 10:00 in New York it writes "10:00", which in London is long before the owner began."""
    local_time = datetime.now(UTC) - timedelta(hours=5)
    rows = [{**task(n), "created_at": f"{local_time:%Y-%m-%dT%H:%M:%S}"} for n in range(3)]
    with local(lambda asked: answer(200, rows if "page" not in asked.query else [])) as server:
        client = connector(server)
        before, cursor = follow(client, client.changes("new_task", None, ()).cursor)
        rows.insert(0, {**task("new"), "created_at": f"{local_time:%Y-%m-%dT%H:%M:%S}"})
        told, cursor = follow(client, cursor)
        later, _ = follow(client, cursor)

    assert (before, told, later) == ([], ["new_task:tnew"], [])


@pytest.mark.parametrize("zone", ["", "+00:00"])
def test_the_first_records_of_a_list_that_was_empty_are_told(zone):
    rows = []
    with local(lambda asked: answer(200, rows if "page" not in asked.query else [])) as server:
        client = connector(server)
        before, cursor = follow(client, client.changes("new_task", None, ()).cursor)
        behind = datetime.now(UTC) - timedelta(hours=5 if not zone else 0)
        rows.append({**task("new"), "created_at": f"{behind:%Y-%m-%dT%H:%M:%S}{zone}"})
        told, cursor = follow(client, cursor)
        later, cursor = follow(client, cursor)

    assert (before, told) == ([], ["new_task:tnew"])
    assert set(later) <= set(told), "told twice it has the same key"
    assert ('"by":"time"' in cursor) is bool(zone), "a long list is read in part only where it says when"


@pytest.mark.parametrize(
    "value",
    [
        "²²²²²²²²²",
        10**400,
        "9" * 500,
        float("nan"),
        -1,
        True,
        "1 Jan 99999999999999999999 00:00:00 +0000",
        [],
        {},
    ],
)
def test_what_is_no_moment_is_none(value):
    assert moment_of(value) is None
    assert not is_certain(value)


def test_what_the_document_demands_is_sent_with_each_kind_of_call():
    def demanding(tree):
        version = {
            "in": "header",
            "name": "X-Api-Version",
            "required": True,
            "schema": {"type": "string", "enum": ["7"]},
        }
        kind = {
            "in": "query",
            "name": "kind",
            "required": True,
            "schema": {"type": "string", "enum": ["open"]},
        }
        notify = {"in": "query", "name": "notify", "required": True, "schema": {"type": "boolean"}}
        tags = {
            "in": "query", "name": "tag", "required": True, "schema": {"type": "array", "items": {"type": "string"}},
        }  # fmt: skip
        paths = tree["paths"]
        paths["/tasks"]["get"]["parameters"] += [version, kind]
        paths["/tasks"]["post"]["parameters"] = [version, kind, notify, tags]
        paths["/tasks/{task_id}"]["get"]["parameters"] = [version, kind]

    with local(
        lambda asked: answer(200, task(1) if asked.path != "/tasks" or asked.method == "POST" else [])
    ) as server:
        client = connector(server, demanding)
        client.changes("new_task", None, ())
        client.read("new_task", "t1", ())
        client.perform("create_task", {"title": "Chairs", "notify": True, "tag": ["a b", "c"]}, MARKER)

    listed, read_one, written = server.asked
    assert [asked.headers.get("x-api-version") for asked in server.asked] == ["7", "7", "7"]
    assert [asked.query.get("kind") for asked in (listed, read_one)] == ["open", "open"]
    assert written.target == "/tasks?kind=open&notify=true&tag=a+b&tag=c"
    assert written.json()["title"] == "Chairs"


def test_a_record_is_not_asked_for_where_more_is_demanded_than_is_known():
    def demanding(tree):
        team = {"in": "query", "name": "team", "required": True, "schema": {"type": "string"}}
        tree["paths"]["/tasks/{task_id}"]["get"]["parameters"] = [team]

    with local(lambda asked: answer(200, [task(1)] if asked.path == "/tasks" else {})) as server:
        found = connector(server, demanding).read("new_task", "t1", ())

    assert found["title"] == "Task 1"
    assert {asked.path for asked in server.asked} == {"/tasks"}


def test_a_next_page_may_be_named_by_its_query_alone():
    def in_a_team(tree):
        paths = tree["paths"]
        paths["/teams/{team}/tasks"] = paths.pop("/tasks")
        team = {"in": "path", "name": "team", "required": True, "schema": {"type": "string"}}
        paths["/teams/{team}/tasks"]["get"]["parameters"].append(team)

    def pages(asked):
        if "page" in asked.query:
            return answer(200, [])
        is_second = "cursor" in asked.query
        return answer(
            200, [task(2 if is_second else 1)], {} if is_second else {"link": '<?cursor=2>; rel="next"'}
        )

    with local(pages) as server:
        client = connector(server, in_a_team, writes=(), team="a b")
        follow(client, client.changes("new_task", None, ()).cursor)

    assert {asked.target.partition("?")[0] for asked in server.asked} == {"/teams/a%20b/tasks"}


def test_what_has_our_number_starts_nothing():
    with local(lambda asked: answer(200, tasks if "page" not in asked.query else [])) as server:
        tasks = []
        client = connector(server)
        cursor = client.changes("new_task", None, ()).cursor
        cursor = cursor.replace('"by":"ids"', '"by":"time"')
        tasks += [
            task(1, time.time() + 2, external_id=MARKER),
            task(2, time.time() + 2, external_id="theirs"),
        ]
        keys, _ = follow(client, cursor)

    assert keys == ["new_task:t2"]


@pytest.mark.parametrize(
    ("link", "is_followed"),
    [
        ('<{here}/tasks?cursor=2>; rel="next", <{here}/tasks>; rel="prev"', True),
        ('<https://evil.example/tasks?cursor=2>; rel="next"', False),
    ],
)
def test_a_next_page_is_followed_at_the_same_server_alone(link, is_followed):
    def pages(asked):
        if "cursor" in asked.query:
            return answer(200, [])
        return answer(200, [task(1)], {"link": link.format(here=server.url)})

    with local(pages) as server:
        client = connector(server)
        if is_followed:
            assert follow(client, client.changes("new_task", None, ()).cursor)[0] == []
            assert {asked.path for asked in server.asked} == {"/tasks"}
        else:
            with pytest.raises(errors.AnswerUnexpected):
                client.changes("new_task", None, ())


def test_the_lost_answer_of_what_was_made_is_found_by_our_number_and_never_taken_for_not_sent():
    row = task(5, time.time(), external_id=MARKER)
    intent = Intent("create_task", {"title": "Chairs"}, MARKER, datetime.now(UTC) - timedelta(seconds=20))
    with local(lambda asked: answer(200, rows if "page" not in asked.query else [])) as server:
        rows = [row]
        assert connector(server).reconcile(intent) == Sent("t5")
        rows = [task(6, time.time(), title="Chairs")]
        assert isinstance(connector(server).reconcile(intent), Unknown), "too short to be known again"
        rows = []
        assert isinstance(connector(server).reconcile(intent), Unknown), (
            "that it is not there yet proves nothing"
        )


def test_the_lost_answer_of_a_change_is_found_by_reading_back():
    intent = Intent("change_task", {"task_id": "t5", "title": "Chairs"}, MARKER, datetime.now(UTC))
    with local(lambda asked: answer(200, task(5, title=title))) as server:
        title = "Chairs"
        assert connector(server).reconcile(intent) == Sent("t5")
        title = "Tables"
        assert isinstance(connector(server).reconcile(intent), Unknown)


def test_a_hostile_id_leads_nowhere_else():
    with local(lambda asked: answer(200, task(1))) as server:
        client = connector(server)
        client.perform("change_task", {"task_id": "../me?x=1#y", "title": "Chairs"}, MARKER)
        with pytest.raises(errors.InputRejected):
            client.perform("change_task", {"task_id": "..", "title": "Chairs"}, MARKER)

    (asked,) = server.asked
    assert asked.target == "/tasks/..%2Fme%3Fx%3D1%23y"
    assert "external_id" not in asked.json(), "what somebody else's number may be is not overwritten"


def test_choices_and_lengths_hold_before_anything_is_sent():
    with local(lambda asked: answer(200, {})) as server:
        client = connector(server)
        for params in (
            {"title": "x" * 81},
            {"title": "x", "priority": "urgent"},
            {"title": "x", "labels": ["green"]},
        ):
            with pytest.raises(errors.InputRejected):
                client.perform("create_task", params, MARKER)

    assert server.asked == []


def test_an_idempotency_key_of_the_document_makes_a_write_repeatable():
    def keyed(tree):
        header = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
        tree["paths"]["/tasks"]["post"]["parameters"] = [header]

    with local(lambda asked: answer(201, task(1))) as server:
        client = connector(server, keyed)
        client.perform("create_task", {"title": "Chairs"}, MARKER)

    assert client.actions()["create_task"].repeatable
    assert server.asked[0].headers["idempotency-key"] == MARKER


@pytest.mark.parametrize(
    ("scheme", "header", "carried"),
    [
        ({"type": "apiKey", "in": "query", "name": "api_key"}, {"query": "api_key=k&1"}, "/me?api_key=k%261"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, {"Cookie": "sid=k1"}, "/me"),
    ],
)
def test_a_key_in_the_query_or_a_cookie_is_sent_and_never_told(scheme, header, carried):
    with local(lambda asked: answer(401, {})) as server:
        client = connector(
            server, lambda tree: tree["components"]["securitySchemes"].update(token=scheme), header=header
        )
        with pytest.raises(errors.CredentialRejected) as caught:
            client.check()

    assert server.asked[0].target == carried
    assert server.asked[0].headers.get("cookie") == header.get("Cookie")
    assert "k&1" not in str(caught.value)
    assert "k%261" not in str(caught.value)


def test_check_says_who_one_is_and_what_the_key_lacks():
    def said(asked):
        return answer(200, {"id": "u1", "name": "Ada's team"}) if asked.path == "/me" else answer(403, {})

    with local(said) as server:
        account = connector(server).check()

    assert (account.id, account.name, account.lacks) == ("u1", "Ada's team", ("read task",))


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (
            {"ratelimit-limit": "100", "ratelimit-policy": "100;w=60", "ratelimit-remaining": "3"},
            (100, 60.0, 3, None),
        ),
        (
            {"ratelimit": '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60'},
            (100, 60.0, 50, 30.0),
        ),
        (
            {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2.5"},
            (10, 0.0, 0, 2.5),
        ),
        (
            {"x-rate-limit-limit": "10", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "30"},
            (10, 0.0, 0, 30.0),
        ),
        ({"x-ratelimit-limit": "many", "x-ratelimit-remaining": "-1"}, None),
        ({"x-ratelimit-limit": "0"}, None),
        ({}, None),
    ],
)
def test_limits_are_read_from_the_headers(headers, told):
    found = rates.limits(headers)

    assert [(one.limit, one.per_seconds, one.remaining, one.reset_seconds) for one in found] == (
        [told] if told else []
    )


def test_headers_without_end_are_read_in_a_moment():
    began = time.monotonic()

    assert rates.limits({"ratelimit-policy": "9" * 60_000, "x-ratelimit-limit": "9" * 60_000 + ";w=1"}) == ()
    assert time.monotonic() - began < 1


def test_a_moment_is_a_way_to_tell_when_all_is_left_again():
    (one,) = rates.limits({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 40)})

    assert 35 < one.reset_seconds < 41

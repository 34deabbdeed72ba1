"""Doist's own Python client on the practice Todoist."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from todoist_api_python.api import TodoistAPI

from signoff_sandbox.testing import TODOIST_KEY, TODOIST_SETTINGS

OFFERS = TODOIST_SETTINGS["project"]


class Elsewhere(httpx.HTTPTransport):
    """The client knows one address only; this one turns every request to the practice app."""

    def __init__(self, address):
        super().__init__()
        self.address = httpx.URL(address)

    def handle_request(self, request):
        assert request.url.host == "api.todoist.com"
        request.url = request.url.copy_with(
            scheme=self.address.scheme, host=self.address.host, port=self.address.port
        )
        return super().handle_request(request)


@pytest.fixture
def signed_in(practice):
    practice.control("todoist", fresh=True, fail_no_more=True)

    def client(key=TODOIST_KEY):
        return TodoistAPI(key, client=httpx.Client(transport=Elsewhere(practice.address("todoist"))))

    yield client
    practice.control("todoist", fresh=True, fail_no_more=True)


@pytest.fixture
def api(signed_in):
    with signed_in() as api:
        yield api


def every(pages):
    return [one for page in pages for one in page]


def test_the_client_finds_the_projects(api):
    projects = every(api.get_projects())

    assert [(project.name, bool(project.is_inbox_project)) for project in projects] == [
        ("Inbox", True),
        ("Offers", False),
    ]
    assert api.get_project(OFFERS).name == "Offers"


def test_a_task_is_added_read_changed_done_and_taken_away(api):
    task = api.add_task(
        "Call Mr Berg",
        project_id=OFFERS,
        description="chairs",
        priority=4,
        labels=["urgent"],
        due_date=date(2026, 12, 1),
    )
    read = api.get_task(task.id)
    assert (read.content, read.description, read.priority, read.labels) == (
        "Call Mr Berg",
        "chairs",
        4,
        ["urgent"],
    )
    assert read.due.date == date(2026, 12, 1)
    assert read.project_id == OFFERS
    assert not read.is_completed
    assert abs(datetime.now(UTC) - read.created_at) < timedelta(minutes=1)

    assert api.update_task(task.id, content="Write to Mr Berg").content == "Write to Mr Berg"
    assert api.get_task(task.id).due.date == date(2026, 12, 1)

    assert api.complete_task(task.id)
    assert every(api.get_tasks(project_id=OFFERS)) == []
    now = datetime.now(UTC)
    done = every(
        api.get_completed_tasks_by_completion_date(
            since=now - timedelta(days=1), until=now + timedelta(minutes=5)
        )
    )
    assert [one.id for one in done] == [task.id]

    assert api.uncomplete_task(task.id)
    assert [one.id for one in every(api.get_tasks(project_id=OFFERS))] == [task.id]
    assert api.delete_task(task.id)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        api.get_task(task.id)


def test_a_task_without_a_project_goes_to_the_inbox(api):
    inbox = next(project for project in every(api.get_projects()) if project.is_inbox_project)

    assert api.add_task("Buy milk").project_id == inbox.id


def test_a_list_comes_in_pages(api, practice):
    ids = practice.control("todoist", add=[f"task {number}" for number in range(7)])["add"]

    pages = list(api.get_tasks(project_id=OFFERS, limit=3))

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [task.id for task in every(pages)] == ids
    assert [task.id for task in every(api.get_tasks(ids=ids[:2]))] == ids[:2]
    assert [len(page) for page in api.get_tasks()] == [7], "50 unless the client says otherwise"


def test_comments_stand_below_tasks_and_projects(api):
    task = api.add_task("Offer", project_id=OFFERS)
    below = api.add_comment("Done.", task_id=task.id)
    about = api.add_comment("All of November", project_id=OFFERS)

    assert [(one.id, one.content, one.task_id) for one in every(api.get_comments(task_id=task.id))] == [
        (below.id, "Done.", task.id)
    ]
    assert [one.id for one in every(api.get_comments(project_id=OFFERS))] == [about.id]


def test_labels_are_told(api):
    assert [label.name for label in every(api.get_labels())] == ["urgent", "customer"]


def refused(call):
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        call()
    told = refusal.value.response.json()
    assert told["http_code"] == refusal.value.response.status_code
    assert set(told) == {"error", "error_code", "error_extra", "error_tag", "http_code"}
    return told["http_code"], told["error_tag"], told["error_extra"].get("argument")


def test_what_does_not_fit_is_refused_by_name(api):
    assert refused(lambda: api.add_task("")) == (400, "INVALID_ARGUMENT_VALUE", "content")
    assert refused(lambda: api.add_task("x" * 501)) == (400, "INVALID_ARGUMENT_VALUE", "content")
    assert refused(lambda: api.add_task("x", priority=5)) == (400, "INVALID_ARGUMENT_VALUE", "priority")
    assert refused(lambda: api.add_task("x", project_id="2203306141")) == (
        400,
        "V1_ID_CANNOT_BE_USED",
        "project_id",
    )
    assert refused(lambda: api.add_task("x", project_id="6XGgm6PHrGgMpCFq")) == (404, "NOT_FOUND", None)
    assert refused(lambda: list(api.get_tasks(limit=201))) == (400, "INVALID_ARGUMENT_VALUE", "limit")
    assert refused(lambda: api.add_comment("x" * 15001, project_id=OFFERS)) == (
        400,
        "INVALID_ARGUMENT_VALUE",
        "content",
    )
    now = datetime.now(UTC)
    long = api.get_completed_tasks_by_completion_date(since=now - timedelta(days=100), until=now)
    assert refused(lambda: list(long)) == (400, "INVALID_ARGUMENT_VALUE", "until")


def test_a_cursor_is_good_for_its_own_question_only(api, practice):
    practice.control("todoist", add=["a", "b", "c"])
    address, headers = practice.address("todoist"), {"Authorization": f"Bearer {TODOIST_KEY}"}
    first = httpx.get(f"{address}/api/v1/tasks", params={"limit": 2}, headers=headers).json()

    other = {"limit": 2, "cursor": first["next_cursor"], "project_id": OFFERS}
    told = httpx.get(f"{address}/api/v1/tasks", params=other, headers=headers)

    assert (told.status_code, told.json()["error_extra"]["argument"]) == (400, "cursor")


def test_who_may_not_is_not_let_in(signed_in, api, practice):
    with signed_in("f" * 40) as stranger:
        assert refused(lambda: list(stranger.get_projects())) == (401, "UNAUTHORIZED", None)

    practice.control("todoist", scopes=["data:read"])
    assert every(api.get_tasks()) == []
    assert refused(lambda: api.add_task("x")) == (403, "AUTH_INSUFFICIENT_TOKEN_SCOPE", None)

    practice.control("todoist", scopes=["task:add"])
    task = api.add_task("x")
    assert refused(lambda: list(api.get_tasks())) == (403, "AUTH_INSUFFICIENT_TOKEN_SCOPE", None)
    assert refused(lambda: api.complete_task(task.id)) == (403, "AUTH_INSUFFICIENT_TOKEN_SCOPE", None)


def test_a_full_project_takes_no_more_until_something_is_done(api, practice):
    practice.control("todoist", most_tasks=1)
    task = api.add_task("x", project_id=OFFERS)

    assert refused(lambda: api.add_task("y", project_id=OFFERS)) == (403, "MAX_ITEMS_LIMIT_REACHED", None)

    api.complete_task(task.id)
    assert api.add_task("y", project_id=OFFERS).id


def test_too_many_requests_are_told_to_wait_and_let_in_again(api, practice):
    practice.control("todoist", requests=2)
    every(api.get_labels())
    every(api.get_labels())

    with pytest.raises(httpx.HTTPStatusError) as limited:
        every(api.get_labels())

    answered = limited.value.response
    assert (answered.status_code, answered.json()["error_tag"]) == (429, "LIMITS_REACHED")
    wait = answered.json()["error_extra"]["retry_after"]
    assert answered.headers["retry-after"] == str(wait)
    assert 890 < wait <= 901
    practice.control("todoist", clock_offset_seconds=wait)
    try:
        assert every(api.get_labels())
    finally:
        practice.control("todoist", clock_offset_seconds=0)

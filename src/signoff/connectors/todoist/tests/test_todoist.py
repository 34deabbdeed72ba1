"""Answers that the practice Todoist does not give."""

from __future__ import annotations

import pytest

from signoff.connectors.todoist.connector import AddTask, Todoist
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

TOKEN = "0123456789abcdef0123456789abcdef01234567"
TASK = AddTask(project="6XGgm6PHrGgMpCFX", content="Call Mr Berg")


def todoist_at(url, **settings):
    door = Door(
        url,
        app="Todoist",
        authorise=lambda: {"Authorization": f"Bearer {TOKEN}"},
        allow_hosts=HERE,
        timeout_seconds=5.0,
    )
    return Todoist(door, settings)


def refusal(status, tag, **extra):
    told = {
        "error": "Words of Mr Berg's",
        "error_tag": tag,
        "error_code": 1,
        "http_code": status,
        "error_extra": extra,
    }
    return answer(status, told)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (refusal(400, "INVALID_ARGUMENT_VALUE", argument="due_date"), InputRejected),
        (refusal(400, "V1_ID_CANNOT_BE_USED"), InputRejected),
        (refusal(401, "UNAUTHORIZED"), CredentialRejected),
        (answer(401, {}), CredentialRejected),
        (answer(401, "<html>Sign in to the Wi-Fi</html>"), VendorDown),
        (refusal(403, "PROJECT_FROZEN"), InputRejected),
        (refusal(403, "MAX_SECTIONS_LIMIT_REACHED"), InputRejected),
        (answer(403, {}), PermissionMissing),
        (refusal(404, "NOT_FOUND"), InputRejected),
        (refusal(413, "TOO_LARGE"), InputRejected),
        (answer(429, {}), RateLimited),
    ],
)
def test_each_answer_belongs_to_whoever_can_mend_it(told, error):
    with local(lambda asked: told) as server, pytest.raises(error) as refused:
        todoist_at(server.url).add_task(TASK, "so-7-0-1f9c")

    assert "Berg" not in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_the_word_for_what_was_refused_is_told_to_developers():
    told = refusal(400, "INVALID_ARGUMENT_VALUE", argument="due_date")
    with local(lambda asked: told) as server, pytest.raises(InputRejected, match="due_date"):
        todoist_at(server.url).add_task(TASK, "so-7-0-1f9c")


@pytest.mark.parametrize("told", [{}, {"results": None}, {"results": {}}, []])
def test_no_list_is_not_an_empty_one(told):
    with local(lambda asked: answer(200, told)) as server, pytest.raises(AnswerUnexpected):
        todoist_at(server.url, project="6XGgm6PHrGgMpCFX").changes("task_added", None, ())


def test_the_token_stands_in_the_header_and_nowhere_else():
    with local(lambda asked: answer(200, {"id": "6X7rM8997g3RQmvh"})) as server:
        todoist_at(server.url).add_task(TASK, "so-7-0-1f9c")

    [asked] = server.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in asked.target + asked.body.decode()


def test_a_record_is_read_by_its_id_and_none_where_it_is_gone():
    task = {"id": "6X7rM8997g3RQmvh", "content": "a", "priority": 1, "labels": [], "due": None}
    with local(lambda asked: answer(200, task)) as server:
        assert todoist_at(server.url).read("task_added", "../user", ("content",)) == {
            "id": task["id"],
            "content": "a",
        }
        assert server.asked[0].target == "/tasks/..%2Fuser"

    with local(lambda asked: refusal(404, "NOT_FOUND")) as server:
        assert todoist_at(server.url).read("task_added", "6X7rM8997g3RQmvh", ()) is None

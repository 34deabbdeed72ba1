"""The official OpenAI client sends batches to the practice AI, and gets its answers back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import openai
import pytest

from signoff_sandbox.testing import Practice
from signoff_sandbox.tests.test_openai_client import FORM, LEAD, client_of

DAY = 24 * 3600
CHAT = "/v1/chat/completions"


@pytest.fixture
def client(own_practice: Practice) -> openai.OpenAI:
    return client_of(own_practice)


def line(custom_id, url=CHAT, **body):
    asked = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": LEAD}],
        "response_format": FORM,
        **body,
    }
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": asked}


def upload(client, *lines, **more):
    raw = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines).encode()
    return client.files.create(file=("leads.jsonl", raw), purpose="batch", **more)


def begin(client, *lines, endpoint=CHAT, **more):
    file = upload(client, *lines)
    return client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more)


def pass_time(practice, seconds):
    now = datetime.fromisoformat(practice.books("openai", summary=True)["now"])
    practice.control("openai", clock_at=datetime.fromtimestamp(now.timestamp() + seconds, UTC).isoformat())


def told(client, file_id):
    return [json.loads(one) for one in client.files.content(file_id).text.splitlines()]


def test_a_batch_goes_through_its_states_and_gives_every_answer_once(own_practice, client):
    own_practice.control("openai", batch_seconds=1000)
    begun = begin(client, *(line(f"lead-{n}") for n in range(20)), metadata={"marker": "m-1"})

    seen = [begun.status]
    for seconds in (150, 400, 400, 100):
        pass_time(own_practice, seconds)
        seen.append(client.batches.retrieve(begun.id).status)
    done = client.batches.retrieve(begun.id)
    answers = told(client, done.output_file_id)

    assert seen == ["validating", "in_progress", "in_progress", "finalizing", "completed"]
    assert done.metadata == {"marker": "m-1"}
    assert done.error_file_id is None
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (
        20,
        20,
        0,
    )
    names = [one["custom_id"] for one in answers]
    assert sorted(names) == sorted(f"lead-{n}" for n in range(20))
    assert names != [f"lead-{n}" for n in range(20)], "the order is the vendor's own"
    body = answers[0]["response"]["body"]
    assert answers[0]["response"]["status_code"] == 200
    assert json.loads(body["choices"][0]["message"]["content"])["intent"] == "pricing"
    assert body["usage"]["total_tokens"] > 0


def test_a_batch_of_responses_is_answered_as_responses(own_practice, client):
    own_practice.control("openai", batch_seconds=0)
    asked = {"custom_id": "a", "method": "POST", "url": "/v1/responses"}
    begun = begin(client, {**asked, "body": {"model": "gpt-6-luna", "input": LEAD}}, endpoint="/v1/responses")

    done = client.batches.retrieve(begun.id)

    assert told(client, done.output_file_id)[0]["response"]["body"]["object"] == "response"


def test_lines_that_fail_stand_in_the_error_file_and_the_others_are_answered(own_practice, client):
    own_practice.control("openai", batch_seconds=0, fail_batch_lines=1)
    bad_form = {"type": "json_schema", "json_schema": {"name": "x y", "schema": {}}}
    begun = begin(client, line("good"), line("bad", response_format=bad_form), line("also good"))

    done = client.batches.retrieve(begun.id)
    failed = told(client, done.error_file_id)
    answered = told(client, done.output_file_id) if done.output_file_id else []

    assert done.status == "completed"
    assert (done.request_counts.completed, done.request_counts.failed) == (len(answered), len(failed))
    assert sorted(one["custom_id"] for one in (*failed, *answered)) == ["also good", "bad", "good"]
    by_name = {one["custom_id"]: one for one in failed}
    assert any(one["response"]["status_code"] == 500 for one in failed)
    assert by_name["bad"]["response"]["status_code"] in (400, 500)
    assert by_name["bad"]["error"] is None


def test_what_is_not_answered_in_a_day_expires_and_the_rest_is_delivered(own_practice, client):
    own_practice.control("openai", batch_seconds=2 * DAY)
    begun = begin(client, *(line(f"lead-{n}") for n in range(10)))

    pass_time(own_practice, DAY + 60)
    done = client.batches.retrieve(begun.id)
    answered, failed = told(client, done.output_file_id), told(client, done.error_file_id)

    assert done.status == "expired"
    assert done.expired_at == done.expires_at
    assert len(answered) + len(failed) == 10
    assert answered
    assert {one["error"]["code"] for one in failed} == {"batch_expired"}
    assert {one["response"] for one in failed} == {None}


def test_a_batch_that_is_cancelled_gives_what_was_answered_before(own_practice, client):
    own_practice.control("openai", batch_seconds=1000)
    begun = begin(client, *(line(f"lead-{n}") for n in range(10)))
    pass_time(own_practice, 500)
    client.batches.retrieve(begun.id)

    cancelling = client.batches.cancel(begun.id)
    pass_time(own_practice, 11)
    done = client.batches.retrieve(begun.id)

    assert (cancelling.status, done.status) == ("cancelling", "cancelled")
    assert told(client, done.output_file_id)
    assert {one["error"]["code"] for one in told(client, done.error_file_id)} == {"batch_cancelled"}
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(begun.id)


@pytest.mark.parametrize(
    ("lines", "code", "at"),
    [
        (["{no json"], "invalid_json_line", 1),
        ([line("a"), line("a")], "duplicate_custom_id", 2),
        ([line("a"), line("b", model="gpt-4.1")], "mismatched_model", 2),
        ([line("a", url="/v1/responses")], "invalid_url", 1),
        ([{**line("a"), "custom_id": ""}], "missing_required_parameter", 1),
        ([""], "empty_file", None),
    ],
)
def test_a_file_that_is_wrong_fails_as_a_whole(own_practice, client, lines, code, at):
    own_practice.control("openai", batch_seconds=0)

    done = client.batches.retrieve(begin(client, *lines).id)

    assert done.status == "failed"
    assert (done.errors.data[0].code, done.errors.data[0].line) == (code, at)
    assert done.output_file_id is None


def test_more_tokens_than_may_wait_fail_until_others_are_through(own_practice, client):
    own_practice.control("openai", batch_seconds=100, enqueued_tokens=100)
    first = begin(client, line("a"))
    pass_time(own_practice, 20)
    second = begin(client, line("b"))
    pass_time(own_practice, 20)

    failed = client.batches.retrieve(second.id)
    pass_time(own_practice, 100)
    client.batches.retrieve(first.id)
    third = begin(client, line("b"))
    pass_time(own_practice, 100)

    assert failed.errors.data[0].code == "token_limit_exceeded"
    assert client.batches.retrieve(first.id).status == "completed"
    assert client.batches.retrieve(third.id).status == "completed"


def test_a_key_that_is_revoked_stops_no_batch_and_another_gets_its_answers(own_practice, client):
    own_practice.control("openai", batch_seconds=100)
    begun = begin(client, line("a"))
    own_practice.control("openai", rotate_key="sk-another")

    with pytest.raises(openai.AuthenticationError):
        client.batches.retrieve(begun.id)
    pass_time(own_practice, 100)
    other = client_of(own_practice, "sk-another")
    done = other.batches.retrieve(begun.id)

    assert done.status == "completed"
    with pytest.raises(openai.AuthenticationError):
        client.files.content(done.output_file_id)
    assert len(told(other, done.output_file_id)) == 1


def test_credit_that_ends_meanwhile_fails_the_lines_that_are_left(own_practice, client):
    own_practice.control("openai", batch_seconds=100)
    begun = begin(client, line("a"), line("b"), line("c"))
    own_practice.control("openai", billing="insufficient_quota")
    pass_time(own_practice, 100)

    failed = told(client, client.batches.retrieve(begun.id).error_file_id)

    assert {one["response"]["status_code"] for one in failed} == {429}
    assert {one["response"]["body"]["error"]["code"] for one in failed} == {"insufficient_quota"}


def test_a_batch_whose_answer_was_lost_was_begun_all_the_same(own_practice, client):
    file = upload(client, line("a"))
    own_practice.control(
        "openai", fail_next={"fault": "lost_answer", "method": "POST", "path": "/v1/batches"}
    )
    with pytest.raises(openai.APIConnectionError):
        client.batches.create(
            input_file_id=file.id, endpoint=CHAT, completion_window="24h", metadata={"marker": "lost"}
        )

    assert [one.metadata for one in client.batches.list()] == [{"marker": "lost"}]


def test_batches_are_listed_page_by_page_the_newest_first(own_practice, client):
    begun = [begin(client, line("a")).id for _ in range(5)]

    page = client.batches.list(limit=2)

    assert [one.id for one in page.data] == begun[:2:-1]
    assert page.has_more
    assert [one.id for one in client.batches.list(limit=2)] == begun[::-1]


def test_files_are_kept_for_as_long_as_was_asked_or_until_they_are_deleted(own_practice, client):
    short = upload(client, line("a"), expires_after={"anchor": "created_at", "seconds": 3600})
    gone = upload(client, line("a"))

    assert client.files.content(short.id).text == json.dumps(line("a"))
    assert short.expires_at - short.created_at == 3600
    assert client.files.delete(gone.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(gone.id)
    pass_time(own_practice, 3601)
    with pytest.raises(openai.NotFoundError):
        client.files.content(short.id)
    with pytest.raises(openai.BadRequestError):
        upload(client, line("a"), expires_after={"anchor": "created_at", "seconds": 60})


def test_an_output_file_is_kept_for_as_long_as_was_asked(own_practice, client):
    own_practice.control("openai", batch_seconds=0)
    keep = {"anchor": "created_at", "seconds": 3600}
    done = client.batches.retrieve(begin(client, line("a"), output_expires_after=keep).id)

    pass_time(own_practice, 3601)

    with pytest.raises(openai.NotFoundError):
        client.files.content(done.output_file_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"completion_window": "1h"},
        {"endpoint": "/v1/nothing"},
        {"metadata": {"long": "x" * 513}},
        {"metadata": {str(n): "x" for n in range(17)}},
    ],
)
def test_a_batch_that_openai_would_refuse_is_refused(own_practice, client, wrong):
    asked = {"input_file_id": upload(client, line("a")).id, "endpoint": CHAT, "completion_window": "24h"}

    with pytest.raises(openai.BadRequestError):
        client.batches.create(**{**asked, **wrong})
    with pytest.raises(openai.NotFoundError):
        client.batches.create(**{**asked, "input_file_id": "file-none"})


def test_a_provider_that_offers_no_batches_has_no_such_path(own_practice, client):
    own_practice.control("openai", dialect="deepseek")

    with pytest.raises(openai.NotFoundError):
        client.batches.list()
    with pytest.raises(openai.NotFoundError):
        upload(client, line("a"))

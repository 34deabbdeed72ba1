"""Batches on the practice AI, and what only a tiny server can answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Collected, NotSent, Pending, Question, Sent, Unknown
from signoff.connectors.openai import batches, connector
from signoff.connectors.registry import connector_class, manifests
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    AnswerUnexpected,
    Broken,
    CredentialRejected,
    InputRejected,
    ModelGone,
    OutcomeUnknown,
    QuotaExhausted,
    RateLimited,
    VendorDown,
)
from signoff.core.prompt import Image, Message, Prompt
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local
from signoff_sandbox.testing import OPENAI_KEY

SCHEMA = {
    "type": "object",
    "properties": {
        "body": {"type": "string", "maxLength": 1200},
        "intent": {"type": "string", "enum": ["pricing", "support", "other"]},
    },
    "required": ["body", "intent"],
}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def question(key, name="Ada", model="gpt-4o", schema=SCHEMA, tokens=1024):
    record = f"Record:\nfirstname: {name}\nemail: {key}@example.test\nmessage: What does it cost?"
    asked = (Message("system", "Write a short follow-up e-mail to a new lead."), Message("user", record))
    return Question(key, Prompt(model, asked, "v1", tokens), schema)


@pytest.fixture
def ai(practice):
    connector._dialects.clear()
    calm = {"faults": "mistakes=0,structural=0", "fail_no_more": True, "dialect": "openai", "billing": None}
    calm |= {"reasoning_tokens": 0, "enqueued_tokens": 2_000_000, "fail_batch_lines": 0, "batch_seconds": 0}
    practice.control("openai", **calm, clock_offset_seconds=0, restore_key=None, always=None)
    yield connect(practice, "openai")
    practice.control("openai", clock_offset_seconds=0, restore_key=OPENAI_KEY, billing=None, always=None)


def test_every_answer_comes_back_under_the_key_of_its_question(practice, ai):
    names = {f"r{n}": name for n, name in enumerate(["Ada", "Grace", "Edsger", "Barbara", "Donald", "Tony"])}

    batch = ai.submit([question(key, name) for key, name in names.items()], "m-1")
    got = ai.collect(batch)

    assert set(got.answers) == set(names)
    for key, name in names.items():
        assert name in json.loads(got.answers[key].text)["body"]
        assert got.answers[key].stopped == "done"
        assert got.answers[key].usage.input_tokens > 0
    assert (got.failed, got.trouble) == ({}, None)


def test_a_batch_that_is_under_way_says_how_far_it_is(practice, ai):
    practice.control("openai", batch_seconds=1000)
    batch = ai.submit([question(f"r{n}") for n in range(4)], "m-2")
    practice.control("openai", clock_offset_seconds=500)

    got = ai.collect(batch)

    assert isinstance(got, Pending)
    assert 0 < got.answered < got.total == 4
    assert got.ends_at - datetime.now(UTC) > timedelta(hours=23)


def test_a_batch_whose_answer_was_lost_is_found_by_its_marker_and_only_that(practice, ai):
    began = datetime.now(UTC)
    for number in range(3):
        ai.submit([question("r1")], f"other-{number}")
    practice.control("openai", fail_next={"fault": "lost_answer", "method": "POST", "path": "/v1/batches"})

    with pytest.raises(OutcomeUnknown):
        ai.submit([question("r1")], "lost")

    found = ai.find("lost", began)
    assert isinstance(found, Sent)
    assert set(ai.collect(found.external_id).answers) == {"r1"}
    assert ai.find("never", began) == NotSent()


@pytest.mark.parametrize("fault", ["cut", "http500", "http502", "http503"])
def test_a_batch_that_may_not_have_begun_is_asked_for_and_was_not(practice, ai, fault):
    began = datetime.now(UTC)
    practice.control("openai", fail_next={"fault": fault, "method": "POST", "path": "/v1/batches"})

    with pytest.raises(OutcomeUnknown):
        ai.submit([question("r1")], f"unborn-{fault}")

    assert ai.find(f"unborn-{fault}", began) == NotSent()


@pytest.mark.parametrize(
    ("fault", "family"), [("cut", VendorDown), ("lost_answer", VendorDown), ("rate", RateLimited)]
)
def test_a_file_that_did_not_arrive_began_nothing(practice, ai, fault, family):
    before = len(practice.books("openai")["batches"])
    practice.control("openai", fail_next={"fault": fault, "method": "POST", "path": "/v1/files"})

    with pytest.raises(family):
        ai.submit([question("r1")], "m-3")

    assert len(practice.books("openai")["batches"]) == before


def test_a_batch_that_was_refused_leaves_no_file_behind(practice, ai):
    before = practice.books("openai")["files"]
    practice.control("openai", fail_next={"fault": "rate", "method": "POST", "path": "/v1/batches"})

    with pytest.raises(RateLimited):
        ai.submit([question("r1")], "m-4")

    assert practice.books("openai")["files"] == before


def test_questions_that_failed_are_told_apart_from_those_that_were_answered(practice, ai):
    practice.control("openai", fail_batch_lines=1)

    got = ai.collect(ai.submit([question(f"r{n}") for n in range(3)], "m-5"))

    assert len(got.answers) == 2
    assert {type(error) for error in got.failed.values()} == {VendorDown}
    assert set(got.answers) | set(got.failed) == {"r0", "r1", "r2"}


def test_what_expired_was_not_answered_and_the_rest_was(practice, ai):
    practice.control("openai", batch_seconds=48 * 3600)
    batch = ai.submit([question(f"r{n}") for n in range(6)], "m-6")
    practice.control("openai", clock_offset_seconds=24 * 3600 + 60)

    got = ai.collect(batch)

    assert got.answers
    assert got.failed
    assert {type(error) for error in got.failed.values()} == {VendorDown}
    assert len(got.answers) + len(got.failed) == 6


def test_a_batch_that_is_stopped_brings_what_was_answered(practice, ai):
    practice.control("openai", batch_seconds=1000)
    batch = ai.submit([question(f"r{n}") for n in range(6)], "m-7")
    practice.control("openai", clock_offset_seconds=500)
    ai.collect(batch)

    ai.stop(batch)
    assert isinstance(ai.collect(batch), Pending)
    practice.control("openai", clock_offset_seconds=520)
    got = ai.collect(batch)
    ai.stop(batch)  # nothing more to stop

    assert got.answers
    assert len(got.answers) + len(got.failed) == 6


def test_what_is_forgotten_is_gone_there_and_brings_nothing_any_more(practice, ai):
    before = practice.books("openai")["files"]
    batch = ai.submit([question("r1")], "m-8")
    ai.collect(batch)

    ai.forget(batch)
    ai.forget(batch)

    assert practice.books("openai")["files"] == before
    assert ai.collect(batch) == Collected({}, {})


def test_too_many_tokens_in_waiting_are_waited_for(practice, ai):
    practice.control("openai", enqueued_tokens=10)

    got = ai.collect(ai.submit([question("r1")], "m-9"))

    assert isinstance(got.trouble, RateLimited)
    assert (got.answers, got.failed) == ({}, {})


def test_credit_that_ends_meanwhile_is_told_for_each_question(practice, ai):
    practice.control("openai", batch_seconds=100)
    batch = ai.submit([question("r1")], "m-10")
    practice.control("openai", billing="insufficient_quota", clock_offset_seconds=101)

    assert isinstance(ai.collect(batch).failed["r1"], QuotaExhausted)


def test_a_key_that_was_revoked_meanwhile_is_the_owners_to_mend_and_loses_nothing(practice, ai):
    batch = ai.submit([question("r1")], "m-11")
    practice.control("openai", rotate_key="sk-another-one")

    for verb in (ai.collect, ai.stop, ai.forget):
        with pytest.raises(CredentialRejected):
            verb(batch)

    assert set(connect(practice, "openai", key="sk-another-one").collect(batch).answers) == {"r1"}


def test_half_a_file_of_answers_is_asked_for_again(practice, ai):
    batch = ai.submit([question(f"r{n}") for n in range(4)], "m-12")
    practice.control("openai", fail_next={"fault": "malformed", "method": "GET", "path": "/v1/files/"})

    with pytest.raises(VendorDown):
        ai.collect(batch)

    assert len(ai.collect(batch).answers) == 4


def test_a_model_that_takes_only_responses_is_asked_so_once_it_is_known(practice, ai):
    model = "gpt-5.2-pro"
    first = ai.collect(ai.submit([question("r1", model=model)], "m-13"))
    ai.ask(question("r1", model=model).prompt, SCHEMA)  # one by one, which finds it out

    second = ai.collect(ai.submit([question("r1", model=model)], "m-14"))

    assert set(first.failed) == {"r1"}
    assert set(second.answers) == {"r1"}


def test_a_model_whose_thoughts_left_no_room_has_it_in_the_next_batch(practice, ai):
    practice.control("openai", reasoning_tokens=400)
    asked = question("r1", model="gpt-6-luna", tokens=400)

    first = ai.collect(ai.submit([asked], "m-15"))
    second = ai.collect(ai.submit([asked], "m-16"))

    assert first.answers["r1"].stopped == "cut off"
    assert second.answers["r1"].stopped == "done"


def test_a_batch_that_nobody_knows_is_no_reason_to_wait(ai):
    got = ai.collect("batch_none")

    assert isinstance(got.trouble, InputRejected)
    assert "one by one" in got.trouble.next_step
    ai.stop("batch_none")
    ai.forget("batch_none")


@pytest.mark.parametrize(
    "questions",
    [
        [],
        [question("a"), question("b", model="gpt-6-luna")],
        [question(str(n)) for n in range(batches.MOST_QUESTIONS + 1)],
    ],
    ids=["none", "two models", "too many"],
)
def test_what_is_no_batch_is_ours_to_mend(ai, questions):
    with pytest.raises(Broken):
        ai.submit(questions, "m-17")


def test_a_file_that_is_too_large_is_not_sent(ai, monkeypatch):
    monkeypatch.setattr(batches, "MOST_BYTES", 100)

    with pytest.raises(InputRejected):
        ai.submit([question("r1")], "m-18")


@pytest.mark.parametrize("provider", [one.name for one in manifests()["openai"].auth.presets])
def test_openai_alone_takes_batches_in_this_way(provider):
    offers = connector_class("openai").offers_batches({"provider": provider})

    assert offers == (provider == "openai")
    assert not connector_class("anthropic").offers_batches({})


# On a tiny server: what the practice AI never answers


def openai(server):
    door = Door(
        f"{server.url}/v1",
        app="OpenAI",
        authorise=lambda: {"Authorization": "Bearer sk-1"},
        allow_hosts=HERE,
    )
    return connector_class("openai")(door, {})


def test_what_is_handed_in_ends_by_itself_and_carries_the_marker():
    with local(
        lambda asked: answer(200, {"id": "file-1" if asked.path.endswith("files") else "batch_1"})
    ) as server:
        batch = openai(server).submit([question("r1"), question("r2", "Zoë\r\n--x\u2028")], "m-1")

    form, begun = server.asked[0].body.decode(), server.asked[1].json()
    assert batch == "batch_1"
    assert 'name="expires_after[seconds]"\r\n\r\n172800\r\n' in form
    assert 'filename="m-1.jsonl"' in form
    assert begun["metadata"] == {"signoff": "m-1"}
    assert begun["output_expires_after"] == {"anchor": "created_at", "seconds": 604800}
    lines = form.split("application/jsonl\r\n\r\n")[1].split("\r\n--signoff-")[0].split("\n")
    assert [json.loads(one)["custom_id"] for one in lines] == ["r1", "r2"]


def test_a_picture_goes_along():
    seen = Image("card", "image/png", b"\x89PNG")
    shown = Question("r1", Prompt("gpt-4o", (Message("user", "Read it.", (seen,)),), "v1"), None)
    with local(lambda asked: answer(200, {"id": "x"})) as server:
        openai(server).submit([shown], "m-1")

    assert b"data:image/png;base64,iVBORw==" in server.asked[0].body


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": "../../models"}, b"no json"])
def test_a_batch_that_was_accepted_without_a_name_is_looked_for(body):
    said = lambda asked: answer(200, {"id": "file-1"} if asked.path.endswith("files") else body)  # noqa: E731

    with local(said) as server, pytest.raises(OutcomeUnknown):
        openai(server).submit([question("r1")], "m-1")


def page_of(count, made_at, first=0):
    rows = [{"id": f"b{first + n}", "created_at": made_at, "metadata": {}} for n in range(count)]
    return {"data": rows, "has_more": True}


def test_looking_ends_with_the_batches_of_before():
    began = datetime.now(UTC)
    old = int((began - timedelta(hours=2)).timestamp())
    with local(lambda asked: answer(200, page_of(2, old))) as server:
        assert openai(server).find("m-1", began) == NotSent()

    assert len(server.asked) == 1


def test_a_list_without_an_end_is_no_proof():
    with local(lambda asked: answer(200, page_of(2, None))) as server:
        assert isinstance(openai(server).find("m-1", LONG_AGO), Unknown)


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("token_limit_exceeded", RateLimited),
        ("billing_hard_limit_reached", QuotaExhausted),
        ("model_not_found", ModelGone),
        ("invalid_json_line", InputRejected),
        (None, InputRejected),
    ],
)
def test_a_batch_that_failed_as_a_whole_belongs_to_a_family(code, family):
    told = {"id": "b", "status": "failed", "errors": {"data": [{"code": code, "message": "no"}]}}
    with local(lambda asked: answer(200, told)) as server:
        assert isinstance(openai(server).collect("b").trouble, family)


@pytest.mark.parametrize(
    "said",
    [
        {"status": "failed"},
        {"status": "completed", "errors": 7, "output_file_id": None, "error_file_id": 3},
        {"status": "completed", "request_counts": None, "metadata": None},
        {"status": "something_new"},
    ],
)
def test_what_is_left_out_of_a_batch_is_no_trouble(said):
    with local(lambda asked: answer(200, {"id": "b", **said})) as server:
        got = openai(server).collect("b")

    assert isinstance(got, Pending) or got.answers == got.failed == {}


def test_a_batch_without_a_status_is_not_understood():
    with local(lambda asked: answer(200, {})) as server, pytest.raises(AnswerUnexpected):
        openai(server).collect("b")


def test_answers_that_are_gone_are_questions_that_were_not_answered():
    told = {"id": "b", "status": "completed", "output_file_id": "file-9"}
    said = lambda asked: answer(200, told) if asked.path.endswith("batches/b") else answer(404, {})  # noqa: E731

    with local(said) as server:
        assert openai(server).collect("b") == Collected({}, {})


def test_a_key_that_comes_twice_counts_once():
    told = {"id": "b", "status": "completed", "output_file_id": "file-9", "endpoint": "/v1/chat/completions"}
    line = lambda text: json.dumps(  # noqa: E731
        {
            "custom_id": "r1",
            "response": {"status_code": 200, "body": {"choices": [{"message": {"content": text}}]}},
        }
    )
    raw = f"{line('first')}\n{line('second')}\n".encode()
    said = lambda asked: answer(200, told if asked.path.endswith("batches/b") else raw)  # noqa: E731

    with local(said) as server:
        assert openai(server).collect("b").answers["r1"].text == "first"


def test_a_name_that_leads_elsewhere_is_not_asked():
    with local(lambda asked: answer(200, {})) as server, pytest.raises(AnswerUnexpected):
        openai(server).collect("../models")

    assert server.asked == []

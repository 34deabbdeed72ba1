"""A template in place of an answer that came too late, for programs: only the text that was seen, and once."""

from __future__ import annotations

import json

import pytest

from signoff.accounts.tokens import make_token
from signoff.api.tests.test_v1 import problem_of
from signoff.runs.tests.too_late import approved_too_late, draft_for_ada, sent_to_ada

KEY = "answer_ready/en_US"


@pytest.fixture
def late(whole_house, work_off):
    return approved_too_late(draft_for_ada(work_off), whole_house.owner, work_off)


@pytest.fixture
def ask(client, whole_house, late):
    headers = {"Authorization": f"Bearer {make_token('t', whole_house.owner, ['review']).reveal()}"}

    def asked(body=None, headers=headers, pk=late.pk):
        if body is None:
            return client.get(f"/api/v1/deliveries/{pk}/templates", headers=headers)
        where = f"/api/v1/deliveries/{pk}/template"
        return client.post(where, json.dumps(body), content_type="application/json", headers=headers)

    return asked


def test_a_template_is_listed_filled_and_sent_once(ask, late, whole_house, work_off):
    before = len(sent_to_ada(whole_house.practice))
    (shown,) = [one for one in ask().json() if one["key"] == KEY]
    body = {"key": KEY, "text": shown["text"], "values": ["Ada"]}

    done, again = ask(body), ask(body)
    work_off(also_later=True)

    assert shown["blanks"] == 1
    assert done.status_code == 202, done.content
    assert "Nothing was sent" in problem_of(again, 409)["detail"]
    problem_of(ask(), 409)
    assert sent_to_ada(whole_house.practice)[before:] == [
        "Hi Ada, we have an answer to your question. Reply here to read it."
    ]
    late.refresh_from_db()
    assert (late.action, late.state) == ("send_template", "confirmed")


def test_nothing_else_than_what_was_seen_is_sent(ask, late, whole_house):
    (shown,) = [one for one in ask().json() if one["key"] == KEY]
    good = {"key": KEY, "text": shown["text"], "values": ["Ada"]}

    problem_of(ask(good | {"text": "Hi {{1}}, something else."}), 409)
    problem_of(ask(good | {"key": "no_such/en"}), 422)
    problem_of(ask(good | {"values": []}), 422)
    problem_of(ask(good | {"values": ["  "]}), 422)
    problem_of(ask(good | {"values": ["Ada", "Eve"]}), 422)
    problem_of(ask(good, pk=2**70), 404)

    late.refresh_from_db()
    assert (late.state, late.action) == ("failed", "send_text")


def test_who_may_not_see_the_run_or_not_review_sends_nothing(ask, token, late):
    problem_of(ask(headers=token("read")), 403)
    problem_of(ask(headers=token("review", role="reviewer")), 404)  # somebody else decided on it
    problem_of(ask({"key": KEY, "text": "x"}, headers=token("review", role="viewer")), 403)


def test_an_app_that_does_not_answer_is_told_in_words(ask, late, whole_house):
    whole_house.practice.control("whatsapp", fail_next={"fault": "code_190", "path": "message_templates"})

    assert "no longer accepts our key" in problem_of(ask(), 422)["detail"]

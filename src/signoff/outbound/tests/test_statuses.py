from __future__ import annotations

import pytest

from signoff.core.errors import AnswerUnexpected, OutcomeUnknown, RateLimited, VendorDown
from signoff.outbound.reply import Reply
from signoff.outbound.statuses import raise_for_outage


def reply(status, effect="read", **headers):
    return Reply(status, headers, b"", "POST /a", "Acme", effect)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 521, 522, 523, 524])
def test_an_outage_after_a_write_leaves_the_outcome_unknown(status):
    with pytest.raises(OutcomeUnknown, match=f"POST /a: {status}"):
        raise_for_outage(reply(status, "write"))
    with pytest.raises(VendorDown, match=f"POST /a: {status}"):
        raise_for_outage(reply(status))


@pytest.mark.parametrize("effect", ["read", "write"])
def test_a_429_was_never_done_and_carries_the_wait(effect):
    with pytest.raises(RateLimited) as caught:
        raise_for_outage(reply(429, effect, **{"retry-after": "7"}))

    assert caught.value.retry_after_seconds == 7.0


def test_a_redirect_is_not_an_answer():
    with pytest.raises(AnswerUnexpected):
        raise_for_outage(reply(302))
    with pytest.raises(AnswerUnexpected):
        raise_for_outage(reply(307, "write"))


@pytest.mark.parametrize("status", [302, 303])
def test_an_app_that_says_where_to_see_what_was_written_may_have_done_it(status):
    with pytest.raises(OutcomeUnknown, match=f"POST /a: {status}"):
        raise_for_outage(reply(status, "write"))


@pytest.mark.parametrize("status", [200, 204, 207, 400, 401, 403, 404, 409, 422])
def test_the_apps_own_answers_are_left_to_its_connector(status):
    raise_for_outage(reply(status, "write"))

"""Until when a connection works: what the app says, and what its vendor does with every sign-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connections import ending
from signoff.connections.ending import End, ends_on
from signoff.connections.models import Connection

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(ending.clock, "now", lambda: NOW)


def gmail(signed_in_days_ago=1.0, checked_days_ago=0.0, **more):
    return Connection(
        app="gmail",
        key_since=NOW - signed_in_days_ago * DAY,
        checked_at=NOW - checked_days_ago * DAY,
        **more,
    )


def test_what_the_app_says_of_a_key_is_certain():
    assert ends_on(Connection(app="hubspot", key_since=NOW, ends_at=NOW + 3 * DAY)) == End(NOW + 3 * DAY)


def test_nothing_known_is_no_end():
    assert ends_on(Connection(app="hubspot", key_since=NOW - 400 * DAY, checked_at=NOW)) is None


def test_an_app_that_is_gone_from_this_version_still_has_what_it_said():
    assert ends_on(Connection(app="no-such-app", key_since=NOW, ends_at=NOW)) == End(NOW)


@given(st.lists(st.integers(1, 400), min_size=2, max_size=2))
def test_the_earliest_end_counts(days):
    key, sign_in = (NOW + n * DAY for n in days)

    found = ends_on(Connection(app="hubspot", key_since=NOW, ends_at=key, sign_in_ends_at=sign_in))

    assert found == End(min(key, sign_in))


class TestGooglesSevenDays:
    def test_a_sign_in_may_end_after_seven_days_while_nobody_knows_better(self):
        found = ends_on(gmail(signed_in_days_ago=1))

        assert found.at == NOW + 6 * DAY
        assert not found.is_certain
        assert "in testing" in found.why
        assert "Publish" in found.what_next

    @pytest.mark.parametrize("audience", ["internal", "external, published"])
    def test_an_owner_who_knows_better_is_believed(self, audience):
        assert ends_on(gmail(settings={"audience": audience})) is None

    def test_an_owner_who_says_that_it_is_in_testing_is_believed_too(self):
        assert ends_on(gmail(settings={"audience": "external, in testing"})).at == NOW + 6 * DAY

    def test_a_sign_in_that_works_after_that_time_has_shown_that_the_rule_is_not_for_it(self):
        assert ends_on(gmail(signed_in_days_ago=8, checked_days_ago=0)) is None

    def test_a_sign_in_that_was_not_seen_to_work_since_has_shown_nothing(self):
        assert ends_on(gmail(signed_in_days_ago=8, checked_days_ago=2)).at == NOW - DAY

    def test_what_google_named_itself_is_certain(self):
        at = NOW + 5 * DAY

        found = ends_on(gmail(sign_in_ends_at=at, settings={"audience": "internal"}))

        assert found == End(at)

    def test_another_provider_at_another_address_has_rules_of_its_own(self):
        assert ends_on(gmail(base_url="http://127.0.0.1:9")) is None

    def test_a_sign_in_that_nobody_uses_ends_after_half_a_year(self):
        found = ends_on(gmail(signed_in_days_ago=100, checked_days_ago=30))

        assert found.at == NOW + 150 * DAY
        assert "six months" in found.why


@pytest.mark.parametrize(
    ("days", "certain", "soon"),
    [(31, True, False), (29, True, True), (4, False, False), (2, False, True), (-1, True, True)],
)
def test_what_may_not_come_at_all_is_told_later(days, certain, soon):
    assert End(NOW + days * DAY, certain).is_soon() is soon

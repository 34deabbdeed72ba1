"""Keys of ours: shown once, with their rights, good until they are ended."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from signoff.accounts.models import ApiToken, AuditEntry, Person
from signoff.accounts.tokens import create, end_of, ended, ending, good, make_token, revoke, token_for
from signoff.core import clock


@pytest.fixture
def person(db):
    return Person.objects.add("priya@example.test", None, "owner", "Priya")


def test_a_token_is_found_by_its_text_alone(person):
    text = make_token("n8n", person, ["review", "read", "read"]).reveal()

    found = token_for(text)

    assert found.person == person
    assert found.can == ["read", "review"]
    assert text not in str(ApiToken.objects.values())


def test_its_use_is_noted(person):
    text = make_token("n8n", person, ["read"]).reveal()

    token_for(text)

    assert ApiToken.objects.get().used_at is not None


@pytest.mark.parametrize("can", [[], ["write"], ["read", "all"]])
def test_a_right_that_does_not_exist_is_refused(person, can):
    with pytest.raises(ValueError, match="read, propose, review"):
        make_token("n8n", person, can)

    assert not ApiToken.objects.exists()


def test_an_ended_token_is_not_good_any_more(person):
    text = make_token("n8n", person, ["read"]).reveal()
    ApiToken.objects.update(ended_at=clock.now())

    assert token_for(text) is None


def test_a_token_of_somebody_who_left_is_not_good_any_more(person):
    text = make_token("n8n", person, ["read"]).reveal()
    Person.objects.update(is_active=False)

    assert token_for(text) is None


@pytest.mark.parametrize("text", ["", "so_", "so_x", "x", "so_\x00", "so_\udcff", "SO_"])
def test_a_text_that_is_no_token_is_not_good(person, text):
    make_token("n8n", person, ["read"])

    assert token_for(text) is None


def test_a_token_is_good_for_a_year_and_then_no_more(person, monkeypatch):
    text = make_token("n8n", person, ["read"]).reveal()
    now = clock.now()
    for days, is_good in ((364, True), (366, False)):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(days=days): at)
        assert (token_for(text) is not None) is is_good
        assert good().exists() is is_good
        assert ended().exists() is not is_good


def test_a_token_from_before_ends_had_none_stays_good(person, monkeypatch):
    text = make_token("n8n", person, ["read"]).reveal()
    ApiToken.objects.update(ends_at=None)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=4000))

    assert token_for(text) is not None
    assert not ending().exists()


@pytest.mark.parametrize("days", [-1, 0, 2000])
def test_an_end_that_is_over_or_too_far_away_is_refused(person, days):
    with pytest.raises(ValueError, match="at most five years"):
        make_token("n8n", person, ["read"], clock.now() + timedelta(days=days))

    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b"])
def test_a_name_that_is_none_is_refused(person, name):
    with pytest.raises(ValueError, match="a name"):
        make_token(name, person, ["read"])


def test_a_day_is_over_when_it_is_over_here(settings):
    settings.TIME_ZONE = "Europe/Lisbon"

    assert end_of(date(2026, 12, 31)).isoformat() == "2026-12-31T23:59:59+00:00"


def test_who_made_and_who_ended_a_key_stands_in_the_trail_without_the_key(person):
    text = create("n8n", person, ["read"], "command line").reveal()
    row = ApiToken.objects.get()

    assert revoke(row, person)
    assert not revoke(row, person)

    assert token_for(text) is None
    assert [(e.who, e.did, e.what) for e in AuditEntry.objects.all()] == [
        ("command line", "made a key for", "n8n"),
        ("Priya", "ended the key for", "n8n"),
    ]
    assert text not in str(AuditEntry.objects.values())


def test_tokens_that_end_soon_are_told_and_those_that_were_missed(person, monkeypatch):
    now = clock.now()
    for name, days in (("later", 90), ("soon", 20), ("sooner", 3), ("revoked", 5)):
        make_token(name, person, ["read"], now + timedelta(days=days))
    revoke(ApiToken.objects.get(name="revoked"), person)

    assert [token.name for token in ending()] == ["sooner", "soon"]
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=21))
    assert not ending().exists(), "nobody used them lately"
    ApiToken.objects.filter(name="soon").update(used_at=now + timedelta(days=19))
    assert [token.name for token in ending()] == ["soon"]

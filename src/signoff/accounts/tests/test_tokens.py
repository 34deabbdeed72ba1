"""Keys of ours: shown once, with their rights, good until they are ended."""

from __future__ import annotations

import pytest

from signoff.accounts.models import ApiToken, Person
from signoff.accounts.tokens import make_token, token_for
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

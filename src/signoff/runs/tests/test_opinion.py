"""A second opinion on a prompt: asked of the integration's own AI, held to the owner's own words."""

from __future__ import annotations

import pytest

from signoff.core.errors import QuotaExhausted
from signoff.integrations.definition import read_definition
from signoff.runs.opinion import _stands_in, owners_words, second_opinion

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition(house):
    return read_definition(house.integration.current)[0]


def test_the_ai_is_asked_and_what_it_quotes_wrongly_is_left_out(definition, practice):
    before = practice.books("openai", summary=True)["answered"]

    opinion = second_opinion(definition)

    assert practice.books("openai", summary=True)["answered"] == before + 1
    assert opinion.model.startswith("gpt-4o")
    assert opinion.cost_micros > 0
    for remark in opinion.remarks:
        assert remark.quote.casefold() in owners_words(definition).casefold()


@pytest.mark.parametrize(
    ("quote", "stands"),
    [("a short\nfollow-up E-MAIL", True), ("a short letter", False), ("", False), ("  ", False)],
)
def test_a_quote_counts_only_when_it_stands_there(quote, stands):
    assert _stands_in(quote, "Write a short follow-up e-mail.") is stands


def test_no_fact_and_no_record_is_shown(definition):
    words = owners_words(definition)

    assert definition.prompt.task in words
    assert "prices" in words
    assert "$" not in words


def test_an_account_without_credit_is_told_as_such(definition, practice):
    practice.control("openai", billing="insufficient_quota")
    try:
        with pytest.raises(QuotaExhausted):
            second_opinion(definition)
    finally:
        practice.control("openai", billing=None)

"""Every error says whose it is, in sentences an owner can use."""

from __future__ import annotations

import re

import pytest

from signoff.core import errors
from signoff.core.errors import SignoffError

FAMILIES = (errors.Refused, errors.Unavailable, errors.OutcomeUnknown, errors.Broken)
ALL = sorted(
    (e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, SignoffError)),
    key=lambda e: e.__name__,
)
CODES = re.compile(r"\b[45]\d\d\b|HTTP|Traceback|None|exception|[{}]")


@pytest.mark.parametrize("error", ALL)
def test_an_error_belongs_to_exactly_one_family(error):
    assert error is SignoffError or sum(issubclass(error, family) for family in FAMILIES) == 1


@pytest.mark.parametrize("error", ALL)
def test_an_owner_reads_what_happened_and_what_to_do(error):
    told = error("POST /notes: 400 id missing", app="HubSpot")

    assert told.owner_message.endswith((".", "?"))
    assert told.next_step.endswith(".")
    assert not CODES.search(told.owner_message + told.next_step)
    assert str(told) == "POST /notes: 400 id missing"


@pytest.mark.parametrize("error", ALL)
def test_without_an_app_the_sentences_still_read(error):
    assert "{" not in error("x").owner_message + error("x").next_step


def test_a_sentence_of_ones_own_takes_the_place_of_the_usual_one():
    told = errors.Refused("x", app="Gmail", owner_message="{app} is full.", next_step="Delete something.")

    assert (told.owner_message, told.next_step) == ("Gmail is full.", "Delete something.")


def test_a_wait_is_carried():
    assert errors.RateLimited("x", retry_after_seconds=7).retry_after_seconds == 7

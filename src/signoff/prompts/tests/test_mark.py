"""The code that stands above the rules in every prompt."""

from __future__ import annotations

import re

import pytest

from signoff.prompts.mark import mark, marks
from signoff.vault import keys


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """A data folder of its own, and nothing remembered of another."""
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)
    keys.forget()
    yield
    keys.forget()


def test_it_is_the_same_in_every_prompt_of_an_installation_and_another_one_elsewhere(monkeypatch, tmp_path):
    here = mark()
    keys.forget()
    again = mark()
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path / "other"))
    (tmp_path / "other").mkdir(mode=0o700)
    keys.forget()

    assert re.fullmatch("[A-Z2-7]{16}", here)
    assert again == here
    assert mark() != here


def test_after_a_change_of_the_master_key_prompts_under_way_are_still_known():
    before = mark()

    with keys.changing() as change:
        change.put(change.ring.turned())

    assert mark() != before
    assert marks() == (mark(), before)

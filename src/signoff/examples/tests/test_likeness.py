"""Which text has most in common with another."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.examples.likeness import Index, Terms

TEXTS = {
    1: "the chain of my bike is loose",
    2: "when are you open",
    3: "my bike has a flat tyre and a loose chain",
}


def ranked(index, text):
    scores = index.scores(Terms.of(text.split()))
    return sorted(scores, key=scores.get, reverse=True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("open", [2]), ("flat tyre", [3]), ("loose chain", [1, 3]), ("nothing", []), ("", [])],
)
def test_rare_words_in_short_texts_count_most(asked, found):
    index = Index({number: Terms.of(text.split()) for number, text in TEXTS.items()})

    assert ranked(index, asked) == found


@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), min_size=1, max_size=8), st.data()
)
def test_scores_lie_between_nothing_and_one_and_only_what_is_shared_scores(texts, data):
    index = Index({number: Terms.of(words) for number, words in enumerate(texts)})
    asked = data.draw(st.lists(st.sampled_from("abcdefghxyz"), max_size=8))

    scores = index.scores(Terms.of(asked))

    assert set(scores) == {number for number, words in enumerate(texts) if set(words) & set(asked)}
    assert all(0 < score <= 1 for score in scores.values())
    assert not scores or max(scores.values()) == 1


def test_two_thousand_texts_are_small():
    chance = random.Random(1)
    words = [f"word{n}" for n in range(5_000)]
    tracemalloc.start()

    texts = {n: Terms.of(chance.choices(words, k=60)) for n in range(2_000)}
    index = Index(texts)

    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert index.scores(texts[7])[7] == 1
    assert size < 12_000_000, size

"""Wordings find exactly what their patterns would have found, only sooner."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from signoff import checks
from signoff.checks.tests.labelled import load
from signoff.checks.wordings import Wording
from signoff.checks.words import Text


def every_wording() -> dict[str, Wording]:
    found: dict[str, Wording] = {}
    for module in pkgutil.iter_modules(checks.__path__):
        for name, value in vars(importlib.import_module(f"{checks.__name__}.{module.name}")).items():
            inside = value.items() if isinstance(value, dict) else enumerate([value])
            inside = enumerate(one.wording for one in value) if name == "OFFERS" else inside
            found |= {f"{name} {at}": one for at, one in inside if isinstance(one, Wording)}
    return found


def test_every_wording_of_the_room_finds_what_its_pattern_finds():
    texts = [Text(case["answer"]) for case in load("unseen")[::9] + load("tuned")[::60]]
    wordings = every_wording()

    assert len(wordings) > 60
    for name, wording in wordings.items():
        for text in texts:
            for start, end in [(0, len(text.folded)), *((s.start + 3, s.end - 1) for s in text.sentences)]:
                mine = [match.span() for match in wording.finditer(text, start, end)]
                assert mine == [m.span() for m in wording.pattern.finditer(text.folded, start, end)], name


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\b(?:over|ab) \d", "over 3, ab 4, over a"),
        (r"\b(?:\d{1,3} ?% )?(?:off|rabatt\w*)", "20% off, off, 3 % rabatte, ١٢% off"),
        (r"\b(?:not|no)\b|n't\b", "it isn't not, no_one knows no"),
        (r"\b(?:is|'s) (?:the )?a?n", "it's an, is the n, its n"),
        (r"(?<!very )\b(?:a{4}|b+c|(?:de)?f)", "aaaa very aaaa bbc def f"),
        (r"\b[g-i]o|x[yz]\b", "go ho io jo axy yxz"),
    ],
)
def test_a_wording_begins_wherever_its_pattern_may(source, text):
    wording = Wording(source)

    found = [match.span() for match in wording.finditer(Text(text))]

    assert found == [match.span() for match in wording.pattern.finditer(text)]
    assert found


@pytest.mark.parametrize("source", [r"\b\w+ed", r"[a-z]+", r"(?:a )?", r"\s(?:is|are)"])
def test_what_may_begin_with_anything_is_no_wording(source):
    with pytest.raises(ValueError, match="begin with anything"):
        Wording(source)

"""The page about OWASP's standard names tests that exist, and every requirement of levels 1 and 2."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2]
PAGE = (SOURCE.parents[1] / "docs" / "asvs.md").read_text("utf-8")
# ASVS 5.0.0 has 70 requirements of level 1 and 183 of level 2; 5.0.0_en.csv of its repository lists them.
REQUIREMENTS = 70 + 183

ROWS = re.findall(r"^\| ([\d., ]+) \| (.+?) \|(?: (.+) \|)?$", PAGE, re.MULTILINE)
NAMED = sorted({name for _, _, tests in ROWS for name in re.findall(r"`([\w/]+\.py::[\w:]+)`", tests)})


@cache
def names_in(path: str) -> set[str]:
    """Return the tests of a file, those in a class as `Class::test`."""
    found = set()
    for node in ast.parse((SOURCE / path).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_is_named_exists(named):
    path, _, name = named.partition("::")

    assert name in {*names_in(path), *(test.split("::")[-1] for test in names_in(path))}


def test_every_requirement_is_named_once():
    numbers = [number.strip() for numbers, _, _ in ROWS for number in numbers.split(",") if number.strip()]

    assert len(numbers) == len({*numbers}) == REQUIREMENTS


def test_every_row_names_a_test_or_says_that_there_is_none_yet():
    applies, _, _ = PAGE.partition("## What does not apply")
    rows = re.findall(r"^\| [\d.]+ \| .+$", applies, re.MULTILINE)

    assert len(rows) > 100
    assert [row for row in rows if "::test_" not in row and "not yet" not in row] == []

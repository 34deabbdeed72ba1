"""
What a second AI said of the labelled answers, as it came, and what Signoff reads in it.

A file holds a line for each answer: {"id", "said"}. The AI sees the id, so it is an alias: those of the labelled
answers tell which are faulty.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from signoff.checks.tests.labelled import Case
from signoff.outputs.judge import Accepted, judge
from signoff.runs.auditing import CLAIMS, SecondReading, read_in

ANSWERED = Path(__file__).parent / "data" / "second_opinions"


def alias(case: Case) -> str:
    """Return a name of an answer that tells nothing about it."""
    return hashlib.sha256(case["id"].encode()).hexdigest()[:10]


def said(folder: Path = ANSWERED) -> dict[str, Any]:
    """Return what the AI answered, by the alias of what it read."""
    lines = [line for file in sorted(folder.glob("*.said")) for line in file.read_text("utf-8").splitlines()]
    told = [json.loads(line) for line in lines if line.strip()]
    return {one["id"]: one["said"] for one in told}


def reading_of(case: Case, answer: Any) -> SecondReading:
    """Return what is read in an AI's answer about a labelled one; nothing in one that does not fit its form."""
    verdict = judge(CLAIMS, answer if isinstance(answer, str) else json.dumps(answer))
    if not isinstance(verdict, Accepted):
        return SecondReading((), is_whole=False)
    return read_in({"answer": case["answer"]}, verdict.value["claims"])

"""
The labelled answers behind the figures of the checks: who wrote them, the records beside them, and their faults.

`data` holds those of the room's own authors, an answer a line (`tuned`, `held_out`), and in
its folders those of strangers, a record with its answers a line and a file an author: `strangers`, from whom the checks
learn, and `unseen` (long answers) and `unseen_short` (of one to five sentences), looked at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
OWN = ("tuned", "held_out")
STRANGERS = ("strangers", "unseen", "unseen_short", "fresh_short")

Case = dict[
    str, Any
]  # id, about, language, writer, record, facts (or not), answer, faults: start, end, text, kind


def load(name: str) -> list[Case]:
    """Return the labelled answers of a set by its name, or of a file by its path."""
    if name in STRANGERS:
        return [case for cases in authors(name).values() for case in cases]
    path = Path(name) if Path(name).suffix else DATA / f"{name}.jsonl"
    return list(_cases(path))


def authors(name: str) -> dict[str, list[Case]]:
    """Return the answers of a set of strangers, by author."""
    return {path.stem: list(_cases(path)) for path in sorted((DATA / name).glob("*.jsonl"))}


def digest(named: dict[str, list[Case]]) -> str:
    """Return what tells one set of labelled answers from another."""
    text = json.dumps(named, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _cases(path: Path) -> Iterator[Case]:
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        shared = {key: value for key, value in told.items() if key != "answers"}
        for number, answer in enumerate(told.get("answers", [{}]), 1):
            own = {"id": f"{told['id']}-{number}"} if "answers" in told else {}
            yield shared | answer | own

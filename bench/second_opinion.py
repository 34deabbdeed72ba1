"""
How well a second AI's reading of drafts does, beside the labelled answers: alone, and together with the checks.

Run:
    .venv/bin/python bench/second_opinion.py tell                              # from the answers beside the tests
    .venv/bin/python bench/second_opinion.py ask FOLDER [--set unseen] [--each 35]   # writes what an AI is asked
    .venv/bin/python bench/second_opinion.py tell FOLDER [--set unseen]              # reads what it answered

`ask` writes files of one question a line: {"id", "system", "user"}, word for word what Signoff asks. Each goes to an AI
by itself; what it answers stands beside it in a file of the same name with `.said`, a line each: {"id", "said"}. No
answer in one file has its record in common with another in the same file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).parent))

from checks_figures import figures

from signoff.checks.findings import findings
from signoff.checks.tests.labelled import Case, load
from signoff.runs.auditing import auditing, with_second
from signoff.runs.tests.answered import ANSWERED, alias, reading_of, said


def groups(cases: list[Case], each: int) -> list[list[Case]]:
    """Return the answers in groups of at most so many, no two of one record together, good and faulty ones mixed."""
    by_record: dict[str, list[Case]] = {}
    for case in cases:
        by_record.setdefault(json.dumps([case["record"], case.get("facts")], sort_keys=True), []).append(case)
    most = max(map(len, by_record.values()))
    turns: list[list[Case]] = [[] for _ in range(most)]
    for place, several in enumerate(by_record.values()):
        for at, case in enumerate(several):
            turns[(at + place) % most].append(case)
    return [turn[i : i + each] for turn in turns for i in range(0, len(turn), each)]


def ask(folder: Path, cases: list[Case], each: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, group in enumerate(groups(cases, each), 1):
        lines = []
        for case in group:
            prompt = auditing("any", {"answer": case["answer"]}, case["record"], case.get("facts") or {})
            system, user = (message.text for message in prompt.messages)
            lines.append(json.dumps({"id": alias(case), "system": system, "user": user}, ensure_ascii=False))
        (folder / f"{number:02}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def places(rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, int, str]]:
    return [(row["start"], row["end"], row["kind"]) for row in rows]


def ways(
    cases: list[Case], answers: dict[str, Any]
) -> dict[str, Callable[[Case], list[tuple[int, int, str]]]]:
    """Return three ways of finding: the checks, the second AI, and what Signoff makes of both."""
    own = {c["id"]: findings({"answer": c["answer"]}, c["record"], c.get("facts")) for c in cases}
    second = {case["id"]: reading_of(case, answers[alias(case)]) for case in cases}
    return {
        "checks": lambda case: [(one.start, one.end, one.kind) for one in own[case["id"]]],
        "second AI": lambda case: places(second[case["id"]].doubts),
        "together": lambda case: places(with_second(own[case["id"]], second[case["id"]])),
    }


def tell(folder: Path, cases: list[Case]) -> None:
    answers = said(folder)
    cases = [case for case in cases if alias(case) in answers]
    rows = {name: figures(cases, way) for name, way in ways(cases, answers).items()}
    print(f"{len(cases)} answers")
    print(f"{'':32}" + "".join(f"{name:>12}" for name in rows))
    for figure in rows["checks"]:
        print(f"{figure:32}" + "".join(f"{row[figure]:>12.3g}" for row in rows.values()))


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    reader.add_argument("what", choices=["ask", "tell"])
    reader.add_argument("folder", type=Path, nargs="?", default=ANSWERED)
    reader.add_argument("--set", default="unseen", help="strangers, unseen, or a file")
    reader.add_argument("--each", type=int, default=35, help="questions a file")
    given = reader.parse_args()
    cases = load(given.set)
    ask(given.folder, cases, given.each) if given.what == "ask" else tell(given.folder, cases)


if __name__ == "__main__":
    main()

"""
Prints how well the checks find what a record does not support, on the labelled answers beside the tests.

Run: .venv/bin/python bench/checks_figures.py [tuned|held_out|strangers|unseen|FILE] [--show]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from signoff.checks.findings import findings
from signoff.checks.tests.labelled import OWN, STRANGERS, load


def figures(cases: list[dict], find) -> dict[str, float]:
    """Return the figures of one way of finding: by finding, by fault and by answer."""
    right = wrong = touched = faults = flagged_good = good = flagged_bad = kinds = 0
    for case in cases:
        found = find(case)
        hits = [f for f in found if any(f[0] < x["end"] and x["start"] < f[1] for x in case["faults"])]
        right += len(hits)
        wrong += len(found) - len(hits)
        for fault in case["faults"]:
            faults += 1
            over = [f for f in found if f[0] < fault["end"] and fault["start"] < f[1]]
            touched += bool(over)
            kinds += any(f[2] == fault["kind"] for f in over)
        if case["faults"]:
            flagged_bad += bool(found)
        else:
            good += 1
            flagged_good += bool(found)
    bad = len(cases) - good
    return {
        "precision of findings": right / max(1, right + wrong),
        "recall of faults (touched)": touched / max(1, faults),
        "right kind, of the touched": kinds / max(1, touched),
        "precision of flagged answers": flagged_bad / max(1, flagged_bad + flagged_good),
        "recall of faulty answers": flagged_bad / max(1, bad),
        "good answers flagged": flagged_good / max(1, good),
        "good answers": good,
        "faulty answers": bad,
        "faults": faults,
    }


def checks(case: dict) -> list[tuple[int, int, str]]:
    return [(f.start, f.end, f.kind) for f in findings(case["answer"], case["record"], case.get("facts"))]


def everything(case: dict) -> list[tuple[int, int, str]]:
    return [(0, len(case["answer"]), "not in the record")]


def nothing(case: dict) -> list[tuple[int, int, str]]:
    return []


def show(cases: list[dict]) -> None:
    """Print every false alarm and every fault that was not touched."""
    for case in cases:
        found = findings(case["answer"], case["record"], case.get("facts"))
        for f in found:
            if not any(f.start < x["end"] and x["start"] < f.end for x in case["faults"]):
                around = case["answer"][max(0, f.start - 40) : f.end + 30]
                print(f"{case['id']} FALSE  {f.text!r} {f.kind} {f.field} :: {around!r}")
        for x in case["faults"]:
            if not any(f.start < x["end"] and x["start"] < f.end for f in found):
                around = case["answer"][max(0, x["start"] - 40) : x["end"] + 30]
                print(f"{case['id']} MISSED {x['text']!r} {x['kind']} :: {around!r}")


def speed() -> tuple[float, float]:
    """Return the milliseconds of a check of a 200-word answer beside a 50-field record: median and slowest of 50."""
    record: dict[str, object] = {f"field_{i}": f"Some value {i}" for i in range(20)}
    record |= {f"count_{i}": i * 7 for i in range(10)} | {f"flag_{i}": i % 2 == 0 for i in range(8)}
    record |= {
        "dentists": 8,
        "price_eur": 4180.0,
        "check_in": "2026-06-05",
        "opening_hours": "Mon-Fri 9:00-17:00",
    }
    record |= {
        "message": "We have 12 chairs and want to start in June. " * 4,
        "email": "dana@example.com",
        "parking": False,
    }
    record |= {
        "phone": "+49 30 1234567",
        "city": "Berlin",
        "services": ["Cleaning", "Whitening", "Implants"],
        "budget": None,
    }
    record |= {"status": "pending"}
    sentence = "Dear Dana, with 8 dentists you pay 4.180,00 € per year and we are open from 9:00 to 17:00 on Mondays. "
    answer = (
        sentence
        + "We look forward to showing you how other practices in your town work with our software every day. "
    ) * 6
    answer = " ".join(answer.split()[:200])
    findings(answer, record)
    taken = []
    for _ in range(50):
        began = time.process_time()
        findings(answer, record)
        taken.append((time.process_time() - began) * 1000)
    return sorted(taken)[25], max(taken)


def main() -> None:
    names = [a for a in sys.argv[1:] if not a.startswith("-")] or [*OWN, *STRANGERS]
    for name in names:
        cases = load(name)
        if "--show" in sys.argv:
            show(cases)
        rows = {way.__name__: figures(cases, way) for way in (checks, everything, nothing)}
        print(f"\n{name}: {len(cases)} answers")
        print(f"{'':32}{'checks':>10}{'flag all':>10}{'flag none':>10}")
        for figure in rows["checks"]:
            line = "".join(
                f"{value:>10.0f}"
                if value > 1.0
                or (
                    figure.startswith(("good answers", "faulty", "faults"))
                    and figure != "good answers flagged"
                )
                else f"{value:>10.2f}"
                for value in (row[figure] for row in rows.values())
            )
            print(f"{figure:32}{line}")
    median, slowest = speed()
    print(f"\n200 words beside 50 fields: {median:.1f} ms (median), {slowest:.1f} ms (slowest of 50)")


if __name__ == "__main__":
    main()

"""
Judges a million broken answers: nothing may crash, and nothing may be silently another value.

Run: .venv/bin/python bench/fuzz_answers.py [COUNT] [--seed S]
     .venv/bin/python bench/fuzz_answers.py COUNT --hypothesis
     PYTHONPATH=FOLDER_OF_ATHERIS .venv/bin/python bench/fuzz_answers.py COUNT --guided

It begins with what AIs really answered (src/signoff/outputs/tests/data) and breaks it: cuts, doubles, swaps, joins,
and puts in what is awkward in JSON. An answer that is taken and not marked as repaired must be exactly what any JSON
parser reads, and what is taken must fit the schema by a validator of somebody else's (one in a hundred is looked
at: it is slow). `--guided` lets atheris choose the bytes by what of our code they reach; it is no part of the project:
`uv pip install --target FOLDER_OF_ATHERIS atheris`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
from jsonschema import Draft202012Validator

if "--guided" in sys.argv:  # before the room is imported: what is instrumented is its code as it is loaded
    import atheris

    with atheris.instrument_imports(include=["signoff.outputs"]):
        import signoff.outputs.fields
        import signoff.outputs.judge
        import signoff.outputs.reading
        import signoff.outputs.schemas  # noqa: F401
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.outputs.tests.test_real_answers import as_asked, plainly, without_null

FILE = Path(__file__).parent.parent / "src/signoff/outputs/tests/data/real_answers.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
AWKWARD = [
    "NaN", "-Infinity", "1e999", "null", "true", '"', "\\", "\\ud800", "\\u0000", "{", "}", "[", "]", ",", ":", "//x\n",
    "```json\n", "\n```", "'", "\u201c", "\u2028", "\x00", "\ufeff", "<think>", "</think>", "0x10", "+1", "01",
    "1,5", "1.234", "12:30", '{"a":1}', "[" * 50, "\u0660", "\ud83d", "\u00e9", "\u2026", "# x", "\t", "None",
]  # fmt: skip
LOOKED_AT = 100


def broken(text: str, pick: random.Random) -> str:
    """Return a text with one to four things wrong with it."""
    for _ in range(pick.choice((1, 1, 1, 2, 4))):
        at = pick.randint(0, len(text))
        end = min(len(text), at + pick.choice((1, 1, 2, 5, 40)))
        match pick.randrange(7):
            case 0:
                text = text[:at] + text[end:]
            case 1:
                text = text[:end] + text[at:]
            case 2 | 3:
                text = text[:at] + pick.choice(AWKWARD) + text[at:]
            case 4:
                text = text[:at] + pick.choice(AWKWARD) + text[end:]
            case 5:
                text = text[:at]
            case _:
                other = pick.choice(ROWS)["text"]
                text = text[:at] + other[pick.randint(0, len(other)) :]
    return text[:20_000]


def held(contract: Contract, text: str, *, wholly: bool) -> str:
    """Judge a text and return how it went. Raises AssertionError for what must not be."""
    verdict = judge(contract, text)
    if not isinstance(verdict, Accepted):
        assert verdict.faults, text
        return "refused"
    if not verdict.repaired:
        assert without_null(plainly(text)) == without_null(verdict.value), text
    if wholly:
        schema: dict[str, Any] = contract.schema
        assert Draft202012Validator(schema).is_valid(as_asked(schema, verdict.value)), text
    return "repaired" if verdict.repaired else "taken"


def main() -> None:
    """Break, judge, and say how many were taken, repaired and refused."""
    options = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    options.add_argument("count", nargs="?", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--guided", action="store_true")
    options.add_argument("--hypothesis", action="store_true")
    chosen = options.parse_args()
    contracts = [Contract.of(row["contract"]) for row in ROWS]
    found: Counter[str] = Counter()
    began = time.monotonic()
    if chosen.guided:
        guided(contracts, chosen.count)
        return
    if chosen.hypothesis:
        by_hypothesis(chosen.count, chosen.seed)
        return
    pick = random.Random(chosen.seed)
    # What is nearly right shows more: every second one begins with an answer that fits.
    fitting = [n for n, row in enumerate(ROWS) if isinstance(judge(contracts[n], row["text"]), Accepted)]
    likely = [*range(len(ROWS)), *(fitting * (len(ROWS) // len(fitting)))]
    for number in range(chosen.count):
        row = pick.choice(likely)
        text = broken(ROWS[row]["text"], pick)
        found[held(contracts[row], text, wholly=number % LOOKED_AT == 0)] += 1
    print(
        f"{chosen.count:,} broken answers in {time.monotonic() - began:.0f} s: {dict(found)}; nothing crashed"
    )


ROUND = 2_000


def by_hypothesis(count: int, first_seed: int) -> None:
    """Judge texts that hypothesis makes, each against a contract with a field of every type and against any JSON."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from signoff.outputs.tests.test_judge import ANY_SCHEMA, ANYTHING, TEXTS, assert_honest

    began = time.monotonic()
    done = 0

    def one(text: str) -> None:
        nonlocal done
        assert_honest(ANYTHING, text)
        assert_honest(ANY_SCHEMA, text)
        done += 1

    how = settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    number = first_seed
    while done < count:
        seed(number)(how(given(text=TEXTS)(one)))()
        number += 1
        print(f"{done:,} texts in {time.monotonic() - began:.0f} s; nothing crashed", file=sys.stderr)
    print(
        f"{done:,} texts of hypothesis in {time.monotonic() - began:.0f} s, seeds {first_seed} to {number - 1}; "
        "nothing crashed"
    )


def guided(contracts: list[Contract], count: int) -> None:
    """Let atheris choose the bytes; the first one chooses the contract. It ends the process when it is through."""

    def one(data: bytes) -> None:
        contract = contracts[data[0] % 6] if data else contracts[0]  # the first six are all there are
        held(contract, data[1:].decode("utf-8", "surrogateescape"), wholly=False)

    atheris.Setup([sys.argv[0], f"-runs={count}", "-max_len=2000", *_corpus()], one)
    atheris.Fuzz()


def _corpus() -> list[str]:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="signoff-fuzz-"))
    for number, row in enumerate(ROWS):
        (folder / str(number)).write_bytes(bytes([number % 6]) + row["text"].encode())
    return [str(folder)]


if __name__ == "__main__":
    main()

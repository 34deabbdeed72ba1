"""
Measures a whole Signoff on the practice apps, and the plain script beside it: `make bench`, see README.md.

    python bench/run.py [--only NAME]... [--quick] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from house import House, free_port, house, leads, percentile, post_all

HERE = Path(__file__).parent
WARM = 50


@dataclass
class Row:
    """One figure: `reached` and `plain` are numbers in `unit`; `met` is None where there is no target."""

    scenario: str
    what: str
    unit: str
    target: str
    reached: float
    met: bool | None = None
    plain: float | None = None
    note: str = ""


def at_most(limit: float, reached: float) -> dict[str, Any]:
    return {"target": f"≤ {limit:g}", "reached": reached, "met": reached <= limit}


def at_least(limit: float, reached: float) -> dict[str, Any]:
    return {"target": f"≥ {limit:g}", "reached": reached, "met": reached >= limit}


def only(reached: float) -> dict[str, Any]:
    return {"target": "", "reached": reached}


# Scenarios: each returns its rows


def start(quick: bool) -> list[Row]:
    """From the command until the pages say that they are ready, with a new data folder."""
    seconds = []
    for _ in range(1 if quick else 3):
        with house() as made:
            seconds.append(made.started_seconds)
            time.sleep(5 if quick else 30)
            idle = made.memory_mb()
    return [
        Row("start", "ready after", "s", **at_most(3, statistics.median(seconds)), note="new data folder"),
        Row("start", "memory, idle", "MB", **at_most(200, idle), note="PSS of web, worker and database"),
    ]


def burst(quick: bool) -> list[Row]:
    """500 records at once, AI without latency: intake, whole job, CPU."""
    count = 500
    with house() as made:
        warm(made)
        told = measured_burst(made, count)
        lost, twice = lost_and_twice(made, WARM + count)
    with plain() as script:
        beside = script.burst(count)
    return [
        Row("burst", "accepted", "of 500", **at_least(count, told["accepted"]), plain=count),
        Row("burst", "intake, p50", "s", **only(told["p50"]), plain=beside["p50"]),
        Row("burst", "intake, p99", "s", **at_most(1, told["p99"]), plain=beside["p99"]),
        Row("burst", "finished", "a second", **at_least(80, told["per_second"]), plain=beside["per_second"],
            note="from the first record sent to the last note written"),
        Row("burst", "CPU a run", "ms", **at_most(12, told["cpu_ms"]), plain=beside["cpu_ms"], note=told["kinds"]),
        Row("burst", "memory, most", "MB", **at_most(300, told["memory_mb"])),
        Row("burst", "lost or twice", "", **at_most(0, lost + twice)),
    ]  # fmt: skip


def sustained(quick: bool) -> list[Row]:
    """Two workers with more to do than they can."""
    seconds = 15 if quick else 60
    with house(workers=2) as made:
        warm(made)
        asyncio.run(post_all(made.webhook, leads(seconds * 180), 100))
        time.sleep(1)
        first, cpu, began = made.delivered(), made.cpu_by_kind(), time.monotonic()
        while time.monotonic() - began < seconds and made.delivered() < seconds * 170:
            time.sleep(0.5)
        done, elapsed = made.delivered() - first, time.monotonic() - began
        used = {kind: value - cpu.get(kind, 0) for kind, value in made.cpu_by_kind().items()}
    cores = sum(used.values()) / elapsed
    note = f"{cores:.1f} cores used of {os.cpu_count()}; the practice apps share them"
    return [Row("sustained", "2 workers", "a second", **at_least(120, done / elapsed), note=note)]


def minute(quick: bool) -> list[Row]:
    """600 requests a minute, a full bucket at the start, an AI that takes a second."""
    return _rate("minute", quick, used=98, refused=0.5)


def second(quick: bool) -> list[Row]:
    """The same rate, enforced second by second."""
    return _rate("second", quick, used=95, refused=2)


def _rate(enforcement: str, quick: bool, *, used: float, refused: float) -> list[Row]:
    count, rpm = 150 if quick else 300, 600
    apps = {"rpm": rpm, "latency": 1, "enforcement": enforcement}
    with house(practice=apps, limits={"requests_per_minute": rpm}) as made:
        asyncio.run(post_all(made.webhook, leads(count)))
        made.wait_until_delivered(count)
        ours = _use_of_requests(made, count, rpm)
        lost, twice = lost_and_twice(made, count)
    with plain(**apps) as script:
        script.burst(count)
        theirs = _use_of_requests(script.made, count, rpm)
    name = f"600/min, {enforcement}"
    return [
        Row(name, "of the allowed rate used", "%", **at_least(used, ours[0]), plain=theirs[0],
            note="between the first and the last answer"),
        Row(name, "answered 429", "%", **at_most(refused, ours[1]), plain=theirs[1]),
        Row(name, "lost or twice", "", **at_most(0, lost + twice)),
    ]  # fmt: skip


def _use_of_requests(made: House, count: int, rpm: float) -> tuple[float, float]:
    books = made.books("openai")
    at = sorted(moment(answer["at"]) for answer in books["answered"])
    used = 100 * (len(at) - 1) / (rpm / 60 * (at[-1] - at[0]))
    return used, 100 * books["errors"] / (len(at) + books["errors"])


def tokens(quick: bool) -> list[Row]:
    """30,000 tokens a minute, records of very different lengths."""
    count, tpm = 60 if quick else 150, 30_000
    chance = random.Random(3)
    records = leads(count)
    for record in records:
        record["message"] = " ".join([record["message"]] * chance.randint(1, 12))
    apps = {"tpm": tpm, "latency": 1}
    with house(practice=apps, limits={"tokens_per_minute": tpm}) as made:
        asyncio.run(post_all(made.webhook, records))
        made.wait_until_delivered(count)
        ours = _use_of_tokens(made, tpm)
        lost, twice = lost_and_twice(made, count)
    with plain(**apps) as script:
        script.burst(count, records)
        theirs = _use_of_tokens(script.made, tpm)
    return [
        Row("tokens", "of 30,000 a minute used", "%", **at_least(90, ours[0]), plain=theirs[0]),
        Row("tokens", "answered 429", "%", **only(ours[1]), plain=theirs[1]),
        Row("tokens", "lost or twice", "", **at_most(0, lost + twice)),
    ]


def _use_of_tokens(made: House, tpm: float) -> tuple[float, float]:
    books = made.books("openai")
    answers = sorted(books["answered"], key=lambda answer: answer["at"])
    span = moment(answers[-1]["at"]) - moment(answers[0]["at"])
    used = sum(a["prompt_tokens"] + a["completion_tokens"] for a in answers[:-1])
    return 100 * used / (tpm / 60 * span), 100 * books["errors"] / (len(answers) + books["errors"])


def queue(quick: bool) -> list[Row]:
    """What a run costs when few and when many wait before it."""
    many = 20_000 if quick else 100_000
    few_ms, few_mb = _cost_of_a_run(1_000)
    many_ms, many_mb = _cost_of_a_run(many)
    return [
        Row("queue", f"CPU a run, {many:,} queued beside 1,000", "times", **at_most(1.5, many_ms / few_ms),
            note=f"{few_ms:.1f} and {many_ms:.1f} ms"),
        Row("queue", "memory, the same", "times", **at_most(1.2, many_mb / few_mb),
            note=f"{few_mb:.0f} and {many_mb:.0f} MB"),
    ]  # fmt: skip


def _cost_of_a_run(queued: int) -> tuple[float, float]:
    with house() as made:
        warm(made)
        workers = made.worker_pids()
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        made.python(str(HERE / "fill.py"), str(queued))
        made.sql("CHECKPOINT")  # what the filling wrote is not what a run costs
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        made.wait_until_delivered(WARM + 150)
        before, first = made.cpu_seconds(), made.delivered()
        made.wait_until_delivered(first + 500)
        return 1000 * (made.cpu_seconds() - before) / (made.delivered() - first), made.memory_mb()


def pages(quick: bool) -> list[Row]:
    """Every page with a long history behind it."""
    import httpx2

    count = 100_000 if quick else 1_000_000
    with house() as made:
        warm(made)
        made.sql(FINISHED_RUNS, count)
        made.sql(THEIR_DELIVERIES)
        made.sql("ANALYZE")
        one = made.sql("SELECT max(id) - 1000 FROM runs_run")[0][0]
        rows = []
        with httpx2.Client(
            base_url=made.address, timeout=60, trust_env=False, follow_redirects=True
        ) as browser:
            page = browser.get(made.link)
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token, page.text[:500]
            form = {"csrfmiddlewaretoken": token[1]}
            browser.post(made.link, data=form, headers={"Referer": made.address})
            for path in ("/", "/review/", "/history/", f"/history/{one}/", "/integrations/", "/integrations/bench/",
                         "/connections/", "/health/"):  # fmt: skip
                took = []
                for _ in range(5):
                    began = time.perf_counter()
                    reply = browser.get(path)
                    took.append(time.perf_counter() - began)
                    assert reply.status_code == 200, (path, reply.status_code)
                    assert "/sign-in/" not in str(reply.url), path
                shown = path.replace(str(one), "one")
                worst = 1000 * max(took)
                note = f"middle of 5: {1000 * statistics.median(took):.0f} ms"
                rows.append(Row(f"pages, {count:,} runs", shown, "ms", **at_most(300, worst), note=note))
        began = time.monotonic()
        told = measured_burst(made, 200, first=5_000_000)
        rows.append(
            Row(f"pages, {count:,} runs", "CPU a run, burst of 200", "ms", **at_most(12, told["cpu_ms"]))
        )
    return rows


FINISHED_RUNS = """
INSERT INTO runs_run (integration_id, version_id, dedupe_key, object_id, label, record, state, attempt, answer,
    findings, model, input_tokens, output_tokens, cost_micros, timeline, received_at, changed_at, finished_at)
SELECT old.integration_id, old.version_id, 'old:' || n, '', 'Ada Example ' || n, old.record, 'done', 1, old.answer,
    '[]', old.model, old.input_tokens, old.output_tokens, old.cost_micros, old.timeline,
    now() - n * interval '7 seconds', now() - n * interval '7 seconds', now() - n * interval '7 seconds'
FROM (SELECT * FROM runs_run WHERE state = 'done' ORDER BY id LIMIT 1) AS old, generate_series(1, %s) AS n
"""
THEIR_DELIVERIES = """
INSERT INTO runs_delivery (run_id, position, connection_id, action, params, marker, state, attempt, external_id, link,
    problem, started_at, finished_at)
SELECT run.id, 0, old.connection_id, old.action, old.params, 'old-' || run.id, 'confirmed', 1, old.external_id,
    old.link, '', run.finished_at, run.finished_at
FROM (SELECT * FROM runs_delivery WHERE state = 'confirmed' ORDER BY id LIMIT 1) AS old, runs_run AS run
WHERE run.dedupe_key LIKE 'old:%%'
"""


def external(quick: bool) -> list[Row]:
    """The burst on a PostgreSQL of one's own, reached by TCP, with 1 and 3 workers."""
    from postgres import external as server

    rows = []
    for workers in (1, 3):
        with server() as running, house(workers=workers, database=running.url) as made:
            warm(made)
            told = measured_burst(made, 200 if quick else 500)
            connections = made.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            )[0][0]
            note = f"{told['cpu_ms']:.1f} ms CPU a run without the server; {connections - 1} connections"
            rows.append(Row("external database", f"{workers} worker(s)", "a second", **only(told["per_second"]),
                            note=note))  # fmt: skip
    return rows


def checks(quick: bool) -> list[Row]:
    """How well the checks find what a record does not say, on answers of authors of whom nothing was learned."""
    import checks_figures
    import second_opinion

    from signoff.checks.tests.labelled import load

    cases = load("unseen")
    ways = second_opinion.ways(cases, second_opinion.said())
    found, together = (checks_figures.figures(cases, ways[name]) for name in ("checks", "together"))
    median, _slowest = checks_figures.speed()
    row = partial(Row, "checks")
    return [
        row("marks that are right", "share", **at_least(0.90, found["precision of findings"])),
        row("faults that are touched", "share", **at_least(0.75, found["recall of faults (touched)"])),
        row(
            "good answers marked",
            "share",
            **at_most(0.10, found["good answers flagged"]),
            note="by authors of whom nothing was learned",
        ),
        row(
            "with a second AI: marks that are right",
            "share",
            **at_least(0.90, together["precision of findings"]),
            note="the answers of a large model, kept beside the tests",
        ),
        row(
            "with a second AI: faults touched",
            "share",
            **at_least(0.75, together["recall of faults (touched)"]),
        ),
        row("with a second AI: good marked", "share", **at_most(0.10, together["good answers flagged"])),
        row("200 words, 50 fields", "ms", **at_most(10, median), note="CPU, median of 50"),
    ]


SCENARIOS: dict[str, Callable[[bool], list[Row]]] = {
    "start": start,
    "burst": burst,
    "sustained": sustained,
    "minute": minute,
    "second": second,
    "tokens": tokens,
    "queue": queue,
    "pages": pages,
    "external": external,
    "checks": checks,
}


# What the scenarios share


def warm(made: House) -> None:
    """Let every process have done its first things."""
    asyncio.run(post_all(made.webhook, leads(WARM, 9_000_000)))
    made.wait_until_delivered(made.delivered() if made.delivered() >= WARM else WARM)


def measured_burst(made: House, count: int, first: int = 0) -> dict[str, Any]:
    already, cpu, began = made.delivered(), made.cpu_by_kind(), time.monotonic()
    answers = asyncio.run(post_all(made.webhook, leads(count, first)))
    memory = made.memory_mb()
    ended = made.wait_until_delivered(already + count)
    kinds = {kind: 1000 * (value - cpu.get(kind, 0)) / count for kind, value in made.cpu_by_kind().items()}
    seconds = [taken for _, taken in answers]
    return {
        "accepted": sum(status == 202 for status, _ in answers),
        "p50": percentile(seconds, 0.5),
        "p99": percentile(seconds, 0.99),
        "per_second": count / (ended - began),
        "cpu_ms": sum(kinds.values()),
        "kinds": ", ".join(f"{kind} {value:.1f}" for kind, value in sorted(kinds.items())),
        "memory_mb": max(memory, made.memory_mb()),
    }


def lost_and_twice(made: House, expected: int) -> tuple[int, int]:
    """Count at the practice HubSpot's books."""
    noted = made.noted()
    return expected - len(noted), sum(noted.values()) - len(noted)


@dataclass
class Plain:
    """The plain script, running on practice apps of its own. `made` is a house without a Signoff in it."""

    made: House
    process: subprocess.Popen[str]
    url: str

    def burst(self, count: int, records: list[dict[str, str]] | None = None) -> dict[str, float]:
        import psutil

        process = psutil.Process(self.process.pid)
        cpu, began = sum(process.cpu_times()[:2]), time.monotonic()
        answers = asyncio.run(post_all(self.url, records or leads(count)))
        ended = self.made.wait_until_delivered(count)
        seconds = [taken for _, taken in answers]
        return {
            "p50": percentile(seconds, 0.5),
            "p99": percentile(seconds, 0.99),
            "per_second": count / (ended - began),
            "cpu_ms": 1000 * (sum(process.cpu_times()[:2]) - cpu) / count,
        }


@contextmanager
def plain(**apps: Any) -> Iterator[Plain]:
    """Start the plain script and practice apps for it; `rpm` and `tpm` are also what it is told to keep to."""
    from house import HUBSPOT_KEY, OPENAI_KEY, running

    rates = {"rpm": 10_000_000, "tpm": 1_000_000_000}
    with running(**{"hubspot_per_10s": 10_000_000, **rates, **apps}) as practice:
        port, limits = free_port(), {**rates, **apps}
        words = [str(port), practice.openai + "/v1", practice.hubspot, str(limits["rpm"]), str(limits["tpm"])]
        process = subprocess.Popen(
            [sys.executable, str(HERE / "plain.py"), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps({"ai": OPENAI_KEY, "hubspot": HUBSPOT_KEY}) + "\n")
            process.stdin.flush()
            process.stdout.readline()
            yield Plain(House(practice, "", port, 0, {}), process, f"http://127.0.0.1:{port}/")
        finally:
            process.kill()
            process.wait()


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


# Telling


def document(rows: list[Row], load: Mapping[str, float], quick: bool, seconds: float) -> dict[str, Any]:
    return {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.system(),
            "load_before": load["before"],
            "load_after": load["after"],
        },
        "quick": quick,
        "seconds": round(seconds),
        "rows": [
            {k: round(v, 3) if isinstance(v, float) else v for k, v in asdict(row).items()} for row in rows
        ],
    }


def table(rows: list[Row]) -> str:
    heads = ("what", "target", "reached", "plain script", "note")
    lines = [heads]
    for row in rows:
        verdict = {True: "", False: "  not met", None: ""}[row.met]
        beside = ""
        if row.plain is not None:
            beside = f"{row.plain:.3g}"
            if row.plain and row.what != "accepted":
                beside += f" ({row.reached / row.plain:.2g} times)"
        reached = f"{row.reached:.4g} {row.unit}{verdict}"
        lines.append((f"{row.scenario}: {row.what}", row.target, reached, beside, row.note))
    widths = [max(len(line[n]) for line in lines) for n in range(4)]
    return "\n".join(
        "  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[4]]) for line in lines
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure Signoff on the practice apps.")
    parser.add_argument(
        "--only", action="append", choices=list(SCENARIOS), help="this scenario; may be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="smaller numbers: under four minutes")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    began, before = time.monotonic(), os.getloadavg()[0]
    rows: list[Row] = []
    broken = []
    for name in asked.only or SCENARIOS:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            found = SCENARIOS[name](asked.quick)
            rows += found
            print(table(found), file=sys.stderr, flush=True)
        except Exception as error:  # the other figures are still worth having
            broken.append(name)
            print(f"{name} could not be measured: {type(error).__name__}: {error}", file=sys.stderr)
    told = document(
        rows, {"before": before, "after": os.getloadavg()[0]}, asked.quick, time.monotonic() - began
    )
    told["not_measured"] = broken
    print(json.dumps(told, ensure_ascii=False) if asked.json else table(rows))
    if not asked.json:
        machine = told["machine"]
        print(f"\n{machine['cores']} cores, load {machine['load_before']:.1f} before and {machine['load_after']:.1f} "
              f"after, {told['seconds']} s")  # fmt: skip
    return 1 if broken or any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

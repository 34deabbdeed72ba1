"""`signoff fire-drill`: the practice apps misbehave, and a report says for each fault what came of it."""

from __future__ import annotations

import signal
import time
from typing import Any

import click

from signoff.cli.start import answer, say


@click.command("fire-drill")
@click.option("--only", multiple=True, metavar="FAULT", help="Only the faults whose name holds this word.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port of the pages. [8040]")
@click.option("--json", "as_json", is_flag=True)
def fire_drill_command(only: tuple[str, ...], port: int | None, as_json: bool) -> None:
    """
    Let practice apps misbehave in twelve ways, and say what was promised and what happened.

    In a data folder of its own, which is forgotten; nothing real is touched. It takes about ten minutes.
    """
    from signoff.cli.demo import _end, _free_port
    from signoff.cli.fire_faults import FAULTS
    from signoff.cli.fire_stage import FireStage

    chosen = [fault for fault in FAULTS if not only or any(word in fault.name for word in only)]
    if not chosen:
        raise click.UsageError(f"No fault is called that. There are: {', '.join(f.name for f in FAULTS)}.")
    began = time.monotonic()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _end)  # else what was started here would run on unseen
    stage = FireStage(port or _free_port(8040))
    try:
        stage.open()
        rows = [_tried(stage, fault) for fault in chosen]
    finally:
        stage.close()
    document = {
        "faults": rows,
        "lost": sum(row["lost"] for row in rows),
        "duplicates": sum(row["duplicates"] for row in rows),
        "ok": all(row["ok"] for row in rows),
        "seconds": round(time.monotonic() - began, 1),
    }
    answer(document, as_json, _report(document))
    if not document["ok"]:
        raise click.exceptions.Exit(1)


def _tried(stage: Any, fault: Any) -> dict[str, Any]:
    """Let one fault happen and count; what did not come about in time is told, and the next one is tried."""
    from signoff.cli.fire_stage import TookTooLong

    stage.quiet()
    say(f"{fault.name} …")
    first = stage.sent
    row: dict[str, Any] = {"name": fault.name, "promised": fault.promised}
    try:
        done = fault.happen(stage)
    except TookTooLong as trouble:
        numbers = [f"L{n:07d}" for n in range(first, stage.sent)]
        lost, twice, held = stage.counted(numbers)
        stage.calm()
        row |= {"happened": f"{trouble}.", "noticed_after_seconds": None, "notice": None}
        return row | {"lost": lost, "duplicates": twice, "held": held, "ok": False}
    lost, twice, held = stage.counted(done.numbers)
    row |= {
        "happened": done.words,
        "noticed_after_seconds": round(done.noticed_after_seconds, 1),
        "notice": done.notice,
        "lost": lost,
        "duplicates": twice,
        "held": held,
    }
    in_time = done.noticed_after_seconds <= fault.within_seconds
    return row | {"ok": done.holds and in_time and not lost and not twice and not held}


def _report(document: dict[str, Any]) -> str:
    lines = []
    for row in document["faults"]:
        after = row["noticed_after_seconds"]
        lines += [
            f"{'ok ' if row['ok'] else 'NO '} {row['name']}",
            f"    promised: {row['promised']}",
            f"    happened: {row['happened']}",
            f"    noticed:  after {after} s, {row['notice']}"
            if after is not None
            else "    noticed:  not in time",
            f"    lost {row['lost']}, twice {row['duplicates']}, waiting for you {row['held']}",
        ]
    held = "Everything held" if document["ok"] else "Not everything held"
    lines.append(
        f"{held}: lost {document['lost']}, twice {document['duplicates']}, by the practice apps' own books. "
        f"It took {document['seconds']} s."
    )
    return "\n".join(lines)

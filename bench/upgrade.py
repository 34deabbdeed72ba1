"""
Rehearses a rolling upgrade on a database of one's own: `python bench/upgrade.py OLD_CHECKOUT`, which is installed.

The old version's pages and two workers run, records come in all the time and a person approves drafts. A new worker
brings the tables up to date beneath them; both versions work side by side; then the old ones are told to end. What
arrived is counted at the practice apps' books.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from house import MAIL, NOTE, ROOT, free_port, get_json, house, leads, post_all
from postgres import external

SIDE_BY_SIDE_SECONDS = 10


def main(old: Path) -> int:
    with (
        external() as server,
        house(
            database=server.url,
            workers=2,
            integrations=[NOTE, MAIL],
            practice={"latency": 1.0},
            program=str(old / ".venv/bin/python"),
            PYTHONPATH=str(old / "src"),
        ) as made,
    ):
        sent = {"bench": 0, "mail": 0}
        over = threading.Event()

        def send() -> None:
            while not over.is_set():
                for name, count, first in (("bench", 10, 0), ("mail", 1, 100_000)):
                    path = made.webhooks[name].split("/in/")[1]
                    some = leads(count, first + sent[name])
                    asyncio.run(post_all(f"{made.address}/in/{path}", some, 10, insist=True))
                    sent[name] += count
                time.sleep(0.3)

        def approve() -> None:
            while not over.is_set():
                made.approve_all(10_000, 2)

        threads = [threading.Thread(target=send), threading.Thread(target=approve)]
        for thread in threads:
            thread.start()
        time.sleep(5)

        made.env["PYTHONPATH"], made.program = str(ROOT / "src"), sys.executable
        began = time.monotonic()
        made.run("work")
        port = free_port()
        made.run("web", "--port", str(port))
        while not _ready(port):
            time.sleep(0.1)
        new_ready = time.monotonic() - began
        time.sleep(SIDE_BY_SIDE_SECONDS)
        made.port = port  # the load balancer sends to the new pages from now on
        assert made.up is not None
        made.up.send_signal(signal.SIGTERM)
        began = time.monotonic()
        made.up.wait(30)
        old_ended = time.monotonic() - began
        time.sleep(5)
        over.set()
        for thread in threads:
            thread.join()
        total = sum(sent.values())
        while True:
            states = made.wait_until_settled(total, 120)
            if not states["waiting for review"]:
                break
            made.approve_all(states["waiting for review"], 30)
        noted, drafted = made.noted(), made.drafted()
        told = {
            "records": total,
            "lost": total - len(noted),
            "twice": sum(n - 1 for n in [*noted.values(), *drafted.values()]),
            "stranded": total - states["done"],
            "new_ready_seconds": round(new_ready, 1),
            "old_ended_seconds": round(old_ended, 1),
        }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return int(bool(told["lost"] or told["twice"] or told["stranded"]))


def _ready(port: int) -> bool:
    try:
        return bool(get_json(f"http://127.0.0.1:{port}/readyz").get("ready"))
    except (OSError, subprocess.SubprocessError):
        return False


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))

"""
Measures the inbox with many drafts waiting, as a browser that is signed in sees it: `python bench/inbox.py [COUNT]`.

A whole Signoff runs (web, worker, embedded database); the drafts are put there by the verb that drafting uses, and
every fourth is marked. Each figure is of thirty requests over one connection, from the first byte sent to the last
received; `cpu` is what the web and database processes used for each. `next` is what pressing Approve takes until the
next draft is there: the decision, and the page it leads to.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from house import House, house

TIMES = 30
PAGES = {"opens": 300, "next": 150}
REVIEWED = """
name: reviewed
record: {when: webhook}
prompt: {ai: ai, model: gpt-4o, task: Answer the lead.}
answer: {reply: {type: text, max: 800}}
review: {by: [sales], due_in: 4h}
then:
  - mail.create_draft: {to: record.email, subject: Your message, body: answer.reply}
"""


def main(count: int) -> dict[str, Any]:
    import httpx2

    with house(integrations=(REVIEWED,)) as made:
        made.python(str(Path(__file__).with_name("fill_inbox.py")), str(count))
        with httpx2.Client(base_url=made.address, timeout=60, trust_env=False) as browser:
            sign_in(browser, made.link, made.address)
            found = {
                "opens": middle(made, lambda: get(browser, "/review/")),
                "opens, one integration": middle(made, lambda: get(browser, "/review/?integration=reviewed")),
                "search, one name": middle(made, lambda: get(browser, "/review/?q=ada")),
                "search, two words": middle(made, lambda: get(browser, "/review/?q=ada+call")),
                "only overdue": middle(made, lambda: get(browser, "/review/?overdue=1")),
            }
            found["next"] = middle(made, lambda: approve(browser, made.address))
    found["waiting"] = count
    found["load"] = round(os.getloadavg()[0], 1)
    found["met"] = all(found[name]["median"] <= most for name, most in PAGES.items())
    return found


def sign_in(browser: Any, link: str, address: str) -> None:
    page = browser.get(link)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text[:500]
    browser.post(link, data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": address})


def get(browser: Any, path: str) -> str:
    reply = browser.get(path)
    assert reply.status_code == 200, (path, reply.status_code, reply.headers)
    return str(reply.text)


def approve(browser: Any, address: str) -> float:
    """Approve the draft that is open and wait for the next one; returns how long that took."""
    page = get(browser, "/review/")
    form = re.search(r'<form method="post" action="(/review/\d+/approve/)".*?</form>', page, re.DOTALL)
    assert form, page[:500]
    values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    began = time.perf_counter()
    decided = browser.post(form[1], data=values, headers={"Referer": address})
    assert decided.status_code == 303, decided.status_code
    following = get(browser, decided.headers["Location"])
    assert "Approved. Next draft" in following
    return time.perf_counter() - began


def middle(made: House, act: Callable[[], Any]) -> dict[str, float]:
    """Return the median, the slowest and the CPU of thirty, in milliseconds, after one that is not counted."""
    act()
    took = []
    before = made.cpu_by_kind()
    for _ in range(TIMES):
        began = time.perf_counter()
        told = act()
        took.append(1000 * (told if isinstance(told, float) else time.perf_counter() - began))
    after = made.cpu_by_kind()
    cpu = 1000 * sum(after[kind] - before.get(kind, 0) for kind in ("web", "database")) / TIMES
    return {"median": round(statistics.median(took), 1), "slowest": round(max(took), 1), "cpu": round(cpu, 1)}


if __name__ == "__main__":
    found = main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    print(json.dumps(found, indent=1))
    raise SystemExit(0 if found["met"] else 1)

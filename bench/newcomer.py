"""
Times how long a newcomer takes to build an integration in the browser, by what the pages say and nothing else.

Run: .venv/bin/python bench/newcomer.py [start|nothing] [--shots FOLDER] [--latency S]

A real `signoff up` with the practice apps, which are connected, and a real Chromium. `start` begins with a starting
point, `nothing` with empty steps: the task is typed, and what the page offers for the rest is pressed. The person reads
every sentence of five words or more that comes into sight, once, at 3 seconds each (closed parts of a page are not in
sight); looks over the starting points and over the first draft for 10 seconds each; takes 2 seconds to find a control
and press it; types 200 characters a minute; needs 6 seconds to choose a file. The AI takes its time (`--latency`, two
seconds an answer if nothing is said). The 20 reviewed records are a table that the person has.

Exit 1 when it took five minutes or more, or the integration does not run in the end.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from house import House, house
from playwright.sync_api import Locator, Page, expect, sync_playwright

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
SENTENCE_SECONDS, PRESS_SECONDS, FILE_SECONDS, DRAFT_SECONDS, CHOICE_SECONDS, LETTER_MS = (
    3.0,
    2.0,
    6.0,
    10.0,
    10.0,
    300,
)
AT_MOST_SECONDS = 300
CASES = 20
# What stands in sight and is a sentence; a label or a button of a few words is read while it is looked for.
SENTENCES = """
() => [...document.querySelectorAll('main p, main li, main h1, main h2, main .hint, #status')]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .filter(one => !one.querySelector('p, li, select, input, textarea'))
  .filter(one => !one.closest('.paper, pre, .points, details.case'))
  .flatMap(one => one.innerText.split(/(?<=[.?!])\\s+/))
  .map(one => one.trim()).filter(one => one.split(/\\s+/).length >= 5)
"""


class Newcomer:
    """Somebody who sees these pages for the first time; `spent` is where the seconds went, by what was done."""

    def __init__(self, page: Page, shots: Path | None) -> None:
        self.page, self.shots = page, shots
        self.read_before: set[str] = set()
        self.spent: list[dict[str, Any]] = []
        self.began = self._last = time.monotonic()
        self.presses = self.letters = 0

    def reads(self) -> None:
        fresh = [one for one in self.page.evaluate(SENTENCES) if one not in self.read_before]
        self.read_before.update(fresh)
        time.sleep(SENTENCE_SECONDS * len(set(fresh)))

    def presses_(self, what: Locator) -> None:
        time.sleep(PRESS_SECONDS)
        what.click()
        self.presses += 1

    def chooses(self, what: Locator, **how: Any) -> None:
        time.sleep(PRESS_SECONDS)
        what.select_option(**how)
        self.presses += 1

    def types(self, where: Locator, text: str) -> None:
        time.sleep(PRESS_SECONDS)
        where.click()
        where.fill("")
        where.press_sequentially(text, delay=LETTER_MS, timeout=120_000)
        self.letters += len(text)

    def is_done_with(self, what: str) -> None:
        now = time.monotonic()
        if self.shots:
            self.page.screenshot(path=self.shots / f"{len(self.spent):02} {what}.png", full_page=True)
        self.spent.append({"what": what, "seconds": round(now - self._last, 1)})
        self._last = time.monotonic()
        self.began += self._last - now  # taking the picture is none of the newcomer's time


def from_a_start(person: Newcomer) -> None:
    page = person.page
    person.presses_(page.get_by_role("button", name=re.compile("Begin with this.*Follow up new leads")))
    expect(page.get_by_role("heading", name="What the AI is asked to do")).to_be_visible()
    person.reads()
    person.is_done_with("a starting point")


def from_nothing(person: Newcomer) -> None:
    page = person.page
    person.presses_(page.get_by_role("button", name="Begin with nothing"))
    expect(page.get_by_role("heading", name="What the AI is asked to do")).to_be_visible()
    person.reads()
    person.chooses(page.get_by_label("Start when"), label="HubSpot: a new contact appears")
    expect(page.get_by_role("checkbox", name="First Name", exact=True)).to_be_checked()
    person.reads()
    person.is_done_with("where the record comes from")
    person.types(
        page.get_by_label("Task"),
        "Write a short follow-up e-mail to a new lead. Answer their message and offer a call.",
    )
    for often in ("At most 120 words", "No price, discount or date"):
        person.presses_(page.get_by_role("button", name=often))
        expect(page.get_by_role("button", name=often)).to_be_hidden()
    person.reads()
    person.is_done_with("what the AI is asked")
    person.presses_(page.get_by_role("button", name="An e-mail", exact=True))
    expect(page.get_by_label("Name", exact=True).last).to_be_focused()
    person.reads()
    person.is_done_with("what must come back")
    expect(page.get_by_label("When it is approved")).to_have_value(re.compile(r"\.create_draft$"))
    person.presses_(page.locator("#b-step"))
    expect(page.get_by_label("Then also")).to_be_visible()
    person.reads()
    person.is_done_with("where it goes")


def built(person: Newcomer, way: str) -> None:
    """Go the whole way: build, try, test against a second model, switch on."""
    page = person.page
    person.reads()
    person.presses_(page.get_by_role("link", name="Build your first integration"))
    person.reads()
    time.sleep(CHOICE_SECONDS)
    (from_a_start if way == "start" else from_nothing)(person)

    person.presses_(page.get_by_role("button", name="Run the test"))
    expect(page.get_by_text("OpenAI answered")).to_be_visible(timeout=30_000)
    person.reads()
    time.sleep(DRAFT_SECONDS)
    person.is_done_with("tried on a real record")

    person.presses_(page.get_by_role("button", name="Finish, and test it on reviewed records"))
    expect(page.get_by_label("File (CSV or Excel)")).to_be_visible()
    person.reads()
    time.sleep(FILE_SECONDS)
    table = {"name": "answered.csv", "mimeType": "text/csv", "buffer": reviewed()}
    page.get_by_label("File (CSV or Excel)").set_input_files(table)
    person.presses_(page.get_by_role("button", name="Import", exact=True))
    expect(page.get_by_role("heading", name=f"{CASES} test cases")).to_be_visible()
    person.reads()
    person.is_done_with("20 reviewed records are test cases")

    person.chooses(page.get_by_label("A second model"), index=1)
    person.presses_(page.get_by_role("button", name=f"Test {CASES} cases"))
    expect(page.get_by_role("heading", name="Case by case")).to_be_visible(timeout=120_000)
    person.reads()
    person.is_done_with("tested beside a second model")

    person.presses_(page.get_by_role("button", name="Turn on, with review"))
    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    person.is_done_with("switched on")


def reviewed() -> bytes:
    """Return twenty answered records as a spreadsheet saves them."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["firstname", "email", "message", "answer.subject", "answer.body"])
    for number in range(CASES):
        rows.writerow([f"Dana{number}", f"dana{number}@example.com", "What does it cost?", "Your question",
                       f"Hi Dana{number}, thank you for your message. Shall we talk?"])  # fmt: skip
    return table.getvalue().encode()


def measured(made: House, way: str, shots: Path | None) -> dict[str, Any]:
    made.practice.seed_leads(3)
    program = next((path for path in CHROMIUM if Path(path).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        page.goto(made.link)
        page.get_by_role("button").first.click()  # the link asks before it signs somebody in
        page.goto(f"{made.address}/")
        person = Newcomer(page, shots)
        try:
            built(person, way)
        except BaseException:
            if shots:
                page.screenshot(path=shots / "where it ended.png", full_page=True)
            raise
        seconds = time.monotonic() - person.began
        browser.close()
    ((is_on, cases, done),) = made.sql(
        "SELECT i.is_on, (SELECT count(*) FROM proving_case), "
        "(SELECT count(*) FROM proving_replay WHERE state = 'done') FROM integrations_integration i"
    )
    return {
        "way": way,
        "seconds": round(seconds, 1),
        "presses": person.presses,
        "letters": person.letters,
        "sentences": len(person.read_before),
        "is_on": is_on,
        "cases": cases,
        "answers": done,
        "parts": person.spent,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    options.add_argument("way", nargs="?", choices=("start", "nothing"), default="start")
    options.add_argument("--shots", type=Path)
    options.add_argument("--latency", type=float, default=2.0)
    chosen = options.parse_args()
    if chosen.shots:
        chosen.shots.mkdir(parents=True, exist_ok=True)
    practice = {"latency": chosen.latency, "faults": "mistakes=0.1", "rpm": 500, "tpm": 200_000}
    with house(practice=practice, integrations=()) as made:
        found = measured(made, chosen.way, chosen.shots)
    print(json.dumps(found, indent=1))
    right = found["is_on"] and found["answers"] == 2 * found["cases"] == 2 * CASES
    sys.exit(0 if right and found["seconds"] < AT_MOST_SECONDS else 1)


if __name__ == "__main__":
    main()

"""
A retired model and an ended Graph version on the practice apps: announced on the first day, drilled, changed over,
certified anew. The clocks of Signoff and of the practice apps are moved together, so that it is the same on every day.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from signoff.accounts.models import Person
from signoff.core import clock
from signoff.engine import drills as running
from signoff.engine import verbs
from signoff.engine.tests.test_autopilot import reviewed
from signoff.integrations import offers
from signoff.integrations.apply import apply
from signoff.integrations.definition import read_definition
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.monitoring import looking
from signoff.monitoring.models import Notice
from signoff.review import certificates
from signoff.review.models import Certificate, Review, Unattended
from signoff.runs.models import Run
from signoff.versions.models import Drill, QuarterlyReview
from signoff.web.tests.test_browser import PHONE, opened  # noqa: F401  # a fixture
from signoff_sandbox.testing import WHATSAPP_SETTINGS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

EXAMPLE = Path(__file__).parents[4] / "examples" / "answer-whatsapp-questions.yaml"
NAME = "answer-whatsapp-questions"
HERE = f"/integrations/{NAME}"
PEOPLE = iter(range(491_810_000_000, 491_820_000_000))


FIRST_DAY = datetime(2026, 11, 26, 9, tzinfo=UTC)
AFTER_BOTH = datetime(2027, 1, 22, 9, tzinfo=UTC)  # gpt-4o ended on the 14th, v21.0 on the 21st


@pytest.fixture
def move_to(monkeypatch, practice) -> Iterator[Callable[[datetime], None]]:
    """Return what moves the clocks here and at the practice apps to a moment, from which time runs on."""
    ahead = [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + ahead[0])

    def move(moment: datetime) -> None:
        ahead[0] = moment - datetime.now(UTC)
        practice.control("whatsapp", clock_at=moment.isoformat())

    move(FIRST_DAY)
    yield move
    practice.control("whatsapp", clock_offset_seconds=0)


@pytest.fixture
def desk(live_server, move_to, whole_house, practice):
    """The first day of a Signoff that answers on WhatsApp by gpt-4o and Graph v21.0, and that Meta reaches."""
    offers.forget()
    practice.control("whatsapp", release={}, limits={"per_second": 80, "pair_burst": 45, "pair_seconds": 6})
    text = EXAMPLE.read_text().replace("gpt-6-luna", "gpt-4o")  # as it stood when gpt-4o had no known end
    text = text.replace("  by: [support]\n", "  by: [support]\n  autopilot: {error_below: 5%, audit: 10%}\n")
    result = apply([read_text(f"{text}versions: {{whatsapp-main: v21.0}}\n")])
    assert not result.faults, result.faults
    verbs.switch(Integration.objects.get(name="follow-up-new-leads"), False)
    integration = Integration.objects.get(name=NAME)
    verbs.switch(integration, True)
    word = WHATSAPP_SETTINGS["verify_token"]
    address = f"{live_server.url}/in/{integration.key}"
    practice.control("whatsapp", webhook={"url": address, "verify_token": word})
    yield whole_house
    practice.control("whatsapp", webhook={"url": "", "unasked": True}, statuses="held", release={})


@pytest.fixture
def owner(desk) -> Person:
    return desk.owner


@pytest.fixture(autouse=True)
def nobody_chosen(monkeypatch):
    """The lot chooses nobody: what is certified goes out by itself."""
    monkeypatch.setattr(certificates, "is_chosen", lambda active, run_id: False)


def written_to_us(practice, work_off) -> Run:
    """Let a customer write, and the work be done as far as it goes."""
    message = {"from": str(next(PEOPLE)), "name": "Ada", "text": "What does the Team plan cost?"}
    assert practice.control("whatsapp", receive=message)["receive"]["answers"] == [200]
    work_off()
    return Run.objects.order_by("-id")[0]


def approve(desk, run, work_off) -> Review:
    review = Review.objects.get(run=run)
    verbs.decide(review.pk, "approved", desk.owner, review.content_hash)
    Run.objects.filter(pk=run.pk).update(deliver_at=None)  # the time to undo is over
    work_off(also_later=True)
    return review


def carry_out(page: Page) -> Drill:
    """Let the drill that was just begun come to its end, as a worker does."""
    expect(page).to_have_url(re.compile(r"/drill/\d+/$"))
    row = Drill.objects.select_related("proof").first()
    assert row is not None

    def work() -> None:
        try:
            running.drive(row, lambda done, everything: None)
        finally:
            connections.close_all()

    helper = threading.Thread(target=work)
    helper.start()
    expect(page.get_by_role("heading", name="The replacement holds")).to_be_visible(timeout=60_000)
    helper.join()
    return row


def certify(page: Page, desk, run: Run, work_off) -> None:
    """Let an owner sign on the page, after enough drafts as this one were right."""
    like = Review.objects.get(run=run)
    reviewed(desk, like, 160, decided_content=like.content)
    approve(desk, run, work_off)
    page.goto(f"{HERE}/accuracy/")
    page.get_by_role("button", name="Sign for autopilot").click()
    expect(page.get_by_role("button", name="Take autopilot back")).to_be_visible()


def try_model(page: Page) -> None:
    """Try the model that is suggested, which is the vendor's own word."""
    expect(page.get_by_label("Model to try")).to_have_value("openai-main/gpt-6-luna")
    page.get_by_role("button", name="Try it", exact=True).click()
    carry_out(page)


def try_version(page: Page) -> None:
    page.get_by_label("Version to try").select_option("v26.0")
    page.get_by_role("button", name=re.compile("Try it.*whatsapp-main")).click()
    carry_out(page)


def change_over(page: Page, to: str) -> None:
    page.get_by_role("button", name=f"Change over to {to}").click()
    expect(page.get_by_text(f"{to} is in force")).to_be_visible()


def in_force() -> tuple[str, dict[str, str]]:
    definition = read_definition(Integration.objects.select_related("current").get(name=NAME).current)[0]
    return definition.prompt.model, definition.versions


def test_a_retired_model_and_an_ended_version_are_announced_tried_changed_over_and_certified_anew(
    opened,  # noqa: F811
    desk,
    move_to,
    practice,
    work_off,
    time_to_read,
):
    # Announced on the first day, seven and eight weeks before, with what to press.
    looking.look()
    page = opened("/")
    model = page.get_by_role("heading", name="The AI model gpt-4o stops on Thu 14 January 2027, in 49 days")
    version = page.get_by_role(
        "heading", name="The version v21.0 of WhatsApp’s API stops on Thu 21 January 2027, in 56 days"
    )
    expect(model).to_be_visible()
    expect(version).to_be_visible()
    expect(
        page.get_by_text("This integration stops on Thu 14 January 2027: Answer whatsapp questions.")
    ).to_be_visible()
    expect(page.get_by_text("From that day on, WhatsApp may answer otherwise")).to_be_visible()
    page.get_by_role("link", name=re.compile("Compare and switch.*v21.0")).click()
    expect(
        page.get_by_role("heading", name=re.compile("version v21.0 ends on Thu 21 January"))
    ).to_be_visible()
    page.goto("/health/versions/")
    expect(page.get_by_role("heading", name="AI model gpt-4o of OpenAI ends in 49 days.")).to_be_visible()
    expect(page.get_by_text("OpenAI names gpt-6-luna as its replacement.")).to_be_visible()
    expect(page.get_by_text("Version v26.0 lives longer, and Signoff speaks it.")).to_be_visible()

    before = written_to_us(practice, work_off)  # somebody decides on it only when all has ended
    certify(page, desk, written_to_us(practice, work_off), work_off)
    assert written_to_us(practice, work_off).state == Run.State.DONE  # unattended, by gpt-4o and v21.0
    assert practice.books("whatsapp")["version"] == "v21.0"

    # Nobody does anything, and is reminded: 30 and 14 days before, and not in between.
    told = [Notice.objects.get(key__startswith="model:").round]
    for days_before in (45, 30, 13):
        move_to(datetime(2027, 1, 14, 9, tzinfo=UTC) - timedelta(days=days_before))
        looking.look()
        told.append(Notice.objects.get(key__startswith="model:").round)
    assert told == [1, 1, 2, 3]
    page = opened("/")  # whoever was not here for days signs in again
    expect(page.get_by_role("heading", name="stops on Thu 14 January, in 13 days")).to_be_visible()

    # A week later both have ended. The model is refused, and Meta answers by another version without a word.
    move_to(AFTER_BOTH)
    waiting = written_to_us(practice, work_off)
    assert waiting.state == Run.State.NEEDS_YOU
    approve(desk, before, work_off)
    assert practice.books("whatsapp")["version"] == "v22.0"
    looking.look()
    page = opened("/")
    expect(page.get_by_text("The AI model gpt-4o stopped on").first).to_be_visible()
    page.goto("/health/versions/")
    expect(page.get_by_text("AI model gpt-4o of OpenAI", exact=True)).to_be_visible()
    expect(page.get_by_text("WhatsApp’s API, version v21.0", exact=True)).to_be_visible()
    expect(page.get_by_text("v22.0 answers instead.")).to_be_visible()

    # The model: tried on what people reviewed, nothing sent, changed over.
    sent = len(practice.books("whatsapp")["sent"])
    page.get_by_role("link", name=re.compile("Compare and switch.*gpt-4o")).click()
    try_model(page)
    expect(page.locator(".side-by-side th[scope=col]")).to_have_text(["gpt-6-luna"])  # gpt-4o answers no more
    change_over(page, "gpt-6-luna")
    assert in_force() == ("gpt-6-luna", {"whatsapp-main": "v21.0"})
    assert Certificate.objects.get().state == Certificate.State.VOIDED

    # The version of the API, likewise.
    page.get_by_role("link", name="Try another replacement").click()
    try_version(page)
    expect(page.get_by_text("v21.0 answers no more, so it was held against what was stored.")).to_be_visible()
    expect(page.get_by_text("Send a WhatsApp message: the last 20 approved answers")).to_be_visible()
    assert len(practice.books("whatsapp")["sent"]) == sent
    change_over(page, "v26.0")
    assert in_force() == ("gpt-6-luna", {"whatsapp-main": "v26.0"})

    # What waited goes on, a person looks, and it is certified anew under what it is now.
    verbs.replay(waiting.pk, desk.owner)
    work_off()
    again = Run.objects.order_by("-id")[0]
    assert (again.state, again.model) == (Run.State.WAITING, "gpt-6-luna")
    approve(desk, again, work_off)
    certify(page, desk, written_to_us(practice, work_off), work_off)
    last = written_to_us(practice, work_off)
    assert last.state == Run.State.DONE
    assert Unattended.objects.filter(run=last).exists()
    assert practice.books("whatsapp")["version"] == "v26.0"

    # And the notices are over.
    looking.look()
    closings = set(Notice.objects.exclude(closed_at=None).values_list("closing", flat=True))
    assert "No integration uses gpt-4o any more." in closings
    assert "No integration speaks v21.0 any more, or it does not end." in closings


def test_who_changes_over_in_time_is_stopped_by_neither_end(opened, desk, move_to, practice, work_off):  # noqa: F811
    for _ in range(2):
        approve(desk, written_to_us(practice, work_off), work_off)
    page = opened(f"{HERE}/", viewport=PHONE)
    expect(
        page.get_by_role("heading", name=re.compile("gpt-4o of OpenAI ends on Thu 14 January"))
    ).to_be_visible()
    page.get_by_role("link", name=re.compile("Compare and switch.*gpt-4o")).click()
    try_model(page)
    expect(page.locator(".side-by-side th[scope=col]")).to_have_text(["gpt-4o", "gpt-6-luna"])
    change_over(page, "gpt-6-luna")
    page.goto(f"{HERE}/")
    page.get_by_role("link", name=re.compile("Compare and switch.*v21.0")).click()
    try_version(page)
    expect(page.get_by_text(re.compile("An answer took .* in v21.0 and .* in v26.0"))).to_be_visible()
    change_over(page, "v26.0")
    page.goto(f"{HERE}/")
    expect(page.get_by_role("link", name=re.compile("Compare and switch"))).to_have_count(0)

    move_to(AFTER_BOTH)
    run = written_to_us(practice, work_off)
    assert (run.state, run.model) == (Run.State.WAITING, "gpt-6-luna")
    approve(desk, run, work_off)
    assert practice.books("whatsapp")["version"] == "v26.0"
    looking.look()
    assert not Notice.objects.filter(closed_at=None, key__regex="^(model|version|runs):").exists()


def test_going_back_is_one_press_on_a_phone_without_javascript(opened, desk, practice, work_off):  # noqa: F811
    for _ in range(2):
        approve(desk, written_to_us(practice, work_off), work_off)
    page = opened(f"{HERE}/drill/", viewport=PHONE, java_script_enabled=False)
    page.get_by_label("Model to try").select_option("openai-main/gpt-4o-mini")
    page.get_by_role("button", name="Try it", exact=True).click()
    row = running.drive(Drill.objects.select_related("proof").get(), lambda done, everything: None)
    page.reload()
    expect(page.locator(".side-by-side th[scope=col]")).to_have_text(["gpt-4o", "gpt-4o-mini"])

    page.get_by_role("button", name="Change over to gpt-4o-mini").click()
    assert in_force()[0] == "gpt-4o-mini"
    page.get_by_role("button", name="Go back to gpt-4o").click()
    expect(page.get_by_text("It was changed over before, and taken back")).to_be_visible()

    assert in_force()[0] == "gpt-4o"
    row.refresh_from_db()
    assert row.rolled_back_by == desk.owner


def test_the_quarterly_review_is_gone_through_and_signed_by_keyboard(opened, desk):  # noqa: F811
    page = opened("/health/quarterly/")
    page.get_by_label("Remarks to keep with it").fill("All looked at.")
    page.get_by_role("button", name=re.compile("Sign the review")).click()
    expect(page.get_by_role("heading", name="Not signed")).to_be_visible()
    expect(page.get_by_label("Remarks to keep with it")).to_have_value("All looked at.")

    for box in page.get_by_role("checkbox").all():
        box.focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name=re.compile("Sign the review")).focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("All looked at.")).to_be_visible()
    row = QuarterlyReview.objects.get()
    assert (row.signed_name, row.remarks) == ("Priya", "All looked at.")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()

"""The builder in a real browser, on the practice apps: from nothing to running by what the page says."""

from __future__ import annotations

import csv
import io
import json
import re
import threading

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from signoff.accounts.models import Person
from signoff.connections.connect import connect
from signoff.core.secret import Secret
from signoff.engine import proofs
from signoff.integrations import offers
from signoff.integrations.models import Draft, Integration
from signoff.proving.models import Proof
from signoff.web.tests import world
from signoff.web.tests.test_browser import DESK, opened, reached, session_cookie  # noqa: F401  # a fixture
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET, HUBSPOT_KEY, OPENAI_KEY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CASES = 20


@pytest.fixture
def owner(transactional_db, practice) -> Person:
    """An owner whose apps are connected, and nothing more."""
    offers.forget()
    grant = practice.grant("gmail.compose")
    gmail = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": grant.refresh_token}
    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=practice.hubspot)
    connect("gmail", "gmail-sales", Secret(json.dumps(gmail)), base_url=practice.gmail)
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1")
    practice.seed_leads(3)
    return world.person()


def reviewed() -> bytes:
    """Return twenty reviewed records as a spreadsheet saves them."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["firstname", "email", "message", "answer.subject", "answer.body"])
    for number in range(CASES):
        rows.writerow(
            [
                f"Dana{number}",
                f"dana{number}@example.com",
                "What does it cost?",
                "Your question",
                "Thank you. Shall we talk?",
            ]
        )
    return table.getvalue().encode()


def run_to_its_end(page: Page) -> None:
    """Let the test on the page run to its end, as a worker does."""
    assert reached(lambda: Proof.objects.exists())
    proof = Proof.objects.get()

    def work() -> None:
        try:
            proofs.drive(proof, lambda done, everything: None)
        finally:
            connections.close_all()

    helper = threading.Thread(target=work)
    helper.start()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(page.get_by_role("heading", name="Case by case")).to_be_visible(timeout=60_000)
    helper.join()


def test_built_tried_tested_against_a_second_model_and_switched_on(opened, owner):  # noqa: F811
    """Eight presses, one choice and one file, each by what the page that is open says."""
    page = opened("/integrations/")
    page.get_by_role("link", name="Build your first integration").click()
    page.get_by_role("button", name=re.compile("Begin with this.*Follow up new leads")).click()

    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_text("OpenAI answered")).to_be_visible()
    expect(page.get_by_text("Subject fits")).to_be_visible()
    expect(page.get_by_role("heading", name="Try it on a real record")).to_be_focused()

    page.get_by_role("button", name="Finish, and test it on reviewed records").click()
    page.get_by_label("File (CSV or Excel)").set_input_files(
        {"name": "reviewed.csv", "mimeType": "text/csv", "buffer": reviewed()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name=f"{CASES} test cases")).to_be_visible()

    page.get_by_label("A second model").select_option(index=1)
    page.get_by_role("button", name=f"Test {CASES} cases").click()
    run_to_its_end(page)
    sums = page.locator(".side-by-side .sum td")
    expect(sums).to_have_count(2)
    for sum_ in sums.all():  # the second model has answered as well
        expect(sum_).to_have_text(re.compile(rf"\d+ of {CASES}"))

    page.get_by_role("button", name="Turn on, with review").click()
    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    integration = Integration.objects.get()
    assert integration.is_on
    assert integration.current.definition["review"]["autopilot"] == "off"
    assert integration.current.definition["review"]["by"] == []


def test_from_nothing_what_is_often_written_is_pressed_and_the_page_stays_where_it_was(opened, owner):  # noqa: F811
    page = opened("/integrations/new/")
    page.get_by_role("button", name="Begin with nothing").click()
    page.get_by_label("Start when").select_option(label="HubSpot: a new contact appears")
    expect(page.locator("#name")).to_have_value("New contact appears")
    page.get_by_label("Task").fill("Write a short follow-up e-mail to a new lead.")

    for button, into in (("At most 120 words", "Rules"), ("No price, discount or date", "Never")):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("button", name=button)).to_be_hidden()
        written = page.get_by_label(f"{into}, one a line")
        expect(written).not_to_have_value("")
        expect(written).to_be_in_viewport()
    page.get_by_role("button", name="An e-mail", exact=True).click()
    expect(page.get_by_label("When it is approved")).to_have_value("gmail-sales.create_draft")
    page.locator("#b-step").click()
    expect(page.get_by_label("Then also")).to_be_visible()

    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_text("OpenAI answered")).to_be_visible()
    expect(page.get_by_text("Body fits")).to_be_visible()


def test_words_that_are_typed_survive_a_closed_browser(opened, owner):  # noqa: F811
    page = opened("/integrations/new/")
    page.get_by_role("button", name=re.compile("Begin with this.*Note for sales")).click()
    page.get_by_label("Tone").fill("like a telegram")
    address = page.url
    assert reached(lambda: "like a telegram" in Draft.objects.get().source)
    page.context.close()

    again = opened(address)

    expect(again.get_by_label("Tone")).to_have_value("like a telegram")
    again.get_by_label("Tone").fill("like a letter")
    again.get_by_role("button", name="Save", exact=True).click()
    expect(again.get_by_text("Nothing is missing")).to_be_visible()
    assert "like a letter" in Draft.objects.get().source


def test_another_start_shows_its_fields_at_once_and_an_own_choice_its_lines(opened, owner):  # noqa: F811
    page = opened("/integrations/new/")
    page.get_by_role("button", name="Begin with nothing").click()
    page.get_by_label("Start when").select_option(label="HubSpot: a new contact appears")
    expect(page.get_by_role("checkbox", name="First Name", exact=True)).to_be_checked()

    page.get_by_role("button", name="Add a field").click()
    expect(page.get_by_label("Name", exact=True).last).to_be_focused()
    expect(page.get_by_label("Choices, one a line")).to_be_hidden()
    page.get_by_label("Kind").select_option("choice")

    expect(page.get_by_label("Choices, one a line")).to_be_visible()
    expect(page.get_by_label("At most, in characters")).to_be_hidden()


def test_by_keyboard_alone(opened, owner):  # noqa: F811
    page = opened("/integrations/new/")

    tab_to(page, "Begin with this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Where the record comes from")).to_be_visible()
    tab_to(page, "Run the test")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Try it on a real record")).to_be_focused()
    expect(page.get_by_text("OpenAI answered")).to_be_visible()
    tab_to(page, "Turn on, with review", back=True)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    assert Integration.objects.get().is_on


def tab_to(page: Page, words: str, *, back: bool = False) -> None:
    """Press Tab until the button with these words has the focus."""
    for _ in range(150):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip().startswith(words):
            return
    raise AssertionError(f"Tab does not reach {words}")


def test_with_nothing_connected_drafts_that_are_handed_in_are_tried_and_turned_on(
    browser, live_server, transactional_db
):
    offers.forget()
    context = browser.new_context(base_url=live_server.url, viewport=DESK)
    context.add_cookies([session_cookie(world.person(), live_server.url)])
    page = context.new_page()
    page.goto("/integrations/new/")
    page.get_by_role("button", name=re.compile("Begin with this.*Sign off for another program")).click()
    page.get_by_label("Names and values, one a line").fill("name: Dana Whitfield")
    page.get_by_label("Its draft").fill("Dear Dana Whitfield, it costs $149.")
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_text("Took the draft that came along")).to_be_visible()

    page.get_by_role("button", name="Turn on, with review").click()

    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    expect(page.get_by_text("No AI is asked here.")).to_be_visible()
    context.close()


def test_with_an_ai_connected_whoever_hands_in_drafts_says_so_and_n8n_is_given_them(opened):  # noqa: F811
    page = opened("/integrations/new/")
    page.get_by_role("button", name=re.compile("Begin with this.*Sign off for another program")).click()
    page.get_by_label("The draft is written by").select_option(
        label="Whoever hands the record in: it comes with its draft"
    )
    expect(page.get_by_label("Task")).to_have_count(0)
    page.get_by_role("button", name="Turn on, with review").click()
    expect(page.get_by_text("Working", exact=True)).to_be_visible()

    page.get_by_role("link", name="Ask from n8n").click()

    expect(page.get_by_text("A record without its draft is refused.")).to_be_visible()
    expect(page.locator("#copy-nodes")).to_have_value(re.compile('"draft"'))
    page.get_by_role("link", name="Let Signoff write").click()
    expect(page.get_by_label("The draft is written by")).to_be_visible()


def test_whoever_has_no_ai_yet_connects_one_from_the_builder_and_finds_the_draft_again(
    browser, live_server, practice, transactional_db
):
    """With nothing connected: whoever wants an AI to write here begins like this."""
    offers.forget()
    context = browser.new_context(base_url=live_server.url, viewport=DESK)
    context.add_cookies([session_cookie(world.person(), live_server.url)])
    page = context.new_page()
    page.goto("/integrations/new/")
    taller = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    page.get_by_role("button", name=re.compile("Begin with this.*Sign off for another program")).click()
    page.get_by_label("The draft is written by").select_option("")
    expect(page.get_by_label("Task")).to_have_value(re.compile("^Answer what the customer asks"))
    page.get_by_role("button", name="Turn on, with review").click()
    expect(page.get_by_text("Choose the AI that is asked.")).to_have_count(1)

    page.get_by_role("link", name="Connect one").click()
    page.get_by_role("link", name="OpenAI").click()
    expect(page.get_by_label("API key")).to_be_visible()
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1")
    page.get_by_role("link", name="Integrations").click()
    page.get_by_role("link", name="Sign off replies").click()
    page.get_by_label("AI", exact=True).select_option("openai-main gpt-4o")
    page.get_by_role("button", name="Turn on, with review").click()
    expect(page.get_by_text("Working", exact=True)).to_be_visible()
    context.close()

    assert taller == 0  # one scrollbar, not two

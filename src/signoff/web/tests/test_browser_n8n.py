"""The page for n8n in a real browser: what is copied, with and without a clipboard, and how it looks."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from signoff.web.tests.test_browser import AT_REST, DESK, PHONE, RULES, opened, owner  # noqa: F401
from signoff.web.tests.test_n8n_page import HERE, asked_by_programs, handed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PASTED = "navigator.clipboard.readText()"
THE_STEPS = re.compile("Copy.*Three steps for n8n")
NO_CLIPBOARD = (
    "Object.defineProperty(navigator, 'clipboard', {value: undefined})"  # as on a page under http://
)


@pytest.fixture
def here(opened):  # noqa: F811
    asked_by_programs()
    return opened(HERE)


def test_a_press_copies_what_stands_there(here):
    here.context.grant_permissions(["clipboard-read", "clipboard-write"])

    here.get_by_role("button", name=THE_STEPS).click()

    expect(here.locator("#status")).to_have_text("Copied")
    assert len(json.loads(here.evaluate(PASTED))["nodes"]) == 3


def test_without_a_clipboard_it_is_copied_as_by_hand(here):
    here.context.grant_permissions(["clipboard-read"])
    here.context.add_init_script(NO_CLIPBOARD)
    here.reload()

    here.get_by_role("button", name=THE_STEPS).click()

    expect(here.get_by_role("button", name="Copied")).to_be_visible()
    assert here.evaluate("getSelection().toString().length || document.activeElement.selectionEnd") > 100


def test_where_nothing_can_copy_it_is_selected_and_the_key_is_named(here):
    here.context.add_init_script(NO_CLIPBOARD + "; Document.prototype.execCommand = () => false")
    here.reload()

    here.get_by_role("button", name=re.compile("Copy.*Body")).click()

    expect(here.locator("#status")).to_contain_text("press Ctrl+C")
    assert here.evaluate("document.activeElement.id") == "copy-1"
    assert here.evaluate("document.activeElement.selectionEnd") == len("{{ $json.body.data.answer.body }}")


def test_another_way_of_running_n8n_changes_what_is_copied_at_once(here):
    here.get_by_label("Your n8n").select_option("cloud")

    expect(here.locator("#copy-install")).to_have_count(0)
    expect(here.locator("#copy-nodes")).to_have_value(re.compile("api/v1/proposals"))
    expect(here.get_by_role("button", name=THE_STEPS)).to_be_visible()


def test_who_writes_is_asked_only_where_an_ai_could(opened):  # noqa: F811
    asked_by_programs()
    handed_in()
    page = opened(HERE)

    expect(page.get_by_label("The draft is written by")).to_have_count(0)
    expect(page.locator("#copy-nodes")).to_have_value(re.compile('"draft"'))
    page.get_by_label("Integration").select_option("sign-off-replies")
    expect(page.get_by_label("The draft is written by")).to_have_value("ours")
    expect(page.locator("#copy-nodes")).not_to_have_value(re.compile('"draft"'))
    page.get_by_label("The draft is written by").select_option("theirs")
    expect(page.locator("#copy-nodes")).to_have_value(re.compile('"draft"'))
    page.get_by_label("Integration").select_option("sign-off-drafts")
    expect(page.get_by_label("The draft is written by")).to_have_count(0)


def test_it_works_without_javascript(opened):  # noqa: F811
    asked_by_programs()
    page = opened(HERE, java_script_enabled=False)

    page.get_by_label("Your n8n").select_option("docker")
    page.get_by_role("button", name="Show").click()

    assert "docker exec" in page.get_by_label("Command that installs the nodes").input_value()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(opened):  # noqa: F811
    asked_by_programs()
    asked_by_programs("orders", answer={f"field_{n}": {"type": "text", "max": 90 + n} for n in range(3)})
    handed_in()
    page = opened(HERE)
    found = []
    for asked in ("", "?integration=orders&draft=theirs", "?runs=docker", "?runs=cloud", "?first="):
        page.goto(f"{HERE}{asked}")
        for scheme in ("light", "dark"):
            for size in (DESK, PHONE, {"width": 320, "height": 640}):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(size)
                page.evaluate(AT_REST)
                violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
                found.extend((asked, scheme, size["width"], one["id"]) for one in violations)
                assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")

    assert found == []

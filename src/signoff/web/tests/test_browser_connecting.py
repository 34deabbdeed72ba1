"""Connecting in a real browser: the pages that ask for a key or lead to a sign-in, held to axe."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from signoff.web.tests import test_browser
from signoff.web.tests.test_browser import AT_REST, DESK, PHONE, RULES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

opened, owner = test_browser.opened, test_browser.owner  # fixtures

PAGES = [
    "/connections/new/mcp/", "/connections/new/mcp/?provider=sign-in", "/connections/new/gmail/",
    "/connections/new/mail/?provider=microsoft", "/connections/new/hubspot/",
    "/connections/callback/?error=access_denied&state=nobodys",
]  # fmt: skip


@pytest.fixture
def demo(monkeypatch, tmp_path):
    """The pages offer a practice app, as in the demo."""
    told = {"hubspot": {"address": "http://127.0.0.1:9103", "key": "pat-na1-practice", "settings": {}}}
    (tmp_path / "apps").write_text(json.dumps(told))
    monkeypatch.setattr("signoff.web.practice.practice_apps", lambda: tmp_path / "apps")


def look(page: Page, found: list[tuple[str, str, list[str]]]) -> None:
    for size, scheme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AT_REST)
        for one in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
            found.append((page.url, one["id"], [node["target"] for node in one["nodes"]][:3]))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((page.url, "wider than the screen", [scheme]))


def test_axe_finds_nothing_where_an_app_is_connected(opened, demo):
    page = opened("/connections/")
    found: list[tuple[str, str, list[str]]] = []

    for address in PAGES:
        page.goto(address)
        look(page, found)

    assert found == []


def test_axe_finds_nothing_on_the_page_that_leads_on_to_a_sign_in(opened):
    page = opened("/connections/new/gmail/")
    page.route("https://accounts.google.com/**", lambda route: route.fulfill(status=204))  # it stays here
    page.get_by_label("Client id").fill("1234-abc.apps.googleusercontent.com")
    page.get_by_label("Client secret").fill("GOCSPX-abcdefghijklmnopqrstuvwxyz12")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Go on to Gmail")).to_be_visible()
    found: list[tuple[str, str, list[str]]] = []

    look(page, found)

    assert found == []

"""The whole flow in a real browser: mouse, keyboard, phone, no JavaScript; and axe on every page."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, BrowserContext, Page, expect

from signoff.accounts.models import Person
from signoff.accounts.sessions import SessionStore
from signoff.connections.models import Connection
from signoff.engine import verbs
from signoff.integrations.models import Integration
from signoff.review.models import Review
from signoff.web.tests import world
from signoff.web.tests.test_accuracy import measured
from signoff.web.tests.test_rights import filled, routes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

# Playwright's loop stays in this thread until the session ends, and Django would refuse its database for that.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
AT_REST = """Promise.allSettled(document.getAnimations().filter(
    one => one.effect.getComputedTiming().endTime !== Infinity).map(one => one.finished)).then(() => true)"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def owner(transactional_db) -> Person:
    return world.business()


@pytest.fixture
def opened(browser: Browser, live_server, owner: Person) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a signed-in page; it fails when the page wrote to the console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", *, person: Person | None = None, **how) -> Page:
        context = browser.new_context(base_url=live_server.url, **({"viewport": DESK} | how))
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_cookies([session_cookie(person or owner, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.extend(complaint(message.type, message.text)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def complaint(kind: str, text: str) -> list[str]:
    """Return what a page's console says against us; not the statuses and outages that tests bring about."""
    brought_about = ("status of 4", "ERR_INTERNET_DISCONNECTED", "htmx:")
    return [text] if kind == "error" and not any(part in text for part in brought_about) else []


def session_cookie(person: Person, url: str) -> dict[str, str]:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": url}


def verdicts() -> list[str]:
    return list(Review.objects.order_by("id").values_list("verdict", flat=True))


def reached(wanted: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until something is so in the database."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if wanted():
            return True
        time.sleep(0.05)
    return wanted()


def test_whole_way_by_mouse(browser: Browser, live_server, owner: Person):
    page = browser.new_page(base_url=live_server.url, viewport=DESK)
    page.goto("/")
    page.get_by_label("E-mail address").fill("priya@example.com")
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("^Review")).click()
    page.get_by_role("link", name="Dana Whitfield").click()
    expect(page.get_by_role("heading", name="Follow up after demo")).to_be_focused()
    expect(page.get_by_text("2 places to check")).to_be_visible()

    page.get_by_role("link", name="Use 8").click()
    expect(page.get_by_label("Body")).to_have_value(re.compile("your 8 dentists"))
    page.get_by_role("link", name="Use $149 a month").click()
    expect(page.get_by_label("Body")).to_have_value(re.compile(r"8 dentists.*\$149 a month", re.S))
    page.get_by_role("button", name="Save and approve").click()
    expect(page.get_by_role("heading", name="Follow up after demo for Marco")).to_be_visible()
    assert verdicts()[0] == "edited"

    page.get_by_text("Reject", exact=False).locator("visible=true").first.click()
    expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    page.get_by_role("button", name="Wrong tone").click()
    expect(page.get_by_role("heading", name="Follow up after demo for Aisha")).to_be_visible()
    assert verdicts()[1] == "rejected"

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Follow up after demo for Marco")).to_be_visible()
    assert verdicts()[1] == ""
    page.close()


def test_twenty_drafts_by_keyboard_alone_in_under_two_minutes(opened):
    made = Review.objects.first().run.integration
    for number in range(16):
        world.draft(made, *world.other(number + 20))
    page = opened("/review/")
    began = time.monotonic()

    for count in range(20):
        heading = page.locator("#dh").inner_text()
        page.keyboard.press("r" if count % 5 == 4 else "a")
        if count % 5 == 4:
            page.keyboard.press("1")
        expect(page.locator("#dh")).not_to_have_text(heading)
        expect(page.locator("#dh")).to_be_focused()

    expect(page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    assert time.monotonic() - began < 120
    assert verdicts().count("approved") == 16
    assert verdicts().count("rejected") == 4


@pytest.mark.long
@pytest.mark.parametrize(
    "how",
    [{"viewport": PHONE, "has_touch": True, "is_mobile": True}, {"java_script_enabled": False}],
    ids=["by touch on a phone", "without JavaScript"],
)
def test_twenty_drafts_by_other_means(opened, how):
    """Every fifth is rejected, every seventh edited, as somebody who reads them would."""
    made = Review.objects.first().run.integration
    for number in range(16):
        world.draft(made, *world.other(number + 20))
    page = opened("/review/", **how)
    press = (lambda one: one.tap()) if how.get("has_touch") else (lambda one: one.click())
    press(page.get_by_role("link", name="Dana Whitfield"))

    for count in range(20):
        heading = page.locator("#dh").inner_text()
        if count % 5 == 4:
            press(page.locator("summary", has_text="Reject"))
            press(page.get_by_role("button", name="A fact is wrong"))
        elif count % 7 == 6:
            press(page.get_by_role("link", name="Edit"))
            page.get_by_label("Subject").fill(f"Thank you, {count}")
            press(page.get_by_role("button", name="Save and approve"))
        else:
            press(page.get_by_role("button", name="Approve"))
        if count < 19:
            expect(page.locator("#dh")).not_to_have_text(heading)

    expect(page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    assert (verdicts().count("approved"), verdicts().count("edited")) == (14, 2)
    assert verdicts().count("rejected") == 4


def test_every_key_presses_what_it_says(opened):
    page = opened("/review/")
    heading = page.locator("#dh")
    expect(heading).to_contain_text("Dana")

    page.keyboard.press("j")
    expect(heading).to_contain_text("Marco")
    page.keyboard.press("k")
    expect(heading).to_contain_text("Dana")
    page.keyboard.press("k")
    expect(page.locator("#status")).to_have_text("This is the first draft in the list.")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("r")
    expect(page.get_by_role("button", name="A fact is wrong")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="A fact is wrong")).to_be_hidden()

    page.keyboard.press("e")
    subject = page.get_by_label("Subject")
    expect(subject).to_be_focused()
    subject.fill("")
    page.keyboard.type("a real jar")
    expect(subject).to_have_value("a real jar")
    assert verdicts()[0] == ""
    page.keyboard.press("Control+Enter")
    expect(heading).to_contain_text("Marco")
    assert verdicts()[0] == "edited"

    page.keyboard.press("z")
    expect(heading).to_contain_text("Dana")
    assert verdicts()[0] == ""
    expect(page.locator("#status")).to_contain_text("Taken back")


def test_asking_again_by_keyboard(opened):
    page = opened("/review/")
    expect(page.get_by_role("heading", name="Follow up after demo for Dana")).to_be_visible()

    page.keyboard.press("n")
    expect(page.get_by_label("What should be different?")).to_be_focused()
    expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("Shorter, and no price.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Follow up after demo for Marco")).to_be_focused()
    assert Review.objects.order_by("id").first().state == "again"


@pytest.mark.parametrize(("key", "field"), [("n", "#note"), ("r", "#why fieldset button")])
def test_what_is_typed_right_after_a_key_belongs_to_what_it_opened(opened, key, field):
    page = opened("/review/")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()

    # In one breath: the browser gets to tell of nothing in between.
    is_focused = page.evaluate(
        """([key, field]) => {
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
            return document.activeElement === document.querySelector(field);
        }""",
        [key, field],
    )

    assert is_focused


def test_keys_can_be_switched_off(opened, owner):
    Person.objects.filter(pk=owner.pk).update(single_keys=False)
    page = opened("/review/")

    page.keyboard.press("a")
    page.keyboard.press("j")
    page.wait_for_timeout(500)

    expect(page.locator("#dh")).to_contain_text("Dana")
    assert verdicts()[0] == ""


def test_tab_reaches_everything_and_shows_where_it_is(opened):
    page = opened("/review/")
    reached_names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached_names.append(
            page.evaluate("(document.activeElement.textContent || '').trim().replace(/\\s+/g, ' ')")
        )
        hidden = page.evaluate(
            """() => { const e = document.activeElement, box = e.getBoundingClientRect();
                if (!box.width || e.tagName === 'BODY') return false;
                const y = box.top + Math.min(box.height, 40) / 2;
                const at = document.elementFromPoint(box.left + box.width / 2, y);
                return !(at && (e.contains(at) || at.contains(e))); }"""
        )
        assert not hidden, reached_names[-1]

    text = " | ".join(reached_names)
    for name in ("Skip to the content", "To review", "Dana Whitfield", "Approve A", "Edit E", "Reject"):
        assert name in text


def test_on_a_phone_by_touch(opened):
    page = opened("/review/", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.locator("#dh")).to_be_hidden()

    page.get_by_role("link", name="Dana Whitfield").tap()
    expect(page.locator("#dh")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
    page.locator("summary", has_text="Reject").tap()
    expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    page.get_by_role("button", name="Missing something").tap()

    expect(page.locator("#dh")).to_contain_text("Marco")
    expect(page.locator("#toast")).to_contain_text("Rejected. Nothing was sent for Dana Whitfield.")
    page.get_by_role("button", name="Approve").tap()
    expect(page.locator("#dh")).to_contain_text("Aisha")
    assert verdicts()[:2] == ["rejected", "approved"]


def test_without_javascript(opened):
    page = opened("/review/", java_script_enabled=False)
    page.get_by_role("link", name="Dana Whitfield").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Subject").fill("Thank you")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.locator("#dh")).to_contain_text("Marco")
    page.locator("summary", has_text="Reject").click()
    page.get_by_role("button", name="Other").click()
    expect(page.locator("#dh")).to_contain_text("Aisha")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#dh")).to_contain_text("Marco")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#dh")).to_contain_text("Aisha")
    assert verdicts()[:2] == ["edited", "approved"]


def test_two_people_on_one_draft(opened, owner):
    reviewer = Person.objects.get(role="reviewer")
    first, second = opened("/review/"), opened("/review/", person=reviewer)
    expect(first.locator("#dh")).to_contain_text("Dana")
    expect(second.locator("#dh")).to_contain_text("Marco")  # the first draft is open before somebody else
    second.get_by_role("link", name="Dana Whitfield").click()
    expect(second.get_by_text("Priya Nair is looking at this.")).to_be_visible()
    first.keyboard.press("a")
    expect(first.locator("#dh")).to_contain_text("Aisha")  # Marco's was open before the other a moment ago

    second.keyboard.press("r")
    second.keyboard.press("2")

    expect(second.get_by_role("alert")).to_contain_text("Priya Nair has approved it already")
    expect(second.get_by_role("link", name="Next draft")).to_be_visible()
    assert verdicts()[0] == "approved"


def test_undo_goes_away_by_itself(opened):
    page = opened("/review/")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()

    expect(page.get_by_role("button", name="Undo")).to_be_hidden(timeout=14_000)


def test_counter_in_the_menu_follows_the_decision(opened):
    page = opened("/review/")
    expect(page.locator("#to-review-count")).to_contain_text("4")

    page.keyboard.press("a")

    expect(page.locator("#to-review-count")).to_contain_text("3")


def test_lost_network_is_said_and_nothing_is_lost(opened):
    page = opened("/review/")
    page.context.set_offline(True)

    page.keyboard.press("a")

    expect(page.locator("#offline")).to_be_visible(timeout=15_000)
    expect(page.locator("#status")).to_contain_text("Nothing was changed", timeout=15_000)
    page.context.set_offline(False)
    page.keyboard.press("a")
    expect(page.locator("#dh")).to_contain_text("Marco")


def test_back_returns_to_the_draft_before(opened):
    page = opened("/review/")
    page.get_by_role("link", name="Tom Okafor").click()
    expect(page.locator("#dh")).to_contain_text("Tom")
    page.get_by_role("link", name="Aisha Rahman").click()
    expect(page.locator("#dh")).to_contain_text("Aisha")

    page.go_back()

    expect(page.locator("#dh")).to_contain_text("Tom")


# Colours go by the scheme and places by the size: two walks see each of them, the long ones the other pairs too.
@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(DESK, "light", id="desk-light"),
        pytest.param(PHONE, "dark", id="phone-dark"),
        pytest.param(DESK, "dark", id="desk-dark", marks=pytest.mark.long),
        pytest.param(PHONE, "light", id="phone-light", marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_on_any_page(opened, scheme, size):
    """Finds the pages itself: every route, and the states of a page that have a face of their own."""
    Connection.objects.filter(app="openai").update(base_url="http://127.0.0.1:9103")
    Connection.objects.filter(app="hubspot").update(
        state="needs you", problem="HubSpot no longer accepts our key.", next_step="Paste a new key."
    )
    page = opened("/", viewport=size, color_scheme=scheme)
    draft = f"/review/{Review.objects.order_by('id')[0].pk}/"
    extra = [f"{draft}?edit=1&use=1", f"{draft}#reject", "/history/?q=nobody", "/no-such-page/"]
    found = []
    for address in [*map(filled, routes()), *extra]:
        if address.endswith(("/count/", "/toast/")) or "callback" in address or is_no_page(address):
            continue
        if not page.goto(address):
            continue
        if address.endswith("#reject"):
            page.locator("summary", has_text="Reject").click()
        for violation in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
            found.append((address, violation["id"], [node["target"] for node in violation["nodes"]][:3]))

    assert found == []


def test_axe_finds_nothing_where_several_are_approved_and_taken_back(opened, owner):
    made = Integration.objects.get(name="follow-up-after-demo")
    first = measured(made, 76)[0]
    verbs.promote(made.name, owner, first.fingerprint)
    measured(made, 3, state="waiting", verdict="", is_error=None, decided_at=None)
    page = opened(f"/review/together/?integration={made.name}")
    found = []

    def look(state: str) -> None:
        for scheme in ("light", "dark"):
            for size in (DESK, PHONE):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(size)
                page.evaluate(AT_REST)  # a colour on its way is nobody's choice
                violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
                found.extend((state, scheme, size["width"], one["id"]) for one in violations)
                assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")

    page.get_by_text("What it says").first.click()
    look("offered")
    page.get_by_role("button", name="Approve what is ticked").click()
    expect(page.locator("#toast")).to_contain_text("3 drafts are approved. The first leaves in")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("3 drafts are taken back and wait again.").first).to_be_visible()
    look("taken back")

    assert found == []
    assert Review.objects.filter(state="waiting", flagged=False, fingerprint=first.fingerprint).count() == 3


def is_no_page(address: str) -> bool:
    """Say whether an address leads to a picture, a part of a page, or a file to keep: none is a page by itself."""
    return "/pictures/" in address or address.endswith(
        (".csv", ".xlsx", ".ics", ".tgz", "/table/", "/fresh/")
    )


def test_no_page_scrolls_sideways_on_the_smallest_phone(opened):
    page = opened("/", viewport={"width": 320, "height": 640})
    draft = f"/review/{Review.objects.order_by('id')[0].pk}/"
    wide = []
    for address in [*map(filled, routes()), f"{draft}?edit=1"]:
        if is_no_page(address):
            continue
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)

    assert wide == []


def test_fields_take_pastes_and_password_managers(browser: Browser, live_server, owner: Person):
    page = browser.new_page(base_url=live_server.url)
    page.goto("/sign-in/")

    assert page.get_by_label("E-mail address").get_attribute("autocomplete") == "username"
    assert page.get_by_label("Password").get_attribute("autocomplete") == "current-password"
    page.close()

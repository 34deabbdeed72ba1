"""Signing in with a real browser: passkeys of Chromium's own virtual device, and codes without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from signoff.accounts.models import Passkey, Person
from signoff.core import clock
from signoff.web.tests import test_browser, world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

opened, owner = test_browser.opened, test_browser.owner  # fixtures


@pytest.fixture(autouse=True)
def here(live_server, monkeypatch):
    monkeypatch.setenv("SIGNOFF_URL", live_server.url)


def device_of(page: Page) -> tuple[CDPSession, str]:
    """Give a page's browser a device for passkeys that its person unlocks at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def signed_out(context: BrowserContext, page: Page) -> None:
    context.clear_cookies()
    page.goto("/sign-in/")


def added(opened, **how) -> tuple[Page, CDPSession, str]:
    page = opened("/settings/sign-in/", **how)
    session, device = device_of(page)
    page.get_by_label("A name for the device").fill("Priya’s laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return page, session, device


def test_passkey_is_added_and_signs_in_by_itself(opened, owner):
    page, _session, _device = added(opened)
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("button", name="Remove Priya’s laptop")).to_be_visible()

    signed_out(page.context, page)
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    expect(page.get_by_role("link", name="Priya Nair Owner")).to_be_visible()
    assert Passkey.objects.get(person=owner).used_at is not None


def test_passkey_is_the_second_step_by_keyboard_alone(opened):
    page, _session, _device = added(opened)
    signed_out(page.context, page)

    page.get_by_label("E-mail address").focus()
    page.keyboard.type("priya@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(world.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_passkey_confirms_who_it_is(opened, monkeypatch):
    page, _session, _device = added(opened)
    page.goto("/settings/confirm/?next=/settings/people/")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_device_that_is_not_unlocked_says_so_and_can_be_tried_again(opened):
    page, session, device = added(opened)
    signed_out(page.context, page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing came from your device", timeout=70_000)
    expect(button).to_be_enabled()

    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    button.click()

    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_same_device_is_not_added_twice(opened):
    page, _session, _device = added(opened)
    page.goto("/settings/sign-in/")
    page.get_by_label("A name for the device").fill("Again")

    page.get_by_role("button", name="Add a passkey").click()

    expect(page.get_by_text("This device has a passkey for you here already.")).to_be_visible()
    assert Passkey.objects.filter(name="Again").count() == 0


def test_passkey_that_was_removed_here_says_what_to_do(opened, owner):
    page, _session, _device = added(opened)
    Passkey.objects.filter(person=owner).delete()
    signed_out(page.context, page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("delete it on your device too")


def test_without_javascript_a_phone_is_set_up_and_signs_in(opened, owner):
    page = opened("/settings/sign-in/", java_script_enabled=False)
    expect(page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()
    page.get_by_role("button", name="Set up my phone").click()
    expect(page.get_by_role("img", name=re.compile("secret as a picture"))).to_be_visible()
    page.locator("summary", has_text="Type it instead").click()
    secret = page.locator("pre").inner_text().replace(" ", "")
    phone = world.TOTP(world.base64.b32decode(secret), 6, world.SHA1(), 30)

    def code() -> str:
        return phone.generate(int(clock.now().timestamp())).decode()

    page.get_by_label("Code that your phone shows now").fill(code())
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    recovery = page.locator("ol.codes code").first.inner_text()
    signed_out(page.context, page)
    page.get_by_label("E-mail address").fill("priya@example.com")
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("One-time code or recovery code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    assert Person.objects.get(pk=owner.pk).recovery_codes.filter(used_at=None).count() == 9

"""Connecting one more app in the demo: the pages offer what stands in for it, and its key."""

from __future__ import annotations

import json
import re

import pytest

from signoff.connections.models import Connection
from signoff.core.home import practice_apps
from signoff_sandbox.serve import KEYS, SETTINGS
from signoff_sandbox.testing import HUBSPOT_KEY

pytestmark = pytest.mark.django_db


def _shown(page: str) -> list[str]:
    """Return what the page shows to be copied."""
    return re.findall(
        r'<pre tabindex="0">([^<]+)</pre>', page.split('aria-labelledby="pr"')[1].split("</section>")[0]
    )


@pytest.fixture
def demo(monkeypatch, tmp_path, practice):
    """A data folder as the demo leaves it, with the practice apps' addresses in it."""
    told = {
        app: {"address": practice.address(app), "key": key, "settings": SETTINGS.get(app, {})}
        for app, key in KEYS.items()
    }
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    practice_apps().write_text(json.dumps(told))
    return practice


@pytest.mark.parametrize("app", KEYS)
def test_the_page_of_the_demo_leads_to_the_practice_app_and_shows_what_it_takes(demo, as_role, app):
    owner = as_role("owner")

    page = owner.get(f"/connections/new/{app}/")
    text = page.content.decode()
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    by_hand = [name for name, field in form.fields.items() if field.widget.input_type == "password"]
    shown = dict(zip(["client_id", *by_hand] if app == "gmail" else by_hand, _shown(text), strict=False))
    done = owner.post(f"/connections/new/{app}/", {**sent, **shown})

    assert "This is the demo: you connect the practice" in text
    assert sent["base_url"] == demo.address(app)
    if app == "gmail":
        assert "client_id=" in done.content.decode(), "it goes on to the practice sign-in"
    else:
        assert done.status_code == 303, done.content.decode()
        assert Connection.objects.get().state == "working"


@pytest.mark.parametrize("app", ["hubspot", "openai"])
def test_a_wrong_key_in_the_demo_is_told_as_refused_with_where_the_right_one_stands(demo, as_role, app):
    owner, right = as_role("owner"), KEYS[app]
    form = {"name": f"{app}-2", "secret": right[:-3] + "999", "base_url": demo.address(app)}

    page = owner.post(f"/connections/new/{app}/", form)
    text = page.content.decode()

    assert page.status_code == 422
    assert "does not accept this key. Nothing was saved." in text
    assert "The key that it takes stands below: copy it." in text
    assert "cannot be reached" not in text
    assert _shown(text) == [right]


def test_a_new_key_of_a_practice_app_is_asked_for_with_the_key_on_the_page(demo, as_role):
    owner = as_role("owner")
    form = {"name": "hubspot-main", "secret": HUBSPOT_KEY, "base_url": demo.hubspot}
    owner.post("/connections/new/hubspot/", form)

    page = owner.get(f"/connections/new/hubspot/?replace={Connection.objects.get().pk}").content.decode()

    assert _shown(page) == [HUBSPOT_KEY]
    assert "Another address" not in page


@pytest.mark.parametrize("path", ["openai/?provider=groq", "webhook/", "mail/"])
def test_what_nothing_stands_in_for_is_connected_as_anywhere(demo, as_role, path):
    page = as_role("owner").get(f"/connections/new/{path}").content.decode()

    assert "This is the demo" not in page
    assert "127.0.0.1" not in page


def test_outside_of_a_demo_nothing_is_offered(as_role):
    page = as_role("owner").get("/connections/new/hubspot/").content.decode()

    assert "This is the demo" not in page
    assert HUBSPOT_KEY not in page

"""n8n's own editor in a browser, worked as a person works it who follows docs/n8n.md with the finger on the line."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, Page, expect

from signoff.cli.tests import npm
from signoff.cli.tests.desk import until
from signoff.cli.tests.n8n_place import OWNER, N8n

TEXT = " ".join((npm.PROJECT / "docs" / "n8n.md").read_text("utf-8").split())
PATIENCE_MS = 60_000


def button(name: str) -> str:
    """Return a name that the page says; what it does not say, a newcomer cannot press."""
    assert f"*{name}*" in TEXT, f"docs/n8n.md names no *{name}*"
    return name


def code(words: str) -> str:
    """Return what the page says to paste."""
    assert f"`{words}`" in TEXT, f"docs/n8n.md says nothing of `{words}`"
    return words


class Editor:
    """
    A workflow that is open in n8n's editor. Where n8n marks a thing for tests, it is found by that mark.

    n8n saves by itself, a moment after each change. What has to be there before the next press is looked for in what
    it has saved, not waited for by the clock.
    """

    def __init__(self, page: Page, n8n: N8n, workflow: str) -> None:
        self.page, self.n8n, self.workflow = page, n8n, workflow
        page.set_default_timeout(PATIENCE_MS)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def kept(self, node: str = "") -> str:
        """Return what n8n has saved of a node, or of all of them, as a person would write it."""
        nodes = self.n8n.rest("GET", f"/workflows/{self.workflow}")["nodes"]
        named = [each for each in nodes if node in ("", each["name"])]
        return json.dumps(named, ensure_ascii=False).replace('\\"', '"')

    def is_published(self) -> bool:
        kept = self.n8n.rest("GET", f"/workflows/{self.workflow}")
        return bool(kept["activeVersionId"] == kept["versionId"])

    def sign_in(self) -> None:
        self.page.goto(f"{self.n8n.url}/signin")
        self.page.locator("input[type=email]").fill(OWNER["email"])
        self.page.locator("input[type=password]").fill(OWNER["password"])
        self.marked("form-submit-button").click()
        self.page.wait_for_url(lambda url: "signin" not in url)

    def open_workflow(self) -> None:
        self.page.goto(f"{self.n8n.url}/workflow/{self.workflow}")
        expect(self.marked("canvas-node").first).to_be_visible(timeout=PATIENCE_MS)
        # A node of an AI is wide, and would lie on the line behind it.
        self.page.get_by_label("Tidy Up").click()

    def marked(self, mark: str) -> Locator:
        return self.page.locator(f"[data-test-id='{mark}']:visible")

    def node(self, name: str) -> Locator:
        return self.page.locator(f"[data-test-id='canvas-node'][data-node-name='{name}']")

    def show_all(self) -> None:
        self.page.get_by_label("Zoom to Fit").click()

    def put_between(self, left: str, right: str, node: str) -> None:
        """Point at the line between two nodes, press the + on it, search a node and choose it."""
        self.show_all()
        plus = self.marked("add-connection-button").last
        for _ in range(20):  # the nodes glide to their places
            start, end = self.node(left).bounding_box(), self.node(right).bounding_box()
            assert start
            assert end
            x, y = (start["x"] + start["width"] + end["x"]) / 2, start["y"] + start["height"] / 2
            self.page.mouse.move(x, y - 60)
            self.page.mouse.move(x, y, steps=4)
            self.page.wait_for_timeout(250)
            if plus.count():
                break
        plus.click()
        self.marked("node-creator-search-bar").click()
        self.page.keyboard.type(node)
        self.page.wait_for_timeout(500)  # until the list is that of the word
        named = re.compile(rf"^\s*{node}\s*$")
        self.marked("node-creator-item-name").filter(has_text=named).first.click()

    def setting(self, name: str) -> Locator:
        return self.marked(f"parameter-input-{name}")

    def choose(self, setting: str, choice: str) -> None:
        self.setting(setting).locator("input").first.click()
        self.page.get_by_role("option", name=choice).locator("visible=true").first.click()

    def add_option(self, name: str) -> None:
        self.page.get_by_placeholder("Add option", exact=True).locator("visible=true").first.click()
        self.marked("collection-parameter-option").filter(has_text=name).first.click()

    def paste(self, into: Locator, words: str) -> None:
        """Put words into a field in the place of what stands there, from the clipboard: n8n looks at how they come."""
        into.first.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.evaluate("words => navigator.clipboard.writeText(words)", words)
        self.page.keyboard.press("ControlOrMeta+v")
        if words.isdigit():
            self.page.keyboard.press("Tab")  # a number is taken over once its field is left
        else:
            self.saved("", words)

    def saved(self, node: str, *words: str) -> None:
        """Wait until n8n has saved these words in a node, or in any of them."""
        for each in words:
            until(f"{each} in what n8n saved", lambda each=each: each in self.kept(node))

    def write(self, setting: str, words: str) -> None:
        self.paste(self.setting(setting).locator(".cm-content"), words)

    def close(self, node: str, *words: str) -> None:
        """Close a node once n8n has saved what was set: closed sooner, it loses it. No person is that fast."""
        self.saved(node, *words)
        self.marked("ndv-close-button").first.click()
        expect(self.page.locator("[data-test-id='ndv']:visible")).to_have_count(0, timeout=PATIENCE_MS)

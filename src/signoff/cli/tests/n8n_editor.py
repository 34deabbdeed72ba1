"""n8n's own editor in a browser, worked as a person works it who follows docs/n8n.md with the finger on the line."""

from __future__ import annotations

import json
from collections.abc import Callable

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

    def lines(self) -> dict[str, list[str]]:
        """Return whom the first output of each node leads to, as n8n has saved it."""
        found = self.n8n.rest("GET", f"/workflows/{self.workflow}")["connections"]
        return {name: [one["node"] for one in ends["main"][0] or []] for name, ends in found.items()}

    def until_saved(self, so: Callable[[], bool]) -> None:
        until("what was drawn, saved", so)

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

    def point_between(self, left: str, right: str) -> None:
        """Point at the line between two nodes until the signs on it appear: the nodes glide to their places."""
        self.show_all()
        for _ in range(20):
            start, end = self.box(left), self.box(right)
            x, y = (start["x"] + start["width"] + end["x"]) / 2, start["y"] + start["height"] / 2
            self.page.mouse.move(x, y - 60)
            self.page.mouse.move(x, y, steps=4)
            self.page.wait_for_timeout(250)
            if self.marked("delete-connection-button").count():
                return
        raise AssertionError(f"there is no line between {left} and {right}")

    def cut(self, left: str, right: str) -> None:
        """Press the bin on the line between two nodes."""
        self.point_between(left, right)
        self.marked("delete-connection-button").last.click()

    def join(self, left: str, output: int, right: str) -> None:
        """Draw a line from the circle at the right of a node, and let go over another node."""
        self.page.wait_for_timeout(500)
        node = "xpath=ancestor::*[contains(concat(' ', @class, ' '), ' vue-flow__node ')]"
        start = self.node(left).locator(node).locator(".vue-flow__handle.source").nth(output).bounding_box()
        end = self.box(right)
        assert start
        self.page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=12)
        self.page.wait_for_timeout(300)
        self.page.mouse.up()
        self.page.wait_for_timeout(500)

    def paste_nodes(self) -> None:
        """Press on the empty ground, below all that is there, and paste what was copied elsewhere."""
        self.show_all()
        self.page.wait_for_timeout(500)
        self.page.mouse.click(720, 740)
        self.page.keyboard.press("ControlOrMeta+v")

    def box(self, name: str) -> dict[str, float]:
        found = self.node(name).bounding_box()
        assert found, name
        return dict(found)

    def setting(self, name: str) -> Locator:
        return self.marked(f"parameter-input-{name}")

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

    def close(self, node: str, *words: str) -> None:
        """Close a node once n8n has saved what was set: closed sooner, it loses it. No person is that fast."""
        self.saved(node, *words)
        self.marked("ndv-close-button").first.click()
        expect(self.page.locator("[data-test-id='ndv']:visible")).to_have_count(0, timeout=PATIENCE_MS)

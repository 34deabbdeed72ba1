"""What axe, which knows the rules for accessible pages, finds wrong on a page."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Nothing but what is wrong: to describe each element that is right takes axe and the way here most of their time.
OPTIONS = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})


def violations(page: Page) -> list[dict[str, Any]]:
    """Return the rules that the page breaks, each with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({OPTIONS}).then(all => all.violations)")
    return found

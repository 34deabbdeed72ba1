"""The queue in a browser that is slower than the person: what is pressed while another draft is on its way."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from signoff.review.models import Review
from signoff.web.tests.test_browser import opened, owner, reached, verdicts

__all__ = ("opened", "owner")


def test_what_is_pressed_while_another_draft_is_on_its_way_decides_nothing_and_looks_like_it(opened):
    """Whoever has gone on to the next draft means that one; before them is still the one that they passed over."""
    page = opened("/review/")
    held: list[Route] = []
    page.route("**/review/*/", lambda route: held.append(route))
    with page.expect_request("**/review/*/"):
        page.get_by_role("link", name="Tom Okafor").click()
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_have_css("cursor", "progress")

    approve.click()

    held[0].continue_()
    expect(page.locator("#dh")).to_contain_text("Tom Okafor")
    page.wait_for_timeout(500)
    assert set(verdicts()) == {""}
    expect(approve).not_to_have_css("cursor", "progress")
    approve.click()
    assert reached(lambda: "approved" in verdicts())
    assert Review.objects.get(verdict="approved").run.label == "Tom Okafor"

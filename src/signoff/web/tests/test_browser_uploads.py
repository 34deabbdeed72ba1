"""A spreadsheet in a real browser: upload, correct a column, start, approve one, take the results away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from conftest import furnish
from signoff.engine import uploads as engine
from signoff.engine.jobs import advance
from signoff.runs.models import Run, Upload
from signoff.runs.tests import tables
from signoff.web.tests.test_browser import DESK, PHONE, RULES, session_cookie

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def no_violations(page):
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_from_the_file_to_the_results(browser, live_server, practice, tmp_path, scripts):
    house = furnish(practice)
    tables.integration()
    file = tmp_path / "Fair.csv"
    file.write_bytes(
        tables.table(*tables.LINES, ";Tom;Okafor;Hello;7", names="E-Mail;Vorname;Firma;Frage hier;Nr")
    )
    context = browser.new_context(
        base_url=live_server.url, viewport=DESK if scripts else PHONE, java_script_enabled=scripts,
        color_scheme="light" if scripts else "dark",
    )  # fmt: skip
    context.add_cookies([session_cookie(house.owner, live_server.url)])
    page = context.new_page()
    page.set_default_timeout(15_000)

    page.goto("/integrations/write-to-a-list/")
    page.get_by_role("link", name="Upload a spreadsheet").click()
    page.get_by_label("The table").set_input_files(file)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="Fair.csv")).to_be_visible()
    expect(page.get_by_text("“email” is empty.")).to_be_visible()
    page.get_by_label("Message").select_option("Frage hier")
    page.get_by_role("button", name="Look once more").click()
    expect(page.get_by_label("Message")).to_have_value("Frage hier")
    expect(page.locator(".big")).to_have_text("3")
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth") if scripts else True
    page.set_viewport_size(DESK if scripts else PHONE)
    if scripts:
        no_violations(page)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name=re.compile("rows are still to come in"))).to_be_visible()
    if scripts:
        no_violations(page)

    upload = Upload.objects.get()
    engine.take_in(upload.pk)
    for run in Run.objects.filter(upload_rows__upload=upload):
        advance(run_id=run.pk)
    page.reload()
    expect(page.get_by_role("link", name=re.compile("3 records ?: Waiting for review"))).to_be_visible()
    if scripts:
        no_violations(page)
    page.goto("/review/")
    page.locator(".list li a").first.click()
    page.wait_for_url(re.compile(r"/review/\d+/"))
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()

    page.goto(f"/uploads/{upload.pk}/")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    lines = Path(downloading.value.path()).read_text("utf-8-sig").splitlines()
    assert downloading.value.suggested_filename == "Fair results.csv"
    assert lines[0].startswith(
        "E-Mail,Vorname,Firma,Frage hier,Nr,Signoff state,Signoff note,subject,body,Decided by"
    )
    text = "\n".join(lines)
    assert text.count("Approved") == 1
    assert text.count("Priya") == 1
    assert text.count("Waiting for review") == 2
    assert "“email” is empty." in text
    context.close()


def test_a_file_that_is_too_large_is_told_before_it_is_sent(browser, live_server, practice, tmp_path):
    house = furnish(practice)
    tables.integration()
    file = tmp_path / "large.csv"
    with file.open("wb") as out:
        out.truncate(20_000_001)
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([session_cookie(house.owner, live_server.url)])
    page = context.new_page()
    page.goto("/uploads/new/?integration=write-to-a-list")
    page.get_by_label("The table").set_input_files(file)

    assert "larger than 20 MB" in page.get_by_label("The table").evaluate("field => field.validationMessage")
    context.close()

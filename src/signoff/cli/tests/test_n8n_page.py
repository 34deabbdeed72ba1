"""docs/n8n.md, followed in n8n's own editor: its ten steps lead to a workflow that sends what a person approved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from signoff.cli.tests.desk import INTEGRATION, running_desk, until
from signoff.cli.tests.n8n_editor import PATIENCE_MS, Editor, button, code
from signoff.cli.tests.n8n_place import built_package, running_n8n
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.testing import OPENAI_KEY

OWN_STEP = "Send the answer"
PATH = "contact-form"
TRIES = ('"retryOnFail": true', '"maxTries": 5', '"waitBetweenTries": 5000')
ANSWER = "{{ $json.body.data.answer.body }}"
LEAD = {
    "name": "Lena Fork",
    "email": "lena@example.com",
    "message": "Do you open on Saturdays?",
    "number": "F-1",
}


@pytest.fixture(scope="module")
def desk(practice):
    with running_desk(practice) as here:
        yield here


@pytest.fixture(scope="module")
def n8n(tmp_path_factory):
    """One in which nobody has kept anything of Signoff yet."""
    with running_n8n(built_package(tmp_path_factory.mktemp("n8n"))) as here:
        yield here


def own_workflow(n8n, practice, url):
    """What a small firm has before it knows of Signoff: a form, an AI, a step that sends; returns its id."""
    key = {"apiKey": OPENAI_KEY, "url": f"{practice.openai}/v1"}
    kept = n8n.rest("POST", "/credentials", {"name": "OpenAI account", "type": "openAiApi", "data": key})
    ai = {
        "name": "Message a model", "type": "@n8n/n8n-nodes-langchain.openAi", "typeVersion": 2.3,
        "credentials": {"openAiApi": {"id": kept["id"], "name": kept["name"]}},
        "parameters": {
            "modelId": {"__rl": True, "mode": "id", "value": "gpt-4o"},
            "responses": {"values": [{"content": "=Answer kindly: {{ $json.body.message }}"}]},
            "builtInTools": {}, "options": {},
        },
    }  # fmt: skip
    form = {
        "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "webhookId": PATH,
        "parameters": {"path": PATH, "httpMethod": "POST"},
    }  # fmt: skip
    fields = {
        "to": "={{ $('Webhook').item.json.body.email }}",
        "text": "={{ $json.output[0].content[0].text }}",
    }
    sends = {
        "name": OWN_STEP, "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2,
        "parameters": {
            "method": "POST", "url": url, "sendBody": True,
            "bodyParameters": {"parameters": [{"name": name, "value": value} for name, value in fields.items()]},
        },
    }  # fmt: skip
    links = {"Webhook": [["Message a model"]], "Message a model": [[OWN_STEP]]}
    return n8n.workflow("the contact form", [form, ai, sends], **links)


def follow_the_page(editor: Editor, desk) -> None:
    """Do the steps 1 to 9 of docs/n8n.md in the workflow that is open; each name is one that stands there."""
    page = editor.page
    editor.put_between("Message a model", OWN_STEP, button("Signoff"))
    page.get_by_text(button("Ask for sign off"), exact=True).click()

    page.get_by_text(button("Connect to Signoff")).click()
    page.get_by_placeholder("https://signoff.your-company.com").fill(desk.url)
    page.locator("input[type=password]:visible").fill(desk.token)
    page.get_by_role("button", name=button("Save")).last.click()
    expect(page.locator("input[type=password]:visible")).to_have_count(0, timeout=PATIENCE_MS)

    editor.choose("integration", INTEGRATION)
    editor.write("record", code("{{ $('Webhook').item.json.body }}"))
    editor.add_option(button("Draft"))
    editor.add_option(button("Key"))
    editor.write("key", code("{{ $('Webhook').item.json.body.number }}"))
    editor.marked("tab-settings").click()
    editor.setting("retryOnFail").click()
    editor.paste(editor.setting("maxTries").locator("input"), "5")
    editor.paste(editor.setting("waitBetweenTries").locator("input"), "5000")
    editor.close("Signoff", f'"integration": "{INTEGRATION}"', '"draft"', *TRIES)
    page.get_by_label(button("Tidy Up")).click()

    editor.put_between("Signoff", OWN_STEP, button("Wait"))
    editor.choose("resume", button("On Webhook Call"))
    editor.choose("httpMethod", button("POST"))
    editor.close("Wait", '"resume": "webhook"', '"httpMethod": "POST"')

    editor.put_between("Wait", OWN_STEP, button("If"))
    editor.paste(page.get_by_placeholder(button("value1")), code("{{ $json.body.data.answer }}"))
    editor.marked("filter-operator-select").click()
    page.get_by_text(button("Object"), exact=True).locator("visible=true").last.click()
    page.get_by_text(button("is not empty"), exact=True).locator("visible=true").last.click()
    editor.close("If", '"type": "object"', '"operation": "notEmpty"')

    editor.show_all()
    editor.node(OWN_STEP).dblclick()
    text = page.locator(".cm-content:visible").filter(has_text="$json.output")
    editor.paste(text, code(ANSWER))
    editor.close(OWN_STEP, ANSWER)


def publish(editor: Editor) -> None:
    page = editor.page
    page.get_by_role("button", name=button("Publish"), exact=True).first.click()
    expect(page.get_by_text("Publish workflow", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Publish", exact=True).last.click()
    expect(page.get_by_text("Published", exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    until("what was saved, published", editor.is_published)


def approve_on_the_page(page: Page, desk, who: str) -> None:
    """Sign in to Signoff, and press *Approve and send* at the draft about somebody."""
    page.goto(f"{desk.url}/review/")
    page.get_by_label("E-mail address").fill("priya@example.test")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    # The only draft stands there already. Pressed in the list, it would come once more, and until it has come,
    # nothing is decided.
    expect(page.get_by_text(f"for {who}")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name=button("Approve and send")).click()
    expect(page.get_by_text(f"It leaves for {who}")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.timeout(1800)
def test_whoever_does_what_the_page_says_has_a_workflow_that_sends_what_was_approved(
    n8n, desk, practice, browser
):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        with local(lambda asked: answer(200)) as world:
            workflow = own_workflow(n8n, practice, f"{world.url}/sent")
            editor = Editor(context.new_page(), n8n, workflow)
            editor.sign_in()
            editor.open_workflow()
            follow_the_page(editor, desk)
            publish(editor)

            n8n.hook(PATH, LEAD)
            draft = desk.review_of("Lena Fork")["content"]["body"]
            assert world.asked == []
            approve_on_the_page(context.new_page(), desk, "Lena Fork")
            until("what was approved", lambda: world.asked)
            until("the end", lambda: n8n.executions(workflow, "success"))
    finally:
        context.close()

    assert draft
    assert [asked.json() for asked in world.asked] == [{"to": LEAD["email"], "text": draft}]

"""docs/n8n.md, followed in a real browser: its nine steps lead to a workflow that sends what a person approved."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from signoff.cli.tests.desk import INTEGRATION, OWNER, PASSWORD, New, new_signoff, until
from signoff.cli.tests.n8n_editor import PATIENCE_MS, Editor, button, code
from signoff.cli.tests.n8n_place import N8n, in_terminal, running_n8n
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.testing import OPENAI_KEY

OWN_STEP = "Send the answer"
PATH = "contact-form"
ANSWER = "{{ $json.body.data.answer.body }}"
LEAD = {
    "name": "Lena Fork",
    "email": "lena@example.com",
    "message": "Do you open on Saturdays?",
    "number": "F-1",
}


FIXED = "Dear Lena Fork, yes, from nine to one."


def model(n8n, practice):
    key = {"apiKey": OPENAI_KEY, "url": f"{practice.openai}/v1"}
    kept = n8n.rest("POST", "/credentials", {"name": "OpenAI account", "type": "openAiApi", "data": key})
    return {
        "name": "Message a model", "type": "@n8n/n8n-nodes-langchain.openAi", "typeVersion": 2.3,
        "credentials": {"openAiApi": {"id": kept["id"], "name": kept["name"]}},
        "parameters": {
            "modelId": {"__rl": True, "mode": "id", "value": "gpt-4o"},
            "responses": {"values": [{"content": "=Answer kindly: {{ $json.body.message }}"}]},
            "builtInTools": {}, "options": {},
        },
    }  # fmt: skip


def script(n8n, practice):
    """Return a step with code of one's own in the place of an AI."""
    return {
        "name": "Write the answer", "type": "n8n-nodes-base.code", "typeVersion": 2,
        "parameters": {"jsCode": f"return [{{json: {{text: {json.dumps(FIXED)}}}}}];"},
    }  # fmt: skip


def own_workflow(n8n, writer, text, url):
    """What a small firm has before it knows of Signoff: a form, what writes, a step that sends; returns its id."""
    form = {
        "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "webhookId": PATH,
        "parameters": {"path": PATH, "httpMethod": "POST"},
    }  # fmt: skip
    fields = {
        "to": "={{ $('Webhook').item.json.body.email }}",
        "text": f"={{{{ {text} }}}}",
    }
    sends = {
        "name": OWN_STEP, "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2,
        "parameters": {
            "method": "POST", "url": url, "sendBody": True,
            "bodyParameters": {"parameters": [{"name": name, "value": value} for name, value in fields.items()]},
        },
    }  # fmt: skip
    links = {"Webhook": [[writer["name"]]], writer["name"]: [[OWN_STEP]]}
    return n8n.workflow("the contact form", [form, writer, sends], **links)


def in_signoff(page: Page, signoff: New, n8n: N8n, *, with_nodes: bool) -> None:
    """Do the steps 1 to 4, with no AI connected: build the integration, let Signoff reach n8n, install the nodes."""
    page.goto(signoff.url)
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.get_by_role("link", name=button("Integrations")).click()
    page.get_by_role("link", name=button("New integration")).first.click()
    begin = re.compile(f"{button('Begin with this')}.*{button('Sign off for another program')}")
    page.get_by_role("button", name=begin).click()
    page.get_by_role("button", name=button("Turn on, with review")).first.click()
    page.get_by_role("link", name=button("Ask from n8n")).click()
    expect(page.get_by_role("heading", name=button("About your workflow"))).to_be_visible()
    if not with_nodes:
        page.get_by_label("Your n8n").select_option("cloud")
        expect(page.locator("#copy-install")).to_have_count(0)

    command = page.get_by_label("Command that starts Signoff").input_value()
    assert command == "SIGNOFF_ALLOW_HOSTS=localhost:5678 signoff up"
    signoff.start_again(f"127.0.0.1,{n8n.url.removeprefix('http://')}")
    if with_nodes:
        in_terminal(copied(page, "Command that installs the nodes"), n8n.folder)
        n8n.stop()
        n8n.start()


def copied(page: Page, what: str) -> str:
    """Press *Copy* beside something; returns what the clipboard holds then."""
    page.get_by_role("button", name=re.compile(f"{button('Copy')}.*{what}")).click()
    expect(page.locator("#status")).to_have_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def in_n8n(editor: Editor, signoff: Page, writer: str, *, with_nodes: bool) -> None:
    """Do the steps 5 to 8 in the workflow that is open; each name is one that stands on the page."""
    page = editor.page
    ask = button("Signoff" if with_nodes else "Ask for sign-off")
    nodes = copied(signoff, "Three steps for n8n")
    page.bring_to_front()
    editor.paste_nodes()
    expect(editor.node("Approved?")).to_be_visible(timeout=PATIENCE_MS)
    assert f'"name": "{ask}"' in nodes

    editor.cut(writer, OWN_STEP)
    editor.join(writer, 0, ask)
    editor.join(button("Approved?"), 0, OWN_STEP)
    editor.until_saved(lambda: {writer: [ask], "Approved?": [OWN_STEP]}.items() <= editor.lines().items())
    page.mouse.click(200, 700)  # while some are chosen, only they are put in order
    page.get_by_label(button("Tidy Up")).click()
    editor.show_all()

    signoff.bring_to_front()
    signoff.get_by_role("link", name=button("Make a key for n8n")).click()
    signoff.get_by_role("button", name=button("Make the key")).click()
    key = copied(signoff, "The key")
    signoff.get_by_role("link", name=button("I have copied it")).click()
    expect(signoff.get_by_role("heading", name=button("About your workflow"))).to_be_visible()
    page.bring_to_front()
    editor.node(ask).dblclick()
    page.get_by_text(button("Connect to Signoff" if with_nodes else "Connect to Bearer Auth")).click()
    key_field = page.locator("input[type=password]:visible")
    expect(key_field).to_be_visible()
    page.wait_for_timeout(1500)  # n8n fills its window a moment after it is there; nobody pastes that fast
    if with_nodes:  # of the step and of the credential
        links = page.get_by_role("link").filter(has_text=re.compile(r"^\s*docs\s*$", re.IGNORECASE)).all()
        led_to = [str(link.get_attribute("href")).partition("?")[0] for link in links]
        assert led_to, "there are no links to the documentation"
        assert set(led_to) == {signoff.url.partition("?")[0]}
    key_field.fill(key)
    expect(key_field).to_have_value(key)
    page.get_by_role("button", name=button("Save")).last.click()
    expect(page.locator("input[type=password]:visible")).to_have_count(0, timeout=PATIENCE_MS)
    kind = "signoffApi" if with_nodes else "httpBearerAuth"
    editor.close(ask, f'"credentials": {{"{kind}"', INTEGRATION, '"retryOnFail": true')

    editor.show_all()
    editor.node(OWN_STEP).dblclick()
    text = page.locator(".cm-content:visible").filter(has_text=re.compile(r"\$json\.(output|text)"))
    editor.paste(text, code(ANSWER))
    editor.close(OWN_STEP, ANSWER)


def publish(editor: Editor) -> None:
    page = editor.page
    page.get_by_role("button", name=button("Publish"), exact=True).first.click()
    expect(page.get_by_text("Publish workflow", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Publish", exact=True).last.click()
    expect(page.get_by_text("Published", exact=True).first).to_be_visible(timeout=PATIENCE_MS)
    until("what was saved, published", editor.is_published)


def approve(page: Page, who: str) -> None:
    """Press *Approve and send* at the draft about somebody."""
    page.get_by_role("link", name=button("To review")).click()
    # The only draft stands there already. Pressed in the list, it would come once more, and until it has come,
    # nothing is decided.
    expect(page.get_by_text(f"for {who}")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name=button("Approve and send")).click()
    expect(page.get_by_text(f"It leaves for {who}")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("with_nodes", "write", "text"),
    [(True, model, "$json.output[0].content[0].text"), (False, script, "$json.text")],
    ids=["with our nodes behind an AI", "with what n8n has behind a script"],
)
def test_whoever_does_what_the_page_says_has_a_workflow_that_sends_what_was_approved(
    practice, browser, with_nodes, write, text
):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    with (
        new_signoff(practice) as signoff,
        running_n8n(None) as n8n,
        local(lambda asked: answer(200)) as world,
    ):
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        writer = write(n8n, practice)
        workflow = own_workflow(n8n, writer, text, f"{world.url}/sent")
        page = context.new_page()
        in_signoff(page, signoff, n8n, with_nodes=with_nodes)
        editor = Editor(context.new_page(), n8n, workflow)
        editor.sign_in()
        editor.open_workflow()
        in_n8n(editor, page, writer["name"], with_nodes=with_nodes)
        publish(editor)

        before = practice.books("openai", summary=True)["answered"]
        n8n.hook(PATH, LEAD)
        until("the sleep", lambda: n8n.executions(workflow, "waiting"))
        assert world.asked == []
        page.bring_to_front()
        approve(page, "Lena Fork")
        until("what was approved", lambda: world.asked)
        until("the end", lambda: n8n.executions(workflow, "success"))
        context.close()

    # An AI was asked by the workflow alone: Signoff knows none.
    assert practice.books("openai", summary=True)["answered"] - before == (write is model)
    (sent,) = [asked.json() for asked in world.asked]
    assert sent["to"] == LEAD["email"]
    assert sent["text"] == FIXED or write is model
    assert sent["text"]

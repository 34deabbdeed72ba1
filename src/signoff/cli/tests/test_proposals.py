"""`signoff propose` and `signoff hooks` on a running Signoff."""

from __future__ import annotations

import json
import threading
import time

import httpx2
import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from signoff.cli.tests.place import clear_away, free_port, new_place, wait_for
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.testing import OPENAI_KEY

pytestmark = pytest.mark.timeout(180)

FILE = """\
name: sign-off
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then: reply
"""


@pytest.fixture(scope="module")
def running(practice):
    """A Signoff that runs, with an AI, the integration, and a token that may do everything in `here.env`."""
    here = new_place()
    port = free_port()
    here.env = {
        "SIGNOFF_URL": f"http://127.0.0.1:{port}", "PASSWORD": "a long enough password",
        "SIGNOFF_ALLOW_HOSTS": "127.0.0.1,localhost",
    }  # fmt: skip
    try:
        up = here.start("up", "--port", str(port))
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert here.run("setup", "--owner", "priya@example.test", "--password-env", "PASSWORD").code == 0
        ai = ["connect", "openai", "--name", "openai-main", "--base-url", practice.openai + "/v1"]
        assert here.run(*ai, stdin=OPENAI_KEY).code == 0
        (here.folder / "sign-off.yaml").write_text(FILE)
        assert here.run("apply", str(here.folder / "sign-off.yaml")).code == 0
        assert here.run("on", "sign-off").code == 0
        made = here.run("token", "create", "--name", "me", "--can", "read,propose,review", "--json")
        here.env["SIGNOFF_TOKEN"] = made.json["token"]
        yield here
        up.terminate()
        up.wait(20)
    finally:
        clear_away(here)


def written(here, name, data):
    path = here.folder / name
    path.write_text(json.dumps(data))
    return str(path)


def decide(here, verdict=("approve",)):
    """Decide on the first draft that comes to wait."""
    for _ in range(240):
        rows = here.run("review", "list", "--json").json
        if rows:
            return here.run("review", verdict[0], str(rows[0]["id"]), *verdict[1:])
        time.sleep(0.25)
    raise AssertionError("no draft came")


def test_a_draft_is_tried_and_handed_in_where_no_ai_is_asked(running):
    (running.folder / "given.yaml").write_text(
        "name: given\ndrafts: handed in\nanswer: {body: {type: text, max: 500}}\nthen: reply\n"
    )
    applied = running.run("apply", str(running.folder / "given.yaml"), "--json")
    assert running.run("on", "given").code == 0
    record = written(running, "record.json", {"name": "Dana", "message": "Do you open on Saturdays?"})
    draft = written(running, "draft.json", {"body": "Dear Dana, it costs $149."})

    tried = running.run("try", "given", "--record", record, "--draft", draft, "--json")
    alone = running.run("try", "given", "--record", record)
    refused = running.run("propose", "given", "--record", record)
    handed_in = running.run("propose", "given", "--record", record, "--draft", draft, "--json")
    decide(running, ("reject", "--reason", "fact"))

    assert applied.json["applied"][0]["webhook_url"] is None
    assert [one["text"] for one in tried.json["findings"]] == ["$149"]
    assert alone.code == refused.code == 1
    assert "came without a draft" in alone.out
    assert "given asks no AI: its drafts are handed in" in refused.err
    assert handed_in.json["integration"] == "given"


def test_a_record_is_signed_off_from_the_terminal_and_the_callback_hears_of_it(running):
    record = written(running, "record.json", {"name": "Dana", "message": "Do you open on Saturdays?"})
    draft = written(running, "draft.json", {"body": "Dear Dana, thank you for your question."})
    deciding = threading.Thread(target=decide, args=(running,))
    with local(lambda asked: answer(200)) as server:
        running.env["HOOK"] = server.url + "/resume/unguessable"
        told = running.run("hooks", "add", "draft.decided", "--url-env", "HOOK", "--json")
        deciding.start()
        done = running.run(
            "propose", "sign-off", "--record", record, "--draft", draft, "--callback-env", "HOOK", "--wait", "90",
            "--json",
        )  # fmt: skip
        deciding.join()
        for _ in range(120):
            if len(server.asked) == 2:
                break
            time.sleep(0.25)

    assert done.code == 0, done.err
    assert done.json["answer"] == {"body": "Dear Dana, thank you for your question."}
    assert done.json["decided_by"] == "priya@example.test"
    secrets = {done.json["callback_secret"], told.json["secret"]}
    assert len(server.asked) == 2
    for asked in server.asked:
        assert sum(_fits(secret, asked) for secret in secrets) == 1
    (message, _) = running.run("hooks", "messages", "--run", str(done.json["run"]), "--json").json
    assert message["state"] == "told"
    assert "unguessable" not in running.run("hooks", "messages").out + running.run("hooks", "list").out


def _fits(secret, asked):
    try:
        Receiver(secret).verify(asked.body, asked.headers)
    except Exception:
        return False
    return True


def test_a_rejection_is_exit_1_and_says_so(running):
    record = written(running, "other.json", {"name": "Omar", "message": "What about Sundays?"})
    deciding = threading.Thread(target=decide, args=(running, ("reject", "--reason", "tone")))
    deciding.start()

    done = running.run("propose", "sign-off", "--record", record, "--wait", "90", "--json")
    deciding.join()

    assert done.code == 1
    assert (done.json["status"], done.json["rejected_for"]) == ("rejected", "tone")


def test_what_cannot_be_proposed_is_said_in_a_sentence(running):
    record = written(running, "record.json", {"name": "Dana"})
    draft = written(running, "draft.json", {"subject": "x"})

    unfit = running.run("propose", "sign-off", "--record", record, "--draft", draft)
    unknown = running.run("propose", "nobody", "--record", record)

    assert unfit.code == unknown.code == 1
    assert "draft.body" in unfit.err
    assert "There is no integration nobody" in unknown.err


def test_a_request_that_comes_in_pieces_is_read(running):
    body = json.dumps({"integration": "sign-off", "record": {"name": "Ines", "message": "Hello?"}}).encode()
    headers = {"Authorization": f"Bearer {running.env['SIGNOFF_TOKEN']}", "Content-Type": "application/json"}

    reply = httpx2.post(
        f"{running.env['SIGNOFF_URL']}/api/v1/proposals",
        content=iter([body[:20], body[20:]]),
        headers=headers,
    )

    assert reply.request.headers["transfer-encoding"] == "chunked"
    assert reply.status_code == 202, reply.text
    # A worker may have begun already, and the practice AI takes no time.
    assert reply.json()["status"] in ("queued", "asking", "waiting for review")


def test_a_hook_is_removed(running):
    running.env["HOOK"] = "https://203.0.114.7/x"
    made = running.run("hooks", "add", "draft.waiting", "--url-env", "HOOK", "--json").json

    assert running.run("hooks", "remove", str(made["id"])).code == 0
    assert running.run("hooks", "remove", str(made["id"])).code == 1
    assert made["id"] not in [row["id"] for row in running.run("hooks", "list", "--json").json]

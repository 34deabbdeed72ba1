"""The nodes for n8n: in a real n8n a workflow hands in leads, sleeps, and goes on with what a person approved."""

from __future__ import annotations

import json

import pytest

from signoff.cli.tests import npm
from signoff.cli.tests.desk import INTEGRATION, running_desk, until
from signoff.cli.tests.n8n_built import BUILT_FROM, SOURCE, build, sources, tools
from signoff.cli.tests.n8n_editor import TEXT
from signoff.cli.tests.n8n_place import running_n8n
from signoff.outbound.tests.local import answer, local
from signoff.web.n8n import package

ASK, TRIGGER = "n8n-nodes-signoff.signoff", "n8n-nodes-signoff.signoffTrigger"
HANDED_IN = """\
name: sign-off-drafts
drafts: handed in
answer: {body: {type: text, max: 800}}
then: reply
"""
LEAD = {"email": "dana@example.com", "message": "Do you open on Saturdays?"}


def test_what_n8n_loads_is_what_there_is():
    about = json.loads((SOURCE / "package.json").read_text())
    named = [*about["n8n"]["nodes"], *about["n8n"]["credentials"]]
    sources = [path.removeprefix("dist/").removesuffix(".js") + ".ts" for path in named]

    assert sorted(sources) == sorted(
        str(p.relative_to(SOURCE)) for kind in ("node", "credentials") for p in SOURCE.glob(f"*/**/*.{kind}.ts")
        if not {"node_modules", "dist"} & set(p.parts)
    )  # fmt: skip
    for node in about["n8n"]["nodes"]:
        assert (SOURCE / node.removeprefix("dist/").replace(".node.js", ".node.json")).exists()


def test_what_is_handed_out_was_built_since_the_sources_changed():
    assert json.loads(BUILT_FROM.read_text()) == sources(), "`make nodes` builds them anew"


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_what_is_handed_out_is_what_the_sources_are_built_to(tmp_path):
    assert package.built() == build(tmp_path)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_n8ns_own_linter_finds_nothing(tmp_path):
    copy = npm.copied(SOURCE, tmp_path / "n8n-nodes-signoff", tools())

    done = npm.run(["npm", "run", "lint"], copy, node=npm.node_24(), seconds=600)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout, done.stdout


@pytest.fixture(scope="module")
def desk(practice):
    with running_desk(practice) as here:
        yield here


@pytest.fixture(scope="module")
def n8n(desk):
    with running_n8n(desk.url) as here:
        yield here


@pytest.fixture(scope="module")
def credential(n8n, desk):
    return n8n.credential(desk.url, desk.token)


def ask(credential, **more):
    parameters = {"operation": "ask", "integration": INTEGRATION, **more}
    return {
        "name": "Ask", "type": ASK, "parameters": parameters, "credentials": {"signoffApi": credential},
    }  # fmt: skip


def webhook(path, **more):
    return {
        "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "webhookId": path,
        "parameters": {"path": path, "httpMethod": "POST", **more},
    }  # fmt: skip


def http(name, url, **fields):
    """The owner's own step, which sends something to somebody."""
    body = ", ".join(f'"{field}": {{{{ JSON.stringify({value}) }}}}' for field, value in fields.items())
    return {
        "name": name, "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2,
        "parameters": {
            "method": "POST", "url": url, "sendBody": True, "specifyBody": "json", "jsonBody": f"={{ {body} }}",
        },
    }  # fmt: skip


SLEEP = {
    "name": "Sleep", "type": "n8n-nodes-base.wait", "typeVersion": 1.1, "webhookId": "sleeps",
    "parameters": {"resume": "webhook", "httpMethod": "POST"},
}  # fmt: skip
APPROVED = {
    "name": "Approved", "type": "n8n-nodes-base.if", "typeVersion": 2.2,
    "parameters": {
        "conditions": {
            "combinator": "and",
            "options": {"caseSensitive": True, "typeValidation": "loose", "version": 2},
            "conditions": [
                {
                    "id": "1", "leftValue": "={{ $json.body.data.answer }}", "rightValue": "",
                    "operator": {"type": "object", "operation": "notEmpty", "singleValue": True},
                }
            ],
        },
        "looseTypeValidation": True,
    },
}  # fmt: skip
MINE = "$('Webhook').item.json.body"


@pytest.mark.long
@pytest.mark.timeout(1800)
class TestInARealN8n:
    def test_the_connection_is_tested_and_the_integrations_can_be_chosen(self, n8n, desk, credential):
        assert n8n.test_credential(desk.url + "/", desk.token)["status"] == "OK"
        assert n8n.test_credential(desk.url, "so_wrong")["status"] == "Error"
        for node in (ASK, TRIGGER):
            assert INTEGRATION in [one["value"] for one in n8n.choices(node, credential)]

    def test_a_workflow_sleeps_until_somebody_has_decided_and_goes_on_with_what_was_approved(
        self, n8n, desk, credential
    ):
        with local(lambda asked: answer(200)) as world:
            sent = http("Send", f"{world.url}/sent", to=f"{MINE}.email", body="$json.body.data.answer.body")
            rejected = http(
                "Tell", f"{world.url}/rejected", to=f"{MINE}.email", why="$json.body.data.rejected_for"
            )
            record = f"={{{{ JSON.stringify({MINE}) }}}}"
            workflow = n8n.workflow(
                "one lead",
                [webhook("lead"), ask(credential, record=record), dict(SLEEP), dict(APPROVED), sent, rejected],
                Webhook=[["Ask"]], Ask=[["Sleep"]], Sleep=[["Approved"]], Approved=[["Send"], ["Tell"]],
            )  # fmt: skip
            for name in ("dana", "omar", "ines"):
                assert n8n.hook("lead", LEAD | {"email": f"{name}@example.com"}).status_code == 200
            drafted = desk.decide("dana@example.com")
            desk.decide("omar@example.com", "edited", content={"body": "Yes, from nine to one."})
            desk.decide("ines@example.com", "rejected", reason="tone")
            until("what was approved", lambda: len(world.asked) == 3)
            until("the end", lambda: len(n8n.executions(workflow, "success")) == 3)

        got = {asked.json()["to"]: (asked.path, asked.json()) for asked in world.asked}
        assert got["dana@example.com"] == ("/sent", {"to": "dana@example.com", **drafted["content"]})
        assert got["omar@example.com"][1]["body"] == "Yes, from nine to one."
        assert got["ines@example.com"] == ("/rejected", {"to": "ines@example.com", "why": "tone"})

    def test_one_that_is_started_again_for_the_same_record_is_woken_too(self, n8n, desk, credential):
        with local(lambda asked: answer(200)) as world:
            sent = http("Send", f"{world.url}/sent", body="$json.body.data.answer.body")
            draft = json.dumps({"body": "Thank you for your question."})
            asking = ask(credential, record='={"email": "again@example.com"}', options={"draft": draft})
            n8n.workflow(
                "again",
                [webhook("again"), asking, dict(SLEEP), sent],
                Webhook=[["Ask"]],
                Ask=[["Sleep"]],
                Sleep=[["Send"]],
            )
            n8n.hook("again", {})
            n8n.hook("again", {})
            desk.decide("again@example.com")
            until("both", lambda: len(world.asked) == 2)
            n8n.hook("again", {})
            until("the third", lambda: len(world.asked) == 3)

        assert {asked.json()["body"] for asked in world.asked} == {"Thank you for your question."}

    def test_of_two_that_ask_by_one_key_the_first_goes_on_alone(self, n8n, desk, credential):
        with local(lambda asked: answer(200)) as world:
            sent = http("Send", f"{world.url}/sent", to=f"{MINE}.email", body="$json.body.data.answer.body")
            draft = {"draft": '={{ { body: "Written at " + $now.toMillis() } }}'}
            keyed = ask(credential, options={**draft, "key": f"={{{{ {MINE}.number }}}}"})
            workflow = n8n.workflow(
                "twice", [webhook("twice"), keyed, dict(SLEEP), sent],
                Webhook=[["Ask"]], Ask=[["Sleep"]], Sleep=[["Send"]],
            )  # fmt: skip
            lead = LEAD | {"email": "twice@example.com", "number": "T-1"}
            n8n.hook("twice", lead)
            desk.review_of("twice@example.com")
            n8n.hook("twice", lead)
            (ended,) = until("the end of the second", lambda: n8n.executions(workflow, "success"))
            desk.decide("twice@example.com")
            until("what was approved", lambda: world.asked)
            until("both ends", lambda: len(n8n.executions(workflow, "success")) == 2)
            n8n.hook("twice", lead)
            until("a third end", lambda: len(n8n.executions(workflow, "success")) == 3)

        assert len(world.asked) == 1
        assert "Sleep" not in n8n.said(ended["id"])
        (made,) = [
            one for one in desk.call("GET", "/proposals?limit=200")["items"] if "T-1" in str(one["record"])
        ]
        assert len(desk.call("GET", f"/proposals/{made['id']}")["messages"]) == 1

    def test_many_records_are_handed_in_together_and_each_decision_starts_another_workflow(
        self, n8n, desk, credential
    ):
        with local(lambda asked: answer(200)) as world:
            trigger = {
                "name": "Decided", "type": TRIGGER, "webhookId": "decided", "credentials": {"signoffApi": credential},
                "parameters": {"event": "draft.decided", "integration": INTEGRATION},
            }  # fmt: skip
            sent = http(
                "Send",
                f"{world.url}/sent",
                to="$json.record.email",
                body="$json.answer.body",
                id="$json.webhook_id",
            )
            hearing = n8n.workflow("many, decided", [trigger, sent], Decided=[["Send"]])
            split = {
                "name": "Split", "type": "n8n-nodes-base.splitOut", "parameters": {"fieldToSplitOut": "body.leads"},
            }  # fmt: skip
            n8n.workflow(
                "many", [webhook("leads"), split, ask(credential, decided="another")],
                Webhook=[["Split"]], Split=[["Ask"]],
            )  # fmt: skip
            (hook,) = until("the hook", lambda: desk.call("GET", "/hooks"))
            leads = [LEAD | {"email": f"lead{number}@example.com"} for number in range(3)]
            n8n.hook("leads", {"leads": leads})
            for lead in leads:
                desk.decide(lead["email"])
            until("all three", lambda: len(world.asked) == 3)
            (message, *_) = desk.call("GET", f"/hooks/{hook['id']}")
            n8n.switch_off(hearing)

        assert {asked.json()["to"] for asked in world.asked} == {lead["email"] for lead in leads}
        assert all(asked.json()["body"] for asked in world.asked)
        assert message["webhook_id"] in {asked.json()["id"] for asked in world.asked}
        until("its end", lambda: desk.call("GET", "/hooks") == [])

    def test_many_records_are_not_lost_in_one_sleep(self, n8n, desk, credential):
        split = {
            "name": "Split",
            "type": "n8n-nodes-base.splitOut",
            "parameters": {"fieldToSplitOut": "body.leads"},
        }
        workflow = n8n.workflow(
            "too many", [webhook("too-many"), split, ask(credential), dict(SLEEP)],
            Webhook=[["Split"]], Split=[["Ask"]], Ask=[["Sleep"]],
        )  # fmt: skip
        before = len(desk.call("GET", "/proposals?limit=200")["items"])
        n8n.hook(
            "too-many", {"leads": [LEAD | {"email": f"lost{number}@example.com"} for number in range(2)]}
        )
        (failed,) = until("the failure", lambda: n8n.executions(workflow, "error"))

        assert "one sleeping workflow can be woken once" in n8n.said(failed["id"])
        assert len(desk.call("GET", "/proposals?limit=200")["items"]) == before

    def test_what_signoff_refuses_is_said_in_its_words(self, n8n, credential):
        asking = ask(credential) | {"parameters": {"operation": "ask", "integration": "nobody"}}
        workflow = n8n.workflow("refused", [webhook("refused"), asking], Webhook=[["Ask"]])
        n8n.hook("refused", LEAD)
        (failed,) = until("the failure", lambda: n8n.executions(workflow, "error"))

        assert "There is no integration nobody" in n8n.said(failed["id"])

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({}, "This record came without a draft"),
            ({"draft": "={{ { body: $json.text } }}"}, "The draft does not fit"),
        ],
        ids=["no draft", "no text in the step before"],
    )
    def test_where_drafts_are_handed_in_one_that_is_missing_is_said_as_the_page_calls_it(
        self, n8n, desk, credential, options, said
    ):
        (desk.place.folder / "drafts.yaml").write_text(HANDED_IN)
        assert desk.place.run("apply", str(desk.place.folder / "drafts.yaml")).code == 0
        assert desk.place.run("on", "sign-off-drafts").code == 0
        asking = ask(credential, integration="sign-off-drafts", options=options)
        name = f"drafts {len(options)}"
        workflow = n8n.workflow(name, [webhook(name.replace(" ", "-")), asking], Webhook=[["Ask"]])
        n8n.hook(name.replace(" ", "-"), LEAD)
        (failed,) = until("the failure", lambda: n8n.executions(workflow, "error"))

        assert said in n8n.said(failed["id"])
        assert f"*{said}*" in TEXT

    def test_a_forged_decision_starts_nothing(self, n8n, desk, credential):
        trigger = {
            "name": "Decided", "type": TRIGGER, "webhookId": "forged", "credentials": {"signoffApi": credential},
            "parameters": {"event": "draft.decided", "integration": INTEGRATION},
        }  # fmt: skip
        workflow = n8n.workflow("forged", [trigger])

        reply = n8n.hook(
            "forged/webhook", {"type": "draft.decided", "data": {"answer": {"body": "Send money."}}}
        )

        assert reply.status_code == 401
        assert n8n.executions(workflow) == []
        n8n.switch_off(workflow)
        until("its end", lambda: desk.call("GET", "/hooks") == [])

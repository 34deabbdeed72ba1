"""The page for n8n: what is pasted there fits this Signoff and this integration; and the nodes that are handed out."""

from __future__ import annotations

import html
import io
import json
import re
import tarfile

import pytest

from signoff.accounts.models import ApiToken
from signoff.integrations.models import Integration
from signoff.web.n8n import package, page, paste
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

HERE = "/n8n/"
BODY = {"body": {"type": "text", "max": 800}}


def asked_by_programs(name="sign-off-replies", answer=None, **more):
    changes = {
        "record": {"when": "webhook"},
        "answer": answer or BODY,
        "then": ["reply"],
        "review": {"by": []},
    }
    return world.integration(name=name, **(changes | more))


@pytest.fixture
def owner(db):
    return world.person()


@pytest.fixture
def shown(as_role, owner):
    """Return what stands in the boxes of the page: {"nodes": …, "install": …}."""

    def look(**asked):
        text = as_role("owner").get(HERE, asked).content.decode()
        boxes = re.findall(r'<textarea id="copy-([^"]+)"[^>]*>(.*?)</textarea>', text, re.S)
        return {name: html.unescape(inside) for name, inside in boxes}

    return look


def ask_of(nodes):
    (ask, *_) = json.loads(nodes)["nodes"]
    return ask


def test_the_nodes_name_this_integration_and_come_joined(shown):
    asked_by_programs()

    boxes = shown()
    pasted = json.loads(boxes["nodes"])

    assert [node["type"].rpartition(".")[2] for node in pasted["nodes"]] == ["signoff", "wait", "if"]
    assert ask_of(boxes["nodes"])["parameters"]["integration"] == "sign-off-replies"
    assert ask_of(boxes["nodes"])["parameters"]["record"] == "={{ $('Webhook').item.json.body }}"
    assert list(pasted["connections"]) == ["Signoff", "Wait"]
    assert boxes["1"] == "{{ $json.body.data.answer.body }}"


def test_what_n8n_has_by_itself_asks_this_address(shown, monkeypatch):
    monkeypatch.setenv("SIGNOFF_URL", "https://signoff.example.test")
    asked_by_programs()

    boxes = shown(runs="cloud", draft="ours")
    asks = ask_of(boxes["nodes"])["parameters"]

    assert "install" not in boxes
    assert asks["url"] == "https://signoff.example.test/api/v1/proposals"
    assert "integration: 'sign-off-replies'" in asks["jsonBody"]
    assert "draft" not in asks["jsonBody"]
    assert "$execution.resumeUrl" in asks["jsonBody"]


def test_a_draft_fits_the_fields_of_the_answer(shown):
    more = {
        "subject": {"type": "text", "max": 78},
        "how_warm": {"type": "choice", "options": ["hot", "cold"]},
    }
    asked_by_programs(answer=more | {"text": {"type": "text", "max": 900}})

    draft = ask_of(shown(draft="theirs")["nodes"])["parameters"]["options"]["draft"]

    assert f"text: {paste.WRITTEN}" in draft
    assert "subject: $json.subject" in draft
    assert "how_warm: $json.how_warm" in draft


def handed_in(name="sign-off-drafts", **more):
    return asked_by_programs(name, drafts="handed in", prompt={}, **more)


def test_where_drafts_are_handed_in_what_is_pasted_has_one_and_nobody_is_asked_who_writes(shown, as_role):
    handed_in()

    ours, theirs = shown(draft="ours"), shown(runs="cloud")
    text = as_role("owner").get(HERE).content.decode()

    assert (
        ask_of(ours["nodes"])["parameters"]["options"]["draft"] == f"={{{{ {{ body: {paste.WRITTEN} }} }}}}"
    )
    assert f"draft: {{ body: {paste.WRITTEN} }}" in ask_of(theirs["nodes"])["parameters"]["jsonBody"]
    assert 'name="draft"' not in text
    assert "A record without its draft is refused" in text
    assert "write $json.answer behind body: there" in text
    assert 'href="/integrations/sign-off-drafts/build/"' in text


def test_where_an_ai_is_asked_it_writes_until_somebody_says_that_the_workflow_does(shown, as_role):
    asked_by_programs()

    assert ask_of(shown()["nodes"])["parameters"]["options"] == {}
    assert "write $json.answer" not in as_role("owner").get(HERE).content.decode()
    assert "draft" in ask_of(shown(draft="theirs")["nodes"])["parameters"]["options"]


def test_a_draft_without_a_text_takes_each_field_by_its_name(shown):
    handed_in(answer={"how_warm": {"type": "choice", "options": ["hot", "cold"]}})

    draft = ask_of(shown()["nodes"])["parameters"]["options"]["draft"]

    assert draft == "={{ { how_warm: $json.how_warm } }}"


@pytest.mark.parametrize("first", ["Bob's mail", 'A "form"', "}} {{ $env }}", "back\\slash"])
def test_the_name_of_a_step_stays_a_name(first):
    said = paste.record_of(first)

    quoted = re.match(r"\$\('((?:[^'\\]|\\.)*)'\)\.item\.json", said)
    assert quoted
    assert json.loads('"' + quoted[1].replace("\\'", "'").replace('"', '\\"') + '"') == first
    assert "{" not in said


def test_a_container_reaches_this_computer_by_another_name(shown, monkeypatch):
    monkeypatch.setenv("SIGNOFF_URL", "http://127.0.0.1:8010")
    asked_by_programs()

    command = shown(runs="docker")["install"]

    assert command.startswith("docker exec n8n npm install ")
    assert f" http://host.docker.internal:8010/n8n/nodes/docker/{package.file_name()}" in command
    assert page.reached_at("computer") == "http://127.0.0.1:8010"
    monkeypatch.setenv("SIGNOFF_URL", "https://signoff.example.test")
    assert page.reached_at("docker") == "https://signoff.example.test"


def test_no_secret_stands_on_the_page(as_role, owner):
    made = asked_by_programs()

    text = as_role("owner").get(HERE).content.decode()

    assert made.key not in text
    assert "so_" not in text


def test_what_cannot_be_meant_is_said_and_gives_nothing_to_paste(as_role, owner):
    asked_by_programs()

    for asked in ({"runs": "moon"}, {"integration": "nobody"}, {"first": ""}, {"first": "a\nb\x00"}):
        answer = as_role("owner").get(HERE, asked)
        assert answer.status_code == 422, asked
        assert "Choose from the lists" in answer.content.decode()
        assert "copy-nodes" not in answer.content.decode()


def test_without_an_integration_that_answers_programs_it_says_how_to_begin(as_role, owner):
    world.integration(owner)

    text = as_role("owner").get(HERE).content.decode()

    assert "Begin with Sign off for another program" in text
    assert "copy-nodes" not in text


def test_the_integration_leads_here_where_its_answer_goes_back(as_role, owner):
    asked_by_programs(is_on=False)
    world.integration(owner)
    client = as_role("owner")

    link = "/n8n/?integration=sign-off-replies"
    assert link in client.get("/integrations/sign-off-replies/").content.decode()
    assert "/n8n/" not in client.get("/integrations/follow-up-after-demo/").content.decode()
    assert "is paused" in client.get(link).content.decode()
    Integration.objects.update(is_on=True)
    assert "is paused" not in client.get(link).content.decode()


def test_whether_signoff_may_answer_n8n_is_said(shown, monkeypatch):
    asked_by_programs()

    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "")
    assert "localhost:5678" in shown()["start"]
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "localhost:5678")
    assert "start" not in shown()


def test_the_key_for_n8n_is_ticked_already_and_leads_back(as_role, owner):
    asked_by_programs()
    client = as_role("owner")
    address = "/settings/tokens/new/?for=n8n"

    form = client.get(address).context["form"]
    asked = {name: form[name].value() for name in form.fields if form[name].value()}
    made = client.post(address, {**asked, "ends_on": f"{asked['ends_on']:%Y-%m-%d}"}).content.decode()

    assert (ApiToken.objects.get().name, ApiToken.objects.get().can) == ("n8n", ["propose", "read"])
    assert 'href="/n8n/"' in made


def test_who_has_made_the_key_comes_back_to_the_page_as_it_was(as_role, owner):
    handed_in()
    asked_by_programs()
    client = as_role("owner")
    asked = {"integration": "sign-off-drafts", "runs": "cloud", "first": "Bob's & mail"}

    page_text = client.get(HERE, asked).content.decode()
    address = html.unescape(re.search(r'href="(/settings/tokens/new/[^"]*)"', page_text)[1])
    form = client.get(address).context["form"]
    filled = {name: form[name].value() for name in form.fields if form[name].value()}
    made = client.post(address, {**filled, "ends_on": f"{filled['ends_on']:%Y-%m-%d}"}).content.decode()
    back = html.unescape(re.search(r'href="(/n8n/[^"]*)"', made)[1])

    about = client.get(back).context["form"].cleaned_data
    assert about == asked | {"draft": "theirs"}


class TestPackage:
    def files(self, client, name=None, runs="computer"):
        reply = client.get(f"/n8n/nodes/{runs}/{name or package.file_name()}")
        assert reply.status_code == 200
        with tarfile.open(fileobj=io.BytesIO(reply.content)) as tar:
            return {one.name: tar.extractfile(one).read() for one in tar.getmembers()}

    def test_anybody_may_fetch_it_as_npm_does(self, client, db):
        inside = self.files(client)

        about = json.loads(inside["package/package.json"])
        for path in (*about["n8n"]["nodes"], *about["n8n"]["credentials"]):
            assert f"package/{path}" in inside
        assert [key for key in about if "ependencies" in key or key == "scripts"] == [], (
            "npm would fetch more"
        )

    def test_it_knows_where_this_signoff_is_and_which_page_explains_it(self, client, db, monkeypatch):
        monkeypatch.setenv("SIGNOFF_URL", "http://127.0.0.1:8010")

        home = json.loads(self.files(client, runs="docker")["package/dist/nodes/shared/home.json"])

        assert home == {"address": "http://host.docker.internal:8010", "docs": "http://127.0.0.1:8010/n8n/"}

    def test_the_same_files_make_the_same_package(self):
        assert package.packed("http://a", "http://b") == package.packed("http://a", "http://b")

    @pytest.mark.parametrize("path", ["computer/n8n-nodes-signoff-0.0.1.tgz", "cloud/x", "computer/..%2fx"])
    def test_there_is_no_other(self, client, db, path):
        assert client.get(f"/n8n/nodes/{path}").status_code == 404

    def test_nothing_is_handed_in_there(self, client, db):
        assert client.post(f"/n8n/nodes/computer/{package.file_name()}").status_code in (403, 405)

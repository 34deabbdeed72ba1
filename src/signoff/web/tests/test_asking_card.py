"""What a server is asked about each record, built as plain form posts; and what is wrong with it."""

from __future__ import annotations

import pytest

from signoff.connections import choosing
from signoff.connections.connect import connect
from signoff.connectors.mcp import connector
from signoff.connectors.mcp.tests.desk_server import Desk, serving
from signoff.core.secret import Secret
from signoff.integrations import drafts, offers
from signoff.integrations.file import read_text
from signoff.integrations.models import Draft, Integration
from signoff.runs.models import Run
from signoff.web.tests.forms import sent_by

FILE = """\
name: notes-for-the-desk
record: {when: webhook, fields: [company, message]}
context:
  known: {from: desk.look_up, with: {company: record.company}}
  file: {from: desk, resource: "desk://customers/{record.company}"}
prompt: {ai: openai-main, model: gpt-4o, task: Write a short note on this enquiry.}
answer: {text: {type: text, max: 400}}
then:
  - hubspot-main.add_note: {contact: {email: record.message}, body: answer.text}
"""


NAME = "notes-for-the-desk"


@pytest.fixture
def desk(house, monkeypatch):
    """A server whose tool may be asked, and one that may not."""
    offers.forget()
    connector.forget_all()
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    with serving(Desk()) as running:
        row = connect("mcp", "desk", Secret(""), base_url=running.url)
        choosing.choose(row, {"write_note": "write", "look_up": "read"}, house.owner)
        yield running


@pytest.fixture
def bench(house, desk, client):
    """The page of a draft that says what the file says; `bench(do, **controls)` presses a button of it."""
    client.force_login(house.owner)
    draft = drafts.begin_with(FILE, house.owner)
    address = f"/integrations/drafts/{draft.pk}/"

    def press(do="save", **changes):
        sent = sent_by(client.get(address).content.decode())
        return client.post(address, sent | {"do": do} | changes)

    press.address = address
    return press


def context():
    return drafts.data_of(Draft.objects.get().source).get("context")


def test_saving_the_page_changes_nothing_of_what_is_asked(bench):
    bench()

    assert drafts.data_of(Draft.objects.get().source) == {"review": {}, **read_text(FILE).data}
    assert drafts.look(Draft.objects.get().source).faults == ()


def test_a_question_is_added_filled_renamed_and_dropped_by_plain_forms(bench):
    bench("drop-question:1")
    assert list(context()) == ["known"]
    bench("drop-question:0")
    assert context() is None

    bench("add-question", ask="desk.look_up")
    assert context() == {"look_up": {"from": "desk.look_up", "with": {"company": "record.company"}}}
    bench(**{"q-0-name": "what_we_know", "q-0-company": "text", "q-0-company-text": "{record.company} Ltd"})
    assert context() == {
        "what_we_know": {"from": "desk.look_up", "with": {"company": "{record.company} Ltd"}}
    }
    bench("add-question", ask="desk")
    bench(**{"q-1-resource": "desk://hours"})

    assert context()["desk"] == {"from": "desk", "resource": "desk://hours"}
    assert drafts.look(Draft.objects.get().source).faults == ()


def test_it_is_tried_on_a_record_with_what_the_server_tells(bench):
    shown = bench("try", pasted='{"company": "Harbour Dental", "message": "Hello"}').content.decode()

    assert "Customer since 2019, pays late." in shown
    assert not Run.objects.exists()


def test_it_comes_into_force_as_a_person_would_have_written_it(bench):
    answer = bench("on")

    assert answer.status_code == 303, answer.content.decode()
    assert Integration.objects.get(name=NAME).current.definition["context"]["known"]["from"] == "desk.look_up"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"q-0-name": "company"}, "The record has a field “company” of its own"),
        ({"q-0-name": "what we know"}, "a name of letters, digits and _"),
        ({"q-0-company": ""}, "“company” is missing for “look_up”"),
        ({"q-0-company": "text", "q-0-company-text": "{record.budget}"}, "is not among the record"),
        ({"q-0-company": "text", "q-0-company-text": "{answer.text}"}, "before there is an answer"),
        ({"q-1-resource": ""}, "resource"),
    ],
)
def test_what_is_wrong_stands_beside_the_question_and_nothing_is_lost(bench, changes, words):
    page = bench("on", **changes).content.decode()

    card = page.split('<section class="card step"')[1]
    assert words in card
    assert card.index("Ask a server about each record") < card.index(words)
    assert "`" not in card
    assert not Integration.objects.filter(name=NAME).exists()
    assert len(context()) == 2


def test_two_questions_never_become_one(bench):
    bench(**{"q-0-name": "file"})
    assert list(context()) == ["known", "file"]

    bench(**{"q-0-name": "same", "q-1-name": "same"})
    assert list(context()) == ["same", "file"]


def test_a_tool_that_may_not_be_asked_any_more_is_named(bench, house):
    from signoff.connections.models import Connection

    choosing.choose(Connection.objects.get(name="desk"), {"write_note": "write"}, house.owner)

    page = bench("on").content.decode()

    assert "is not among the tools of “desk” that may be asked" in page
    assert "known" in context()


def test_at_most_five_and_only_what_may_be_asked_is_offered(bench, client):
    for _ in range(6):
        bench("add-question", ask="desk.look_up")
    page = client.get(bench.address).content.decode()

    assert len(context()) == 5
    assert 'name="ask"' not in page
    assert "At most five" in page
    bench("drop-question:0")
    offered = client.get(bench.address).content.decode().split('id="ask"')[1].split("</select>")[0]
    assert "desk.look_up" in offered
    assert "write_note" not in offered


def test_where_no_server_is_connected_nothing_is_offered(house, client):
    client.force_login(house.owner)
    address = client.post("/integrations/new/", {"start": "nothing"})["Location"]

    assert "Ask a server" not in client.get(address).content.decode()

"""Building an integration by the page, as plain form posts: what comes out is the file a person would write."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from signoff.accounts.models import Person
from signoff.connections.connect import connect
from signoff.connections.models import Connection
from signoff.core.secret import Secret
from signoff.integrations import drafts, offers
from signoff.integrations.apply import apply
from signoff.integrations.file import read_files, read_text
from signoff.integrations.models import Draft, Integration
from signoff.integrations.starting import NO_PROMISE
from signoff.integrations.suggesting import FORMS
from signoff.runs.models import Run
from signoff.web import build
from signoff.web.tests import world
from signoff.web.tests.forms import sent_by
from signoff_sandbox.testing import (
    CLIENT_ID,
    CLIENT_SECRET,
    HUBSPOT_KEY,
    OPENAI_KEY,
    WHATSAPP_KEY,
    WHATSAPP_SETTINGS,
)

pytestmark = pytest.mark.django_db

EXAMPLES = Path(__file__).parents[4] / "examples"
FILES = sorted(path.name for path in EXAMPLES.glob("*.yaml") if path.name != "company-facts.yaml")


@pytest.fixture
def house(db, practice):
    """A house with everything connected to the practice apps, and the company facts of the examples."""
    offers.forget()
    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=practice.hubspot)
    for name in ("gmail-sales", "gmail-support"):
        grant = practice.grant("gmail.compose", "gmail.modify")
        gmail = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": grant.refresh_token}
        connect("gmail", name, Secret(json.dumps(gmail)), base_url=practice.gmail)
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1")
    connect(
        "whatsapp",
        "whatsapp-main",
        Secret(WHATSAPP_KEY),
        base_url=practice.whatsapp,
        settings=WHATSAPP_SETTINGS,
    )
    world.connection(
        "mail-support", "mail"
    )  # a mailbox that cannot be asked now, which is no fault of a file
    assert not apply(read_files(EXAMPLES / "company-facts.yaml")).faults
    yield practice
    offers.forget()


@pytest.fixture
def builder(house, client) -> Person:
    somebody = world.person("builder", "Bea Lind")
    client.force_login(somebody)
    return somebody


def begun(client, start: str) -> str:
    """Begin with a starting point; returns the address of its draft."""
    return client.post("/integrations/new/", {"start": start})["Location"]


def pressed(client, address: str, do: str = "save", **changes):
    """Press a button of the page as it stands, with some controls filled in."""
    sent = sent_by(client.get(address).content.decode())
    return client.post(address, sent | {"do": do} | changes)


@pytest.mark.parametrize("name", FILES)
def test_saving_a_page_changes_nothing_of_any_example(client, builder, name):
    file = (EXAMPLES / name).read_text("utf-8")
    assert not apply([read_text(file)]).faults
    integration = Integration.objects.get()
    address = f"/integrations/{integration.name}/build/"

    pressed(client, address)

    draft = Draft.objects.get()
    looked = drafts.look(draft.source, integration)
    assert looked.faults == ()
    assert looked.definition.hash() == integration.current.hash
    assert drafts.data_of(draft.source) == {"review": {}, **read_text(file).data}


def test_every_starting_point_is_ready_as_it_is(client, builder):
    found = {}
    for start in ("follow-up", "answer-mail", "sort-mail", "note", "answer-chat", "answer-form"):
        address = begun(client, start)
        found[start] = [
            fault.what for fault in drafts.look(Draft.objects.first().source).faults
        ] or client.get(address).status_code

    assert found == dict.fromkeys(found, 200)


def test_a_model_that_ends_says_so_where_it_is_chosen_and_stands_last(client, builder):
    page = client.get(begun(client, "nothing")).content.decode()

    for name in ("ai", "second_opinion"):
        choices = re.search(rf'<select id="{name}".*?</select>', page, re.DOTALL)[0]
        words = re.findall(r'<option value="openai-main [^>]*>([^<]*)<', choices)
        ending = [" (ends " in word for word in words]
        assert any(word.startswith("gpt-4o (ends Thu 14 January 2027") for word in words)
        assert ending == sorted(ending)


def test_a_starting_point_asks_a_usual_model_that_has_no_known_end(client, builder):
    page = client.get(begun(client, "follow-up")).content.decode()

    asked = re.search(r'<select id="ai".*?selected>([^<]*)<', page, re.DOTALL)[1]
    assert asked in offers.USUAL_MODELS
    assert " (ends " not in asked


def test_a_built_integration_is_a_file_that_can_be_applied_elsewhere(client, builder):
    address = begun(client, "follow-up")

    answer = pressed(client, address, "on", name="New leads: say hello")

    integration = Integration.objects.get()
    assert answer["Location"] == "/integrations/new-leads-say-hello/"
    assert integration.is_on
    assert not Draft.objects.exists()
    assert integration.current.made_by == builder
    source = integration.current.source
    Integration.objects.update(current=None)
    Integration.objects.all().delete()

    applied = apply([read_text(source)])

    assert applied.faults == []
    assert Integration.objects.get().current.hash == integration.current.hash


def test_from_nothing_to_running_by_plain_forms(client, builder, house):
    """Every step as a browser without JavaScript does it."""
    address = begun(client, "nothing")

    pressed(client, address, "source", start="hubspot-main contact_created")
    pressed(client, address, task="Write a short note about this lead for a colleague in sales.", name="Note")
    pressed(client, address, "add-answer")
    pressed(client, address, **{"a-0-name": "note", "a-0-max": "500"})
    pressed(client, address, "add-step", action="hubspot-main.add_note")
    answer = pressed(client, address, "on")

    assert answer.status_code == 303, answer.content.decode()
    definition = Integration.objects.get().current.definition
    assert definition["record"]["from"] == "hubspot-main"
    assert definition["answer"] == {"note": {"type": "text", "max": 500}}
    assert definition["then"] == [
        {
            "connection": "hubspot-main",
            "action": "add_note",
            "params": {"contact": "record.id", "body": "answer.note"},
        }
    ]


def test_from_nothing_by_what_the_page_offers_only_the_task_is_typed(client, builder, house):
    address = begun(client, "nothing")
    pressed(client, address, "source", start="hubspot-main contact_created")
    pressed(client, address, task="Write a short follow-up e-mail to a new lead.")
    for _ in range(3):  # the rule, what must never be, and the form; each is offered until there is one
        page = client.get(address).content.decode()
        offered = re.search(r'value="((?:add-rule|add-never|add-form):[^"]+)"', page)
        pressed(client, address, html.unescape(offered[1]))

    page = client.get(address).content.decode()
    assert "add-form:" not in page
    assert sent_by(page)["action"] == ["gmail-sales.create_draft"]  # where an e-mail most likely goes
    pressed(client, address, "add-step")
    answer = pressed(client, address, "on")

    assert answer.status_code == 303, answer.content.decode()
    integration = Integration.objects.get()
    definition = integration.current.definition
    assert integration.name == "new-contact-appears"
    assert definition["prompt"]["constraints"] == ["At most 120 words."]
    assert definition["prompt"]["never"] == [NO_PROMISE]
    assert {"subject", "body"} == set(definition["answer"])
    (step,) = definition["then"]
    assert step["params"] == {"to": "record.email", "subject": "answer.subject", "body": "answer.body"}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_that_is_offered_is_one_that_the_page_can_go_on_with(client, builder, form):
    address = begun(client, "nothing")

    pressed(client, address, f"add-form:{form}")
    once = answer_of()
    pressed(client, address, f"add-form:{form}")

    assert once == answer_of() == FORMS[form]
    named = [one for one in drafts.look(Draft.objects.get().source).faults if one.path[:1] == ("answer",)]
    assert bool(named) == (form == "choice")  # which choices there are is the owner's to say


def test_a_name_that_was_given_stays_and_one_that_is_taken_is_not_guessed(client, builder):
    address = begun(client, "nothing")
    pressed(client, address, "source", start="hubspot-main contact_created", name="Thank new leads")
    assert drafts.data_of(Draft.objects.get().source)["name"] == "thank-new-leads"

    Integration.objects.create(name="new-contact-appears")
    pressed(client, address, name="")

    assert drafts.data_of(Draft.objects.get().source)["name"] == "new-contact-appears-2"


def test_what_is_missing_stands_in_its_step_in_words_and_nothing_is_in_force(client, builder):
    address = begun(client, "nothing")

    answer = pressed(client, address, "on")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Integration.objects.exists()
    steps = page.split('<section class="card step"')
    for number, words in enumerate(
        (
            "Choose what starts it.",
            "Say what the AI should do.",
            "Say what must come back",
            "Choose at least one place",
        ),
        1,
    ):
        assert words in steps[number], words
        assert "`" not in steps[number]
    assert "Give it a name." in steps[0]


def test_the_page_itself_changes_nothing_and_is_quiet_about_what_is_not_there_yet(client, builder):
    address = begun(client, "nothing")
    before = Draft.objects.get()

    page = client.get(address).content.decode()

    assert "missing or wrong" not in page
    after = Draft.objects.get()
    assert (after.source, after.revision) == (before.source, before.revision)


def test_opening_the_page_of_an_integration_makes_no_draft(client, builder):
    apply([read_text((EXAMPLES / "follow-up-new-leads.yaml").read_text())])

    assert client.get("/integrations/follow-up-new-leads/build/").status_code == 200
    assert not Draft.objects.exists()


def test_a_trial_on_a_real_record_of_the_app_sends_nothing_and_stores_nothing(client, builder, house):
    house.seed_leads(1)
    address = begun(client, "follow-up")

    answer = pressed(client, address, "try")

    page = answer.content.decode()
    assert "OpenAI answered" in page
    assert "Subject fits" in page
    assert "See exactly what the AI receives" in page
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("text", "record"),
    [
        (
            "firstname: Dana\nmessage: Open on Saturdays: yes or no?",
            {"firstname": "Dana", "message": "Open on Saturdays: yes or no?"},
        ),
        ("First name: Dana\n\n e-mail : d@example.com ", {"First name": "Dana", "e-mail": "d@example.com"}),
        ('{"firstname": "Dana"', {}),
        ("Dana wants a quote", {}),
    ],
)
def test_a_record_is_written_line_by_line_by_whoever_sets_no_quotation_marks(text, record):
    assert build._line_by_line(text) == record


def test_a_pasted_record_is_tried_and_a_slip_in_it_is_named(client, builder):
    address = begun(client, "follow-up")

    good = pressed(
        client, address, "try", pasted='{"firstname": "Dana", "email": "d@example.com", "message": "Prices?"}'
    )
    bad = pressed(client, address, "try", pasted='{"firstname": "Dana"')

    assert "OpenAI answered" in good.content.decode()
    assert "cannot be read" in bad.content.decode()


def test_a_trial_names_what_was_pasted_and_not_seen(client, builder):
    address = begun(client, "follow-up")
    seen = '{"firstname": "Dana", "email": "d@example.com", "message": "Prices?"'

    page, quiet = (
        pressed(client, address, "try", pasted=pasted).content.decode()
        for pasted in (seen + ', "budget_2": "90"}', seen + "}")
    )

    assert "The AI did not see budget_2: it is not among the fields it may use" in page
    assert "did not see" not in quiet


def test_what_the_ai_receives_is_shown_without_asking_it(client, builder, house):
    address = begun(client, "follow-up")
    client.get(address)
    asked = house.books("openai", summary=True)["requests"]

    page = pressed(
        client, address, "show", pasted='{"firstname": "Dana", "secret_note": "x"}'
    ).content.decode()

    assert "# Task" in page
    assert "&quot;firstname&quot;: &quot;Dana&quot;" in page
    assert "secret_note&quot;" not in page.split("# Task")[1].split("</pre>")[0]
    assert house.books("openai", summary=True)["requests"] == asked


def test_two_people_on_one_draft_never_overwrite_each_other_unseen(client, builder):
    address = begun(client, "follow-up")
    mine = sent_by(client.get(address).content.decode())
    client.force_login(world.person("owner", "Priya Nair"))
    pressed(client, address, task="Write two lines.")
    client.force_login(builder)

    answer = client.post(address, mine | {"do": "save", "task": ["Write ten lines."]})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Priya Nair has changed this draft meanwhile" in page
    assert "Write ten lines." in page
    assert "Write two lines." in Draft.objects.get().source
    client.post(address, sent_by(page) | {"do": "save"})
    assert "Write ten lines." in Draft.objects.get().source


def test_what_is_being_written_is_kept_before_anything_is_pressed(client, builder):
    address = begun(client, "follow-up")
    sent = sent_by(client.get(address).content.decode())

    kept = client.post(f"{address}keep/", sent | {"task": ["Half a sent"]})

    assert "Saved" in kept.content.decode()
    assert "Half a sent" in client.get(address).content.decode()
    assert "Follow up new leads" in client.get("/integrations/new/").content.decode()


def test_changing_shows_the_differences_before_they_are_in_force(client, builder):
    apply([read_text((EXAMPLES / "follow-up-new-leads.yaml").read_text())])
    address = "/integrations/follow-up-new-leads/build/"
    pressed(client, address, "changes", tone="short and dry")

    page = client.get(f"{address}changes/").content.decode()
    in_force = Integration.objects.get().current.number
    client.post(f"{address}changes/", {"revision": Draft.objects.get().revision})

    assert "The tone is now “short and dry”" in page
    assert "comments" in page
    assert in_force == 1
    integration = Integration.objects.get()
    assert integration.current.number == 2
    assert integration.current.definition["prompt"]["tone"] == "short and dry"
    assert not Draft.objects.exists()


def test_a_change_that_was_not_seen_is_not_put_into_force(client, builder):
    apply([read_text((EXAMPLES / "follow-up-new-leads.yaml").read_text())])
    address = "/integrations/follow-up-new-leads/build/"
    pressed(client, address, tone="dry")
    seen = Draft.objects.get().revision
    pressed(client, address, tone="loud")

    client.post(f"{address}changes/", {"revision": seen})

    assert Integration.objects.get().current.number == 1


def test_the_coach_stands_beside_what_it_means_and_its_rule_can_be_taken(client, builder):
    address = begun(client, "nothing")
    pressed(client, address, "source", start="hubspot-main contact_created")
    pressed(client, address, "add-answer", task="Write a short e-mail to a new lead.")
    page = pressed(client, address, **{"a-0-max": ""})
    page = client.get(address).content.decode()

    pressed(client, address, "add-rule:At most 120 words.")

    assert "Add this rule" in page
    assert "At most 120 words." in Draft.objects.get().source
    assert "Add this rule" not in client.get(address).content.decode()


def test_an_answer_takes_the_choices_of_an_apps_own_field(client, builder):
    address = begun(client, "note")
    pressed(client, address, "add-answer")
    pressed(client, address, **{"a-1-name": "intent", "a-1-kind": "from:hubspot-main.contact.lead_intent"})

    looked = drafts.look(Draft.objects.get().source)

    assert looked.faults == ()
    assert looked.definition.answer["intent"] == {
        "type": "choice",
        "from": "hubspot-main.contact.lead_intent",
    }


def test_a_taken_name_is_named_and_the_other_integration_stays_as_it_is(client, builder):
    pressed(client, begun(client, "note"), "on", name="Note for sales")
    address = begun(client, "follow-up")

    answer = pressed(client, address, "on", name="Note for sales")

    assert answer.status_code == 422
    assert "There is an integration" in answer.content.decode()
    assert Integration.objects.get().versions.count() == 1


def test_an_app_that_cannot_be_asked_leaves_the_page_usable(client, builder, house):
    address = begun(client, "follow-up")
    from signoff.connections.models import Connection

    Connection.objects.filter(name="hubspot-main").update(base_url="http://127.0.0.1:9")
    offers.forget()

    page = client.get(address)

    assert page.status_code == 200
    assert "could not be asked for its fields" in page.content.decode()


def test_throwing_a_draft_away_keeps_what_is_in_force(client, builder):
    apply([read_text((EXAMPLES / "follow-up-new-leads.yaml").read_text())])
    address = "/integrations/follow-up-new-leads/build/"
    pressed(client, address, tone="dry")

    client.post(f"{address}forget/")

    assert not Draft.objects.exists()
    assert Integration.objects.get().current.number == 1


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_who_may_not_build_cannot_open_or_change_a_draft(client, builder, role):
    address = begun(client, "note")
    client.force_login(world.person(role, "Vera Holm"))

    assert client.get(address).status_code == 403
    assert client.post(address, {"do": "on"}).status_code == 403
    assert client.post("/integrations/new/", {"start": "note"}).status_code == 403
    assert Draft.objects.count() == 1


def answer_of(draft=None):
    return drafts.data_of((draft or Draft.objects.get()).source)["answer"]


@pytest.mark.parametrize(
    ("kind", "controls", "block"),
    [
        ("text", {"max": "1,200", "format": "html"}, {"type": "text", "max": 1200, "format": "html"}),
        ("choice", {"options": "a\nb", "unsure": "yes"}, {"type": "choice", "options": ["a", "b"], "unsure": True}),
        ("choices", {"options": "a\nb", "count": "1"}, {"type": "choices", "options": ["a", "b"], "max": 1}),
        ("number", {"least": "0", "most": "2.5", "unit": "kg"}, {"type": "number", "min": 0, "max": 2.5, "unit": "kg"}),
        ("number", {"most": "1,000", "whole": "yes"}, {"type": "number", "max": 1000, "integer": True}),
        ("money", {"currency": "eur", "most": "99,50"}, {"type": "money", "currency": "EUR", "max": 99.5}),
        ("datetime", {"zone": "Europe/Berlin"}, {"type": "datetime", "zone": "Europe/Berlin"}),
        ("phone", {"country": "de"}, {"type": "phone", "country": "DE"}),
        ("date", {"max": "5", "currency": "EUR"}, "date"),
    ],
)  # fmt: skip
def test_each_kind_of_answer_is_set_on_the_page_and_fits_its_form(client, builder, kind, controls, block):
    address = begun(client, "note")

    pressed(
        client,
        address,
        **{"a-0-name": "x", "a-0-kind": kind},
        **{f"a-0-{name}": v for name, v in controls.items()},
    )

    assert answer_of()["x"] == block
    assert [
        fault for fault in drafts.look(Draft.objects.get().source).faults if fault.path[0] == "answer"
    ] == []
    pressed(client, address)
    assert answer_of()["x"] == block


def test_what_is_no_number_stays_as_it_was_written_and_is_named_as_wrong(client, builder):
    address = begun(client, "note")

    page = pressed(client, address, "on", **{"a-0-kind": "number", "a-0-most": "a lot"}).content.decode()

    assert "must be a number" in page
    assert 'value="a lot"' in page


def test_another_kind_leaves_behind_what_only_the_one_before_had(client, builder):
    address = begun(client, "note")
    pressed(client, address, **{"a-0-kind": "money", "a-0-currency": "EUR", "a-0-about": "what they pay"})

    pressed(client, address, **{"a-0-kind": "number"})

    assert next(iter(answer_of().values())) == {"type": "number", "about": "what they pay"}


def test_a_table_of_rows_is_built_column_by_column(client, builder):
    address = begun(client, "note")
    pressed(client, address, "add-column:0", **{"a-0-name": "wishes", "a-0-kind": "rows", "a-0-count": "3"})
    pressed(client, address, "add-column:0", **{"a-0-c-0-name": "what"})
    pressed(client, address, **{"a-0-c-1-name": "count", "a-0-c-1-kind": "number", "a-0-c-1-least": "1"})

    assert answer_of()["wishes"] == {
        "type": "rows",
        "max": 3,
        "columns": {"what": {"type": "text", "max": 100}, "count": {"type": "number", "min": 1}},
    }
    pressed(client, address, "drop-column:0:0", **{"a-0-c-0-name": "renamed meanwhile"})
    assert list(answer_of()["wishes"]["columns"]) == ["count"]
    assert client.get(address).content.decode().count('name="a-0-c-0-kind"') == 1


def test_a_table_without_columns_says_at_its_field_what_is_missing(client, builder):
    address = begun(client, "note")

    page = pressed(client, address, "on", **{"a-0-kind": "rows"}).content.decode()

    assert "must name at least one field" in page.split('<fieldset class="row one">')[1]


def test_a_field_that_was_renamed_is_the_one_that_is_taken_out(client, builder):
    address = begun(client, "follow-up")

    pressed(client, address, "drop-answer:0", **{"a-0-name": "headline"})

    assert list(answer_of()) == ["body"]


def test_pictures_are_chosen_from_the_record_or_named(client, builder):
    address = begun(client, "answer-form")
    pressed(client, address, more_fields="card, name")

    pressed(client, address, picture=["card"], more_pictures="photo, card")

    data = drafts.data_of(Draft.objects.get().source)
    assert data["prompt"]["pictures"] == ["card", "photo"]
    page = client.get(address).content.decode()
    assert '<input type="checkbox" name="picture" value="photo" checked>' in page
    pressed(client, address, picture=[])
    assert "pictures" not in drafts.data_of(Draft.objects.get().source)["prompt"]


def test_a_draft_may_take_hours_where_the_ai_takes_batches(client, builder):
    address = begun(client, "follow-up")
    pressed(client, address, may_take="4h")

    assert drafts.data_of(Draft.objects.get().source)["limits"]["may_take"] == "4h"
    page = client.get(address).content.decode()
    assert '<option value="4h" selected>' in page
    Connection.objects.filter(app="openai").update(settings={"provider": "groq"})
    assert (
        '<option value="4h" selected>' in client.get(address).content.decode()
    )  # or nobody could take it out
    pressed(client, address, may_take="")
    assert 'name="may_take"' not in client.get(address).content.decode()
    assert "may_take" not in drafts.data_of(Draft.objects.get().source)["limits"]


BY_FILE = """\
name: odd
record: {when: webhook, fields: [message]}
prompt: {ai: openai-main, model: gpt-4o, task: Sum the message up., pictures: [card]}
answer:
  total: {type: money, currency: EUR, min: 5.0, max: 10, label: Total, optional: true}
  wishes: {type: rows, min: 1, max: 3, columns: {what: {type: text, min: 2, max: 80, about: the thing}, seats: number,
           kind: {type: choice, options: {a: One, b: Two}, unsure: false}}}
  at: {type: datetime, zone: Europe/Berlin}
  text: {type: text, min: 3, format: markdown}
  tags: {type: choices, options: [x, y], min: 1}
  weight: {type: number, unit: kg, integer: false, min: -1.5}
  call: {type: phone, country: DE}
then:
- hubspot-main.add_note: {contact: {email: record.email}, body: answer.text}
limits: {may_take: 24h}
"""


def test_saving_a_page_changes_nothing_of_a_file_that_says_everything(client, builder):
    draft = drafts.begin_with(BY_FILE, builder)

    pressed(client, f"/integrations/drafts/{draft.pk}/")

    draft.refresh_from_db()
    assert drafts.data_of(draft.source) == {"review": {}, **read_text(BY_FILE).data}


REVIEW_BY_FILE = """\
name: careful
record: {when: webhook, fields: [message], expect: 5 per weekday}
prompt: {ai: openai-main, model: gpt-4o, task: Sum the message up.}
answer:
  text: {type: text, max: 400}
review:
  by: [sales]
  assign: in turn
  due_in: 90m
  four_eyes: yes
  ask: email
  autopilot: {error_below: 3 %, audit: 15%}
  planted: 4%
then:
- hubspot-main.add_note: {contact: {email: record.email}, body: answer.text}
"""


def test_saving_a_page_changes_nothing_of_who_decides(client, builder):
    draft = drafts.begin_with(REVIEW_BY_FILE, builder)
    address = f"/integrations/drafts/{draft.pk}/"
    page = client.get(address).content.decode()

    pressed(client, address)

    draft.refresh_from_db()
    assert drafts.data_of(draft.source) == read_text(REVIEW_BY_FILE).data
    assert '<option value="90m" selected>90 minutes' in page


def test_who_decides_is_built_in_an_owners_words_and_is_what_a_file_says(client, builder):
    for mail in ("rui@example.test", "ada@example.test"):
        Person.objects.add(mail, None, "reviewer", mail.split("@")[0])
    Person.objects.filter(role="reviewer").update(groups_csv="sales")
    address = begun(client, "answer-form")

    pressed(
        client, address, name="Careful", by="sales", assign="in turn", due_in="4h", four_eyes="yes", planted="5%",
        autopilot="5%", audit="20%", expect_per="day", expect_count="12",
    )  # fmt: skip
    answer = pressed(client, address, "on")

    assert answer.status_code == 303, answer.content.decode()
    made = Integration.objects.get(name="careful").current
    review = read_text(made.source).data["review"]
    assert review == {
        "by": ["sales"], "assign": "in turn", "due_in": "4h", "four_eyes": True, "planted": "5%",
        "autopilot": {"error_below": "5%", "audit": "20%"},
    }  # fmt: skip
    assert read_text(made.source).data["record"]["expect"] == "12 a day"
    address = "/integrations/careful/build/"
    sent = sent_by(client.get(address).content.decode())
    assert sent.pop("four_eyes") == ["yes"]
    off = {"assign": "", "due_in": "", "planted": "", "autopilot": "", "expect_per": "off"}
    client.post(address, sent | off | {"do": "save"})
    after = drafts.data_of(Draft.objects.get().source)
    assert after["review"] == {"by": ["sales"]}
    assert after["record"]["expect"] == "off"


def test_what_is_wrong_with_who_decides_stands_in_its_step(client, builder):
    address = begun(client, "answer-form")

    answer = pressed(client, address, "on", assign="contact owner", expect_per="week", expect_count="many")
    page = answer.content.decode()

    assert answer.status_code == 422
    step = page[page.index('id="step-review"') :]
    assert "contact owner" in step[: step.index("</section>")]
    first = page[page.index('id="step-record"') : page.index('id="step-prompt"')]
    assert "must be how many should come at least" in first
    assert '<option value="as written" selected>many a week' in first
    pressed(client, address)
    assert drafts.data_of(Draft.objects.get().source)["record"]["expect"] == "many a week"


def test_an_answer_that_goes_back_is_built_as_it_is_written(client, builder, house):
    address = begun(client, "answer-form")
    while "drop-step:0" in client.get(address).content.decode():
        pressed(client, address, "drop-step:0")

    pressed(client, address, "add-step", action="reply")
    assert "Give the answer back" in client.get(address).content.decode()
    pressed(client, address, "add-step", action="hubspot-main.add_note")
    pressed(client, address, "drop-step:0")
    answer = pressed(client, address, "on", name="Sign off")

    assert answer.status_code == 303, answer.content.decode()
    definition = Integration.objects.get().current.definition
    assert (definition["then"], definition["reply"]) == ([], True)


def test_what_another_program_asks_for_is_begun_and_turned_on_by_two_presses(client, builder):
    """As the page on n8n says; the file is not looked at."""
    address = begun(client, "sign-off")

    pressed(client, address, "on")

    integration = Integration.objects.get()
    assert (integration.name, integration.is_on) == ("sign-off-replies", True)

"""Which approved answers the AI is shown for a record, and that nobody is in them."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from django.db import connection

from signoff.connections.client import named
from signoff.core import clock
from signoff.engine import verbs
from signoff.examples import meaning, shelf
from signoff.examples.choose import again, chosen
from signoff.integrations.definition import definition_of
from signoff.integrations.models import Version
from signoff.review.models import Review
from signoff.review.opening import content_hash
from signoff.runs.models import Run
from signoff.runs.prompting import prompt_for
from signoff.runs.retention import forget
from signoff.runs.work import Work

pytestmark = pytest.mark.django_db

ANSWER = {
    "subject": "Your question",
    "body": "Hello, thank you for your message. Best, Priya",
    "intent": "demo",
}


@pytest.fixture(autouse=True)
def words_decide(monkeypatch):
    monkeypatch.setattr(meaning, "model", lambda: None)


@pytest.fixture
def three(house):
    """The house's integration, which shows the AI three examples."""
    text = house.integration.current.source.replace("  ai: openai-main", "  ai: openai-main\n  examples: 3")
    from signoff.integrations.file import read_text

    assert verbs.put_into_force([read_text(text)]).faults == []
    house.integration.refresh_from_db()
    return house


def reviewed(house, record, answer=None, verdict="approved", version=None, **values):
    """Return a run that a person has decided on a while ago."""
    number = Run.objects.count() + 1
    way = "abcdefghijklmnopqrstuvwxyz"[number % 26] * 5  # no two answers are alike
    content = {**ANSWER, "body": f"{ANSWER['body']} {way}", **(answer or {})}
    now = clock.now()
    run = Run.objects.create(
        integration=house.integration, version=version or house.integration.current, dedupe_key=f"test {number}",
        object_id=f"object {number}", record=record, state=Run.State.DONE, answer=content, received_at=now,
        changed_at=now, finished_at=now,
    )  # fmt: skip
    rejected = verdict == "rejected"
    Review.objects.create(
        run=run, state=Review.State.DECIDED, content=content, content_hash=content_hash(content), verdict=verdict,
        reason="tone" if rejected else "", decided_content=None if rejected else content, created_at=now,
        decided_at=values.get("decided_at", now), undo_until=values.get("undo_until", now - timedelta(seconds=1)),
    )  # fmt: skip
    shelf.forget_all()
    return run


def lead(firstname, message, **more):
    name = firstname.lower()
    return {"firstname": firstname, "email": f"{name}@{name}-clinic.example", "message": message, **more}


def for_record(house, record, examples=None, **run):
    definition, contract = definition_of(house.integration.current_id)
    if examples is not None:
        prompt = definition.prompt.model_copy(update={"examples": examples})
        definition = definition.model_copy(update={"prompt": prompt})
    new = Run(
        integration=house.integration, version=house.integration.current, record=record, received_at=clock.now(),
        changed_at=clock.now(), **run,
    )  # fmt: skip
    return chosen(Work(new, definition, contract, named(definition.prompt.ai)))


def runs_for(house, record, **more):
    return [one.run for one in for_record(house, record, **more)]


def test_the_likest_approved_answers_are_chosen_the_likest_last(three):
    hours = reviewed(three, lead("Ann", "When do you open on weekends, and is there parking?"))
    reviewed(three, lead("Bob", "Can I get a refund of my invoice?"))
    both = reviewed(three, lead("Cem", "Is there parking, and when do you open on weekends and holidays?"))

    found = runs_for(
        three, lead("Dan", "Do you open on weekends and holidays? Is there parking?"), examples=2
    )

    assert found == [hours.pk, both.pk]


def test_none_are_chosen_where_none_are_asked_for(three):
    reviewed(three, lead("Ann", "When do you open?"))

    assert runs_for(three, lead("Dan", "When do you open?"), examples=0) == []


def test_a_persons_edit_is_the_answer(three):
    run = reviewed(three, lead("Ann", "When do you open?"), verdict="edited")
    Review.objects.filter(run=run).update(content={**ANSWER, "subject": "As the AI wrote it"})

    (one,) = for_record(three, lead("Dan", "When do you open?"))

    assert json.loads(one.text)["subject"] == ANSWER["subject"]


@pytest.mark.parametrize(
    "how",
    [
        {"verdict": "rejected"},
        {"undo_until": clock.now() + timedelta(days=1)},  # a person may still take it back
        {"answer": {"intent": "no choice of today's"}},
        {"answer": {"subject": "x" * 200}},  # longer than the form of today allows
    ],
)
def test_what_was_not_approved_for_good_or_does_not_fit_any_more_is_never_shown(three, how):
    reviewed(three, lead("Ann", "When do you open?"), **how)

    assert runs_for(three, lead("Dan", "When do you open?")) == []


@pytest.mark.parametrize(
    "record",
    [
        lead("Ann", "Something else, from the same address"),
        {"firstname": "Annette", "email": "ANN@ann-clinic.example", "message": "Parking?"},
        {"firstname": "A", "phone": "+49 (0)30 123 45 67", "message": "Parking?"},
        {"firstname": "Ann", "lastname": "Lindqvist", "message": "Parking?"},
    ],
    ids=["address", "address in capitals", "phone", "whole name"],
)
def test_an_answer_to_the_same_customer_is_never_an_example(three, record):
    reviewed(three, lead("Ann", "When do you open?", lastname="Lindqvist", phone="030 1234567"))
    other = reviewed(three, lead("Bob", "Is there parking?"))

    assert runs_for(three, record) == [other.pk]


def test_a_run_is_no_example_for_itself_nor_for_its_repetition(three):
    run = reviewed(three, {"message": "When do you open?"})

    assert runs_for(three, {"message": "When do you open?", "note": "again"}, replay_of=run) == []
    assert runs_for(three, {"message": "When do you open?"}) == []  # the same words, from whomever


def test_our_own_address_in_every_record_makes_nobody_the_same_customer(three):
    for number in range(12):
        reviewed(three, lead(f"Person{number}", "When do you open?", source="desk@shop.example"))

    assert len(runs_for(three, lead("Dan", "When do you open?", source="desk@shop.example"))) == 3


def test_what_is_erased_vanishes_at_once(three):
    run = reviewed(three, lead("Ann", "When do you open?"))
    assert runs_for(three, lead("Dan", "When do you open?")) == [run.pk]

    forget([run.pk])  # the shelf in memory has not looked since

    assert runs_for(three, lead("Dan", "When do you open?")) == []


def test_what_a_person_takes_back_vanishes_at_once(three):
    run = reviewed(three, lead("Ann", "When do you open?"))
    runs_for(three, lead("Dan", "When do you open?"))

    Review.objects.filter(run=run).update(state="waiting", verdict="")

    assert runs_for(three, lead("Dan", "When do you open?")) == []


def test_a_newer_version_is_preferred_among_equals(three):
    question = "When do you open?"
    first = Version.objects.get(integration=three.integration, number=1)
    newer = reviewed(three, lead("Ann", question), answer={"body": "Hello, this is how we say it now."})
    reviewed(three, lead("Bob", question), answer={"body": "Hello, this is how we said it."}, version=first)

    assert runs_for(three, lead("Dan", question), examples=1) == [newer.pk]


def test_nothing_of_the_customer_is_in_an_example(three):
    body = (
        "Hi Ann,\n\nthank you for your message about Harbor Dental. With 12 dentists the Team plan fits, and we call "
        "you at 030 1234567. Your reference is HD-4471.\n\nBest,\nPriya"
    )
    record = lead(
        "Ann", "We are 12 dentists in Lyme.", lastname="Lindqvist", company="Harbor Dental", phone="030 1234567",
        ticket="HD-4471",
    )  # fmt: skip
    reviewed(three, record, answer={"body": body, "subject": "Ann, your plan"})

    (one,) = for_record(three, lead("Dan", "How much for 3 dentists?"))

    for word in ("Ann", "Harbor", "030", "1234567", "4471", "12"):
        assert word not in one.text
    shown = json.loads(one.text)
    assert shown["subject"] == "[first name], your plan"
    assert shown["body"].startswith("Hi [first name],\n\nthank you for your message about [company].")
    assert shown["intent"] == "demo"
    assert "Priya" in shown["body"]  # the owner's own words


def test_a_word_that_several_customers_use_is_nobodys(three):
    answer = {"body": "Hello, the gearbox is in stock. Best, Priya"}
    reviewed(three, lead("Ann", "Is the gearbox there?"), answer=answer)
    assert "gearbox" not in for_record(three, lead("Dan", "Is the clutch there?"))[0].text

    reviewed(three, lead("Bob", "A gearbox, please"))
    reviewed(three, lead("Cem", "Need one gearbox"))

    assert any("gearbox" in one.text for one in for_record(three, lead("Dan", "Is the gearbox there?")))


def test_a_name_is_nobodys_word_however_many_are_called_so(three):
    for number, name in enumerate(("Ann", "Bob", "Cem", "Eva")):
        record = lead(f"{name}", "Ask for Zelmira at the door, please", contact_name=f"Zelmira {number}")
        reviewed(three, record, answer={"body": f"Hello, we ask for Zelmira. {number}"})

    assert not any("Zelmira" in one.text for one in for_record(three, lead("Dan", "Who is at the door?")))


def test_a_run_keeps_which_examples_it_was_shown(three, work_off, practice, client):
    first = reviewed(
        three, lead("Ann", "When do you open?"), answer={"body": "Hello, this is our way. Best, Priya"}
    )
    (run_id,) = three.receive(three.lead())
    work_off()

    run = Run.objects.get(pk=run_id)
    assert run.examples == [first.pk]
    assert f"Of run {first.pk}, with nothing of their customers in it." in [
        one["more"] for one in run.timeline
    ]
    definition, contract = definition_of(run.version_id)
    examples = again(run, definition, contract)
    assert [one.run for one in examples] == [first.pk]
    prompt, _ = prompt_for(definition, contract, run.record, examples=examples)
    assert "this is our way" in prompt.messages[1].text
    asked = practice.books("openai")["answered"][-1]
    assert asked["prompt_tokens"] > prompt.estimated_tokens() * 0.8  # and the AI has read them
    client.force_login(three.owner)
    page = client.get(f"/history/{run.pk}/prompt/").content.decode()
    assert f'<a href="/history/{first.pk}/">Run {first.pk}</a>' in page
    assert "this is our way" in page

    forget([first.pk])

    assert again(run, definition, contract) == ()
    page = client.get(f"/history/{run.pk}/prompt/").content.decode()
    assert "1 has been erased since" in page
    assert "this is our way" not in page


@pytest.mark.parametrize("meaning_of", [{"invoice": [1.0, 0.0], "opening": [0.0, 1.0]}])
def test_a_model_for_likeness_puts_the_likest_by_meaning_first(three, monkeypatch, meaning_of):
    """The model itself is not installed here; what stands in for it tells two meanings apart."""

    class Model:
        def passage(self, text):
            return meaning_of["invoice" if "bill" in text or "invoice" in text else "opening"]

    monkeypatch.setattr(meaning, "model", Model)
    meaning.forget()
    bill = reviewed(
        three, lead("Ann", "The bill is wrong"), answer={"body": "Hello, about money. Best, Priya"}
    )
    reviewed(three, lead("Bob", "Where is my parcel, please?"))

    assert runs_for(three, lead("Dan", "Where is my invoice, please?"), examples=1) == [bill.pk]


def test_one_hundred_thousand_reviewed_runs_cost_no_more_than_the_latest(three):
    run = reviewed(three, lead("Ann", "When do you open?"))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO runs_run (integration_id, version_id, dedupe_key, object_id, label, record, state, answer,
                timeline, received_at, changed_at)
            SELECT integration_id, version_id, 'many ' || n, 'many ' || n, '', jsonb_build_object('firstname', 'N' || n,
                'email', 'n' || n || '@example.test', 'message', 'Question ' || n || ' about topic ' || n %% 97),
                'done', answer, '[]', now(), now()
            FROM runs_run, generate_series(1, 100000) AS n WHERE id = %s
            """,
            [run.pk],
        )
        cursor.execute(
            """
            INSERT INTO review_review (run_id, state, by, content, content_hash, verdict, reason, decided_content,
                created_at, decided_at, undo_until)
            SELECT id, 'decided', '[]', answer, '', 'approved', '', answer, now(), now(), now() - interval '1 minute'
            FROM runs_run WHERE dedupe_key LIKE 'many %%'
            """
        )
        cursor.execute("ANALYZE runs_run, review_review")
    shelf.forget_all()

    begun = time.process_time()
    found = for_record(three, lead("Dan", "A question about topic 5"))
    first = time.process_time() - begun
    begun = time.process_time()
    for_record(three, lead("Dan", "A question about topic 5"))
    then = time.process_time() - begun

    assert found
    assert len(shelf.shelf_of(three.integration.pk).entries) == shelf.LATEST
    assert first < 5, f"{first:.2f} s"
    assert then < 0.25, f"{then:.3f} s"

"""What the checks promise an owner, each as one sentence."""

from __future__ import annotations

import time
from datetime import date

import pytest

from signoff.checks.findings import Finding, findings, to_json
from signoff.checks.tests.labelled import OWN, STRANGERS, load

PRACTICE = {
    "firstname": "Dana",
    "company": "Bright Smile Dental",
    "dentists": 8,
    "employees": 12,
    "parking": False,
    "budget": None,
    "phone": "+49 30 1234567",
    "email": "dana@bright-smile.de",
    "price": 4180,
    "currency": "EUR",
    "meeting": "2025-06-03",
    "opening_hours": {"mon-fri": "9:00-17:00", "sat": "closed", "sun": "closed"},
    "services": ["Cleaning", "Whitening", "Implants"],
    "status": "pending",
}


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in findings(answer, record, facts)]


def only(answer: str, record: object, facts: object = None) -> Finding:
    found = findings(answer, record, facts)
    assert len(found) == 1, found
    return found[0]


def test_a_number_is_compared_with_the_field_it_speaks_about() -> None:
    finding = only("You have 12 dentists.", PRACTICE)

    assert (finding.text, finding.kind, finding.field, finding.record_value) == (
        "12 dentists",
        "contradicts",
        "dentists",
        "8",
    )
    assert finding.why == "The record says: Dentists 8."


@pytest.mark.parametrize(
    "answer",
    [
        "You have 8 dentists and 12 employees.",
        "The price is 4.180,00 €.",
        "The price is €4,180.",
        "The price is EUR 4180.00.",
        "Call us back on 030 1234567.",
        "Our meeting is on Tuesday 3 June 2025.",
        "Unser Termin ist am 3. Juni 2025.",
        "We are open from 9am to 5pm on Mondays.",
        "We are closed on Saturdays.",
        "There is no parking.",
        "I have one question: does the practice open at weekends?",
        "Would Thursday at 10:00 suit you?",
        "I look forward to hearing from you.",
        "We will get back to you.",
        "Happy to help with either of the two options.",
    ],
)
def test_what_the_record_bears_out_is_left_alone(answer: str) -> None:
    assert findings(answer, PRACTICE) == []


@pytest.mark.parametrize(
    ("answer", "text", "kind", "field"),
    [
        ("The price is 4.810 €.", "4.810 €", "contradicts", "price"),
        ("Our practice offers parking.", "parking", "contradicts", "parking"),
        ("Your budget is 5,000 EUR.", "5,000 EUR", "empty in the record", "budget"),
        ("Our meeting is on 4 June 2025.", "4 June 2025", "contradicts", "meeting"),
        ("We are open on Saturdays.", "Saturdays", "contradicts", "opening_hours.sat"),
        ("Hi Diana,\n\nthank you.", "Diana", "contradicts", "firstname"),
        ("Your order has been shipped.", "has been shipped", "contradicts", "status"),
        ("We offer cleaning, whitening and orthodontics.", "orthodontics", "not in the record", "services"),
        ("Write to dana@brightsmile.de.", "dana@brightsmile.de", "contradicts", "email"),
        ("Best, [Your Name]", "[Your Name]", "not in the record", ""),
        ("You get a 20% discount.", "20% discount", "promise", ""),
        ("We can switch you over in two days.", "We can switch you over in two days", "promise", ""),
    ],
)
def test_what_the_record_does_not_bear_out_is_found(answer: str, text: str, kind: str, field: str) -> None:
    finding = only(answer, PRACTICE)

    assert text in finding.text
    assert (finding.kind, finding.field) == (kind, field)


def test_a_fact_supports_a_promise() -> None:
    facts = {"setup": "Set-up takes two days.", "discount": "20% in the first year"}

    assert texts("We can set you up in two days, with a 20% discount.", PRACTICE, facts) == []


def test_a_customers_own_words_do_not_make_a_discount_ours() -> None:
    record = {"name": "Dana", "message": "Can I get a discount of 20%?"}

    assert texts("Hi Dana, you get a discount of 20%.", record) != []


@pytest.mark.parametrize(
    ("answer", "record"),
    [
        ("4 chairs at €89.00 come to €356.00.", {"item": "Chair", "quantity": 4, "price": "89.00 EUR"}),
        ("Your stay of four nights", {"check_in": "2026-06-05", "check_out": "2026-06-09"}),
        ("It takes 30 minutes.", {"duration_hours": 0.5}),
        ("Los 3 servicios", {"servicios": ["a", "b", "c"]}),
        ("It is a Friday.", {"date": "2026-06-05"}),
    ],
)
def test_what_follows_from_the_record_is_supported(answer: str, record: object) -> None:
    assert texts(answer, record) == []


def test_an_answer_of_several_fields_says_where_each_finding_is() -> None:
    answer = {"subject": "For your 12 dentists", "body": "Hi Dana", "rows": [{"note": "12 dentists"}]}

    found = findings(answer, PRACTICE)

    assert [finding.where for finding in found] == ["subject", "rows[0].note"]
    assert to_json(found[0])["in"] == "subject"
    assert "in" not in to_json(findings("12 dentists", PRACTICE)[0])


def test_a_letter_may_bear_the_day_it_is_written() -> None:
    answer = "Berlin, 23 November 2026\n\nHi Dana"
    record = {"firstname": "Dana", "city": "Berlin", "meeting": "2026-12-01"}

    assert findings(answer, record, today=date(2026, 11, 23)) == []


def test_labelled_spans_are_what_they_say() -> None:
    for case in [case for name in (*OWN, *STRANGERS) for case in load(name)]:
        for fault in case["faults"]:
            assert case["answer"][fault["start"] : fault["end"]] == fault["text"]


def figures(name: str) -> tuple[float, float, float]:
    """Return how many marks are right, how many faults are touched, and how many good answers are marked."""
    hits = wrong = touched = faults = good = flagged = 0
    for case in load(name):
        found = findings(case["answer"], case["record"], case.get("facts"))
        near = [f for f in found if any(f.start < x["end"] and x["start"] < f.end for x in case["faults"])]
        hits, wrong = hits + len(near), wrong + len(found) - len(near)
        faults += len(case["faults"])
        touched += sum(any(f.start < x["end"] and x["start"] < f.end for f in found) for x in case["faults"])
        good += not case["faults"]
        flagged += not case["faults"] and bool(found)
    return hits / (hits + wrong), touched / faults, flagged / good


@pytest.mark.parametrize(
    ("name", "least_right", "least_touched", "most_marked"),
    [
        ("tuned", 0.95, 0.89, 0.02),
        ("held_out", 0.93, 0.94, 0.03),
        ("unseen", 0.78, 0.48, 0.07),
        ("unseen_short", 0.80, 0.45, 0.09),
    ],
)
def test_the_figures_get_no_worse(name, least_right, least_touched, most_marked):
    """What they are, and how often each was looked at, stands in docs/checks.md."""
    right, touched, marked = figures(name)

    assert right >= least_right
    assert touched >= least_touched
    assert marked <= most_marked


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000,
        "a " * 50_000,
        "12 dentists, " * 7_500,
        "[" * 100_000,
        "{{" * 50_000,
        "Mon-Fri 9:00-17:00 " * 5_000,
        "Anna Berta Clara " * 6_000,
        "€1,000.00 per month " * 5_000,
        "www." * 25_000,
        "a@" * 50_000,
        "\n- " * 33_000,
        "free " * 20_000,
        "0" + " 1" * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_very_long_answer_does_not_hold_up_the_rest(text: str) -> None:
    began = time.process_time()  # what else the machine does is not its fault

    findings(text, PRACTICE)

    assert time.process_time() - began < 10  # about one second


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("We want to start on 1 March. 24 dentists, 105 bookings.", "I have noted 1 March, and 24 dentists."),
        ("Wir beginnen am 1. März. 24 Zahnärzte, 105 Termine.", "Notiert: 1. März, 24 Zahnärzte."),
        ("Nous commençons le 1 mars. 24 dentistes.", "C'est noté : le 1 mars, 24 dentistes."),
    ],
)
def test_a_full_stop_after_a_month_ends_the_sentence(message, answer):
    assert findings(answer, {"message": message}) == []

"""What is told of what the readers doubt: the weights, and that they are those of the answers beside them."""

from __future__ import annotations

import json

import pytest

from signoff.checks.bearing import Bearing
from signoff.checks.doubting import doubts_of
from signoff.checks.findings import findings
from signoff.checks.parts import parts_of
from signoff.checks.reading import Reading
from signoff.checks.reckoned import IN_THE_ANSWER, IN_THE_RECORD, NOWHERE, Reckoned
from signoff.checks.record import Record
from signoff.checks.signs import Evidence
from signoff.checks.tests.labelled import authors, digest
from signoff.checks.weighing import FILE, WALKED, Weights, own_weights

RECORD = {
    "customer": {"first_name": "Dana", "last_name": "Kern", "phone": None},
    "booking": {
        "room": "Lake view",
        "nights": 3,
        "price_per_night": 120,
        "parking": False,
        "pets_allowed": False,
    },
    "message": "Is there a place for our car?",
}


def test_the_weights_were_learned_from_the_answers_beside_them():
    """Whoever changes the answers runs `bench/weigh_checks.py --write`."""
    told = json.loads(FILE.read_text(encoding="utf-8"))

    assert told["made_of"] == digest(authors("strangers"))


def test_the_same_answer_weighs_the_same():
    answer = "Dear Dana, parking is included, and three nights are 360 €. We upgrade you to a suite for free."

    assert findings(answer, RECORD) == findings(answer, RECORD)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Dear Dana, parking is included in the price.", "parking is included"),
        (
            "Hello Dana, we have already moved your booking to the weekend, and we upgrade you to a suite for free.",
            "for free",
        ),
    ],
)
def test_what_is_not_borne_out_is_told(answer, words):
    told = findings(answer, RECORD)

    assert any(one.start < answer.index(words) + len(words) and answer.index(words) < one.end for one in told)
    assert all(answer[one.start : one.end] == one.text and one.why for one in told)


@pytest.mark.parametrize(
    "answer",
    [
        "Dear Dana,\n\nthank you for your message. Three nights at 120 € are 360 €.\n\nKind regards",
        "Hello Dana, I am afraid there is no parking here. Shall I look for a car park nearby?",
    ],
)
def test_a_good_answer_is_left_alone(answer):
    assert findings(answer, RECORD) == []


def test_a_mark_that_no_reader_made_names_what_was_looked_for_in_vain():
    reading = Reading(
        "There is a heated swimming pool for our guests.", Record({"rooms": 12, "guests": 2}), None
    )
    (part,) = parts_of(reading)
    evidence = Evidence(reading, [], own_weights().common, own_weights().records)

    assert evidence.not_found(part) == ["heated", "swimming", "pool"]


def test_a_word_is_borne_out_by_its_form_its_idea_and_what_it_is_put_together_with():
    bearing = Bearing(Record({"parking": "yes", "room": "Schlüsselkasten"}), {}, 100)

    assert bearing.borne("parking").way == "form"
    assert bearing.borne("parkplatz").way == "idea"
    assert bearing.borne("schlusselkastencode").way in ("beginning", "compound")
    assert bearing.borne("elephant").sureness == 0
    assert bearing.rareness("elephant") == 1
    assert Bearing(Record({}), {"and": 100}, 100).rareness("and") < 0.01


def test_a_number_is_the_nearer_at_hand_the_less_it_is_made_of():
    reading = Reading("3 nights at 120 € are 360 €. The deposit is 271 €.", Record(RECORD), None)
    reckoned = Reckoned(reading, Bearing(reading.record, {}, 100))
    made = {round(claim.values[0]): reckoned.number(claim) for claim in reading.claims}

    assert made[360] in (IN_THE_ANSWER, IN_THE_RECORD)
    assert made[271] == NOWHERE


def test_the_weights_are_whole():
    weights = own_weights()

    assert set(weights.kinds) == {"contradicts", "not in the record", "empty in the record", "promise"}
    assert len(json.loads(FILE.read_text(encoding="utf-8"))["trees"]) > 100
    assert weights.records > 500


def test_a_place_left_to_fill_in_is_told_whatever_it_weighs():
    told = findings("Dear Dana, three nights at 120 € are 360 €.\n\nKind regards,\n[Your Name]", RECORD)

    assert [one.text for one in told] == ["[Your Name]"]


def test_trees_that_are_walked_say_what_compiled_ones_do():
    weights, again = own_weights(), Weights(json.loads(FILE.read_text(encoding="utf-8")))
    reading = Reading(
        "3 nights at 120 € are 371 €. The dog sleeps in the garden, free of charge.", Record(RECORD), None
    )
    parts = parts_of(reading)
    signs = Evidence(reading, doubts_of(reading), weights.common, weights.records, weights.pairs).signs(parts)

    walked = again.chances(parts, signs)
    for _ in range(WALKED):  # until they are compiled
        compiled = again.chances(parts, signs)
    at_once = Weights(json.loads(FILE.read_text(encoding="utf-8")))
    at_once.compile()
    at_once.compile()  # says the same, however often

    assert walked == compiled == at_once.chances(parts, signs)
    assert len({*walked}) > 1

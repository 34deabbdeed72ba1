"""The practice AI finds the record in a prompt, however the prompt is built."""

from __future__ import annotations

import json

import pytest

from signoff_sandbox.ai.reading import read

DANA = {"firstname": "Dana", "company": "Whitfield Dental", "message": "We are 8 dentists."}
LINES = "firstname: Dana\ncompany: Whitfield Dental\nmessage: We are 8 dentists."
REPAIR = (
    "user",
    "That answer cannot be used:\n- subject: is too long, at most 78\nAnswer again with one JSON object.",
)


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        f"Record:\n{LINES}\n\nAnswer:\nsubject: text\nbody: text",
        f"# Record\n{LINES}\n\n# Rules\n- At most 120 words.",
        json.dumps(DANA),
        f"<record>\n{json.dumps(DANA, indent=1)}\n</record>",
        f"Here is the lead:\n```json\n{json.dumps({'record': DANA})}\n```\nWrite the e-mail.",
        "<firstname>Dana</firstname><company>Whitfield Dental</company><message>We are 8 dentists.</message>",
        "- **First name**: Dana\n- **Company**: Whitfield Dental\n- **Message**: We are 8 dentists.",
        "record.firstname = Dana\nrecord.company = Whitfield Dental\nrecord.message = We are 8 dentists.",
        'First name: "Dana"\nCompany: "Whitfield Dental"\nInquiry: "We are 8 dentists."',
    ],
)
def test_the_record_is_found_in_many_forms(text):
    reading = read([("system", "# Task\nWrite a short e-mail."), ("user", text)])

    assert reading.get("first") == "Dana"
    assert reading.get("company") == "Whitfield Dental"
    assert reading.get("message") == "We are 8 dentists."


def test_a_message_of_several_lines_stays_whole():
    reading = read(
        [("user", "firstname: Dana\nmessage: We are 8 dentists.\nWhat does it cost?\nphone: +1 503 555 0100")]
    )

    assert reading.get("message") == "We are 8 dentists.\nWhat does it cost?"
    assert reading.get("phone") == "+1 503 555 0100"


def test_examples_before_the_record_are_not_taken_for_it():
    example = [("user", "firstname: Old\nmessage: Long ago."), ("assistant", '{"subject": "Old"}')]

    reading = read([*example, ("user", LINES)])

    assert reading.get("first") == "Dana"
    assert not reading.is_repair


def test_a_repair_keeps_the_record_of_the_question():
    reading = read([("user", LINES), ("assistant", '{"subject":'), REPAIR])

    assert reading.is_repair
    assert reading.get("first") == "Dana"


def test_facts_limits_and_signature_are_read():
    system = (
        "# Rules\n- At most 120 words.\n- Sign as Priya Nair.\n\n"
        "# Company facts\n## prices\nPractice plan: $149 a month.\n"
        "## hours\nMonday to Friday.\n\n# Answer\nOne JSON object."
    )

    reading = read([("system", system), ("user", LINES)])

    assert reading.most_words == 120
    assert reading.sign == "Priya Nair"
    assert reading.facts == ("Practice plan: $149 a month.", "Monday to Friday.")


def test_the_same_lead_has_the_same_key_whatever_its_id_and_dates():
    one = read([("user", f"hs_object_id: 501\ncreatedate: 2026-11-23\n{LINES}")])
    other = read([("user", f"hs_object_id: 777\ncreatedate: 2026-12-01\n{LINES}")])

    assert one.key() == other.key()


def test_a_prompt_without_a_record_is_read_as_empty():
    reading = read([("user", "Say hello.")])

    assert reading.record == {}
    assert reading.key()

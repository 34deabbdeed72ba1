"""A letter of ours, as every mail app sends it; `letters` reads it back."""

from __future__ import annotations

import pytest

from signoff.connectors.letters import read_letter
from signoff.connectors.writing import WriteLetter, written
from signoff.core.errors import InputRejected

LETTER = {"to": "ada@example.test", "subject": "Ihre Frage – Größe", "body": "Hello Ada,\r\nthank you."}


def test_what_is_written_can_be_read():
    letter = read_letter(bytes(written(WriteLetter(**LETTER), "so-7-0-ab", "Gmail")))

    assert letter.to == ("ada@example.test",)
    assert letter.subject == "Ihre Frage – Größe"
    assert letter.text == "Hello Ada,\nthank you."
    assert letter.mark == "so-7-0-ab"
    assert letter.message_id == "so-7-0-ab@signoff.invalid"


def test_an_answer_names_the_whole_conversation_once():
    ids = " ".join(f"<{number:030}@mail.example.test>" for number in range(40))
    answer = WriteLetter(**LETTER, reply_to_message_id="<q@example.test>", references=f"{ids} q@example.test")
    letter = read_letter(bytes(written(answer, "m", "Gmail")))

    assert letter.in_reply_to == "q@example.test"
    assert len(letter.references) == 41
    assert letter.references[-1] == "q@example.test"


@pytest.mark.parametrize("field", ["subject", "reply_to_message_id", "references"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\x00", "\u2028"])
def test_nothing_breaks_out_of_its_header(field, end):
    params = {**LETTER, "reply_to_message_id": "q@example.test", field: f"a{end}Bcc: all@example.test"}

    with pytest.raises(InputRejected) as caught:
        written(WriteLetter(**params), "m", "Gmail")

    assert caught.value.field == field
    assert "all@example.test" not in str(caught.value)


@pytest.mark.parametrize(
    "to", ["", "ada", "ada@example.test, bob@example.test", "Ada <ada@example.test>", "a@b\nc@d"]
)
def test_a_letter_goes_to_one_address(to):
    with pytest.raises(InputRejected) as caught:
        written(WriteLetter(**{**LETTER, "to": to}), "m", "Gmail")

    assert caught.value.field == "to"

"""What the practice AI writes is true to the record, except for the mistakes it means to make."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import ValidationError, validate

from signoff_sandbox import leads
from signoff_sandbox.ai import mistakes
from signoff_sandbox.ai.asking import Asking, Question
from signoff_sandbox.ai.mistakes import Choice, Spoken
from signoff_sandbox.ai.models import Models
from signoff_sandbox.ai.speaking import speak
from signoff_sandbox.clock import Clock

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body", "intent"],
    "properties": {
        "subject": {"type": "string", "maxLength": 78},
        "body": {"type": "string", "description": "at most 1,200 characters"},
        "intent": {"type": "string", "enum": ["pricing", "demo", "support", "partnership", "other"]},
    },
}
FIELDS = ("firstname", "lastname", "company", "email", "message")
LEADS = leads.make(150, seed=3)
CLEAN = Choice(share=0)


def prompt(lead: dict[str, str]) -> str:
    return "<record>\n" + json.dumps({k: lead.get(k) for k in FIELDS}, ensure_ascii=False) + "\n</record>"


def question(lead: dict[str, str], schema: dict | None = SCHEMA, *more: tuple[str, str]) -> Question:
    messages = (("system", "Write a follow-up. At most 120 words."), ("user", prompt(lead)), *more)
    return Question("gpt-4o", messages, schema, None, 100)


def say(lead: dict[str, str], choice: Choice = CLEAN, schema: dict | None = SCHEMA, seed: int = 1) -> Spoken:
    return speak(question(lead, schema), seed, choice)[0]


def can_be_used(spoken: Spoken) -> bool:
    try:
        value = json.loads(spoken.text)
        validate(value, SCHEMA)
    except (ValueError, ValidationError):
        return False
    return spoken.stopped == "stop" and len(value["body"]) <= 1200


def always(kind: str) -> Choice:
    return Choice(share=1, form_share=0.5, kinds=(kind,))


@pytest.mark.parametrize("lead", LEADS[:60], ids=lambda lead: lead["email"].partition("@")[0])
def test_without_mistakes_nothing_is_said_that_the_record_does_not_say(lead):
    value = json.loads(say(lead).text)

    validate(value, SCHEMA)
    assert set(re.findall(r"\d+", value["body"])) <= set(re.findall(r"\d+", lead["message"]))
    assert lead["firstname"] in value["body"]
    assert len(value["body"].split()) <= 120
    assert not re.search(r"[\[\]{}]", value["body"])


def test_the_letter_is_in_the_language_of_the_message():
    greetings = {"en": r"Hi |Hello", "de": "Guten Tag", "es": "Hola", "fr": "Bonjour"}

    for lead in LEADS:
        assert re.match(greetings[lead["hs_language"]], json.loads(say(lead).text)["body"]), lead["message"]


@pytest.mark.parametrize("kind", mistakes.CONTENT)
def test_a_mistake_of_content_stands_in_the_answer_and_not_in_the_record(kind):
    told = 0
    for lead in LEADS[:40]:
        spoken = say(lead, always(kind))
        value = json.loads(spoken.text)
        validate(value, SCHEMA)
        for mistake in spoken.mistakes:
            assert mistake["kind"] == kind
            assert mistake["text"] in value["body"]
            assert mistake["text"] not in prompt(lead)
            told += 1
    assert told >= 38


@pytest.mark.parametrize("kind", mistakes.FORM)
def test_a_mistake_of_form_cannot_be_used_as_it_is_and_is_mended_when_named(kind):
    lead = LEADS[0]
    first = say(lead, always(kind))

    again = (("assistant", first.text or "(empty)"), ("user", "That answer cannot be used. Answer again."))
    second = speak(question(lead, SCHEMA, *again), 1, always(kind))[0]

    assert first.mistakes == [{"kind": kind, "text": ""}]
    assert not can_be_used(first)
    validate(json.loads(second.text), SCHEMA)
    assert second.mistakes == []


def test_the_share_of_mistakes_is_about_what_was_asked():
    wrong = [say(lead, Choice(share=0.3)).mistakes for lead in leads.make(600, seed=9)]

    assert 0.25 < sum(map(bool, wrong)) / 600 < 0.35


def test_the_same_seed_says_the_same_and_another_seed_something_else():
    def all_of(seed: int) -> list[str]:
        return [say(lead, Choice(share=0.5), seed=seed).text for lead in LEADS[:20]]

    assert all_of(1) == all_of(1) != all_of(2)


def test_every_kind_of_field_is_filled_in_its_own_type():
    schema = {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "maxLength": 60},
            "language": {"type": "string", "enum": ["de", "en", "es", "fr"]},
            "urgency": {"type": "string", "enum": ["low", "medium", "high"]},
            "score": {"type": "integer", "minimum": 1, "maximum": 5},
            "confidence": {"type": "number"},
            "team_size": {"type": ["integer", "null"]},
            "budget": {"type": ["number", "null"]},
            "wanted_start": {"type": ["string", "null"]},
            "needs_reply": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string", "enum": ["pricing", "demo", "other"]}},
            "points": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "contact": {"$ref": "#/$defs/person"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "$defs": {"person": {"type": "object", "properties": {"first_name": {"type": "string"}}}},
    }
    lead = {
        "firstname": "Ada",
        "message": "We are 8 vets. What does it cost? Our budget is $300 a month from 12 January.",
    }

    value = json.loads(say(lead, schema=schema).text)

    validate(value, schema)
    assert (value["team_size"], value["budget"], value["wanted_start"]) == (8, 300, "12 January")
    assert value["contact"] == {"first_name": "Ada"}
    assert value["tags"][0] == "pricing"
    assert value["language"] == "en"


def test_a_price_from_the_facts_is_quoted_and_an_invented_one_is_another():
    facts = ("system", "# Company facts\n## prices\nPractice plan: $149 a month.\n\n# Answer\nJSON")
    lead = {"firstname": "Ada", "message": "What does it cost for 8 vets?"}
    asked = Question("gpt-4o", (facts, ("user", prompt(lead))), SCHEMA, None, 100)

    clean = json.loads(speak(asked, 1, CLEAN)[0].text)["body"]
    wrong = speak(asked, 1, always("invented_price"))[0]

    assert "$149 a month" in clean
    assert "149" not in wrong.mistakes[0]["text"]


def test_a_form_that_the_prompt_spells_out_is_followed_without_strict_mode():
    told = f"Answer with one JSON object that fits this JSON Schema:\n{json.dumps(SCHEMA)}"
    messages = [{"role": "user", "content": prompt(LEADS[0])}, {"role": "system", "content": told}]

    asked = Asking(Models(Clock())).chat({"model": "gpt-6-luna", "messages": messages})

    validate(json.loads(speak(asked, 1, CLEAN)[0].text), SCHEMA)

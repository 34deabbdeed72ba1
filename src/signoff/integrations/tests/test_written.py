"""What an app would refuse to have written is told before it is asked to write it."""

from __future__ import annotations

import pytest

from signoff.connectors.base import Choice, Field
from signoff.integrations import offers
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.written import Written, refusal

FIELDS = {
    "stage": Field(
        "stage", "Stage", "choice", choices=(Choice("open", "Open"), Choice("won", "Won")), id="fld1"
    ),
    "made_on": Field("made_on", "Made on", "date", read_only=True),
    "Next_step": Field("Next_step", "Next step", "text"),
}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("stage", "won", ""),
        ("stage", "answer.stage", ""),
        ("stage", "", ""),
        ("fld1", "won", ""),
        ("Next step", "anything", ""),
        ("stage", "Won", "“Stage” has no choice “Won”."),
        ("made_on", "answer.day", "“Made on” cannot be written."),
        ("stagee", "won", "The field “stagee” is gone."),
    ],
)
def test_what_an_app_would_refuse_is_said_in_a_sentence(field, value, says):
    assert refusal(Written("crm", "deal", field, value, ()), FIELDS) == says


@pytest.mark.parametrize(
    ("model", "writes"),
    [
        ("gpt-5-mini", True), ("gpt-4o", True), ("claude-haiku-4-5", True), ("gemini-2.5-flash", True),
        ("openai/gpt-oss-120b", True), ("mistral-large-latest", True), ("chatgpt-4o-latest", True),
        ("chatgpt-image-latest", False), ("gpt-image-1", False), ("dall-e-3", False), ("whisper-1", False),
        ("tts-1-hd", False), ("gpt-4o-audio-preview", False), ("gpt-4o-realtime-preview", False),
        ("text-embedding-3-small", False), ("omni-moderation-latest", False), ("gpt-4o-mini-transcribe", False),
        ("gemini-2.5-flash-image", False), ("mistral-embed", False), ("gpt-3.5-turbo-instruct", False),
    ],
)  # fmt: skip
def test_only_models_that_write_are_offered(model, writes):
    assert bool(offers.NO_WRITER.search(model)) is not writes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("jobtitel", "answer.subject", "has no field `jobtitel` on contact. Is `jobtitle` meant?"),
        ("createdate", "answer.subject", "would refuse this: “Create Date” cannot be written."),
        ("lead_intent", "cold call", "would refuse this: “Lead intent” has no choice “cold call”."),
        ("jobtitle", "answer.subject", None),
    ],
)
def test_a_file_that_writes_what_cannot_be_written_is_refused_at_its_line(
    connected, file, field, value, says
):
    offers.forget()
    step = f"  - hubspot-main.update_contact: {{contact: record.id, properties: {{{field}: {value}}}}}\n"

    faults = apply([read_text(file.replace("limits:", f"{step}limits:"))], dry_run=True).faults

    assert [fault.what for fault in faults if says is None or says not in fault.what] == []
    assert [fault.line for fault in faults] == ([23] if says else [])


@pytest.mark.django_db
def test_the_same_value_for_a_field_that_must_differ_is_refused(connected, file):
    offers.forget()
    step = "  - hubspot-main.set_property: {contact: record.id, property: email, value: us@example.com}\n"

    faults = apply([read_text(file.replace("limits:", f"{step}limits:"))], dry_run=True).faults

    assert "“Email” must differ from record to record" in faults[0].what

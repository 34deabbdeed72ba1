"""
Collects what AIs really answer, for `src/signoff/outputs/tests/test_real_answers.py`.

Run: .venv/bin/python bench/real_answers.py practice|local COUNT FILE [--folder F]

The practice AI is told to make mistakes in four answers of five, most of them in form. The local model is the small
real one that `signoff demo --ai local` brings along (130 MB, fetched once into F). Every other answer is asked for with
the contract's schema, the rest with its description alone, as of a provider that enforces none. Nothing is chosen or
mended afterwards: what was answered is written down, a line each.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
from signoff.connectors.structured import strict
from signoff.core.prompt import Prompt
from signoff.outputs.contract import Contract
from signoff.prompts.build import Brief, build
from signoff_sandbox import leads, local_model, testing

MISTAKES = {"share": 0.8, "structural": 0.75}
ANSWER_TOKENS = {"practice": 600, "local": 160}
SECONDS = 300

CONTRACTS: list[tuple[str, dict[str, Any]]] = [
    ("Write a short follow-up e-mail to a new lead.",
     {"subject": {"type": "text", "max": 78}, "body": {"type": "text", "max": 500},
      "intent": {"type": "choice", "options": ["hot", "warm", "cold"]}}),
    ("Say what this lead wants, and whether it is urgent.",
     {"topic": {"type": "choice", "options": ["Prices", "Demo", "Help", "Other"], "unsure": True},
      "urgent": "yesno", "seats": {"type": "number", "integer": True, "min": 0, "optional": True}}),
    ("Copy the contact's data out of the record, and the budget that they name.",
     {"email": "email", "phone": {"type": "phone", "optional": True},
      "budget": {"type": "money", "currency": "USD", "optional": True}, "start": {"type": "date", "optional": True}}),
    ("List what this lead wishes for.",
     {"wishes": {"type": "rows", "max": 3,
                 "columns": {"what": {"type": "text", "max": 80}, "count": {"type": "number", "optional": True}}},
      "languages": {"type": "choices", "options": ["English", "German", "Spanish", "French"], "max": 2}}),
    ("Answer the lead in one sentence of HTML, and propose a call.",
     {"html": {"type": "text", "format": "html", "max": 400},
      "call": {"type": "datetime", "zone": "Europe/Berlin", "optional": True},
      "more": {"type": "link", "optional": True}}),
    ("Sum the record up.",
     {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
      "properties": {"summary": {"type": "string", "maxLength": 200},
                     "score": {"type": "integer", "minimum": 0, "maximum": 10},
                     "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3}},
      "required": ["summary", "score", "tags"], "additionalProperties": False}),
]  # fmt: skip


def main() -> None:
    """Ask COUNT times and add a line to FILE for each answer."""
    options = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    options.add_argument("who", choices=["practice", "local"])
    options.add_argument("count", type=int)
    options.add_argument("file", type=Path)
    options.add_argument("--folder", type=Path, default=Path("/tmp/signoff-local-model"))  # public files
    chosen = options.parse_args()
    with _ai(chosen.who, chosen.folder) as (url, key, model), chosen.file.open("a", encoding="utf-8") as file:
        door = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=SECONDS)
        for number, lead in enumerate(leads.make(chosen.count, seed=5)):
            task, block = CONTRACTS[number % len(CONTRACTS)]
            contract = Contract.of(block)
            prompt = build(Brief(model, task, contract.describe()), dict(lead), {})
            enforced = number // len(CONTRACTS) % 2 == 0
            began = time.monotonic()
            text = _answer(door, prompt, contract.schema if enforced else None, ANSWER_TOKENS[chosen.who])
            row = {"from": "practice" if chosen.who == "practice" else "SmolLM2-135M-Instruct", "contract": block,
                   "enforced": enforced, "text": text}  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            print(f"{number + 1} of {chosen.count}, {time.monotonic() - began:.1f} s", file=sys.stderr)


@contextmanager
def _ai(who: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    if who == "local":
        with local_model.running(folder) as local:
            yield local.url, local.key, local.model
        return
    with testing.running(seed=5) as practice:
        practice.control("openai", mistakes=MISTAKES)
        yield f"{practice.openai}/v1", testing.OPENAI_KEY, "gpt-4o"


def _answer(door: httpx2.Client, prompt: Prompt, schema: Any, most_tokens: int) -> str:
    asked: dict[str, Any] = {
        "model": prompt.model,
        "messages": [{"role": one.role, "content": one.text} for one in prompt.messages],
        "max_completion_tokens": most_tokens,
        "max_tokens": most_tokens,
    }
    if schema is not None:
        form = {"name": "answer", "strict": True, "schema": strict(schema)}
        asked["response_format"] = {"type": "json_schema", "json_schema": form}
    if "gpt" in prompt.model:
        del asked["max_tokens"]  # OpenAI refuses both at once
    reply = door.post("chat/completions", json=asked)
    reply.raise_for_status()
    return str(reply.json()["choices"][0]["message"].get("content") or "")


if __name__ == "__main__":
    main()

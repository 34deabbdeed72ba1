"""What a request to one of the two endpoints asks, in one form; refused where OpenAI would refuse it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from signoff_sandbox.ai import errors, schema
from signoff_sandbox.ai.models import Models, answers_only_responses, reasons
from signoff_sandbox.ai.pictures import TOKENS as PICTURE_TOKENS
from signoff_sandbox.ai.pictures import NoPicture, Picture, picture_at
from signoff_sandbox.ai.reading import Message, schema_in

Json = dict[str, Any]
LARGEST_PROMPT_TOKENS = 128_000
# What JSON mode without a schema answers: the fields that a letter has.
_PLAIN_JSON = {"type": "object", "properties": {"subject": {"type": "string"}, "body": {"type": "string"}}}


@dataclass(frozen=True)
class Question:
    """`schema` None: plain text is wanted. `most_tokens` None: as many as the model likes."""

    model: str
    messages: tuple[Message, ...]
    schema: Json | None
    most_tokens: int | None
    prompt_tokens: int
    pictures: tuple[Picture, ...] = ()


class Asking:
    """Turns request bodies into questions; remembers which strict schemas it found good."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._good: set[str] = set()

    def chat(self, asked: Json) -> Question:
        """Return the question of a chat completion. Raises the vendor's 400 and 404."""
        model = self._model(asked)
        if reasons(model):
            _refuse_old_settings(asked)
        form = asked.get("response_format") or {"type": "text"}
        wanted = self._schema(form.get("type", "text"), form.get("json_schema") or {}, "response_format")
        given = asked.get("messages")
        messages = _messages(given) if isinstance(given, list) else ()
        if answers_only_responses(model):
            raise errors.no_chat_model()
        pictures = self._pictures(given, "messages", model)
        most = asked.get("max_completion_tokens") or asked.get("max_tokens")
        return self._question(model, messages, wanted, most, "messages", pictures)

    def response(self, asked: Json) -> Question:
        """Return the question of a response. Raises the vendor's 400 and 404."""
        model = self._model(asked)
        if asked.get("stream"):
            message = "The practice AI streams chat completions only."
            raise errors.invalid(message, "stream", "unsupported_parameter")
        form = (asked.get("text") or {}).get("format") or {}
        wanted = self._schema(form.get("type", "text"), form, "text.format")
        given = asked.get("input")
        messages = (("user", given),) if isinstance(given, str) else _messages(given or [])
        pictures = self._pictures(given, "input", model)
        if asked.get("instructions"):
            messages = (("system", str(asked["instructions"])), *messages)
        return self._question(model, messages, wanted, asked.get("max_output_tokens"), "input", pictures)

    def _pictures(self, given: Any, param: str, model: str) -> tuple[Picture, ...]:
        """Return the pictures in the messages. Raises the vendor's 400 for a model without eyes, or none."""
        found: list[Picture] = []
        for number, part in enumerate(_picture_parts(given)):
            where = f"{param}.[{number}].content.[0].type"
            if not self._models.sees(model):
                message = "Invalid content type. image_url is only supported by certain models."
                raise errors.invalid(message, where)
            address = part.get("image_url")
            try:
                found.append(picture_at(str(address.get("url") if isinstance(address, dict) else address)))
            except NoPicture as wrong:
                message = f"You uploaded an unsupported image. Please make sure your image is valid: {wrong}."
                raise errors.invalid(message, None, "invalid_image_format") from None
        return tuple(found)

    def _model(self, asked: Json) -> str:
        model = str(asked.get("model") or "")
        if not model:
            raise errors.invalid("you must provide a model parameter", "model")
        if not self._models.can_chat(model):
            raise errors.no_model(model)
        return model

    def _schema(self, kind: str, form: Json, param: str) -> Json | None:
        if kind == "text":
            return None
        if kind == "json_object":
            return _PLAIN_JSON
        if kind != "json_schema":
            raise errors.invalid(f"Invalid value: '{kind}'.", f"{param}.type", "invalid_value")
        where = f"{param}.schema" if param == "text.format" else param
        name, wanted = str(form.get("name") or ""), form.get("schema")
        if not schema.NAME.fullmatch(name):
            message = "Invalid 'name': it needs 1 to 64 letters, digits, underscores or hyphens."
            raise errors.invalid(message, where, "invalid_value")
        if form.get("strict"):
            self._check_strict(name, wanted, where)
        return wanted if isinstance(wanted, dict) else {}

    def _check_strict(self, name: str, wanted: Any, where: str) -> None:
        known = json.dumps(wanted, sort_keys=True)
        if known in self._good:
            return
        wrong = schema.fault(wanted)
        if wrong:
            message = f"Invalid schema for response_format '{name}': {wrong}"
            raise errors.invalid(message, where, "invalid_json_schema")
        self._good.add(known)

    def _question(
        self,
        model: str,
        messages: tuple[Message, ...],
        wanted: Json | None,
        most: Any,
        param: str,
        pictures: tuple[Picture, ...],
    ) -> Question:
        if not messages:
            message = f"Missing required parameter: '{param}'."
            raise errors.invalid(message, param, "missing_required_parameter")
        tokens = sum(tokens_of(text) + 4 for _, text in messages) + 3 + PICTURE_TOKENS * len(pictures)
        if tokens > LARGEST_PROMPT_TOKENS:
            message = (
                f"This model's maximum context length is {LARGEST_PROMPT_TOKENS} tokens."
                f" However, your messages resulted in {tokens} tokens."
            )
            raise errors.invalid(message, param, "context_length_exceeded")
        if wanted is None or wanted is _PLAIN_JSON:
            # Where no form is enforced, a model follows the one that the prompt spells out.
            wanted = schema_in("\n".join(text for role, text in messages if role != "assistant")) or wanted
        return Question(model, messages, wanted, int(most) if most else None, tokens, pictures)


def tokens_of(text: str) -> int:
    """Return about how many tokens a text has: four characters each."""
    return (len(text) + 3) // 4


def _refuse_old_settings(asked: Json) -> None:
    """Reasoning models take neither `max_tokens` nor sampling settings."""
    if asked.get("max_tokens") is not None:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model."
        better = " Use 'max_completion_tokens' instead."
        raise errors.invalid(message + better, "max_tokens", "unsupported_parameter")
    for name in ("temperature", "top_p"):
        if asked.get(name) not in (None, 1):
            message = f"Unsupported value: '{name}' does not support {asked[name]} with this model."
            raise errors.invalid(message, name, "unsupported_value")


def _messages(given: list[Any]) -> tuple[Message, ...]:
    return tuple(
        (str(m["role"]), _text(m.get("content"))) for m in given if isinstance(m, dict) and "role" in m
    )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def _picture_parts(given: Any) -> list[Json]:
    """Return the parts of messages that are pictures, in either endpoint's form."""
    contents = [m.get("content") for m in given if isinstance(m, dict)] if isinstance(given, list) else []
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return [p for p in parts if isinstance(p, dict) and p.get("type") in ("image_url", "input_image")]

"""What a request for a message asks, in the office's form; refused where Anthropic would refuse it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from signoff_sandbox.ai.asking import Question, tokens_of
from signoff_sandbox.ai.pictures import NoPicture, Picture, picture_from
from signoff_sandbox.ai.reading import Message, schema_in
from signoff_sandbox.anthropic import errors, schema
from signoff_sandbox.anthropic.models import Models, refuses_sampling

Json = dict[str, Any]
LARGEST_PROMPT_TOKENS = 200_000
LARGEST_IMAGE_CHARACTERS = 5 * 1024 * 1024 * 4 // 3  # 5 MB, written in base64
IMAGE_TOKENS = 1_600  # about the most one picture takes


@dataclass(frozen=True)
class Asked:
    """A question, and the tool whose input is the answer ("": it is written as text)."""

    question: Question
    tool: str = ""


def asked_in(body: Json, models: Models) -> Asked:
    """Return what a body asks. Raises the vendor's 400 and 404."""
    for name in ("model", "max_tokens", "messages"):
        if body.get(name) is None:
            raise errors.invalid(f"{name}: Field required")
    model, most = str(body["model"]), body["max_tokens"]
    if not models.is_alive(model):
        raise errors.no_model(model)
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise errors.invalid("max_tokens: Input should be greater than or equal to 1")
    _check_sampling(body, model)
    pictures: list[Picture] = []
    messages = _messages(body, pictures if models.get(model).image_input else None)
    tokens = sum(tokens_of(text) + 4 for _, text in messages) + 3 + IMAGE_TOKENS * len(pictures)
    if tokens > LARGEST_PROMPT_TOKENS:
        raise errors.invalid(f"prompt is too long: {tokens} tokens > {LARGEST_PROMPT_TOKENS} maximum")
    tool, wanted = _form(body, model, models)
    if wanted is None:
        # Where no form is enforced, a model follows the one that the prompt spells out.
        wanted = schema_in("\n".join(text for role, text in messages if role != "assistant"))
    return Asked(Question(model, messages, wanted, most, tokens, tuple(pictures)), tool)


def _form(body: Json, model: str, models: Models) -> tuple[str, Json | None]:
    """Return the tool to use and the schema to follow."""
    form = (body.get("output_config") or {}).get("format")
    if form is not None:
        where = "output_config.format"
        if form.get("type") != "json_schema":
            raise errors.invalid(f"{where}.type: Input should be 'json_schema'")
        if not models.get(model).structured_outputs:
            raise errors.invalid(f"{where}: this model does not support structured outputs")
        wrong = schema.fault(form.get("schema"))
        if wrong:
            raise errors.invalid(f"{where}.schema: {wrong}")
        return "", dict(form["schema"])
    tools = {str(tool.get("name")): tool for tool in body.get("tools") or ()}
    choice = body.get("tool_choice") or {"type": "auto"}
    if choice.get("type") == "tool":
        if choice.get("name") not in tools:
            raise errors.invalid(f"tool_choice: Tool '{choice.get('name')}' not found in provided tools")
        return str(choice["name"]), dict(tools[choice["name"]].get("input_schema") or {})
    if choice.get("type") == "any" and tools:
        name, tool = next(iter(tools.items()))
        return name, dict(tool.get("input_schema") or {})
    return "", None


def _messages(body: Json, pictures: list[Picture] | None) -> tuple[Message, ...]:
    """Return what is said, and put the pictures into the list (None: the model takes none)."""
    given = body["messages"]
    if not isinstance(given, list):
        raise errors.invalid("messages: Input should be a valid list")
    if not given:
        raise errors.invalid("messages: at least one message is required")
    said: list[Message] = []
    system = body.get("system")
    if system:
        said.append(("system", _text(system, "system", pictures)))
    for number, one in enumerate(given):
        role = one.get("role")
        if role not in ("user", "assistant"):
            raise errors.invalid(
                f'messages.{number}.role: Input should be "user" or "assistant". Use the top-level `system` parameter.'
            )
        said.append((role, _text(one.get("content"), f"messages.{number}.content", pictures)))
    if given[0]["role"] != "user":
        raise errors.invalid("messages: first message must use the user role")
    if given[-1]["role"] == "assistant":
        raise errors.invalid("messages: this model does not support prefilling assistant messages")
    return tuple(said)


def _text(content: Any, where: str, pictures: list[Picture] | None) -> str:
    if isinstance(content, str):
        if not content.strip():
            raise errors.invalid(f"{where}: text content blocks must be non-empty")
        return content
    if not isinstance(content, list):
        raise errors.invalid(f"{where}: Input should be a valid string or list")
    texts = []
    for number, block in enumerate(content):
        here = f"{where}.{number}"
        if block.get("type") == "text":
            texts.append(_text(str(block.get("text") or ""), here, pictures))
        elif block.get("type") == "image":
            _look(block.get("source") or {}, f"{here}.image.source", pictures)
        elif block.get("type") not in ("tool_use", "tool_result"):
            raise errors.invalid(f"{here}.type: Input tag '{block.get('type')}' is not supported")
    return "\n".join(texts)


def _look(source: Json, where: str, pictures: list[Picture] | None) -> None:
    if pictures is None:
        raise errors.invalid(f"{where}: this model does not support image input")
    if source.get("type") != "base64":
        raise errors.invalid(f"{where}: Unable to download the file. Please verify the URL and try again.")
    data = str(source.get("data") or "")
    if len(data) > LARGEST_IMAGE_CHARACTERS:
        raise errors.invalid(f"{where}.base64: image exceeds 5 MB maximum")
    try:
        pictures.append(picture_from(str(source.get("media_type")), data))
    except NoPicture as wrong:
        raise errors.invalid(f"{where}.base64: {wrong}") from None


def _check_sampling(body: Json, model: str) -> None:
    for name in ("temperature", "top_p", "top_k"):
        if body.get(name) is not None and refuses_sampling(model):
            raise errors.invalid(f"{name}: this model takes no sampling parameters")

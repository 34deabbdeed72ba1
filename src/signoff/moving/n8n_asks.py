"""What an n8n node asks an AI: n8n's own nodes for it, their helpers for model and form, and plain HTTP requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from signoff.moving.forms import fields_of_example, fields_of_schema
from signoff.moving.n8n_flow import body_of
from signoff.moving.shapes import Ask, Note, Text
from signoff.moving.vocabulary import ADVICE, as_text, entries

if TYPE_CHECKING:
    from signoff.moving.n8n_flow import Flow, Node

KINDS = {
    "openai", "agent", "chainllm", "chainsummarization", "chainretrievalqa", "textclassifier", "informationextractor",
    "sentimentanalysis", "anthropic", "googlegemini", "mistralcloud", "mistralai", "perplexity", "ollama", "openrouter",
}  # fmt: skip
ANTHROPIC = ("anthropic", "lmchatanthropic")
OTHER_PROVIDERS = {
    "lmchatgooglegemini": "Google Gemini", "googlegemini": "Google Gemini", "lmchatgroq": "Groq",
    "lmchatmistralcloud": "Mistral", "mistralcloud": "Mistral", "mistralai": "Mistral", "lmchatollama": "Ollama",
    "ollama": "Ollama", "lmchatopenrouter": "OpenRouter", "openrouter": "OpenRouter", "lmchatdeepseek": "DeepSeek",
    "lmchatazureopenai": "Azure OpenAI", "perplexity": "Perplexity", "lmchatxaigrok": "xAI",
}  # fmt: skip
HOSTS = {"api.openai.com": "openai", "api.anthropic.com": "anthropic", "openrouter.ai": "openai"}
KINDS_OF_ATTRIBUTES = {"number": "number", "boolean": "yesno", "date": "date"}


def is_ask(node: Node) -> bool:
    """Say whether a node asks an AI for words; pictures and speech are something else."""
    if node.kind == "httprequest":
        return host_of(node) in HOSTS
    if node.kind not in KINDS or node.params.get("resource") in (
        "image",
        "audio",
        "file",
        "assistant_file",
        "video",
    ):
        return False
    return node.is_ai_kit or node.kind == "openai"


def host_of(node: Node) -> str:
    """Return the host that an HTTP request goes to, "" where it is worked out."""
    url = as_text(node.params.get("url"))
    return url.removeprefix("=").partition("://")[2].partition("/")[0].lower()


def read(flow: Flow, node: Node) -> Ask:
    """Return what a node asks, in the order in which the AI reads it."""
    ask = Ask(step=node.name)
    said = list(_of_http(flow, node, ask) if node.kind == "httprequest" else _of_node(flow, node, ask))
    ask.said = tuple(text for text in said if text)
    if node.kind in ANTHROPIC:
        ask.app = "anthropic"
    _provider(flow, node.kind)
    _settings(flow, node)
    for line, name in flow.helpers.get(node.name, []):
        _helper(flow, flow.nodes[name], line, ask)
    return ask


def _of_node(flow: Flow, node: Node, ask: Ask) -> Iterator[Text]:
    params = node.params
    ask.model = _model(params.get("modelId") or params.get("model") or params.get("chatModel"))
    options = _part(params, "options")
    match node.kind:
        case "agent":
            yield flow.text(options.get("systemMessage"), node)
            yield flow.text(params.get("text"), node)
        case "textclassifier":
            ask.fields["category"] = {"type": "choice", "options": _categories(params)}
            yield ("Say which category this belongs to.",)
            yield flow.text(options.get("systemPromptTemplate"), node)
            yield flow.text(params.get("inputText"), node)
        case "sentimentanalysis":
            ask.fields["sentiment"] = {"type": "choice", "options": ["Positive", "Neutral", "Negative"]}
            yield ("Say how the writer feels about it.",)
            yield flow.text(params.get("inputText"), node)
        case "informationextractor":
            ask.fields |= _attributes(params)
            yield flow.text(options.get("systemPromptTemplate"), node) or (
                "Take the fields of the answer out of the text.",
            )
            yield flow.text(params.get("text"), node)
        case "chainsummarization":
            yield ("Sum it up.",)
        case _:
            for value in _messages(params):
                yield flow.text(value, node)


def _messages(params: dict[str, Any]) -> Iterator[Any]:
    """Return the messages of a chat node: those of the system first, as the AI reads them."""
    options = _part(params, "options")
    values: list[dict[str, Any]] = []
    for holder, name in (
        ("messages", "values"),
        ("responses", "values"),
        ("prompt", "messages"),
        ("messages", "messageValues"),
    ):
        entries = _part(params, holder).get(name)
        values += [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    system = [one for one in values if one.get("role") in ("system", "developer") or "message" in one]
    yield options.get("systemMessage") or options.get("system") or options.get("instructions")
    yield from (one.get("content") or one.get("message") for one in system)
    yield from (one.get("content") for one in values if one not in system and one.get("role") != "assistant")
    for name in ("text", "prompt"):
        if isinstance(params.get(name), str):
            yield params[name]


def _of_http(flow: Flow, node: Node, ask: Ask) -> Iterator[Text]:
    ask.app = HOSTS[host_of(node)]
    flow.note(
        f"The key in the step “{node.name}” did not come along; no key does.",
        "Connect the AI here with a key of its own.",
    )
    raw = as_text(
        node.params.get("jsonBody") or node.params.get("body") or node.params.get("bodyParametersJson")
    )
    body = body_of(raw)
    if not body:
        flow.note(f"What “{node.name}” asks could not be read.", "Write the task in the second step.")
        return
    ask.model = as_text(body.get("model"))
    mark = "=" if raw.startswith("=") else ""
    yield flow.text(f"{mark}{as_text(body.get('system'))}" if body.get("system") else "", node)
    for one in entries(body.get("messages")):
        if one.get("role") != "assistant":
            yield flow.text(f"{mark}{as_text(one.get('content'))}", node)
    if body.get("input"):
        yield flow.text(f"{mark}{as_text(body.get('input'))}", node)


def _helper(flow: Flow, helper: Node, line: str, ask: Ask) -> None:
    """Take what hangs below an AI node: its model, the form of its answer; tools and memory are noted."""
    if line == "ai_languageModel":
        ask.model = ask.model or _model(
            helper.params.get("model") or helper.params.get("modelName") or helper.params.get("modelId")
        )
        ask.app = "anthropic" if helper.kind in ANTHROPIC else "openai"
        _provider(flow, helper.kind)
        _settings(flow, helper)
    elif line == "ai_outputParser":
        schema = helper.params.get("inputSchema") or helper.params.get("jsonSchema")
        example = helper.params.get("jsonSchemaExample")
        ask.fields |= fields_of_schema(schema) if schema else fields_of_example(example)
    elif line in ("ai_tool", "ai_vectorStore", "ai_retriever"):
        flow.notes.append(Note(f"The tool “{helper.name}” of the AI was left out.", ADVICE["tool"]))
    elif line == "ai_memory":
        flow.notes.append(Note(f"The memory “{helper.name}” of the AI was left out.", ADVICE["memory"]))


def _provider(flow: Flow, kind: str) -> None:
    name = OTHER_PROVIDERS.get(kind)
    if name:
        flow.note(
            f"The AI is one of {name}.",
            f"Connect {name} under OpenAI and other providers if it is listed there, or choose another AI; "
            f"then choose the model.",
        )


def _settings(flow: Flow, node: Node) -> None:
    options = _part(node.params, "options")
    named = [
        name
        for name in ("temperature", "maxTokens", "topP", "frequencyPenalty", "presencePenalty")
        if name in options
    ]
    if named:
        flow.note(
            f"The AI's settings {', '.join(named)} were left out.",
            "Nothing: how long an answer may be stands in its form.",
        )


def _model(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("value") or value.get("cachedResultName")
    name = as_text(value)
    return "" if name.startswith("=") else name.removeprefix("models/")[:80]


def _categories(params: dict[str, Any]) -> dict[str, str]:
    entries = _part(params, "categories").get("categories")
    found = {}
    for one in entries if isinstance(entries, list) else ():
        if isinstance(one, dict) and as_text(one.get("category")):
            found[as_text(one["category"])[:80]] = (
                as_text(one.get("description"))[:200] or as_text(one["category"])[:80]
            )
    return found or {"Yes": "Yes", "No": "No"}


def _attributes(params: dict[str, Any]) -> dict[str, dict[str, Any]]:
    entries = _part(params, "attributes").get("attributes")
    if isinstance(entries, list):
        return {
            as_text(one.get("name")): {
                "type": KINDS_OF_ATTRIBUTES.get(as_text(one.get("type")), "text"),
                **({"about": as_text(one.get("description"))[:200]} if one.get("description") else {}),
                **({} if one.get("required") else {"optional": True}),
            }
            for one in entries
            if isinstance(one, dict) and as_text(one.get("name"))
        }
    if params.get("jsonSchemaExample"):
        return fields_of_example(params["jsonSchemaExample"])
    return fields_of_schema(params.get("inputSchema"))


def _part(params: dict[str, Any], name: str) -> dict[str, Any]:
    value = params.get(name)
    return value if isinstance(value, dict) else {}

"""
How other providers than OpenAI speak its language: what they take, what they leave out, and how they say no.

The practice AI can be put into each (`dialect` in `/_control`). Sources: the providers' own error and compatibility
pages as of autumn 2026 (Azure, OpenRouter, DeepSeek, Gemini, Mistral, Ollama), and what their users quoted of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from signoff_sandbox.ai import errors
from signoff_sandbox.desk import Problem

Json = dict[str, Any]
# An error of OpenAI's as a provider would tell it: status and body, from status and OpenAI's `error`.
Retell = Callable[[int, Json], tuple[int, Any]]


@dataclass(frozen=True)
class Dialect:
    """
    One provider's way. `models` maps the names that are asked for there to models of ours.

    `forms` are the answer forms it takes; `only_limit` the one name of the token limit that it takes.
    """

    name: str
    retell: Retell
    models: Mapping[str, str]
    key_header: str = "authorization"
    needs_key: bool = True
    open_models: bool = False
    forms: frozenset[str] = frozenset({"text", "json_object", "json_schema"})
    only_limit: str = ""
    has_responses: bool = True
    rate_headers: bool = False
    tells_usage: bool = True
    tells_model: bool = True
    wants_the_word_json: bool = False

    def check(self, asked: Json) -> None:
        """Raise the provider's no to something in a question that it does not take."""
        form = str((asked.get("response_format") or {}).get("type", "text"))
        if form not in self.forms:
            raise errors.invalid(
                "This response_format type is unavailable now", None, "invalid_request_error"
            )
        other = {"max_tokens": "max_completion_tokens"}.get(self.only_limit, "")
        if other and asked.get(other) is not None:
            raise errors.invalid(f"Extra inputs are not permitted: {other}", other, "extra_forbidden")
        if (
            self.wants_the_word_json
            and form == "json_object"
            and "json" not in json.dumps(asked.get("messages")).lower()
        ):
            raise errors.invalid(
                "Prompt must contain the word 'json' to use 'json_object'", None, "invalid_request_error"
            )

    def told(self, answer: Json) -> Json:
        """Return an answer without what this provider does not tell."""
        left_out = (() if self.tells_usage else ("usage",)) + (() if self.tells_model else ("model",))
        return {name: value for name, value in answer.items() if name not in left_out}

    def no(self, answer: Response) -> Response:
        """Return an error answer as this provider would tell it; web pages of gateways stay as they are."""
        try:
            said = json.loads(bytes(answer.body))["error"]
        except (ValueError, KeyError, TypeError):
            return answer
        status, body = self.retell(answer.status_code, said)
        kept = {
            name: value
            for name, value in answer.headers.items()
            if name.startswith("retry-after") or (self.rate_headers and name.startswith("x-ratelimit"))
        }
        return JSONResponse(body, status_code=status, headers=kept)


def _plain(status: int, said: Json) -> tuple[int, Any]:
    return status, {"error": said}


def _azure(status: int, said: Json) -> tuple[int, Any]:
    code = said.get("code")
    if status == 401:
        message = "Access denied due to invalid subscription key or wrong API endpoint."
        return 401, {"error": {"code": "401", "message": message}}
    if code == "model_not_found":
        message = (
            "The API deployment for this resource does not exist. If you created the deployment within the last 5"
            " minutes, please wait a moment and try again."
        )
        return 404, {"error": {"code": "DeploymentNotFound", "message": message}}
    if status == 429 and said.get("type") != "insufficient_quota":
        message = "Requests have exceeded the rate limit of your current tier. Please retry after 2 seconds."
        return 429, {"error": {"code": "429", "message": message}}
    return status, {"error": said}


def filtered_question() -> Response:
    """Return Azure's no to a question that its content filter holds back."""
    inner = {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {"violence": {"filtered": True}},
    }
    body = {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": inner,
    }
    return JSONResponse({"error": body}, status_code=400)


def _openrouter(status: int, said: Json) -> tuple[int, Any]:
    code = said.get("code")
    metadata: Json = {}
    if said.get("type") == "insufficient_quota":
        status, metadata = 402, {"limit_source": "openrouter_credits"}
    message = {
        402: "Insufficient credits. Add more using https://openrouter.ai/settings/credits",
        401: "No auth credentials found",
    }.get(status, said.get("message"))
    if code == "model_not_found":
        status, message = 400, f"{str(said.get('message')).split('`')[1]} is not a valid model ID"
    error = {"code": status, "message": message, **({"metadata": metadata} if metadata else {})}
    return status, {"error": error, "user_id": "user_practice"}


def _deepseek(status: int, said: Json) -> tuple[int, Any]:
    error = {
        "message": said.get("message"),
        "type": said.get("type"),
        "param": None,
        "code": "invalid_request_error",
    }
    if status == 401:
        error |= {
            "message": "Authentication Fails, Your api key: ****00 is invalid",
            "type": "authentication_error",
        }
    if said.get("type") == "insufficient_quota":
        status = 402
        error |= {"message": "Insufficient Balance", "type": "unknown_error"}
    if said.get("code") == "model_not_found":
        status = 400
        error |= {"message": "Model Not Exist"}
    return status, {"error": error}


def _gemini(status: int, said: Json) -> tuple[int, Any]:
    names = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
    message, details = said.get("message"), []
    if status == 401:
        status, message = 400, "API key not valid. Please pass a valid API key."
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    if said.get("code") == "model_not_found":
        message = "models/none is not found for API version v1main, or is not supported for generateContent."
    if status == 429:
        message = "You exceeded your current quota, please check your plan and billing details."
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]
    error: Json = {"code": status, "message": message, "status": names.get(status, "UNAVAILABLE")}
    if details:
        error["details"] = details
    return status, [{"error": error}]


def _mistral(status: int, said: Json) -> tuple[int, Any]:
    if status == 401:
        return 401, {"detail": "Unauthorized"}
    if said.get("code") == "extra_forbidden":
        where = {"type": "extra_forbidden", "loc": ["body", said.get("param")], "msg": said.get("message")}
        return 422, {"detail": [where]}
    kind = "invalid_model" if said.get("code") == "model_not_found" else said.get("type")
    status = 400 if kind == "invalid_model" else 402 if kind == "insufficient_quota" else status
    body = {"object": "error", "message": said.get("message"), "type": kind, "param": None, "code": "1500"}
    return status, body


def _ollama(status: int, said: Json) -> tuple[int, Any]:
    if said.get("code") == "model_not_found":
        return 404, {"error": "model 'none' not found, try pulling it first"}
    return status, {"error": said.get("message")}


DIALECTS = {
    one.name: one
    for one in (
        Dialect("openai", _plain, {}, rate_headers=True),
        Dialect("azure", _azure, {"our-drafts": "gpt-4o"}, key_header="api-key"),
        Dialect("openrouter", _openrouter, {"openai/gpt-4o": "gpt-4o"}, open_models=True),
        Dialect(
            "deepseek",
            _deepseek,
            {"deepseek-chat": "gpt-4o"},
            forms=frozenset({"text", "json_object"}),
            has_responses=False,
            wants_the_word_json=True,
        ),
        Dialect("gemini", _gemini, {"gemini-3-flash": "gpt-4o"}, has_responses=False),
        Dialect(
            "mistral", _mistral, {"mistral-small": "gpt-4o"}, only_limit="max_tokens", has_responses=False
        ),
        Dialect(
            "ollama",
            _ollama,
            {"gemma3": "gpt-4o"},
            needs_key=False,
            only_limit="max_tokens",
            tells_usage=False,
            tells_model=False,
        ),
    )
}


def spent_budget() -> Response:
    """Return OpenRouter's no where a limit of the key itself is spent."""
    return _problem_of(403, "Key limit exceeded", {"limit_source": "openrouter_key_limit"})


def busy_budget() -> Response:
    """Return OpenRouter's no while what is under way fills the budget; it passes."""
    answer = _problem_of(402, "In-flight budget exhausted", {"limit_source": "openrouter_in_flight_budget"})
    answer.headers["retry-after"] = "3"
    return answer


def moderated() -> Response:
    """Return OpenRouter's no to a question that was flagged."""
    return _problem_of(403, "Your input was flagged", {"reasons": ["harassment"], "flagged_input": "…"})


def broken_midway() -> Response:
    """Return OpenRouter's error under HTTP 200: the provider behind it broke down after it had begun."""
    answer = _problem_of(502, "Provider returned error", {"provider_name": "Practice"})
    answer.status_code = 200
    return answer


def _problem_of(status: int, message: str, metadata: Json) -> Response:
    return JSONResponse(
        {"error": {"code": status, "message": message, "metadata": metadata}}, status_code=status
    )


# Errors of one provider alone; they are told as they are, whatever the dialect.
OWN_ERRORS: dict[str, Callable[[], Response]] = {
    "key_limit": spent_budget,
    "in_flight_budget": busy_budget,
    "moderated": moderated,
    "broken_midway": broken_midway,
    "filtered_question": filtered_question,
}


def refuse_responses() -> Problem:
    """Return the no of a provider that knows Chat Completions only."""
    return Problem(JSONResponse({"detail": "Not Found"}, status_code=404))

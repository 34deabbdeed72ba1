"""What errors mean, in any dialect: by their code, then their type, then their status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from signoff.connectors.openai.rates import limits_in
from signoff.connectors.shapes import is_page, items, lenient_json, member, web_page, word
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    ModelGone,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    SignoffError,
    VendorDown,
)
from signoff.outbound.reply import Reply
from signoff.outbound.retry_after import duration_seconds, retry_after_seconds
from signoff.outbound.statuses import raise_for_outage

RAMP_SECONDS = 900.0  # `slow_down`: traffic grew too fast; hold for a quarter of an hour
BILLING = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
    }
)
# OpenRouter's budgets that are spent, under a 403 (`metadata.limit_source`).
BUDGETS = frozenset({"openrouter_guardrail_budget", "openrouter_workspace_budget", "openrouter_key_limit"})
MODEL_GONE = frozenset(
    {"model_not_found", "DeploymentNotFound", "model_not_available", "unknown_model", "invalid_model"}
)
FILTERED = frozenset({"content_filter", "content_policy_violation"})
_NO_MODEL = re.compile(
    r"\bmodels?\b.{0,200}\b(not found|does not exist|not exist|unknown)|not a valid model", re.I | re.S
)
_NO_KEY = re.compile(r"api key not valid|api_key_invalid", re.I)


@dataclass(frozen=True)
class Fault:
    """An error in any dialect. `message` is only looked into, never shown: it can quote the prompt."""

    status: int
    code: str = ""
    type: str = ""
    param: str = ""
    message: str = ""
    limit_source: str = ""
    is_flagged: bool = False
    wait: float | None = None

    @classmethod
    def of(cls, reply: Reply) -> Fault:
        said = lenient_json(reply)
        if isinstance(said, list):  # Gemini puts its error into a list
            said = next(iter(said), {})
        return cls.told(said, reply.status, reply.ok)

    @classmethod
    def told(cls, said: Any, status: int = 400, is_ok: bool = False) -> Fault:
        """Return what is told of an error, with the status of the answer that tells it."""
        error = member(said, "error")
        if isinstance(error, str):  # Ollama, xAI
            return cls(status, word(member(said, "code")), message=error)
        source = error if isinstance(error, dict) else said
        code = member(source, "code")
        if isinstance(code, int) and 400 <= code < 600 and is_ok:
            status = code  # OpenRouter: the status as the code, even under a 200
        return cls(
            status,
            word(code) or word(member(source, "status")),
            word(member(source, "type")),
            word(member(source, "param")),
            str(member(source, "message") or member(source, "detail") or ""),
            word(member(source, "metadata", "limit_source")),
            bool(items(member(source, "metadata", "reasons"))),
            _told_wait(source),
        )


def explain(reply: Reply) -> None:
    """Raise the error that an answer stands for: by its code, then its type, then its status."""
    said = lenient_json(reply)
    # A response tells its error itself, by its status.
    if reply.ok and (not (isinstance(said, dict) and said.get("error")) or said.get("object") == "response"):
        return
    fault = Fault.of(reply)
    detail = " ".join(
        part for part in (f"{reply.call}: {reply.status}", fault.code, fault.type, fault.param) if part
    )
    raise meaning(reply, fault, detail) or VendorDown(detail, app=reply.app)


def meaning(reply: Reply, fault: Fault, detail: str) -> SignoffError | None:
    """Return the error that a fault stands for, None for one that says nothing more than that something broke."""
    app, wait = reply.app, retry_after_seconds(reply.headers) or fault.wait
    if fault.status == 402 and wait is not None:  # OpenRouter: what is under way fills the budget for now
        return RateLimited(detail, app=app, retry_after_seconds=wait)
    if fault.status == 402 or fault.code in BILLING or fault.type in BILLING or fault.limit_source in BUDGETS:
        return QuotaExhausted(detail, app=app)
    if is_page(reply) and fault.status in (401, 403, 407):
        return web_page(detail, app)
    if fault.status == 401 or _NO_KEY.search(f"{fault.code} {fault.message}"):
        return CredentialRejected(
            detail, app=app, owner_message="{app} does not accept the key. Nothing is lost; the work waits."
        )
    if {fault.code, fault.type} & MODEL_GONE or (fault.status in (400, 404) and names_model(fault)):
        return ModelGone(detail, app=app)
    if fault.status == 429:
        return RateLimited(detail, app=app, retry_after_seconds=_wait(reply, fault, wait))
    if fault.status == 403 or fault.code == "FAILED_PRECONDITION":
        return PermissionMissing(detail, app=app, lacks=_scopes(fault))
    if fault.status in (408, 409) or fault.status >= 500:
        return VendorDown(detail, app=app, retry_after_seconds=wait)
    if fault.status == 404:
        return InputRejected(
            detail,
            app=app,
            field="base_url",
            owner_message="At this address there is no AI service that we understand.",
            next_step="Open Connections and look at the address; it usually ends in /v1.",
        )
    if fault.code == "context_length_exceeded":
        return InputRejected(
            detail,
            app=app,
            field="prompt",
            owner_message="The record and the facts together are too long for this AI model.",
            next_step="Leave out facts or fields in the integration, or choose a model that takes more.",
        )
    if 400 <= fault.status < 500:
        return InputRejected(
            detail,
            app=app,
            field=fault.param,
            owner_message="{app} did not accept the question for this record. Nothing was sent anywhere.",
            next_step="Run it again; if it stays, choose another AI model in the integration.",
        )
    raise_for_outage(reply)
    return None  # an error under a status 200, without a number: what the provider had begun broke down


def is_filtered(reply: Reply) -> bool:
    """Say whether a question was refused for what it says, rather than for how it was asked."""
    if reply.ok and not member(lenient_json(reply), "error"):
        return False
    fault = Fault.of(reply)
    return fault.code in FILTERED or (fault.status == 403 and fault.is_flagged)


def names_model(fault: Fault) -> bool:
    """Gemini, Ollama, OpenRouter, vLLM and others say in words that they have no such model."""
    return bool(_NO_MODEL.search(fault.message))


def bad_picture(detail: str, app: str) -> InputRejected:
    """Return the error for a picture that cannot be read."""
    return InputRejected(
        detail,
        app=app,
        field="image",
        owner_message="{app} cannot read the picture of this record. Nothing was sent anywhere.",
        next_step="Open the run and look at the picture: it must be a whole JPEG, PNG, WebP or GIF.",
    )


def _told_wait(source: Any) -> float | None:
    """Return the wait that Gemini tells inside of its error ("34s")."""
    told_waits = (duration_seconds(member(one, "retryDelay")) for one in items(member(source, "details")))
    return next((wait for wait in told_waits if wait is not None), None)


def _wait(reply: Reply, fault: Fault, wait: float | None) -> float | None:
    """Return how long to wait: what the app asks for, else until the limit that is used up is full again."""
    if fault.code == "slow_down":
        return max(RAMP_SECONDS, wait or 0.0)
    if wait is not None:
        return wait
    resets = [limit.reset_seconds for limit in limits_in(reply.headers) if limit.remaining == 0]
    return max((reset for reset in resets if reset is not None), default=None)


def _scopes(fault: Fault) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(r"\b(?:api|model|models)\.[a-z_.]+", fault.message)))

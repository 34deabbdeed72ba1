"""An integration as data: what stands in its file, checked for shape."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from signoff.core.money import micros
from signoff.integrations.part import Part, no_yes_or_no
from signoff.integrations.record_part import RecordSource
from signoff.integrations.review_part import ReviewPart
from signoff.outputs.contract import Contract

if TYPE_CHECKING:
    from signoff.integrations.models import Version

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
HOST = re.compile(r"(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}")
SPEND_PER_RECORD = "1.00 USD"  # where the owner says nothing: some hundred times what a draft costs
REPLY = "reply"  # under `then`: the answer goes back to whoever handed the record in
DRAFTS_HANDED_IN: Literal["handed in"] = "handed in"  # under `drafts`: each record comes with its own
# Addresses of pages: no integration can be called so.
TAKEN = frozenset({"new", "drafts", "facts", "moving-in"})
FOR_AN_AI = ("ai", "model", "task", "constraints", "tone", "never", "examples")  # under `prompt`
FILLED_IN = ("choices", "lengths", "order", "reply")  # by us; they stand in no file
CONTEXT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


class ContextPart(Part):
    """
    One thing that an MCP server is asked about each record: what a tool tells (`from: notes.search_nodes`, `with` its
    values), or what lies at an address of the server's own (`from: notes`, `resource`).
    """

    from_: str = Field(alias="from", min_length=1)
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    resource: str | None = Field(default=None, min_length=1, max_length=500)

    @property
    def connection(self) -> str:
        return self.from_.partition(".")[0]

    @property
    def tool(self) -> str:
        return self.from_.partition(".")[2]

    @model_validator(mode="after")
    def _one_of_two(self) -> ContextPart:
        if self.resource is None and not self.tool:
            raise ValueError(
                "needs a connection and a tool behind `from` (notes.search_nodes), or a `resource`"
            )
        if self.resource is not None and (self.tool or self.with_):
            raise ValueError(
                "has a `resource`, so behind `from` stands the connection alone, and there is no `with`"
            )
        return self


class PromptPart(Part):
    """What the AI is asked; `ai` and `model` are None, and `task` "", where all drafts are handed in."""

    ai: str | None = None
    model: str | None = None
    task: str = ""
    constraints: tuple[str, ...] = ()
    tone: str = ""
    never: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    pictures: tuple[str, ...] = Field(default=(), max_length=4)
    examples: int = Field(default=0, ge=0, le=20)

    _number = field_validator("examples", mode="before")(no_yes_or_no)


class AskedPart(PromptPart):
    """The same where an AI is asked: all that it cannot be asked without."""

    ai: str
    model: str
    task: str = Field(min_length=1)

    @field_validator("task", "model")
    @classmethod
    def _something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("is empty")
        return value


class UnaskedPart(PromptPart):
    """
    The same where nobody is asked: what a draft is held to, and what its reviewer sees.

    What a file says to an AI may stay in it, so that one line changes over and back. It means nothing meanwhile.
    """

    @model_validator(mode="before")
    @classmethod
    def _for_nobody(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: one for name, one in value.items() if name not in FOR_AN_AI}


class SecondOpinion(Part):
    """An AI that reads every draft beside its record; `ai` is a connection, the integration's own where it is None."""

    model: str = Field(min_length=1)
    ai: str | None = None


class ChecksPart(Part):
    """
    What the owner wants looked at beside the facts.

    `topics` are words on which a person always decides, beside ours (refunds, passwords, payments, contracts, the law,
    health). `links` are hosts an answer may link to although no record names them. `language: any` allows an answer in
    another language than the customer's.
    """

    topics: tuple[str, ...] = Field(default=(), max_length=50)
    links: tuple[str, ...] = Field(default=(), max_length=50)
    language: Literal["the customer's", "any"] = "the customer's"
    second_opinion: SecondOpinion | None = None

    @field_validator("topics")
    @classmethod
    def _words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not 2 <= len(words.strip()) <= 60 for words in value):
            raise ValueError(
                "holds a topic that is empty or longer than 60 letters; write a word or two for each"
            )
        return value

    @field_validator("links")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not HOST.fullmatch(host.strip().lower()):
                raise ValueError(f"has `{host[:60]}`, where a host belongs, for example www.example.com")
        return tuple(host.strip().lower() for host in value)


class LimitsPart(Part):
    per_day: int | None = Field(default=None, ge=1)
    spend_per_day: str | None = None
    spend_per_record: str | None = None  # for all attempts at one record together
    may_take: str | None = None  # "24h": drafts may come by batch, which costs half

    _number = field_validator("per_day", mode="before")(no_yes_or_no)

    @field_validator("may_take", mode="before")
    @classmethod
    def _hours(cls, value: Any) -> str | None:
        if value is None:
            return None
        found = re.fullmatch(r"\s*([0-9]{1,2})\s*h\s*", str(value))
        if not found or not 2 <= int(found[1]) <= 24:
            raise ValueError("must be a number of hours from 2h to 24h")
        return f"{int(found[1])}h"

    @property
    def may_take_hours(self) -> int | None:
        return int(self.may_take[:-1]) if self.may_take else None

    @field_validator("spend_per_day", "spend_per_record", mode="before")
    @classmethod
    def _amount(cls, value: Any) -> str | None:
        if value is None:
            return None
        found = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]{1,2})?)\s*(USD)?\s*", str(value))
        if not found or not Decimal(found[1]):
            raise ValueError("must be an amount in dollars above zero, for example 5.00 USD")
        return f"{Decimal(found[1]):.2f} USD"

    @property
    def spend_per_day_micros(self) -> int | None:
        return micros(self.spend_per_day.split()[0]) if self.spend_per_day else None

    @property
    def spend_per_record_micros(self) -> int:
        return micros((self.spend_per_record or SPEND_PER_RECORD).split()[0])


class Step(Part):
    """One place the answer goes to: `connection.action` and its parameters."""

    connection: str
    action: str
    params: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _as_in_a_file(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"connection", "action", "params"}:
            return value
        if value == REPLY:
            raise ValueError("has `reply` before another place; put it last")
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError("must be one `connection.action: {...}` for each hyphen")
        (what, params), *_ = value.items()
        connection, _, action = str(what).partition(".")
        if not connection or not action:
            raise ValueError(
                f"has `{what}`, where a connection and an action belong, e.g. gmail-sales.create_draft"
            )
        return {"connection": connection, "action": action, "params": params or {}}


class Definition(Part):
    """
    Everything an owner says about one integration.

    `choices` are the app's own choices as they were when the file was applied, by reference
    ("hubspot-main.contact.lead_intent"): a change of them is a change of the contract. `lengths` are the characters
    that the destinations leave for a text of the answer, where that is less than the file says. `versions` are the
    versions of apps' APIs that it asks for, by connection ("whatsapp-main": "v26.0"), where not the connector's own.
    `reply` is true where the file says so under `then`: the answer goes back to whoever handed the record in, and maybe
    nowhere else. `drafts` says that no AI is asked: each record comes with its draft, from a program.
    """

    name: str
    record: RecordSource
    context: dict[str, ContextPart] = Field(default_factory=dict, max_length=5)
    drafts: Literal["handed in"] | None = None
    prompt: PromptPart
    answer: dict[str, Any] = Field(min_length=1)
    review: ReviewPart | Literal["none"] = ReviewPart()
    reply: bool = False
    then: tuple[Step, ...]
    limits: LimitsPart = LimitsPart()
    checks: ChecksPart = ChecksPart()
    versions: dict[str, str] = Field(default_factory=dict)
    choices: dict[str, tuple[tuple[str, str], ...]] = Field(default_factory=dict)
    lengths: dict[str, int] = Field(default_factory=dict)
    # The order of the answer's fields: the database keeps names and values, but not their order.
    order: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _as_the_owner_wrote_it(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("answer"), dict):
            answer = data["answer"]
            kept = data.get("order")
            order = [name for name in kept if name in answer] if isinstance(kept, list | tuple) else []
            order += [name for name in answer if name not in order]
            data = {**data, "answer": {name: answer[name] for name in order}, "order": order}
        if isinstance(data, dict) and data.get("drafts") is not None:
            data = _without_an_ai(data)
        then = data.get("then") if isinstance(data, dict) else None
        if then == REPLY:
            return {**data, "then": [], "reply": True}
        if isinstance(then, list) and then and then[-1] == REPLY:
            return {**data, "then": then[:-1], "reply": True}
        return data

    @field_validator("prompt", mode="before")
    @classmethod
    def _asked_or_not(cls, value: Any, info: ValidationInfo) -> Any:
        if "drafts" not in info.data:  # what stands there is no word for it: said at `drafts`
            return value
        part = UnaskedPart if info.data["drafts"] == DRAFTS_HANDED_IN else AskedPart
        # By its own fields: what is asked of one kind of them is not asked of the other.
        return part.model_validate(value.model_dump() if isinstance(value, PromptPart) else value)

    @field_validator("then", mode="before")
    @classmethod
    def _steps(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(
                "is a list of steps, one a line: `- gmail-main.create_draft: {…}`; or the one word `reply`, where the "
                "answer goes back to whoever asked"
            )
        return value

    @field_validator("then")
    @classmethod
    def _somewhere(cls, value: tuple[Step, ...], info: ValidationInfo) -> tuple[Step, ...]:
        if not value and not info.data.get("reply"):
            raise ValueError(
                "is empty. Say where the approved answer goes, or `then: reply` where it goes back to whoever asked"
            )
        return value

    @field_validator("context")
    @classmethod
    def _names(cls, value: dict[str, ContextPart]) -> dict[str, ContextPart]:
        for name in value:
            if not CONTEXT_NAME.fullmatch(name):
                raise ValueError(f"has `{name[:60]}`, where a name of letters, digits and _ belongs")
        return value

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError("may hold small letters, digits and hyphens, for example follow-up-new-leads")
        return value

    @property
    def asked(self) -> AskedPart | None:
        """Return what an AI is asked; None where each record is handed in with its draft, so that none is."""
        return self.prompt if isinstance(self.prompt, AskedPart) else None

    def contract(self) -> Contract:
        """Return the contract of the answer; raises `ContractFault`."""
        from signoff.connectors.base import Choice

        return Contract.from_answer(
            {name: self._held_to_room(name, block) for name, block in self.answer.items()},
            {ref: [Choice(*pair) for pair in pairs] for ref, pairs in self.choices.items()},
        )

    def _held_to_room(self, name: str, block: Any) -> Any:
        if name not in self.lengths:
            return block
        return {**(block if isinstance(block, dict) else {"type": block}), "max": self.lengths[name]}

    def connections(self) -> set[str]:
        """Return the names of the connections that are needed."""
        names = {self.record.from_ or "", self.prompt.ai or "", *(step.connection for step in self.then)}
        names |= {part.connection for part in self.context.values()}
        if self.checks.second_opinion and self.checks.second_opinion.ai:
            names.add(self.checks.second_opinion.ai)
        asks = self.review.asks if isinstance(self.review, ReviewPart) else None
        return names - {""} | ({asks[0]} if asks else set())

    def version_for(self, connection: str) -> str:
        """Return which version of an app's API this speaks with a connection; "" for the connector's own."""
        return self.versions.get(connection, "")

    def hash(self) -> str:
        """Return what names this definition: equal meaning, equal hash, whatever the layout of its file."""
        canonical = json.dumps(
            self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False
        )
        return hashlib.sha256(canonical.encode()).hexdigest()


def _without_an_ai(data: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a file need not say whose drafts are handed in: how its records come, and that nobody is asked."""
    record = data.get("record", {})
    if isinstance(record, dict) and not {"from", "from_", "when", "schedule"} & {
        k for k, v in record.items() if v
    }:
        record = {**record, "when": "webhook"}
    return {**data, "record": record, "prompt": data.get("prompt", {})}


def read_definition(version: Version) -> tuple[Definition, Contract]:
    """Return the definition and contract of a `Version`; read once each, because versions never change."""
    found = _kept.get(version.pk)
    if found is None:
        definition = Definition.model_validate(version.definition)
        found = _kept[version.pk] = (definition, definition.contract())
        if len(_kept) > 500:
            _kept.pop(next(iter(_kept)))
    return found


def definition_of(version_id: int) -> tuple[Definition, Contract]:
    """Return the definition and contract of a version by its id, read once in a process."""
    found = _kept.get(version_id)
    if found is None:
        from signoff.integrations.models import Version

        found = read_definition(Version.objects.get(pk=version_id))
    return found


_kept: dict[int, tuple[Definition, Contract]] = {}

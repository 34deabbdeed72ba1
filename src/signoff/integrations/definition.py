"""An integration as data: what stands in its file, checked for shape."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from signoff.core.money import micros
from signoff.integrations.schedule import is_schedule
from signoff.outputs.contract import Contract

if TYPE_CHECKING:
    from signoff.integrations.models import Version

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
HOST = re.compile(r"(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}")
ASK = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\.[#+]?[\w.@+:/-]{1,90}")
BY_MAIL = "email"  # may stand behind `ask`: to the people themselves, through the owner's mail server
DUE_IN = re.compile(r"\s*([0-9]{1,4})\s*(m|h|d)\s*")
UNITS = {"m": 60, "h": 3600, "d": 86_400}
SOONEST_DUE, LATEST_DUE = 5 * 60, 30 * 86_400  # seconds
SPEND_PER_RECORD = "1.00 USD"  # where the owner says nothing: some hundred times what a draft costs
HANDED_IN = ("webhook", "upload")  # records that somebody brings, so that we ask no app for them
TOGETHER = ("count", "records")  # the fields of a record that holds all that was found at one time
REPLY = "reply"  # under `then`: the answer goes back to whoever handed the record in
SPREADSHEET = "spreadsheet"  # may stand behind `from` where it reads better; it is no connection
EXPECTED = re.compile(r"([1-9][0-9]{0,5})\s*(?:an?|per|/)\s*(hour|weekday|day|week)")
Scheme = Literal["standard", "static", "hubspot-v3", "meta", "slack"]
SCHEMES: tuple[Scheme, ...] = get_args(
    Scheme
)  # by which records can be signed, those that we choose a secret for first


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


MOST_PLANTED = 0.2
CONTEXT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


def _percent(value: Any) -> float:
    """Return a share given as "5%", "5 %" or 0.05; raises ValueError."""
    text = "" if isinstance(value, bool) else str(value).strip()
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = 0
    if not 0 < share <= 1:
        raise ValueError("must be a share between 0% and 100%, for example 5%")
    return share


def _no_yes_or_no(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


@dataclass(frozen=True)
class Expected:
    """How many records the owner wants to see come, at least; a weekday is any from Monday to Friday."""

    count: int
    per: Literal["hour", "day", "weekday", "week"]

    @property
    def within(self) -> timedelta:
        return {"hour": timedelta(hours=1), "week": timedelta(weeks=1)}.get(self.per, timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.count} {'an' if self.per == 'hour' else 'a'} {self.per}"


class RecordSource(_Part):
    """
    Where records come from: a connection and what happens there, a webhook, a spreadsheet, or a schedule.

    `expect` is how many should come at least ("5 a day"), or "off" where their absence means nothing; where the owner
    says nothing, it is learned. `together`: all that an app has at the time of the `schedule` is one record.
    """

    from_: str | None = Field(default=None, alias="from")
    when: str | None = None
    schedule: str | None = None
    signed: Scheme | None = None
    only_if: dict[str, Any] = Field(default_factory=dict)
    fields: tuple[str, ...] = ()
    expect: str | None = None
    together: bool = False  # all that is found at one time is one record

    @field_validator("together", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> bool:
        said = {"yes": True, "no": False}.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(said, bool):
            raise ValueError("must be true or false")
        return said

    @field_validator("expect", mode="before")
    @classmethod
    def _a_pace(cls, value: Any) -> str | None:
        if value is None:
            return None
        text = "off" if value is False else " ".join(str(value).lower().split())
        found = EXPECTED.fullmatch(text)
        if text != "off" and not found:
            raise ValueError(
                "must be how many should come at least, such as 5 a day, 1 an hour, 3 a weekday; or off"
            )
        return str(_expected(found)) if found else text

    @property
    def expects(self) -> Expected | Literal["off"] | None:
        if self.expect in (None, "off"):
            return "off" if self.expect else None
        found = EXPECTED.fullmatch(self.expect or "")
        return _expected(found) if found else None

    @model_validator(mode="before")
    @classmethod
    def _no_app(cls, value: Any) -> Any:
        """Take `from: spreadsheet` for what it means: no app is behind it."""
        if isinstance(value, dict) and value.get("when") == "upload" and value.get("from") == SPREADSHEET:
            return {name: inner for name, inner in value.items() if name != "from"}
        return value

    @model_validator(mode="after")
    def _one_start(self) -> RecordSource:
        if self.when is None and self.schedule is None:
            raise ValueError("needs either `when` (what happens) or `schedule` (at what time)")
        if self.when == "webhook" and self.schedule is not None:
            raise ValueError("cannot have a `schedule`: a webhook comes when it comes")
        if self.when == "upload" and self.schedule is not None:
            raise ValueError("cannot have a `schedule`: a spreadsheet comes when somebody uploads it")
        if self.when == "upload" and self.from_ is not None:
            raise ValueError("needs no `from` with `when: upload`: the records stand in the spreadsheet")
        if self.when not in (None, *HANDED_IN) and self.from_ is None:
            raise ValueError("needs `from`: the connection that the records come from")
        if self.together and (self.schedule is None or self.when is None):
            raise ValueError("can be taken `together` only where an app is read (`when`) by a `schedule`")
        if self.signed is not None and self.when != "webhook":
            raise ValueError("can be `signed` only where records come by `when: webhook`")
        return self

    @field_validator("schedule")
    @classmethod
    def _five_fields(cls, value: str | None) -> str | None:
        if value is not None and not is_schedule(value):
            raise ValueError('must be five fields as in cron, for example "0 9 * * 1-5" (weekdays at 9:00)')
        return value

    @field_validator("only_if")
    @classmethod
    def _comparable(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, wanted in value.items():
            options = wanted if isinstance(wanted, list) else [wanted]
            if not options or any(isinstance(option, dict | list) for option in options):
                raise ValueError(f"compares `{name}` with one value, or with a list of values")
        return value


def _expected(found: re.Match[str]) -> Expected:
    return Expected(int(found[1]), found[2])  # type: ignore[arg-type]  # the pattern names the four


class ContextPart(_Part):
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


class PromptPart(_Part):
    ai: str
    model: str
    task: str = Field(min_length=1)
    constraints: tuple[str, ...] = ()
    tone: str = ""
    never: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    pictures: tuple[str, ...] = Field(default=(), max_length=4)
    examples: int = Field(default=0, ge=0, le=20)

    _number = field_validator("examples", mode="before")(_no_yes_or_no)

    @field_validator("task", "model")
    @classmethod
    def _something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("is empty")
        return value


class Autopilot(_Part):
    error_below: float
    audit: float = 0.10

    _share = field_validator("error_below", "audit", mode="before")(_percent)


class ReviewPart(_Part):
    """
    Who decides, until when, and where they are asked to: `connection.place`, for example slack-main.#sales.

    `assign` gives each draft to one of them; `due_in` is how long they may take before it goes to the next;
    `four_eyes` lets nothing out before two of them have approved the same words.
    """

    by: tuple[str, ...] = ()
    assign: Literal["contact owner", "in turn"] | None = None
    due_in: str | None = None
    four_eyes: bool = False
    ask: str | None = None
    autopilot: Autopilot | Literal["off"] = "off"
    planted: float = 0.0  # drafts that are wrong on purpose, for each one that waits

    @field_validator("planted", mode="before")
    @classmethod
    def _few(cls, value: Any) -> float:
        if value in (False, 0, "off", None):
            return 0.0
        share = _percent(value)
        if share > MOST_PLANTED:
            raise ValueError("must be at most 20%: more would keep people from their work")
        return share

    @field_validator("due_in", mode="before")
    @classmethod
    def _a_while(cls, value: Any) -> str | None:
        if value is None:
            return None
        found = DUE_IN.fullmatch(str(value))
        if not found or not SOONEST_DUE <= int(found[1]) * UNITS[found[2]] <= LATEST_DUE:
            raise ValueError("must be minutes, hours or days, from 5m to 30d, for example 4h")
        return f"{int(found[1])}{found[2]}"

    @field_validator("four_eyes", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> bool:
        said = {"yes": True, "no": False}.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(said, bool):
            raise ValueError("must be yes or no")
        return said

    @property
    def due_in_seconds(self) -> int | None:
        return int(self.due_in[:-1]) * UNITS[self.due_in[-1]] if self.due_in else None

    @field_validator("autopilot", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        return "off" if value in (False, None) else value

    @field_validator("ask")
    @classmethod
    def _a_place(cls, value: str | None) -> str | None:
        if value is not None and value != BY_MAIL and not ASK.fullmatch(value):
            raise ValueError("must be `email`, or a connection and a place, for example slack-main.#sales")
        return value

    @property
    def asks(self) -> tuple[str, str] | None:
        """Return the connection and the place at which people are asked, None where no app asks them."""
        if self.ask is None or self.ask == BY_MAIL:
            return None
        connection, _, place = self.ask.partition(".")
        return connection, place

    @property
    def told_at(self) -> str:
        """Return where people are told: as the file says, by e-mail where somebody is to be reminded, "" nowhere."""
        return self.ask or (BY_MAIL if self.assign or self.due_in else "")


class SecondOpinion(_Part):
    """An AI that reads every draft beside its record; `ai` is a connection, the integration's own where it is None."""

    model: str = Field(min_length=1)
    ai: str | None = None


class ChecksPart(_Part):
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


class LimitsPart(_Part):
    per_day: int | None = Field(default=None, ge=1)
    spend_per_day: str | None = None
    spend_per_record: str | None = None  # for all attempts at one record together

    may_take: str | None = None  # "24h": drafts may come by batch, which costs half

    _number = field_validator("per_day", mode="before")(_no_yes_or_no)

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


class Step(_Part):
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


class Definition(_Part):
    """
    Everything an owner says about one integration.

    `choices` are the app's own choices as they were when the file was applied, by reference
    ("hubspot-main.contact.lead_intent"): a change of them is a change of the contract. `lengths` are the characters
    that the destinations leave for a text of the answer, where that is less than the file says. `versions` are the
    versions of apps' APIs that it asks for, by connection ("whatsapp-main": "v26.0"), where not the connector's own.
    `reply` is true where the file says so under `then`: the answer goes back to whoever handed the record in, and maybe
    nowhere else.
    """

    name: str
    record: RecordSource
    context: dict[str, ContextPart] = Field(default_factory=dict, max_length=5)
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
        then = data.get("then") if isinstance(data, dict) else None
        if then == REPLY:
            return {**data, "then": [], "reply": True}
        if isinstance(then, list) and then and then[-1] == REPLY:
            return {**data, "then": then[:-1], "reply": True}
        return data

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
        names = {self.record.from_ or "", self.prompt.ai, *(step.connection for step in self.then)}
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


TAKEN = frozenset(
    {"new", "drafts", "facts", "moving-in"}
)  # addresses of pages: no integration can be called so
FILLED_IN = ("choices", "lengths", "order", "reply")  # by us; they stand in no file

_kept: dict[int, tuple[Definition, Contract]] = {}

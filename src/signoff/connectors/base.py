"""
What every app promises.

A connector is a folder with a `manifest.toml` and a `connector.py` in which one class derives from
`Connector` (or `AiConnector`). It gets an authorised `Door`, never a key, and knows no Django and no
database.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as PydanticField

from signoff.connectors.manifest import End, Manifest
from signoff.connectors.push import Push
from signoff.core.errors import Broken, InputRejected, SignoffError
from signoff.core.prompt import Prompt
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.wire import Server

Record = dict[str, Any]
BLANK = re.compile(r"{{(\d+)}}")
FieldType = Literal[
    "text", "number", "yesno", "date", "datetime", "choice", "choices", "email", "phone", "link"
]


@dataclass(frozen=True)
class Account:
    """Who we are at the app. `may` and `lacks` are in the owner's words; `ends_at` None: no known end."""

    id: str
    name: str
    may: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Mailbox:
    """Where a mailbox is: the servers to read at and to send by (None: nothing is sent), and who signs in."""

    imap: Server
    smtp: Server | None
    user: str


@dataclass(frozen=True)
class Event:
    """
    One thing that happened at an app and starts a run.

    `key` is the same whenever the same thing is told again (the vendor's event id, else made from the
    object and the content that matters). `label` is who or what it is about, as a person would say it.

    `to_read`: the app told us no more than that it happened, so the run begins by reading its record (`read`).
    `parties` are the app's names for who sent it, where the app lets us answer only for a while (`Window`).
    """

    key: str
    object_id: str
    record: Record
    label: str
    occurred_at: datetime | None = None
    to_read: bool = False
    parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of events and the cursor to ask with next time. `more`: ask again at once."""

    events: tuple[Event, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """
    One field of an object at the app, by the app's own description.

    `id` is what else the app knows it by. `unique`: no two records may have the same value.
    """

    name: str
    label: str
    type: FieldType
    max_length: int | None = None
    choices: tuple[Choice, ...] = ()
    read_only: bool = False
    required: bool = False
    unique: bool = False
    id: str = ""


@dataclass(frozen=True)
class Model:
    """
    An AI model; `ends_on` is the day it stops, None where none is known.

    `sees`: it takes pictures; None where the provider does not say.
    """

    id: str
    ends_on: date | None = None
    sees: bool | None = None


@dataclass(frozen=True)
class Usage:
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True)
class Limit:
    """
    A limit as the app states it in its headers.

    `limit` per `per_seconds`, of which `remaining` are left; all are left again after `reset_seconds`.
    """

    kind: Literal["requests", "tokens"]
    limit: int
    per_seconds: float
    remaining: int | None = None
    reset_seconds: float | None = None


Stopped = Literal["done", "cut off", "refused", "filtered"]


@dataclass(frozen=True)
class Answer:
    """
    What an AI answered. `stopped` says why it ended: only "done" is a whole answer.

    `model` is the snapshot the provider names in its answer, which can differ from the one that was asked.
    """

    text: str
    model: str
    stopped: Stopped = "done"
    usage: Usage = Usage()
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question of a batch; its answer comes back under `key`, which is ours and tells nothing of anybody."""

    key: str
    prompt: Prompt
    schema: Mapping[str, Any] | None


@dataclass(frozen=True)
class Pending:
    """A batch that is not over: how many of its questions are answered, and when it ends at the latest."""

    answered: int
    total: int
    ends_at: datetime | None


@dataclass(frozen=True)
class Collected:
    """
    What a batch that is over has brought, by the keys of its questions, in no order.

    A question that is in neither was not answered, for whatever reason, and costs nothing. `trouble` says what kept
    the batch as a whole from being done.
    """

    answers: Mapping[str, Answer]
    failed: Mapping[str, SignoffError]
    trouble: SignoffError | None = None


@dataclass(frozen=True)
class Intent:
    """A write that was begun and whose end we do not know, for `reconcile`."""

    action: str
    params: Mapping[str, Any]
    marker: str
    started_at: datetime


@dataclass(frozen=True)
class Sent:
    """It happened; `external_id` is the app's name for it."""

    external_id: str


@dataclass(frozen=True)
class NotSent:
    """It did not happen, for certain."""


@dataclass(frozen=True)
class Unknown:
    """The app cannot say."""

    why: str = ""


Outcome = Sent | NotSent | Unknown


@dataclass(frozen=True)
class Receipt:
    """
    What an app tells us later of something that we sent, found by the `marker` we left on it.

    `why` says of a failed one whose it is to mend. The same may be told twice, late, and in any order.
    """

    marker: str
    external_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    why: SignoffError | None = None


@dataclass(frozen=True)
class Notice:
    """
    A few words for people of the business, with one button that opens a page here; nothing is decided by it.

    `as_button` False: the app could not tell us that it was pressed (or would complain that we do not hear it), so a
    plain link is better. `about` is what it is about, one each, for programs that are told.
    """

    title: str
    lines: tuple[str, ...]
    button: str
    url: str
    as_button: bool = True
    about: tuple[Mapping[str, Any], ...] = ()


class Offered(Protocol):
    """One thing that an account offers to be chosen, as it is described now. All of it is a stranger's text."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def hash(self) -> str:
        """What names all that is said of it."""

    @property
    def says_it_reads(self) -> bool:
        """Whether it claims to change nothing."""

    @property
    def fault(self) -> str:
        """Why it cannot be used here, "" where it can."""

    def kept(self, use: Literal["write", "read"]) -> dict[str, Any]:
        """What is stored of it once it is chosen."""


class Params(BaseModel):
    """The input of an action: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def fault_of(cls, given: Collection[str]) -> str | None:
        """Return what is missing where just these parameters are given, None where that is enough."""
        return None


class Written(BaseModel):
    """
    The output of a write: the app's id for what was written and, if it has one, an address to look at it.

    `note` is for the owner, where having it is less than having done it ("accepted, not delivered yet").
    """

    id: str
    link: str | None = None
    note: str = ""


def target(description: str, **more: Any) -> Any:
    """
    Declare a parameter that says *where* something goes (a recipient, an id, an address).

    Such a value may come from the record or be fixed by the owner, but never from the AI's answer.
    """
    return PydanticField(description=description, json_schema_extra={"target": True}, **more)


@dataclass(frozen=True)
class Window:
    """
    For how long after somebody wrote to us an app lets us answer them freely.

    `whom` names the parameter that says who it is, by one of the `parties` of an `Event`. What was not heard of is
    closed. `instead` is the action that is allowed afterwards: it takes `whom` too, one of the app's approved texts
    (`approved`) as its parameter `choose`, and what goes into the text's blanks as a list in `fill`.
    """

    whom: str
    lasts: timedelta
    instead: str
    choose: str
    fill: str


@dataclass(frozen=True)
class Approved:
    """
    A text that the app has approved beforehand: `key` names it in an action's parameter, `label` to a person.

    `text` has its blanks as {{1}}, {{2}} and so on, in the order in which they are filled.
    """

    key: str
    label: str
    text: str

    def blanks(self) -> int:
        """Return how many blanks there are to fill."""
        return len(set(BLANK.findall(self.text)))

    def filled(self, values: Sequence[str]) -> str:
        """Return the text with its blanks filled; one without a value stays as it is."""
        known = {str(n): value for n, value in enumerate(values, 1)}
        return BLANK.sub(lambda found: known.get(found[1], found[0]), self.text)


@dataclass(frozen=True)
class File:
    """A file at the app, whole."""

    media_type: str
    content: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True)
class Action:
    """
    What an app can do. `repeatable`: doing it twice is the same as once, so a lost answer may be asked again.

    `reaches_customer`: a person outside the business sees it (a message), not only the owner's own apps.
    `window`: it is allowed only for a while after its customer has written. `needs` are the permissions that the key
    must have for it, in the words in which `check()` says what it may and lacks. `always_reviewed`: what becomes of it
    there nobody here can measure, so a person decides on each answer.
    """

    name: str
    label: str
    effect: Literal["read", "write"]
    repeatable: bool
    reaches_customer: bool
    params: type[Params]
    method: str
    window: Window | None = None
    needs: tuple[str, ...] = ()
    always_reviewed: bool = False

    def targets(self) -> frozenset[str]:
        """Return the names of the parameters that say where something goes."""
        return frozenset(
            name
            for name, info in self.params.model_fields.items()
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("target")
        )


F = TypeVar("F", bound=Callable[..., Any])


def action(
    *,
    label: str,
    effect: Literal["read", "write"],
    repeatable: bool,
    reaches_customer: bool = False,
    window: Window | None = None,
    needs: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """
    Mark a method `(self, params: SomeParams, marker: str) -> Written` as an action.

    `marker` is a text unique to this delivery, safe to leave at the app, by which `reconcile` finds it again.
    """

    def mark(method: F) -> F:
        params = method.__annotations__["params"]
        said = (label, effect, repeatable, reaches_customer, params, window, needs)
        method.__signoff_action__ = said  # type: ignore[attr-defined]
        return method

    return mark


@dataclass(frozen=True)
class Trigger:
    """
    Something the app can tell us about: `name` is what stands behind `when:` in an integration file.

    `pushed`: the app tells us by itself, at the integration's address (`receive`). We then do not ask it
    (`changes`), unless it is `also_polled`: what the app forgot to tell is found, and told twice it is one run.
    `needs` are the permissions that the key must have for it, as with an action. `whole`: asked for what is new, the
    app tells the records too, rather than only that they are there (`Event.to_read`).
    """

    name: str
    label: str
    object: str
    fields: tuple[str, ...] = field(default_factory=tuple)
    pushed: bool = False
    also_polled: bool = False
    needs: tuple[str, ...] = ()
    whole: bool = True

    @property
    def polled(self) -> bool:
        """Say whether the app is asked for it."""
        return self.also_polled or not self.pushed


class Connector:
    """
    One authorised account at one app.

    Every method may raise the four error families of `signoff.core.errors`, and nothing else.
    """

    manifest: ClassVar[Manifest]
    triggers: ClassVar[tuple[Trigger, ...]] = ()
    # How long a new record rests before it is read: people and imports fill it in field by field.
    settled: ClassVar[timedelta] = timedelta(0)
    # What `fields` can tell of beside the triggers' objects: what an action takes.
    also_describes: ClassVar[tuple[str, ...]] = ()
    # Whether `limits` of its answers is taken over as its pace (an AI's always is).
    states_pace: ClassVar[bool] = False
    # Whether each account offers other things, of which its owner chooses (the tools of an MCP server).
    offers_tools: ClassVar[bool] = False
    # What the owner chose of what this very account offers, each as it was then; set by whoever makes the client.
    chosen: Sequence[Mapping[str, Any]] = ()

    def __init__(self, door: Door, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are the manifest's own, without the secret ones; what was not stated has its default."""
        stated = settings or {}
        self.door = door
        self.api_version = self.manifest.api.version  # as it is spoken; `client_for` sets another one
        self.settings = {
            setting.name: stated.get(setting.name) or setting.default
            for setting in self.manifest.auth.settings
            if not setting.secret
        }
        self.preset = self.manifest.auth.preset(self.settings)

    @classmethod
    def found(cls, stated: Mapping[str, str]) -> dict[str, str]:
        """
        Return settings that follow from what an owner stated (the servers from an address), asked before they are
        kept. Raises `InputRejected` naming the setting that cannot be done without.
        """
        return {}

    @classmethod
    def mailbox(cls, settings: Mapping[str, str]) -> Mailbox:
        """Return where the mailbox is, for an app whose manifest says `door = "mail"`. Raises `InputRejected`."""
        raise Broken(f"{cls.manifest.key}: is no mailbox", app=cls.manifest.name)

    def check(self) -> Account:
        """Return who we are at the app, what we may do, and until when. Raises `CredentialRejected`."""
        raise self._not_offered("check")

    def changes(self, trigger: str, cursor: str | None, fields: Sequence[str]) -> Page:
        """
        Return what happened since `cursor` (None: start from now, with no events), each record with `fields`.

        Safe to repeat: the same cursor gives the same events again.
        """
        raise self._not_offered(f"the trigger {trigger}")

    def read(self, trigger: str, object_id: str, fields: Sequence[str]) -> Record | None:
        """Return one record as it is now, or None when it is gone."""
        raise self._not_offered(f"the trigger {trigger}")

    def latest(self, trigger: str, most: int) -> Sequence[Event]:
        """
        Return the latest records that a trigger tells of, the newest first, to try an integration on before it runs.

        Each has its `object_id` and its `label`; the record itself is read when it is chosen (`read`).
        """
        raise self._not_offered(f"the latest records of {trigger}")

    @classmethod
    def handshake(cls, push: Push, secrets: Mapping[str, Secret]) -> str | None:
        """
        Return the answer to a request by which the app only asks whether an address is ours; None: it is no such.

        `secrets` are the connection's secret settings. A POST was verified before, a GET was not: nothing may
        follow from it. Raises `SignatureRejected`.
        """
        return None

    @classmethod
    def receive(cls, push: Push, trigger: str) -> Sequence[Event]:
        """
        Return what a genuine request of the app tells us of this trigger, for the account in `push`; pure.

        Everything else in it (other accounts, other triggers) is left out. Raises `Unreadable`.
        """
        raise Broken(f"{cls.manifest.key}: does not offer {trigger} by push", app=cls.manifest.name)

    @classmethod
    def receipts(cls, push: Push) -> Sequence[Receipt]:
        """Return what a genuine request of the app tells us of things that we sent; pure. Raises `Unreadable`."""
        return ()

    def picture(self, object_id: str, reference: str) -> bytes:
        """Return a picture that a field of a record names by the app's own reference (the id of a medium)."""
        raise self._not_offered("pictures")

    def fields(self, object: str) -> list[Field]:
        """Return the fields of an object by the app's own description."""
        raise self._not_offered(f"fields of {object}")

    def tools(self) -> Sequence[Offered]:
        """Return what this very account offers to be chosen, as it is now."""
        raise self._not_offered("tools")

    def known(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Return what a chosen tool tells, as text, to be shown to an AI beside a record."""
        raise self._not_offered("what is known of a record")

    def resource(self, uri: str) -> str:
        """Return what lies at an address of the account's own, as text."""
        raise self._not_offered("resources")

    def responsible(self, trigger: str, object_id: str, record: Mapping[str, Any]) -> str | None:
        """Return the e-mail address of whoever owns a record in the business, None where nobody does."""
        raise self._not_offered("who owns a record")

    def file(self, reference: str) -> File:
        """Return a file by the reference that a record holds. Raises `InputRejected` when it is gone."""
        raise self._not_offered("files")

    def approved(self) -> list[Approved]:
        """Return the texts that the app has approved, for actions that send one."""
        raise self._not_offered("approved texts")

    def reconcile(self, intent: Intent) -> Outcome:
        """
        Find out whether a write whose answer was lost has happened.

        `NotSent` must be certain: it is done again. Ask only after the app had time to finish what it began.
        """
        raise self._not_offered(f"reconcile for {intent.action}")

    def tell(self, place: str, notice: Notice, marker: str) -> Written:
        """
        Show a notice to the people at a place (a channel). Text in it is a stranger's: it may call nobody.

        After a lost answer `reconcile` is asked for the action "tell", with the place as `channel`.
        """
        raise self._not_offered("notices")

    @classmethod
    def place_fault(cls, place: str) -> str | None:
        """Return what is wrong with a place that people are to be told at ("is no …"), None where nothing is."""
        return None

    @staticmethod
    def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
        """Return the limits that an answer's headers state; names of headers are lower case."""
        return ()

    @classmethod
    def actions(cls) -> dict[str, Action]:
        """Return what the app can do, by name."""
        return _actions(cls)  # type: ignore[arg-type]  # mypy takes an instance's __hash__ for the class's

    @classmethod
    def actions_of(cls, chosen: Sequence[Mapping[str, Any]]) -> dict[str, Action]:
        """Return what one account can do, by name: what every one can, and what its owner chose of its own."""
        return cls.actions()

    def perform(self, name: str, params: Mapping[str, Any], marker: str) -> Written:
        """
        Do an action with parameters as plain data; they are validated here once more.

        Raises `InputRejected` naming the parameter that is missing or of the wrong kind.
        """
        act = self.actions().get(name)
        if act is None:
            raise self._not_offered(f"the action {name}")
        result: Written = getattr(self, act.method)(self.parse(act, params), marker)
        return result

    @classmethod
    def parse(cls, act: Action, params: Mapping[str, Any]) -> Params:
        """Return plain data as an action's parameters. Raises `InputRejected` naming the one at fault."""
        try:
            parsed = act.params.model_validate(dict(params))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            name = str(first["loc"][0]) if first["loc"] else ""
            raise InputRejected(
                f"{cls.manifest.key}.{act.name}: {where}: {first['type']}",
                app=cls.manifest.name,
                field=name,
                owner_message=f"The value for “{name}” is missing or cannot be used. "
                "Nothing was written to {app}.",
            ) from None
        missing = act.params.fault_of([name for name, value in params.items() if value is not None])
        if missing:
            raise InputRejected(
                f"{cls.manifest.key}.{act.name}: too few parameters",
                app=cls.manifest.name,
                field=", ".join(sorted(act.targets())),
                owner_message=f"“{act.label}” needs {missing}. Nothing was written to {{app}}.".replace(
                    "`", ""
                ),
            )
        return parsed

    def _not_offered(self, what: str) -> Broken:
        return Broken(f"{self.manifest.key}: does not offer {what}", app=self.manifest.name)


@cache
def _actions(cls: type[Connector]) -> dict[str, Action]:
    found = {}
    for name in dir(cls):
        mark = getattr(getattr(cls, name, None), "__signoff_action__", None)
        if mark:
            label, effect, repeatable, reaches, params, window, needs = mark
            if isinstance(params, str):
                params = vars(sys.modules[cls.__module__])[params]
            found[name] = Action(name, label, effect, repeatable, reaches, params, name, window, needs)
    return found


def lacking(needs: Iterable[str], lacks: Iterable[str]) -> list[str]:
    """
    Return which of the permissions an account lacks, in its own words: "create notes (notes.write)".

    `lacks` are those of an `Account`; what the app does not tell of is not lacking.
    """
    missing = list(lacks)
    return [told for need in needs for told in missing if told == need or told.startswith(f"{need} (")]


class AiConnector(Connector):
    """An app that answers prompts; `needs` are the permissions that asking takes."""

    needs: ClassVar[tuple[str, ...]] = ("ask models",)

    def ask(self, prompt: Prompt, schema: Mapping[str, Any] | None) -> Answer:
        """Return the AI's answer; with a JSON schema, asked for in the provider's own structured form."""
        raise self._not_offered("ask")

    def models(self) -> list[Model]:
        """Return the models this account may use."""
        raise self._not_offered("models")

    # Batches: many questions at once, answered within a day for less money. An app that offers them has all six.

    most_in_batch: ClassVar[int] = 0

    @classmethod
    def offers_batches(cls, settings: Mapping[str, str]) -> bool:
        """Say whether this provider takes batches; where it does not, nobody asks for the rest."""
        return False

    def submit(self, questions: Sequence[Question], marker: str) -> str:
        """
        Hand in at most `most_in_batch` questions to one model; returns the app's name for the batch.

        The marker is left on the batch: after `OutcomeUnknown` ask `find`, and never submit again before it said
        `NotSent`. After any other error nothing was begun.
        """
        raise self._not_offered("batches")

    def find(self, marker: str, started_at: datetime) -> Outcome:
        """
        Find out whether a batch was begun under a marker, at `started_at` or later.

        `NotSent` must be certain: it is done again. Ask only after the app had time to finish what it began.
        """
        raise self._not_offered("batches")

    def collect(self, batch: str) -> Collected | Pending:
        """Return what a batch has brought once it is over, however it ended. Changes nothing, safe to repeat."""
        raise self._not_offered("batches")

    def stop(self, batch: str) -> None:
        """Begin to end a batch early; what is answered by then is collected. Does nothing to one that is over."""
        raise self._not_offered("batches")

    def forget(self, batch: str) -> None:
        """Delete questions and answers at the app, once the answers are stored here. Safe to repeat."""
        raise self._not_offered("batches")

    @classmethod
    def end_of(cls, model: str, settings: Mapping[str, str]) -> End | None:
        """Return when a model stops and what follows it, by what the manifest knows; None where nothing is known."""
        return next((end for end in cls.manifest.api.ends if end.what == model), None)

    def known_end(self, model: str) -> date | None:
        """Return the day a model stops by what the manifest knows."""
        end = self.end_of(model, self.settings)
        return end.on if end else None

    @classmethod
    def cannot_see(cls, detail: str, model: str) -> InputRejected:
        """Return the error for a picture that was shown to a model that takes none."""
        return InputRejected(
            detail,
            app=cls.manifest.name,
            field="model",
            owner_message=f"The AI model {model} cannot look at pictures, and this record has one. "
            "Nothing is lost.".replace("{", "{{").replace("}", "}}"),
            next_step="Open the integration and choose a model that can, or take the picture out of its fields.",
        )

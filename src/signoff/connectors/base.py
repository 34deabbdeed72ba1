"""
What every app promises.

A connector is a folder with a `manifest.toml` and a `connector.py` in which one class derives from
`Connector` (or `AiConnector`). It gets an authorised `Door`, never a key, and knows no Django and no
database.

The words in which an app and we talk stand beside this module, each kind in its own: `account.py`, `triggers.py`,
`fields.py`, `actions.py`, `outcomes.py`, `notices.py`, `tools.py`, `limits.py`, `answers.py` and `batches.py`. A
connector takes them all from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from pydantic import ValidationError

from signoff.connectors.account import Account, lacking
from signoff.connectors.actions import (
    Action,
    Approved,
    Params,
    Window,
    Written,
    action,
    marked,
    target,
)
from signoff.connectors.answers import Answer, Model, Stopped, Usage
from signoff.connectors.batches import Collected, Pending, Question
from signoff.connectors.fields import Choice, Field, FieldType
from signoff.connectors.limits import Limit
from signoff.connectors.manifest import End, Manifest
from signoff.connectors.notices import Notice
from signoff.connectors.outcomes import Intent, NotSent, Outcome, Receipt, Sent, Unknown
from signoff.connectors.push import Push
from signoff.connectors.tools import Offered
from signoff.connectors.triggers import Event, File, Page, Record, Trigger
from signoff.core import clock
from signoff.core.errors import Broken, InputRejected, ModelGone
from signoff.core.prompt import Prompt
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.wire import Server

# What docs/connectors.md tells connectors to import from here.
__all__ = [
    "Account",
    "Action",
    "AiConnector",
    "Answer",
    "Approved",
    "Choice",
    "Collected",
    "Connector",
    "Event",
    "Field",
    "FieldType",
    "File",
    "Intent",
    "Limit",
    "Mailbox",
    "Model",
    "NotSent",
    "Notice",
    "Offered",
    "Outcome",
    "Page",
    "Params",
    "Pending",
    "Question",
    "Receipt",
    "Record",
    "Sent",
    "Stopped",
    "Trigger",
    "Unknown",
    "Usage",
    "Window",
    "Written",
    "action",
    "lacking",
    "target",
]


@dataclass(frozen=True)
class Mailbox:
    """Where a mailbox is: the servers to read at and to send by (None: nothing is sent), and who signs in."""

    imap: Server
    smtp: Server | None
    user: str


class Connector:
    """
    One authorised account at one app.

    Every method may raise the four error families of `signoff.core.errors`, and nothing else; what takes a request of
    the app's own (`receive`, `receipts`) may say `Unreadable` as well.
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
        return marked(cls)  # type: ignore[arg-type]  # mypy takes an instance's __hash__ for the class's

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
    def lists_all(cls, settings: Mapping[str, str]) -> bool:
        """Say whether what is not among the `models` cannot be asked; not so where owners name models themselves."""
        return True

    def gone(self, error: ModelGone, model: str) -> ModelGone:
        """Return the refusal of a model with its name: it has ended, and when, or there never was one of this name."""
        end = self.end_of(model, self.settings)
        named = model.replace("{", "{{").replace("}", "}}")
        if end is not None and end.on <= clock.now().date():
            instead = f" {{app}} names {end.replacement} as its replacement." if end.replacement else ""
            return ModelGone(
                str(error),
                app=error.app,
                owner_message=f"The AI model {named} ended at {{app}} on {end.on.day} {end.on:%B %Y}. Nothing is lost.",
                next_step=f"Open the integration and choose another model.{instead}",
            )
        return ModelGone(
            str(error),
            app=error.app,
            owner_message=f"{{app}} offers no AI model named {named} to this key. Nothing is lost.",
            next_step="Open the integration and look how the model is written, or choose another one.",
        )

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

"""What the connected apps offer to build with: beginnings, fields, choices, AI models, and what they can do."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from signoff.connections.choosing import actions_of
from signoff.connections.client import client_for, manifest_of
from signoff.connections.models import Connection
from signoff.connectors.base import Action, AiConnector, Connector, Field, Model, Trigger
from signoff.connectors.registry import connector_class, manifests
from signoff.core import clock
from signoff.core.errors import PermissionMissing, SignoffError

KEPT_SECONDS = 120.0  # apps change their fields seldom, and a page that is being built is opened often
KEPT_TROUBLE_SECONDS = 20.0
KEPT_RECORDS_SECONDS = 15.0
MOST_CHOICES = 100  # of a field that is offered as a form of an answer
LATEST = 5
# Good enough for short texts, and cheap: offered first, and taken where no integration uses the AI yet.
USUAL_MODELS = (
    "gpt-6-luna", "gpt-6.1-terra", "gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini", "gpt-4o",
    "claude-haiku-4-5", "claude-sonnet-4-5",
)  # fmt: skip
# By the names that https://platform.openai.com/docs/models and those who speak its language give them.
NO_WRITER = re.compile(
    r"(?<![a-z])(image|dall-e|audio|tts|whisper|transcribe|realtime|embed(ding)?s?|moderation|sora|veo|imagen"
    r"|rerank(er)?|computer-use|davinci|babbage|turbo-instruct)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Start:
    """One thing that can begin an integration: "a new contact appears", at a connection."""

    connection: Connection
    trigger: Trigger

    @property
    def key(self) -> str:
        return f"{self.connection.name} {self.trigger.name}"


@dataclass(frozen=True)
class Told:
    """What an app told us; `problem` says why it could not be asked."""

    found: tuple[Any, ...] = ()
    problem: str = ""


def connections() -> list[Connection]:
    """Return the connections whose app is known, by name."""
    return [row for row in Connection.objects.all() if row.app in manifests()]


def starts() -> list[Start]:
    """Return everything that can begin an integration here."""
    return [Start(row, trigger) for row in connections() for trigger in connector_class(row.app).triggers]


def start_of(data: Mapping[str, Any]) -> Start | None:
    """Return what begins a half-made integration; None for a webhook, a clock, or nothing yet."""
    record = data.get("record") or {}
    wanted = f"{record.get('from')} {record.get('when')}"
    return next((one for one in starts() if one.key == wanted), None)


def ais() -> list[Connection]:
    """Return the connections that answer prompts."""
    return [row for row in connections() if issubclass(connector_class(row.app), AiConnector)]


def takes_batches(connection: Connection) -> bool:
    """Say whether an AI takes many questions at once at a lower price, for answers that may come hours later."""
    cls = connector_class(connection.app)
    return issubclass(cls, AiConnector) and cls.offers_batches(connection.settings)


def tellers() -> list[Connection]:
    """Return the connections by which people can be told that something waits."""
    return [row for row in connections() if connector_class(row.app).tell is not Connector.tell]


def actions() -> list[tuple[Connection, Action]]:
    """Return what can be done with an answer."""
    return [
        (row, action)
        for row in connections()
        for action in actions_of(row).values()
        if action.effect == "write"
    ]


def action_of(connection: str, name: str) -> tuple[Connection | None, Action | None]:
    """Return a connection and what it can do by their names; None for what is not there."""
    row = next((row for row in connections() if row.name == connection), None)
    return row, actions_of(row).get(name) if row else None


def fields_of(connection: Connection, object: str) -> Told:
    """Return the fields of an object by the app's own description; asked anew every two minutes at most."""
    if connector_class(connection.app).fields is Connector.fields:
        return Told()
    return _kept("fields", connection, object, KEPT_SECONDS, lambda: client_for(connection).fields(object))


def models_of(connection: Connection) -> Told:
    """
    Return the AI models that a connection may ask, by name, the usual ones first; those with a known end last.

    Providers list what draws, speaks or only measures texts beside what writes; none of those can answer.
    """

    def asked() -> list[Any]:
        client = client_for(connection)
        found = client.models() if isinstance(client, AiConnector) else []
        writing = [one for one in found if not NO_WRITER.search(one.id)]
        return sorted(writing or found, key=lambda one: (one.ends_on is not None, _place(one.id), one.id))

    return _kept("models", connection, "", KEPT_SECONDS, asked)


def doubt_of(connection: Connection, model: str) -> str:
    """
    Return what speaks against a model before it is asked: it has ended, or its AI lists none of this name.

    "" where nothing does, where nobody can be asked, and where owners name models themselves.
    """
    cls = connector_class(connection.app)
    if not issubclass(cls, AiConnector):
        return ""
    listed: dict[str, Model] = {one.id: one for one in models_of(connection).found}
    known = cls.end_of(model, connection.settings)
    on = listed[model].ends_on if model in listed else known.on if known else None
    if on is not None and on <= clock.now().date():
        instead = f" {known.replacement} follows it." if known and known.replacement else ""
        return f"{model} ended at {manifest_of(connection).name} on {on.day} {on:%B %Y}.{instead}"
    # "claude-sonnet-4-5" is answered by "claude-sonnet-4-5-20250929", which alone is listed.
    stands_for = any(name.startswith(f"{model}-") for name in listed)
    if not listed or model in listed or stands_for or not cls.lists_all(connection.settings):
        return ""
    near = difflib.get_close_matches(model, listed, n=1)
    return f"{connection.name} lists no model {model}." + (f" Did you mean {near[0]}?" if near else "")


def _place(model: str) -> int:
    return USUAL_MODELS.index(model) if model in USUAL_MODELS else len(USUAL_MODELS)


def latest(connection: Connection, trigger: Trigger, most: int = LATEST) -> Told:
    """Return the latest records that an app has, each with its number and who or what it is about."""
    if connector_class(connection.app).latest is Connector.latest:
        return Told()
    return _kept(
        "latest",
        connection,
        f"{trigger.name} {most}",
        KEPT_RECORDS_SECONDS,
        lambda: client_for(connection).latest(trigger.name, most),
    )


def record_of(
    connection: Connection, trigger: Trigger, id: str, fields: tuple[str, ...]
) -> dict[str, Any] | None:
    """Return one record as it is now, None when it is gone. Raises the four families of errors."""
    return client_for(connection).read(trigger.name, id, fields)


def choice_fields() -> list[tuple[Connection, str, Field]]:
    """Return the apps' own fields that have choices, with the object they are of: forms that an answer can take."""
    found = []
    for row in connections():
        cls = connector_class(row.app)
        for object in dict.fromkeys((*(trigger.object for trigger in cls.triggers), *cls.also_describes)):
            for field in fields_of(row, object).found:
                if field.type == "choice" and 0 < len(field.choices) <= MOST_CHOICES and not field.read_only:
                    found.append((row, object, field))
    return found


def app_name(connection: Connection) -> str:
    """Return the app's name as people say it."""
    return manifest_of(connection).name


def forget() -> None:
    """Ask the apps anew the next time."""
    _answers.clear()
    _troubled.clear()


_answers: dict[tuple[Any, ...], tuple[float, Told]] = {}
_troubled: dict[int, tuple[float, Told]] = {}  # connections that did not answer a moment ago


def _kept(what: str, connection: Connection, of: str, seconds: float, ask: Callable[[], Any]) -> Told:
    """
    Return what an app told us a moment ago, else ask it.

    An app that does not answer is not asked the next question as well: a page that asks four would stand still.
    """
    key, now = (what, connection.pk, of), time.monotonic()
    kept = _answers.get(key)
    if kept is not None and kept[0] > now:
        return kept[1]
    troubled = _troubled.get(connection.pk)
    if troubled is not None and troubled[0] > now:
        return troubled[1]
    try:
        told = Told(tuple(ask()))
    except SignoffError as error:
        told = Told(problem=error.owner_message)
        if not isinstance(error, PermissionMissing):  # that one stands in the way of this question alone
            _troubled[connection.pk] = (time.monotonic() + KEPT_TROUBLE_SECONDS, told)
            return told
        seconds = KEPT_TROUBLE_SECONDS
    if len(_answers) > 500:
        _answers.clear()
    _answers[key] = (time.monotonic() + seconds, told)
    return told

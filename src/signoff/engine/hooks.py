"""Proposals begin, and hooks are told: the jobs of the room `hooks`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from signoff.accounts.audit import note
from signoff.accounts.models import ApiToken
from signoff.connectors.base import Event
from signoff.core import clock
from signoff.core.secret import Secret
from signoff.engine.jobs import defer
from signoff.engine.queue import PRIORITY_IDLE, PRIORITY_PERSON
from signoff.hooks import happenings, telling
from signoff.hooks.address import HookRefused, host_of, secret_or_new
from signoff.hooks.models import Hook, Message, Proposal
from signoff.hooks.subscribe import callback, is_at, is_first
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.models import Integration
from signoff.integrations.pushing import tells_us
from signoff.outputs.contract import Contract
from signoff.outputs.judge import Accepted, judge
from signoff.runs.models import Run
from signoff.runs.pictures import NoPicture, carried
from signoff.runs.receive import find, key_of, label_of, unstorable, wanted
from signoff.runs.receive import receive as _receive

log = structlog.get_logger()

QUEUE = "hooks"
RETRY = RetryStrategy(exponential_wait=2, max_attempts=10)
LONGEST_KEY = 150
MOST_CALLBACKS = 20  # of one proposal


Why = Literal["unknown", "not now", "key", "unusable"]


class ProposalRefused(Exception):
    """
    Nothing was kept; the text says why, for whoever asked. `faults` are {"where", "what"} and maybe "expected".

    `why`: there is no such integration; it takes nothing now; the key came with another record; what was handed in
    cannot be used.
    """

    def __init__(self, why: Why, text: str, faults: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(text)
        self.why = why
        self.faults = [dict(fault) for fault in faults]


@dataclass(frozen=True)
class Asked:
    """
    What came of asking: the proposal, whether it is new, and the secret of its callback where one was made.

    `proposal` is None where the integration leaves such a record out; nothing was kept then. `asked_before`: somebody
    else asked for it first. Whoever asks once more with the address that asked first is nobody else.
    """

    integration: Integration
    proposal: Proposal | None
    is_new: bool
    secret: Secret | None = None
    asked_before: bool = False


def propose(
    name: str,
    record: dict[str, Any],
    token: ApiToken,
    *,
    draft: dict[str, Any] | None = None,
    key: str = "",
    url: Secret | None = None,
    secret: Secret | None = None,
    only_first: bool = False,
) -> Asked:
    """
    Hand in a record to be signed off, with a draft or for one. Stored, with its job, when this returns.

    `key` names the request: with it again, or without one for the same record and draft, it is the same proposal.
    `url` is told of the decision, signed with `secret` or a new one; so is the address of whoever asks again, at once
    where it is decided already. With `only_first` the address is told only if it is the first, or if those before it
    did not take what they were told. Raises `ProposalRefused`.
    """
    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None or integration.current is None:
        raise ProposalRefused("unknown", f"There is no integration {name[:80]}.")
    definition, contract = read_definition(integration.current)
    _refuse(integration, definition, record, draft)
    if not wanted(record, definition.record.only_if):
        return Asked(integration, None, False)
    if draft is None and definition.asked is None:
        raise ProposalRefused("unusable", *_lacks_its_draft(name, contract))
    draft = _fitting(contract, draft) if draft is not None else None
    try:
        host = host_of(url) if url is not None else ""
        signing = secret_or_new(secret) if url is not None else None
    except HookRefused as error:
        raise ProposalRefused(
            "unusable",
            f"{error} Nothing was kept.",
            [{"where": f"callback.{error.where}", "what": str(error)}],
        ) from None
    body_hash = _hash([record, draft])
    event_key = _event_key(key, record, draft)
    with transaction.atomic():
        event = Event(event_key, str(record.get("id") or ""), record, label_of(record))
        runs = _receive(integration, [event], f"{token.name} asked for a sign-off")
        if not runs:
            known = _known(integration, event_key, body_hash, record if only_first else None)
            before = url is None or not is_first(known.run, url)
            if url is not None and signing is not None and not (before and only_first):
                # A workflow that was started again sleeps at an address of its own, and must be woken there.
                heard = _tell_too(known, url, host, signing, token)
                return Asked(integration, known, False, signing if heard and secret is None else None, before)
            return Asked(integration, known, False, asked_before=before)
        run = runs[0]
        if draft is not None:
            Run.objects.filter(pk=run.pk).update(given_draft=draft)
        proposal = Proposal.objects.create(
            run=run, person=token.person, through=token.name, body_hash=body_hash, made_at=clock.now()
        )
        if url is not None and signing is not None:
            callback(run, url, host, signing, token.person, token.name)
        defer([run.pk])
    return Asked(integration, proposal, True, signing if secret is None else None)


def proposals_of(token: ApiToken) -> QuerySet[Proposal]:
    """Return the proposals that a token may see: all with the right to read, else those its person handed in."""
    rows = Proposal.objects.all()
    return rows if "read" in token.can and token.person.may("see") else rows.filter(person=token.person)


def tell_again(message: Message, who: object) -> bool:
    """Send a message once more, with the same id; False while it is on its way."""
    with transaction.atomic():
        done = telling.again(message, str(who))
        if done:
            note(who, "sent again what", f"{message.hook.host} is told", {"message": message.pk})
            _defer(message.pk, 0, PRIORITY_PERSON)
    return done


def look() -> int:
    """Let every hook be told of what happened; returns how many messages there are. Safe at any time."""
    with transaction.atomic():
        made = happenings.look()
        for message in made:
            _defer(message.pk, (message.next_at - clock.now()).total_seconds())
    lost = happenings.lost()
    for message_id in lost:
        log.warning("a message to a hook had no job and got one", message=message_id)
        _defer(message_id)
    return len(made)


@app.task(name="tell_hook", queue=QUEUE, retry=RETRY)
def tell_hook(message_id: int) -> None:
    """Send one message, and come again when it was not taken; a second copy of the job sends nothing twice."""
    try:
        wait = telling.tell(message_id)
        if wait is not None:
            _defer(message_id, wait)
    except (OperationalError, InterfaceError):
        connection.close()
        raise


def _defer(message_id: int, after_seconds: float = 0, priority: int = PRIORITY_IDLE) -> None:
    wait = {"milliseconds": int(after_seconds * 1000)} if after_seconds > 0 else None
    tell_hook.configure(priority=priority, schedule_in=wait).defer(message_id=message_id)  # type: ignore[arg-type]  # a dict of its own type


def _refuse(
    integration: Integration,
    definition: Definition,
    record: Mapping[str, Any],
    draft: Mapping[str, Any] | None,
) -> None:
    """Raise `ProposalRefused` for what can never become a run here, or not now."""
    if not integration.is_on:
        text = "This integration is switched off, so the record was not kept. Switch it on and send again."
        raise ProposalRefused("not now", text)
    if tells_us(definition) is not None:
        text = (
            "The records of this integration are told by its app, so none can be handed in. Nothing was kept."
        )
        raise ProposalRefused("not now", text)
    if not record:
        raise ProposalRefused("unusable", "The record is empty. Nothing was kept.")
    for name, value in (("record", record), ("draft", draft)):
        fault = unstorable(dict(value)) if value else None
        if fault:
            raise ProposalRefused("unusable", fault.replace("The record", f"The {name}"))
    try:
        carried(record, definition.prompt.pictures)
    except NoPicture as why:
        raise ProposalRefused("unusable", f"A picture in the record cannot be used: {why}.") from None


def _lacks_its_draft(name: str, contract: Contract) -> tuple[str, list[dict[str, str]]]:
    """Return what to say of a record without a draft where no AI writes one, and the fault of it."""
    text = (
        f"This record came without a draft, and {name} asks no AI: its drafts are handed in. Nothing was kept. Hand it "
        "in again with its `draft`, or let an AI write the drafts of this integration."
    )
    fields = ", ".join(f"`{one.name}`" for one in contract.fields)
    return text, [{"where": "draft", "what": "is missing", "expected": f"an object with {fields}"}]


def _known(
    integration: Integration, key: str, body_hash: str, whatever_draft_of: Mapping[str, Any] | None
) -> Proposal:
    """
    Return the proposal that was made by a key. Raises `ProposalRefused` where it was of something else.

    `whatever_draft_of`: a record of which another draft may come along. An AI that is asked once more about the same
    mail writes it in other words.
    """
    run = find(integration, key)
    proposal = Proposal.objects.select_related("run").filter(run=run).first() if run is not None else None
    is_same = proposal is not None and (
        proposal.body_hash == body_hash
        or (whatever_draft_of is not None and proposal.run.record == whatever_draft_of)
    )
    if proposal is None or not is_same:
        text = "This Idempotency-Key came with another record before. Nothing was kept: use a key of its own."
        raise ProposalRefused("key", text)
    return proposal


def _tell_too(proposal: Proposal, url: Secret, host: str, signing: Secret, token: ApiToken) -> bool:
    """Let one more address be told of a decision, which may be there already; False where it is told anyway."""
    # No decision comes between looking and noting.
    run = Run.objects.select_for_update().get(pk=proposal.run_id)
    hooks = list(run.hooks.filter(state=Hook.State.ON))
    if any(is_at(hook, url) for hook in hooks):
        return False
    if len(hooks) >= MOST_CALLBACKS:
        text = f"{MOST_CALLBACKS} addresses are told of this proposal already. This one was not added."
        raise ProposalRefused("unusable", text, [{"where": "callback.url", "what": text}])
    callback(run, url, host, signing, token.person, token.name)
    happenings.note_decided(run)
    return True


def _fitting(contract: Contract, draft: Mapping[str, Any]) -> dict[str, Any]:
    verdict = judge(contract, json.dumps(draft, ensure_ascii=False))
    if not isinstance(verdict, Accepted):
        faults = [
            {"where": f"draft.{one.field}".rstrip("."), "what": one.what, "expected": one.expected}
            for one in verdict.faults
        ]
        raise ProposalRefused(
            "unusable", "The draft does not fit what must come back. Nothing was kept.", faults
        )
    value: dict[str, Any] = verdict.value
    return value


def _event_key(key: str, record: Mapping[str, Any], draft: Mapping[str, Any] | None) -> str:
    if not key:
        return "proposal-" + key_of("proposal", {"record": record, "draft": draft})
    if len(key) <= LONGEST_KEY and key.isprintable():
        return f"proposal-key:{key}"
    # Cut off, two long keys could look alike, and the second record would be taken for the first.
    return f"proposal-key-hash:{_hash(key)}"


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

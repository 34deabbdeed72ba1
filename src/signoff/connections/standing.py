"""How a connection stands: asked of the app, met by a delivery, and kept until the app says otherwise."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Case, F, Value, When

from signoff.connections import watch
from signoff.connections.client import client_for, forget, manifest_of
from signoff.connections.models import Connection
from signoff.connectors.base import Account, AiConnector
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    QuotaExhausted,
    Refused,
    SignoffError,
)
from signoff.core.prompt import Message, Prompt
from signoff.outbound.guard import AddressRefused

OWNERS = (CredentialRejected, PermissionMissing, QuotaExhausted)  # what an owner mends at the connection
BILL_STANDS = timedelta(hours=1)  # an app that tells of a bill only when something is sent is tried so seldom
KEPT_FROM_A_CHECK = (
    "account_id", "account_name", "may", "lacks", "ends_at", "state", "trouble", "problem", "next_step",
    "problem_since", "checked_at",
)  # fmt: skip


def check(connection: Connection, *, model: str = "", by_person: bool = False) -> Connection:
    """
    Ask the app whether the key still works, and keep what it says. Never raises the error families.

    Finds a key that is not accepted, another account, a missing permission and, where an AI's `model` is named, credit
    that is used up: for that it is asked for a word. An outage changes no state: what the app said last stays, with
    its time. A bill that a delivery met is not forgotten because the key is accepted: unless a person asks, or a model
    was asked for a word, it stands for `BILL_STANDS`.
    """
    row = Connection.objects.get(pk=connection.pk)
    forget(row)  # what is asked now is asked with the key as it is now
    try:
        client = client_for(row)
        account = client.check()
        if model and isinstance(client, AiConnector):
            _ask_for_a_word(client, model)
    except Refused as error:
        _stop(row, error)
    except SignoffError as error:
        # What the owner has to do is not forgotten because the app cannot be reached.
        working = Connection.objects.filter(pk=row.pk, state=Connection.State.WORKING)
        working.update(problem=error.owner_message, next_step=error.next_step)
    else:
        if row.account_id and account.id != row.account_id:
            _stop(row, _other_account(row, account), Connection.Trouble.ACCOUNT)
        elif not by_person and not model and _bill_stands(row):
            Connection.objects.filter(pk=row.pk).update(checked_at=clock.now())
        else:
            _works(row, account)
    forget(row)
    row.refresh_from_db()
    return row


def needs_sign_in(connection: Connection, error: Refused) -> None:
    """
    Note that an app refused us, so that the work that needs it waits for the owner.

    A permission that is missing stops nothing but what needs it; the app is asked soon what else is lacking. Where
    nobody can be asked, all that goes there waits. What is wrong with one record or one model says nothing about the
    connection.
    """
    stops = isinstance(error, CredentialRejected | QuotaExhausted | AddressRefused)
    if stops or (isinstance(error, PermissionMissing) and not manifests()[connection.app].auth.can_be_asked):
        _stop(connection, error)
    elif isinstance(error, PermissionMissing):
        watch.look_now(connection)


def why_stopped(connection: Connection) -> CredentialRejected:
    """Return what work is told that comes to a connection which needs its owner: its key, its bill, its address."""
    error = CredentialRejected("the connection needs its owner", app=manifest_of(connection).name)
    if connection.problem:
        error.owner_message, error.next_step = connection.problem, connection.next_step
    return error


def keep(row: Connection, account: Account) -> None:
    """Put what an app says of a connection that works into its row (not saved here)."""
    row.account_id, row.account_name = account.id[:200], account.name[:200]
    row.may, row.lacks = list(account.may), list(account.lacks)
    row.ends_at = account.ends_at
    row.state, row.trouble, row.problem, row.next_step = Connection.State.WORKING, "", "", ""
    row.problem_since = None
    row.checked_at = clock.now()


def _works(row: Connection, account: Account) -> None:
    """Keep what an app said of a connection that works, unless a new key was saved meanwhile."""
    gained = set(row.lacks) - set(account.lacks)
    keep(row, account)
    # Decided by the row as it is now: it may have been stopped while the app was answering.
    mended = Case(When(state=Connection.State.NEEDS_YOU, then=Value(row.checked_at)), default=F("mended_at"))
    Connection.objects.filter(pk=row.pk, key_since=row.key_since).update(
        **{name: getattr(row, name) for name in KEPT_FROM_A_CHECK},
        mended_at=row.checked_at if gained else mended,
    )


def _bill_stands(row: Connection) -> bool:
    """Say whether the app has told of an unpaid bill so lately that it need not be tried again yet."""
    told = row.problem_since
    unpaid = row.state == Connection.State.NEEDS_YOU and row.trouble == Connection.Trouble.QUOTA
    return unpaid and told is not None and clock.now() - told < BILL_STANDS


def _stop(connection: Connection, error: Refused, trouble: str = "") -> None:
    """Let a connection need its owner, unless a new key was saved since: then this says nothing about it."""
    same_key = Connection.objects.filter(pk=connection.pk, key_since=connection.key_since)
    same_key.exclude(state=Connection.State.NEEDS_YOU).update(problem_since=clock.now())
    same_key.update(
        state=Connection.State.NEEDS_YOU,
        trouble=trouble or _trouble(error),
        problem=error.owner_message,
        next_step=error.next_step,
    )
    forget(connection)
    watch.again_soon(connection)


def _trouble(error: Refused) -> str:
    for family, trouble in (
        (CredentialRejected, Connection.Trouble.KEY),
        (PermissionMissing, Connection.Trouble.PERMISSION),
        (QuotaExhausted, Connection.Trouble.QUOTA),
        (AddressRefused, Connection.Trouble.ADDRESS),
    ):
        if isinstance(error, family):
            return str(trouble)
    return str(Connection.Trouble.OTHER)


def _other_account(row: Connection, account: Account) -> InputRejected:
    return InputRejected(
        "another account answers",
        app=manifest_of(row).name,
        field="account",
        owner_message=f"The key of {row.name} now belongs to {account.name}, not to {row.account_name}. "
        "Nothing is sent there.".replace("{", "{{").replace("}", "}}"),
        next_step="Open Connections and paste a key of the account that is meant.",
    )


def _ask_for_a_word(client: AiConnector, model: str) -> None:
    """Raise `QuotaExhausted` where credit is used up, or another refusal of the key; all else says nothing here."""
    question = Prompt(model, (Message("user", "Answer with: yes"),), version="check", max_output_tokens=16)
    try:
        client.ask(question, None)
    except (CredentialRejected, QuotaExhausted):
        raise
    except SignoffError:
        pass

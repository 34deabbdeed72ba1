"""`signoff propose` and `signoff hooks`: ask for a sign-off, and see who is told of what."""

from __future__ import annotations

import os
import time
from typing import Any

import click

from signoff.cli.start import answer, django, person_of_token, say, secret_from

EVENTS = ("draft.waiting", "draft.decided", "run.needs_you", "run.delivered")
LOOK_EVERY_SECONDS = 1.0
FILE = click.Path(exists=True, dir_okay=False)


@click.command("propose")
@click.argument("name")
@click.option("--record", required=True, type=FILE, help="The record: JSON or YAML.")
@click.option("--draft", type=FILE, help="An answer of your own, JSON or YAML; else the AI writes one.")
@click.option("--key", default="", help="Names what you ask about: the same key is the same proposal.")
@click.option(
    "--callback-env", metavar="VAR", help="The variable with the address that is told of the decision."
)
@click.option("--wait", "seconds", type=click.IntRange(0, 86_400), default=0, help="Seconds to wait for it.")
@click.option("--json", "as_json", is_flag=True)
def propose_command(
    name: str, record: str, draft: str | None, key: str, callback_env: str | None, seconds: int, as_json: bool
) -> None:
    """Hand in a record to be signed off, as the person of SIGNOFF_TOKEN; exit 1 when it is not approved in time."""
    from signoff.cli.integrations import read_record

    given, own = read_record(record), read_record(draft) if draft else None
    django()
    from signoff.core.secret import Secret
    from signoff.engine import hooks as engine
    from signoff.hooks.outcome import outcome_of

    token = _token("propose", "build")
    url = Secret(_from_env(callback_env)) if callback_env else None
    try:
        asked = engine.propose(name, given, token, draft=own, key=key.strip(), url=url)
    except engine.ProposalRefused as refused:
        for fault in refused.faults:
            say(
                f"{fault['where']}: {fault['what']}"
                + (f", {fault['expected']}" if "expected" in fault else "")
            )
        raise click.ClickException(str(refused)) from None
    if asked.proposal is None:
        raise click.ClickException("The integration's only_if leaves this record out. Nothing was kept.")
    run = _waited(asked.proposal.run_id, seconds)
    document = {**outcome_of(run), "callback_secret": asked.secret.reveal() if asked.secret else None}
    answer(document, as_json, _in_words(document, as_json))
    if document["status"] in ("rejected", "left") or (seconds and not document["decided"]):
        raise click.exceptions.Exit(1)


@click.group("hooks")
def hooks_command() -> None:
    """Addresses that are told when something happens, and what they were told."""


@hooks_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_hooks(as_json: bool) -> None:
    """List the addresses that are told, by their hosts; exit 1 when one does not take what it is told."""
    django()
    from signoff.hooks.documents import hook_as_document, hooks_that_are

    documents = [hook_as_document(row) for row in hooks_that_are()]
    text = "\n".join(
        f"{d['id']:>5}  {d['event']:<14} {d['integration'] or 'all':<26} {d['host']:<30} {d['problem'] or d['state']}"
        for d in documents
    )
    answer(documents, as_json, text or "Nobody is told of anything.")
    if any(d["state"] != "on" or d["problem"] for d in documents):
        raise click.exceptions.Exit(1)


@hooks_command.command("add")
@click.argument("event", type=click.Choice(EVENTS))
@click.option(
    "--url-env", metavar="VAR", help="The variable with the address; else it is asked for, or read."
)
@click.option("--integration", help="Only of this one.")
@click.option("--json", "as_json", is_flag=True)
def add_hook(event: str, url_env: str | None, integration: str | None, as_json: bool) -> None:
    """Let an address be told from now on, as long as the token in SIGNOFF_TOKEN is good. Shows the secret once."""
    django()
    from signoff.cli.integrations import integration_named
    from signoff.hooks.address import HookRefused
    from signoff.hooks.documents import hook_as_document
    from signoff.hooks.subscribe import subscribe

    token = _token("read", "see")
    one = integration_named(integration) if integration else None
    try:
        hook, secret = subscribe(event, secret_from(url_env, "Address"), token, one)
    except HookRefused as refused:
        raise click.ClickException(f"{refused} Nothing was made.") from None
    document = {**hook_as_document(hook), "secret": secret.reveal()}
    answer(document, as_json, f"Hook {hook.pk} is told. Its messages are signed with {secret.reveal()}")


@hooks_command.command("test")
@click.argument("hook_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def test_hook(hook_id: int, as_json: bool) -> None:
    """Send a test to the address of a hook, now; exit 1 when it was not received."""
    django()
    from signoff.hooks.documents import hooks_that_are
    from signoff.hooks.sending import try_out

    hook = hooks_that_are().filter(pk=hook_id).first()
    if hook is None:
        raise click.ClickException(f"There is no hook {hook_id}. See: signoff hooks list")
    heard = try_out(hook)
    document = {"hook": hook.pk, "status": heard.status, "problem": heard.problem or None}
    answer(document, as_json, heard.problem or f"{hook.host} received it.")
    if heard.problem:
        raise click.exceptions.Exit(1)


@hooks_command.command("remove")
@click.argument("hook_id", type=int)
def remove_hook(hook_id: int) -> None:
    """Tell an address nothing more."""
    django()
    from signoff.hooks.documents import hooks_that_are
    from signoff.hooks.subscribe import unsubscribe

    hook = hooks_that_are().filter(pk=hook_id).first()
    if hook is None or not unsubscribe(hook, "command line"):
        raise click.ClickException(f"There is no hook {hook_id}. See: signoff hooks list")
    say(f"Hook {hook_id} is told nothing more.")


@hooks_command.command("messages")
@click.option("--run", "run_id", type=int, help="Only about this run.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def list_messages(run_id: int | None, limit: int, as_json: bool) -> None:
    """List what was told, the newest first, with each attempt."""
    django()
    from signoff.hooks.documents import message_as_document
    from signoff.hooks.models import Message

    rows = Message.objects.select_related("hook").prefetch_related("attempts").order_by("-pk")
    rows = rows.filter(run=run_id) if run_id is not None else rows
    documents = [message_as_document(row) for row in rows[:limit]]
    text = "\n".join(
        f"{d['id']:>5}  run {d['run']:<7} {d['event']:<14} {d['host']:<30} {d['state']}, "
        f"{len(d['attempts'])} attempts{': ' + d['problem'] if d['problem'] else ''}"
        for d in documents
    )
    answer(documents, as_json, text or "Nothing was told.")


@hooks_command.command("again")
@click.argument("message_id", type=int)
def send_again(message_id: int) -> None:
    """Send a message once more, with the same webhook-id."""
    django()
    from signoff.engine import hooks as engine
    from signoff.hooks.models import Message

    message = Message.objects.select_related("hook").filter(pk=message_id).first()
    if message is None:
        raise click.ClickException(f"There is no message {message_id}. See: signoff hooks messages")
    if not engine.tell_again(message, "command line"):
        raise click.ClickException("It is being sent at this moment. Look again in a minute.")
    say(f"Message {message_id} is sent again.")


def _token(can: str, may: str) -> Any:
    token = person_of_token()
    if can not in token.can or not token.person.may(may):
        raise click.ClickException(f"This token has not the right {can}, or {token.person} may not.")
    return token


def _from_env(variable: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise click.UsageError(f"The variable {variable} is empty.")
    return value


def _waited(run_id: int, seconds: int) -> Any:
    from signoff.hooks.outcome import is_settled
    from signoff.runs.models import Run

    until = time.monotonic() + seconds
    rows = Run.objects.select_related("integration", "review__decided_by")
    run = rows.get(pk=run_id)
    while not is_settled(run) and (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_EVERY_SECONDS, left))
        run = rows.get(pk=run_id)
    return run


def _in_words(document: dict[str, Any], as_json: bool) -> str:
    lines = [f"Proposal {document['id']}, run {document['run']}: {document['status']}."]
    if document["answer"] is not None:
        lines += ["", *(f"{name}: {value}" for name, value in document["answer"].items())]
    elif document["status"] == "left":
        lines.append(document["next_step"])
    elif not document["decided"]:
        lines.append(f"A person decides: {document['page']}")
    if document["callback_secret"] and not as_json:
        lines.append(f"The callback is signed with {document['callback_secret']}")
    return "\n".join(lines)

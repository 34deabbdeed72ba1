"""`signoff token`: keys of ours, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from signoff.cli.start import answer, django, say

BY = "command line"


@click.group("token")
def token_command() -> None:
    """Tokens for programs."""


@token_command.command("create")
@click.option("--name", required=True, help="What uses it.")
@click.option("--can", required=True, help="read, propose, review, build, people, sign; several with commas.")
@click.option("--person", default=None, metavar="EMAIL", help="For whom it acts; the owner, if not said.")
@click.option(
    "--ends-on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    metavar="YYYY-MM-DD",
    help="The last day on which it is good; a year from now, if not said.",
)
@click.option("--json", "as_json", is_flag=True)
def create(name: str, can: str, person: str | None, ends_on: datetime | None, as_json: bool) -> None:
    """Make a token; it is shown once."""
    django()
    from signoff.accounts import tokens
    from signoff.accounts.models import Person

    wanted = [right.strip() for right in can.split(",") if right.strip()]
    everyone = Person.objects.filter(is_active=True)
    who = everyone.filter(email=person.lower()).first() if person else everyone.filter(role="owner").first()
    if who is None:
        raise click.ClickException("There is no such person yet. Make the first account with: signoff setup")
    try:
        ends_at = tokens.end_of(ends_on.date()) if ends_on else None
        token = tokens.create(name, who, wanted, BY, ends_at)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    row = tokens.token_for(token.reveal())
    until = row.ends_at.isoformat() if row and row.ends_at else None
    say("This token is shown once. Keep it where only its program finds it.")
    answer({"name": name, "can": wanted, "ends_at": until, "token": token.reveal()}, as_json, token.reveal())


@token_command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that let nobody in any more, too.")
@click.option("--json", "as_json", is_flag=True)
def list_tokens(everything: bool, as_json: bool) -> None:
    """List the tokens: what uses each, what it may, for whom, when it was last used, when it ends."""
    django()
    from signoff.accounts import tokens

    rows = [*tokens.good(), *(tokens.ended() if everything else ())]
    good = {row.pk for row in tokens.good()}
    documents = [as_document(row, row.pk in good) for row in rows]
    text = "\n".join(_line(document) for document in documents)
    answer(documents, as_json, text or "No program has a token. Make one: signoff token create")


@token_command.command("revoke")
@click.argument("number", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@click.option("--json", "as_json", is_flag=True)
def revoke(number: int, as_json: bool) -> None:
    """Let a token be good no more, from the next call on. See its ID: signoff token list"""
    django()
    from signoff.accounts import tokens

    row = tokens.good().filter(pk=number).first()
    if row is None or not tokens.revoke(row, BY):
        raise click.ClickException(f"There is no token {number} that is good. See: signoff token list --all")
    answer({"id": number, "name": row.name, "revoked": True}, as_json, f"The token for {row.name} is ended.")


def as_document(row: Any, is_good: bool) -> dict[str, Any]:
    """Return a token as programs read it; never the token itself, which nobody has."""
    return {
        "id": row.pk,
        "name": row.name,
        "can": row.can,
        "person": row.person.email,
        "good": is_good,
        "made_at": row.created_at.isoformat(),
        "used_at": row.used_at.isoformat() if row.used_at else None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }


def _line(token: dict[str, Any]) -> str:
    used = f"last used {token['used_at'][:10]}" if token["used_at"] else "never used"
    ends = f"ends {token['ends_at'][:10]}" if token["ends_at"] else "has no end"
    state = ends if token["good"] else "is ended"
    return f"{token['id']:>5}  {token['name']:<24} {','.join(token['can']):<22} {token['person']:<30} {used}, {state}"

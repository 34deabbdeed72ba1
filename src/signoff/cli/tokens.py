"""`signoff token`: keys of ours, for programs."""

from __future__ import annotations

import click

from signoff.cli.start import answer, django, say


@click.group("token")
def token_command() -> None:
    """Tokens for programs."""


@token_command.command("create")
@click.option("--name", required=True, help="What uses it.")
@click.option("--can", required=True, help="read, propose, review; several with commas.")
@click.option("--person", default=None, metavar="EMAIL", help="For whom it acts; the owner, if not said.")
@click.option("--json", "as_json", is_flag=True)
def create(name: str, can: str, person: str | None, as_json: bool) -> None:
    """Make a token; it is shown once."""
    django()
    from signoff.accounts.audit import note
    from signoff.accounts.models import Person
    from signoff.accounts.tokens import make_token

    wanted = [right.strip() for right in can.split(",") if right.strip()]
    everyone = Person.objects.filter(is_active=True)
    who = everyone.filter(email=person.lower()).first() if person else everyone.filter(role="owner").first()
    if who is None:
        raise click.ClickException("There is no such person yet. Make the first account with: signoff setup")
    try:
        token = make_token(name, who, wanted)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    note("command line", "made a token for", name, {"can": wanted})
    say("This token is shown once. Keep it where only its program finds it.")
    answer({"name": name, "can": wanted, "token": token.reveal()}, as_json, token.reveal())

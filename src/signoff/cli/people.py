"""`signoff setup`, `people` and `sessions`: who may come in, and who is in."""

from __future__ import annotations

import sys
from typing import Any

import click

from signoff.cli.start import answer, django, say, secret_from

BY = "command line"
ROLES = click.Choice(["owner", "builder", "reviewer", "viewer"])


@click.command("setup")
@click.option("--owner", required=True, metavar="EMAIL", help="Who owns this Signoff.")
@click.option(
    "--password-env",
    metavar="VAR",
    help="The environment variable with the password. [it is asked for, or read from standard input]",
)
@click.option("--name", default="", help="How to call the owner.")
@click.option("--json", "as_json", is_flag=True)
def setup_command(owner: str, password_env: str | None, name: str, as_json: bool) -> None:
    """Make the first account, without a browser."""
    password = _new_password(password_env)
    django()
    from django.core.exceptions import ValidationError

    from signoff.accounts.first import AlreadySetUp, first_owner

    try:
        person = first_owner(owner, password, name)
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    except AlreadySetUp as error:
        raise click.ClickException(str(error)) from error
    answer({"owner": person.email}, as_json, f"{person.email} owns this Signoff. Start it with: signoff up")


def _new_password(variable: str | None) -> str:
    """Return a password from a variable, from standard input, or typed twice unseen."""
    if variable or not sys.stdin.isatty():
        return str(secret_from(variable, "").reveal()).rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


@click.group("people")
def people_command() -> None:
    """Who may come in, and what they may do."""


@people_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_people(as_json: bool) -> None:
    """List the people, and who is invited."""
    django()
    from signoff.accounts.invitations import pending
    from signoff.accounts.models import Person

    people = [_as_document(person) for person in Person.objects.order_by("-is_active", "email")]
    invited: list[dict[str, Any]] = [
        {
            "email": row.email,
            "role": row.role,
            "groups": _groups(row.groups_csv),
            "by": row.by.email if row.by else None,
            "e_mailed": row.sent,
            "ends_at": row.ends_at.isoformat(),
        }
        for row in pending()
    ]
    lines = [
        f"{p['email']:<36} {p['role'] if p['may_come_in'] else 'removed':<9} {p['name']}" for p in people
    ]
    lines += [f"{i['email']:<36} {i['role']:<9} invited, until {i['ends_at'][:10]}" for i in invited]
    answer(
        {"people": people, "invited": invited}, as_json, "\n".join(lines) or "Nobody yet. See: signoff setup"
    )


@people_command.command("invite")
@click.argument("email")
@click.option("--role", type=ROLES, required=True)
@click.option("--name", default="", help="How to call them.")
@click.option("--groups", default="", help="Which drafts they decide on, with commas; empty: all.")
@click.option("--json", "as_json", is_flag=True)
def invite(email: str, role: str, name: str, groups: str, as_json: bool) -> None:
    """Invite somebody: by e-mail if a mail server is set, else by the link that is printed. Inviting again renews."""
    django()
    from django.core.exceptions import ValidationError

    from signoff.accounts import invitations

    try:
        invitation, text = invitations.invite(email, role, BY, name=name, groups=groups)
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    except invitations.NotInvited as error:
        raise click.ClickException(str(error)) from error
    link = invitations.deliver(invitation, text)
    if link:
        say(f"Give this link to {invitation.email}. It works once, within a week, and is not shown again.")
    document = {
        "email": invitation.email,
        "role": role,
        "ends_at": invitation.ends_at.isoformat(),
        "e_mailed": invitation.sent,
        "link": link,
    }
    answer(document, as_json, link or f"An e-mail is on its way to {invitation.email}.")


@people_command.command("withdraw")
@click.argument("email")
def withdraw(email: str) -> None:
    """Withdraw the invitation of somebody who has not come in yet."""
    django()
    from signoff.accounts import invitations

    row = invitations.pending().filter(email=email.strip().lower()).first()
    if row is None or not invitations.withdraw(row, BY):
        raise click.ClickException(f"Nobody with the address {email} is invited. See: signoff people list")
    click.echo(f"The invitation of {row.email} is withdrawn.")


@people_command.command("change")
@click.argument("email")
@click.option("--role", type=ROLES)
@click.option("--groups", help="Which drafts they decide on, with commas; '' for all.")
@click.option("--name", help="How to call them.")
@click.option("--json", "as_json", is_flag=True)
def change(email: str, role: str | None, groups: str | None, name: str | None, as_json: bool) -> None:
    """Let somebody have another role, other groups or another name."""
    django()
    from signoff.accounts import people

    person = _person(email)
    try:
        person = people.change(
            person,
            BY,
            role=role or person.role,
            groups=person.groups_csv if groups is None else groups,
            name=name,
        )
    except people.LastOwner as error:
        raise click.ClickException(str(error)) from error
    groups_now = f", for {person.groups_csv}" if person.groups_csv else ""
    answer(
        _as_document(person), as_json, f"{person.email} is {person.get_role_display().lower()}{groups_now}."
    )


@people_command.command("remove")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True)
def remove(email: str, as_json: bool) -> None:
    """Take everything away that lets somebody in, at once. What they did stays in the history."""
    django()
    from signoff.accounts import people

    person = _person(email)
    try:
        removed = people.remove(person, BY)
    except people.LastOwner as error:
        raise click.ClickException(str(error)) from error
    document = {
        "email": person.email,
        "sessions_ended": removed.sessions,
        "tokens_ended": removed.tokens,
        "invitations_withdrawn": removed.invitations,
    }
    text = f"{person.email} is removed. Browsers signed out: {removed.sessions}."
    if removed.tokens:
        text += f" Programs that stop: {', '.join(removed.tokens)}."
    answer(document, as_json, text)


@people_command.command("link")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True)
def link(email: str, as_json: bool) -> None:
    """Make a sign-in link for somebody who forgot the password: good once, for half an hour."""
    django()
    from signoff.accounts.audit import note
    from signoff.accounts.links import make_link
    from signoff.core.home import public_url

    person = _person(email)
    note(BY, "made a sign-in link for", person.email)
    address = f"{public_url()}/sign-in/link/{make_link(person)}/"
    say(f"This link signs in as {person.email}, once, within half an hour. It is not shown again.")
    answer({"email": person.email, "link": address}, as_json, address)


@people_command.command("reset-second-step")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True)
def reset_second_step(email: str, as_json: bool) -> None:
    """Take codes and passkeys away from somebody who lost them; the password stays."""
    django()
    from signoff.accounts.second_step import reset

    person = _person(email)
    had = reset(person, BY)
    text = (
        f"{person.email} gets in with the password alone now, and should set up a new second step soon."
        if had
        else f"{person.email} has no second step. Nothing was changed."
    )
    answer({"email": person.email, "reset": had}, as_json, text)


@people_command.command("rules")
@click.option("--second-step", type=click.Choice(["everybody", "who-wants"]), help="Who needs a second step.")
@click.option("--idle-hours", type=int, help="Sign out after so many hours without use: 1, 12, 72 or 336.")
@click.option("--longest-days", type=int, help="Sign out after so many days in any case: 1, 7, 30 or 90.")
@click.option("--json", "as_json", is_flag=True)
def rules_command(
    second_step: str | None, idle_hours: int | None, longest_days: int | None, as_json: bool
) -> None:
    """Show what holds for everybody who signs in, or change it."""
    django()
    from signoff.accounts.rules import change_rules, rules

    now = rules()
    if second_step or idle_hours is not None or longest_days is not None:
        try:
            now = change_rules(
                BY,
                second_step=second_step == "everybody" if second_step else now.second_step,
                idle_hours=now.idle_hours if idle_hours is None else idle_hours,
                longest_days=now.longest_days if longest_days is None else longest_days,
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    document = {
        "second_step": "everybody" if now.second_step else "who-wants",
        "idle_hours": now.idle_hours,
        "longest_days": now.longest_days,
    }
    text = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in document.items())
    answer(document, as_json, text)


@click.group("sessions")
def sessions_command() -> None:
    """Where people are signed in."""


@sessions_command.command("list")
@click.option("--person", default=None, metavar="EMAIL", help="Only theirs.")
@click.option("--json", "as_json", is_flag=True)
def list_sessions(person: str | None, as_json: bool) -> None:
    """List the browsers in which people are signed in, the latest first."""
    django()
    from signoff.accounts.models import Session
    from signoff.accounts.sessions import browser_of
    from signoff.core import clock

    rows = Session.objects.filter(ends_at__gt=clock.now()).exclude(person=None).select_related("person")
    if person:
        rows = rows.filter(person=_person(person))
    documents: list[dict[str, Any]] = [
        {
            "id": row.pk,
            "person": row.person.email if row.person else None,
            "browser": browser_of(row.agent),
            "address": row.address,
            "how": row.how,
            "began_at": row.began_at.isoformat(),
            "seen_at": row.seen_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
        }
        for row in rows.order_by("-seen_at", "-pk")
    ]
    lines = [
        f"{d['id']:>6}  {d['person']:<36} {d['browser']:<22} seen {d['seen_at'][:16]}" for d in documents
    ]
    answer(documents, as_json, "\n".join(lines) or "Nobody is signed in.")


@sessions_command.command("end")
@click.argument("email")
@click.option(
    "--id", "number", type=int, default=None, help="Only this one of theirs; see: signoff sessions list"
)
@click.option("--json", "as_json", is_flag=True)
def end_sessions(email: str, number: int | None, as_json: bool) -> None:
    """Sign somebody out everywhere, at once."""
    django()
    from signoff.accounts.audit import note
    from signoff.accounts.sessions import sign_out

    person = _person(email, also_removed=True)
    count = sign_out(person, number=number)
    if number is not None and not count:
        raise click.ClickException(f"{person.email} has no session {number}. See: signoff sessions list")
    note(BY, "signed out everywhere:" if number is None else "signed out in one browser:", person.email)
    answer({"email": person.email, "ended": count}, as_json, f"Browsers signed out: {count}.")


def _person(email: str, *, also_removed: bool = False) -> Any:
    from signoff.accounts.models import Person

    person = Person.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise click.ClickException(f"Nobody here has the address {email}. See: signoff people list")
    if not person.is_active and not also_removed:
        raise click.ClickException(f"{person.email} was removed. To let them in again: signoff people invite")
    return person


def _as_document(person: Any) -> dict[str, Any]:
    from signoff.accounts.second_step import has_second_step

    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "groups": _groups(person.groups_csv),
        "may_come_in": person.is_active,
        "second_step": has_second_step(person),
    }


def _groups(text: str) -> list[str]:
    return [group for group in text.split(",") if group]

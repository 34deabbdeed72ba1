"""`signoff notices`: what stopped or will stop, who knows of it, and by which channels people are told."""

from __future__ import annotations

from datetime import time
from typing import Any

import click

from signoff.cli.start import answer, django, secret_from

BY = "command line"
URGENCIES = click.Choice(["now", "soon", "calm"])


@click.group("notices", invoke_without_command=True)
@click.option("--over", is_flag=True, help="Those that are over, the latest first.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def notices_command(context: click.Context, over: bool, as_json: bool) -> None:
    """What stopped, or will stop. Exit 1 when something is open of which nobody has said that they know."""
    if context.invoked_subcommand is not None:
        return
    django()
    from signoff.monitoring import acting
    from signoff.monitoring.documents import notice_as_document

    rows = list(acting.closed_notices()[:50]) if over else acting.open_notices()
    text = "\n".join(_line(row) for row in rows) or "Nothing needs you."
    answer([notice_as_document(row) for row in rows], as_json, text)
    if any(row.is_open and not row.is_quiet for row in rows):
        raise click.exceptions.Exit(1)


@notices_command.command("ack")
@click.argument("notice_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def ack(notice_id: int, as_json: bool) -> None:
    """Say that somebody knows and sees to it; nobody is told again before it gets worse."""
    _act("acknowledge", notice_id, as_json, "Noted. People are told again if it gets worse.")


@notices_command.command("snooze")
@click.argument("notice_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def snooze(notice_id: int, as_json: bool) -> None:
    """Put a notice aside until it gets worse."""
    _act("snooze", notice_id, as_json, "Put aside until it gets worse.")


@notices_command.command("channels")
@click.option("--person", default="", metavar="EMAIL", help="Whose; the owner's, if not said.")
@click.option("--json", "as_json", is_flag=True)
def list_channels(person: str, as_json: bool) -> None:
    """List by which channels a person is told, in the order in which they are tried."""
    django()
    from signoff.monitoring import channels
    from signoff.monitoring.documents import channel_as_document

    rows = channels.channels_of(_person(person))
    lines = [
        f"{row.pk or 0:>5}  {'on ' if row.is_on else 'off'} {row.urgency:<5} {row}  {row.problem}".rstrip()
        for row in rows
    ]
    answer([channel_as_document(row) for row in rows], as_json, "\n".join(lines))


@notices_command.command("add")
@click.argument("kind", type=click.Choice(["mail", "app", "service"]))
@click.option("--address-env", default=None, metavar="VAR", help="The environment variable with the address.")
@click.option("--person", default="", metavar="EMAIL", help="For whom; the owner, if not said.")
@click.option("--urgency", type=URGENCIES, default="calm", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def add(kind: str, address_env: str | None, person: str, urgency: str, as_json: bool) -> None:
    """Add a channel: another e-mail address, a place at a connection (slack-main.#alerts), or a service of apprise."""
    django()
    from signoff.monitoring import channels
    from signoff.monitoring.documents import channel_as_document

    address = secret_from(address_env, "Address")
    try:
        row = channels.add(_person(person), kind, address, channels.Wanted(urgency=urgency), BY)
    except channels.ChannelRefused as refused:
        raise click.ClickException(str(refused)) from None
    answer(
        channel_as_document(row), as_json, f"Added as {row.pk}: {row}. Try it: signoff notices test {row.pk}"
    )


@notices_command.command("change")
@click.argument("channel_id", type=int)
@click.option(
    "--person", default="", metavar="EMAIL", help="Whose own e-mail 0 means; the owner's, if not said."
)
@click.option("--urgency", type=URGENCIES, default=None)
@click.option("--quiet", default=None, metavar="22:00-07:00", help="Quiet hours; 'none' for none.")
@click.option("--zone", default=None, help="Their time zone, as in Europe/Berlin.")
@click.option(
    "--urgent-always/--urgent-waits", default=None, help="Whether what stops the work comes at any hour."
)
@click.option("--on/--off", "is_on", default=None)
@click.option("--first", is_flag=True, help="Try it before the others.")
@click.option("--json", "as_json", is_flag=True)
def change(
    channel_id: int,
    person: str,
    urgency: str | None,
    quiet: str | None,
    zone: str | None,
    urgent_always: bool | None,
    is_on: bool | None,
    first: bool,
    as_json: bool,
) -> None:
    """Change what a channel takes, its quiet hours, and whether it is used."""
    django()
    from signoff.monitoring import channels
    from signoff.monitoring.documents import channel_as_document

    row = _channel(channel_id, person)
    said: dict[str, Any] = {"urgency": urgency, "zone": zone, "lets_urgent": urgent_always, "is_on": is_on}
    changed = {name: value for name, value in said.items() if value is not None}
    if quiet is not None:
        changed["quiet_from"], changed["quiet_until"] = _hours(quiet)
    try:
        row = channels.change(row, channels.as_wanted(row, **changed), BY)
    except channels.ChannelRefused as refused:
        raise click.ClickException(str(refused)) from None
    if first:
        channels.use_first(row)
    answer(channel_as_document(row), as_json, f"{row}: changed.")


@notices_command.command("remove")
@click.argument("channel_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def remove(channel_id: int, as_json: bool) -> None:
    """Forget a channel and its address."""
    django()
    from signoff.monitoring import channels

    row = _channel(channel_id, "")
    try:
        channels.remove(row, BY)
    except channels.ChannelRefused as refused:
        raise click.ClickException(str(refused)) from None
    answer({"removed": channel_id}, as_json, "Removed.")


@notices_command.command("test")
@click.argument("channel_ids", type=int, nargs=-1)
@click.option(
    "--person", default="", metavar="EMAIL", help="By all channels of this person; the owner, if not said."
)
@click.option("--json", "as_json", is_flag=True)
def test(channel_ids: tuple[int, ...], person: str, as_json: bool) -> None:
    """Send a test, by the channels named or by all that a person uses; exit 1 when one did not leave."""
    django()
    from signoff.monitoring import channels, telling

    if channel_ids:
        rows = [_channel(number, person) for number in channel_ids]
    else:
        channels.own_channel(_person(person))
        rows = [row for row in channels.channels_of(_person(person)) if row.is_on]
    found = [{"channel": row.pk, "name": str(row), "problem": telling.test(row) or None} for row in rows]
    lines = [
        f"{'NO ' if one['problem'] else 'ok '} {one['name']}: {one['problem'] or 'on its way'}"
        for one in found
    ]
    answer(
        found, as_json, "\n".join(lines) or "There is no channel that is used. See: signoff notices channels"
    )
    if not found or any(one["problem"] for one in found):
        raise click.exceptions.Exit(1)


def _act(verb: str, notice_id: int, as_json: bool, done: str) -> None:
    django()
    from signoff.monitoring import acting
    from signoff.monitoring.documents import notice_as_document

    try:
        row = getattr(acting, verb)(notice_id, BY)
    except LookupError as error:
        raise click.ClickException(f"{error} See: signoff notices") from None
    except acting.NoticeChanged as changed:
        raise click.ClickException(str(changed)) from None
    answer(notice_as_document(row), as_json, done)


def _line(row: Any) -> str:
    if not row.is_open:
        return f"{row.pk:>5}  {row.closed_at:%Y-%m-%d %H:%M}  {row.closing}"
    knows = "put aside" if row.snoozed_at else "known" if row.acknowledged_at else row.urgency
    return f"{row.pk:>5}  {knows:<9}  {row.title}\n{'':18}{row.text}"


def _person(email: str) -> Any:
    from signoff.accounts.models import Person

    rows = Person.objects.filter(is_active=True).order_by("pk")
    row = rows.filter(email=email.strip().lower()).first() if email else rows.filter(role="owner").first()
    if row is None:
        raise click.ClickException(f"Nobody has the address {email}." if email else "There is no owner yet.")
    return row


def _channel(channel_id: int, person: str) -> Any:
    from signoff.monitoring import channels
    from signoff.monitoring.models import Channel

    if channel_id == 0:
        return channels.own_channel(_person(person))
    row = Channel.objects.select_related("person").filter(pk=channel_id).first()
    if row is None:
        raise click.ClickException(f"There is no channel {channel_id}. See: signoff notices channels")
    return row


def _hours(text: str) -> tuple[time | None, time | None]:
    if text == "none":
        return None, None
    begin, _, end = text.partition("-")
    try:
        return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        raise click.UsageError("Quiet hours are written like 22:00-07:00, or none.") from None

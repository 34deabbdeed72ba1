"""`signoff doctor`: is everything as it should be, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from signoff.cli.start import answer, django
from signoff.core.counting import counted


@click.command("doctor")
@click.option(
    "--migrations", is_flag=True, help="Only look whether a change of the tables lacks its migration."
)
@click.option("--json", "as_json", is_flag=True)
def doctor_command(migrations: bool, as_json: bool) -> None:
    """Look at the database, the key, the tables, the worker, the connections and the audit trail."""
    django(migrated=not migrations)
    if migrations:
        return _missing_migrations()
    found = [_look(name, look) for name, look in LOOKS.items()]
    text = "\n".join(f"{'ok ' if f['ok'] else 'NO '} {f['name']}: {f['says']}" for f in found)
    answer({"ok": all(f["ok"] for f in found), "found": found}, as_json, text)
    if not all(f["ok"] for f in found):
        raise click.exceptions.Exit(1)


def _look(name: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "says": look()}
    except _Trouble as trouble:
        return {"name": name, "ok": False, "says": str(trouble)}


class _Trouble(Exception):
    pass


def _database() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database())),"
            " current_setting('idle_in_transaction_session_timeout')"
        )
        version, size, left_open = cursor.fetchone() or ("?", "?", "?")
    # Set when Signoff starts; on a database that only commands have used, nobody waits for anybody.
    held = "; a machine that freezes can hold up the others: docs/scale.md" if left_open == "0" else ""
    return f"PostgreSQL {version}, {size}{held}"


def _key() -> str:
    from signoff.vault.keys import KeyTrouble, ring
    from signoff.vault.rotate import census, damaged, refuse_foreign

    try:
        refuse_foreign()
        found = census()
    except KeyTrouble as error:
        raise _Trouble(str(error)) from error
    # The seal of the trail is no key to paste again; "audit trail" below says what to do about it.
    broken = [where for where in damaged() if not where.startswith("accounts.auditseal")]
    if broken:
        raise _Trouble(
            f"{len(broken)} saved secrets cannot be opened, though the key is right: {', '.join(broken)}. They were "
            "damaged or copied from elsewhere. Paste those keys again under Connections."
        )
    if found.known:
        raise _Trouble(
            f"a change of the master key was not finished: {found.known} saved secrets still need the old one. "
            "Nothing is lost. Run: signoff rotate-key"
        )
    old = len(ring().retired)
    kept = f"; {old} replaced before, still able to open" if old else ""
    return f"the master key ({ring().current.name}) opens all {found.current} saved secrets{kept}"


def _worker() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '20 s'"
        )
        (count,) = cursor.fetchone() or (0,)
    if not count:
        raise _Trouble("no worker runs, so nothing moves. Start one: signoff up")
    return f"{count} running"


def _connections() -> str:
    from signoff.connections.models import Connection

    bad = list(Connection.objects.filter(state=Connection.State.NEEDS_YOU))
    if bad:
        raise _Trouble("; ".join(f"{row.name}: {row.problem} {row.next_step}" for row in bad))
    return f"{Connection.objects.count()} working"


def _runs() -> str:
    from signoff.runs.models import Run

    waiting = Run.objects.filter(state__in=["needs you", "uncertain"]).count()
    if waiting:
        raise _Trouble(
            f"{counted(waiting, 'record needs', 'records need')} you. See: signoff runs --state 'needs you'"
        )
    return "none needs you"


def _fields() -> str:
    from signoff.integrations.models import Drift

    found = [row for row in Drift.objects.select_related("integration") if row.breaks]
    if found:
        raise _Trouble("; ".join(f"{row.integration.name}: {row.what} See: signoff drift" for row in found))
    return "those that the integrations know"


def _audit() -> str:
    from signoff.accounts.audit import examine

    found = examine()
    if found.problem:
        raise _Trouble(found.problem)
    held = counted(found.count, "entry", "entries")
    return f"{held}, each follows from the one before, and the newest is the one that was sealed"


def _programs() -> str:
    from signoff.accounts.tokens import ending, good

    told = [
        f"{row.name} (for {row.person}) on {row.ends_at:%Y-%m-%d}"
        for row in ending(within=timedelta(days=7))
        if row.ends_at
    ]
    if told:
        raise _Trouble(
            f"keys end: {', '.join(told)}. What uses them stops then. Make new ones: signoff token create"
        )
    count = good().count()
    return f"{count} {'key' if count == 1 else 'keys'} for programs; none ends within a week"


def _mail() -> str:
    from signoff.accounts import mail

    try:
        server = mail.server()
    except mail.MailTrouble as error:
        raise _Trouble(f"no e-mail can leave, neither invitations nor notices. {error}") from error
    if server is None:
        return "no mail server is set (SIGNOFF_SMTP): nobody is told by e-mail, and links are handed over"
    return f"{server.host}, port {server.port}. To try it: signoff notices test"


def _notices() -> str:
    from signoff.monitoring.acting import open_notices

    rows = open_notices()
    pressing = [row for row in rows if not row.is_quiet and row.urgency != "calm"]
    if pressing:
        titles = "; ".join(row.title.rstrip(".") for row in pressing)
        raise _Trouble(f"{len(pressing)} open: {titles}. See: signoff notices")
    if rows:
        return f"{len(rows)} open, none that presses: {'; '.join(row.title for row in rows)}"
    return "none is open"


def _backups() -> str:
    from signoff.engine import keeping

    wanted, last = keeping.plan(), keeping.newest()
    if wanted.problem:
        raise _Trouble(wanted.problem)
    if wanted.folder is None:
        made = f"the last one made by hand is of {last.made_at:%Y-%m-%d}" if last else "none was made by hand"
        return f"none is made by itself (SIGNOFF_BACKUP_FOLDER); {made}"
    for old in keeping.old():
        raise _Trouble(f"{old.title}. {old.text}")
    if last is None:
        return f"the first is made tonight, in {wanted.folder}"
    tried = "restored on trial" if last.checked_at else "not tried yet: signoff restore --verify FILE"
    return f"one each day in {wanted.folder}; the last of {last.made_at:%Y-%m-%d %H:%M} UTC, {tried}"


def _restore() -> str:
    from signoff.engine.restored import left

    found = left()
    if found is None:
        return "no backup was ever put back"
    row, waiting, off = found
    when = f"the backup of {row.made_at:%Y-%m-%d %H:%M} UTC was put back on {row.at:%Y-%m-%d}"
    if waiting or off:
        wait = "waits" if waiting == 1 else "wait"
        look = (
            f"{counted(waiting, 'record')} may have been dealt with since, and {wait} for you. "
            if waiting
            else ""
        )
        turn_on = (
            f"Off since then: {', '.join(off)}. When you have looked: signoff on {off[0]}" if off else ""
        )
        raise _Trouble(f"{when}. {look}{turn_on}".strip())
    return f"{when}, and nothing is left to look at"


def _heartbeat() -> str:
    import os

    from signoff.engine.models import Beat
    from signoff.engine.watchman import HEARTBEAT

    if not os.environ.get("SIGNOFF_HEARTBEAT_URL"):
        return "no address outside watches this Signoff (SIGNOFF_HEARTBEAT_URL)"
    row = Beat.objects.filter(name=HEARTBEAT).first()
    if row is None:
        return "the worker has not asked its address yet"
    if row.problem:
        raise _Trouble(
            f"{row.problem} Last heard on {row.at:%Y-%m-%d %H:%M} UTC. Look at SIGNOFF_HEARTBEAT_URL."
        )
    return f"heard at {row.at:%Y-%m-%d %H:%M} UTC"


LOOKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "key": _key,
    "worker": _worker,
    "connections": _connections,
    "runs": _runs,
    "fields of the apps": _fields,
    "programs": _programs,
    "mail server": _mail,
    "notices": _notices,
    "heartbeat": _heartbeat,
    "backups": _backups,
    "restore": _restore,
    "audit trail": _audit,
}


def _missing_migrations() -> None:
    from django.core.management import call_command

    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit as stop:
        raise click.exceptions.Exit(int(stop.code or 0)) from None

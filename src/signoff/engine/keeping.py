"""
Backups that Signoff makes itself: one each day and when somebody presses the button, tried out, the last few kept.

And what is told of them: that the newest is old, or that it did not hold when it was restored on trial.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import structlog
from django.db.models import Min

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.core.home import home
from signoff.core.secret import Secret
from signoff.engine import backup
from signoff.engine.envelope import BackupTrouble, Manifest, unpack
from signoff.engine.models import Backup
from signoff.engine.restore import clear_away, verify
from signoff.monitoring.found import Found
from signoff.monitoring.models import Notice, Urgency
from signoff.monitoring.wording import day

log = structlog.get_logger()

KEEP = 7
KEEP_FAULTY = 2  # of those that did not hold on trial: they take no place of a good one
KEEP_MOST = 3650
OLD_AFTER = timedelta(days=2)
FORGET_AFTER = timedelta(days=400)


@dataclass(frozen=True)
class Plan:
    """Where a backup is put each day and how many are kept; `folder` is None where nobody wants any."""

    folder: Path | None
    keep: int
    passphrase: Secret | None
    problem: str = ""


def plan() -> Plan:
    """
    Return what the environment says: `SIGNOFF_BACKUP_FOLDER` ("no": none), `SIGNOFF_BACKUP_KEEP`.

    The embedded database is saved into `backups/` in the data folder unless another folder is named; of a database of
    their own the owner takes care, unless a folder is named.
    """
    given = os.environ.get("SIGNOFF_BACKUP_FOLDER", "").strip()
    passphrase = passphrase_from("SIGNOFF_BACKUP_PASSPHRASE")
    text = os.environ.get("SIGNOFF_BACKUP_KEEP", "").strip() or str(KEEP)
    keep = int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= KEEP_MOST else 0
    problem = "" if keep else f"SIGNOFF_BACKUP_KEEP is “{text}”, and takes a number from 1 to {KEEP_MOST}."
    if is_switched_off() or (not given and not is_embedded()):
        return Plan(None, keep or KEEP, passphrase)
    folder = Path(given).expanduser() if given else home() / "backups"
    return Plan(folder.absolute(), keep or KEEP, passphrase, problem)


def is_switched_off() -> bool:
    """Say whether somebody has said that no backups are wanted."""
    return os.environ.get("SIGNOFF_BACKUP_FOLDER", "").strip().lower() == "no"


def passphrase_from(variable: str) -> Secret | None:
    text = os.environ.get(variable, "")
    return Secret(text) if text else None


def daily() -> Backup | None:
    """Make today's backup, restore it on trial, and remove those beyond the last few; None where none is wanted."""
    clear_away()
    wanted = plan()
    row = save(wanted)
    if row is not None and row.size:
        _thin_out(wanted)
    return row


def save(wanted: Plan, by: Person | None = None) -> Backup | None:
    """
    Make a backup where one is wanted (else None) and restore it on trial; `by` pressed a button for it.

    Returns what came of it: a backup that could not be made, or does not hold, says so in `problem`.
    """
    if wanted.folder is None:
        return None
    target = wanted.folder / f"signoff-{clock.now():%Y%m%d-%H%M%S}.signoff"
    row: Backup | None = None
    try:
        if not os.environ.get("SIGNOFF_BACKUP_FOLDER"):
            wanted.folder.mkdir(mode=0o700, exist_ok=True)
        manifest = backup.make(os.environ["DATABASE_URL"], target, passphrase=wanted.passphrase)
        row = made(target, manifest, wanted.passphrase is not None, by_schedule=by is None, by=by)
        tried_out(row, wanted.passphrase)
    except BackupTrouble as error:
        log.warning("a backup was not made, or does not hold", why=str(error))
        why = str(error)
    except (OSError, psycopg.Error):
        log.exception("a backup was not made, or does not hold, for a reason that nobody thought of")
        why = "Something went wrong on our side; the worker's log says what."
    else:
        return row
    if row is None:
        return failed(target, why, by_schedule=by is None)
    # The file is there, and nobody may count on it.
    row.problem = why[:1000]
    row.save(update_fields=["problem"])
    return row


def made(
    target: Path,
    manifest: Manifest,
    encrypted: bool,
    *,
    by_schedule: bool = False,
    by: Person | None = None,
) -> Backup:
    """Write down that a backup was made: by the clock, by a person on the page, or else by a command."""
    if not by_schedule:
        note(by or "command line", "made", "a backup", {"rows": manifest.rows, "with_key": manifest.with_key})
    return Backup.objects.create(
        made_at=manifest.made_at,
        path=str(target)[:500],
        computer=_computer(),
        size=target.stat().st_size,
        is_encrypted=encrypted,
        by_schedule=by_schedule,
    )


def failed(target: Path, why: str, *, by_schedule: bool = True) -> Backup:
    """Write down that a backup could not be made."""
    return Backup.objects.create(
        made_at=clock.now(),
        path=str(target)[:500],
        computer=_computer(),
        by_schedule=by_schedule,
        problem=why[:1000],
    )


def tried_out(row: Backup, passphrase: Secret | None) -> None:
    """Restore a backup on trial and note that all of it was there. Raises `BackupTrouble`."""
    with backup.workroom() as room:
        found = verify(unpack(Path(row.path), passphrase, room))
    if found.differences:
        raise BackupTrouble(
            f"The test restore found other numbers of rows: {'; '.join(found.differences[:3])}."
        )
    Backup.objects.filter(pk=row.pk).update(checked_at=clock.now())


def tried_by_hand(manifest: Manifest) -> None:
    """Note that somebody has restored a backup on trial, wherever its file lies now, and that all of it was there."""
    Backup.objects.filter(made_at=manifest.made_at, problem="").update(checked_at=clock.now())


def newest() -> Backup | None:
    """Return the newest backup that was made and, where it was tried out, holds."""
    return Backup.objects.filter(problem="").first()


def is_there(row: Backup) -> bool | None:
    """Say whether a backup's file lies where it was put; None where nobody here can tell: on another computer."""
    if row.computer != _computer():
        return None
    try:
        return Path(row.path).is_file()
    except OSError:
        return None


def forget_old() -> None:
    """Forget what was written down of backups that are long gone."""
    Backup.objects.filter(made_at__lt=clock.now() - FORGET_AFTER).delete()


def old() -> Iterator[Found]:
    """Find a newest backup that does not hold, or is too old, where one is to be made each day."""
    wanted = plan()
    if wanted.folder is None:
        return
    last, tried = newest(), Backup.objects.first()
    if tried is not None and tried.is_faulty:
        before = f"The last one that holds is of {day(last.made_at)}." if last else "There is no other one."
        yield Found(
            "backup:",
            Urgency.SOON,
            "backup",
            "The last backup does not hold: it was restored on trial, and not all of it was there",
            f"{tried.problem} {before} Your work goes on, and nothing is lost. Make another one now, and look at the "
            "disk that it lies on."[:1500],
            "Open Backups",
            "/settings/backups/",
        )
        return
    since = last.made_at if last else _begun()
    if since is None or clock.now() - since < OLD_AFTER:
        return
    why = (
        tried.problem if tried and tried.problem else wanted.problem or "Nothing has tried to make one since."
    )
    title = f"The last backup is of {day(last.made_at)}" if last else "There is no backup yet"
    yield Found(
        "backup:",
        Urgency.SOON,
        "backup",
        title,
        f"{why} Your work goes on, and nothing is lost yet. Make one now: press Back up now, or signoff backup FILE."[
            :1500
        ],
        "Open Backups",
        "/settings/backups/",
    )


def young_again(notice: Notice) -> str:
    """Say how it ended that the newest backup was old."""
    last = newest()
    return f"There is a backup of {day(last.made_at)} again." if last else "Backups are not made any more."


def _thin_out(wanted: Plan) -> None:
    """Remove the oldest of our own daily backups that are here; what a person made or moved is theirs."""
    here = Backup.objects.filter(
        by_schedule=True, gone_at=None, computer=_computer(), path__startswith=f"{wanted.folder}/", size__gt=0
    )
    for row in (*here.filter(problem="")[wanted.keep :], *here.exclude(problem="")[KEEP_FAULTY:]):
        Path(row.path).unlink(missing_ok=True)
        Backup.objects.filter(pk=row.pk).update(gone_at=clock.now())


def _begun() -> datetime | None:
    """Return since when somebody is here."""
    first: datetime | None = Person.objects.aggregate(first=Min("created_at"))["first"]
    return first


def is_embedded() -> bool:
    """Say whether the database is ours, which nobody else saves."""
    from signoff.engine import database

    return database.is_embedded()


def _computer() -> str:
    return socket.gethostname()[:120]

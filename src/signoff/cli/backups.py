"""`signoff backup` and `signoff restore`: everything as one file, and back."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from signoff.cli.start import answer, django, is_behind, migrate, say
from signoff.core.counting import counted

PASSPHRASE = "SIGNOFF_BACKUP_PASSPHRASE"  # noqa: S105  # the variable's name
passphrase_option = click.option(
    "--passphrase-env",
    metavar="VAR",
    help=f"The variable that holds the passphrase. [{PASSPHRASE}, if it is set]",
)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@passphrase_option
@click.option(
    "--with-key", is_flag=True, help="Put the master key in as well; only together with a passphrase."
)
@click.option("--json", "as_json", is_flag=True)
def backup_command(file: Path, passphrase_env: str | None, with_key: bool, as_json: bool) -> None:
    """
    Write all that Signoff holds to one file, while everything runs.

    Without --with-key the master key is not in it: keep a copy of the file `key` elsewhere.
    """
    django(migrated=False)
    from signoff.engine import backup, keeping

    passphrase = _passphrase(passphrase_env)
    with _in_sentences():
        manifest = backup.make(
            os.environ["DATABASE_URL"], file.absolute(), passphrase=passphrase, with_key=with_key
        )
    if not is_behind():
        keeping.made(file.absolute(), manifest, passphrase is not None)
    size = file.stat().st_size
    kept = "The master key is in it." if with_key else "The master key is not in it: keep a copy elsewhere."
    how = "encrypted" if passphrase else "not encrypted"
    text = (
        f"{counted(manifest.rows, 'row')} of {counted(len(manifest.counts), 'table')} are in {file} "
        f"({_size(size)}, {how}). {kept}"
    )
    document = {
        "file": str(file.absolute()),
        "made_at": manifest.made_at.isoformat(),
        "signoff": manifest.signoff,
        "tables": len(manifest.counts),
        "rows": manifest.rows,
        "bytes": size,
        "encrypted": passphrase is not None,
        "with_key": with_key,
        "sha256": manifest.dump_sha256,
    }
    answer(document, as_json, f"{text}\nTo try it: signoff restore --verify {file}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Only try it: restore into a database of its own, and count.")
@click.option(
    "--replace", is_flag=True, help="Take the place of what the database holds; that is saved first."
)
@passphrase_option
@click.option("--json", "as_json", is_flag=True)
def restore_command(
    file: Path, verify: bool, replace: bool, passphrase_env: str | None, as_json: bool
) -> None:
    """
    Put a backup back, into the database of this Signoff, while nothing runs.

    Nothing goes on by itself afterwards: integrations are off, and what may have been done since the backup waits for
    you.
    """
    django(migrated=False)
    from signoff.engine import backup, restore
    from signoff.engine.envelope import unpack

    passphrase = _passphrase(passphrase_env)
    with _in_sentences(), backup.workroom() as room:
        unpacked = unpack(file.absolute(), passphrase, room)
        restore.refuse_newer_tables(unpacked.manifest)
        if verify:
            return _verified(unpacked, restore.verify(unpacked), as_json)
        with _nothing_else():
            done = restore.restore(
                os.environ["DATABASE_URL"], unpacked, replace=replace, passphrase=passphrase
            )
            key_trouble = _take_key(unpacked)
            migrate()
            _tell(done, key_trouble, as_json)


def _verified(unpacked: Any, found: Any, as_json: bool) -> None:
    from signoff.engine.restore import day_of

    manifest = unpacked.manifest
    fits = unpacked.key is not None or _fits(manifest)
    whole = not found.differences
    key = (
        "The key here opens what is sealed in it."
        if fits
        else f"The key here is another one: it needs {', '.join(manifest.keys)}."
    )
    held = f"{counted(found.rows, 'row')} of {counted(found.tables, 'table')}"
    text = f"The backup of {day_of(manifest)} was restored on trial: {held}. {key}"
    document = {
        "ok": whole,
        "made_at": manifest.made_at.isoformat(),
        "signoff": manifest.signoff,
        "tables": found.tables,
        "rows": found.rows,
        "differences": found.differences,
        "encrypted": unpacked.was_encrypted,
        "with_key": unpacked.key is not None,
        "key_fits": fits,
    }
    answer(document, as_json, text if whole else "\n".join(["It is not what was saved:", *found.differences]))
    if not whole:
        raise click.exceptions.Exit(1)
    _note_trial(manifest)


def _note_trial(manifest: Any) -> None:
    """Write down that a backup holds, if it is one of ours; a trial needs no database of ours for that."""
    from django.db import DatabaseError

    from signoff.engine import keeping

    try:
        if not is_behind():
            keeping.tried_by_hand(manifest)
    except DatabaseError:
        return  # it is tried out because the database is gone, perhaps


def _tell(done: Any, key_trouble: str, as_json: bool) -> None:
    from signoff.engine.restore import day_of
    from signoff.engine.restored import finish

    row = finish()
    saved = f"What was there before is in {done.saved}." if done.saved else ""
    document = {
        "made_at": done.manifest.made_at.isoformat(),
        "signoff": done.manifest.signoff,
        "rows": done.rows,
        "saved": str(done.saved) if done.saved else None,
        "uncertain": row.uncertain if row else 0,
        "held": row.held if row else 0,
        "waiting": row.waiting if row else 0,
        "off": row.was_on if row else [],
        "key_problem": key_trouble or None,
    }
    lines = [f"The backup of {day_of(done.manifest)} is back: {counted(done.rows, 'row')}. {saved}".strip()]
    if row and (row.uncertain or row.held):
        lines.append(
            f"What may have been done since does not happen again by itself: "
            f"{counted(row.uncertain, 'record was', 'records were')} being delivered and "
            f"{'is' if row.uncertain == 1 else 'are'} “not sure” now, "
            f"{counted(row.held, 'was still to be drafted and needs', 'were still to be drafted and need')} you."
        )
    if row and row.was_on:
        lines.append(f"Integrations are off until you have looked: {', '.join(row.was_on)}. signoff on NAME")
    lines += [
        "Records that came by webhook after the backup are not in it. Everybody signs in anew; whoever was removed "
        "since is there again: look at Settings, People and Programs.",
        *([key_trouble] if key_trouble else []),
        "Look at it: signoff doctor. Then start Signoff.",
    ]
    answer(document, as_json, "\n".join(lines))


def _take_key(unpacked: Any) -> str:
    """Let the backup's keys open it, if it brought any; returns what is to be done where they cannot."""
    from signoff.vault import keys

    manifest = unpacked.manifest
    if _fits(manifest):
        return ""
    if unpacked.key is not None:
        try:
            keys.take_over(unpacked.key)
        except keys.KeyTrouble as error:
            return f"The backup brought its master key, and it was not taken over: {error}"
        say("The master key of the backup seals from now on; the one that was here still opens.")
        return ""
    return (
        f"The saved keys of your apps are sealed with the master key {manifest.keys[0]}, which is not here. Put "
        "your copy of it back (the file `key`, or SIGNOFF_KEY); until then the worker waits."
    )


def _fits(manifest: Any) -> bool:
    from signoff.vault import keys

    here = {key.name for key in keys.ring().all()}
    return not manifest.keys or manifest.keys[0] in here


def _passphrase(variable: str | None) -> Any:
    from signoff.core.secret import Secret

    text = os.environ.pop(variable or PASSPHRASE, "")
    if variable and not text:
        raise click.UsageError(f"The environment has no variable {variable}, or it is empty.")
    return Secret(text) if text else None


@contextmanager
def _in_sentences() -> Iterator[None]:
    from signoff.engine.envelope import BackupTrouble

    try:
        yield
    except BackupTrouble as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _nothing_else() -> Iterator[None]:
    """Hold the data folder, so that nothing runs in it and nothing starts."""
    from signoff.core.home import home

    with (home() / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"Signoff runs in {home()}. Nothing was changed. Stop it first (Ctrl-C, or: sudo systemctl stop "
                "signoff), then try again."
            ) from None
        yield


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{max(1, count // 1000)} kB"

"""
Changing the master key while everything runs.

First the ring gets a new key that seals, and the old one stays on it to open what it has sealed; every process reads
the ring anew by itself. Then every sealed value is opened and sealed again, in small batches that wait for nobody.
Which key sealed a value stands in the value, so a change that was cut off anywhere is simply gone on with. A retired
key stays on the ring for a while: somebody may have sealed with it a moment before the change and store it a moment
after. When that time is over and nothing needs it, it is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection as db
from django.db import transaction
from psycopg import sql

from signoff.core import clock
from signoff.vault import places, seal
from signoff.vault.fields import SealedField, sealed_fields
from signoff.vault.keys import Changing, KeyTrouble, Ring, changing, ring
from signoff.vault.places import Environment, KeyFile, Keyring, PlainFile

BATCH = 100
# A sign-in is signed with what the key of its day gave, and signed anew when it is used, which is at least every
# fourteen days (accounts.rules.IDLE_HOURS): so nobody is signed out by a change, however long they stay.
RETIRED_FOR = timedelta(days=15)
UNDER_WAY_FOR = timedelta(minutes=5)  # longer than anything lasts between sealing a value and storing it
LOCKED_SECONDS = 120.0  # how long rows are waited for that somebody else holds

Failed = set[tuple[str, int]]  # the column and the row of what could not be opened


@dataclass(frozen=True)
class Census:
    """How many sealed values there are: `current` by the key that seals, `known` by others on the ring, `foreign`."""

    current: int = 0
    known: int = 0
    foreign: int = 0

    @property
    def is_foreign(self) -> bool:
        """Say whether this is another installation's key: it opens nothing of what is there."""
        return self.foreign > 0 and self.current == self.known == 0


@dataclass
class Resealed:
    """What came of sealing everything again: how many values, which could not be opened, how many are left."""

    count: int = 0
    damaged: list[str] = field(default_factory=list)
    left: int = 0


def census() -> Census:
    """Count the sealed values by whose they are. Raises `KeyTrouble`."""
    keys = ring()
    heads = {seal.head_of(key) for key in keys.all()}
    now = seal.head_of(keys.current)
    counts = {"current": 0, "known": 0, "foreign": 0}
    with db.cursor() as cursor:
        for one in sealed_fields():
            cursor.execute(
                sql.SQL(
                    "SELECT substring({0} FROM 1 FOR %s), count(*) FROM {1} WHERE length({0}) > 0 GROUP BY 1"
                ).format(*_names(one)),
                [seal.HEAD_BYTES],
            )
            for head, count in cursor.fetchall():
                whose = "current" if bytes(head) == now else "known" if bytes(head) in heads else "foreign"
                counts[whose] += count
    return Census(**counts)


def damaged() -> list[str]:
    """Return the values that nothing on the ring opens, by column and row: "connections.connection.sealed 7"."""
    found = []
    for one in sealed_fields():
        column, table = _names(one)
        with db.cursor() as cursor:
            cursor.execute(
                sql.SQL("SELECT {0}, {1} FROM {2} WHERE length({1}) > 0 ORDER BY 1").format(
                    _pk(one), column, table
                )
            )
            for pk, value in cursor:
                try:
                    seal.open(value, one.context(pk))
                except (seal.Damaged, KeyTrouble):
                    found.append(f"{_label(one)} {pk}")
    return found


def refuse_foreign() -> None:
    """Raise `KeyTrouble` when the key opens nothing of what is sealed here: then it is another installation's."""
    if census().is_foreign:
        raise KeyTrouble(
            f"The key in {places.here().name} opens nothing of what is saved in this database: it belongs to another "
            "one, or was made anew because the file was missing. Nothing was changed, and nothing is lost as long as "
            "the right key exists: put it there."
        )


def begin(into: str = "") -> Ring:
    """
    Let a new key seal from now on; the old one still opens. `into`: "file" or "keyring", to keep the keys there.

    Raises `KeyTrouble`, with nothing changed.
    """
    refuse_foreign()
    with changing() as change:
        change.put(change.ring.turned(), _place(into))
        return change.ring


def announce() -> Ring:
    """Put a new key on the ring that does not seal yet, so that other computers can be told first."""
    refuse_foreign()
    with changing() as change:
        change.put(change.ring.announced())
        return change.ring


def other_computers() -> list[str]:
    """Return the addresses from which others than this computer work on the database, as the database sees them."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT host(theirs.client_addr) FROM pg_stat_activity theirs, pg_stat_activity ours "
            "WHERE ours.pid = pg_backend_pid() AND theirs.datname = current_database() "
            "AND theirs.client_addr IS NOT NULL AND theirs.client_addr IS DISTINCT FROM ours.client_addr"
        )
        return sorted(row[0] for row in cursor.fetchall())


def is_under_way() -> bool:
    """Say whether values are still sealed with a key that seals no more: a change that was not finished."""
    return census().known > 0


def reseal(told: Callable[[int], None] = lambda count: None) -> Resealed:
    """
    Seal everything with the key that seals now; `told` hears how many values are done.

    Safe to call at any time, twice, at once, and after any crash.
    """
    done = Resealed()
    failed: Failed = set()
    waited_until = time.monotonic() + LOCKED_SECONDS
    while True:
        before = done.count
        for one in sealed_fields():
            for count in _reseal_column(one, failed):
                done.count += count
                told(done.count)
        done.left = _left(failed)
        if not done.left or (done.count == before and time.monotonic() > waited_until):
            done.damaged = sorted(f"{where} {pk}" for where, pk in failed)
            return done
        if done.count == before:
            time.sleep(0.2)  # what is left is held by somebody who waits for an app


def forget_retired(*, at_once: bool = False) -> int:
    """
    Take the retired keys off the ring whose time is over (`at_once`: all that nobody can be using any more).

    Seals again what still needs them. Returns how many are gone. Raises `KeyTrouble`.
    """
    if isinstance(places.here(), Environment) or not ring().retired:
        return 0
    with changing() as change:
        return _forget(change, UNDER_WAY_FOR if at_once else RETIRED_FOR)


def _forget(change: Changing, after: timedelta) -> int:
    over = [old.key for old in change.ring.retired if old.since is None or old.since < clock.now() - after]
    if not over:
        return 0
    done = reseal()
    if done.left or done.damaged:
        return 0
    change.put(change.ring.without(*over))
    return len(over)


def _reseal_column(one: SealedField, failed: Failed) -> Iterator[int]:
    """Seal one column again, batch by batch; yields how many values each batch was."""
    last: int | None = None
    while True:
        with transaction.atomic():
            rows = _batch(one, last)
            count = sum(_reseal_value(one, pk, bytes(value), failed) for pk, value in rows)
        if not rows:
            return
        last = rows[-1][0]
        yield count


def _batch(one: SealedField, after: int | None) -> list[tuple[int, memoryview]]:
    """
    Return the next rows whose value another key sealed, locked.

    Rows that somebody holds are left for the next round: whoever renews a sign-in holds its row while the app
    answers. The lock lets others refer to the row, and lasts for milliseconds.
    """
    column, table = _names(one)
    statement = sql.SQL(
        "SELECT {pk}, {column} FROM {table} WHERE length({column}) > 0 AND substring({column} FROM 1 FOR %s) <> %s "
        "{after} ORDER BY {pk} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"
    ).format(
        pk=_pk(one),
        column=column,
        table=table,
        after=sql.SQL("") if after is None else sql.SQL("AND {} > %s").format(_pk(one)),
    )
    given: list[Any] = [
        seal.HEAD_BYTES,
        seal.head_of(ring().current),
        *([] if after is None else [after]),
        BATCH,
    ]
    with db.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def _reseal_value(one: SealedField, pk: int, value: bytes, failed: Failed) -> int:
    context = one.context(pk)
    try:
        again = seal.seal(seal.open(value, context), context)
    except (seal.Damaged, KeyTrouble):
        failed.add((_label(one), pk))
        return 0
    column, table = _names(one)
    with db.cursor() as cursor:
        cursor.execute(
            sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(table, column, _pk(one)), [again, pk]
        )
    return 1


def _left(failed: Failed) -> int:
    found = census()
    return max(0, found.known + found.foreign - len(failed))


def _label(one: SealedField) -> str:
    return f"{one.model._meta.label_lower}.{one.attname}"


def _names(one: SealedField) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(one.column or one.attname), sql.Identifier(one.model._meta.db_table)


def _pk(one: SealedField) -> sql.Identifier:
    return sql.Identifier(one.model._meta.pk.column or one.model._meta.pk.attname)


def _place(into: str) -> places.Place | None:
    if not into:
        return None
    here = places.here()
    if not isinstance(here, KeyFile):
        raise KeyTrouble(
            f"The key stands in {here.name}, which goes before every other place. Nothing was changed. "
            f"Take it out of the environment first, and put it into the file key of the data folder (mode 600)."
        )
    return Keyring(here) if into == "keyring" else PlainFile(here.path)

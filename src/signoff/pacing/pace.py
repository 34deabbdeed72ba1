"""
Reserve a place before asking, settle afterwards.

Any number of workers share one exact pace, because each place is given out by one atomic statement on the
connection's row, and by the database's clock: a worker whose own clock was set back changes nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as db
from django.db import transaction

from signoff.connections.client import manifest_of
from signoff.connections.models import Connection
from signoff.connectors.base import Connector, Limit
from signoff.pacing.idle import give_back_connection
from signoff.pacing.models import Pace

OUTAGE_FIRST_SECONDS = 1.0
OUTAGE_MOST_SECONDS = 60.0
SLOW_DOWN_SECONDS = 5.0  # after a "slow down" that does not say for how long


MOST_HELD_SECONDS = 3600.0  # a header that says more is looked at again after an hour
MOST_WAIT_SECONDS = 5.0  # how far ahead places are given out: a person who tries something waits no longer
COME_EARLY_SECONDS = 3.0  # workers look for scheduled jobs every 2 s; nobody may miss their place by that
COUNTED_SECONDS = 60.0  # providers count tokens by the minute
CROWDING = 0.9  # lanes send a tenth more than fits, so that a wrong estimate leaves no place empty


class TooFar(Exception):
    """The next free place is further away than anybody should sit and wait for; no place was taken."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the next place is {seconds:.1f} s away")
        self.seconds = seconds


STAND_IN_LINE = """
WITH pace AS (
    SELECT GREATEST(clock_timestamp(), request_at, token_at, COALESCE(held_until, '-infinity'))
            - make_interval(secs => %(early)s) AS first,
        make_interval(secs => %(crowding)s * GREATEST(request_seconds, token_seconds * %(tokens)s)) AS each
    FROM pacing_pace WHERE connection_id = %(id)s
)
INSERT INTO pacing_lane AS lane (connection_id, name, next_at) SELECT %(id)s, %(lane)s, first FROM pace
ON CONFLICT (connection_id, name) DO UPDATE
    SET next_at = GREATEST(lane.next_at + (SELECT each FROM pace), EXCLUDED.next_at)
RETURNING extract(epoch FROM next_at - clock_timestamp())::float8
"""


HOLD = """
UPDATE pacing_pace SET held_why = %(why)s,
    held_until = GREATEST(COALESCE(held_until, '-infinity'), clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE connection_id = %(id)s
"""


@dataclass(frozen=True)
class Reservation:
    """A place in the pace: wait `wait_seconds`, then ask. `tokens` is what was reserved and can be settled."""

    connection_id: int
    wait_seconds: float
    tokens: int


# The later of both buckets and of a hold is when this one starts. Both buckets then move on from there, so that a
# wait in one does not leave a gap in the other that is used up in a burst. What earlier ones of this process did not
# use (`unused`) is given back first.
RESERVE = """
WITH before AS (
    SELECT connection_id, GREATEST(clock_timestamp(), request_at,
        token_at - make_interval(secs => token_seconds * %(unused)s), COALESCE(held_until, '-infinity')) AS starts
    FROM pacing_pace WHERE connection_id = %(id)s FOR UPDATE
)
UPDATE pacing_pace SET
    request_at = starts + make_interval(secs => request_seconds * %(requests)s),
    token_at = starts + make_interval(secs => token_seconds * %(tokens)s)
FROM before WHERE pacing_pace.connection_id = before.connection_id
    AND starts <= clock_timestamp()
        + make_interval(secs => GREATEST(%(most)s, 2 * request_seconds, 2 * token_seconds * %(tokens)s))
RETURNING GREATEST(0, extract(epoch FROM starts - clock_timestamp()))::float8
"""
GIVE_BACK = """
UPDATE pacing_pace SET token_at = token_at - make_interval(secs => token_seconds * %(unused)s)
WHERE connection_id = %(id)s
"""
NEXT_PLACE = """
SELECT extract(epoch FROM GREATEST(request_at, token_at, COALESCE(held_until, '-infinity')) - clock_timestamp())::float8
FROM pacing_pace WHERE connection_id = %(id)s
"""


def reserve(
    connection: Connection, requests: int = 1, tokens: int = 0, most_wait_seconds: float = MOST_WAIT_SECONDS
) -> Reservation:
    """
    Reserve a place for `requests` requests of an estimated `tokens` tokens together.

    Raises `TooFar` when the next place is further away than `most_wait_seconds`.
    """
    wanted = {"id": connection.pk, "requests": requests, "tokens": tokens, "most": most_wait_seconds}
    unused = _take_unused(connection.pk)
    with db.cursor() as cursor:
        for _ in range(2):
            cursor.execute(RESERVE, wanted | {"unused": unused})
            row = cursor.fetchone()
            if row is not None:
                return Reservation(connection.pk, float(row[0]), tokens)
            if unused:  # no place was taken, so nothing was given back either
                cursor.execute(GIVE_BACK, {"id": connection.pk, "unused": unused})
                unused = 0
            cursor.execute(NEXT_PLACE, wanted)
            row = cursor.fetchone()
            if row is not None:
                raise TooFar(max(0.1, float(row[0])))
            begin(connection)
    raise LookupError(f"connection {connection.pk} has no pace")


def take_place(
    connection: Connection, requests: int = 1, tokens: int = 0, most_wait_seconds: float = MOST_WAIT_SECONDS
) -> Reservation:
    """
    Reserve a place and wait for it, without a database connection. Raises `TooFar`.

    If the connection was held meanwhile, the place is gone and another is taken: who asked to be left alone is.
    """
    while True:
        reservation = reserve(connection, requests, tokens, most_wait_seconds)
        give_back_connection()
        if reservation.wait_seconds == 0:
            return reservation
        time.sleep(reservation.wait_seconds)
        if _held.get(connection.pk, 0.0) <= time.monotonic():
            return reservation


def stand_in_line(connection: Connection, lane: str, tokens: int = 0) -> float:
    """
    Take a position in a lane because the next place was too far away; returns after how many seconds to come again.

    Positions lie as far apart as places do, so everyone comes when it is nearly their turn, and not before: a queue
    of a hundred thousand is not asked over and over who is next.
    """
    values: dict[str, Any] = {"id": connection.pk, "lane": lane[:80], "tokens": tokens}
    with db.cursor() as cursor:
        cursor.execute(STAND_IN_LINE, values | {"early": COME_EARLY_SECONDS, "crowding": CROWDING})
        row = cursor.fetchone()
    return max(0.1, float(row[0])) if row else COME_EARLY_SECONDS


def settle(reservation: Reservation, used_tokens: int | None, limits: Sequence[Limit] = ()) -> None:
    """
    Give back the tokens that were reserved and not used (or take the ones used beyond), and learn stated limits.

    Costs no statement where there is nothing to learn: what was not used goes along with this process's next
    reservation, and is forgotten when there is none within a minute, after which a provider counts anew.
    """
    token_limit = next((limit for limit in limits if limit.kind == "tokens" and limit.limit > 0), None)
    request_limit = next((limit for limit in limits if limit.kind == "requests" and limit.limit > 0), None)
    known = _known.get(reservation.connection_id)
    stated = (_seconds_each(request_limit), _seconds_each(token_limit))
    learns = any(stated) and known != stated
    over = (reservation.tokens - used_tokens) if used_tokens is not None else 0
    if not learns:
        if over and (known is None or known[1] or stated[1]):
            _keep_unused(reservation.connection_id, over)
        return
    with db.cursor() as cursor:
        cursor.execute(
            """
            UPDATE pacing_pace SET
                request_seconds = CASE WHEN request_by = 'owner' OR %(request)s = 0
                    THEN request_seconds ELSE %(request)s END,
                request_by = CASE WHEN request_by = 'owner' OR %(request)s = 0 THEN request_by ELSE 'app' END,
                token_seconds = CASE WHEN token_by = 'owner' OR %(token)s = 0
                    THEN token_seconds ELSE %(token)s END,
                token_by = CASE WHEN token_by = 'owner' OR %(token)s = 0 THEN token_by ELSE 'app' END,
                token_at = token_at - make_interval(secs => token_seconds * %(over)s)
            WHERE connection_id = %(id)s
            """,
            {"request": stated[0], "token": stated[1], "over": over, "id": reservation.connection_id},
        )
    if any(stated):
        _known[reservation.connection_id] = stated


def _keep_unused(connection_id: int, tokens: int) -> None:
    with _unused_lock:
        _, before = _unused.get(connection_id, (0.0, 0))
        _unused[connection_id] = time.monotonic(), before + tokens


def _take_unused(connection_id: int) -> int:
    with _unused_lock:
        since, tokens = _unused.pop(connection_id, (0.0, 0))
    return tokens if time.monotonic() - since < COUNTED_SECONDS else 0


def hold(connection: Connection, seconds: float | None, why: str) -> float:
    """
    Let nothing of this connection start for a while; returns for how long, in seconds.

    With `seconds` the app said so. Without, it is an outage: the wait doubles with each in a row, and the first one
    through afterwards is the probe.
    """
    with db.cursor() as cursor:
        begin(connection)
        if seconds is None:
            cursor.execute(
                "UPDATE pacing_pace SET failures = failures + 1 WHERE connection_id = %s RETURNING failures",
                [connection.pk],
            )
            (failures,) = cursor.fetchone() or (1,)
            seconds = min(OUTAGE_MOST_SECONDS, OUTAGE_FIRST_SECONDS * 2 ** min(failures - 1, 10))
            seconds *= random.uniform(0.8, 1.2)  # noqa: S311  # spreads the workers, guards nothing
            _failing.add(connection.pk)
        cursor.execute(HOLD, {"id": connection.pk, "seconds": seconds, "why": why[:200]})
    _held[connection.pk] = time.monotonic() + seconds
    return seconds


def heed(connection: Connection, client: Connector) -> None:
    """
    Take over what the headers of an app's last answer state: its limit as the pace, and an end of what was left.

    Nothing is done where the app's connector does not read them, or they state nothing new.
    """
    if not client.states_pace:
        return
    limits = client.limits(client.door.last_headers)
    settle(Reservation(connection.pk, 0.0, 0), None, [one for one in limits if one.per_seconds > 0])
    waits = [one.reset_seconds for one in limits if one.remaining == 0 and one.reset_seconds]
    if waits:
        hold(connection, min(max(waits), MOST_HELD_SECONDS), "its limit is used up for the moment")


def worked(connection: Connection) -> None:
    """Note that the app answered: the next outage begins with a short wait again. Costs nothing in good times."""
    if connection.pk in _failing:
        _failing.discard(connection.pk)
        Pace.objects.filter(connection=connection, failures__gt=0).update(failures=0)


def begin(connection: Connection) -> None:
    """Make the connection's row: the owner's limits if stated, else the manifest's."""
    if Pace.objects.filter(connection=connection).exists():
        return
    state_limits(connection)


def state_limits(connection: Connection) -> None:
    """Set the pace from what the owner stated, else from the manifest."""
    usual = manifest_of(connection).limits
    stated_requests = connection.limits.get("requests_per_minute")
    stated_tokens = connection.limits.get("tokens_per_minute")
    values = {
        "request_seconds": _each(stated_requests or usual.requests_per_minute),
        "request_by": "owner" if stated_requests else "manifest",
        "token_seconds": _each(stated_tokens or usual.tokens_per_minute),
        "token_by": "owner" if stated_tokens else "manifest",
    }
    with transaction.atomic():
        Pace.objects.update_or_create(connection=connection, defaults=values)
    _known.pop(connection.pk, None)


def _each(per_minute: float | None) -> float:
    return 60 / per_minute if per_minute else 0.0


def _seconds_each(limit: Limit | None) -> float:
    return limit.per_seconds / limit.limit if limit else 0.0


def expected_tokens(version: str, estimate: int) -> int:
    """Return how many tokens a prompt will use, by what prompts of its version have used of their estimates."""
    return max(1, round(estimate * _shares.get(version, 1.0)))


def learn_tokens(version: str, estimate: int, used: int) -> None:
    """Note what a prompt really used; the latest ones count most."""
    share = used / max(1, estimate)
    before = _shares.get(version)
    _shares[version] = share if before is None else 0.9 * before + 0.1 * share
    if len(_shares) > 1000:
        _shares.pop(next(iter(_shares)))


_shares: dict[str, float] = {}
# What this process knows of connections that are held or failing, so that good times cost no statement.
_held: dict[int, float] = {}
_failing: set[int] = set()

# What calls of this process reserved and did not use (or used beyond), by connection: since when, and how many tokens.
_unused: dict[int, tuple[float, int]] = {}
_unused_lock = threading.Lock()

# What each connection's app stated last, so that answers that say the same again cost no statement.
_known: dict[int, tuple[float, float]] = {}

"""Who may come in, and how often: keys, scopes, and the three limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from signoff_sandbox.clock import Clock
from signoff_sandbox.desk import Problem
from signoff_sandbox.hubspot import errors
from signoff_sandbox.pace import RollingWindow

PRACTICE_KEY = "pat-na1-practice-0000-0000-0000-000000000000"
SCOPES = (
    "account-info.security.read",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.owners.read",
    "crm.schemas.companies.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.deals.read",
    "sales-email-read",
)
TIME_ZONE = "America/New_York"
VERSIONS = ("2025-09", "2026-03", "2026-09", "v3", "v4")


@dataclass
class Key:
    """
    A service key. `ends_at` is when it stops (practice time), None: never; `app_id` is who writes with it.
    """

    token: str
    scopes: frozenset[str] = frozenset(SCOPES)
    revoked: bool = False
    expired_at: float | None = None
    ends_at: float | None = None
    app_id: int = 1_234_567


class Door:
    """Checks the key, then the limits; says what is left in HubSpot's headers."""

    def __init__(self, clock: Clock, per_10s: int) -> None:
        self._clock = clock
        self.keys = {PRACTICE_KEY: Key(PRACTICE_KEY)}
        self.versions = set(VERSIONS)
        self.per_10s = per_10s
        self.per_day = 625_000
        self.searches_per_second = 5
        self._windows: dict[str, RollingWindow] = {}
        self._searches = RollingWindow(self.searches_per_second, 1.0)
        self._hour = 0
        self._day = ""
        self.used_today = 0

    def admit(self, headers: Mapping[str, str]) -> Key:
        """Return the key that the request carries. Raises 401 as a `Problem`."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = self.keys.get(token.strip()) if scheme.lower() == "bearer" else None
        now = self._clock.now()
        if key is None or key.revoked or (key.ends_at is not None and key.ends_at <= now):
            raise errors.not_signed_in()
        if key.expired_at is not None and key.expired_at <= now:
            raise errors.expired(max(1, int((now - key.expired_at) / 60)))
        return key

    def require(self, key: Key, *alternatives: Iterable[str]) -> None:
        """Raise 403 unless the key has all scopes of one alternative."""
        wanted = [tuple(a) for a in alternatives]
        if wanted and not any(key.scopes.issuperset(a) for a in wanted):
            raise errors.missing_scopes(wanted[0])

    def pace(self, key: Key, *, search: bool) -> dict[str, str]:
        """Count the request; return the rate headers of its answer. Raises 429 as a `Problem`."""
        now = self._clock.now()
        self._turn_the_day()
        if self.used_today >= self.per_day:
            raise Problem(errors.rate_limited("DAILY"))
        if search:
            self._searches.limit = self.searches_per_second
            if not self._searches.take(now):
                raise Problem(errors.rate_limited("SECONDLY"))
        window = self._windows.setdefault(key.token, RollingWindow(self.per_10s, 10.0))
        window.limit = self.per_10s
        if not window.take(now):
            answer = errors.rate_limited("TEN_SECONDLY_ROLLING")
            answer.headers.update({} if search else self._headers(window, now))
            raise Problem(answer)
        self.used_today += 1
        return {} if search else self._headers(window, now)

    def resets_at(self) -> datetime:
        """Return the coming midnight of the account's time zone."""
        today = self._clock.utc().astimezone(zone())
        return (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

    def _turn_the_day(self) -> None:
        # The calendar is only asked when the hour changed: a day turns on a full hour.
        hour = int(self._clock.now() // 3600)
        if hour == self._hour:
            return
        self._hour = hour
        day = self._clock.utc().astimezone(zone()).date().isoformat()
        if day != self._day:
            self._day = day
            self.used_today = 0

    def _headers(self, window: RollingWindow, now: float) -> dict[str, str]:
        return {
            "X-HubSpot-RateLimit-Daily": str(self.per_day),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.per_day - self.used_today)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(self.per_10s),
            "X-HubSpot-RateLimit-Remaining": str(int(window.remaining(now))),
        }


def zone() -> tzinfo:
    """Return the account's time zone, or UTC where the machine has no zone data."""
    try:
        return ZoneInfo(TIME_ZONE)
    except Exception:  # a slim system without tzdata
        return UTC

"""
Which requests go wrong, and how: seeded, so that the same seed gives the same share of trouble.

A spec is a comma list of `name=share`, for one app by `app.name=share`:
`http500=0.05,hubspot.cut=0.02,mistakes=0.3`.

| name | what the caller meets |
|---|---|
| `cut` | the connection is cut, nothing was done |
| `hang` | no answer, nothing was done, until the caller gives up |
| `lost_answer` | the write was done, then the connection is cut without an answer |
| `late503` | the write was done, then the answer is a 503 |
| `malformed` | it was done, but the JSON of the answer is cut off |
| `http500`, `http502`, `http503` | the vendor's error, nothing was done (502 has an HTML body) |

Each app adds its vendor's own errors (`Desk.errors`), and the AI adds `mistakes` and `structural`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

GENERIC = frozenset({"cut", "hang", "lost_answer", "late503", "malformed", "http500", "http502", "http503"})
# These are shares of answers that the practice AI gets wrong, not of requests that fail.
AI_SETTINGS = frozenset({"mistakes", "structural"})
ONLY_WRITES = frozenset({"lost_answer", "late503"})


class BadSpec(ValueError):
    """The fault spec names something that does not exist, or a share outside 0 to 1."""


@dataclass
class Planned:
    """A fault that strikes the next requests that fit, before any chance is drawn."""

    fault: str
    times: int = 1
    method: str = ""
    path: str = ""

    def fits(self, method: str, path: str) -> bool:
        return (not self.method or self.method == method) and self.path in path


@dataclass
class Faults:
    """The faults of all apps: shares by (app or "", name), planned ones by app."""

    seed: int
    known: dict[str, frozenset[str]] = field(default_factory=dict)
    shares: dict[tuple[str, str], float] = field(default_factory=dict)
    planned: dict[str, list[Planned]] = field(default_factory=dict)
    _chances: dict[str, random.Random] = field(default_factory=dict)
    _tables: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    def set(self, spec: str) -> None:
        """Replace all shares by those of `spec`. Raises `BadSpec`, and then changes nothing."""
        shares: dict[tuple[str, str], float] = {}
        for part in filter(None, (p.strip() for p in spec.split(","))):
            key, _, value = part.partition("=")
            app, _, name = key.strip().rpartition(".")
            self._check_name(app, name)
            shares[(app, name)] = _share(part, value)
        self.shares = shares
        self._tables.clear()

    def share(self, app: str, name: str, default: float = 0.0) -> float:
        """Return the share of `name` at `app`; one set for the app alone wins."""
        return self.shares.get((app, name), self.shares.get(("", name), default))

    def plan(self, app: str, fault: str, times: int = 1, method: str = "", path: str = "") -> None:
        """Let `fault` strike the next `times` requests whose method and path fit."""
        self._check_name(app, fault)
        self.planned.setdefault(app, []).append(Planned(fault, times, method.upper(), path))

    def draw(self, app: str, method: str, path: str, *, is_write: bool) -> str | None:
        """Return the fault that this request meets, or None."""
        planned = self._draw_planned(app, method, path)
        if planned:
            return planned
        table = self._tables.get(app)
        if table is None:
            table = self._tables[app] = self._table(app)
        if not table:
            return None
        chances = self._chances.setdefault(app, random.Random(f"{self.seed}/{app}"))
        point = chances.random()
        for name, share in table:
            point -= share
            if point < 0:
                return name if is_write or name not in ONLY_WRITES else None
        return None

    def _draw_planned(self, app: str, method: str, path: str) -> str | None:
        waiting = self.planned.get(app)
        if not waiting:
            return None
        for one in waiting:
            if one.fits(method, path):
                one.times -= 1
                if one.times <= 0:
                    waiting.remove(one)
                return one.fault
        return None

    def _table(self, app: str) -> list[tuple[str, float]]:
        names = sorted({name for where, name in self.shares if where in ("", app)} - AI_SETTINGS)
        mine = GENERIC | self.known.get(app, frozenset())
        return [(name, share) for name in names if name in mine and (share := self.share(app, name)) > 0]

    def _check_name(self, app: str, name: str) -> None:
        if app and app not in self.known:
            raise BadSpec(f"there is no practice app “{app}”; there are {', '.join(sorted(self.known))}")
        apps = [app] if app else list(self.known)
        possible = GENERIC | AI_SETTINGS | frozenset().union(*(self.known[a] for a in apps))
        if name not in possible:
            raise BadSpec(f"there is no fault “{name}”; there are {', '.join(sorted(possible))}")


def _share(part: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadSpec(f"“{part}” needs a share between 0 and 1, like http500=0.05")
    return share

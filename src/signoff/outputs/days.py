"""Days, and moments with their offset from UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from signoff.outputs.faults import Notes
from signoff.outputs.kind import PlainKind, worded
from signoff.outputs.moments import is_date, is_moment, read_date, read_moment
from signoff.outputs.options import Options


@dataclass(frozen=True)
class Day(PlainKind):
    type: ClassVar[str] = "date"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        return "a date as YYYY-MM-DD"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        def mend(text: str) -> str | None:
            day = read_date(text)
            return day.isoformat() if day else None

        return worded(value, at, notes, self.describe(), is_date, mend)


@dataclass(frozen=True)
class Moment(PlainKind):
    type: ClassVar[str] = "datetime"
    zone: str | None = None

    @classmethod
    def of(cls, options: Options) -> Self:
        zone = options.word("zone")
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
                options.problem("zone", f"{zone} is not a time zone; write one like Europe/Berlin")
        return cls(zone)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def describe(self) -> str:
        where = f", in the time of {self.zone}" if self.zone else ""
        return f"a date and time with its offset, as 2026-11-23T14:30:00+01:00{where}"

    def read(self, value: Any, at: str, notes: Notes) -> Any:
        zone = ZoneInfo(self.zone) if self.zone else None
        return worded(value, at, notes, self.describe(), is_moment, lambda text: read_moment(text, zone))

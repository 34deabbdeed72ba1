"""`review:` in an integration's file: who decides, where they are asked, until when, and what goes out unattended."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import field_validator

from signoff.integrations.part import Part, percent

ASK = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\.[#+]?[\w.@+:/-]{1,90}")
BY_MAIL = "email"  # may stand behind `ask`: to the people themselves, through the owner's mail server
DUE_IN = re.compile(r"\s*([0-9]{1,4})\s*(m|h|d)\s*")
UNITS = {"m": 60, "h": 3600, "d": 86_400}
SOONEST_DUE, LATEST_DUE = 5 * 60, 30 * 86_400  # seconds
MOST_PLANTED = 0.2


class Autopilot(Part):
    error_below: float
    audit: float = 0.10

    _share = field_validator("error_below", "audit", mode="before")(percent)


class ReviewPart(Part):
    """
    Who decides, until when, and where they are asked to: `connection.place`, for example slack-main.#sales.

    `assign` gives each draft to one of them; `due_in` is how long they may take before it goes to the next;
    `four_eyes` lets nothing out before two of them have approved the same words.
    """

    by: tuple[str, ...] = ()
    assign: Literal["contact owner", "in turn"] | None = None
    due_in: str | None = None
    four_eyes: bool = False
    ask: str | None = None
    autopilot: Autopilot | Literal["off"] = "off"
    planted: float = 0.0  # drafts that are wrong on purpose, for each one that waits

    @field_validator("planted", mode="before")
    @classmethod
    def _few(cls, value: Any) -> float:
        if value in (False, 0, "off", None):
            return 0.0
        share = percent(value)
        if share > MOST_PLANTED:
            raise ValueError("must be at most 20%: more would keep people from their work")
        return share

    @field_validator("due_in", mode="before")
    @classmethod
    def _a_while(cls, value: Any) -> str | None:
        if value is None:
            return None
        found = DUE_IN.fullmatch(str(value))
        if not found or not SOONEST_DUE <= int(found[1]) * UNITS[found[2]] <= LATEST_DUE:
            raise ValueError("must be minutes, hours or days, from 5m to 30d, for example 4h")
        return f"{int(found[1])}{found[2]}"

    @field_validator("four_eyes", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> bool:
        said = {"yes": True, "no": False}.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(said, bool):
            raise ValueError("must be yes or no")
        return said

    @property
    def due_in_seconds(self) -> int | None:
        return int(self.due_in[:-1]) * UNITS[self.due_in[-1]] if self.due_in else None

    @field_validator("autopilot", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        return "off" if value in (False, None) else value

    @field_validator("ask")
    @classmethod
    def _a_place(cls, value: str | None) -> str | None:
        if value is not None and value != BY_MAIL and not ASK.fullmatch(value):
            raise ValueError("must be `email`, or a connection and a place, for example slack-main.#sales")
        return value

    @property
    def asks(self) -> tuple[str, str] | None:
        """Return the connection and the place at which people are asked, None where no app asks them."""
        if self.ask is None or self.ask == BY_MAIL:
            return None
        connection, _, place = self.ask.partition(".")
        return connection, place

    @property
    def told_at(self) -> str:
        """Return where people are told: as the file says, by e-mail where somebody is to be reminded, "" nowhere."""
        return self.ask or (BY_MAIL if self.assign or self.due_in else "")

"""`record:` in an integration's file: where records come from, when, and how many are to be expected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from signoff.integrations.part import Part
from signoff.integrations.schedule import is_schedule

HANDED_IN = ("webhook", "upload")  # records that somebody brings, so that we ask no app for them
TOGETHER = ("count", "records")  # the fields of a record that holds all that was found at one time
SPREADSHEET = "spreadsheet"  # may stand behind `from` where it reads better; it is no connection
EXPECTED = re.compile(r"([1-9][0-9]{0,5})\s*(?:an?|per|/)\s*(hour|weekday|day|week)")
Scheme = Literal["standard", "static", "hubspot-v3", "meta", "slack"]
SCHEMES: tuple[Scheme, ...] = get_args(
    Scheme
)  # by which records can be signed, those that we choose a secret for first


@dataclass(frozen=True)
class Expected:
    """How many records the owner wants to see come, at least; a weekday is any from Monday to Friday."""

    count: int
    per: Literal["hour", "day", "weekday", "week"]

    @property
    def within(self) -> timedelta:
        return {"hour": timedelta(hours=1), "week": timedelta(weeks=1)}.get(self.per, timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.count} {'an' if self.per == 'hour' else 'a'} {self.per}"


class RecordSource(Part):
    """
    Where records come from: a connection and what happens there, a webhook, a spreadsheet, or a schedule.

    `expect` is how many should come at least ("5 a day"), or "off" where their absence means nothing; where the owner
    says nothing, it is learned. `together`: all that an app has at the time of the `schedule` is one record.
    """

    from_: str | None = Field(default=None, alias="from")
    when: str | None = None
    schedule: str | None = None
    signed: Scheme | None = None
    only_if: dict[str, Any] = Field(default_factory=dict)
    fields: tuple[str, ...] = ()
    expect: str | None = None
    together: bool = False  # all that is found at one time is one record

    @field_validator("together", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> bool:
        said = {"yes": True, "no": False}.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(said, bool):
            raise ValueError("must be true or false")
        return said

    @field_validator("expect", mode="before")
    @classmethod
    def _a_pace(cls, value: Any) -> str | None:
        if value is None:
            return None
        text = "off" if value is False else " ".join(str(value).lower().split())
        found = EXPECTED.fullmatch(text)
        if text != "off" and not found:
            raise ValueError(
                "must be how many should come at least, such as 5 a day, 1 an hour, 3 a weekday; or off"
            )
        return str(_expected(found)) if found else text

    @property
    def expects(self) -> Expected | Literal["off"] | None:
        if self.expect in (None, "off"):
            return "off" if self.expect else None
        found = EXPECTED.fullmatch(self.expect or "")
        return _expected(found) if found else None

    @model_validator(mode="before")
    @classmethod
    def _no_app(cls, value: Any) -> Any:
        """Take `from: spreadsheet` for what it means: no app is behind it."""
        if isinstance(value, dict) and value.get("when") == "upload" and value.get("from") == SPREADSHEET:
            return {name: inner for name, inner in value.items() if name != "from"}
        return value

    @model_validator(mode="after")
    def _one_start(self) -> RecordSource:
        if self.when is None and self.schedule is None:
            raise ValueError("needs either `when` (what happens) or `schedule` (at what time)")
        if self.when == "webhook" and self.schedule is not None:
            raise ValueError("cannot have a `schedule`: a webhook comes when it comes")
        if self.when == "upload" and self.schedule is not None:
            raise ValueError("cannot have a `schedule`: a spreadsheet comes when somebody uploads it")
        if self.when == "upload" and self.from_ is not None:
            raise ValueError("needs no `from` with `when: upload`: the records stand in the spreadsheet")
        if self.when not in (None, *HANDED_IN) and self.from_ is None:
            raise ValueError("needs `from`: the connection that the records come from")
        if self.together and (self.schedule is None or self.when is None):
            raise ValueError("can be taken `together` only where an app is read (`when`) by a `schedule`")
        if self.signed is not None and self.when != "webhook":
            raise ValueError("can be `signed` only where records come by `when: webhook`")
        return self

    @field_validator("schedule")
    @classmethod
    def _five_fields(cls, value: str | None) -> str | None:
        if value is not None and not is_schedule(value):
            raise ValueError('must be five fields as in cron, for example "0 9 * * 1-5" (weekdays at 9:00)')
        return value

    @field_validator("only_if")
    @classmethod
    def _comparable(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, wanted in value.items():
            options = wanted if isinstance(wanted, list) else [wanted]
            if not options or any(isinstance(option, dict | list) for option in options):
                raise ValueError(f"compares `{name}` with one value, or with a list of values")
        return value


def _expected(found: re.Match[str]) -> Expected:
    return Expected(int(found[1]), found[2])  # type: ignore[arg-type]  # the pattern names the four

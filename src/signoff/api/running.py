"""What keeps Signoff itself safe, for programs of the owner's: backups, and what holds for everybody who signs in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict

from signoff.accounts.rules import change_rules, rules
from signoff.api.exact import YesNo
from signoff.api.finding import person_of
from signoff.api.problems import problem
from signoff.api.rights import people, read
from signoff.engine import backups

router = Router()


class BackupOut(Schema):
    """
    A backup, or a try to make one: `size` in bytes, 0 where none was made; `problem` where it was not or does not hold.

    `checked_at`: when a restore on trial found all of it there. `gone_at`: since when newer ones have taken its place.
    """

    made_at: datetime
    path: str
    size: int
    is_encrypted: bool
    by_schedule: bool
    checked_at: datetime | None
    problem: str
    gone_at: datetime | None


class BackupsOut(Schema):
    """How backups stand. `folder` is null where none are made; `last` is the newest that is good."""

    folder: str | None
    is_under_way: bool
    next_at: datetime | None
    last: BackupOut | None
    backups: list[BackupOut]


class RulesOut(Schema):
    """What everybody needs who signs in, and after how long they have to again."""

    second_step: bool
    idle_hours: int
    longest_days: int


class RulesIn(Schema):
    model_config = ConfigDict(extra="forbid")

    second_step: YesNo
    idle_hours: Literal[1, 12, 72, 336]
    longest_days: Literal[1, 7, 30, 90]


@router.get("/backups", response=BackupsOut, auth=read, summary="Whether there is a backup that holds")
def list_backups(request: HttpRequest) -> Any:
    return _standing()


@router.post("/backups", response={202: BackupsOut}, auth=people, summary="Have a backup made, and tried out")
def make_backup(request: HttpRequest) -> Any:
    if backups.standing().plan.folder is None:
        return problem(409, "No backup was made: nobody has said where to put it (SIGNOFF_BACKUP_FOLDER).")
    backups.start(person_of(request))  # one that is under way already is the one
    return Status(202, _standing())


@router.get("/rules", response=RulesOut, auth=people, summary="What holds for everybody who signs in")
def get_rules(request: HttpRequest) -> Any:
    return rules()


@router.put("/rules", response=RulesOut, auth=people, summary="Change what holds for everybody who signs in")
def put_rules(request: HttpRequest, given: RulesIn) -> Any:
    return change_rules(person_of(request), **given.dict())


def _standing() -> dict[str, Any]:
    found = backups.standing()
    return {
        "folder": str(found.plan.folder) if found.plan.folder is not None else None,
        "is_under_way": found.is_under_way,
        "next_at": found.next_at,
        "last": found.last,
        "backups": list(found.shown),
    }

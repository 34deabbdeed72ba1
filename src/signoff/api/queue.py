"""The queue, for programs: what waits for each AI, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from signoff.api.rights import read
from signoff.runs.backlog import backlog

router = Router()


class BacklogOut(Schema):
    """What waits for one AI, and when it will be done at the pace that is allowed."""

    connection: str
    waiting: int
    oldest: datetime | None
    per_minute: float | None
    done_at: datetime | None
    held_until: datetime | None
    held_why: str
    in_batches: int
    batches_by: datetime | None


@router.get(
    "",
    response=list[BacklogOut],
    auth=read,
    summary="What waits, and until when",
    operation_id="signoff_api_v1_list_queue",
)
def list_queue(request: HttpRequest) -> Any:
    return backlog()

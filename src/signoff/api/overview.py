"""The integrations at a glance, for programs: which are on, in which version, and what has changed at their apps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from signoff.api.rights import read
from signoff.integrations.models import Integration

router = Router()


class DriftOut(Schema):
    reference: str
    what: str
    breaks: bool
    seen_at: datetime


class IntegrationOut(Schema):
    name: str
    is_on: bool
    version: int | None
    changed_at_apps: list[DriftOut]

    @staticmethod
    def resolve_changed_at_apps(row: Integration) -> Any:
        return list(row.drifts.all())

    @staticmethod
    def resolve_version(row: Integration) -> int | None:
        return row.current.number if row.current else None


@router.get(
    "",
    response=list[IntegrationOut],
    auth=read,
    summary="The integrations",
    operation_id="signoff_api_v1_list_integrations",
)
def list_integrations(request: HttpRequest) -> Any:
    return Integration.objects.select_related("current").prefetch_related("drifts")

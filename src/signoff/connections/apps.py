"""Tells the connectors where described apps are kept: they themselves know no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from signoff.connectors.registry import Found


class Connections(AppConfig):
    name = "signoff.connections"

    def ready(self) -> None:
        from signoff.connectors.finding import describe_by

        describe_by(_find)


def _find(key: str) -> Found | None:
    from signoff.connections import described

    return described.find(key)

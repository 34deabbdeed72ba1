"""Tells the connectors where described apps are kept: they themselves know no database."""

from __future__ import annotations

from django.apps import AppConfig


class Connections(AppConfig):
    name = "signoff.connections"

    def ready(self) -> None:
        from signoff.connections import described
        from signoff.connectors.registry import describe_by

        describe_by(described.find)

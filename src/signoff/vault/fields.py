"""Columns that hold sealed values, and how all of them are found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # django-stubs knows the parent without its types
    """
    A column for sealed values. `part` says which of its row's secrets it is, and is bound into what is sealed.

    A secret that has to be opened again is kept in such a column and nowhere else: `rotate` finds the columns by
    their class, so none is forgotten when the master key changes.
    """

    def __init__(self, *args: Any, part: str = "secret", **choices: Any) -> None:
        self.part = part
        super().__init__(*args, **choices)

    def deconstruct(self) -> Any:
        name, path, args, choices = super().deconstruct()
        return name, path, args, {**choices, "part": self.part}

    def context(self, pk: object) -> str:
        """Return what ties a value of this column to the row with this key: "connections.connection:7:secret"."""
        return f"{self.model._meta.label_lower}:{pk}:{self.part}"


def context(row: models.Model, part: str) -> str:
    """Return what ties a secret to its row. Raises `LookupError` where the row has no sealed column for it."""
    for field in row._meta.concrete_fields:
        if isinstance(field, SealedField) and field.part == part:
            return field.context(row.pk)
    raise LookupError(f"{row._meta.label} has no sealed column for {part!r}")


def sealed_fields() -> Iterator[SealedField]:
    """Yield every sealed column of every table there is."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedField):
                yield field

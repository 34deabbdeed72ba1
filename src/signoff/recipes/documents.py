"""Recipes as JSON data, for commands and programs."""

from __future__ import annotations

from typing import Any

from signoff.integrations.writing import as_file
from signoff.recipes.fitting import fit
from signoff.recipes.shelf import Recipe


def as_document(one: Recipe) -> dict[str, Any]:
    """Return a recipe without its file; `missing` are the apps that have to be connected first."""
    fitted = fit(one.data)
    return {
        "key": one.key,
        "title": one.title,
        "about": one.about,
        "task": one.task,
        "apps": list(one.apps),
        "first": list(one.first),
        "missing": [use.app.key for use in fitted.missing],
        "ready": fitted.is_ready,
    }


def fitted_file(one: Recipe) -> str:
    """Return a recipe's file with the owner's own connections in it."""
    return as_file(fit(one.data).data)

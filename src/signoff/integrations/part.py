"""What every part of an integration's file is: known names only, fixed once it is read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One part; a name that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def percent(value: Any) -> float:
    """Return a share given as "5%", "5 %" or 0.05; raises ValueError."""
    text = "" if isinstance(value, bool) else str(value).strip()
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = 0
    if not 0 < share <= 1:
        raise ValueError("must be a share between 0% and 100%, for example 5%")
    return share


def no_yes_or_no(value: Any) -> Any:
    """Return a value that is no truth value, which Pydantic would take for 1 or 0; raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value

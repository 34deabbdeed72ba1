"""Types that take what the description of the API says and nothing like it: no 0 for false, no 86400 for a day."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, StrictBool, StrictInt

__all__ = ["Day", "Whole", "YesNo"]

YesNo = StrictBool
Whole = StrictInt


def _day(value: Any) -> Any:
    """Return a day as it came. Pydantic would take a number for the seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        raise ValueError("must be a day such as 2026-11-30")
    if not isinstance(value, str | date):
        raise ValueError("must be a day such as 2026-11-30")
    return value


Day = Annotated[date, BeforeValidator(_day)]

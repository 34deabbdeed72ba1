"""What must not be, for a test to pass: "error>5%", "closeness<80%", "cost>0.01", "seconds>5"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from signoff.proving.figures import Figures, Share

SHARES = get_args(Share)
AMOUNTS = ("cost", "seconds")
_FORM = re.compile(r"\s*([a-z]+)\s*(<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)?)\s*(%)?\s*")


@dataclass(frozen=True)
class Condition:
    """A figure and the limit that it must not pass. Shares are between 0 and 1, costs in dollars for one answer."""

    figure: str
    sign: str
    limit: float
    written: str

    def holds(self, figures: Figures) -> bool:
        """Say whether it is so, which means that the test fails; a figure that is not known fails it, too."""
        value = figures.value(self.figure)
        if value is None:
            return True
        return {
            ">": value > self.limit,
            "<": value < self.limit,
            ">=": value >= self.limit,
            "<=": value <= self.limit,
        }[self.sign]


def read_condition(text: str) -> Condition:
    """Return a condition as it is written on a command line. Raises ValueError in words."""
    found = _FORM.fullmatch(text)
    if not found or found[1] not in (*SHARES, *AMOUNTS):
        raise ValueError(
            f"“{text}” is no condition. Write one of {', '.join((*SHARES, *AMOUNTS))}, then > or <, and a limit: "
            "error>5%"
        )
    name, sign, number, percent = found.groups()
    limit = float(number) / 100 if percent else float(number)
    if name in SHARES and not 0 <= limit <= 1:
        raise ValueError(f"“{text}”: a share lies between 0% and 100%.")
    if name in AMOUNTS and percent:
        raise ValueError(f"“{text}”: {name} is no share. Leave the % out.")
    return Condition(name, sign, limit, text.strip())

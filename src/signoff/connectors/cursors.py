"""A cursor of our own: how far polling has come, written as JSON."""

from __future__ import annotations

import json
from typing import Self

from signoff.core.errors import Broken


class Cursor:
    """What a dataclass of plain values derives from to be handed out as a cursor, and known again."""

    @classmethod
    def read(cls, cursor: str) -> Self:
        """Return what was written. Raises `Broken` for anything else."""
        try:
            return cls(**json.loads(cursor))
        except (ValueError, TypeError):
            raise Broken("the cursor is not one of ours") from None

    def write(self) -> str:
        """Return the cursor's text."""
        return json.dumps(vars(self))

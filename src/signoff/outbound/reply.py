"""What an app answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from signoff.core.errors import AnswerUnexpected

Effect = Literal["read", "write"]


@dataclass(frozen=True)
class Reply:
    """
    What the app answered. `headers` have lower-case names; `call` says in safe words what was asked.

    The body is kept out of `repr`, so that it lands in no log by accident.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    call: str = ""
    app: str = ""
    effect: Effect = "read"

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body as JSON. Raises `AnswerUnexpected` when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type").split(";")[0]
            detail = f"{self.call}: {self.status}, expected JSON, got {len(self.body)} bytes of {kind}"
            raise AnswerUnexpected(detail, app=self.app) from None

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

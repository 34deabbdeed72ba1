"""What an app answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from signoff.core.errors import AnswerUnexpected, OutcomeUnknown, SignoffError

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
        """
        Return the body as JSON. Raises `AnswerUnexpected` when it is none.

        After a write that the app accepted it is `OutcomeUnknown`: it was probably done, but we know no id.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type").split(";")[0]
            detail = f"{self.call}: {self.status}, expected JSON, got {len(self.body)} bytes of {kind}"
            raise self.unexpected(detail) from None

    def unexpected(self, detail: str) -> SignoffError:
        """Return the error for an answer whose shape is not the described one."""
        if self.ok and self.effect == "write":
            return OutcomeUnknown(f"{detail}, after a write", app=self.app)
        return AnswerUnexpected(detail, app=self.app)

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

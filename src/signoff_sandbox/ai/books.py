"""The books of the practice AI, for programs and for people."""

from __future__ import annotations

import html
from collections.abc import Mapping

from signoff_sandbox.ai.office import Office
from signoff_sandbox.desk import Json
from signoff_sandbox.page import page, table

_SHOWN = 50


class Books:
    """Tells what was asked and answered, and which mistakes were made on purpose."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def summary(self, status_counts: Mapping[int, int]) -> Json:
        """Return counts only."""
        answered = self.office.answered
        limits = self.office.limits
        return {
            "answered": len(answered),
            "errors": sum(n for status, n in status_counts.items() if status >= 400),
            "repairs": sum(a["repair"] for a in answered),
            "with_mistakes": sum(bool(a["mistakes"]) for a in answered),
            "prompt_tokens": sum(a["prompt_tokens"] for a in answered),
            "completion_tokens": sum(a["completion_tokens"] for a in answered),
            "limits": {"rpm": limits.rpm, "tpm": limits.tpm, "enforcement": limits.enforcement},
        }

    def whole(self, status_counts: Mapping[int, int]) -> Json:
        """Return every answer with its mistakes, and the keys' last letters."""
        keys = [key[-4:] for key in sorted(self.office.keys)]
        return {**self.summary(status_counts), "answered": self.office.answered, "keys": keys}

    def front_page(self, title: str) -> str:
        rows = [
            (
                html.escape(a["at"][:19].replace("T", " ")),
                html.escape(a["model"]),
                html.escape(a["record"]["name"]),
                html.escape(", ".join(m["kind"].replace("_", " ") for m in a["mistakes"]) or "none"),
            )
            for a in reversed(self.office.answered[-_SHOWN:])
        ]
        intro = (
            "<p>This is no real AI. It writes believable e-mails from the record it is given, and makes some"
            " mistakes on purpose, so that you can practise finding them.</p>"
        )
        heads = ("When", "Model asked", "Written for", "Mistakes made on purpose")
        return page(title, intro + table(heads, rows, "Nothing was asked yet."))

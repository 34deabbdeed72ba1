"""Pieces of Markdown: tables, cells, code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WRITTEN = "<!-- Written from the code by `make docs`: change it there. -->\n\n"


def cell(text: object) -> str:
    """Return a text as one cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text as code within a line; nothing for no text."""
    words = " ".join(str(text).lower().split() if isinstance(text, bool) else str(text).split())
    return f"`{words}`" if words else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table, or nothing where there are no rows."""
    lines = ["| " + " | ".join(cell(one) for one in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *lines]) + "\n\n"


def slug(heading: str) -> str:
    """Return the anchor of a heading, as the site and others who show Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def words_of(docstring: str | None) -> str:
    """Return a docstring as paragraphs on one line each."""
    paragraphs = re.split(r"\n\s*\n", (docstring or "").strip())
    return "\n\n".join(" ".join(one.split()) for one in paragraphs if one.strip())

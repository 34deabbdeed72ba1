"""
Write the reference: `make docs`. With `--check` nothing is written; exit 1 when a page does not say what the code does.

A page is written whole, so that what was edited by hand is lost with the next `make docs`: the code is the place to
change it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parents[4] / "docs"
HOW = "Run `make docs`, look at what has changed, and commit it."


def pages() -> dict[str, str]:
    """Return every page of the reference, by its place under docs/."""
    from signoff.site.manual import apps, calls, commands, keys

    makers: dict[str, Callable[[], str]] = {
        "commands": commands.page,
        "integration-file": keys.page,
        "rest": calls.page,
        "apps": apps.page,
    }
    return {f"reference/{name}.md": make().rstrip() + "\n" for name, make in makers.items()}


def stale() -> list[str]:
    """Return the pages that say something else than the code does."""
    return [
        name
        for name, text in pages().items()
        if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != text
    ]


def main() -> int:
    """Write the pages, or say which are stale."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signoff.site.settings")
    import django

    django.setup()
    if "--check" in sys.argv[1:]:
        old = stale()
        sys.stderr.writelines(f"docs/{name} does not say what the code does. {HOW}\n" for name in old)
        return 1 if old else 0
    for name, text in pages().items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text, "utf-8")
        sys.stderr.write(f"docs/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

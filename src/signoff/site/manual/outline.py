"""Which page stands where in the site's menu: the chapters are said here, new pages are found by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

Entry = str | dict[str, "Entry | list[Entry]"]

START = "docs/index.md"
# A chapter holds the pages named, in this order, and then what its folders hold, by title. What nothing names stands
# under the last one that takes everything: a page that was just written is never missing.
CHAPTERS: list[tuple[str, list[str], list[str]]] = [
    ("Start here", ["docs/index.md", "README.md", "docs/concepts.md"], []),
    ("Apps", [], ["docs/apps"]),
    ("Recipes", [], ["docs/recipes"]),
    (
        "How to",
        [
            "docs/prompts.md", "docs/reviewing.md", "docs/autopilot.md", "docs/checks.md", "docs/versions.md",
            "docs/silence.md", "docs/proposals.md", "docs/n8n.md",
        ],
        ["docs"],
    ),
    (
        "Reference",
        ["docs/integration-files.md", "docs/commands.md", "docs/api.md", "docs/reference/integration-file.md",
         "docs/reference/commands.md", "docs/reference/rest.md", "docs/reference/apps.md"],
        ["docs/reference"],
    ),
    ("Operations", ["docs/operations.md", "docs/running.md", "docs/scale.md"], []),
    ("Security", ["docs/security.md", "docs/asvs.md"], []),
    ("Taking part", ["CONTRIBUTING.md", "docs/connectors.md", "CHANGELOG.md"], ["docs/decisions"]),
]  # fmt: skip
INNER = {"docs/decisions": "Decisions"}  # folders whose pages stand under a heading of their own


def menu(root: Path) -> list[Entry]:
    """Return the menu of the pages that lie under `root`, each of them once."""
    named = {page for _, pages, _ in CHAPTERS for page in pages}
    taken = {folder for _, _, folders in CHAPTERS for folder in folders}
    found: list[Entry] = []
    for chapter, pages, folders in CHAPTERS:
        entries: list[Entry] = [_entry(root, page) for page in pages if (root / page).exists()]
        for folder in folders:
            more = [page for page in _pages(root, folder, deep=folder != "docs") if page not in named]
            more = sorted(more, key=lambda page: (not page.endswith("/index.md"), _order(root, page)))
            inner: list[Entry] = [_entry(root, page) for page in more]
            entries += [{INNER[folder]: inner}] if inner and folder in INNER else inner
        if "docs" in folders:
            entries += [
                {
                    _title_of(folder.name): [
                        _entry(root, page) for page in _pages(root, _name(root, folder), deep=True)
                    ]
                }
                for folder in sorted((root / "docs").iterdir())
                if folder.is_dir() and _name(root, folder) not in taken and any(folder.rglob("*.md"))
            ]
        if entries:
            found.append({chapter: entries})
    return found


def pages_of(entries: list[Entry]) -> Iterator[str]:
    """Return the pages of a menu in its order."""
    for entry in entries:
        ((_, inside),) = entry.items() if isinstance(entry, dict) else (("", entry),)
        if isinstance(inside, list):
            yield from pages_of(inside)
        else:
            yield str(inside)


def title_of(page: Path) -> str:
    """Return the title of a page: its first heading, else its name."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return re.sub(r"[`*]", "", found[1]) if found else _title_of(page.stem)


def _entry(root: Path, page: str) -> Entry:
    if page == "README.md":
        return {"What it is, and a demo": page}
    return {title_of(root / page): page}


def _pages(root: Path, folder: str, *, deep: bool) -> list[str]:
    here = root / folder
    return sorted(_name(root, page) for page in (here.rglob("*.md") if deep else here.glob("*.md")))


def _order(root: Path, page: str) -> str:
    """Return by what pages are sorted: a number at the beginning of their name, else their title."""
    name = Path(page).name
    return name if name[:1].isdigit() else title_of(root / page).lower()


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _title_of(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()

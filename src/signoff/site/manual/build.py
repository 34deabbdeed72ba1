"""
Build the site: `make site` puts it into `dist/site`, to be opened there or copied to any web server.

The pages stay where they are in the checkout, and so do the links between them: what they need is laid out in
`dist/site-pages` as it lies here, the menu is made from what is there, and the builder is told to take a broken link
for an error.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from signoff.site.manual.outline import Entry, menu

ROOT = Path(__file__).parents[4]
OUT = ROOT / "dist"
PAGES, SITE = "site-pages", "site"  # in there; the builder takes no whole paths
SETTINGS = ROOT / "docs" / "zensical.toml"
MENU_STANDS_AT = "# menu"
LIST = re.compile(r"(?:[-*]|1\.) \S")
LINK = re.compile(r"(?<=\]\()[^)#\s:]+(?=[)#])")
NO_PARAGRAPH = re.compile(r"\s|[-*] |\d+\. |[#|>]|<!--")  # in a list already, or a heading, a table, a remark
# What pages link to, beside one another: examples, the files for servers, nodes for other programs.
TAKEN = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    "docs",
    "examples",
    "deploy",
    "integrations",
)
LEFT = shutil.ignore_patterns("node_modules", "dist", "build", ".*", "zensical.toml")


def lay_out(pages: Path) -> None:
    """Put what the site is made of into a folder of its own, as it lies in the checkout."""
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, pages / name, ignore=LEFT)
        elif source.exists():
            shutil.copy(source, pages / name)
    for page in pages.rglob("*.md"):
        text = lists_apart(page.read_text("utf-8"))
        page.write_text(folders_as_archives(text, page.parent, pages), "utf-8")


def folders_as_archives(text: str, here: Path, pages: Path) -> str:
    """
    Return a page that stands in `here` with each link to a folder leading to an archive of it, which is made.

    A viewer of the checkout shows a folder; a web server has nothing to show for one, and who reads the site wants what
    is in it.
    """

    def link(found: re.Match[str]) -> str:
        folder = (here / found[0]).resolve()
        if not folder.is_dir() or not folder.is_relative_to(pages.resolve()):
            return found[0]
        if not (archive := folder.with_name(f"{folder.name}.zip")).exists():
            shutil.make_archive(str(folder), "zip", folder.parent, folder.name)
        return f"{found[0].rstrip('/').removesuffix(folder.name)}{archive.name}"

    return LINK.sub(link, text)


def lists_apart(text: str) -> str:
    """
    Return a page with an empty line before each list that follows a paragraph at once.

    To Markdown as it is told today that is a list; to the builder's, which is older, a part of the paragraph.
    """
    lines: list[str] = []
    in_code = False
    for line in text.splitlines():
        before = lines[-1] if lines else ""
        if LIST.match(line) and not in_code and before.strip() and not NO_PARAGRAPH.match(before):
            lines.append("")
        if line.lstrip().startswith("```"):
            in_code = not in_code
        lines.append(line)
    return "\n".join(lines) + "\n"


def settings(pages: Path) -> str:
    """Return the builder's settings, with the menu of the pages that lie there."""
    before, here, after = SETTINGS.read_text("utf-8").partition(MENU_STANDS_AT)
    if not here:
        raise ValueError(f"{SETTINGS} does not say where the menu stands")
    folders = f'docs_dir = "{PAGES}"\nsite_dir = "{SITE}"\n'
    return f"{before}{folders}nav = {_toml(menu(pages))}\n{after}"


def build(out: Path = OUT) -> int:
    """Build the site; returns the builder's exit code, which is not 0 when a link leads nowhere."""
    pages = out / PAGES
    lay_out(pages)
    shutil.rmtree(out / SITE, ignore_errors=True)
    written = out / "zensical.toml"
    written.write_text(settings(pages), "utf-8")
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("zensical")),
            "build",
            "--clean",
            "--strict",
            "--config-file",
            str(written),
        ],
        cwd=out,
        check=False,
    ).returncode


def _toml(entries: Iterable[Entry]) -> str:
    parts = []
    for entry in entries:
        ((name, inside),) = entry.items() if isinstance(entry, dict) else (("", entry),)
        what = _toml(inside) if isinstance(inside, list) else json.dumps(inside, ensure_ascii=False)
        parts.append(f"{{{json.dumps(name, ensure_ascii=False)} = {what}}}")
    return "[" + ", ".join(parts) + "]"


if __name__ == "__main__":
    sys.exit(build())

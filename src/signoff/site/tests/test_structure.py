"""What holds for every file of the project; each test finds the files itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[4]
SOURCE = PROJECT / "src" / "signoff"
NOT_OURS = {"dist", "build", "node_modules", "test-results", "__pycache__"}
TEXTS = {
    "",
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".yaml",
    ".yml",
    ".json",
    ".jsonl",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".txt",
}
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root)/\w")


def files(*suffixes: str) -> Iterator[Path]:
    """Return the project's own files, without what was installed or made here."""
    pending = [PROJECT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in (".ci", ".gitignore")
            if hidden or path.name in NOT_OURS or path.is_symlink():
                continue
            if path.is_dir():
                pending.append(path)
            elif path.suffix in (suffixes or TEXTS):
                yield path


def code(*, outside: tuple[str, ...] = ()) -> Iterator[Path]:
    """Return the product's modules, without tests and without the rooms or modules named."""
    for path in files(".py"):
        if SOURCE in path.parents and not {"tests", "migrations"} & set(path.parts):
            inside = path.relative_to(SOURCE).as_posix()
            if not inside.startswith(outside or ("\0",)):
                yield path


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


PACKAGES = sorted(
    p.parent for p in files(".py") if p.name == "__init__.py" and SOURCE in [p.parent, *p.parents]
)
PAGES = list(files(".md"))


@pytest.mark.parametrize("folder", [f for f in PACKAGES if f.name not in ("migrations", "tests")], ids=name)
def test_every_room_says_in_one_sentence_what_it_promises(folder: Path) -> None:
    words = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))

    assert words is not None
    assert re.fullmatch(r"[A-Z][^\n]*[\w)]\.", words), "one line, one sentence"


def test_every_folder_of_code_is_a_room() -> None:
    folders = {path.parent for path in code()}

    assert [name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{name(path)}: {hit.group()}"
        for path in files()
        for hit in MACHINE_PATH.finditer(path.read_text("utf-8"))
    ]

    assert found == []


def test_nothing_is_a_stub() -> None:
    found = [name(path) for path in code() if "NotImplementedError" in path.read_text("utf-8")]

    assert found == []


def test_only_commands_talk_to_the_terminal() -> None:
    called = [
        name(path)
        for path in code(outside=("cli/",))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert called == []


@pytest.mark.parametrize("document", PAGES, ids=name)
def test_every_link_of_a_page_leads_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text("utf-8"), flags=re.DOTALL)
    broken = [
        link
        for link in re.findall(r"\]\(([^)\s]+)\)", text)
        if not re.match(r"[a-z]+:", link) and not _leads_somewhere(document, link)
    ]

    assert broken == []


@pytest.mark.parametrize("path", sorted((PROJECT / "examples").glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_applies(path: Path, whole_house: object, request: pytest.FixtureRequest) -> None:
    if "mail-support" in path.read_text("utf-8"):
        request.getfixturevalue("mailbox")
    from signoff.integrations.apply import apply
    from signoff.integrations.file import read_file

    result = apply([read_file(path)])

    assert result.faults == []
    assert result.applied != []


def _leads_somewhere(document: Path, link: str) -> bool:
    where, _, heading = link.partition("#")
    target = (document.parent / where).resolve() if where else document
    if not target.exists() or not heading:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
    return heading in {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for words in headings}

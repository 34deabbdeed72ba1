"""The commands that the pages show: each block of them, and why one of them is not for a test to run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md")
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>[^\n]+?) -->\n+)?^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)
_SHELLS = ("sh", "bash", "shell", "console")
_ENDS = {"&&", "||", ";", "|", "&"}
_INTO = {"<", ">", ">>", "<<"}


@dataclass(frozen=True)
class Block:
    """Commands as a page shows them. `not_run` says why no test runs them; "" where one does."""

    page: str
    line: int
    text: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def commands(self) -> Iterator[list[str]]:
        """Return the words of each command, without variables before it, and without what its output goes into."""
        for line in _lines(self.text):
            words: list[str] = []
            skip = False
            for word in [*_words(line), ";"]:
                if word in _ENDS:
                    if words:
                        yield _bare(words)
                    words = []
                elif skip or word in _INTO:
                    skip = word in _INTO
                else:
                    words.append(word)


def blocks(project: Path) -> list[Block]:
    """Return every block of commands in README, CONTRIBUTING and docs/, in their order there."""
    found = []
    for pattern in PAGES:
        for path in sorted(project.glob(pattern)):
            text = path.read_text("utf-8")
            for match in _BLOCK.finditer(text):
                if match["kind"] in _SHELLS:
                    lines = match["text"].splitlines()
                    inside = "\n".join(line.removeprefix(match["indent"]) for line in lines)
                    at = text.count("\n", 0, match.start("text")) + 1
                    found.append(Block(path.relative_to(project).as_posix(), at, inside, match["why"] or ""))
    return found


def _lines(text: str) -> Iterator[str]:
    """Return the commands of a block, each on one line, however many it was written on."""
    pending = ""
    for line in text.splitlines():
        pending = f"{pending}\n{line}" if pending else line
        if pending.endswith("\\"):
            pending = pending[:-1].rstrip()
            continue
        try:
            _words(pending)
        except ValueError:  # a quotation that goes on in the next line
            continue
        yield pending
        pending = ""
    if pending.strip():
        yield pending


def _words(line: str) -> list[str]:
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    return list(reader)


def _bare(words: list[str]) -> list[str]:
    """Return a command without what stands before it: variables, `sudo` and whom it is run as."""
    while words and (re.match(r"\w+=", words[0]) or words[0] in ("sudo", "export")):
        if words[0] == "sudo" and words[1:2] == ["-u"]:
            words = words[2:]
        words = words[1:]
    return words

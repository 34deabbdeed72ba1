"""Our nodes for n8n, built: `make nodes` writes them anew to where a running Signoff hands them out from."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from signoff.cli.tests import npm

SOURCE = npm.INTEGRATIONS / "n8n"
BUILT = npm.PROJECT / "src" / "signoff" / "web" / "n8n" / "built"
BUILT_FROM = BUILT.with_name("built-from.json")
VERSION_OF_WORKFLOW = "2.41.0"  # the part of n8n 2.41.1 that nodes are compiled against
NOT_SOURCES = {"node_modules", "dist", "package-lock.json", ".gitignore", "eslint.config.mjs"}


def sources() -> dict[str, str]:
    """Return the mark (SHA-256) of each file that decides what is built, by its path."""
    rows = (path for path in sorted(SOURCE.rglob("*")) if path.is_file() and path.suffix != ".tgz")
    return {
        path.relative_to(SOURCE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in rows
        if not NOT_SOURCES & set(path.relative_to(SOURCE).parts)
    }


def tools() -> Path:
    """Return the folder whose node_modules hold what builds and checks the nodes."""
    package = json.loads((SOURCE / "package.json").read_text())
    return npm.installed("n8n-tools", {**package["devDependencies"], "n8n-workflow": VERSION_OF_WORKFLOW})


def build(folder: Path) -> dict[str, bytes]:
    """Build the nodes as npm would publish them; returns what the package holds. `folder` is an empty place for it."""
    copy = npm.copied(SOURCE, folder / "n8n-nodes-signoff", tools())
    done = npm.run(["npm", "run", "build"], copy, node=npm.node_24(), seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr
    paths = [copy / "package.json", *(path for path in (copy / "dist").rglob("*") if path.is_file())]
    return {path.relative_to(copy).as_posix(): path.read_bytes() for path in paths}


def write() -> None:
    """Write what is built, and from what, into the checkout."""
    marks = sources()
    with tempfile.TemporaryDirectory() as folder:
        files = build(Path(folder))
    shutil.rmtree(BUILT, ignore_errors=True)
    for path, content in files.items():
        # Git and the tools take a folder of the name `dist` for something that was made here.
        to = BUILT / path.removeprefix("dist/")
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
    BUILT_FROM.write_text(json.dumps(marks, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(write())

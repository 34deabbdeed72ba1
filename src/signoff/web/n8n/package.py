"""
Our nodes as npm takes them, built beforehand: whoever runs n8n builds nothing.

`built/` is what the sources in `integrations/n8n` are built to (`make nodes`). What is handed out knows this Signoff:
its address stands in the credential already, and the nodes' *Docs* lead to the page that explains them.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

NAME = "n8n-nodes-signoff"
PACKAGE = "package.json"
HOME = "dist/nodes/shared/home.json"
# With these npm would fetch more, or ask a registry for it, which an n8n behind a firewall waits over a minute for. n8n
# brings the one thing that the nodes need, and takes the same out of what it installs by itself.
LEFT_OUT = ("scripts", "devDependencies", "peerDependencies")
MADE_AT = 499162500  # 26 October 1985, as npm writes it: the same files make the same package


@cache
def built() -> dict[str, bytes]:
    """Return what the package holds, by path: {"package.json": …, "dist/nodes/Signoff/Signoff.node.js": …}."""
    found = _found(files("signoff.web.n8n") / "built", "")
    return {path if path == PACKAGE else f"dist/{path}": content for path, content in found}


def version() -> str:
    return str(json.loads(built()[PACKAGE])["version"])


def file_name() -> str:
    """Return the package's name with its version: npm takes what it has for what stands at an address it knows."""
    return f"{NAME}-{version()}.tgz"


def packed(address: str, docs: str) -> bytes:
    """Return the package for a Signoff that n8n reaches at an address, with a page that explains the nodes."""
    about = {key: value for key, value in json.loads(built()[PACKAGE]).items() if key not in LEFT_OUT}
    home = {"address": address, "docs": docs}
    inside = built() | {PACKAGE: _json(about), HOME: _json(home)}
    kept = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=kept, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path, content in sorted(inside.items()):
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size, entry.mtime, entry.mode = len(content), MADE_AT, 0o644
            tar.addfile(entry, io.BytesIO(content))
    return kept.getvalue()


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, indent=1).encode()


def _found(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    rows: list[tuple[str, bytes]] = []
    for one in folder.iterdir():
        rows += (
            _found(one, f"{path}{one.name}/") if one.is_dir() else [(f"{path}{one.name}", one.read_bytes())]
        )
    return rows

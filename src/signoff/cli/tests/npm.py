"""
Programs of others that npm installs, for the tests of what we hand to their owners.

They are installed once, beside the checkout's other data; `SIGNOFF_TEST_NPM` names another folder. Nothing of them is
part of Signoff.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[4]
INTEGRATIONS = PROJECT / "integrations"
INSTALL_SECONDS = 1500
QUIET = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]


def cache() -> Path:
    folder = Path(os.environ.get("SIGNOFF_TEST_NPM") or PROJECT / ".signoff" / "npm")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def installed(
    name: str, wants: Mapping[str, str], *, node: Path | None = None, scripts: bool = False
) -> Path:
    """
    Return a folder in whose node_modules these packages are; the first time, npm fetches them.

    `node`: the folder of the Node that runs what is installed, where it is not the machine's own. `scripts`: let
    packages run theirs, which compile and fetch more. Skips the test where npm is missing or cannot fetch them.
    """
    if shutil.which("npm") is None:
        pytest.skip("npm is missing. Install Node (nodejs.org; Debian: apt-get install nodejs npm).")
    folder = cache() / name
    folder.mkdir(exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        wanted = json.dumps({"name": name, "private": True, "dependencies": dict(wants)})
        done = folder / "installed.json"
        if done.exists() and done.read_text() == wanted:
            return folder
        (folder / "package.json").write_text(wanted)
        words = ["npm", "install", *QUIET, *([] if scripts else ["--ignore-scripts"])]
        ran = run(words, folder, node=node, seconds=INSTALL_SECONDS)
        if ran.returncode:
            what = " ".join(f"{package}@{version}" for package, version in wants.items())
            pytest.skip(
                f"npm could not fetch {what}, so that this was not tried: {ran.stderr.strip()[-300:]}"
            )
        done.write_text(wanted)
    return folder


def node_24() -> Path | None:
    """Return the folder of a Node that is new enough for n8n, None where the machine's own is."""
    own = shutil.which("node")
    if own and int(run([own, "--version"], PROJECT).stdout.strip("v\n").split(".")[0]) >= 24:
        return None
    return installed("node", {"node": "24"}, scripts=True) / "node_modules" / "node" / "bin"


def environment(node: Path | None = None, **more: str) -> dict[str, str]:
    path = os.environ["PATH"] if node is None else f"{node}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "CI": "true", **more}


def run(
    words: list[str], folder: Path, *, node: Path | None = None, seconds: float = 300, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=folder, env=environment(node, **env), capture_output=True, text=True, timeout=seconds
    )


def copied(source: Path, to: Path, modules: Path) -> Path:
    """Copy one of our packages, without what was built in it, beside the modules that it needs."""
    shutil.copytree(source, to, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
    (to / "node_modules").symlink_to(modules / "node_modules")
    return to

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that root's database user may pass through."""
    path = Path(tempfile.mkdtemp(prefix="signoff-demo-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def test_a_demo_offers_its_practice_apps_and_leaves_nothing_running_when_it_is_told_to_end(
    home: Path,
) -> None:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    demo = subprocess.Popen(
        [sys.executable, "-m", "signoff", "demo", "--leads", "1"],
        env={**env, "SIGNOFF_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stderr is not None
    assert any("appear under To review" in line for line in demo.stderr)
    offered = json.loads((home / "demo" / "practice-apps.json").read_text())
    assert offered["hubspot"]["key"].startswith("pat-na1-practice")
    assert offered["slack"]["address"].startswith("http://127.0.0.1:")
    started = psutil.Process(demo.pid).children(recursive=True)

    demo.send_signal(signal.SIGTERM)

    assert demo.wait(30) == 128 + signal.SIGTERM
    gone, left = psutil.wait_procs(started, timeout=5)
    assert len(gone) >= 3  # practice apps, pages, worker
    assert left == []
    assert not list((home / "demo" / "postgres").glob("postmaster.pid"))

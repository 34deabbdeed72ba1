from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from signoff.engine import database


def test_programs_run_from_a_copy_when_their_folder_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A checkout in root's home: the user that runs the database may not enter it.
    monkeypatch.setattr(database, "_shared_place", lambda: tmp_path)
    monkeypatch.setattr(database, "_can_reach", lambda path, user: False)

    programs = database._programs(pwd.getpwuid(os.geteuid()))

    assert tmp_path in programs.parents
    done = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True)
    assert done.stdout.startswith("initdb (PostgreSQL)"), done.stderr

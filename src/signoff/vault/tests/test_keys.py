"""The master key: made once, for us alone, and never mistaken for another."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from signoff.vault import keys
from signoff.vault.keys import KeyTrouble, derived, master_key

SOURCE = str(Path(keys.__file__).parents[2])


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """A data folder without a key, and nothing remembered of another."""
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)
    master_key.cache_clear()
    yield
    master_key.cache_clear()


def test_the_key_file_is_made_for_us_alone(tmp_path):
    key = master_key()

    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"], "nothing is left beside it"


def test_the_key_stays_the_same():
    first = master_key()
    master_key.cache_clear()

    assert master_key() == first


def test_processes_that_start_at_once_agree_on_one_key(tmp_path):
    program = "from signoff.vault.keys import master_key; print(master_key().hex())"
    env = {**os.environ, "SIGNOFF_HOME": str(tmp_path), "PYTHONPATH": SOURCE}

    started = [
        subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=30)[0].strip() for process in started}

    assert len(said) == 1
    assert len(said.pop()) == 64


def test_what_a_crash_left_behind_is_not_in_the_way(tmp_path):
    (tmp_path / f"key.{os.getpid()}.new").write_text("half a k")

    assert len(master_key()) == 32


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    master_key()
    (tmp_path / "key").chmod(mode)
    master_key.cache_clear()

    with pytest.raises(KeyTrouble, match="chmod 600"):
        master_key()


@pytest.mark.parametrize(
    "text", ["", "not a key", "A" * 43, "AAAA!" + "A" * 39 + "=", "\x00\xff" * 22, "é" * 44, "A" * 60]
)
def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path, text):
    (tmp_path / "key").write_bytes(text.encode("latin-1"))
    (tmp_path / "key").chmod(0o600)

    with pytest.raises(KeyTrouble, match="Nothing was changed"):
        master_key()

    assert (tmp_path / "key").read_bytes() == text.encode("latin-1")


def test_the_environment_comes_before_the_file(monkeypatch, tmp_path):
    monkeypatch.setenv("SIGNOFF_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")

    assert master_key() == bytes(32)
    assert not (tmp_path / "key").exists()


def test_a_wrong_key_in_the_environment_is_told_without_repeating_it(monkeypatch):
    monkeypatch.setenv("SIGNOFF_KEY", "MARKED-not-a-key")

    with pytest.raises(KeyTrouble) as caught:
        master_key()

    assert "MARKED" not in str(caught.value)


def test_keys_for_two_purposes_have_nothing_in_common():
    assert derived("vault") != derived("django")
    assert derived("vault") == derived("vault")
    assert master_key() not in (derived("vault"), derived("django"))

"""The master key: made once, for us alone, and never mistaken for another."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from signoff.vault import keys, places
from signoff.vault.keys import KeyTrouble, changing, derived, derived_before, master_key, ring

SOURCE = str(Path(keys.__file__).parents[2])


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """A data folder without a key, and nothing remembered of another."""
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)
    keys.forget()
    yield
    keys.forget()


def test_the_key_file_is_made_for_us_alone(tmp_path):
    key = master_key()

    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"], "nothing is left beside it"


def test_the_key_stays_the_same():
    first = master_key()
    keys.forget()

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
    keys.forget()

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


def text(number):
    return base64.urlsafe_b64encode(bytes([number]) * 32).decode()


def put(path, *lines, mode=0o600):
    path.write_text("\n".join(lines) + "\n")
    path.chmod(mode)


class TestTheRing:
    def test_a_file_with_one_key_is_a_ring_of_one(self, tmp_path):
        put(tmp_path / "key", text(1))

        assert ring().current.master == bytes([1]) * 32
        assert ring().all() == (ring().current,)

    def test_what_is_written_is_read_back(self, tmp_path):
        put(tmp_path / "key", text(1))
        with changing() as change:
            change.put(change.ring.announced())
            change.put(change.ring.turned().announced())

        found = ring()
        keys.forget()

        assert ring() == found
        assert found.following is not None
        assert [old.key.master for old in found.retired] == [bytes([1]) * 32]
        assert found.retired[0].since is not None
        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
        assert {p.name for p in tmp_path.iterdir()} == {"key", "key.lock"}, "nothing is left beside it"

    def test_a_new_key_is_announced_once_and_then_it_is_the_one_that_seals(self):
        one = ring().announced()

        assert one.announced() == one
        assert one.turned().current == one.following
        assert one.turned().following is None

    def test_a_changed_file_is_noticed_at_once(self, tmp_path):
        put(tmp_path / "key", text(1))
        assert ring().current.master == bytes([1]) * 32

        (tmp_path / "other").write_text(text(2) + "\n")
        (tmp_path / "other").chmod(0o600)
        (tmp_path / "other").replace(tmp_path / "key")

        assert ring().current.master == bytes([2]) * 32

    def test_a_file_that_is_gone_for_a_moment_stops_nobody_and_is_not_made_anew(self, tmp_path):
        put(tmp_path / "key", text(1))
        ring()

        (tmp_path / "key").rename(tmp_path / "away")

        assert ring().current.master == bytes([1]) * 32
        assert not (tmp_path / "key").exists()

    @pytest.mark.parametrize("between", [" ", ",", " , ", "\n", "\t"])
    def test_the_environment_holds_several_keys_and_the_first_one_seals(self, monkeypatch, between):
        monkeypatch.setenv("SIGNOFF_KEY", between.join([text(1), text(2), text(3)]))

        assert [key.master[0] for key in ring().all()] == [1, 2, 3]
        assert derived_before("django") == [keys._derived(bytes([n]) * 32, "django", 32) for n in (2, 3)]

    def test_a_key_in_the_environment_is_not_ours_to_change(self, monkeypatch):
        monkeypatch.setenv("SIGNOFF_KEY", text(1))

        with changing() as change, pytest.raises(KeyTrouble, match="only you can change it"):
            change.put(change.ring.turned())

    def test_two_do_not_change_it_at_once(self):
        ring()

        with changing(), pytest.raises(KeyTrouble, match="Somebody else"), changing():
            pass

    def test_no_text_of_a_ring_shows_a_key(self, tmp_path):
        put(tmp_path / "key", text(1), f"next {text(2)}", f"retired {text(3)}")

        shown = f"{ring()!r} {ring().all()} {changing!r}"

        assert not any(text(n)[:8] in shown or (bytes([n]) * 4).hex() in shown for n in (1, 2, 3))

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_a_key_file_of_somebody_else_is_refused(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            path = Path(folder) / "key"
            put(path, text(1))
            path.parent.chmod(0o711)
            os.chown(path, 12345, 12345)
            program = (
                "import os\nfrom signoff.vault.keys import KeyTrouble, ring\nos.setuid(54321)\n"
                "try: ring()\nexcept KeyTrouble as trouble: print(trouble)"
            )
            env = {**os.environ, "SIGNOFF_HOME": folder, "PYTHONPATH": SOURCE}

            said = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True)

        assert "belongs to somebody else" in said.stdout, said.stderr


class TestTheKeyring:
    @pytest.fixture
    def backend(self, monkeypatch, tmp_path):
        """The library `keyring` with a backend that keeps its entries in memory, by the library's own interface."""
        keyring = pytest.importorskip("keyring")

        class Memory(keyring.backend.KeyringBackend):
            priority = 1

            def __init__(self):
                self.entries = {}

            def set_password(self, service, username, password):
                self.entries[service, username] = password

            def get_password(self, service, username):
                return self.entries.get((service, username))

            def delete_password(self, service, username):
                del self.entries[service, username]

        before, memory = keyring.get_keyring(), Memory()
        keyring.set_keyring(memory)
        yield memory
        keyring.set_keyring(before)

    def into(self, kind):
        file = places.KeyFile(places.home() / "key")
        with changing() as change:
            change.put(
                change.ring.turned(),
                places.Keyring(file) if kind == "keyring" else places.PlainFile(file.path),
            )

    def test_the_keys_move_there_and_back(self, tmp_path, backend):
        first = master_key()

        self.into("keyring")
        there = ring()
        assert (tmp_path / "key").read_text().startswith("keyring: master-")
        assert there.find(there.retired[0].key.id).master == first
        assert len(backend.entries) == 1
        self.into("keyring")
        assert ring().current != there.current
        assert len(backend.entries) == 1, "of each change one entry stays"

        self.into("file")
        keys.forget()
        assert not backend.entries
        assert len(ring().retired) == 3

    def test_a_change_stays_where_the_keys_are(self, tmp_path, backend):
        ring()
        self.into("keyring")

        with changing() as change:
            change.put(change.ring.turned())

        assert (tmp_path / "key").read_text().startswith("keyring: ")

    def test_an_entry_that_is_gone_is_told_and_nothing_is_made_anew(self, tmp_path, backend):
        ring()
        self.into("keyring")
        backend.entries.clear()
        keys.forget()

        with pytest.raises(KeyTrouble, match="holds no entry"):
            ring()

    def test_a_keyring_that_is_locked_is_told_in_words(self, tmp_path, backend, monkeypatch):
        import keyring.errors

        def locked(*words):
            raise keyring.errors.KeyringLocked("org.freedesktop.secrets")

        ring()
        self.into("keyring")
        keys.forget()
        monkeypatch.setattr(type(backend), "get_password", locked)

        with pytest.raises(KeyTrouble, match="locked, or there is none"):
            ring()

    def test_a_keyring_that_keeps_nothing_changes_nothing(self, tmp_path, backend, monkeypatch):
        before = master_key()
        monkeypatch.setattr(type(backend), "set_password", lambda *words: None)

        with pytest.raises(KeyTrouble):
            self.into("keyring")

        assert master_key() == before

"""A backup's file: whole or refused, and a wrong passphrase is no damage."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from signoff.core.secret import Secret
from signoff.engine import envelope
from signoff.engine.envelope import BackupDamaged, BackupTrouble, Manifest, WrongPassphrase, pack, unpack

PHRASE = Secret("four calm harbour seals")
DUMP = bytes(range(256)) * 1200  # some pieces of the envelope


SLOW = dict(envelope.SCRYPT)


@pytest.fixture(autouse=True)
def _guessed_quickly(monkeypatch):
    """Let each passphrase cost next to nothing: these tests try some forty."""
    monkeypatch.setitem(envelope.SCRYPT, "n", 2**10)


def test_each_guess_of_a_passphrase_takes_64_mb(made):
    assert 128 * SLOW["n"] * SLOW["r"] == 2**26
    assert b'"n":1024' in made().read_bytes().split(b"\n")[1].replace(b" ", b""), (
        "what a file says is what was done"
    )


@pytest.fixture
def made(tmp_path):
    """Return a function that packs a backup, encrypted or not, and gives its file."""
    dump = tmp_path / "dump"
    dump.write_bytes(DUMP)
    manifest = Manifest(
        "1.0", datetime(2026, 11, 26, 3, 47, tzinfo=UTC), "18.1", len(DUMP), hashlib.sha256(DUMP).hexdigest()
    )

    def make(passphrase=PHRASE, name="file", **changed):
        key = Secret("the key") if passphrase else None
        pack(tmp_path / name, replace(manifest, **changed), dump, key, passphrase)
        return tmp_path / name

    return make


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("passphrase", [PHRASE, None])
def test_what_was_packed_is_unpacked(made, into, passphrase):
    found = unpack(made(passphrase), passphrase, into)

    assert found.dump.read_bytes() == DUMP
    assert found.manifest.made_at.hour == 3
    assert found.was_encrypted is (passphrase is not None)
    assert found.key == (Secret("the key") if passphrase else None)


def test_nothing_of_it_can_be_read_in_an_encrypted_one(made):
    data = made().read_bytes()

    assert b"the key" not in data
    assert DUMP[:64] not in data
    assert b"manifest" not in data


@pytest.mark.parametrize("passphrase", [PHRASE, None])
def test_every_changed_byte_and_every_cut_is_noticed(made, into, passphrase):
    whole = made(passphrase).read_bytes()
    file = made(passphrase, "other")
    piece = envelope.PIECE_BYTES + envelope.TAG_BYTES
    head = len(whole) - 5 * piece if passphrase else 0
    spots = [*range(0, len(whole), 20_011), 30, 70, 250, 600, 1500]
    for spot in spots:
        data = bytearray(whole)
        data[spot] ^= 1
        file.write_bytes(data)
        # A tar has gaps that hold nothing; what it holds comes out as it was, or not at all.
        assert outcome(file, passphrase, into) in (("damaged",) if passphrase else ("damaged", DUMP)), spot
    for cut in (0, 1, 100, 5000, len(whole) // 2, head + piece, head + 2 * piece):
        file.write_bytes(whole[:cut])
        assert outcome(file, passphrase, into) == "damaged", cut


def outcome(file, passphrase, into):
    try:
        return unpack(file, passphrase, into).dump.read_bytes()
    except BackupDamaged:
        return "damaged"


def test_pieces_that_change_places_are_noticed(made, into):
    file = made()
    data = file.read_bytes()
    head = data[: data.index(b"\n", data.index(b"\n", data.index(b"\n") + 1) + 1) + 1]
    piece = envelope.PIECE_BYTES + envelope.TAG_BYTES
    rest = data[len(head) :]
    file.write_bytes(head + rest[piece : 2 * piece] + rest[:piece] + rest[2 * piece :])

    assert outcome(file, PHRASE, into) == "damaged"


@pytest.mark.parametrize("passphrase", [Secret("another"), None])
def test_a_wrong_passphrase_is_no_damage(made, into, passphrase):
    with pytest.raises(WrongPassphrase):
        unpack(made(), passphrase, into)


@pytest.mark.parametrize("passphrase", [PHRASE, None])
def test_a_newer_format_is_refused_before_anything_is_read(made, into, passphrase, monkeypatch):
    monkeypatch.setattr(envelope, "FORMAT", 2)
    file = made(passphrase, format=2)
    monkeypatch.setattr(envelope, "FORMAT", 1)

    with pytest.raises(BackupTrouble, match="newer Signoff"):
        unpack(file, passphrase, into)


@pytest.mark.parametrize("data", [b"", b"no backup", b"\0" * 20480, b"signoff-backup encrypted 1\n{}"])
def test_what_is_no_backup_is_told_so(tmp_path, into, data):
    (tmp_path / "x").write_bytes(data)

    assert outcome(tmp_path / "x", None, into) == "damaged"


def test_a_folder_and_a_file_that_is_not_there_are_told_so(tmp_path, into):
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(BackupTrouble, match=str(path)):
            unpack(path, None, into)


def test_no_file_is_overwritten(made):
    made()

    with pytest.raises(BackupTrouble, match="exists already"):
        made()

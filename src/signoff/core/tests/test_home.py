"""Where things are kept, and how we are reached."""

from __future__ import annotations

import stat

import pytest

from signoff.core import home as place


def test_the_data_folder_is_made_and_nobody_else_may_list_it(monkeypatch, tmp_path):
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path / "a" / "b"))

    folder = place.home()

    assert folder == tmp_path / "a" / "b"
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o066


def test_a_home_folder_in_short_is_understood(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SIGNOFF_HOME", "~/signoff")

    assert place.home() == tmp_path / "signoff"


def test_without_a_word_a_checkout_keeps_its_things_beside_it(monkeypatch):
    monkeypatch.delenv("SIGNOFF_HOME")
    made = place.Path(place.__file__).resolve().parents[3] / ".signoff"
    existed = made.exists()

    assert place.home() == made

    if not existed:
        made.rmdir()


@pytest.mark.parametrize(
    ("given", "url"),
    [(None, "http://127.0.0.1:8000"), ("https://signoff.example/", "https://signoff.example")],
)
def test_our_address_has_no_slash_at_its_end(monkeypatch, given, url):
    monkeypatch.delenv("SIGNOFF_URL", raising=False)
    if given:
        monkeypatch.setenv("SIGNOFF_URL", given)

    assert place.public_url() == url


@pytest.mark.parametrize(
    ("given", "hosts"), [("", set()), ("localhost, 10.0.0.5:8080 ,,", {"localhost", "10.0.0.5:8080"})]
)
def test_allowed_hosts_are_a_list_with_commas(monkeypatch, given, hosts):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", given)

    assert place.allowed_hosts() == hosts

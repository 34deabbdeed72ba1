"""What is kept of passwords, which are taken, and whence comes what must not be guessed."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password

from signoff.accounts import codes, invitations, links, sessions, tokens
from signoff.accounts.models import Person
from signoff.accounts.sign_in import WrongPassword, check_password
from signoff.site import settings as ours


@pytest.mark.parametrize(
    "password",
    ["x" * 64, "ключ от гавани", " spaces at both ends ", "日本語のとても長い鍵", "Aa1!Aa1!Aa1!" * 16],
)
def test_password_of_any_letters_is_kept_as_it_is(db, password):
    Person.objects.add("rui@example.test", password, "viewer")

    assert check_password("rui@example.test", password).email == "rui@example.test"
    for other in (password[:-1], password.swapcase(), password.strip() + "\t", password + " "):
        if other != password:
            with pytest.raises(WrongPassword):
                check_password("rui@example.test", other)


def test_passwords_are_kept_as_argon2_with_what_makes_it_slow(settings):
    settings.PASSWORD_HASHERS = ours.PASSWORD_HASHERS  # all other tests hash quickly

    kept = make_password("quiet harbour seven")

    assert ours.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert kept.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")
    assert identify_hasher(kept).verify("quiet harbour seven", kept)
    assert "quiet" not in kept


def test_what_must_not_be_guessed_comes_from_the_systems_random_numbers(owner, monkeypatch):
    """Each is made of at least 128 bits (recovery codes: 60, behind Argon2) that nobody else was given."""
    asked: Counter[str] = Counter()
    real = secrets.token_bytes

    def token_bytes(count=None):
        asked["bits"] += (count or 32) * 8
        return real(count)

    monkeypatch.setattr(secrets, "token_bytes", token_bytes)
    monkeypatch.setattr(secrets, "token_urlsafe", lambda n=None: token_bytes(n).hex())
    for make in (
        lambda: tokens.make_token("n8n", owner, ["read"]),
        lambda: links.make_link(owner),
        lambda: invitations.invite("rui@example.test", "viewer", owner),
        lambda: codes.begin_setup(owner),
    ):
        asked.clear()
        make()
        assert asked["bits"] >= 128
    store = sessions.SessionStore()
    store.create()
    # 32 of 36 letters, by Django, which draws them from `secrets` as well.
    assert len(str(store.session_key)) == 32
    assert len({code.reveal() for code in codes.new_recovery_codes(owner)}) == codes.RECOVERY_COUNT

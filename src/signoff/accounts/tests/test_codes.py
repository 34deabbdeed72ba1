"""One-time codes are good once, for their half minute and one on either side; recovery codes once."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import connection

from signoff.accounts import codes
from signoff.accounts.codes import WrongCode, check_code, confirm_setup, new_recovery_codes
from signoff.accounts.models import OneTimeCodes, Person, RecoveryCode
from signoff.accounts.sign_in import MOST_WRONG, SlowDown
from signoff.core import clock

NOON = datetime(2026, 11, 3, 12, 0, 10, tzinfo=UTC)


class Phone:
    """An authenticator app: it has read the address, and shows codes by its own clock."""

    def __init__(self, address):
        query = parse_qs(urlsplit(address).query)
        assert query["issuer"] == ["Signoff"]
        assert (query["digits"], query["period"], query["algorithm"]) == (["6"], ["30"], ["SHA1"])
        self.totp = TOTP(base64.b32decode(query["secret"][0]), 6, SHA1(), 30)

    def code(self, seconds_off=0):
        return self.totp.generate(int(clock.now().timestamp()) + seconds_off).decode()


@pytest.fixture
def at(monkeypatch):
    """Return a function that moves the clock."""

    def move(seconds):
        moment = NOON + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda: moment)

    move(0)
    return move


def set_up(person):
    codes.begin_setup(person)
    phone = Phone(codes.setup_of(person).address.reveal())
    confirm_setup(person, phone.code())
    return phone


@pytest.fixture
def phone(owner, at):
    """The owner's phone, half an hour after it was set up."""
    made = set_up(owner)
    at(1800)
    return made


def test_the_code_that_the_phone_shows_lets_in(owner, phone):
    assert check_code(owner, phone.code()) == "a one-time code"


def test_a_code_is_read_as_people_type_it(owner, phone):
    code = phone.code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)  # as some keyboards type digits

    assert check_code(owner, f" {wide[:3]} {wide[3:]} ")


def test_the_same_code_is_not_good_twice(owner, phone, at):
    code = phone.code()
    check_code(owner, code)

    with pytest.raises(WrongCode, match="used already"):
        check_code(owner, code)
    at(1830)
    with pytest.raises(WrongCode, match="used already"):
        check_code(owner, code)
    assert check_code(owner, phone.code())


def test_the_code_of_setting_up_does_not_sign_in(owner, at):
    made = set_up(owner)

    with pytest.raises(WrongCode, match="used already"):
        check_code(owner, made.code())


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_one_step_off_is_forgiven(owner, phone, seconds):
    assert check_code(owner, phone.code(seconds))


@pytest.mark.parametrize("seconds", [-60, 60, 3600])
def test_a_clock_further_off_is_not(owner, phone, seconds):
    with pytest.raises(WrongCode, match="clock"):
        check_code(owner, phone.code(seconds))


def test_an_older_code_is_no_good_once_a_newer_one_was_used(owner, phone):
    before = phone.code(-30)
    check_code(owner, phone.code())

    with pytest.raises(WrongCode, match="used already"):
        check_code(owner, before)


def test_a_code_of_somebody_else_does_not_let_me_in(owner, reviewer, phone, at):
    other = set_up(reviewer)
    at(1860)

    with pytest.raises(WrongCode):
        check_code(owner, other.code())


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abc", "١٢٣٤٥٦", "\x00" * 6, "000-000-00000000"])
def test_what_is_no_code_is_refused_with_what_one_looks_like(owner, phone, text):
    with pytest.raises(WrongCode):
        check_code(owner, text)


def test_many_wrong_codes_slow_down_even_the_right_one(owner, phone, at):
    for _ in range(MOST_WRONG):
        with pytest.raises(WrongCode):
            check_code(owner, "000000" if phone.code() != "000000" else "000001")

    with pytest.raises(SlowDown, match="several wrong codes"):
        check_code(owner, phone.code())
    at(1800 + 901)
    assert check_code(owner, phone.code())


def test_the_secret_is_sealed(owner, phone):
    row = OneTimeCodes.objects.get()
    secret = codes._key(row)

    assert len(secret) == 20
    assert secret not in bytes(row.sealed)
    assert secret.hex().encode() not in bytes(row.sealed)


def test_a_phone_whose_clock_is_wrong_is_told_so_when_it_is_set_up(owner, at):
    codes.begin_setup(owner)
    made = Phone(codes.setup_of(owner).address.reveal())

    with pytest.raises(WrongCode, match="about 4 min apart"):
        confirm_setup(owner, made.code(-240))
    with pytest.raises(WrongCode, match="Read the picture again"):
        confirm_setup(owner, made.code(7200))
    confirm_setup(owner, made.code())


def test_a_new_phone_replaces_the_old_one_only_once_it_has_shown_a_right_code(owner, phone, at):
    codes.begin_setup(owner)
    new = Phone(codes.setup_of(owner).address.reveal())
    assert check_code(owner, phone.code())
    at(1860)

    confirm_setup(owner, new.code())

    at(1890)
    with pytest.raises(WrongCode):
        check_code(owner, phone.code())
    assert check_code(owner, new.code())


def test_setting_up_that_was_left_open_ends(owner, at):
    codes.begin_setup(owner)
    made = Phone(codes.setup_of(owner).address.reveal())
    at(3601)

    assert codes.setup_of(owner) is None
    with pytest.raises(WrongCode, match="Begin again"):
        confirm_setup(owner, made.code())


def test_a_recovery_code_is_good_once(owner):
    shown = [code.reveal() for code in new_recovery_codes(owner)]
    assert len(set(shown)) == 10

    assert check_code(owner, shown[3].upper().replace("-", " ")) == "a recovery code"

    assert codes.recovery_codes_left(owner) == 9
    with pytest.raises(WrongCode, match=r"used already\. Take the next one"):
        check_code(owner, shown[3])
    assert check_code(owner, shown[4])


def test_new_recovery_codes_end_the_ones_before(owner):
    old = new_recovery_codes(owner)[0].reveal()
    new = new_recovery_codes(owner)[0].reveal()

    with pytest.raises(WrongCode, match="not one of yours"):
        check_code(owner, old)
    assert check_code(owner, new)


def test_recovery_codes_of_somebody_else_do_not_let_me_in(owner, reviewer):
    with pytest.raises(WrongCode, match="not one of yours"):
        check_code(owner, new_recovery_codes(reviewer)[0].reveal())


def test_only_the_hash_of_a_recovery_code_is_kept(owner):
    shown = new_recovery_codes(owner)[0].reveal()

    kept = str(list(RecoveryCode.objects.values()))
    assert shown[5:] not in kept
    assert shown[5:].replace("-", "") not in kept
    assert all(row.hash.startswith("argon2") for row in RecoveryCode.objects.all())


def together(person, code):
    start = Barrier(4)

    def use(_):
        try:
            start.wait()
            return bool(check_code(person, code))
        except WrongCode:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(use, range(4))).count(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["one-time", "recovery"])
def test_of_many_who_use_one_code_at_once_one_gets_in(kind, at):
    person = Person.objects.add("priya@example.test", None, "owner")
    made = set_up(person)
    recovery = new_recovery_codes(person)[0].reveal()
    at(1800)

    assert together(person, made.code() if kind == "one-time" else recovery) == 1


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(monkeypatch, seconds, code):
    """Source: RFC 6238, appendix B, SHA-1, its last six digits."""
    assert codes._totp(b"12345678901234567890").generate(seconds).decode() == code

"""Signing in with a password: many wrong ones slow down, and nobody learns who has an account."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.accounts.models import FailedSignIn, Person
from signoff.accounts.sign_in import (
    MOST_WRONG,
    MOST_WRONG_BY_SOURCE,
    WINDOW,
    SlowDown,
    WrongPassword,
    check_password,
)

EMAIL, PASSWORD = "priya@example.test", "quiet harbour seven"


@pytest.fixture
def person(db):
    return Person.objects.add(EMAIL, PASSWORD, "owner", "Priya")


def wrong(times, email=EMAIL):
    for _ in range(times):
        with pytest.raises(WrongPassword):
            check_password(email, "wrong")


def test_the_right_password_lets_in_whatever_the_case_of_the_address(person):
    assert check_password(" Priya@Example.TEST ", PASSWORD) == person
    assert not FailedSignIn.objects.exists()


def test_after_many_wrong_ones_even_the_right_one_has_to_wait(person):
    wrong(MOST_WRONG)

    with pytest.raises(SlowDown, match="quarter of an hour"):
        check_password(EMAIL, PASSWORD)


def test_the_wait_ends(person):
    wrong(MOST_WRONG)
    for row in FailedSignIn.objects.all():
        FailedSignIn.objects.filter(pk=row.pk).update(at=row.at - WINDOW)

    assert check_password(EMAIL, PASSWORD) == person


def test_waiting_is_not_made_longer_by_trying(person):
    wrong(MOST_WRONG)
    for _ in range(3):
        with pytest.raises(SlowDown):
            check_password(EMAIL, "wrong")

    assert FailedSignIn.objects.count() == MOST_WRONG


def test_others_do_not_wait(person):
    wrong(MOST_WRONG, "marco@example.test")

    assert check_password(EMAIL, PASSWORD) == person


def test_the_right_one_in_time_clears_the_count(person):
    wrong(MOST_WRONG - 1)
    check_password(EMAIL, PASSWORD)

    wrong(MOST_WRONG)


def test_no_account_and_a_wrong_password_read_the_same(person):
    told = set()
    for email in (EMAIL, "nobody@example.test"):
        with pytest.raises(WrongPassword) as caught:
            check_password(email, "wrong")
        told.add(str(caught.value))

    assert len(told) == 1


def test_somebody_who_left_is_not_let_in(person):
    Person.objects.update(is_active=False)

    with pytest.raises(WrongPassword):
        check_password(EMAIL, PASSWORD)


def test_somebody_without_a_password_is_not_let_in_by_one(db):
    Person.objects.add("link@example.test", None, "viewer")

    for password in ("", "None", "!"):
        with pytest.raises(WrongPassword):
            check_password("link@example.test", password)


def test_old_tries_are_forgotten(person):
    wrong(1)
    FailedSignIn.objects.update(at=FailedSignIn.objects.get().at - timedelta(days=2))

    wrong(1)

    assert FailedSignIn.objects.count() == 1


def guess(times, source, email="somebody-{n}@example.test"):
    """Try wrong passwords of many addresses from one network."""
    for number in range(times):
        with pytest.raises(WrongPassword):
            check_password(email.format(n=number), "wrong", source)


def test_many_wrong_ones_from_one_source_slow_it_down_whatever_the_address(person):
    guess(MOST_WRONG_BY_SOURCE, "192.0.2.7")

    with pytest.raises(SlowDown, match="your network"):
        check_password(EMAIL, PASSWORD, "192.0.2.7")
    assert check_password(EMAIL, PASSWORD, "192.0.2.8") == person


def test_addresses_of_one_ipv6_customer_count_as_one_source(person):
    for number in range(MOST_WRONG_BY_SOURCE):
        guess(1, f"2001:db8:1:2::{number:x}", f"s{number}@example.test")

    with pytest.raises(SlowDown):
        check_password(EMAIL, PASSWORD, "2001:db8:1:2:ffff::1")
    assert check_password(EMAIL, PASSWORD, "2001:db8:1:3::1") == person


def test_a_source_that_is_not_known_slows_nobody_down(person):
    guess(MOST_WRONG_BY_SOURCE + 5, "")

    assert check_password(EMAIL, PASSWORD, "") == person


def test_the_owners_own_sign_in_does_not_help_somebody_who_guesses(person):
    for _ in range(MOST_WRONG - 1):
        with pytest.raises(WrongPassword):
            check_password(EMAIL, "wrong", "192.0.2.66")
    assert check_password(EMAIL, PASSWORD, "192.0.2.7") == person

    with pytest.raises(WrongPassword):
        check_password(EMAIL, "wrong", "192.0.2.66")
    with pytest.raises(SlowDown):
        check_password(EMAIL, "wrong", "192.0.2.66")

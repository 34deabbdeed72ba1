"""The first owner: one, with a password that will do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from signoff.accounts.first import AlreadySetUp, first_owner, is_set_up
from signoff.accounts.models import AuditEntry, Person

PASSWORD = "quiet harbour seven"


def test_a_new_signoff_has_no_owner_until_one_is_made(db):
    assert not is_set_up()

    person = first_owner(" Priya@Example.test".strip(), PASSWORD, "Priya")

    assert is_set_up()
    assert person.email == "priya@example.test"
    assert person.role == "owner"
    assert person.check_password(PASSWORD)
    assert AuditEntry.objects.get().did == "set up"


def test_a_second_first_owner_is_refused_in_words(db):
    first_owner("priya@example.test", PASSWORD)

    with pytest.raises(AlreadySetUp, match="has an owner already"):
        first_owner("marco@example.test", PASSWORD)

    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("priya@example.test", "short"),
        ("priya@example.test", "password123"),
        ("priya@example.test", "priya@example.test"),
        ("no address", PASSWORD),
        ("", PASSWORD),
    ],
)
def test_an_address_or_password_that_will_not_do_is_refused(db, email, password):
    with pytest.raises(ValidationError):
        first_owner(email, password)

    assert not is_set_up()


@pytest.mark.django_db(transaction=True)
def test_of_two_first_owners_at_once_one_comes_about():
    together = Barrier(2)

    def make(email):
        try:
            together.wait()
            first_owner(email, PASSWORD)
        except AlreadySetUp:
            return "refused"
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(make, ["priya@example.test", "marco@example.test"]))

    assert outcomes == ["made", "refused"]
    assert Person.objects.count() == 1


def test_the_browser_and_the_terminal_make_it_by_the_same_function():
    from signoff.accounts import sign_in

    assert sign_in.first_owner is first_owner
    assert sign_in.AlreadySetUp is AlreadySetUp

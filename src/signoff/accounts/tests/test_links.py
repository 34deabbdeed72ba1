"""A sign-in link is good once, for a short time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from signoff.accounts.links import GOOD_FOR, make_link, peek, use_link
from signoff.accounts.models import Person, SignInLink


def somebody():
    return Person.objects.add("priya@example.test", None, "owner", "Priya")


def test_a_link_lets_its_person_in_once(db):
    person = somebody()
    text = make_link(person)

    assert use_link(text) == person
    assert use_link(text) is None


def test_looking_at_a_link_does_not_use_it_up(db):
    person = somebody()
    text = make_link(person)

    assert peek(text) == person
    assert peek(text) == person
    assert use_link(text) == person
    assert peek(text) is None


def test_a_link_ends(db):
    text = make_link(somebody())
    SignInLink.objects.update(ends_at=SignInLink.objects.get().ends_at - GOOD_FOR - timedelta(seconds=1))

    assert peek(text) is None
    assert use_link(text) is None


def test_a_link_of_somebody_who_left_lets_nobody_in(db):
    person = somebody()
    text = make_link(person)
    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert use_link(text) is None


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud800", "é" * 500])
def test_a_link_that_was_never_made_lets_nobody_in(db, text):
    assert peek(text) is None
    assert use_link(text) is None


def test_the_text_of_a_link_is_not_stored(db):
    text = make_link(somebody())

    assert text not in str(SignInLink.objects.values())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_gets_in():
    text = make_link(somebody())
    together = Barrier(4)

    def use(_):
        try:
            together.wait()
            return use_link(text) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        let_in = list(pool.map(use, range(4)))

    assert let_in.count(True) == 1

"""What each role may do."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person

RIGHTS = ("see", "review", "build", "connect", "people")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", {"see", "review", "build", "connect", "people"}),
        ("builder", {"see", "review", "build"}),
        ("reviewer", {"review"}),
        ("viewer", {"see"}),
        ("", set()),
        ("admin", set()),
    ],
)
def test_a_role_may_what_it_says_and_no_more(role, may):
    assert {right for right in RIGHTS if Person(role=role).may(right)} == may


def test_somebody_who_left_may_nothing():
    assert not any(Person(role="owner", is_active=False).may(right) for right in RIGHTS)


def test_every_role_has_its_rights_written_down():
    assert set(Person.RIGHTS) == set(Person.Role.values)

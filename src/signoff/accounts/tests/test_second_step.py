"""Who has a second step, who needs one, and taking it away."""

from __future__ import annotations

import pytest

from signoff.accounts import codes, people, second_step
from signoff.accounts.models import AuditEntry, Passkey
from signoff.accounts.rules import change_rules
from signoff.accounts.second_step import StepNeeded, has_second_step, lacks_second_step
from signoff.accounts.tests.test_codes import at, set_up  # noqa: F401
from signoff.core import clock

pytestmark = pytest.mark.usefixtures("at")


def passkey(person):
    return Passkey.objects.create(
        person=person, name="Phone", credential_id="id", credential="x", created_at=clock.now()
    )


def everybody_needs_one():
    change_rules("a test", second_step=True, idle_hours=72, longest_days=30)


def test_a_phone_that_is_only_being_set_up_is_no_second_step(owner):
    codes.begin_setup(owner)
    assert not has_second_step(owner)

    set_up(owner)
    assert has_second_step(owner)


def test_a_passkey_is_a_second_step(owner):
    passkey(owner)

    assert has_second_step(owner)
    assert not second_step.has_codes(owner)


def test_who_lacks_one_is_whoever_has_none_while_all_need_one(owner, reviewer):
    set_up(owner)
    assert not lacks_second_step(reviewer)

    everybody_needs_one()
    assert lacks_second_step(reviewer)
    assert not lacks_second_step(owner)


def test_taking_the_last_one_away_takes_the_recovery_codes_too(owner):
    set_up(owner)
    row = passkey(owner)
    codes.new_recovery_codes(owner)

    assert second_step.take_codes(owner)
    assert codes.recovery_codes_left(owner) == 10
    assert second_step.take_passkey(owner, row.pk) == row
    assert codes.recovery_codes_left(owner) == 0
    assert not second_step.take_codes(owner)
    assert second_step.take_passkey(owner, row.pk) is None


def test_the_last_one_stays_while_all_need_one(owner):
    set_up(owner)
    everybody_needs_one()

    with pytest.raises(StepNeeded, match="Set up another one first"):
        second_step.take_codes(owner)
    assert has_second_step(owner)
    row = passkey(owner)
    assert second_step.take_codes(owner)
    with pytest.raises(StepNeeded):
        second_step.take_passkey(owner, row.pk)


def test_nobody_takes_a_passkey_of_somebody_else(owner, reviewer):
    row = passkey(owner)

    assert second_step.take_passkey(reviewer, row.pk) is None
    assert has_second_step(owner)


def test_a_reset_takes_everything_and_stands_in_the_trail(owner, reviewer):
    set_up(reviewer)
    passkey(reviewer)
    codes.new_recovery_codes(reviewer)

    assert second_step.reset(reviewer, owner)
    assert not second_step.reset(reviewer, owner)

    assert not has_second_step(reviewer)
    assert codes.recovery_codes_left(reviewer) == 0
    assert AuditEntry.objects.get(did="reset the second step of").what == reviewer.email


def test_whoever_is_removed_loses_the_second_step(owner, reviewer):
    set_up(reviewer)
    passkey(reviewer)

    people.remove(reviewer, owner)

    assert not has_second_step(reviewer)

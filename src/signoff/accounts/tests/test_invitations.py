"""An invitation is good once, for some days, for one address, and can be withdrawn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from signoff.accounts import invitations
from signoff.accounts.invitations import InvitationOver, NotInvited, accept, invite, peek
from signoff.accounts.models import AuditEntry, Invitation, Person

PASSWORD = "seven blue umbrellas"


def test_an_invited_person_comes_in_with_the_role_that_was_meant(owner):
    _, text = invite(" Rui@Example.TEST ", "reviewer", owner, name="Rui", groups="sales, x")

    person = accept(text.reveal(), "Rui Costa", PASSWORD)

    assert (person.email, person.role, person.groups_csv) == ("rui@example.test", "reviewer", "sales,x")
    assert person.check_password(PASSWORD)
    assert not invitations.pending().exists()
    assert list(AuditEntry.objects.values_list("did", flat=True)) == [
        "invited",
        "accepted the invitation of",
    ]


def test_looking_at_an_invitation_does_not_use_it_up(owner):
    _, text = invite("rui@example.test", "viewer", owner)

    assert peek(text.reveal()) == peek(text.reveal())
    assert accept(text.reveal(), "Rui", PASSWORD)


def test_it_is_good_once(owner):
    _, text = invite("rui@example.test", "viewer", owner)
    accept(text.reveal(), "Rui", PASSWORD)

    with pytest.raises(InvitationOver, match="used already"):
        accept(text.reveal(), "Eve", "another long password")
    assert Person.objects.get(email="rui@example.test").check_password(PASSWORD)


def test_it_ends_and_says_whom_to_ask(owner):
    invitation, text = invite("rui@example.test", "viewer", owner)
    Invitation.objects.update(ends_at=invitation.ends_at - invitations.GOOD_FOR - timedelta(seconds=1))

    with pytest.raises(InvitationOver, match=r"ended after 7 days\. Ask Priya"):
        accept(text.reveal(), "Rui", PASSWORD)
    assert invitations.pending().count() == 1, "the owner still sees it, to renew it"


def test_it_can_be_withdrawn_once(owner):
    invitation, text = invite("rui@example.test", "viewer", owner)

    assert invitations.withdraw(invitation, owner)
    assert not invitations.withdraw(invitation, owner)
    with pytest.raises(InvitationOver, match="withdrawn"):
        peek(text.reveal())


def test_inviting_again_ends_the_link_before(owner):
    _, first = invite("rui@example.test", "owner", owner)
    _, second = invite("rui@example.test", "viewer", owner)

    with pytest.raises(InvitationOver, match="a newer one was sent"):
        accept(first.reveal(), "Rui", PASSWORD)
    assert accept(second.reveal(), "Rui", PASSWORD).role == "viewer"


def test_renewing_keeps_what_it_says_and_makes_another_link(owner):
    invitation, _ = invite("rui@example.test", "reviewer", owner, name="Rui", groups="sales")
    _, second = invitations.renew(invitation, owner)

    assert accept(second.reveal(), "Rui", PASSWORD).groups_csv == "sales"
    with pytest.raises(InvitationOver):
        invitations.renew(invitation, owner)


def test_somebody_who_is_here_cannot_be_invited(owner, reviewer):
    with pytest.raises(NotInvited, match="one of your people already"):
        invite("RUI@example.test", "owner", owner)


@pytest.mark.parametrize("email", ["", "rui", "rui@", "a@b@c.test", "rui@example.test\nBcc: x@y.test"])
def test_an_address_that_is_none_is_refused(owner, email):
    with pytest.raises(ValidationError):
        invite(email, "viewer", owner)
    assert not Invitation.objects.exists()


def test_a_weak_password_uses_nothing_up(owner):
    _, text = invite("rui@example.test", "viewer", owner)

    with pytest.raises(ValidationError, match="too common"):
        accept(text.reveal(), "Rui", "password123")
    assert accept(text.reveal(), "Rui", PASSWORD)


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud800", "é" * 500])
def test_a_link_that_was_never_made_says_so(db, text):
    with pytest.raises(InvitationOver, match="Look whether all of it was copied"):
        peek(text)


def test_the_text_of_the_link_is_not_stored(owner):
    _, text = invite("rui@example.test", "viewer", owner)

    assert text.reveal() not in str(list(Invitation.objects.values()))


def together(count, do):
    start = Barrier(count)

    def one(number):
        try:
            start.wait()
            return do(number)
        except InvitationOver:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_becomes_the_person():
    _, text = invite("rui@example.test", "viewer", "a test")

    people = together(3, lambda number: accept(text.reveal(), f"Rui {number}", PASSWORD))

    assert [person is not None for person in people].count(True) == 1
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_invitations_of_one_address_at_once_the_later_holds():
    made = together(3, lambda number: invite("rui@example.test", "viewer", f"owner {number}"))

    assert len(made) == 3
    assert invitations.pending().count() == 1
    newest = invitations.pending().get()
    good = [text for invitation, text in made if invitation.pk == newest.pk]
    assert accept(good[0].reveal(), "Rui", PASSWORD)

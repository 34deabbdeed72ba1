"""Roles change, people go: at once, everywhere, and never the last owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection

from signoff.accounts import invitations, links, people
from signoff.accounts.audit import first_broken
from signoff.accounts.models import AuditEntry, Person
from signoff.accounts.tests.test_sessions import opened, signed_in
from signoff.accounts.tokens import make_token, token_for


def test_a_role_and_groups_change_and_the_trail_says_from_what_to_what(owner, reviewer):
    people.change(reviewer, owner, role="builder", groups="sales, support, sales,")

    reviewer.refresh_from_db()
    assert (reviewer.role, reviewer.groups_csv) == ("builder", "sales,support")
    entry = AuditEntry.objects.get()
    assert entry.details["before"]["role"] == "reviewer"
    assert entry.details["after"] == {"role": "builder", "groups": "sales,support"}


def test_a_role_that_does_not_exist_is_refused(owner, reviewer):
    with pytest.raises(ValueError, match="owner, builder"):
        people.change(reviewer, owner, role="admin", groups="")


def test_a_key_for_a_program_loses_the_rights_its_person_loses(owner, reviewer):
    text = make_token("n8n", reviewer, ["review"]).reveal()

    people.change(reviewer, owner, role="viewer", groups="")

    assert not token_for(text).person.may("review")


def test_whoever_is_removed_is_out_everywhere_at_once(owner, reviewer):
    store = signed_in(reviewer)
    link, token = links.make_link(reviewer), make_token("n8n", reviewer, ["review"]).reveal()
    _, backdoor = invitations.invite("mallory@example.test", "owner", reviewer)

    removed = people.remove(reviewer, owner)

    assert SESSION_KEY not in opened(store)
    assert links.use_link(link) is None
    assert token_for(token) is None
    with pytest.raises(invitations.InvitationOver, match="withdrawn"):
        invitations.peek(backdoor.reveal())
    reviewer.refresh_from_db()
    assert not reviewer.is_active
    assert not reviewer.has_usable_password()
    assert (removed.sessions, removed.tokens, removed.invitations) == (1, ["n8n"], ["mallory@example.test"])
    assert AuditEntry.objects.filter(did="removed", what="rui@example.test").exists()
    assert first_broken() is None


def test_the_only_owner_cannot_be_removed_nor_step_down(owner):
    store = signed_in(owner)

    with pytest.raises(people.LastOwner, match="Make another person an owner first"):
        people.remove(owner, owner)
    with pytest.raises(people.LastOwner, match="Make another person an owner first"):
        people.change(owner, owner, role="viewer", groups="")

    owner.refresh_from_db()
    assert owner.may("people")
    assert SESSION_KEY in opened(store)


def test_an_owner_who_was_removed_does_not_count_as_one(owner):
    Person.objects.add("old@example.test", None, "owner")
    people.remove(Person.objects.get(email="old@example.test"), owner)

    with pytest.raises(people.LastOwner):
        people.remove(owner, owner)


def test_one_of_two_owners_may_go(owner):
    second = Person.objects.add("marco@example.test", None, "owner")

    people.remove(owner, owner)

    assert Person.objects.get(role="owner", is_active=True) == second


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["remove", "step down"])
def test_two_owners_who_send_each_other_away_at_once_leave_one(how):
    two = [Person.objects.add(f"{name}@example.test", None, "owner") for name in ("priya", "marco")]
    together = Barrier(2)

    def go(victim):
        try:
            together.wait()
            if how == "remove":
                people.remove(victim, "a test")
            else:
                people.change(victim, "a test", role="viewer", groups="")
            return True
        except people.LastOwner:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(go, two))

    assert sorted(done) == [False, True]
    assert Person.objects.filter(role="owner", is_active=True).count() == 1


def test_somebody_who_left_comes_back_as_the_same_person(owner, reviewer):
    people.remove(reviewer, owner)
    _, text = invitations.invite(reviewer.email, "viewer", owner, name="Rui")

    back = invitations.accept(text.reveal(), "Rui Costa", "another quiet harbour")

    assert back == reviewer
    assert (back.role, back.is_active, str(back)) == ("viewer", True, "Rui Costa")
    assert back.sessions.count() == 0

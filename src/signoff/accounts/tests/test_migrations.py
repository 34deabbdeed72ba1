"""What an older installation has is carried over."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from signoff.accounts.audit import entry_hash, examine, note
from signoff.accounts.models import ApiToken, AuditEntry, AuditSeal, Person
from signoff.accounts.tests.test_audit import behind_our_back
from signoff.accounts.tokens import PREFIX, _hash, token_for

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name):
    MigrationExecutor(connection).migrate([("accounts", name)])


@pytest.fixture(autouse=True)
def newest():
    """Whatever a test leaves behind, the next one finds the tables as they are today, those of other rooms too."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_people_from_before_get_a_handle_each_of_their_own():
    migrate("0002_people_sessions_invitations")
    with connection.cursor() as cursor:
        for name in ("priya", "rui"):
            cursor.execute(
                "INSERT INTO accounts_person (password, email, name, role, groups_csv, is_active, single_keys, theme,"
                " created_at) VALUES ('', %s, '', 'viewer', '', true, true, 'system', now())",
                [f"{name}@example.test"],
            )
    migrate("0003_second_step")

    assert len(set(Person.objects.values_list("handle", flat=True))) == 2


def test_trail_and_keys_from_before_are_sealed_and_stay_good():
    owner = Person.objects.add("priya@example.test", None, "owner", "Priya")
    for number in range(3):
        note(owner, "approved", f"run {number}")
    migrate("0003_second_step")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_apitoken (name, person_id, hash, can, created_at) "
            "VALUES ('old', %s, %s, '[\"read\"]', now())",
            [owner.pk, _hash(PREFIX + "old")],
        )

    migrate("0004_tokens_end_and_the_trail_is_sealed")

    assert examine().problem == ""
    assert examine().count == 3
    assert token_for(PREFIX + "old").ends_at is None
    with behind_our_back():
        AuditEntry.objects.last().delete()
    assert "The newest entry was removed" in examine().problem


def test_trail_that_is_empty_is_sealed_by_its_first_entry():
    migrate("0003_second_step")
    migrate("0004_tokens_end_and_the_trail_is_sealed")
    assert not AuditSeal.objects.exists()

    entry = note("Priya", "set up", "this Signoff")

    assert entry.hash == entry_hash(entry)
    assert examine().problem == ""
    assert AuditSeal.objects.count() == 1
    assert not ApiToken.objects.exists()

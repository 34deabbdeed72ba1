"""When connections are asked: in time, once, before work, and soon after a refusal."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as db

from signoff.connections import watch
from signoff.connections.client import client_for, forget_all
from signoff.connections.models import Connection, Watch
from signoff.connections.standing import check, needs_sign_in
from signoff.core import clock
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    ModelGone,
    PermissionMissing,
    QuotaExhausted,
)
from signoff_sandbox.testing import HUBSPOT_KEY

MINUTE = timedelta(minutes=1)


@pytest.fixture
def later(monkeypatch):
    """Move the clock on."""

    def move(by):
        at = clock.now() + by
        monkeypatch.setattr(clock, "now", lambda: at)
        return at

    return move


def ask(claimed):
    watch.asked(claimed, check(claimed.connection))


class TestWhen:
    def test_a_connection_that_works_is_asked_every_quarter_of_an_hour(self, db, join, later):
        row = join("hubspot")
        assert watch.due() is None, "it was tested just now"

        later(14 * MINUTE)
        assert watch.due() is None
        later(2 * MINUTE)
        claimed = watch.due()
        assert claimed.connection == row
        ask(claimed)

        later(14 * MINUTE)
        assert watch.due() is None
        later(2 * MINUTE)
        assert watch.due() is not None

    def test_one_that_was_refused_is_asked_every_minute(self, db, join, later, practice):
        row = join("hubspot")
        practice.control("hubspot", revoke_key=True)
        try:
            needs_sign_in(row, CredentialRejected("x", app="HubSpot"))
            later(6 * MINUTE)  # the key was saved long ago
            ask(watch.due())
            assert watch.due() is None
            later(MINUTE)
            assert watch.due() is not None
        finally:
            practice.control("hubspot", restore_key=True)

    def test_a_refusal_of_what_the_app_calls_working_is_not_asked_over_and_over(self, db, join, later):
        row = join("hubspot")

        needs_sign_in(row, CredentialRejected("x", app="HubSpot"))  # at once after it was tested

        later(2 * MINUTE)
        assert watch.due() is None
        later(4 * MINUTE)
        assert watch.due() is not None

    def test_work_has_it_asked_before_unless_it_was_asked_a_moment_ago(self, db, join, later):
        join("hubspot")
        watch.before_work(["hubspot-main"])
        assert watch.due() is None

        watch.forget_all()
        later(6 * MINUTE)
        watch.before_work(["hubspot-main", "no-such-connection"])

        claimed = watch.due()
        assert claimed.before_work
        ask(claimed)
        assert not Watch.objects.get().before_work

    def test_a_burst_of_work_asks_the_database_once(self, db, join, later, django_assert_num_queries):
        join("hubspot")
        later(6 * MINUTE)
        watch.before_work(["hubspot-main"])

        with django_assert_num_queries(0):
            for _ in range(100):
                watch.before_work(["hubspot-main"])

    def test_what_makes_it_due_while_it_is_asked_is_not_forgotten(self, db, join, later):
        row = join("hubspot")
        later(16 * MINUTE)
        claimed = watch.due()
        Watch.objects.update(due_at=clock.now() - MINUTE)

        watch.asked(claimed, row)

        assert watch.due() is not None

    def test_a_worker_that_died_asking_is_followed_by_another(self, db, join, later):
        join("hubspot")
        later(16 * MINUTE)
        assert watch.due() is not None
        assert watch.due() is None

        later(watch.CLAIM_FOR + MINUTE)

        assert watch.due() is not None

    def test_a_row_that_is_missing_is_made(self, db, join):
        join("hubspot")
        Watch.objects.all().delete()

        watch.watch_all()
        watch.watch_all()

        assert watch.due().connection.name == "hubspot-main"


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_asks(join):
    join("hubspot")
    Watch.objects.update(due_at=clock.now() - MINUTE)

    def claim(_):
        try:
            return watch.due()
        finally:
            db.close()

    with ThreadPoolExecutor(8) as pool:
        claims = [claim for claim in pool.map(claim, range(8)) if claim]

    assert len(claims) == 1


class TestWhatIsNoted:
    @pytest.mark.parametrize(
        ("error", "trouble"),
        [
            (CredentialRejected("x", app="HubSpot"), "key"),
            (QuotaExhausted("x", app="HubSpot"), "quota"),
        ],
    )
    def test_what_stops_everything_stops_the_connection(self, db, join, error, trouble):
        row = join("hubspot")

        needs_sign_in(row, error)

        row.refresh_from_db()
        assert (row.state, row.trouble) == ("needs you", trouble)

    @pytest.mark.parametrize(
        "error", [PermissionMissing("x", app="HubSpot"), InputRejected("x"), ModelGone("x", app="OpenAI")]
    )
    def test_what_stops_one_piece_of_work_leaves_the_connection_to_the_others(self, db, join, error):
        row = join("hubspot")

        needs_sign_in(row, error)

        row.refresh_from_db()
        assert (row.state, row.trouble, row.problem) == ("working", "", "")

    def test_after_a_missing_permission_the_app_is_asked_what_else_is_lacking(self, db, join, practice):
        row = join("hubspot")
        assert not row.lacks
        practice.control("hubspot", restrict_key={"scopes": ["crm.objects.contacts.read"]})
        try:
            needs_sign_in(row, PermissionMissing("x", app="HubSpot"))
            ask(watch.due())
        finally:
            practice.control("hubspot", start_over=True)

        row.refresh_from_db()
        assert row.state == "working"
        assert row.lacks

    def test_a_permission_that_was_given_counts_as_mended(self, db, join, practice):
        practice.control("hubspot", restrict_key={"scopes": ["crm.objects.contacts.read"]})
        try:
            row = join("hubspot")
        finally:
            practice.control("hubspot", start_over=True)
        before = row.mended_at

        row = check(row)

        assert not row.lacks
        assert row.mended_at > before
        assert check(row).mended_at == row.mended_at

    def test_a_refusal_of_the_key_before_says_nothing_about_the_new_one(self, db, join):
        old = join("hubspot")
        join("hubspot")

        needs_sign_in(old, CredentialRejected("x", app="HubSpot"))

        assert Connection.objects.get().state == "working"

    def test_a_stop_while_the_app_was_answering_counts_as_mended_when_the_answer_is_good(
        self, db, join, monkeypatch
    ):
        row = join("hubspot")
        asked = type(client_for(row))
        real = asked.check

        def meanwhile(self):
            needs_sign_in(row, CredentialRejected("x", app="HubSpot"))
            return real(self)

        monkeypatch.setattr(asked, "check", meanwhile)
        before = row.mended_at

        row = check(row)

        assert row.state == "working"
        assert row.mended_at > before


class TestCredit:
    def test_an_ai_without_credit_is_found_by_asking_for_a_word(self, db, join, practice):
        row = join("openai")
        practice.control("openai", billing="insufficient_quota")
        try:
            assert check(row).state == "working", "the list of models is free"
            row = check(row, model="gpt-4o")
        finally:
            practice.control("openai", start_over=True)

        assert (row.state, row.trouble) == ("needs you", "quota")
        assert "credit" in row.problem
        assert check(row, model="gpt-4o").state == "working"

    def test_a_bill_told_at_a_delivery_stands_though_the_key_is_accepted(self, db, join, later):
        row = join("hubspot")
        needs_sign_in(row, QuotaExhausted("unpaid", app="HubSpot"))
        row.refresh_from_db()

        assert check(row).state == "needs you", "the app tells of it only when something is sent"
        assert check(row).trouble == "quota"
        later(61 * MINUTE)
        assert check(row).state == "working", "seldom, it is tried whether it was paid"

    def test_a_bill_is_believed_to_be_paid_when_a_person_says_so(self, db, join):
        row = join("hubspot")
        needs_sign_in(row, QuotaExhausted("unpaid", app="HubSpot"))
        row.refresh_from_db()

        assert check(row, by_person=True).state == "working"

    def test_a_model_that_is_gone_is_not_the_connections_fault(self, db, join):
        assert check(join("openai"), model="no-such-model").state == "working"


class TestANewKey:
    def test_a_key_that_ended_the_moment_it_was_replaced_holds_nobody_up(self, db, join, practice):
        row = join("hubspot")
        client = client_for(row)
        client.check()  # the old key is what this process remembers
        practice.control("hubspot", rotate_key={"new": "pat-na1-new", "grace_seconds": 3600})
        try:
            join("hubspot", secret="pat-na1-new")
            practice.control("hubspot", revoke_key=HUBSPOT_KEY)
            from signoff.connections import client as module

            module._rows[row.pk] = (module.time.monotonic(), row)  # as another process would still have it

            assert client.check().id == row.account_id
        finally:
            practice.control("hubspot", start_over=True)

    def test_a_key_that_is_simply_refused_is_asked_with_once(self, db, join, practice):
        row = join("hubspot")
        practice.control("hubspot", revoke_key=True)
        before = practice.books("hubspot", summary=True)["requests"]
        try:
            with pytest.raises(CredentialRejected):
                client_for(row).door.get("/account-info/2026-09/details") and client_for(row).check()
            asked = practice.books("hubspot", summary=True)["requests"] - before
        finally:
            practice.control("hubspot", restore_key=True)

        assert asked <= 3


RENEWING = """
from signoff.cli.start import django
django(migrated=False)
import sys
from concurrent.futures import ThreadPoolExecutor
from signoff.connections.client import client_for
from signoff.connections.models import Connection
row = Connection.objects.get(name="gmail-main")
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(4) as pool:
    answers = set(pool.map(lambda _: client_for(row).check().id, range(12)))
assert answers == {row.account_id}, answers
print("done", flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_that_find_the_sign_in_over_one_renews_it(join, practice):
    join("gmail")
    Connection.objects.update(access_ends_at=clock.now() - MINUTE)
    forget_all()
    settings = db.settings_dict
    address = f"postgres://{settings['USER']}@{settings['HOST'].replace('/', '%2F')}/{settings['NAME']}"
    if settings["PORT"]:
        address = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    before = practice.books("gmail", summary=True)["tokens"]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", RENEWING],
            env={**os.environ, "DATABASE_URL": address, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout.readline() == "ready\n", worker.stderr.read()

    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    ended = [(worker.communicate(timeout=60), worker.returncode) for worker in workers]

    assert [code for _, code in ended] == [0, 0], ended
    assert practice.books("gmail", summary=True)["tokens"] == before + 1

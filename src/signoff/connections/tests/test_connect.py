"""Connecting: a key is tested before it is saved, and every no is a sentence with nothing saved."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.db import connection as db

from signoff.accounts.models import AuditEntry
from signoff.connections.client import client_for
from signoff.connections.connect import connect, disconnect, while_connecting
from signoff.connections.models import Connection
from signoff.connections.standing import check, needs_sign_in
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    RateLimited,
    SignoffError,
    Unavailable,
    VendorDown,
)
from signoff.core.secret import Secret
from signoff_sandbox.testing import CLIENT_ID, CLIENT_SECRET, HUBSPOT_KEY, OPENAI_KEY

CODES = ("400", "401", "403", "404", "500", "None", "{", "}", "Traceback")
APPS = ["hubspot", "gmail", "openai", "anthropic"]


def refused(caught):
    """Hold a refusal to its form, and say that nothing is saved; returns both sentences."""
    error = caught.value
    told = f"{error.owner_message} {error.next_step}"
    assert not any(code in told for code in CODES), told
    assert "Nothing was saved" in told
    assert "work waits" not in told
    return told


@pytest.fixture
def web_page():
    """An address at which a web page answers, and no API."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><p>Welcome to our router")

        do_POST = do_GET

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("app", APPS)
def test_a_good_key_is_saved_with_what_the_app_says(db, join, app):
    row = join(app)

    assert row.state == "working"
    assert row.account_id
    assert row.account_name
    assert row.may
    assert row.checked_at
    assert client_for(row).check().id == row.account_id
    assert AuditEntry.objects.get().did == "connected"


@pytest.mark.parametrize("app", APPS)
def test_a_key_is_saved_sealed(db, join, app, grant):
    row = join(app)
    keys = (HUBSPOT_KEY, OPENAI_KEY, CLIENT_SECRET, json.loads(grant)["refresh_token"])

    stored = repr({name: bytes(v) if isinstance(v, memoryview) else v for name, v in vars(row).items()})

    assert not any(key in stored for key in keys)


@pytest.mark.parametrize(
    "around",
    [" {} ", "{}\n", "\n\t{}\r\n", '"{}"', "'{}'", " \u200b{}\ufeff", '" {} "', "\xa0{}\xa0", "Bearer {}"],
)
def test_what_copying_leaves_around_a_key_is_taken_away(db, join, around):
    assert join("hubspot", secret=around.format(HUBSPOT_KEY)).state == "working"


class TestBadKeys:
    @pytest.mark.parametrize(
        ("key", "words"),
        [
            ("", "empty"),
            ("   \n", "empty"),
            ('""', "empty"),
            (HUBSPOT_KEY[:10] + " " + HUBSPOT_KEY[10:], "space or a line break"),
            (HUBSPOT_KEY[:10] + "\n" + HUBSPOT_KEY[10:], "space or a line break"),
            (HUBSPOT_KEY[:10] + "\xa0" + HUBSPOT_KEY[10:], "space or a line break"),
            (f"HUBSPOT_API_KEY={HUBSPOT_KEY}", "behind the = sign"),
            (f'export HUBSPOT_TOKEN="{HUBSPOT_KEY}"', "behind the = sign"),
            ("Basic " + HUBSPOT_KEY, "space or a line break"),
            ('{"key":\r\n"x"}', "space or a line break"),
            (HUBSPOT_KEY[:-1] + "é", "character"),
            (HUBSPOT_KEY[:-1] + "\x00", "character"),
            (HUBSPOT_KEY[:-1] + "\x7f", "character"),
            ("…", "character"),
            ("k" * 30_000, "longer than any key"),
        ],
    )
    def test_what_is_no_key_is_told_before_anybody_is_asked(self, db, practice, key, words):
        asked = practice.books("hubspot", summary=True)["requests"]

        with pytest.raises(InputRejected) as caught:
            connect("hubspot", "hubspot-main", Secret(key), base_url=practice.hubspot)

        assert words in refused(caught)
        assert practice.books("hubspot", summary=True)["requests"] == asked
        assert not Connection.objects.exists()

    @pytest.mark.parametrize(
        ("app", "key"),
        [
            ("hubspot", "pat-na1-00000000-0000-0000-0000-000000000000"),
            ("hubspot", OPENAI_KEY),
            ("hubspot", "x"),
            ("hubspot", '{"client_id":"x"}'),
            ("openai", "sk-wrong"),
            ("openai", HUBSPOT_KEY),
        ],
    )
    def test_a_key_that_opens_nothing_is_told_with_the_app_and_where_to_get_one(self, db, join, app, key):
        with pytest.raises(CredentialRejected) as caught:
            join(app, secret=key)

        told = refused(caught)
        assert manifests()[app].name in told
        assert manifests()[app].auth.where_url in told
        assert key not in str(caught.value) + told
        assert not Connection.objects.exists()
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        "secret",
        [
            "not json", "[]", "{}", "{", '"text"', '{"client_id": "x", "client_secret": "y"}',
            '{"client_id": 1, "client_secret": 2, "refresh_token": 3}',
            '{"client_id": "", "client_secret": "", "refresh_token": ""}',
            '{"a":' * 3000, HUBSPOT_KEY,
        ],
    )  # fmt: skip
    def test_half_a_sign_in_is_told(self, db, join, secret):
        with pytest.raises(InputRejected) as caught:
            join("gmail", secret=secret)

        refused(caught)
        assert not Connection.objects.exists()

    @pytest.mark.parametrize("part", ["client_id", "client_secret", "refresh_token"])
    def test_a_wrong_part_of_a_sign_in_is_told(self, db, join, grant, part):
        with pytest.raises(SignoffError) as caught:
            join("gmail", secret=json.dumps(json.loads(grant) | {part: "wrong"}))

        assert "Gmail" in refused(caught)
        assert not Connection.objects.exists()

    def test_a_revoked_sign_in_is_told(self, db, join, grant, practice):
        practice.control("gmail", revoke_grant=True)

        with pytest.raises(CredentialRejected) as caught:
            join("gmail", secret=grant)

        assert "ended" in refused(caught)
        assert not Connection.objects.exists()

    @pytest.mark.parametrize("app", APPS)
    def test_a_web_page_at_the_address_is_told(self, db, join, web_page, app):
        with pytest.raises(SignoffError) as caught:
            join(app, base_url=web_page)

        assert "address" in refused(caught)
        assert not Connection.objects.exists()

    @pytest.mark.parametrize("app", APPS)
    def test_an_app_that_is_away_is_told(self, db, join, app):
        with pytest.raises(Unavailable) as caught:
            join(app, base_url="http://127.0.0.1:9")

        assert "try again" in refused(caught)
        assert not Connection.objects.exists()

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (VendorDown("GET /: no answer", app="HubSpot"), "whether this computer is on the internet"),
            (RateLimited("GET /: 429", app="HubSpot"), "Try again in a minute."),
        ],
    )
    def test_what_time_heals_is_told_by_what_the_owner_can_look_at(self, error, words):
        told = while_connecting(error, manifests()["hubspot"], own_address=False)

        assert "Nothing was saved." in told.owner_message
        assert words in told.next_step

    @pytest.mark.parametrize("fault", ["http500", "http503", "cut", "malformed", "http502"])
    @pytest.mark.parametrize("app", APPS)
    def test_an_app_in_trouble_is_told(self, db, join, practice, app, fault):
        join_secret = None if app != "gmail" else json.dumps(
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": practice.grant().refresh_token}
        )  # fmt: skip
        practice.control(app, fail_next={"fault": fault, "times": 20})
        try:
            with pytest.raises(SignoffError) as caught:
                join(app, secret=join_secret)
        finally:
            practice.control(app, start_over=True)

        assert not isinstance(caught.value, OutcomeUnknown)
        refused(caught)
        assert not Connection.objects.exists()

    @pytest.mark.parametrize(
        "address",
        ["ftp://x", "hubspot", "https://", "javascript:alert(1)", "http://169.254.169.254/", "http://10.0.0.1",
         "https://x.test/" + "a" * 400, "https://x.test/\n", "https://user:pw@x.test"],
    )  # fmt: skip
    def test_an_address_that_is_none_or_not_for_us_is_told(self, db, join, address):
        with pytest.raises(SignoffError) as caught:
            join("hubspot", base_url=address)

        refused(caught)
        assert not Connection.objects.exists()

    def test_an_app_that_runs_on_a_server_of_ones_own_asks_where_and_sends_the_key_nowhere(self, db):
        with pytest.raises(InputRejected) as caught:
            connect(
                "mattermost",
                "team-chat",
                Secret("8fj3kd92ld02kf8s7dh3ks92jd"),
                settings={"channel": "4yfjr8b7"},
            )

        assert "needs your own address there" in refused(caught)
        assert not Connection.objects.exists()

    @pytest.mark.parametrize("name", ["", "Main", "a b", "a_b", "-a", "a-", "a" * 61, "ä", "a\n", "../x"])
    def test_a_name_that_is_none_is_told(self, db, join, name):
        with pytest.raises(InputRejected) as caught:
            connect("hubspot", name, Secret(HUBSPOT_KEY))

        assert "hyphens" in refused(caught)

    @pytest.mark.parametrize("app", ["", "hubspott", "../hubspot", "HubSpot", "{app}"])
    def test_an_app_that_nobody_knows_is_told(self, db, app):
        with pytest.raises(InputRejected) as caught:
            connect(app, "x", Secret("k"))

        assert "does not know the app" in caught.value.owner_message
        assert "HubSpot" in caught.value.owner_message or "hubspot" in caught.value.owner_message

    @pytest.mark.parametrize(
        "limits",
        [{"requests_per_minute": v} for v in ("", "many", "0", "-5", "nan", "inf", "1e13", None)]
        + [{"speed": "5"}],
    )
    def test_a_limit_that_is_none_is_told(self, db, join, limits):
        with pytest.raises(InputRejected) as caught:
            join("openai", limits=limits)

        refused(caught)
        assert not Connection.objects.exists()


class TestReplacing:
    def test_a_new_key_takes_the_place_of_the_old_one(self, db, join, practice):
        before = join("hubspot", limits={"requests_per_minute": "600"})
        needs_sign_in(before, CredentialRejected("x", app="HubSpot"))

        after = join("hubspot")

        assert after.pk == before.pk
        assert after.state == "working"
        assert after.problem == ""
        assert after.limits == {"requests_per_minute": 600}
        assert after.base_url == practice.hubspot
        assert AuditEntry.objects.last().did == "replaced the key of"

    def test_a_key_that_opens_nothing_leaves_the_old_one(self, db, join):
        join("hubspot")

        with pytest.raises(CredentialRejected):
            join("hubspot", secret="pat-wrong")

        assert check(Connection.objects.get()).state == "working"

    def test_a_key_of_another_account_is_refused_unless_it_is_meant(self, db, join, practice):
        join("hubspot")
        practice.control("hubspot", account={"portal_id": 424242})
        try:
            with pytest.raises(InputRejected) as caught:
                join("hubspot")
            assert "424242" in refused(caught)

            assert "424242" in join("hubspot", other_account=True).account_id
        finally:
            practice.control("hubspot", start_over=True)

    def test_a_name_belongs_to_one_app(self, db, join):
        join("hubspot", name="main")

        with pytest.raises(InputRejected) as caught:
            join("openai", name="main")

        assert "another app" in refused(caught)
        assert Connection.objects.get().app == "hubspot"

    def test_a_key_without_enough_rights_says_what_it_lacks(self, db, join, practice):
        practice.control("hubspot", restrict_key={"scopes": ["crm.objects.contacts.read"]})
        try:
            row = join("hubspot")
        finally:
            practice.control("hubspot", start_over=True)

        assert row.lacks


@pytest.mark.django_db(transaction=True)
def test_two_who_connect_the_same_new_name_at_once_make_one(join):
    def run(_):
        try:
            return join("hubspot").pk
        finally:
            db.close()

    with ThreadPoolExecutor(3) as pool:
        keys = list(pool.map(run, range(3)))

    assert len(set(keys)) == 1
    assert Connection.objects.count() == 1


class TestChecking:
    def test_a_key_that_was_revoked_needs_its_owner_until_it_works_again(self, db, join, practice):
        row = join("hubspot")
        practice.control("hubspot", revoke_key=True)
        try:
            row = check(row)
            assert row.state == "needs you"
            assert "HubSpot" in row.problem
            assert row.problem_since
            since = row.problem_since
            assert check(row).problem_since == since
        finally:
            practice.control("hubspot", restore_key=True)

        row = check(row)

        assert (row.state, row.problem, row.next_step, row.problem_since) == ("working", "", "", None)

    @pytest.mark.parametrize("fault", ["http500", "cut", "malformed"])
    def test_an_outage_changes_no_state(self, db, join, practice, fault):
        row = join("hubspot")
        checked = row.checked_at
        practice.control("hubspot", fail_next={"fault": fault, "times": 20})
        try:
            row = check(row)
        finally:
            practice.control("hubspot", start_over=True)

        assert row.state == "working"
        assert row.problem
        assert row.checked_at == checked
        assert check(row).problem == ""

    def test_an_outage_does_not_hide_what_the_owner_has_to_do(self, db, join, practice):
        row = join("hubspot")
        needs_sign_in(row, CredentialRejected("x", app="HubSpot"))
        practice.control("hubspot", fail_next={"fault": "http500", "times": 20})
        try:
            row = check(row)
        finally:
            practice.control("hubspot", start_over=True)

        assert row.state == "needs you"
        assert "paste a new key" in row.next_step

    def test_another_account_behind_the_same_key_needs_its_owner(self, db, join, practice):
        row = join("hubspot")
        practice.control("hubspot", account={"portal_id": 424242})
        try:
            row = check(row)
        finally:
            practice.control("hubspot", start_over=True)

        assert row.state == "needs you"
        assert "424242" in row.problem
        assert "424242" not in row.account_id

    def test_what_is_learned_of_an_old_key_says_nothing_about_a_new_one(
        self, db, join, practice, monkeypatch
    ):
        row = join("hubspot")

        def meanwhile(self):
            join("hubspot")
            raise CredentialRejected("the old key", app="HubSpot")

        asked = type(client_for(row))
        with monkeypatch.context() as patch:
            real = asked.check
            calls = iter([meanwhile])
            patch.setattr(asked, "check", lambda self: next(calls, real)(self))
            row = check(row)

        assert row.state == "working"


class TestDisconnecting:
    def test_a_connection_is_forgotten_with_its_key(self, db, join):
        row = join("hubspot")

        disconnect(row)

        assert not Connection.objects.exists()
        assert AuditEntry.objects.last().did == "disconnected"

    def test_a_connection_that_the_history_names_stays(self, house, work_off):
        from django.db.models import ProtectedError

        from signoff.review.models import Review
        from signoff.runs.models import Delivery

        (run_id,) = house.receive(house.lead())
        work_off()
        row = Connection.objects.get(name="hubspot-main")
        Delivery.objects.create(
            run_id=run_id, position=9, connection=row, action="add_note", params={}, marker="m"
        )

        with pytest.raises(ProtectedError):
            disconnect(row)

        assert Connection.objects.filter(pk=row.pk).exists()
        assert not AuditEntry.objects.filter(did="disconnected").exists()
        assert Review.objects.exists()


class TestRenewal:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("how", ["over by the clock", "refused by the app"])
    def test_of_many_that_find_the_sign_in_over_one_renews_it(self, join, practice, how):
        row = join("gmail")
        if how == "over by the clock":
            Connection.objects.update(access_ends_at=clock.now() - timedelta(minutes=1))
        else:
            practice.control("gmail", expire_access_tokens=True)
        from signoff.connections.client import forget_all

        forget_all()
        before = practice.books("gmail", summary=True)["tokens"]

        def ask(_):
            try:
                return client_for(row).check().id
            finally:
                db.close()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(24)))

        assert set(answers) == {row.account_id}
        assert practice.books("gmail", summary=True)["tokens"] == before + 1

    def test_a_sign_in_that_was_revoked_meanwhile_needs_its_owner(self, db, join, practice):
        row = join("gmail")
        practice.control("gmail", revoke_grant=True)

        row = check(row)

        assert row.state == "needs you"
        assert "Sign in again" in row.next_step or "sign in again" in row.next_step.lower()

    def test_an_outage_while_renewing_changes_no_state(self, db, join, practice):
        row = join("gmail")
        Connection.objects.update(access_ends_at=clock.now())
        practice.control("gmail", fail_next={"fault": "http500", "times": 20})
        try:
            row = check(row)
        finally:
            practice.control("gmail", fail_next=[])
            practice.control("gmail", start_over=True)

        assert row.state == "working"

"""A sign-in ends: by its person, by the owner, without use, and in any case after a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY

from signoff.accounts import sessions
from signoff.accounts.models import Session
from signoff.accounts.rules import IDLE_HOURS, LONGEST_DAYS, change_rules
from signoff.accounts.sessions import SessionStore
from signoff.core import clock
from signoff.vault import keys, rotate

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(person, agent=FIREFOX):
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    sessions.begun(store, "with a password", agent, "192.0.2.7")
    store.save()
    return store


def opened(store):
    """Return the session as the next request finds it."""
    return SessionStore(store.session_key)


def moved(monkeypatch, by):
    """Let the clock stand at a later time."""
    later = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: later)


def test_a_session_is_found_by_its_cookie_and_tells_whose_it_is_and_whence(owner):
    store = signed_in(owner)

    assert opened(store)[SESSION_KEY] == str(owner.pk)
    row = sessions.sessions_of(owner).get()
    assert (row.how, row.address) == ("with a password", "192.0.2.7")
    assert sessions.browser_of(row.agent) == "Firefox on Windows"
    assert sessions.is_this(row, store)


def test_the_cookie_is_not_stored(owner):
    store = signed_in(owner)

    assert store.session_key not in str(list(Session.objects.values()))


def test_without_use_it_ends(owner, monkeypatch):
    store = signed_in(owner)
    moved(monkeypatch, timedelta(hours=72, seconds=1))

    assert SESSION_KEY not in opened(store)
    assert not sessions.sessions_of(owner).exists()


def test_use_puts_off_the_end(owner, monkeypatch):
    store = signed_in(owner)
    for _ in range(3):
        moved(monkeypatch, timedelta(hours=71))
        here = opened(store)
        assert SESSION_KEY in here
        sessions.seen(here)


def test_in_any_case_it_ends(owner, monkeypatch):
    store = signed_in(owner)
    for _ in range(14):
        moved(monkeypatch, timedelta(hours=50))
        here = opened(store)
        assert SESSION_KEY in here
        sessions.seen(here)
    moved(monkeypatch, timedelta(hours=50))

    assert SESSION_KEY not in opened(store)


def test_saving_something_in_it_does_not_make_it_last_longer_than_it_may(owner, monkeypatch):
    store = signed_in(owner)
    began_at = Session.objects.get().began_at
    moved(monkeypatch, timedelta(hours=70))
    here = opened(store)
    here["said"] = "Saved."
    here.save()

    row = Session.objects.get()
    assert row.began_at == began_at
    assert row.ends_at == min(clock.now() + timedelta(hours=72), began_at + timedelta(days=30))


def test_being_seen_is_written_down_once_a_minute_only(owner, monkeypatch, django_assert_num_queries):
    store = opened(signed_in(owner))
    assert SESSION_KEY in store

    with django_assert_num_queries(0):
        sessions.seen(store)


def test_ended_elsewhere_it_cannot_be_saved_again(owner):
    store = opened(signed_in(owner))
    assert SESSION_KEY in store
    sessions.sign_out(owner)
    store["said"] = "Saved."

    with pytest.raises(sessions.UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_one_browser_or_all_others_can_be_signed_out(owner, reviewer):
    here, phone, tablet, others = signed_in(owner), signed_in(owner), signed_in(owner), signed_in(reviewer)
    number = next(row.pk for row in sessions.sessions_of(owner) if sessions.is_this(row, phone))

    assert sessions.sign_out(owner, number=number) == 1
    assert SESSION_KEY not in opened(phone)
    assert SESSION_KEY in opened(tablet)
    assert sessions.sign_out(owner, but=here) == 1
    assert SESSION_KEY not in opened(tablet)
    assert SESSION_KEY in opened(here)
    assert SESSION_KEY in opened(others)


def test_nobody_ends_a_session_of_somebody_else_by_its_number(owner, reviewer):
    theirs = signed_in(owner)

    assert sessions.sign_out(reviewer, number=Session.objects.get().pk) == 0
    assert SESSION_KEY in opened(theirs)


def test_a_proof_is_fresh_for_half_an_hour(owner, monkeypatch):
    store = opened(signed_in(owner))
    assert sessions.is_fresh(store)

    moved(monkeypatch, timedelta(minutes=31))
    assert not sessions.is_fresh(store)
    sessions.proved(store)
    assert sessions.is_fresh(store)


def test_a_session_of_nobody_ends_within_the_hour_and_is_cleared_away(db, monkeypatch):
    store = SessionStore()
    store["half"] = 1
    store.save()
    assert opened(store)["half"] == 1

    moved(monkeypatch, timedelta(hours=1, seconds=1))

    assert "half" not in opened(store)
    assert sessions.clear_ended() == 1
    assert not Session.objects.exists()


def test_shorter_rules_hold_for_those_who_are_in_already(owner, monkeypatch):
    store = signed_in(owner)
    change_rules(owner, second_step=False, idle_hours=1, longest_days=1)
    moved(monkeypatch, timedelta(hours=1, seconds=1))

    assert SESSION_KEY not in opened(store)


@pytest.mark.parametrize(("hours", "days"), [(2, 30), (72, 31), (0, 0), (-1, 30)])
def test_times_that_are_not_offered_are_refused(owner, hours, days):
    with pytest.raises(ValueError, match="one of"):
        change_rules(owner, second_step=False, idle_hours=hours, longest_days=days)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Mac",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.9", "curl"),
        ("", "A browser we do not know"),
        ("\x00<script>", "A browser we do not know"),
    ],
)
def test_a_browser_is_named_as_people_name_it(agent, words):
    assert sessions.browser_of(agent) == words


@pytest.fixture
def own_key(monkeypatch, tmp_path):
    """A master key of this test alone, which may be changed."""
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNOFF_KEY", raising=False)
    keys.forget()
    yield
    keys.forget()


def test_somebody_who_comes_every_fortnight_stays_signed_in_through_changes_of_the_master_key(
    own_key, owner, client, monkeypatch
):
    change_rules(owner, second_step=False, idle_hours=max(IDLE_HOURS), longest_days=max(LONGEST_DAYS))
    client.force_login(owner)
    cookie = client.cookies["signoff"].value

    for _ in range(6):
        rotate.begin()
        moved(monkeypatch, timedelta(days=13, hours=23))
        assert client.get("/settings/me/").status_code == 200
        rotate.reseal()
        rotate.forget_retired()

    assert client.cookies["signoff"].value == cookie
    moved(monkeypatch, timedelta(days=14))
    assert client.get("/settings/me/").status_code == 302


def test_earlier_keys_are_kept_longer_than_a_session_lasts_without_use():
    assert timedelta(hours=max(IDLE_HOURS)) < rotate.RETIRED_FOR


def test_session_that_another_installation_signed_is_none(own_key, owner, tmp_path, monkeypatch):
    store = signed_in(owner)
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SIGNOFF_HOME", str(tmp_path / "other"))
    keys.forget()

    assert SESSION_KEY not in opened(store)


def test_changed_password_ends_a_session_also_after_a_change_of_the_master_key(own_key, owner, client):
    client.force_login(owner)
    rotate.begin()
    owner.set_password("another quiet harbour")
    owner.save()

    assert client.get("/settings/me/").status_code == 302

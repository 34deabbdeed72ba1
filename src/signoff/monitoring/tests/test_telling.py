"""A notice reaches its person by the first channel that takes it, by the next when that fails, and at a good hour."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connections.connect import connect
from signoff.connections.models import Connection
from signoff.core.secret import Secret
from signoff.monitoring import acting, channels, looking, telling
from signoff.monitoring.channels import Wanted
from signoff.monitoring.models import Channel, Notice, Telling
from signoff.monitoring.quiet import quiet_until
from signoff.monitoring.tests.shop import START, integration, look_and_tell, mend, refuse
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.testing import SLACK_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack(practice, owner):
    practice.control(
        "slack", restore_token=True, faults="", clear=True, limits={"per_second": 1000, "burst": 1000}
    )
    free = {"requests_per_minute": 1_000_000}
    connect("slack", "slack-main", Secret(SLACK_KEY), base_url=practice.slack, limits=free)
    return practice


def said_in(practice) -> list[str]:
    return [str(message) for message in practice.books("slack")["messages"] if message["metadata"]]


def tried(row: Telling) -> list[tuple[str, int]]:
    return [(one["name"], one["lap"]) for one in row.tried]


def test_when_the_first_channel_fails_the_second_is_told_at_once(post, slack, owner, hubspot):
    post.refuses = True
    channels.own_channel(owner)
    channels.add(owner, "app", Secret("slack-main.#general"), Wanted())
    refuse(hubspot)

    look_and_tell()

    assert len(said_in(slack)) == 1
    assert "HubSpot no longer accepts our key." in said_in(slack)[0]
    row = Telling.objects.get(notice__key=f"connection:stopped:{hubspot.pk}")
    assert (row.state, row.by, tried(row)) == ("told", "#general at slack-main", [("E-mail to me", 0)])
    own = Channel.objects.get(kind="own")
    assert "did not take the e-mail" in own.problem

    post.refuses = False
    telling.test(own)
    own.refresh_from_db()
    assert own.problem == ""


def test_a_failed_channel_is_a_notice_of_its_own_told_by_the_others_until_it_works(
    post, slack, owner, hubspot
):
    post.refuses = True
    channels.own_channel(owner)
    channels.add(owner, "app", Secret("slack-main.#general"), Wanted())
    refuse(hubspot)
    look_and_tell()
    look_and_tell()

    assert "does not take notices: E-mail to me, for Priya" in said_in(slack)[1]

    post.refuses = False
    telling.test(Channel.objects.get(kind="own"))
    look_and_tell()
    assert not Notice.objects.get(key__startswith="channel:").is_open


def test_when_all_channels_fail_they_are_tried_again_later_and_it_is_told_once(post, owner, hubspot, at):
    post.refuses = True
    refuse(hubspot)
    look_and_tell()
    look_and_tell()
    assert tried(Telling.objects.get()) == [("E-mail to me", 0)]

    at(minutes=2)
    look_and_tell()
    at(minutes=2)
    look_and_tell()
    assert [lap for _, lap in tried(Telling.objects.get())] == [0, 1]

    post.refuses = False
    at(minutes=10)
    look_and_tell()
    look_and_tell()
    assert post.subjects == ["HubSpot no longer accepts our key."]


def test_what_cannot_be_told_for_a_day_is_given_up_and_stays_on_the_pages(post, owner, hubspot, at):
    post.refuses = True
    refuse(hubspot)
    for _ in range(telling.MOST_LAPS + 3):
        look_and_tell()
        at(hours=1)

    assert Telling.objects.get(notice__urgency="now").state == "given up"
    assert Notice.objects.get(urgency="now").is_open


def test_only_what_is_urgent_enough_goes_by_a_channel(post, owner, hubspot, at):
    channels.change(channels.own_channel(owner), Wanted(urgency="now"))
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=13))
    look_and_tell()
    assert post.subjects == []

    refuse(hubspot)
    look_and_tell()
    assert post.subjects == ["HubSpot no longer accepts our key."]


def test_in_quiet_hours_all_waits_but_what_stops_the_work_and_then_comes_together(post, owner, hubspot, at):
    night = Wanted(quiet_from=time(22), quiet_until=time(7), zone="Europe/Berlin")
    channels.change(channels.own_channel(owner), night)
    at("2026-11-26T23:30:00+01:00")
    second = Connection.objects.create(name="gmail-sales", app="gmail", sealed=b"")
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=13))
    Connection.objects.filter(pk=second.pk).update(ends_at=START + timedelta(days=6))
    third = Connection.objects.create(name="slack-main", app="slack", sealed=b"")
    refuse(third, problem="Slack no longer accepts our key.")
    look_and_tell()
    assert post.subjects == ["Slack no longer accepts our key."]

    for minutes in range(0, 450, 15):
        at(datetime.fromisoformat("2026-11-26T23:30:00+01:00") + timedelta(minutes=minutes))
        telling.tell()
    assert len(post.letters) == 1

    at("2026-11-27T07:00:00+01:00")
    telling.tell()
    assert post.subjects[1:] == ["2 things to know"]
    assert "The key for Gmail ends" in post.letters[1][1].get_content()


def test_what_is_over_or_known_before_the_quiet_hours_end_is_not_told(post, owner, hubspot, at):
    channels.change(
        channels.own_channel(owner),
        Wanted(quiet_from=time(22), quiet_until=time(7), zone="UTC", lets_urgent=False),
    )
    other = Connection.objects.create(name="gmail-sales", app="gmail", sealed=b"")
    at("2026-11-26T23:00:00+00:00")
    refuse(hubspot)
    refuse(other, problem="Gmail does not let us in.")
    look_and_tell()
    mend(hubspot)
    looking.look()
    acting.acknowledge(Notice.objects.get(closed_at=None).pk, owner)
    at("2026-11-27T08:00:00+00:00")
    look_and_tell()

    assert post.letters == []
    assert set(Telling.objects.values_list("state", flat=True)) == {"dropped"}


def test_a_worker_that_dies_after_sending_leaves_it_to_be_told_again_under_the_same_id(
    post, owner, hubspot, at
):
    """At least once: between sending and noting nobody can know, and a notice too few would be worse."""
    refuse(hubspot)
    looking.look()

    class Died(BaseException):
        pass

    def dies(channel):
        raise Died

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telling, "_worked", dies)
        with pytest.raises(Died):
            telling.tell()
    assert Telling.objects.get().state == "sending"
    look_and_tell()
    assert len(post.letters) == 1, "the claim still holds"

    at(minutes=3)
    look_and_tell()
    look_and_tell()

    assert len(post.letters) == 2
    assert post.letters[0][1]["Message-ID"] == post.letters[1][1]["Message-ID"]
    assert Telling.objects.get().state == "told"


def test_a_sender_that_was_slower_than_its_claim_changes_nothing(post, owner, hubspot, at):
    refuse(hubspot)
    looking.look()
    channel, rows = telling._claim()
    at(minutes=3)
    telling.tell()
    told_at = Telling.objects.get().told_at

    at(minutes=1)
    telling._hand_over(channel, rows)

    assert Telling.objects.get().told_at == told_at


def test_whoever_may_not_see_any_more_is_not_told(post, owner, hubspot):
    refuse(hubspot)
    looking.look()
    owner.role = "reviewer"
    owner.save()

    telling.tell()

    assert post.letters == []


def test_text_of_an_app_adds_no_header_to_a_letter(post, owner, hubspot):
    refuse(hubspot, problem="Gone\r\nBcc: everybody@example.test")

    look_and_tell()

    recipients, letter = post.letters[0]
    assert recipients == ["priya@example.test"]
    assert letter["Bcc"] is None


def test_a_service_is_asked_over_the_network_and_its_token_is_in_no_column(
    post, owner, hubspot, monkeypatch, capfd
):
    post.refuses = True
    heard = []

    def take(asked):
        heard.append(asked)
        return answer(200, {"ok": True})

    with local(take) as there:
        channels.own_channel(owner)
        address = there.url.replace("http://", "json://") + "/hush-hush-token"
        row = channels.add(owner, "service", Secret(address), Wanted())
        refuse(hubspot)
        look_and_tell()

    assert len(heard) == 1
    assert Telling.objects.get(notice__urgency="now").by == "JSON"
    kept = str([list(table.objects.values()) for table in (Channel, Telling, Notice)])
    assert "hush-hush" not in kept
    assert b"hush-hush" not in bytes(row.sealed)
    assert "hush-hush" not in "".join(capfd.readouterr())


# Quiet hours


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(ZoneInfo("UTC"))),
    begin=st.times(),
    end=st.times(),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
)
def test_quiet_hours_end_soon_and_at_a_moment_that_is_not_quiet(at, begin, end, zone):
    begin, end = begin.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)

    until = quiet_until(at, begin, end, zone)

    if until is None:
        here = at.astimezone(ZoneInfo(zone)).time()
        assert begin == end or not (begin <= here < end if begin < end else here >= begin or here < end)
    else:
        assert timedelta(0) < until - at <= timedelta(hours=26)
        again = quiet_until(until, begin, end, zone)
        assert again is None or again - until <= timedelta(hours=1), (
            "only an hour that comes twice is quiet twice"
        )


@pytest.mark.parametrize(
    ("at", "begin", "end", "until"),
    [
        ("2026-11-26T23:00+01:00", "22:00", "07:00", "2026-11-27T07:00+01:00"),
        ("2026-11-27T03:00+01:00", "22:00", "07:00", "2026-11-27T07:00+01:00"),
        ("2026-11-27T07:00+01:00", "22:00", "07:00", None),
        ("2026-11-27T12:30+01:00", "12:00", "13:00", "2026-11-27T13:00+01:00"),
        # The night when clocks go forward (02:00 is 03:00): it is one hour shorter.
        ("2026-03-28T23:00+01:00", "22:00", "07:00", "2026-03-29T07:00+02:00"),
        # An end that the clock leaps over is there when it has leapt.
        ("2026-03-29T01:30+01:00", "22:00", "02:30", "2026-03-29T03:00+02:00"),
        # The night when they go back (03:00 is 02:00): one hour longer, and the hour that comes twice is quiet twice.
        ("2026-10-24T23:00+02:00", "22:00", "07:00", "2026-10-25T07:00+01:00"),
        ("2026-10-25T02:10+01:00", "22:00", "02:30", "2026-10-25T02:30+01:00"),
    ],
)
def test_quiet_hours_past_midnight_and_when_the_clocks_change(at, begin, end, until):
    found = quiet_until(
        datetime.fromisoformat(at), time.fromisoformat(begin), time.fromisoformat(end), "Europe/Berlin"
    )

    assert found == (datetime.fromisoformat(until) if until else None)


def test_what_stands_still_is_named_before_what_only_ends_some_day(post, owner, hubspot, at):
    Connection.objects.create(name="openai-main", app="openai", sealed=b"")
    integration()  # asks gpt-4o, which stops in 49 days
    refuse(hubspot)
    look_and_tell()

    assert post.subjects == ["HubSpot no longer accepts our key, and 1 thing more"]
    assert "gpt-4o" in post.letters[0][1].get_content()

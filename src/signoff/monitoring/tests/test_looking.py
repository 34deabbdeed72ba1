"""One notice for each cause, told once, quiet when somebody knows, closed by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection as db
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.accounts.models import Person
from signoff.connections import foretold
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.monitoring import acting, looking, telling
from signoff.monitoring.channels import own_channel
from signoff.monitoring.ends import OVER, step_of
from signoff.monitoring.found import Found, Source
from signoff.monitoring.models import Notice, Telling, Urgency
from signoff.monitoring.tests.shop import START, integration, look_and_tell, mend, refuse, run
from signoff.versions import quarterly

pytestmark = pytest.mark.django_db


def test_a_refused_key_is_told_once_and_its_end_once(post, hubspot, at):
    refuse(hubspot)
    for _ in range(3):
        look_and_tell()
        at(minutes=1)

    assert post.subjects == ["HubSpot no longer accepts our key."]
    recipients, letter = post.letters[0]
    assert recipients == ["priya@example.test"]
    assert f"https://signoff.whitfield.example/connections/{hubspot.pk}/" in letter.get_content()

    mend(hubspot)
    for _ in range(3):
        look_and_tell()

    assert post.subjects[1:] == ["HubSpot accepts our key again."]
    notice = Notice.objects.get()
    assert (notice.closing, notice.is_open) == ("HubSpot accepts our key again.", False)


def test_many_runs_are_one_notice_that_says_how_many_wait_and_how_many_went_on(post, hubspot, at):
    of = integration()
    waiting = [run(of, "needs you", waits_for=hubspot) for _ in range(14)]
    refuse(hubspot)
    look_and_tell()

    notice = Notice.objects.get()
    assert notice.waiting == 14
    assert "14 records wait" in post.letters[0][1].get_content()

    for one in waiting:
        one.delete()
    mend(hubspot)
    look_and_tell()

    assert post.subjects[1] == "HubSpot accepts our key again; 14 records went on."


def test_nothing_of_a_record_stands_in_a_notice(post, hubspot, at):
    of = integration()
    refuse(hubspot)
    for state in ("needs you", "failed", "parked", "queued"):
        run(of, state)
    at(hours=3)
    look_and_tell()

    told = "".join(f"{letter['Subject']}{letter.get_content()}" for _, letter in post.letters)
    kept = "".join(map(str, Notice.objects.values_list("title", "text", "subject", "address", "key")))
    assert Notice.objects.count() >= 3
    assert "ana" not in (told + kept).replace("means", "")


def test_an_end_is_told_at_each_threshold_once(post, hubspot, at):
    integration("first")
    integration("second")
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=40))
    days = []
    for left in (40, 31, 30, 29, 15, 14, 13, 8, 7, 6, 4, 3, 2, 1):
        at(START + timedelta(days=40 - left))
        before = len(post.letters)
        look_and_tell()
        look_and_tell()
        days += [left for subject in post.subjects[before:] if "quarterly" not in subject]

    assert days[:5] == [30, 14, 7, 3, 1]
    assert len(days) == 5, "the day itself has not come"
    assert (
        "These 2 integrations stop on Tue 5 January 2027: First, Second." in post.letters[0][1].get_content()
    )


def test_after_a_long_pause_only_the_nearest_threshold_is_told(post, hubspot, at):
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=40))
    look_and_tell()
    at(days=36)
    look_and_tell()

    assert len(post.letters) == 1
    assert "in 4 days" in post.subjects[0]


def test_a_renewed_key_closes_the_forecast_and_its_next_end_begins_anew(post, hubspot, at):
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=5))
    look_and_tell()
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=20))
    look_and_tell()

    assert Notice.objects.filter(closed_at=None).count() == 1
    # Both at once are one letter.
    assert post.subjects[1:] == ["1 thing to know"]
    assert "is renewed" in post.letters[1][1].get_content()


def test_a_cause_that_comes_back_at_once_is_told_only_if_it_stays(post, hubspot, at):
    refuse(hubspot)
    look_and_tell()
    mend(hubspot)
    look_and_tell()
    for _ in range(5):
        at(minutes=1)
        refuse(hubspot)
        look_and_tell()
        at(minutes=1)
        mend(hubspot)
        look_and_tell()

    assert len(post.letters) == 2

    refuse(hubspot)
    look_and_tell()
    at(minutes=11)
    look_and_tell()
    assert len(post.letters) == 3


def test_what_is_known_is_told_again_only_when_it_gets_worse(post, owner, hubspot, at):
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=13))
    look_and_tell()
    acting.acknowledge(Notice.objects.get().pk, owner)
    at(days=2)
    look_and_tell()
    assert len(post.letters) == 1

    at(days=4)
    look_and_tell()

    assert len(post.letters) == 2
    assert not Notice.objects.get().is_quiet


def test_what_is_snoozed_comes_back_when_twice_as_many_wait(post, owner, hubspot, at):
    of = integration()
    refuse(hubspot)
    for _ in range(3):
        run(of, "needs you", waits_for=hubspot)
    look_and_tell()
    acting.snooze(Notice.objects.get().pk, owner)
    for _ in range(2):
        run(of, "needs you", waits_for=hubspot)
    look_and_tell()
    assert (len(post.letters), Notice.objects.get().is_quiet) == (1, True)

    run(of, "needs you", waits_for=hubspot)
    look_and_tell()

    assert (len(post.letters), Notice.objects.get().is_quiet) == (2, False)


def test_what_has_got_worse_since_it_was_seen_is_not_acknowledged(post, owner, hubspot, at):
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=START + timedelta(days=13))
    looking.look()
    seen = Notice.objects.get()
    at(days=10)
    looking.look()

    with pytest.raises(acting.NoticeChanged, match="got worse"):
        acting.acknowledge(seen.pk, owner, seen.round)
    mend(hubspot)
    Connection.objects.filter(pk=hubspot.pk).update(ends_at=None)
    looking.look()
    with pytest.raises(acting.NoticeChanged, match="over already"):
        acting.snooze(seen.pk, owner)
    with pytest.raises(LookupError):
        acting.snooze(0, owner)


def test_a_source_that_fails_leaves_its_notices_open_and_the_others_go_on(post, hubspot, at):
    found = [Found("test:1", Urgency.SOON, "test", "A test", "")]
    looking.look(Source("test:", lambda: found, lambda notice: "Over."))
    refuse(hubspot)

    def broken():
        raise RuntimeError("out of order")

    looking.look(Source("test:", broken, lambda notice: "Over."))

    assert set(Notice.objects.filter(closed_at=None).values_list("key", flat=True)) == {
        "test:1",
        f"connection:stopped:{hubspot.pk}",
    }


def test_a_channel_that_comes_later_hears_of_what_is_open(post, hubspot, at, monkeypatch):
    server = f"smtp://127.0.0.1:{post.port}"
    monkeypatch.delenv("SIGNOFF_SMTP")
    refuse(hubspot)
    look_and_tell()
    assert (Telling.objects.count(), Notice.objects.count()) == (0, 1)

    monkeypatch.setenv("SIGNOFF_SMTP", server)
    look_and_tell()
    look_and_tell()

    assert post.subjects == ["HubSpot no longer accepts our key."]


def test_only_owners_are_told_unless_others_ask_for_it_and_reviewers_never_are(post, hubspot, at):
    for role in ("owner", "builder", "reviewer", "viewer"):
        Person.objects.add(f"{role}@example.test", "a long enough password", role)
    refuse(hubspot)
    looking.look()
    viewer = own_channel(Person.objects.get(email="viewer@example.test"))
    viewer.is_on = True
    viewer.save()
    reviewer = own_channel(Person.objects.get(email="reviewer@example.test"))
    reviewer.is_on = True
    reviewer.save()
    look_and_tell()

    assert sorted(to for (to,), _ in post.letters) == [
        "owner@example.test", "priya@example.test", "viewer@example.test",
    ]  # fmt: skip


def test_an_address_of_the_mail_server_that_cannot_be_understood_is_a_notice(owner, at, monkeypatch):
    monkeypatch.setenv("SIGNOFF_SMTP", "mail.example.com")
    look_and_tell()

    notice = Notice.objects.get()
    assert "no e-mail leaves" in notice.title
    assert "smtps://user:password@mail.example.com" in notice.text

    monkeypatch.delenv("SIGNOFF_SMTP")
    look_and_tell()
    assert not Notice.objects.get().is_open


@pytest.mark.parametrize(
    ("left", "step"),
    [(31, 0), (30, 1), (15, 1), (14, 2), (8, 2), (7, 3), (4, 3), (3, 4), (2, 4), (1, 5)],
)
def test_a_step_is_counted_in_days_of_the_calendar(at, left, step):
    assert step_of(START + timedelta(days=left)) == step
    assert step_of(START) == OVER


# Any order of what may happen


ACTS = st.one_of(
    st.sampled_from([("good", 0), ("acknowledge", 0), ("snooze", 0)]),
    st.tuples(st.just("bad"), st.integers(0, OVER)),
    st.tuples(st.just("bad"), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.integers(1, 700)),
)


@given(acts=st.lists(ACTS, max_size=15))
@settings(max_examples=25, deadline=None)
def test_in_any_order_of_good_and_bad_looks_each_threshold_is_told_once_and_each_opening_closed_once(
    acts,
):
    with transaction.atomic():
        _play(acts)
        transaction.set_rollback(True)


def _play(acts):
    owner = Person.objects.add("priya@example.test", None, "owner", "Priya")
    now = [START]
    told: list[tuple[int, int, int]] = []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: now[0])
        patch.setattr(looking, "SOURCES", ())  # the one below is enough
        patch.setenv("SIGNOFF_SMTP", "smtp://127.0.0.1:9")
        # The network alone is replaced: a letter that is taken.
        patch.setattr(telling.mail, "send", lambda *letter, **more: None)
        found: list[Found] = []
        source = Source("test:", lambda: list(found), lambda notice: "Over.")
        for act, number in acts:
            if act == "good":
                found.clear()
            elif act == "bad":
                found[:] = [Found("test:1", Urgency.SOON, "test", "A test", "", waiting=number, step=number)]
            elif act == "wait":
                now[0] += timedelta(minutes=number)
            else:
                for notice in Notice.objects.filter(closed_at=None):
                    getattr(acting, act)(notice.pk, owner)
            for _ in range(2):  # twice is once
                looking.look(source)
                before = set(Telling.objects.filter(state="told").values_list("pk", flat=True))
                telling.tell()
                new = Telling.objects.filter(state="told").exclude(pk__in=before)
                told += [(one.notice_id, one.round, one.notice.step) for one in new.select_related("notice")]

    openings = [(notice, step) for notice, number, step in told if number > 0]
    closings = [notice for notice, number, _ in told if number == 0]
    snoozed = any(
        act == "snooze" for act, _ in acts
    )  # then more that waits is worth telling at the same step
    assert snoozed or len(openings) == len(set(openings))
    assert len(closings) == len(set(closings))
    assert set(closings) <= {notice for notice, _ in openings}
    assert len({(notice, number) for notice, number, _ in told}) == len(told)
    assert Notice.objects.filter(closed_at=None).count() == (1 if found else 0)


# Several workers


@pytest.mark.django_db(transaction=True)
def test_of_several_that_look_at_once_one_tells(post, owner, hubspot):
    refuse(hubspot)
    together = Barrier(4)

    def work():
        together.wait()
        for _ in range(3):
            look_and_tell()
        db.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    look_and_tell()

    assert post.subjects == ["HubSpot no longer accepts our key."]
    assert Notice.objects.count() == 1


def test_what_ended_is_said_as_it_was(post, hubspot, at):
    refuse(hubspot, trouble="quota", problem="The credit or spending limit at HubSpot is used up.")
    looking.look()
    mend(hubspot)
    looking.look()

    assert Notice.objects.get().closing == "HubSpot works again."


def test_other_causes_are_found_and_end(post, owner, hubspot, at, monkeypatch):
    from signoff.integrations.models import Drift
    from signoff.monitoring import causes_of_here, causes_of_records
    from signoff.runs.models import Day, Delivery
    from signoff.runs.models import Source as RecordSource

    openai = Connection.objects.create(name="openai-main", app="openai", sealed=b"")
    of = integration(limits={"per_day": 2, "spend_per_day": "5.00 USD"})
    unsure = run(of, "uncertain")
    Delivery.objects.create(
        run=unsure,
        position=0,
        connection=hubspot,
        action="add_note",
        params={},
        marker="m",
        state="uncertain",
    )
    run(of, "needs you")
    run(of, "failed")
    run(of, "parked")
    run(of, "queued")
    Day.objects.create(integration=of, on_day=causes_of_records.today(), begun=1, spent_micros=5_000_000)
    RecordSource.objects.create(
        integration=of, next_at=START, problem="HubSpot is away.", problem_since=START
    )
    gone = "The field “lead_intent” is gone."
    Drift.objects.create(
        integration=of, reference="hubspot-main.contact.lead_intent", what=gone, is_gone=True
    )
    monkeypatch.setattr(
        causes_of_here.shutil,
        "disk_usage",
        lambda path: causes_of_here.shutil._ntuple_diskusage(9, 8, 100_000_000),
    )
    at(hours=2)
    looking.look()

    titles = {
        row.key.partition(":")[0] + ":" + row.key.split(":")[1]: row.title for row in Notice.objects.all()
    }
    assert titles["runs:held"] == "Follow up new leads: 1 record needs you"
    assert titles["runs:failed"] == "Follow up new leads: 1 record stopped on our side"
    assert titles["runs:uncertain"] == "HubSpot did not answer: we are not sure about 1 record"
    assert titles[f"backlog:{openai.pk}"] == "Records have waited for openai-main for 2 hours"
    assert titles[f"limit:{of.pk}"] == "Follow up new leads has spent its $5.00 for today"
    assert titles["source:hubspot-main"] == "Follow up new leads: new records cannot be read"
    assert titles[f"drift:{of.pk}"] == "Follow up new leads: a field in an app has changed"
    assert any("nearly full: 0.1 GB are left" in title for title in titles.values())

    monkeypatch.undo()
    type(unsure).objects.update(state="done")
    RecordSource.objects.update(problem="")
    Drift.objects.all().delete()
    looking.look()
    assert [
        row.title
        for row in Notice.objects.filter(closed_at=None)
        if not row.key.startswith(("disk:", "model:"))
    ] == []
    assert all(row.closing for row in Notice.objects.exclude(closed_at=None))


def test_the_model_of_an_integration_that_is_on_is_told_of_on_the_first_day(post, owner, at):
    Connection.objects.create(name="openai-main", app="openai", sealed=b"")
    of = integration()
    looking.look()  # on 26 November 2026; gpt-4o stops on 14 January 2027

    notice = Notice.objects.get()
    assert notice.title == "The AI model gpt-4o stops on Thu 14 January 2027, in 49 days"
    assert "This integration stops on Thu 14 January 2027: Follow up new leads." in notice.text
    assert "gpt-6-luna" in notice.text
    assert notice.address == "/integrations/follow-up-new-leads/drill/"
    assert notice.urgency == Urgency.CALM
    type(of).objects.update(is_on=False)
    looking.look()
    assert Notice.objects.get().closing == "No integration uses gpt-4o any more."


def test_a_model_is_told_of_at_90_60_30_14_and_7_days_and_when_it_is_over(post, owner, at):
    Connection.objects.create(name="openai-main", app="openai", sealed=b"")
    integration()
    end = datetime.fromisoformat("2027-01-14T09:00:00+00:00")
    told = []
    for left in (100, 91, 90, 89, 61, 60, 31, 30, 15, 14, 8, 7, 3, 1, 0):
        at(end - timedelta(days=left))
        before = len(post.letters)
        look_and_tell()
        look_and_tell()
        told += [left for subject in post.subjects[before:] if "gpt-4o" in subject]

    assert told == [90, 60, 30, 14, 7, 0]
    notice = Notice.objects.get(closed_at=None, key__startswith="model:")
    assert notice.title == "The AI model gpt-4o stopped on Thu 14 January"
    assert notice.urgency == Urgency.NOW


def test_an_api_version_that_ends_is_told_with_the_integrations_that_speak_it(post, owner, at):
    Connection.objects.create(name="whatsapp-main", app="whatsapp", sealed=b"")
    Connection.objects.create(name="openai-main", app="openai", sealed=b"")
    integration(
        "answer-messages",
        uses="whatsapp-main",
        record={"from": "whatsapp-main", "when": "message_received"},
        then=[{"whatsapp-main.send_text": {"to": "record.from", "body": "answer.reply"}}],
        versions={"whatsapp-main": "v21.0"},
        prompt={"ai": "openai-main", "model": "gpt-6-luna", "task": "Answer."},
    )
    looking.look()

    notice = Notice.objects.get()
    assert notice.title == "The version v21.0 of WhatsApp’s API stops on Thu 21 January 2027, in 56 days"
    assert "Answer messages" in notice.text
    assert "v26.0" in notice.text


def test_an_end_without_a_day_is_told_calmly(post, owner, at):
    gmail = Connection.objects.create(name="gmail-sales", app="gmail", sealed=b"")
    integration(then=[{"gmail-sales.create_draft": {"to": "record.email", "body": "answer.reply"}}])
    foretold.note(gmail, "deprecation", "v1", says="being retired since 2026-11-01")
    looking.look()

    notice = Notice.objects.get()
    assert notice.title == "The version v1 of Gmail’s API is being retired; Gmail has named no day"
    assert (notice.urgency, notice.ends_at) == (Urgency.CALM, None)


def test_the_quarterly_review_is_told_of_on_its_day(post, owner, at, hubspot):
    integration()
    at("2026-12-31T23:00:00+00:00")
    looking.look()
    assert not Notice.objects.filter(key__startswith="quarterly:").exists()

    at("2027-01-01T08:00:00+00:00")
    looking.look()
    notice = Notice.objects.get(key__startswith="quarterly:")
    assert notice.title == "The quarterly review for 2026-Q4 is due"
    found = quarterly.points()
    quarterly.sign(owner, quarterly.seen_as(found), [one.key for one in found])
    looking.look()
    assert Notice.objects.get(key__startswith="quarterly:").closing == "The quarterly review is signed."

"""Whose a draft is: in turn, by hand, on to the next when time runs out, and to whoever stands in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from signoff.accounts.cover import NotCovered, end_away, set_away, stand_in
from signoff.accounts.models import Away, Person
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.integrations.apply import apply
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.review import assigning
from signoff.review.inbox import Wanted, look_at, may_decide, next_for, waiting_for
from signoff.review.models import Review
from signoff.review.opening import open_review
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db

FILE = """\
name: follow-up-leads
record: {when: webhook}
prompt: {ai: openai-main, model: gpt-4o, task: Answer.}
answer: {reply: {type: text, max: 800}}
review: REVIEW
then:
  - hook-main.send: {data: {reply: answer.reply}}
"""


def person(name, role="reviewer", groups="sales"):
    somebody = Person(email=f"{name.lower()}@example.test", name=name, role=role, groups_csv=groups)
    somebody.set_unusable_password()
    somebody.save()
    return somebody


def put_into_force(review):
    text = FILE.replace("REVIEW", review)
    result = apply([read_text(text)])
    assert not result.faults, result.faults
    return Integration.objects.get(name="follow-up-leads")


@pytest.fixture
def people(db, monkeypatch):
    for name, app in (("openai-main", "openai"), ("hook-main", "webhook")):
        Connection.objects.create(name=name, app=app, sealed=b"none", account_id=name)
    monkeypatch.setattr("signoff.integrations.destinations._is_stated", lambda connection, setting: True)
    return person("Olga", "owner", ""), person("Anna"), person("Bea"), person("Carl")


@pytest.fixture
def in_turn(people):
    return put_into_force("{by: [sales], assign: in turn, due_in: 4h}")


def wait_for_review(integration, label="Dana", **record):
    now = clock.now()
    run = Run.objects.create(
        integration=integration, version=integration.current, dedupe_key=f"{label}{Run.objects.count()}", label=label,
        record={"name": label, **record}, state="waiting for review", received_at=now, changed_at=now,
    )  # fmt: skip
    return open_review(run, {"reply": "Yes, until 14:00."})


def names(reviews):
    return [str(one.assigned_to) if one.assigned_to else None for one in _fresh(reviews)]


def _fresh(reviews):
    return [Review.objects.select_related("assigned_to").get(pk=one.pk) for one in reviews]


def let_pass(review, hours):
    """As if a draft had come so many hours earlier."""
    back = timedelta(hours=hours)
    row = Review.objects.get(pk=review.pk)
    moved = {
        n: getattr(row, n) - back
        for n in ("created_at", "due_at", "remind_at", "escalate_at")
        if getattr(row, n)
    }
    Review.objects.filter(pk=review.pk).update(**moved)


def test_drafts_go_round_among_the_people_of_the_groups(in_turn):
    drafts = [wait_for_review(in_turn) for _ in range(4)]

    assigning.look()
    assigning.look()

    assert names(drafts) == ["Anna", "Bea", "Carl", "Anna"]
    assert "It is Anna's turn" in [line["what"] for line in Run.objects.get(pk=drafts[0].run_id).timeline]


def test_where_no_group_is_named_they_go_to_reviewers_and_where_there_are_none_to_owners(people):
    drafts = [wait_for_review(put_into_force("{assign: in turn}")) for _ in range(3)]
    assigning.look()
    assert names(drafts) == ["Anna", "Bea", "Carl"]

    Person.objects.filter(role="reviewer").update(is_active=False)
    last = wait_for_review(Integration.objects.get())
    assigning.look()

    assert names([last]) == ["Olga"]


def test_what_is_late_goes_to_the_next_person_and_in_the_end_to_an_owner(in_turn):
    draft = wait_for_review(in_turn)
    assigning.look()
    seen = names([draft])

    for _ in range(5):
        let_pass(draft, 4.1)
        assigning.look()
        seen += names([draft])

    assert seen == ["Anna", "Bea", "Carl", "Olga", "Olga", "Olga"]
    told = [line["what"] for line in Run.objects.get(pk=draft.run_id).timeline]
    assert told.count("Nobody decided in time, so it is Bea's now") == 1
    assert told.count("Nobody decided in time, so it is Olga's now") == 1


def test_a_reminder_is_told_once_before_the_time_is_over(in_turn):
    draft = wait_for_review(in_turn)
    assigning.look()
    Review.objects.filter(pk=draft.pk).update(asked=asked(in_turn))
    let_pass(draft, 2.9)
    assigning.look()
    assert Review.objects.get(pk=draft.pk).asked is not None, "not before three quarters are over"

    let_pass(draft, 0.2)
    assigning.look()

    row = Review.objects.get(pk=draft.pk)
    assert (row.asked, row.remind_at, str(row.assigned_to)) == (None, None, "Anna")


def asked(integration):
    from signoff.review.models import Asking

    now = clock.now()
    return Asking.objects.create(
        place="email", marker=f"m{now.timestamp()}", state="done", made_at=now, next_at=now
    )


def test_drafts_of_somebody_who_is_away_go_to_whoever_stands_in(in_turn, people):
    _, anna, bea, carl = people
    before = [wait_for_review(in_turn) for _ in range(2)]
    assigning.look()
    today = timezone.localdate()
    set_away(anna, today, today + timedelta(days=3), carl)

    assigning.look()
    after = [wait_for_review(in_turn) for _ in range(2)]
    assigning.look()

    assert names(before) == ["Carl", "Bea"]
    assert names(after) == ["Carl", "Bea"], "Anna is left out, and Carl stands there once"
    assert Review.objects.get(pk=before[0].pk).assigned_how == "Carl stands in for Anna"
    end_away(anna)
    later = [wait_for_review(in_turn) for _ in range(3)]
    assigning.look()
    assert "Anna" in names(later)
    assert stand_in(bea) == bea


def test_whoever_stands_in_may_decide_what_the_other_may_only_on_these_days(in_turn, people):
    _, anna, *_ = people
    max_ = person("Max", groups="support")
    draft = wait_for_review(in_turn)
    today = timezone.localdate()
    assert not may_decide(max_, draft)

    set_away(anna, today, today, max_)
    assert may_decide(max_, draft)
    assert list(waiting_for(max_)) == [draft]

    Away.objects.update(from_on=today + timedelta(days=1), until_on=today + timedelta(days=2))
    assert not may_decide(max_, draft)
    assert not waiting_for(max_).exists()


def test_a_ring_of_people_who_are_all_away_ends(people):
    _, anna, bea, carl = people
    today = timezone.localdate()
    for one, cover in ((anna, bea), (bea, carl), (carl, anna)):
        set_away(one, today, today, cover)

    assert stand_in(anna) is None


@pytest.mark.parametrize(
    ("days", "who", "why"),
    [
        ((0, -1), "bea", "The last day is before the first"),
        ((-3, -1), "bea", "These days are over"),
        ((0, 1), "anna", "Somebody else has to stand in"),
        ((0, 1), "vera", "may not decide on drafts"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused_in_words(people, days, who, why):
    _, anna, bea, _ = people
    cover = {"anna": anna, "bea": bea, "vera": person("Vera", "viewer", "")}[who]
    today = timezone.localdate()

    with pytest.raises(NotCovered, match=why):
        set_away(anna, today + timedelta(days=days[0]), today + timedelta(days=days[1]), cover)

    assert not Away.objects.exists()


def test_a_draft_is_given_by_hand_and_back(in_turn, people):
    olga, anna, _, carl = people
    draft = wait_for_review(in_turn)
    assigning.look()

    assigning.assign(draft.pk, carl, anna)
    assert names([draft]) == ["Carl"]
    assigning.assign(draft.pk, None, olga)
    assigning.look()

    assert names([draft]) == [None], "what a person gave back is not given away again by itself"
    told = [line["what"] for line in Run.objects.get(pk=draft.run_id).timeline]
    assert told[-2:] == ["Anna gave it to Carl", "Olga gave it back"]


def test_a_draft_is_given_only_by_and_to_people_who_may(in_turn, people):
    _, anna, *_ = people
    draft = wait_for_review(in_turn)
    vera, max_ = person("Vera", "viewer", ""), person("Max", groups="support")

    with pytest.raises(assigning.NotAssigned, match="Vera may not decide on drafts"):
        assigning.assign(draft.pk, vera, anna)
    with pytest.raises(assigning.NotAssigned, match="There is no such draft for you"):
        assigning.assign(draft.pk, max_, max_)
    Review.objects.filter(pk=draft.pk).update(state="decided")
    with pytest.raises(assigning.NotAssigned, match="does not wait for a decision any more"):
        assigning.assign(draft.pk, anna, anna)

    assert names([draft]) == [None]


@pytest.mark.parametrize(
    ("review", "what"),
    [
        ("{assign: randomly}", "`review.assign` must be one of 'contact owner' or 'in turn'."),
        ("{due_in: soon}", "`review.due_in` must be minutes, hours or days, from 5m to 30d, for example 4h."),
        ("{due_in: 1m}", "`review.due_in` must be minutes, hours or days, from 5m to 30d, for example 4h."),
        ("{due_in: 31d}", "`review.due_in` must be minutes, hours or days, from 5m to 30d, for example 4h."),
        ("{four_eyes: perhaps}", "`review.four_eyes` must be yes or no."),
        (
            "{ask: somewhere}",
            "`review.ask` must be `email`, or a connection and a place, for example slack-main.#sales.",
        ),
    ],
)
def test_keys_that_make_no_sense_are_named_with_their_line(people, review, what):
    (fault,) = apply([read_text(FILE.replace("REVIEW", review))]).faults

    assert (fault.line, fault.what) == (5, what)


# Finding


def test_drafts_are_found_by_the_beginning_of_words_without_accents(in_turn, people):
    olga = people[0]
    mueller = wait_for_review(in_turn, "Jürgen Müller", city="Bern", email="j.mueller@example.test")
    wait_for_review(in_turn, "Dana Whitfield", city="Bath")

    def found(text):
        return list(waiting_for(olga, Wanted(q=text)))

    assert found("muller bern") == found("MÜLL") == found("mueller@example") == [mueller]
    assert len(found("14:00")) == 2, "what the draft says counts too"
    assert found("muller bath") == found("'; DROP TABLE x; --") == found("!!! & |") == []


def test_filters_narrow_and_next_stays_within_them(in_turn, people):
    olga, anna, bea, _ = people
    drafts = [wait_for_review(in_turn, f"Lead {n}") for n in range(4)]
    assigning.look()
    Review.objects.filter(pk=drafts[2].pk).update(flagged=True)
    let_pass(drafts[1], 5)

    assert list(waiting_for(anna, Wanted(who="me"))) == [drafts[0], drafts[3]]
    assert list(waiting_for(olga, Wanted(who="bea@example.test"))) == [drafts[1]]
    assert list(waiting_for(olga, Wanted(overdue=True))) == [drafts[1]]
    assert list(waiting_for(olga, Wanted(flagged=True))) == [drafts[2]]
    assert list(waiting_for(olga, Wanted(integration="another"))) == []
    assert next_for(anna, Wanted(who="me"), after=drafts[0].pk) == drafts[3]
    assert bea


def test_a_draft_that_somebody_has_open_is_told_and_passed_over(in_turn, people):
    _, anna, bea, _ = people
    first, second = wait_for_review(in_turn), wait_for_review(in_turn)

    assert look_at(first, anna) is None
    assert look_at(first, bea) == anna
    assert next_for(bea) == second
    assert next_for(anna) == first
    Review.objects.filter(pk=first.pk).update(looking_until=clock.now() - timedelta(seconds=1))

    assert next_for(bea) == first
    assert look_at(Review.objects.get(pk=first.pk), bea) is None

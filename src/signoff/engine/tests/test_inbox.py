"""What a person can do with a draft beside deciding, on the practice apps: ask again, compare, four eyes, together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signoff.accounts.models import Person
from signoff.connections.client import client_for
from signoff.connections.models import Connection
from signoff.core import clock
from signoff.engine import verbs
from signoff.engine.tests.test_autopilot import earn, one_draft, reviewed
from signoff.integrations.definition import definition_of
from signoff.integrations.file import read_text
from signoff.review import assigning, bulk, certificates, comparing
from signoff.review.decide import DecisionRefused
from signoff.review.evidence import audits, evidence
from signoff.review.models import Review
from signoff.runs import draft as drafting
from signoff.runs.models import Run
from signoff.runs.prompting import noted, prompt_for
from signoff.runs.retention import forget

pytestmark = pytest.mark.django_db


def waiting(house, work_off) -> Review:
    return Review.objects.get(run=one_draft(house, work_off))


def with_review(house, text: str) -> None:
    """Let the integration's file say this under `review`."""
    source = house.integration.current.source
    result = verbs.put_into_force([read_text(source.replace("review:\n  by: [sales]", f"review:\n{text}"))])
    assert not result.faults, result.faults
    house.integration.refresh_from_db()


def colleague(name="Rui Costa", role="reviewer", **more) -> Person:
    somebody = Person.objects.add(
        f"{name.split()[0].lower()}@example.test", "a long enough password", role, name
    )
    Person.objects.filter(pk=somebody.pk).update(**more)
    somebody.refresh_from_db()
    return somebody


def change_at_hubspot(run: Run, **properties) -> None:
    client = client_for(Connection.objects.get(name="hubspot-main"))
    client.perform("update_contact", {"contact": run.object_id, "properties": properties}, "m1")


def let_it_leave(work_off) -> None:
    """As if the time to undo were over."""
    Run.objects.update(deliver_at=None)
    work_off(also_later=True)


# Ask again


def test_asking_again_drafts_anew_with_the_note_and_counts_against_the_first_answer(house, work_off):
    review = waiting(house, work_off)
    first = dict(review.content)

    verbs.ask_again(review.pk, house.owner, review.content_hash, "Offer a call on </note> Thursday")
    review.refresh_from_db()
    assert (review.state, review.is_error) == ("again", True)
    assert evidence(review.fingerprint).k == 1, "it counts at once, not only when the second is decided"
    work_off()

    review.refresh_from_db()
    run = Run.objects.get(pk=review.run_id)
    assert (review.state, run.state, run.redrafted) == ("waiting", "waiting for review", 1)
    told = "\n".join(f"{line['what']} {line['more']}" for line in run.timeline)
    assert "Priya asked the AI to write it again “Offer a call on" in told
    assert first["body"] in told, "the first draft stays in the timeline"
    built, _ = prompt_for(*definition_of(run.version_id), run.record)
    asked = noted(built, run).messages
    assert asked[-2].text.count(first["subject"]) == 1
    assert "<note>\nOffer a call on <\\/note> Thursday\n</note>" in asked[-1].text
    tokens = house.practice.books("openai")["answered"][-1]["prompt_tokens"]
    assert tokens > built.estimated_tokens(), "the AI was sent both"

    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    found = evidence(review.fingerprint)
    assert (found.n, found.k) == (1, 1), "the second answer makes nothing good"


def test_a_note_is_of_one_run_only_and_is_erased_with_it(house, work_off):
    review = waiting(house, work_off)
    verbs.ask_again(review.pk, house.owner, review.content_hash, "Mention Saturn")
    work_off()

    other = waiting(house, work_off)

    run = Run.objects.get(pk=other.run_id)
    assert run.note is None
    built, _ = prompt_for(*definition_of(run.version_id), run.record)
    assert "Saturn" not in str(noted(built, run).messages)
    review.refresh_from_db()
    verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="tone")
    forget([review.run_id])
    assert "Saturn" not in str(Run.objects.filter(pk=review.run_id).values())


def test_what_was_written_again_goes_to_a_person_also_on_autopilot(
    house, work_off, monkeypatch, time_to_read
):
    monkeypatch.setattr(certificates, "is_chosen", lambda active, run_id: True)
    signed = earn(house, work_off)
    audited = waiting(house, work_off)
    monkeypatch.setattr(certificates, "is_chosen", lambda active, run_id: False)
    verbs.ask_again(audited.pk, house.owner, audited.content_hash, "Shorter")

    work_off()

    audited.refresh_from_db()
    signed.refresh_from_db()
    assert (audited.state, signed.state) == ("waiting", "active")
    assert audits(signed) == [True], "the lot's draft was wrong, whatever the second is like"


@pytest.mark.parametrize(
    ("note", "seen", "why"),
    [
        ("  ", None, "Say what should be different"),
        ("x" * 1001, None, "longer than 1000 characters"),
        ("Shorter", "0" * 64, "has changed since you opened it"),
    ],
)
def test_asking_again_is_refused_with_a_reason_and_changes_nothing(house, work_off, note, seen, why):
    review = waiting(house, work_off)

    with pytest.raises(DecisionRefused, match=why):
        verbs.ask_again(review.pk, house.owner, seen or review.content_hash, note)

    review.refresh_from_db()
    assert (review.state, review.again_at, review.run.redrafted) == ("waiting", None, 0)


def test_while_it_is_written_again_nothing_can_be_decided(house, work_off):
    review = waiting(house, work_off)
    seen = review.content_hash
    verbs.ask_again(review.pk, house.owner, seen, "Shorter")

    for attempt in (
        lambda: verbs.decide(review.pk, "approved", house.owner, seen),
        lambda: verbs.ask_again(review.pk, house.owner, seen, "Shorter"),
        lambda: verbs.undo(review.pk, house.owner),
    ):
        with pytest.raises(DecisionRefused):
            attempt()

    assert Run.objects.get(pk=review.run_id).redrafted == 1


# Stale drafts


def test_a_record_that_changed_in_its_app_is_told_and_drafted_again_without_an_error(house, work_off):
    review = waiting(house, work_off)
    assert comparing.look(review.pk, house.owner).drift == []
    change_at_hubspot(review.run, company="Another Name Ltd")
    assert comparing.look(review.pk, house.owner).drift == [], "it was asked a moment ago"

    seen = comparing.look(review.pk, house.owner, at_once=True)
    assert [one["field"] for one in seen.drift] == ["company"]
    assert seen.drift[0]["now"] == "Another Name Ltd"
    verbs.draft_again(review.pk, house.owner, review.content_hash)
    work_off()

    review.refresh_from_db()
    run = Run.objects.get(pk=review.run_id)
    assert (review.state, review.is_error, review.drift, review.again_at) == ("waiting", None, [], None)
    assert run.record["company"] == "Another Name Ltd"
    assert "The record has changed: “company”" in [line["what"] for line in run.timeline]
    assert evidence(review.fingerprint).n == 0


def test_a_draft_whose_record_is_as_it_was_is_not_drafted_again(house, work_off):
    review = waiting(house, work_off)

    with pytest.raises(DecisionRefused, match="has not changed since"):
        verbs.draft_again(review.pk, house.owner, review.content_hash)

    review.refresh_from_db()
    assert review.state == "waiting"


def test_a_record_that_is_gone_is_told_and_an_app_that_is_down_says_so(house, work_off):
    review = waiting(house, work_off)
    house.practice.control("hubspot", faults="hubspot.http503=1")
    down = comparing.look(review.pk, house.owner)
    house.practice.control("hubspot", faults="")
    Run.objects.filter(pk=review.run_id).update(object_id="999999999")

    gone = comparing.look(review.pk, house.owner, at_once=True)

    assert down.problem
    assert not down.drift
    assert gone.is_gone
    review.refresh_from_db()
    assert review.is_gone
    assert review.state == "waiting"


# Four eyes


@pytest.fixture
def two(house):
    rui = colleague(groups_csv="sales")
    with_review(house, "  by: [sales]\n  four_eyes: yes")
    return house, rui


def test_nothing_leaves_before_two_people_have_approved_the_same_words(two, work_off):
    house, rui = two
    review = waiting(house, work_off)
    edited = {**review.content, "subject": "Another subject"}

    verbs.decide(review.pk, "edited", rui, review.content_hash, edited)
    let_it_leave(work_off)
    review.refresh_from_db()
    run = Run.objects.get(pk=review.run_id)
    assert (review.state, review.first_by, run.state) == ("waiting", rui, "waiting for review")
    with pytest.raises(DecisionRefused, match="You have approved it already, and two people have to"):
        verbs.decide(review.pk, "approved", rui, review.content_hash)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    let_it_leave(work_off)

    review.refresh_from_db()
    assert (review.state, review.verdict, review.decided_by) == ("decided", "edited", house.owner)
    assert review.decided_content == edited
    run = Run.objects.get(pk=review.run_id)
    assert run.state == "done"
    assert [draft["subject"] for draft in house.drafts_to(run.record["email"])] == ["Another subject"]


def test_words_that_the_second_changes_need_another_approval(two, work_off):
    house, rui = two
    review = waiting(house, work_off)
    seen = review.content_hash
    verbs.decide(review.pk, "approved", rui, seen)
    verbs.decide(review.pk, "edited", house.owner, seen, {**review.content, "subject": "Mine"})

    review.refresh_from_db()
    assert (review.state, review.first_by) == ("waiting", house.owner)
    with pytest.raises(DecisionRefused, match="Priya has edited and approved the draft since you opened it"):
        verbs.decide(review.pk, "approved", rui, seen)
    verbs.decide(review.pk, "approved", rui, review.content_hash)

    review.refresh_from_db()
    assert review.decided_content["subject"] == "Mine"


def test_the_first_approval_can_be_taken_back_and_one_no_is_enough(two, work_off):
    house, rui = two
    review = waiting(house, work_off)
    seen = review.content_hash
    verbs.decide(review.pk, "edited", rui, seen, {**review.content, "subject": "Mine"})
    verbs.undo(review.pk, rui)
    review.refresh_from_db()
    assert (review.first_by, review.content_hash) == (None, seen)

    verbs.decide(review.pk, "approved", rui, seen)
    verbs.decide(review.pk, "rejected", house.owner, seen, reason="not sent")

    review.refresh_from_db()
    assert (review.state, review.verdict) == ("decided", "rejected")


def test_a_file_that_wants_four_eyes_where_there_is_one_person_is_refused_at_its_line(house):
    text = house.integration.current.source.replace(
        "review:\n  by: [sales]", "review:\n  by: [sales]\n  four_eyes: yes"
    )

    (fault,) = verbs.put_into_force([read_text(text)]).faults

    assert "needs two people who may decide" in fault.what
    assert text.splitlines()[fault.line - 1].strip() == "four_eyes: yes"


# To the contact's owner


def test_a_draft_goes_to_the_owner_of_its_contact_or_else_in_turn(house, work_off):
    nair = colleague("Nair", groups_csv="sales")
    Person.objects.filter(pk=nair.pk).update(email="priya.nair@harbourdesk.example")
    rui = colleague(groups_csv="sales")
    with_review(house, "  by: [sales]\n  assign: contact owner")
    owned, nobodys = waiting(house, work_off), waiting(house, work_off)
    for review, owner in ((owned, "71001"), (nobodys, "")):
        change_at_hubspot(review.run, hubspot_owner_id=owner)
        record = {name: value for name, value in review.run.record.items() if name != "hubspot_owner_id"}
        Run.objects.filter(pk=review.run_id).update(record=record)

    assigning.look()

    owned.refresh_from_db()
    nobodys.refresh_from_db()
    assert owned.assigned_to.email == "priya.nair@harbourdesk.example"
    assert owned.assigned_how == "as the contact's owner"
    assert nobodys.assigned_to in (nair, rui)
    assert nobodys.assigned_how == "in turn"


def test_contact_owner_is_refused_where_no_app_knows_one(house):
    text = house.integration.current.source.replace("by: [sales]", "by: [sales]\n  assign: contact owner")
    text = text.replace("  from: hubspot-main\n", "").replace("when: contact_created", "when: webhook")

    faults = verbs.put_into_force([read_text(text)]).faults

    assert any("needs records from an app that knows whose they are" in fault.what for fault in faults)


# Together


@pytest.fixture
def certified(house, work_off, monkeypatch, time_to_read):
    """Three unmarked drafts that waited when the owner signed, and the certificate."""
    monkeypatch.setattr(certificates, "is_chosen", lambda active, run_id: False)
    first = waiting(house, work_off)
    reviewed(house, first, 80)
    verbs.decide(first.pk, "approved", house.owner, first.content_hash)
    drafts = [waiting(house, work_off) for _ in range(3)]
    signed = verbs.promote(house.integration.name, house.owner, first.fingerprint)
    return house, drafts, signed


def test_unmarked_drafts_are_approved_together_only_under_their_certificate(certified, work_off):
    house, drafts, signed = certified
    before = evidence(signed.fingerprint)
    assert list(bulk.together(house.integration, house.owner)) == drafts

    done = verbs.approve_together([(one.pk, one.content_hash) for one in drafts[:2]], house.owner)

    assert ([one.pk for one in done.approved], done.refused) == ([one.pk for one in drafts[:2]], [])
    let_it_leave(work_off)
    assert Run.objects.get(pk=drafts[0].run_id).state == "done"
    assert evidence(signed.fingerprint).n == before.n, "nobody has looked at them, so they prove nothing"
    verbs.withdraw(house.integration.name, house.owner)
    refused = verbs.approve_together([(drafts[2].pk, drafts[2].content_hash)], house.owner).refused
    assert "only where an owner has signed" in refused[0][1]


def test_what_was_approved_together_is_taken_back_together(certified, work_off):
    house, drafts, _signed = certified
    pairs = [(one.pk, one.content_hash) for one in drafts]
    verbs.approve_together(pairs, house.owner)
    Review.objects.filter(pk=drafts[2].pk).update(undo_until=clock.now())

    done = verbs.undo_together([one.pk for one in drafts], house.owner)

    assert [one.pk for one in done.back] == [drafts[0].pk, drafts[1].pk]
    ((late, why),) = done.refused
    assert (late, "too late" in why) == (drafts[2].pk, True)
    let_it_leave(work_off)
    states = Run.objects.filter(pk__in=[one.run_id for one in drafts]).order_by("pk")
    assert list(states.values_list("state", flat=True)) == ["waiting for review"] * 2 + ["done"]
    assert list(bulk.together(house.integration, house.owner)) == drafts[:2]


def test_the_page_takes_back_all_that_it_approved_together(client, certified):
    house, drafts, _signed = certified
    client.force_login(house.owner)
    where = f"/review/together/?integration={house.integration.name}"
    client.post(where, {"draft": [f"{one.pk}:{one.content_hash}" for one in drafts]})

    page = client.get("/review/").content.decode()
    refused = client.get("/review/together/undo/")
    answer = client.post("/review/together/undo/", follow=True)

    assert 'action="/review/together/undo/"' in page
    assert "3 drafts are approved. The first leaves in" in page
    assert refused.status_code == 405
    assert "3 drafts are taken back and wait again." in answer.content.decode()
    assert 'action="/review/together/undo/"' not in answer.content.decode()
    assert list(bulk.together(house.integration, house.owner)) == drafts
    assert "nothing to undo any more" in client.post("/review/together/undo/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"flagged": True}, "looked at by itself"),
        ({"four_eyes": True}, "looked at by itself"),
        ({"drift": [{"field": "company", "was": "a", "now": "b"}]}, "looked at by itself"),
        ({"again_at": clock.now()}, "looked at by itself"),
        ({"fingerprint": "another"}, "looked at by itself"),
        ({"content_hash": "f" * 64}, "has changed since you opened it"),
    ],
)
def test_what_is_to_be_looked_at_is_not_approved_together(certified, change, why):
    house, drafts, _ = certified
    Review.objects.filter(pk=drafts[1].pk).update(**change)

    done = verbs.approve_together([(one.pk, one.content_hash) for one in drafts], house.owner)

    assert [one.pk for one in done.approved] == [drafts[0].pk, drafts[2].pk]
    (refused,) = done.refused
    assert refused[0] == drafts[1].pk
    assert why in refused[1]


def test_drafts_that_the_lot_chose_are_not_approved_together(certified):
    house, drafts, signed = certified
    Review.objects.filter(pk=drafts[1].pk).update(certificate=signed)

    assert drafts[1] not in bulk.together(house.integration, house.owner)


def test_a_second_worker_that_drafted_before_the_note_brings_nothing_back(house, work_off):
    """Whoever claimed the run before it was sent back finds another attempt, and changes nothing."""
    review = waiting(house, work_off)
    verbs.ask_again(review.pk, house.owner, review.content_hash, "Shorter")
    work = drafting.begin(review.run_id)
    stale = replace(work, run=Run.objects.get(pk=review.run_id))
    work_off()

    assert drafting.begin(review.run_id) is None
    assert stale.run.attempt == work.run.attempt
    review.refresh_from_db()
    assert review.state == "waiting"

"""Tests of prompts: every case through every candidate, at a low priority, whatever crashes, and nothing is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from signoff.core import clock
from signoff.engine import proofs, verbs
from signoff.engine.queue import PRIORITY_IDLE
from signoff.examples.choose import chosen
from signoff.integrations import offers
from signoff.integrations.file import read_text
from signoff.proving import prove, replaying
from signoff.proving.cases import keep_latest
from signoff.proving.expecting import expected
from signoff.proving.models import Proof, Replay
from signoff.proving.prove import ProofRefused, cheapest, outcomes, stop
from signoff.review.models import Review
from signoff.runs.models import Run

pytestmark = pytest.mark.django_db


def review_some(house, work_off, count=3):
    for _ in range(count):
        house.receive(house.lead())
    work_off()
    for review in Review.objects.filter(state="waiting"):
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    return keep_latest(house.integration, house.owner)


@pytest.fixture
def cases(house, work_off):
    return review_some(house, work_off)


def carry_out_all(proof):
    for row in list(proof.replays.all()):
        proofs.replay(replay_id=row.pk)
    proof.refresh_from_db()
    return outcomes(proof)


def test_the_same_prompt_answers_as_it_was_approved(house, cases, practice):
    asked = practice.books("openai", summary=True)["answered"]
    sent = len(practice.books("gmail")["drafts"])
    runs = Run.objects.count()

    (one,) = carry_out_all(proofs.start(house.integration, fail_on=["error>5%", "closeness<95%"]))

    assert (one.figures.cases, one.figures.errors, one.passes) == (3, 0, True)
    assert one.figures.closeness == 1
    assert one.figures.cost_micros > 0
    assert practice.books("openai", summary=True)["answered"] == asked + 3
    assert len(practice.books("gmail")["drafts"]) == sent
    assert Run.objects.count() == runs


def test_a_test_is_jobs_at_the_lowest_priority(house, cases):
    proofs.start(house.integration)

    jobs = ProcrastinateJob.objects.filter(task_name="replay")
    assert {(job.priority, job.status) for job in jobs} == {(PRIORITY_IDLE, "todo")}
    assert jobs.count() == 3


def test_models_stand_side_by_side_and_the_cheapest_that_passes_is_named(house, cases):
    proof = proofs.start(house.integration, models=["gpt-4o", "gpt-4o-mini"], fail_on=["error>5%"])

    found = carry_out_all(proof)

    assert [one.candidate["label"] for one in found] == ["gpt-4o", "gpt-4o-mini"]
    assert found[1].figures.each_micros < found[0].figures.each_micros
    assert cheapest(found).candidate["model"] == "gpt-4o-mini"


def test_of_several_models_each_has_to_be_without_an_error_unless_something_else_is_said(house, cases):
    one, two = prove.plan(house.integration), prove.plan(house.integration, models=["gpt-4o", "gpt-4o-mini"])
    said = prove.plan(house.integration, models=["gpt-4o", "gpt-4o-mini"], fail_on=["cost>1"])

    assert (one.fail_on, two.fail_on, said.fail_on) == ([], ["error>0%"], ["cost>1"])
    assert not Proof.objects.exists()


def test_cheaper_means_the_own_model_and_each_of_its_ai_that_costs_less(house, cases):
    offers.forget()

    planned = prove.plan(house.integration, models=["cheaper"])

    names = [one["model"] for one in planned.candidates]
    told = expected(house.integration, planned.candidates, planned.cases)
    costs = [one.cost_micros for one in told]
    assert names[0] == "gpt-4o"
    assert "gpt-4o-mini" in names
    assert "gpt-4o-2024-08-06" not in names  # one day's state of a model that is there by its name
    assert costs[1:] == sorted(costs[1:])
    assert costs[-1] < costs[0]


def test_where_none_is_known_to_cost_less_that_is_told(house, cases):
    text = house.integration.current.source.replace("gpt-4o", "a-model-of-our-own")
    assert verbs.put_into_force([read_text(text)]).faults == []
    house.integration.refresh_from_db()

    with pytest.raises(ProofRefused, match="Nobody knows a list price of a-model-of-our-own"):
        prove.plan(house.integration, models=["cheaper"])


def test_what_a_test_costs_is_told_before_and_comes_near(house, cases):
    planned = prove.plan(house.integration, models=["gpt-4o", "gpt-4o-mini"])
    told = expected(house.integration, planned.candidates, planned.cases)

    found = carry_out_all(proofs.start_planned(house.integration, planned))

    for before, after in zip(told, found, strict=True):
        assert after.figures.cost_micros / 2 < before.cost_micros < after.figures.cost_micros * 2


def test_examples_stand_side_by_side_and_a_case_is_never_its_own(house, work_off):
    cases = review_some(house, work_off, count=4)
    later = clock.now() - timedelta(minutes=1)
    Review.objects.update(undo_until=later)  # nobody takes these decisions back any more

    found = carry_out_all(proofs.start(house.integration, examples=[0, 2]))

    assert [one.candidate["label"] for one in found] == ["gpt-4o, no examples", "gpt-4o, 2 examples"]
    assert found[1].figures.cases == 4
    read = {row.candidate: row.input_tokens for row in Replay.objects.filter(case=cases[0])}
    assert read[1] > read[0] + 30  # the AI has read more
    for case in cases:
        asked = replaying.candidate_definition(house.integration.current_id, found[1].candidate)
        work = replaying._work(Replay(case=case, version=house.integration.current, proof_id=1), *asked)
        shown = [one.run for one in chosen(work)]
        assert len(shown) == 2
        assert case.run_id not in shown


def test_more_examples_than_an_integration_may_have_are_refused(house, cases):
    with pytest.raises(ProofRefused, match="0 to 20"):
        proofs.start(house.integration, examples=[0, 21])


def test_an_earlier_version_is_asked_as_it_was(house, cases):
    text = house.integration.current.source.replace("At most 120 words.", "At most 40 words.")
    assert verbs.put_into_force([read_text(text)]).faults == []
    house.integration.refresh_from_db()

    found = carry_out_all(proofs.start(house.integration, against=["1"]))

    assert [one.candidate["label"] for one in found] == ["version 2", "version 1"]
    assert found[1].figures.closeness == 1
    assert found[0].figures.closeness < 1
    assert len(set(Replay.objects.values_list("prompt_version", flat=True))) == 2


def test_inventions_and_broken_forms_are_errors(house, cases, practice):
    practice.control("openai", mistakes={"share": 1, "structural": 0, "kinds": ["invented_price"]})
    try:
        (one,) = carry_out_all(proofs.start(house.integration, fail_on=["error>5%"]))
    finally:
        practice.control("openai", mistakes=0)

    assert one.figures.flagged == 3
    assert one.failed_on == ["error>5%"]
    assert not one.passes


def test_the_answer_that_was_rejected_is_an_error_when_it_comes_again(house, work_off):
    house.receive(house.lead())
    work_off()
    review = Review.objects.get()
    verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="tone")
    keep_latest(house.integration, house.owner)

    (one,) = carry_out_all(proofs.start(house.integration))

    assert (one.figures.repeated, one.figures.errors, one.figures.closeness) == (1, 1, None)


def test_a_model_that_does_not_exist_fails_and_says_so(house, cases):
    (one,) = carry_out_all(proofs.start(house.integration, models=["gpt-0"]))

    assert one.figures.failed == 3
    assert not one.passes
    assert "Did you mean" in Replay.objects.first().problem


def test_whoever_dies_with_a_replay_is_followed_by_another(house, cases):
    proof = proofs.start(house.integration)
    first = proof.replays.first()
    assert replaying.claim(first.pk) is not None  # and is never heard of again

    proofs.replay(replay_id=first.pk)
    assert Replay.objects.get(pk=first.pk).state == "asking"
    later = ProcrastinateJob.objects.get(args__replay_id=first.pk, scheduled_at__gt=clock.now())
    Replay.objects.filter(pk=first.pk).update(claimed_until=clock.now() - timedelta(seconds=1))
    proofs.replay(replay_id=first.pk)

    assert later is not None
    assert Replay.objects.get(pk=first.pk).state == "done"


def test_a_second_copy_of_the_job_asks_nobody(house, cases, practice):
    proof = proofs.start(house.integration)
    carry_out_all(proof)
    asked = practice.books("openai", summary=True)["answered"]

    carry_out_all(proof)

    assert practice.books("openai", summary=True)["answered"] == asked
    assert proof.state == Proof.State.DONE


def test_who_comes_back_late_changes_nothing(house, cases):
    proof = proofs.start(house.integration)
    slow = replaying.claim(proof.replays.first().pk)
    Replay.objects.filter(pk=slow.pk).update(claimed_until=clock.now() - timedelta(seconds=1))
    proofs.replay(replay_id=slow.pk)
    before = Replay.objects.filter(pk=slow.pk).values().get()

    replaying.carry_out(slow)

    assert Replay.objects.filter(pk=slow.pk).values().get() == before


def test_a_stopped_test_asks_no_more(house, cases, practice):
    proof = proofs.start(house.integration)
    proofs.replay(replay_id=proof.replays.first().pk)
    asked = practice.books("openai", summary=True)["answered"]

    assert stop(proof.pk)
    (one,) = carry_out_all(proof)

    assert practice.books("openai", summary=True)["answered"] == asked
    assert (one.figures.cases, one.figures.errors, one.passes) == (1, 0, False)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"against": ["7"]}, "no version 7"),
        ({"models": ["gmail-sales/x"]}, "is not an AI"),
        ({"fail_on": ["error"]}, "no condition"),
    ],
)
def test_what_cannot_be_tested_is_told(house, cases, how, words):
    with pytest.raises(ProofRefused, match=words):
        proofs.start(house.integration, **how)

    assert not Proof.objects.exists()


def test_without_cases_the_way_to_some_is_told(house):
    with pytest.raises(ProofRefused, match="signoff cases add"):
        proofs.start(house.integration)


@pytest.mark.django_db(transaction=True)
def test_a_command_brings_its_test_to_an_end_without_a_worker(practice, work_off):
    from conftest import furnish

    house = furnish(practice)
    review_some(house, work_off)
    told = []

    proof = proofs.start(house.integration)
    proofs.drive(proof, lambda done, everything: told.append((done, everything)))

    proof.refresh_from_db()
    assert proof.state == Proof.State.DONE
    assert told[-1] == (3, 3)

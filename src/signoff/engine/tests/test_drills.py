"""Drills: a replacement is tried on reviewed records, nothing is sent, and one press changes over or back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from signoff.accounts.models import AuditEntry
from signoff.core import clock
from signoff.engine import drills as running
from signoff.engine import proofs, verbs
from signoff.integrations.definition import read_definition
from signoff.integrations.file import read_text
from signoff.monitoring import looking
from signoff.monitoring.models import Notice
from signoff.proving.models import Case, Replay
from signoff.review.models import Review
from signoff.runs.models import Run
from signoff.versions import drills, trying
from signoff.versions.drills import DrillRefused, as_document
from signoff.versions.models import Drill

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(house, work_off):
    """The house with three records that a person has approved."""
    for _ in range(3):
        house.receive(house.lead())
    work_off()
    for review in Review.objects.filter(state="waiting"):
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    return house


def carry_out(row):
    """Do the jobs of a drill here and now, as a worker would."""
    if row.proof is None:
        running.drill(drill_id=row.pk)
    else:
        for replay in list(row.proof.replays.filter(state="waiting")):
            proofs.replay(replay_id=replay.pk)
    return Drill.objects.select_related("integration", "version", "proof").get(pk=row.pk)


def tried(house, **what):
    return carry_out(running.start(house.integration, person=house.owner, **what))


def now_of(house):
    house.integration.refresh_from_db()
    return read_definition(house.integration.current)[0]


def test_a_model_is_tried_beside_the_present_one_and_nothing_is_sent(reviewed, practice):
    drafts, notes, runs = (
        len(practice.books("gmail")["drafts"]),
        len(practice.books("hubspot")["notes"]),
        Run.objects.count(),
    )

    told = as_document(tried(reviewed, model="gpt-4o-mini"))

    assert (told["state"], told["holds"], told["records"], told["passed"]) == ("done", True, 3, 3)
    assert (told["now"]["model"], told["replacement"]["model"]) == ("gpt-4o", "gpt-4o-mini")
    assert told["replacement"]["closeness"] is not None
    assert 0 < told["replacement"]["cost_each_micros"] < told["now"]["cost_each_micros"]
    assert told["reviewed"]["approved"] == 3
    assert told["says"] == "3 of 3 answers of gpt-4o-mini could go out, and 3 of 3 of gpt-4o."
    assert len(practice.books("gmail")["drafts"]) == drafts
    assert len(practice.books("hubspot")["notes"]) == notes
    assert Run.objects.count() == runs


def test_a_drill_adds_nothing_to_the_test_set_and_its_records_are_forgotten(reviewed, monkeypatch):
    row = tried(reviewed, model="gpt-4o-mini")
    assert Case.objects.count() == 0
    assert Case.everything.count() == 3

    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert drills.forget_old() == 3

    assert Replay.objects.count() == 0
    row = Drill.objects.get(pk=row.pk)
    assert as_document(row)["passed"] == 3


def test_the_notice_of_an_end_tells_what_was_tried(reviewed):
    looking.look()
    before = Notice.objects.get(key__startswith="model:").text
    tried(reviewed, model="gpt-4o-mini")
    looking.look()

    assert "Try the replacement on your last reviewed records" in before
    told = Notice.objects.get(key__startswith="model:").text
    assert "Tried for Follow up new leads: 3 of 3 answers of gpt-4o-mini could go out" in told


def test_a_record_that_was_erased_is_forgotten_here_too(reviewed):
    row = tried(reviewed, model="gpt-4o-mini")
    Run.objects.filter(pk=Run.objects.order_by("id")[0].pk).update(erased_at=clock.now())

    assert drills.forget_old() == 1
    assert as_document(Drill.objects.get(pk=row.pk))["records"] == 3


def test_what_was_tried_is_a_test_of_the_version_in_force_after_the_switch(reviewed):
    row = running.switch(tried(reviewed, model="gpt-4o-mini"))

    reviewed.integration.refresh_from_db()
    row.proof.refresh_from_db()
    assert [one["version"] for one in row.proof.candidates] == [1, 2]
    assert {one.version_id for one in row.proof.replays.filter(candidate=1)} == {
        reviewed.integration.current_id
    }


def test_a_retired_model_is_not_asked_again_and_its_drafts_are_the_measure(reviewed, practice, work_off):
    practice.control("openai", retire_model="gpt-4o")
    try:
        reviewed.receive(reviewed.lead())
        work_off()
        told = as_document(tried(reviewed, model="gpt-6-luna"))
    finally:
        practice.control("openai", add_model={"id": "gpt-4o", "shutdown_date": "2027-01-14"})

    assert told["now"] is None
    assert (told["holds"], told["passed"], told["records"]) == (True, 3, 3)
    assert "people found 0 wrong" in told["says"]


def test_a_replacement_that_invents_does_not_hold(reviewed, practice):
    row = running.start(reviewed.integration, model="gpt-4o-mini")
    half = list(row.proof.replays.filter(candidate=0))
    for replay in half:
        proofs.replay(replay_id=replay.pk)
    practice.control("openai", mistakes={"share": 1, "structural": 0, "kinds": ["invented_price"]})
    try:
        told = as_document(carry_out(row))
    finally:
        practice.control("openai", mistakes=0)

    # Which drafts it writes depends on what ran before; of invented prices the checks find many, not all.
    assert told["holds"] is False
    assert told["replacement"]["flagged"] >= 1


def test_a_model_that_does_not_exist_does_not_hold_and_says_so(reviewed):
    told = as_document(tried(reviewed, model="gpt-nonsense"))

    assert (told["holds"], told["passed"]) == (False, 0)
    assert told["says"] == "gpt-nonsense could not be asked."
    assert told["replacement"]["failed"] == 3


def test_changing_over_is_one_new_version_and_going_back_another(reviewed):
    row = tried(reviewed, model="gpt-6-luna")

    row = running.switch(row, reviewed.owner)
    assert now_of(reviewed).prompt.model == "gpt-6-luna"
    assert (reviewed.integration.current.number, row.switched_from, row.switched_to) == (2, 1, 2)

    row = running.roll_back(row, reviewed.owner)
    assert now_of(reviewed).prompt.model == "gpt-4o"
    assert reviewed.integration.current.number == 3
    assert row.rolled_back_by == reviewed.owner
    did = set(AuditEntry.objects.filter(who="Priya").values_list("did", flat=True))
    assert {"tried a replacement for", "changed over", "changed back"} <= did


def test_changing_over_leaves_the_file_as_its_owner_wrote_it(reviewed):
    before = reviewed.integration.current.source

    running.switch(tried(reviewed, model="gpt-6-luna"))

    reviewed.integration.refresh_from_db()
    assert before.startswith("# A new lead in HubSpot")
    assert reviewed.integration.current.source == before.replace("model: gpt-4o", "model: gpt-6-luna")


def test_an_integration_that_changed_since_is_not_changed_over(reviewed):
    row = tried(reviewed, model="gpt-6-luna")
    text = reviewed.integration.current.source.replace("At most 120 words.", "At most 40 words.")
    verbs.put_into_force([read_text(text)])

    with pytest.raises(DrillRefused, match="has changed since"):
        running.switch(row)

    assert now_of(reviewed).prompt.model == "gpt-4o"


def test_going_back_is_refused_when_the_integration_changed_after_the_switch(reviewed):
    row = running.switch(tried(reviewed, model="gpt-6-luna"))
    reviewed.integration.refresh_from_db()
    text = reviewed.integration.current.source.replace("At most 120 words.", "At most 40 words.")
    verbs.put_into_force([read_text(text)])

    with pytest.raises(DrillRefused, match="has changed since"):
        running.roll_back(row)

    assert now_of(reviewed).prompt.model == "gpt-6-luna"


def test_what_is_not_done_is_not_changed_over_and_a_second_press_does_nothing(reviewed):
    row = running.start(reviewed.integration, model="gpt-6-luna")
    with pytest.raises(DrillRefused, match="still being tried"):
        running.switch(row)

    row = running.switch(carry_out(row))
    with pytest.raises(DrillRefused, match="already"):
        running.switch(row)
    with pytest.raises(DrillRefused, match="nothing to take back"):
        running.roll_back(running.roll_back(row))


def test_a_stopped_drill_is_not_changed_over(reviewed):
    row = running.start(reviewed.integration, model="gpt-6-luna")
    assert drills.stop(row)
    row.refresh_from_db()

    assert row.state == "stopped"
    with pytest.raises(DrillRefused, match="stopped"):
        running.switch(row)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"model": "gpt-4o"}, "asks gpt-4o already"),
        ({"model": "x", "connection": "nowhere"}, "no connection nowhere"),
        ({"model": "x", "connection": "hubspot-main"}, "is not an AI"),
        ({"model": "x", "api_version": "v1"}, "either a model, or a version"),
        ({}, "either a model, or a version"),
        ({"model": "x", "most": 0}, "1 to 500"),
        ({"api_version": "2027-03", "connection": "hubspot-main"}, "not in 2027-03"),
        ({"api_version": "2026-09", "connection": "hubspot-main"}, "speaks 2026-09 already"),
        ({"api_version": "v2", "connection": "openai-main"}, "no connection openai-main whose API"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(reviewed, what, why):
    with pytest.raises(DrillRefused, match=why):
        running.start(reviewed.integration, **what)

    assert not Drill.objects.exists()


def test_without_reviewed_records_there_is_nothing_to_try_on(house):
    with pytest.raises(DrillRefused, match="no reviewed records yet"):
        running.start(house.integration, model="gpt-6-luna")


def test_a_version_of_hubspot_s_api_is_read_with_and_changed_over(reviewed, practice):
    written = len(practice.books("hubspot")["notes"])

    told = as_document(
        tried(reviewed, api_version="2026-03")
    )  # the only app here whose API has another version

    assert (told["connection"], told["from"], told["to"]) == ("hubspot-main", "2026-09", "2026-03")
    assert told["holds"], told["checks"]
    assert (told["records"], told["passed"]) == (3, 3)
    assert {one["what"] for one in told["checks"]} >= {"It lets us in", "The fields of contact"}
    assert len(practice.books("hubspot")["notes"]) == written

    running.switch(Drill.objects.get(pk=told["drill"]))
    assert now_of(reviewed).versions == {"hubspot-main": "2026-03"}


def test_an_ended_version_shows_in_the_drill_as_what_does_not_answer(reviewed, practice):
    practice.control("hubspot", end_version="2026-03")
    try:
        told = as_document(tried(reviewed, connection="hubspot-main", api_version="2026-03"))
    finally:
        practice.control("hubspot", restore_version="2026-03")

    assert told["holds"] is False
    assert told["checks"][-1]["ok"] is False


def test_whoever_helps_with_a_drill_that_a_worker_has_waits_for_it(reviewed, monkeypatch):
    row = running.start(reviewed.integration, api_version="2026-03")
    worker = drills.claim(row.pk, running.HOLD_FOR)
    monkeypatch.setattr(running.time, "sleep", lambda _: drills.finish(worker, trying.carry_out(worker)))

    row = running.drive(row, lambda done, everything: None)

    assert row.state == "done"
    assert as_document(row)["says"]


def test_a_drill_whose_worker_died_is_taken_over_when_its_time_is_over(reviewed):
    row = running.start(reviewed.integration, api_version="2026-03")
    drills.claim(row.pk, running.HOLD_FOR)
    before = set(ProcrastinateJob.objects.values_list("pk", flat=True))

    running.drill(drill_id=row.pk)

    again = ProcrastinateJob.objects.exclude(pk__in=before).get()
    assert (again.task_name, again.args) == ("drill", {"drill_id": row.pk})
    Drill.objects.update(claimed_until=clock.now())
    assert carry_out(row).state == "done"


def test_after_a_switch_the_work_speaks_the_new_version(reviewed, practice, work_off):
    running.switch(tried(reviewed, api_version="2026-03"))
    reviewed.integration.refresh_from_db()
    practice.control("hubspot", end_version="2026-09")
    try:
        lead = reviewed.lead()
        reviewed.receive(lead)
        work_off()
        review = Review.objects.filter(state="waiting").get()
        verbs.decide(review.pk, "approved", reviewed.owner, review.content_hash)
        Run.objects.update(deliver_at=None)  # the time to undo is over
        work_off(also_later=True)
    finally:
        practice.control("hubspot", restore_version="2026-09")

    assert Run.objects.get(pk=review.run_id).state == "done"
    assert len(reviewed.notes_on(lead)) == 1

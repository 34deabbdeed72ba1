"""Drafts that are wrong on purpose: told to everybody, told apart by nobody, sent to no one; and what they are for."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from signoff.accounts.models import AuditEntry
from signoff.accounts.tokens import make_token
from signoff.core import clock
from signoff.engine import verbs
from signoff.engine.tests.test_autopilot import one_draft, reviewed
from signoff.integrations.file import read_text
from signoff.proving import cases
from signoff.review import bulk, certificates, planting, reading, redrafting
from signoff.review.certificates import NotSigned, certificate
from signoff.review.decide import DecisionRefused
from signoff.review.models import Opened, Planted, Review
from signoff.runs.models import Delivery, Run
from signoff.runs.releasing import release
from signoff.runs.retention import forget

pytestmark = pytest.mark.django_db


def ask_for(house, share: str = "20%") -> None:
    source = house.integration.current.source
    changed = source.replace("autopilot:", f"planted: {share}\n  autopilot:")
    assert changed != source
    assert not verbs.put_into_force([read_text(changed, "test")], house.owner).faults
    house.integration.refresh_from_db()


@pytest.fixture
def sown(house, work_off) -> Review:
    """A real draft that waits, in a house with enough approved ones to plant some."""
    ask_for(house)
    real = one_draft(house, work_off).review
    past = clock.now() - timedelta(days=1)
    rows = reviewed(house, real, 30)
    Review.objects.filter(pk__in=[one.pk for one in rows]).update(
        created_at=past, decided_at=past, undo_until=past, decided_by=None
    )
    told = [{**line, "at": past.isoformat()} for line in real.run.timeline]
    Run.objects.filter(pk__in=[one.run_id for one in rows]).update(timeline=told)
    Planted.objects.all().delete()  # what the lot may have drawn already
    return real


def plant(house) -> Review:
    """Let a planted draft come to wait now."""
    row = Planted.objects.create(integration=house.integration, due_at=clock.now())
    assert planting.look() == 1
    row.refresh_from_db()
    return row.run.review


def test_it_is_a_right_answer_with_one_thing_wrong_that_no_check_marks(house, sown):
    review = plant(house)
    row = review.run.made_wrong

    right = row.source.review.content
    assert [name for name in right if review.content[name] != right[name]] == [row.field]
    assert review.run.findings == []
    assert review.run.alarms == []
    assert review.run.record == row.source.record
    assert review.fingerprint == ""


@pytest.mark.parametrize(
    "state", ["approved", "delivering", "queued", "needs you", "done", "rejected", "failed"]
)
def test_the_database_lets_it_go_nowhere(house, sown, state):
    review = plant(house)

    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=review.run_id).update(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        release(review.run, review.content, Run.State.WAITING, {})

    assert not Delivery.objects.filter(run=review.run).exists()


@pytest.mark.parametrize(
    ("verdict", "noticed"), [("approved", False), ("rejected", True), ("edited", True), ("reworded", False)]
)
def test_whatever_is_decided_nothing_is_sent_and_the_reviewer_is_told_kindly(
    house, sown, work_off, time_to_read, verdict, noticed
):
    review = plant(house)
    row = review.run.made_wrong
    content = None
    if verdict == "edited":
        content = {row.field: row.source.review.content[row.field]}
    if verdict == "reworded":
        other = next(name for name in ("subject", "body") if name != row.field)
        verdict, content = "edited", {other: "Hello! " + review.content[other]}

    decided = verbs.decide(
        review.pk, verdict, house.owner, review.content_hash, content=content, reason="fact"
    )
    work_off(also_later=True)

    row.refresh_from_db()
    run = Run.objects.get(pk=review.run_id)
    assert (row.noticed, row.decided_by) == (noticed, house.owner)
    assert run.state == "planted"
    assert not run.deliveries.exists()
    told = planting.told(decided)
    assert told.noticed is noticed
    assert "planted" in told.sentence
    assert "Nothing was sent" in told.sentence.replace("nothing", "Nothing")
    assert AuditEntry.objects.filter(did="decided on a planted draft,").exists()
    with pytest.raises(DecisionRefused, match="planted"):
        verbs.undo(review.pk, house.owner)
    with pytest.raises(DecisionRefused, match="planted"):
        verbs.regrade(review.pk, True, house.owner)
    with pytest.raises(DecisionRefused, match="already"):
        verbs.decide(review.pk, "approved", house.owner, review.content_hash)


def test_asking_the_ai_again_has_noticed_it_and_nothing_is_drafted(client, house, sown, work_off):
    review = plant(house)
    client.force_login(house.owner)

    answer = client.post(
        f"/review/{review.pk}/again/",
        {"content_hash": review.content_hash, "note": "The price is wrong."},
        follow=True,
    )
    work_off()

    review.run.refresh_from_db()
    assert review.run.made_wrong.noticed is True
    assert (review.run.state, review.run.redrafted, review.run.note) == ("planted", 0, None)
    assert "That draft was planted" in answer.content.decode()
    assert "Sent back to the AI" not in answer.content.decode()


def test_one_whose_record_has_changed_since_is_withdrawn_and_says_nothing_of_anybody(house, sown, work_off):
    review = plant(house)

    with transaction.atomic():
        done = redrafting.draft_again(
            review.pk, house.owner, review.content_hash, {"email": "ada@new.example"}, [{"field": "email"}]
        )
    work_off()

    review.run.refresh_from_db()
    assert (done.state, review.run.state) == ("withdrawn", "planted")
    assert not Planted.objects.exists()
    assert not Delivery.objects.filter(run=review.run).exists()


def test_where_two_people_decide_the_first_one_is_told(house, sown, time_to_read):
    review = plant(house)
    Review.objects.filter(pk=review.pk).update(four_eyes=True)

    decided = verbs.decide(review.pk, "approved", house.owner, review.content_hash)

    assert (decided.state, decided.run.made_wrong.noticed) == ("decided", False)


def test_it_waits_for_whom_and_until_when_as_every_other_draft(house, sown):
    source = house.integration.current.source.replace("planted:", "due_in: 4h\n  assign: in turn\n  planted:")
    assert not verbs.put_into_force([read_text(source, "test")], house.owner).faults
    Review.objects.filter(state="decided").update(created_at=clock.now() - timedelta(days=1))
    Run.objects.filter(review__state="decided").update(version=house.integration.versions.latest("number"))

    review = plant(house)

    assert review.due_at is not None
    assert review.assign == "in turn"


def test_it_teaches_nothing_and_counts_for_nothing(house, sown, work_off, time_to_read):
    review = plant(house)
    before = certificate(house.integration).evidence
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    after = certificate(house.integration).evidence
    review.refresh_from_db()

    assert (after.n, after.k, after.passed_over) == (before.n, before.k, before.passed_over)
    assert cases.keep(review, house.owner) is None
    assert not cases.can_keep(review.run)
    with pytest.raises(LookupError):
        verbs.replay(review.run_id, house.owner)


def test_the_next_page_tells_it_and_offers_nothing_to_undo(client, house, sown):
    review = plant(house)
    client.force_login(house.owner)

    page = client.post(f"/review/{review.pk}/approve/", {"content_hash": review.content_hash}, follow=True)
    again = client.get(f"/review/{review.pk}/").content.decode()

    assert "That draft was planted" in page.content.decode()
    assert f"/review/{review.pk}/undo/" not in page.content.decode()
    assert "That draft was planted" in again
    assert "It was wrong" not in again, "there is nothing to grade"


def test_what_it_said_is_erased_with_its_run(house, sown, time_to_read):
    review = plant(house)
    decided = verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="fact")

    assert forget([review.run_id]) == 1

    row = Planted.objects.get(run=review.run_id)
    assert (row.was, row.now, row.noticed) == ("", "", True)
    assert planting.told(decided).sentence == "That draft was planted: wrong on purpose. Nothing was sent."


def shape(value):
    """Return what a document looks like without its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_nobody_can_tell_which_it_is_by_the_api_the_pages_or_its_number(client, house, sown, work_off):
    real, review = sown, plant(house)
    later = one_draft(house, work_off).review
    Planted.objects.filter(run=None).delete()
    token = make_token("test", house.owner, ["read", "review"]).reveal()

    def told(where):
        return client.get(f"/api/v1/{where}", headers={"Authorization": f"Bearer {token}"}).json()

    both = [told(f"reviews/{one.pk}") for one in (real, review)]
    runs = [told(f"runs/{one.run_id}") for one in (real, review)]
    client.force_login(house.owner)
    pages = [client.get(f"/review/{one.pk}/").content.decode() for one in (real, review)]
    histories = [client.get(f"/history/{one.run_id}/").content.decode() for one in (real, review)]

    assert both[0]["planted"] is both[1]["planted"] is None
    for one, other in (both, runs):
        values = {"record", "content", "answer"}
        assert shape({k: v for k, v in one.items() if k not in values}) == shape(
            {k: v for k, v in other.items() if k not in values}
        )
        assert "planted" not in json.dumps({k: v for k, v in other.items() if k != "planted"}).lower()
    assert [line["what"] for line in runs[0]["timeline"]][-1] == [
        line["what"] for line in runs[1]["timeline"]
    ][-1]
    assert real.pk < review.pk < later.pk
    assert real.run_id < review.run_id < later.run_id
    for page in (*pages, *histories):
        assert "planted" not in page.lower()
    assert all("wrong on purpose" in page for page in pages), "that there are some is told beside every draft"


def faces(client, house, review) -> dict[str, object]:
    """Return all that anybody is shown of a draft that waits, without its content."""
    run = review.run
    token = make_token("faces", house.owner, ["read", "review"]).reveal()
    bearer = {"Authorization": f"Bearer {token}"}
    client.force_login(house.owner)
    told = {
        "the draft": client.get(f"/api/v1/reviews/{review.pk}", headers=bearer),
        "the run": client.get(f"/api/v1/runs/{run.pk}", headers=bearer),
        "the page": client.get(f"/review/{review.pk}/"),
        "the history": client.get(f"/history/{run.pk}/"),
        "before it runs again": client.get(f"/history/{run.pk}/again/"),
        "whether it changed": client.post(f"/api/v1/reviews/{review.pk}/compare", headers=bearer),
        "a decision on what was not seen": client.post(
            f"/api/v1/reviews/{review.pk}/decision", {"verdict": "approved", "content_hash": "0" * 64},
            "application/json", headers=bearer,
        ),
        "undo": client.post(f"/api/v1/reviews/{review.pk}/undo", headers=bearer),
        "a grade": client.post(
            f"/api/v1/reviews/{review.pk}/grade", {"is_error": True}, "application/json", headers=bearer
        ),
        "leave": client.post(
            f"/api/v1/runs/{run.pk}/leave", {"reason": "x"}, "application/json", headers=bearer
        ),
        "run again": client.post(f"/api/v1/runs/{run.pk}/replay", headers=bearer),
    }  # fmt: skip
    return {where: (answer.status_code, outline(answer, run.label)) for where, answer in told.items()}


def difference(one: tuple[int, object], other: tuple[int, object]) -> object:
    """Return what of two faces is not the same, for whoever reads that a test failed."""
    if isinstance(one[1], list) and isinstance(other[1], list):
        return [tag for tag in [*one[1], *other[1]] if (tag in one[1]) != (tag in other[1])]
    return one, other


def outline(answer, label: str) -> object:
    """Return an answer without values: the shape of a document, or the tags of a page with what they are about."""
    if "json" in answer.headers.get("Content-Type", ""):
        document = answer.json()
        return re.sub(r"\d+", "N", document.get("detail", "")) or shape(
            {k: v for k, v in document.items() if k not in ("record", "content", "answer")}
        )
    page = answer.content.decode()
    begin = page.find(
        '<section class="draft'
    )  # behind the list, in which all that wait stand beside each other
    page = page[max(begin, page.index("<main")) : page.index("</main")]
    page = re.sub(r'value="[^"]*"|datetime="[^"]*"', "", page.replace(label, "LABEL") if label else page)
    page = re.sub(r"\d+", "N", page)
    return re.findall(r"<(?:a|button|form|h1|h2|summary|input|textarea)\b[^>]*>", page)


def test_a_planted_draft_and_a_real_one_show_the_same_face_everywhere(client, house, sown, work_off):
    """Whatever is asked of a draft that waits, what comes back differs in what it says, and in nothing else."""
    Run.objects.filter(review__state="decided").update(object_id=sown.run.object_id, label=sown.run.label)
    review = plant(house)
    Planted.objects.filter(run=None).delete()
    whole = faces(client, house, review)

    for where, face in faces(client, house, sown).items():
        assert whole[where] == face, f"{where}: {difference(whole[where], face)}"
    work_off()
    again = Run.objects.filter(replay_of__in=[review.run_id, sown.run_id]).order_by("pk")
    assert [one.state for one in again] == ["waiting for review"] * 2
    whole = faces(client, house, again[0].review)
    for where, face in faces(client, house, again[1].review).items():
        assert whole[where] == face, f"run again, {where}: {difference(whole[where], face)}"


def test_one_that_was_run_again_goes_nowhere_either_and_says_nothing_of_anybody(
    house, sown, work_off, time_to_read
):
    review = plant(house)
    again = verbs.replay(review.run_id, house.owner)
    work_off()
    before = house.practice.books("gmail")["drafts"]

    decided = verbs.decide(again.review.pk, "approved", house.owner, again.review.content_hash)
    work_off(also_later=True)

    again.refresh_from_db()
    assert (again.state, again.planted) == ("planted", True)
    assert planting.told(decided).is_copy
    assert planting.told(decided).sentence.endswith("Nothing was sent.")
    assert house.practice.books("gmail")["drafts"] == before
    assert not Planted.objects.exclude(noticed=None).exists()
    for state in ("approved", "delivering", "done"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Run.objects.filter(pk=again.pk).update(state=state)


def test_approving_together_takes_a_planted_one_for_what_it_passes_for_and_says_so(
    house, sown, work_off, time_to_read, monkeypatch
):
    monkeypatch.setattr(certificates, "is_chosen", lambda active, run_id: False)
    review = plant(house)
    verbs.decide(sown.pk, "approved", house.owner, sown.content_hash)
    reviewed(house, sown, 80)
    decided_planted(house, 8, 0)
    real = one_draft(house, work_off).review
    Planted.objects.filter(run=None).delete()
    verbs.promote(house.integration.name, house.owner, sown.fingerprint)
    while_on = plant(house)

    offered = list(bulk.together(house.integration, house.owner))
    assert offered == [review, real], "one that passes for an audit is left out, as audits are"
    done = verbs.approve_together([(one.pk, one.content_hash) for one in [*offered, while_on]], house.owner)
    Run.objects.update(deliver_at=None)  # as if the time to undo were over
    work_off(also_later=True)

    assert [one.pk for one in done.approved] == [review.pk, real.pk]
    assert ([one.pk for one in done.planted], [one.pk for one in done.leave]) == ([review.pk], [real.pk])
    assert done.refused == [(while_on.pk, "This draft is to be looked at by itself. Nothing was decided.")]
    row = Planted.objects.get(run=review.run_id)
    assert (row.noticed, row.decided_at) == (None, None), "nobody has looked at it"
    assert "Nobody had looked at it; nothing was sent." in planting.told(done.planted[0]).sentence
    assert not Delivery.objects.filter(run=review.run_id).exists()


def test_the_lot_is_drawn_by_drafts_that_come_to_wait_and_comes_later(house, work_off, monkeypatch):
    ask_for(house)
    monkeypatch.setattr("signoff.review.opening.secrets.SystemRandom.random", lambda self: 0.19)
    one_draft(house, work_off)

    rows = list(Planted.objects.filter(run=None))

    assert rows
    assert all(row.due_at > clock.now() for row in rows)
    assert planting.look() == 0
    Planted.objects.update(due_at=clock.now())
    assert planting.look() == 0, "nothing was approved yet that could be made wrong"
    assert not Planted.objects.exists()


def test_nothing_is_planted_where_nobody_asked_for_it(house, work_off, monkeypatch):
    monkeypatch.setattr("signoff.review.opening.secrets.SystemRandom.random", lambda self: 0.0)

    one_draft(house, work_off)

    assert not Planted.objects.exists()


def test_a_file_that_asks_for_too_many_is_refused(house):
    changed = house.integration.current.source.replace("autopilot:", "planted: 30%\n  autopilot:")

    faults = verbs.put_into_force([read_text(changed, "test")], house.owner).faults

    assert "at most 20%" in faults[0].what


def decided_planted(house, count: int, missed: int) -> None:
    now = clock.now()
    Planted.objects.bulk_create(
        Planted(integration=house.integration, due_at=now, decided_at=now, noticed=number >= missed, run=run)
        for number, run in enumerate(
            Run.objects.bulk_create(
                Run(integration=house.integration, version=house.integration.current, dedupe_key=f"p{n}", record={},
                    state="planted", planted=True, received_at=now, changed_at=now)
                for n in range(count)
            )
        )
    )  # fmt: skip


@pytest.mark.parametrize(("missed", "offered"), [(0, True), (5, False)])
def test_what_reviewers_overlook_widens_what_is_proven(house, sown, time_to_read, missed, offered):
    verbs.decide(sown.pk, "approved", house.owner, sown.content_hash)
    reviewed(house, sown, 80)
    before = certificate(house.integration)
    decided_planted(house, 8, missed)
    after = certificate(house.integration)

    assert not before.offered, "nobody knows yet what they overlook"
    assert after.offered is offered
    if missed:
        with pytest.raises(NotSigned):
            verbs.promote(house.integration.name, house.owner, sown.fingerprint)
        assert after.more_needed > 20
    else:
        signed = verbs.promote(house.integration.name, house.owner, sown.fingerprint)
        assert (signed.planted, signed.missed) == (8, 0)


def test_whoever_approves_everything_in_three_seconds_proves_nothing(house, work_off):
    first = one_draft(house, work_off).review
    rows = [first, *reviewed(house, first, 3)]
    Run.objects.filter(pk__in=[one.run_id for one in rows]).update(
        state="waiting for review", finished_at=None
    )
    Review.objects.filter(pk__in=[one.pk for one in rows]).update(
        state="waiting", verdict="", decided_at=None, decided_by=None, is_error=None
    )
    for one in rows:
        one.refresh_from_db()
        opened_ago(one, house.owner, 3)
        verbs.decide(one.pk, "approved", house.owner, one.content_hash)

    found = certificate(house.integration).evidence

    assert (found.n, found.unread, found.bound) == (0, 4, 1.0)
    assert found.more_needed(0.05) == 74, "reading those four is among them"


def opened_ago(review: Review, person, seconds: float) -> None:
    Opened.objects.update_or_create(
        review=review, person=person, content_hash=review.content_hash,
        defaults={"at": clock.now() - timedelta(seconds=seconds)},
    )  # fmt: skip


def test_what_was_opened_long_enough_counts_and_a_decision_in_between_begins_anew(house, work_off):
    one, other = one_draft(house, work_off).review, one_draft(house, work_off).review
    needed = reading.seconds_needed(one.content)
    for draft in (one, other):
        opened_ago(draft, house.owner, 60)

    first = verbs.decide(one.pk, "approved", house.owner, one.content_hash)
    second = verbs.decide(other.pk, "approved", house.owner, other.content_hash)

    assert 3 < needed < 20
    assert (first.unread, first.is_error) == (False, False)
    assert (second.unread, second.is_error) == (True, None), "both were opened, but only one was read"
    with pytest.raises(DecisionRefused, match="read it first"):
        verbs.regrade(other.pk, False, house.owner)
    Review.objects.filter(decided_by=house.owner).update(decided_at=clock.now() - timedelta(seconds=50))
    assert verbs.regrade(other.pk, False, house.owner).unread is False
    assert certificate(house.integration).evidence.n == 2


def test_an_error_counts_however_quickly_it_was_found(house, work_off):
    review = one_draft(house, work_off).review

    decided = verbs.decide(review.pk, "rejected", house.owner, review.content_hash, reason="fact")

    assert (decided.is_error, decided.unread) == (True, False)


def test_opening_a_page_begins_the_time_and_reloading_does_not(client, house, work_off):
    review = one_draft(house, work_off).review
    client.force_login(house.owner)
    client.get(f"/review/{review.pk}/")
    (first,) = Opened.objects.values_list("at", flat=True)
    client.get(f"/review/{review.pk}/")

    assert list(Opened.objects.values_list("at", flat=True)) == [first]

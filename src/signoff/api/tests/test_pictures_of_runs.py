"""The pictures of a record by REST: as they came, and for those who may see the record."""

from __future__ import annotations

from signoff.accounts.models import Person
from signoff.accounts.tokens import make_token
from signoff.api.tests.test_pictures import CARD, data_url
from signoff.api.tests.test_pictures import reads_cards as reads_cards  # a fixture
from signoff.api.tests.test_v1 import problem_of
from signoff.review.models import Review
from signoff.runs.models import Run


def test_they_are_listed_and_given_as_they_came(reads_cards, post, client, token):
    run = post({"email": "a@example.test", "card": data_url(CARD)}).json()["run"]
    here, headers = f"/api/v1/runs/{run}/pictures", token("read")

    (listed,) = client.get(here, headers=headers).json()
    picture = client.get(f"{here}/{listed['id']}", headers=headers)

    assert {**listed, "id": 0} == {"id": 0, "name": "card", "media_type": "image/png", "size": len(CARD)}
    assert (picture.content, picture["Content-Type"]) == (CARD, "image/png")
    assert "sandbox" in picture["Content-Security-Policy"]
    problem_of(client.get(f"{here}/{listed['id'] + 1}", headers=headers), 404)
    problem_of(client.get(f"{here}/{2**70}", headers=headers), 404)
    problem_of(client.get(f"/api/v1/runs/{run + 1}/pictures", headers=headers), 404)
    problem_of(client.get(here, headers=token("propose")), 403)


def test_a_run_without_pictures_has_an_empty_list(post, client, token):
    run = post({"email": "a@example.test"}).json()["run"]

    assert client.get(f"/api/v1/runs/{run}/pictures", headers=token("read")).json() == []


def test_a_reviewer_sees_those_of_what_waits_and_of_what_they_decided(
    reads_cards, post, client, token, house
):
    run = post({"email": "a@example.test", "card": data_url(CARD)}).json()["run"]
    somebody, reviewer = (
        token("review", role="reviewer"),
        Person.objects.add("r@example.test", None, "reviewer"),
    )
    own = {"Authorization": f"Bearer {make_token('r', reviewer, ['review']).reveal()}"}
    here = f"/api/v1/runs/{run}/pictures"
    Person.objects.filter(pk=reviewer.pk).update(groups_csv="support")
    problem_of(client.get(here, headers=own), 404)

    Run.objects.filter(pk=run).update(state="waiting for review")
    row = Run.objects.get(pk=run)
    draft = Review.objects.create(
        run=row, state="waiting", content={}, content_hash="x", by=["sales"], created_at=row.received_at
    )
    problem_of(client.get(here, headers=own), 404)  # another group's
    Review.objects.filter(pk=draft.pk).update(by=[])
    assert len(client.get(here, headers=own).json()) == 1
    Review.objects.filter(pk=draft.pk).update(state="decided", verdict="approved", decided_by=reviewer)
    Run.objects.filter(pk=run).update(state="done")

    assert len(client.get(here, headers=own).json()) == 1
    problem_of(client.get(here, headers=somebody), 404)

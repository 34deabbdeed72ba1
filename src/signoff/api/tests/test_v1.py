"""The REST API: who may do what, and every no is a problem document."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections import Counter
from typing import get_args

import pytest
from django.test import Client
from ninja import Schema

import signoff.api as rooms
from signoff.accounts.models import ApiToken, Person
from signoff.api.states import RunState
from signoff.core import clock
from signoff.review.models import Review
from signoff.runs.models import Run

SHAPES = [
    cls
    for module in pkgutil.iter_modules(rooms.__path__, f"{rooms.__name__}.")
    if not module.ispkg
    for cls in vars(importlib.import_module(module.name)).values()
    if isinstance(cls, type) and issubclass(cls, Schema) and cls.__module__ == module.name
]
READS = ["/api/v1/runs", "/api/v1/runs/{run}", "/api/v1/integrations", "/api/v1/connections", "/api/v1/cost"]
REVIEWS = ["/api/v1/reviews", "/api/v1/reviews/{review}"]
DECIDES = ["/api/v1/reviews/{review}/decision", "/api/v1/reviews/{review}/undo", "/api/v1/runs/{run}/replay"]


def problem_of(reply, status):
    assert reply.status_code == status, reply.content
    assert reply["Content-Type"] == "application/problem+json"
    document = reply.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


@pytest.fixture
def review(house, work_off):
    """A draft that waits."""
    house.receive(house.lead())
    work_off()
    return Review.objects.select_related("run").get()


@pytest.fixture
def address(review):
    return lambda path: path.format(run=review.run_id, review=review.pk)


def decide(client, review, headers, **decision):
    body = {"verdict": "approved", "content_hash": review.content_hash} | decision
    return client.post(
        f"/api/v1/reviews/{review.pk}/decision", body, content_type="application/json", headers=headers
    )


def test_no_two_shapes_in_the_description_have_one_name():
    """Of two with one name it would tell the one for both: what a call takes would stand there wrong."""
    names = Counter(cls.__name__ for cls in SHAPES)

    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []


class TestRights:
    @pytest.mark.parametrize("path", READS + REVIEWS)
    def test_who_has_no_token_is_not_let_in(self, client, address, path):
        for headers in (
            {},
            {"Authorization": "Bearer so_nobody"},
            {"Authorization": "Basic eDp5"},
            {"Authorization": "Bearer "},
        ):
            reply = client.get(address(path), headers=headers)
            problem_of(reply, 401)
            assert reply["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", DECIDES)
    def test_who_has_no_token_decides_nothing(self, client, address, path):
        problem_of(client.post(address(path), {}, content_type="application/json"), 401)

        assert Review.objects.get().state == "waiting"

    @pytest.mark.parametrize("path", READS)
    def test_reading_needs_the_right_to_read(self, client, address, token, path):
        assert client.get(address(path), headers=token("read")).status_code == 200
        problem_of(client.get(address(path), headers=token("review", "propose")), 403)

    @pytest.mark.parametrize("path", REVIEWS)
    def test_drafts_need_the_right_to_review(self, client, address, token, path):
        assert client.get(address(path), headers=token("review")).status_code == 200
        problem_of(client.get(address(path), headers=token("read", "propose")), 403)

    @pytest.mark.parametrize("path", DECIDES)
    def test_deciding_needs_the_right_to_review(self, client, address, token, path):
        reply = client.post(address(path), {}, content_type="application/json", headers=token("read"))

        problem_of(reply, 403)

    def test_a_token_can_no_more_than_its_person_may(self, client, address, token, review):
        problem_of(decide(client, review, token("review", role="viewer")), 403)
        problem_of(client.get(address(REVIEWS[0]), headers=token("review", role="viewer")), 403)
        problem_of(client.get(address(READS[0]), headers=token("read", role="reviewer")), 403)
        assert client.get(address(READS[0]), headers=token("read", role="viewer")).status_code == 200

    def test_a_token_that_was_ended_is_not_let_in(self, client, address, token):
        headers = token("read")
        ApiToken.objects.update(ended_at=clock.now())

        problem_of(client.get(address(READS[0]), headers=headers), 401)

    def test_a_reviewer_of_another_group_does_not_see_the_draft(self, client, address, token, review):
        Review.objects.update(by=["sales"])
        other, same, any_group = (
            token("review", role="reviewer", groups=g) for g in ("support", "x,sales", "")
        )

        assert client.get(address(REVIEWS[0]), headers=other).json()["items"] == []
        problem_of(client.get(address(REVIEWS[1]), headers=other), 404)
        problem_of(decide(client, review, other), 403)
        assert Review.objects.get().state == "waiting"
        assert len(client.get(address(REVIEWS[0]), headers=same).json()["items"]) == 1
        assert decide(client, review, any_group).status_code == 200

    def test_a_token_in_the_address_is_none(self, client, address, token):
        secret = token("read")["Authorization"].split()[1]

        problem_of(client.get(address(READS[0]) + f"?token={secret}&access_token={secret}"), 401)

    def test_being_signed_in_to_the_pages_is_no_token(self, client, address, house):
        client.force_login(house.owner)

        problem_of(client.get(address(READS[0])), 401)


class TestDeciding:
    def test_an_approval_says_what_was_decided_and_by_whom(self, client, review, token):
        reply = decide(client, review, token("review"))

        assert reply.status_code == 200
        document = reply.json()
        assert document["verdict"] == "approved"
        assert document["decided_by"]
        assert Run.objects.get(pk=review.run_id).state == "approved"

    def test_a_second_decision_is_told_that_it_is_late(self, client, review, token):
        headers = token("review")
        decide(client, review, headers)

        assert "already" in problem_of(decide(client, review, headers), 409)["detail"]

    @pytest.mark.parametrize(
        "decision",
        [
            {"content_hash": "0" * 64},
            {"verdict": "edited", "content": {"subject": "x" * 500}},
            {"verdict": "edited", "content": {"colour": "red"}},
            {"verdict": "edited"},
            {"verdict": "rejected"},
        ],
    )
    def test_a_decision_that_does_not_hold_changes_nothing(self, client, review, token, decision):
        problem_of(decide(client, review, token("review"), **decision), 409)

        assert Review.objects.get().state == "waiting"

    @pytest.mark.parametrize(
        "decision",
        [
            {"verdict": "maybe"},
            {"verdict": None},
            {"content_hash": 7},
            {"content": "text"},
            {"reason": "because"},
        ],
    )
    def test_a_decision_that_is_none_names_the_field(self, client, review, token, decision):
        faults = problem_of(decide(client, review, token("review"), **decision), 422)["faults"]

        assert next(iter(decision)) in faults[0]["where"]
        assert Review.objects.get().state == "waiting"

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"\xff", b'"x"', b"null", b'{"verdict": "approved", "content_hash": "\\ud800"}'],
    )
    def test_a_body_that_is_none_is_told(self, client, address, token, body):
        reply = client.post(
            address(DECIDES[0]), body, content_type="application/json", headers=token("review")
        )

        assert reply.status_code in (400, 409, 422)
        problem_of(reply, reply.status_code)

    def test_a_rejection_says_why(self, client, review, token):
        assert (
            decide(client, review, token("review"), verdict="rejected", reason="fact").json()["verdict"]
            == "rejected"
        )

    def test_a_decision_can_be_taken_back_in_time(self, client, review, address, token):
        headers = token("review")
        problem_of(client.post(address(DECIDES[1]), headers=headers), 409)
        decide(client, review, headers)

        assert client.post(address(DECIDES[1]), headers=headers).json()["state"] == "waiting"
        assert Run.objects.get(pk=review.run_id).state == "waiting for review"

    @pytest.mark.parametrize("path", DECIDES)
    @pytest.mark.parametrize("method", ["get", "head", "options"])
    def test_looking_never_decides(self, client, address, token, path, method):
        reply = getattr(client, method)(address(path), headers=token("read", "review", "propose"))

        assert reply.status_code == 405
        assert Review.objects.get().state == "waiting"
        assert Run.objects.count() == 1

    def test_no_address_that_changes_a_draft_or_a_run_does_so_by_a_get(self, client, review, token):
        """Finds them itself: whatever takes a POST and nothing else, below drafts and runs."""
        document = client.get("/api/v1/openapi.json").json()
        acts = [
            path
            for path, calls in document["paths"].items()
            if path.startswith(("/api/v1/reviews", "/api/v1/runs")) and set(calls) == {"post"}
        ]
        before = [list(Review.objects.values()), list(Run.objects.values())]

        for path in acts:
            where = path.replace("{review_id}", str(review.pk)).replace("{run_id}", str(review.run_id))
            for method in (client.get, client.head):
                assert method(where, headers=token("read", "review", "propose")).status_code == 405, path

        assert len(acts) >= 11, acts
        assert [list(Review.objects.values()), list(Run.objects.values())] == before

    def test_a_decision_on_a_withdrawn_run_decides_nothing_and_says_why(self, client, review, token):
        Run.objects.filter(pk=review.run_id).update(state="queued")
        Review.objects.filter(pk=review.pk).update(state="withdrawn")

        told = problem_of(decide(client, review, token("review")), 409)

        assert told["detail"] == "This draft was withdrawn. Nothing was decided."
        assert Run.objects.get().state == "queued"

    def test_a_record_can_be_run_again(self, client, review, address, token):
        reply = client.post(address(DECIDES[2]), headers=token("review"))

        assert reply.status_code == 202
        assert Run.objects.get(pk=reply.json()["id"]).replay_of_id == review.run_id


class TestReading:
    @pytest.mark.parametrize(
        "path",
        ["/api/v1/runs/0", "/api/v1/runs/99999", f"/api/v1/runs/{2**70}", f"/api/v1/runs/-{2**70}",
         "/api/v1/reviews/99999", f"/api/v1/reviews/{10**40}"],
    )  # fmt: skip
    def test_what_is_not_there_is_told(self, client, db, token, path):
        problem_of(client.get(path, headers=token("read", "review")), 404)

    @pytest.mark.parametrize(
        "path", ["/api/v1/", "/api/v1/nothing", "/api/v2/runs", "/api/v1/runs/1/2/3", "/api/"]
    )
    def test_an_address_that_the_api_does_not_have_is_told_as_a_problem(self, client, db, token, path):
        problem_of(client.get(path, headers=token("read")), 404)

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=501",
            "limit=x",
            "before=x",
            "state=nothing",
            "state=%00",
            "integration=%00",
            "integration=A B",
        ],
    )
    def test_a_question_that_is_none_is_told(self, client, db, token, query):
        document = problem_of(client.get(f"/api/v1/runs?{query}", headers=token("read")), 422)

        assert query.split("=")[0] in document["faults"][0]["where"]

    @pytest.mark.parametrize(
        "query", [f"before={10**40}", f"before=-{10**40}", "before=0", "integration=nobody"]
    )
    def test_a_question_without_an_answer_is_an_empty_page(self, client, db, token, query):
        assert client.get(f"/api/v1/runs?{query}", headers=token("read")).json() == {
            "items": [],
            "next": None,
        }

    def test_pages_of_runs_hold_each_run_once(self, client, house, token):
        ids = [house.receive(house.lead())[0] for _ in range(5)]
        headers, seen, before = token("read"), [], None

        for _ in range(3):
            page = client.get(
                "/api/v1/runs", {"limit": 2} | ({"before": before} if before else {}), headers=headers
            ).json()
            seen += [run["id"] for run in page["items"]]
            before = page["next"]

        assert seen == ids[::-1]
        assert before is None

    def test_pages_of_drafts_hold_each_draft_once(self, client, house, work_off, token):
        house.receive(*[house.lead() for _ in range(3)])
        work_off()
        headers = token("review")

        first = client.get("/api/v1/reviews?limit=2", headers=headers).json()
        second = client.get(f"/api/v1/reviews?limit=2&after={first['next']}", headers=headers).json()

        assert [len(first["items"]), len(second["items"])] == [2, 1]
        assert second["next"] is None

    def test_runs_are_filtered(self, client, review, token):
        headers = token("read")

        def count(**query):
            return len(client.get("/api/v1/runs", query, headers=headers).json()["items"])

        assert count(state="waiting for review") == count(integration="follow-up-new-leads") == 1
        assert count(state="done") == count(integration="another") == 0

    def test_one_run_tells_all_that_happened(self, client, review, address, token):
        document = client.get(address("/api/v1/runs/{run}"), headers=token("read")).json()

        assert document["record"] == review.run.record
        assert document["timeline"]
        assert document["answer"]["subject"]

    def test_connections_are_told_without_their_keys(self, client, house, token):
        reply = client.get("/api/v1/connections", headers=token("read"))

        assert {row["name"] for row in reply.json()} == {"hubspot-main", "gmail-sales", "openai-main"}
        assert set(reply.json()[0]) == {
            "name", "app", "state", "account_name", "may", "lacks", "ends_at", "problem",
        }  # fmt: skip

    def test_the_states_in_the_description_are_all_there_are(self):
        assert set(get_args(RunState)) == set(Run.State.values)


class TestDescription:
    @pytest.fixture
    def document(self, client, db):
        return client.get("/api/v1/openapi.json").json()

    def test_it_is_openapi_with_every_address_in_it(self, document):
        assert document["openapi"].startswith("3.")
        assert document["info"]["title"] == "Signoff"
        assert set(document["paths"]) >= {
            "/api/v1/runs", "/api/v1/runs/{run_id}", "/api/v1/runs/{run_id}/replay", "/api/v1/reviews",
            "/api/v1/reviews/{review_id}", "/api/v1/reviews/{review_id}/decision", "/api/v1/integrations",
            "/api/v1/connections",
        }  # fmt: skip

    def test_every_call_has_a_summary_an_answer_and_a_sign_in(self, document):
        calls = [call for path in document["paths"].values() for call in path.values()]

        assert all(call["summary"] and call["responses"] and call["security"] for call in calls)
        assert len({call["operationId"] for call in calls}) == len(calls)

    def test_every_reference_in_it_leads_somewhere(self, document):
        text = json.dumps(document)

        for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
            assert name in document["components"]["schemas"]

    def test_every_schema_in_it_is_one(self, document):
        from jsonschema import Draft202012Validator

        for schema in document["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)


def test_a_person_who_left_has_no_token(client, db, token):
    headers = token("read")
    Person.objects.update(is_active=False)

    problem_of(client.get("/api/v1/runs", headers=headers), 401)


class TestBodies:
    """What a fuzzer found: each was our fault (500), or was taken for something that it is not."""

    def test_nothing_means_that_it_stays(self, client, token):
        headers = token("read", "review")
        own = client.get("/api/v1/notices/channels", headers=headers).json()[0]["id"]

        reply = client.patch(
            f"/api/v1/notices/channels/{own}",
            {"lets_urgent": None, "is_on": None, "zone": None, "urgency": None},
            content_type="application/json",
            headers=headers,
        )

        assert reply.status_code == 200, reply.content
        assert reply.json()["lets_urgent"] is True

    @pytest.mark.parametrize("body", ["[null, null]", '"x"', "7", "true", "null"])
    def test_a_body_that_is_no_object_is_not_taken_for_an_empty_one(self, client, token, body):
        reply = client.patch(
            "/api/v1/notices/channels/0",
            body,
            content_type="application/json",
            headers=token("read", "review"),
        )

        problem_of(reply, 422)

    def test_a_form_without_its_boundary_is_not_our_fault(self, client, token):
        reply = client.generic(
            "POST", "/api/v1/uploads", b"x", content_type="multipart/form-data", headers=token("propose")
        )

        problem_of(reply, 400)

    def test_a_moment_is_no_number(self, client, token):
        problem_of(client.get("/api/v1/audit?until=0.5", headers=token("people")), 422)


@pytest.mark.parametrize("path", ["connections/Ünknown/check", "no-such-thing", ""])
def test_an_address_that_is_none_is_told_so_to_whoever_posts_there(db, path):
    reply = Client(enforce_csrf_checks=True).post(f"/api/v1/{path}")

    assert "The API has no" in problem_of(reply, 404)["detail"]

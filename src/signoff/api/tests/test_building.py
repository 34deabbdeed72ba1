"""Building by the API: files, the switch, versions, the coach, trials, drafts, company facts and test sets."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from signoff.accounts.models import AuditEntry
from signoff.api.v1 import api
from signoff.engine import proofs, verbs
from signoff.integrations.models import Draft, Integration
from signoff.integrations.offers import forget as ask_the_apps_anew
from signoff.prompts.models import Fact
from signoff.proving.models import Case, Replay
from signoff.review.models import Review
from signoff.runs.models import Run, Spent

pytestmark = pytest.mark.django_db

HERE = "/api/v1/integrations/follow-up-new-leads"
SHOP = """\
# what the shop sends
name: from-the-shop
record: {when: webhook, signed: static}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.body}
"""
FACTS = "facts:\n  returns: Within 30 days.\n"
LEAD = {"id": "7", "firstname": "Dana", "email": "dana@example.com", "message": "Do you open on Saturdays?"}


@pytest.fixture
def call(client, house, token):
    """Call the API with a token that can do these things: `call("put", address, body, can=("build",))`."""
    headers = {}
    ask_the_apps_anew()

    def send(method, path, body=None, can=("read", "build"), **more):
        if can not in headers:
            headers[can] = token(*can)
        if method in ("post", "put"):
            more = {"data": body or {}, "content_type": "application/json"} | more
        return getattr(client, method)(path, headers=headers[can], **more)

    return send


def problem_of(reply, status):
    assert reply.status_code == status, reply.content
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["detail"]
    return reply.json()


def all_calls():
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, told in methods.items():
            yield method, path, told


BUILDING = [
    (method, path)
    for method, path, told in all_calls()
    if told.get("tags") in (["building"], ["test sets"]) and (method != "get" or "/drafts" in path)
]


class TestRights:
    @pytest.mark.parametrize(("method", "path"), BUILDING)
    def test_building_needs_the_right_to_build_and_a_person_who_may(self, client, token, db, method, path):
        filled = path.replace("{name}", "follow-up-new-leads")
        for gap in ("draft_id", "proof_id", "case_id", "number"):
            filled = filled.replace(f"{{{gap}}}", "1")

        for headers in (token("read", "review", "propose"), token("build", role="reviewer")):
            reply = client.generic(method.upper(), filled, "{}", "application/json", headers=headers)
            problem_of(reply, 403)

    def test_there_are_such_calls(self):
        assert len(BUILDING) >= 20


class TestFiles:
    def test_a_file_comes_into_force_under_its_address_and_again_changes_nothing(self, call, house):
        first = call("put", "/api/v1/integrations/from-the-shop/file", {"file": SHOP}).json()["applied"][0]
        again = call("put", "/api/v1/integrations/from-the-shop/file", {"file": SHOP}).json()["applied"][0]

        assert (first["changed"], again["changed"]) == (True, False)
        assert first["signing_secret"].startswith("whsec_")
        assert again["signing_secret"] is None
        assert "/in/" in first["webhook_url"]
        shop = Integration.objects.get(name="from-the-shop")
        assert not shop.is_on
        assert shop.current.source == SHOP
        got = call("get", "/api/v1/integrations/from-the-shop/file").json()
        assert (got["file"], got["version"], got["hash"]) == (SHOP, 1, shop.current.hash)
        assert AuditEntry.objects.filter(did="changed", who__contains="(by the key test)").exists()

    def test_several_files_come_into_force_together_or_not_at_all(self, call):
        broken = SHOP.replace("record.email", "answer.body")

        faults = problem_of(call("post", "/api/v1/apply", {"files": [FACTS, broken]}), 422)["faults"]
        assert [(one["file"], one["line"]) for one in faults] == [("file 2", 7)]
        assert "must come from the record" in faults[0]["what"]
        assert not Fact.objects.filter(name="returns").exists()

        told = call("post", "/api/v1/apply", {"files": [FACTS, SHOP]}).json()
        assert [one["name"] for one in told["applied"]] == ["returns", "from-the-shop"]
        assert Fact.objects.get(name="returns").text == "Within 30 days."

    def test_a_dry_run_says_the_difference_and_changes_nothing(self, call, house):
        source = house.integration.current.source
        new = source.replace("At most 120 words.", "At most 90 words.")

        told = call("put", f"{HERE}/file", {"file": new, "dry_run": True}).json()["applied"][0]

        assert told["changed"]
        assert any(line.startswith("+") and "90 words" in line for line in told["difference"])
        house.integration.refresh_from_db()
        assert house.integration.current.source == source

    def test_a_file_under_another_name_is_refused(self, call):
        what = problem_of(call("put", f"{HERE}/file", {"file": SHOP}), 422)["faults"][0]["what"]

        assert "from-the-shop" in what
        assert not Integration.objects.filter(name="from-the-shop").exists()

    @pytest.mark.parametrize(
        "file",
        ["", "a: [", "7", "- a\n- b", "name: follow-up-new-leads\n---\nname: x", "x" * 600_000, "facts: {a: b}",
         "name: follow-up-new-leads", "\x00", "\ud800"],
    )  # fmt: skip
    def test_a_file_that_is_none_is_told_by_line(self, call, house, file):
        reply = call("put", f"{HERE}/file", json.dumps({"file": file}))

        assert problem_of(reply, 422)["faults"]
        assert house.integration.versions.count() == 1

    def test_a_body_that_is_too_large_is_told(self, call):
        problem_of(call("post", "/api/v1/apply", {"files": ["x" * 400_000] * 6}), 413)

    def test_everything_is_exported_as_one_file_that_can_be_applied(self, call):
        call("put", "/api/v1/integrations/from-the-shop/file", {"file": SHOP})

        everything = call("get", "/api/v1/export").content.decode()
        one = call("get", "/api/v1/export?name=from-the-shop").content.decode()

        assert one == SHOP
        assert everything.count("\n---\n") == 1
        assert not any(
            one["changed"] for one in call("post", "/api/v1/apply", {"files": [everything]}).json()["applied"]
        )
        problem_of(call("get", "/api/v1/export?name=nobody"), 404)


class TestTheSwitch:
    def test_off_and_on_twice_each_stand_once_in_the_trail(self, call, house):
        for path in ("off", "off", "on", "on"):
            assert call("post", f"{HERE}/{path}").json()["is_on"] == (path == "on")

        assert (
            AuditEntry.objects.filter(did__in=("switched on", "switched off"), who__contains="key").count()
            == 2
        )

    def test_on_says_what_keeps_it_from_working(self, call, house):
        Fact.objects.filter(name="prices").delete()

        told = call("post", f"{HERE}/on").json()

        assert told["not_yet"][0]["says"] == "There is no company fact prices."

    def test_an_empty_one_cannot_be_switched_on(self, call):
        Integration.objects.create(name="empty")

        problem_of(call("post", "/api/v1/integrations/empty/on"), 422)

    def test_another_secret_is_shown_once(self, call):
        call("put", "/api/v1/integrations/from-the-shop/file", {"file": SHOP})

        assert (
            call("post", "/api/v1/integrations/from-the-shop/secret")
            .json()["signing_secret"]
            .startswith("whsec_")
        )
        problem_of(call("post", f"{HERE}/secret"), 409)

    def test_what_changed_at_the_apps_is_asked_and_taken_over(self, call):
        assert call("post", f"{HERE}/drift").json()["changed_at_apps"] == []
        assert call("post", f"{HERE}/take-over").json()["changed_at_apps"] == []

    @pytest.mark.parametrize("name", ["nobody", "A", "%00", "x" * 200, "%F0%9F%98%80"])
    def test_one_that_is_not_there_is_told(self, call, name):
        for method, path in (
            ("get", "file"),
            ("post", "on"),
            ("get", "versions"),
            ("get", "coach"),
            ("get", "cases"),
        ):
            problem_of(call(method, f"/api/v1/integrations/{name}/{path}"), 404)


class TestVersions:
    @pytest.fixture
    def two(self, call, house):
        new = house.integration.current.source.replace("At most 120 words.", "At most 90 words.")
        call("put", f"{HERE}/file", {"file": new})

    def test_they_say_what_changed_and_the_way_back(self, call, two):
        versions = call("get", f"{HERE}/versions").json()
        first = call("get", f"{HERE}/versions/1").json()

        assert [(one["number"], one["in_force"]) for one in versions] == [(2, True), (1, False)]
        assert "90 words" in " ".join(versions[0]["changes"])
        assert "120 words" in " ".join(first["back"])
        assert "At most 120 words." in first["file"]
        told = call("get", f"{HERE}/changes?from=1&to=2").json()
        assert told["versions"][0]["changes"] == versions[0]["changes"]
        problem_of(call("get", f"{HERE}/versions/3"), 404)
        problem_of(call("get", f"{HERE}/versions/{10**30}"), 404)
        problem_of(call("get", f"{HERE}/changes?from=9"), 404)

    def test_an_earlier_one_comes_into_force_again_as_a_new_one(self, call, two, house):
        told = call("post", f"{HERE}/rollback", {"to": 1}).json()

        assert told == {"name": "follow-up-new-leads", "to": 1, "version": 3, "changed": True}
        house.integration.refresh_from_db()
        assert "At most 120 words." in house.integration.current.source
        problem_of(call("post", f"{HERE}/rollback", {"to": 99}), 404)

    def test_one_that_fits_no_more_changes_nothing(self, call, two, house):
        Fact.objects.filter(name="prices").delete()

        faults = problem_of(call("post", f"{HERE}/rollback", {"to": 1}), 422)["faults"]

        assert "prices" in faults[0]["what"]
        assert house.integration.versions.count() == 2


class TestTheCoach:
    def test_it_says_what_is_vague_in_a_file_that_is_in_force_nowhere(self, call):
        vague = SHOP.replace("Answer the question in the record.", "Do something nice as soon as possible.")

        told = call("post", "/api/v1/coach", {"file": vague}).json()

        assert told["remarks"][0]["mend"]
        assert told["second_opinion"] is None
        assert not Integration.objects.filter(name="from-the-shop").exists()
        problem_of(call("post", "/api/v1/coach", {"file": "name: x"}), 422)

    def test_one_in_force_is_read_and_its_ai_asked_on_request(self, call):
        assert call("get", f"{HERE}/coach").json()["second_opinion"] is None
        assert call("post", f"{HERE}/coach").json()["second_opinion"]["model"]


class TestTrials:
    def test_a_record_is_tried_and_nothing_is_stored_or_sent(self, call, house):
        told = call("post", f"{HERE}/try", {"record": LEAD}).json()

        assert told["ok"]
        assert told["answer"]["subject"]
        assert "Do you open on Saturdays?" in told["prompt"]
        assert told["cost_micros"] > 0
        assert not Run.objects.exists()

    def test_what_the_ai_would_receive_is_shown_without_asking_it(self, call, house):
        asked = house.practice.books("openai", summary=True)["requests"]

        told = call("post", f"{HERE}/try", {"record": LEAD, "ask": False}).json()

        assert "Do you open on Saturdays?" in told["prompt"]
        assert told["answer"] is None
        assert house.practice.books("openai", summary=True)["requests"] == asked

    @pytest.mark.parametrize(
        "body", [{}, {"record": {}}, {"run": 0}, {"run": 10**30}, {"record": None, "run": 12345}]
    )
    def test_without_a_record_there_is_no_trial(self, call, body):
        problem_of(call("post", f"{HERE}/try", body), 422)


class TestDrafts:
    def test_from_a_starting_point_to_running(self, call, house):
        house.lead()
        begun = call("post", "/api/v1/drafts", {"start": "follow-up"})
        assert begun.status_code == 201, begun.content
        draft = begun.json()
        assert draft["faults"] == []
        here = f"/api/v1/drafts/{draft['id']}"
        records = call("get", f"{here}/records").json()
        tried = call("post", f"{here}/try", {"key": records["items"][0]["key"]}).json()
        assert tried["answer"]["subject"], tried
        new = draft["file"].replace("name: follow-up-new-leads-2", "name: hello")
        kept = call("put", here, {"file": new, "revision": draft["revision"]}).json()
        assert kept["revision"] == draft["revision"] + 1

        told = call("post", f"{here}/apply", {"revision": kept["revision"], "turn_on": True}).json()

        assert (told["applied"][0]["name"], told["is_on"]) == ("hello", True)
        assert Integration.objects.get(name="hello").is_on
        problem_of(call("get", here), 404)
        assert {one["key"] for one in call("get", "/api/v1/drafts/starts").json()} >= {
            "follow-up",
            "answer-form",
        }

    def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten_and_not_put_into_force(
        self, call, house
    ):
        draft = call("post", "/api/v1/drafts", {"file": SHOP}).json()
        here = f"/api/v1/drafts/{draft['id']}"
        call("put", here, {"file": SHOP + "limits: {per_day: 5}\n", "revision": draft["revision"]})

        late = call("put", here, {"file": SHOP + "limits: {per_day: 9}\n", "revision": draft["revision"]})
        early = call("post", f"{here}/apply", {"revision": draft["revision"]})

        assert problem_of(late, 409)["revision"] == problem_of(early, 409)["revision"] == 2
        assert "per_day: 5" in Draft.objects.get().source

    def test_an_integration_has_one_draft_which_says_what_it_would_change(self, call, house):
        first = call("post", "/api/v1/drafts", {"integration": "follow-up-new-leads"})
        again = call("post", "/api/v1/drafts", {"integration": "follow-up-new-leads"})
        assert (first.status_code, again.status_code) == (201, 200)
        draft = again.json()
        assert draft["id"] == first.json()["id"]
        new = draft["file"].replace("At most 120 words.", "At most 90 words.")

        kept = call(
            "put", f"/api/v1/drafts/{draft['id']}", {"file": new, "revision": draft["revision"]}
        ).json()

        assert "90 words" in " ".join(kept["differences"])
        assert kept["changes"] == "follow-up-new-leads"
        assert call("delete", f"/api/v1/drafts/{draft['id']}").status_code == 204
        assert call("get", "/api/v1/drafts").json() == []

    def test_one_that_is_not_ready_says_what_is_missing_and_comes_not_into_force(self, call):
        draft = call("post", "/api/v1/drafts", {"start": "nothing"}).json()
        here = f"/api/v1/drafts/{draft['id']}"

        assert {one["where"] for one in draft["faults"]} >= {"name", "record", "answer", "then"}
        problem_of(call("post", f"{here}/try", {"record": LEAD}), 422)
        faults = problem_of(call("post", f"{here}/apply", {"revision": draft["revision"]}), 422)["faults"]
        assert faults == draft["faults"]
        assert Draft.objects.count() == 1

    @pytest.mark.parametrize(
        "file",
        ["a: [", "7", "[]", "record: 7", "prompt: [a]", "prompt: {facts: 7}", "answer: [a]", "then: {a: b}",
         "limits: x", "checks: {topics: 5}", "checks: {second_opinion: gpt}", "record: {only_if: [a]}"],
    )  # fmt: skip
    def test_a_text_that_no_page_could_show_is_no_draft(self, call, house, client, file):
        problem_of(call("post", "/api/v1/drafts", {"file": file}), 422)
        assert not Draft.objects.exists()

    @pytest.mark.parametrize(
        "file",
        ["name: x", "then: [a, {b: 5}, [c], {d.e: {f: [1, {g: 2}]}}]", "review: 7", "review: {by: 5}", "answer: {a: 5}",
         "answer: {a: {type: rows, columns: 7}}", "answer: {a: {type: choice, options: 7}}", "extra: {a: b}",
         "record: {from: 7, when: [a], fields: [{a: b}]}", "prompt: {task: 7, model: [a], tone: {a: b}}",
         "review: {autopilot: {error_below: [1]}}", "limits: {per_day: [1]}", "record: {only_if: {a: {b: c}}}",
         "answer: {a: {type: choice, from: 7}}", "answer: {a: {type: choice, from: a.b}}"],
    )  # fmt: skip
    def test_every_page_shows_a_draft_however_odd(self, call, house, client, file):
        made = call("post", "/api/v1/drafts", {"file": file})
        if made.status_code == 422:
            return
        client.force_login(house.owner)

        assert client.get(f"/integrations/drafts/{made.json()['id']}/?look=1").status_code == 200

    @pytest.mark.parametrize(
        "body", [{}, {"start": "x"}, {"start": "nothing", "file": "name: x"}, {"file": 7}]
    )
    def test_what_begins_nothing_is_told(self, call, body):
        problem_of(call("post", "/api/v1/drafts", body), 422)
        problem_of(call("post", "/api/v1/drafts", {"integration": "nobody"}), 404)

    @pytest.mark.parametrize("number", [0, 99999, 2**70, -1])
    def test_one_that_is_not_there_is_told(self, call, number):
        problem_of(call("get", f"/api/v1/drafts/{number}"), 404)


class TestFacts:
    def test_one_is_stated_changed_ended_and_removed(self, call):
        here = "/api/v1/facts/returns"
        made = call("put", here, {"statements": [{"text": "Within 30 days."}]})
        same = call("put", here, {"statements": [{"text": "Within 30 days."}]})
        changed = call(
            "put",
            here,
            {
                "version": 1,
                "statements": [
                    {"text": "Within 30 days.", "until": "2026-12-31"},
                    {"text": "Within 14 days.", "from": "2027-01-01"},
                ],
            },
        )

        assert (made.status_code, same.status_code, changed.status_code) == (201, 200, 200)
        assert (made.json()["version"], same.json()["version"], changed.json()["version"]) == (1, 1, 2)
        assert changed.json()["statements"][1] == {"text": "Within 14 days.", "from": "2027-01-01"}
        assert (
            problem_of(call("put", here, {"version": 1, "statements": [{"text": "No."}]}), 409)["version"]
            == 2
        )
        assert call("delete", here).status_code == 204
        problem_of(call("get", here), 404)
        problem_of(call("delete", here), 404)

    def test_one_that_an_integration_tells_stays(self, call):
        assert call("get", "/api/v1/facts/prices").json()["used_by"] == ["follow-up-new-leads"]

        assert problem_of(call("delete", "/api/v1/facts/prices"), 409)["used_by"] == ["follow-up-new-leads"]
        assert Fact.objects.filter(name="prices").exists()

    @pytest.mark.parametrize(
        "statements",
        [[], [{"text": ""}], [{"text": "  "}], [{"text": "\u0000"}], [{}], [{"text": "a", "from": "soon"}],
         [{"text": "a"}, {"text": "b"}], [{"text": "a", "from": "2027-01-02", "until": "2027-01-01"}],
         [{"text": "x" * 30_000}], "text"],
    )  # fmt: skip
    def test_what_says_nothing_or_two_things_at_once_is_refused(self, call, statements):
        before = Fact.objects.count()

        problem_of(call("put", "/api/v1/facts/returns", {"statements": statements}), 422)

        assert Fact.objects.count() == before

    def test_a_name_that_no_file_could_hold_is_refused(self, call):
        for name in ("a%20b", "x" * 61, "%00"):
            problem_of(call("put", f"/api/v1/facts/{name}", {"statements": [{"text": "a"}]}), 422)
        assert [one["name"] for one in call("get", "/api/v1/facts").json()] == ["opening-hours", "prices"]


class TestTestSets:
    @pytest.fixture
    def decided(self, house, work_off):
        house.receive(*[house.lead() for _ in range(3)])
        work_off()
        rows = list(Review.objects.order_by("pk"))
        for row in rows[:2]:
            verbs.decide(row.pk, "approved", house.owner, row.content_hash)
        return rows

    def test_from_reviewed_runs_to_a_result_beside_another_model(self, call, decided, work_off):
        kept = call("post", f"{HERE}/cases", {"runs": [row.run_id for row in decided[:2]]}).json()["kept"]
        again = call("post", f"{HERE}/cases", {"runs": [row.run_id for row in decided[:2]]}).json()["kept"]
        assert kept == again
        page = call("get", f"{HERE}/cases?limit=1").json()
        assert (page["items"][0]["verdict"], page["next"]) == ("approved", kept[0])

        begun = call("post", f"{HERE}/evals", {"against": ["gpt-4o-mini"], "fail_on": ["error>99%"]})
        assert begun.status_code == 202, begun.content
        number = begun.json()["proof"]
        assert (begun.json()["state"], begun.json()["left"]) == ("running", 4)
        for row in Replay.objects.filter(proof=number):
            proofs.replay(row.pk)

        told = call("get", f"/api/v1/evals/{number}").json()
        assert (told["state"], told["left"], told["ok"]) == ("done", 0, True), told
        assert [(one["label"], one["cases"], one["beside"]) for one in told["candidates"]] == [
            ("gpt-4o", 2, False),
            ("gpt-4o-mini", 2, True),
        ]
        assert len(told["rows"]) == 4
        assert told["cheapest_that_passes"] == "gpt-4o-mini"
        assert Spent.objects.filter(was_for="tests").exists()
        assert [one["proof"] for one in call("get", f"{HERE}/evals").json()] == [number]

    def test_what_nobody_has_decided_is_no_case_and_nothing_is_kept(self, call, decided):
        problem_of(call("post", f"{HERE}/cases", {"runs": [row.run_id for row in decided]}), 409)
        assert not Case.objects.exists()

        assert len(call("post", f"{HERE}/cases", {"latest": 20}).json()["kept"]) == 2
        for body in ({}, {"runs": [1], "latest": 2}, {"latest": 501}, {"runs": ["x"]}):
            problem_of(call("post", f"{HERE}/cases", body), 422)

    def test_a_table_is_imported_and_a_case_removed(self, call):
        good = (
            b"email,message,answer.subject,answer.body,answer.intent\nd@e.com,Hi,Hello,Hello there,pricing\n"
        )

        def send(data):
            file = SimpleUploadedFile("cases.csv", data)
            return call("post", f"{HERE}/cases/import", {"file": file}, content_type=MULTIPART_CONTENT)

        made = send(good)
        assert made.status_code == 201, made.content
        (case,) = made.json()["kept"]
        item = call("get", f"{HERE}/cases").json()["items"][0]
        assert (item["verdict"], item["record"]["email"]) == ("stated", "d@e.com")
        for bad in (
            good.replace(b"answer.subject", b"answer.colour"),
            b"",
            b"\xff\xfe",
            good + b"1,2,3,4,5,6\n",
        ):
            problem_of(send(bad), 422)
        problem_of(send(b"x" * 5_000_001), 413)
        problem_of(call("post", f"{HERE}/cases/import", {}, content_type=MULTIPART_CONTENT), 422)
        assert Case.objects.count() == 1
        assert call("delete", f"{HERE}/cases/{case}").status_code == 204
        problem_of(call("delete", f"{HERE}/cases/{case}"), 404)

    def test_a_test_can_be_stopped(self, call, decided):
        call("post", f"{HERE}/cases", {"latest": 20})
        number = call("post", f"{HERE}/evals", {"models": ["gpt-4o-mini"]}).json()["proof"]

        for _ in range(2):
            assert call("post", f"/api/v1/evals/{number}/stop").json()["state"] == "stopped"
        assert AuditEntry.objects.filter(did="stopped a test of").count() == 1

    @pytest.mark.parametrize(
        "body", [{"against": ["7"]}, {"models": [" "]}, {"fail_on": ["error"]}, {"examples": [99]}]
    )
    def test_a_test_that_cannot_be_begun_says_why(self, call, decided, body):
        call("post", f"{HERE}/cases", {"latest": 20})

        problem_of(call("post", f"{HERE}/evals", body), 409)

    def test_without_cases_there_is_no_test(self, call):
        assert "no test cases" in problem_of(call("post", f"{HERE}/evals", {}), 409)["detail"]
        problem_of(call("get", "/api/v1/evals/4711"), 404)

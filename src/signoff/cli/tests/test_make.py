"""The custom app for Make: whole in itself, and what it asks is what Signoff answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from signoff.api.proposals import ProposalOut
from signoff.cli.tests.desk import INTEGRATION, running_desk, until
from signoff.cli.tests.make_reader import MakeApp, Refused, fill
from signoff.outbound.tests.local import answer, local

FOLDER = Path(__file__).parents[4] / "integrations" / "make"
APP = json.loads((FOLDER / "makecomapp.json").read_text())
PARTS = [(kind, name, part) for kind, parts in APP["components"].items() for name, part in parts.items()]
CODES = {  # what Make looks for in each kind of part
    "connection": {"communication", "params"},
    "webhook": {"communication", "params", "attach", "detach"},
    "module": {"communication", "staticParams", "mappableParams", "interface", "samples"},
    "rpc": {"communication", "params"},
}
DRAFT = [{"name": "body", "value": "Thank you for your question. A colleague will answer it."}]


def files() -> list[str]:
    parts = [part["codeFiles"] for _, _, part in PARTS]
    return [path for codes in (APP["generalCodeFiles"], *parts) for path in codes.values() if path]


def read(path: str):
    return json.loads((FOLDER / path).read_text())


class TestTheAppIsWhole:
    def test_every_file_is_named_and_every_name_is_a_file(self):
        there = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*") if p.is_file()}

        assert sorted(files()) == sorted(there - {"makecomapp.json", ".gitignore"})

    @pytest.mark.parametrize("path", [path for path in files() if path.endswith("json")])
    def test_every_file_can_be_read(self, path):
        assert isinstance(read(path), (dict, list))

    @pytest.mark.parametrize(("kind", "name", "part"), PARTS)
    def test_every_part_has_its_files_and_leans_on_parts_that_exist(self, kind, name, part):
        assert {code for code, path in part["codeFiles"].items() if path} == CODES[kind]
        for other in ("connection", "webhook"):
            assert other not in part or part[other] in APP["components"][other]
        assert part.get("moduleType") != "instant_trigger" or part["webhook"]
        if kind in ("module", "rpc"):
            assert re.fullmatch("[a-zA-Z][0-9a-zA-Z]{3,47}", name)

    def test_every_choice_is_filled_by_a_call_that_exists(self):
        text = "".join((FOLDER / path).read_text() for path in files())

        assert set(re.findall(r"rpc://(\w+)", text)) == set(APP["components"]["rpc"])

    def test_every_module_stands_in_a_group(self):
        groups = read(APP["generalCodeFiles"]["groups"])

        assert sorted(m for group in groups for m in group["modules"]) == sorted(APP["components"]["module"])

    @pytest.mark.parametrize(("kind", "name", "part"), PARTS)
    def test_every_field_that_a_request_uses_is_asked_for(self, kind, name, part):
        texts = {code: (FOLDER / path).read_text() for code, path in part["codeFiles"].items() if path}
        asked = [row["name"] for code, text in texts.items() if "arams" in code for row in json.loads(text)]
        used = {
            n
            for code, text in texts.items()
            if "arams" not in code
            for n in re.findall(r"parameters\.(\w+)", text)
        }

        assert used == set(asked)
        assert len(asked) == len(set(asked))

    @pytest.mark.parametrize("name", APP["components"]["module"])
    def test_interface_and_sample_hold_what_the_api_gives(self, name):
        paths = APP["components"]["module"][name]["codeFiles"]
        described = {row["name"] for row in read(paths["interface"])} - {"message_id"}

        assert described == set(read(paths["samples"])) - {"message_id"}
        assert described == set(ProposalOut.model_fields) - {"findings", "alarms"}

    def test_the_key_is_in_no_log_of_make(self):
        for path in (
            APP["generalCodeFiles"]["base"],
            APP["components"]["connection"]["signoff"]["codeFiles"]["communication"],
        ):
            assert read(path)["log"]["sanitize"] == ["request.headers.authorization"]

    def test_what_is_left_empty_is_left_out(self):
        known = {"parameters": {"rows": [{"name": "a", "value": 1}], "none": None}}

        assert fill({"a": "{{parameters.gone}}", "b": "x{{parameters.none}}"}, known) == {"b": "x"}
        for name, is_there in (("rows", {"a": 1}), ("gone", None)):
            rows = f"ifempty(parameters.{name}, emptyarray)"
            either = f"if(length({rows}) > 0, toCollection({rows}, 'name', 'value'), null)"
            assert fill("{{" + either + "}}", known) == is_there


@pytest.fixture(scope="module")
def desk(practice):
    with running_desk(practice) as here:
        yield here


@pytest.mark.long
@pytest.mark.timeout(600)
class TestWhatItAsksSignoffAnswers:
    @pytest.fixture
    def app(self, desk):
        app = MakeApp(FOLDER)
        assert app.connect(url=desk.url, token=desk.token) == desk.url
        return app

    def test_a_key_that_is_none_is_said(self, desk):
        with pytest.raises(Refused, match=r"ConnectionError: \[401\] Send a token of this Signoff"):
            MakeApp(FOLDER).connect(url=desk.url, token="so_wrong")

    def test_choices_are_the_integrations(self, app):
        assert {"label": INTEGRATION, "value": INTEGRATION} in app.run("listIntegrations", "rpc")

    def test_a_scenario_asks_and_another_hears_the_decision(self, desk, app):
        with local(lambda asked: answer(200)) as make:
            hook = {"url": f"{make.url}/unguessable"}
            (kept,) = app.run(
                "decisions", "webhook", "attach", webhook=hook, parameters={"integration": INTEGRATION}
            )
            (asked,) = app.run("askForSignOff", parameters=ask("Dana", reference="order-1", draft=DRAFT))
            (again,) = app.run("askForSignOff", parameters=ask("Dana", reference="order-1", draft=DRAFT))
            desk.decide("Dana", "edited", content={"body": "Yes, from nine to one."})
            until("the decision", lambda: make.asked)
            delivery = make.asked[0]
            app.run("decisions", "webhook", "detach", webhook=hook | kept)

        heard = app.hear("decisions", delivery.json(), delivery.headers)
        (looked,) = app.run("getProposal", parameters={"proposal": asked["id"]})
        assert delivery.path == "/unguessable"
        assert again["id"] == asked["id"]
        assert (asked["decided"], asked["answer"]) == (False, None)
        assert heard["message_id"] == delivery.headers["webhook-id"]
        assert (heard["id"], heard["answer"], heard["edited"]) == (
            asked["id"],
            {"body": "Yes, from nine to one."},
            True,
        )
        assert {name: heard[name] for name in ("id", "answer", "decided", "decided_by")} == {
            name: looked[name] for name in ("id", "answer", "decided", "decided_by")
        }
        assert kept["externalHookId"] not in [one["id"] for one in desk.call("GET", "/hooks")]

    def test_without_a_draft_the_ai_writes_one(self, desk, app):
        (asked,) = app.run("askForSignOff", parameters=ask("Omar"))

        assert asked["integration"] == INTEGRATION
        assert desk.review_of("Omar")["content"]["body"]

    def test_the_latest_are_found_over_more_than_one_page(self, desk, app, monkeypatch):
        for number in range(3):
            app.run("askForSignOff", parameters=ask(f"Ines{number}", draft=DRAFT))
            desk.review_of(f"Ines{number}")
        small = json.loads(json.dumps(app.part("module", "searchProposals")))
        small["qs"]["limit"] = 1
        monkeypatch.setattr(app, "part", lambda kind, name, code="communication": small)

        found = app.run("searchProposals", parameters={"integration": INTEGRATION, "limit": 3})
        waiting = app.run("searchProposals", parameters={"status": "waiting for review", "limit": 2})

        assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
        assert len({one["id"] for one in found}) == 3
        assert [one["status"] for one in waiting] == ["waiting for review"] * 2

    def test_what_cannot_be_asked_says_why(self, app):
        with pytest.raises(Refused, match=r"DataError.*does not fit.*missing"):
            app.run("askForSignOff", parameters=ask("Dana", draft=[{"name": "subject", "value": "x"}]))
        with pytest.raises(Refused, match=r"RuntimeError.*There is no integration nobody"):
            app.run("askForSignOff", parameters=ask("Dana") | {"integration": "nobody"})

    def test_another_event_starts_nothing(self, app):
        assert app.hear("decisions", {"type": "draft.waiting", "data": {}}, {}) is None


def ask(who: str, **more):
    record = [{"name": "name", "value": who}, {"name": "message", "value": "Do you open on Saturdays?"}]
    return {"integration": INTEGRATION, "record": record, **more}

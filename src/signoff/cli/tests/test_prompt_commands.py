"""The commands about prompts, on a Signoff that runs."""

from __future__ import annotations

import pytest

from signoff.cli.tests.place import Place

WEBHOOK = """\
name: {name}
record: {{when: webhook}}
prompt: {{ai: openai-main, model: gpt-4o, task: Answer the question.}}
answer: {{body: {{type: text, max: 500}}}}
then:
  - hubspot-main.add_note: {{contact: {{email: record.email}}, body: answer.body}}
"""


def write(shop: Place, name: str, text: str) -> str:
    path = shop.folder / name
    path.write_text(text)
    return str(path)


class TestCoach:
    def test_a_clear_prompt_is_left_alone(self, shop):
        path = write(shop, "clear.yaml", WEBHOOK.format(name="clear").replace(
            "Answer the question.", "Write a reply e-mail that answers the question of a customer."))  # fmt: skip

        done = shop.run("coach", path, "--json")

        assert done.code == 0, done.out + done.err
        assert done.json == {"remarks": []}

    def test_what_is_vague_is_said_with_what_would_mend_it(self, shop):
        path = write(shop, "vague.yaml", WEBHOOK.format(name="vague").replace(
            "Answer the question.", "Handle it."))  # fmt: skip

        done = shop.run("coach", path, "--json")

        assert done.code == 1
        assert "vague task" in [one["kind"] for one in done.json["remarks"]]
        assert all(one["says"] and one["mend"] for one in done.json["remarks"])

    def test_a_second_opinion_is_asked_of_the_integrations_ai(self, shop):
        done = shop.run("coach", "follow-up-new-leads", "--second-opinion", "--json")

        assert done.json["second_opinion"]["model"].startswith("gpt-4o")

    def test_a_name_that_is_nothing_is_said(self, shop):
        done = shop.run("coach", "nowhere")

        assert done.code == 1
        assert "No integration is named nowhere" in done.err


class TestVersions:
    def test_a_change_is_told_in_sentences_and_taken_back(self, shop):
        path = write(shop, "v.yaml", WEBHOOK.format(name="versions"))
        assert shop.run("apply", path).code == 0
        other = WEBHOOK.format(name="versions").replace("gpt-4o", "gpt-4o-mini")
        assert shop.run("apply", write(shop, "v.yaml", other)).code == 0

        told = shop.run("changes", "versions", "--json").json
        back = shop.run("rollback", "versions", "--to", "1", "--json").json

        (one,) = told["versions"]
        assert one["changes"] == ["The AI model is now “gpt-4o-mini”; before it was “gpt-4o”."]
        assert back == {"name": "versions", "to": 1, "version": 3, "changed": True}
        assert shop.run("changes", "versions", "--from", "1", "--json").json["versions"][0]["changes"] == []

    def test_a_version_that_never_was_is_refused(self, shop):
        done = shop.run("rollback", "follow-up-new-leads", "--to", "99")

        assert done.code == 1
        assert "no version 99" in done.err

    def test_facts_say_what_holds_today(self, shop):
        path = write(shop, "f.yaml", "facts:\n  ended: {text: gone, until: 2020-01-01}\n")
        assert shop.run("apply", path).code == 0

        done = shop.run("facts", "--json")
        now = write(
            shop,
            "f.yaml",
            "facts:\n  ended: [{text: gone, until: 2020-01-01}, {text: here, from: 2020-01-02}]\n",
        )
        shop.run("apply", now)

        assert done.code == 1
        assert {"name": "ended", "version": 1, "today": None}.items() <= done.json[0].items()
        assert shop.run("facts").code == 0


def with_a_case(shop: Place, name: str) -> list[int]:
    """Let there be an integration of this name with one test case from a table; returns its number."""
    assert shop.run("apply", write(shop, f"{name}.yaml", WEBHOOK.format(name=name))).code == 0
    table = "firstname,email,message,answer.body\nDana,d@example.test,Hi there,Hello Dana\n"
    kept: list[int] = shop.run("cases", "import", name, write(shop, f"{name}.csv", table), "--json").json[
        "kept"
    ]
    return kept


@pytest.fixture(scope="module")
def tested(shop):
    assert len(with_a_case(shop, "tested")) == 1


@pytest.mark.usefixtures("tested")
class TestEval:
    def test_cases_come_from_a_table_and_are_replayed(self, shop):
        done = shop.run("eval", "tested", "--models", "gpt-4o,gpt-4o-mini", "--fail-on", "unfit>0%", "--json")

        assert done.code == 0, done.err
        assert [one["cases"] for one in done.json["candidates"]] == [1, 1]
        assert done.json["cheapest_that_passes"] == "gpt-4o-mini"
        assert {row["candidate"] for row in done.json["rows"]} == {"gpt-4o", "gpt-4o-mini"}
        assert "2 of 2" in done.err

    def test_what_it_will_cost_is_told_and_nobody_is_asked(self, shop, practice):
        asked = practice.books("openai", summary=True)["answered"]

        done = shop.run("eval", "tested", "--models", "cheaper", "--dry-run", "--json")
        said = shop.run("eval", "tested", "--models", "gpt-4o,gpt-4o-mini,a-model-of-our-own", "--dry-run")

        told = done.json
        costs = {one["model"]: one["cost_micros"] for one in told["candidates"]}
        assert done.code == said.code == 0
        assert told["answers"] == len(told["candidates"]) > 2
        assert max(costs, key=costs.get) == "gpt-4o"
        assert told["cost_micros"] == sum(costs.values()) > 0
        assert said.out.startswith("1 test case, 3 candidates: 3 answers. About $0.0")
        assert "No price is known for a-model-of-our-own." in said.out
        assert practice.books("openai", summary=True)["answered"] == asked

    def test_the_cheapest_that_passes_is_named_with_what_speaks_against_the_others(self, shop):
        done = shop.run("eval", "tested", "--models", "gpt-4o,gpt-4o-mini,gpt-0", "--fail-on", "unfit>0%")

        assert done.code == 0, done.err
        assert "3 answers. About $" in done.err
        assert "The cheapest that passes: gpt-4o-mini, " in done.out
        assert "What is in force (gpt-4o) costs $" in done.out
        assert "By 1 case alone, up to " in done.out
        assert "gpt-0: 1 could not be asked. " in done.out
        assert "/integrations/tested/tests/" in done.out

    def test_a_misspelt_model_and_one_that_has_ended_are_told_apart_before_they_are_asked(self, shop):
        models = ("--models", "gpt-4o-mni,chatgpt-4o-latest")

        before = shop.run("eval", "tested", *models, "--dry-run")
        done = shop.run("eval", "tested", *models)

        misspelt = "lists no model gpt-4o-mni. Did you mean gpt-4o-mini?"
        ended = "chatgpt-4o-latest ended at OpenAI on 17 February 2026."
        assert before.code == 0
        assert done.code == 1
        for said in (before.out, done.out):
            assert misspelt in said
            assert ended in said

    def test_where_none_passes_the_next_step_is_told(self, shop):
        done = shop.run("eval", "tested", "--models", "gpt-4o,gpt-4o-mini", "--fail-on", "seconds>0")

        assert done.code == 1
        assert "gpt-4o-mini: 0 of 1 should not go out. It does not pass: seconds>0 holds." in done.out
        assert "None passes." in done.out
        assert "signoff coach tested" in done.out

    def test_a_condition_that_holds_is_exit_1(self, shop):
        done = shop.run("eval", "tested", "--fail-on", "closeness<100%")

        assert done.code == 1
        assert "closeness<100% holds" in done.out
        assert "Nothing was sent." in done.out

    def test_a_table_with_a_fault_is_told_by_its_line(self, shop):
        path = write(shop, "bad.csv", "message,answer.nothing\nHi,x\n")

        done = shop.run("cases", "import", "tested", path, "--json")

        assert done.code == 1
        assert "no “nothing”" in done.json["faults"][0]

    def test_cases_are_listed_and_removed(self, shop):
        with_a_case(shop, "listed")
        (case,) = shop.run("cases", "list", "listed", "--json").json

        assert shop.run("cases", "remove", str(case["id"])).code == 0
        assert shop.run("cases", "list", "listed", "--json").json == []
        assert shop.run("cases", "remove", str(case["id"])).code == 1

    def test_without_cases_the_next_step_is_told(self, shop):
        done = shop.run("eval", "follow-up-new-leads")

        assert done.code == 1
        assert "signoff cases add" in done.err


class TestCost:
    def test_what_was_spent_and_what_a_record_costs_is_told(self, shop):
        done = shop.run("cost", "follow-up-new-leads", "--days", "7", "--json")

        assert done.code == 0, done.err
        assert len(done.json["days"]) == 7
        assert done.json["expected"]["follow-up-new-leads"]["cost_each_micros"] > 0

    def test_it_reads_as_sentences(self, shop):
        done = shop.run("cost")

        assert "drafts" in done.out
        assert "About $" in done.out

    def test_an_integration_that_is_not_there_is_said(self, shop):
        done = shop.run("cost", "nowhere")

        assert done.code == 1
        assert "There is no integration nowhere." in done.err

    def test_numbers_of_examples_are_numbers(self, shop):
        done = shop.run("eval", "follow-up-new-leads", "--examples", "0,many")

        assert done.code == 2
        assert "for example 0,3" in done.err

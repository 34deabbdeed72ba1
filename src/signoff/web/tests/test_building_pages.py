"""Company facts, test sets and versions as pages."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from signoff.accounts.models import Person
from signoff.connections.models import Connection
from signoff.integrations import offers
from signoff.integrations.definition import Definition
from signoff.integrations.models import Integration, Version
from signoff.prompts.models import Fact
from signoff.proving.models import Case, Proof
from signoff.review.models import Review
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

ADDRESS = "/integrations/follow-up-after-demo/"


def text(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def another_version(integration: Integration, **changes) -> Version:
    definition = Definition.model_validate(world.DEFINITION | changes)
    integration.current = Version.objects.create(
        integration=integration,
        number=2,
        hash=definition.hash(),
        definition=definition.model_dump(mode="json", by_alias=True),
        source=world.FILE,
    )
    integration.save()
    return integration.current


def test_a_fact_is_written_once_and_says_who_uses_it(as_role):
    client = as_role("builder")
    world.connections()
    world.integration(prompt=world.DEFINITION["prompt"] | {"facts": ["opening-hours"]})

    client.post(
        "/settings/facts/new/", {"name": "Opening hours", "text-0": "Monday to Friday: 9:00 to 17:00"}
    )

    page = text(client.get("/settings/facts/"))
    assert "Monday to Friday 9:00 to 17:00" in page
    assert "Used by Follow up after demo" in page
    assert Fact.objects.get(name="opening-hours").text == "Monday to Friday: 9:00 to 17:00"


def test_a_new_price_takes_over_on_its_day(as_role):
    client = as_role("builder")
    client.post("/settings/facts/new/", {"name": "Prices", "text-0": "Team: $149"})

    client.post(
        "/settings/facts/prices/",
        {"text-0": "Team: $149", "until-0": "2098-12-31", "text-1": "Team: $159", "from-1": "2099-01-01"},
    )

    fact = Fact.objects.get(name="prices")
    assert [one.from_on for one in fact.said] == [None, date(2099, 1, 1)]
    assert fact.text == "Team: $149"
    assert "from 1 January 2099: Team: $159" in text(client.get("/settings/facts/"))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"name": "Prices"}, "Write what it says."),
        ({"name": "?", "text-0": "x"}, "Give it a name"),
        ({"name": "Prices", "text-0": "a", "text-1": "b"}, "two things"),
        (
            {"name": "Prices", "text-0": "a", "from-0": "2027-02-02", "until-0": "2027-01-01"},
            "before it begins",
        ),
        ({"name": "Prices", "text-0": "", "from-0": "2027-02-02"}, "is empty"),
    ],
)
def test_a_slip_in_a_fact_is_named_and_nothing_is_kept(as_role, written, words):
    answer = as_role("builder").post("/settings/facts/new/", written)

    assert answer.status_code == 422
    assert words in text(answer)
    assert not Fact.objects.exists()


def test_a_fact_in_use_cannot_be_removed(as_role):
    client = as_role("builder")
    client.post("/settings/facts/new/", {"name": "Prices", "text-0": "Team: $149"})
    made = world.integration(prompt=world.DEFINITION["prompt"] | {"facts": ["prices"]})

    client.post("/settings/facts/prices/remove/")
    kept = Fact.objects.exists()
    another_version(made)
    client.post("/settings/facts/prices/remove/")

    assert kept
    assert not Fact.objects.exists()


def test_reviewed_drafts_become_test_cases_with_one_button(as_role):
    world.connections()
    made = world.integration()
    for review in world.drafts(made, 3):
        Review.objects.filter(pk=review.pk).update(
            state="decided", verdict="approved", decided_content=review.content
        )
    client = as_role("builder")

    page = text(client.get(f"{ADDRESS}tests/"))
    client.post(f"{ADDRESS}tests/", {"do": "keep", "most": "20"})

    assert "3 reviewed drafts are not in it yet." in page
    assert Case.objects.count() == 3


def test_a_run_is_kept_as_a_test_case_from_its_own_page(as_role):
    world.connections()
    review = world.drafts(world.integration(), 1)[0]
    client = as_role("builder")
    before = text(client.get(f"/history/{review.run_id}/"))
    Review.objects.filter(pk=review.pk).update(
        state="decided", verdict="approved", decided_content=review.content
    )
    offered = text(client.get(f"/history/{review.run_id}/"))

    client.post(f"/history/{review.run_id}/keep/")

    assert "Keep as a test case" not in before
    assert "Keep as a test case" in offered
    assert Case.objects.get().run_id == review.run_id
    assert "Keep as a test case" not in text(client.get(f"/history/{review.run_id}/"))


def test_a_table_with_a_slip_is_refused_with_its_line(as_role):
    world.integration()
    client = as_role("builder")
    table = SimpleUploadedFile("t.csv", b"firstname,answer.next_step\nDana,dance\n")

    answer = client.post(f"{ADDRESS}tests/", {"do": "import", "table": table})

    assert answer.status_code == 422
    assert "Line 2" in text(answer)
    assert not Case.objects.exists()


def test_an_integration_that_never_ran_leads_over_the_test_to_the_switch(as_role):
    world.connections()
    made = world.integration(is_on=False)
    client = as_role("builder")

    assert "It is built, and off" in text(client.get(ADDRESS))
    assert "Latest records as a table" in text(client.get(f"{ADDRESS}tests/"))
    Case.objects.create(integration=made, record=world.DANA, verdict="stated", expected=world.DANA_ANSWER)
    where = client.post(f"{ADDRESS}tests/start/", {"against": ["gpt-4o-mini"]})["Location"]
    client.post(where)  # stopped: no worker runs here
    assert "It is still off" in text(client.get(where))
    assert "It is still off" in text(client.get(f"{ADDRESS}tests/"))
    client.post(f"{ADDRESS}switch/", {"on": "yes"})
    assert "It is still off" not in text(client.get(where))


def test_a_model_that_could_not_be_asked_is_not_called_as_good(as_role):
    world.connections()
    made = world.integration()
    Case.objects.create(integration=made, record=world.DANA, verdict="stated", expected=world.DANA_ANSWER)
    client = as_role("builder")
    where = client.post(f"{ADDRESS}tests/start/", {"against": ["gpt-4o-mini"]})["Location"]
    now, other = Proof.objects.get().replays.order_by("candidate")
    type(now).objects.filter(pk=now.pk).update(state="done", answer=world.DANA_ANSWER)
    type(now).objects.filter(pk=other.pk).update(state="failed", problem="No such model.")
    Proof.objects.update(state="done")

    page = text(client.get(where))

    assert "gpt-4o-mini could not be asked, so nothing is compared." in page
    assert "0 of 0" not in page


def test_the_latest_records_are_handed_out_as_a_table_to_those_who_build(as_role):
    world.connections()
    made = world.integration()
    world.drafts(made, 2)

    answer = as_role("builder").get(f"{ADDRESS}tests/table.xlsx")
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)

    assert "attachment" in answer["Content-Disposition"]
    assert rows[0][-1].startswith("answer.")
    assert len(rows) == 3
    assert as_role("viewer").get(f"{ADDRESS}tests/table.xlsx").status_code == 403


def test_chosen_cases_are_removed_and_no_others(as_role):
    made = world.integration()
    other = world.integration(name="another")
    mine, stays = (
        Case.objects.create(integration=made, record={}, verdict="stated", expected={}) for _ in "ab"
    )
    theirs = Case.objects.create(integration=other, record={}, verdict="stated", expected={})

    as_role("builder").post(f"{ADDRESS}tests/", {"do": "remove", "case": [mine.pk, theirs.pk]})

    assert set(Case.objects.values_list("pk", flat=True)) == {stays.pk, theirs.pk}


def test_a_test_against_a_second_model_begins_and_can_be_stopped(as_role):
    world.connections()
    made = world.integration()
    Case.objects.create(integration=made, record=world.DANA, verdict="stated", expected=world.DANA_ANSWER)
    client = as_role("builder")

    where = client.post(f"{ADDRESS}tests/start/", {"against": ["gpt-4o-mini", ""]})["Location"]
    running = text(client.get(where))
    client.post(where)

    assert "0 of 2 answers" in running
    assert [one["model"] for one in Proof.objects.get().candidates] == ["gpt-4o", "gpt-4o-mini"]
    assert Proof.objects.get().state == "stopped"
    assert "Stop" not in text(client.get(where)).split("Side by side")[0].replace("Stopped", "")


def test_every_model_that_costs_less_is_tested_at_once_and_what_that_costs_is_told(house, client):
    offers.forget()
    address = "/integrations/follow-up-new-leads/tests/"
    Case.objects.create(
        integration=house.integration, record=world.DANA, verdict="stated", expected={"body": "Hi"}
    )
    client.force_login(house.owner)

    page = text(client.get(address))
    client.post(f"{address}start/", {"against": ["cheaper", ""]})

    assert re.search(r"Its answers cost about \$0\.\d+ with gpt-4o", page)
    names = [one["model"] for one in Proof.objects.get().candidates]
    assert names[0] == "gpt-4o"
    assert "gpt-4o-mini" in names


def test_a_test_says_what_changing_over_would_mean(as_role):
    world.business()
    proof = Proof.objects.get()

    page = text(as_role("viewer").get(f"{ADDRESS}tests/{proof.pk}/"))

    assert "gpt-4o-mini makes 1 mistake more than what is in force." in page
    assert "Next step is another than was approved." in page


def test_versions_tell_what_changed_and_go_back_by_post_alone(as_role, practice):
    world.connections()
    made = world.integration()
    another_version(made, limits={"per_day": 5})
    Connection.objects.filter(app="hubspot").update(base_url=practice.hubspot)
    client = as_role("builder")

    page = text(client.get(f"{ADDRESS}versions/"))
    client.get(f"{ADDRESS}versions/1/")
    unchanged = Integration.objects.get().current.number
    Fact.objects.create(name="prices", statements=[{"text": "x"}])
    client.post(f"{ADDRESS}versions/1/")

    assert "The limits: “per_day” is now 5; before it was 20." in page
    assert "Go back to version 1" in page
    assert unchanged == 2
    assert Integration.objects.get().current.number == 3


def test_what_keeps_an_integration_from_working_is_said_before_it_is_switched_on(as_role):
    world.connections()
    world.integration(is_on=False)
    Connection.objects.filter(name="gmail-sales").update(
        state="needs you", problem="Google ended the sign-in."
    )
    Connection.objects.filter(name="openai-main").delete()

    page = text(as_role("builder").get(ADDRESS))

    assert "Before it can work" in page
    assert "gmail-sales does not work: Google ended the sign-in." in page
    assert "There is no connection openai-main." in page


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_who_may_not_build_changes_nothing_here(as_role, role):
    world.business()
    client = as_role(role)
    before = (Case.objects.count(), Proof.objects.count(), Fact.objects.count(), Version.objects.count())

    for address in ("tests/", "tests/start/", "versions/1/"):
        assert client.post(f"{ADDRESS}{address}", {"do": "keep"}).status_code == 403
    assert client.post("/settings/facts/new/", {"name": "x", "text-0": "y"}).status_code == 403
    assert Person.objects.filter(role=role).exists()

    assert (
        Case.objects.count(),
        Proof.objects.count(),
        Fact.objects.count(),
        Version.objects.count(),
    ) == before

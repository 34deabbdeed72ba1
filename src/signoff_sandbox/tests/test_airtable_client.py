"""The best-known client works unchanged against the practice Airtable, and meets there what Airtable describes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pyairtable import Api
from pyairtable.formulas import AND, CREATED_TIME, IS_AFTER, RECORD_ID, Field, match
from requests import HTTPError

from signoff_sandbox.airtable.formulas import BadFormula, Row, matches
from signoff_sandbox.airtable.tables import BASE, OTHER_BASE
from signoff_sandbox.testing import AIRTABLE_KEY


@pytest.fixture
def api(own_practice):
    own_practice.control("airtable", limits={"per_second": 1000})
    return Api(AIRTABLE_KEY, endpoint_url=own_practice.address("airtable"), retry_strategy=None)


@pytest.fixture
def leads(api):
    return api.table(BASE, "Leads")


def refused(call, *args, **more) -> tuple[int, str]:
    with pytest.raises(HTTPError) as caught:
        call(*args, **more)
    answer = caught.value.response
    told = answer.json()
    error = told.get("error") or told["errors"][0]["error"]
    return answer.status_code, error if isinstance(error, str) else error["type"]


def test_a_token_says_whose_it_is_and_which_bases_it_opens(api, own_practice):
    assert set(api.whoami()) == {"id"}
    assert [(base.id, base.name) for base in api.bases()] == [(BASE, "Harbour Desk")]

    own_practice.control("airtable", token={"scopes": ["user.email:read"]})

    assert api.whoami()["email"]
    assert refused(api.bases, force=True) == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")


def test_the_schema_has_types_and_choices(leads):
    schema = leads.schema()

    assert schema.primary_field_id == schema.field("Name").id
    assert schema.field("Lead status").type == "singleSelect"
    assert [one.name for one in schema.field("Lead status").options.choices] == [
        "New",
        "Answered",
        "Won",
        "Lost",
    ]
    assert schema.field("Number").type == "autoNumber"


def test_a_record_is_made_read_changed_and_deleted(leads):
    made = leads.create({"Name": "Dana Whitfield", "Newsletter": True, "Topics": ["Price"], "Seats": 4})

    assert made["fields"]["Number"]
    assert leads.get(made["id"]) == made
    assert leads.update(made["id"], {"Lead status": "Won"})["fields"]["Name"] == "Dana Whitfield"
    replaced = leads.update(made["id"], {"Name": "Dana"}, replace=True)["fields"]
    assert set(replaced) == {"Name", "Number", "Made at"}
    assert leads.delete(made["id"])["deleted"]
    assert refused(leads.get, made["id"]) == (404, "NOT_FOUND")


def test_empty_cells_are_left_out(leads):
    made = leads.create({"Name": "Dana", "Email": "", "Newsletter": False, "Topics": []})

    assert {"Email", "Newsletter", "Topics"}.isdisjoint(made["fields"])
    assert "Name" not in leads.update(made["id"], {"Name": None})["fields"]


def test_a_long_table_comes_in_pages(leads):
    leads.batch_create([{"Name": f"Lead {n}"} for n in range(205)])

    assert len(leads.all()) == 205
    assert [len(page) for page in leads.iterate(page_size=50)] == [50, 50, 50, 50, 5]
    assert len(leads.all(max_records=7)) == 7
    assert set(leads.all(fields=["Name"], max_records=1)[0]["fields"]) == {"Name"}


def test_an_offset_that_was_forgotten_is_refused(leads, own_practice):
    leads.batch_create([{"Name": f"Lead {n}"} for n in range(3)])
    pages = leads.iterate(page_size=1)
    next(pages)

    own_practice.control("airtable", forget_iterators=True)

    assert refused(next, pages) == (422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE")


def test_records_are_filtered_by_formula_and_sorted(leads):
    leads.batch_create([{"Name": name, "Seats": seats} for name, seats in (("B", 2), ("A", 9), ('"C\\', 3))])

    assert [one["fields"]["Name"] for one in leads.all(sort=["Name"], formula=Field("Seats").gt(2))] == [
        '"C\\',
        "A",
    ]
    assert leads.first(formula=match({"Name": '"C\\'}))["fields"]["Seats"] == 3
    (one,) = leads.all(formula=RECORD_ID().eq(leads.first()["id"]))
    assert one == leads.first()
    assert leads.all(formula=AND(Field("Name").eq("A"), Field("Seats").eq(2))) == []
    assert refused(leads.all, formula="{No such} = 1") == (422, "INVALID_FILTER_BY_FORMULA")


def test_records_are_found_by_when_they_were_made(leads, own_practice):
    own_practice.control("airtable", create_records={"records": [{"Name": "Old"}], "age_seconds": 3600})
    leads.create({"Name": "New"})

    since = datetime.now(UTC) - timedelta(minutes=5)

    (found,) = leads.all(formula=IS_AFTER(CREATED_TIME(), since))
    assert found["fields"]["Name"] == "New"


def test_a_very_long_question_goes_by_post(leads):
    leads.create({"Name": "Dana"})

    assert len(leads.all(formula=f'OR({{Name}}="Dana", {{Name}}="{"x" * 17_000}")')) == 1


def test_an_upsert_finds_what_is_there(leads):
    first = leads.batch_upsert([{"fields": {"Email": "d@x.test", "Name": "Dana"}}], key_fields=["Email"])
    second = leads.batch_upsert([{"fields": {"Email": "d@x.test", "Name": "Diana"}}], key_fields=["Email"])

    assert first["createdRecords"] == second["updatedRecords"]
    assert [one["fields"]["Name"] for one in leads.all()] == ["Diana"]


@pytest.mark.parametrize(
    ("fields", "type"),
    [
        ({"Nome": "Dana"}, "UNKNOWN_FIELD_NAME"),
        ({"Seats": "four"}, "INVALID_VALUE_FOR_COLUMN"),
        ({"Number": 4}, "INVALID_VALUE_FOR_COLUMN"),
        ({"Follow up": "tomorrow"}, "INVALID_VALUE_FOR_COLUMN"),
        ({"Lead status": "Maybe"}, "INVALID_MULTIPLE_CHOICE_OPTIONS"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_made(leads, fields, type):
    assert refused(leads.create, {"Name": "Dana", **fields}) == (422, type)
    assert leads.all() == []


def test_typecast_converts_and_makes_new_choices(leads):
    made = leads.create({"Seats": "4", "Lead status": "Maybe"}, typecast=True)

    assert made["fields"]["Seats"] == 4
    assert made["fields"]["Lead status"] == "Maybe"


def test_what_a_token_does_not_open_does_not_say_whether_it_exists(api, leads, own_practice):
    unseen = (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")

    assert refused(api.table(OTHER_BASE, "Salaries").all) == unseen
    assert refused(api.table("appNowhere0000000", "Leads").all) == unseen
    assert refused(api.table(BASE, "Nowhere").all) == unseen

    own_practice.control("airtable", permission="read")
    assert refused(leads.create, {"Name": "Dana"}) == unseen
    assert leads.all() == []


def test_a_wrong_and_a_revoked_token_are_refused(own_practice, leads):
    own_practice.control("airtable", revoke_key=True)

    assert refused(leads.all) == (401, "AUTHENTICATION_REQUIRED")


def test_whoever_asks_too_fast_waits_for_half_a_minute(leads, own_practice):
    own_practice.control("airtable", limits={"per_second": 5, "penalty_seconds": 30})

    for _ in range(5):
        leads.all()
    assert refused(leads.all) == (429, "RATE_LIMIT_REACHED")
    own_practice.control("airtable", clock_offset_seconds=29)
    assert refused(leads.all) == (429, "RATE_LIMIT_REACHED")
    own_practice.control("airtable", clock_offset_seconds=31)
    assert leads.all() == []


def test_another_base_has_a_pace_of_its_own(api, leads, own_practice):
    own_practice.control("airtable", limits={"per_second": 1}, token={"bases": [BASE, OTHER_BASE]})

    leads.all()

    assert refused(leads.all)[0] == 429
    assert api.table(OTHER_BASE, "Salaries").all() == []


def test_a_month_that_is_used_up_is_told_apart_from_a_pace(leads, own_practice):
    own_practice.control("airtable", month_left=1)

    leads.all()

    assert refused(leads.all) == (429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED")


def test_the_clients_own_patience_outlasts_a_server_that_is_down(own_practice, leads):
    own_practice.control("airtable", fail_next={"fault": "http503", "times": 1})

    assert refused(leads.all)[0] == 503
    patient = Api(AIRTABLE_KEY, endpoint_url=own_practice.address("airtable"))
    own_practice.control("airtable", fail_next={"fault": "rate", "times": 1})
    assert patient.table(BASE, "Leads").all() == []


def test_the_page_for_people_shows_what_was_written_as_it_is(leads, own_practice):
    import urllib.request

    leads.create({"Name": "<b>Dana</b>"})

    with urllib.request.urlopen(own_practice.address("airtable") + "/") as answer:
        shown = answer.read().decode()
    assert "&lt;b&gt;Dana&lt;/b&gt;" in shown
    assert own_practice.books("airtable")["records"][0]["fields"]["Name"] == "<b>Dana</b>"


@pytest.mark.parametrize(
    "formula", ["", "(", '"a', "NOPE()", "{Name} = ", "{Name} ? 1", "1 2", "IS_AFTER(1, 2)"]
)
def test_a_formula_that_cannot_be_read_says_so(formula):
    row = Row("rec1", datetime.now(UTC), {}, frozenset({"Name"}))

    with pytest.raises(BadFormula):
        matches(formula, row)

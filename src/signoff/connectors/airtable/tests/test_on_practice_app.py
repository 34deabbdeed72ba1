from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.airtable.connector import Airtable
from signoff.connectors.base import Choice, Intent, NotSent, Sent, Unknown
from signoff.connectors.tests.practice import connect
from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    QuotaExhausted,
    RateLimited,
    VendorDown,
)
from signoff_sandbox.testing import AIRTABLE_SETTINGS

HOSTILE = 'Dana"), TRUE(), ("\\ {Name} \r\nX-Evil: 1'


@pytest.fixture
def fresh(practice):
    """Return the practice apps, Airtable's as freshly started; the others belong to other tests too."""
    practice.control(
        "airtable", fresh=True, fail_no_more=True, clock_offset_seconds=0, limits={"per_second": 1000}
    )
    yield practice
    practice.control("airtable", fresh=True, fail_no_more=True, clock_offset_seconds=0)


@pytest.fixture
def airtable(fresh, monkeypatch):
    monkeypatch.setattr(Airtable, "settled", timedelta(seconds=-2))
    return connect(fresh, "airtable")


def written(practice, table="Leads"):
    return [one["fields"] for one in practice.books("airtable")["records"] if one["table"] == table]


def seed(practice, *records, **more):
    return practice.control("airtable", create_records={"records": list(records), **more})["create_records"]


def intent(action="create_record", marker="so-7-0-1f9c", **params):
    return Intent(action, {"values": {}, **params}, marker, datetime.now(UTC))


def from_now(airtable):
    """Return a cursor that begins some seconds ago, so that what a test makes is after it."""
    place = json.loads(airtable.changes("record_created", None, ()).cursor)
    return json.dumps({**place, "start": place["start"] - 5000, "done": place["done"] - 5000})


def told(airtable, cursor, fields=()):
    """Return the events of a whole pass, its pages and the cursor behind it."""
    events, pages = [], 0
    while True:
        page = airtable.changes("record_created", cursor, fields)
        events, pages, cursor = [*events, *page.events], pages + 1, page.cursor
        if not page.more:
            return events, pages, cursor


# Who we are


def test_check_names_the_table_and_what_the_token_may(airtable):
    account = airtable.check()

    assert account.id == AIRTABLE_SETTINGS["base"]
    assert account.name == f"Leads in {AIRTABLE_SETTINGS['base']}"
    assert account.may == ("read fields", "read records", "write records")
    assert account.lacks == ()


@pytest.mark.parametrize("key", ["pat-wrong", "patRevoked"])
def test_check_knows_a_wrong_token(fresh, key):
    with pytest.raises(CredentialRejected):
        connect(fresh, "airtable", key=key).check()


def test_check_says_what_a_restricted_token_lacks_by_airtables_own_word(fresh, airtable):
    fresh.control("airtable", token={"scopes": ["data.records:write", "schema.bases:read"]})

    account = airtable.check()

    assert account.may == ("read fields", "write records")
    assert account.lacks == ("read records (data.records:read)",)


@pytest.mark.parametrize("may_not", [{"token": {"scopes": ["data.records:read"]}}, {"permission": "comment"}])
def test_check_finds_out_that_nothing_may_be_written_without_writing(fresh, airtable, may_not):
    seed(fresh, {"Name": "Dana"})
    before = written(fresh)
    fresh.control("airtable", **may_not)

    assert "write records (data.records:write)" in airtable.check().lacks
    assert written(fresh) == before


def test_check_names_a_table_that_is_not_there(fresh):
    with pytest.raises(InputRejected) as caught:
        connect(fresh, "airtable", table="Nowhere").check()

    assert caught.value.field == "table"


def test_every_kind_of_field_is_known_or_only_read(airtable):
    fields = {field.label: field for field in airtable.fields("record")}

    assert (fields["Lead status"].name, fields["Lead status"].type) == ("Lead_status", "choice")
    assert Choice("Won", "Won") in fields["Lead status"].choices
    kinds = {label: field.type for label, field in fields.items() if not field.read_only}
    assert kinds == {
        "Name": "text",
        "Email": "email",
        "Company": "text",
        "Message": "text",
        "Lead status": "choice",
        "Topics": "choices",
        "Seats": "number",
        "Budget": "number",
        "Newsletter": "yesno",
        "Follow up": "date",
        "Called at": "datetime",
        "Website": "link",
        "Phone": "phone",
        "Answer": "text",
        "Signoff run": "text",
    }
    assert {"Number", "Summary", "Made at", "Later kind"} <= set(fields) - set(kinds)


def test_the_fields_of_another_table_of_the_base_can_be_asked_for(airtable):
    assert [field.label for field in airtable.fields("Tasks")][:2] == ["Title", "Lead"]


# What comes in


def test_a_new_record_is_told_once_with_the_fields_that_are_asked_for(fresh, airtable):
    seed(fresh, {"Name": "Before"}, age_seconds=60)
    cursor = from_now(airtable)
    (id,) = seed(fresh, {"Name": "Dana", "Lead status": "New", "Seats": 4})

    (event,), _, after = told(airtable, cursor, ("Name", "Lead_status", "Lead status", "Email"))

    assert event.object_id == id
    assert event.label == "Dana"
    assert event.record == {
        "id": id,
        "Name": "Dana",
        "Lead_status": "New",
        "Lead status": "New",
        "Email": None,
    }
    assert abs(event.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)
    again, _, _ = told(airtable, after)
    assert [one.key for one in again] in ([], [event.key])  # passes overlap; the key says that it is the same
    assert told(airtable, cursor)[0][0].key == event.key


def test_without_a_choice_of_fields_a_record_has_all_of_them(fresh, airtable):
    cursor = from_now(airtable)
    seed(fresh, {"Name": "Dana", "Lead status": "New"})

    (event,), _, _ = told(airtable, cursor)

    assert {"id", "Name", "Lead_status", "Number", "Made_at"} == set(event.record)


def test_nothing_is_told_of_what_was_there_before(fresh, airtable):
    seed(fresh, {"Name": "Old"}, age_seconds=3600)

    first = airtable.changes("record_created", None, ())

    assert first.events == ()
    assert told(airtable, first.cursor)[0] == []


def test_an_empty_record_is_told_when_somebody_has_filled_it(fresh, airtable):
    cursor = from_now(airtable)
    (id,) = seed(fresh, {})

    events, _, cursor = told(airtable, cursor, ("Name", "Email"))
    assert events == []

    fresh.control("airtable", update_records=[{"id": id, "fields": {"Name": "Dana"}}])
    events, _, _ = told(airtable, cursor, ("Name", "Email"))
    assert [event.record["Name"] for event in events] == ["Dana"]


def test_a_record_rests_for_half_a_minute_before_it_is_told(fresh, airtable, monkeypatch):
    cursor = from_now(airtable)
    seed(fresh, {"Name": "Dana"})
    monkeypatch.setattr(Airtable, "settled", timedelta(seconds=30))

    events, _, cursor = told(airtable, cursor)

    assert events == []
    monkeypatch.setattr(Airtable, "settled", timedelta(seconds=-2))
    assert len(told(airtable, cursor)[0]) == 1


def test_an_import_comes_in_pages_and_nobody_is_left_out(fresh, airtable):
    cursor = from_now(airtable)
    ids = seed(fresh, *[{"Name": f"Lead {n}"} for n in range(250)])

    events, pages, _ = told(airtable, cursor)

    assert pages == 3
    assert sorted(event.object_id for event in events) == sorted(ids)


def test_what_is_added_while_pages_are_read_is_told_with_the_next_pass(fresh, airtable):
    cursor = from_now(airtable)
    before = seed(fresh, *[{"Name": f"Lead {n}"} for n in range(120)])
    first = airtable.changes("record_created", cursor, ())
    meanwhile = seed(fresh, {"Name": "Dana"})

    rest, _, cursor = told(airtable, first.cursor)
    following, _, _ = told(airtable, cursor)

    assert {event.object_id for event in [*first.events, *rest, *following]} == {*before, *meanwhile}


def test_a_pass_begins_again_when_airtable_has_forgotten_the_offset(fresh, airtable):
    cursor = from_now(airtable)
    ids = seed(fresh, *[{"Name": f"Lead {n}"} for n in range(150)])
    first = airtable.changes("record_created", cursor, ())
    assert first.more

    fresh.control("airtable", forget_iterators=True)
    events, _, _ = told(airtable, first.cursor)

    assert {event.object_id for event in events} == set(ids)


def test_what_signoff_made_itself_starts_nothing(airtable):
    cursor = from_now(airtable)
    airtable.perform("create_record", {"values": {"Name": "Dana"}}, "so-1")

    assert told(airtable, cursor)[0] == []


def test_one_record_is_read_as_it_is_now(fresh, airtable):
    (id,) = seed(fresh, {"Name": "Dana"})

    assert airtable.read("record_created", id, ("Name", "Email")) == {"id": id, "Name": "Dana", "Email": None}
    fresh.control("airtable", delete_records=[id])
    assert airtable.read("record_created", id, ("Name",)) is None
    assert airtable.read("record_created", f'{id}")=1,"{HOSTILE}', ("Name",)) is None


# What goes back


def test_a_record_is_made_with_our_number_in_its_own_field(fresh, airtable):
    values = {"Name": "Dana", "Seats": 4, "Topics": ["Price"], "Newsletter": True, "Email": "", "Phone": None}

    done = airtable.perform("create_record", {"values": values}, "so-1")

    assert done.id.startswith("rec")
    (found,) = written(fresh)
    assert found.items() >= {"Name": "Dana", "Seats": 4, "Topics": ["Price"], "Signoff run": "so-1"}.items()


def test_a_record_can_go_to_another_table_and_point_back(fresh, airtable):
    (id,) = seed(fresh, {"Name": "Dana"})

    airtable.perform("create_record", {"table": "Tasks", "values": {"Title": "Call", "Lead": [id]}}, "so-1")

    assert written(fresh, "Tasks") == [{"Title": "Call", "Lead": [id], "Signoff run": "so-1"}]


def test_a_change_leaves_the_other_cells_and_empties_what_is_empty(fresh, airtable):
    (id,) = seed(fresh, {"Name": "Dana", "Company": "Whitfield", "Lead status": "New"})

    done = airtable.perform(
        "update_record", {"record": id, "values": {"Lead status": "", "Answer": "Hello"}}, "m"
    )

    assert done.id == id
    (found,) = written(fresh)
    assert (found["Name"], found["Company"], found["Answer"]) == ("Dana", "Whitfield", "Hello")
    assert "Lead status" not in found


@pytest.mark.parametrize("told_as", [404, 403])
def test_a_record_that_is_gone_is_told_apart_from_a_token_that_may_not(fresh, airtable, told_as):
    fresh.control("airtable", gone_as=told_as)

    with pytest.raises(InputRejected) as caught:
        airtable.perform("update_record", {"record": "recGone0000000000", "values": {"Name": "Dana"}}, "m")

    assert caught.value.field == "record"
    fresh.control("airtable", permission="read")
    (id,) = seed(fresh, {"Name": "Dana"})
    with pytest.raises(PermissionMissing):
        airtable.perform("update_record", {"record": id, "values": {"Name": "Dana"}}, "m")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"Name": "Dana", "Nome": "x"}, "Nome"),
        ({"Seats": "four"}, "Seats"),
        ({"Lead status": "Maybe"}, "values"),
        ({"Number": 7}, "Number"),
        ({"Follow up": "tomorrow"}, "Follow up"),
    ],
)
def test_a_value_that_does_not_fit_names_its_field_and_makes_nothing(fresh, airtable, values, field):
    with pytest.raises(InputRejected) as caught:
        airtable.perform("create_record", {"values": values}, "so-1")

    assert caught.value.field == field
    assert "Maybe" not in str(caught.value)
    assert written(fresh) == []


def test_a_hostile_value_is_only_a_value(fresh, airtable):
    airtable.perform("create_record", {"values": {"Name": HOSTILE, "Message": "=1+1"}}, "so-1")

    assert written(fresh)[0]["Name"] == HOSTILE
    assert airtable.reconcile(intent(marker=HOSTILE)) == NotSent()
    assert airtable.reconcile(intent(marker="so-1"))


@pytest.mark.parametrize(
    "table", ["..", "../../v0/meta/whoami", "Leads?x=1", "Leads/rec1", "Leads\r\nX-Evil: 1", "é#"]
)
def test_a_hostile_name_of_a_table_is_no_way_to_another_place(fresh, airtable, table):
    with pytest.raises((InputRejected, PermissionMissing)):
        airtable.perform("create_record", {"table": table, "values": {"Name": "Dana"}}, "so-1")

    assert written(fresh) == []


@pytest.mark.parametrize("record", ["", "..", "rec1/../rec2", 'rec1"', "rec1\n"])
def test_a_record_is_named_by_an_id_and_nothing_else(airtable, record):
    with pytest.raises(InputRejected) as caught:
        airtable.perform("update_record", {"record": record, "values": {}}, "m")

    assert caught.value.field == "record"


# Was it done?


def test_a_write_whose_answer_was_lost_is_found_again(fresh, airtable):
    for fault in ("lost_answer", "late503"):
        fresh.control("airtable", clear=True, fail_next={"fault": fault, "method": "POST"})
        with pytest.raises(OutcomeUnknown):
            airtable.perform("create_record", {"values": {"Name": "Dana"}}, "so-7-0-1f9c")

        outcome = airtable.reconcile(intent())

        assert isinstance(outcome, Sent)
        assert airtable.read("record_created", outcome.external_id, ("Name",))["Name"] == "Dana"


def test_a_write_that_never_arrived_is_known_not_to_have(fresh, airtable):
    fresh.control("airtable", fail_next={"fault": "cut", "method": "POST"})
    with pytest.raises(OutcomeUnknown):
        airtable.perform("create_record", {"table": "Tasks", "values": {"Title": "Call"}}, "so-7-0-1f9c")
    airtable.perform("create_record", {"values": {"Name": "Dana"}}, "so-7-0-1f9c2")

    assert airtable.reconcile(intent(table="Tasks")) == NotSent()
    assert airtable.reconcile(intent()) == NotSent()


def test_without_the_field_for_our_number_nobody_can_say(fresh, airtable):
    fresh.control("airtable", rename_field={"from": "Signoff run", "to": "Notes"})

    assert isinstance(airtable.reconcile(intent()), Unknown)
    assert isinstance(connect(fresh, "airtable", run_field="").reconcile(intent()), Unknown)


def test_a_field_with_braces_and_quotes_in_its_name_is_found_again(fresh, monkeypatch):
    name = 'Run {of} "Signoff" \\'
    fresh.control("airtable", rename_field={"from": "Signoff run", "to": name})
    airtable = connect(fresh, "airtable", run_field=name)
    airtable.perform("create_record", {"values": {"Name": "Dana"}}, "so-1")

    assert isinstance(airtable.reconcile(intent(marker="so-1")), Sent)


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "when_reading", "when_writing"),
    [
        ("rate", RateLimited, RateLimited),
        ("month", QuotaExhausted, QuotaExhausted),
        ("not_json", InputRejected, InputRejected),
        ("too_large", InputRejected, InputRejected),
        ("no_create", PermissionMissing, PermissionMissing),
        ("gone_or_forbidden", PermissionMissing, PermissionMissing),
        ("http500", VendorDown, OutcomeUnknown),
        ("http502", VendorDown, OutcomeUnknown),
        ("http503", VendorDown, OutcomeUnknown),
        ("malformed", AnswerUnexpected, OutcomeUnknown),
    ],
)
def test_each_row_of_airtables_error_table_belongs_to_somebody(
    fresh, airtable, fault, when_reading, when_writing
):
    fresh.control("airtable", fail_next=fault)
    with pytest.raises(when_reading):
        airtable.read("record_created", "rec00000000000001", ())

    fresh.control("airtable", fail_next=fault)
    with pytest.raises(when_writing):
        airtable.perform("create_record", {"values": {"Name": "Dana"}}, "so-1")


def test_whoever_is_told_to_slow_down_waits_as_long_as_airtable_says(fresh, airtable):
    fresh.control("airtable", limits={"per_second": 1})
    airtable.read("record_created", "rec00000000000001", ())
    with pytest.raises(RateLimited) as caught:
        airtable.read("record_created", "rec00000000000001", ())

    assert caught.value.retry_after_seconds == 30
    fresh.control("airtable", clock_offset_seconds=caught.value.retry_after_seconds)
    assert airtable.read("record_created", "rec00000000000001", ()) is None


def test_a_revoked_token_stops_the_connection(fresh, airtable):
    fresh.control("airtable", revoke_key=True)

    with pytest.raises(CredentialRejected):
        airtable.perform("create_record", {"values": {"Name": "Dana"}}, "so-1")

"""Companies and deals on the practice HubSpot: what starts the work, what goes back, and what is found again."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Intent, NotSent, Sent
from signoff.connectors.tests.practice import connect
from signoff.core.errors import InputRejected, OutcomeUnknown, PermissionMissing, RateLimited

FIELDS = {
    "company": ["name", "domain", "industry"],
    "deal": ["dealname", "amount", "dealstage", "description"],
}


@pytest.fixture
def hubspot(practice, monkeypatch):
    practice.control("hubspot", search_lag_seconds=0, faults="", limits={"searches_per_second": 1000})
    client = connect(practice, "hubspot")
    monkeypatch.setattr(type(client), "settled", timedelta(0))
    return client


@pytest.fixture
def make(practice):
    """Make a record as a person in HubSpot does: `make("deals", dealname="Twelve seats")`."""

    def made(kind, **properties):
        asked = {"object": kind, "records": [properties]}
        return practice.control("hubspot", create_records=asked)["create_records"][0]

    return made


@pytest.fixture
def change(practice):
    def changed(kind, id, **properties):
        practice.control(
            "hubspot", update_records={"object": kind, "records": [{"id": id, "properties": properties}]}
        )

    return changed


@pytest.fixture
def contact(practice):
    return practice.seed_leads(1)[0]


def book(practice, kind, id):
    return next(one for one in practice.books("hubspot")[kind] if one["id"] == id)


def after(client, trigger, fields, doing):
    """Return the events of a trigger for what is done now."""
    time.sleep(0.03)  # what was made just before lies outside of the overlap
    cursor = client.changes(trigger, None, fields).cursor
    time.sleep(0.03)
    doing()
    time.sleep(0.03)
    return poll(client, trigger, cursor, fields)[0]


def poll(client, trigger, cursor, fields):
    events = []
    while True:
        page = client.changes(trigger, cursor, fields)
        events += page.events
        cursor = page.cursor
        if not page.more:
            return events, cursor


def intent(action, params, marker):
    return Intent(action, params, marker, datetime.now(UTC) - timedelta(seconds=5))


# What starts the work


@pytest.mark.parametrize(
    ("kind", "plural", "values", "label"),
    [
        ("company", "companies", {"name": "Lovelace & Co", "domain": "lovelace.example"}, "Lovelace & Co"),
        ("company", "companies", {"domain": "nameless.example"}, "nameless.example"),
        ("deal", "deals", {"dealname": "Twelve seats", "amount": "1490"}, "Twelve seats"),
    ],
)
def test_a_new_company_or_deal_is_told_once(hubspot, make, kind, plural, values, label):
    trigger = f"{kind}_created"

    events = after(hubspot, trigger, FIELDS[kind], lambda: make(plural, **values))

    assert [event.label for event in events] == [label]
    assert events[0].record.items() >= values.items()
    assert events[0].key == f"{trigger}:{events[0].object_id}"
    assert hubspot.read(trigger, events[0].object_id, FIELDS[kind]) == events[0].record


def test_a_deal_is_told_with_the_contact_and_the_company_that_belong_to_it(practice, hubspot, make, contact):
    fields = ["dealname", "contact.email", "contact.id", "company.name"]
    company, other = make("companies", name="First Ltd"), make("companies", name="Second Ltd")

    def tied():
        deal = make("deals", dealname="Tied")
        practice.control("hubspot", tie={"deals": deal, "contacts": contact})
        practice.control("hubspot", tie={"deals": deal, "companies": other})
        practice.control("hubspot", tie={"deals": deal, "companies": company})

    (event,) = after(hubspot, "deal_created", fields, tied)

    email = next(c for c in practice.books("hubspot")["contacts"] if c["id"] == contact)["properties"][
        "email"
    ]
    assert event.record == {
        "id": event.object_id,
        "dealname": "Tied",
        "contact.email": email,
        "contact.id": contact,
        "company.name": "Second Ltd",  # the primary one, though the other is older
    }
    assert hubspot.read("deal_created", event.object_id, fields) == event.record


def test_a_deal_with_nobody_is_told_without_one(hubspot, make):
    (event,) = after(
        hubspot, "deal_created", ["dealname", "contact.email"], lambda: make("deals", dealname="Alone")
    )

    assert event.record["contact.email"] is None


def test_a_deal_is_told_when_a_field_we_read_changes_and_each_time_anew(hubspot, make, change):
    deal = make("deals", dealname="Back and forth", amount="100", hs_next_step="call")
    fields = ["dealname", "amount"]

    def changes():
        change("deals", deal, hs_next_step="write")

    assert after(hubspot, "deal_changed", fields, changes) == []
    keys = set()
    for amount in ("200", "100", "200"):
        (event,) = after(
            hubspot, "deal_changed", fields, lambda value=amount: change("deals", deal, amount=value)
        )
        assert event.record["amount"] == amount
        keys.add(event.key)
    assert len(keys) == 3, "a value that comes back is a change too"


def test_the_same_change_told_twice_has_one_key(hubspot, make, change):
    deal = make("deals", dealname="Once", amount="100")
    cursor = hubspot.changes("deal_changed", None, ["amount"]).cursor
    time.sleep(0.03)
    change("deals", deal, amount="200")
    time.sleep(0.03)

    once, later = poll(hubspot, "deal_changed", cursor, ["amount"])
    again, _ = poll(hubspot, "deal_changed", later, ["amount"])

    assert [event.key for event in once] == [event.key for event in again]


def test_what_we_wrote_ourselves_starts_nothing(hubspot, make, change):
    deal = make("deals", dealname="Ours", amount="100")

    def ours():
        hubspot.perform("update_deal", {"deal": deal, "properties": {"amount": 200}}, "m")
        hubspot.perform("move_deal", {"deal": deal, "stage": "Closed Won"}, "m")
        hubspot.perform("add_note", {"deal": deal, "body": "A note."}, "so-ours-1")

    assert after(hubspot, "deal_changed", ["amount", "dealstage"], ours) == []
    assert after(hubspot, "deal_moved", ["dealname"], lambda: hubspot.perform(
        "move_deal", {"deal": deal, "stage": "contractsent"}, "m")) == []  # fmt: skip
    assert len(after(hubspot, "deal_changed", ["amount"], lambda: change("deals", deal, amount="300"))) == 1


def test_what_another_program_wrote_is_told(practice, hubspot, make):
    deal = make("deals", dealname="Theirs", amount="100")
    practice.control("hubspot", rotate_key={"new": "pat-another-app", "grace_seconds": 3600})
    other = connect(practice, "hubspot", key="pat-another-app")

    events = after(
        hubspot,
        "deal_changed",
        ["amount"],
        lambda: other.perform("update_deal", {"deal": deal, "properties": {"amount": 200}}, "m"),
    )

    assert [event.object_id for event in events] == [deal]


def test_a_deal_that_comes_into_a_stage_is_told_each_time(hubspot, make, change):
    deal = make("deals", dealname="Moving", dealstage="appointmentscheduled", amount="5")

    assert after(hubspot, "deal_moved", ["dealstage"], lambda: change("deals", deal, amount="6")) == []
    (won,) = after(
        hubspot, "deal_moved", ["dealname", "dealstage"], lambda: change("deals", deal, dealstage="closedwon")
    )
    change("deals", deal, dealstage="contractsent")
    (again,) = after(
        hubspot, "deal_moved", ["dealname", "dealstage"], lambda: change("deals", deal, dealstage="closedwon")
    )

    assert won.record["dealstage"] == again.record["dealstage"] == "closedwon"
    assert won.key != again.key


# Its fields


def test_a_stage_is_a_choice_with_the_name_of_its_pipeline(practice, hubspot):
    fields = {field.name: field for field in hubspot.fields("deal")}

    choices = {choice.value: choice.label for choice in fields["dealstage"].choices}
    assert choices["closedwon"] == "Sales Pipeline: Closed Won"
    assert choices["1042002"] == "Renewals: Closed Won"
    assert [choice.label for choice in fields["pipeline"].choices] == ["Sales Pipeline", "Renewals"]
    assert fields["hs_is_closed_won"].read_only
    assert fields["contact.email"].type == "email"
    assert fields["hubspot_owner_id"].choices[0].label == "Priya Nair"


def test_an_administrators_rule_shortens_a_field(practice, hubspot):
    practice.control(
        "hubspot", limit_length={"object": "companies", "property": "account_summary", "most": 280}
    )

    fields = {field.name: field for field in hubspot.fields("company")}

    assert fields["account_summary"].max_length == 280
    assert fields["description"].max_length == 65_536


def test_a_key_that_may_not_read_deals_is_told_which_box_to_tick_for_their_fields(practice, hubspot):
    practice.control(
        "hubspot", restrict_key={"scopes": ["crm.schemas.contacts.read", "crm.objects.contacts.read"]}
    )
    try:
        with pytest.raises(PermissionMissing) as caught:
            hubspot.fields("deal")
    finally:
        practice.control("hubspot", restore_scopes=True)

    assert "crm.schemas.deals.read" in caught.value.next_step


# What goes back


def test_a_company_is_created_once_for_its_domain(practice, hubspot, contact):
    company = {
        "name": "Harbour Dental",
        "domain": "Harbour-Dental.example",
        "properties": {"industry": "DENTISTS"},
    }

    made = hubspot.perform("create_company", {**company, "contact": contact}, "so-company-1")
    again = hubspot.perform("create_company", company, "so-company-2")

    kept = book(practice, "companies", made.id)
    assert again.id == made.id
    assert (kept["domain"], kept["industry"]) == ("harbour-dental.example", "DENTISTS")
    assert kept["description"] == "Signoff run so-company-1"
    assert kept["tied"] == {"contact": [contact]}


def test_a_deal_is_created_with_its_stage_by_name_and_tied(practice, hubspot, make, contact):
    company = make("companies", name="Deal Ltd")
    params = {
        "name": "Twelve seats",
        "stage": "contract sent",
        "amount": 1490,
        "properties": {"description": "They want to start in May."},
        "contact": contact,
        "company": company,
    }

    made = hubspot.perform("create_deal", params, "so-deal-1")

    kept = book(practice, "deals", made.id)
    assert (kept["pipeline"], kept["dealstage"], kept["amount"]) == ("default", "contractsent", "1490")
    assert kept["description"] == "They want to start in May.\n\nSignoff run so-deal-1"
    assert kept["tied"] == {"contact": [contact], "company": [company]}
    assert made.link is not None
    assert made.link.endswith(f"/0-3/{made.id}")


def test_a_deal_without_a_stage_begins_at_the_first(practice, hubspot):
    made = hubspot.perform("create_deal", {"name": "New"}, "so-deal-2")
    renewal = hubspot.perform("create_deal", {"name": "New", "pipeline": "Renewals"}, "so-deal-3")

    assert book(practice, "deals", made.id)["dealstage"] == "appointmentscheduled"
    assert book(practice, "deals", renewal.id)["dealstage"] == "1042001"


@pytest.mark.parametrize(
    ("start", "params", "end"),
    [
        ({"dealstage": "qualifiedtobuy"}, {"stage": "Closed Won"}, ("default", "closedwon")),
        ({"dealstage": "qualifiedtobuy"}, {"stage": "closedwon"}, ("default", "closedwon")),
        ({"dealstage": "1042001", "pipeline": "1042000"}, {"stage": " closed won "}, ("1042000", "1042002")),
        ({"dealstage": "qualifiedtobuy"}, {"stage": "Renewal due"}, ("1042000", "1042001")),
        (
            {"dealstage": "closedwon"},
            {"stage": "Closed Lost", "pipeline": "renewals"},
            ("1042000", "1042003"),
        ),
    ],
)
def test_a_deal_moves_to_the_stage_that_is_meant(practice, hubspot, make, start, params, end):
    deal = make("deals", dealname="Moving", **start)

    for _ in range(2):
        hubspot.perform("move_deal", {"deal": deal, **params}, "m")

    kept = book(practice, "deals", deal)
    assert (kept["pipeline"], kept["dealstage"]) == end


@pytest.mark.parametrize(
    ("params", "field"),
    [({"stage": "Nowhere"}, "stage"), ({"stage": "Closed Won", "pipeline": "None such"}, "pipeline")],
)
def test_a_stage_that_is_not_there_is_named(hubspot, make, params, field):
    deal = make("deals", dealname="Lost")

    with pytest.raises(InputRejected) as caught:
        hubspot.perform("move_deal", {"deal": deal, **params}, "m")

    assert caught.value.field == field
    assert "Nothing was changed" in caught.value.owner_message


def test_a_stage_that_several_pipelines_have_needs_one_of_them(practice, hubspot, make):
    practice.control(
        "hubspot",
        add_pipeline={"id": "7", "label": "Repairs", "stages": [{"id": "71", "label": "In the workshop"}]},
    )
    deal = make("deals", dealname="Which", pipeline="7", dealstage="71")

    with pytest.raises(InputRejected) as caught:
        hubspot.perform("move_deal", {"deal": deal, "stage": "Closed Won"}, "m")

    assert "more than one pipeline" in caught.value.owner_message


def test_somebody_becomes_responsible_by_their_address(practice, hubspot, make):
    deal, company = make("deals", dealname="Owned"), make("companies", name="Owned Ltd")

    hubspot.perform(
        "set_owner", {"deal": deal, "company": company, "owner": "tom.okafor@harbourdesk.example"}, "m"
    )

    assert book(practice, "deals", deal)["hubspot_owner_id"] == "71002"
    assert book(practice, "companies", company)["hubspot_owner_id"] == "71002"


def test_an_owner_who_is_not_there_changes_nothing(hubspot, make):
    deal = make("deals", dealname="Nobody's")

    with pytest.raises(InputRejected) as caught:
        hubspot.perform("set_owner", {"deal": deal, "owner": "nobody@harbourdesk.example"}, "m")

    assert caught.value.field == "owner"
    assert "nobody@" not in str(caught.value)


def test_three_records_are_tied_to_each_other_and_twice_is_once(practice, hubspot, make, contact):
    deal, company = make("deals", dealname="Knot"), make("companies", name="Knot Ltd", domain="knot.example")
    params = {"deal": deal, "company": {"domain": "knot.example"}, "contact": contact}

    for _ in range(2):
        hubspot.perform("associate", params, "m")

    assert book(practice, "deals", deal)["tied"] == {"contact": [contact], "company": [company]}
    assert book(practice, "companies", company)["tied"]["contact"] == [contact]


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("associate", {"deal": "501"}),
        ("set_owner", {"owner": "71001"}),
        ("log_email", {"subject": "s", "body": "b"}),
    ],
)
def test_too_few_records_are_refused_in_words(hubspot, action, params):
    with pytest.raises(InputRejected) as caught:
        hubspot.perform(action, params, "m")

    assert "needs" in caught.value.owner_message


def test_two_companies_with_one_domain_are_a_question_for_a_person(hubspot, make):
    make("companies", name="One", domain="twins.example")
    make("companies", name="Two", domain="twins.example")

    with pytest.raises(InputRejected) as caught:
        hubspot.perform(
            "update_company", {"company": {"domain": "twins.example"}, "properties": {"city": "Leeds"}}, "m"
        )

    assert "more than one company" in caught.value.owner_message


def test_an_email_is_kept_with_a_deal_and_nothing_is_sent(practice, hubspot, make):
    deal = make("deals", dealname="Kept")
    params = {
        "deal": deal,
        "subject": "Your question",
        "body": "It costs $149.",
        "from_email": "priya@harbourdesk.example",
        "to_email": "ada@example.test",
    }

    made = hubspot.perform("log_email", params, "so-mail-1")

    kept = book(practice, "emails", made.id)
    assert kept["hs_email_direction"] == "EMAIL"
    assert kept["hs_email_html"] == "It costs $149.<br><br>Signoff run so-mail-1"
    assert '"to": [{"email": "ada@example.test"}]' in kept["hs_email_headers"]
    assert kept["tied"] == {"deal": [deal]}


def test_a_task_belongs_to_somebody_and_to_several_records(practice, hubspot, make, contact):
    deal = make("deals", dealname="To do")
    params = {"subject": "Call", "deal": deal, "contact": contact, "owner": "priya.nair@harbourdesk.example"}

    made = hubspot.perform("create_task", params, "so-task-9")

    kept = book(practice, "tasks", made.id)
    assert kept["hubspot_owner_id"] == "71001"
    assert kept["tied"] == {"deal": [deal], "contact": [contact]}


# Lost answers

LOST = [
    ("add_note", "/notes", {"deal": "DEAL", "body": "Hi"}),
    ("add_note", "/notes", {"company": "COMPANY", "body": "Hi"}),
    ("create_task", "/tasks", {"deal": "DEAL", "subject": "Call"}),
    ("log_email", "/emails", {"company": "COMPANY", "deal": "DEAL", "subject": "s", "body": "b"}),
    ("create_deal", "/deals", {"name": "Seats", "company": "COMPANY"}),
    ("create_deal", "/deals", {"name": "Seats alone"}),
    ("create_company", "/companies", {"name": "Alone Ltd"}),
]


@pytest.mark.parametrize(("action", "path", "params"), LOST)
@pytest.mark.parametrize("fault", ["lost_answer", "late503", "malformed", "cut"])
def test_what_was_made_is_found_again_and_what_was_not_is_known_not_to_be(
    practice, hubspot, make, action, path, params, fault
):
    ids = {"DEAL": make("deals", dealname="Found"), "COMPANY": make("companies", name="Found Ltd")}
    params = {name: ids.get(value, value) for name, value in params.items()}
    marker = f"so-{fault}-{action}-{len(params)}".replace("_", "-")
    practice.control("hubspot", fail_next={"fault": fault, "path": f"2026-09{path}", "method": "POST"})

    with pytest.raises(OutcomeUnknown):
        hubspot.perform(action, params, marker)
    outcome = hubspot.reconcile(intent(action, params, marker))

    if fault == "cut":
        assert outcome == NotSent()
    else:
        assert isinstance(outcome, Sent)
        assert hubspot.reconcile(intent(action, params, f"{marker}x")) == NotSent()


@pytest.mark.parametrize(("action", "path", "params"), LOST)
def test_an_index_that_is_late_does_not_let_it_be_made_twice(practice, hubspot, make, action, path, params):
    ids = {"DEAL": make("deals", dealname="Late"), "COMPANY": make("companies", name="Late Ltd")}
    params = {name: ids.get(value, value) for name, value in params.items()}
    marker = f"so-late-{action}-{len(params)}".replace("_", "-")
    practice.control(
        "hubspot", fail_next={"fault": "lost_answer", "path": f"2026-09{path}", "method": "POST"}
    )
    with pytest.raises(OutcomeUnknown):
        hubspot.perform(action, params, marker)

    practice.control("hubspot", search_lag_seconds=3600)
    outcome = hubspot.reconcile(intent(action, params, marker))

    assert isinstance(outcome, Sent)


@pytest.mark.parametrize(("policy", "wait"), [("secondly", 1.0), ("ten_secondly", 10.0), ("daily", 3600.0)])
def test_a_limit_says_how_long_to_wait(practice, hubspot, make, policy, wait):
    deal = make("deals", dealname="Slow")
    practice.control("hubspot", fail_next={"fault": policy, "method": "PATCH"})

    with pytest.raises(RateLimited) as caught:
        hubspot.perform("update_deal", {"deal": deal, "properties": {"amount": 1}}, "m")

    assert caught.value.retry_after_seconds == wait


def test_a_deal_that_is_gone_is_said_in_words(practice, hubspot, make):
    deal = make("deals", dealname="Gone")
    practice.control("hubspot", delete_records={"object": "deals", "ids": [deal]})

    for action, params in (
        ("move_deal", {"stage": "closedwon"}),
        ("update_deal", {"properties": {"amount": 1}}),
    ):
        with pytest.raises(InputRejected) as caught:
            hubspot.perform(action, {"deal": deal, **params}, "m")
        assert caught.value.field == "deal"
        assert "does not have this deal any more" in caught.value.owner_message
    assert hubspot.read("deal_created", deal, ["dealname"]) is None


def test_a_key_without_the_scope_is_told_which_box_to_tick(practice, hubspot, make):
    deal = make("deals", dealname="Locked")
    practice.control("hubspot", restrict_key={"scopes": ["crm.objects.deals.read", "crm.schemas.deals.read"]})
    try:
        with pytest.raises(PermissionMissing) as caught:
            hubspot.perform("update_deal", {"deal": deal, "properties": {"amount": 1}}, "m")
    finally:
        practice.control("hubspot", restore_scopes=True)

    assert "create, change and move deals" in caught.value.owner_message
    assert "crm.objects.deals.write" in caught.value.next_step

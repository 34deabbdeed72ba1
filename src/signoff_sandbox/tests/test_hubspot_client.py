"""The official HubSpot client works unchanged against the practice HubSpot."""

from __future__ import annotations

import json

import pytest
from hubspot import HubSpot
from hubspot.crm import associations, contacts, properties
from hubspot.crm.contacts import SimplePublicObjectInput, SimplePublicObjectInputForCreate
from hubspot.crm.objects.notes import SimplePublicObjectInputForCreate as NewNote
from urllib3.util.retry import Retry

from signoff_sandbox.testing import HUBSPOT_KEY, Practice

NOTE_TO_CONTACT = {
    "associationCategory": "HUBSPOT_DEFINED",
    "associationTypeId": 202,
}


def client_of(practice: Practice, key: str = HUBSPOT_KEY) -> HubSpot:
    return HubSpot(access_token=key, host=practice.hubspot, base_url=practice.hubspot, retry=Retry(0))


@pytest.fixture
def client(practice: Practice) -> HubSpot:
    return client_of(practice)


def new_contact(client: HubSpot, **values: str):
    return client.crm.contacts.basic_api.create(SimplePublicObjectInputForCreate(properties=values))


def test_a_contact_is_created_read_changed_and_archived(client):
    made = new_contact(client, firstname="Ada", email="ada@example.test", numemployees="8")

    read = client.crm.contacts.basic_api.get_by_id(
        made.id, properties=["numemployees", "phone", "no_such_field"]
    )
    changed = client.crm.contacts.basic_api.update(
        made.id, SimplePublicObjectInput(properties={"lead_intent": "pricing"})
    )
    client.crm.contacts.basic_api.archive(made.id)

    assert read.properties["numemployees"] == "8"
    assert read.properties["phone"] is None
    assert "no_such_field" not in read.properties
    assert changed.properties["lead_intent"] == "pricing"
    assert changed.updated_at > made.updated_at
    with pytest.raises(contacts.exceptions.NotFoundException):
        client.crm.contacts.basic_api.get_by_id(made.id)


def test_a_contact_is_found_by_its_address(client):
    made = new_contact(client, email="By.Address@example.test")

    found = client.crm.contacts.basic_api.get_by_id("by.address@example.test", id_property="email")

    assert found.id == made.id


def test_the_list_pages_through_all_contacts(own_practice):
    own_practice.seed_leads(25)
    client = client_of(own_practice)

    pages = [client.crm.contacts.basic_api.get_page(limit=10)]
    while pages[-1].paging:
        pages.append(client.crm.contacts.basic_api.get_page(limit=10, after=pages[-1].paging.next.after))

    assert [len(page.results) for page in pages] == [10, 10, 5]
    assert len({c.id for page in pages for c in page.results}) == 25


def test_search_filters_sorts_and_pages(own_practice):
    own_practice.control(
        "hubspot",
        create_contacts=[
            {"firstname": f"Lead {n}", "budget": str(n), "lifecyclestage": "lead"} for n in range(7)
        ],
    )
    client = client_of(own_practice)

    found = client.crm.contacts.search_api.do_search(
        {
            "filterGroups": [{"filters": [{"propertyName": "budget", "operator": "GTE", "value": "3"}]}],
            "sorts": [{"propertyName": "budget", "direction": "DESCENDING"}],
            "properties": ["budget"],
            "limit": 3,
        }
    )

    assert found.total == 4
    assert [c.properties["budget"] for c in found.results] == ["6", "5", "4"]
    assert found.paging.next.after == "3"


def test_a_search_knows_what_changed_since_a_moment(own_practice):
    client = client_of(own_practice)
    own_practice.seed_leads(3)
    last = client.crm.contacts.search_api.do_search({"sorts": ["-lastmodifieddate"], "limit": 1}).results[0]
    new_id = own_practice.control("hubspot", create_contacts=[{"firstname": "New"}])["create_contacts"][0]

    found = client.crm.contacts.search_api.do_search(
        {
            "filterGroups": [
                {
                    "filters": [
                        {
                            "propertyName": "lastmodifieddate",
                            "operator": "GT",
                            "value": str(int(last.updated_at.timestamp() * 1000)),
                        }
                    ]
                }
            ]
        }
    )

    assert [c.id for c in found.results] == [new_id]


def test_an_existing_address_is_a_conflict_that_names_the_contact(client):
    made = new_contact(client, email="twice@example.test")

    with pytest.raises(contacts.ApiException) as refused:
        new_contact(client, email="Twice@example.test")

    assert refused.value.status == 409
    assert f"Existing ID: {made.id}" in json.loads(refused.value.body)["message"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"lead_intent": "Pricing"}, "INVALID_OPTION"),
        ({"no_such_field": "x"}, "PROPERTY_DOESNT_EXIST"),
        ({"createdate": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"email": "nobody"}, "INVALID_EMAIL"),
        ({"numemployees": "1,000"}, "INVALID_INTEGER"),
        ({"wanted_start": "2026-01-01T10:00:00Z"}, "INVALID_DATE"),
        ({"wants_newsletter": "yes"}, "INVALID_BOOLEAN"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_code(client, values, code):
    with pytest.raises(contacts.ApiException) as refused:
        new_contact(client, **values)

    body = json.loads(refused.value.body)
    assert refused.value.status == 400
    assert body["category"] == "VALIDATION_ERROR"
    assert body["errors"][0]["code"] == code
    assert body["errors"][0]["context"]["propertyName"] == list(values)


def test_a_batch_reads_what_is_there_and_names_what_is_not(client):
    made = new_contact(client, firstname="Batch")

    answer = client.crm.contacts.batch_api.read(
        {"inputs": [{"id": made.id}, {"id": "999999"}], "properties": []}
    )

    assert [c.id for c in answer.results] == [made.id]
    assert answer.num_errors == 1
    assert answer.errors[0].context == {"ids": ["999999"]}


def test_a_batch_upsert_finds_by_address_or_creates(client):
    new_contact(client, email="known@example.test")

    answer = client.crm.contacts.batch_api.upsert(
        {
            "inputs": [
                {"idProperty": "email", "id": "known@example.test", "properties": {"firstname": "Known"}},
                {"idProperty": "email", "id": "unknown@example.test", "properties": {"firstname": "Unknown"}},
            ]
        }
    )

    assert [c.new for c in answer.results] == [False, True]


def test_the_fields_are_told_with_types_choices_and_what_is_read_only(client):
    told = {p.name: p for p in client.crm.properties.core_api.get_all("contacts").results}

    assert [o.value for o in told["lead_intent"].options] == [
        "pricing",
        "demo",
        "support",
        "partnership",
        "other",
    ]
    assert told["createdate"].modification_metadata.read_only_value
    assert told["budget"].type == "number"
    assert client.crm.properties.core_api.get_by_name("contacts", "email").has_unique_value
    with pytest.raises(properties.exceptions.NotFoundException):
        client.crm.properties.core_api.get_by_name("contacts", "no_such_field")


def test_a_note_is_written_on_a_contact_and_raises_its_time_of_change(client):
    contact = new_contact(client, firstname="Noted")

    note = client.crm.objects.notes.basic_api.create(
        NewNote(
            properties={"hs_timestamp": "2026-11-23T08:00:00Z", "hs_note_body": "Draft waits (run 7f3)."},
            associations=[{"to": {"id": contact.id}, "types": [NOTE_TO_CONTACT]}],
        )
    )

    tied = client.crm.associations.v4.basic_api.get_page("contacts", contact.id, "notes").results
    after = client.crm.contacts.basic_api.get_by_id(contact.id, associations=["notes"])
    assert [t.to_object_id for t in tied] == [note.id]
    assert after.associations["notes"].results[0].id == note.id
    assert after.updated_at > contact.updated_at
    assert (
        client.crm.objects.notes.basic_api.get_by_id(note.id, properties=["hs_note_body"])
        .properties["hs_note_body"]
        .startswith("Draft waits")
    )


def test_the_same_note_twice_is_two_notes(practice, client):
    contact = new_contact(client, firstname="Twice")
    note = NewNote(
        properties={"hs_timestamp": "2026-11-23T08:00:00Z", "hs_note_body": "once"},
        associations=[{"to": {"id": contact.id}, "types": [NOTE_TO_CONTACT]}],
    )

    client.crm.objects.notes.basic_api.create(note)
    client.crm.objects.notes.basic_api.create(note)

    mine = [n for n in practice.books("hubspot")["notes"] if n["contact_ids"] == [contact.id]]
    assert [n["body"] for n in mine] == ["once", "once"]


def test_a_note_without_a_time_is_refused(client):
    with pytest.raises(Exception) as refused:
        client.crm.objects.notes.basic_api.create(NewNote(properties={"hs_note_body": "x"}, associations=[]))

    assert refused.value.status == 400


def test_a_tie_is_made_and_undone_by_itself(client):
    contact = new_contact(client, firstname="Tied")
    note = client.crm.objects.notes.basic_api.create(
        NewNote(properties={"hs_timestamp": "2026-11-23T08:00:00Z", "hs_note_body": "x"}, associations=[])
    )
    api = client.crm.associations.v4.basic_api

    api.create_default("notes", note.id, "contacts", contact.id)
    tied = api.get_page("contacts", contact.id, "notes").results
    api.archive("notes", note.id, "contacts", contact.id)

    assert tied[0].association_types[0].type_id == 201
    assert api.get_page("contacts", contact.id, "notes").results == []


def test_a_merge_leads_the_old_id_to_the_winner(client):
    winner, loser = new_contact(client, firstname="Winner"), new_contact(client, phone="+1 503 555 0100")

    client.crm.contacts.basic_api.merge({"primaryObjectId": winner.id, "objectIdToMerge": loser.id})

    found = client.crm.contacts.basic_api.get_by_id(loser.id, properties=["phone"])
    assert found.id == winner.id
    assert found.properties["phone"] == "+1 503 555 0100"


def test_owners_are_told(client):
    owners = client.crm.owners.owners_api.get_page().results

    assert [f"{o.first_name} {o.last_name}" for o in owners] == ["Priya Nair", "Tom Okafor"]


def test_a_wrong_key_is_refused(practice):
    with pytest.raises(contacts.exceptions.UnauthorizedException) as refused:
        client_of(practice, "pat-na1-wrong").crm.contacts.basic_api.get_page()

    assert json.loads(refused.value.body)["category"] == "INVALID_AUTHENTICATION"


def test_a_restricted_key_is_told_which_scope_it_lacks(own_practice):
    own_practice.control("hubspot", restrict_key={"scopes": ["crm.objects.contacts.read"]})
    client = client_of(own_practice)

    client.crm.contacts.basic_api.get_page()
    with pytest.raises(contacts.exceptions.ForbiddenException) as refused:
        new_contact(client, firstname="No")

    body = json.loads(refused.value.body)
    assert body["category"] == "MISSING_SCOPES"
    assert body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]


def test_the_rate_limit_says_which_and_shows_what_is_left(own_practice):
    own_practice.control("hubspot", limits={"per_10s": 3})
    client = client_of(own_practice)

    _, status, headers = client.crm.contacts.basic_api.get_page_with_http_info()
    client.crm.contacts.basic_api.get_page()
    client.crm.contacts.basic_api.get_page()
    with pytest.raises(contacts.ApiException) as refused:
        client.crm.contacts.basic_api.get_page()

    assert status == 200
    assert headers["X-HubSpot-RateLimit-Remaining"] == "2"
    assert refused.value.status == 429
    assert json.loads(refused.value.body)["policyName"] == "TEN_SECONDLY_ROLLING"
    assert own_practice.books("hubspot", summary=True)["rate_limited"] == 1


def test_the_sixth_search_in_a_second_is_refused_and_searches_carry_no_rate_headers(own_practice):
    client = client_of(own_practice)

    _, _, headers = client.crm.contacts.search_api.do_search_with_http_info({"limit": 1})
    for _ in range(4):
        client.crm.contacts.search_api.do_search({"limit": 1})
    with pytest.raises(contacts.ApiException) as refused:
        client.crm.contacts.search_api.do_search({"limit": 1})

    assert not [name for name in headers if "RateLimit" in name]
    assert json.loads(refused.value.body)["policyName"] == "SECONDLY"


def test_associations_of_an_unknown_contact_are_not_found(client):
    with pytest.raises(associations.v4.exceptions.NotFoundException):
        client.crm.associations.v4.basic_api.get_page("contacts", "999999", "notes")

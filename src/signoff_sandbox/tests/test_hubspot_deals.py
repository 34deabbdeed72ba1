"""Companies, deals, pipelines and what is tied to them, by HubSpot's official client."""

from __future__ import annotations

import urllib.request

import pytest
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest as Asked
from hubspot.crm.associations.v4 import PublicFetchAssociationsBatchRequest as AskedOne
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as NewContact
from hubspot.crm.deals import BatchReadInputSimplePublicObjectId as DealsById
from hubspot.crm.deals import Filter, FilterGroup, PublicObjectSearchRequest, SimplePublicObjectInput
from hubspot.crm.deals import SimplePublicObjectInputForCreate as NewDeal
from hubspot.crm.deals.exceptions import ApiException
from hubspot.crm.objects.emails import SimplePublicObjectInputForCreate as NewEmail

from signoff_sandbox.tests.test_hubspot_client import client_of


@pytest.fixture
def client(practice):
    return client_of(practice)


def new_deal(client, **values):
    return client.crm.deals.basic_api.create(NewDeal(properties={"dealname": "Twelve seats", **values}))


def link(kind, id, *type_ids):
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id} for type_id in type_ids]
    return {"to": {"id": id}, "types": types}


def test_a_deal_is_made_moved_and_found(client):
    deal = new_deal(client, amount="1490", dealstage="appointmentscheduled", pipeline="default")

    moved = client.crm.deals.basic_api.update(
        deal.id, SimplePublicObjectInput(properties={"dealstage": "closedwon"})
    )
    wanted = Filter(property_name="hs_object_id", operator="EQ", value=deal.id)
    found = client.crm.deals.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[FilterGroup(filters=[wanted])], properties=["dealstage", "hs_is_closed_won"]
        )
    )

    assert moved.properties["dealstage"] == "closedwon"
    assert found.results[0].properties["hs_is_closed_won"] == "true"
    assert set(deal.properties) >= {"amount", "dealname", "dealstage", "pipeline", "hs_lastmodifieddate"}


def test_a_stage_alone_is_one_of_the_default_pipeline(client):
    assert new_deal(client, dealstage="qualifiedtobuy").properties["pipeline"] == "default"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"dealstage": "no_such_stage"}, "dealstage"),
        ({"dealstage": "Closed Won"}, "dealstage"),
        ({"dealstage": "1042001"}, "dealstage"),
        ({"dealstage": "closedwon", "pipeline": "1042000"}, "dealstage"),
        ({"pipeline": "no_such_pipeline"}, "pipeline"),
        ({"hs_is_closed_won": "true"}, "hs_is_closed_won"),
    ],
)
def test_a_stage_of_another_pipeline_is_refused(client, values, field):
    with pytest.raises(ApiException) as caught:
        new_deal(client, **values)

    assert caught.value.status == 400
    assert f'"propertyName": ["{field}"]'.replace(" ", "") in caught.value.body.replace(" ", "")


def test_pipelines_tell_their_stages_and_what_a_stage_means(client):
    pipelines = client.crm.pipelines.pipelines_api.get_all("deals").results
    stages = client.crm.pipelines.pipeline_stages_api.get_all("deals", "default").results

    assert [pipeline.label for pipeline in pipelines] == ["Sales Pipeline", "Renewals"]
    assert [stage.id for stage in pipelines[0].stages] == [stage.id for stage in stages]
    assert {stage.id: stage.metadata["isClosed"] for stage in stages}["closedlost"] == "true"


def test_the_stages_are_not_told_among_the_choices_of_the_field(client):
    stage = client.crm.properties.core_api.get_by_name("deals", "dealstage")

    assert (stage.type, stage.external_options, stage.options) == ("enumeration", True, [])


def test_a_deal_is_tied_to_its_contact_and_its_company_when_it_is_made(client):
    contact = client.crm.contacts.basic_api.create(NewContact(properties={"email": "tied@example.test"}))
    company = client.crm.companies.basic_api.create(NewCompany(properties={"name": "Lovelace & Co"}))

    deal = client.crm.deals.basic_api.create(
        NewDeal(
            properties={"dealname": "Tied"},
            associations=[link("contacts", contact.id, 3), link("companies", company.id, 5)],
        )
    )
    api = client.crm.associations.v4.basic_api
    companies = api.get_page("deals", deal.id, "companies").results
    asked = Asked(inputs=[AskedOne(id=deal.id), AskedOne(id="404404")])
    contacts = client.crm.associations.v4.batch_api.get_page("deals", "contacts", asked).results

    assert [one.to_object_id for one in companies] == [company.id]
    assert {one.label for one in companies[0].association_types} == {None, "Primary"}
    assert [(one._from.id, [to.to_object_id for to in one.to]) for one in contacts] == [
        (deal.id, [contact.id])
    ]


def test_two_records_are_tied_by_default_and_twice_is_once(client):
    company = client.crm.companies.basic_api.create(NewCompany(properties={"name": "Twice Ltd"}))
    deal = new_deal(client)

    for _ in range(2):
        client.crm.associations.v4.basic_api.create_default("deal", deal.id, "company", company.id)

    assert len(client.crm.associations.v4.basic_api.get_page("companies", company.id, "deals").results) == 1


def test_an_email_is_logged_on_a_deal_and_raises_its_time_of_change(client):
    deal = new_deal(client)
    values = {
        "hs_timestamp": "2026-11-23T08:00:00Z",
        "hs_email_direction": "INCOMING_EMAIL",
        "hs_email_status": "SENT",
        "hs_email_subject": "A question",
        "hs_email_text": "What does it cost?",
        "hs_email_headers": '{"from":{"email":"ada@example.test"}}',
    }
    client.crm.objects.emails.basic_api.create(
        NewEmail(properties=values, associations=[link("deals", deal.id, 210)])
    )

    after = client.crm.deals.basic_api.get_by_id(deal.id)
    logged = client.crm.associations.v4.basic_api.get_page("deals", deal.id, "emails").results

    assert after.updated_at > deal.updated_at
    assert len(logged) == 1


def test_the_history_of_a_property_tells_when_it_changed_and_who_did_it(practice, client):
    (id,) = practice.control(
        "hubspot", create_records={"object": "deals", "records": [{"dealname": "Past", "amount": "100"}]}
    )["create_records"]
    client.crm.deals.basic_api.update(id, SimplePublicObjectInput(properties={"amount": "200"}))
    client.crm.deals.basic_api.update(id, SimplePublicObjectInput(properties={"amount": "200"}))

    read = client.crm.deals.batch_api.read(
        DealsById(inputs=[{"id": id}], properties=["amount"], properties_with_history=["amount", "dealname"])
    )

    history = read.results[0].properties_with_history
    assert [(entry.value, entry.source_type, entry.source_id) for entry in history["amount"]] == [
        ("200", "INTEGRATION", "1234567"),
        ("100", "CRM_UI", "userId:9001"),
    ]
    assert history["amount"][0].timestamp > history["amount"][1].timestamp
    assert len(history["dealname"]) == 1


def test_a_batch_with_history_is_smaller(client):
    with pytest.raises(ApiException) as caught:
        client.crm.deals.batch_api.read(
            DealsById(
                inputs=[{"id": str(n)} for n in range(51)], properties=[], properties_with_history=["amount"]
            )
        )

    assert caught.value.status == 400


def test_a_key_for_contacts_alone_reads_no_deals(own_practice):
    own_practice.control("hubspot", restrict_key={"scopes": ["crm.objects.contacts.read"]})

    with pytest.raises(ApiException) as caught:
        client_of(own_practice).crm.deals.basic_api.get_page()

    assert caught.value.status == 403
    assert "crm.objects.deals.read" in caught.value.body


def test_a_stage_that_is_taken_away_is_refused_from_then_on(own_practice):
    client = client_of(own_practice)
    deal = new_deal(client, dealstage="contractsent")
    own_practice.control(
        "hubspot", remove_stage="contractsent", rename_stage={"id": "closedwon", "label": "Won"}
    )

    assert client.crm.deals.basic_api.get_by_id(deal.id).properties["dealstage"] == "contractsent"
    with pytest.raises(ApiException):
        new_deal(client, dealstage="contractsent")


def test_the_page_of_a_deal_tells_its_fields(practice, client):
    deal = new_deal(client, dealname="A page of its own")
    told = client.api_request({"path": f"/crm/objects/2026-09/deals/{deal.id}"}).json()

    with urllib.request.urlopen(told["url"]) as answer:
        assert "A page of its own" in answer.read().decode()
    assert told["url"].endswith(f"/record/0-3/{deal.id}")


def test_a_rule_on_the_length_of_a_text_binds_only_the_2026_09_paths(own_practice):
    own_practice.control("hubspot", limit_length={"object": "deals", "property": "dealname", "most": 12})
    client = client_of(own_practice)
    deal = new_deal(client)  # the official client asks by the older paths

    rules = client.api_request({"path": "/crm/property-validations/2026-09/0-3"}).json()["results"]
    change = {"properties": {"dealname": "Thirteen seats"}}
    path = f"/crm/objects/2026-09/deals/{deal.id}"
    refused = client.api_request({"method": "PATCH", "path": path, "body": change})

    assert rules[0]["propertyName"] == "dealname"
    assert rules[0]["propertyValidationRules"][0]["ruleArguments"] == ["12"]
    assert refused.status_code == 400
    assert client.crm.deals.basic_api.update(deal.id, SimplePublicObjectInput(**change)).id == deal.id

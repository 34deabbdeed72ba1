"""What the official client does not reach: dated paths, the account, lags, ended versions, webhooks."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.error
import urllib.request

import pytest
from hubspot.utils.signature import Signature

from signoff_sandbox.hubspot.webhooks import signature
from signoff_sandbox.testing import HUBSPOT_KEY, Practice


def call(practice: Practice, method: str, path: str, body: dict | None = None, key: str = HUBSPOT_KEY):
    """Return (status, body, headers), also of an error."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {key}"}
    request = urllib.request.Request(practice.hubspot + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else None, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read()), error.headers


def found(practice: Practice) -> list[str]:
    _, body, _ = call(practice, "POST", "/crm/objects/2026-09/contacts/search", {"limit": 200})
    return [c["id"] for c in body["results"]]


@pytest.mark.parametrize("base", ["/crm/objects/2026-09", "/crm/objects/2026-03", "/crm/v3/objects"])
def test_old_and_dated_paths_lead_to_the_same_records(practice, base):
    _, made, _ = call(practice, "POST", f"{base}/contacts", {"properties": {"firstname": "Path"}})

    for other in ("/crm/objects/2026-09", "/crm/v3/objects"):
        status, read, _ = call(practice, "GET", f"{other}/contacts/{made['id']}")
        assert (status, read["properties"]["firstname"]) == (200, "Path")


@pytest.mark.parametrize(
    "path",
    [
        "/crm/properties/2026-09/contacts",
        "/crm/owners/2026-09",
        "/account-info/2026-09/details",
        "/account-info/v3/details",
    ],
)
def test_the_dated_paths_of_the_account_answer(practice, path):
    status, _, headers = call(practice, "GET", path)

    assert status == 200
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"


def test_the_account_tells_who_it_is_and_another_one_can_take_its_place(own_practice):
    before = call(own_practice, "GET", "/account-info/2026-09/details")[1]

    own_practice.control("hubspot", account={"portal_id": 99, "type": "STANDARD"})

    after = call(own_practice, "GET", "/account-info/2026-09/details")[1]
    assert (before["portalId"], before["accountType"]) == (26123456, "DEVELOPER_TEST")
    assert (after["portalId"], after["accountType"]) == (99, "STANDARD")


def test_a_key_tells_what_it_may_do(practice):
    path = "/oauth/v2/private-apps/get/access-token-info"

    status, info, _ = call(practice, "POST", path, {"tokenKey": HUBSPOT_KEY})
    wrong, _, _ = call(practice, "POST", path, {"tokenKey": "pat-na1-wrong"})

    assert status == 200
    assert "crm.objects.contacts.write" in info["scopes"]
    assert wrong == 401


def test_the_daily_budget_is_counted_and_ends(own_practice):
    own_practice.control("hubspot", limits={"per_day": 3})
    usage = call(own_practice, "GET", "/account-info/2026-09/api-usage/daily/private-apps")[1]["results"][0]
    call(own_practice, "GET", "/crm/owners/2026-09")
    call(own_practice, "GET", "/crm/owners/2026-09")

    status, refused, _ = call(own_practice, "GET", "/crm/owners/2026-09")
    own_practice.control("hubspot", clock_offset_seconds=86_400)
    next_day, _, _ = call(own_practice, "GET", "/crm/owners/2026-09")

    assert (usage["usageLimit"], usage["currentUsage"]) == (3, 1)
    assert (status, refused["policyName"]) == (429, "DAILY")
    assert next_day == 200


def test_the_search_index_lags_behind_and_shows_old_copies_meanwhile(own_practice):
    ids = own_practice.control("hubspot", create_contacts=[{"firstname": "Old"}])["create_contacts"]
    own_practice.control("hubspot", clock_offset_seconds=60, search_lag_seconds=30)
    own_practice.control("hubspot", update_contacts=[{"id": ids[0], "properties": {"firstname": "New"}}])
    late = own_practice.control("hubspot", create_contacts=[{"firstname": "Late"}])["create_contacts"]

    _, body, _ = call(
        own_practice, "POST", "/crm/objects/2026-09/contacts/search", {"properties": ["firstname"]}
    )
    read = call(own_practice, "GET", f"/crm/objects/2026-09/contacts/{ids[0]}")[1]

    assert [c["properties"]["firstname"] for c in body["results"]] == ["Old"]
    assert read["properties"]["firstname"] == "New"
    own_practice.control("hubspot", clock_offset_seconds=120)
    assert found(own_practice) == ids + late


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 201},
        {"after": "9990", "limit": 20},
        {"filterGroups": [{"filters": []}] * 6},
        {"sorts": ["createdate", "email"]},
        {"filterGroups": [{"filters": [{"propertyName": "no_such", "operator": "EQ", "value": "1"}]}]},
    ],
)
def test_a_search_beyond_the_caps_is_refused(own_practice, asked):
    own_practice.seed_leads(1)

    status, body, _ = call(own_practice, "POST", "/crm/objects/2026-09/contacts/search", asked)

    assert (status, body["category"]) == (400, "VALIDATION_ERROR")


def test_a_removed_choice_is_refused_and_stays_on_old_contacts(own_practice):
    _, made, _ = call(
        own_practice, "POST", "/crm/objects/2026-09/contacts", {"properties": {"lead_intent": "demo"}}
    )

    own_practice.control("hubspot", remove_option={"property": "lead_intent", "value": "demo"})

    path = f"/crm/objects/2026-09/contacts/{made['id']}?properties=lead_intent"
    status, refused, _ = call(own_practice, "PATCH", path, {"properties": {"lead_intent": "demo"}})
    assert (status, refused["errors"][0]["code"]) == (400, "INVALID_OPTION")
    assert call(own_practice, "GET", path)[1]["properties"]["lead_intent"] == "demo"


def test_a_renamed_property_keeps_its_values_under_the_new_name(own_practice):
    ids = own_practice.control("hubspot", create_contacts=[{"lead_source": "Referral"}])["create_contacts"]

    own_practice.control("hubspot", rename_property={"from": "lead_source", "to": "origin"})

    path = f"/crm/objects/2026-09/contacts/{ids[0]}?properties=origin,lead_source"
    assert call(own_practice, "GET", path)[1]["properties"]["origin"] == "Referral"
    status, refused, _ = call(own_practice, "PATCH", path, {"properties": {"lead_source": "Referral"}})
    assert (status, refused["errors"][0]["code"]) == (400, "PROPERTY_DOESNT_EXIST")


def test_an_administrators_rule_binds_only_the_2026_09_paths(own_practice):
    own_practice.control("hubspot", require_properties=["company"])
    new = {"properties": {"firstname": "Rule"}}

    assert call(own_practice, "POST", "/crm/objects/2026-09/contacts", new)[0] == 400
    assert call(own_practice, "POST", "/crm/v3/objects/contacts", new)[0] == 201


def test_an_ended_version_answers_404_and_the_others_go_on(own_practice):
    own_practice.control("hubspot", end_version="v3")

    assert call(own_practice, "GET", "/crm/v3/objects/contacts")[0] == 404
    assert call(own_practice, "GET", "/crm/objects/2026-09/contacts")[0] == 200


def test_keys_expire_are_revoked_and_rotated_with_a_grace(own_practice):
    new = "pat-na1-practice-1111"

    def status(key: str = HUBSPOT_KEY) -> tuple[int, str]:
        code, body, _ = call(own_practice, "GET", "/crm/objects/2026-09/contacts", key=key)
        return code, (body or {}).get("category", "")

    own_practice.control("hubspot", expire_key=True)
    assert status() == (401, "EXPIRED_AUTHENTICATION")
    own_practice.control("hubspot", restore_key=True, revoke_key=HUBSPOT_KEY)
    assert status() == (401, "INVALID_AUTHENTICATION")
    own_practice.control("hubspot", restore_key=True, rotate_key={"new": new, "grace_seconds": 60})
    assert (status()[0], status(new)[0]) == (200, 200)
    own_practice.control("hubspot", clock_offset_seconds=61)
    assert (status()[0], status(new)[0]) == (401, 200)


def test_leads_are_varied_repeatable_and_may_lack_an_address(own_practice):
    own_practice.seed_leads(40, without_email=2)
    first = [c["properties"] for c in own_practice.books("hubspot")["contacts"]]
    own_practice.control("hubspot", start_over=True)
    own_practice.seed_leads(40, without_email=2)
    again = [c["properties"] for c in own_practice.books("hubspot")["contacts"]]

    assert first == again
    assert sum("email" not in lead for lead in first) == 2
    assert {lead["hs_language"] for lead in first} == {"en", "de", "es", "fr"}
    assert len({lead["message"] for lead in first}) > 35
    assert len({lead.get("email") for lead in first}) == 39


def test_one_contact_is_told_as_the_books_tell_it(practice):
    (id,) = practice.seed_leads(1)

    assert practice.contact(id) == next(c for c in practice.books("hubspot")["contacts"] if c["id"] == id)
    assert practice.contact("1") is None
    assert practice.contact("nobody") is None


def test_what_was_written_by_api_stands_in_the_books(own_practice):
    ids = own_practice.seed_leads(1)

    call(
        own_practice,
        "PATCH",
        f"/crm/objects/2026-09/contacts/{ids[0]}",
        {"properties": {"lead_intent": "demo"}},
    )

    (write,) = own_practice.books("hubspot")["property_writes"]
    assert (write["contact"], write["property"], write["value"]) == (ids[0], "lead_intent", "demo")


def test_the_signature_equals_the_published_vector():
    made = signature(
        "hs-secret",
        "POST",
        "https://example.test/hooks/hubspot",
        b'[{"eventId":1,"subscriptionType":"contact.creation","objectId":123}]',
        "1795000000000",
    )

    assert made == "O0/nyJ+SEmQdmGTUmvkl9/aOecGt+ph0R9HMSUaeo6I="


def test_webhooks_arrive_signed_twice_and_forged(own_practice):
    heard: list[tuple[bytes, dict[str, str]]] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/in"
    ids = own_practice.seed_leads(1)
    hook = {"url": url, "secret": "hs-secret", "contact_ids": ids}

    sent = own_practice.control("hubspot", webhook={**hook, "times": 2})["webhook"]
    own_practice.control("hubspot", webhook={**hook, "forged": True})
    server.shutdown()
    server.server_close()

    def genuine(body: bytes, headers: dict[str, str]) -> bool:
        return Signature.is_valid(
            signature=headers["x-hubspot-signature-v3"],
            client_secret="hs-secret",
            request_body=body.decode(),
            http_uri=url,
            http_method="POST",
            signature_version="v3",
            timestamp=headers["x-hubspot-request-timestamp"],
        )

    assert sent == [202, 202]
    assert json.loads(heard[0][0])[0]["objectId"] == int(ids[0])
    assert [genuine(*each) for each in heard] == [True, True, False]

"""What HubSpot's answers mean to us, on a tiny server; `test_on_practice_app.py` does the whole of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from signoff.connectors.base import Choice, Intent, NotSent, Sent
from signoff.connectors.hubspot import polled
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def hubspot(server):
    return connector_class("hubspot")(
        Door(server.url, app="HubSpot", authorise=lambda: {"Authorization": "Bearer pat-1"}, allow_hosts=HERE)
    )


def millis(moment):
    return round(moment.timestamp() * 1000)


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Shelf:
    """Contacts as HubSpot keeps them: search by stamp, batch read by id, and the index may be late."""

    def __init__(self):
        self.contacts: dict[int, dict] = {}
        self.hidden: set[int] = set()
        self.history = True

    def add(self, id, at, **properties):
        stamps = {"createdate": iso(at), "lastmodifieddate": iso(at), "hs_object_id": str(id)}
        self.contacts[id] = {
            "properties": {**stamps, **properties},
            "told": dict.fromkeys(properties, iso(at)),
        }

    def change(self, id, at, **properties):
        contact = self.contacts[id]
        contact["properties"].update(properties, lastmodifieddate=iso(at))
        contact["told"].update(dict.fromkeys(properties, iso(at)))

    def __call__(self, asked):
        question = asked.json()
        return answer(
            200, {"results": self.search(question) if asked.path.endswith("/search") else self.read(question)}
        )

    def search(self, question):
        (group,) = question["filterGroups"]
        found = [
            (id, contact)
            for id, contact in self.contacts.items()
            if id not in self.hidden and all(self.fits(contact, rule) for rule in group["filters"])
        ]
        order = question["sorts"][0]["propertyName"]
        found.sort(key=lambda pair: self.comparable(pair[1], order))
        return [self.shown(id, question["properties"]) for id, _ in found[: question["limit"]]]

    def read(self, question):
        shown = [
            self.shown(int(part["id"]), question["properties"])
            for part in question["inputs"]
            if int(part["id"]) in self.contacts
        ]
        for contact in shown:
            if self.history and "propertiesWithHistory" in question:
                told = self.contacts[int(contact["id"])]["told"]
                contact["propertiesWithHistory"] = {
                    name: [{"value": "x", "timestamp": told[name]}]
                    for name in question["propertiesWithHistory"]
                    if name in told
                }
        return shown

    def shown(self, id, names):
        values = self.contacts[id]["properties"]
        return {
            "id": str(id),
            "properties": {name: values.get(name) for name in [*names, "lastmodifieddate"]},
        }

    def comparable(self, contact, name):
        value = contact["properties"][name]
        return int(value) if value.isdigit() else millis(datetime.fromisoformat(value))

    def fits(self, contact, rule):
        have, want = self.comparable(contact, rule["propertyName"]), int(rule["value"])
        return {"GTE": have >= want, "LT": have < want, "EQ": have == want, "GT": have > want}[
            rule["operator"]
        ]


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands where a test puts it."""
    moment = [START]
    monkeypatch.setattr(polled, "now", lambda: moment[0])
    return moment


def poll(client, trigger, cursor, fields=("email",)):
    """Return all events of one whole pass, and the cursor behind it."""
    events = []
    while True:
        page = client.changes(trigger, cursor, list(fields))
        events += page.events
        cursor = page.cursor
        if not page.more:
            return events, cursor


def test_polling_starts_from_now(clock):
    shelf = Shelf()
    shelf.add(1, START - timedelta(minutes=1), email="old@example.test")
    with local(shelf) as server:
        client = hubspot(server)
        first = client.changes("contact_created", None, ["email"])
        shelf.add(
            2, START + timedelta(seconds=1), email="new@example.test", firstname="Ada", lastname="Lovelace"
        )
        clock[0] = START + timedelta(minutes=1)
        events, _ = poll(client, "contact_created", first.cursor)

    assert first.events == ()
    assert [event.record for event in events] == [{"id": "2", "email": "new@example.test"}]
    assert events[0].label == "Ada Lovelace"
    assert events[0].key == "contact_created:2"


def test_the_same_cursor_gives_the_same_events_again(clock):
    shelf = Shelf()
    with local(shelf) as server:
        client = hubspot(server)
        cursor = client.changes("contact_created", None, []).cursor
        shelf.add(2, START + timedelta(seconds=1), email="a@example.test")
        clock[0] = START + timedelta(minutes=1)

        once, again = (client.changes("contact_created", cursor, ["email"]) for _ in range(2))

    assert once == again


def test_a_contact_that_the_index_shows_late_is_still_told(clock):
    shelf = Shelf()
    shelf.add(2, START + timedelta(seconds=1), email="late@example.test")
    shelf.hidden.add(2)
    with local(shelf) as server:
        client = hubspot(server)
        cursor = client.changes("contact_created", None, []).cursor
        clock[0] = START + timedelta(minutes=2)
        events, cursor = poll(client, "contact_created", cursor)
        assert events == []
        shelf.hidden.clear()
        clock[0] = START + timedelta(minutes=4)
        events, cursor = poll(client, "contact_created", cursor)

    assert [event.object_id for event in events] == ["2"]


def test_a_contact_that_the_index_shows_hours_late_is_found_by_the_sweep(clock):
    shelf = Shelf()
    with local(shelf) as server:
        client = hubspot(server)
        cursor = client.changes("contact_created", None, []).cursor
        clock[0] = START + timedelta(hours=2)
        _, cursor = poll(client, "contact_created", cursor)
        shelf.add(2, START + timedelta(seconds=1), email="late@example.test")
        clock[0] = START + timedelta(hours=3)
        events, cursor = poll(client, "contact_created", cursor)
        assert events == []
        clock[0] = START + timedelta(hours=6, minutes=1)
        events, cursor = poll(client, "contact_created", cursor)

    assert [event.object_id for event in events] == ["2"]


def test_no_contact_of_a_large_import_is_missed(clock):
    shelf = Shelf()
    for id in range(1, 131):
        shelf.add(id, START + timedelta(seconds=1, milliseconds=id), email=f"{id}@example.test")
    for id in range(131, 400):  # an import writes them all in one millisecond
        shelf.add(id, START + timedelta(seconds=2), email=f"{id}@example.test")
    for id in range(400, 460):
        shelf.add(id, START + timedelta(seconds=3), email=f"{id}@example.test")
    with local(shelf) as server:
        client = hubspot(server)
        cursor = client.changes("contact_created", None, []).cursor
        clock[0] = START + timedelta(minutes=1)
        events, _ = poll(client, "contact_created", cursor)

    assert {event.object_id for event in events} == {str(id) for id in range(1, 460)}


def test_a_changed_contact_is_told_when_a_field_we_read_changed(clock):
    shelf = Shelf()
    shelf.add(1, START - timedelta(days=1), email="a@example.test", message="hello", notes="0")
    shelf.add(2, START - timedelta(days=1), email="b@example.test", message="hi", notes="0")
    with local(shelf) as server:
        client = hubspot(server)
        cursor = client.changes("contact_changed", None, []).cursor
        shelf.change(1, START + timedelta(seconds=5), message="hello again")
        shelf.change(2, START + timedelta(seconds=6), notes="1")
        clock[0] = START + timedelta(minutes=1)
        events, cursor = poll(client, "contact_changed", cursor, ["email", "message"])
        clock[0] = START + timedelta(minutes=2)
        again, _ = poll(client, "contact_changed", cursor, ["email", "message"])

    assert [event.record["message"] for event in events] == ["hello again"]
    assert [event.key for event in again] == [event.key for event in events]


def test_what_is_told_is_read_fresh_and_not_from_the_index(clock):
    shelf = Shelf()

    class Stale(Shelf):
        def search(self, question):
            return [
                {**item, "properties": {**item["properties"], "email": "stale@example.test"}}
                for item in super().search(question)
            ]

    shelf = Stale()
    with local(shelf) as server:
        client = hubspot(server)
        cursor = client.changes("contact_created", None, []).cursor
        shelf.add(2, START + timedelta(seconds=1), email="fresh@example.test")
        clock[0] = START + timedelta(minutes=1)
        events, _ = poll(client, "contact_created", cursor)

    assert events[0].record["email"] == "fresh@example.test"


def test_a_contact_that_is_gone_reads_as_none():
    with local(Shelf()) as server:
        assert hubspot(server).read("contact_created", "77", ["email"]) is None


def test_check_says_what_the_key_may_and_lacks():
    def handler(asked):
        if asked.path.endswith("access-token-info"):
            assert asked.json() == {"tokenKey": "pat-1"}
            return answer(200, {"hubId": 26123456, "scopes": ["crm.objects.contacts.read"]})
        return answer(200, {"portalId": 26123456, "accountType": "SANDBOX"})

    with local(handler) as server:
        account = hubspot(server).check()

    assert account.id == "26123456"
    assert "sandbox" in account.name
    assert account.may == ("read contacts",)
    assert any("crm.objects.contacts.write" in words for words in account.lacks)


def test_check_tries_out_what_hubspot_does_not_say():
    def handler(asked):
        if asked.path.endswith("access-token-info"):
            return answer(404)
        if asked.path.startswith("/crm/properties"):
            return answer(403, {"category": "MISSING_SCOPES"})
        return answer(200, {"portalId": 26123456, "results": []})

    with local(handler) as server:
        account = hubspot(server).check()

    assert account.may == ("read contacts", "read companies", "read deals")
    assert account.lacks == ("read which fields contacts have (crm.schemas.contacts.read)",)


def test_fields_come_from_hubspots_own_description():
    described = [
        {"name": "email", "label": "E-mail", "type": "string", "fieldType": "text"},
        {
            "name": "lead_intent",
            "label": "Intent",
            "type": "enumeration",
            "fieldType": "select",
            "options": [
                {"label": "Pricing", "value": "pricing"},
                {"label": "Old", "value": "old", "hidden": True},
            ],
        },
        {
            "name": "interests",
            "label": "Interests",
            "type": "enumeration",
            "fieldType": "checkbox",
            "options": [{"label": "A", "value": "a"}],
        },
        {
            "name": "createdate",
            "label": "Created",
            "type": "datetime",
            "fieldType": "date",
            "modificationMetadata": {"readOnlyValue": True},
        },
        {"name": "score", "label": "Score", "type": "number", "fieldType": "number", "calculated": True},
        {
            "name": "hubspot_owner_id",
            "label": "Owner",
            "type": "enumeration",
            "fieldType": "select",
            "referencedObjectType": "OWNER",
            "externalOptions": True,
            "options": [],
        },
    ]

    def handler(asked):
        if asked.path.startswith("/crm/owners"):
            return answer(200, {"results": [{"id": "7", "firstName": "Grace", "lastName": "Hopper"}]})
        return answer(200, {"results": described})

    with local(handler) as server:
        fields = {field.name: field for field in hubspot(server).fields("contact")}

    assert fields["email"].type == "email"
    assert fields["email"].max_length == 65_536
    assert fields["lead_intent"].choices == (Choice("pricing", "Pricing"),)
    assert fields["interests"].type == "choices"
    assert fields["createdate"].read_only
    assert fields["score"].read_only
    assert fields["hubspot_owner_id"].choices == (Choice("7", "Grace Hopper"),)


@pytest.mark.parametrize(
    ("value", "text"),
    [("hot", "hot"), (True, "true"), (None, ""), (42, "42"), (0.5, "0.5"), (["a", "b"], "a;b")],
)
def test_a_property_is_written_as_text(value, text):
    with local(lambda asked: answer(200, {"id": "501", "url": "https://app.hubspot.com/x"})) as server:
        written = hubspot(server).perform(
            "set_property", {"contact": "501", "property": "p", "value": value}, "m"
        )

    assert server.asked[0].method == "PATCH"
    assert server.asked[0].path == "/crm/objects/2026-09/contacts/501"
    assert server.asked[0].json() == {"properties": {"p": text}}
    assert written.link == "https://app.hubspot.com/x"


def test_a_contact_is_found_by_its_address_and_the_address_is_in_no_path():
    with local(lambda asked: answer(200, {"id": "501", "results": [{"id": "501"}]})) as server:
        hubspot(server).perform(
            "set_property", {"contact": {"email": "ada@example.test"}, "property": "p", "value": "v"}, "m"
        )

    assert server.asked[0].json()["inputs"] == [{"id": "ada@example.test"}]
    assert server.asked[1].path.endswith("/contacts/501")
    assert not any("ada" in asked.target for asked in server.asked)


@pytest.mark.parametrize("contact", ["", "ada@example.test", "../501", {"email": "nobody@example.test"}])
def test_a_contact_that_cannot_be_found_is_named(contact):
    with local(lambda asked: answer(200, {"results": []})) as server, pytest.raises(InputRejected) as caught:
        hubspot(server).perform("set_property", {"contact": contact, "property": "p", "value": "v"}, "m")

    assert caught.value.field == "contact"
    assert "nobody" not in str(caught.value)


def test_a_contact_that_exists_already_counts_as_created():
    def handler(asked):
        if asked.path.endswith("/batch/read"):
            return answer(200, {"results": [{"id": "501"}]})
        return answer(409, {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 501"})

    with local(handler) as server:
        assert hubspot(server).perform("create_contact", {"email": "ada@example.test"}, "m").id == "501"


def test_a_note_is_harmless_html_and_carries_its_marker():
    with local(lambda asked: answer(201, {"id": "9"})) as server:
        hubspot(server).perform("add_note", {"contact": "501", "body": "<b>Hi</b>\nAda"}, "so-7-0-ab")

    sent = server.asked[0].json()
    assert sent["properties"]["hs_note_body"] == "&lt;b&gt;Hi&lt;/b&gt;<br>Ada<br><br>Signoff run so-7-0-ab"
    assert sent["associations"][0]["to"] == {"id": "501"}
    assert sent["associations"][0]["types"][0]["associationTypeId"] == 202


@pytest.mark.parametrize(
    ("bodies", "outcome"),
    [
        ({"1": "Something else", "2": "x<br>Signoff run so-7-0-ab"}, Sent("2")),
        ({"1": "Signoff run so-7-0-abc", "2": "Signoff run so-17-0-ab"}, NotSent()),
        ({}, NotSent()),
    ],
)
def test_a_lost_note_is_looked_for_by_its_marker(bodies, outcome):
    def handler(asked):
        if asked.path.endswith("/associations/notes"):
            return answer(200, {"results": [{"id": id} for id in bodies]})
        wanted = [part["id"] for part in asked.json()["inputs"]]
        return answer(
            200, {"results": [{"id": id, "properties": {"hs_note_body": bodies[id]}} for id in wanted]}
        )

    intent = Intent("add_note", {"contact": "501", "body": "Hi"}, "so-7-0-ab", START)
    with local(handler) as server:
        assert hubspot(server).reconcile(intent) == outcome


def test_a_note_without_a_contact_is_looked_for_among_all():
    def handler(asked):
        if asked.path.endswith("/search"):
            return answer(200, {"results": []})
        if "after" in asked.query:
            return answer(
                200, {"results": [{"id": "8", "properties": {"hs_note_body": "Signoff run so-7-0-ab"}}]}
            )
        return answer(200, {"results": [], "paging": {"next": {"after": "100"}}})

    with local(handler) as server:
        assert hubspot(server).reconcile(Intent("add_note", {"body": "Hi"}, "so-7-0-ab", START)) == Sent("8")


@pytest.mark.parametrize(
    ("status", "body", "headers", "family", "attributes"),
    [
        (400, {"category": "VALIDATION_ERROR", "errors": [
            {"code": "INVALID_OPTION", "message": "Ada", "context": {"propertyName": ["lead_intent"]}}]},
         {}, InputRejected, {"field": "lead_intent"}),
        (400, "<html>Bad request for Ada</html>", {}, InputRejected, {"field": ""}),
        (401, {"category": "INVALID_AUTHENTICATION", "message": "Ada"}, {}, CredentialRejected, {}),
        (403, {"category": "MISSING_SCOPES", "errors": [
            {"context": {"requiredGranularScopes": ["crm.objects.contacts.write"]}}]},
         {}, PermissionMissing, {"lacks": ("crm.objects.contacts.write",)}),
        (404, {"category": "OBJECT_NOT_FOUND"}, {}, InputRejected, {"field": "contact"}),
        (423, {}, {}, RateLimited, {"retry_after_seconds": 2.0}),
        (429, {"policyName": "SECONDLY"}, {}, RateLimited, {"retry_after_seconds": 1.0}),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {}, RateLimited, {"retry_after_seconds": 10.0}),
        (429, {"policyName": "DAILY"}, {"Retry-After": "60"}, RateLimited, {"retry_after_seconds": 60.0}),
        (477, {}, {"Retry-After": "7200"}, VendorDown, {"retry_after_seconds": 7200.0}),
        (502, "<html>Bad gateway</html>", {}, OutcomeUnknown, {}),
        (504, {}, {}, OutcomeUnknown, {}),
        (521, "", {}, OutcomeUnknown, {}),
        (500, {"message": "Ada"}, {}, OutcomeUnknown, {}),
        (200, "<html>Sign in, Ada</html>", {}, OutcomeUnknown, {}),
        (200, {"no": "id"}, {}, OutcomeUnknown, {}),
    ],
)  # fmt: skip
def test_hubspots_answers_to_a_write_belong_to_a_family(status, body, headers, family, attributes):
    with local(lambda asked: answer(status, body, headers)) as server, pytest.raises(family) as caught:
        hubspot(server).perform("set_property", {"contact": "501", "property": "p", "value": "Ada"}, "m")

    assert {name: getattr(caught.value, name) for name in attributes} == attributes
    assert "Ada" not in str(caught.value) + caught.value.owner_message + caught.value.next_step
    assert "{" not in caught.value.owner_message + caught.value.next_step
    assert "PATCH /crm/objects/2026-09/contacts/501" in str(caught.value)


def test_an_outage_while_reading_is_only_an_outage():
    with (
        local(lambda asked: answer(503, "", {"Retry-After": "5"})) as server,
        pytest.raises(VendorDown) as caught,
    ):
        hubspot(server).read("contact_created", "501", ["email"])

    assert caught.value.retry_after_seconds == 5.0


def test_limits_are_read_from_the_headers():
    headers = {
        "x-hubspot-ratelimit-max": "190", "x-hubspot-ratelimit-remaining": "188",
        "x-hubspot-ratelimit-interval-milliseconds": "10000",
        "x-hubspot-ratelimit-daily": "625000", "x-hubspot-ratelimit-daily-remaining": "600000",
    }  # fmt: skip

    ten_seconds, day = connector_class("hubspot").limits(headers)

    assert (ten_seconds.limit, ten_seconds.per_seconds, ten_seconds.remaining) == (190, 10.0, 188)
    assert (day.limit, day.per_seconds, day.remaining) == (625_000, 86_400.0, 600_000)


def test_a_cursor_is_text_that_can_be_kept(clock):
    with local(Shelf()) as server:
        assert json.loads(hubspot(server).changes("contact_created", None, []).cursor)["start"] == millis(
            START
        )

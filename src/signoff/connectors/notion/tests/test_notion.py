"""Answers that the practice Notion does not give, and what the connector sends."""

import json
from datetime import UTC, datetime

import pytest

from signoff.connectors.base import Intent, Unknown
from signoff.connectors.notion.connector import AddComment, AddPage
from signoff.connectors.registry import connector_class
from signoff.core.errors import (
    AnswerUnexpected,
    Broken,
    CredentialRejected,
    InputRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Refused,
    Unavailable,
    VendorDown,
)
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

SOURCE = "1f0c7a2b3d4e4f60a1b2c3d4e5f60718"
PAGE = "2a1d8b3c4e5f4071b2c3d4e5f6071829"
STARTED = datetime(2026, 11, 26, 10, 7, 30, tzinfo=UTC)


def notion_at(server, source=SOURCE):
    door = Door(
        server.url,
        app="Notion",
        authorise=lambda: {"Authorization": "Bearer ntn_1"},
        allow_hosts=HERE,
        timeout_seconds=5.0,
    )
    return connector_class("notion")(door, {"source": source})


def error(status, code, **headers):
    told = {"object": "error", "status": status, "code": code, "message": "Ada's phone is 123."}
    return answer(status, told, **headers)


ERRORS = [
    (400, "invalid_json", InputRejected),
    (400, "invalid_request_url", InputRejected),
    (400, "invalid_request", InputRejected),
    (400, "validation_error", InputRejected),
    (400, "missing_version", InputRejected),
    (401, "unauthorized", CredentialRejected),
    (403, "restricted_resource", PermissionMissing),
    (403, "plan_limit_of_a_name_we_do_not_know", InputRejected),
    (404, "object_not_found", InputRejected),
    (409, "conflict_error", VendorDown),
    (429, "rate_limited", RateLimited),
    (500, "internal_server_error", Unavailable),
    (503, "service_unavailable", Unavailable),
    (503, "database_connection_unavailable", Unavailable),
    (504, "gateway_timeout", Unavailable),
    (529, "service_overload", Unavailable),
]


@pytest.mark.parametrize(("status", "code", "family"), ERRORS)
def test_every_row_of_notions_error_table_is_one_of_the_families(status, code, family):
    with local(lambda asked: error(status, code)) as server, pytest.raises(family) as caught:
        notion_at(server).fields("page")

    assert f"{status} {code}" in str(caught.value) or family in (RateLimited, Unavailable)
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_write_that_notion_did_not_manage_to_answer_is_unknown(status):
    with local(lambda asked: error(status, "internal_server_error")) as server, pytest.raises(OutcomeUnknown):
        notion_at(server).add_page(AddPage(title="Ada", text="Hello"), "m1")


@pytest.mark.parametrize("status", [401, 403])
def test_a_web_page_does_not_stand_for_notions_own_refusal(status):
    page = answer(status, "<html>Sign in to the network</html>")

    with (
        local(lambda asked: page) as server,
        pytest.raises((Refused, Unavailable, OutcomeUnknown, Broken)) as caught,
    ):
        notion_at(server).fields("page")

    assert not isinstance(caught.value, CredentialRejected | PermissionMissing)


@pytest.mark.parametrize(
    "told", ["<html>Hello</html>", {}, [], None, {"object": "list", "results": None}, {"object": "list"}]
)
def test_an_answer_without_a_list_is_not_an_empty_list(told):
    intent = Intent(action="add_page", params={}, marker="m1", started_at=STARTED)

    with local(lambda asked: answer(200, told)) as server, pytest.raises(AnswerUnexpected):
        notion_at(server).reconcile(intent)


def test_each_request_names_the_version():
    with local(lambda asked: error(404, "object_not_found")) as server:
        assert notion_at(server).read("page_added", PAGE, ()) is None

    assert server.asked[0].headers["notion-version"] == "2026-03-11"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (f"https://www.notion.so/acme/Feed-the-cat-{PAGE}?v={SOURCE}", PAGE),
        (f"https://www.notion.so/acme/{SOURCE}?v={SOURCE}&p={PAGE}&pm=s", PAGE),
        (f"{PAGE[:8]}-{PAGE[8:12]}-{PAGE[12:16]}-{PAGE[16:20]}-{PAGE[20:]}", PAGE),
        (f"https://app.notion.com/p/acme/{PAGE.upper()}#{SOURCE}", PAGE),
    ],
)
def test_a_page_is_known_by_its_link_or_its_id(given, asked):
    with local(lambda asked: answer(200, {"object": "comment", "id": "c1"})) as server:
        notion_at(server).add_comment(AddComment(page=given, text="Hello"), "m1")

    assert json.loads(server.asked[0].body)["parent"] == {"page_id": asked}


@pytest.mark.parametrize(
    "hostile", ["../users/me", "x/../../v1/users", "a\r\nX-Evil: 1", "{0}", "%2e%2e/%2e%2e", ""]
)
def test_a_hostile_id_leads_to_no_other_address(hostile):
    with local(lambda asked: error(404, "object_not_found")) as server:
        notion_at(server, source=hostile).read("page_added", hostile, ())
        with pytest.raises(InputRejected):
            notion_at(server, source=hostile).fields("page")

    for asked in server.asked:
        assert not set(asked.target.rsplit("/", 1)[1]) - set("0123456789abcdef")
        assert asked.target.startswith(("/v1/pages/", "/v1/data_sources/"))
        assert "x-evil" not in {name.lower() for name in asked.headers}


def test_a_long_text_goes_in_parts_of_which_each_is_short_enough():
    text = "😀" * 5000

    with local(lambda asked: answer(200, {"object": "comment", "id": "c1"})) as server:
        notion_at(server).add_comment(AddComment(page=PAGE, text=text), "m1")

    parts = [part["text"]["content"] for part in json.loads(server.asked[0].body)["rich_text"]]
    assert "".join(parts) == text
    assert max(len(part.encode("utf-16-le")) // 2 for part in parts) <= 2000


def test_names_of_properties_fit_behind_record_and_are_used_once():
    names = ["Due date", "Due_date", "id", "Übergabe", "2nd call", "Größe (m)"]
    properties = {name: {"id": f"p{at}", "type": "number", "number": at} for at, name in enumerate(names)}
    title = {"id": "title", "type": "title", "title": [{"plain_text": "Ada "}, {"plain_text": "L."}]}
    page = {"object": "page", "id": PAGE, "properties": {**properties, "Name": title}}

    with local(lambda asked: answer(200, page)) as server:
        record = notion_at(server).read("page_added", PAGE, ())

    assert record == {
        "id": PAGE,
        "Name": "Ada L.",
        "_2nd_call": 4,
        "Due_date": 0,
        "Due_date_": 1,
        "Größe__m_": 5,
        "_id": 2,
        "_Übergabe": 3,
    }


def test_whether_a_lost_comment_arrived_is_for_a_person_to_see():
    intent = Intent(action="add_comment", params={"page": PAGE}, marker="m1", started_at=STARTED)

    with local(lambda asked: answer(200, {})) as server:
        assert isinstance(notion_at(server).reconcile(intent), Unknown)

"""notion-client, the best-known Python client of Notion's, against the practice Notion."""

import pytest
from notion_client import APIErrorCode, APIResponseError, Client
from notion_client.helpers import collect_paginated_api

from signoff_sandbox.notion.app import BOT, DATABASE, SOURCE
from signoff_sandbox.testing import NOTION_KEY

VERSION = "2026-03-11"


@pytest.fixture
def notion(practice):
    practice.control("notion", fresh=True)
    base_url = practice.address("notion")
    return Client(auth=NOTION_KEY, base_url=base_url, notion_version=VERSION, retry=False)


def lead(name):
    return {"Lead": {"title": [{"text": {"content": name}}]}}


def added(notion, name, **more):
    return notion.pages.create(parent={"data_source_id": SOURCE}, properties=lead(name), **more)


def test_the_client_learns_who_it_is(notion):
    me = notion.users.me()

    assert (me["id"], me["type"], me["bot"]["workspace_name"]) == (BOT, "bot", "Practice Ltd")


def test_the_client_finds_the_table_of_a_database_and_its_properties(notion):
    database = notion.databases.retrieve(DATABASE)
    source = notion.data_sources.retrieve(database["data_sources"][0]["id"])

    assert source["properties"]["Lead"]["id"] == "title"
    assert [one["name"] for one in source["properties"]["Stage"]["select"]["options"]] == ["New", "Won"]


def test_the_client_adds_a_page_and_reads_it_and_its_text(notion):
    block = {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": "Rang twice."}}]}}

    page = added(notion, "Ada", children=[block])

    assert notion.pages.retrieve(page["id"])["properties"]["Lead"]["title"][0]["plain_text"] == "Ada"
    blocks = notion.blocks.children.list(page["id"])["results"]
    assert blocks[0]["paragraph"]["rich_text"][0]["plain_text"] == "Rang twice."
    assert page["created_by"]["id"] == BOT
    assert page["created_time"].endswith(":00.000Z")


def test_the_client_pages_through_a_query_in_the_order_of_creation(notion, practice):
    names = [f"Lead {number}" for number in range(5)]
    for name in names:
        added(notion, name)
        practice.control("notion", clock_offset_seconds=60 * len(practice.books("notion")["pages"]))

    sorts = [{"timestamp": "created_time", "direction": "descending"}]
    found = collect_paginated_api(notion.data_sources.query, data_source_id=SOURCE, sorts=sorts, page_size=2)

    practice.control("notion", clock_offset_seconds=0)
    titles = [one["properties"]["Lead"]["title"][0]["plain_text"] for one in found]
    assert titles == names[::-1]


def test_a_page_in_the_trash_is_found_only_there(notion):
    page = added(notion, "Ada")
    notion.pages.update(page["id"], in_trash=True)

    assert notion.data_sources.query(SOURCE)["results"] == []
    assert notion.data_sources.query(SOURCE, in_trash=True)["results"][0]["id"] == page["id"]


def test_comments_are_listed_until_somebody_resolves_them(notion, practice):
    page = added(notion, "Ada")
    comment = notion.comments.create(
        parent={"page_id": page["id"]}, rich_text=[{"text": {"content": "Hello"}}]
    )

    assert [one["id"] for one in notion.comments.list(block_id=page["id"])["results"]] == [comment["id"]]
    practice.control("notion", resolve_comments=True)
    assert notion.comments.list(block_id=page["id"])["results"] == []


@pytest.mark.parametrize(
    ("fails", "code"),
    [
        ("bad_request", APIErrorCode.ValidationError),
        ("unauthorized", APIErrorCode.Unauthorized),
        ("restricted", APIErrorCode.RestrictedResource),
        ("not_found", APIErrorCode.ObjectNotFound),
        ("conflict", APIErrorCode.ConflictError),
        ("rate_limited", APIErrorCode.RateLimited),
        ("http500", APIErrorCode.InternalServerError),
        ("http503", APIErrorCode.ServiceUnavailable),
        ("gateway_timeout", APIErrorCode.GatewayTimeout),
    ],
)
def test_the_client_knows_every_error(notion, practice, fails, code):
    practice.control("notion", fail_next=fails)

    with pytest.raises(APIResponseError) as caught:
        notion.users.me()

    assert caught.value.code == code


def test_a_wrong_key_a_strange_version_and_a_table_that_is_not_shared_are_refused(notion, practice):
    for refused, code in (
        (Client(auth="ntn_wrong", base_url=practice.address("notion"), retry=False), "unauthorized"),
        (
            Client(
                auth=NOTION_KEY, base_url=practice.address("notion"), notion_version="1999-01-01", retry=False
            ),
            "validation_error",
        ),
    ):
        with pytest.raises(APIResponseError) as caught:
            refused.users.me()
        assert caught.value.code == code

    practice.control("notion", shared=False)
    with pytest.raises(APIResponseError) as caught:
        notion.data_sources.query(SOURCE)
    assert caught.value.code == "object_not_found"


def test_more_requests_than_a_minute_holds_are_told_to_wait(notion, practice):
    practice.control("notion", requests_per_minute=2)
    notion.users.me()
    notion.users.me()

    with pytest.raises(APIResponseError) as caught:
        notion.users.me()

    assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
    practice.control("notion", fresh=True)


def test_a_text_that_is_too_long_is_refused(notion):
    with pytest.raises(APIResponseError) as caught:
        added(notion, "😀" * 1001)

    assert caught.value.code == "validation_error"

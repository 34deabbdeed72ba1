"""The best-kept client of Mattermost's API, mattermostautodriver, takes the practice app for the real thing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from mattermostautodriver import TypedDriver
from mattermostautodriver.exceptions import (
    InvalidOrMissingParameters,
    NoAccessTokenProvided,
    NotEnoughPermissions,
    ResourceNotFound,
)

from signoff_sandbox.testing import MATTERMOST_KEY, MATTERMOST_SETTINGS

ORDERS = MATTERMOST_SETTINGS["channel"]


def driver_at(practice, token=MATTERMOST_KEY):
    where = urlsplit(practice.address("mattermost"))
    return TypedDriver({"scheme": "http", "url": where.hostname, "port": where.port, "token": token})


@pytest.fixture
def client(practice):
    practice.control("mattermost", fresh=True)
    driver = driver_at(practice)
    driver.login()
    yield driver
    driver.close()
    practice.control("mattermost", fresh=True)


def test_signs_in_by_a_token_and_learns_what_it_may(client):
    me = client.users.get_user("me")
    member = client.channels.get_channel_member(ORDERS, "me")

    roles = client.roles.get_roles_by_names([*me["roles"].split(), *member["roles"].split()])

    assert me["username"] == "signoff"
    assert "create_post" in [one for role in roles for one in role["permissions"]]


def test_a_wrong_token_is_refused(practice, client):
    with pytest.raises(NoAccessTokenProvided):
        driver_at(practice, "x" * 26).users.get_user("me")


def test_posts_into_a_thread_and_reads_it_again(client, practice):
    root = practice.control("mattermost", post={"message": "Question"})["post"]

    made = client.posts.create_post(ORDERS, "Answer", root_id=root, props={"order": 7})
    read = client.posts.get_post(made["id"])

    assert (read["root_id"], read["message"], read["props"]["order"]) == (root, "Answer", 7)
    assert read["props"]["from_bot"] == "true"
    with pytest.raises(InvalidOrMissingParameters):
        client.posts.create_post(ORDERS, "Below an answer", root_id=made["id"])


def test_lists_by_time_and_by_page(client, practice):
    ids = [practice.control("mattermost", post={"message": str(number)})["post"] for number in range(5)]
    stamp = client.posts.get_post(ids[1])["create_at"]

    def listed(**how):
        return client.posts.get_posts_for_channel(ORDERS, **how)["order"]

    assert listed(since=stamp) == ids[:1:-1]
    assert listed(page=0, per_page=2) == [ids[4], ids[3]]
    assert listed(page=1, per_page=2) == [ids[2], ids[1]]
    assert listed(before=ids[3], per_page=2) == [ids[2], ids[1]]
    assert listed(after=ids[1], per_page=2) == [ids[3], ids[2]]


def test_since_tells_what_was_edited_and_deleted_and_pages_do_not(client, practice):
    edited, deleted = (practice.control("mattermost", post={"message": "x"})["post"] for _ in range(2))
    stamp = client.posts.get_post(deleted)["create_at"]
    practice.control("mattermost", edit={"id": edited, "message": "y"})
    practice.control("mattermost", delete=deleted)

    told = client.posts.get_posts_for_channel(ORDERS, since=stamp)

    assert set(told["order"]) == {edited, deleted}
    assert told["posts"][deleted]["delete_at"] > 0
    assert client.posts.get_posts_for_channel(ORDERS)["order"] == [edited]
    with pytest.raises(ResourceNotFound):
        client.posts.get_post(deleted)


def test_a_channel_that_is_not_ours_is_refused_like_one_that_is_not_there(client, practice):
    with pytest.raises(NotEnoughPermissions):
        client.posts.get_posts_for_channel("z" * 26)
    with pytest.raises(InvalidOrMissingParameters):
        client.posts.get_posts_for_channel("orders")
    practice.control("mattermost", may_post=False)
    with pytest.raises(NotEnoughPermissions):
        client.posts.create_post(ORDERS, "Hello")

"""The practice app, proven by the best-known client that runs on every Python we run on: python-ntfy."""

import pytest
from python_ntfy import NtfyClient
from python_ntfy._exceptions import MessageReceiveError, MessageSendError

from signoff_sandbox.testing import NTFY_KEY


@pytest.fixture
def client(practice, monkeypatch):
    for name in ("NTFY_SERVER", "NTFY_USER", "NTFY_PASSWORD", "NTFY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    practice.control("ntfy", fresh=True)
    yield NtfyClient("orders", server=practice.address("ntfy"), auth=NTFY_KEY)
    practice.control("ntfy", fresh=True)


def test_a_message_is_sent_and_read_again(client):
    sent = client.send("two tents", title="Order", priority=client.MessagePriority.HIGH, tags=["tent", "new"])

    (read,) = client.get_cached_messages()

    assert read == sent
    assert (read["title"], read["message"], read["priority"]) == ("Order", "two tents", 4)
    assert (read["event"], read["topic"], read["tags"]) == ("message", "orders", ["tent", "new"])


def test_messages_are_read_from_one_on(client):
    first = client.send("one")
    client.send("two")

    assert [one["message"] for one in client.get_cached_messages(since=first["id"])] == ["two"]
    assert [one["message"] for one in client.get_cached_messages(since="latest")] == ["two"]
    assert len(client.get_cached_messages(since="000000000000")) == 2
    assert len(client.get_cached_messages(since="10m")) == 2


def test_another_topic_is_another_list(client):
    client.send("one")
    client.set_topic("team")

    assert client.get_cached_messages() == []


def test_a_long_message_becomes_a_file(client):
    assert client.send("x" * 4097)["attachment"]["size"] == 4097


def test_a_wrong_token_is_refused(client, practice):
    stranger = NtfyClient("orders", server=practice.address("ntfy"), auth="tk_wrong")

    with pytest.raises(MessageSendError, match="401"):
        stranger.send("one")


def test_a_closed_topic_is_refused(client, practice):
    practice.control("ntfy", unreadable=["orders"], unwritable=["orders"])

    with pytest.raises(MessageSendError, match="403"):
        client.send("one")
    with pytest.raises(MessageReceiveError, match="403"):
        client.get_cached_messages()


def test_the_day_and_the_minute_have_limits(client, practice):
    practice.control("ntfy", daily_messages=1)
    client.send("one")
    with pytest.raises(MessageSendError, match="429"):
        client.send("two")

    practice.control("ntfy", fresh=True)
    for _ in range(60):
        client.get_cached_messages()
    with pytest.raises(MessageReceiveError, match="429"):
        client.get_cached_messages()

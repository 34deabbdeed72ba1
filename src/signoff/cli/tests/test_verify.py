from __future__ import annotations

import json

import pytest

from signoff.cli.verify import read_headers, read_time, verify_batch, verify_one

SIGNATURE = "v0=4447e9b689f6da4f9bdf66528f6184d5141b7ca6041ccd56d5de1af887baf1e8"
BODY = "payload=%7B%22type%22%3A%22block_actions%22%7D"
LINE = {
    "id": 1,
    "scheme": "slack",
    "secret": "slack-secret",
    "headers": {"x-slack-request-timestamp": "1795000000", "x-slack-signature": SIGNATURE},
    "now": 1795000000,
    "body": BODY,
}


@pytest.mark.parametrize(
    "headers",
    [
        json.dumps(LINE["headers"]),
        f"X-Slack-Request-Timestamp: 1795000000\r\nX-Slack-Signature: {SIGNATURE}\r\n\r\n",
    ],
)
@pytest.mark.parametrize(
    "now", [1795000000, "1795000000", "2026-11-18T11:06:40Z", "2026-11-18T12:06:40+01:00"]
)
def test_headers_and_time_may_be_written_either_way(headers: str, now: float | str) -> None:
    found = verify_one("slack", "slack-secret", headers, BODY.encode(), now=now)

    assert found == {"accepted": True, "reason": "The signature fits."}


def test_a_time_without_zone_is_utc() -> None:
    assert read_time("2026-11-18T11:06:40") == 1795000000


@pytest.mark.parametrize("headers", ["no colon", "{", '{"a": 1}', "A: 1\nA: 2"])
def test_headers_that_cannot_be_read_are_wrong_usage(headers: str) -> None:
    with pytest.raises(ValueError):
        read_headers(headers)


def test_an_unknown_scheme_is_wrong_usage() -> None:
    with pytest.raises(ValueError, match="slack"):
        verify_one("md5", "x", "{}", b"")


def test_a_batch_answers_each_line_in_order_whatever_it_holds() -> None:
    lines = [
        json.dumps(LINE),
        "",
        json.dumps({**LINE, "id": 2, "body": "other"}),
        "not json",
        json.dumps({**LINE, "id": 3, "scheme": "none"}),
        json.dumps({**LINE, "id": 4, "headers": None}),
        json.dumps({**LINE, "id": 5, "now": "later"}),
        json.dumps({**LINE, "id": 6, "body": {}}),
        json.dumps({**LINE, "id": 7, "url": 7, "method": 7, "secret": 7}),
        '{"id": 8, "body": "\\ud800", "scheme": "meta", "secret": "x", "headers": {}}',
        "[" * 100_000,
    ]

    found = [json.loads(line) for line in verify_batch(lines)]

    assert [one["id"] for one in found] == [1, 2, None, 3, 4, 5, 6, 7, 8, None]
    assert [one["id"] for one in found if one["accepted"]] == [1]
    assert all(one["reason"] for one in found)

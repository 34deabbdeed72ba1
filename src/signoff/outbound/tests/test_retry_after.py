from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signoff.outbound import retry_after
from signoff.outbound.retry_after import duration_seconds, retry_after_seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after-ms": "1870", "retry-after": "2"}, 1.87),
        ({"retry-after-ms": "?", "retry-after": "2"}, 2.0),
    ],
)
def test_a_wait_is_read_from_the_headers(headers, seconds):
    assert retry_after_seconds(headers) == seconds


@pytest.mark.parametrize(
    ("date", "seconds"),
    [("Mon, 23 Nov 2026 10:00:30 GMT", 30.0), ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0), ("23 Nov", None)],
)
def test_a_wait_can_be_a_date(monkeypatch, date, seconds):
    monkeypatch.setattr(retry_after, "now", lambda: datetime(2026, 11, 23, 10, 0, tzinfo=UTC))

    assert retry_after_seconds({"retry-after": date}) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120ms", 0.12),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("1h2m3s", 3723.0),
        ("1.5s", 1.5),
        ("7", 7.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("1s later", None),
    ],
)
def test_a_duration_is_read_as_go_writes_it(text, seconds):
    assert duration_seconds(text) == pytest.approx(seconds)

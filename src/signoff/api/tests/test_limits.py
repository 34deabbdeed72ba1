"""How fast the API may be asked, and what it says of itself."""

from __future__ import annotations

from signoff.api import limits
from signoff.api.tests.test_v1 import problem_of
from signoff.api.v1 import api


def test_every_answer_says_how_many_requests_are_left(client, token):
    headers = token("read")

    first = client.get("/api/v1/runs", headers=headers)
    second = client.get("/api/v1/runs/0", headers=headers)

    assert int(first["RateLimit-Remaining"]) - int(second["RateLimit-Remaining"]) == 1
    assert first["RateLimit-Limit"] == str(limits.PER_MINUTE)
    assert 0 < int(first["RateLimit-Reset"]) <= 60


def test_who_asks_too_often_hears_when_to_go_on_and_nobody_else_waits(client, token, monkeypatch):
    monkeypatch.setattr(limits, "PER_MINUTE", 2)
    quick, calm = token("read"), token("read")

    for _ in range(2):
        assert client.get("/api/v1/runs", headers=quick).status_code == 200
    refused = client.get("/api/v1/runs", headers=quick)

    problem_of(refused, 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Remaining"] == "0"
    assert client.get("/api/v1/runs", headers=calm).status_code == 200


def test_a_minute_later_all_are_left_again(monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: moment[0])
    for _ in range(5):
        limits.count("somebody")

    moment[0] += 60.5

    assert limits.count("somebody")[0] == 1


def test_pages_and_records_are_not_counted(client, db):
    assert "RateLimit-Limit" not in client.get("/healthz")


def test_the_description_says_what_a_refusal_looks_like():
    for methods in api.get_openapi_schema()["paths"].values():
        for call in methods.values():
            assert "application/problem+json" in call["responses"]["4XX"]["content"]

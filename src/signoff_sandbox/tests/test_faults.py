"""Faults strike as they are told to, and the books still tell what really happened."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections import Counter

import pytest

from signoff_sandbox.faults import BadSpec, Faults
from signoff_sandbox.testing import HUBSPOT_KEY, OPENAI_KEY, Practice

NOTE = {"properties": {"hs_timestamp": "2026-11-23T08:00:00Z", "hs_note_body": "run 7"}}


def call(url: str, body: dict | None = None, key: str = HUBSPOT_KEY, timeout: float = 5):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {key}"})
    return urllib.request.urlopen(request, timeout=timeout).read()


def write_note(practice: Practice):
    return call(f"{practice.hubspot}/crm/objects/2026-09/notes", NOTE)


def notes(practice: Practice) -> int:
    return practice.books("hubspot", summary=True)["notes"]


@pytest.mark.parametrize(("fault", "written"), [("cut", 0), ("lost_answer", 1)])
def test_a_cut_connection_does_nothing_and_a_lost_answer_does_it(own_practice, fault, written):
    own_practice.control("hubspot", fail_next=fault)

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
        write_note(own_practice)

    assert notes(own_practice) == written
    assert own_practice.books("hubspot")["faults"][0]["fault"] == fault
    write_note(own_practice)
    assert notes(own_practice) == written + 1


def test_a_late_503_has_done_it(own_practice):
    own_practice.control("hubspot", fail_next="late503")

    with pytest.raises(urllib.error.HTTPError) as answered:
        write_note(own_practice)

    assert answered.value.code == 503
    assert notes(own_practice) == 1


def test_a_malformed_answer_is_half_a_json_and_has_done_it(own_practice):
    own_practice.control("hubspot", fail_next="malformed")

    answer = write_note(own_practice)

    with pytest.raises(ValueError):
        json.loads(answer)
    assert notes(own_practice) == 1


def test_a_hanging_request_never_answers_and_does_nothing(own_practice):
    own_practice.control("hubspot", fail_next="hang")

    with pytest.raises(TimeoutError):
        call(f"{own_practice.hubspot}/crm/objects/2026-09/notes", NOTE, timeout=0.3)

    assert notes(own_practice) == 0


def test_a_502_has_an_html_body(own_practice):
    own_practice.control("hubspot", fail_next="http502")

    with pytest.raises(urllib.error.HTTPError) as answered:
        write_note(own_practice)

    assert answered.value.code == 502
    assert answered.value.read().startswith(b"<html>")


@pytest.mark.parametrize(
    ("fault", "status", "policy"),
    [
        ("ten_secondly", 429, "TEN_SECONDLY_ROLLING"),
        ("daily", 429, "DAILY"),
        ("locked", 423, None),
        ("migrating", 477, None),
    ],
)
def test_the_vendors_own_errors_strike_by_name(own_practice, fault, status, policy):
    own_practice.control("hubspot", fail_next=fault)

    with pytest.raises(urllib.error.HTTPError) as answered:
        write_note(own_practice)

    assert answered.value.code == status
    assert json.loads(answered.value.read()).get("policyName") == policy


def test_a_planned_fault_strikes_only_what_fits_and_only_so_often(own_practice):
    own_practice.control(
        "hubspot", fail_next={"fault": "http500", "times": 2, "method": "POST", "path": "/notes"}
    )
    statuses = []

    call(f"{own_practice.hubspot}/crm/objects/2026-09/contacts")
    for _ in range(3):
        try:
            write_note(own_practice)
            statuses.append(201)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)

    assert statuses == [500, 500, 201]


def test_the_same_seed_strikes_the_same_requests():
    def drawn(seed: int) -> list[str | None]:
        faults = Faults(seed, known={"hubspot": frozenset()})
        faults.set("http500=0.1,hubspot.cut=0.05")
        return [faults.draw("hubspot", "POST", "/x", is_write=True) for _ in range(2000)]

    counts = Counter(drawn(7))

    assert drawn(7) == drawn(7) != drawn(8)
    assert 150 < counts["http500"] < 250
    assert 60 < counts["cut"] < 140


def test_a_read_loses_no_answer():
    faults = Faults(1, known={"hubspot": frozenset()})
    faults.set("lost_answer=1")

    assert faults.draw("hubspot", "GET", "/x", is_write=False) is None
    assert faults.draw("hubspot", "POST", "/x", is_write=True) == "lost_answer"


def test_a_share_for_one_app_wins_over_the_share_for_all():
    faults = Faults(1, known={"hubspot": frozenset(), "gmail": frozenset()})

    faults.set("http500=1,gmail.http500=0")

    assert faults.draw("hubspot", "GET", "/x", is_write=False) == "http500"
    assert faults.draw("gmail", "GET", "/x", is_write=False) is None


@pytest.mark.parametrize("spec", ["nonsense=0.1", "http500=2", "http500", "fax.http500=0.1", "http500=x"])
def test_a_wrong_spec_is_refused_and_changes_nothing(spec):
    faults = Faults(1, known={"hubspot": frozenset()})
    faults.set("http500=0.5")

    with pytest.raises(BadSpec):
        faults.set(spec)

    assert faults.share("hubspot", "http500") == 0.5


def test_pages_books_and_controls_are_spared(own_practice):
    own_practice.control("hubspot", faults="http500=1")

    assert b"practice app" in urllib.request.urlopen(own_practice.hubspot + "/").read()
    assert own_practice.books("hubspot", summary=True)["requests"] == 0


def test_an_answer_of_the_ai_that_is_lost_was_given_all_the_same(own_practice):
    own_practice.control("openai", fail_next="lost_answer")
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "name: Dana"}]}

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
        call(f"{own_practice.openai}/v1/chat/completions", asked, OPENAI_KEY)

    assert own_practice.books("openai", summary=True)["answered"] == 1

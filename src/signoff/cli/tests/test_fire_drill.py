"""Each fault of the fire drill is noticed in time, and nothing is lost or twice, by the practice apps' own books."""

from __future__ import annotations

import pytest

from signoff.cli.fire_faults import FAULTS

KEYS = {"name", "promised", "happened", "noticed_after_seconds", "notice", "lost", "duplicates", "held", "ok"}
IN_INTERFACE = {
    "a burst over the limit", "billing 429", "errors 500", "cut connections", "malformed answers", "an expired key",
    "a revoked grant", "a crash after sending", "an ended API version", "a retired model", "a webhook twice",
    "a forged webhook",
}  # fmt: skip


def test_the_drill_knows_every_fault_that_was_promised():
    assert {fault.name for fault in FAULTS} == IN_INTERFACE


@pytest.mark.timeout(120)
def test_what_is_quick_holds_every_day(place):
    done = place.run("fire-drill", "--only", "webhook", "--json")

    assert done.code == 0, done.err[-3000:]
    assert [row["name"] for row in done.json["faults"]] == ["a webhook twice", "a forged webhook"]
    assert done.json["ok"] is True
    assert place.none_left(), "nothing of it runs on"
    assert not (place.folder / "fire-drill").exists(), "its data folder is forgotten"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_fault_is_noticed_and_nothing_is_lost_or_done_twice(place):
    done = place.run("fire-drill", "--json", seconds=800)

    rows = {row["name"]: row for row in done.json["faults"]}
    assert {name: row for name, row in rows.items() if not row["ok"]} == {}
    assert done.code == 0, done.err[-3000:]
    assert rows.keys() == IN_INTERFACE
    assert (done.json["lost"], done.json["duplicates"]) == (0, 0)
    for row in rows.values():
        assert row.keys() == KEYS
        assert row["notice"]
    assert rows["an expired key"]["noticed_after_seconds"] <= 60


def test_a_fault_that_does_not_exist_is_told_which_do(place):
    done = place.run("fire-drill", "--only", "earthquake")

    assert done.code == 2
    assert "a forged webhook" in done.err

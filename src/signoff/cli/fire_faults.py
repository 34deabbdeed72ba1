"""
The faults of the fire drill: what is done to the practice apps, what was promised, and what came of it.

Each leaves the apps as they were, so that the next one finds a Signoff that works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from signoff.cli.fire_stage import FireStage
from signoff.core import clock

A_MINUTE, FIVE_MINUTES = 60.0, 300.0


@dataclass(frozen=True)
class Happened:
    """What came of a fault: in words, how soon and by what it was noticed, and which records it concerned."""

    words: str
    noticed_after_seconds: float
    notice: str
    numbers: Sequence[str]
    holds: bool = True


@dataclass(frozen=True)
class Fault:
    """One fault, and what Signoff promises of it; noticed within `within_seconds`."""

    name: str
    promised: str
    within_seconds: float
    happen: Callable[[FireStage], Happened]


def _expired_key(stage: FireStage) -> Happened:
    since = clock.now()
    stage.control("hubspot", expire_key=True)
    numbers = stage.send(3)
    title, seconds = stage.notice("connection:stopped:", since)
    stage.settled(numbers)
    held = stage.counted(numbers)[2]
    stage.control("hubspot", restore_key=True)
    stage.mended("crm")
    stage.settled(numbers)
    return Happened(
        f"{held} records waited. {stage.closing('connection:stopped:')}", seconds, title, numbers, held == 3
    )


def _billing(stage: FireStage) -> Happened:
    since = clock.now()
    stage.control("openai", billing="credit_balance_exhausted")
    numbers = stage.send(3)
    title, seconds = stage.notice("connection:stopped:", since)
    asked = sum(stage.status_counts("openai").values())
    stage.control("openai", billing=None)
    stage.mended("ai")
    stage.settled(numbers)
    words = (
        f"The AI was asked {asked} times in all, not again and again. {stage.closing('connection:stopped:')}"
    )
    return Happened(words, seconds, title, numbers)


def _revoked_grant(stage: FireStage) -> Happened:
    numbers = stage.send(2, to="letters")
    stage.until(
        lambda: len([r for r in stage.runs(numbers) if r.state == "waiting for review"]) == 2, "no drafts"
    )
    since = clock.now()
    stage.control("gmail", revoke_grant=True, expire_access_tokens=True)
    stage.approve(numbers)
    title, seconds = stage.notice("connection:stopped:", since)
    stage.settled(numbers)
    stage.sign_in_again()
    stage.settled(numbers)
    words = f"Two approved drafts waited for a new sign-in. {stage.closing('connection:stopped:')}"
    return Happened(words, seconds, title, numbers)


def _ended_version(stage: FireStage) -> Happened:
    since = clock.now()
    stage.control("hubspot", end_version="2026-09")
    numbers = stage.send(2)
    title, seconds = stage.notice("", since)
    stage.settled(numbers)
    stage.control("hubspot", restore_version="2026-09")
    stage.mended("crm")
    stage.try_again(numbers)
    stage.settled(numbers)
    words = (
        "Every address of that version answered 404; what was to be written waited, and went on afterwards."
    )
    return Happened(words, seconds, title, numbers)


def _retired_model(stage: FireStage) -> Happened:
    from signoff.engine import verbs

    since = clock.now()
    stage.control("openai", retire_model="gpt-4o")
    numbers = stage.send(2)
    title, seconds = stage.notice("runs:", since)
    stage.settled(numbers)
    stage.change_model("gpt-5.4-mini")
    for run in stage.runs(numbers):
        verbs.replay(run.pk)
    stage.until(lambda: stage.counted(numbers)[2] == 0, "the records did not go on with another model")
    stage.control("openai", add_model={"id": "gpt-4o"})
    stage.change_model("gpt-4o")
    return Happened(
        "The records waited; with another model in the file they were run again.", seconds, title, numbers
    )


def _errors(stage: FireStage) -> Happened:
    since = clock.now()
    stage.control("openai", fail_next={"fault": "http500", "times": 2})
    stage.control("hubspot", fail_next={"fault": "http503", "times": 2, "path": "notes"})
    numbers = stage.send(4)
    line, seconds = stage.line(numbers, ("warn", "info", "bad"), since)
    states = stage.settled(numbers)
    return Happened(
        _in_words(states), seconds, f"history of the record: {line}", numbers, states["done"] == 4
    )


def _cut(stage: FireStage) -> Happened:
    since = clock.now()
    cuts = [
        {"fault": "cut", "times": 1, "path": "notes", "method": "POST"},
        {"fault": "lost_answer", "times": 2, "path": "notes", "method": "POST"},
    ]
    stage.control("hubspot", fail_next=cuts)
    numbers = stage.send(4)
    line, seconds = stage.line(numbers, ("warn", "info", "bad"), since)
    states = stage.settled(numbers)
    words = f"{_in_words(states)} Where no answer came, HubSpot was asked before anything was sent again."
    return Happened(words, seconds, f"history of the record: {line}", numbers)


def _malformed(stage: FireStage) -> Happened:
    since = clock.now()
    stage.control("openai", fail_next={"fault": "malformed", "times": 3})
    numbers = stage.send(3)
    line, seconds = stage.line(numbers, ("warn", "info", "bad"), since)
    states = stage.settled(numbers)
    stopped = states["failed"] + states["needs you"]
    if stopped:
        line, seconds = stage.notice("runs:", since)
        stage.try_again(numbers)
        stage.settled(numbers)
    words = f"{stopped} records stopped where everybody sees it, and went on with Try again; no half answer was used."
    return Happened(words, seconds, line if stopped else f"history of the record: {line}", numbers)


def _crash(stage: FireStage) -> Happened:
    since = clock.now()
    stage.control("hubspot", fail_next={"fault": "lost_answer", "path": "notes", "method": "POST"})
    numbers = stage.send(1)
    stage.until(lambda: stage.counted(numbers)[0] == 0, "HubSpot did not get it")
    stage.kill_worker()
    line, seconds = stage.line(numbers, ("info", "bad"), since)
    states = stage.settled(numbers)
    words = f"HubSpot had the note when the worker was killed; another one asked HubSpot first. {_in_words(states)}"
    return Happened(
        words, seconds, f"history of the record: {line}", numbers, bool(states["done"] + states["uncertain"])
    )


def _twice(stage: FireStage) -> Happened:
    number, since = stage.next_number(), clock.now()
    with ThreadPoolExecutor(5) as five:
        statuses = sorted(
            five.map(lambda _: stage.post("notes", number, Idempotency_Key=f"e-{number}"), range(5))
        )
    seconds = (clock.now() - since).total_seconds()
    stage.settled([number])
    one = len(stage.runs([number])) == 1 and statuses == [200, 200, 200, 200, 202]
    words = "The same webhook came five times at once: one record, and four answers that it is known."
    return Happened(words, seconds, "answered 200 with the record that was there", [number], one)


def _forged(stage: FireStage) -> Happened:
    number, since = stage.next_number(), clock.now()
    forged = {"webhook_id": f"m-{number}", "webhook_timestamp": f"{since.timestamp():.0f}"}
    status = stage.post("signed", number, **forged, webhook_signature="v1,Zm9yZ2Vk")
    seconds = (clock.now() - since).total_seconds()
    nothing = not stage.runs([number])
    return Happened(
        "It was refused, and nothing of it was kept.",
        seconds,
        f"answered {status}",
        [],
        nothing and status == 401,
    )


def _burst(stage: FireStage) -> Happened:
    from signoff.pacing.models import Pace

    stage.control("openai", rpm=240, enforcement="second", forget_counts=True)
    since = clock.now()
    numbers = stage.send(30)

    def held() -> str | None:
        row = Pace.objects.filter(connection__name="ai").first()
        slowed = row is not None and (row.held_until is not None or row.request_seconds > 0.1)
        return (row.held_why if row else "") or "Health: the AI's limit" if slowed else None

    why = stage.until(held, "nobody slowed down")
    seconds = (clock.now() - since).total_seconds()
    states = stage.settled(numbers)
    told = stage.status_counts("openai").get("429", 0)
    stage.control("openai", rpm=100_000, enforcement="minute")
    words = f"30 records at once, 4 a second allowed: {told} were told to wait. {_in_words(states)}"
    return Happened(words, seconds, f"Health: {why}", numbers, states["done"] == 30)


def _in_words(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) + "."


FAULTS = (
    Fault("a webhook twice", "it is one record, and delivered once", A_MINUTE, _twice),
    Fault("a forged webhook", "it is refused, and nothing of it is kept", A_MINUTE, _forged),
    Fault("errors 500", "it is tried again, more slowly, until it is done", FIVE_MINUTES, _errors),
    Fault("cut connections", "nothing is sent twice, and nothing is called done unseen", FIVE_MINUTES, _cut),
    Fault("malformed answers", "no broken answer is used, and the record is kept", FIVE_MINUTES, _malformed),
    Fault("a crash after sending", "the app is asked before anything is sent again", FIVE_MINUTES, _crash),
    Fault(
        "an expired key", "you hear of it within a minute, and work goes on by itself", A_MINUTE, _expired_key
    ),
    Fault(
        "a revoked grant",
        "you hear of it within a minute, and work goes on by itself",
        A_MINUTE,
        _revoked_grant,
    ),
    Fault(
        "billing 429", "you hear that it is the bill, and the AI is not asked on and on", A_MINUTE, _billing
    ),
    Fault("an ended API version", "records wait, and you hear of it", FIVE_MINUTES, _ended_version),
    Fault("a retired model", "records wait, and you hear of it", FIVE_MINUTES, _retired_model),
    Fault(
        "a burst over the limit", "all of it is done, at the pace that the app allows", FIVE_MINUTES, _burst
    ),
)

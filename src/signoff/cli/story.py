"""
The story of `signoff demo --story`: the life of an integration in some five hundred reviews, on the practice apps.

It is measured, signed for, audited, gets worse, is sent back, is changed and starts warm, and at last the provider
changes the model behind its back. Everything Signoff does is done as always, through the same verbs, and everything it
says is what it found. Made up is what the world does: how often a draft is wrong, which is for a person to see and so
for the story; that the reviewer notices what is wrong; and the time, in which twelve weeks pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from signoff.connectors.base import Event
from signoff.core import clock
from signoff.core.counting import counted

PAUSE_AFTER = 10  # decisions, and then it is another day
PAUSE = timedelta(hours=34)
WEEKS = 12
AT_ONCE = 20  # leads
WORSE = 5  # times as many errors as the limit allows, after the drift
SNAPSHOT = "gpt-4o-2027-02-03"
OTHER_TASK = "Write a short, warm follow-up e-mail to a new lead who filled in our contact form."


@dataclass
class Chapter:
    """One part of the life: what happened, reviews in it and how many were found wrong, drafts that went out alone."""

    title: str
    became: str = ""
    reviews: int = 0
    wrong: int = 0
    went_out: int = 0
    planted: int = 0
    missed: int = 0


class StoryClock:
    """The time of the story. It stands still but for what is said, and each look is a little later than the last."""

    def __init__(self, begins_at: datetime) -> None:
        self.at = begins_at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def let_pass(self, time: timedelta) -> None:
        self.at += time


@contextmanager
def story_time() -> Iterator[StoryClock]:
    """Let this process live in the time of the story, twelve weeks ago at first."""
    real = clock.now
    told = StoryClock(real() - timedelta(weeks=WEEKS))
    clock.now = told.now  # the clock is asked there so that it can be moved
    try:
        yield told
    finally:
        clock.now = real


class Life:
    """
    One integration from its first draft on. `bring` lets so many leads come in and returns their events; `calm` is how
    many come while it is on autopilot and nothing has changed, a third of them the second time.
    """

    def __init__(
        self,
        name: str,
        owner: Any,
        bring: Callable[[int], Sequence[Event]],
        move_alias: Callable[[str], object],
        time: StoryClock,
        *,
        seed: int = 19,
        limit: float = 0.05,
        planted: float = 0.1,
        notices: float = 1.0,
        most: int = 300,
        calm: int = 160,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.name, self.owner, self.time, self.most = name, owner, time, most
        self.limit, self._bring, self._move_alias, self._say = limit, bring, move_alias, say
        self.planted, self.notices, self.calm = planted, notices, calm
        self._chance = Random(seed)  # noqa: S311  # a story is to be told again
        self._waiting: list[Event] = []
        self.chapters: list[Chapter] = []
        self.reviews = 0

    def tell(self) -> list[Chapter]:
        """Live it."""
        autopilot = {"error_below": self.limit, "audit": "50%"}
        self._write(review={"by": ["sales"], "autopilot": autopilot, "planted": self.planted})
        self._measure("Learning: a person decides on every draft", 0.004)
        self._sign()
        self._unattended(
            "On autopilot: half of the drafts are audited, the others go out by themselves", 0.004, self.calm
        )
        self._unattended(
            "Drift: errors are five times as frequent as the limit now", WORSE * self.limit, self.most
        )
        self._change()
        self._measure("The new version starts warm, and is measured", 0.004)
        self._sign()
        self._unattended("On autopilot again", 0.004, self.calm // 3)
        self._move_alias(SNAPSHOT)
        self._unattended("The provider answers with another model under the old name", 0.004, 20)
        self._measure("The new model is measured from the start", 0.004)
        return self.chapters

    def document(self) -> dict[str, Any]:
        """Return the life as data."""
        return {"reviews": self.reviews, "chapters": [asdict(chapter) for chapter in self.chapters]}

    def _measure(self, title: str, rate: float) -> None:
        chapter = self._begin(title)
        while not self._standing().offered and chapter.reviews < self.most:
            self._one(rate, chapter)
        standing = self._standing()
        found = standing.evidence
        more = standing.more_needed
        became = f"{found.k} of {found.n} wrong, proven: fewer than {found.bound:.1%}. "
        became += "Autopilot is offered." if standing.offered else f"{more} more clean reviews are needed."
        self._end(chapter, became)

    def _unattended(self, title: str, rate: float, leads: int) -> None:
        chapter = self._begin(title)
        if self._standing().active is None:
            self._end(chapter, "It is not on autopilot, so every draft waits for a person.")
            return
        for _ in range(leads):
            self._one(rate, chapter)
            if self._standing().active is None:
                break
        standing = self._standing()
        if standing.active is None and standing.last is not None:
            became = f"{standing.last.get_state_display()}: {standing.last.why}"
        else:
            became = f"{sum(standing.audited)} of {len(standing.audited)} audits were wrong. It stays on autopilot."
        self._end(chapter, became)

    def _sign(self) -> None:
        from signoff.engine import verbs
        from signoff.review.certificates import NotSigned

        standing = self._standing()
        try:
            verbs.promote(self.name, self.owner, standing.fingerprint.hash if standing.fingerprint else "")
            self._say(f"  {self.owner} signs for autopilot.")
        except NotSigned as refused:
            self._say(f"  {refused}")

    def _change(self) -> None:
        """Change what the AI is asked to do, and replay what was decided through the new version."""
        from signoff.engine import proofs
        from signoff.review import warm

        chapter = self._begin("The owner changes the prompt, and replays decided records through it")
        self._write(task=OTHER_TASK)
        self.time.let_pass(PAUSE)
        proof = proofs.warm_start(self._integration(), self.owner)
        for number in list(proof.replays.values_list("pk", flat=True)):
            proofs.replay(replay_id=number)
        told = warm.of(self._standing())
        self._end(
            chapter,
            f"{told.k} of {told.n} came out wrong. They count as no reviews; "
            f"{counted(self._standing().more_needed or 0, 'is', 'are')} needed."
            if told
            else "Nothing was told of it.",
        )

    def _one(self, rate: float, chapter: Chapter) -> None:
        """Let one lead come in and be drafted; whatever waits then is decided on, by somebody who reads it."""
        from signoff.engine import jobs, verbs
        from signoff.review import planting
        from signoff.review.models import Review, Unattended

        if not self._waiting:
            self._waiting = list(self._bring(AT_ONCE))
        for run in verbs.receive(self._integration(), [self._waiting.pop(0)], "A lead filled in the form"):
            jobs.advance(run_id=run.pk)
            chapter.went_out += Unattended.objects.filter(run=run).exists()
        planting.look()
        waiting = Review.objects.filter(state=Review.State.WAITING, run__integration__name=self.name)
        for review in waiting.select_related("run").order_by("pk"):
            self._decide(review, rate, chapter)

    def _decide(self, review: Any, rate: float, chapter: Chapter) -> None:
        from signoff.engine import jobs, verbs
        from signoff.review import planting, reading

        # What is wrong is known of a planted draft, plain of a marked one, and otherwise as the world will have it.
        is_wrong = review.run.planted or bool(review.run.findings) or self._chance.random() < rate
        sees = is_wrong and (bool(review.run.findings) or self._chance.random() < self.notices)
        reading.opened(review, self.owner)
        self.time.let_pass(
            timedelta(seconds=reading.seconds_needed(review.content) + 3 * self._chance.random())
        )
        decided = verbs.decide(
            review.pk,
            "rejected" if sees else "approved",
            self.owner,
            review.content_hash,
            reason="fact" if sees else "",
        )
        self.time.let_pass(timedelta(seconds=11))
        told = planting.told(decided)
        if told is not None:
            chapter.planted, chapter.missed = chapter.planted + 1, chapter.missed + (not told.noticed)
        else:
            jobs.advance(run_id=review.run_id)
            self.reviews, chapter.reviews = self.reviews + 1, chapter.reviews + 1
            chapter.wrong += sees
        if self.reviews % PAUSE_AFTER == 0:
            self.time.let_pass(PAUSE)

    def _begin(self, title: str) -> Chapter:
        self._say(title)
        self.chapters.append(Chapter(title))
        return self.chapters[-1]

    def _end(self, chapter: Chapter, became: str) -> None:
        chapter.became = became
        word = "review" if chapter.reviews == 1 else "reviews"
        counts = [f"{chapter.reviews} {word}, {chapter.wrong} wrong"] if chapter.reviews else []
        counts += [f"{chapter.went_out} went out alone"] if chapter.went_out else []
        counts += [f"{chapter.missed} of {chapter.planted} planted ones missed"] if chapter.planted else []
        self._say("  " + "; ".join([*counts, became]))

    def _write(self, *, review: dict[str, Any] | None = None, task: str = "") -> None:
        """Put the integration's file into force, with another part on review, or another task."""
        from signoff.engine import verbs
        from signoff.integrations.file import read_text
        from signoff.integrations.writing import as_file

        data = self._document()
        if review is not None:
            data["review"] = review
        if task:
            data["prompt"]["task"] = task
        applied = verbs.put_into_force([read_text(as_file(data), "the story")], self.owner)
        if applied.faults:
            raise RuntimeError(f"the story's own file has faults: {applied.faults}")

    def _document(self) -> dict[str, Any]:
        import yaml

        current = self._integration().current
        data: dict[str, Any] = yaml.safe_load(current.source) if current else {}
        return data

    def _integration(self) -> Any:
        from signoff.integrations.models import Integration

        return Integration.objects.select_related("current").get(name=self.name)

    def _standing(self) -> Any:
        from signoff.review.certificates import certificate

        return certificate(self._integration())

"""
Decisions that hold: by a signed-in person with the right, bound to the hash of what they saw.

All verbs here are parts of the caller's transaction; the engine adds the job that follows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.definition import definition_of
from signoff.outputs.judge import Accepted, judge
from signoff.prompts.models import PromptVersion
from signoff.prompts.stating import changed, facts_on
from signoff.review import planting
from signoff.review.certificates import weigh
from signoff.review.inbox import may_decide
from signoff.review.models import Review
from signoff.review.opening import content_hash
from signoff.review.reading import can_have_read
from signoff.runs.change import change, said
from signoff.runs.checking import findings_in, made_wrong_by
from signoff.runs.models import Run
from signoff.runs.releasing import release

UNDO_FOR = timedelta(seconds=10)
NO_LONGER = "This run does not wait for a decision any more. Nothing was decided."
# What a decision writes. The draft, its record's words and whose it is are not sent through once more.
DECIDING = [
    "state", "verdict", "reason", "decided_by", "decided_at", "undo_until", "decided_content", "looking",
    "looking_until", "is_error", "changed", "overruled_by", "overruled_at", "unread",
]  # fmt: skip


class DecisionRefused(Exception):
    """Nothing was decided; the text says why, for the person, and `review` shows how things stand."""

    def __init__(self, sentence: str, review: Review | None = None) -> None:
        super().__init__(sentence)
        self.review = review


class FactsChanged(DecisionRefused):
    """The company facts are not the ones that the draft was checked against; `findings` are those of today."""

    def __init__(self, sentence: str, review: Review, findings: list[dict[str, Any]]) -> None:
        super().__init__(sentence, review)
        self.findings = findings


def decide(
    review_id: int,
    verdict: str,
    person: Person,
    seen_hash: str,
    content: Mapping[str, Any] | None = None,
    reason: str = "",
    *,
    together: bool = False,
) -> Review:
    """
    Decide on a draft: approved, edited (with `content`) or rejected (with `reason`).

    Where two people decide, the first approval lets nothing out: the draft waits on, with the words of the first, for
    somebody else to approve exactly those.

    `together`: it was approved with others at once, so the decision says nothing of how good the draft was.

    Raises `DecisionRefused` and changes nothing when it is decided already, was changed since it was seen, or the
    person may not; when an edit does not fit the contract; or (`FactsChanged`) when a company fact has changed since it
    was drafted, and what it says does not hold any more.
    """
    review = held(review_id, person, seen_hash)
    if verdict not in Review.Verdict.values:
        raise DecisionRefused("A draft is approved, edited or rejected. Nothing was decided.", review)
    if verdict == Review.Verdict.REJECTED:
        return _reject(review, person, reason)
    shown = review.shown_content
    # Said here, while the draft is as it was seen, and not before it holds.
    review.unread = not together and not can_have_read(review, person)
    decided = _edited(review, content) if verdict == Review.Verdict.EDITED else shown
    _hold_to_todays_facts(review, decided)
    if review.run.planted:
        verdict = Review.Verdict.APPROVED if decided == review.content else Review.Verdict.EDITED
        return on_planted(review, verdict, person, decided, "", together=together)
    if review.four_eyes and (review.first_by_id in (None, person.pk) or decided != shown):
        return _approve_first(review, decided, person)
    verdict = Review.Verdict.APPROVED if decided == review.content else Review.Verdict.EDITED
    return _approve(review, verdict, decided, person, together=together)


def held(review_id: int, person: Person, seen_hash: str) -> Review:
    """Lock a draft that this person may decide on as they have seen it. Raises `DecisionRefused`."""
    review = lock(review_id)
    if review is None:
        raise DecisionRefused("This draft does not exist any more. Nothing was decided.")
    if not may_decide(person, review):
        raise DecisionRefused("You may not decide on this draft. Ask the owner. Nothing was decided.", review)
    if review.state != Review.State.WAITING:
        raise DecisionRefused(_already(review), review)
    if seen_hash != review.content_hash:
        raise DecisionRefused(_changed_since(review), review)
    return review


def lock(review_id: int) -> Review | None:
    """
    Lock a draft. What belongs to it is read afterwards, by itself.

    Joined to the row that is waited for, it would be as it was before the wait, and whoever comes second would not be
    told who was first.
    """
    return Review.objects.select_for_update().filter(pk=review_id).first()


def _changed_since(review: Review) -> str:
    if review.first_by is not None:
        return (
            f"{review.first_by} has edited and approved the draft since you opened it. Look at it again. "
            "Nothing was decided."
        )
    return "The draft has changed since you opened it. Look at it again. Nothing was decided."


def regrade(review_id: int, is_error: bool, person: Person) -> Review:
    """
    Say that a draft was wrong, or that it was not, against what its edit or rejection was taken for.

    Raises `DecisionRefused` when it is not decided, says so already, or the person may not.
    """
    review = lock(review_id)
    if review is None:
        raise DecisionRefused("This draft does not exist any more. Nothing was changed.")
    if not may_decide(person, review):
        raise DecisionRefused("You may not decide on this draft. Ask the owner. Nothing was changed.", review)
    if review.state != Review.State.DECIDED:
        raise DecisionRefused("Decide on the draft first. Nothing was changed.", review)
    if review.run.planted:
        raise DecisionRefused("That draft was planted; it counts for nothing. Nothing was changed.", review)
    if review.is_error is is_error:
        raise DecisionRefused("It counts so already. Nothing was changed.", review)
    if review.unread and not is_error and not can_have_read(review, person):
        raise DecisionRefused("Open it and read it first. Nothing was changed.", review)
    before = review.is_error
    review.is_error, review.overruled_by, review.overruled_at = is_error, person, clock.now()
    review.unread = False
    review.save(update_fields=["is_error", "overruled_by", "overruled_at", "unread"])
    details = {"was": before, "is": is_error, "verdict": review.verdict, "changed": review.changed}
    note(person, "graded as wrong" if is_error else "graded as right", f"run {review.run_id}", details)
    weigh(review)
    return review


def _approve_first(review: Review, decided: dict[str, Any], person: Person) -> Review:
    """Keep what the first of two people lets out, for the second to see. Raises `DecisionRefused`."""
    if review.first_by_id == person.pk and decided == review.shown_content:
        raise DecisionRefused(
            "You have approved it already, and two people have to. Somebody else decides now. Nothing was sent.",
            review,
        )
    now = clock.now()
    more = _changes(review.content, decided) if decided != review.content else None
    words = said("ok", f"{person} approved it; a second person has to as well", more, at=now)
    if not change(review.run_id, Run.State.WAITING.value, {}, words):
        raise DecisionRefused(NO_LONGER, review)
    note(person, "approved as the first of two", f"run {review.run_id}", {"content": content_hash(decided)})
    review.first_by, review.first_at, review.first_content = person, now, decided
    review.content_hash = content_hash(decided)
    review.looking, review.looking_until, review.unread = None, None, False
    # The next one hears of it where drafts are told of, and if drafts are given to somebody, it is somebody else's now.
    review.asked = None
    if review.assigned_to_id == person.pk:
        review.assigned_to, review.assigned_how, review.assign = None, "", Review.Assign.TURN
    review.save()
    return review


def _approve(
    review: Review, verdict: str, decided: dict[str, Any], person: Person, *, together: bool = False
) -> Review:
    now = clock.now()
    until = now + UNDO_FOR
    if review.first_by is not None:
        more = _changes(review.content, decided) if verdict == Review.Verdict.EDITED else None
        words = said("ok", f"{person} approved it as well, after {review.first_by}", more, at=now)
    elif verdict == Review.Verdict.EDITED:
        words = said("ok", f"{person} edited and approved it", _changes(review.content, decided), at=now)
    else:
        more = "Together with others, under its certificate." if together else None
        words = said("ok", f"{person} approved it", more, at=now)
    if release(review.run, decided, Run.State.WAITING, {"deliver_at": until}, words) is None:
        raise DecisionRefused(NO_LONGER, review)
    details = {"content": content_hash(decided)}
    if review.first_by is not None:
        details["first"] = review.first_by.email
    note(person, verdict, f"run {review.run_id}", details)
    return _decided(review, verdict, person, now, until, decided, "", together=together)


def _reject(review: Review, person: Person, reason: str) -> Review:
    if reason not in Review.Reason.values:
        raise DecisionRefused("Say why you reject it. Nothing was decided.", review)
    if review.run.planted:
        return on_planted(review, Review.Verdict.REJECTED, person, None, reason)
    now = clock.now()
    label = Review.Reason(reason).label
    words = said("warn", f"{person} rejected it: {label.lower()}", "Nothing was sent.", at=now)
    if not change(
        review.run_id, Run.State.WAITING.value, {"state": Run.State.REJECTED, "finished_at": now}, words
    ):
        raise DecisionRefused(NO_LONGER, review)
    note(person, "rejected", f"run {review.run_id}", {"reason": reason})
    return _decided(review, Review.Verdict.REJECTED, person, now, now + UNDO_FOR, None, reason)


def on_planted(
    review: Review,
    verdict: str,
    person: Person,
    decided: dict[str, Any] | None,
    reason: str,
    *,
    together: bool = False,
) -> Review:
    """Take a decision on a draft that was planted; whether it was noticed is all that comes of it."""
    planting.decide(review, verdict, person, decided, reason, together=together)
    if review.state != Review.State.DECIDED:
        raise DecisionRefused(NO_LONGER, review)
    return review


def _decided(
    review: Review,
    verdict: str,
    person: Person,
    now: datetime,
    until: datetime,
    content: dict[str, Any] | None,
    reason: str,
    *,
    together: bool = False,
) -> Review:
    review.state, review.verdict, review.reason = Review.State.DECIDED, verdict, reason
    review.decided_by, review.decided_at, review.undo_until = person, now, until
    review.decided_content = content
    review.looking, review.looking_until = None, None
    _grade(review)
    if together:
        review.is_error, review.unread = None, False
    review.save(update_fields=DECIDING)
    weigh(review)
    return review


def _grade(review: Review) -> None:
    """Say what a decision tells of the draft: an edit is read, a rejection is an error, an approval none."""
    review.overruled_by, review.overruled_at, review.changed = None, None, []
    if review.again_at:
        # The answer that was sent back is what counts; the second one is not measured.
        review.is_error, review.unread = True, False
        return
    if review.verdict == Review.Verdict.REJECTED:
        review.is_error, review.unread = True, False
        return
    if review.verdict == Review.Verdict.APPROVED:
        review.is_error = None if review.unread else False
        return
    from signoff.review.grading import grade  # brings the checks along, which only an edit needs

    found = grade(review.content, review.decided_content or {})
    # An error that was found is one, however quickly. That nothing else is wrong takes reading.
    review.unread = review.unread and not found.is_error
    review.is_error = None if review.unread else found.is_error
    review.changed = [one._asdict() for one in found.changed]


def _edited(review: Review, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the person's edit, held to the same contract as the AI's answer. Raises `DecisionRefused`."""
    if not content:
        raise DecisionRefused("The edit is empty. Nothing was decided.", review)
    shown = review.shown_content
    unknown = set(content) - set(shown)
    if unknown:
        raise DecisionRefused(
            f"The draft has no field {', '.join(sorted(unknown))}. Nothing was decided.", review
        )
    whole = {**shown, **content}
    _, contract = definition_of(review.run.version_id)
    verdict = judge(contract, json.dumps(whole, ensure_ascii=False))
    if not isinstance(verdict, Accepted):
        faults = "; ".join(f"{fault.field}: {fault.what}, {fault.expected}" for fault in verdict.faults)
        raise DecisionRefused(f"Your edit does not fit: {faults}. Nothing was decided.", review)
    # What the person wrote goes out as they wrote it, not as a repair would have it.
    return verdict.value if not verdict.repaired else whole


def _hold_to_todays_facts(review: Review, decided: Mapping[str, Any]) -> None:
    """Raise `FactsChanged` when a fact ended or changed since the draft, and the answer still says what it said."""
    run = review.run
    version = PromptVersion.objects.filter(pk=run.prompt_version).first() if run.prompt_version else None
    told = version.parts.get("facts", {}) if version else {}
    old = changed(told)
    if not old:
        return
    definition, _ = definition_of(run.version_id)
    today = facts_on(definition.prompt.facts)
    seen = {(one["text"], one["field"], one["record_value"]) for one in run.findings}
    fresh = [
        one
        for one in made_wrong_by(decided, run.record, told, today)
        if (one["text"], one["field"], one["record_value"]) not in seen
    ]
    if not fresh:
        return
    from signoff.runs.auditing import meet  # brings the checks along

    marked = findings_in(decided, run.record, today, definition.checks.links)
    found = fresh + [one for one in marked if all(not meet(one, other) for other in fresh)]
    names = " and ".join(f"“{name}”" for name in old)
    what = ", ".join(f"“{one['text']}”" for one in fresh[:3])
    raise FactsChanged(
        f"The company fact {names} has changed since this draft was written, and {what} does not hold any more. It is "
        "marked now. Nothing was decided.",
        review,
        found,
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return "Changed " + ", ".join(f"“{name}”" for name in after if before.get(name) != after[name]) + "."


def _already(review: Review) -> str:
    if review.state == Review.State.WITHDRAWN:
        return "This draft was withdrawn. Nothing was decided."
    who = str(review.decided_by) if review.decided_by else "Somebody"
    if review.state == Review.State.AGAIN:
        return "The AI is writing this draft again. It comes back here by itself. Nothing was decided."
    did = {"approved": "approved", "edited": "edited and approved", "rejected": "rejected"}[review.verdict]
    return f"{who} has {did} it already. Nothing more was decided."

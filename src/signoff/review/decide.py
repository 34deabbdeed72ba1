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
from signoff.review.models import Review
from signoff.review.opening import content_hash
from signoff.review.reading import can_have_read
from signoff.runs.change import change, said
from signoff.runs.checking import findings_in
from signoff.runs.deliver import release
from signoff.runs.models import Delivery, Run

UNDO_FOR = timedelta(seconds=10)


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


def may_decide(person: Person, review: Review) -> bool:
    """Say whether this person may decide: the right, and the group if the integration names one."""
    if not person.may("review"):
        return False
    groups = {g.strip() for g in person.groups_csv.split(",") if g.strip()}
    return person.role in ("owner", "builder") or not review.by or not groups or bool(groups & set(review.by))


def decide(
    review_id: int,
    verdict: str,
    person: Person,
    seen_hash: str,
    content: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Review:
    """
    Decide on a draft: approved, edited (with `content`) or rejected (with `reason`).

    Raises `DecisionRefused` and changes nothing when it is decided already, was changed since it was seen, or the
    person may not; when an edit does not fit the contract; or (`FactsChanged`) when a company fact has changed since it
    was drafted, and what it says does not hold any more.
    """
    review = (
        Review.objects.select_for_update(of=("self",))
        .select_related("run", "decided_by")
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise DecisionRefused("This draft does not exist any more. Nothing was decided.")
    if not may_decide(person, review):
        raise DecisionRefused("You may not decide on this draft. Ask the owner. Nothing was decided.", review)
    if review.state != Review.State.WAITING:
        raise DecisionRefused(_already(review), review)
    if seen_hash != review.content_hash:
        raise DecisionRefused(
            "The draft has changed since you opened it. Look at it again. Nothing was decided.", review
        )
    if verdict not in Review.Verdict.values:
        raise DecisionRefused("A draft is approved, edited or rejected. Nothing was decided.", review)
    if verdict == Review.Verdict.REJECTED:
        return _reject(review, person, reason)
    # Said here, while the draft is as it was seen, and not before it holds.
    review.unread = not can_have_read(review, person)
    decided = dict(review.content)
    if verdict == Review.Verdict.EDITED:
        decided = _edited(review, content)
        if decided == review.content:
            verdict = Review.Verdict.APPROVED
    _hold_to_todays_facts(review, decided)
    return _approve(review, verdict, decided, person)


def undo(review_id: int, person: Person) -> Review:
    """Take a decision back while nothing has left. Raises `DecisionRefused` when it is too late."""
    review = Review.objects.select_for_update(of=("self",)).select_related("run").filter(pk=review_id).first()
    if review is None or review.state != Review.State.DECIDED:
        raise DecisionRefused("There is nothing to undo.", review)
    if review.decided_by_id != person.pk and person.role != Person.Role.OWNER:
        raise DecisionRefused("Only the person who decided can undo it.", review)
    if review.run.planted:
        raise DecisionRefused(
            "That draft was planted. Nothing was sent, so there is nothing to undo.", review
        )
    now = clock.now()
    late = DecisionRefused(
        "It is too late to undo: it has been sent. Open the run to see where it is.", review
    )
    if review.undo_until is None or review.undo_until <= now:
        raise late
    words = said("info", f"{person} took the decision back", "Nothing had left.")
    if Delivery.objects.filter(run=review.run).exclude(state=Delivery.State.INTENT).exists():
        raise late
    if not change(
        review.run_id,
        ("approved", "rejected"),
        {"state": Run.State.WAITING, "deliver_at": None, "finished_at": None},
        words,
    ):
        raise late
    Delivery.objects.filter(run=review.run).delete()
    note(person, "undid the decision on", f"run {review.run_id}", {"verdict": review.verdict})
    review.state, review.verdict, review.reason = Review.State.WAITING, "", ""
    review.decided_by, review.decided_at, review.undo_until, review.decided_content = None, None, None, None
    review.is_error, review.changed, review.overruled_by, review.overruled_at = None, [], None, None
    review.unread = False
    review.save()
    weigh(review)
    return review


def regrade(review_id: int, is_error: bool, person: Person) -> Review:
    """
    Say that a draft was wrong, or that it was not, against what its edit or rejection was taken for.

    Raises `DecisionRefused` when it is not decided, says so already, or the person may not.
    """
    review = (
        Review.objects.select_for_update(of=("self",))
        .select_related("run", "decided_by")
        .filter(pk=review_id)
        .first()
    )
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


def _approve(review: Review, verdict: str, decided: dict[str, Any], person: Person) -> Review:
    if review.run.planted:
        return _on_planted(review, verdict, person, decided, "")
    now = clock.now()
    until = now + UNDO_FOR
    if verdict == Review.Verdict.EDITED:
        words = said("ok", f"{person} edited and approved it", _changes(review.content, decided), at=now)
    else:
        words = said("ok", f"{person} approved it", None, at=now)
    if release(review.run, decided, Run.State.WAITING, {"deliver_at": until}, words) is None:
        raise DecisionRefused("This run does not wait for a decision any more. Nothing was decided.", review)
    note(person, verdict, f"run {review.run_id}", {"content": content_hash(decided)})
    return _decided(review, verdict, person, now, until, decided, "")


def _reject(review: Review, person: Person, reason: str) -> Review:
    if reason not in Review.Reason.values:
        raise DecisionRefused("Say why you reject it. Nothing was decided.", review)
    if review.run.planted:
        return _on_planted(review, Review.Verdict.REJECTED, person, None, reason)
    now = clock.now()
    label = Review.Reason(reason).label
    words = said("warn", f"{person} rejected it: {label.lower()}", "Nothing was sent.", at=now)
    if not change(
        review.run_id, "waiting for review", {"state": Run.State.REJECTED, "finished_at": now}, words
    ):
        raise DecisionRefused("This run does not wait for a decision any more. Nothing was decided.", review)
    note(person, "rejected", f"run {review.run_id}", {"reason": reason})
    return _decided(review, Review.Verdict.REJECTED, person, now, now + UNDO_FOR, None, reason)


def _on_planted(
    review: Review, verdict: str, person: Person, decided: dict[str, Any] | None, reason: str
) -> Review:
    """Take a decision on a draft that was planted; whether it was noticed is all that comes of it."""
    planting.decide(review, verdict, person, decided, reason)
    if review.state != Review.State.DECIDED:
        raise DecisionRefused("This run does not wait for a decision any more. Nothing was decided.", review)
    return review


def _decided(
    review: Review,
    verdict: str,
    person: Person,
    now: datetime,
    until: datetime,
    content: dict[str, Any] | None,
    reason: str,
) -> Review:
    review.state, review.verdict, review.reason = Review.State.DECIDED, verdict, reason
    review.decided_by, review.decided_at, review.undo_until = person, now, until
    review.decided_content = content
    _grade(review)
    review.save()
    weigh(review)
    return review


def _grade(review: Review) -> None:
    """Say what a decision tells of the draft: an edit is read, a rejection is an error, an approval none."""
    review.overruled_by, review.overruled_at, review.changed = None, None, []
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
    unknown = set(content) - set(review.content)
    if unknown:
        raise DecisionRefused(
            f"The draft has no field {', '.join(sorted(unknown))}. Nothing was decided.", review
        )
    whole = {**review.content, **content}
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
    old = changed(version.parts.get("facts", {})) if version else []
    if not old:
        return
    definition, _ = definition_of(run.version_id)
    found = findings_in(decided, run.record, facts_on(definition.prompt.facts), definition.checks.links)
    seen = {(one["text"], one["field"], one["record_value"]) for one in run.findings}
    fresh = [one for one in found if (one["text"], one["field"], one["record_value"]) not in seen]
    if not fresh:
        return
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
    did = {"approved": "approved", "edited": "edited and approved", "rejected": "rejected"}[review.verdict]
    return f"{who} has {did} it already. Nothing more was decided."

"""
Drafts that are written again: sent back with a note, or because their record has changed.

Both verbs are parts of the caller's transaction, as decisions are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.integrations.definition import definition_of
from signoff.review import planting
from signoff.review.certificates import weigh
from signoff.review.decide import DecisionRefused, held, on_planted
from signoff.review.models import Review
from signoff.runs.change import change, said
from signoff.runs.models import Run

LONGEST_NOTE = 1000  # characters of what a person wants otherwise


def can_write_again(review: Review) -> bool:
    """Say whether an AI can be asked for another draft; not where all drafts are handed in."""
    return definition_of(review.run.version_id)[0].asked is not None


def ask_again(review_id: int, person: Person, seen_hash: str, wish: str) -> Review:
    """
    Send a draft back to the AI with a note on what should be otherwise. Raises `DecisionRefused`.

    The first answer counts as wrong, whatever becomes of the second. It stays in the timeline of its run.
    """
    review = held(review_id, person, seen_hash)
    if not can_write_again(review):
        raise DecisionRefused(
            "No AI here wrote this draft, so none can write it again: it was handed in. Edit it, or reject it and say "
            "why; whoever handed it in hears that. Nothing was changed.",
            review,
        )
    wish = wish.strip()
    if not wish:
        raise DecisionRefused("Say what should be different. Nothing was changed.", review)
    if len(wish) > LONGEST_NOTE:
        raise DecisionRefused(
            f"The note is longer than {LONGEST_NOTE} characters. Shorten it. Nothing was changed.", review
        )
    if review.run.planted:
        # Whoever wants it otherwise has noticed something; the AI is not asked, because nobody waits for the answer.
        return on_planted(review, Review.Verdict.REJECTED, person, None, Review.Reason.OTHER)
    values = {"note": {"by": str(person), "text": wish, "draft": review.content}}
    lines = [said("info", f"{person} asked the AI to write it again", f"“{wish}”")]
    _write_again(review, values, lines)
    note(person, "asked for another draft of", f"run {review.run_id}")
    review.again_at = review.again_at or clock.now()
    review.is_error, review.decided_by, review.decided_at = True, person, review.again_at
    review.save(update_fields=["again_at", "is_error", "decided_by", "decided_at"])
    weigh(review)
    return review


def draft_again(
    review_id: int,
    person: Person,
    seen_hash: str,
    record: Mapping[str, Any],
    drift: Sequence[Mapping[str, Any]],
) -> Review:
    """
    Have a draft written anew because its record is another one now at its app. Raises `DecisionRefused`.

    That is no error of the answer: it was right about the record as it was, or nobody has looked.
    """
    review = held(review_id, person, seen_hash)
    if not drift:
        raise DecisionRefused(
            "The record has not changed since the draft was written. Nothing was changed.", review
        )
    if review.run.planted:
        return planting.withdraw(review, person)
    what = ", ".join(f"“{one['field']}”" for one in drift)
    lines = [said("info", f"The record has changed: {what}", f"{person} had the draft written again.")]
    _write_again(review, {"record": dict(record), "note": None}, lines)
    note(
        person,
        "had a draft written again for",
        f"run {review.run_id}",
        {"changed": [d["field"] for d in drift]},
    )
    return review


def _write_again(review: Review, values: Mapping[str, Any], lines: list[dict[str, Any]]) -> None:
    """Let the run be drafted once more, with what there was kept in its timeline. Raises `DecisionRefused`."""
    run = review.run
    draft = "\n".join(f"{name}: {value}" for name, value in review.content.items())
    lines = [*lines, said("info", "The draft before", draft)]
    again = {
        "state": Run.State.QUEUED, "redrafted": run.redrafted + 1, "at_once": True, "tries": 0,
        "given_draft": None,  # one that was handed in has had its turn: now the AI writes
        **values,
    }  # fmt: skip
    if not change(run.pk, Run.State.WAITING.value, again, *lines):
        raise DecisionRefused("This run does not wait for a decision any more. Nothing was changed.", review)
    review.state, review.looking, review.looking_until = Review.State.AGAIN, None, None
    review.first_by, review.first_at, review.first_content = None, None, None
    review.save(update_fields=["state", "looking", "looking_until", "first_by", "first_at", "first_content"])

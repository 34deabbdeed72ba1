"""
Decisions that are taken back, while nothing has left.

The verb is a part of the caller's transaction, as decisions are.
"""

from __future__ import annotations

from signoff.accounts.audit import note
from signoff.accounts.models import Person
from signoff.core import clock
from signoff.review.certificates import weigh
from signoff.review.decide import DecisionRefused, lock
from signoff.review.models import Review
from signoff.review.opening import content_hash
from signoff.runs.change import change, said
from signoff.runs.models import Delivery, Run


def undo(review_id: int, person: Person) -> Review:
    """Take a decision back while nothing has left. Raises `DecisionRefused` when it is too late."""
    review = lock(review_id)
    if review is not None and review.state == Review.State.WAITING and review.first_by_id == person.pk:
        return _undo_first(review, person)
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
    if review.again_at:  # its first answer was wrong all the same
        review.is_error = True
    review.save()
    weigh(review)
    return review


def _undo_first(review: Review, person: Person) -> Review:
    """Take back that one has approved as the first of two; nothing has left."""
    words = said("info", f"{person} took their approval back", "Nothing had left.")
    if not change(review.run_id, Run.State.WAITING.value, {}, words):
        raise DecisionRefused("This run does not wait for a decision any more.", review)
    note(person, "undid the decision on", f"run {review.run_id}", {"verdict": "first of two"})
    review.first_by, review.first_at, review.first_content = None, None, None
    review.content_hash = content_hash(review.content)
    review.save(update_fields=["first_by", "first_at", "first_content", "content_hash"])
    return review

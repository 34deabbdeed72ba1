"""`signoff review`: decisions from the terminal, by the person of `SIGNOFF_TOKEN`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from signoff.cli.start import answer, django, person_of_token


@click.group("review")
def review_command() -> None:
    """Drafts that wait for a person."""


@review_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_reviews(as_json: bool) -> None:
    """List the drafts that wait, the oldest first."""
    _reviewer()
    from signoff.review.models import Review

    rows = Review.objects.filter(state="waiting").select_related("run__integration").order_by("pk")
    documents = [
        {
            "id": r.pk, "run": r.run_id, "integration": r.run.integration.name, "label": r.run.label,
            "findings": len(r.run.findings) + len(r.run.alarms), "since": r.created_at.isoformat(),
        }
        for r in rows
    ]  # fmt: skip
    text = "\n".join(
        f"{d['id']:>6}  {d['label']:<30} {d['findings'] or 'nothing'} to check" for d in documents
    )
    answer(documents, as_json, text or "You are all caught up.")


@review_command.command("show")
@click.argument("review_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def show_review(review_id: int, as_json: bool) -> None:
    """Show one draft beside its record."""
    person = _reviewer()
    from signoff.review.planting import told
    from signoff.review.reading import opened

    review = _review(review_id)
    opened(review, person)
    planted = told(review)
    document = {
        "id": review.pk, "run": review.run_id, "state": review.state, "record": review.run.record,
        "content": review.content, "content_hash": review.content_hash, "findings": review.run.findings,
        "alarms": review.run.alarms,
        "is_error": review.is_error, "changed": review.changed, "unread": review.unread,
        "planted": asdict(planted) if planted else None,
        "verdict": review.verdict or None, "decided_by": str(review.decided_by) if review.decided_by else None,
    }  # fmt: skip
    lines = [f"{key}: {value}" for key, value in review.run.record.items()]
    lines += ["", *(f"{key}: {value}" for key, value in review.content.items())]
    lines += ["", *(f"“{f['text']}” {f['why']}" for f in review.run.findings)]
    lines += [alarm["why"] for alarm in review.run.alarms]
    answer(document, as_json, "\n".join(lines))


@review_command.command("approve")
@click.argument("review_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def approve(review_id: int, as_json: bool) -> None:
    """Approve a draft; it leaves in 10 seconds."""
    _decide(review_id, "approved", as_json)


@review_command.command("edit")
@click.argument("review_id", type=int)
@click.option(
    "--content",
    type=click.File("r"),
    required=True,
    help="The fields to change, as JSON; - for standard input.",
)
@click.option("--json", "as_json", is_flag=True)
def edit(review_id: int, content: Any, as_json: bool) -> None:
    """Change a draft and approve it."""
    try:
        changed = json.load(content)
    except ValueError as error:
        raise click.UsageError("--content holds no JSON.") from error
    if not isinstance(changed, dict):
        raise click.UsageError("--content must be names and values.")
    _decide(review_id, "edited", as_json, content=changed)


@review_command.command("reject")
@click.argument("review_id", type=int)
@click.option("--reason", type=click.Choice(["fact", "tone", "not sent", "missing", "other"]), required=True)
@click.option("--json", "as_json", is_flag=True)
def reject(review_id: int, reason: str, as_json: bool) -> None:
    """Reject a draft; nothing is sent."""
    _decide(review_id, "rejected", as_json, reason=reason)


@review_command.command("grade")
@click.argument("review_id", type=int)
@click.argument("how", type=click.Choice(["wrong", "right"]))
@click.option("--json", "as_json", is_flag=True)
def grade(review_id: int, how: str, as_json: bool) -> None:
    """Say whether a decided draft was wrong, against what its edit was taken for."""
    person = _reviewer()
    from signoff.engine import verbs
    from signoff.review.decide import DecisionRefused

    try:
        graded = verbs.regrade(review_id, how == "wrong", person)
    except DecisionRefused as error:
        raise click.ClickException(str(error)) from error
    said = "It counts as wrong." if graded.is_error else "It counts as right."
    answer({"id": graded.pk, "run": graded.run_id, "is_error": graded.is_error}, as_json, said)


def _decide(review_id: int, verdict: str, as_json: bool, **more: Any) -> None:
    person = _reviewer()
    from signoff.engine import verbs
    from signoff.review.decide import DecisionRefused
    from signoff.review.planting import told

    review = _review(review_id)
    try:
        decided = verbs.decide(review.pk, verdict, person, review.content_hash, **more)
    except DecisionRefused as error:
        raise click.ClickException(str(error)) from error
    planted = told(decided)
    document = {
        "id": decided.pk, "verdict": decided.verdict, "run": decided.run_id,
        "planted": asdict(planted) if planted else None,
    }  # fmt: skip
    answer(document, as_json, planted.sentence if planted else f"{decided.verdict}.")


def _reviewer() -> Any:
    django()
    token = person_of_token()
    if "review" not in token.can:
        raise click.ClickException(
            "This token may not review. Make one with: signoff token create --can review"
        )
    return token.person


def _review(review_id: int) -> Any:
    from signoff.review.models import Review

    review = Review.objects.select_related("run", "decided_by").filter(pk=review_id).first()
    if review is None:
        raise click.ClickException(f"There is no draft {review_id}. See: signoff review list")
    return review

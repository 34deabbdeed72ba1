"""`signoff review`: decisions from the terminal, by the person of `SIGNOFF_TOKEN`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from signoff.cli.integrations import no_integration
from signoff.cli.start import answer, django, person_of_token


@click.group("review")
def review_command() -> None:
    """Drafts that wait for a person."""


@review_command.command("list")
@click.option("--integration", default="", metavar="NAME", help="Only drafts of this integration.")
@click.option("--flagged", is_flag=True, help="Only those with something to check.")
@click.option("--overdue", is_flag=True, help="Only those that were to be decided by now.")
@click.option("--who", default="", metavar="me|nobody|EMAIL", help="Only those that are given to somebody.")
@click.option(
    "--find", "words", default="", metavar="WORDS", help="Only those in whose record or text these stand."
)
@click.option("--json", "as_json", is_flag=True)
def list_reviews(integration: str, flagged: bool, overdue: bool, who: str, words: str, as_json: bool) -> None:
    """List the drafts that wait for you, the oldest first."""
    person = _reviewer()
    from signoff.review.inbox import Wanted, is_looked_at, waiting_for

    wanted = Wanted(integration, flagged, overdue, who, words)
    rows = waiting_for(person, wanted).select_related("run__integration", "assigned_to", "looking")
    documents: list[dict[str, Any]] = [
        {
            "id": r.pk, "run": r.run_id, "integration": r.run.integration.name, "label": r.run.label,
            "findings": len(r.run.findings) + len(r.run.alarms), "since": r.created_at.isoformat(),
            "due_at": r.due_at.isoformat() if r.due_at else None,
            "assigned_to": r.assigned_to.email if r.assigned_to else None,
            "looking": str(r.looking) if r.looking and is_looked_at(r) else None,
        }
        for r in rows
    ]  # fmt: skip
    text = "\n".join(
        f"{d['id']:>6}  {d['label']:<30} {d['findings'] or 'nothing'} to check"
        + (f", due {d['due_at'][:16].replace('T', ' ')}" if d["due_at"] else "")
        + (f", for {d['assigned_to']}" if d["assigned_to"] else "")
        for d in documents
    )
    nothing = "You are all caught up." if wanted.is_all else "No draft like that waits."
    answer(documents, as_json, text or nothing)


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
        "content": review.shown_content, "content_hash": review.content_hash, "findings": review.run.findings,
        "alarms": review.run.alarms,
        "is_error": review.is_error, "changed": review.changed, "unread": review.unread,
        "planted": asdict(planted) if planted else None,
        "verdict": review.verdict or None, "decided_by": str(review.decided_by) if review.decided_by else None,
        "first_by": str(review.first_by) if review.first_by else None, "four_eyes": review.four_eyes,
        "assigned_to": review.assigned_to.email if review.assigned_to else None,
        "assigned_how": review.assigned_how, "due_at": review.due_at.isoformat() if review.due_at else None,
        "asked_again": review.again_at is not None, "drift": review.drift, "is_gone": review.is_gone,
    }  # fmt: skip
    lines = [f"{key}: {value}" for key, value in review.run.record.items()]
    lines += ["", *(f"{key}: {value}" for key, value in review.shown_content.items())]
    lines += ["", *(f"“{f['text']}” {f['why']}" for f in review.run.findings)]
    lines += [alarm["why"] for alarm in review.run.alarms]
    lines += [
        f"Changed since at its app: {one['field']}, now: {one['now'] or 'empty'}" for one in review.drift
    ]
    if review.first_by:
        lines.append(f"{review.first_by} has approved it; a second person has to as well.")
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


@review_command.command("undo")
@click.argument("review_ids", type=int, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True)
def undo(review_ids: tuple[int, ...], as_json: bool) -> None:
    """Take a decision back, or several, within 10 seconds. Exit 1 when one of them has left."""
    person = _reviewer()
    from signoff.engine import verbs
    from signoff.review.decide import DecisionRefused

    if len(review_ids) > 1:
        done = verbs.undo_together(review_ids, person)
        document = {
            "back": [one.pk for one in done.back],
            "refused": [{"id": number, "why": sentence} for number, sentence in done.refused],
        }
        text = f"{len(done.back)} taken back. Nothing of them was sent."
        text += "".join(f"\n{number:>6}  {sentence}" for number, sentence in done.refused)
        answer(document, as_json, text)
        if done.refused:
            raise SystemExit(1)
        return
    (review_id,) = review_ids
    try:
        back = verbs.undo(_review(review_id).pk, person)
    except DecisionRefused as error:
        raise click.ClickException(str(error)) from error
    answer({"id": back.pk, "run": back.run_id, "state": back.state}, as_json, "Taken back. Nothing was sent.")


@review_command.command("again")
@click.argument("review_id", type=int)
@click.option("--note", required=True, help="What should be different in the next draft.")
@click.option("--json", "as_json", is_flag=True)
def again(review_id: int, note: str, as_json: bool) -> None:
    """Have the AI write a draft again, with a note. The first answer counts as wrong."""
    person, review = _reviewer(), _review(review_id)
    from signoff.engine import verbs
    from signoff.review.decide import DecisionRefused

    try:
        sent = verbs.ask_again(review.pk, person, review.content_hash, note)
    except DecisionRefused as error:
        raise click.ClickException(str(error)) from error
    answer({"id": sent.pk, "run": sent.run_id, "state": sent.state}, as_json, "The AI writes it again.")


@review_command.command("compare")
@click.argument("review_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def compare(review_id: int, as_json: bool) -> None:
    """Ask the app whether a draft's record has changed since. Exit 1 when it has, or cannot be asked."""
    person = _reviewer()
    from signoff.review import comparing

    found = comparing.look(_review(review_id).pk, person, at_once=True)
    document = {
        "id": review_id, "changed": bool(found.drift), "drift": found.drift, "is_gone": found.is_gone,
        "problem": found.problem,
    }  # fmt: skip
    lines = [f"{one['field']}: {one['was'] or 'empty'} -> {one['now'] or 'empty'}" for one in found.drift]
    answer(document, as_json, found.problem or "\n".join(lines) or "The record is as it was.")
    if found.problem or found.drift:
        raise SystemExit(1)


@review_command.command("redraft")
@click.argument("review_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def redraft(review_id: int, as_json: bool) -> None:
    """Have a draft written from its record as the app has it now, where that has changed."""
    person, review = _reviewer(), _review(review_id)
    from signoff.engine import verbs
    from signoff.review.decide import DecisionRefused

    try:
        sent = verbs.draft_again(review.pk, person, review.content_hash)
    except DecisionRefused as error:
        raise click.ClickException(str(error)) from error
    answer({"id": sent.pk, "run": sent.run_id, "state": sent.state}, as_json, "It is written again.")


@review_command.command("assign")
@click.argument("review_id", type=int)
@click.argument("email", required=False)
@click.option("--nobody", is_flag=True, help="Give it to nobody in particular.")
@click.option("--json", "as_json", is_flag=True)
def assign(review_id: int, email: str | None, nobody: bool, as_json: bool) -> None:
    """Say who is to decide on a draft."""
    if bool(email) == nobody:
        raise click.UsageError("Name a person by their e-mail address, or say --nobody.")
    person, review = _reviewer(), _review(review_id)
    from signoff.accounts.models import Person
    from signoff.review import assigning

    to = Person.objects.filter(email=email.strip().lower(), is_active=True).first() if email else None
    if email and to is None:
        raise click.ClickException(f"Nobody here has the address {email}. See: signoff people list")
    try:
        given = assigning.assign(review.pk, to, person)
    except assigning.NotAssigned as error:
        raise click.ClickException(str(error)) from error
    answer(
        {"id": given.pk, "assigned_to": to.email if to else None}, as_json, f"It is {to or 'nobody'}'s now."
    )


@review_command.command("together")
@click.argument("integration")
@click.option("--yes", is_flag=True, help="Approve them; without it they are only listed.")
@click.option("--json", "as_json", is_flag=True)
def together(integration: str, yes: bool, as_json: bool) -> None:
    """List the drafts that may be approved at once under a certificate, and approve them with --yes."""
    person = _reviewer()
    from signoff.engine import verbs
    from signoff.integrations.models import Integration
    from signoff.review import bulk

    row = Integration.objects.select_related("current").filter(name=integration).first()
    if row is None:
        raise no_integration(integration)
    rows = list(bulk.together(row, person)[: bulk.MOST_AT_ONCE])
    why = bulk.certificate_for(row)[1]
    done = (
        verbs.approve_together([(one.pk, one.content_hash) for one in rows], person) if yes else bulk.Bulk()
    )
    document = {
        "drafts": [one.pk for one in rows], "why": why, "approved": [one.pk for one in done.approved],
        "planted": [one.pk for one in done.planted],
        "refused": [{"id": number, "why": sentence} for number, sentence in done.refused],
    }  # fmt: skip
    if not rows:
        text = why or "Nothing waits that could be approved like this."
    elif yes:
        from signoff.review.planting import told

        text = f"{len(done.leave)} approved. They leave in 10 seconds."
        text += "".join(f"\n{seen.sentence}" for one in done.planted if (seen := told(one)))
    else:
        text = "\n".join([*(f"{one.pk:>6}  {one.run.label}" for one in rows), "Approve them with --yes."])
    text += "".join(f"\n{number:>6}  {sentence}" for number, sentence in done.refused)
    answer(document, as_json, text)
    if done.refused:
        raise SystemExit(1)


@review_command.command("away")
@click.option(
    "--from", "from_on", type=click.DateTime(["%Y-%m-%d"]), help="The first day; today if left out."
)
@click.option("--until", "until_on", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--cover", metavar="EMAIL", help="Who decides in your place.")
@click.option("--back", is_flag=True, help="You are back.")
@click.option("--json", "as_json", is_flag=True)
def away(from_on: Any, until_on: Any, cover: str | None, back: bool, as_json: bool) -> None:
    """Say when you are out of office and who decides for you; without options, tell it."""
    person = _reviewer()
    from django.utils import timezone

    from signoff.accounts.cover import NotCovered, end_away, set_away
    from signoff.accounts.models import Away, Person

    if back:
        end_away(person)
    elif cover or until_on or from_on:
        if not cover or not until_on:
            raise click.UsageError("Say --until when, and who covers: --cover EMAIL.")
        by = Person.objects.filter(email=cover.strip().lower(), is_active=True).first()
        if by is None:
            raise click.ClickException(f"Nobody here has the address {cover}. See: signoff people list")
        try:
            set_away(person, from_on.date() if from_on else timezone.localdate(), until_on.date(), by)
        except NotCovered as error:
            raise click.ClickException(str(error)) from error
    row = Away.objects.select_related("cover").filter(person=person).first()
    document = {
        "from_on": row.from_on.isoformat() if row else None, "until_on": row.until_on.isoformat() if row else None,
        "cover": row.cover.email if row else None,
    }  # fmt: skip
    said = f"Away from {row.from_on} until {row.until_on}; {row.cover} decides." if row else "You are here."
    answer(document, as_json, said)


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
    planted, half = told(decided), decided.state == "waiting"
    document = {
        "id": decided.pk, "verdict": decided.verdict or None, "run": decided.run_id, "state": decided.state,
        "planted": asdict(planted) if planted else None,
    }  # fmt: skip
    plain = "Approved. A second person has to approve it as well." if half else f"{decided.verdict}."
    answer(document, as_json, planted.sentence if planted else plain)


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

    review = (
        Review.objects.select_related("run", "decided_by", "first_by", "assigned_to")
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise click.ClickException(f"There is no draft {review_id}. See: signoff review list")
    return review

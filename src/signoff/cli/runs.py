"""`signoff runs`, `run`, `replay`, `leave`, `resume`, `settle`, `forget`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from signoff.cli.start import answer, django
from signoff.core.counting import counted


@click.command("runs")
@click.option("--state", default=None, help="Only runs in this state, e.g. 'needs you'.")
@click.option("--upload", "upload_id", type=int, help="Only runs of this uploaded table.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_json", is_flag=True)
def runs_command(state: str | None, upload_id: int | None, limit: int, as_json: bool) -> None:
    """List runs, the newest first."""
    django()
    from signoff.runs.models import Run

    rows = Run.objects.select_related("integration").order_by("-pk")
    if state is not None:
        if state not in Run.State.values:
            raise click.UsageError(f"There is no state {state!r}. There are: {', '.join(Run.State.values)}.")
        rows = rows.filter(state=state)
    if upload_id is not None:
        rows = rows.filter(upload_rows__upload=upload_id, upload_rows__state="taken")
    shown = list(rows[:limit])
    text = "\n".join(
        f"{run.pk:>6}  {run.get_state_display():<20} {run.integration.name:<28} {run.label}" for run in shown
    )
    answer([brief(run) for run in shown], as_json, text or "No runs yet.")


@click.command("run")
@click.argument("run_id", type=int)
@click.option("--prompt", "asked", is_flag=True, help="Exactly what was sent to the AI instead.")
@click.option("--json", "as_json", is_flag=True)
def run_command(run_id: int, asked: bool, as_json: bool) -> None:
    """Show one run and all that happened to it."""
    django()
    run = _run(run_id)
    if asked:
        _show_prompt(run, as_json)
        return
    lines = [f"Run {run.pk}, {run.integration.name}, {run.label}: {run.get_state_display()}"]
    for line in run.timeline:
        lines.append(f"  {line['at'][11:19]}  {line['what']}")
        if line.get("more"):
            lines.append(f"            {line['more']}")
    if run.problem:
        lines += ["", run.problem, run.next_step]
    if run.state == run.State.UNCERTAIN:
        lines.append(f"Here: signoff settle {run.pk} sent, or: signoff settle {run.pk} not-sent")
    answer(whole(run), as_json, "\n".join(lines))


def _show_prompt(run: Any, as_json: bool) -> None:
    from signoff.examples import wanted

    if run.erased_at is not None:
        raise click.ClickException(f"What run {run.pk} held was erased.")
    document = wanted.as_document(run, wanted.asked(run))
    lines = [f"[{one['role']}]\n{one['text']}\n" for one in document["messages"]]
    if document["is_same"] is False:
        lines.insert(0, "Company facts have changed since: this is how it would be asked today.\n")
    answer(document, as_json, "\n".join(lines).rstrip())


@click.command("replay")
@click.argument("run_ids", type=int, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True)
def replay_command(run_ids: tuple[int, ...], as_json: bool) -> None:
    """Run records again, each as a new run."""
    django()
    from signoff.engine import verbs

    for run_id in run_ids:
        _run(run_id)
    try:
        made = [{"run": run_id, "again_as": verbs.replay(run_id).pk} for run_id in run_ids]
    except LookupError as error:
        raise click.ClickException(f"Not run again: {error}.") from error
    answer(made, as_json, "\n".join(f"Run {m['run']} runs again as {m['again_as']}." for m in made))


@click.command("leave")
@click.argument("run_ids", type=int, nargs=-1, required=True)
@click.option(
    "--reason", required=True, help="Why; it stands in the history of each, and in the audit trail."
)
@click.option("--json", "as_json", is_flag=True)
def leave_command(run_ids: tuple[int, ...], reason: str, as_json: bool) -> None:
    """Leave runs that stopped as they are. Nothing is lost; exit 1 when one did not stand still."""
    django()
    from signoff.engine.leaving import NotLeft, leave

    try:
        _each(run_ids, lambda run_id: leave(run_id, None, reason), "left", as_json)
    except NotLeft as error:
        raise click.ClickException(str(error)) from error


@click.command("resume")
@click.argument("run_ids", type=int, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True)
def resume_command(run_ids: tuple[int, ...], as_json: bool) -> None:
    """Let runs that stopped, or were left, go on from where they stopped; exit 1 when one did not."""
    django()
    from signoff.engine import verbs

    _each(run_ids, verbs.resume, "resumed", as_json)


@click.command("settle")
@click.argument("run_id", type=int)
@click.argument("what", type=click.Choice(["sent", "not-sent"]))
@click.option("--place", default="", help="Where to, if several are not sure: gmail-sales.create_draft.")
@click.option("--json", "as_json", is_flag=True)
def settle_command(run_id: int, what: str, place: str, as_json: bool) -> None:
    """Say whether that of which nobody is sure was sent. What was not is sent now, once."""
    django()
    from signoff.engine import verbs
    from signoff.runs.models import Delivery

    rows = _run(run_id).deliveries.filter(state=Delivery.State.UNCERTAIN).select_related("connection")
    unsure = {f"{row.connection.name}.{row.action}": row for row in rows}
    if len(unsure) > 1 and not place:
        raise click.ClickException(
            f"Several are not sure. Nothing was changed. Say which: --place {' or '.join(unsure)}"
        )
    row = unsure.get(place or next(iter(unsure), ""))
    if row is None or not verbs.settle(row.pk, what == "sent", None):
        there = f" There: {', '.join(unsure)}." if unsure else ""
        raise click.ClickException(f"That is not “not sure” (any more). Nothing was changed.{there}")
    told = {"run": run_id, "delivery": row.pk, "was_sent": what == "sent"}
    words = (
        "It was sent, and is not sent again." if what == "sent" else "It was not sent, and is sent now, once."
    )
    answer(told, as_json, f"Noted. {words}")


def _each(run_ids: Sequence[int], act: Callable[[int], bool], word: str, as_json: bool) -> None:
    """Do something to each run, and answer with those that it was done to. Exit 1 where there are others."""
    for run_id in run_ids:
        _run(run_id)
    done = [run_id for run_id in dict.fromkeys(run_ids) if act(run_id)]
    others = [run_id for run_id in dict.fromkeys(run_ids) if run_id not in done]
    lines = [f"Run {run_id} is {word}." for run_id in done]
    lines += [f"Run {run_id} does not stand still, so nothing was changed." for run_id in others]
    answer({word: done, "not": others}, as_json, "\n".join(lines))
    if others:
        raise SystemExit(1)


@click.command("forget")
@click.argument("run_ids", type=int, nargs=-1)
@click.option("--upload", "upload_id", type=int, help="An uploaded table, with all that came of it.")
@click.option("--json", "as_json", is_flag=True)
def forget_command(run_ids: tuple[int, ...], upload_id: int | None, as_json: bool) -> None:
    """Erase what finished runs hold of people: record, answer, what was sent. That they ran stays."""
    if bool(run_ids) == (upload_id is not None):
        raise click.UsageError("Say which runs, or --upload UPLOAD.")
    django()
    if upload_id is not None:
        _forget_upload(upload_id, as_json)
        return
    from signoff.accounts.audit import note
    from signoff.proving.cases import remove_of
    from signoff.runs.retention import forget

    for run_id in run_ids:
        _run(run_id)
    count = forget(run_ids)
    remove_of(run_ids)
    note("command line", "erased", counted(count, "run"), {"runs": list(run_ids)})
    left = len(set(run_ids)) - count
    text = f"{count} erased." + (
        f" {counted(left, 'is', 'are')} still under way; decide first, or wait for the end." if left else ""
    )
    answer({"erased": count, "left": left}, as_json, text)
    if left:
        raise click.exceptions.Exit(1)


def _forget_upload(upload_id: int, as_json: bool) -> None:
    from signoff.engine import uploads
    from signoff.proving.cases import remove_of
    from signoff.runs.models import Upload

    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise click.ClickException(f"There is no upload {upload_id}. See: signoff uploads")
    run_ids = list(upload.rows.filter(run__isnull=False, state="taken").values_list("run_id", flat=True))
    left = uploads.erase(upload)
    remove_of(run_ids)
    text = (
        f"Upload {upload_id} is erased."
        if not left
        else f"{left} of its records are still under way and stay."
    )
    answer({"upload": upload_id, "left": left}, as_json, text)
    if left:
        raise click.exceptions.Exit(1)


def brief(run: Any) -> dict[str, Any]:
    """Return a run as one line of a list."""
    return {
        "id": run.pk,
        "integration": run.integration.name,
        "state": run.state,
        "label": run.label,
        "received_at": run.received_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "problem": run.problem or None,
    }


def whole(run: Any) -> dict[str, Any]:
    """Return a run with its record, answer, timeline and deliveries."""
    return {
        **brief(run),
        "record": run.record,
        "answer": run.answer,
        "findings": run.findings,
        "alarms": run.alarms,
        "model": run.model,
        "prompt_version": run.prompt_version,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "cost_micros": run.cost_micros,
        "cached_tokens": run.cached_tokens,
        "examples": run.examples,
        "next_step": run.next_step or None,
        "detail": run.detail or None,
        "timeline": run.timeline,
        "deliveries": [
            {
                "id": d.pk,
                "to": f"{d.connection.name}.{d.action}",
                "state": d.state,
                "external_id": d.external_id or None,
                "problem": d.problem or None,
            }
            for d in run.deliveries.select_related("connection")
        ],
    }


def _run(run_id: int) -> Any:
    from signoff.runs.models import Run

    run = Run.objects.select_related("integration").filter(pk=run_id).first()
    if run is None:
        raise click.ClickException(f"There is no run {run_id}. See: signoff runs")
    return run

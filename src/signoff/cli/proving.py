"""`signoff eval` and `signoff cases`: prove a prompt on records that people have judged."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from signoff.cli.integrations import no_integration
from signoff.cli.start import answer, django, say
from signoff.core.counting import counted

BAR = 30


@click.command("eval")
@click.argument("name")
@click.option("--against", multiple=True, help="A version's number, or a model, to see beside it.")
@click.option(
    "--models",
    default="",
    help="Models instead of the integration's own, with commas, to find the cheapest that passes; `cheaper`: its own "
    "and every one of the same AI that costs less.",
)
@click.option("--examples", default="", help="Numbers of approved answers to show the AI, side by side: 0,3.")
@click.option(
    "--fail-on",
    multiple=True,
    help="What must not be: 'error>5%', 'closeness<80%', 'cost>0.01', 'seconds>5'. With several models and nothing "
    "said, 'error>0%'.",
)
@click.option("--dry-run", is_flag=True, help="Say what it would take and cost, and ask for no answer.")
@click.option("--json", "as_json", is_flag=True)
def eval_command(
    name: str,
    against: tuple[str, ...],
    models: str,
    examples: str,
    fail_on: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """
    Replay the test cases of an integration and say what would come of them; nothing is sent.

    What the answers will cost is told first. Exit 1 when a condition of --fail-on holds (with --models: for all of
    them), a case could not be asked, or it was stopped.
    """
    django()
    from signoff.cli import compared
    from signoff.core.home import public_url
    from signoff.engine import proofs
    from signoff.proving import prove
    from signoff.proving.expecting import doubts, expected
    from signoff.proving.telling import plan_document, proof_document

    integration = _integration(name)
    wanted = [part.strip() for part in models.split(",") if part.strip()]
    try:
        counts = [int(part) for part in examples.split(",") if part.strip()]
    except ValueError:
        raise click.UsageError(
            "--examples takes numbers with commas between them, for example 0,3."
        ) from None
    try:
        planned = prove.plan(integration, against=against, models=wanted, examples=counts, fail_on=fail_on)
    except prove.ProofRefused as error:
        raise click.ClickException(str(error)) from None
    told = expected(integration, planned.candidates, planned.cases)
    said = compared.beforehand(planned, told, doubts(planned.candidates))
    if dry_run:
        answer(plan_document(integration, planned, told), as_json, said)
        return
    say(said)
    proof = proofs.start_planned(integration, planned)
    try:
        proofs.drive(proof, _Bar().show)
    except KeyboardInterrupt:
        prove.stop(proof.pk)
        say("\nStopped. What was asked already is below.")
    proof.refresh_from_db()
    document = proof_document(proof)
    found = prove.outcomes(proof)
    best = prove.cheapest(found) if len(found) > 1 else None
    answer(document, as_json, compared.table(proof, found, best, public_url()))
    if not document["ok"]:
        raise click.exceptions.Exit(1)


@click.group("cases")
def cases_command() -> None:
    """The test cases of an integration: list them, add reviewed runs, import a table, remove some."""


@cases_command.command("list")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def cases_list(name: str, as_json: bool) -> None:
    """List the test cases of an integration."""
    django()
    from signoff.proving.models import Case
    from signoff.proving.telling import case_document

    rows = list(Case.objects.filter(integration=_integration(name)))
    told = [case_document(row) for row in rows]
    lines = [f"{row.pk:>6}  {row.get_verdict_display():<10} {row.label}" for row in rows]
    answer(told, as_json, "\n".join(lines) or f"No test cases yet. See: signoff cases add --all {name}")


@cases_command.command("add")
@click.argument("run_ids", type=int, nargs=-1)
@click.option("--all", "name", default=None, help="All reviewed runs of this integration, the latest 200.")
@click.option("--json", "as_json", is_flag=True)
def cases_add(run_ids: tuple[int, ...], name: str | None, as_json: bool) -> None:
    """Keep reviewed runs as test cases: what was approved or edited is the expected answer."""
    django()
    from signoff.proving import cases
    from signoff.review.models import Review

    if bool(run_ids) == bool(name):
        raise click.UsageError("Say which runs, or --all NAME.")
    kept = cases.keep_latest(_integration(name), None) if name else []
    for run_id in run_ids:
        review = Review.objects.select_related("run").filter(run_id=run_id).first()
        case = cases.keep(review, None) if review else None
        if case is None:
            raise click.ClickException(f"Run {run_id} was not decided by a person, or is erased.")
        kept.append(case)
    text = f"{counted(len(kept), 'test case')} kept." if kept else "No reviewed run is left to keep."
    answer({"kept": [case.pk for case in kept]}, as_json, text)


@cases_command.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True)
def cases_import(name: str, file: str, as_json: bool) -> None:
    """Import test cases from a table, CSV or Excel: the record's columns by name, the answer's as answer.FIELD."""
    django()
    from signoff.proving import tables

    try:
        made = tables.import_table(_integration(name), Path(file).read_bytes(), None)
    except tables.CasesRefused as error:
        answer({"kept": [], "faults": error.faults}, as_json, f"{error}\nNothing was imported.")
        raise click.exceptions.Exit(1) from None
    told = {"kept": [case.pk for case in made.cases], "left_out": made.left_out, "faults": []}
    text = f"{counted(len(made.cases), 'test case')} imported."
    answer(
        told,
        as_json,
        f"{text} {counted(made.left_out, 'line')} without an answer left out." if made.left_out else text,
    )


@cases_command.command("remove")
@click.argument("case_ids", type=int, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True)
def cases_remove(case_ids: tuple[int, ...], as_json: bool) -> None:
    """Remove test cases, with the records that they hold and all answers to them."""
    django()
    from signoff.proving import cases
    from signoff.proving.models import Case

    count = cases.remove(Case.objects.filter(pk__in=case_ids), None)
    answer({"removed": count}, as_json, f"{count} removed.")
    if count < len(set(case_ids)):
        raise click.exceptions.Exit(1)


class _Bar:
    """A bar on standard error: rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = -1

    def show(self, done: int, everything: int) -> None:
        tenth = done * 10 // max(1, everything)
        if not sys.stderr.isatty():
            if tenth != self._told:
                say(f"{done} of {everything}")
            self._told = tenth
            return
        filled = done * BAR // max(1, everything)
        left = ""
        if 0 < done < everything:
            seconds = (time.monotonic() - self._began) / done * (everything - done)
            left = f", about {seconds:.0f} s more"
        end = "\n" if done == everything else ""
        line = f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done} of {everything}{left}"
        click.echo(f"{line:<70}{end}", err=True, nl=False)


def _integration(name: str) -> Any:
    from signoff.integrations.models import Integration

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None:
        raise no_integration(name)
    return integration

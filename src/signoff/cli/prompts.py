"""`signoff coach`, `changes`, `rollback`, `facts`: what a prompt says, said before, and rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from signoff.cli.integrations import no_integration
from signoff.cli.start import answer, django


@click.command("coach")
@click.argument("name")
@click.option(
    "--second-opinion", is_flag=True, help="Ask the integration's own AI as well; that costs a little."
)
@click.option("--json", "as_json", is_flag=True)
def coach_command(name: str, second_opinion: bool, as_json: bool) -> None:
    """Say what is vague in the prompt of an integration, or of a FILE not applied yet. Exit 1 when something is."""
    django()
    from signoff.integrations.coaching import remarks_on

    definition = _definition(name)
    found = remarks_on(definition)
    document: dict[str, Any] = {"remarks": [one.as_document() for one in found]}
    lines = [line for one in found for line in (f"{one.where}: {one.says}", f"    {one.mend}")]
    if second_opinion:
        from signoff.runs.opinion import second_opinion as ask

        opinion = ask(definition, _in_force(name))
        document["second_opinion"] = opinion.as_document()
        lines += ["", f"{opinion.model} was asked as well:"]
        lines += [
            line for one in opinion.remarks for line in (f"“{one.quote}”: {one.says}", f"    {one.mend}")
        ]
        lines += [] if opinion.remarks else ["It finds nothing unclear."]
    nothing = (
        "Nothing in it is vague."
        if definition.asked
        else "No AI is asked anything here: the drafts are handed in."
    )
    answer(document, as_json, "\n".join(lines) if found or second_opinion else nothing)
    if found:
        raise click.exceptions.Exit(1)


@click.command("changes")
@click.argument("name")
@click.option("--from", "first", type=int, default=None, help="The earlier version; else the one before.")
@click.option("--to", "last", type=int, default=None, help="The later version; else the one in force.")
@click.option("--json", "as_json", is_flag=True)
def changes_command(name: str, first: int | None, last: int | None, as_json: bool) -> None:
    """Say in sentences what changed from one version of an integration to another; without numbers, in each."""
    django()
    from signoff.integrations import difference

    integration = _integration(name)
    try:
        told = difference.told(integration, first, last)
    except LookupError as error:
        raise click.ClickException(str(error)) from None
    lines = []
    for one in reversed(told):
        by = f" by {one['made_by']}" if one["made_by"] else ""
        lines.append(
            f"Version {one['to']}, {one['made_at'][:16].replace('T', ' ')}{by}, against version {one['from']}:"
        )
        lines += [f"  {sentence}" for sentence in one["changes"] or ["Nothing is different."]]
    answer({"name": name, "in_force": integration.current.number, "versions": told}, as_json, "\n".join(lines)
           or "There is one version, and nothing to compare it with.")  # fmt: skip


@click.command("rollback")
@click.argument("name")
@click.option(
    "--to", "number", type=int, required=True, help="The version to go back to: signoff changes NAME."
)
@click.option("--json", "as_json", is_flag=True)
def rollback_command(name: str, number: int, as_json: bool) -> None:
    """Put an earlier version into force again, as a new version. What is under way ends as it began."""
    django()
    from signoff.engine import verbs

    integration = _integration(name)
    try:
        result = verbs.go_back(integration, number)
    except LookupError:
        raise click.ClickException(f"{name} has no version {number}. See: signoff changes {name}") from None
    if result.faults:
        faults = "\n".join(fault.at for fault in result.faults)
        raise click.ClickException(
            f"Version {number} does not fit any more, and nothing was changed.\n{faults}"
        )
    integration.refresh_from_db()
    now = integration.current.number
    text = f"{name} says again what version {number} said, as version {now}."
    changed = result.applied[0].changed
    answer({"name": name, "to": number, "version": now, "changed": changed}, as_json,
           text if changed else f"{name} says that already.")  # fmt: skip


@click.command("facts")
@click.option(
    "--remove", "gone", default=None, metavar="NAME", help="Remove one that no integration uses, instead."
)
@click.option("--json", "as_json", is_flag=True)
def facts_command(gone: str | None, as_json: bool) -> None:
    """List the company facts: what holds today, is to come, has ended. Exit 1 when one says nothing today."""
    django()
    if gone is not None:
        _remove_fact(gone, as_json)
        return
    from django.utils import timezone

    from signoff.prompts.models import Fact

    today = timezone.localdate()
    told, lines = [], []
    for fact in Fact.objects.all():
        told.append(fact.as_document())
        lines.append(f"{fact.name}, version {fact.number}" + ("" if fact.text else ": nothing holds today"))
        for one in fact.said:
            mark = "*" if one.holds(today) else " "
            lines += [f"  {mark} {one.when()}", *(f"      {line}" for line in one.text.splitlines())]
    answer(told, as_json, "\n".join(lines) or "No company facts yet. Apply a file that begins with `facts:`.")
    if not all(one["today"] for one in told):
        raise click.exceptions.Exit(1)


def _remove_fact(name: str, as_json: bool) -> None:
    from signoff.integrations import usage

    try:
        was_there = usage.forget_fact(name, None)
    except usage.FactInUse as refused:
        raise click.ClickException(str(refused)) from None
    if not was_there:
        raise click.ClickException(f"No company fact is named {name}. See: signoff facts")
    answer({"removed": name}, as_json, f"{name} is gone.")


def _integration(name: str) -> Any:
    from signoff.integrations.models import Integration

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None or integration.current is None:
        raise no_integration(name)
    return integration


def _in_force(name: str) -> Any:
    """Return the integration with this name, None where it is another thing or empty."""
    from signoff.integrations.models import Integration

    return Integration.objects.select_related("current").filter(name=name).exclude(current=None).first()


def _definition(name: str) -> Any:
    """Return the definition of an integration in force, or of a file; its connections need not exist."""
    from signoff.integrations.definition import Definition, read_definition

    integration = _in_force(name)
    if integration is not None:
        return read_definition(integration.current)[0]
    if not Path(name).is_file():
        raise no_integration(name, ", and there is no such file")
    from pydantic import ValidationError

    from signoff.integrations.file import note_shape_faults, read_file

    document = read_file(Path(name))
    definition = None
    if not document.faults:
        try:
            definition = Definition.model_validate(document.data)
        except ValidationError as error:
            note_shape_faults(document, error)
    if definition is None:
        raise click.ClickException("\n".join(f.at for f in sorted(set(document.faults))))
    return definition

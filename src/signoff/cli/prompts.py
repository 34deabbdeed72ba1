"""`signoff coach`: what is vague in an integration's prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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
    from signoff.integrations.coaching import asked_of
    from signoff.prompts.coach.remarks import remarks

    definition = _definition(name)
    found = remarks(asked_of(definition))
    document: dict[str, Any] = {
        "remarks": [
            {"kind": one.kind, "where": one.where, "quote": one.quote, "says": one.says, "mend": one.mend}
            for one in found
        ]
    }
    lines = [line for one in found for line in (f"{one.where}: {one.says}", f"    {one.mend}")]
    if second_opinion:
        from signoff.runs.opinion import second_opinion as ask

        opinion = ask(definition)
        document["second_opinion"] = {
            "remarks": [{"quote": one.quote, "says": one.says, "mend": one.mend} for one in opinion.remarks],
            "left_out": opinion.left_out,
            "model": opinion.model,
            "cost_micros": opinion.cost_micros,
        }
        lines += ["", f"{opinion.model} was asked as well:"]
        lines += [
            line for one in opinion.remarks for line in (f"“{one.quote}”: {one.says}", f"    {one.mend}")
        ]
        lines += [] if opinion.remarks else ["It finds nothing unclear."]
    answer(document, as_json, "\n".join(lines) if found or second_opinion else "Nothing in it is vague.")
    if found:
        raise click.exceptions.Exit(1)


def _definition(name: str) -> Any:
    """Return the definition of an integration in force, or of a file; its connections need not exist."""
    from signoff.integrations.definition import Definition, read_definition
    from signoff.integrations.models import Integration

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is not None and integration.current is not None:
        return read_definition(integration.current)[0]
    if not Path(name).is_file():
        raise click.ClickException(
            f"No integration is named {name}, and there is no such file. See: signoff export"
        )
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
        raise click.ClickException(
            "\n".join(f"{f.file}:{f.line}: {f.what}" for f in sorted(set(document.faults)))
        )
    return definition

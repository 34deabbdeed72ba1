"""`signoff drafts`: what is being built in the browser and is in force nowhere yet."""

from __future__ import annotations

from typing import Any

import click

from signoff.cli.start import answer, django


@click.group("drafts")
def drafts_command() -> None:
    """Integrations that are being built: list them, show one as a file, begin or throw one away."""


@drafts_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def drafts_list(as_json: bool) -> None:
    """List the drafts, the latest first."""
    django()
    from signoff.integrations import drafts
    from signoff.integrations.models import Draft

    told = [drafts.as_document(row) for row in Draft.objects.select_related("integration", "changed_by")]
    lines = [
        f"{one['id']:>6}  {one['name'] or '(no name)'}{', changes what is in force' if one['changes'] else ''}"
        for one in told
    ]
    answer(told, as_json, "\n".join(lines) or "No drafts. Begin one: signoff drafts begin follow-up")


@drafts_command.command("show")
@click.argument("draft_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def drafts_show(draft_id: int, as_json: bool) -> None:
    """Print a draft as a file (`signoff apply -` takes it), and what is missing in it. Exit 1 when something is."""
    django()
    from signoff.integrations import drafts

    row = _draft(draft_id)
    looked = drafts.look(row.source, row.integration)
    faults = [one.as_document() for one in looked.faults]
    text = row.source.rstrip() + "".join(f"\n# {one['where']}: {one['what']}" for one in faults)
    answer({"id": row.pk, "file": row.source, "faults": faults}, as_json, text)
    if faults:
        raise click.exceptions.Exit(1)


@drafts_command.command("begin")
@click.argument("point")
@click.option("--json", "as_json", is_flag=True)
def drafts_begin(point: str, as_json: bool) -> None:
    """Begin a draft with a starting point, for example follow-up, answer-mail, note, answer-form, or nothing."""
    django()
    from signoff.integrations import drafts, starting

    known = [one.key for one in starting.POINTS] + ["nothing"]
    if point not in known:
        raise click.UsageError(f"There is no starting point {point}. There are: {', '.join(known)}.")
    data = starting.data_for(point)
    data["name"] = drafts.free_name(str(data.get("name") or ""))
    row = drafts.begin(data, None)
    answer(
        {"id": row.pk, "name": data["name"]}, as_json, f"Draft {row.pk}. See: signoff drafts show {row.pk}"
    )


@drafts_command.command("forget")
@click.argument("draft_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def drafts_forget(draft_id: int, as_json: bool) -> None:
    """Throw a draft away; what is in force stays as it is."""
    django()
    from signoff.integrations import drafts

    drafts.forget(_draft(draft_id), None)
    answer({"forgotten": draft_id}, as_json, f"Draft {draft_id} is gone.")


def _draft(draft_id: int) -> Any:
    from signoff.integrations.models import Draft

    row = Draft.objects.select_related("integration").filter(pk=draft_id).first()
    if row is None:
        raise click.ClickException(f"There is no draft {draft_id}. See: signoff drafts list")
    return row

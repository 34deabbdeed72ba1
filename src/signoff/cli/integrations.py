"""`signoff apply`, `export`, `on`, `off`, `new-secret`, `try`."""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import Any

import click

from signoff.cli.start import answer, django, say

MOST_NAMED = 10


@click.command("apply")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--dry-run", is_flag=True, help="Only say what would change, and every fault with its line.")
@click.option("--json", "as_json", is_flag=True)
def apply_command(files: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Put integration files (- is standard input) into force: all, or, with a fault in one, none."""
    django()
    from signoff.engine import verbs
    from signoff.integrations.file import read_files, read_texts
    from signoff.integrations.models import Integration

    documents = []
    for name in files:
        documents += read_texts(_stdin(), "standard input") if name == "-" else read_files(Path(name))
    result = verbs.put_into_force(documents, dry_run=dry_run)
    document = {
        "applied": [_as_document(one) for one in result.applied],
        "faults": [{"file": f.file, "line": f.line, "what": f.what} for f in result.faults],
    }
    if result.faults:
        text = "\n".join(f.at for f in result.faults)
        answer(document, as_json, f"{text}\nNothing was applied.")
        raise click.exceptions.Exit(1)
    off = set() if dry_run else set(Integration.objects.filter(is_on=False).values_list("name", flat=True))
    lines = []
    for one in result.applied:
        lines.append(f"{one.name}: {_what_happened(one.changed, dry_run)}")
        lines += [f"  {line}" for line in one.difference] if dry_run else []
        lines += [f"  {note}" for note in one.notes]
        lines += [f"  takes records at {one.webhook_url}"] if one.takes_records and not dry_run else []
        if one.signing_secret:
            lines.append(f"  signed with {one.signing_secret.reveal()} (shown once; keep it at the sender)")
        lines += [f"  off until you switch it on: signoff on {one.name}"] if one.name in off else []
    answer(document, as_json, "\n".join(lines))


@click.command("export")
@click.argument("names", nargs=-1)
@click.option("--facts", is_flag=True, help="The company facts as well, before the integrations.")
def export_command(names: tuple[str, ...], facts: bool) -> None:
    """Print integrations as files; no secret is in them. `signoff apply -` takes them back."""
    django()
    from signoff.integrations.models import Integration

    rows = Integration.objects.exclude(current=None).select_related("current")
    if names:
        rows = rows.filter(name__in=names)
        missing = set(names) - {row.name for row in rows}
        if missing:
            raise click.ClickException(f"No integration is named {', '.join(sorted(missing))}.")
    sources = [_facts_as_file()] if facts else []
    sources += [row.current.source.strip() for row in rows if row.current]
    click.echo("\n---\n".join(filter(None, sources)))


@click.command("on")
@click.argument("name")
def on_command(name: str) -> None:
    """Switch an integration on."""
    _switch(name, True)


@click.command("off")
@click.argument("name")
def off_command(name: str) -> None:
    """Switch an integration off; what is under way is finished."""
    _switch(name, False)


@click.command("new-secret")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def new_secret_command(name: str, as_json: bool) -> None:
    """Choose another secret for the records that come by webhook; the one before holds no longer."""
    django()
    from signoff.engine import verbs
    from signoff.integrations.definition import read_definition
    from signoff.integrations.signing import OWN_SECRET

    integration = integration_named(name)
    source = read_definition(integration.current)[0].record if integration.current else None
    if source is None or source.signed not in OWN_SECRET or source.from_ is not None:
        raise click.ClickException(
            f"{name} has no secret of ours. Its file says `signed: standard` or `signed: static`, without `from`, "
            "where we choose one."
        )
    secret = verbs.new_signing_secret(integration).reveal()
    answer({"name": name, "signing_secret": secret}, as_json, f"{secret}\nShown once; keep it at the sender.")


@click.command("try")
@click.argument("name")
@click.option(
    "--record", required=True, type=click.Path(exists=True, dir_okay=False), help="The record: JSON or YAML."
)
@click.option(
    "--draft",
    type=click.Path(exists=True, dir_okay=False),
    help="A draft for it: JSON or YAML. No AI is asked.",
)
@click.option("--json", "as_json", is_flag=True)
def try_command(name: str, record: str, draft: str | None, as_json: bool) -> None:
    """Send one record through an integration, or through a FILE not applied yet; nothing leaves."""
    data = read_record(record)
    given = read_record(draft) if draft else None
    django()
    outcome = _tried_file(name, data, given) if Path(name).is_file() else _tried(name, data, given)
    document = outcome.as_document()
    lines = [f"{step['what']}  {step['more'] or ''}".rstrip() for step in outcome.steps]
    if outcome.answer is not None:
        lines += ["", json.dumps(outcome.answer, ensure_ascii=False, indent=2), ""]
        lines += [f"“{f['text']}” {f['why']}" for f in outcome.findings]
        lines += [alarm["why"] for alarm in outcome.alarms]
    lines.append("Nothing was sent.")
    answer(document, as_json, "\n".join(lines))
    if not outcome.ok:
        raise click.exceptions.Exit(1)


def _tried(name: str, data: dict[str, Any], draft: dict[str, Any] | None) -> Any:
    from signoff.engine.verbs import trial

    integration = integration_named(name)
    return trial(integration, {**_id_if_missing(integration), **data}, draft)


def _tried_file(name: str, data: dict[str, Any], draft: dict[str, Any] | None) -> Any:
    """Try a record on a file that is in force nowhere."""
    from signoff.engine.verbs import trial_of
    from signoff.integrations.apply import definition_in
    from signoff.integrations.file import read_file

    document = read_file(Path(name))
    definition = definition_in(document)
    if definition is None:
        faults = "\n".join(fault.at for fault in sorted(set(document.faults)))
        raise click.ClickException(f"It cannot be tried yet.\n{faults}")
    id = {"id": "trial"} if definition.record.from_ and definition.record.when != "webhook" else {}
    return trial_of(definition, definition.contract(), {**id, **data}, draft=draft)


def _as_document(one: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"name": one.name, "changed": one.changed, "webhook_url": one.webhook_url}
    if one.notes:
        document["notes"] = list(one.notes)
    if one.signing_secret:
        document["signing_secret"] = one.signing_secret.reveal()  # only now: it is kept sealed
    return document


def _facts_as_file() -> str:
    import yaml

    from signoff.prompts.models import Fact

    facts = {
        fact.name: fact.said[0].text if fact.said[0].when() == "always" else fact.statements
        for fact in Fact.objects.all()
    }
    return yaml.safe_dump({"facts": facts}, allow_unicode=True, sort_keys=True).strip() if facts else ""


def _id_if_missing(integration: Any) -> dict[str, str]:
    """Return a stand-in for the id that the app gives each record: nobody writes one into a file."""
    from signoff.integrations.definition import read_definition

    if integration.current is None:
        raise click.ClickException(f"{integration.name} is empty. Apply its file first.")
    source = read_definition(integration.current)[0].record
    return {"id": "trial"} if source.from_ and source.when != "webhook" else {}


def _stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


def _what_happened(changed: bool, dry_run: bool) -> str:
    if dry_run:
        return "would change" if changed else "would stay as it is"
    return "applied" if changed else "was in force already"


def _switch(name: str, on: bool) -> None:
    django()
    from signoff.engine import verbs

    integration = integration_named(name)
    verbs.switch(integration, on)
    click.echo(f"{name} is {'on' if on else 'off'}.")
    if on and integration.current:
        from signoff.integrations.definition import read_definition
        from signoff.integrations.usage import why_not_yet

        for one in why_not_yet(read_definition(integration.current)[0]):
            say(f"It cannot work yet: {one.says} {one.do}")


@click.command("drift")
@click.argument("name", required=False)
@click.option(
    "--take-over", is_flag=True, help="Put NAME in force again, with the apps' fields as they are now."
)
@click.option("--json", "as_json", is_flag=True)
def drift_command(name: str | None, take_over: bool, as_json: bool) -> None:
    """Ask the apps whether fields and choices are still those that integrations know. Exit 1 when one is not."""
    django()
    from signoff.integrations import drift
    from signoff.integrations.models import Integration

    if take_over and name is None:
        raise click.UsageError("--take-over needs the NAME of an integration.")
    chosen = [integration_named(name)] if name else list(Integration.objects.select_related("current"))
    if take_over:
        faults = drift.take_over(chosen[0], None).faults
        if faults:
            raise click.ClickException(" ".join(fault.what for fault in faults) + " Nothing was changed.")
    found = [(one.name, row) for one in chosen for row in drift.look(one)]
    document = [
        {"integration": of, "reference": row.reference, "what": row.what, "breaks": row.breaks}
        for of, row in found
    ]
    lines = [f"{one['integration']}  {one['reference']}: {one['what']}" for one in document]
    answer(document, as_json, "\n".join(lines) or "Nothing has changed at the apps.")
    if found:
        raise click.exceptions.Exit(1)


def no_integration(name: str, more: str = "") -> click.ClickException:
    """Return the error for a name that no integration has: with the one that looks like it, else with all there are."""
    from signoff.integrations.models import Integration

    names = list(Integration.objects.order_by("name").values_list("name", flat=True))
    near = difflib.get_close_matches(name, names, 1)
    if near:
        hint = f"Did you mean {near[0]}?"
    elif names:
        left = len(names) - MOST_NAMED
        hint = f"There are: {', '.join(names[:MOST_NAMED])}{f' and {left} more' if left > 0 else ''}."
    else:
        hint = "There is none yet. Begin with: signoff apply FILE"
    return click.ClickException(f"No integration is named {name}{more}. {hint}")


def integration_named(name: str) -> Any:
    from signoff.integrations.models import Integration

    integration = Integration.objects.select_related("current").filter(name=name).first()
    if integration is None:
        raise no_integration(name)
    return integration


def read_record(path: str) -> dict[str, Any]:
    from signoff.integrations.file import plain_data

    try:
        data = plain_data(Path(path).read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is no text in UTF-8.") from None
    except ValueError as error:
        raise click.UsageError(f"{path}, {error}") from None
    if not isinstance(data, dict):
        raise click.UsageError(f"{path} holds no record: it must be names and values.")
    return data

"""`signoff recipes`, `signoff import`: an integration to begin with, ready-made or brought from another tool."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from signoff.cli.start import answer, django

JSON = click.option("--json", "as_json", is_flag=True)


@click.group("recipes")
def recipes_command() -> None:
    """Integrations that are ready but for your connections: list them, show one as a file, begin with one."""


@recipes_command.command("list")
@click.option("--app", default="", help="Only those that use this app, for example slack.")
@click.option(
    "--task", default="", help="Only those for this: write, sort, sum-up, take-out, translate, clean-up."
)
@click.option("--words", default="", help="Only those that say all of these words.")
@JSON
def recipes_list(app: str, task: str, words: str, as_json: bool) -> None:
    """List the recipes, with what each still needs."""
    django()
    from signoff.recipes.documents import as_document
    from signoff.recipes.shelf import search

    told = [as_document(one) for one in search(words, app, task)]
    lines = [f"{one['key']:<30} {one['title']}{_needs(one)}" for one in told]
    answer(told, as_json, "\n".join(lines) or "No recipe says that. See: signoff recipes list")


@recipes_command.command("show")
@click.argument("key")
@JSON
def recipes_show(key: str, as_json: bool) -> None:
    """Print a recipe as a file with your own connections in it; `signoff apply -` takes it."""
    django()
    from signoff.recipes.documents import as_document, fitted_file

    found = _recipe(key)
    told = {**as_document(found), "file": fitted_file(found)}
    notes = "".join(f"\n# {line}" for line in told["first"])
    answer(told, as_json, told["file"].rstrip() + notes)


@recipes_command.command("begin")
@click.argument("key")
@JSON
def recipes_begin(key: str, as_json: bool) -> None:
    """Begin a draft with a recipe; it is in force nowhere until it is turned on."""
    django()
    from signoff.integrations import drafts
    from signoff.recipes.fitting import fit

    fitted = fit(_recipe(key).data)
    data = {**fitted.data, "name": drafts.free_name(str(fitted.data["name"]))}
    row = drafts.begin(data, None)
    missing = [one.app.key for one in fitted.missing]
    text = f"Draft {row.pk}. See: signoff drafts show {row.pk}"
    text += "".join(f"\nConnect first: signoff connect {app} --name NAME" for app in missing)
    answer({"id": row.pk, "name": data["name"], "missing": missing}, as_json, text)


@click.command("import")
@click.argument("file", type=click.Path())
@click.option("--draft", is_flag=True, help="Keep it as a draft, to go on with it in the browser.")
@JSON
def import_command(file: str, draft: bool, as_json: bool) -> None:
    """Print the integration that an exported n8n workflow or Make blueprint would be (- is standard input)."""
    text = _read(file)
    django()
    from signoff.integrations import drafts
    from signoff.moving.proposal import propose
    from signoff.moving.shapes import NotReadable

    try:
        found = propose(text)
    except NotReadable as error:
        raise click.ClickException(f"{error.owner_message} {error.next_step}") from None
    told: dict[str, Any] = {
        "tool": found.tool,
        "name": found.fitted.data["name"],
        "file": found.source,
        "notes": [one.as_document() for one in found.notes],
        "missing": [one.app.key for one in found.fitted.missing],
        "draft": None,
    }
    words = found.source.rstrip()
    if draft:
        told["draft"] = drafts.begin_with(found.source, None).pk
        words += f"\n# Draft {told['draft']}. See: signoff drafts show {told['draft']}"
    answer(told, as_json, words)


def _needs(told: dict[str, Any]) -> str:
    return f"  (needs {', '.join(told['missing'])})" if told["missing"] else ""


def _recipe(key: str) -> Any:
    from signoff.recipes.shelf import RECIPES, recipe

    found = recipe(key)
    if found is None:
        known = ", ".join(one.key for one in RECIPES)
        raise click.UsageError(f"There is no recipe {key}. There are: {known}.")
    return found


def _read(file: str) -> str:
    """Return the text of an export, at most a little more than is read of one."""
    from signoff.moving.reading import MOST_CHARACTERS

    try:
        if file == "-":
            return sys.stdin.buffer.read(4 * MOST_CHARACTERS).decode("utf-8-sig")
        with Path(file).open("rb") as opened:
            return opened.read(4 * MOST_CHARACTERS).decode("utf-8-sig")
    except OSError:
        raise click.ClickException(f"{file} cannot be opened. Is the name right?") from None
    except UnicodeDecodeError:
        raise click.ClickException("This file is no text, so it is no exported workflow.") from None

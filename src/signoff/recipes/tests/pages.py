"""
Writes the pages of docs/recipes from the recipes themselves: `python src/signoff/recipes/tests/pages.py`.

A test holds the pages to what this writes.
"""

from __future__ import annotations

from pathlib import Path

from signoff.connectors.registry import manifests
from signoff.recipes.shelf import RECIPES, TASKS, Recipe, app_of

FOLDER = Path(__file__).parents[4] / "docs" / "recipes"
HEAD = """\
# Recipes

Integrations that are ready but for your own connections. In the browser they stand under *Integrations*, *Recipes*:
choose one, connect what it needs (you come back to it), try it on a real record, and turn it on. In the terminal:

```sh
signoff recipes list --app slack
signoff recipes begin follow-up-new-leads     # a draft, to go on with in the browser
```

A recipe is an [integration file](../integration-files.md); once begun it is yours, and everything in it can be changed.
Where a recipe names an app, your own connection is put in: another mailbox for Gmail, any AI for OpenAI. Company facts
that it names are taken if you have stated them, else those that you have.

| Recipe | What it does | With |
|---|---|---|
"""


def pages() -> dict[str, str]:
    """Return the pages by the names of their files."""
    rows = [
        f"| [{one.title}]({one.key}.md) | {TASKS[one.task]} | {', '.join(manifests()[app].name for app in one.apps)} |"
        for one in RECIPES
    ]
    found = {"index.md": HEAD + "\n".join(rows) + "\n"}
    return found | {f"{one.key}.md": page_of(one) for one in RECIPES}


def page_of(one: Recipe) -> str:
    """Return the page of one recipe."""
    needs = [
        f"- [{manifests()[app].name}](../apps/{app}.md)"
        + (", or another AI" if manifests()[app].kind == "ai" else "")
        for app in dict.fromkeys(map(app_of, one.connections))
    ]
    return "\n".join(
        [
            f"# {one.title}",
            "",
            one.about,
            "",
            "## What it needs",
            "",
            *needs,
            "",
            "## Before you turn it on",
            "",
            *[f"- {line}" for line in one.first],
            "",
            "## Begin",
            "",
            f"In the browser: *Integrations*, *Recipes*, *{one.title}*. In the terminal:",
            "",
            "```sh",
            f"signoff recipes begin {one.key}",
            "```",
            "",
            "## The file",
            "",
            "```yaml",
            one.source.rstrip(),
            "```",
            "",
            "[All recipes](index.md) · [Every key, explained](../integration-files.md)",
            "",
        ]
    )


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")

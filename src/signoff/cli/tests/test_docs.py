"""The documentation names everything that exists, and nothing that does not."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from signoff.api.v1 import api
from signoff.cli.main import COMMANDS, cli
from signoff.connectors.registry import connector_class, manifests
from signoff.integrations import definition as file
from signoff.integrations.part import Part
from signoff.integrations.record_part import RecordSource
from signoff.integrations.review_part import Autopilot, ReviewPart
from signoff.outputs.contract import TYPES

PROJECT = Path(__file__).parents[4]
DOCS = PROJECT / "docs"
PAGES = sorted([*PROJECT.glob("*.md"), *DOCS.rglob("*.md")])
TAKES_ANYTHING = {"sandbox"}  # hands its options on to a program of its own


def rows_of(page: str) -> list[str]:
    """Return what stands in backticks at the beginning of each row of a page's tables."""
    return re.findall(r"^\| `(.+?)`", (DOCS / page).read_text("utf-8"), re.MULTILINE)


def command(words: list[str]) -> click.Command:
    """Return the command that words such as ["review", "edit", "ID"] mean."""
    found: click.Command = cli
    for word in words:
        if not isinstance(found, click.Group):
            break
        found = found.get_command(click.Context(found), word) or pytest.fail(f"there is no `{word}`")
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described(name: str) -> None:
    assert re.search(rf"^\|.*`signoff {name}\b", (DOCS / "commands.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("row", [row for row in rows_of("commands.md") if row.startswith("signoff ")])
def test_every_option_that_is_described_exists(row: str) -> None:
    words = row.split()[1:]
    known = {option for param in command(words).params for option in param.opts} | {"--json"}

    assert words[0] in TAKES_ANYTHING or set(re.findall(r"--[a-z-]+", row)) <= known


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(document: Path) -> None:
    code = re.findall(r"```.*?```|`[^`]+`", document.read_text("utf-8"), re.DOTALL)
    named = {
        word
        for part in code
        for word in re.findall(r"(?:^|[ `]|bin/)signoff ([a-z][a-z-]*)", part, re.MULTILINE)
    }

    assert named <= COMMANDS.keys()


@pytest.mark.parametrize(
    "document", [*PAGES, *sorted((PROJECT / "bench").rglob("*.md"))], ids=lambda path: path.name
)
def test_every_row_of_a_table_stands_in_its_table(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    tables = [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)]

    assert [rows[0] for rows in tables if len(rows) < 2 or not re.fullmatch(r"[|:\s-]+", rows[1])] == []


@pytest.mark.parametrize(
    "part",
    [file.Definition, RecordSource, file.PromptPart, ReviewPart, Autopilot, file.LimitsPart],
)
def test_every_key_of_an_integration_file_is_described(part: type[Part]) -> None:
    text = (DOCS / "integration-files.md").read_text("utf-8")
    keys = {info.alias or name for name, info in part.model_fields.items()} - set(file.FILLED_IN)

    assert [key for key in keys if not re.search(rf"[`{{ ]{key}[`:]", text)] == []


def test_every_type_of_an_answer_is_described() -> None:
    text = (DOCS / "integration-files.md").read_text("utf-8")

    assert [name for name in TYPES if f"`{name}`" not in text] == []


@pytest.mark.parametrize("app", manifests())
def test_every_action_and_start_of_an_app_is_described(app: str) -> None:
    text = (DOCS / "integration-files.md").read_text("utf-8")
    connector = connector_class(app)
    writes = [name for name, action in connector.actions().items() if action.effect == "write"]
    names = [*writes, *(trigger.name for trigger in connector.triggers)]

    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_call_of_the_api_is_described() -> None:
    described = {row.partition("?")[0] for row in rows_of("api.md")}
    calls = {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{id}', path)}"
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }

    assert calls - described == set()


def test_every_variable_of_the_environment_is_described() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (PROJECT / "src" / "signoff").rglob("*.py")
        if "tests" not in path.parts
    )
    used = set(re.findall(r"environ[\w.]*[\[(]\"(SIGNOFF_\w+|DATABASE_URL|TZ|XDG_\w+)\"", code))

    text = (DOCS / "running.md").read_text("utf-8")
    assert [name for name in used if f"`{name}`" not in text and not name.startswith("SIGNOFF_TEST")] == []


# How each kind of notice speaks; the words stand in the code and in the table of what to do.
ALERTS = {
    "connection:stopped:": "no longer accepts our key",
    "connection:ends:": "the key for",
    "tool:changed:": "not what you chose",
    "token:": "the key with which",
    "asking:": "nobody could be asked to review in",
    "untold:": "does not take what it is told",
    "mail:": "does not understand its mail server",
    "disk:": "is nearly full",
    "channel:": "a channel does not take notices",
    "runs:held:": "records need",
    "runs:failed:": "stopped on our side",
    "runs:uncertain:": "we are not sure about",
    "backlog:": "records have waited for",
    "source:": "new records cannot be read",
    "silence:": "no records since",
    "drift:": "a field in an app has changed",
    "autopilot:": "is not on autopilot any more",
    "limit:": "has spent its",
    "errors:": "is wrong more often than you allow",
    "upload:": "stopped on its way in",
    "model:": "the ai model",
    "version:": "the version",
    "changelog:": "changelog speaks of",
    "quarterly:": "the quarterly review",
    "worker:": "nothing is being worked on",
    "web:": "the pages do not answer",
    "backup:": "the last backup",
}


def test_every_kind_of_notice_stands_in_the_table_of_what_to_do() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (PROJECT / "src" / "signoff").rglob("*.py")
        if "tests" not in path.parts
    ).lower()
    scopes = set(re.findall(r'\bsource\(f?"([a-z]+:(?:[a-z]+:)?)', code))
    section = (
        (DOCS / "operations.md").read_text("utf-8").partition("## Read the alerts")[2].partition("\n## ")[0]
    )
    says = section.lower().replace("’", "'")

    assert ALERTS.keys() == scopes
    assert [words for words in ALERTS.values() if words not in says] == []
    assert [words for words in ALERTS.values() if words not in code and words != "records need"] == []

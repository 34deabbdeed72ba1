"""Each block of commands that a page shows is run as it stands there, on a Signoff with practice apps."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from signoff.cli.tests.conftest import shop
from signoff.cli.tests.place import Place
from signoff.connectors.mcp.tests import desk_server
from signoff.moving.tests import exports
from signoff.outbound.tests.local import answer, local
from signoff.site.manual.blocks import Block, blocks
from signoff_sandbox import testing as practised
from signoff_sandbox.mail.room import Mailroom
from signoff_sandbox.testing import Practice

__all__ = ["shop"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

PROJECT = Path(__file__).parents[4]
RUN = [block for block in blocks(PROJECT) if not block.not_run]
INTEGRATION = """\
name: {name}
record: {{when: {when}}}
prompt: {{ai: openai-main, model: gpt-4o, task: Answer the question in the record.}}
answer: {{body: {{type: text, max: 800}}}}
then: {then}
"""
RECORD = {"name": "Dana Whitfield", "email": "dana@example.com", "message": "Do you open on Saturdays?"}
NUMBERS = itertools.count(1)

# Stands on the path as `signoff`: the same command, with the practice app's address, key and settings where a person
# would have those of a real account. `signoff up` is what this Signoff was started by.
SIGNOFF = """#!{python}
import json, os, subprocess, sys, urllib.request
words, known = sys.argv[1:], json.loads(os.environ["PRACTISED"])
if words == ["up"]:
    urllib.request.urlopen(os.environ["SIGNOFF_URL"] + "/readyz")
    sys.exit(0)
key = None
def dialect(name):
    url = known["openai"]["base_url"].removesuffix("/v1") + "/_control"
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(dict(dialect=name)).encode(), method="POST"))
if words[:2] == ["connect", "mcp"]:
    pass
elif words[0] == "connect":
    app = dict(known[words[1]])
    kept = [word for word in words if word.split("=")[0] not in app["settings"]]
    kept = [w for at, w in enumerate(kept) if not (w == "--set" and (at + 1 == len(kept) or "=" not in kept[at + 1]))]
    words = kept + [part for name, value in app["settings"].items() for part in ("--set", name + "=" + value)]
    if "--base-url" in words:
        at = words.index("--base-url")
        del words[at : at + 2]
    address = app["base_url"]
    if "provider=azure" in words:
        dialect("azure")
        address = address.removesuffix("/v1") + "/openai/deployments/ours/chat/completions?api-version=2024-10-21"
    if address:
        words += ["--base-url", address]
    key = app["key"] if "--secret-env" not in words else None
allowed = dict(os.environ, SIGNOFF_ALLOW_HOSTS="127.0.0.1,localhost")
done = subprocess.run([{python!r}, "-m", "signoff", *words], input=key.encode() if key else None, env=allowed)
dialect("openai")
sys.exit(done.returncode)
"""
CURL = """#!/bin/sh
exec {curl} --fail-with-body --silent --show-error --max-time 60 "$@"
"""
# `uvx` and `npx` fetch a program and start it. Here it is the same MCP server each time, as a program.
FETCHED = """#!/bin/sh
exec {python} {server}
"""
MAKE = """#!/bin/sh
exec {make} --dry-run --directory {project} "$@" >/dev/null
"""


@pytest.fixture(scope="module")
def desk(shop: Place, practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The shop, with the integrations, drafts and keys of which the pages speak."""
    missing = [name for name in ("bash", "curl", "jq", "make") if not shutil.which(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt-get install {' '.join(missing)}")
    practice.control("whatsapp", statuses="at once", restore_key=True, faults="mistakes=0")
    key, settings = practised.WHATSAPP_KEY, practised.WHATSAPP_SETTINGS
    whatsapp = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    good(
        shop.run(
            "connect",
            "whatsapp",
            "--name",
            "whatsapp-main",
            "--base-url",
            practice.whatsapp,
            *whatsapp,
            stdin=key,
        )
    )
    files = {
        "sign-off-replies": INTEGRATION.format(name="sign-off-replies", when="webhook", then="reply"),
        "from-the-shop": INTEGRATION.format(name="from-the-shop", when="webhook", then="reply"),
        "answer-a-spreadsheet": (PROJECT / "examples" / "answer-a-spreadsheet.yaml").read_text("utf-8"),
        "answer-customers": (PROJECT / "examples" / "answer-whatsapp-questions.yaml")
        .read_text("utf-8")
        .replace("name: answer-whatsapp-questions", "name: answer-customers"),
    }
    for name, text in files.items():
        (shop.folder / f"{name}.yaml").write_text(text)
        good(shop.run("apply", str(shop.folder / f"{name}.yaml")))
        good(shop.run("on", name))
    can = "read,propose,review,build"
    shop.env["TOKEN"] = good(shop.run("token", "create", "--name", "pages", "--can", can, "--json")).json[
        "token"
    ]
    with desk_server.serving() as running:
        shop.env["DESK_URL"] = running.url
        yield shop


def good(done):
    assert done.code == 0, done.err
    return done


@pytest.mark.parametrize("block", RUN, ids=str)
def test_the_commands_of_a_page_do_what_they_say(
    block: Block, desk: Place, practice: Practice, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    mailroom = request.getfixturevalue("mailroom") if "connect mail" in block.text else None
    here = prepared(tmp_path, desk)
    with local(lambda asked: answer(200)) as receiver:
        text = for_this_place(block.text, desk, practice, here, receiver.url)
        environment = desk.environment(
            PATH=f"{here / 'bin'}:{os.environ['PATH']}",
            PRACTISED=json.dumps(accounts(practice, mailroom)),
            SIGNOFF_ALLOW_HOSTS="127.0.0.1,localhost",
            SLACK_SIGNING_SECRET=practised.SLACK_SIGNING_SECRET,
            DESK_TOKEN="desk-key-of-the-pages",
            SHOP_KEY="shop-key-of-the-pages",
            META_APP_SECRET=practised.WHATSAPP_SETTINGS["app_secret"],
            META_VERIFY_TOKEN=practised.WHATSAPP_SETTINGS["verify_token"],
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text], cwd=here, env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip

    assert done.returncode == 0, f"{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def prepared(folder: Path, desk: Place) -> Path:
    """Make a folder as somebody has it who follows a page: their own files, the examples, the commands."""
    number = next(NUMBERS)
    for name, text in (
        ("record.json", json.dumps(RECORD)),
        ("facts.yaml", "facts:\n  opening-hours: {Saturday: 9 to 13}\n"),
        ("answer.txt", "Dear Dana Whitfield, thank you. Yes, on Saturdays, too."),
        (
            "cases.jsonl",
            json.dumps({"id": 1, "record": RECORD, "answer": "Dear Dana Whitfield, thank you."}) + "\n",
        ),
        ("from-the-shop.yaml", (desk.folder / "from-the-shop.yaml").read_text()),
        ("workflow.json", json.dumps(exports.N8N_LEADS)),
        ("leads.xlsx", ""),
    ):
        (folder / name).write_text(text)
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["email", "Mail (private)", "firstname", "lastname", "company", "message"])
    mails = [f"office{number}@example.com", f"dana{number}@example.com"]
    book.active.append([*mails, "Dana", "Whitfield", "Whitfield", "Do you open on Saturdays?"])
    book.save(folder / "leads.xlsx")
    (folder / "examples").symlink_to(PROJECT / "examples")
    (folder / "bin").mkdir()
    for name, text in (
        ("signoff", SIGNOFF.format(python=sys.executable)),
        ("curl", CURL.format(curl=shutil.which("curl"))),
        ("make", MAKE.format(make=shutil.which("make"), project=PROJECT)),
        ("uvx", FETCHED.format(python=sys.executable, server=desk_server.__file__)),
        ("npx", FETCHED.format(python=sys.executable, server=desk_server.__file__)),
    ):
        program = folder / "bin" / name
        program.write_text(textwrap.dedent(text))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def for_this_place(text: str, desk: Place, practice: Practice, here: Path, receiver: str) -> str:
    """Return commands with what stands for a reader's own: addresses, keys, numbers, folders."""
    said: dict[str, Callable[[], str]] = {
        "http://127.0.0.1:8000": lambda: desk.env["SIGNOFF_URL"],
        "https://signoff.example.com": lambda: desk.env["SIGNOFF_URL"],
        "so_…": lambda: desk.env["TOKEN"],
        "/in/KEY": lambda: "/in/" + hook_address(desk).rpartition("/")[2],
        "https://hook.eu1.make.com/…": lambda: f"{receiver}/catch",
        "SECRET=…": lambda: "SECRET=a-secret-for-the-pages",
        "/mnt/usb": lambda: str(here),
        "/mnt/backups": lambda: str(here),
        "https://mcp.example.com/mcp": lambda: desk.env["DESK_URL"],
        ".venv/bin/signoff": lambda: "signoff",
        "signoff results 7": lambda: "signoff results $(signoff uploads --json | jq 'map(.id) | max')",
    }
    if "/reviews/7/decision" in text:
        review, content_hash = waiting(desk)
        said["/reviews/7/decision"] = lambda: f"/reviews/{review}/decision"
        said['"content_hash": "…"'] = lambda: f'"content_hash": "{content_hash}"'
    if "signoff tools desk" in text:
        good(
            desk.run(
                "connect",
                "mcp",
                "--name",
                "desk",
                "--url",
                desk.env["DESK_URL"],
                stdin="desk-key-of-the-pages",
            )
        )
    if "signoff drill" in text:
        practice.seed_leads(1)
        reviewed(desk, "follow-up-new-leads")
    for words, instead in said.items():
        if words in text:
            text = text.replace(words, instead())
    return text


def accounts(practice: Practice, mailroom: Mailroom | None) -> dict[str, dict[str, object]]:
    """Return what a reader would have at each app: its address, a key, and what else is asked for."""
    grant = practice.grant("gmail.compose")
    signed_in = {
        "client_id": practised.CLIENT_ID, "client_secret": practised.CLIENT_SECRET,
        "refresh_token": grant.refresh_token,
    }  # fmt: skip
    have = {
        "hubspot": (practice.hubspot, practised.HUBSPOT_KEY, {}),
        "gmail": (practice.gmail, json.dumps(signed_in), {}),
        "openai": (practice.openai + "/v1", practised.OPENAI_KEY, {}),
        "anthropic": (practice.address("anthropic"), practised.ANTHROPIC_KEY, {}),
        "slack": (practice.slack, practised.SLACK_KEY, {}),
        "telegram": (practice.address("telegram"), practised.TELEGRAM_KEY, {}),
        "airtable": (practice.address("airtable"), practised.AIRTABLE_KEY, practised.AIRTABLE_SETTINGS),
        "todoist": (practice.address("todoist"), practised.TODOIST_KEY, practised.TODOIST_SETTINGS),
        "notion": (practice.address("notion"), practised.NOTION_KEY, practised.NOTION_SETTINGS),
        "ntfy": (practice.address("ntfy"), practised.NTFY_KEY, practised.NTFY_SETTINGS),
        "mattermost": (practice.address("mattermost"), practised.MATTERMOST_KEY, practised.MATTERMOST_SETTINGS),
        "whatsapp": (
            practice.whatsapp, practised.WHATSAPP_KEY,
            {name: practised.WHATSAPP_SETTINGS[name] for name in ("phone_number_id", "waba_id")},
        ),
        "webhook": ("", "a-secret-for-the-pages", {}),
    }  # fmt: skip
    if mailroom is not None:
        have["mail"] = (
            "", mailroom.password,
            {
                "imap_host": "localhost", "imap_port": str(mailroom.incoming.tls_port), "imap_security": "tls",
                "smtp_host": "localhost", "smtp_port": str(mailroom.outgoing.tls_port), "smtp_security": "tls",
            },
        )  # fmt: skip
    return {app: {"base_url": url, "key": key, "settings": more} for app, (url, key, more) in have.items()}


def hook_address(desk: Place) -> str:
    path = str(desk.folder / "from-the-shop.yaml")
    address: str = good(desk.run("apply", path, "--json")).json["applied"][0]["webhook_url"]
    return address


def waiting(desk: Place, integration: str = "sign-off-replies") -> tuple[int, str]:
    """Return a draft that waits, and the hash of its words, once it is there."""
    (desk.folder / "mail.json").write_text(json.dumps({**RECORD, "number": next(NUMBERS)}))
    good(
        desk.run(
            "propose",
            integration,
            "--record",
            str(desk.folder / "mail.json"),
            SIGNOFF_TOKEN=desk.env["TOKEN"],
        )
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for row in desk.run("review", "list", "--integration", integration, "--json").json:
            shown = desk.run("review", "show", str(row["id"]), "--json").json
            return row["id"], shown["content_hash"]
        time.sleep(0.3)
    raise AssertionError("no draft came")


def reviewed(desk: Place, integration: str) -> None:
    """Let there be a record that somebody has decided on."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for row in desk.run("review", "list", "--integration", integration, "--json").json:
            good(desk.run("review", "approve", str(row["id"])))
            return
        time.sleep(0.3)
    raise AssertionError("no draft came")

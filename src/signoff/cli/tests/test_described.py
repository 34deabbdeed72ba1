"""`signoff connect openapi` without anybody at the keyboard: list, choose, connect, and what is refused."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from signoff.cli.main import cli
from signoff.connections.models import Connection, DescribedApp
from signoff.connectors.openapi.tests import acme
from signoff.connectors.openapi.tests.documents import GRANT, REAL
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.openapi.app import CLIENT_ID, CLIENT_SECRET, PRACTICE_KEY
from signoff_sandbox.openapi.serving import practising

pytestmark = pytest.mark.django_db


@pytest.fixture
def spec(tmp_path):
    def write(raw, name="openapi.json"):
        file = tmp_path / name
        file.write_bytes(raw)
        return str(file)

    return write


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr("signoff.cli.start.django", lambda **_: None)
    monkeypatch.setattr("signoff.cli.connections.django", lambda **_: None)

    def run_it(*arguments, key=PRACTICE_KEY):
        return CliRunner().invoke(cli, ["connect", "openapi", *arguments], input=key)

    return run_it


def test_what_there_is_to_choose_is_listed_and_nothing_kept(run, spec):
    told = run("--spec", spec(acme.document()), "--list", "--json")

    offered = json.loads(told.stdout)
    assert [one["operation"] for one in offered["reads"]] == ["listTasks"]
    assert [one["operation"] for one in offered["writes"]] == ["createTask", "changeTask"]
    assert not DescribedApp.objects.exists()


def test_an_app_is_connected_by_one_command(run, spec):
    real = REAL["gotify"]
    with practising(real.path) as practice:
        told = run(
            "--name", "gotify-main", "--spec", spec(real.raw()), "--base-url", practice.address, "--json",
            "--read", "getMessages", "--write", "createMessage", "--sign-in", "clientTokenQuery",
        )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["ok"]
    assert PRACTICE_KEY not in told.output
    row = DescribedApp.objects.get()
    assert (Connection.objects.get().app, row.source) == (row.key, "openapi.json")


def test_a_key_that_is_refused_leaves_nothing_behind(run, spec):
    real = REAL["gotify"]
    with practising(real.path) as practice:
        told = run(
            "--name", "gotify-main", "--spec", spec(real.raw()), "--base-url", practice.address,
            "--read", "getMessages", "--sign-in", "clientTokenHeader", key="wrong",
        )  # fmt: skip

    assert told.exit_code == 1
    assert "does not accept this key. Nothing was saved." in told.output
    assert not DescribedApp.objects.exists()
    assert not Connection.objects.exists()


def test_a_private_server_needs_its_owners_word(run, spec):
    raw = acme.document(lambda tree: tree.update(servers=[{"url": "http://10.0.0.5/v7"}]))

    told = run("--name", "acme-main", "--spec", spec(raw), "--read", "listTasks")
    stated = run(
        "--name", "acme-main", "--spec", spec(raw), "--read", "listTasks", "--base-url", "https://10.0.0.5/v7"
    )

    assert "needs your own address there" in told.output
    assert "private network. Nothing was sent there" in stated.output
    assert "SIGNOFF_ALLOW_HOSTS" in stated.output
    assert not DescribedApp.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (("--name", "x"), "Say where the app's OpenAPI document is", 2),
        (("--name", "x", "--spec", "{spec}"), "Choose what is read and written", 2),
        (("--name", "x", "--spec", "/no/such/file", "--read", "a"), "cannot be read", 1),
        (("--name", "x", "--spec", "{spec}", "--read", "nothing"), "The document has no “nothing”", 1),
        (
            ("--name", "x", "--spec", "{spec}", "--read", "listTasks", "--sign-in", "magic"),
            "Usable: token",
            1,
        ),
        (("--name", "x", "--spec", "https://127.0.0.9/o.json", "--read", "a"), "private network", 1),
        (("--spec", "{spec}", "--read", "listTasks"), "Missing option '--name'", 2),
    ],
)
def test_what_is_missing_or_wrong_is_said(run, spec, arguments, says, code):
    file = spec(acme.document())

    told = run(*(one.replace("{spec}", file) for one in arguments))

    assert says in told.output
    assert told.exit_code == code
    assert not DescribedApp.objects.exists()


def test_a_program_gets_in_by_its_client_id_alone(run, spec):
    flows = {
        "clientCredentials": {"tokenUrl": "https://api.acme-tasks.com/oauth/token", "scopes": {"read": ""}}
    }

    def change(tree):
        tree["components"]["securitySchemes"]["token"] = {"type": "oauth2", "flows": flows}
        tree["security"] = [{"token": ["read"]}]

    def said(asked):
        if asked.path == "/oauth/token":
            form = asked.form()
            fits = form == {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
                            "scope": "read"}  # fmt: skip
            return answer(200 if fits else 401, {"access_token": "at-1", "expires_in": 60})
        is_in = asked.headers.get("authorization") == "Bearer at-1"
        return answer(200, [] if asked.path.endswith("tasks") else {"id": "u1"}) if is_in else answer(401)

    key = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    with local(said) as server:
        told = run(
            "--name", "acme-main", "--spec", spec(acme.document(change)), "--read", "listTasks",
            "--base-url", f"{server.url}/v7", key=key,
        )  # fmt: skip

    assert told.exit_code == 0, told.output
    assert CLIENT_SECRET not in told.output


def test_a_sign_in_by_code_is_renewed_and_kept_sealed(run, spec):
    real = REAL["box"]
    with practising(real.path) as practice:
        told = run(
            "--name", "box-main", "--spec", spec(real.raw()), "--read", "get_files_id_comments", "--set", "file_id=33",
            "--base-url", practice.address, key=GRANT,
        )  # fmt: skip

    assert told.exit_code == 0, told.output
    assert CLIENT_SECRET.encode() not in bytes(Connection.objects.get().sealed)

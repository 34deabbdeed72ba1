"""
Against MCP servers that others have written, as they come from the registries: the whole way, unchanged.

They are installed into a folder of their own. Without a network, or without node, the tests say so and are left out.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time

import pytest

from signoff.connections import choosing
from signoff.connections.connect import connect
from signoff.connectors.mcp import connector
from signoff.core.secret import Secret
from signoff.engine.tests.test_mcp import applied, approve, draft_of
from signoff.outbound import program
from signoff.runs.models import Run

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

FREE = {"requests_per_minute": 1_000_000}
HEAD = """\
name: {name}
record: {{when: webhook}}
context:
{context}
prompt: {{ai: openai-main, model: gpt-4o, task: Write a short note on this enquiry.}}
answer: {{text: {{type: text, max: 400}}}}
review: {{by: [sales]}}
then:
  - {then}
"""


def fetched(words, folder, what):
    """Install something into a folder; leave the test out where that cannot be done here."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode:
        pytest.skip(f"{what} could not be installed, probably for want of a network: {done.stderr[-200:]}")


@pytest.fixture(scope="module")
def from_pypi(tmp_path_factory):
    """A folder of programs from PyPI: mcp-server-time."""
    folder = tmp_path_factory.mktemp("pypi")
    fetched([sys.executable, "-m", "venv", "there"], folder, "A virtual environment")
    pip = str(folder / "there" / "bin" / "pip")
    fetched([pip, "install", "-q", "mcp-server-time"], folder, "mcp-server-time")
    return folder / "there" / "bin"


@pytest.fixture(scope="module")
def from_npm(tmp_path_factory):
    """A folder of programs from npm: the everything server and the memory server."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed (Debian: apt-get install npm)")
    folder = tmp_path_factory.mktemp("npm")
    names = ["@modelcontextprotocol/server-everything", "@modelcontextprotocol/server-memory"]
    fetched(["npm", "install", "--no-fund", "--no-audit", "--prefix", str(folder), *names], folder, names[0])
    return folder / "node_modules" / ".bin"


@pytest.fixture
def stated(house):
    """Connect a program: `stated("time", [words], look="read")`."""
    connector.forget_all()

    def state(name, words, **uses):
        program.register(name, [str(word) for word in words])
        row = connect("mcp", name, Secret(""), as_program=True, limits=FREE)
        return choosing.choose(row, uses, house.owner)

    return state


def test_the_time_server_tells_the_time_of_a_records_city(house, stated, from_pypi, work_off):
    tools = stated("clock", [from_pypi / "mcp-server-time"])
    assert tools.account_name.endswith(", a program on this computer")
    there = {one.tool.name: one.tool for one in choosing.offered(tools)}
    use = "read" if there["get_current_time"].says_it_reads else "write"
    choosing.choose(tools, {"get_current_time": use}, house.owner)
    context = (
        "  now: {from: clock.get_current_time, with: {timezone: record.zone}}" if use == "read" else "  {}"
    )
    then = "hubspot-main.add_note: {contact: {email: record.email}, body: answer.text}"
    text = HEAD.format(name="times", context=context, then=then)

    run = draft_of(applied(text), work_off, zone="Europe/Berlin", email="dana@example.test")

    assert run.state == Run.State.WAITING, (run.problem, run.detail)
    if use == "read":
        assert "Europe/Berlin" in run.record["now"]


def test_the_memory_server_keeps_what_was_approved_and_tells_it_again(
    house, stated, from_npm, work_off, time_to_read, tmp_path
):
    store = tmp_path / "memory.jsonl"
    words = ["/usr/bin/env", f"MEMORY_FILE_PATH={store}", from_npm / "mcp-server-memory"]
    row = stated("memory", words)
    there = {one.tool.name: one.tool for one in choosing.offered(row)}
    assert {"create_entities", "search_nodes", "read_graph"} <= there.keys()
    uses = {"create_entities": "write"}
    if there["search_nodes"].says_it_reads:
        uses["search_nodes"] = "read"
    choosing.choose(row, uses, house.owner)
    context = (
        "  known: {from: memory.search_nodes, with: {query: record.company}}" if len(uses) == 2 else "  {}"
    )
    entity = "{name: record.company, entityType: company, observations: [answer.text]}"
    then = f"memory.create_entities: {{entities: [{entity}]}}"
    integration = applied(HEAD.format(name="remember", context=context, then=then))
    assert not isinstance(integration, list), integration

    run = draft_of(integration, work_off)
    assert run.state == Run.State.WAITING, (run.problem, run.detail)
    approve(run, house.owner, work_off)

    assert run.state == Run.State.DONE, (run.problem, run.detail)
    kept = [json.loads(line) for line in store.read_text().splitlines()]
    assert [one["observations"] for one in kept if one["name"] == "Harbour Dental"] == [[run.answer["text"]]]


@pytest.fixture
def everything(from_npm):
    """The everything server over HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(from_npm / "mcp-server-everything"), "streamableHttp"],
        env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.2)
    yield f"http://127.0.0.1:{port}/mcp"
    process.kill()
    process.wait()


def test_the_everything_server_is_read_whole_and_takes_an_answer(
    house, everything, work_off, time_to_read, monkeypatch
):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    connector.forget_all()
    row = connect("mcp", "everything", Secret(""), base_url=everything, limits=FREE)
    offers = choosing.offered(row)
    usable = [one.tool.name for one in offers if not one.tool.fault]
    assert "echo" in usable
    assert len(usable) >= 5
    choosing.choose(row, dict.fromkeys(usable, "write"), house.owner)
    text = HEAD.format(name="echoes", context="  {}", then="everything.echo: {message: answer.text}")

    run = draft_of(applied(text), work_off)
    approve(run, house.owner, work_off)

    assert run.state == Run.State.DONE, (run.problem, run.detail)
    assert any(run.answer["text"][:40] in (line.get("more") or "") for line in run.timeline), run.timeline


def test_the_inspector_of_the_protocol_asks_signoff_itself(live_server, tmp_path_factory, db):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed (Debian: apt-get install npm)")
    from signoff.accounts.models import Person
    from signoff.accounts.tokens import make_token

    folder = tmp_path_factory.mktemp("inspector")
    name = "@modelcontextprotocol/inspector@0.21.2"
    fetched(
        ["npm", "install", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", str(folder), name],
        folder,
        name,
    )
    person = Person.objects.add("ada@example.test", None, "owner")
    token = make_token("inspector", person, ["read"]).reveal()
    inspector = str(folder / "node_modules" / ".bin" / "mcp-inspector")
    asked = [
        inspector, "--cli", f"{live_server.url}/mcp", "--transport", "http", "--header",
        f"Authorization: Bearer {token}",
    ]  # fmt: skip

    listed = subprocess.run([*asked, "--method", "tools/list"], capture_output=True, text=True, timeout=120)
    called = subprocess.run(
        [*asked, "--method", "tools/call", "--tool-name", "list_waiting"],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert listed.returncode == 0, listed.stderr
    assert "health" in [one["name"] for one in json.loads(listed.stdout)["tools"]]
    assert json.loads(called.stdout)["structuredContent"] == {"items": [], "next": None}

"""
A secret that is marked appears nowhere in clear: not on a terminal, in a log, on a page, in an answer of the API, in an
export, in the database, or in what other processes may read.

Every command, page and call is found by walking what there is: one that is new is asked by itself, or the walk fails
and says what to add.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import click
import httpx2
import psycopg
import pytest
import structlog
from django.urls import URLPattern, URLResolver, get_resolver

from signoff.api.v1 import api
from signoff.cli.main import cli
from signoff.cli.start import processors
from signoff.cli.tests.place import Done, clear_away, free_port, new_place, wait_for
from signoff.connectors.registry import manifests
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.testing import CLIENT_ID, HUBSPOT_KEY, running

pytestmark = pytest.mark.timeout(300)  # a running Signoff, every command, page and call

MARK = "MARKED7f3a9c"
PASSWORD = f"quiet {MARK} harbour"
HUBSPOT = f"pat-na1-{MARK}-4444-5555-666666666666"
AI = f"sk-{MARK}-0000000000000000000000"
CLIENT_SECRET = f"GOCSPX-{MARK}-000000"
SIGNING = f"{MARK}-signing-secret"
HOOK = f"https://hooks.example.test/{MARK}/catch"
MASTER = base64.urlsafe_b64encode(MARK.encode().ljust(32, b"-")).decode()
OWNER = "priya@example.test"

STAY = {
    ("up",): "runs while all the others are asked",
    ("web",): "a part of `up`",
    ("work",): "a part of `up`",
    ("demo",): "makes a business of its own, with the practice apps' keys",
    ("sandbox",): "knows none of our secrets",
    ("fire-drill",): "makes a business of its own, with the practice apps' keys",
}
# What to give for a parameter of a command, by its name; choices and numbers are found by their kind.
GIVEN = {
    "owner": "eve@example.test", "password_env": "PASSWORD", "email": OWNER, "name": "from-the-shop",
    "names": "from-the-shop", "point": "follow-up", "app": "hubspot", "can": "read", "limit": "5%", "scheme": "static",
    "note": "Shorter, please.", "reason": "fact", "integration": "from-the-shop", "key": "follow-up-new-leads",
    "spec": "nothing.json", "program": "no-such-program", "words": "leads", "kind": "write",
    "place": "hubspot-main.add_note",
}  # fmt: skip
SECRET_IN = {"secret_env": "SIGNING"}  # parameters that name the variable with a secret
GAPS = {"int": "1", "str": "nonsense", "slug": "from-the-shop", "path": "nothing"}
SLUGS = {"app": "hubspot"}
# Pages and calls after which there is nobody signed in any more.
LAST = ("sign-out",)

SHOP = """\
name: from-the-shop
record: {when: webhook}
prompt: {ai: ai, model: gpt-4o, task: Answer the question in the record.}
answer: {body: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.body}
"""


def in_clear(data: bytes) -> bool:
    """Say whether the mark stands in some bytes, as it is or in a form that is easily read."""
    mark = MARK.encode()
    forms = [mark, mark.hex().encode(), mark[::-1]]
    for shift in range(3):  # in base64 it looks different by where it begins
        forms.append(base64.b64encode(b"x" * shift + mark + b"xxx")[4 if shift else 0 : 14])
    return any(form in data for form in forms)


def test_the_look_for_the_mark_finds_it():
    assert in_clear(f"x{MARK}x".encode())
    assert in_clear(base64.b64encode(f"yz{MARK}".encode()))
    assert in_clear(MARK.encode().hex().encode())
    assert not in_clear(b"nothing of the kind")


def everything_in(url):
    """Yield each table of the database with all that is in it, as text and as bytes."""
    with psycopg.connect(url) as database:
        tables = database.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = psycopg.sql.Identifier(schema, table)
            with database.cursor().copy(psycopg.sql.SQL("COPY {} TO STDOUT").format(name)) as rows:
                text = b"".join(bytes(part) for part in rows)
            yield table, text
        for (query,) in database.execute(
            "SELECT query FROM pg_stat_activity WHERE query IS NOT NULL"
        ).fetchall():
            yield "statements", query.encode()


@pytest.fixture(scope="module")
def practice():
    """Practice apps of its own: keys are revoked here, which another test's Signoff must not hear of."""
    with running() as apps:
        yield apps


@contextmanager
def driven(here):
    """Yield a function that runs commands in a process of the house, one after the other."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("driver.py"))],
        env=here.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def run(*words, stdin="", **env):
        process.stdin.write(json.dumps({"words": words, "stdin": stdin, "env": env}) + "\n")
        process.stdin.flush()
        return Done(**json.loads(process.stdout.readline()))

    try:
        yield run
    finally:
        process.stdin.close()
        process.wait(20)


@pytest.fixture(scope="module")
def marked(practice):
    """A Signoff in which every secret is marked: some keys work, some are refused. Returns what was said, too."""
    here = new_place()
    port = free_port()
    here.env = {
        "SIGNOFF_URL": f"http://127.0.0.1:{port}", "SIGNOFF_KEY": MASTER,
        "PASSWORD": PASSWORD, "HOOK": HOOK, "SIGNING": SIGNING,
    }  # fmt: skip
    said = []
    practice.control("hubspot", rotate_key={"new": HUBSPOT, "grace_seconds": 3600})
    practice.control("openai", rotate_key=AI)
    practice.control("gmail", rotate_client_secret=CLIENT_SECRET)
    try:
        up = here.start("up", "--port", str(port))
        wait_for(f"http://127.0.0.1:{port}/readyz")
        with driven(here) as driver:

            def run(*words, **more):
                done = driver(*words, **more)
                said.append((" ".join(words), (done.out + done.err).encode()))
                return done

            furnish(here, practice, run)
            yield here, said, run
        up.terminate()
        up.wait(20)
    finally:
        clear_away(here)


def furnish(here, practice, run):
    """Connect what works and what does not, let a draft wait, and revoke a key at the end."""
    assert run("setup", "--owner", OWNER, "--password-env", "PASSWORD").code == 0
    hubspot = ["connect", "hubspot", "--base-url", practice.hubspot, "--name"]
    openai = ["connect", "openai", "--name", "ai", "--base-url", practice.openai + "/v1"]
    assert run(*hubspot, "hubspot-main", stdin=HUBSPOT).code == 0
    assert run(*openai, stdin=AI).code == 0
    assert run("connect", "webhook", "--name", "signing", "--json", stdin=SIGNING).code == 0
    hook = ["connect", "webhook", "--set-env", "address=HOOK", "--json", "--name"]
    assert run(*hook, "out", stdin=SIGNING).code == 0
    # and all that can go wrong with a key
    grant = json.dumps(
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": f"1//{MARK}"}
    )
    assert run(*hubspot, "bad", stdin=HUBSPOT + "x").code == 1
    assert run(*hubspot, "bad", stdin=HUBSPOT[:12] + " " + HUBSPOT[12:]).code == 1
    assert run(*hubspot, "bad", "--json", stdin=HUBSPOT + "é").code == 1
    assert run("connect", "hubspot", HUBSPOT, "--name", "bad").code == 2
    assert (
        run("connect", "hubspot", "--name", "bad", "--base-url", "http://127.0.0.1:9", stdin=HUBSPOT).code
        == 1
    )
    assert run("connect", "gmail", "--name", "bad", "--base-url", practice.gmail, stdin=grant).code == 1
    file = here.folder / "shop.yaml"
    file.write_text(SHOP)
    address = run("apply", str(file), "--json").json["applied"][0]["webhook_url"]
    assert run("on", "from-the-shop").code == 0
    record = {"email": "dana@example.test", "message": "Are you open on Saturdays?"}
    assert httpx2.post(address, json=record).status_code == 202
    for _ in range(120):
        if run("runs", "--json", "--state", "waiting for review").json:
            break
        time.sleep(0.25)
    else:
        pytest.fail(f"no draft came: {run('runs', '--json').out}")
    practice.control("hubspot", revoke_key=True)
    assert run("connections", "--check", "--json").code == 1


def everything_said(said):
    return [what.replace(MARK, "…") for what, words in said if in_clear(words)]


def test_no_connector_says_its_key_when_the_app_echoes_it(marked):
    """The app answers with all it was sent, in the body, a header and the status's own words."""
    _here, said, run = marked

    def echo(asked):
        all_of_it = json.dumps([asked.target, asked.headers, asked.body.decode(errors="replace")])
        return answer(400 + len(echoed) % 2, {"error": {"message": all_of_it, "code": all_of_it}})

    echoed = []
    with local(lambda asked: echoed.append(asked) or echo(asked)) as app:
        for key, manifest in manifests().items():
            words = ["connect", key, "--name", f"echo-{key}", "--base-url", app.url]
            for setting in manifest.auth.settings:
                if setting.secret:
                    words += ["--set-env", f"{setting.name}=SIGNING"]
                elif setting.required:
                    words += ["--set", f"{setting.name}={setting.example or '123456789012345'}"]
            grant = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": f"1//{MARK}"}
            begins = next(iter(getattr(manifest.auth, "key_begins", ()) or ()), "")
            secret = json.dumps(grant) if manifest.auth.kind == "oauth" else f"{begins}{MARK}-{'0' * 24}"
            run(*words, stdin=secret)
            run(*words, "--json", stdin=secret)

    assert any(in_clear(json.dumps(asked.headers).encode()) for asked in echoed), (
        "an app was asked with a key"
    )
    assert everything_said(said) == []


def leaves(command, words=()):
    """Yield every command that does something, with its words."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from leaves(command.get_command(context, name), (*words, name))
    else:
        yield words, command


def filled_in(words, command, folder):
    """Return a command with what it must be given. A parameter that nobody thought of fails, with its name."""
    line = [*words]
    for param in command.params:
        if param.name in SECRET_IN:
            line += [param.opts[-1], SECRET_IN[param.name]]
            continue
        if not (param.required or param.param_type_name == "argument"):
            continue
        if isinstance(param.type, click.Choice):
            value = param.type.choices[0]
        elif isinstance(param.type, click.types.IntParamType | click.types.IntRange):
            value = "1"
        elif isinstance(param.type, click.Path | click.File):
            value = str(folder / "shop.yaml")
        elif param.name in GIVEN:
            value = GIVEN[param.name]
        else:
            pytest.fail(f"say in GIVEN what `signoff {' '.join(words)}` is to be given for {param.name}")
        line += [value] if param.param_type_name == "argument" else [param.opts[-1], value]
    return line


def test_no_command_says_it(marked):
    here, said, run = marked
    token = run("token", "create", "--name", "t", "--can", "read,review,people", "--json").json["token"]
    commands = [(words, command) for words, command in leaves(cli) if words not in STAY]
    commands.sort(
        key=lambda pair: pair[0][0] in ("disconnect", "rotate-key", "off")
    )  # these leave less to say

    ran = 0
    for words, command in commands:
        line = filled_in(words, command, here.folder)
        extra = ["--json"] if any("--json" in param.opts for param in command.params) else []
        done = run(*line, *extra, stdin=HUBSPOT, SIGNOFF_TOKEN=token)
        ran += done.code == 0
    for line in (["audit", "--csv"], ["doctor"], ["connections"], ["token", "list", "--all"]):
        run(*line)

    other = base64.urlsafe_b64encode(MARK.encode().ljust(32, b"+")).decode()
    for wrong in (f"{MARK}-not-a-key", other):
        for line in (["doctor"], ["connections", "--check"], ["rotate-key"]):
            assert run(*line, SIGNOFF_KEY=wrong).code == 1

    assert ran > len(commands) / 3, "many did something; others say no, as they should here"
    assert everything_said(said) == []
    assert any("HubSpot" in words.decode() for _, words in said), "something was said at all"


def test_no_crash_says_it(marked):
    """A fault of ours in the moment in which a key is sealed: the traceback names places, and no values."""
    here, _said, _ = marked
    broken = "import os\nos.urandom = lambda n: 1 / 0\nfrom signoff.cli.main import main\nmain()"

    done = subprocess.run(
        [sys.executable, "-c", broken, "connect", "webhook", "--name", "crash"],
        env=here.environment(), input=SIGNING.encode(), capture_output=True, timeout=100,
    )  # fmt: skip

    assert b"ZeroDivisionError" in done.stderr
    assert not in_clear(done.stdout + done.stderr)


@pytest.mark.django_db
@pytest.mark.parametrize("pretty", [True, False])
def test_no_failure_of_the_api_logs_its_token(client, monkeypatch, caplog, pretty):
    def fault(text):
        raise RuntimeError("a fault of ours")

    log = io.StringIO()
    lines = structlog.wrap_logger(structlog.PrintLogger(log), processors(pretty=pretty))
    monkeypatch.setattr("signoff.api.v1.log", lines)
    monkeypatch.setattr("signoff.api.rights.token_for", fault)

    reply = client.get("/api/v1/runs", headers={"Authorization": f"Bearer so_{MARK}"})

    assert (reply.status_code, reply["Content-Type"]) == (500, "application/problem+json")
    assert "a fault of ours" in log.getvalue(), "a developer is told"
    assert not in_clear((reply.content.decode() + log.getvalue() + caplog.text).encode())


def routes(patterns=None, before=""):
    """Yield every address that this Signoff answers, with something in its gaps."""
    for pattern in patterns if patterns is not None else get_resolver("signoff.site.urls").url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            for name, converter in pattern.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
                value = (
                    SLUGS.get(name) or GAPS.get(kind) or pytest.fail(f"say in GAPS what goes into {route}")
                )
                route = re.sub(rf"<(\w+:)?{name}>", value, route)
            assert "<" not in route, route
            yield f"/{route}"


def calls():
    """Yield every call of the API by its description."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            yield method.upper(), path


@pytest.fixture(scope="module")
def visitor(marked):
    here, _, _ = marked
    address = here.env["SIGNOFF_URL"]
    with httpx2.Client(base_url=address, timeout=60, headers={"Referer": address}) as client:
        client.get("/sign-in/")
        form = {"email": OWNER, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        signed_in = client.post("/sign-in/", data=form)
        assert signed_in.status_code == 303, signed_in.text[:300]
        yield client


def leaking(shown):
    """Return the addresses whose answers hold the mark; an address itself may hold what somebody typed."""
    return [what for what, reply in shown if in_clear(reply.content + str(reply.headers).encode())]


def test_no_page_shows_it(marked, visitor):
    addresses = sorted(routes(), key=lambda path: any(part in path for part in LAST))
    shown = [(path, visitor.get(path)) for path in addresses if not path.startswith("/sign-out")]

    good = [path for path, reply in shown if reply.status_code == 200]
    assert {"/", "/connections/", "/connections/1/", "/history/1/", "/review/1/", "/settings/audit/"} <= {
        *good
    }
    assert [path for path, reply in shown if reply.status_code >= 500 and path != "/readyz"] == []
    assert leaking(shown) == []


def test_no_form_gives_a_key_back_that_was_refused(marked, visitor):
    shown = []
    for app in manifests():
        path = f"/connections/new/{app}/"
        data = {
            "name": "web",
            "key": HUBSPOT,
            "secret": HUBSPOT,
            "client_secret": CLIENT_SECRET,
            "app_secret": SIGNING,
        }
        data |= {"csrfmiddlewaretoken": visitor.cookies["csrftoken"], "client_id": CLIENT_ID}
        shown.append((path, visitor.post(path, data=data)))
    wrong = {"email": OWNER, "password": PASSWORD + "x", "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
    shown.append(("/sign-in/", httpx2.post(visitor.base_url.join("/sign-in/"), data=wrong)))

    assert {reply.status_code for _, reply in shown} <= {200, 302, 303, 403, 422}
    assert leaking(shown) == []


def test_no_answer_of_the_api_shows_it(marked, visitor):
    _here, _, run = marked
    made = run("token", "create", "--name", "api", "--can", "read,review,propose,build,people", "--json")
    bearer = {"Authorization": f"Bearer {made.json['token']}"}
    address = str(visitor.base_url)

    shown, refused = [], []
    for method, path in calls():
        # What changes something is asked about what is not there; the walk must not take its own key away.
        number = "1" if method == "GET" else "999999"
        filled = path.replace("{name}", "from-the-shop" if method == "GET" else "nothing")
        for gap in ("email", *[part[1:-1] for part in path.split("/") if part.startswith("{")]):
            filled = filled.replace(f"{{{gap}}}", f"{number}")
        body = {"json": {}} if method in ("POST", "PATCH", "PUT") else {}
        reply = httpx2.request(method, address + filled, headers=bearer, timeout=60, **body)
        shown.append((f"{method} {path}", reply))
        wrong = httpx2.request(
            method, address + filled, headers={"Authorization": f"Bearer so_{MARK}"}, **body
        )
        refused.append((f"{method} {path}", wrong))

    assert {reply.status_code for _, reply in refused} == {401}
    looked = [reply.status_code for what, reply in shown if what.startswith("GET")]
    assert looked.count(200) > len(looked) / 2
    assert [what for what, reply in shown if reply.status_code >= 500] == []
    assert leaking(shown + refused) == []
    assert "hubspot-main" in dict(shown)["GET /api/v1/connections"].text


def test_addresses_that_let_somebody_in_are_not_logged(marked):
    here, _, _ = marked
    address = here.env["SIGNOFF_URL"]
    for path in (
        f"/in/{MARK}{MARK}",
        f"/sign-in/link/{MARK}/",
        f"/sign-in/invitation/{MARK}/",
        f"/in/{MARK}?x={MARK}",
        f"/health/versions.ics?key={MARK}",
    ):
        httpx2.post(address + path, json={"a": 1})
        httpx2.get(address + path)

    assert not in_clear((here.folder / "up.log").read_bytes())


def test_no_process_of_ours_can_be_asked_for_it(marked):
    """Everybody on a computer may read the words of a process; its own user its environment, and a core its memory."""
    here, _, _ = marked
    processes = here.processes()
    database = [process for process in processes if "postgres" in process.name()]

    assert len(processes) > len(database) > 0
    assert [
        process.cmdline() for process in processes if in_clear(" ".join(process.cmdline()).encode())
    ] == []
    assert [process.pid for process in database if in_clear(json.dumps(process.environ()).encode())] == []
    if sys.platform == "linux":
        limits = [Path(f"/proc/{process.pid}/limits").read_text() for process in ours(processes)]
        assert {re.search(r"Max core file size +(\S+) +(\S+)", text).groups() for text in limits} == {
            ("0", "0")
        }


def ours(processes):
    """Return the processes that began as a command of ours, and what those have started."""
    return [
        p
        for p in processes
        if "driver.py" not in " ".join(p.cmdline()) and "sandbox" not in " ".join(p.cmdline())
    ]


# These come last: by then everything has been said, shown and stored.


def _if_there(path: Path) -> bytes:
    """Return what a file holds; nothing where it went away while we looked, as those of a database do."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_no_file_holds_it(marked):
    here, _, _ = marked

    files = [path for path in here.folder.rglob("*") if path.is_file() and "postgres" not in path.parts[3:4]]
    files += list((here.folder / "postgres").glob("*.log"))

    assert any(path.name == "up.log" and path.stat().st_size for path in files)
    assert [path.name for path in files if in_clear(_if_there(path))] == []


def test_the_database_does_not_hold_it_in_clear(marked):
    from signoff.engine.embedded import EmbeddedServer

    here, _, _ = marked

    held = dict(everything_in(EmbeddedServer(here.folder).url))

    assert b"hubspot-main" in held["connections_connection"]
    assert [table for table, data in held.items() if in_clear(data)] == []


def test_the_practice_key_is_not_the_marked_one():
    assert not in_clear(HUBSPOT_KEY.encode())

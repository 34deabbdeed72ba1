"""A secret that is marked appears nowhere in clear: not on a terminal, in a log, on a page, or in the database."""

from __future__ import annotations

import base64
import json

import httpx2
import psycopg
import pytest

from signoff.cli.tests.place import clear_away, free_port, new_place, wait_for
from signoff_sandbox.testing import CLIENT_ID, HUBSPOT_KEY, running

pytestmark = pytest.mark.timeout(300)  # a dozen commands, each a process of its own

MARK = "MARKED7f3a9c"
PASSWORD = f"quiet {MARK} harbour"
HUBSPOT = f"pat-na1-{MARK}-4444-5555-666666666666"
AI = f"sk-{MARK}-0000000000000000000000"
CLIENT_SECRET = f"GOCSPX-{MARK}-000000"
SIGNING = f"{MARK}-signing-secret"
HOOK = f"https://hooks.example.test/{MARK}/catch"


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


@pytest.fixture(scope="module")
def marked(practice):
    """A Signoff in which every secret is marked: some keys work, some are refused. Returns what was said, too."""
    here = new_place()
    port = free_port()
    here.env = {"SIGNOFF_URL": f"http://127.0.0.1:{port}", "PASSWORD": PASSWORD, "HOOK": HOOK}
    said = []
    practice.control("hubspot", rotate_key={"new": HUBSPOT, "grace_seconds": 3600})
    practice.control("openai", rotate_key=AI)
    practice.control("gmail", rotate_client_secret=CLIENT_SECRET)
    try:
        up = here.start("up", "--port", str(port))
        wait_for(f"http://127.0.0.1:{port}/readyz")

        def run(*words, **more):
            done = here.run(*words, **more)
            said.append((" ".join(words), (done.out + done.err).encode()))
            return done

        run("setup", "--owner", "priya@example.test", "--password-env", "PASSWORD")
        grant = json.dumps(
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": f"1//{MARK}"}
        )
        hubspot = ["connect", "hubspot", "--base-url", practice.hubspot, "--name"]
        assert run(*hubspot, "hubspot-main", stdin=HUBSPOT).code == 0
        assert (
            run("connect", "openai", "--name", "ai", "--base-url", practice.openai + "/v1", stdin=AI).code
            == 0
        )
        assert run("connect", "webhook", "--name", "signing", "--json", stdin=SIGNING).code == 0
        hook = ["connect", "webhook", "--set-env", "address=HOOK", "--json", "--name"]
        assert run(*hook, "out", stdin=SIGNING).code == 0
        # and all that can go wrong
        assert run(*hubspot, "bad", stdin=HUBSPOT + "x").code == 1
        assert run(*hubspot, "bad", stdin=HUBSPOT[:12] + " " + HUBSPOT[12:]).code == 1
        assert run(*hubspot, "bad", "--json", stdin=HUBSPOT + "é").code == 1
        assert run("connect", "hubspot", HUBSPOT, "--name", "bad").code == 2
        assert (
            run("connect", "hubspot", "--name", "bad", "--base-url", "http://127.0.0.1:9", stdin=HUBSPOT).code
            == 1
        )
        assert run("connect", "gmail", "--name", "bad", "--base-url", practice.gmail, stdin=grant).code == 1
        practice.control("hubspot", revoke_key=True)
        run("connections", "--check", "--json")
        run("doctor")
        run("connections")
        yield here, said, run
        up.terminate()
        up.wait(20)
    finally:
        clear_away(here)


def test_no_command_says_it(marked):
    _, said, run = marked
    run("export")
    run("runs", "--json")
    run("doctor", "--json")

    assert [what.replace(MARK, "…") for what, words in said if in_clear(words)] == []
    assert any("HubSpot" in words.decode() for _, words in said), "something was said at all"


def test_no_file_holds_it(marked):
    here, _, _ = marked

    files = [path for path in here.folder.rglob("*") if path.is_file() and "postgres" not in path.parts[3:4]]
    files += list((here.folder / "postgres").glob("*.log"))

    assert any(path.name == "up.log" and path.stat().st_size for path in files)
    assert [path.name for path in files if in_clear(path.read_bytes())] == []


def test_the_database_does_not_hold_it_in_clear(marked):
    from signoff.engine.database import _Embedded

    here, _, _ = marked

    held = dict(everything_in(_Embedded(here.folder).url))

    assert b"hubspot-main" in held["connections_connection"]
    assert [table for table, data in held.items() if in_clear(data)] == []


def test_no_page_and_no_answer_of_the_api_shows_it(marked):
    here, _, run = marked
    address = here.env["SIGNOFF_URL"]
    token = run("token", "create", "--name", "t", "--can", "read,review", "--json").json["token"]

    with httpx2.Client(base_url=address, follow_redirects=True) as browser:
        browser.get("/sign-in/")
        form = {
            "email": "priya@example.test",
            "password": PASSWORD,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        signed_in = browser.post("/sign-in/", data=form, headers={"Referer": address})
        assert signed_in.status_code == 200
        assert "priya" in signed_in.text.lower()
        shown = {}
        for path in (
            "/", "/connections/", "/connections/1/", "/connections/2/", "/connections/new/hubspot/?replace=1",
            "/integrations/", "/history/", "/health/", "/settings/me/", "/settings/people/", "/settings/audit/",
        ):  # fmt: skip
            shown[path] = browser.get(path)
        for path in ("/api/v1/connections", "/api/v1/runs", "/readyz", "/api/v1/openapi.json"):
            shown[path] = browser.get(path, headers={"Authorization": f"Bearer {token}"})

    assert sum(reply.status_code == 200 for reply in shown.values()) >= 8, {
        p: r.status_code for p, r in shown.items()
    }
    assert "hubspot-main" in shown["/api/v1/connections"].text
    assert [
        path for path, reply in shown.items() if in_clear(reply.content + str(reply.headers).encode())
    ] == []


def test_addresses_that_let_somebody_in_are_not_logged(marked):
    here, _, _ = marked
    address = here.env["SIGNOFF_URL"]
    for path in (f"/in/{MARK}{MARK}", f"/sign-in/link/{MARK}/", f"/in/{MARK}{MARK}?x={MARK}"):
        httpx2.post(address + path, json={"a": 1})
        httpx2.get(address + path)

    assert not in_clear((here.folder / "up.log").read_bytes())


def test_the_practice_key_is_not_the_marked_one():
    assert not in_clear(HUBSPOT_KEY.encode())

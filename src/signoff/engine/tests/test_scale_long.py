"""What a larger deployment does to Signoff: a pooler before the database."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signoff.engine.tests import whole
from signoff.engine.tests.test_faults import assert_each_once
from signoff.engine.tests.whole import MAIL, NOTE, house, leads

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
sys.path.insert(0, str(Path(whole._path).parent))

POOLER = """
[databases]
postgres = host=127.0.0.1 port={database} dbname=postgres user=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@contextlib.contextmanager
def pgbouncer(server):
    """Run PgBouncer in transaction mode before a server, three connections wide; gives its address."""
    from house import free_port

    from signoff.engine.embedded import server_user

    port = free_port()
    settings = Path(server.folder, "pgbouncer.ini")
    settings.write_text(POOLER.format(database=server.port, port=port))
    settings.chmod(0o644)
    user = server_user()
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    process = subprocess.Popen(
        [shutil.which("pgbouncer"), str(settings)], stderr=subprocess.DEVNULL, cwd="/", **who
    )
    try:
        yield f"postgres://bench@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.skipif(
    not shutil.which("pgbouncer"), reason="needs PgBouncer (Debian: apt-get install pgbouncer)"
)
def test_the_web_process_works_through_pgbouncer_in_transaction_mode():
    from house import free_port, get_json, post_all
    from postgres import external

    with external() as server, house(database=server.url, integrations=[NOTE, MAIL]) as made:
        with pgbouncer(server) as pooled:
            port = free_port()
            with Path(made.home, "web.log").open("ab") as log:
                web = subprocess.Popen(
                    [sys.executable, "-m", "signoff", "web", "--port", str(port)],
                    # Debian's PgBouncer keeps no prepared statements; without them any version works.
                    env={**made.env, "DATABASE_URL": pooled, "SIGNOFF_DB_PREPARED": "no"},
                    stdout=log,
                    stderr=log,
                )
            try:
                deadline = time.monotonic() + 60
                while True:
                    with contextlib.suppress(OSError):
                        if get_json(f"http://127.0.0.1:{port}/readyz").get("ready"):
                            break
                    assert web.poll() is None, Path(made.home, "web.log").read_text()[-3000:]
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
                made.port, direct = port, made.port  # the person and the senders come through the pooler too
                for name, numbers in (("bench", leads(150)), ("mail", leads(20, 1000))):
                    address = made.webhooks[name].replace(str(direct), str(port))
                    answers = asyncio.run(post_all(address, numbers, 50))
                    assert {status for status, _ in answers} == {202}
                assert made.approve_all(20, 60) == 20
                made.wait_until_settled(170, 120)
            finally:
                web.terminate()
                web.wait(20)

        assert_each_once(made, 170, drafts=20)

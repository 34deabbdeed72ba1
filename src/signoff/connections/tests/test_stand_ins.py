"""Servers that speak an app's language without being it: a local model, a test double, a provider without lists."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from signoff.connections.connect import connect
from signoff.core.secret import Secret

pytestmark = pytest.mark.django_db


@pytest.fixture
def bare_server():
    """A server that answers two calls and says 404 to everything else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(404, {})

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            known = ("/v1/chat/completions", "/crm/objects/2026-09/notes")
            self.answer(200 if self.path in known else 404, {})

        def answer(self, status, document):
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("app", ["openai", "hubspot"])
def test_a_server_that_does_not_say_whose_it_is_can_be_connected(bare_server, app):
    connection = connect(app, "stand-in", Secret("any-key"), base_url=bare_server)

    assert connection.state == "working"
    assert "127.0.0.1" in connection.account_name


def test_an_address_without_a_path_gets_the_vendors_own(bare_server):
    assert connect("openai", "bare", Secret("k"), base_url=bare_server).base_url == f"{bare_server}/v1"
    assert (
        connect("openai", "whole", Secret("k"), base_url=f"{bare_server}/api/v2/").base_url
        == f"{bare_server}/api/v2"
    )

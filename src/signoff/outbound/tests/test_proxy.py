from __future__ import annotations

import datetime
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signoff.core.errors import TimedOutBeforeSending
from signoff.outbound import pools
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused
from signoff.outbound.tests.local import answer, local

NAME = "api.example.test"


@pytest.fixture(autouse=True)
def _fresh_pools(monkeypatch):
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    pools.forget()
    yield
    pools.forget()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate, monkeypatch):
    monkeypatch.setattr(pools, "tls", lambda: ssl.create_default_context(cafile=str(certificate)))


def here(monkeypatch):
    """Let every name resolve to this machine."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **more: real("127.0.0.1", port, **more))


def port_of(server):
    return int(server.url.rsplit(":", 1)[1])


def tunnel_to(port):
    """Return a handler that does what a proxy does after CONNECT."""

    def relay(sock):
        far = socket.create_connection(("127.0.0.1", port))
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def copy(source, sink):
            while data := source.recv(65536):
                sink.sendall(data)

        threading.Thread(target=copy, args=(far, sock), daemon=True).start()
        try:
            copy(sock, far)
        except OSError:
            pass

    return relay


def test_the_certificate_is_held_against_the_name_and_not_the_address(monkeypatch, server_tls, trusting):
    here(monkeypatch)
    with local(lambda asked: answer(200, {"ok": 1}), tls=server_tls) as server:
        port = port_of(server)

        reply = Door(f"https://{NAME}:{port}", app="Acme", allow_hosts=frozenset({NAME})).get("/a")

        with pytest.raises(TimedOutBeforeSending):
            Door(f"https://other.test:{port}", app="Acme", allow_hosts=frozenset({"other.test"})).get("/a")

    assert reply.json() == {"ok": 1}
    assert server.asked[0].headers["host"] == f"{NAME}:{port}"


def test_an_unknown_certificate_is_not_accepted(monkeypatch, server_tls):
    here(monkeypatch)
    with local(lambda asked: answer(), tls=server_tls) as server:
        outside = Door(f"https://{NAME}:{port_of(server)}", app="Acme", allow_hosts=frozenset({NAME}))
        with pytest.raises(TimedOutBeforeSending, match="certificate"):
            outside.get("/a")

    assert server.asked == []


def test_a_proxy_carries_the_request_and_resolves_the_name(monkeypatch, server_tls, trusting):
    with (
        local(lambda asked: answer(200, {"ok": 1}), tls=server_tls) as server,
        local(lambda asked: tunnel_to(port_of(server))) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http://", "http://user:word@"))

        reply = Door(f"https://{NAME}", app="Acme").post("/a", effect="write", json={})

    assert reply.json() == {"ok": 1}
    assert proxy.asked[0].method == "CONNECT"
    assert proxy.asked[0].target == f"{NAME}:443"
    assert proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")


def test_a_proxy_that_refuses_means_nothing_was_sent(monkeypatch):
    with local(lambda asked: answer(403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)

        with pytest.raises(TimedOutBeforeSending):
            Door(f"https://{NAME}", app="Acme").post("/a", effect="write", json={})


def test_a_proxy_is_not_a_way_around_the_guard(monkeypatch):
    with local(lambda asked: answer()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)

        for url in (
            "https://10.0.0.1",
            "https://localhost",
            "https://[fe80::1]",
            "https://2130706433",
            "https://127.1",
        ):
            with pytest.raises(AddressRefused):
                Door(url, app="Acme").get("/a")

    assert proxy.asked == []


def test_no_proxy_and_this_machine_go_direct(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "example.test")

    with local(lambda asked: answer()) as server:
        reply = Door(server.url, app="Acme", allow_hosts=frozenset({"127.0.0.1"})).get("/a")

    assert reply.status == 200
    assert pools.proxy_for("https", NAME) is None
    assert pools.proxy_for("https", "example.com") == "http://127.0.0.1:9"

from __future__ import annotations

import gzip
import logging
import socket
import struct
import threading
import time
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.core.errors import (
    AnswerUnexpected,
    CredentialRejected,
    OutcomeUnknown,
    TimedOutBeforeSending,
    VendorDown,
)
from signoff.outbound import network, pools
from signoff.outbound.door import Door
from signoff.outbound.guard import AddressRefused
from signoff.outbound.request import KEY, Hidden
from signoff.outbound.tests.local import HERE, answer, local


@pytest.fixture(autouse=True)
def _fresh_pools():
    pools.forget()
    yield
    pools.forget()


def door(server, **more):
    return Door(server.url, app="Acme", **{"allow_hosts": HERE, "timeout_seconds": 2.0, **more})


def never_answer(sock):
    time.sleep(1.5)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut_the_body(sock):
    sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")


def hang_up(sock):
    pass


def not_http(sock):
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def test_an_answer_comes_back_whatever_its_status():
    with local(lambda asked: answer(404, {"message": "no"}, {"X-Request-Id": "r1"})) as server:
        reply = door(server).get("/contacts/1", params={"limit": 5})

    assert (reply.status, reply.headers["x-request-id"], reply.json()) == (404, "r1", {"message": "no"})
    assert server.asked[0].target == "/contacts/1?limit=5"


def test_every_request_is_signed_with_the_key_of_that_moment():
    keys = iter(["one", "two"])
    with local(lambda asked: answer()) as server:
        outside = door(server, authorise=lambda: {"Authorization": f"Bearer {next(keys)}"})
        outside.get("/a")
        outside.get("/b")

    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer one", "Bearer two"]


def test_a_401_is_repeated_once_after_a_refresh():
    key = ["old"]
    with local(
        lambda asked: answer(200 if asked.headers["authorization"] == "Bearer new" else 401)
    ) as server:
        outside = door(
            server,
            authorise=lambda: {"Authorization": f"Bearer {key[0]}"},
            refresh=lambda: key.__setitem__(0, "new") or True,
        )
        reply = outside.post("/drafts", effect="write", json={})

    assert reply.status == 200
    assert len(server.asked) == 2


def test_a_401_that_stays_comes_back_after_one_refresh():
    with local(lambda asked: answer(401)) as server:
        reply = door(server, refresh=lambda: True).get("/a")

    assert reply.status == 401
    assert len(server.asked) == 2


def test_the_key_stays_with_its_own_server():
    with local(lambda asked: answer()) as home, local(lambda asked: answer()) as stranger:
        outside = door(home, authorise=lambda: {"Authorization": "Bearer secret"})
        outside.get(f"{stranger.url}/page2")
        outside.get(f"{home.url}/page2")

    assert "authorization" not in stranger.asked[0].headers
    assert home.asked[0].headers["authorization"] == "Bearer secret"


def test_the_key_can_stand_in_a_body_without_the_connector_seeing_it():
    with local(lambda asked: answer()) as server:
        outside = door(server, authorise=lambda: {"Authorization": "Bearer secret"})
        outside.post("/introspect", effect="read", json={"tokenKey": KEY})
        outside.get("/tokeninfo", params={"access_token": KEY})

    assert server.asked[0].json() == {"tokenKey": "secret"}
    assert server.asked[1].query == {"access_token": "secret"}


def test_nobody_listening_means_nothing_was_sent():
    with local(lambda asked: answer()) as server:
        pass

    with pytest.raises(TimedOutBeforeSending):
        door(server).post("/notes", effect="write", json={})


def test_a_name_that_does_not_resolve_means_nothing_was_sent():
    with pytest.raises(TimedOutBeforeSending):
        Door("https://no-such-host.invalid", app="Acme").post("/notes", effect="write", json={})


@pytest.mark.parametrize("trouble", [never_answer, reset, cut_the_body, hang_up, not_http])
@pytest.mark.parametrize(("effect", "family"), [("write", OutcomeUnknown), ("read", VendorDown)])
def test_a_broken_connection_after_sending_means_what_the_effect_says(trouble, effect, family):
    with local(lambda asked: trouble) as server, pytest.raises(family):
        door(server).request("POST", "/notes", effect=effect, json={}, timeout_seconds=0.3)

    assert len(server.asked) == 1


def test_a_kept_connection_that_the_app_closed_is_not_used_for_a_write():
    def answer_and_close(sock):
        sock.sendall(answer())

    with local(lambda asked: answer_and_close) as server:
        outside = door(server)
        outside.get("/a")
        time.sleep(0.05)
        reply = outside.post("/notes", effect="write", json={})

    assert reply.status == 200
    assert [asked.method for asked in server.asked] == ["GET", "POST"]


def test_doors_share_the_connections_that_are_kept():
    with local(lambda asked: answer()) as server:
        for _ in range(5):
            door(server).get("/a")

    assert server.connections == 1


@pytest.mark.parametrize("by", ["request", "door"])
def test_nothing_is_sent_after_its_time(by):
    late = time.time() - 0.001
    with local(lambda asked: answer()) as server:
        outside = door(server)
        outside.send_before = late if by == "door" else None
        with pytest.raises(TimedOutBeforeSending):
            outside.post("/notes", effect="write", json={}, send_before=late if by == "request" else None)
        time.sleep(0.05)

    assert server.asked == []


def test_the_time_to_send_is_judged_after_connecting(monkeypatch):
    real = network._connect_to_first

    def frozen_while_connecting(found, timeout):
        sock = real(found, timeout)
        time.sleep(0.3)
        return sock

    monkeypatch.setattr(network, "_connect_to_first", frozen_while_connecting)
    with local(lambda asked: answer()) as server:
        with pytest.raises(TimedOutBeforeSending):
            door(server).post("/notes", effect="write", json={}, send_before=time.time() + 0.1)
        time.sleep(0.05)

    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1", "https://localhost:1", "https://[::1]:1", "https://2130706433:1"]
)
def test_a_private_address_is_refused_unless_allowed_by_name(url):
    with pytest.raises(AddressRefused):
        Door(url, app="Acme").get("/a")


def test_plain_http_is_refused_unless_allowed_by_name():
    with pytest.raises(AddressRefused, match="not encrypted") as caught:
        Door("http://example.com:8102", app="Acme").get("/a")

    assert "add example.com:8102 to SIGNOFF_ALLOW_HOSTS" in caught.value.next_step


@pytest.mark.parametrize(
    "addresses", [["10.0.0.7"], ["93.184.216.34", "169.254.169.254"], ["::ffff:127.0.0.1"]]
)
def test_a_name_is_judged_by_every_address_behind_it(monkeypatch, addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)

    with pytest.raises(AddressRefused):
        Door("https://api.example.com", app="Acme").get("/a")


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    resolved = []

    def rebinding(host, port, **more):
        resolved.append(host)
        address = "93.184.216.34" if len(resolved) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    went_to = []

    def connect(found, timeout):
        went_to.extend(address[4][0] for address in found)
        raise network.httpcore2.ConnectTimeout("far away")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(network, "_connect_to_first", connect)

    with pytest.raises(TimedOutBeforeSending):
        Door("https://api.example.com", app="Acme").get("/a")

    assert resolved == ["api.example.com"]
    assert went_to == ["93.184.216.34"]


def test_a_connection_made_without_the_guard_is_not_lent_to_a_guarded_door():
    with local(lambda asked: answer()) as server:
        door(server).get("/a")

        with pytest.raises(AddressRefused):
            door(server, allow_hosts=frozenset()).get("/a")


def test_a_redirect_is_not_followed():
    with local(lambda asked: answer(302, {}, {"location": "http://169.254.169.254/"})) as server:
        reply = door(server).get("/a")

    assert reply.status == 302
    assert len(server.asked) == 1


@pytest.mark.parametrize(("effect", "family"), [("write", OutcomeUnknown), ("read", AnswerUnexpected)])
def test_an_answer_that_is_too_large_is_not_read_to_the_end(effect, family):
    with local(lambda asked: answer(200, b"x" * 200_000)) as server, pytest.raises(family):
        door(server, max_bytes=1000).request("POST", "/a", effect=effect, json={})


def test_a_packed_answer_is_unpacked():
    packed = gzip.compress(b'{"id": "501"}')
    with local(lambda asked: answer(200, packed, {"content-encoding": "gzip"})) as server:
        assert door(server).get("/a").json() == {"id": "501"}


def test_a_packed_answer_is_measured_unpacked():
    bomb = answer(200, gzip.compress(b"0" * 5_000_000), {"content-encoding": "gzip"})
    with local(lambda asked: bomb) as server, pytest.raises(AnswerUnexpected):
        door(server, max_bytes=100_000).get("/a")


def test_an_app_that_keeps_dripping_runs_out_of_time():
    def drip(sock):
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(40):
            sock.sendall(b"x-drip: 1\r\n")
            time.sleep(0.05)

    with local(lambda asked: drip) as server:
        began = time.monotonic()
        with pytest.raises(VendorDown):
            door(server, total_seconds=0.4).get("/a")

    assert time.monotonic() - began < 1.2


@pytest.mark.parametrize("key", ["sk-secret\nX-Evil: 1", "sk-secret\r", "sk-sécret"])
def test_a_key_that_would_break_its_header_is_named_and_not_shown(key):
    with local(lambda asked: answer()) as server, pytest.raises(CredentialRejected) as caught:
        door(server, authorise=lambda: {"Authorization": f"Bearer {key}"}).get("/a")

    assert server.asked == []
    assert "cret" not in "".join(traceback.format_exception(caught.value)).replace(repr(key), "")


def test_error_texts_hold_neither_query_nor_body():
    with local(lambda asked: hang_up) as server, pytest.raises(OutcomeUnknown) as caught:
        door(server, authorise=lambda: {"Authorization": "Bearer sk-secret"}).post(
            "/notes", effect="write", json={"body": "Ada"}, params={"q": "ada@example.test"}
        )

    shown = str(caught.value)
    assert shown.startswith("POST /notes: ")
    assert "ada" not in shown.lower()
    assert "secret" not in shown


def test_no_log_holds_the_key_whatever_its_level(caplog):
    caplog.set_level("DEBUG")
    with local(lambda asked: answer(401)) as server:
        outside = door(server, authorise=lambda: {"Authorization": "Bearer sk-secret"}, refresh=lambda: True)
        outside.post("/token", effect="write", form={"refresh_token": "1//secret"}, params={"key": KEY})

    assert caplog.records
    assert "secret" not in caplog.text


def test_html_where_json_was_expected_is_named():
    said = r"GET /a: 200, expected JSON, got 16 bytes of text/html"
    with local(lambda asked: answer(200, "<h1>Sign in</h1>")) as server:
        reply = door(server).get("/a")

    with pytest.raises(AnswerUnexpected, match=said):
        reply.json()


def test_the_headers_of_every_answer_are_heard():
    heard = []
    with local(lambda asked: answer(200, {}, {"X-Remaining": "7"})) as server:
        outside = door(server, on_headers=heard.append)
        outside.get("/a")

    assert heard[0]["x-remaining"] == "7"
    assert outside.last_headers["x-remaining"] == "7"


def test_sixty_four_threads_share_one_door():
    with local(lambda asked: answer(200, {"path": asked.path})) as server:
        outside = door(server, timeout_seconds=20)
        said: dict[int, str] = {}

        def ask(number):
            said[number] = outside.get(f"/{number}").json()["path"]

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]

    assert said == {number: f"/{number}" for number in range(64)}


def test_a_secret_setting_is_put_where_it_is_hidden_and_the_key_goes_to_named_hosts_as_well():
    with local(lambda asked: answer(200, {})) as server, local(lambda asked: answer(200, {})) as files:
        door = Door(
            server.url,
            app="Acme",
            authorise=lambda: {"Authorization": "Bearer k-1"},
            allow_hosts=HERE | {"localhost"},
            also_signed=["localhost"],
            secrets={"app_secret": "s-1"}.__getitem__,
        )
        elsewhere = files.url.replace("127.0.0.1", "localhost")

        door.get("/a", params={"token": Hidden("app_secret", before="7|"), "plain": "x"}, signed=False)
        door.get(f"{elsewhere}/file")
        door.get(f"{files.url}/file")

    assert server.asked[0].target == "/a?token=7%7Cs-1&plain=x"
    assert "authorization" not in server.asked[0].headers
    assert [one.headers.get("authorization") for one in files.asked] == ["Bearer k-1", None]
    assert "s-1" not in repr(Hidden("app_secret", before="7|"))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0xa9fea9fe"])
def test_an_address_in_disguise_is_refused_in_words(host):
    with pytest.raises(AddressRefused) as caught:
        Door(f"https://{host}", app="Acme", allow_hosts=HERE).get("/a")

    assert "Nothing was sent" in caught.value.owner_message


def test_a_resolver_that_hangs_does_not_hold_the_request_up(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: time.sleep(3) or [])
    began = time.monotonic()

    with pytest.raises(TimedOutBeforeSending, match="finding the address took too long"):
        Door("https://api.example.com", app="Acme", total_seconds=0.3).post("/a", effect="write", json={})

    assert time.monotonic() - began < 2


@given(st.lists(st.sampled_from(["8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254"]), min_size=1))
def test_whatever_a_name_leads_to_from_look_to_look_no_private_address_is_connected_to(answers):
    looks, went_to = iter(answers * 2), []

    def resolve(host, port, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(looks), port))]

    def connect(sock, address):
        went_to.append(address[0])
        raise OSError("nobody is there")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        patch.setattr(socket.socket, "connect", connect)
        for _ in answers:
            with pytest.raises((TimedOutBeforeSending, AddressRefused)):
                Door("https://api.example.com", app="Acme").get("/a")

    assert set(went_to) <= {"8.8.8.8"}
    assert len(went_to) == answers.count("8.8.8.8")


def test_a_key_can_stand_before_the_path_and_shows_nowhere():
    with local(lambda asked: answer()) as home, local(lambda asked: answer()) as stranger:
        outside = door(home, authorise=lambda: {"path": "/bot7:sec ret?"})
        reply = outside.get("/getMe", params={"a": "b"})
        outside.get(f"{stranger.url}/page2")

    assert (home.asked[0].path, home.asked[0].query) == ("/bot7:sec%20ret%3F/getMe", {"a": "b"})
    assert "path" not in home.asked[0].headers
    assert reply.call == "GET /getMe"
    assert stranger.asked[0].path == "/page2"


def test_what_breaks_does_not_name_a_key_that_stands_before_the_path(caplog):
    caplog.set_level(logging.DEBUG)
    with local(lambda asked: answer()) as server:
        outside = door(server, authorise=lambda: {"path": "/bot7:secret"})
        outside.get("/getMe")
    pools.forget()
    with pytest.raises(TimedOutBeforeSending) as failed:
        outside.get("/getMe")

    assert "secret" not in "".join(traceback.format_exception(failed.value))
    assert "secret" not in caplog.text

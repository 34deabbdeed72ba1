from __future__ import annotations

import pytest

from signoff.outbound.guard import is_allowed, is_here, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "not an address",
        "",
    ],
)
def test_addresses_that_not_everybody_reaches_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_on_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "port", "entry"),
    [
        ("localhost", 80, "localhost"),
        ("LOCALHOST.", 80, "localhost"),
        ("127.0.0.1", 8080, "127.0.0.1:8080"),
        ("::1", 8080, "[::1]:8080"),
        ("::1", 8080, "::1"),
        ("ollama.lan", 11434, " Ollama.LAN "),
    ],
)
def test_a_host_is_allowed_by_its_name_or_by_name_and_port(host, port, entry):
    assert is_allowed(host, port, {entry})


@pytest.mark.parametrize(
    ("host", "port", "entry"),
    [
        ("127.0.0.1", 8081, "127.0.0.1:8080"),
        ("evil-localhost", 80, "localhost"),
        ("localhost.evil.com", 80, "localhost"),
    ],
)
def test_a_host_that_only_looks_like_an_allowed_one_is_not(host, port, entry):
    assert not is_allowed(host, port, {entry})


def test_this_machine_is_known_by_its_names():
    assert is_here("localhost")
    assert is_here("127.0.0.1")
    assert is_here("[::1]")
    assert not is_here("example.com")

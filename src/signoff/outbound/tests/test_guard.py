from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.outbound.address import parse_address
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


# https://www.iana.org/assignments/iana-ipv4-special-registry, and what clouds answer their own machines at
PRIVATE_4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
]  # fmt: skip
PRIVATE_6 = [
    "::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:2::/48", "2001:db8::/32",
    "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128",
]  # fmt: skip


def inside(networks):
    return st.sampled_from(networks).map(ipaddress.ip_network).flatmap(
        lambda net: st.ip_addresses(network=net) if net.num_addresses > 1 else st.just(net.network_address)
    )  # fmt: skip


def wrapped(ip):
    """Return the IPv6 addresses that lead to an IPv4 one."""
    n = int(ip)
    return [
        ipaddress.IPv6Address(0xFFFF << 32 | n),  # mapped
        ipaddress.IPv6Address(0x0064FF9B << 96 | n),  # NAT64
        ipaddress.IPv6Address(0x2002 << 112 | n << 80 | 1),  # 6to4
        ipaddress.IPv6Address(0x20010000 << 96 | 0x5DB8D822 << 64 | (n ^ 0xFFFFFFFF)),  # Teredo
        ipaddress.IPv6Address(0x26064700 << 96 | 0x00005EFE << 32 | n),  # ISATAP
        ipaddress.IPv6Address(0x26064700 << 96 | 0x02005EFE << 32 | n),
    ]


@given(inside(PRIVATE_4))
def test_no_special_address_is_public_however_it_is_wrapped(ip):
    assert not is_public(str(ip))
    assert [str(outer) for outer in wrapped(ip) if is_public(str(outer))] == []


@given(inside(PRIVATE_6))
def test_no_special_address_of_the_new_kind_is_public(ip):
    assert not is_public(str(ip))


@given(st.ip_addresses(v=4).filter(lambda ip: not any(ip in ipaddress.ip_network(n) for n in PRIVATE_4)))
def test_every_other_address_is_public_and_stays_so_when_it_is_wrapped(ip):
    if not ip.is_global:  # the registries have blocks that Python knows and this list does not
        return
    assert is_public(str(ip))
    assert all(is_public(str(outer)) for outer in wrapped(ip)[:2])


def spellings(ip):
    """Return the ways in which the system's resolver lets an IPv4 address be written, but for the usual one."""
    n, parts = int(ip), [int(part) for part in str(ip).split(".")]
    octal = ".".join(f"0{part:o}" if part else "00" for part in parts)
    return [
        str(n), hex(n), f"0{n:o}", octal, ".".join(map(hex, parts)), f"{parts[0]}.{n & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{n & 0xFFFF}", f"0x{parts[0]:x}.{parts[1]}.{parts[2]}.{parts[3]}", f"{n}.",
    ]  # fmt: skip


@given(inside(PRIVATE_4))
def test_an_address_in_disguise_is_none(ip):
    for spelling in spellings(ip):
        with pytest.raises(ValueError):
            parse_address(f"https://{spelling}/a")


@pytest.mark.parametrize(
    "url",
    [
        "https://exa mple.com", "https://%31%32%37.0.0.1", "https://a.b.0x", "https://1.2.3.4.5", "https://a.1",
        "https://[::1", "https://a:b@example.com", "https://a@example.com", "file:///etc/passwd", "gopher://a",
        "https://", "https://exa\x00mple.com", "https://a,b",
    ],
)  # fmt: skip
def test_what_is_no_host_is_told_without_repeating_it(url):
    with pytest.raises(ValueError) as caught:
        parse_address(url)

    assert url not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://API.Example.com./x", "api.example.com."),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://my_host.lan:8443", "my_host.lan"),
        ("https://127.0.0.1", "127.0.0.1"),
        ("https://[2606:4700::1111]", "2606:4700::1111"),
        ("https://3com.com", "3com.com"),
        ("https://１２７.0.0.1", "127.0.0.1"),  # what it means, and so what is judged
    ],
)
def test_a_host_is_read_as_what_it_means(url, host):
    assert parse_address(url).host == host

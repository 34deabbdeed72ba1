"""Where a request really came from: a trusted web server's word counts, nobody else's."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.web.proxies import Proxies


def passed_on(rf, peer, **headers):
    """Return the request as the views see it."""
    request = rf.get("/", REMOTE_ADDR=peer, **headers)
    Proxies(lambda request: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("peer", "said", "source"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.0.0.5", "198.51.100.1"),
        ("10.0.0.5", "198.51.100.1:4711", "198.51.100.1"),
        ("::1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_nearest_stranger_is_who_asks(rf, monkeypatch, peer, said, source):
    monkeypatch.setenv("SIGNOFF_PROXIES", "10.0.0.0/24")

    request = passed_on(rf, peer, HTTP_X_FORWARDED_FOR=said)

    assert request.META["REMOTE_ADDR"] == source


@pytest.mark.parametrize(("peer", "secure"), [("127.0.0.1", True), ("192.0.2.7", False)])
def test_https_is_believed_of_a_trusted_server_only(rf, peer, secure):
    assert passed_on(rf, peer, HTTP_X_FORWARDED_PROTO="https").is_secure() is secure


@settings(max_examples=30)
@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_in_the_headers_a_request_passes(peer, said):
    from django.test import RequestFactory

    passed_on(RequestFactory(), peer, HTTP_X_FORWARDED_FOR=said, HTTP_X_FORWARDED_PROTO=said)

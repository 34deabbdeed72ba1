"""Each scheme against vectors made with the vendors' own libraries, and against what is not genuine."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.connectors.signatures import SCHEMES, Verdict, verify

NOW = 1795000000

# Computed with the official libraries (Meta's: checked by pywa) and with the standard library.
STANDARD: dict[str, Any] = {
    "scheme": "standard",
    "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    "headers": {
        "webhook-id": "msg_test_1",
        "webhook-timestamp": "1795000000",
        "webhook-signature": "v1,AQGZMHIrobCUD5a4XBXW5nF8A3SJJrvIRqEH2DrSyBc=",
    },
    "body": b'{"type":"contact.created","timestamp":"2026-11-18T00:00:00Z","data":{"id":"123"}}',
}
HUBSPOT: dict[str, Any] = {
    "scheme": "hubspot-v3",
    "secret": "hs-secret",
    "headers": {
        "X-HubSpot-Signature-v3": "O0/nyJ+SEmQdmGTUmvkl9/aOecGt+ph0R9HMSUaeo6I=",
        "X-HubSpot-Request-Timestamp": "1795000000000",
    },
    "body": b'[{"eventId":1,"subscriptionType":"contact.creation","objectId":123}]',
    "url": "https://example.test/hooks/hubspot",
}
SLACK: dict[str, Any] = {
    "scheme": "slack",
    "secret": "slack-secret",
    "headers": {
        "X-Slack-Request-Timestamp": "1795000000",
        "X-Slack-Signature": "v0=4447e9b689f6da4f9bdf66528f6184d5141b7ca6041ccd56d5de1af887baf1e8",
    },
    "body": b"payload=%7B%22type%22%3A%22block_actions%22%7D",
}
META: dict[str, Any] = {
    "scheme": "meta",
    "secret": "meta-secret",
    "headers": {
        "X-Hub-Signature-256": "sha256=871332dcc759bde9dc02db25a7be21e7d0306898df9387aa32a7abdb80dc4d72"
    },
    "body": b'{"object":"whatsapp_business_account","entry":[]}',
}
STATIC: dict[str, Any] = {
    "scheme": "static",
    "secret": "s3cret",
    "headers": {"Authorization": "Bearer s3cret"},
    "body": b"{}",
}
GENUINE = [STANDARD, HUBSPOT, SLACK, META, STATIC]
SIGNED = [STANDARD, HUBSPOT, SLACK, META]
TIMED = [STANDARD, HUBSPOT, SLACK]


def by_scheme(delivery: dict[str, Any]) -> str:
    return str(delivery["scheme"])


def judged(delivery: dict[str, Any], **changes: Any) -> Verdict:
    return verify(**{"now": NOW, **delivery, **changes})


@pytest.mark.parametrize("delivery", GENUINE, ids=by_scheme)
def test_a_genuine_delivery_is_accepted(delivery: dict[str, Any]) -> None:
    assert judged(delivery) == Verdict(True, "The signature fits.")


@pytest.mark.parametrize("delivery", GENUINE, ids=by_scheme)
@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title])
def test_header_names_may_be_in_any_case(delivery: dict[str, Any], spelled: Any) -> None:
    assert judged(delivery, headers={spelled(n): v for n, v in delivery["headers"].items()}).accepted


@pytest.mark.parametrize("delivery", SIGNED, ids=by_scheme)
def test_one_changed_byte_of_the_body_is_rejected(delivery: dict[str, Any]) -> None:
    assert not judged(delivery, body=delivery["body"] + b" ").accepted


@pytest.mark.parametrize("delivery", GENUINE, ids=by_scheme)
def test_another_secret_is_rejected(delivery: dict[str, Any]) -> None:
    assert not judged(delivery, secret="whsec_" + base64.b64encode(b"another secret").decode()).accepted


@pytest.mark.parametrize("delivery", GENUINE, ids=by_scheme)
@pytest.mark.parametrize("secret", ["", "   ", None])
def test_without_a_secret_nothing_is_accepted(delivery: dict[str, Any], secret: Any) -> None:
    assert "No secret" in judged(delivery, secret=secret).reason


@pytest.mark.parametrize("delivery", GENUINE, ids=by_scheme)
def test_a_missing_header_is_named(delivery: dict[str, Any]) -> None:
    for name in delivery["headers"]:
        left = {n: v for n, v in delivery["headers"].items() if n != name}
        verdict = judged(delivery, headers=left)

        assert not verdict.accepted
        assert name.lower() in verdict.reason.lower()


@pytest.mark.parametrize("delivery", TIMED, ids=by_scheme)
@pytest.mark.parametrize(("away", "accepted"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_five_minutes_either_way_are_tolerated(delivery: dict[str, Any], away: int, accepted: bool) -> None:
    assert judged(delivery, now=NOW + away).accepted is accepted


@pytest.mark.parametrize("delivery", TIMED, ids=by_scheme)
@pytest.mark.parametrize("time", ["", "soon", "-1", "1e9", "1795000000.5", "٣", "9" * 30])
def test_a_time_that_is_none_is_rejected(delivery: dict[str, Any], time: str) -> None:
    changed = {n: time if "timestamp" in n.lower() else v for n, v in delivery["headers"].items()}

    assert not judged(delivery, headers=changed).accepted


def test_any_of_several_signatures_may_fit() -> None:
    genuine = STANDARD["headers"]["webhook-signature"]
    several = {**STANDARD["headers"], "webhook-signature": f"v1,AAAA v2,what {genuine} v1,"}

    assert judged(STANDARD, headers=several).accepted


def test_a_standard_secret_needs_no_prefix() -> None:
    assert judged(STANDARD, secret=STANDARD["secret"].removeprefix("whsec_")).accepted


def test_a_signature_without_its_version_is_rejected() -> None:
    bare = STANDARD["headers"]["webhook-signature"].removeprefix("v1,")

    assert not judged(STANDARD, headers={**STANDARD["headers"], "webhook-signature": bare}).accepted


def test_an_ed25519_signature_is_accepted_from_its_public_key_only() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = key.sign(b"msg_test_1.1795000000." + STANDARD["body"])
    headers = {**STANDARD["headers"], "webhook-signature": "v1a," + base64.b64encode(signature).decode()}
    secrets = ["whpk_" + base64.b64encode(k.public_key().public_bytes_raw()).decode() for k in (key, other)]

    assert judged(STANDARD, headers=headers, secret=secrets[0]).accepted
    assert not judged(STANDARD, headers=headers, secret=secrets[1]).accepted
    assert not judged(STANDARD, secret=secrets[0]).accepted


def test_hubspot_may_sign_the_address_decoded_or_as_it_is() -> None:
    import hashlib
    import hmac

    url, decoded = "https://x.test/in?to=a%40b.test%2Cc&q=%20", "https://x.test/in?to=a@b.test,c&q=%20"
    for signed in (url, decoded):
        content = b"POST" + signed.encode() + HUBSPOT["body"] + b"1795000000000"
        signature = base64.b64encode(hmac.digest(b"hs-secret", content, hashlib.sha256)).decode()
        headers = {**HUBSPOT["headers"], "X-HubSpot-Signature-v3": signature}

        assert judged(HUBSPOT, headers=headers, url=url).accepted
        assert not judged(HUBSPOT, headers=headers, url=url + "&more=1").accepted


@pytest.mark.parametrize(
    "change", [{"method": "GET"}, {"url": "https://example.test/hooks/other"}, {"url": ""}]
)
def test_hubspot_signs_method_and_address(change: dict[str, str]) -> None:
    assert not judged(HUBSPOT, **change).accepted


@pytest.mark.parametrize("name", ["X-Signoff-Secret", "x-webhook-secret"])
def test_a_static_secret_may_come_in_its_own_header(name: str) -> None:
    assert judged(STATIC, headers={name: "s3cret"}).accepted
    assert not judged(STATIC, headers={name: "s3cre"}).accepted


@pytest.mark.parametrize(
    "value", ["s3cret", "Basic s3cret", "Bearer", "Bearer S3CRET", "Bearer s3cret x", "Bearers3cret"]
)
def test_an_authorization_that_is_not_the_bearer_secret_is_rejected(value: str) -> None:
    assert not judged(STATIC, headers={"Authorization": value}).accepted


def test_a_header_with_two_values_is_rejected() -> None:
    assert not judged(STATIC, headers={"X-Signoff-Secret": "s3cret", "x-signoff-secret": "other"}).accepted


def test_an_unknown_scheme_is_rejected() -> None:
    assert "standard" in judged(STATIC, scheme="none").reason


@pytest.mark.parametrize("delivery", GENUINE, ids=by_scheme)
def test_a_reason_tells_neither_secret_nor_signature(delivery: dict[str, Any]) -> None:
    reason = judged(delivery, body=b"other", headers=dict.fromkeys(delivery["headers"], "x")).reason

    assert delivery["secret"] not in reason
    assert not any(value in reason for value in delivery["headers"].values())


@settings(max_examples=300, deadline=None)
@given(
    scheme=st.sampled_from([*SCHEMES, "", "nope"]),
    secret=st.one_of(
        st.text(), st.just("whsec_"), st.just("whpk_AAAA"), st.just("whsk_x"), st.none(), st.integers()
    ),
    names=st.sampled_from([tuple(d["headers"]) for d in GENUINE]),
    values=st.lists(st.one_of(st.text(), st.just("1795000000"), st.integers()), min_size=3, max_size=3),
    url=st.text(),
    now=st.one_of(st.floats(), st.none()),
)
def test_nothing_malformed_raises_or_is_accepted(
    scheme: str, secret: Any, names: Any, values: list[Any], url: str, now: Any
) -> None:
    headers = dict(zip(names, values, strict=False))

    verdict = verify(scheme, secret, headers, b"{}", url=url, now=now)

    assert verdict.reason
    assert not verdict.accepted or (scheme == "static" and secret.strip() in str(headers.values()))

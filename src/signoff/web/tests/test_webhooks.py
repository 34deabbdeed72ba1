"""The page says how to send records, for each way of signing them; and a lost secret can be replaced."""

from __future__ import annotations

import re

import pytest

from signoff.accounts.models import AuditEntry
from signoff.integrations.models import Integration
from signoff.integrations.record_part import SCHEMES
from signoff.integrations.signing import new_secret
from signoff.web.tests import world

pytestmark = pytest.mark.django_db

PAGE = "/integrations/follow-up-after-demo/"
HEADERS = {
    "static": "X-Signoff-Secret",
    "standard": "webhook-signature",
    "hubspot-v3": "X-HubSpot-Signature-v3",
    "meta": "X-Hub-Signature-256",
    "slack": "X-Slack-Signature",
}


def by_webhook(**source):
    made = world.integration(world.person(), record={"when": "webhook", **source})
    world.connections()
    if source.get("signed") in ("static", "standard"):
        new_secret(made)
        made.save()
    return made


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_names_address_headers_and_secret_of_each_scheme(as_role, scheme):
    own = {} if scheme in ("static", "standard") else {"from": "gmail-sales"}
    made = by_webhook(signed=scheme, **own)

    page = as_role("owner").get(PAGE).content.decode()

    assert f"/in/{made.key}" in page
    assert HEADERS[scheme] in page
    assert ("Make a new secret" in page) is not own
    assert ("connection gmail-sales" in page) is bool(own)


def test_without_a_signature_the_page_says_that_the_address_is_the_secret(as_role):
    by_webhook()

    assert "Keep it like a password" in as_role("owner").get(PAGE).content.decode()


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_the_address_is_not_for_those_who_only_look(as_role, role):
    made = by_webhook(signed="static")
    client = as_role(role)

    assert made.key not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}secret/").status_code == 403


def test_a_new_secret_is_shown_once_and_the_one_before_holds_no_longer(as_role, client):
    made = by_webhook(signed="static")
    old = new_secret(made).reveal()
    made.save()
    owner = as_role("owner")

    page = owner.post(f"{PAGE}secret/").content.decode()

    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", page)
    assert secret != old
    assert secret not in owner.get(PAGE).content.decode()
    assert AuditEntry.objects.filter(did="replaced the secret of").exists()

    def send(with_secret):
        return client.post(
            f"/in/{made.key}",
            {"email": "ada@example.test"},
            content_type="application/json",
            headers={"X-Signoff-Secret": with_secret},
        ).status_code

    assert send(old) == 401
    assert send(secret) == 202


def test_a_get_makes_no_new_secret(as_role):
    made = by_webhook(signed="standard")

    answer = as_role("owner").get(f"{PAGE}secret/")

    assert answer.status_code == 303
    assert bytes(Integration.objects.get().secret_sealed) == bytes(made.secret_sealed)

"""The Connect page of a mailbox, against real servers: a wrong password, a right one, and one's own servers."""

from __future__ import annotations

import re

import pytest
from django.utils.html import escape

from signoff.connections.models import Connection
from signoff.connectors.mail import finding
from signoff.connectors.registry import manifests
from signoff.outbound import names

pytestmark = pytest.mark.django_db

PATH = "/connections/new/mail/"
PRESETS = manifests()["mail"].auth.presets


@pytest.fixture
def filled(mailroom, address):
    """What an owner enters for the practice mailbox: `filled(secret="wrong")`."""

    def form(**more):
        return {
            "name": "mail-support",
            "setting_provider": "any",
            "setting_address": address,
            "secret": mailroom.password,
            "setting_starts": "from people",
            "setting_folder": "INBOX",
            "setting_imap_host": "localhost",
            "setting_imap_port": str(mailroom.incoming.tls_port),
            "setting_imap_security": "tls",
            "setting_smtp_host": "localhost",
            "setting_smtp_port": str(mailroom.outgoing.tls_port),
            "setting_smtp_security": "tls",
            **more,
        }

    return form


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_provider_shows_its_own_way(as_role, preset):
    page = as_role("owner").get(f"{PATH}?provider={preset.name}").content.decode()

    chosen = manifests()["mail"].chosen({"provider": preset.name})
    assert f"<h1>Connect {preset.label}</h1>" in page
    assert all(escape(step) in page for step in chosen.auth.where)
    assert ('name="client_id"' in page) == (preset.kind == "oauth")
    assert ('name="secret"' in page) == (preset.kind != "oauth")
    assert ("Open the page for it" in page) == bool(preset.where_url)
    assert re.search(r'type="hidden" name="base_url"', page)


def test_the_address_stands_before_the_password(as_role):
    page = as_role("owner").get(PATH).content.decode()

    assert page.index('name="setting_address"') < page.index('name="secret"') < page.index("<details")
    assert page.index("<details") < page.index('name="setting_imap_host"')


def test_a_mailbox_is_connected_by_the_form(as_role, filled, address):
    answer = as_role("owner").post(PATH, filled())

    row = Connection.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/connections/{row.pk}/")
    assert (row.account_name, row.settings["imap_host"]) == (address, "localhost")
    page = as_role("owner").get(answer["Location"]).content.decode()
    assert f"localhost:{row.settings['imap_port']}, localhost:{row.settings['smtp_port']}" in page


def test_a_wrong_password_is_told_with_the_server_that_refused_it(as_role, filled):
    answer = as_role("owner").post(PATH, filled(secret="not the password"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The server for reading (IMAP), localhost, did not accept the address and the password." in page
    assert "not the password" not in page
    assert not Connection.objects.exists()


def test_where_the_servers_are_not_found_the_fields_for_them_are_opened(as_role, filled, monkeypatch):
    monkeypatch.setattr(names, "mail_hosts", lambda domain: [])
    monkeypatch.setattr(names, "services", lambda name: [])
    monkeypatch.setattr(finding, "PLACES", ())

    answer = as_role("owner").post(PATH, filled(setting_imap_host=""))

    page = answer.content.decode()
    assert "The mail servers of example.test were not found." in page
    assert "<details open>" in page


def test_a_new_password_needs_no_servers_again(as_role, filled, mailroom):
    as_role("owner").post(PATH, filled())
    row = Connection.objects.get()

    page = as_role("owner").get(f"{PATH}?replace={row.pk}").content.decode()
    answer = as_role("owner").post(f"{PATH}?replace={row.pk}", filled())

    assert f'value="{mailroom.incoming.tls_port}"' in page
    assert mailroom.password not in page
    assert answer.status_code == 303
    assert Connection.objects.count() == 1

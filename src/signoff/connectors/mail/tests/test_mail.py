"""What needs no server: which servers an address has, which folder is which, how a file names them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.mail.finding import servers_in
from signoff.connectors.mail.folders import folder_for
from signoff.connectors.mail.servers import hosting, known, mailbox_of
from signoff.connectors.mail.structure import _part, _tree
from signoff.connectors.registry import connector_class, manifests
from signoff.core.errors import InputRejected
from signoff.outbound.imap import Folder
from signoff.outbound.wire import Server

MAIL = manifests()["mail"]
PRESETS = MAIL.auth.presets


def preset(name):
    return next(one for one in PRESETS if one.name == name)


def place(**settings):
    return mailbox_of(
        {"address": "ada@lovelace.example", "imap_host": "imap.lovelace.example", **settings}, None
    )


class TestServers:
    @pytest.mark.parametrize(
        ("stated", "server"),
        [
            ({}, Server("imap.lovelace.example", 993, "tls")),
            ({"imap_port": "143"}, Server("imap.lovelace.example", 143, "starttls")),
            ({"imap_security": "starttls"}, Server("imap.lovelace.example", 143, "starttls")),
            ({"imap_port": "1993"}, Server("imap.lovelace.example", 1993, "tls")),
            ({"imap_port": "143", "imap_security": "tls"}, Server("imap.lovelace.example", 143, "tls")),
            (
                {"imap_host": "IMAPS://mail.lovelace.example:1993/"},
                Server("mail.lovelace.example", 1993, "tls"),
            ),
            ({"imap_host": "bücher.example"}, Server("xn--bcher-kva.example", 993, "tls")),
            ({"imap_host": "127.0.0.1:1143"}, Server("127.0.0.1", 1143, "starttls")),
        ],
    )
    def test_what_is_not_stated_follows_from_what_is(self, stated, server):
        assert place(**stated).imap == server

    def test_sending_is_at_port_465_or_587(self):
        assert place(smtp_host="smtp.x.example").smtp == Server("smtp.x.example", 465, "tls")
        assert place(smtp_host="smtp.x.example:587").smtp == Server("smtp.x.example", 587, "starttls")

    def test_without_a_server_for_sending_nothing_is_sent(self):
        assert place().smtp is None
        assert place(smtp_host="None").smtp is None

    @pytest.mark.parametrize("host", ["a b", "x/../y", "host\r\nA: b", "ho_st", "-x", "a" * 300, "user@host"])
    def test_what_is_no_servers_name_is_refused(self, host):
        with pytest.raises(InputRejected) as caught:
            place(imap_host=host)

        assert caught.value.field == "imap_host"

    def test_a_provider_with_several_homes_has_servers_for_each(self):
        gmx = preset("gmx")

        assert mailbox_of({"address": "a@gmx.at"}, gmx).imap.host == "imap.gmx.net"
        assert mailbox_of({"address": "a@gmx.com"}, gmx).imap.host == "imap.gmx.com"

    def test_no_address_belongs_to_two_providers(self):
        domains = [domain for one in PRESETS for domain in one.traits.get("domains", "").split()]

        assert len(domains) == len(set(domains))
        assert all(known(domain, PRESETS) for domain in domains)

    @pytest.mark.parametrize(
        ("host", "provider"),
        [
            ("aspmx.l.google.com", "gmail"),
            ("acme-com.mail.protection.outlook.com", "microsoft"),
            ("in1-smtp.messagingengine.com", "fastmail"),
            ("notgoogle.com", None),
            ("mx.google.com.thief.example", None),
        ],
    )
    def test_who_takes_a_domains_mail_tells_its_provider(self, host, provider):
        found = hosting([host], PRESETS)

        assert (found.name if found else None) == provider


class TestFolders:
    def test_a_mark_goes_before_a_name(self):
        folders = [Folder("Drafts", frozenset()), Folder("[Gmail]/Entwürfe", frozenset({"\\drafts"}))]

        assert folder_for("drafts", "", folders) == "[Gmail]/Entwürfe"

    @pytest.mark.parametrize(
        "name", ["Drafts", "INBOX.Drafts", "INBOX/Entwürfe", "Brouillons", "DRAFT", "下書き"]
    )
    def test_without_marks_a_name_is_known_in_many_languages(self, name):
        folders = [Folder("INBOX", frozenset()), Folder(name, frozenset())]

        assert folder_for("drafts", "", folders) == name
        assert folder_for("sent", "", folders) is None

    def test_what_the_owner_names_goes_before_both_and_must_exist(self):
        folders = [Folder("Drafts", frozenset({"\\drafts"})), Folder("Mine", frozenset())]

        assert folder_for("drafts", "Mine", folders) == "Mine"
        assert folder_for("drafts", "Another", folders) is None


class TestConfigurationFiles:
    @pytest.mark.parametrize(
        "file",
        [
            b"",
            b"<html>",
            b"<clientConfig/>",
            b"\xff\xfe",
            b"<clientConfig><emailProvider><incomingServer type='imap'><hostname>x</hostname>"
            b"<socketType>plain</socketType><authentication>password-cleartext</authentication></incomingServer>"
            b"</emailProvider></clientConfig>",
            b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><clientConfig>&b;</clientConfig>",
        ],
    )
    def test_a_file_that_names_no_encrypted_servers_names_none(self, file):
        assert servers_in(file, "ada@lovelace.example") == {}

    @given(st.binary(max_size=300))
    def test_no_file_makes_trouble(self, file):
        assert isinstance(servers_in(file, "ada@lovelace.example"), dict)


class TestStructure:
    def test_what_a_server_says_of_a_mail_becomes_its_parts(self):
        told = (
            [
                (b"TEXT", b"PLAIN", (b"CHARSET", b"utf-8"), None, None, b"BASE64", 20, 1, None, None, None, None),
                (
                    b"APPLICATION", b"PDF", (b"NAME", b"old.pdf"), None, None, b"BASE64", 9_000, None,
                    (b"ATTACHMENT", (b"FILENAME", b"offer.pdf")), None, None,
                ),
            ],
            b"MIXED",
        )  # fmt: skip

        tree = _tree(told, "", 0)

        assert [(one.number, one.type, one.name, one.is_attached) for one in tree.parts] == [
            ("1", "text/plain", "", False),
            ("2", "application/pdf", "offer.pdf", True),
        ]

    @given(
        st.recursive(
            st.none() | st.integers() | st.binary(max_size=5),
            lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=12).map(tuple),
            max_leaves=30,
        )
    )
    def test_nothing_that_a_server_says_makes_trouble(self, told):
        assert _part(_tree(told, "", 0)).type


def test_an_oauth_preset_signs_in_and_a_password_preset_does_not():
    assert MAIL.chosen({"provider": "microsoft"}).auth.kind == "oauth"
    assert MAIL.chosen({"provider": "gmail"}).auth.kind == "key"
    assert connector_class("mail").manifest.door == "mail"

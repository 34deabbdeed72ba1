"""Connecting a mailbox: by a password or a sign-in, at servers that are known, found or stated."""

from __future__ import annotations

import json

import pytest

from signoff.connections.client import client_for, manifest_of
from signoff.connections.connect import connect
from signoff.connections.ending import ends_on
from signoff.connections.models import Connection
from signoff.connections.signing_in import begin_sign_in, finish_sign_in
from signoff.connections.standing import check
from signoff.connectors.mail import finding
from signoff.core.errors import (
    CredentialRejected,
    InputRejected,
    PermissionMissing,
    SignoffError,
    Unavailable,
)
from signoff.core.secret import Secret
from signoff.outbound import names
from signoff.outbound.guard import AddressRefused
from signoff.outbound.tests.local import answer, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(mailroom, address):
    """Settings that lead to the practice mailbox: `at(smtp_host="none")`."""

    def settings(**more):
        return {
            "address": address,
            "imap_host": "localhost",
            "imap_port": str(mailroom.incoming.tls_port),
            "imap_security": "tls",
            "smtp_host": "localhost",
            "smtp_port": str(mailroom.outgoing.tls_port),
            "smtp_security": "tls",
            **more,
        }

    return settings


@pytest.fixture
def no_names(monkeypatch):
    """Nothing is found out from DNS: `no_names.setattr(...)` says something."""
    monkeypatch.setattr(names, "mail_hosts", lambda domain: [])
    monkeypatch.setattr(names, "services", lambda name: [])
    monkeypatch.setattr(finding, "PLACES", ())
    return monkeypatch


def join(settings, password, name="mail-support", **more):
    return connect("mail", name, Secret(password), settings=settings, **more)


class TestByAPassword:
    def test_a_mailbox_is_tested_at_both_servers_and_kept(self, at, mailroom, address):
        row = join(at(), mailroom.password)

        assert (row.state, row.account_id) == ("working", address)
        assert row.may == ["read e-mails", "create drafts", "send e-mails"]
        assert mailroom.password not in json.dumps(row.settings)
        assert check(row).state == "working"
        assert client_for(row).check().id == address

    def test_a_wrong_password_keeps_nothing_and_says_which_server_refused(self, at):
        with pytest.raises(CredentialRejected) as caught:
            join(at(), "wrong password")

        assert caught.value.owner_message == (
            "The server for reading (IMAP), localhost, did not accept the address and the password. "
            "Nothing was saved."
        )
        assert not Connection.objects.exists()

    def test_a_password_with_blanks_and_any_letters_is_kept_as_it_is(self, at, mailroom, monkeypatch):
        tried = []
        monkeypatch.setattr(
            "signoff.outbound.imap.Box.sign_in", lambda box, who: tried.append(who.secret.reveal())
        )
        monkeypatch.setattr(
            "signoff.outbound.smtp.Submission.sign_in", lambda box, who: tried.append(who.secret.reveal())
        )

        with pytest.raises(SignoffError):
            join(at(), " pässwort “mit” lücken \n")

        assert tried == ["pässwort “mit” lücken"]

    def test_the_gaps_that_google_shows_in_an_app_password_are_no_part_of_it(self, at, monkeypatch):
        tried = []
        monkeypatch.setattr(
            "signoff.outbound.imap.Box.sign_in", lambda box, who: tried.append(who.secret.reveal())
        )

        with pytest.raises(SignoffError):
            join(at(provider="gmail"), "abcd efgh\u00a0ijkl mnop")

        assert tried == ["abcdefghijklmnop"]

    def test_a_connection_that_stops_working_says_where(self, at, mailroom):
        row = join(at(), mailroom.password)
        mailroom.plan("AUTH", "switched_off")

        row = check(row)

        assert (row.state, row.trouble) == ("needs you", "permission")
        assert row.problem.startswith(
            "Reading the mailbox works, but the server for sending (SMTP), localhost,"
        )
        assert check(row).state == "working"

    def test_sending_that_is_switched_off_is_told_while_connecting(self, at, mailroom):
        mailroom.plan("AUTH", "switched_off")

        with pytest.raises(PermissionMissing) as caught:
            join(at(), mailroom.password)

        assert "Nothing was saved." in caught.value.owner_message
        assert "then try again" in caught.value.next_step

    def test_a_password_that_was_changed_is_replaced_under_the_same_name(self, at, mailroom):
        row = join(at(), mailroom.password)

        again = join({}, mailroom.password)

        assert again.pk == row.pk
        assert again.settings == row.settings

    def test_a_setting_that_is_stated_as_nothing_is_forgotten(self, at, mailroom):
        join(at(sender="Priya", starts="everything"), mailroom.password)

        row = join({"sender": "", "starts": ""}, mailroom.password)

        assert "sender" not in row.settings
        assert client_for(row).settings["starts"] == "from people"

    def test_another_mailbox_under_the_same_name_is_noticed(self, at, mailroom):
        join(at(), mailroom.password)

        with pytest.raises(InputRejected) as caught:
            join(at(address="another@example.test"), mailroom.password)

        assert "belongs to another@example.test" in caught.value.owner_message

    def test_a_server_in_the_house_is_reached_only_if_it_is_allowed(self, at, mailroom, monkeypatch):
        monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "")

        with pytest.raises(AddressRefused):
            join(at(), mailroom.password)

    def test_a_server_without_encryption_is_asked_only_if_it_is_allowed(self, at, mailroom, monkeypatch):
        plain = {"imap_port": str(mailroom.incoming.port), "imap_security": "plain"}
        assert join(at(**plain), mailroom.password).state == "working"
        monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "")

        with pytest.raises(AddressRefused) as caught:
            join(at(**plain), mailroom.password, name="another")

        assert "password would travel unprotected" in caught.value.owner_message

    def test_a_server_that_is_not_there_is_named(self, at, mailroom):
        with pytest.raises(Unavailable) as caught:
            join(at(imap_port="9"), mailroom.password)

        assert caught.value.owner_message == (
            "The mail server localhost does not answer at port 9. Nothing was sent. Nothing was saved."
        )

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"address": "not an address"}, "address"),
            ({"imap_host": "imap example com"}, "imap_host"),
            ({"imap_host": "localhost/../x"}, "imap_host"),
            ({"imap_port": "many"}, "imap_port"),
            ({"imap_port": "70000"}, "imap_port"),
            ({"imap_security": "none"}, "imap_security"),
        ],
    )
    def test_what_cannot_be_a_setting_is_named(self, at, mailroom, changed, field):
        with pytest.raises(InputRejected) as caught:
            join(at(**changed), mailroom.password)

        assert caught.value.field == field
        assert not Connection.objects.exists()


class TestWhereItIs:
    def test_a_known_address_chooses_its_provider(self, no_names, monkeypatch):
        seen = stop_before_connecting(monkeypatch)

        with pytest.raises(Reached):
            join({"address": "ada@gmail.com", "provider": "any"}, "abcdefghijklmnop")

        assert seen == [("imap.gmail.com", 993, "tls")]

    def test_a_domain_that_hands_its_mail_to_a_provider_chooses_it(self, no_names, monkeypatch):
        no_names.setattr(names, "mail_hosts", lambda domain: ["in1-smtp.messagingengine.com"])
        seen = stop_before_connecting(monkeypatch)

        with pytest.raises(Reached):
            join({"address": "ada@lovelace.example"}, "abcdefghijklmnop")

        assert seen == [("imap.fastmail.com", 993, "tls")]

    def test_a_mailbox_of_microsoft_is_not_asked_with_a_password(self, no_names):
        with pytest.raises(InputRejected) as caught:
            join({"address": "ada@outlook.com"}, "a password")

        assert "Microsoft 365 takes no passwords from other programs" in caught.value.owner_message

    def test_servers_that_a_domain_names_as_its_own_are_taken(self, no_names, monkeypatch):
        said = {
            "_imaps._tcp.lovelace.example": [("mail.lovelace.example", 993)],
            "_submission._tcp.lovelace.example": [("mail.lovelace.example", 587)],
        }
        no_names.setattr(names, "services", lambda name: said.get(name, []))
        seen = stop_before_connecting(monkeypatch)

        with pytest.raises(Reached):
            join({"address": "ada@lovelace.example"}, "a password")

        assert seen == [("mail.lovelace.example", 993, "tls")]

    def test_a_server_elsewhere_that_dns_alone_names_is_not_believed(self, no_names):
        no_names.setattr(names, "services", lambda name: [("mail.thief.example", 993)])

        with pytest.raises(InputRejected) as caught:
            join({"address": "ada@lovelace.example"}, "a password")

        assert caught.value.field == "imap_host"

    def test_the_file_that_mail_programs_look_for_is_read_too(self, no_names, monkeypatch):
        def told(asked):
            return answer(200, AUTOCONFIG) if asked.path == "/lovelace.example" else answer(404)

        seen = stop_before_connecting(monkeypatch)
        with local(told) as web:
            no_names.setattr(finding, "PLACES", (web.url + "/none/{domain}", web.url + "/{domain}"))
            with pytest.raises(Reached):
                join({"address": "ada@lovelace.example"}, "a password")

        assert seen == [("imap.host.example", 993, "tls")]
        assert all("ada" not in asked.target for asked in web.asked), "only the domain is told to anybody"

    def test_where_nothing_is_found_the_owner_is_asked(self, no_names):
        with pytest.raises(InputRejected) as caught:
            join({"address": "ada@lovelace.example"}, "a password")

        assert "State the server for reading (IMAP)" in caught.value.owner_message


class TestBySigningIn:
    @pytest.fixture
    def tokens(self, mailroom, address):
        """A token server as Microsoft's: it gives access tokens that both practice servers know."""
        given = []

        def told(asked):
            form = asked.form()
            if form.get("refresh_token", "rt-1") != "rt-1":
                return answer(400, {"error": "invalid_grant"})
            given.append(f"at-{len(given)}-{address}")
            mailroom.outgoing.tokens[given[-1]] = address
            return answer(200, {"access_token": given[-1], "refresh_token": "rt-1", "expires_in": 3600})

        with local(told) as server:
            server.given = given
            yield server

    def settings(self, at, **more):
        return at(provider="microsoft", **more)

    def grant(self, refresh="rt-1"):
        return json.dumps({"client_id": "c", "client_secret": "s", "refresh_token": refresh})

    def test_one_signs_in_at_the_provider_and_the_token_lets_in_at_both_servers(
        self, at, tokens, mailroom, address
    ):
        begun = begin_sign_in(
            "mail",
            "mail-support",
            "client",
            Secret("secret"),
            "http://localhost/back",
            tokens.url,
            self.settings(at),
        )
        assert begun.address.startswith(f"{tokens.url}/common/oauth2/v2.0/authorize?")
        assert "IMAP.AccessAsUser.All" in begun.address

        row = finish_sign_in(begun.state, {"code": "abc", "state": begun.state})

        assert (row.state, row.account_id) == ("working", address)
        assert manifest_of(row).name == "Microsoft 365"
        assert mailroom.outgoing.sign_ins[-1] == "XOAUTH2"

    def test_a_token_that_is_not_accepted_any_more_is_renewed_once(self, at, tokens, mailroom):
        row = connect("mail", "m", Secret(self.grant()), base_url=tokens.url, settings=self.settings(at))
        before = len(tokens.given)
        mailroom.outgoing.tokens.clear()

        assert client_for(row).check().may

        assert len(tokens.given) == before + 1

    def test_a_sign_in_that_has_ended_needs_its_owner(self, at, tokens):
        with pytest.raises(CredentialRejected) as caught:
            connect(
                "mail", "m", Secret(self.grant("rt-old")), base_url=tokens.url, settings=self.settings(at)
            )

        assert "sign-in at Microsoft 365 has ended" in caught.value.owner_message

    def test_the_providers_own_rule_about_unused_sign_ins_is_known(self, at, tokens):
        from datetime import timedelta

        row = connect("mail", "m", Secret(self.grant()), base_url=tokens.url, settings=self.settings(at))
        row.base_url = ""
        row.checked_at -= timedelta(days=80)

        assert "90 days" in ends_on(row).why


AUTOCONFIG = """<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="host.example">
  <incomingServer type="pop3"><hostname>pop.host.example</hostname><port>995</port><socketType>SSL</socketType>
    <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>
  <incomingServer type="imap"><hostname>imap.host.example</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
  <outgoingServer type="smtp"><hostname>smtp.host.example</hostname><port>587</port><socketType>STARTTLS</socketType>
    <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></outgoingServer>
</emailProvider></clientConfig>"""


class Reached(Exception):
    """A server was about to be asked."""


def stop_before_connecting(monkeypatch):
    """Note which server would be asked, and go no further."""
    seen = []

    def stop(wire, server, allow_hosts, silence_seconds):
        seen.append((server.host, server.port, server.security))
        raise Reached

    monkeypatch.setattr("signoff.outbound.wire.Wire.__init__", stop)
    return seen

"""Signing in at an MCP server that says itself how: found, made known, allowed, renewed, and ended."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from signoff.connections import choosing
from signoff.connections.client import client_for, forget
from signoff.connections.models import Connection
from signoff.connections.signing_in import begin_sign_in, finish_sign_in
from signoff.connections.standing import check
from signoff.connectors.mcp import connector
from signoff.connectors.mcp.tests.desk_server import serving
from signoff.connectors.mcp.tests.gate import Gate
from signoff.core import clock
from signoff.core.errors import CredentialRejected, InputRejected
from signoff.core.secret import Secret

pytestmark = pytest.mark.django_db
BACK = "http://127.0.0.1:8000/connections/callback/"
SIGN_IN = {"provider": "sign-in"}


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def desk(monkeypatch, gate):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    connector.forget_all()
    with serving(gate=gate.before) as running:
        yield running


def begin(desk, client_id="", secret=""):
    return begin_sign_in("mcp", "desk", client_id, Secret(secret), BACK, desk.url, SIGN_IN)


def allowed(begun):
    """Press Allow; returns what the browser brings back."""
    reply = httpx2.get(begun.address, follow_redirects=False)
    assert reply.status_code == 302, reply.text
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))


@pytest.fixture
def row(desk):
    begun = begin(desk)
    return finish_sign_in(begun.state, allowed(begun))


def test_a_person_signs_in_and_the_tools_can_be_used(row, desk, gate):
    (client,) = gate.clients.values()
    (asked,) = gate.asked

    assert row.state == "working"
    assert "The shop’s desk" in row.account_name
    assert client.client_name == "Signoff"
    assert [str(one) for one in client.redirect_uris] == [BACK]
    assert (asked.resource, asked.scopes) == (desk.url, ["desk"])
    choosing.choose(row, {"look_up": "read"})
    known = client_for(Connection.objects.get()).known("look_up", {"company": "Harbour Dental"})
    assert known == "Customer since 2019, pays late."


def test_what_ends_is_renewed_for_the_same_server_and_each_renewal_is_kept(row, gate):
    for _ in range(2):
        before = set(gate.access)
        gate.access.clear()
        Connection.objects.update(access_ends_at=clock.now())
        forget(row)

        assert check(row).state == "working"
        assert set(gate.access) - before
    assert len(gate.refreshing) == 1


def test_a_sign_in_that_is_taken_away_there_needs_somebody_and_is_begun_anew(row, desk, gate):
    gate.revoked = True
    Connection.objects.update(access_ends_at=clock.now())
    forget(row)

    assert check(row).state == "needs you"

    gate.revoked = False
    begun = begin(desk)
    assert finish_sign_in(begun.state, allowed(begun)).state == "working"
    assert Connection.objects.count() == 1


def test_a_client_of_ones_own_is_used_where_the_server_makes_none(monkeypatch):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    gate = Gate(registers=False)
    with serving(gate=gate.before) as desk:
        with pytest.raises(InputRejected, match="no registration") as refused:
            begin(desk)
        assert "our address for coming back" in refused.value.next_step

        from mcp.shared.auth import OAuthClientInformationFull

        gate.clients["mine"] = OAuthClientInformationFull(
            client_id="mine", client_secret="s3cret-of-mine", redirect_uris=[BACK],
            token_endpoint_auth_method="client_secret_post", scope="desk",
        )  # fmt: skip
        begun = begin(desk, "mine", "s3cret-of-mine")
        assert "s3cret-of-mine" not in begun.address
        assert finish_sign_in(begun.state, allowed(begun)).state == "working"


def test_nothing_of_what_opens_it_is_kept_in_the_open(row):
    kept = Connection.objects.values().get()

    plain = json.dumps({name: str(value) for name, value in kept.items() if not name.endswith("sealed")})
    assert "token" not in plain.replace("tokens_per_minute", "").replace("token_endpoint", "").lower()
    assert row.settings == SIGN_IN


def test_a_server_that_asks_nobody_to_sign_in_says_so(monkeypatch):
    monkeypatch.setenv("SIGNOFF_ALLOW_HOSTS", "127.0.0.1")
    with serving() as desk, pytest.raises(InputRejected) as refused:
        begin(desk)

    assert "asks nobody to sign in" in refused.value.owner_message
    assert not Connection.objects.exists()


def test_without_an_address_nothing_is_asked():
    with pytest.raises(InputRejected) as refused:
        begin_sign_in("mcp", "desk", "", Secret(""), BACK, "", SIGN_IN)

    assert "address of the server is missing" in refused.value.owner_message


def test_whoever_says_no_or_comes_back_with_nothing_saves_nothing(desk):
    begun = begin(desk)

    with pytest.raises(CredentialRejected):
        finish_sign_in(begun.state, {"error": "access_denied"})
    with pytest.raises(CredentialRejected):
        finish_sign_in(begun.state, {"code": "made-up"})

    assert not Connection.objects.exists()


def test_the_page_signs_in_without_a_client_of_ones_own(desk, as_owner):
    page = as_owner.get("/connections/new/mcp/?provider=sign-in").content.decode()
    assert "You sign in there" in page
    assert 'value="mcp-main"' in page
    form = {
        "name": "desk",
        "client_id": "",
        "client_secret": "",
        "base_url": desk.url,
        "setting_provider": "sign-in",
    }

    begun = as_owner.post("/connections/new/mcp/?provider=sign-in", form)
    assert begun.status_code == 200, begun.content.decode()
    address = begun.context["address"]
    back = httpx2.get(address, follow_redirects=False).headers["location"]
    done = as_owner.get("/connections/callback/?" + urlsplit(back).query)

    assert done["Location"] == f"/connections/{Connection.objects.get().pk}/tools/"


@pytest.fixture
def as_owner(db, client):
    from signoff.accounts.models import Person

    client.force_login(Person.objects.add("priya@example.test", None, "owner"))
    return client

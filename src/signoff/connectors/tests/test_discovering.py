"""How one signs in, as a stranger's server says it: what does not fit is refused in words."""

from __future__ import annotations

import pytest

from signoff.connectors.discovering import WayIn, discover, register
from signoff.core.errors import InputRejected, SignoffError
from signoff.core.secret import Secret
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

S256 = {"code_challenge_methods_supported": ["S256"]}


def to(address):
    return Door(address, app="A server", allow_hosts=HERE)


class Server:
    """Answers as a good server does; `other` replaces the answer at a path, `changes` a part of one."""

    def __init__(self, **changes):
        self.changes, self.other, self.url = changes, {}, ""

    def __call__(self, asked):
        if asked.path in self.other:
            return self.other[asked.path]
        if asked.path == "/mcp":
            where = f"{self.url}/.well-known/oauth-protected-resource/mcp"
            words = f'Bearer error="invalid_token", resource_metadata="{where}", scope="read write"'
            return answer(401, {}, {"www-authenticate": self.changes.get("challenge", words)})
        if asked.path == "/.well-known/oauth-protected-resource/mcp":
            return answer(200, {"resource": f"{self.url}/mcp", "authorization_servers": [f"{self.url}/who"],
                                "scopes_supported": ["all"], **self.changes.get("resource", {})})  # fmt: skip
        if asked.path == "/.well-known/oauth-authorization-server/who":
            told = {"issuer": f"{self.url}/who", "authorization_endpoint": f"{self.url}/authorize?x=1",
                    "token_endpoint": f"{self.url}/token", "registration_endpoint": f"{self.url}/register", **S256,
                    **self.changes.get("authority", {})}  # fmt: skip
            return answer(200, {name: value for name, value in told.items() if value is not None})
        return answer(404, {})


def found(server):
    with local(server) as running:
        server.url = running.url
        return discover(f"{running.url}/mcp", to, "A server")


def test_a_server_says_where_and_for_what_one_signs_in():
    server = Server()
    way = found(server)

    assert (way.resource, way.issuer) == (f"{server.url}/mcp", f"{server.url}/who")
    assert way.scopes == ("read", "write")
    page = way.address("me", "http://here/back", "state", "challenge")
    assert page.startswith(f"{server.url}/authorize?x=1&response_type=code&client_id=me")
    assert "code_challenge_method=S256" in page
    assert "resource=http" in page


def test_the_first_such_servers_say_less_and_are_found_all_the_same():
    server = Server(challenge="Bearer")
    server.other = {
        "/.well-known/oauth-protected-resource/mcp": answer(302, {}, {"location": "/login"}),
    }
    with local(server) as running:
        server.url = running.url
        page = {"issuer": f"{running.url}/", "authorization_endpoint": f"{running.url}/a",
                "token_endpoint": f"{running.url}/t", "scopes_supported": ["offline_access"], **S256}  # fmt: skip
        server.other["/.well-known/openid-configuration"] = answer(200, page)
        way = discover(f"{running.url}/mcp", to, "A server")

    assert (way.resource, way.scopes, way.register) == (f"{running.url}/mcp", ("offline_access",), "")
    with pytest.raises(InputRejected, match="no registration"):
        register(way, "http://here/back", to, "A server")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"resource": {"resource": "https://elsewhere.example.com/mcp"}}, "another address than its own"),
        ({"resource": {"resource": None}}, "another address than its own"),
        ({"resource": {"authorization_servers": ["https://10.0.0.7/"]}}, "private, or not encrypted"),
        ({"resource": {"authorization_servers": ["http://who.example.com/"]}}, "private, or not encrypted"),
        ({"resource": {"authorization_servers": ["https://[::1"]}}, "cannot be used"),
        ({"authority": {"issuer": "https://elsewhere.example.com"}}, "does not answer for themselves"),
        ({"authority": {"code_challenge_methods_supported": ["plain"]}}, "without PKCE"),
        ({"authority": {"code_challenge_methods_supported": None}}, "without PKCE"),
        ({"authority": {"token_endpoint": "http://token.example.com/"}}, "private, or not encrypted"),
        ({"authority": {"authorization_endpoint": "javascript:alert(1)"}}, "cannot be used"),
        ({"authority": {"token_endpoint": None}}, "does not say how one signs in"),
        ({"authority": {"registration_endpoint": "https://169.254.169.254/"}}, "private, or not encrypted"),
        ({"challenge": 'Bearer resource_metadata="http://192.168.1.1/x"'}, "private, or not encrypted"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changes, words):
    with pytest.raises(InputRejected) as refused:
        found(Server(**changes))

    assert words in refused.value.owner_message
    assert "Nothing was saved" in refused.value.next_step


@pytest.mark.parametrize("body", [b"[" * 50_000, b"\xff", b"[]", b"null", b"x" * 200_000])
def test_an_answer_that_cannot_be_read_is_none(body):
    server = Server()
    server.other = {"/.well-known/oauth-authorization-server/who": answer(200, body)}

    with pytest.raises(SignoffError):
        found(server)


def test_a_server_that_is_down_is_asked_later():
    server = Server()
    server.other = {"/.well-known/oauth-protected-resource/mcp": answer(503, {})}

    with pytest.raises(SignoffError) as refused:
        found(server)
    assert not isinstance(refused.value, InputRejected)


@pytest.mark.parametrize(
    ("methods", "wanted"),
    [
        (["none", "client_secret_post"], "none"),
        (["client_secret_basic", "client_secret_post"], "client_secret_post"),
        (None, "client_secret_basic"),
    ],
)
def test_it_makes_itself_known_by_the_way_that_the_server_takes(methods, wanted):
    server = Server(authority={"token_endpoint_auth_methods_supported": methods})
    server.other = {"/register": answer(201, {"client_id": "c-1", "client_secret": "s"})}
    with local(server) as running:
        server.url = running.url
        way = discover(f"{running.url}/mcp", to, "A server")
        client_id, secret = register(way, "http://here/back", to, "A server")

    assert running.asked[-1].json()["token_endpoint_auth_method"] == wanted
    assert (client_id, secret.reveal()) == ("c-1", "s")
    assert way.place(secret).by_header is ("client_secret_post" not in way.methods)


@pytest.mark.parametrize(
    "said", [answer(400, {"error": "no"}), answer(201, {"client_id": ""}), answer(201, [])]
)
def test_a_client_that_is_not_made_is_told(said):
    server = Server()
    server.other = {"/register": said}
    with local(server) as running:
        server.url = running.url
        way = discover(f"{running.url}/mcp", to, "A server")
        with pytest.raises(InputRejected) as refused:
            register(way, "http://here/back", to, "A server")

    assert "Make a client there" in refused.value.next_step


def test_who_comes_back_from_somebody_else_is_refused():
    way = WayIn("https://a/mcp", "https://who", "https://who/a", "https://who/t", "", (), (), True)

    way.refuse_another({"code": "x", "iss": "https://who"}, "A server")
    for params in ({"code": "x", "iss": "https://evil"}, {"code": "x"}):
        with pytest.raises(InputRejected):
            way.refuse_another(params, "A server")
    assert way.place(Secret("")).by_header is False

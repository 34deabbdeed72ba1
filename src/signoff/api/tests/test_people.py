"""People, sessions, keys and the trail by the API: with the right `people`, and an owner behind it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from signoff.accounts import invitations
from signoff.accounts.audit import holds
from signoff.accounts.models import ApiToken, AuditEntry, AuditSeal, Invitation, Person
from signoff.accounts.second_step import has_second_step
from signoff.accounts.sessions import sessions_of
from signoff.accounts.tests.test_sessions import signed_in
from signoff.accounts.tokens import make_token
from signoff.api.people import router
from signoff.api.tests.test_v1 import problem_of
from signoff.core import clock

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def owner(db, monkeypatch):
    monkeypatch.delenv("SIGNOFF_SMTP", raising=False)
    return Person.objects.add("priya@example.test", None, "owner", "Priya")


@pytest.fixture
def rui(db):
    return Person.objects.add("rui@example.test", None, "reviewer", "Rui")


@pytest.fixture
def ask(client, owner):
    """Ask as a program of the owner's: `ask("get", "/people")`."""
    headers = {"Authorization": f"Bearer {make_token('hr', owner, ['people']).reveal()}"}

    def send(method, path, body=None, **query):
        if method == "get":
            return client.get(API + path, query, headers=headers)
        return getattr(client, method)(
            API + path, body or {}, content_type="application/json", headers=headers
        )

    return send


def calls():
    """Every call of this part of the API, with something in each gap."""
    for path, view in router.path_operations.items():
        for operation in view.operations:
            for method in operation.methods:
                filled = path.format(person_id=1, email="a@b.test", session_id=1, token_id=1)
                yield method.lower(), API + filled


@pytest.mark.parametrize(("method", "path"), list(calls()))
def test_every_call_needs_the_right_and_an_owner(client, owner, token, method, path):
    for headers, status in (
        ({}, 401),
        (token("read", "review", "propose"), 403),
        (token("people", role="builder"), 403),
        (token("people", role="reviewer"), 403),
        (token("people", role="viewer"), 403),
    ):
        problem_of(getattr(client, method)(path, headers=headers), status)
    assert Person.objects.filter(is_active=True).count() == 5


def test_somebody_is_invited_by_a_link_that_lets_them_in(ask, owner):
    made = ask(
        "post", "/invitations", {"email": "Ines@example.test", "role": "reviewer", "groups": ["sales", "x"]}
    )

    assert made.status_code == 201
    assert made.json()["e_mailed"] is False
    text = made.json()["link"].split("/")[-2]
    listed = ask("get", "/invitations")
    assert [(i["email"], i["groups"], i["by"]) for i in listed.json()] == [
        ("ines@example.test", ["sales", "x"], owner.email)
    ]
    assert text not in listed.content.decode()
    person = invitations.accept(text, "Ines", "seven blue umbrellas")
    assert person.groups_csv == "sales,x"
    assert ask("get", "/invitations").json() == []
    entry = AuditEntry.objects.get(did="invited")
    assert entry.who == "Priya (by the key hr)"


def test_invitation_is_withdrawn_once(ask):
    ask("post", "/invitations", {"email": "ines@example.test", "role": "viewer"})

    assert ask("delete", "/invitations/ines@example.test").status_code == 204
    problem_of(ask("delete", "/invitations/ines@example.test"), 404)
    assert not invitations.pending().exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "x", "role": "viewer"},
        {"email": "a" * 300 + "@b.test", "role": "viewer"},
        {"email": "a\x00@b.test", "role": "viewer"},
        {"email": "a@b.test", "role": "god"},
        {"email": "a@b.test", "role": "viewer", "name": "x" * 121},
        {"email": "a@b.test", "role": "viewer", "name": "\x00"},
        {"email": "a@b.test", "role": "viewer", "groups": "sales"},
        {"email": "a@b.test", "role": "viewer", "groups": ["a,b"]},
        {"email": "a@b.test", "role": "viewer", "groups": ["x" * 40] * 6},
    ],
)
def test_invitation_that_is_none_is_told(ask, body):
    problem_of(ask("post", "/invitations", body), 422)

    assert not Invitation.objects.exists()


def test_address_of_somebody_who_is_here_is_refused(ask, rui):
    assert (
        "already"
        in problem_of(ask("post", "/invitations", {"email": rui.email, "role": "viewer"}), 409)["detail"]
    )


def test_people_are_listed_changed_and_removed(ask, owner, rui):
    signed_in(rui)
    theirs = make_token("n8n", rui, ["review"])
    assert [p["email"] for p in ask("get", "/people").json()] == [owner.email, rui.email]

    changed = ask("patch", f"/people/{rui.pk}", {"role": "builder", "groups": ["sales"]}).json()
    assert (changed["role"], changed["groups"], changed["name"]) == ("builder", ["sales"], "Rui")
    assert ask("patch", f"/people/{rui.pk}", {"name": "Rui C."}).json()["groups"] == ["sales"]
    removed = ask("delete", f"/people/{rui.pk}").json()

    assert removed == {
        "email": rui.email, "sessions_ended": 1, "tokens_ended": ["n8n"], "invitations_withdrawn": []
    }  # fmt: skip
    assert theirs.reveal() not in str(removed)
    assert ask("get", "/people").json()[1]["may_come_in"] is False
    for call in (
        ("delete", f"/people/{rui.pk}"),
        ("patch", f"/people/{rui.pk}"),
        ("patch", f"/people/{2**70}"),
    ):
        problem_of(ask(*call), 404)


def test_last_owner_stays(ask, owner):
    for call in (("delete", f"/people/{owner.pk}"), ("patch", f"/people/{owner.pk}", {"role": "viewer"})):
        assert "Make another person an owner first" in problem_of(ask(*call), 409)["detail"]
    owner.refresh_from_db()
    assert owner.may("people")


def test_sessions_are_listed_and_ended(ask, owner, rui):
    signed_in(rui), signed_in(rui), signed_in(owner)

    theirs = ask("get", "/sessions", person="RUI@example.test").json()
    assert [row["browser"] for row in theirs] == ["Firefox on Windows"] * 2
    assert len(ask("get", "/sessions").json()) == 3
    assert ask("delete", f"/sessions/{theirs[0]['id']}").json() == {"ended": 1}
    problem_of(ask("delete", f"/sessions/{theirs[0]['id']}"), 404)
    assert ask("post", f"/people/{rui.pk}/sign-out").json() == {"ended": 1}
    assert not sessions_of(rui).exists()
    assert sessions_of(owner).count() == 1


def test_lost_second_step_is_reset(ask, rui):
    from signoff.accounts.codes import begin_setup

    begin_setup(rui)
    rui.one_time_codes.update(confirmed_at=clock.now())

    assert ask("post", f"/people/{rui.pk}/second-step/reset").json()["second_step"] is False
    assert not has_second_step(rui)


def test_keys_are_listed_and_revoked_and_never_shown(ask, rui, client):
    secret = make_token("n8n", rui, ["review"], clock.now() + timedelta(days=3)).reveal()
    row = ApiToken.objects.get(name="n8n")

    listed = ask("get", "/tokens")
    assert [t["name"] for t in listed.json()] == ["hr", "n8n"]
    assert secret not in listed.content.decode()
    assert row.hash not in listed.content.decode()
    assert ask("delete", f"/tokens/{row.pk}").status_code == 204
    problem_of(ask("delete", f"/tokens/{row.pk}"), 404)
    problem_of(client.get(f"{API}/reviews", headers={"Authorization": f"Bearer {secret}"}), 401)
    assert [(t["name"], t["good"]) for t in ask("get", "/tokens", all="true").json()] == [
        ("hr", True),
        ("n8n", False),
    ]


def test_program_that_ends_its_own_key_is_out(ask):
    own = ApiToken.objects.get(name="hr")

    assert ask("delete", f"/tokens/{own.pk}").status_code == 204
    problem_of(ask("get", "/people"), 401)


def test_trail_is_read_in_pages_and_as_a_table(ask, rui):
    for name in ("A", "B", "C"):
        ask("patch", f"/people/{rui.pk}", {"groups": [name]})

    first = ask("get", "/audit", limit=2, what="rui@").json()
    rest = ask("get", "/audit", limit=2, what="rui@", before=first["next"]).json()
    assert [e["details"]["after"]["groups"] for e in first["items"] + rest["items"]] == ["C", "B", "A"]
    assert rest["next"] is None
    assert ask("get", "/audit", who="nobody").json() == {"items": [], "next": None}
    assert ask("get", "/audit", since=(clock.now() + timedelta(days=1)).isoformat()).json()["items"] == []

    table = ask("get", "/audit.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode("utf-8-sig"))))
    assert [row["hash"] for row in rows] == [e["hash"] for e in first["items"] + rest["items"]]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"since": "yesterday"}, {"who": "\x00"}, {"before": "x"}, {"what": "x" * 201}]
)
def test_question_about_the_trail_that_is_none_is_told(ask, query):
    problem_of(ask("get", "/audit", **query), 422)


def test_state_of_the_trail_tells_a_lost_seal(ask, rui):
    ask("patch", f"/people/{rui.pk}", {"role": "viewer"})
    state = ask("get", "/audit/state").json()
    assert (state["ok"], state["count"], state["problem"]) == (True, 1, "")
    assert holds(state["mark"])

    AuditSeal.objects.all().delete()

    assert ask("get", "/audit/state").json()["ok"] is False

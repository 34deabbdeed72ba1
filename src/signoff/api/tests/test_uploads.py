"""Spreadsheets by the API: handed in, asked about, taken away."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signoff.accounts.models import Person
from signoff.accounts.tokens import make_token
from signoff.engine import uploads as engine
from signoff.runs.models import Run, Upload
from signoff.runs.tests import tables
from signoff.sheets.tables import MOST_BYTES


@pytest.fixture
def into(house):
    return tables.integration()


@pytest.fixture
def token(into):
    return headers(Person.objects.get(role="owner"), "read", "propose")


def headers(person, *can):
    return {"Authorization": f"Bearer {make_token('test', person, can).reveal()}"}


def send(client, headers, data=None, name="leads.csv", **given):
    file = SimpleUploadedFile(name, data if data is not None else tables.table())
    form = {"integration": "write-to-a-list", **given, "file": file}
    return client.post("/api/v1/uploads", form, headers=headers)


def test_a_table_is_handed_in_watched_and_taken_away(client, token, into):
    reply = send(client, token)
    assert reply.status_code == 202, reply.content
    told = reply.json()
    assert (told["state"], told["count"], told["rows"]["waiting"]) == ("taking in", 3, 3)

    engine.take_in(told["id"])

    now = client.get(f"/api/v1/uploads/{told['id']}", headers=token).json()
    assert (now["state"], now["rows"]["taken"], now["runs"]) == ("done", 3, {"queued": 3})
    assert [one["id"] for one in client.get("/api/v1/uploads", headers=token).json()] == [told["id"]]
    runs = client.get(f"/api/v1/runs?upload={told['id']}", headers=token).json()["items"]
    assert {run["integration"] for run in runs} == {"write-to-a-list"}
    assert len(runs) == 3
    assert client.get("/api/v1/runs?upload=4711", headers=token).json()["items"] == []
    csv = b"".join(client.get(f"/api/v1/uploads/{told['id']}/results", headers=token).streaming_content)
    assert csv.decode("utf-8-sig").splitlines()[1].startswith("dana@example.com,Dana")
    xlsx = client.get(f"/api/v1/uploads/{told['id']}/results?format=xlsx", headers=token)
    assert b"".join(xlsx.streaming_content).startswith(b"PK")


def test_many_tables_are_counted_as_quickly_as_one(client, token, into):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            reply = client.get("/api/v1/uploads", headers=token)
        return len(queries), reply.json()

    first = send(client, token).json()["id"]
    engine.take_in(first)
    of_one, _ = statements()
    second = send(client, token, tables.table(tables.LINES[0], "zoe@example.com;Zoe;Zebra;Hello;1")).json()[
        "id"
    ]
    engine.take_in(second)
    third = send(client, token, tables.many(5), name="more.csv").json()["id"]

    of_three, told = statements()

    assert of_three == of_one
    assert [one["id"] for one in told] == [third, second, first]
    assert [one["rows"]["waiting"] for one in told] == [5, 0, 0]
    assert [one["rows"]["known"] for one in told] == [0, 1, 0]
    assert [one["runs"] for one in told] == [{}, {"queued": 1}, {"queued": 3}]
    assert [client.get(f"/api/v1/uploads/{one['id']}", headers=token).json() for one in told] == told


def test_a_dry_run_says_what_would_come_in_and_keeps_nothing(client, token, into):
    reply = send(client, token, tables.table(names="A;Vorname;Firma;Nachricht;Nr"), dry_run="true")
    assert reply.status_code == 200
    assert reply.json()["problems"][0].startswith("Choose the column that holds “email”")

    mapped = send(
        client, token, tables.table(names="A;Vorname;Firma;Nachricht;Nr"), dry_run="true", map=["A=email"]
    )
    assert (mapped.json()["takes_in"], mapped.json()["problems"]) == (3, [])
    assert mapped.json()["mapping"]["email"] == "A"
    assert not Upload.objects.exists()


def test_the_same_file_again_is_a_conflict_until_somebody_says_what_is_meant(client, token, into):
    engine.take_in(send(client, token).json()["id"])

    refused = send(client, token)
    assert refused.status_code == 409
    assert "This very file was uploaded before" in refused.json()["detail"]
    assert Upload.objects.count() == 1
    assert send(client, token, repeat="all").status_code == 202


@pytest.mark.parametrize(
    ("given", "status", "says"),
    [
        ({"integration": "nobody"}, 404, "No integration is named nobody"),
        ({"integration": "follow-up-new-leads"}, 409, "gets its records from hubspot-main"),
        ({"map": "A=b"}, 409, "The table has no column “A”"),
        ({"map": "E-Mail=b"}, 409, "knows no field “b”"),
        ({"data": b"%PDF-1.4"}, 422, "This is no table"),
        ({"data": b"a" * (MOST_BYTES + 5)}, 413, "20 MB"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_in_is_a_problem_and_leaves_nothing(client, token, into, given, status, says):
    reply = send(client, token, **given)

    assert reply.status_code == status, reply.content
    assert says in reply.json()["detail"]
    assert not Upload.objects.exists()
    assert not Run.objects.filter(integration=into).exists()


def test_stopping_and_going_on(client, token, into):
    upload_id = send(client, token).json()["id"]

    assert client.post(f"/api/v1/uploads/{upload_id}/stop", headers=token).json()["state"] == "stopped"
    assert client.post(f"/api/v1/uploads/{upload_id}/stop", headers=token).status_code == 409
    assert client.post(f"/api/v1/uploads/{upload_id}/go-on", headers=token).json()["state"] == "taking in"
    assert client.get("/api/v1/uploads/99999", headers=token).status_code == 404


def test_a_token_that_may_only_read_hands_nothing_in(client, into):
    owner = Person.objects.get(role="owner")
    reviewer = Person.objects.add("rui@example.test", "a long enough password", "reviewer", "Rui")

    assert send(client, headers(owner, "read")).status_code == 403
    assert send(client, headers(reviewer, "propose")).status_code == 403
    assert client.post("/api/v1/uploads").status_code == 401
    assert (
        json.loads(client.get("/api/v1/uploads", headers=headers(reviewer, "read")).content)["status"] == 403
    )

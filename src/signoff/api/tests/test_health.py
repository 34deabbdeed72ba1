"""Alive, and ready."""

from __future__ import annotations

from django.db import connection


def test_a_process_that_answers_is_alive(client):
    assert client.get("/healthz").content == b"ok\n"


def beat():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


def test_it_is_ready_when_database_worker_and_key_are_there(client, db):
    beat()

    reply = client.get("/readyz")

    assert reply.status_code == 200
    assert reply.json() == {"ready": True, "database": True, "engine": True, "key": True}


def test_without_a_worker_it_is_not_ready(client, db):
    reply = client.get("/readyz")

    assert reply.status_code == 503
    assert reply.json() == {"ready": False, "database": True, "engine": False, "key": True}


def test_without_its_key_it_is_not_ready(client, house, monkeypatch):
    beat()
    assert client.get("/readyz").json()["key"] is True

    monkeypatch.setenv("SIGNOFF_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")

    assert client.get("/readyz").json()["key"] is False

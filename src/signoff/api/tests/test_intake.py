"""Intake: a record is stored before it is acknowledged, once, and what cannot be used is refused in words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.api.intake import forget_all
from signoff.engine import verbs
from signoff.runs.models import Run

RECORD = {"email": "dana@example.test", "question": "Do you open on Sundays?"}


def problem_of(reply, status):
    assert reply.status_code == status, reply.content
    assert reply["Content-Type"] == "application/problem+json"
    document = reply.json()
    assert document["status"] == status
    assert document["title"]
    assert document["type"]
    assert document["detail"].endswith((".", "json"))
    return document["detail"]


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'advance'")
        return cursor.fetchone()[0]


def test_a_record_is_stored_with_its_job_and_acknowledged(post):
    reply = post(RECORD)

    assert reply.status_code == 202
    run = Run.objects.get(pk=reply.json()["run"])
    assert run.record == RECORD
    assert reply.json()["status"] == run.state == "queued"
    assert jobs() == 1


def test_the_whole_way_of_a_record_ends_in_a_note(post, house, work_off, practice):
    from signoff.review.models import Review

    (address,) = (house.contact(house.lead())["email"],)
    run_id = post({"email": address, "question": "How much is it?"}).json()["run"]
    work_off()
    review = Review.objects.get(run_id=run_id)
    verbs.decide(review.pk, "approved", house.owner, review.content_hash)
    Run.objects.filter(pk=run_id).update(deliver_at=None)  # the time to undo is over
    work_off(also_later=True)

    assert Run.objects.get(pk=run_id).state == "done"


@pytest.mark.parametrize("header", ["Idempotency_Key", "Webhook_Id", "X_Event_Id"])
def test_the_same_event_again_is_the_same_run(post, header):
    first = post(RECORD, **{header: "evt-1"})
    again = post({**RECORD, "more": 1}, **{header: "evt-1"})
    other = post(RECORD, **{header: "evt-2"})

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 202)
    assert first.json()["run"] == again.json()["run"] != other.json()["run"]
    assert again.json()["status"] == "queued"
    assert jobs() == 2


def test_the_same_record_again_is_the_same_run_whatever_its_order(post):
    first = post(RECORD)
    again = post(dict(reversed(RECORD.items())))

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["run"] == again.json()["run"]


def test_a_record_that_is_done_says_so_when_it_comes_again(post):
    run_id = post(RECORD).json()["run"]
    Run.objects.filter(pk=run_id).update(state="done")

    assert post(RECORD).json() == {"run": run_id, "status": "done"}


def test_long_ids_that_begin_alike_are_two(post):
    long = "e" * 300

    assert post(RECORD, Idempotency_Key=long + "1").status_code == 202
    assert post(RECORD, Idempotency_Key=long + "2").status_code == 202
    assert post(RECORD, Idempotency_Key=long + "1").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_event_five_times_at_once_is_one_run(practice, put):
    from conftest import furnish

    furnish(practice)
    shop = put()[0]
    before = jobs()  # another test's, which no flush takes away: they are in a table that is not Django's

    def send(_):
        try:
            return Client().post(
                f"/in/{shop.key}", RECORD, content_type="application/json", headers={"Idempotency-Key": "e"}
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(send, range(5)))

    assert sorted(reply.status_code for reply in replies) == [200, 200, 200, 200, 202]
    assert len({reply.json()["run"] for reply in replies}) == 1
    assert Run.objects.count() == jobs() - before == 1


class TestForms:
    def test_a_form_is_a_record(self, post):
        reply = post(
            urlencode({"email": "dana@example.test", "name": "Dana Wé"}).encode() + b"&tag=a&tag=b&empty=",
            "application/x-www-form-urlencoded",
        )

        record = Run.objects.get(pk=reply.json()["run"]).record
        assert record == {"email": "dana@example.test", "name": "Dana Wé", "tag": ["a", "b"], "empty": ""}

    def test_a_form_in_parts_is_a_record(self, client, shop):
        reply = client.post(f"/in/{shop.key}", {"email": "dana@example.test", "tag": ["a", "b"]})

        assert Run.objects.get(pk=reply.json()["run"]).record == {
            "email": "dana@example.test",
            "tag": ["a", "b"],
        }

    def test_a_file_in_a_form_is_refused_and_not_dropped(self, client, shop):
        from django.core.files.base import ContentFile

        reply = client.post(f"/in/{shop.key}", {"email": "a@b.test", "cv": ContentFile(b"x", "cv.pdf")})

        assert "file" in problem_of(reply, 400)

    @pytest.mark.parametrize(
        "body", [b"a=%ff", b"a=\xff", b"a=%00", b"", b"&".join(b"a=1" for _ in range(600))]
    )
    def test_a_form_that_cannot_be_used_is_refused(self, post, body):
        problem_of(post(body, "application/x-www-form-urlencoded"), 400)

        assert not Run.objects.exists()

    @pytest.mark.parametrize(
        "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary="]
    )
    def test_a_form_in_parts_that_is_none_is_refused(self, post, kind):
        problem_of(post(b"nothing of the kind", kind), 400)


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"", "not JSON"),
            (b"hello", "not JSON"),
            (b'{"a": 1', "not JSON"),
            (b'{"a": NaN}', "not JSON"),
            (b'{"a": Infinity}', "not JSON"),
            (b'{"a": 1e999}', "too large"),
            (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
            (b"[]", "one JSON object"),
            (b'[{"a": 1}]', "one JSON object"),
            (b'"text"', "one JSON object"),
            (b"null", "one JSON object"),
            (b"12", "one JSON object"),
            (b"{}", "empty"),
            (b'{"a": "\xff"}', "UTF-8"),
            ('{"a": "é"}'.encode("utf-16"), "UTF-8"),
            (b'{"a": "x\\u0000y"}', "NUL"),
            (b'{"a\\u0000": 1}', "NUL"),
            (b'{"a": [{"b": "\\u0000"}]}', "NUL"),
            (b'{"a": "\\ud800"}', "half of a pair"),
            (b'{"\\udfff": 1}', "half of a pair"),
            (b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}", "too deep"),
            (b'{"a": ' * 50 + b"1" + b"}" * 50, "too deep"),
            (b"[" * 100_000, "too deep"),
            (b'{"a": ' * 20_000, "too deep"),
        ],
    )
    def test_a_record_that_cannot_be_used_is_refused_and_not_stored(self, post, body, words):
        assert words in problem_of(post(body), 400)
        assert not Run.objects.exists()
        assert jobs() == 0

    @pytest.mark.parametrize(
        "body",
        [
            b'\xef\xbb\xbf{"a": 1}',
            b'{"a": "\\\\u0000 is how one writes it"}',
            b'{"a": "\\ud83d\\ude00"}',
            '{"ключ": "значение", "emoji": "😀"}'.encode(),
            b'{"a": "' + b"[" * 9000 + b'"}',
            b'{"a": 1.5, "b": -0.0, "c": 123456789012345678901234567890}',
            b'{"id": {"deep": [1]}, "name": ["a"]}',
            b'{"": "no name"}',
        ],
    )
    def test_a_strange_record_that_can_be_used_is_stored_as_it_is(self, post, body):
        reply = post(body)

        assert reply.status_code == 202, reply.content
        assert Run.objects.get(pk=reply.json()["run"]).record == json.loads(body.decode("utf-8-sig"))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=60) | st.text(max_size=40).map(lambda t: json.dumps({"a": t, t: 1}).encode()))
    def test_no_body_makes_it_fail(self, post, body):
        assert post(body).status_code in (200, 202, 400)

    def test_a_record_that_is_too_large_is_refused_before_it_is_read(self, post):
        assert "1000 kB" in problem_of(post({"a": "x" * 1_000_001}), 413)
        assert post({"a": "x" * 990_000}).status_code == 202

    @pytest.mark.parametrize(
        "key",
        [
            "x",
            "a" * 32,
            "a" * 5000,
            "%00" * 20,
            "%ff%fe" * 10,
            "..%2F..%2Fetc",
            "é" * 20,
            "'; DROP TABLE runs;--aaaa",
        ],
    )
    def test_an_address_that_does_not_exist_is_told(self, client, shop, key):
        reply = client.post(f"/in/{key}", RECORD, content_type="application/json")

        assert reply.status_code == 404
        assert "%" in key or problem_of(reply, 404)

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
    def test_only_a_post_hands_in_a_record(self, client, shop, method):
        reply = getattr(client, method)(f"/in/{shop.key}")

        assert reply.status_code == 405
        assert reply["Allow"] == "POST"
        assert not Run.objects.exists()

    def test_an_integration_that_is_off_keeps_nothing(self, post, shop):
        verbs.switch(shop, False)

        assert "switched off" in problem_of(post(RECORD), 409)
        assert not Run.objects.exists()

    def test_an_integration_without_a_version_is_not_there(self, db, client):
        from signoff.integrations.models import Integration

        empty = Integration.objects.create(name="empty", is_on=True)

        problem_of(client.post(f"/in/{empty.key}", RECORD, content_type="application/json"), 404)

    def test_a_cut_off_body_is_refused(self, client, shop):
        whole = {
            "CONTENT_LENGTH": "500",
            "wsgi.input": BytesIO(b'{"a": 1}'),
            "CONTENT_TYPE": "application/json",
        }

        reply = client.post(f"/in/{shop.key}", **whole)

        problem_of(reply, 400)


def test_only_if_leaves_a_record_out(house, client, put):

    shop, _ = put("when: webhook", "when: webhook\n  only_if: {kind: [sale, rent]}")

    def send(kind):
        return client.post(f"/in/{shop.key}", {**RECORD, "kind": kind}, content_type="application/json")

    assert send("sale").status_code == 202
    assert send("spam").json()["status"] == "not wanted"
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_when_the_database_is_away_nothing_is_half_written(practice, monkeypatch, put):
    from django.db import OperationalError

    from conftest import furnish

    furnish(practice)
    shop = put()[0]

    def full(*args, **more):
        raise OperationalError("could not extend file: No space left on device")

    # The run is inserted by then, and the job is not: both must be gone.
    monkeypatch.setattr("signoff.engine.verbs.defer", full)
    reply = Client().post(f"/in/{shop.key}", RECORD, content_type="application/json")

    assert "send it again" in problem_of(reply, 503)
    assert int(reply["Retry-After"]) > 0
    assert not Run.objects.exists()


class TestSigned:
    @pytest.fixture
    def integration(self, put):
        return lambda scheme: put("when: webhook", f"when: webhook\n  signed: {scheme}")

    def send(self, shop, body, headers):
        return Client().post(f"/in/{shop.key}", body, content_type="application/json", headers=headers)

    def standard(self, secret, body, at=None, identity="msg_1"):
        at = str(int(at or time.time()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{identity}.{at}.".encode() + body, "sha256")).decode()
        return {"Webhook-Id": identity, "Webhook-Timestamp": at, "Webhook-Signature": f"v1,{signature}"}

    def test_a_genuine_record_is_let_in_and_its_copy_is_the_same_run(self, house, integration):
        shop, one = integration("standard")
        body = json.dumps(RECORD).encode()
        headers = self.standard(one.signing_secret.reveal(), body)

        first, again = self.send(shop, body, headers), self.send(shop, body, headers)

        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["run"] == again.json()["run"]

    @pytest.mark.parametrize(
        "fault", ["other secret", "other body", "old", "ahead", "no headers", "no signature"]
    )
    def test_a_forged_old_or_unsigned_record_is_refused_and_not_stored(self, house, integration, fault):
        shop, one = integration("standard")
        secret = one.signing_secret.reveal()
        body = json.dumps(RECORD).encode()
        headers = {
            "other secret": lambda: self.standard("whsec_" + base64.b64encode(b"x" * 32).decode(), body),
            "other body": lambda: self.standard(secret, body + b" "),
            "old": lambda: self.standard(secret, body, time.time() - 400),
            "ahead": lambda: self.standard(secret, body, time.time() + 400),
            "no headers": dict,
            "no signature": lambda: self.standard(secret, body) | {"Webhook-Signature": "v1,"},
        }[fault]()

        told = problem_of(self.send(shop, body, headers), 401)

        assert secret not in told
        assert not Run.objects.exists()

    def test_a_static_secret_lets_in(self, house, integration):
        shop, one = integration("static")
        secret = one.signing_secret.reveal()

        assert self.send(shop, RECORD, {"Authorization": f"Bearer {secret}"}).status_code == 202
        problem_of(self.send(shop, RECORD, {"Authorization": "Bearer other"}), 401)
        problem_of(self.send(shop, RECORD, {}), 401)

    def test_an_integration_that_is_off_does_not_tell_a_stranger_so(self, house, integration):
        shop, _ = integration("static")
        verbs.switch(shop, False)

        problem_of(self.send(shop, RECORD, {}), 401)

    def test_the_secret_of_a_connection_is_used(self, house, put):
        from signoff.connections.connect import connect
        from signoff.core.secret import Secret

        connect("webhook", "slack-signing", Secret("8f742231b10e8888abcd99yyyzzz85a5"))
        shop, _ = put("when: webhook", "when: webhook\n  from: slack-signing\n  signed: slack")
        at = str(int(time.time()))

        def signed(body):
            digest = hmac.new(
                b"8f742231b10e8888abcd99yyyzzz85a5", f"v0:{at}:".encode() + body, hashlib.sha256
            )
            return {"X-Slack-Signature": "v0=" + digest.hexdigest(), "X-Slack-Request-Timestamp": at}

        body = json.dumps(RECORD).encode()
        challenge = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()

        assert self.send(shop, body, signed(body)).status_code == 202
        problem_of(self.send(shop, body + b" ", signed(body)), 401)
        assert self.send(shop, challenge, signed(challenge)).json() == {"challenge": "3eZbrw1a"}
        problem_of(self.send(shop, challenge, {}), 401)
        assert Run.objects.count() == 1

    def test_a_secret_that_does_not_open_is_told_as_later_and_nothing_is_stored(self, house, integration):
        shop, one = integration("standard")
        body = json.dumps(RECORD).encode()
        headers = self.standard(one.signing_secret.reveal(), body)
        shop.secret_sealed = bytes(shop.secret_sealed[:-1]) + b"\0"
        shop.save(update_fields=["secret_sealed"])
        forget_all()

        reply = self.send(shop, body, headers)

        assert "send it again" in problem_of(reply, 503)
        assert int(reply["Retry-After"]) > 0
        assert not Run.objects.exists()

    def test_a_connections_secret_that_does_not_open_is_told_as_later(self, house, put):
        from signoff.connections.connect import connect
        from signoff.connections.models import Connection
        from signoff.core.secret import Secret

        connect("webhook", "slack-signing", Secret("8f742231b10e8888abcd99yyyzzz85a5"))
        shop, _ = put("when: webhook", "when: webhook\n  from: slack-signing\n  signed: slack")
        Connection.objects.filter(name="slack-signing").update(sealed=b"nothing that opens")

        assert "send it again" in problem_of(self.send(shop, RECORD, {}), 503)

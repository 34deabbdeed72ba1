"""What an app tells us by itself: believed only when it signed it, stored whole before it hears 200, and once."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.api.tests.conftest import put_into_force
from signoff.api.tests.pager import SECRET, WORD, installed, signed, told
from signoff.api.tests.test_intake import jobs, problem_of
from signoff.engine import verbs
from signoff.runs.models import LastWord, Run, Source

FILE = """\
name: NAME
record: {from: CONNECTION, when: WHEN}
prompt: {ai: openai-main, model: gpt-4o, task: Answer the page.}
answer: {body: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {body: answer.body}
"""


@pytest.fixture(autouse=True)
def pager(db, practice):
    """The app, and the two connections that its integrations name beside it."""
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret
    from signoff_sandbox.testing import HUBSPOT_KEY, OPENAI_KEY

    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=practice.hubspot)
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1")
    with installed():
        yield


def connect(name="pager-main", **stated):
    from signoff.connections.connect import connect
    from signoff.core.secret import Secret

    return connect("pager", name, Secret("k"), settings={"signing": SECRET, "word": WORD, **stated})


def put(name="pages", connection="pager-main", when="paged", on=True, also=""):
    text = FILE.replace("NAME", name).replace("CONNECTION", connection).replace("WHEN", when + also)
    return put_into_force(text, on)[0]


@pytest.fixture
def pages():
    connect()
    return put()


def test_everything_in_one_request_is_stored_with_its_jobs(client, pages):
    reply = told(client, pages.key, [{"id": 1, "text": "a"}, {"id": 2, "text": "b", "from": "Dana"}])

    assert reply.status_code == 200
    assert reply.json() == {"new": 2, "known": 0, "receipts": 0}
    runs = {run.object_id: run for run in Run.objects.all()}
    assert runs["2"].record == {"id": 2, "text": "b"}
    assert runs["2"].label == "Dana"
    assert runs["1"].timeline[0]["what"] == "Pager told us: paged"
    assert jobs() == 2


def test_what_is_told_again_is_the_same_run(client, pages):
    told(client, pages.key, [{"id": 1}])

    again = told(client, pages.key, [{"id": 1}, {"id": 1}, {"id": 2}])

    assert again.json() == {"new": 1, "known": 1, "receipts": 0}
    assert Run.objects.count() == jobs() == 2


@pytest.mark.parametrize("fault", ["other secret", "other body", "unsigned"])
def test_what_the_app_did_not_sign_is_refused_and_not_stored(client, pages, fault):
    body = b'[{"id": 1}]'
    headers = {
        "other secret": signed(body, "another"),
        "other body": signed(body + b" "),
        "unsigned": {},
    }[fault]

    reply = client.post(f"/in/{pages.key}", body, content_type="application/json", headers=headers)

    assert SECRET not in problem_of(reply, 401)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"hello", b'{"id": 1}', b"[" * 100_000, b"[1e999]", b"[NaN]", b"\xff", b'["\\ud800"']
)
def test_what_cannot_be_read_is_refused_although_it_is_signed(client, pages, body):
    problem_of(told(client, pages.key, body), 400)

    assert not Run.objects.exists()


def test_text_that_no_database_stores_is_stored_without_it(client, pages):
    assert told(client, pages.key, b'[{"id": 1, "text": "a\\u0000b\\ud800"}]').json()["new"] == 1

    assert Run.objects.get().record["text"] == "ab?"


def test_too_much_is_refused_unread(client, pages):
    problem_of(told(client, pages.key, [{"id": 1, "text": "x" * 1_000_001}]), 413)


def test_a_question_whether_the_address_is_ours_is_answered_and_does_nothing(client, pages):
    asked = client.get(f"/in/{pages.key}?word={WORD}")

    assert (asked.status_code, asked.content) == (200, b"here I am")
    assert asked["Content-Type"].startswith("text/plain")
    problem_of(client.get(f"/in/{pages.key}?word=guess"), 403)
    assert client.get(f"/in/{pages.key}").status_code == 405
    assert client.get(f"/in/{pages.key}?id=1").status_code == 405
    assert not Run.objects.exists()


def test_only_an_app_that_tells_by_itself_is_asked_by_get(client):
    polled = put("leads", "hubspot-main", "contact_created")

    assert client.get(f"/in/{polled.key}?word={WORD}").status_code == 405


def test_every_integration_that_listens_to_the_app_hears_it(client, pages):
    connect("pager-other", account="2")
    second, other = put("second", also=", only_if: {text: b}"), put("other", "pager-other")

    told(client, pages.key, [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}, {"id": 3, "account": "2"}])

    assert sorted(pages.runs.values_list("object_id", flat=True)) == ["1", "2"]
    assert list(second.runs.values_list("object_id", flat=True)) == ["2"]
    assert list(other.runs.values_list("object_id", flat=True)) == ["3"]


def test_another_account_with_another_secret_hears_only_what_it_signed(client, pages):
    connect("pager-other", signing="the-other-secret", account="2")
    other = put("other", "pager-other")

    told(client, pages.key, [{"id": 1}, {"id": 2, "account": "2"}])
    told(client, pages.key, [{"id": 3}, {"id": 4, "account": "2"}], "the-other-secret")

    assert list(pages.runs.values_list("object_id", flat=True)) == ["1"]
    assert list(other.runs.values_list("object_id", flat=True)) == ["4"]


def test_switched_off_it_keeps_nothing_and_lets_the_app_keep_it(client, pages):
    verbs.switch(pages, False)

    assert "switched off" in problem_of(told(client, pages.key, [{"id": 1}]), 409)
    assert told(client, pages.key, []).status_code == 200
    put("second")
    assert told(client, pages.key, [{"id": 1}]).json()["new"] == 1
    assert not pages.runs.exists()


def test_when_somebody_wrote_is_noted_under_no_name(client, pages):
    told(client, pages.key, [{"id": 1, "from": "Dana"}, {"id": 2, "from": "Dana"}])

    word = LastWord.objects.get()
    assert "Dana" not in word.whom
    assert word.at.isoformat() == "2026-11-23T12:00:00+00:00"


def test_it_is_not_asked_for_what_it_tells(pages):
    assert not Source.objects.filter(integration=pages).exists()
    assert Source.objects.filter(integration=put("both", when="paged_or_found")).exists()


def test_an_integration_that_is_told_from_now_on_is_not_asked_any_more(pages):
    both = put("both", when="paged_or_found")
    put("both")

    assert not Source.objects.filter(integration=both).exists()


class TestApply:
    def faults(self, text):
        from signoff.integrations.apply import apply
        from signoff.integrations.file import read_text

        return [fault.what for fault in apply([read_text(text)]).faults]

    def test_without_the_secret_it_says_how_to_store_it(self):
        from signoff.connections.connect import connect
        from signoff.core.secret import Secret

        connect("pager", "pager-main", Secret("k"))
        text = FILE.replace("NAME", "pages").replace("CONNECTION", "pager-main")

        (fault,) = self.faults(text.replace("WHEN", "paged"))

        assert "“Signing secret” is not stored" in fault
        assert "signoff connect pager --name pager-main --set-env signing=VAR" in fault
        assert self.faults(text.replace("WHEN", "paged_or_found")) == []

    def test_it_has_no_schedule(self):
        connect()
        text = FILE.replace("NAME", "pages").replace("CONNECTION", "pager-main")

        (fault,) = self.faults(text.replace("WHEN", 'paged, schedule: "0 9 * * *"'))

        assert "comes when it comes" in fault


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from(["X-Hub-Signature-256", "X"]), st.text(max_size=9)),
)
def test_nothing_unsigned_is_ever_used(pages, body, headers):
    headers = {name: value.encode("ascii", "replace").decode() for name, value in headers.items()}

    reply = Client().post(f"/in/{pages.key}", body, content_type="application/json", headers=headers)

    assert reply.status_code == 401


def test_a_secret_that_does_not_open_is_told_as_later_and_nothing_is_stored(client, pages):
    from signoff.connections.models import Connection

    Connection.objects.filter(name="pager-main").update(settings_sealed=b"nothing that opens")

    reply = told(client, pages.key, [{"id": 1, "text": "a"}])

    assert "send it again" in problem_of(reply, 503)
    assert not Run.objects.exists()

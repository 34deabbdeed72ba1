"""A stranger's document: broken, huge, deep, recursive, or reaching outside; a sentence each, and nothing more."""

from __future__ import annotations

import hashlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signoff.connectors.openapi import choosing, document
from signoff.connectors.openapi.document import MOST_BYTES, DocumentRefused, plain, read
from signoff.connectors.openapi.schemas import identifier
from signoff.connectors.openapi.tests import acme
from signoff.connectors.openapi.tests.documents import REAL

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def refused(raw):
    with pytest.raises(DocumentRefused) as caught:
        read(raw)
    assert caught.value.next_step
    return caught.value.owner_message


@pytest.mark.parametrize("name", REAL)
def test_real_documents_are_what_their_publishers_gave_and_offer_both_ways(name):
    raw = REAL[name].raw()
    offered = choosing.offered(read(raw))

    assert hashlib.sha256(raw).hexdigest() == REAL[name].sha256
    assert {one.operation for one in offered.reads} >= set(REAL[name].reads)
    assert {one.operation for one in offered.writes} >= set(REAL[name].writes)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no whole JSON"),
        (b"\xff\xfe\x00", "no text"),
        (b"<!doctype html><html>", "a web page"),
        (b'{"openapi": "3.0.0",', "broken: it is no whole JSON in line 1"),
        (b"openapi: [3.0.0\npaths: x", "neither JSON nor YAML near line"),
        (b"[1, 2]", "it holds no names"),
        (b'{"openapi": "4.0.0", "paths": {"/a": {}}}', "Signoff reads OpenAPI 3.0 and 3.1 and Swagger 2.0"),
        (b'{"paths": {"/a": {}}}', "does not say which version"),
        (b'{"openapi": "3.0.0", "paths": {}}', "describes no operations"),
        (b'{"openapi": "3.0.0", "paths": []}', "describes no operations"),
        (b" " * (MOST_BYTES + 1), "larger than 20 MB"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested deeper"),
        (b"[" * 5000 + b"]" * 5000, "nested deeper"),
        (b"a: " + b"[" * 3000, "nested deeper"),
        (b"a: &x [lol]\nb: &y [*x, *x, *x]\nc: [*y, *y, *y]", "anchors"),
        (b"a: !!python/object/apply:os.system [id]", "broken"),
        (b"a: 1\n" + b"# " + b"x" * 4_000_001, "YAML may have 4 MB"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(raw, says):
    assert says in refused(raw)


def test_nothing_outside_of_the_document_is_referred_to():
    def outside(tree):
        tree["paths"]["/tasks"]["get"]["responses"]["200"] = {"$ref": "https://evil.example/answer.json#/x"}

    assert "refers to another one (https://evil.example/answer.json#/x)" in refused(acme.document(outside))


def test_an_example_may_hold_what_looks_like_a_reference():
    def shown(tree):
        tree["components"]["schemas"]["Task"]["example"] = {"$ref": "other.json"}

    assert choosing.offered(read(acme.document(shown))).reads


def test_references_that_go_round_or_nowhere_end():
    def round_and_round(tree):
        schemas = tree["components"]["schemas"]
        schemas["A"], schemas["B"] = {"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/A"}
        schemas["C"] = {
            "allOf": [{"$ref": "#/components/schemas/C"}, {"properties": {"x": {"type": "string"}}}]
        }
        schemas["Task"]["properties"] |= {
            "a": {"$ref": "#/components/schemas/A"},
            "c": {"$ref": "#/components/schemas/C"},
            "gone": {"$ref": "#/components/schemas/Nowhere"},
        }

    read_one = read(acme.document(round_and_round))
    (begins,) = choosing.plan_for(read_one, ["listTasks"], []).begins

    names = [field.name for field in begins.fields]
    assert {"id", "title", "c_x"} <= set(names)
    assert "parent_title" not in names, "a task inside of a task goes round"


def test_a_document_that_is_kept_can_be_looked_at_as_often_as_one_likes():
    one = read(acme.document())
    first = choosing.offered(one)
    plan = choosing.plan_for(one, ["listTasks"], [])
    steps = one._steps

    assert choosing.offered(one) is first, "a large one takes seconds"
    assert choosing.plan_for(one, ["listTasks"], []) == plan
    assert one._steps <= steps


def test_a_wide_document_of_alternatives_of_itself_is_read_in_a_moment():
    def wide(tree):
        many = [{"$ref": "#/components/schemas/Wide"}] * 20
        tree["components"]["schemas"]["Wide"] = {"oneOf": many, "allOf": many[:2]}
        tree["components"]["schemas"]["Task"]["properties"]["wide"] = {"$ref": "#/components/schemas/Wide"}

    assert choosing.offered(read(acme.document(wide))).reads


def test_names_without_end_are_read_in_a_moment():
    began = time.monotonic()

    assert identifier("A" * 100_000) == "a" * 60
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy", "/keys"),
        ("a_name_that_says_nothing_and_is_longer_than_what_is_kept_of_a_name", "/keys/{key}:destroy"),
        ("x" * 3000, "/keys"),
    ],
)
def test_what_removes_something_is_never_offered_however_long_its_name(name, path):
    def long(tree):
        taken = tree["paths"]["/tasks"]["post"]
        key = [{"in": "path", "name": "key", "required": True, "schema": {"type": "string"}}]
        tree["paths"][path] = {
            "post": {**taken, "operationId": name, "parameters": key if "{" in path else []}
        }

    assert [one.operation for one in choosing.offered(read(acme.document(long))).writes] == [
        "createTask",
        "changeTask",
    ]


PLACES = (
    ("paths", "/tasks", "get"),
    ("paths", "/tasks", "get", "parameters"),
    ("components", "schemas", "Task"),
    ("components", "schemas", "Task", "properties"),
    ("info",),
    ("servers",),
    ("security",),
    ("components",),
)


@settings(deadline=None, max_examples=40)
@given(JSON, st.sampled_from(PLACES))
def test_whatever_stands_in_a_document_is_read_or_refused(anything, place):
    def put(tree):
        for key in place[:-1]:
            tree = tree[key]
        tree[place[-1]] = anything

    try:
        one = read(acme.document(put))
        offered = choosing.offered.__wrapped__(one)
        reads, writes = [r.operation for r in offered.reads], [w.operation for w in offered.writes]
        choosing.plan_for.__wrapped__(one, reads[:5], writes[:5])
    except DocumentRefused:
        pass


@given(st.text())
def test_a_text_of_a_stranger_fits_into_our_sentences(text):
    told = plain(text, 60)

    assert len(told) <= 60
    assert told.isprintable()
    f"“{told}” is missing".format(app="Acme")


@pytest.mark.parametrize(
    ("servers", "found_at", "base_url", "is_own"),
    [
        ([{"url": "https://api.acme-tasks.com/v7/"}], "", "https://api.acme-tasks.com/v7", False),
        ([{"url": "http://api.acme-tasks.com/v7"}], "", "https://api.acme-tasks.com/v7", False),
        ([{"url": "/v7"}], "", "https://acme-tasks.invalid/v7", True),
        ([{"url": "/v7"}], "https://api.acme-tasks.com/docs/o.json", "https://api.acme-tasks.com/v7", False),
        ([{"url": "http://localhost:8080/v7"}], "", "https://acme-tasks.invalid/v7", True),
        ([{"url": "https://192.168.1.9/v7"}], "", "https://acme-tasks.invalid/v7", True),
        ([{"url": "https://169.254.169.254/latest"}], "", "https://acme-tasks.invalid/latest", True),
        ([{"url": "https://user:pass@api.acme-tasks.com"}], "", "https://acme-tasks.invalid", True),
        ([{"url": "https://tasks.internal"}], "", "https://acme-tasks.invalid", True),
        ([{"url": "https://{you}.acme-tasks.com", "variables": {"you": {"default": "you"}}}], "",
         "https://acme-tasks.invalid", True),
        ([{"url": "https://{zone}.acme-tasks.com", "variables": {"zone": {"default": "eu", "enum": ["eu", "us"]}}}], "",
         "https://eu.acme-tasks.com", False),
        ([{"url": "file:///etc/passwd"}], "", "https://acme-tasks.invalid/etc/passwd", True),
        ([], "", "https://acme-tasks.invalid", True),
    ],
)  # fmt: skip
def test_a_private_server_is_never_taken_from_a_document(servers, found_at, base_url, is_own):
    one = read(acme.document(lambda tree: tree.update(servers=servers)))

    plan = choosing.plan_for(one, ["listTasks"], [], found_at=found_at)

    assert (plan.base_url, plan.own_server) == (base_url, is_own)


@pytest.mark.parametrize(
    ("scheme", "header", "kind"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "X-Key: {key}", "key"),
        ({"type": "apiKey", "in": "header", "name": "X\r\nHost: evil"}, "", "key"),
        ({"type": "apiKey", "in": "query", "name": "api_key"}, "query: api_key={key}", "key"),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "Cookie: sid={key}", "key"),
        ({"type": "http", "scheme": "bearer"}, "Authorization: Bearer {key}", "key"),
        ({"type": "http", "scheme": "Basic"}, "Authorization: Basic {basic}", "key"),
        ({"type": "http", "scheme": "digest"}, "", "key"),
        ({"type": "mutualTLS"}, "", "key"),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://x.example"}, "", "key"),
        ({"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://x.example"}}},
         "Authorization: Bearer {key}", "key"),
        ({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://x.example/t"}}}, "", "oauth"),
        ({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "http://10.0.0.1/t"}}}, "", "key"),
    ],
    ids=str,
)  # fmt: skip
def test_kinds_of_sign_in(scheme, header, kind):
    one = read(acme.document(lambda tree: tree["components"]["securitySchemes"].update(token=scheme)))

    (way,) = choosing.offered(one).sign_ins

    assert (way.header, way.kind) == (header, kind)
    assert bool(way.why_not) == (not header and kind == "key")


def test_operations_that_want_two_keys_at_once_say_so():
    def both(tree):
        tree["components"]["securitySchemes"]["app"] = {"type": "apiKey", "in": "header", "name": "X-App"}
        tree["security"] = [{"token": [], "app": []}]

    with pytest.raises(DocumentRefused) as caught:
        choosing.plan_for(read(acme.document(both)), ["listTasks"], [])

    assert "two keys at once" in caught.value.owner_message


def test_an_operation_that_is_not_there_names_those_that_are_like_it():
    with pytest.raises(DocumentRefused) as caught:
        choosing.plan_for(document.read(acme.document()), ["listTask"], [])

    assert "listTasks" in caught.value.owner_message


def test_fields_types_and_choices_are_those_of_the_document():
    plan = choosing.plan_for(read(acme.document()), ["listTasks"], ["createTask"])
    fields = {one.name: one for one in plan.begins[0].fields}

    assert fields["priority"].choices == ("low", "high")
    assert fields["title"].max_length == 80
    assert (fields["done"].type, fields["created_at"].type, fields["labels"].type) == (
        "yesno",
        "datetime",
        "choices",
    )
    assert fields["assignee_email"].path == ("assignee", "email")
    assert {one.name for one in plan.does[0].params if one.is_target} == {"assignee_email"}
    assert "created_at" not in {one.name for one in plan.does[0].params}, (
        "what only the app writes is not asked for"
    )
    assert json.loads(plan.model_dump_json())["title"] == "Acme Tasks"

"""An app by its document on the pages, without a browser: give it, choose, give the key; what is refused."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from signoff.connections.models import Connection, DescribedApp
from signoff.connectors.openapi.tests import acme
from signoff.connectors.openapi.tests.documents import REAL
from signoff.outbound.tests.local import answer, local
from signoff_sandbox.openapi.app import PRACTICE_KEY
from signoff_sandbox.openapi.serving import practising

pytestmark = pytest.mark.django_db
NEW = "/connections/new/openapi/"


def give(client, raw, name="openapi.json"):
    return client.post(NEW, {"file": SimpleUploadedFile(name, raw)})


def test_from_a_file_to_a_connection_that_works(as_role):
    owner, real = as_role("owner"), REAL["gotify"]
    with practising(real.path) as practice:
        choose = give(owner, real.raw())["Location"]
        page = owner.get(choose).content.decode()
        assert "Return all messages" in page
        assert "POST /message" in page
        chosen = {"read": "getMessages", "write": "createMessage", "sign_in": "clientTokenHeader"}
        connect = owner.post(choose, chosen)["Location"]
        page = owner.get(connect).content.decode()
        assert "Connect Gotify REST-API" in page
        assert 'name="base_url"' in page
        assert "required" in re.search(r'<input[^>]*name="base_url"[^>]*>', page)[0]
        data = {"name": "gotify-main", "secret": PRACTICE_KEY, "base_url": practice.address}
        done = owner.post(connect, data)
    assert done.status_code == 303, done.content.decode()
    page = owner.get(done["Location"]).content.decode()
    assert "Read message" in page
    assert "Known by its document" in page
    assert PRACTICE_KEY not in page
    assert Connection.objects.get().app == "openapi-gotify-rest-api"


def test_what_is_ticked_stays_ticked_while_one_searches(as_role):
    owner = as_role("owner")
    choose = give(owner, REAL["box"].raw())["Location"]

    data = {"read": "get_files_id_comments", "q": "webhooks", "look": "yes"}
    page = owner.post(choose, data).content.decode()

    assert re.search(r'value="get_files_id_comments"[^>]* checked', page)
    assert "List all webhooks" in page
    assert "List enterprise users" not in page
    assert DescribedApp.objects.get().plan is None, "nothing is chosen by that"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"<html><body>Our API</body></html>", "This is a web page"),
        (b'{"openapi": "3.0.0", "paths":', "This document is broken"),
        (b"a: &a [x]\nb: [*a, *a]", "anchors"),
        (acme.document(lambda tree: tree["paths"].clear()), "describes no operations"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused_in_a_sentence(as_role, raw, says):
    answered = give(as_role("owner"), raw)

    assert answered.status_code == 422
    assert says in answered.content.decode()
    assert not DescribedApp.objects.exists()


def test_a_document_is_fetched_from_an_address(as_role):
    with local(lambda asked: answer(200, acme.DOCUMENT)) as server:
        answered = as_role("owner").post(NEW, {"address": f"{server.url}/openapi.json"})

    assert answered.status_code == 303, answered.content.decode()
    assert "authorization" not in server.asked[0].headers
    assert DescribedApp.objects.get().source.endswith("/openapi.json")


@pytest.mark.parametrize(
    "address",
    [
        "https://10.0.0.7/openapi.json",
        "https://169.254.169.254/latest",
        "http://example.com/o.json",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_leads_inside_is_not_asked(as_role, address):
    answered = as_role("owner").post(NEW, {"address": address})

    assert answered.status_code == 422
    assert "Nothing was sent" in answered.content.decode()


def test_choosing_nothing_says_so(as_role):
    owner = as_role("owner")
    choose = give(owner, acme.document())["Location"]

    answered = owner.post(choose, {})

    assert answered.status_code == 422
    assert "Choose at least one operation" in answered.content.decode()


def test_a_connected_app_keeps_what_integrations_may_use(as_role):
    owner = as_role("owner")
    choose = give(owner, acme.document())["Location"]
    owner.post(choose, {"read": "listTasks", "write": "createTask"})
    row = DescribedApp.objects.get()
    Connection.objects.create(name="acme-main", app=row.key, sealed=b"x")

    answered = owner.post(choose, {"read": "listTasks"})

    assert answered.status_code == 422
    assert "createTask" in answered.content.decode()
    more = owner.post(choose, {"read": "listTasks", "write": ["createTask", "changeTask"]})
    assert more["Location"].endswith(f"?replace={Connection.objects.get().pk}")

"""Answers that are hard to provoke, and names that an integration can write."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.connectors.airtable.answers import explain, rows_of, written
from signoff.connectors.airtable.cells import field_of, record_of
from signoff.core.errors import AnswerUnexpected, InputRejected, OutcomeUnknown, QuotaExhausted, VendorDown
from signoff.integrations.references import references
from signoff.outbound.reply import Reply


def reply(body, status=200, effect="read", kind="application/json"):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {"content-type": kind}, raw, "GET /v0/app1/Leads", "Airtable", effect)


@pytest.mark.parametrize("body", [{}, {"records": None}, {"records": {}}, []])
def test_an_answer_without_a_list_is_not_taken_for_an_empty_one(body):
    with pytest.raises(AnswerUnexpected):
        rows_of(reply(body))


@pytest.mark.parametrize("body", [{}, {"id": ""}, []])
def test_a_write_that_was_accepted_without_an_id_is_not_sure(body):
    with pytest.raises(OutcomeUnknown):
        written(reply(body, effect="write"), ())


@pytest.mark.parametrize("status", [401, 403])
def test_a_web_page_in_airtables_place_says_nothing_about_our_token(status):
    with pytest.raises(VendorDown):
        explain(reply(b"<html>Access denied</html>", status, kind="text/html"))


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"type": "PUBLIC_API_BILLING_LIMIT_EXCEEDED", "message": "…"}},
        {"error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED"},
        {"errors": [{"error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED", "message": "…"}]},
    ],
)
def test_a_used_up_month_is_known_in_every_shape_that_is_reported(body):
    with pytest.raises(QuotaExhausted):
        explain(reply(body, 429))


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_no_value_of_a_customer_gets_into_an_errors_text(value, name):
    said = f'Field "{name}" cannot accept value {value} secret words'
    with pytest.raises(InputRejected) as caught:
        explain(
            reply({"error": {"type": "INVALID_VALUE_FOR_COLUMN", "message": said}}, 422, "write"), (name,)
        )

    assert "secret words" not in f"{caught.value} {caught.value.owner_message}"
    assert caught.value.field == name


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b'{"error": []}', b'{"errors": [[]]}', b"<html>"])
def test_an_error_of_any_shape_is_still_an_error(body):
    with pytest.raises(InputRejected):
        explain(reply(body, 422))


@given(st.text(min_size=1, max_size=60))
def test_every_field_has_a_name_that_an_integration_can_write(label):
    name = field_of({"name": label, "type": "singleLineText"}).name

    (found,) = references(f"record.{name}")
    assert found.field == name
    assert record_of({"id": "rec1", "fields": {label: "x"}}, (name,)).get(name) == "x"

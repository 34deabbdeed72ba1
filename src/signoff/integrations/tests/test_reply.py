"""`then: reply`: the answer goes back to whoever handed the record in."""

from __future__ import annotations

import pytest

from signoff.integrations.apply import apply
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.integrations.tests.conftest import FILE, WEBHOOK
from signoff.review.fingerprint import defined_parts

STEP = "  - hubspot-main.add_note: {contact: {email: record.email}, body: answer.body}\n"


def then(text):
    return WEBHOOK.replace("then:\n" + STEP, text)


def faults_of(text):
    return [(one.line, one.what) for one in apply([read_text(text)], dry_run=True).faults]


@pytest.mark.parametrize("text", ["then: reply\n", "then: [reply]\n", "then:\n  - reply\n"])
def test_an_integration_may_go_nowhere_but_back(connected, text):
    assert faults_of(then(text)) == []

    apply([read_text(then(text))])

    definition, _ = read_definition(Integration.objects.get().current)
    assert (definition.reply, definition.then) == (True, ())


def test_it_may_go_back_and_somewhere_else(connected):
    apply([read_text(then(f"then:\n{STEP}  - reply\n"))])

    definition, _ = read_definition(Integration.objects.get().current)
    assert definition.reply
    assert [step.action for step in definition.then] == ["add_note"]


def test_each_form_of_it_is_the_same_integration(connected):
    hashes = set()
    for text in ("then: reply\n", "then: [reply]\n"):
        apply([read_text(then(text))])
        hashes.add(Integration.objects.get().current.hash)

    assert len(hashes) == 1


def test_going_back_is_another_integration_for_what_was_measured(connected):
    apply([read_text(then(f"then:\n{STEP}"))])
    before, _ = read_definition(Integration.objects.get().current)
    apply([read_text(then(f"then:\n{STEP}  - reply\n"))])
    after, _ = read_definition(Integration.objects.get().current)

    assert defined_parts(before, None)["then"] != defined_parts(after, None)["then"]


def test_a_definition_without_it_has_the_hash_it_always_had(connected):
    apply([read_text(WEBHOOK)])
    stored = Integration.objects.get().current

    assert "reply" not in Definition.model_validate(stored.definition).model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("then: []\n", 5, "`then: reply`"),
        ("", 1, "`then` is missing"),
        ("then:\n  - reply\n" + STEP, 6, "put it last"),
        ("reply: true\nthen: reply\n", 5, "`reply` is not known here"),
        ("then: reply\nreview: none\n", 6, "`review: none` cannot be used"),
    ],
)
def test_what_is_wrong_with_it_is_named_at_its_line(connected, text, line, says):
    ((where, what),) = faults_of(then(text))

    assert where == line
    assert says in what


def test_there_is_nobody_to_give_it_back_to_where_an_app_is_read(connected):
    text = FILE[: FILE.index("then:")] + "then: reply\n"

    ((_, what),) = faults_of(text)

    assert "`hubspot-main`" in what
    assert "when: webhook" in what

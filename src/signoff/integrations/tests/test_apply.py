"""Applying: every fault is named with its line, and files are in force all together or not at all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signoff.integrations.apply import apply
from signoff.integrations.definition import read_definition
from signoff.integrations.file import read_text, read_texts
from signoff.integrations.models import Integration, Version
from signoff.prompts.models import Fact


def faults_of(text):
    return apply([read_text(text, "f.yaml")], dry_run=True).faults


def changed(file, old, new):
    assert old in file, old
    return file.replace(old, new, 1)


def line_of(file, part):
    return file[: file.index(part)].count("\n") + 1


def test_a_file_without_faults_is_in_force_and_off(connected, file):
    result = apply([read_text(file)])

    assert result.faults == []
    (one,) = result.applied
    integration = Integration.objects.get(name="follow-up")
    assert one.changed
    assert one.webhook_url.endswith(f"/in/{integration.key}")
    assert not integration.is_on
    assert integration.current.number == 1
    assert integration.current.definition["choices"]["hubspot-main.contact.lead_intent"]


def test_the_same_file_again_changes_nothing(connected, file):
    apply([read_text(file)])

    (one,) = apply([read_text("# another comment\n" + file)]).applied

    assert not one.changed
    assert Version.objects.count() == 1


def test_another_version_keeps_the_old_one_and_the_address(connected, file):
    (first,) = apply([read_text(file)]).applied

    (second,) = apply([read_text(changed(file, "At most 120", "At most 90"))]).applied

    assert second.changed
    assert second.webhook_url == first.webhook_url
    assert list(Version.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_a_dry_run_shows_the_difference_and_changes_nothing(connected, file):
    apply([read_text(file)])

    (one,) = apply([read_text(changed(file, "At most 120", "At most 90"))], dry_run=True).applied

    assert one.changed
    assert "-    - At most 120 words." in one.difference
    assert "+    - At most 90 words." in one.difference
    assert Version.objects.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: follow-up", "name: Follow Up", "small letters"),
        ("name: follow-up", "nam: follow-up", "`name` is missing"),
        ("name: follow-up", "name: follow-up\ncolour: red", "`colour` is not known here"),
        ("name: follow-up", "name: follow-up\norder: 5", "`order` is not known here"),
        ("name: follow-up", "name: follow-up\nchoices: {}", "`choices` is not known here"),
        ("  when: contact_created", "  whem: contact_created", "`whem` is not known here. Is `when` meant?"),
        ("  when: contact_created", "  when: contact_created\n  filds: [a]", "Is `fields` meant?"),
        ("  when: contact_created\n", "", "needs either `when`"),
        ("  when: contact_created", "  when: webhook\n  schedule: '0 9 * * *'", "cannot have a `schedule`"),
        ("  when: contact_created", "  when: upload", "needs no `from` with `when: upload`"),
        ("  when: contact_created", "  when: upload\n  schedule: '0 9 * * *'", "a `schedule`: a spreadsheet"),
        ("  when: contact_created", "  when: contact_deleted", "does not offer `contact_deleted`"),
        ("  when: contact_created", "  when: contact_created\n  signed: standard", "when: webhook"),
        ("  when: contact_created", "  schedule: every day", "five fields as in cron"),
        ("  when: contact_created", "  schedule: 61 9 * * *", "five fields as in cron"),
        ("  from: hubspot-main", "  from: hubspot-old", "No connection is named `hubspot-old`"),
        ("  from: hubspot-main", "  from: openai-main", "cannot start an integration"),
        ("[firstname, email, message]", "firstname", "must be a list"),
        ("[firstname, email, message]", "[firstname, emial, message, email]", "no field `emial`"),
        ("{lifecyclestage: lead}", "{lifecycle_stage: lead}", "Is `lifecyclestage` meant?"),
        ("{lifecyclestage: lead}", "{lifecyclestage: {is: lead}}", "one value, or with a list"),
        ("  ai: openai-main", "  ai: claude-main", "No connection is named `claude-main`"),
        ("  ai: openai-main", "  ai: gmail-sales", "is not an AI"),
        ("  model: gpt-4o", "  model: 4", "Put it in quotes"),
        ("  model: gpt-4o\n", "", "`prompt.model` is missing"),
        ("  task: Write", "  task: '' # Write", "empty"),
        ("  task: Write", "  task: '  ' # Write", "empty"),
        ("    - At most 120 words.", "    - 120", "Put it in quotes"),
        ("  constraints:", "  facts: [prices]\n  constraints:", "No company fact is named `prices`"),
        ("  constraints:", "  examples: many\n  constraints:", "must be a number"),
        ("  constraints:", "  examples: 50\n  constraints:", "20 or less"),
        ("  constraints:", "  examples: true\n  constraints:", "must be a number"),
        ("max: 78", "max: long", "`answer.subject.max`"),
        ("type: text, max: 78", "type: words, max: 78", "must be one of"),
        ("type: text, max: 78", "type: text, most: 78", "subject"),
        ("hubspot-main.contact.lead_intent", "hubspot-main.contact.lead_intention", "no field `lead_intention`"),
        ("hubspot-main.contact.lead_intent", "hubspot-main.contact.firstname", "has no choices"),
        ("hubspot-main.contact.lead_intent", "hubspot-main.lead_intent", "a connection, an object and a field"),
        ("from: hubspot-main.contact", "from: hubspot.contact", "No connection is named `hubspot`"),
        ("from: hubspot-main.contact", "from: openai-main.contact", "has no choices to take"),
        ("error_below: 5%", "error_below: five", "for example 5%"),
        ("error_below: 5%", "error_below: 5", "for example 5%"),
        ("error_below: 5%", "error_below: 0%", "for example 5%"),
        ("error_below: 5%", "error_below: nan%", "for example 5%"),
        ("error_below: 5%", "error_below: [5%]", "for example 5%"),
        ("error_below: 5%", "error_below: true", "for example 5%"),
        ("error_below: 5%, ", "", "error_below` is missing"),
        ("autopilot: {error_below: 5%, audit: 10%}", "autopilot: soon", "names and values"),
        ("by: [sales]", "by: sales", "must be a list"),
        ("5.00 USD", "5.00 EUR", "amount in dollars"),
        ("5.00 USD", "-5 USD", "amount in dollars"),
        ("5.00 USD", "0", "above zero"),
        ("5.00 USD", "99999999999999 USD", "amount in dollars"),
        ("per_day: 200", "per_day: 0", "1 or more"),
        ("per_day: 200", "per_day: 1.5", "whole number"),
        ("per_day: 200", "per_day: true", "must be a number"),
        ("gmail-sales.create_draft", "gmail-sales.create_drat", "cannot `create_drat`"),
        ("gmail-sales.create_draft", "gmail.create_draft", "No connection is named `gmail`"),
        ("gmail-sales.create_draft", "create_draft", "a connection and an action"),
        ("then:", "then: replyy\nthan:", "the one word `reply`"),
        ("subject: answer.subject", "titel: answer.subject, subject: x", "has no `titel`"),
        ("subject: answer.subject, ", "", "`subject` is missing"),
        ("subject: answer.subject", "subject: answer.title", "The answer has no `title`"),
        ("subject: answer.subject", "subject: answer.subject.first", "leads to nothing"),
        ("subject: answer.subject", "subject: 'Re: {answer.title}'", "The answer has no `title`"),
        ("subject: answer.subject", "subject: '{subject}'", "is no reference"),
        ("subject: answer.subject", "subject: answers.subject", "is no reference"),
        ("to: record.email", "to: record.phone", "not among the record's `fields`"),
        ("to: record.email", "to: '{record.phone}'", "not among the record's `fields`"),
        ("to: record.email", "to: Record.email", "is no reference"),
        ("to: record.email", "to: answer.subject", "never from the AI's answer"),
        ("to: record.email", "to: ' answer.subject '", "never from the AI's answer"),
        ("to: record.email", "to: '{record.email},{ answer.subject }'", "never from the AI's answer"),
        ("contact: record.id", "contact: answer.subject", "never from the AI's answer"),
        ("contact: record.id", "contact: {email: answer.subject}", "never from the AI's answer"),
        ("contact: record.id", "contact: {email: ['{answer.subject}']}", "never from the AI's answer"),
        ("property: lead_intent", "property: answer.subject", "never from the AI's answer"),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_line_and_nothing_is_applied(connected, file, old, new, words):
    text = changed(file, old, new)

    result = apply([read_text(text, "f.yaml")])

    told = [fault for fault in result.faults if words in fault.what]
    assert told, result.faults
    lines = {line_of(file, old), line_of(file, old) + new.count("\n")}
    within = {fault.line for fault in told}
    # What is missing is told at the part it is missing from.
    assert (
        within & lines
        or "missing" in words
        or "needs either" in words
        or "needs no `from`" in words
        or "a `schedule`" in words
        or "when: webhook" in words
    ), told
    assert all(fault.what.endswith((".", "?")) for fault in result.faults)
    assert not Integration.objects.exists()


@pytest.mark.parametrize("part", ["name", "record", "prompt", "answer", "then"])
@pytest.mark.parametrize("value", ["", "[]", "{}", "12", "words", "[[1]]", "{a: {b: c}}", "true"])
def test_any_part_may_be_anything_and_is_told(connected, file, part, value):
    from yaml import safe_load

    data = safe_load(file) | {part: read_text(f"x: {value}").data["x"]}

    if (part, value) != ("name", "words"):
        assert faults_of(json.dumps(data))


def test_all_faults_of_a_file_are_told_at_once(connected, file):
    text = file
    for old, new in (
        ("  when: contact_created", "  when: contact_gone"),
        ("  ai: openai-main", "  ai: nobody"),
        ("  model: gpt-4o", "  modell: gpt-4o"),
        ("type: text, max: 78", "type: words"),
        ("error_below: 5%", "error_below: five"),
        ("create_draft: {to: record.email", "create_drat: {to: record.email"),
        ("per_day: 200", "per_day: many"),
        ("property: lead_intent", "property: answer.subject"),
    ):
        text = changed(text, old, new)

    told = "\n".join(f"{fault.line} {fault.what}" for fault in faults_of(text))

    for words in (
        "contact_gone", "`modell`", "`prompt.model` is missing", "must be one of", "for example 5%", "create_drat",
        "must be a number", "never from",
    ):  # fmt: skip
        assert words in told, told


def test_one_file_with_a_fault_keeps_all_out(connected, file, webhook_file):
    result = apply([read_text(file), read_text(changed(webhook_file, "gpt-4o", "4"), "shop.yaml")])

    assert {fault.file for fault in result.faults} == {"shop.yaml"}
    assert result.applied == []
    assert not Integration.objects.exists()


def test_two_files_with_one_name_are_told(connected, file):
    result = apply([read_text(file, "a.yaml"), read_text("# second\n" + file, "b.yaml")])

    (fault,) = result.faults
    assert (fault.file, fault.line) == ("b.yaml", 2)
    assert "a.yaml, line 1" in fault.what


def test_without_review_nothing_may_reach_a_customer(connected, file):
    text = changed(file, "review:\n  by: [sales]\n  autopilot: {error_below: 5%, audit: 10%}", "review: none")
    sends = changed(text, "gmail-sales.create_draft", "gmail-sales.send_message")

    assert faults_of(text) == []
    assert any("reaches a customer" in fault.what for fault in faults_of(sends))


@pytest.mark.parametrize("name", ["new", "drafts", "facts"])
def test_the_name_of_a_page_is_no_name_for_an_integration(connected, webhook_file, name):
    (fault,) = faults_of(webhook_file.replace("name: from-the-shop", f"name: {name}"))

    assert "is the name of a page" in fault.what


def test_only_what_takes_records_by_webhook_says_its_address(connected, file, webhook_file):
    one, other = (apply([read_text(text)]).applied[0] for text in (webhook_file, file))

    assert one.takes_records
    assert not other.takes_records


def test_a_record_by_webhook_names_its_contact_by_a_field(connected, webhook_file):
    assert faults_of(webhook_file) == []


@pytest.mark.parametrize("source", ["when: upload", "from: spreadsheet, when: upload"])
def test_a_record_out_of_a_spreadsheet_needs_no_connection(connected, webhook_file, source):
    text = changed(webhook_file, "when: webhook", source)

    assert faults_of(text) == []
    (one,) = apply([read_text(text)]).applied
    read = read_definition(Version.objects.get(integration__name=one.name))[0]
    assert (read.record.from_, read.connections()) == (None, {"openai-main", "hubspot-main"})
    again = changed(webhook_file, "when: webhook", "when: upload")
    assert not apply([read_text(again)]).applied[0].changed


class TestFacts:
    def test_facts_are_stated_and_used_in_one_go(self, connected, file):
        text = changed(file, "  constraints:", "  facts: [prices]\n  constraints:")

        result = apply([read_text("facts:\n  prices: {Team: 149.00}\n"), read_text(text)])

        assert result.faults == []
        assert Fact.objects.get(name="prices").text == "Team: 149.00"
        assert [one.name for one in result.applied] == ["prices", "follow-up"]

    def test_the_same_facts_again_change_nothing(self, db):
        apply([read_text("facts:\n  prices: free\n")])

        (one,) = apply([read_text("facts:\n  prices: free\n")]).applied

        assert not one.changed

    def test_a_fact_may_hold_from_one_day_until_another(self, db):
        old, new = "{text: {Team: 149}, until: 2020-12-31}", "{text: {Team: 159}, from: 2021-01-01}"
        text = f"facts:\n  prices:\n  - {old}\n  - {new}\n"

        result = apply([read_text(text)])

        assert result.faults == []
        assert Fact.objects.get(name="prices").text == "Team: 159"

    def test_a_day_that_is_none_is_told_at_its_line(self, db):
        result = apply([read_text("facts:\n  hours: always\n  prices: {text: x, until: tomorrow}\n")])

        assert [(fault.line, "where a day belongs" in fault.what) for fault in result.faults] == [(3, True)]
        assert not Fact.objects.exists()

    @pytest.mark.parametrize(
        "text",
        [
            "facts:",
            "facts: []",
            "facts: words",
            "facts: {}",
            "facts: {a b: c}",
            "facts: {a: }",
            f"facts: {{{'a' * 70}: b}}",
        ],
    )
    def test_facts_that_are_none_are_told(self, db, text):
        assert apply([read_text(text)]).faults
        assert not Fact.objects.exists()

    def test_one_fact_in_two_files_with_two_texts_is_told(self, db):
        result = apply([read_text("facts: {a: one}", "1.yaml"), read_text("facts: {a: two}", "2.yaml")])

        assert [fault.file for fault in result.faults] == ["2.yaml"]


class TestSigned:
    def test_a_secret_of_its_own_is_made_once_and_told_once(self, connected, webhook_file):
        text = changed(webhook_file, "{when: webhook}", "{when: webhook, signed: standard}")

        (first,) = apply([read_text(text)]).applied
        (second,) = apply([read_text(changed(text, "Answer the", "Answer this"))]).applied

        assert first.signing_secret.reveal().startswith("whsec_")
        assert second.changed
        assert second.signing_secret is None
        assert first.signing_secret.reveal() not in str(Integration.objects.values()) + str(
            Version.objects.values()
        )

    def test_a_dry_run_makes_none(self, connected, webhook_file):
        text = changed(webhook_file, "{when: webhook}", "{when: webhook, signed: static}")

        (one,) = apply([read_text(text)], dry_run=True).applied

        assert one.signing_secret is None

    @pytest.mark.parametrize("scheme", ["slack", "meta", "hubspot-v3"])
    def test_the_secret_of_an_app_must_be_connected(self, connected, webhook_file, scheme):
        text = changed(webhook_file, "{when: webhook}", f"{{when: webhook, signed: {scheme}}}")

        assert any("signoff connect webhook" in fault.what for fault in faults_of(text))

    def test_a_service_key_signs_nothing(self, connected, webhook_file):
        text = changed(
            webhook_file, "{when: webhook}", "{when: webhook, from: hubspot-main, signed: hubspot-v3}"
        )

        assert any("is not what HubSpot signs with" in fault.what for fault in faults_of(text))

    def test_a_scheme_that_does_not_exist_is_told(self, connected, webhook_file):
        text = changed(webhook_file, "{when: webhook}", "{when: webhook, signed: rot13}")

        assert any("must be one of" in fault.what and "standard" in fault.what for fault in faults_of(text))


def test_what_is_exported_can_be_applied_and_changes_nothing(connected, file, webhook_file):
    apply([read_text("# the first\n" + file), read_text(webhook_file)])
    exported = "---\n".join(one.current.source for one in Integration.objects.select_related("current"))

    result = apply(read_texts(exported))

    assert result.faults == []
    assert [(one.name, one.changed) for one in result.applied] == [
        ("follow-up", False),
        ("from-the-shop", False),
    ]


LINES = st.lists(
    st.tuples(st.integers(0, 30), st.text(st.sampled_from("abn:-{}[]|>'\"#, \n\t01.%@é"), max_size=25)),
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES)
def test_no_file_makes_applying_fail(db, file, edits):
    lines = file.splitlines()
    for at, text in edits:
        lines.insert(at % len(lines), text)

    for document in read_texts("\n".join(lines)):
        result = apply([document], dry_run=True)
        assert result.faults or result.applied


@pytest.mark.django_db(transaction=True)
def test_two_who_apply_the_same_new_file_at_once_both_get_it(webhook_file, practice):
    from django.db import connection

    from signoff.connections.connect import connect
    from signoff.core.secret import Secret
    from signoff_sandbox.testing import HUBSPOT_KEY, OPENAI_KEY

    connect("hubspot", "hubspot-main", Secret(HUBSPOT_KEY), base_url=practice.hubspot)
    connect("openai", "openai-main", Secret(OPENAI_KEY), base_url=practice.openai + "/v1")

    def run(_):
        try:
            return apply([read_text(webhook_file)]).applied[0].changed
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(run, range(3)))

    assert outcomes.count(True) == 1
    assert Version.objects.count() == 1


def test_a_version_of_an_app_s_api_can_be_asked_for_and_is_part_of_the_meaning(connected, file):
    apply([read_text(file)])
    before = Integration.objects.get(name="follow-up").current.hash

    (one,) = apply([read_text(f"{file}versions: {{hubspot-main: 2026-03}}\n")]).applied

    current = Integration.objects.get(name="follow-up").current
    assert one.changed
    assert read_definition(current)[0].version_for("hubspot-main") == "2026-03"
    assert read_definition(current)[0].version_for("gmail-sales") == ""
    assert current.hash != before
    apply([read_text(file)])
    assert Integration.objects.get(name="follow-up").current.hash == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("versions: {hubspot-main: v4}", "speaks HubSpot’s API in 2026-09, 2026-03, not in `v4`"),
        ("versions: {gmail-sales: v2}", "speaks Gmail’s API in v1, not in `v2`"),
        ("versions: {whatsapp-main: v26.0}", "`whatsapp-main` is not used above"),
        ("versions: [a]", "versions"),
    ],
)
def test_a_version_that_is_not_spoken_is_a_fault(connected, file, line, words):
    text = f"{file}{line}\n"

    (fault,) = faults_of(text)

    assert words in fault.what
    assert fault.line == line_of(text, "versions")

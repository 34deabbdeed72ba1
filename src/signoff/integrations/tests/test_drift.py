"""What changes at the apps is told with the integrations it breaks, and held before a write fails."""

from __future__ import annotations

import pytest

from signoff.connectors.base import Choice, Field
from signoff.core.errors import InputRejected
from signoff.integrations import offers
from signoff.integrations.apply import apply
from signoff.integrations.definition import Definition, read_definition
from signoff.integrations.drift import differences, look, look_at_all, refuse_what_is_gone, take_over
from signoff.integrations.file import read_text
from signoff.integrations.models import Drift, Integration

REFERENCE = "hubspot-main.contact.lead_intent"


@pytest.fixture
def mended(practice):
    """Put the practice HubSpot back as it was."""
    yield practice
    practice.control("hubspot", start_over=True)


@pytest.fixture
def integration(connected, mended, file) -> Integration:
    assert not apply([read_text(file)]).faults
    return Integration.objects.select_related("current").get(name="follow-up")


def change(practice, **verbs):
    practice.control("hubspot", **verbs)


def fields(*choices, read_only=False, **more):
    one = Field("lead_intent", "Lead intent", "choice", choices=tuple(Choice(c, c.title()) for c in choices))
    return {"lead_intent": Field(**{**one.__dict__, "read_only": read_only, **more})}


class TestDifferences:
    """The rule alone, without an app."""

    DEFINITION = Definition.model_validate(
        {
            "name": "x",
            "record": {"when": "webhook"},
            "prompt": {"ai": "a", "model": "m", "task": "t"},
            "answer": {"intent": {"type": "choice", "from": REFERENCE}},
            "then": [{"hubspot-main.add_note": {"body": "answer.intent"}}],
            "choices": {REFERENCE: [["hot", "Hot"], ["cold", "Cold"]]},
        }
    )

    @pytest.mark.parametrize(
        ("now", "gone", "breaks", "says"),
        [
            (fields("hot", "cold"), (), False, None),
            (fields("cold", "hot"), (), False, None),
            (fields("cold"), ("hot",), True, "has no choice “Hot” any more"),
            (fields("hot", "cold", "warm"), (), False, "has a new choice: “Warm”"),
            (fields("cold", "warm"), ("hot",), True, "has a new choice"),
            ({}, (), True, "The field “lead_intent” is gone"),
            (fields("hot", "cold", read_only=True), (), True, "can no longer be written"),
            (None, (), False, None),
        ],
    )
    def test_each_kind_of_change_is_said(self, now, gone, breaks, says, db):
        found = differences(self.DEFINITION, lambda name, kind: now)

        assert bool(found) == (says is not None)
        for one in found:
            assert says in one.what
            assert one.gone == gone
            assert one.breaks is breaks

    def test_another_label_for_the_same_choice_is_told_and_breaks_nothing(self, db):
        now = fields(choices=(Choice("hot", "Very hot"), Choice("cold", "Cold")))

        (one,) = differences(self.DEFINITION, lambda name, kind: now)

        assert "Hot became Very hot" in one.what
        assert not one.breaks


@pytest.mark.django_db
class TestAtAnApp:
    def test_nothing_has_changed_right_after_it_was_applied(self, integration):
        assert look(integration) == []

    def test_a_choice_that_is_gone_is_told_kept_and_forgotten_when_it_is_back(self, integration, practice):
        value, label = read_definition(integration.current)[0].choices[REFERENCE][0]
        change(practice, remove_option={"property": "lead_intent", "value": value})

        (row,) = look(integration)
        assert row.reference == REFERENCE
        assert row.gone == [value]
        assert label in row.what
        first_seen = row.seen_at
        assert look(integration)[0].seen_at == first_seen

        change(practice, add_option={"property": "lead_intent", "value": value, "label": label})
        assert look(integration) == []

    def test_an_answer_that_would_run_into_it_is_held_and_others_pass(self, integration, practice):
        definition = read_definition(integration.current)[0]
        value, other = (pair[0] for pair in definition.choices[REFERENCE][:2])
        change(practice, remove_option={"property": "lead_intent", "value": value})
        look(integration)

        refuse_what_is_gone(integration.pk, definition, {"intent": other, "subject": "x", "body": "y"})
        with pytest.raises(InputRejected) as refused:
            refuse_what_is_gone(integration.pk, definition, {"intent": value})
        assert "HubSpot has changed" in refused.value.owner_message
        assert "Nothing was sent" in refused.value.owner_message

    def test_taking_it_over_is_a_new_version_that_offers_what_there_is_now(self, integration, practice):
        before = integration.current.number
        change(practice, add_option={"property": "lead_intent", "value": "press", "label": "Press"})
        assert not look(integration)[0].breaks

        assert not take_over(integration, None).faults

        assert integration.current.number == before + 1
        assert ("press", "Press") in read_definition(integration.current)[0].choices[REFERENCE]
        assert not Drift.objects.exists()

    def test_a_field_of_the_record_that_is_gone_is_told(self, integration, practice):
        change(practice, archive_property="message")

        (row,) = look(integration)

        assert row.reference == "hubspot-main.contact.message"
        assert row.is_gone

    def test_a_field_that_answers_are_written_to_is_told_and_held_before_the_write_fails(
        self, connected, mended, file
    ):
        offers.forget()
        step = (
            "  - hubspot-main.update_contact: {contact: record.id, properties: {jobtitle: answer.subject}}\n"
        )
        file = file.replace("limits:", f"{step}limits:")
        assert not apply([read_text(file)]).faults
        integration = Integration.objects.select_related("current").get(name="follow-up")
        definition = read_definition(integration.current)[0]
        assert look(integration) == []

        change(mended, archive_property="jobtitle")
        (row,) = look(integration)

        assert (row.reference, row.breaks) == ("hubspot-main.contact.jobtitle", True)
        with pytest.raises(InputRejected) as refused:
            refuse_what_is_gone(integration.pk, definition, {"subject": "x"})
        assert "Nothing was sent" in refused.value.owner_message
        assert "change where the answer goes" in refused.value.next_step

    def test_less_room_for_a_text_is_told_held_before_the_write_fails_and_taken_over(
        self, connected, mended, file
    ):
        offers.forget()
        step = "  - hubspot-main.update_contact: {contact: record.id, properties: {jobtitle: 'Re: {answer.subject}'}}\n"
        assert not apply([read_text(file.replace("limits:", f"{step}limits:"))]).faults
        integration = Integration.objects.select_related("current").get(name="follow-up")
        definition = read_definition(integration.current)[0]
        assert look(integration) == []

        change(mended, limit_length={"object": "contacts", "property": "jobtitle", "most": 44})
        (row,) = look(integration)

        assert (row.reference, row.most, row.breaks) == ("hubspot-main.contact.jobtitle", 44, True)
        assert "“Job Title” has room for 44 characters, and an answer may be longer." in row.what
        refuse_what_is_gone(integration.pk, definition, {"subject": "x" * 40})
        with pytest.raises(InputRejected) as refused:
            refuse_what_is_gone(integration.pk, definition, {"subject": "x" * 41})
        assert "Nothing was sent" in refused.value.owner_message
        assert "Shorten the answer" in refused.value.next_step

        assert not take_over(integration, None).faults
        assert read_definition(integration.current)[0].lengths == {"subject": 40}
        assert not Drift.objects.exists()

    def test_a_choice_of_the_owners_own_that_went_where_it_is_written_is_told_and_held(
        self, connected, mended, file
    ):
        offers.forget()
        own = file.replace("from: hubspot-main.contact.lead_intent", "options: [pricing, demo]")
        assert not apply([read_text(own)]).faults
        integration = Integration.objects.select_related("current").get(name="follow-up")
        definition = read_definition(integration.current)[0]
        assert look(integration) == []

        change(mended, remove_option={"property": "lead_intent", "value": "pricing"})
        (row,) = look(integration)

        assert (row.reference, row.gone) == (REFERENCE, ["pricing"])
        refuse_what_is_gone(integration.pk, definition, {"intent": "demo"})
        with pytest.raises(InputRejected) as refused:
            refuse_what_is_gone(integration.pk, definition, {"intent": "pricing"})
        assert "Choose another value" in refused.value.next_step
        (fault,) = take_over(integration, None).faults
        assert "has no choice “pricing”, and an answer may be that" in fault.what

    def test_an_app_that_cannot_be_asked_changes_nothing_of_what_is_known(self, integration, practice):
        change(practice, archive_property="message")
        assert len(look(integration)) == 1
        change(practice, revoke_key=True)

        assert len(look(integration)) == 1

    def test_only_integrations_that_are_on_are_looked_at_by_the_clock(self, integration, practice):
        change(practice, archive_property="message")

        assert look_at_all() == 0
        Integration.objects.filter(pk=integration.pk).update(is_on=True)
        assert look_at_all() == 1

"""What an app has at the time of a schedule as one record: all of it, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signoff.connectors.base import Event
from signoff.core import clock
from signoff.integrations.apply import apply
from signoff.integrations.definition import Definition
from signoff.integrations.file import read_text
from signoff.integrations.models import Integration
from signoff.runs import sources
from signoff.runs.models import Run, Source
from signoff.runs.prompting import shown_of

pytestmark = pytest.mark.django_db

FILE = """\
name: week
record:
  from: hubspot-main
  when: contact_created
  schedule: "0 8 * * 1"
  together: true
  fields: [firstname]
prompt: {ai: openai-main, model: gpt-4o, task: Sum up the new leads.}
answer: {summary: {type: text, max: 500}}
then:
  - hubspot-main.add_note: {body: "{record.count}: {answer.summary}"}
"""


@pytest.fixture
def source(house):
    result = apply([read_text(FILE)])
    assert not result.faults, result.faults
    return Source.objects.create(integration=Integration.objects.get(name="week"), next_at=clock.now())


def store(source, *events):
    """Store a page with these events, and return the runs."""
    source.refresh_from_db()
    return sources.store(sources.Read(source, sources.Page(events, "later"), "HubSpot told us"))


def lead(number, at=None):
    return Event(f"contact:{number}:{at}", str(number), {"firstname": f"Lead {number}"}, f"Lead {number}", at)


def test_all_of_a_page_is_one_record_with_what_the_ai_sees(source):
    (run,) = store(source, lead(1), lead(2))

    assert run.record["count"] == 2
    assert run.record["records"] == [{"id": "1", "firstname": "Lead 1"}, {"id": "2", "firstname": "Lead 2"}]
    assert run.label == "2 records"
    definition = Definition.model_validate(run.version.definition)
    assert shown_of(definition, run.record) == run.record


def test_what_the_time_before_has_brought_is_not_brought_again(source):
    store(source, lead(1), lead(2))

    (run,) = store(source, lead(2), lead(3))

    assert [one["id"] for one in run.record["records"]] == ["3"]
    assert store(source, lead(3)) == []
    assert Run.objects.count() == 2


def test_what_changed_anew_since_then_is_brought_again(source):
    store(source, lead(1))
    source.refresh_from_db()

    (run,) = store(source, lead(1, at=source.read_at + timedelta(seconds=1)))

    assert run.record["count"] == 1


def test_more_than_two_hundred_make_several_records_and_none_is_lost(source):
    runs = store(source, *(lead(number) for number in range(450)))

    assert [run.record["count"] for run in runs] == [200, 200, 50]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('  schedule: "0 8 * * 1"\n', ""), "only where an app is read"),
        (("together: true", "together: sometimes"), "must be true or false"),
        (("{record.count}", "{record.firstname}"), "not among the record's `fields`: count, records"),
    ],
)
def test_together_without_a_time_or_with_a_single_records_field_is_a_fault(house, change, says):
    result = apply([read_text(FILE.replace(*change))], dry_run=True)

    assert says in " ".join(fault.what for fault in result.faults)


def test_emails_are_not_taken_together(whole_house):
    text = FILE.replace("hubspot-main\n  when: contact_created", "gmail-support\n  when: mail_received")

    result = apply([read_text(text.replace("[firstname]", "[subject]"))], dry_run=True)

    assert "each record is read on its own" in " ".join(fault.what for fault in result.faults)

"""The calendar for a person's own calendar program: readable by who has the address, and by nobody else."""

from __future__ import annotations

import pytest

from signoff.accounts.models import Person
from signoff.accounts.people import remove
from signoff.integrations.models import Integration
from signoff.versions.calendar import keys, uses
from signoff.versions.models import Subscription
from signoff.versions.subscriptions import as_ics, subscribe, subscriber, unsubscribe

pytestmark = pytest.mark.django_db


def key_in(address) -> str:
    return address.reveal().partition("?key=")[2]


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_an_address_is_one_person_s_and_the_last_one_holds(house):
    first, second = key_in(subscribe(house.owner)), key_in(subscribe(house.owner))

    assert subscriber(first) is None
    assert subscriber(second) == house.owner
    assert len(second) >= 43
    assert not Subscription.objects.filter(hash=second).exists()  # only a hash is kept


def test_an_ended_address_opens_nothing(house):
    key = key_in(subscribe(house.owner))

    assert unsubscribe(house.owner)
    assert not unsubscribe(house.owner)
    assert subscriber(key) is None


def test_it_ends_with_its_person_s_access(house):
    other = Person.objects.add("vera@example.test", "a long enough password", "viewer", "Vera")
    key = key_in(subscribe(other))
    assert subscriber(key) == other

    remove(other, house.owner)

    assert subscriber(key) is None


def test_a_reviewer_who_may_see_no_dates_sees_none_here(house):
    other = Person.objects.add("rui@example.test", "a long enough password", "viewer", "Rui")
    key = key_in(subscribe(other))
    Person.objects.filter(pk=other.pk).update(role="reviewer")

    assert subscriber(key) is None


@pytest.mark.parametrize("key", ["", "x", "ä" * 50, "0" * 5000])
def test_nonsense_opens_nothing(house, key):
    assert subscriber(key) is None


def test_the_calendar_is_one_that_calendar_programs_read(house):
    lines = unfolded(as_ics([*uses(), *keys()]))

    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert "SUMMARY:The AI model gpt-4o stops" in lines
    assert "DTSTART;VALUE=DATE:20270114" in lines
    assert "DTEND;VALUE=DATE:20270115" in lines
    (told,) = [line for line in lines if "gpt-6-luna" in line]
    assert told.startswith(
        "DESCRIPTION:This integration stops: Follow up new leads. Replacement: gpt-6-luna."
    )
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 2  # gpt-4o and HubSpot's version


def test_no_line_is_longer_than_75_bytes_and_none_is_cut_within_a_letter(house):
    Integration.objects.update(name="a" * 70)
    text = as_ics()

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "’" in text
    assert f"stops: A{'a' * 69}" in "".join(unfolded(text))


def test_an_event_keeps_its_name_when_it_is_read_again(house):
    def names():
        return [line for line in unfolded(as_ics()) if line.startswith("UID:")]

    assert names() == names()
    assert len(set(names())) == 2

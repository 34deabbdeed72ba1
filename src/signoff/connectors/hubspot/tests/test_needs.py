"""What a key for HubSpot must be allowed is said where it is used, in the words of a check."""

from __future__ import annotations

import pytest

from signoff.connectors.base import lacking
from signoff.connectors.hubspot.answers import SCOPES
from signoff.connectors.hubspot.connector import HubSpot, _in_words

DEPENDS_ON_THE_RECORD = {"associate"}  # which scope it takes, the record says and not the action


@pytest.mark.parametrize("name", [*HubSpot.actions(), *(trigger.name for trigger in HubSpot.triggers)])
def test_each_says_what_it_needs_in_the_words_of_a_check(name):
    found = HubSpot.actions().get(name) or next(t for t in HubSpot.triggers if t.name == name)

    assert bool(found.needs) is (name not in DEPENDS_ON_THE_RECORD)
    assert set(found.needs) <= set(SCOPES.values())


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("add_note", "crm.objects.contacts.write"),
        ("move_deal", "crm.objects.deals.write"),
        ("log_email", "sales-email-read"),
        ("company_created", "crm.objects.companies.read"),
    ],
)
def test_key_without_the_scope_lacks_it_by_name(name, scope):
    found = HubSpot.actions().get(name) or next(t for t in HubSpot.triggers if t.name == name)
    _may, lacks = _in_words(frozenset(SCOPES) - {scope})

    assert lacking(found.needs, lacks) == [f"{SCOPES[scope]} ({scope})"]
    assert lacking(found.needs, _in_words(frozenset(SCOPES))[1]) == []

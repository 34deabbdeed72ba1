"""What an app tells by the way of an end is kept once a day, and costs nothing where it says nothing."""

from __future__ import annotations

from datetime import date

import pytest

from signoff.connections import foretold
from signoff.connections.client import client_for, door_for
from signoff.connections.models import Connection, Foretold
from signoff.connectors.manifest import Api, Lifetime
from signoff.connectors.registry import manifests
from signoff.core import clock
from signoff.outbound.tests.local import answer, local

pytestmark = pytest.mark.django_db

SUNSET = {"sunset": "Wed, 11 Nov 2026 23:59:59 GMT"}


@pytest.fixture
def slack() -> Connection:
    return Connection.objects.create(name="slack-main", app="slack", sealed=b"")


def api(**more) -> Api:
    return Api.model_validate(manifests()["slack"].api.model_dump() | more)


def test_the_first_telling_and_the_last_stand_in_one_row(slack, monkeypatch):
    foretold.hear(slack, "web", api(), SUNSET)
    later = clock.now().replace(year=2027)
    monkeypatch.setattr(clock, "now", lambda: later)
    foretold.hear(slack, "web", api(), SUNSET)

    row = Foretold.objects.get()
    assert (row.source, row.ends_on) == ("sunset", date(2026, 11, 11))
    assert (row.first_on.year, row.last_on.year) == (2026, 2027)


def test_another_day_than_before_is_kept_at_once(slack):
    foretold.hear(slack, "web", api(), SUNSET)
    foretold.hear(slack, "web", api(), {"sunset": "Thu, 14 Jan 2027 00:00:00 GMT"})

    assert Foretold.objects.get().ends_on == date(2027, 1, 14)


def test_headers_without_a_word_of_it_touch_no_database(slack, django_assert_max_num_queries):
    with django_assert_max_num_queries(0):
        foretold.hear(slack, "web", api(served_by="x-version"), {"date": "now", "x-version": "web"})


def test_a_vendor_s_own_header_is_heard_where_its_manifest_names_it(slack):
    foretold.hear(slack, "web", api(warns_by=("x-api-warning",)), {"x-api-warning": "Ends soon\x00"})

    assert (Foretold.objects.get().source, Foretold.objects.get().says) == ("warning", "Ends soon")


def test_what_cannot_be_kept_stops_no_work(slack):
    gone = Connection.objects.get()
    slack.delete()

    foretold.hear(gone, "web", api(), SUNSET)

    assert Foretold.objects.count() in (0, 1)  # the row's owner is gone: nobody is the worse for it
    Foretold.objects.all().delete()


def test_what_a_source_no_longer_says_is_taken_back_and_can_come_again(slack):
    foretold.note(slack, Foretold.Source.MODELS, "a", ends_on=date(2027, 1, 1))
    foretold.note(slack, Foretold.Source.MODELS, "b", ends_on=date(2027, 1, 1))
    foretold.take_back(slack, Foretold.Source.MODELS, but={"b"})
    assert list(Foretold.objects.values_list("what", flat=True)) == ["b"]

    foretold.note(slack, Foretold.Source.MODELS, "a", ends_on=date(2027, 1, 1))
    assert Foretold.objects.count() == 2


def test_another_version_stands_in_the_path_of_our_own_server_only():
    row = Connection(name="whatsapp-main", app="whatsapp")
    paths = []

    def told(asked):
        paths.append(asked.path)
        return answer(200, {})

    with local(told) as server:
        row.base_url = f"{server.url}/v25.0"
        door = door_for(row, "v22.0")
        door._authorise = None
        door.get("/me")
        door.get(f"{server.url}/v25.0/next", params={"after": "v25.0"})
        door.get(f"{server.url.replace('127.0.0.1', 'localhost')}/v25.0/file")

    assert paths == ["/v22.0/me", "/v22.0/next", "/v25.0/file"]
    assert client_for(row, "v22.0").api_version == "v22.0"
    assert client_for(row).api_version == "v25.0"


@pytest.mark.parametrize(
    ("version", "ends"),
    [("2026-12", date(2028, 6, 1)), ("2026-01", date(2027, 7, 1)), ("v3", None), ("2026-13", None)],
)
def test_a_rule_ends_versions_that_are_named_by_their_month(version, ends):
    end = api(lifetime=Lifetime(months=18, source="a rule")).end_of_version(version)

    assert (end.on if end else None) == ends

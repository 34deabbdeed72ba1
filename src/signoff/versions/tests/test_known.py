"""When what we use ends: by manifests, by the apps' own answers, by a vendor's rule."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from signoff.connections import foretold
from signoff.connections.client import client_for, door_for
from signoff.connections.connect import connect
from signoff.connections.models import Foretold
from signoff.connectors.registry import manifests
from signoff.core.secret import Secret
from signoff.integrations.models import Integration
from signoff.outbound.tests.local import answer, local
from signoff.versions import calendar, look
from signoff.versions.known import replacement
from signoff_sandbox.testing import WHATSAPP_KEY, WHATSAPP_SETTINGS

pytestmark = pytest.mark.django_db


def use_of(kind, what=None):
    return next(use for use in calendar.uses() if use.kind == kind and what in (None, use.what))


def test_gpt_4o_ends_on_14_january_2027_and_that_is_known_on_the_first_day(house):
    use = use_of("model")

    assert (use.app, use.what, use.connection.name) == ("OpenAI", "gpt-4o", "openai-main")
    assert use.ending.on == date(2027, 1, 14)
    assert use.ending.source.startswith("developers.openai.com")
    assert use.ending.checked_on == manifests()["openai"].api.checked_on
    assert use.ending.replacement == "gpt-6-luna"
    assert use.stops == ("follow-up-new-leads",)


def test_what_is_switched_off_is_used_and_stops_nothing(house):
    Integration.objects.update(is_on=False)

    use = use_of("model")

    assert (use.integrations, use.stops) == (("follow-up-new-leads",), ())


def test_every_connection_stands_in_the_calendar_with_its_version(house):
    versions = {(use.connection.name, use.what) for use in calendar.uses() if use.kind == "version"}

    assert versions == {("hubspot-main", "2026-09"), ("gmail-sales", "v1"), ("openai-main", "v1")}
    hubspot = use_of("version", "2026-09")
    assert hubspot.ending.on == date(2028, 3, 8)
    assert hubspot.stops == ("follow-up-new-leads",)


def test_the_day_in_an_ai_s_own_list_wins_over_the_manifest(house, practice):
    practice.control("openai", add_model={"id": "gpt-4o", "shutdown_date": "2027-02-01"})
    try:
        assert look.look_at_models(now=True) == 1
    finally:
        practice.control("openai", add_model={"id": "gpt-4o", "shutdown_date": "2027-01-14"})

    use = use_of("model")
    assert use.ending.on == date(2027, 2, 1)
    assert use.ending.source == "its list of models"
    assert use.ending.replacement == "gpt-6-luna"


def test_an_end_that_an_ai_takes_back_is_told_no_more(house, practice):
    openai = use_of("model").connection
    foretold.note(openai, Foretold.Source.MODELS, "gpt-6-luna", ends_on=date(2027, 3, 3))

    look.look_at_models(now=True)

    assert not Foretold.objects.filter(what="gpt-6-luna").exists()
    assert Foretold.objects.get(what="gpt-4o", source="models").ends_on == date(2027, 1, 14)


def test_models_are_asked_for_once_a_day(house, practice):
    assert look.look_at_models() == 1
    assert look.look_at_models() == 0


def test_a_list_that_cannot_be_read_keeps_what_was_known_and_says_why(house, practice):
    look.look_at_models(now=True)
    practice.control("openai", revoke_key=True)
    try:
        look.look_at_models(now=True)
    finally:
        practice.control("openai", restore_key=True)

    openai = use_of("model").connection
    assert openai.looked.problem.startswith("OpenAI")
    assert Foretold.objects.filter(what="gpt-4o").exists()


def heard(house, headers, times=1):
    """Let a connection hear answers with these headers through its own door."""
    row = use_of("version", "v1").connection
    with local(lambda asked: answer(200, {}, headers=headers)) as server:
        row.base_url = server.url
        for _ in range(times):
            door_for(row).get("/anything")
    return list(Foretold.objects.filter(connection=row))


def test_a_sunset_header_is_the_end_of_the_version(house):
    (row,) = heard(house, {"Sunset": "Wed, 11 Nov 2026 23:59:59 GMT"})

    assert (row.source, row.what, row.ends_on) == ("sunset", "v1", date(2026, 11, 11))
    assert use_of("version", "v1").ending.on == date(2026, 11, 11)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("@1688169599", "being retired since 2023-06-30"),
        ("true", "being retired"),
        ("Sun, 11 Nov 2018 23:59:59 GMT", "being retired since 2018-11-11"),
    ],
)
def test_a_deprecation_header_is_read_in_all_its_forms(house, value, says):
    (row,) = heard(house, {"Deprecation": value})

    assert (row.source, row.says, row.ends_on) == ("deprecation", says, None)
    ending = use_of("version", "v1").ending
    assert (ending.on, ending.says) == (None, says)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sunset": "soon"},
        {"Sunset": ""},
        {"Deprecation": "false"},
        {"Deprecation": "?0"},
        {"Warning": '110 - "stale"'},
        {"Sunset": "Wed, 99 Nov 2026 23:59:59 GMT"},
    ],
)
def test_headers_that_say_nothing_leave_nothing_behind(house, headers):
    assert heard(house, headers) == []


def test_a_warning_is_kept_in_the_vendor_s_words_without_what_could_be_a_key(house):
    token = "sk-proj-" + "a" * 40
    (row,) = heard(house, {"Warning": f'299 - "Version v1 ends; your key {token}"'})

    assert row.says == "Version v1 ends; your key …"


def test_a_thousand_answers_cost_one_write(house, django_assert_max_num_queries):
    heard(house, {"Sunset": "Wed, 11 Nov 2026 23:59:59 GMT"})
    row = use_of("version", "v1").connection
    api = manifests()[row.app].api

    with django_assert_max_num_queries(0):
        for _ in range(1000):
            foretold.hear(row, "v1", api, {"sunset": "Wed, 11 Nov 2026 23:59:59 GMT"})


def test_what_is_not_told_again_for_a_week_is_not_told_any_more(house, monkeypatch):
    heard(house, {"Deprecation": "true"})
    assert use_of("version", "v1").ending is not None
    Foretold.objects.update(last_on=date(2026, 1, 1))

    assert use_of("version", "v1").ending is None


def test_a_refused_model_is_over_and_comes_back_when_it_is_listed(house, practice, work_off):
    practice.control("openai", retire_model="gpt-4o")
    try:
        house.receive(house.lead())
        work_off()
        ending = use_of("model").ending
        look.look_at_models(now=True)
        still = use_of("model").ending
    finally:
        practice.control("openai", add_model={"id": "gpt-4o", "shutdown_date": "2027-01-14"})
    look.look_at_models(now=True)

    assert ending.is_over
    assert ending.source == "it refused it"
    assert still.is_over
    assert not use_of("model").ending.is_over


@pytest.fixture
def whatsapp(db, practice):
    practice.control("whatsapp", restore_key=True)
    return connect(
        "whatsapp",
        "whatsapp-main",
        Secret(WHATSAPP_KEY),
        base_url=practice.whatsapp,
        settings=WHATSAPP_SETTINGS,
    )


def test_another_graph_version_is_asked_by_the_path_and_named_in_the_answer(whatsapp, practice):
    client = client_for(whatsapp, "v24.0")
    client.check()

    assert client.door.last_headers["facebook-api-version"] == "v24.0"
    assert not Foretold.objects.exists()


def test_an_ended_graph_version_shows_in_the_version_that_answers(whatsapp, practice):
    practice.control("whatsapp", clock_at="2028-03-01T00:00:00+00:00")
    try:
        lacks = client_for(whatsapp, "v24.0").check().lacks
    finally:
        practice.control("whatsapp", clock_offset_seconds=0)

    row = Foretold.objects.get(source="served")
    assert (row.what, row.says) == ("v24.0", "v25.0 answers instead")
    assert "v25.0 answers instead" in " ".join(lacks)


def test_every_spoken_graph_version_answers_on_the_practice_app(whatsapp):
    for version in manifests()["whatsapp"].api.versions():
        client = client_for(whatsapp, version)
        assert client.check().id == whatsapp.account_id
        assert client.door.last_headers["facebook-api-version"] == version


def test_hubspot_is_asked_in_an_earlier_version(house):
    hubspot = use_of("version", "2026-09").connection
    for version in ("2026-03", "2026-09"):
        assert client_for(hubspot, version).check().id == hubspot.account_id
        assert {"email", "firstname"} <= {one.name for one in client_for(hubspot, version).fields("contact")}


def test_a_version_without_a_date_of_its_own_ends_by_its_vendor_s_rule():
    api = manifests()["hubspot"].api

    assert api.end_of_version("2027-03").on == date(2028, 9, 1)
    assert api.end_of_version("2026-03").on == date(2027, 9, 30)  # the exact day wins
    assert api.end_of_version("v9") is None


def test_the_replacement_is_the_version_that_lives_longest():
    api = manifests()["whatsapp"].api

    assert replacement(api, "v24.0") == "v26.0"
    assert replacement(api, "v26.0") == ""
    assert manifests()["gmail"].api.versions() == ("v1",)


def test_snapshots_are_what_answers_said_they_came_from(house, work_off):
    for _ in range(2):
        house.receive(house.lead())
    work_off()

    (use,) = [use for use in calendar.with_snapshots(calendar.uses()) if use.kind == "model"]

    assert [(one.model, one.answers) for one in use.snapshots] == [("gpt-4o-2024-08-06", 2)]


def test_the_document_counts_the_days(house, monkeypatch):
    from signoff.core import clock

    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-26T10:00:00+00:00"))

    told = calendar.as_document(calendar.uses())

    model = next(one for one in told["uses"] if one["kind"] == "model")
    assert (told["as_of"], model["in_days"], model["over"]) == ("2026-11-26", 49, False)
    assert model["ends_on"] == "2027-01-14"

"""Home, integrations, connections, history, health, and pages of trouble."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection as db
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signoff.connections.models import Connection
from signoff.core import clock
from signoff.core.errors import CredentialRejected
from signoff.integrations.models import Integration
from signoff.prompts.models import Fact
from signoff.runs.models import Delivery, Run
from signoff.web import connections, errors, history
from signoff.web.tests import world

pytestmark = pytest.mark.django_db


def first_run() -> int:
    return Run.objects.order_by("id")[0].pk


def test_first_run_shows_the_step_to_do_next(as_role):
    world.person()
    client = as_role("owner")
    assert "Connect the app where your customers are" in client.get("/").content.decode()

    world.connection("hubspot-main", "hubspot")
    page = client.get("/").content.decode()
    assert "Your app is connected" in page
    assert "Choose an AI" in page

    world.connection("openai-main", "openai")
    assert "signoff apply" in client.get("/").content.decode()


def test_home_says_what_needs_me_with_one_button_each(as_role):
    world.business()
    Connection.objects.filter(name="hubspot-main").update(
        state="needs you", problem="HubSpot no longer accepts our key.", problem_since=clock.now()
    )

    page = as_role("owner").get("/").content.decode()

    assert "HubSpot no longer accepts our key." in page
    assert "Paste a new key" in page
    assert "4 drafts wait for you" in page
    assert "We are not sure about 1 record" in page
    assert "Your OpenAI key ends" in page
    assert page.count('class="button go"') == 1


@pytest.mark.parametrize(
    ("name", "trouble", "button"),
    [
        ("hubspot-main", "key", "Paste a new key"),
        ("gmail-sales", "key", "Sign in again"),
        ("openai-main", "quota", "Look"),
    ],
)
def test_home_offers_what_mends_a_connection_and_says_what_waits_for_it(as_role, name, trouble, button):
    world.business()
    Connection.objects.filter(name=name).update(
        state="needs you", trouble=trouble, problem=f"{name} stopped.", next_step="Do this first."
    )
    Run.objects.filter(state="needs you").update(waits_for=Connection.objects.get(name=name))

    page = as_role("owner").get("/").content.decode()
    card = page.split(f"{name} stopped.")[1].split("</section>")[0]

    assert "Nothing is lost; work goes on by itself once this is mended. Do this first." in card
    assert button in card


def test_home_says_that_all_is_well(as_role):
    world.integration(world.person())

    assert "All is well" in as_role("owner").get("/").content.decode()


def test_practice_apps_are_named_on_every_page(as_role):
    world.business()
    client = as_role("owner")
    assert "Practice" not in client.get("/health/").content.decode().split("<main")[0]
    Connection.objects.filter(app="openai").update(base_url="http://127.0.0.1:9103")

    for address in ("/", "/review/", "/history/", "/settings/me/"):
        assert "Practice AI: made-up drafts" in client.get(address).content.decode()


def test_integration_is_switched_by_post(as_role):
    world.business()
    client = as_role("owner")

    client.post("/integrations/follow-up-after-demo/switch/", {"on": "no"})
    assert not Integration.objects.get().is_on
    page = client.get("/integrations/follow-up-after-demo/").content.decode()
    assert "Turn on, with review" in page


def test_viewer_cannot_switch(as_role):
    world.business()

    answer = as_role("viewer").post("/integrations/follow-up-after-demo/switch/", {"on": "no"})

    assert answer.status_code == 403
    assert Integration.objects.get().is_on


def test_integration_reads_as_four_cards(as_role):
    world.business()

    page = as_role("owner").get("/integrations/follow-up-after-demo/").content.decode()

    for sentence in (
        "A new contact appears",
        "Only if Lifecycle stage is",
        "Put an e-mail into Drafts",
        "78 characters",
        "One of 4 choices",
        "20 drafts a day",
        "name: follow-up-after-demo",
    ):
        assert sentence in page


def test_trial_that_cannot_reach_the_ai_says_so_in_its_panel(as_role):
    world.business()
    Connection.objects.filter(app="openai").update(state="needs you")

    page = as_role("owner").post("/integrations/follow-up-after-demo/", {"run": first_run()}).content.decode()

    assert "Read the record" in page
    assert "no longer accepts our key" in page


def test_the_second_ai_stands_on_the_page_of_its_integration(as_role):
    world.connections()
    world.integration(checks={"second_opinion": {"model": "gpt-4o"}})

    page = as_role("owner").get("/integrations/follow-up-after-demo/").content.decode()

    assert "<dt>A second AI that doubts each draft</dt><dd>OpenAI, gpt-4o</dd>" in page


def test_a_connection_before_the_first_integration_leads_on(as_role):
    client = as_role("owner")
    row = world.connection("hubspot-one", "hubspot")
    address = f"/connections/{row.pk}/"
    assert "Home shows the next step to your first draft." in client.get(address).content.decode()

    world.integration()

    assert "Home shows the next step" not in client.get(address).content.decode()


def test_an_address_that_is_refused_is_shown_where_it_was_written(as_role):
    data = {
        "name": "openai-main",
        "secret": "sk-" + "k" * 30,
        "base_url": "http://192.0.2.7:9000",
        "setting_provider": "openai",
    }

    answer = as_role("owner").post("/connections/new/openai/", data)

    page = answer.content.decode()
    assert "add 192.0.2.7:9000 to SIGNOFF_ALLOW_HOSTS" in page
    assert "<details open><summary>More</summary>" in page


def test_connecting_shows_where_the_key_is_and_never_the_key(as_role, monkeypatch):
    world.person()
    client = as_role("owner")
    page = client.get("/connections/new/hubspot/").content.decode()
    assert "Where to find it" in page

    def refuse(*_args, **_more):
        raise CredentialRejected("401", app="HubSpot")

    monkeypatch.setattr(connections.connecting, "connect", refuse)
    answer = client.post("/connections/new/hubspot/", {"name": "hubspot-main", "secret": "pat-very-secret"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "HubSpot no longer accepts our key" in page
    assert "pat-very-secret" not in page


def test_taken_name_does_not_overwrite_a_connection(as_role):
    world.business()

    answer = as_role("owner").post("/connections/new/hubspot/", {"name": "hubspot-main", "secret": "x" * 20})

    assert answer.status_code == 422
    assert "with this name already" in answer.content.decode()


def test_sign_in_at_an_app_goes_on_by_a_page_not_by_a_redirect(as_role):
    world.person()
    data = {"name": "gmail-sales", "client_id": "id.apps", "client_secret": "hush"}

    answer = as_role("owner").post("/connections/new/gmail/", data)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "https://accounts.google.com/" in page
    assert "code_challenge=" in page
    assert "hush" not in page


def test_callback_from_another_browser_connects_nothing(as_role):
    world.person()

    answer = as_role("owner").get("/connections/callback/?state=theirs&code=theirs")

    assert answer.status_code == 422
    assert "Nothing was saved" in answer.content.decode()
    assert not Connection.objects.exists()


def test_connection_in_use_by_history_stays(as_role):
    world.business()
    gmail = Connection.objects.get(name="gmail-sales")

    answer = as_role("owner").post(f"/connections/{gmail.pk}/disconnect/")

    assert answer.status_code == 409
    assert Connection.objects.filter(pk=gmail.pk).exists()


def test_history_filters_and_finds(as_role):
    world.business()
    client = as_role("owner")

    assert client.get("/history/?state=done").content.decode().count("/history/") > 6
    page = client.get("/history/?q=dana").content.decode()
    assert "Dana Whitfield" in page
    assert "Marco" not in page
    assert "Nothing fits" in client.get("/history/?q=nobody").content.decode()
    assert client.get("/history/?before=abc&state=odd&integration=none").status_code == 200


def test_history_goes_on_by_number_and_never_counts(as_role):
    owner = world.person()
    made = world.integration(owner)
    now = clock.now()
    Run.objects.bulk_create(
        Run(
            integration=made,
            version=made.current,
            dedupe_key=str(number),
            label=f"Lead {number}",
            record={},
            received_at=now,
            changed_at=now,
        )
        for number in range(120)
    )
    client = as_role("owner")

    with CaptureQueriesContext(
        db,
    ) as queries:
        first = client.get("/history/").content.decode()
    older = first.split('href="?before=')[1].split('"')[0]
    second = client.get(f"/history/?before={older}").content.decode()

    assert "Lead 119<" in first
    assert "Lead 70<" in first
    assert "Lead 69<" in second
    assert not any("COUNT" in q["sql"] and "runs_run" in q["sql"] for q in queries.captured_queries)


def test_run_reads_as_a_timeline(as_role):
    world.business()

    page = as_role("owner").get(f"/history/{first_run()}/").content.decode()

    assert "HubSpot told us about a new contact" in page
    assert "AI wrote the draft" in page
    assert "Dana Whitfield, follow up after demo" in page


def test_a_day_begins_in_a_timeline_when_it_does_where_the_owner_lives():
    lines = [{"at": f"2026-07-03T{at}+00:00", "what": "x"} for at in ("21:50:00", "22:10:00", "23:59:00")]
    run = Run(timeline=[*lines, {"at": "2026-07-04T00:01:00+00:00", "what": "x"}])

    with timezone.override("Europe/Berlin"):
        days = [line.new_day for line in history.timeline(run)]

    assert days == [False, True, False, False]


def test_uncertain_delivery_takes_a_persons_word(as_role):
    world.business()
    delivery = Delivery.objects.get()
    client = as_role("owner")
    page = client.get(f"/history/{delivery.run_id}/").content.decode()
    assert "It was not, send it" in page

    client.post(f"/history/deliveries/{delivery.pk}/settle/", {"was_sent": "yes"})

    delivery.refresh_from_db()
    assert delivery.state == "confirmed"


def test_run_again_makes_a_new_run_linked_to_the_old(as_role):
    world.business()
    old = Run.objects.filter(state="done").first()

    answer = as_role("owner").post(f"/history/{old.pk}/again/", follow=True)

    assert Run.objects.get(replay_of=old)
    assert f"This repeats run {old.pk}" in answer.content.decode()


def test_before_a_record_runs_again_the_page_says_what_there_will_be_two_of(as_role):
    world.business()
    old = Delivery.objects.first().run  # it may have been sent

    page = as_role("owner").get(f"/history/{old.pk}/again/").content.decode()

    assert "There will be a second one" in page
    assert "Not doubled" in page
    assert not Run.objects.filter(replay_of=old).exists()


def test_a_list_of_stopped_records_goes_on_together(as_role):
    world.business()
    held = Run.objects.get(state="needs you")
    done = Run.objects.filter(state="done").first()
    client = as_role("owner")
    assert f'name="run" value="{held.pk}"' in client.get("/history/?state=needs+you").content.decode()

    asked = client.get(f"/history/again/?run={held.pk}&run={done.pk}").content.decode()
    client.post("/history/again/", {"run": [held.pk, done.pk]})

    held.refresh_from_db()
    assert "1 goes on from where it stopped" in asked
    assert held.state == "queued"
    assert Run.objects.filter(replay_of=done).count() == 1


def test_nobody_runs_what_is_not_theirs_to_see_again(as_role):
    world.business()
    held = Run.objects.get(state="needs you")

    answer = as_role("reviewer").post("/history/again/", {"run": [held.pk]})

    assert answer.status_code == 404
    held.refresh_from_db()
    assert held.state == "needs you"


def test_a_run_under_way_looks_for_itself_whether_it_went_on(as_role):
    world.business()
    run = Run.objects.filter(state="done").first()
    client = as_role("owner")
    assert 'hx-trigger="every 2s"' not in client.get(f"/history/{run.pk}/").content.decode()

    Run.objects.filter(pk=run.pk).update(state="asking")

    assert 'hx-trigger="every 2s"' in client.get(f"/history/{run.pk}/").content.decode()


def test_resume_lets_a_run_go_on(as_role):
    world.business()
    held = Run.objects.get(state="needs you")

    as_role("owner").post(f"/history/{held.pk}/resume/")

    held.refresh_from_db()
    assert held.state == "queued"


def test_prompt_is_shown_as_it_was_asked(as_role):
    world.business()

    page = as_role("owner").get(f"/history/{first_run()}/prompt/").content.decode()

    assert "Write a short follow-up e-mail after the demo" in page
    assert "Whitfield Dental" in page


def test_health_names_what_waits_and_what_ends(as_role):
    world.business()
    Run.objects.filter(state="done").update(state="queued", changed_at=clock.now() - timedelta(hours=2))

    page = as_role("owner").get("/health/").content.decode()

    assert "Nothing is being worked on" in page
    assert "Key of openai-main" in page
    assert "gpt-4o, used by Follow up after demo" in page


def test_missing_page_is_in_the_house_style(client, as_role):
    assert "This page is not here" in client.get("/no-such-page/").content.decode()
    world.person()
    assert as_role("owner").get("/history/999/").status_code == 404


def test_broken_page_gives_a_reference_and_needs_no_database(rf, caplog):
    answer = errors.broken(rf.get("/x/"))

    reference = caplog.records[-1].reference
    assert answer.status_code == 500
    assert reference in answer.content.decode()
    assert "no record is lost" in answer.content.decode()


def test_htmx_settings_are_json(client):
    page = client.get("/setup/").content.decode()

    settings = json.loads(page.split('name="htmx-config" content=\'')[1].split("'")[0])

    assert settings["allowEval"] is False
    assert settings["includeIndicatorStyles"] is False


def test_what_changed_at_the_apps_stands_on_the_integrations_page(as_role):
    world.business()
    made = Integration.objects.get()
    made.drifts.create(
        reference="hubspot-main.contact.lead_intent",
        what="“Intent” has no choice “Hot” any more.",
        gone=["hot"],
    )

    page = as_role("owner").get(f"/integrations/{made.name}/").content.decode()
    assert "Your apps have changed" in page
    assert "has no choice “Hot” any more" in page
    assert "Take the changes over" in page
    assert (
        "Take the changes over" not in as_role("viewer").get(f"/integrations/{made.name}/").content.decode()
    )
    assert as_role("viewer").post(f"/integrations/{made.name}/take-over/").status_code == 403


def test_changes_that_cannot_be_taken_over_change_nothing_and_say_why(as_role):
    world.business()
    Fact.objects.all().delete()  # its file names one
    made = Integration.objects.get()
    before = made.current_id

    page = as_role("owner").post(f"/integrations/{made.name}/take-over/", follow=True).content.decode()

    assert "Nothing was changed." in page
    assert Integration.objects.get().current_id == before


def test_what_is_not_finished_stands_on_integrations_for_those_who_build(as_role):
    address = as_role("builder").post("/integrations/new/", {"start": "sign-off"})["Location"]

    assert address in as_role("owner").get("/integrations/").content.decode()
    assert address not in as_role("viewer").get("/integrations/").content.decode()

"""Recipes and moving in, as pages: what is chosen becomes a draft, and what is missing is connected on the way."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from signoff.integrations import drafts
from signoff.integrations.models import Draft, Integration
from signoff.moving.tests import exports
from signoff.recipes.shelf import RECIPES
from signoff.web.tests import world

pytestmark = pytest.mark.django_db


def begun(answer) -> Draft:
    """Return the draft that a page has sent us to."""
    assert answer.status_code == 303, answer.content.decode()[:2000]
    return Draft.objects.get(pk=int(answer["Location"].split("/")[3]))


def test_the_gallery_shows_every_recipe_with_the_way_of_its_record(as_role):
    page = as_role("builder").get("/recipes/").content.decode()

    for one in RECIPES:
        assert one.title in page
    assert page.count('class="way"') == len(RECIPES)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("q=whatsapp", {"Answer WhatsApp questions"}),
        ("app=airtable", {"Extract orders from e-mails"}),
        ("task=translate", {"Translate enquiries"}),
        ("q=slack&app=hubspot", {"Qualify and route leads", "Weekly summary to Slack"}),
        ("q=nobody+has+this", set()),
        ("app=nonsense&task=nonsense", {one.title for one in RECIPES}),
    ],
)
def test_the_gallery_is_searched_by_words_app_and_task(as_role, query, titles):
    page = as_role("builder").get(f"/recipes/?{query}").content.decode()

    assert {one.title for one in RECIPES if f">{one.title}</a>" in page} == titles


def test_a_recipe_says_what_is_missing_and_begins_with_what_is_there(as_role):
    world.connections()
    client = as_role("owner")

    ready = client.get("/recipes/follow-up-new-leads/").content.decode()
    lacking = client.get("/recipes/qualify-and-route-leads/").content.decode()
    draft = begun(client.post("/recipes/follow-up-new-leads/"))

    assert "Begin with this recipe" in ready
    assert "/connections/new/slack/?next=%2Frecipes%2Fqualify-and-route-leads%2F" in lacking
    assert "Begin all the same" in lacking
    data = drafts.data_of(draft.source)
    assert (data["record"]["from"], data["name"]) == ("hubspot-main", "follow-up-new-leads")
    assert not Integration.objects.exists()


def test_a_get_begins_nothing_and_an_unknown_recipe_is_none(as_role):
    client = as_role("owner")

    client.get("/recipes/follow-up-new-leads/")

    assert not Draft.objects.exists()
    assert client.get("/recipes/nonsense/").status_code == 404
    assert as_role("viewer").post("/recipes/follow-up-new-leads/").status_code == 403


def test_who_connects_an_app_for_a_recipe_comes_back_to_it(as_role, practice):
    from signoff_sandbox.testing import SLACK_KEY

    client = as_role("owner")
    client.get("/connections/new/slack/?next=/recipes/qualify-and-route-leads/")
    form = {"name": "slack-main", "secret": SLACK_KEY, "base_url": practice.slack}

    answer = client.post("/connections/new/slack/?next=/recipes/qualify-and-route-leads/", form)

    assert answer["Location"] == "/recipes/qualify-and-route-leads/", answer.content.decode()[:3000]
    assert "Connected as slack-main." in client.get(answer["Location"]).content.decode()


def test_nobody_is_sent_to_another_site_after_connecting(as_role, practice):
    from signoff_sandbox.testing import SLACK_KEY

    client = as_role("owner")
    client.get("/connections/new/slack/?next=https://elsewhere.example/")
    answer = client.post(
        "/connections/new/slack/",
        {"name": "slack-main", "secret": SLACK_KEY, "base_url": practice.slack},
    )

    assert answer["Location"].startswith("/connections/")


def test_a_recipe_uses_another_mailbox_where_that_is_what_there_is(as_role):
    world.connection("hubspot-main", "hubspot")
    world.connection("openai-main", "openai")
    world.connection(
        "post", "mail", account_name="support@example.com", may=["create drafts", "read e-mails"]
    )

    draft = begun(as_role("builder").post("/recipes/follow-up-new-leads/"))

    assert "post.create_draft" in drafts.data_of(draft.source)["then"][0]


def test_home_without_an_integration_leads_to_the_recipes(as_role):
    assert 'href="/recipes/"' in as_role("owner").get("/").content.decode()
    world.connections()
    assert 'href="/recipes/"' in as_role("owner").get("/").content.decode()


def test_an_export_becomes_a_draft_and_the_page_says_what_was_left_behind(as_role):
    world.connections()
    client = as_role("builder")
    file = SimpleUploadedFile("workflow.json", json.dumps(exports.N8N_MAIL).encode())

    answer = client.post("/integrations/moving-in/", {"file": file})
    draft = begun(answer)
    page = client.get(answer["Location"]).content.decode()

    assert "settings temperature were left out" in page
    assert "gpt-4o-mini" in draft.source
    assert "It is a draft: nothing runs." in page
    on = client.post(answer["Location"])
    assert on["Location"] == f"/integrations/drafts/{draft.pk}/"
    draft.refresh_from_db()
    assert drafts.data_of(draft.source)["prompt"]["ai"] == "openai-main"
    assert client.get(on["Location"]).status_code == 200


def test_connections_with_names_of_their_own_are_found_again_on_the_page(as_role):
    world.connection("post", "gmail")
    world.connection("brain", "openai")
    client = as_role("builder")

    answer = client.post("/integrations/moving-in/", {"pasted": json.dumps(exports.N8N_MAIL)})
    page = client.get(answer["Location"]).content.decode()

    assert "Connected as post." in page
    assert "Connected as brain." in page
    assert drafts.data_of(begun(answer).source)["record"]["from"] == "post"


def test_a_draft_moved_in_and_changed_in_the_builder_still_opens(as_role):
    client = as_role("builder")
    draft = drafts.begin_with("name: x\nthen: []\n", None)

    assert (
        client.get(f"/integrations/drafts/{draft.pk}/moved/")["Location"]
        == f"/integrations/drafts/{draft.pk}/"
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Nothing was chosen."),
        ({"pasted": "{"}, "cannot be read as JSON"),
        ({"pasted": "{}"}, "neither a workflow that n8n has exported nor a blueprint"),
        ({"file": SimpleUploadedFile("a.json", b"\xff\xfe\x00")}, "This file is no text"),
    ],
)
def test_what_is_no_export_is_refused_in_words_and_kept_nowhere(as_role, given, says):
    answer = as_role("builder").post("/integrations/moving-in/", given)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Draft.objects.exists()

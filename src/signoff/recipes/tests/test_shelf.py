"""What every recipe promises without running: its page is true, its file is whole, it is found by what it says."""

from __future__ import annotations

import pytest

from signoff.connectors.registry import connector_class, manifests
from signoff.integrations.definition import Definition
from signoff.integrations.file import read_text
from signoff.integrations.usage import why_not_yet
from signoff.recipes.fitting import fit
from signoff.recipes.shelf import RECIPES, app_of, recipe, search
from signoff.recipes.tests.pages import FOLDER, pages


def test_the_pages_say_what_the_recipes_are():
    """Write them anew with `python src/signoff/recipes/tests/pages.py`."""
    assert {one.name: one.read_text("utf-8") for one in FOLDER.glob("*.md")} == pages()


@pytest.mark.parametrize("one", RECIPES, ids=lambda one: one.key)
def test_a_recipe_is_a_whole_file_that_names_known_apps_and_actions(one):
    document = read_text(one.source)

    assert document.faults == []
    definition = Definition.model_validate(document.data)
    assert definition.name == one.key
    assert one.source.startswith("# ")
    assert all(app_of(name) in manifests() for name in one.connections)
    for step in definition.then:
        assert step.action in connector_class(app_of(step.connection)).actions()
    assert one.first


def test_recipes_are_found_by_words_app_and_task():
    assert [one.key for one in search("slack week")] == ["weekly-summary-to-slack"]
    assert {one.key for one in search(app="whatsapp")} == {"answer-whatsapp-questions"}
    assert {one.key for one in search(task="clean-up")} == {"clean-up-company-names"}
    assert search("nobody says this") == []
    assert recipe("nonsense") is None


@pytest.mark.django_db
def test_without_a_connection_a_recipe_keeps_its_names_and_says_what_is_missing():
    fitted = fit(recipe("follow-up-new-leads").data)

    assert [one.app.key for one in fitted.missing] == ["hubspot", "openai", "gmail"]
    assert fitted.data["record"]["from"] == "hubspot-main"
    assert not fitted.is_ready


def test_the_mailbox_whose_key_may_do_it_is_taken_before_the_one_of_the_right_name(whole_house):
    sales = fit(recipe("reply-to-contact-form").data)
    labels = fit(recipe("label-and-route-support-mail").data)

    assert "gmail-sales.create_draft" in sales.data["then"][0]
    assert "gmail-support.label" in labels.data["then"][0]
    assert why_not_yet(Definition.model_validate(labels.data)) == []
    assert labels.data["prompt"]["model"] == "gpt-4o"  # the one that is asked here already

"""`signoff recipes` and `signoff import`."""

from __future__ import annotations

import json

from signoff.moving.tests import exports


def test_a_recipe_is_found_shown_and_begun(shop):
    listed = shop.run("recipes", "list", "--app", "hubspot", "--json").json
    shown = shop.run("recipes", "show", "follow-up-new-leads", "--json").json
    begun = shop.run("recipes", "begin", "follow-up-new-leads", "--json").json
    draft = shop.run("drafts", "show", str(begun["id"]), "--json")

    assert "follow-up-new-leads" in [one["key"] for one in listed]
    assert shown["ready"]
    assert "from: hubspot-main" in shown["file"]
    assert draft.code == 0, draft.out
    assert shop.run("drafts", "forget", str(begun["id"])).code == 0


def test_a_recipe_that_is_not_there_is_named_with_those_there_are(shop):
    ended = shop.run("recipes", "begin", "nonsense")

    assert ended.code == 2
    assert "follow-up-new-leads" in ended.err


def test_an_export_is_printed_as_a_file_and_kept_as_a_draft(shop, tmp_path):
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(exports.N8N_MAIL))

    told = shop.run("import", str(file), "--json").json
    kept = shop.run("import", str(file), "--draft", "--json").json

    assert (told["tool"], told["draft"]) == ("n8n", None)
    assert "# Left behind: " in told["file"]
    assert {"what", "do"} == set(told["notes"][0])
    assert shop.run("drafts", "forget", str(kept["draft"])).code == 0


def test_what_is_no_export_is_a_sentence(shop, tmp_path):
    file = tmp_path / "picture.json"
    file.write_bytes(b"\x89PNG\xff")

    picture = shop.run("import", str(file))
    nowhere = shop.run("import", str(tmp_path / "nowhere.json"))

    assert (picture.code, nowhere.code) == (1, 1)
    assert "This file is no text" in picture.err
    assert "cannot be opened" in nowhere.err

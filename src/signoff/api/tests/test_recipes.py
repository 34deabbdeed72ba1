"""Recipes and moving in, for programs."""

from __future__ import annotations

import json

import pytest

from signoff.integrations.models import Draft
from signoff.moving.tests import exports

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(client, house, token):
    headers = token("read", "build")

    def send(method, path, body=None):
        more = {"data": body or {}, "content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(f"/api/v1{path}", headers=headers, **more)

    return send


def test_a_recipe_is_found_read_and_begun(call):
    found = call("get", "/recipes?task=write&words=lead").json()
    assert isinstance(found, list), found
    whole = call("get", "/recipes/follow-up-new-leads").json()
    begun = call("post", "/recipes/follow-up-new-leads/draft")

    assert [one["key"] for one in found] == ["follow-up-new-leads"]
    assert whole["ready"]
    assert "hubspot-main" in whole["file"]
    assert begun.status_code == 201
    # The house has an integration of this name already.
    assert begun.json()["name"] == "follow-up-new-leads-2"
    assert begun.json()["faults"] == []
    assert call("get", "/recipes/nonsense").status_code == 404


def test_an_export_becomes_a_draft_with_notes_and_nonsense_none(call):
    made = call("post", "/moving-in", {"export": json.dumps(exports.N8N_MAIL)})
    refused = call("post", "/moving-in", {"export": "{}"})

    assert made.status_code == 201
    assert made.json()["notes"][0]["do"]
    assert "gpt-4o-mini" in made.json()["file"]
    assert refused.status_code == 422
    assert "neither a workflow" in refused.json()["detail"]
    assert Draft.objects.count() == 1

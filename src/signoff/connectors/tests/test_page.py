"""What docs/connectors.md shows is a connector that works, word for word."""

from __future__ import annotations

import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from signoff.connectors.base import Connector, Intent, NotSent, Sent
from signoff.connectors.manifest import Manifest
from signoff.core.errors import AnswerUnexpected, CredentialRejected, InputRejected
from signoff.outbound.door import Door
from signoff.outbound.tests.local import HERE, answer, local

PAGE = (Path(__file__).parents[4] / "docs" / "connectors.md").read_text()
CARDS = [
    {"id": 7, "title": "Dana", "text": "Hello\n\nSignoff run so-1"},
    {"id": 8, "title": "", "text": "Bye"},
]
TOLD = {
    "/v2/me": {"id": 1, "name": "Harbour Desk"},
    "/v2/fields/card": {"fields": [{"name": "stage", "label": "Stage", "values": ["new", "done"]}]},
    "/v2/cards": {"cards": CARDS},
    "/v2/cards/7": CARDS[0],
    "/v2/boards/sales/cards": {"cards": CARDS},
    "/v2/boards/odd/cards": {},
}


def shown(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return block


@pytest.fixture
def acme(monkeypatch):
    """The page's own connector, with Acme on this machine."""
    module = ModuleType("page_of_acme")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(shown("python"), "docs/connectors.md", "exec"), vars(module))
    module.Acme.manifest = Manifest.model_validate(tomllib.loads(shown("toml")))

    def acme_answers(asked):
        if asked.headers.get("authorization") != "Bearer acme_good":
            return answer(401, {"code": "no"})
        if asked.method == "POST":
            return answer(422, {"code": "full"}) if "full" in asked.path else answer(201, {"id": 9})
        known = asked.path in TOLD
        return answer(200 if known else 404, TOLD.get(asked.path))

    with local(acme_answers) as server:

        def connect(key="acme_good") -> Connector:
            signed = {"Authorization": f"Bearer {key}"}
            return module.Acme(Door(server.url, app="Acme", authorise=lambda: signed, allow_hosts=HERE))

        yield connect


def test_the_page_shows_a_connector_that_signs_in(acme):
    assert acme().check().name == "Harbour Desk"
    with pytest.raises(CredentialRejected):
        acme("acme_wrong").check()


def test_the_page_shows_a_trigger_that_tells_and_reads(acme):
    begun = acme().changes("card_added", None, ())
    page = acme().changes("card_added", begun.cursor, ("title",))

    assert (begun.events, begun.cursor) == ((), "7")
    assert [event.label for event in page.events] == ["Dana", "8"]
    assert page.events[0].record == {"id": "7", "title": "Dana"}
    assert acme().read("card_added", "7", ("text",)) == {"id": "7", "text": CARDS[0]["text"]}
    assert acme().read("card_added", "gone", ()) is None
    assert [choice.value for choice in acme().fields("card")[0].choices] == ["new", "done"]


def test_the_page_shows_a_write_that_is_found_again_and_never_concluded_from_nothing(acme):
    card = {"board": "sales", "text": "Hello"}
    assert acme().perform("add_card", card, "so-1").id == "9"
    with pytest.raises(InputRejected):
        acme().perform("add_card", {**card, "board": "full"}, "so-1")

    def asked(board, marker):
        return Intent("add_card", {**card, "board": board}, marker, datetime.now(UTC))

    assert acme().reconcile(asked("sales", "so-1")) == Sent("7")
    assert acme().reconcile(asked("sales", "so-2")) == NotSent()
    with pytest.raises(AnswerUnexpected):
        acme().reconcile(asked("odd", "so-1"))

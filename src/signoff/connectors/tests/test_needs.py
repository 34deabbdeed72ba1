"""What an action or a trigger needs is said in the words in which `check()` says what a key may do."""

from __future__ import annotations

import pytest

from signoff.connectors.base import AiConnector, lacking
from signoff.connectors.mail.tests.boxes import boxed
from signoff.connectors.registry import connector_class, manifests
from signoff.connectors.tests.practice import connect


def needs_of(app: str) -> set[str]:
    cls = connector_class(app)
    needs = {need for part in (*cls.actions().values(), *cls.triggers) for need in part.needs}
    return needs | set(cls.needs) if issubclass(cls, AiConnector) else needs


@pytest.mark.parametrize("app", [app for app in sorted(manifests()) if needs_of(app)])
def test_the_practice_app_knows_every_permission_that_is_needed(app, practice, request):
    if manifests()[app].door == "mail":
        account = boxed(*map(request.getfixturevalue, ("mailroom", "address"))).check()
    else:
        account = connect(practice, app).check()

    known = {*account.may, *(told.partition(" (")[0] for told in account.lacks)}
    assert needs_of(app) <= known


@pytest.mark.parametrize(
    ("needs", "lacks", "missing"),
    [
        (["create notes"], ["create notes"], ["create notes"]),
        (["create notes"], ["create notes (notes.write)"], ["create notes (notes.write)"]),
        (["create notes"], ["create notes of others"], []),
        (["create notes"], [], []),
        ([], ["create notes"], []),
        (["a", "b"], ["b (x)", "a"], ["a", "b (x)"]),
    ],
)
def test_what_is_lacking_is_named_as_the_app_names_it(needs, lacks, missing):
    assert lacking(needs, lacks) == missing

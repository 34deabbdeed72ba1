"""Words that only look like a claim, and signatures of every kind."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    "answer",
    [
        "You are looking at a mower, rental, for the yard, and you reckon with two seasons.",
        "A mower on rental is the right direction, and since the yard is level, it will do.",
    ],
)
def test_a_clause_is_no_entry_of_a_list(answer: str) -> None:
    assert texts(answer, {"product": "Mower, rental", "note": "two seasons, level yard"}) == []


def test_an_entry_that_a_list_does_not_have_is_still_found() -> None:
    record = {"services": ["cleaning", "whitening", "implants"]}

    assert texts("We offer cleaning, whitening and braces.", record) == ["braces"]


def test_kind_regards_are_about_no_child() -> None:
    record = {"name": "Ingrid Solheim", "children": 0}

    assert texts("Dear Ingrid, all is ready.\n\nWith kind regards from Whitby,\nPia Dunn", record) == []


@pytest.mark.parametrize(
    "closing",
    [
        "Liebe Grüße",
        "Schöne Grüße aus Freiburg\nKarl Ott",
        "Au plaisir d’échanger avec vous,\nClaire Mounier",
        "Quedo a su disposición,\nMarta Beltrán\nAtención al cliente",
        "Bis dahin alles Gute\nPeter Vogt | Praxis Vogt",
        "Yours till Friday's show,\nHarriet Moss",
    ],
)
def test_whoever_signs_after_whatever_closing_is_left_alone(closing: str) -> None:
    record = {"name": "Jule Winkelmann", "event": "Friday"}

    assert texts(f"Hallo Jule,\n\nalles ist notiert.\n\n{closing}", record) == []


def test_what_is_denied_at_the_end_of_its_clause_is_denied() -> None:
    assert texts("Eigene Parkplätze haben wir allerdings nicht.", {"parking": False}) == []


@pytest.mark.parametrize(
    "answer",
    [
        "It is free Aug 1, 2026.",
        "Auch einen Rabatt ab 100 Personen kann ich Ihnen an dieser Stelle nicht zusagen.",
        "Descuento por ahora no hay.",
        "Zum Rabatt kann ich heute noch nichts sagen.",
        "Sobre el descuento, prefiero consultarlo antes.",
        "A discount I can't promise today.",
        "Pensez également au dépôt de garantie.",
        "Y para la tercera caja: hoy su plan contempla menos terminales.",
    ],
)
def test_what_is_refused_or_only_how_things_are_is_no_promise(answer: str) -> None:
    assert texts(answer, {"available": "2026-08-01", "gaeste": 100, "plan": "Caja"}) == []


def test_a_refund_that_is_said_to_be_approved_is_underlined_with_its_verb() -> None:
    assert texts("Su reembolso ya está aprobado.", {"caso": "EC-2204"}) == ["reembolso ya está aprobado"]


def test_a_code_from_nowhere_is_underlined_with_its_thing() -> None:
    record = {"room": "12", "bed": "double", "check_in": "2026-06-05"}

    assert texts("The wifi code is blue2026.", record) == ["wifi code is blue2026"]

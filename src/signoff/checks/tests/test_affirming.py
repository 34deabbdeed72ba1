"""What is affirmed although a field or a list of the record denies it."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


TOUR = {"includes": ["desayuno", "guía en español"], "excludes": ["almuerzos", "bus de subida"]}
OPTIONS = {"options": [{"label": "Ménage de fin de séjour", "qty": 0, "price": "80.00"}]}
HOLD = {"order": "SO-1", "Status": "ON HOLD - CREDIT"}


@pytest.mark.parametrize(
    ("answer", "record", "wrong"),
    [
        ("La nave tiene puente grúa.", {"Puente grúa": "no"}, "puente grúa"),
        ("Le local a une extraction.", {"Extraction": "non"}, "extraction"),
        ("Wir haben einen Zweitschlüssel.", {"zweitschluessel_vorhanden": False}, "Zweitschlüssel"),
        (
            "Vous avez besoin du click and collect.",
            {"besoin_click_and_collect": "false"},
            "click and collect",
        ),
        ("El almuerzo está incluido.", TOUR, "almuerzo está incluido"),
        ("Le ménage de fin de séjour est compris.", OPTIONS, "ménage de fin de séjour est compris"),
        ("Son 318,60 € más IVA.", {"presupuesto_eur": "318,60", "iva_incluido": True}, "más IVA"),
        ("I will give you a ring about it.", {"DoNotCall": True}, "I will give you a ring"),
        (
            "Vous pouvez apporter votre gâteau sans supplément.",
            {"gateau": "accepté, 2 € par personne"},
            "sans supplément",
        ),
        ("You do not owe us anything.", {"Arrears": "24.99"}, "You do not owe us anything"),
        ("Good news: your order has been released.", HOLD, "has been released"),
        ("Su pedido ya está despachado.", HOLD, "ya está despachado"),
        ("Votre commande est prête.", {"Statut": "En fabrication"}, "est prête"),
    ],
)
def test_what_the_record_denies_is_not_affirmed(answer: str, record: object, wrong: str) -> None:
    found = texts(answer, record)
    assert len(found) == 1
    assert wrong in found[0] or found[0] in wrong


@pytest.mark.parametrize(
    ("answer", "record"),
    [
        ("Puente grúa no tiene.", {"Puente grúa": "no"}),
        ("Le local n'a pas d'extraction.", {"Extraction": "non"}),
        ("Einen Zweitschlüssel haben wir leider nicht.", {"zweitschluessel_vorhanden": False}),
        ("El almuerzo no está incluido, el desayuno sí.", TOUR),
        ("Souhaitez-vous que nous ajoutions le ménage de fin de séjour à 80 € ?", OPTIONS),
        ("Son 318,60 €, IVA incluido.", {"presupuesto_eur": "318,60", "iva_incluido": True}),
        ("Delivery is free of charge from £50.", {"delivery": "£5, free from £50"}),
        ("You would rather not be called, so I write.", {"DoNotCall": True}),
        ("As soon as the balance fits, the order is released.", HOLD),
    ],
)
def test_what_is_denied_asked_or_offered_is_left_alone(answer: str, record: object) -> None:
    assert texts(answer, record) == []

"""Names beside the noun of a field, and Mr and Ms."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    ("answer", "record", "wrong"),
    [
        ("You are in the Premium plan.", {"Plan": "Off-peak"}, "Premium"),
        (
            "El técnico Óscar Lafuente pasará.",
            {"tecnico": "Óscar Bielsa", "titular": "Herminia Lafuente"},
            "Óscar Lafuente",
        ),
        ("Ton vélo est à l'atelier de Lille Fives.", {"depot_atelier": "Lille Wazemmes"}, "Lille Fives"),
        ("Nous avons noté l'allergie aux crustacés.", {"allergies": "arachides"}, "crustacés"),
        ("Sehr geehrte Frau Kern, danke.", {"anrede": "Herr", "nachname": "Kern"}, "Frau"),
        ("Dear Mr Corcoran, thank you.", {"Contact": "Ms Nadia Corcoran"}, "Mr"),
    ],
)
def test_a_name_in_the_place_of_another_is_found(answer: str, record: object, wrong: str) -> None:
    assert any(wrong in text for text in texts(answer, record))


@pytest.mark.parametrize(
    ("answer", "record", "facts"),
    [
        ("You are in the Off-peak plan.", {"Plan": "Off-peak"}, None),
        ("El técnico Óscar Bielsa pasará.", {"tecnico": "Óscar Bielsa"}, None),
        ("Nous avons noté l'allergie aux arachides.", {"allergies": "arachides"}, None),
        ("Sehr geehrter Herr Kern, danke.", {"anrede": "Herr", "nachname": "Kern"}, None),
        ("Dear Ms Corcoran, thank you.", {"Contact": "Ms Nadia Corcoran"}, None),
        (
            "Eso es solo para el plan Empresa.",
            {"plan": "Profesional"},
            {"plan_empresa": "soporte por teléfono"},
        ),
    ],
)
def test_a_name_that_the_record_says_is_left_alone(answer: str, record: object, facts: object) -> None:
    assert texts(answer, record, facts) == []

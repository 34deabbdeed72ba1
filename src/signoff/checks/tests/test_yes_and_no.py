"""What an answer affirms and denies, beside what the record and the facts say of it."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    ("answer", "record", "facts"),
    [
        ("Dogs are allowed and cost 9 € a night.", {"pet": False}, {"dogs": "allowed, 9 € a night"}),
        ("No pet is booked so far.", {"pet": False}, {"dogs": "allowed, 9 € a night"}),
        ("A cat is not ruled out; we ask the owner.", {"pets": "on request"}, None),
        ("More than two dogs are not allowed.", {"dogs": 1}, {"dogs": "two at most"}),
        ("Parking first: none comes with the flat.", {"parking": False}, None),
        ("Zu Ihrer Katze liegt uns nichts vor.", {"haustiere": None}, None),
        ("Sie haben eine Katze.", {"haustiere": None, "nachricht": "Wir haben eine Katze."}, None),
        ("Vom Bahnhof ist es nah; einen Abholdienst haben wir nicht.", {"abholung_vom_bahnhof": False}, None),
    ],
)
def test_what_only_sounds_like_the_opposite_is_left_alone(answer: str, record: object, facts: object) -> None:
    assert texts(answer, record, facts) == []


@pytest.mark.parametrize(
    ("answer", "record", "facts", "wrong"),
    [
        ("Pets are welcome here.", {"pets": "considered on request"}, None, "Pets are welcome"),
        ("Se admiten perros.", {"mascotas": "consultar al propietario"}, None, "perros"),
        ("El piso está amueblado.", {"amueblado": "solo la cocina"}, None, "amueblado"),
        ("Die Wohnung ist provisionsfrei.", {"provision": ""}, None, "provisionsfrei"),
        (
            "Katzen sind erlaubt.",
            {"haustiere": None, "frage": "Wir haben eine Katze."},
            None,
            "Katzen sind erlaubt",
        ),
        (
            "Puede usar la barbacoa.",
            {"nombre": "Ana"},
            {"barbacoa": "prohibida en verano por riesgo"},
            "barbacoa",
        ),
        (
            "Wir holen Sie gern am Bahnhof ab.",
            {"abholung_vom_bahnhof": False},
            None,
            "holen Sie gern am Bahnhof ab",
        ),
        ("Wir stellen Ihnen gern ein Leihrad.", {"leihrad": False}, None, "Leihrad"),
        ("Tiene trastero de 6 m².", {"trastero_m2": None, "garaje": True}, None, "trastero de 6 m²"),
    ],
)
def test_what_the_record_grants_less_or_not_at_all_is_found(
    answer: str, record: object, facts: object, wrong: str
) -> None:
    assert texts(answer, record, facts) == [wrong]

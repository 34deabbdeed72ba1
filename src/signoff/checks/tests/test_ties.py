"""Values of another field, of another entry of a list, of another day and of another period."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


HALL = {"dock_doors": 2, "drive_in_doors": 3, "clear_height_ft": 22, "parking_stalls": 24}
BIKES = {
    "items": [
        {"model": "City 500", "qty": 10, "battery_wh": 500, "weight_kg": 23.5, "price": "2190.00"},
        {"model": "Pico", "qty": 6, "battery_wh": 250, "weight_kg": 11.8, "price": "900.00"},
    ]
}
TRIP = {"pickup": {"at": "2026-06-27T14:00"}, "return": {"at": "2026-07-11T10:00"}}


@pytest.mark.parametrize(
    ("answer", "record", "wrong"),
    [
        ("The hall has 3 dock doors.", HALL, "3 dock doors"),
        ("Clear height is 24 ft.", HALL, "24 ft"),
        ("La nave tiene 3 muelles.", {"Muelles de carga": "2", "Aval": "3 meses"}, "3 muelles"),
        ("Vous avez 3 caisses.", {"nombre_de_caisses": "4", "nombre_de_boutiques": "3"}, "3 caisses"),
        ("The Pico weighs 23.5 kg.", BIKES, "23.5 kg"),
        ("You ordered 6 City 500.", BIKES, "6 City"),
        ("Ihr Tarif hat 3 Terminals.", {"Tarif": "Kasse Plus (2 Terminals)"}, "3 Terminals"),
        ("Sie holen den Wagen am 27. Juni um 10 Uhr ab.", TRIP, "10 Uhr"),
        ("Le loyer est de 21 600 € par mois.", {"Loyer annuel HT": "21 600 €"}, "21 600 € par mois"),
        ("Ihr Verbrauch war 3.186 kWh.", {"verbrauch_kwh": 3168}, "3.186 kWh"),
        ("The child pays $289.00.", {"pricing": {"adult": "289.00", "child": "215.00"}}, "$289.00"),
    ],
)
def test_a_value_of_another_field_is_found(answer: str, record: object, wrong: str) -> None:
    assert texts(answer, record) == [wrong]


@pytest.mark.parametrize(
    ("answer", "record"),
    [
        (
            "The hall has 2 dock doors, 3 drive-in doors and 24 parking stalls, at a clear height of 22 ft.",
            HALL,
        ),
        ("You ordered 10 City 500 and 6 Pico; the Pico weighs 11.8 kg, the City 500 23.5 kg.", BIKES),
        ("Sie holen den Wagen am 27. Juni um 14 Uhr ab und bringen ihn am 11. Juli um 10 Uhr zurück.", TRIP),
        ("Ihr Verbrauch war rund 3.200 kWh.", {"verbrauch_kwh": 3168}),
        ("Soit 14 nuits à 140 €.", {"arrivee": "2026-07-18", "depart": "2026-08-01", "per_night": 140}),
        ("Le loyer annuel de 21 600 € fait 1 800 € par mois.", {"Loyer annuel HT": "21 600 €"}),
    ],
)
def test_a_value_of_its_own_field_is_left_alone(answer: str, record: object) -> None:
    assert texts(answer, record) == []


def test_a_table_is_read_by_the_names_in_its_rows_whatever_its_columns_are_called() -> None:
    rows = [["Adults", "7"], ["Children", "2"], ["Menu", "Sunday set"]]
    columns = [
        {"merkmal": name, "angabe": value} for name, value in [*rows, ["Dogs", "no"], ["Table", "Garden 3"]]
    ]
    for record in ({"rows": rows}, {"rows": columns}):
        assert texts("You come with 9 adults and 2 children.", record) == ["9 adults"]

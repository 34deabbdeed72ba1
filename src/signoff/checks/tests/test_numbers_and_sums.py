"""Which field a number speaks about, and what an answer may work out from its own parts."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    ("answer", "record", "wrong"),
    [
        ("You have 9 teachers.", {"number_of_teachers": "7", "number_of_halls": "9"}, "9 teachers"),
        ("Die Breite ist 1,80 m.", {"breite_cm": 240, "hoehe_cm": 180}, "1,80 m"),
        ("The rent is £1,400 a month.", {"rent_pcm_gbp": 1150, "deposit_gbp": 1400}, "£1,400 a month"),
        ("Il est au quatrième étage.", {"etage": "2", "nb_etages": "4"}, "quatrième étage"),
    ],
)
def test_a_count_or_a_unit_in_a_fields_name_does_not_hide_what_it_is_about(
    answer: str, record: object, wrong: str
) -> None:
    assert texts(answer, record) == [wrong]


def test_a_wrong_count_makes_the_sum_it_leads_to_wrong_as_well() -> None:
    record = {"number_of_teachers": 7, "number_of_halls": 9, "price_per_teacher_gbp": 30}

    assert texts("You have 9 teachers, so you pay £270.", record) == ["9 teachers", "£270"]


@pytest.mark.parametrize(
    ("answer", "record", "facts"),
    [
        (
            "Each tile is 640 €, so eight tiles are 5.120 €. With the frame at 300 € you pay 5.420 €.",
            {"message": "We need eight tiles."},
            {"price_per_tile": "640 €", "frame": "300 €"},
        ),
        (
            "Sie zahlen 40 % von 3.000 €, also 1.200 €.",
            {"preis": "3.000 €"},
            {"anzahlung": "Bei Auftrag zahlen Sie eine Anzahlung von 40 % des Preises"},
        ),
        ("La cuota es de 50 € al mes; en doce meses son 600 €.", {"cuota_mes": "50 €"}, None),
        (
            "Acht Module zu 450 W ergeben 3.600 W.",
            {"nachricht": "Wir wollen acht Module."},
            {"modul": "450 W"},
        ),
        ("Un mes de fianza: 700 € más 700 € son 1.400 €.", {"precio_mes": 700, "fianza_meses": 1}, None),
        (
            "Die Kaution von 1.500,00 € sind drei Kaltmieten.",
            {"kaltmiete": "500,00", "kaution": "1500,00"},
            None,
        ),
        (
            "Your basket is £60.00, and £40.00 short of free delivery.",
            {"total": "60.00", "currency": "GBP"},
            {"free_delivery_from_gbp": 100},
        ),
    ],
)
def test_what_an_answer_works_out_from_parts_that_are_right_is_supported(
    answer: str, record: object, facts: object
) -> None:
    assert texts(answer, record, facts) == []


def test_minutes_say_nothing_of_a_term_of_months() -> None:
    facts = {"minimum_term_months": 12, "demo_length_minutes": 40}

    assert texts("The demo takes about 40 minutes.", {"name": "Dana"}, facts) == []


def test_nights_are_those_between_arrival_and_departure() -> None:
    record = {"berths": 6, "arrival": "2026-07-17", "departure": "2026-07-24"}

    assert texts("You stay for seven nights.", record) == []
    assert texts("You stay for 6 nights.", record) == ["6 nights"]


def test_the_end_of_a_known_phone_number_is_known() -> None:
    assert (
        texts("¿Es el 634 118 902 el mejor número? Sí, 634 118 902.", {"telefono": "+34 634 118 902"}) == []
    )


def test_a_fact_about_another_plan_is_no_support() -> None:
    facts = {"answer plan Gold": "8 hours", "answer plan Basic": "24 hours"}

    assert texts(
        "Your plan is Gold, and the Gold plan has an answer in 24 hours.", {"plan": "Gold"}, facts
    ) == ["24 hours"]


def test_the_version_a_customer_has_is_not_the_latest_one() -> None:
    record = {"version": "7.2.1"}
    facts = {"current version": "7.2.3, since February"}

    assert texts("You are on 7.2.1; the latest version is 7.2.3.", record, facts) == []
    assert texts("You have version 7.2.3.", record, facts) == ["7.2.3"]
    assert texts("You have version 7.2.9.", record, facts) == ["7.2.9"]


@pytest.mark.parametrize(
    ("answer", "record", "facts"),
    [
        (
            "Firing is 4 € apiece; with five pieces it would be 20 €.",
            {"name": "Dana"},
            {"firing": "4 € apiece"},
        ),
        ("The first year is 588 € (12 × 49 €).", {"name": "Dana"}, {"fee": "49 € a month"}),
        (
            "A hall of 120 m² and one of 45 m² make 165 m²; at £52 it is £8,580.",
            {"halls": ["120 m²", "45 m²"]},
            {"tiles": "£52"},
        ),
        ("Sie sparen erst ab 80 Essen.", {"essen": 68}, {"preis_ab_80_essen": "3,75 €"}),
        ("For example, a booking of 200 € costs 4 €.", {"name": "Dana"}, {"fee": "2 %"}),
    ],
)
def test_examples_and_factors_are_no_statements_about_the_record(
    answer: str, record: object, facts: object
) -> None:
    assert texts(answer, record, facts) == []

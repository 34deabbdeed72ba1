"""Dates and times that follow from the record's, and those that do not."""

from __future__ import annotations

import pytest

from signoff.checks import claims, dates, times
from signoff.checks.tests.labelled import load
from signoff.checks.tests.readers import doubted
from signoff.checks.wordings import found_at
from signoff.checks.words import Text


def texts(answer: str, record: object, facts: object = None) -> list[str]:
    return [finding.text for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    ("answer", "record", "facts"),
    [
        (
            "You can cancel until Friday 3 July.",
            {"arrival": "2026-07-17", "departure": "2026-07-21"},
            {"cancellation": "free up to 14 days before arrival"},
        ),
        (
            "Damit es bis zum 15. Mai klappt, brauchen wir den Auftrag spätestens am 6. März.",
            {"frist": "2026-05-15"},
            {"lieferzeit": "8 bis 10 Wochen ab Auftrag"},
        ),
        (
            "Vous êtes attendus du vendredi 17 au mardi 21 juillet.",
            {"arrivee": "2026-07-17", "depart": "2026-07-21"},
            None,
        ),
        ("Lo vimos el lunes 23.", {"creado": "2026-02-24T08:00:00Z"}, None),
        (
            "You ordered on Thursday 19 March, so it should leave us by Wednesday 25 March.",
            {"date_created": "2026-03-19T10:00:00"},
            {"dispatch": "orders leave us within 5 working days"},
        ),
        ("La veille, le 16 juillet, appelez-nous.", {"arrivee": "2026-07-17"}, None),
        (
            "You can come on Wednesday 20 May at 17:30 or Saturday 23 May.",
            ["2026-05-20 17:30", "2026-05-23"],
            None,
        ),
    ],
)
def test_a_date_that_follows_from_the_record_is_supported(answer: str, record: object, facts: object) -> None:
    assert texts(answer, record, facts) == []


def test_a_day_without_its_month_must_fall_on_its_weekday() -> None:
    record = {"created": "2026-02-24T08:00:00Z"}

    assert texts("We saw it on Tuesday 23.", record) == ["Tuesday 23"]


def test_a_condition_beside_a_date_does_not_excuse_it() -> None:
    record = {"contract_end": "2026-09-30"}

    assert texts("As your contract ends on 30 August 2026, a look now pays if you plan to move.", record) == [
        "30 August 2026"
    ]


def test_one_field_called_a_day_does_not_make_its_neighbours_closed() -> None:
    record = {"firstname": "Dana", "phone": "", "preferred_demo_day": "Tuesday", "city": "Leeds", "note": ""}
    facts = {"support_hours": "Mon-Fri 08:00-18:30"}

    assert texts("Our desk is there for you Monday to Friday from 08:00 to 18:30.", record, facts) == []


def test_a_bare_h_is_a_time_of_day_where_the_record_says_so() -> None:
    facts = {"départ": "avant 10 h", "modification": "possible jusqu'à la veille à 17 h"}

    assert texts("Le gîte est à libérer avant 10 h.", {"nom": "Dupont"}, facts) == []
    assert texts("Vous pouvez modifier jusqu'à la veille à 17 h.", {"nom": "Dupont"}, facts) == []


def test_a_customers_own_time_may_lie_in_the_hours_of_arrival() -> None:
    record = {"check_in": {"from": "17:00", "until": "20:00"}, "message": "Nous arriverons vers 19 h."}

    assert texts("Une arrivée vers 19 h convient.", record) == []


@pytest.mark.parametrize(
    ("answer", "record", "facts"),
    [
        (
            "The parts come on 19 May, so it is ready by Friday 22 May.",
            {"parts_due": "2026-05-19"},
            {"repair": "3 working days"},
        ),
        (
            "Bought on 3 July 2024, it is covered until July 2026.",
            {"bought": "2024-07-03"},
            {"warranty_years": 2},
        ),
        ("Am 6., 13. und 20. Oktober.", {"termine": ["2026-10-06", "2026-10-13", "2026-10-20"]}, None),
        ("Abrimos de lunes a viernes.", {"cita": "2026-03-12"}, {"horario": "L-V 8:30-13:30"}),
    ],
)
def test_working_days_warranties_and_rows_of_days_are_reckoned(
    answer: str, record: object, facts: object
) -> None:
    assert texts(answer, record, facts) == []


def test_where_they_can_begin_dates_and_times_are_found_as_everywhere():
    longest = (
        "Am Donnerstag, den 12. bis zum Donnerstag, den 30. September de 2027, from 09:00 o'clock hasta las 10:30 p.m."
        " Wednesday, the 2027-11-30. Between las 9 h 30 a.m. jusqu'a 10:15 o'clock; donnerstags, mittwochs & sonnabend:"
        " von 9. September 11th until 12th, 2027. The principios de september. Desde las 9-10 Uhr, hasta las 9."
    )

    for text in [longest, *(case["answer"] for case in load("strangers")[::7])]:
        read = Text(text)
        folded, places = read.folded, dates._places_of_dates(read.folded, read.letters, read.figures)
        hours = times._places_of_times(folded, read.figures)
        for pattern, found in (
            (dates._ISO, found_at(dates._ISO, folded, places.figures)),
            (dates._NUMERIC, found_at(dates._NUMERIC, folded, places.figures)),
            (dates._DAY_MONTH, found_at(dates._DAY_MONTH, folded, places.before_months)),
            (dates._MONTH_DAY, found_at(dates._MONTH_DAY, folded, places.months_and_days)),
            (dates._MONTH_YEAR, found_at(dates._MONTH_YEAR, folded, places.months)),
            (dates._MONTH_ONLY, dates._each(dates._MONTH_ONLY, folded, dates._around(places.months))),
            (times._SPAN, found_at(times._SPAN, folded, hours)),
            (times._SINGLE, found_at(times._SINGLE, folded, hours)),
            (dates._ROW_OF_DAYS, dates._each(dates._ROW_OF_DAYS, folded, dates._OF_ROWS.stretches(folded))),
        ):
            assert [match.span() for match in found] == [match.span() for match in pattern.finditer(folded)]


def test_where_they_can_begin_numbers_and_references_are_found_as_everywhere():
    all_kinds = "Call (+49) 30 1234567 or +49 30 1234567, v1.2.3, INV-2024/77, x12, -5, +7, the 3rd, 4.180,00, 123456."

    for text in [all_kinds, *(case["answer"] for case in load("strangers")[::7])]:
        read = Text(text)
        for pattern, searched, places in (
            (claims._VERSION, read.folded, claims._led(read, "v")),
            (claims._CODE, read.raw, claims._beginnings_of_codes(read)),
            (claims._LONG_NUMBER, read.folded, read.figures),
            (claims._PHONE, read.folded, claims._led(read, "+(")),
            (claims._ORDINAL, read.folded, read.figures),
            (claims._DIGITS, read.folded, claims._led(read, "x+-")),
        ):
            found = [match.span() for match in found_at(pattern, searched, places)]
            assert found == [match.span() for match in pattern.finditer(searched)]

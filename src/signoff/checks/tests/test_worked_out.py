"""What follows from the record, or stands in it elsewhere, is no invention."""

from __future__ import annotations

from typing import Any

from signoff.checks.tests.readers import doubted

HALL = {
    "sf_total": "12400", "sf_office": "1850", "rate_sf_yr": "9.75", "nnn_est_sf_yr": "2.60", "lease_type": "NNN",
    "term": "3-7 yrs", "parking_stalls": 24,
}  # fmt: skip
PELLETS = {
    "Artikel": "Holzpellets lose", "Menge": "4.500", "Einheit": "kg", "Preis_je_t": "329,00 €", "Netto": "1.530,40",
    "Einblaspauschale": "49,90 €", "MwSt": "7 %", "Brutto": "1.637,53", "Bemerkung": "Nachbar nimmt 3 t.",
}  # fmt: skip
SHEET = {
    "lignes": [
        ["Quantité", "8"], ["Montant HT", "3168,00"], ["TVA", "20 %"], ["Montant TTC", "3801,60"],
        ["Acompte reçu", "1140,48"], ["Solde dû", "2661,12"], ["Dimensions (L x H, mm)", "1200 x 1350"],
        ["Semaine de livraison prévue", "S24"], ["Date commande", "14/04/2026"],
    ]
}  # fmt: skip


def told(answer: str, record: Any, facts: Any = None) -> list[str]:
    return [f.text for f in doubted(answer, record, facts)]


def test_a_rate_times_the_area_and_its_month_follow() -> None:
    assert told("Base rent is $9.75 per sf a year, so $120,900 a year or $10,075 a month.", HALL) == []


def test_a_rounded_month_of_a_reckoned_year_follows() -> None:
    answer = "NNN is estimated at 2.60 per sf, so $32,240 a year or about $2,687 a month."
    assert told(answer, HALL) == []


def test_a_weight_in_tonnes_and_the_price_of_it_follow() -> None:
    answer = "Wir liefern 4.500 kg. Bei 329,00 € je Tonne sind das 1.480,50 €, mit Pauschale und 7 % MwSt 1.637,53 €."
    assert told(answer, PELLETS) == []


def test_the_load_together_with_the_neighbours_follows() -> None:
    assert told("Mit Ihren 4.500 kg und den 3 t des Nachbarn sind es 7,5 t.", PELLETS) == []


def test_an_amount_in_a_sheet_of_rows_needs_no_currency() -> None:
    answer = "Le solde s’élève à 2 661,12 € (3 801,60 € TTC moins l’acompte de 1 140,48 €)."
    assert told(answer, SHEET) == []


def test_a_size_written_with_its_unit_stands_in_the_sheet() -> None:
    assert told("Vos 8 fenêtres font 1200 x 1350 mm.", SHEET) == []


def test_the_sum_of_two_counts_beside_it_follows() -> None:
    record = {"items": [{"model": "Arpège", "qty": 10}, {"model": "Pico", "qty": 6}]}
    assert told("Il y a 10 Arpège et 6 Pico, donc 16 vélos.", record) == []


def test_what_is_missing_to_the_whole_follows() -> None:
    record = {"rows_expected": 23418, "rows_exported": 10000}
    assert told("You have 10,000 rows now and 13,418 are missing.", record) == []


def test_minutes_between_two_moments_follow() -> None:
    record = {"opened": "2026-01-19 09:12", "first_reply": "2026-01-19 09:48", "sla_first_reply_hours": 4}
    assert told("We replied at 09:48, 36 minutes after you opened it.", record) == []


def test_stars_and_an_asterisk_are_one() -> None:
    record = {"includes": ["tren ida y vuelta", "hotel 3* en Aguas Calientes"], "nights": 1}
    assert told("La noche es en un hotel de 3 estrellas.", record) == []


def test_a_price_that_nothing_makes_is_still_told() -> None:
    assert told("Base rent is $11.30 per sf, so $140,120 a year.", HALL) != []
    assert "2 717,12 €" in told("Le solde s’élève à 2 717,12 €.", SHEET)


def test_a_value_of_another_field_is_told_when_the_field_is_named_right_at_it() -> None:
    record = {"verbrauch_kwh": 3168, "stand_neu": 21590, "stand_alt": 18422}
    assert told("Der Verbrauch war 21.590 kWh.", record) != []


def test_two_amounts_less_a_third_follow() -> None:
    record = {"CreditLimit": 1500, "Balance": 1312.4, "NetGBP": "406.80"}
    assert (
        told(
            "The limit is £1,500. Your balance is £1,312.40 and the order is £406.80. This is £219.20 too much.",
            record,
        )
        == []
    )


def test_a_yearly_rent_gives_the_month_and_the_deposit_of_three_months() -> None:
    record = {
        "Loyer annuel HT HC": "21 600 €",
        "Charges annuelles": "1 440 €",
        "Dépôt de garantie": "3 mois de loyer HT",
    }
    answer = "Le loyer est de 1 800 € par mois, plus 120 € de charges, soit 1 920 €. Le dépôt est de 5 400 €."
    assert told(answer, record) == []
    assert told("Le loyer est de 1 860 € par mois.", record) != []


def test_some_payments_of_a_longer_list_are_not_its_length() -> None:
    record = {
        "Payments": [
            {"date": f"2026-0{m}-0{d}", "amount": "24.99"} for m, d in ((2, 1), (3, 1), (3, 3), (4, 1))
        ]
    }
    assert told("I can see two payments of 24.99, one on 1 March and one on 3 March.", record) == []


def test_a_day_product_beside_its_span_follows() -> None:
    record = {"Cups_per_day": 90, "Employees": 34}
    assert told("You need 90 cups a day; on five working days it would be 450 cups a week.", record) == []


def test_monday_and_friday_of_a_named_week_follow_but_other_days_do_not() -> None:
    assert (
        told("La livraison est prévue en semaine 24, entre le lundi 8 et le vendredi 12 juin.", SHEET) == []
    )
    assert told("La livraison est prévue en semaine 24, soit du 15 au 19 juin.", SHEET) != []
    assert told("La livraison est prévue en semaine 26.", SHEET) != []


def test_working_days_and_hours_before_a_date_are_counted_back() -> None:
    order = {"OrderDate": "2026-06-02", "ReqDelDate": "2026-06-09"}
    facts = {"cut_off": "14:00 two working days before the delivery day"}
    assert told("The cut-off is two working days before, that is 14:00 on Friday 5 June.", order, facts) == []
    table = {"date": "2026-03-28", "heure": "20:15"}
    facts = {"annulation": "sans frais jusqu'à 24 h avant"}
    assert (
        told("Sans frais jusqu'à 24 h avant, donc jusqu'au vendredi 27 mars à 20 h 15.", table, facts) == []
    )


def test_one_day_in_a_letter_beside_a_span_of_days_is_read() -> None:
    facts = {"horario": "L-V 10:00-13:30 y 16:30-20:30; S 10:00-13:00"}
    answer = "Abrimos de lunes a viernes de 10:00 a 13:30 y de 16:30 a 20:30, y los sábados de 10:00 a 13:00."
    assert told(answer, {"lead": "VET-1"}, facts) == []
    assert told("Los sábados abrimos de 10:00 a 14:00.", {"lead": "VET-1"}, facts) != []


def test_so_many_more_is_the_difference_of_two_counts_named_before() -> None:
    record = {"guests": 120, "people_count": 140, "message": "Können wir auf 130 Gäste erhöhen?"}
    assert (
        told("Statt 120 möchten Sie 130 Gäste. Ändert sich mit den zehn weiteren Gästen etwas?", record) == []
    )


def test_an_amount_left_to_pay_that_is_not_the_records_is_told() -> None:
    answer = "Compte tenu de votre acompte de 1 140,48 €, il restera 2 027,52 € à régler."
    assert told(answer, SHEET) == ["2 027,52 €"]


def test_short_days_in_a_row_before_a_time_are_days_in_a_sentence_too() -> None:
    record = {
        "Hausmeister": "Herr Pohl ist im Hof oder im Keller (Mo, Mi, Fr 7–12 Uhr)",
        "Termin": "2026-01-07 zwischen 8 und 11 Uhr",
    }
    assert told("Herr Pohl ist Montag, Mittwoch und Freitag da, immer von 7 bis 12 Uhr.", record) == []


def test_an_appointments_time_on_its_weekday_is_no_opening_hour() -> None:
    record = {"Hausmeister": "Herr Pohl (Mo, Mi, Fr 7–12 Uhr)", "Termin": "2026-01-07 zwischen 8 und 11 Uhr"}
    assert told("Am Mittwoch kommt die Firma, zwischen 8 und 11 Uhr.", record) == []


def test_an_amount_but_for_one_figure_or_two_changed_round_is_a_slip_and_no_reckoning() -> None:
    record = {"Subtotal": "4262.00", "ITBMS_7pct": "298.34", "Flete": "180.00", "Total": "4740.34"}
    assert told("El total es de $4,740.34 (ITBMS de $289.34).", record) == ["$289.34"]


def test_an_amount_of_three_figures_is_not_made_of_numbers_from_afar():
    record = {"name": "Ann", "seats": 50, "hotel": 99, "message": "What does the Team plan cost?"}

    found = doubted("Hello Ann. The Team plan is $149 a month, and our office answers you.", record)

    assert [one.text for one in found] == ["$149 a month"]

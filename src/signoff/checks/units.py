"""Currencies, units and periods: the words for them, and what a unit is in the base unit of its dimension."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re

from signoff.checks.words import fold

CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "pound": "GBP", "chf": "CHF", "sfr": "CHF",
    "franken": "CHF", "francs": "CHF", "¥": "JPY", "jpy": "JPY", "cad": "CAD", "aud": "AUD", "mxn": "MXN", "pesos": "MXN",
    "pln": "PLN", "sek": "SEK", "dkk": "DKK", "nok": "NOK", "inr": "INR", "₹": "INR", "quid": "GBP", "dolares": "USD",
    "libras": "GBP", "livres": "GBP",
}  # fmt: skip
CENTS = {
    "cent": 0.01,
    "cents": 0.01,
    "ct": 0.01,
    "cts": 0.01,
    "pence": 0.01,
    "centimes": 0.01,
    "centimos": 0.01,
}

_DAY = 86400.0
UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _table in {
    "duration": {
        1.0: "s sec secs second seconds sekunde sekunden segundo segundos seconde secondes",
        60.0: "min mins minute minutes minuten minuto minutos minütig minute(s)",
        3600.0: "h hr hrs hour hours std stunde stunden hora horas heure heures stündige stündigen",
        _DAY: "d day days tag tage tagen dia dias jour jours werktag werktage werktagen arbeitstag arbeitstage arbeitstagen"
        " tägige tägigen tägiger tägiges",
        7 * _DAY: "week weeks wk wks woche wochen semana semanas semaine semaines wöchige wöchigen",
        30 * _DAY: "month months mo monat monate monaten mes meses mois monatige monatigen",
        365
        * _DAY: "year years yr yrs jahr jahre jahren ano anos an ans annee annees jährige jährigen jähriger",
    },
    "length": {
        0.001: "mm",
        0.01: "cm zentimeter centimeter centimetre centimetres centimetros centimetres",
        1.0: "m meter metre metres meters metro metros mtr",
        1000.0: "km kilometer kilometre kilometres kilometers kilometros kms",
        1609.344: "mile miles mi meile meilen millas",
        0.3048: "ft foot feet fus pies pieds",
        0.0254: "inch inches zoll pulgadas pouces",
    },
    "area": {
        1.0: "m² m2 qm sqm quadratmeter quadratmetern sq.m sq.m. square_metres square_meters square_metre square_meter"
        " metros_cuadrados mètres_carrés sq_m mètre_carré",
        0.09290304: "sqft ft² ft2 square_feet sq_ft square_foot sq._ft pies_cuadrados pieds_carrés",
        10000.0: "ha hektar hectare hectares hectareas",
        4046.856: "acre acres",
    },
    "weight": {
        1.0: "kg kilo kilos kilogramm kilogram kilograms kilogramos kilogrammes",
        0.001: "g gramm gram grams gramos grammes",
        1000.0: "t tonne tonnen tonnes toneladas tons ton",
        0.45359237: "lb lbs",
    },
    "volume": {
        1.0: "l liter litre litres liters litros litro",
        0.001: "ml milliliter",
        1000.0: "m³ m3 kubikmeter cubic_metres",
    },
    "data": {1.0: "gb", 0.001: "mb", 1000.0: "tb"},
    "power": {1.0: "kw kwp", 0.001: "w watt watts vatios", 0.7355: "ps hp cv ch"},
    "energy": {1.0: "kwh"},
    "temperature": {1.0: "°c °c. grad celsius degrees grados degres"},
    "speed": {1.0: "mbit mbps mbit/s"},
}.items():
    for _factor, _spelled in _table.items():
        for _word in _spelled.split():
            UNITS[fold(_word.replace("_", " "))] = (_dimension, _factor)

PERIODS = {
    "month": "month months monat monatlich monthly mes mensual mensuales mensuel mensuelle mois mtl mensuels monatliche monatlichen mensualmente mo",
    "year": "year jahr jahrlich annual annually yearly ano anual an annee annuel p.a. pa annum jahrliche anuales yr",
    "week": "week woche wochentlich weekly semana semanal semaine hebdomadaire",
    "day": "day tag taglich daily dia diario jour",
    "night": "night nightly nacht noche nuit ubernachtung",
    "hour": "hour stunde hourly hora heure stundlich",
    "person": "person guest gast persona personne head kopf user nutzer usuario utilisateur seat adult child",
    "unit": "piece each stuck unit unidad unite item license licence",
}
PERIOD_OF = {word: period for period, words in PERIODS.items() for word in words.split()}
PER = re.compile(
    r"\s?(?:\([^)]{0,20}\)\s?)?(?:(?:/|per |pro |je |a |an |each |al |por |par |la |cada |chaque |every |por cada )\s?)?("
    + "|".join(sorted((re.escape(w) for w in PERIOD_OF), key=len, reverse=True))
    + r")\b"
)

# ruff: noqa: E501 (a line is a whole sentence, or a list of words)
"""
Makes believable leads: people who wrote to Harbour Desk, a made-up maker of booking and reminder software.

The same seed and position give the same lead. Addresses end in `.example`, phone numbers come from ranges kept for
fiction; none of these people exist.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

Lead = dict[str, str]
# Most leads write English.
_LANGUAGES = ("en",) * 7 + ("de", "es", "fr")


@dataclass(frozen=True)
class _Trade:
    """One kind of business: how its name is built, and what it counts, by language."""

    names: dict[str, tuple[str, ...]]
    counted: dict[str, str]


_TRADES = (
    _Trade(
        {"en": ("{last} Dental", "{city} Dental Care"), "de": ("Zahnarztpraxis {last}",), "es": ("Clínica Dental {last}",), "fr": ("Cabinet dentaire {last}",)},
        {"en": "dentists", "de": "Zahnärzte", "es": "dentistas", "fr": "dentistes"},
    ),
    _Trade(
        {"en": ("{last} Physiotherapy", "{city} Physio"), "de": ("Physiotherapie {last}",), "es": ("Fisioterapia {last}",), "fr": ("Kinésithérapie {last}",)},
        {"en": "therapists", "de": "Therapeuten", "es": "fisioterapeutas", "fr": "kinésithérapeutes"},
    ),
    _Trade(
        {"en": ("{last} Veterinary Clinic", "{city} Vets"), "de": ("Tierarztpraxis {last}",), "es": ("Veterinaria {last}",), "fr": ("Clinique vétérinaire {last}",)},
        {"en": "vets", "de": "Tierärzte", "es": "veterinarios", "fr": "vétérinaires"},
    ),
    _Trade(
        {"en": ("{last} Hair Studio", "Salon {city}"), "de": ("Friseur {last}",), "es": ("Peluquería {last}",), "fr": ("Salon {last}",)},
        {"en": "chairs", "de": "Plätze", "es": "sillas", "fr": "fauteuils"},
    ),
    _Trade(
        {"en": ("{last} Motors", "{city} Auto Repair"), "de": ("Autohaus {last}",), "es": ("Taller {last}",), "fr": ("Garage {last}",)},
        {"en": "bays", "de": "Hebebühnen", "es": "elevadores", "fr": "ponts"},
    ),
    _Trade(
        {"en": ("{last} & Partners", "{city} Law Group"), "de": ("Kanzlei {last}",), "es": ("Despacho {last}",), "fr": ("Étude {last}",)},
        {"en": "lawyers", "de": "Anwälte", "es": "abogados", "fr": "avocats"},
    ),
    _Trade(
        {"en": ("{last} Fitness", "{city} Climbing Hall"), "de": ("Fitness {last}",), "es": ("Gimnasio {last}",), "fr": ("Salle {last}",)},
        {"en": "trainers", "de": "Trainer", "es": "entrenadores", "fr": "entraîneurs"},
    ),
    _Trade(
        {"en": ("{last} Opticians", "{city} Eye Care"), "de": ("Optik {last}",), "es": ("Óptica {last}",), "fr": ("Optique {last}",)},
        {"en": "branches", "de": "Filialen", "es": "sucursales", "fr": "agences"},
    ),
)  # fmt: skip

_FIRST = {
    "en": [
        "Dana",
        "Marcus",
        "Aisha",
        "Grace",
        "Owen",
        "Priscilla",
        "Noah",
        "Hannah",
        "Samuel",
        "Leila",
        "Patrick",
        "Ruth",
        "Victor",
        "Naomi",
        "Ethan",
        "Carla",
        "Derek",
        "Joanna",
        "Isaac",
        "Mabel",
    ],
    "de": ["Anna", "Lukas", "Katrin", "Jürgen", "Sabine", "Matthias", "Heike", "Florian", "Ute", "Stefan"],
    "es": ["Lucía", "Javier", "Carmen", "Diego", "Elena", "Rafael", "Pilar", "Andrés"],
    "fr": ["Camille", "Julien", "Amélie", "Thierry", "Sophie", "Bastien", "Élodie", "Hervé"],
}
_LAST = {
    "en": [
        "Whitfield",
        "Bellamy",
        "Rahman",
        "Okoye",
        "Hartley",
        "Sinclair",
        "Brennan",
        "Castillo",
        "Drummond",
        "Fairbanks",
        "Goodwin",
        "Holloway",
        "Ingram",
        "Kessler",
        "Lockwood",
        "Mercer",
        "Northcott",
        "Penrose",
        "Quigley",
        "Thackeray",
    ],
    "de": [
        "Brandt",
        "Hofmann",
        "Schröder",
        "Lindner",
        "Vogel",
        "Krämer",
        "Seidel",
        "Böhm",
        "Winkler",
        "Arnold",
    ],
    "es": ["Navarro", "Ibáñez", "Castellanos", "Romero", "Quintana", "Vidal", "Herrera", "Molina"],
    "fr": ["Lefèvre", "Marchand", "Gauthier", "Perrin", "Roussel", "Chevalier", "Dumont", "Fontaine"],
}
_CITIES = {
    "en": (
        ("Portland", "United States"),
        ("Leeds", "United Kingdom"),
        ("Galway", "Ireland"),
        ("Halifax", "Canada"),
        ("Dunedin", "New Zealand"),
        ("Savannah", "United States"),
    ),
    "de": (("Münster", "Germany"), ("Graz", "Austria"), ("Kassel", "Germany"), ("Winterthur", "Switzerland")),
    "es": (("Valencia", "Spain"), ("Sevilla", "Spain"), ("Mérida", "Mexico")),
    "fr": (("Nantes", "France"), ("Dijon", "France"), ("Namur", "Belgium")),
}
_TITLES = ("Owner", "Practice manager", "Office manager", "Front desk lead", "Managing partner")
_SOURCES = ("Website form", "Paid search", "Referral", "Trade fair")
_CURRENCY = {"en": "${}", "de": "{} €", "es": "{} €", "fr": "{} €"}
_TOOLS = ("spreadsheets", "Calendly", "paper diaries", "Google Calendar", "Outlook")
_WORDS_TOOLS = {
    "de": {"spreadsheets": "Excel-Listen", "paper diaries": "einem Papierkalender"},
    "es": {"spreadsheets": "hojas de cálculo", "paper diaries": "una agenda de papel"},
    "fr": {"spreadsheets": "des tableurs", "paper diaries": "un agenda papier"},
}
_DATES = {
    "en": ("12 January", "3 February", "Monday 18 January", "1 March", "22 February"),
    "de": ("12. Januar", "3. Februar", "1. März", "22. Februar"),
    "es": ("12 de enero", "3 de febrero", "1 de marzo", "22 de febrero"),
    "fr": ("12 janvier", "3 février", "1er mars", "22 février"),
}

_MESSAGES = {
    "en": (
        "We have {n} {counted} and still take bookings by phone, about {calls} calls a week. What does it cost for a team of our size? Our budget is around {money} a month.",
        "Could someone show us the reminders? We are {n} {counted} and lose roughly {missed} appointments a month to no-shows. A demo in the week of {date} would be ideal.",
        "We use {tool} today and would like to move {n} {counted} over by {date}. Please send a quote, we have {money} a month to spend.",
        "I saw you at the trade fair. {n} {counted}, two receptionists, and nobody answers the phone at lunch. Do you offer online booking in two languages?",
        "Our invoice from last month looks wrong: we pay for {m} users but only have {n} {counted}. Who can help? You reach me at {phone}.",
        "Hello, we run {n} {counted} in {city} and would like to become a reseller for other businesses here. Who do I talk to?",
        "Is it possible to send reminders by WhatsApp and SMS? We have {n} {counted} and around {calls} appointments a week. Please call me at {phone} before {date}.",
        "Just comparing tools for now. {n} {counted}, currently with {tool}. What is included in the smallest plan?",
        "We want to start on {date}. {n} {counted}, {calls} bookings a week, budget {money} a month. Can you take over our data from {tool}?",
    ),
    "de": (
        "Wir sind {n} {counted} und nehmen Termine noch am Telefon an, etwa {calls} Anrufe in der Woche. Was kostet das für uns? Unser Budget liegt bei rund {money} im Monat.",
        "Können Sie uns die Erinnerungen zeigen? Wir haben {n} {counted} und verlieren etwa {missed} Termine im Monat. Eine Vorführung in der Woche ab dem {date} wäre gut.",
        "Wir arbeiten heute mit {tool} und möchten bis zum {date} umsteigen. {n} {counted}. Bitte senden Sie uns ein Angebot, wir haben {money} im Monat.",
        "Unsere letzte Rechnung stimmt nicht: Wir zahlen für {m} Personen, haben aber nur {n} {counted}. Wer kann helfen? Sie erreichen mich unter {phone}.",
    ),
    "es": (
        "Somos {n} {counted} y todavía tomamos las citas por teléfono, unas {calls} llamadas por semana. ¿Cuánto cuesta para nosotros? Tenemos un presupuesto de {money} al mes.",
        "¿Pueden enseñarnos los recordatorios? Tenemos {n} {counted} y perdemos unas {missed} citas al mes. Una demostración la semana del {date} sería ideal.",
        "Hoy usamos {tool} y queremos cambiar antes del {date}. Somos {n} {counted}. Por favor, llámenme al {phone}.",
    ),
    "fr": (
        "Nous sommes {n} {counted} et prenons encore les rendez-vous par téléphone, environ {calls} appels par semaine. Quel est le prix pour nous ? Notre budget est de {money} par mois.",
        "Pouvez-vous nous montrer les rappels ? Nous avons {n} {counted} et perdons environ {missed} rendez-vous par mois. Une démonstration la semaine du {date} serait idéale.",
        "Nous utilisons {tool} et voulons changer avant le {date}. Nous sommes {n} {counted}. Merci de me rappeler au {phone}.",
    ),
}  # fmt: skip


def make(
    count: int, *, seed: int, start: int = 0, without_email: int = 0, languages: Sequence[str] | None = None
) -> list[Lead]:
    """Return `count` leads as HubSpot properties; the last `without_email` of them lack the address."""
    made = [_lead(seed, start + i, languages or _LANGUAGES) for i in range(count)]
    for lead in made[max(0, count - without_email) :] if without_email else ():
        del lead["email"]
    return made


def _lead(seed: int, position: int, languages: Sequence[str]) -> Lead:
    pick = random.Random(f"{seed}/lead/{position}")
    language = pick.choice(languages)
    first, last = pick.choice(_FIRST[language]), pick.choice(_LAST[language])
    city, country = pick.choice(_CITIES[language])
    trade = pick.choice(_TRADES)
    company = pick.choice(trade.names[language]).format(last=last, city=city)
    count = pick.randint(2, 24)
    budget = pick.choice((60, 90, 120, 150, 180, 220, 250, 300, 350, 400, 450, 600))
    phone = _phone(language, pick)
    tool = pick.choice(_TOOLS)
    message = pick.choice(_MESSAGES[language]).format(
        n=count,
        m=count + pick.randint(2, 9),
        counted=trade.counted[language],
        calls=pick.randint(4, 40) * 5,
        missed=pick.randint(3, 25),
        money=_CURRENCY[language].format(budget),
        date=pick.choice(_DATES[language]),
        tool=_WORDS_TOOLS.get(language, {}).get(tool, tool),
        phone=phone,
        city=city,
    )
    domain = _plain(company)
    # The position keeps addresses apart when two leads share name and company.
    return {
        "firstname": first,
        "lastname": last,
        "email": f"{_plain(first)}.{_plain(last)}{position + 1}@{domain}.example",
        "company": company,
        "jobtitle": pick.choice(_TITLES),
        "phone": phone,
        "city": city,
        "country": country,
        "website": f"https://www.{domain}.example",
        "message": message,
        "numemployees": str(count),
        "budget": str(budget) if str(budget) in message else "",
        "lifecyclestage": "lead",
        "hs_lead_status": "NEW",
        "lead_source": pick.choice(_SOURCES),
        "hs_language": language,
        "hubspot_owner_id": pick.choice(("71001", "71002")),
    }


def _phone(language: str, pick: random.Random) -> str:
    """Return a number from the ranges that are kept for fiction."""
    match language:
        case "de":
            return f"+49 30 23125 {pick.randint(100, 999)}"
        case "es":
            return f"+34 900 555 {pick.randint(100, 999)}"
        case "fr":
            return f"+33 1 99 00 {pick.randint(10, 99)} {pick.randint(10, 99)}"
        case _:
            return f"+1 {pick.choice(('503', '617', '912'))} 555 01{pick.randint(10, 99)}"


def _plain(text: str) -> str:
    text = (
        text.replace("ß", "ss").replace("ö", "oe").replace("ü", "ue").replace("ä", "ae").replace("&", "and")
    )
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return (
        "".join(c if c.isalnum() else "-" for c in letters).strip("-").replace("---", "-").replace("--", "-")
    )

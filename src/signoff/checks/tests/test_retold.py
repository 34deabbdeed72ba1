"""Dates, counts and empty fields that are told back otherwise than they stand in the record."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted


def texts(answer: str, record: object) -> list[str]:
    return [finding.text for finding in doubted(answer, record)]


CONTRACT = {"vertragsbeginn": "2025-02-01", "abgelesen_am": "2026-01-31", "vertragsende": "2027-01-31"}
ROOMS = {"visits": "3x per week", "message": "Two of the exam rooms have carpet, the rest is vinyl."}
VISIT = {"erstgespraech_ort": "Videokonferenz"}


@pytest.mark.parametrize(
    ("answer", "record", "wrong"),
    [
        ("Ihr Vertrag endet am 31. Januar 2026.", CONTRACT, "31. Januar 2026"),
        (
            "Avec votre acompte de 1 140,48 €, il restera 2 027,52 € à régler.",
            {"Solde dû": "2661,12", "Acompte": "1140,48"},
            "2 027,52 €",
        ),
        ("Carpet is in three exam rooms.", ROOMS, "three"),
        (
            "La nave cuenta con licencia de actividad.",
            {"Licencia de actividad": "", "Altura": "8 m"},
            "licencia",
        ),
        ("Sie sind privat versichert.", {"Versicherung": "gesetzlich"}, "privat versichert"),
        ("Das Gespräch findet in unserer Kanzlei statt.", VISIT, "Gespräch findet in unserer Kanzlei"),
    ],
)
def test_what_is_told_back_otherwise_is_found(answer: str, record: object, wrong: str) -> None:
    found = texts(answer, record)
    assert len(found) == 1
    assert wrong in found[0] or found[0] in wrong


@pytest.mark.parametrize(
    ("answer", "record"),
    [
        ("Ihr Vertrag endet am 31. Januar 2027.", CONTRACT),
        ("Il restera 2 661,12 € à régler.", {"Solde dû": "2661,12", "Acompte": "1140,48"}),
        ("Carpet is in two of the exam rooms.", ROOMS),
        ("No consta si la nave tiene licencia de actividad.", {"Licencia de actividad": "", "Altura": "8 m"}),
        ("Sie sind gesetzlich versichert.", {"Versicherung": "gesetzlich"}),
        ("Das Gespräch findet als Videokonferenz statt.", VISIT),
    ],
)
def test_what_is_told_back_rightly_is_left_alone(answer: str, record: object) -> None:
    assert texts(answer, record) == []

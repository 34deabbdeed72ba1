"""What somebody will give or do, and what is mere courtesy."""

from __future__ import annotations

import pytest

from signoff.checks.tests.readers import doubted

RECORD = {
    "name": "Dana Whitfield",
    "product": "Greenhouse, 6 m²",
    "delivery": "2026-06-05",
    "message": "Could you come at 12:15? I'd like a quiet corner.",
}


def kinds(answer: str, record: object = RECORD, facts: object = None) -> list[str]:
    return [finding.kind for finding in doubted(answer, record, facts)]


@pytest.mark.parametrize(
    "answer",
    [
        "We will give you a quiet corner by the window.",
        "The owner will do two years for you.",
        "You get a voucher worth having on top.",
        "We will undercut your current supplier.",
        "Your table will be ready at 12:15.",
        "You will get a loan bike while we work on yours.",
        "Die Kaution bekommst du am selben Tag zurück.",
        "Den Rest können Sie gern in zwei Raten zahlen.",
        "Die ersten beiden Monate sind mietfrei.",
        "Wir schenken Ihnen eine Pflanze dazu.",
        "Heute bringt Ihnen Herr Pohl einen Heizlüfter.",
        "Die Umbauten übernimmt der Vermieter.",
        "Le descontamos los días en la próxima factura.",
        "La avería quedará solucionada ese mismo día.",
        "El propietario asumirá la mudanza.",
        "Le regalaremos una lámpara.",
        "El contrato incluiría una opción de compra.",
        "On te rembourse la moitié du mois.",
        "Votre vélo sera prêt vendredi 29 mai.",
        "Nous vous prêterons un vélo électrique.",
        "Vous pouvez payer en trois fois.",
        "We promise to replace the pane.",
        "I've reserved the last lamp for you.",
        "Die Entsorgung übernehmen wir.",
        "Podemos ofrecerle dos semanas más.",
        "Nous nous occupons de l'enlèvement.",
    ],
)
def test_a_commitment_that_nothing_stands_behind_is_a_promise(answer: str) -> None:
    assert kinds(answer) == ["promise"]


@pytest.mark.parametrize(
    "answer",
    [
        "We will give you a call and send the details.",
        "You will receive a confirmation by e-mail.",
        "We will ask and give you a clear answer.",
        "Shall we bring a second ladder?",
        "We can't give you a corner by the window.",
        "We will deliver your greenhouse on 5 June.",
        "Wir geben Ihnen gern Bescheid.",
        "Sie erhalten dann eine Bestätigung.",
        "Einen Nachlass bekommen Sie leider nicht.",
        "Le daremos una respuesta en cuanto lo sepamos.",
        "Recibirá un correo de confirmación.",
        "Nous vous donnerons une réponse.",
        "Vous recevrez un message.",
        "If you tell us the size, would you get the larger one?",
    ],
)
def test_courtesy_and_what_the_record_says_are_no_promise(answer: str) -> None:
    assert kinds(answer) == []


def test_what_the_facts_grant_may_be_promised() -> None:
    facts = {
        "payment": "in 1, 3 or 4 instalments",
        "loan_bike": "customers get a loan bike for longer repairs",
    }

    assert kinds("You will get a loan bike, and you can pay in three instalments.", RECORD, facts) == []

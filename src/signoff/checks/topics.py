"""Topics on which a person always decides: refunds, passwords, money, contracts, the law, health."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from dataclasses import dataclass

from signoff.checks.words import fold


@dataclass(frozen=True)
class Topic:
    """One topic; `pattern` is looked for in folded text (small letters, no accents)."""

    name: str
    pattern: re.Pattern[str]


def _topic(name: str, words: str) -> Topic:
    return Topic(name, re.compile(rf"\b(?:{words})\b"))


def own_topic(words: str) -> Topic:
    """Return a topic of the owner's: the words as they stand, with any ending ("warranty" finds "warranties")."""
    parts = [re.escape(part) for part in fold(words).split()]
    return Topic(words.strip()[:1].upper() + words.strip()[1:], re.compile(r"\b" + r"\s+".join(parts)))


TOPICS = (
    _topic(
        "Refunds",
        r"refund(?:s|ed|ing|able)?|money back|charge-?backs?|reimburse(?:d|ment)?|ruckerstattung(?:en)?|erstatten|erstattung|geld zuruck|reembols\w+|devoluci[o]n(?:es)? del dinero|devolver(?:me|le)? el dinero|rembours\w+",
    ),
    _topic(
        "Passwords and access",
        r"passwords?|passwort\w*|kennwort\w*|contrasen\w+|mots? de passe|one-?time codes?|verification codes?|2fa|log-?in (?:details|data|credentials)|zugangsdaten|credenciales",
    ),
    _topic(
        "Bank details and payments",
        r"iban|bic|swift code|bank (?:account|details|transfer)|account number|routing number|sort code|card number|cvc|cvv|wire (?:transfer|the money)|kontonummer|bankverbindung|kontodaten|kartennummer|numero de cuenta|cuenta bancaria|datos bancarios|rib|coordonnees bancaires|numero de (?:carte|compte)|virement bancaire",
    ),
    _topic(
        "Contracts and cancellations",
        r"terminat(?:e|ing|ion of) (?:the |my |our |your )?(?:contract|agreement)|cancel(?:ling|ing)? (?:the |my |our |your )?(?:contract|subscription|agreement|membership)|breach of contract|kundig(?:en|ung)|vertrag(?:s)?(?:bruch|strafe|kundigung)|widerruf(?:srecht)?|rescind\w*|rescind(?:ir|o) el contrato|cancelar (?:el|mi|nuestro) contrato|resili(?:er|ation)|rupture de contrat",
    ),
    _topic(
        "Legal matters",
        r"lawyers?|attorneys?|solicitors?|lawsuit|sue (?:you|us|them)|legal (?:action|steps|advice|claim)|in court|gdpr|anwalt|anwaltin|rechtsanwalt\w*|klage|verklagen|gericht|dsgvo|schadens?ersatz|abmahnung|abogad[oa]s?|demanda(?:r|rles)?|juicio|avocat(?:e|s)?|tribunal|porter plainte|poursuites|rgpd",
    ),
    _topic(
        "Health",
        r"diagnos(?:is|ed|e)|symptoms?|medications?|prescriptions?|side effects?|pregnan(?:t|cy)|allerg(?:ic|y|ies)|suicid\w+|overdose|schwanger(?:schaft)?|symptome?|medikament\w*|nebenwirkung\w*|rezeptpflichtig\w*|allergi(?:e|en|sch)|sintomas?|medicament\w+|embaraz\w+|alergi\w+|enceinte|grossesse|ordonnance|effets secondaires",
    ),
)

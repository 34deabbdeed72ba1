"""Words beside a number that say nothing of the business, or say that it is an example, a limit or a difference."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re

from signoff.checks.claims import Claim
from signoff.checks.dates import MONTHS, WEEKDAYS
from signoff.checks.reading import Reading
from signoff.checks.wordings import Wording
from signoff.checks.words import COUNTED

IDLE_NOUNS = frozenset(
    """option options question questions step steps way ways thing things point points reason reasons idea ideas topic topics slot slots example
    examples part parts place time times moment call chat detail details side sides look click clicks word words line lines note minute minutes
    second seconds quick short simple easy key main of separate different possible available alternative alternatives suggestion suggestions
    optionen frage fragen schritt schritte punkt punkte dinge moglichkeit moglichkeiten grund grunde idee ideen thema themen teil teile mal
    minuten satze vorschlag vorschlage kurze einfache alternativen terminvorschlage
    opcion opciones pregunta preguntas paso pasos punto puntos cosa cosas manera maneras razon razones idea tema temas parte partes vez veces
    question etape etapes chose choses facon facons raison raisons idee sujet fois proposition propositions
    days stars""".split()
)
DIFFERENCE = re.compile(
    r"\b(?:difference|remain\w*|balance|rest|outstanding|overcharged?|left|still|too much|extra|refund\w*|ecart|reste\w*|trop|differenz|zu viel|verbleib\w*|noch|ubrig|erstatt\w*|diferencia|queda\w*|saldo|pendiente|reembols\w*|rembours\w*|solde)\b"
)
SHORT_TALK = re.compile(
    r"\b(?:wait\w*|hold|press|unplug|restart|warten|halten|espere|mantenga|attend\w+|patient\w+|maintenez|call|chat|talk|meeting|demo|conversation|of your time|quick|short|brief|gesprach|telefonat|anruf|termin|austausch|kurz\w*|llamada|charla|reunion"
    r"|conversacion|appel|echange|entretien|rendez-vous|consultation)\b"
)
IDLE_TIME = re.compile(
    r"\b(?:a few|couple of|paar|unos|quelques|last|past|previous|letzten|ultimos|derniers|for years|seit jahren)\b"
)


OF_THOSE = re.compile(r"\s(?:mit|with|con|avec|who|qui|que)\s")
EXAMPLE = Wording(
    r"\b(?:for example|for instance|e\.g\.|say,|zum beispiel|z\.\s?b\.|beispielsweise|etwa bei|por ejemplo|pongamos|par exemple|mettons)(?![a-z])"
)
WOULD = Wording(
    r"\b(?:would (?:be|come|cost|make)|waren (?:das|es)|ware (?:das|es)|kamen|serian?|costarian?|saldrian?|seraient|serait|ferait|couterait|reviendrait)\b"
)
FURTHER = re.compile(
    r"\b(?:more|extra|additional|longer|further|minimum|at least|weitere\w*|zusatzlich\w*|langer|mindest\w*|mas|adicional\w*|minim[oa]|supplementaires?|de plus|minimum|each|every|per|pro|jede\w*|cada|chaque|par)\b"
)
# "6., 13. und 20. Oktober": the first days of a row that ends with its month.
DAYS_IN_A_ROW = re.compile(
    rf"\d{{1,2}}(?:\.|st|nd|rd|th)?(?:,\s\d{{1,2}}(?:\.|st|nd|rd|th)?)*,?\s(?:und|and|y|et|e|&)\s\d{{1,2}}(?:\.|st|nd|rd|th|er)?\s(?:de\s|of\s)?(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b"
)
WEEKDAYS_NEXT = re.compile(rf"\s(?:{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})(?:en)?\b")
MOST = frozenset("max maximum maximal maximo maxi limit".split())
MAXIMUM = re.compile(r"\b(?:max\w*|up to|bis zu|hochstens|hasta|jusqu'a|at most|no more)\b")


def is_no_claim(reading: Reading, claim: Claim) -> bool:
    """Return whether a number is only list numbering, part of a name, a fraction of a phrase."""
    folded = reading.text.folded
    before, after = folded[max(0, claim.start - 14) : claim.start], folded[claim.end : claim.end + 12]
    line_start = folded.rfind("\n", 0, claim.start) + 1
    if not folded[line_start : claim.start].strip(" *#-(") and re.match(r"[.):]\s|[.)]\*", after + " "):
        return True
    if re.search(
        r"(?:option|step|schritt|punkt|paso|etape|opcion|version|chapter|part|teil|section|phase|level|top|page|q)\s?#?$",
        before,
    ):
        return True
    if claim.spelled and re.match(
        r"\s(?:of|der|von|de|des)\s(?:the|our|your|us|den|unserer|unseren|ihrer|nos|vos|nuestr|ellos)",
        after,
    ):
        return True
    if re.match(r"\s?(?:of|out of|von|de|sur|/)\s?\d", after):
        return True
    value = claim.values[0]
    if DAYS_IN_A_ROW.match(folded, claim.start) or WEEKDAYS_NEXT.match(folded, claim.end):
        return True
    if claim.spelled and value == 1:
        head = reading.after(claim.end, 2)
        return not head or not (set(head[0][0].ideas) & COUNTED) or reading.text.language != "en"
    if claim.ordinal:
        head = reading.after(claim.end, 2)
        floors = {"floor"}
        return not head or not (set(head[0][0].ideas) & floors)
    if (value == 24 and after.startswith(("/7", "-7"))) or before.endswith("24/"):
        return True
    if reading.today and value == reading.today.year:
        return True
    return value == 365 and "/" in after + before

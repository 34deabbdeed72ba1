"""How a field answers for the thing it is named after: yes, no, only in part, only on request, or not at all."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from typing import Literal

from signoff.checks.fields import Field
from signoff.checks.words import FEATURES

Standing = Literal["yes", "no", "part", "ask", "empty", "value"]

_DENIES = re.compile(
    r"(?:no|not|non|none|nicht|kein\w*|sin|ohne|sans|without|aucune?|pas|prohibid[oa]s?|verboten|untersagt|interdite?s?|forbidden|prohibited|excluded|unfurnished|unmobliert|leer|vacio|vide)\b(?! (?:problem|limit|extra|aufpreis|coste|cost|only|nur|solo|later|spater|mas tarde))"
)
_IN_PART = re.compile(
    r"\b(?:part\w*|partly|teil\w*|semi\w*|solo|solamente|only|nur|seulement|parcial\w*|partiel\w*)\b"
)
_ON_REQUEST = re.compile(
    r"\b(?:(?:on|upon|by) (?:request|arrangement|agreement)|consider\w*|ask\w*|case by case|auf anfrage|nach (?:absprache|vereinbarung|rucksprache)|einzelfall\w*|a consultar|consultar\w*|previa consulta|segun|a discuter|sur (?:demande|accord)|a voir|negociable\w*|a convenir|bajo (?:peticion|consulta)|to be (?:agreed|discussed))\b"
)
_AVAILABLE = re.compile(
    r"\b(?:available|yes|ja|si|oui|disponibles?|verfugbar|moglich|possible|posible|free|gratis|kostenlos|included|allowed)\b"
)


def standing(field: Field) -> Standing:
    """Return how a field stands: by its yes or no, a zero, or the words its text begins with."""
    if any(c.kind == "number" and c.values == (0.0,) for c in field.claims):
        return "no"
    if field.state != "value" or field.text is None:
        return field.state
    text = field.text.folded.strip()
    if _DENIES.match(text) and not (field.prose and not field.from_facts) and not field.claims[:1]:
        return "no"
    if (
        field.prose
        and _DENIES.match(text)
        and field.from_facts
        and text.startswith(("prohib", "verbot", "interd", "forbid", "untersagt"))
    ):
        return "no"
    if field.prose:
        return "value"
    if "furnished" in field.ideas and _IN_PART.search(text):
        return "part"
    if (
        field.ideas & {"pets", "smoking"} & FEATURES
        and _ON_REQUEST.search(text)
        and not _AVAILABLE.search(text)
    ):
        return "ask"
    return "value"


# "The wifi code is ..." tells the code, too.
ITS_CODE = re.compile(
    r"(?:\s(?:code|key|password|passcode|pin|network|name|passwort|kennwort|schlussel|netz\w*|clave|contrasena|red|mot de passe|cle|reseau))+(?:\s(?:is|lautet|ist|heisst|es|est)|\s?:)\s[\"'“„«]?[\w-]{3,40}"
)

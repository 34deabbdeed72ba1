"""Orders to an AI hidden in a record: the plain ones, in four languages, and letters that nobody can see."""

# ruff: noqa: E501 - patterns are easier to read and mend in one piece

from __future__ import annotations

import re

from signoff.checks.words import fold

_PATTERNS = (
    # "ignore all previous instructions" and its kind
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,25}\b(?:previous|prior|preceding|above|earlier|all|any|your|these|those)\b[^.\n]{0,20}\b(?:instructions?|rules|prompts?|guidelines|directions|constraints)\b",
    r"\b(?:ignoriere[n]?|vergiss|vergessen|missachte[n]?|ubergehe[n]?)\b[^.\n]{0,25}\b(?:alle[n]?|deine[n]?|bisherige[n]?|vorherige[n]?|vorige[n]?|obige[n]?|fruhere[n]?)\b[^.\n]{0,20}\b(?:anweisung(?:en)?|regeln|vorgaben|instruktionen)\b",
    r"\b(?:ignor[ae]|olvid[ae]|descart[ae])\b[^.\n]{0,20}\b(?:las|tus|sus|todas)\b[^.\n]{0,25}\b(?:instrucciones|reglas|indicaciones)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) pas compte de)\b[^.\n]{0,20}\b(?:les|tes|vos|toutes)\b[^.\n]{0,25}\b(?:instructions|regles|consignes|directives)\b",
    # asking for what the AI was told
    r"\b(?:system|hidden|initial) (?:prompt|instructions)\b|\bsystem-?prompt\b|\bmensaje del sistema\b",
    r"\b(?:reveal|print|repeat|show|output|tell me)\b[^.\n]{0,20}\byour (?:\w+ )?(?:instructions|prompt|configuration)\b",
    # another part to play
    r"\byou are (?:now|no longer)\b[^.\n]{0,20}\b(?:assistant|ai|dan|bound|chatbot|model|mode)\b|\b(?:act|behave|respond|answer) as (?:if you (?:are|were)|an? (?:ai|unrestricted|different))\b",
    r"\b(?:du bist|sie sind) (?:jetzt|nun|ab sofort) ein[e]?\b[^.\n]{0,20}\b(?:assistent|ki|modell|bot)\b|\b(?:ahora|desde ahora) eres un\b|\btu es (?:maintenant|desormais) un\b",
    r"\b(?:jailbreak|do anything now|developer mode|god mode)\b",
    # a task or an author of its own
    r"(?:^|[.\n]\s*)(?:new|updated|real|actual) (?:instructions?|task|orders?)\s*:|(?:^|[.\n]\s*)neue (?:anweisung(?:en)?|aufgabe)\s*:|(?:^|[.\n]\s*)nuevas? (?:instruccion(?:es)?|tarea)\s*:|(?:^|[.\n]\s*)nouvelles? (?:instructions?|consignes?|tache)\s*:",
    r"\b(?:ai|llm|language model|chatbot|ki)s?\b[^.\n]{0,20}\b(?:must|shall|should|reading this|muss|soll)\b",
    r"</?(?:record|system|instructions?|assistant|example)>|\[/?(?:inst|system)\]|<\|[a-z_]{2,20}\|>|^#{2,}\s*(?:system|instructions?|assistant|new task)\b|^(?:system|assistant)\s*:",
    r"\b(?:respond|reply|answer) (?:only|exclusively|exactly) (?:with|the (?:word|text)|in json)\b",
)
_ORDER = re.compile("|".join(f"(?:{one})" for one in _PATTERNS), re.MULTILINE)  # looked for in folded text
# Tag characters spell letters that nobody sees (flags of countries' parts use them after a black flag); direction
# marks in a row show another text than they hold.
_UNSEEN = re.compile(
    "(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]{3,}|[\u202a-\u202e\u2066-\u2069]{2,}|[\u200b\u2060\ufeff]{6,}"
)


def order_in(text: str) -> str | None:
    """Return the words of a text that read like an order to an AI, "" when they cannot be seen, None without any."""
    found = _ORDER.search(fold(text))
    if found:
        return text[found.start() : found.end()]
    return "" if _UNSEEN.search(text) else None

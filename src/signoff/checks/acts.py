"""
Acts: what a part of an answer does, in four languages at once: it tells of something done, promises, gives, excuses.

What was learned of an act in one language so holds in all. Patterns search folded text.
"""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from bisect import bisect_left
from operator import itemgetter

from signoff.checks.wordings import Wording
from signoff.checks.words import Text

_SAID = {
    "perfect": r"(?:i|we)(?:'ve| have)(?: \w+){0,2} \w+(?:ed|en|ne|ut|pt|nt|lt|de|ade)\b|(?:i|we) (?:checked|spoke|asked|added|booked|reserved|moved|set|put|sent|noted|made|arranged|spotted|looked|confirmed|passed|forwarded)\b|hab(?:e|en) (?:ich|wir)\b.{0,70}(?:ge\w{2,}(?:t|en)|\w*iert|be\w{3,}(?:t|en)|ver\w{3,}(?:t|en)|er\w{3,}(?:t|en)|\wge\w{2,}t)\b|(?:ich|wir) hab(?:e|en)\b.{0,70}(?:ge\w{2,}(?:t|en)|\w*iert|be\w{3,}(?:t|en)|ver\w{3,}(?:t|en)|er\w{3,}(?:t|en)|\wge\w{2,}t)\b|(?:he|hemos) \w+(?:ado|ido|to|cho)\b|(?:j'ai|nous avons|on a)(?: \w+){0,2} \w+(?:e|is|it|u|ert)\b",
    "passive": r"(?:has|have) (?:already |just )?been|was \w+ed\b|were \w+ed\b|wurden? |worden\b|ist (?:bereits|schon)|ha sido|han sido|fue \w+d[oa]|esta(?:n)? \w+d[oa]s?\b|a ete|ont ete|est (?:bien |deja )?\w+e\b",
    "future": r"(?:i|we|he|she|they|it|you)'ll\b|will\b|going to\b|werden? |wird\b|voy a|vamos a|va a|allons ",
    "can": r"(?:i|we) can\b|can (?:be|also)|konnen wir|wir konnen|kann ich|ich kann|podemos|puedo|nous pouvons|je peux|on peut|lasst sich|is possible|ist moglich|es posible|est possible",
    "youcan": r"you can\b|you may\b|you're welcome to|konnen sie|kannst du|du kannst|sie konnen|sie durfen|puede[ns]?\b|pueden|vous pouvez|tu peux|pouvez-vous",
    "free": r"free\b|no (?:extra |additional )?(?:cost|charge)|complimentary|kostenlos\w*|kostenfrei\w*|gratis|umsonst|ohne aufpreis|gratuit\w*|offert\w*|sin (?:coste|cargo|costo)|sans (?:frais|supplement)|on us\b|geschenk\w*|regal\w+|cadeau|waive|aufs haus",
    "discount": r"discount|rabatt|nachlass|skonto|descuento|remise|reduction|reduc|off\b|gutschein|voucher|vale\b|bon d'achat|courtesy|entgegen|rebaj\w+|credit\b",
    "guarantee": r"guarant\w+|garant\w+|promise|versprech\w+|sicher\b|definitely|certainly|ohne (?:problem|sorge)|assur\w+|segur\w+|sans (?:souci|probleme)|sin problema|no problem|kein problem|problemlos|absolutely",
    "hold": r"hold\b|reserv\w+|keep\b|set aside|halten\b|halte\b|freihalten|zuruckgeleg\w+|guard\w+|apart\w+|gardons|mettons|bloquee?\b|vorgemerkt|vormerken|option\b",
    "included": r"includ\w+|inclu\w*|inklusive|inbegriffen|enthalten|dabei\b|im preis|compris\w*|incluid\w+|inkl\b|covers?\b|all-in|todo incluido",
    "whole": r"all\b|every\w*|whole|entire\w*|fully|completely|always|alle[sn]?\b|komplett\w*|ganz\w*|vollstandig\w*|immer\b|jederzeit|rund um die uhr|around the clock|24/7|tod[oa]s?\b|siempre|complet\w*|tou[ts]\w*|toujours|entierement|any ?time",
    "already": r"already|bereits|schon\b|ya\b|deja\b",
    "confirm": r"confirm\w*|bestatig\w+|gebucht|booked|eingetragen|registered|approved|genehmigt|valid\w+|accept\w+|freigegeben|inscrit\w*|noted|notiert|vermerkt|anotad\w+|noted?\b",
    "sent": r"sent\b|send\b|schick\w+|geschickt|versand\w*|verschick\w+|envi\w+|envoy\w+|expedi\w+|forwarded|attached|anhang|adjunt\w+|ci-joint|passed (?:it|this|your)|weitergegeben|weitergeleitet|transmis\w*",
    "checked": r"check\w*|gepruft|nachgesehen|geschaut|verific\w+|comprob\w+|revis\w+|verifi\w+|spoke\w*|gesprochen|hable|habl\w+|parle\b|looked|asked|consult\w+",
    "because": r"because|since\b|due to|weil\b|wegen|grund\b|aufgrund|porque|debido|a causa|puisque|car\b|parce|en raison|suite a",
    "exception": r"exception|ausnahme\w*|excepcion\w*|exception\w*|special|eigens|extra\b|exklusiv|nur fur sie|just for you|in your case",
    "soon": r"today|tonight|tomorrow|this (?:week|morning|afternoon|evening)|heute|morgen\b|diese woche|gleich\b|sofort|umgehend|noch am|hoy\b|manana|esta (?:semana|tarde|noche)|aujourd'hui|demain|ce soir|des (?:demain|aujourd)|immediately|straight away|within|innerhalb|binnen|spatestens|by (?:the end|noon|mon|tue|wed|thu|fri|sat|sun|tomorrow|then)|bis (?:zum|spatestens|morgen|mo|di|mi|do|fr|sa|so)|antes de|avant\b|sous\b|before",
    "until": r"until|till\b|bis\b|hasta|jusqu'",
    "experience": r"experienc\w*|erfahren\w*|erfahrung|experiment\w*|specialis\w*|speziali\w*|especiali\w*|expert\w*|brilliant|popular|beliebt\w*|popular\w*|prise[es]?\b|best\b|famous|beruhmt|known for|bekannt|award\w*|prefer\w+|favourit\w*|favorit\w*|perfekt\w*|perfect\w*|ideal\w*|parfait\w*|ideal\w*",
    "near": r"near\w*|nearby|next door|close to|walk\w*|minutes? (?:from|away)|nahe\b|in der nahe|fussweg|gleich nebenan|direkt|cerca\w*|a pasos|al lado|pres de|a proximite|a deux pas|a cote|around the corner|um die ecke",
    "free_slot": r"(?:still )?(?:free|available|open)\b|frei\b|verfugbar|libre\w*|disponible\w*|spot\b|slot|platz\b|place\b|plaza",
    "refund": r"refund\w*|erstatt\w+|gutgeschrieben|gutschrift|reembols\w+|devol\w+|rembours\w+|money back|credited|avoir\b|abono|zuruck(?:bekommen|gezahlt|zahlen)|compensa\w+|entschadig\w+",
    "paid": r"paid\b|bezahlt|pagad[oa]\w*|paye\w*|regle\w*|received\b|erhalten\b|eingegangen|recibid\w+|recu\w*|gezahlt",
    "changed": r"moved|changed|rescheduled|verschoben|geandert|umgebucht|cambiad\w+|movid\w+|deplace\w*|modifie\w*|change\w*|updated|aktualisiert|actualizad\w+|added|hinzugefugt|anad\w+|agreg\w+|ajoute\w*|cancelled|storniert|cancelad\w+|annule\w*",
    "replace": r"replac\w+|ersatz\w*|austausch\w*|repuesto|reemplaz\w+|reempla\w+|sustitu\w+|rempla\w+|new one|neue[snr]?\b|nuevo|nouve\w+|repair\w*|repar\w+|reparier\w+",
    "team": r"our (?:team|colleague\w*|technician\w*|driver|chef|staff|designer|manager)|(?:unser\w*|mein\w*) (?:team|kolleg\w+|techniker\w*|fahrer\w*|chef\w*|kuche)|nuestr\w+|notre (?:equipe|technicien\w*|livreur|chef)|mon collegue|ma collegue|my colleague\w*|un (?:tecnico|technicien|companero)",
    "want": r"you (?:asked|want\w*|mention\w*|wrote|said|need\w*|prefer\w*|request\w*|would like)|wants?\b|asks?\b|wishes|wunsch\w*|mochten|mochte\b|will\b|sucht\b|gewunscht|quiere\w*|pide\w*|solicit\w+|desea\w*|prefier\w+|busca\w*|souhait\w+|demand\w+|voul\w+|veut\b|cherch\w+|fragt\b|frage\b|pregunt\w+|interest\w*|interes\w*",
    "unknown": r"unknown|not (?:given|stated|known|specified|mentioned|recorded|filled)|no (?:information|details|mention)|missing|don't (?:know|have)|unbekannt|nicht (?:angegeben|bekannt|hinterlegt|vermerkt|erwahnt)|fehlt|fehlen|keine (?:angabe|information|info)|liegt (?:mir|uns) (?:noch )?nicht|no (?:consta|figura|aparece|tengo|tenemos|indica|se indica|hay dato)|falta\w*|sin (?:dato|indicar)|non (?:renseign|precis|indiqu|communiqu)\w*|pas (?:renseign|precis|indiqu|d'info)\w*|manque\w*|n'est pas (?:precis|indiqu|renseign)\w*|offen\b|open\b|pendiente|a confirmer|por confirmar|to be confirmed|tbc\b|je n'ai pas|no lo s[e]",
    "greet": r"hello|hi\b|dear\b|hallo|guten|liebe\w*|sehr geehrte\w*|hola|buen[oa]s|estimad\w+|bonjour|bonsoir|cher\b|chere\b|kind regards|best\b|freundliche|grusse|saludos|cordialement|atentamente|thank\w*|danke\w*|vielen dank|gracias|merci",
    "gladly": r"happy to|glad|gern\w*|encantad\w*|con (?:mucho )?gusto|volontiers|avec plaisir|freuen|freut|sorry|leider|tut mir|lament\w*|siento|desol\w*|regret\w*|malheureusement|unfortunately|lamentablemente",
    "sheor": r"she's|he's|she\b|he\b|who\b|her\b|his\b|die\b ihn|sein\w*\b|elle\b|lui\b|quien",
    "only": r"only\b|just\b|nur\b|solo\b|unicamente|seulement|uniquement|ne .{0,20} que\b",
    "more": r"also\b|plus\b|additional\w*|as well|auch\b|zudem|ausserdem|zusatzlich|tambien|ademas|aussi\b|en plus|egalement|dazu\b",
    "quality": r"new\b|modern\w*|quiet|ruhig\w*|sunny|sonnig\w*|bright|hell\w*|spacious|geraumig\w*|lovely|beautiful|schon\w*|tranquil\w*|lumin\w+|calme|amplio\w*|fresh\w*|frisch\w*|hochwertig\w*|solid\w*|neu\w*|excelen\w*|excellent\w*|recent\w*|moderne?\b",
}
# What begins with anything is looked for where a word ends so; all else only where its first letters stand.
_ENDING = {"future": re.compile(r"\b(?:\w{3,}(?:re|remos|ra|ran|ras)\b(?= \w)|\w{3,}(?:rons|rez|ront)\b)")}
_ENDS = ("re", "remos", "ra", "ran", "ras", "rons", "rez", "ront")
_LONG_ENOUGH = re.compile(r"\w{5,}")
_ACTS = {name: Wording(rf"\b(?:{said})") for name, said in _SAID.items()}
_PLACES = {name: place for place, name in enumerate(_ACTS)}


def _long_words(text: Text) -> list[tuple[int, str]]:
    """Return the words that may have such an ending, each with its place; to `re` a low line is part of a word."""
    if "_" in text.folded:
        return [(match.start(), match[0]) for match in _LONG_ENOUGH.finditer(text.folded)]
    return [(at, word) for at, _, word in text.words if len(word) >= 5]


class Acts:
    """The acts of one text."""

    def __init__(self, text: Text) -> None:
        self._text = text
        begun = [
            (at, name, act.pattern) for name, act in _ACTS.items() for at in text.beginnings.spots(act)
        ] + [
            (at, name, ending)
            for at, word in _long_words(text)
            if word.endswith(_ENDS)
            for name, ending in _ENDING.items()
        ]  # fmt: skip
        self._begun = sorted(begun, key=itemgetter(0))
        self._places = [at for at, _, _ in self._begun]

    def between(self, start: int, end: int) -> list[str]:
        """Return the names of the acts in a stretch of the text, always in the same order."""
        folded, found = self._text.folded, set[str]()
        for at, name, act in self._begun[bisect_left(self._places, start) : bisect_left(self._places, end)]:
            if name not in found and act.match(folded, at, end):
                found.add(name)
        return sorted(found, key=_PLACES.__getitem__)

"""One reading of an answer beside a record: what all the checks look at, worked out once."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from typing import Literal

from signoff.checks.claims import Claim, claims_in
from signoff.checks.fields import Field
from signoff.checks.record import Record
from signoff.checks.wordings import Wording
from signoff.checks.words import NEGATION, Sentence, Text, Token

FindingKind = Literal["contradicts", "not in the record", "empty in the record", "promise"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of the answer that the record does not support, before it is put in order with the others."""

    start: int
    end: int
    kind: FindingKind
    field: Field | None
    why: str
    weight: int = 0  # the heavier of two overlapping doubts is kept
    likely: float = 1.0  # how likely the place is not borne out, from 0 to 1, as it was weighed


# A sentence that only asks, offers a choice or talks of what may be: nothing in it is stated as fact.
ASKING = Wording(
    r"\b(?:would|could|shall we|may i|do you|does|how about|what about|are you|is it|let me know (?:if|whether|which|what)|if you|whether|in case"
    r"|would you|whenever|suits? you|work for you|i(?:'d| would) (?:suggest|propose)|i suggest|i propose|we suggest|we could|how does|perhaps|feel free"
    r"|hatten sie|konnten sie|passt|wurde ihnen|ware|waren sie|falls|sofern|ob\b|wenn sie|mochten sie|schlage|vorschlag|vielleicht|gerne auch|waere|wie ware|geben sie mir bescheid"
    r"|le gustaria|le viene bien|podria|podriamos|si (?:lo|le|la|usted|quiere|prefiere|desea|necesita|tiene)|le parece|propongo|quiza|tal vez|te viene bien"
    r"|souhaitez|seriez|conviendrait|convient|pourriez|pourrions|si vous|propose|peut-etre|auriez|voulez|est-ce que|aimeriez|n'hesitez pas)\b"
)
# What is asked after, wished for or looked into, beside the sentences that only ask.
ASKED = Wording(
    r"\b(?:asked|ask|asking|question|wonder\w*|regarding|as for|concerning|about whether|check(?:ing)? (?:if|whether|with)|find out|confirm whether|need to know|interest(?:ed)? in|looking for"
    r"|frage|gefragt|bezuglich|betreff|klaren|prufen|nachfragen|interesse|wunsch\w*|pregunt\w+|respecto|consulta\w*|averigu\w+|interes\w*|verific\w+|demand\w+|concernant|renseign\w+|verifi\w+|souhait\w+|instead of|statt|en lugar de|au lieu de"
    r"|your (?:interest|enquiry|inquiry|request)|you (?:mentioned|wanted|requested|need)|note that|depends|if available)\b"
)
# What is to come, or may.
NOT_YET = Wording(
    r"\b(?:will|once|when|if|(?:after|until|before)(?! (?:the )?[0-9])|as soon as|to be|would|can be|could|may|might|should|must|needs? to|wird|werden|sobald|wenn|falls|nachdem|bis|soll|kann|konnen|muss|sera|seran|cuando|si|una vez|hasta|tan pronto|puede|pueden|debe|sera|seront|lorsque|quand|une fois|des que|jusqu'a|peut|peuvent|doit|going to|whether|ob|in order to|please|bitte)\b"
)


class Reading:
    """An answer, a record, and what was worked out about both."""

    def __init__(self, text: str, record: Record, today: date | None) -> None:
        self.text = Text(text)
        self.record = record
        self.today = today
        self.claims: list[Claim] = claims_in(self.text)
        self._asks: dict[int, bool] = {}  # by where a sentence begins, as are the cuts between its clauses
        self._cuts: dict[int, list[tuple[int, int]]] = {}
        self._starts = [claim.start for claim in self.claims]

    def claim_over(self, start: int, end: int) -> Claim | None:
        """Return the claim that overlaps a stretch, if any."""
        at = bisect_left(self._starts, end)
        for claim in self.claims[max(0, at - 3) : at]:
            if start < claim.end:
                return claim
        return None

    def claims_between(self, start: int, end: int) -> list[Claim]:
        """Return the claims that start within a stretch."""
        return self.claims[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def sentence(self, place: int) -> Sentence:
        return self.text.sentence_at(place)

    def asks(self, place: int) -> bool:
        """Return whether the sentence at a place asks or proposes rather than states."""
        sentence = self.text.sentence_at(place)
        known = self._asks.get(sentence.start)
        if known is None:
            known = sentence.asks or ASKING.search(self.text, sentence.start, sentence.end) is not None
            self._asks[sentence.start] = known
        return known

    def asks_here(self, place: int) -> bool:
        """Return whether the part of a sentence at a place asks: "as it ends on 3 May, would you ...?" states its date."""
        if not self.asks(place):
            return False
        sentence = self.text.sentence_at(place)
        low = max(
            sentence.start, *(m.end() for m in _PART.finditer(self.text.folded, sentence.start, place)), 0
        )
        found = _PART.search(self.text.folded, place, sentence.end)
        high = found.start() if found else sentence.end
        return ASKING.search(self.text, low, high) is not None or (sentence.asks and found is None)

    def clause(self, place: int) -> tuple[int, int]:
        """Return the clause around a place: to the next ; : or a comma with a new verb behind it."""
        sentence = self.text.sentence_at(place)
        start, end = sentence.start, sentence.end
        cuts = self._cuts.get(start)
        if cuts is None:
            cuts = self._cuts[start] = [m.span() for m in _CLAUSE.finditer(self.text.folded, start, end)]
        for before, after in cuts:
            if after <= place:
                start = after
            elif before > place:
                end = before
                break
        return start, end

    def denied(self, start: int, end: int) -> bool:
        """Return whether what stands at a place is denied in its clause: "no parking", "Parkplatz haben wir nicht"."""
        low, _ = self.clause(start)
        _, high = self.clause(max(start, end - 1))
        high = max(high, end)
        before = _NO_DENIAL.sub(" ", self.text.folded[max(low, start - 60) : start])
        after = _NO_DENIAL.sub(" ", self.text.folded[end : min(high, end + 60)])
        return NEGATION.search(before) is not None or NEGATION.search(after) is not None

    def after(self, claim_end: int, limit: int = 4, *, prepositions: bool = False) -> list[tuple[Token, int]]:
        """Return the words right after a place, as far as they belong to it, with their distance."""
        folded, words = self.text.folded, self.text.tokens
        found: list[tuple[Token, int]] = []
        at = self.text.first_token_from(claim_end)
        previous = claim_end
        distance = 0
        while at < len(words) and distance < limit:
            token = words[at]
            gap = folded[previous : token.start]
            if _STOP_AFTER.search(gap):
                break
            if token.word in _CONJUNCTIONS or (
                not prepositions and token.word in _PREPOSITIONS and distance > 0
            ):
                break
            over = self.claim_over(token.start, token.end)
            if over is not None and over.start >= claim_end:
                break
            distance += 1
            if token.word not in FUNCTION_WORDS:
                found.append((token, distance))
            previous = token.end
            at += 1
        return found

    def before(self, claim: Claim, limit: int = 9) -> list[tuple[Token, float, bool]]:
        """Return the words before a claim, nearest first, with distance and whether only linking words stand between."""
        folded, words = self.text.folded, self.text.tokens
        found: list[tuple[Token, float, bool]] = []
        at = self.text.first_token_from(claim.start) - 1
        previous = claim.start
        distance = 0.0
        linked = True
        while at >= 0 and distance < limit:
            token = words[at]
            gap = folded[token.end : previous]
            if _STOP_BEFORE.search(gap) or (claim.kind == "number" and token.word in _AND):
                break
            if "," in gap:
                distance += 2
                linked = False
            over = self.claim_over(token.start, token.end)
            if over is not None and over.end <= claim.start:
                if _comparable(over, claim):
                    break
                linked = False
            distance += 1
            found.append((token, distance, linked))
            if token.word not in LINKING:
                linked = False
            previous = token.start
            at -= 1
        return found


# Words that turn a denial round, or deny something else.
_NO_DENIAL = re.compile(
    r"\b(?:not only|nicht nur|no solo|non seulement|no doubt|no longer a|without (?:any )?(?:doubt|extra|additional)|ohne (?:aufpreis|zusatz\w*|weitere\w*)|sin (?:coste|costo|cargo|compromiso)|sans (?:supplement|frais|engagement)"
    r"|(?:is |are )?(?:no|not a|any) (?:problem|trouble|issue)|(?:gar )?kein(?:erlei)? problem|(?:no (?:hay|es|sera|supone) )?(?:ningun )?problema|(?:ne (?:pose|posera) )?(?:pas de|aucun) (?:souci|probleme)"
    r"|not (?:ruled out|excluded|impossible)|nicht (?:ausgeschlossen|unmoglich)|no (?:se descarta|esta descartad[oa]|se excluye)|pas (?:exclue?s?|impossible))\b"
)
_PART = re.compile(r"[,;:]\s")
# Its first character comes before all else, for `re` skips to those quicker than it tries one thing after another.
_CLAUSE = re.compile(
    r"[;:(),\s](?:(?<=[;:()])|(?<=\s)-\s|(?<=,)\s(?=(?:and|but|so|which|while|und|aber|oder|jedoch|sondern|wobei|pero|aunque|mais|donc|however|although|yet)\b)"
    r"|(?<=\s)(?=(?:but|however|although|aber|jedoch|allerdings|sondern|pero|aunque|mais|cependant)\s(?!(?:noch |leider |auch |gar |bisher )?(?:nicht|kein))))"
)
_STOP_AFTER = re.compile(r"[.;:!?()\n|•,\"]|\s-\s")
_STOP_BEFORE = re.compile(r"[.;!?\n|•()]|\s-\s(?=\w)")
_CONJUNCTIONS = frozenset(
    "and und y et oder or o ou plus but sowie e que that with mit con avec which ab".split()
)
_AND = frozenset(["and", "und", "y", "e", "et", "sowie", "plus", "with", "mit", "con", "avec"])
_PREPOSITIONS = frozenset(
    "in at on for to from by of within für fur im am an auf bei von zu nach en a por para del de dans pour sur par chez with is are was"
    " will can have has had ist sind war es son est sont working".split()
)
LINKING = frozenset(
    "is are was were be at of to for the a an von vom der die das den dem ist sind war betragt liegt bei auf um es son de del la el los"
    " las est sont a du des le les en about approximately around only just now currently ca etwa rund nur ahora solo actualmente unos"
    " unas environ seulement actuellement from starting with comes am im on und usd eur gbp chf euro total exactly genau s your ihr ihre"
    " su votre reads shows stands asciende in als d l set listed priced scheduled planned booked gebucht geplant previsto prevista"
    " prevu prevue programmed fixed has have no nr number".split()
)
FUNCTION_WORDS = (
    LINKING
    | _PREPOSITIONS
    | frozenset("you we sie wir usted nous vous i it they er more other further".split())
)


def _comparable(one: Claim, other: Claim) -> bool:
    numeric = {"number", "percent", "money", "measure"}
    if one.kind in numeric and other.kind in numeric:
        return True
    return one.kind == other.kind

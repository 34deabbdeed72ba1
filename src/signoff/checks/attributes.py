"""Yes and no: what an answer affirms although the record denies it or leaves it open, and the other way round."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.reading import ASKED, NOT_YET, Doubt, Reading
from signoff.checks.standing import ITS_CODE, standing
from signoff.checks.wordings import Wording
from signoff.checks.words import COUNTED, FEATURES, NEGATION, STATUSES, Text, Token, ideas

# Ideas besides features whose mention is a statement when the record answers them with yes or no.
_STATED = frozenset(
    "discount guarantee warranty trial refund return setup stock deposit training cancellation".split()
)
_HOME = frozenset(
    "bedroom bathroom room area rent checkin checkout guest floor bed night available_from plot built".split()
)
_ABSENT = frozenset(
    "garden balcony terrace pool elevator furnished kitchen cellar fireplace sauna gym aircon sea_view washing_machine dishwasher minibar shuttle"
    " crib charging solar underfloor concierge breakfast parking garage wifi wheelchair renovation new_build transport dinner".split()
)
_ANYWHERE = frozenset(["awarded", "certified"])
_INCLUDED = frozenset(
    "included includes include inclusive inklusive incluido incluida incluye inclus incluse comprende free gratis".split()
)
_MOMENTS = frozenset("date datum fecha am at on le el until bis by time uhrzeit hora heure url link".split())
_PERMITTED = frozenset(
    "allowed permitted erlaubt gestattet permitido permitida permitidos autorise autorises admitidos welcome".split()
)
_INCLUDING = re.compile(
    r"\b(?:includ\w+|incl\.?|with|complimentary|free|inklusive|inkl\.?|mit|kostenlos\w*|gratis|enthalten|inbegriffen|incluid\w+|incluye\w*|con|gratuit\w*|inclus\w*|avec|comprend\w*|comes)\b"
)
_OPTIONAL = re.compile(
    r"\b(?:optional|extra|additional|surcharge|supplement|aufpreis|zusatzlich|gegen|opcional|adicional|suplemento|en option|nearby|in der nahe|cercan\w+|a proximite|on request|auf anfrage)\b"
)
_DENIED_AFTER = re.compile(
    r"[,\s]{0,2}(?:[a-z]+\s){0,3}(?:is not|are not|isn't|aren't|not (?:allowed|included|available|possible|permitted)|nicht|no esta\w*|no se|ne sont pas|n'est pas|unavailable|prohibited|excluded)\b"
)
_VERDICT = re.compile(
    r"(?:\s[a-z]{1,10}){0,4}?\s(?:admitted|accepted|allowed|welcome|included|available|possible|permitted|provided|erlaubt|willkommen|inklusive|inbegriffen|enthalten|verfugbar|vorhanden|moglich|incluid[oa]s?|disponibles?|permitid[oa]s?|bienvenid[oa]s?|inclus\w*|compris\w*|autorise\w*|bienvenus?|nutzen|benutzen|mitbringen|zur verfugung)\b"
)
_HAS = re.compile(
    r"\b(?:with|as|als|como|comme|steht|stehen|gibt es|finden sie|bekommen sie|erhalten sie|wartet|you(?:'ll| will)? (?:get|find|have)|ha(?:ve|s)|includ\w+|offers?|offering|featur\w+|comes with|there(?:'s| is| are)|provid\w+|mit|hat|haben|bietet|bieten|verfugt uber|inklusive|con|tien\w+|tenemos|ofrec\w+|inclu\w+|dispon\w+ de|cuenta con|hay|avec|dispos\w+ d[e']|propos\w+|offr\w+|posse\w+|compren\w+|y a|avez|en|in|using|use|usar|utilizar|utiliser|disfrutar de|lend|supply|arrange|stellen (?:wir )?(?:ihnen|euch|dir)?|leihen (?:wir )?(?:ihnen|euch|dir)?|prestamos|dejamos|facilitamos|pretons|mettons|fournissons)\s(?:[a-z']{1,12}\s){0,2}[a-z']{0,3}$"
)
_AFFIRMS = re.compile(
    r"\b(?:with|ha[sv]e?|includ\w+|offers?|offering|featur\w+|comes|there(?:'s| is| are)|available|provid\w+|enjoy|is|are|mit|hat|haben|bietet|bieten|verfugt|inklusive|vorhanden|gibt es|ist|sind|con|tien\w+|tenemos|ofrec\w+|inclu\w+|dispon\w+|cuenta\w*|contamos|hay|es|son|esta|estan|ya|usa|avec|dispos\w+|propos\w+|offr\w+|posse\w+|compren\w+|verfugen|est|sont|il y a|a|welcome|allowed|bring|yes|ja|si|oui)\b"
)


class Attributes:
    """Judges what one answer affirms and denies."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.fields = reading.record.fields
        self.by_idea: dict[str, list[Token]] = {}
        self._garage_apart = any("parking" in f.ideas and "garage" not in f.ideas for f in self.fields)
        self.by_beginning: dict[str, list[Token]] = {}
        for token in reading.text.tokens:
            if len(token.word) >= 6:
                self.by_beginning.setdefault(token.word[:5], []).append(token)
            for idea in token.ideas:
                self.by_idea.setdefault(idea, []).append(token)
        for match in _FETCHES.finditer(reading.text):
            self.by_idea.setdefault("pickup", []).append(Token(*match.span(), match.group(), ("pickup",)))
        self._own_text: str | None = None

    def doubts(self) -> Iterator[Doubt]:
        yield from self._yes_and_no()
        yield from self._filled_in()
        yield from self._features_nobody_named()

    # -- yes and no ------------------------------------------------------------------------------------------------

    def _yes_and_no(self) -> Iterator[Doubt]:
        for field in self.fields:
            if not field.labels:
                continue
            if len(field.labels) < 2 and field.words & STATUSES.words.keys():
                continue
            stands = standing(field)
            if field.prose and stands != "no":
                continue
            zero = any(c.kind == "number" and c.values == (0.0,) for c in field.claims)
            if stands == "empty" and field.words & _MOMENTS:
                continue
            if stands == "value" and not (field.ideas & FEATURES):
                continue
            if not self._can_be_stated(field, stands) or field.is_customers:
                continue
            for start, end in self._mentions(field):
                doubt = self._beside(field, stands, start, end, zero)
                if doubt:
                    yield doubt
                    break

    def _can_be_stated(self, field: Field, stands: str) -> bool:
        ideas = field.ideas
        if ideas & (FEATURES | _STATED):
            return True
        if stands in ("yes", "no") and (
            len(field.labels) > 1 or field.words & _INCLUDED or field.words & _PERMITTED
        ):
            return True
        if stands in ("yes", "no") and any(i.startswith("~") for i in ideas):
            return True
        return bool(stands == "no" and ideas & COUNTED)

    def _mentions(self, field: Field) -> list[tuple[int, int]]:
        """Return where the answer names all the telling words of a field's name, close together."""
        labels = [
            label - {"parking"} if self._garage_apart and "garage" in label else label
            for label in field.labels
        ]
        labels = [frozenset(i for i in label if i.startswith("~")) or label for label in labels]
        found: list[tuple[int, int]] = []
        first = [token for idea in labels[0] for token in self._named(idea)]
        for token in sorted(set(first)):
            start, end = token.start, token.end
            for label in labels[1:]:
                others = [t for idea in label for t in self._named(idea) if abs(t.start - token.start) < 45]
                if not others:
                    break
                start, end = min(start, others[0].start), max(end, others[0].end)
            else:
                found.append((start, end))
        return found

    def _named(self, idea: str) -> list[Token]:
        """Return the answer's words for an idea; "retiramos" will do for `retirada`."""
        found = self.by_idea.get(idea, [])
        if found or not idea.startswith("~") or len(idea) < 7:
            return found
        return self.by_beginning.get(idea[1:6], [])

    def _beside(self, field: Field, stands: str, start: int, end: int, zero: bool) -> Doubt | None:
        reading = self.reading
        folded = reading.text.folded
        low, high = reading.clause(start)
        clause = folded[low : max(high, end)]
        if _TOPIC.search(folded[max(low, start - 48) : start]):
            return None
        lead = _LEADING.match(clause)
        if reading.asks_here(start) or ASKED.search(
            clause[lead.end() if lead and low + lead.end() <= start else 0 :]
        ):
            return None
        inside = NEGATION.search(reading.text, start, end) is not None
        denied = inside or reading.denied(start, end)
        headed = re.match(r"[^.;,!?\n:]{0,14}:", folded[end : end + 16])
        if headed:
            rest = folded[end + headed.end() : min(reading.sentence(start).end, end + headed.end() + 60)]
            denied = denied or NEGATION.search(rest) is not None
        if stands in ("part", "ask"):
            return self._too_much(field, stands, start, end, denied=denied)
        if stands in ("no", "empty"):
            if denied or self._said_elsewhere(field, start):
                return None
            if field.words & _INCLUDED and (
                not _INCLUDING.search(clause) or _OPTIONAL.search(clause) or self._priced(end)
            ):
                return None
            if (
                _OPTIONAL.search(clause)
                and not field.words & _INCLUDED
                and re.search(r"nearby|in der nahe|cercan|proximite", clause)
            ):
                return None
            if zero and field.ideas & COUNTED and not _AFFIRMS.search(clause):
                return None
            if (
                not (field.ideas & (FEATURES | _STATED))
                and len(field.labels) < 2
                and not self._closely_affirmed(start, end, low, high)
                and not (field.words & _OWNS and _YOURS.search(folded[max(low, start - 12) : start]))
            ):
                return None
            if self._inside_a_value(start, end) or self._told_back(field, start, end, high):
                return None
            start, end = self._phrase_start(start, low), self._phrase_end(end, high)
            end = self._with_its_value(end)
            if stands == "no":
                return Doubt(start, end, "contradicts", field, says(field), 3)
            return Doubt(start, end, "empty in the record", field, empty_why(field), 3)
        if not denied or not (inside or self._plainly_denied(start, end, low, high)):
            return None
        if self._denied_elsewhere(field) or _MORE_THAN.search(folded[max(low, start - 24) : start]):
            return None
        if field.words & _INCLUDED and not _INCLUDING.search(clause):
            return None
        begin = max(low, folded.rfind(" ", low, max(low, start - 1)) + 1)
        if not inside and self._denied_after(end, high):
            tail = re.match(r"[^.;!?\n]{0,40}\b", folded[end : max(end, high)])
            end += tail.end() if tail else 0
        end = self._phrase_end(end, high)
        return Doubt(begin if begin < start else start, end, "contradicts", field, says(field), 3)

    def _too_much(self, field: Field, stands: str, start: int, end: int, *, denied: bool) -> Doubt | None:
        """Return a doubt if the answer grants in full what the record has in part, or only on request."""
        reading = self.reading
        sentence = reading.sentence(start)
        said = reading.text.folded[sentence.start : sentence.end]
        if denied or _HEDGED.search(said):
            return None
        if stands == "ask":
            low, high = reading.clause(start)
            if not _GRANTED.search(reading.text.folded, low, max(high, end)):
                return None
        return Doubt(start, self._phrase_end(end, sentence.end), "contradicts", field, says(field), 3)

    def _denied_elsewhere(self, field: Field) -> bool:
        """Return whether another field denies the same thing: no dog in the booking, though the house allows dogs."""
        wanted = field.ideas & FEATURES
        return any(
            other is not field
            and not other.prose
            and other.ideas & wanted
            and standing(other) in ("no", "empty")
            for other in self.fields
        )

    def _closely_affirmed(self, start: int, end: int, low: int, high: int) -> bool:
        """Return whether "with a", "has its own" stands right before a mention, or "is included" right after."""
        folded = self.reading.text.folded
        return (
            _HAS.search(folded[max(low, start - 40) : start]) is not None
            or _VERDICT.match(folded[end : max(end, high)]) is not None
        )

    def _told_back(self, field: Field, start: int, end: int, high: int) -> bool:
        """Return whether the answer only repeats what the customer wrote to have: "you have a cat"."""
        folded = self.reading.text.folded
        if not _HERS.search(folded[max(0, start - 40) : start]) or _VERDICT.match(
            folded[end : max(end, high)]
        ):
            return False
        return any(
            other.is_customers and other.text is not None and _tells(other.text, field, field.ideas)
            for other in self.fields
        )

    def _with_its_value(self, end: int) -> int:
        """Return where "storage of 6 m²" ends, for a mention of "storage"."""
        for claim in self.reading.claims_between(end, end + 12):
            if re.fullmatch(
                r"\s(?:(?:of|de|von|mit|with|con|avec)\s)?", self.reading.text.folded[end : claim.start]
            ):
                return claim.end
        return end

    def _phrase_start(self, start: int, low: int) -> int:
        """Return where "with private parking" begins, for a mention of "parking"."""
        match = re.search(
            r"\b(?:with|includes?|including|mit|inklusive|con|incluye|avec|free|private|kostenlose\w*|gratis)\s(?:[a-z]{1,12}\s){0,2}$",
            self.reading.text.folded[max(low, start - 40) : start],
        )
        return max(low, start - 40) + match.start() if match else start

    def _phrase_end(self, end: int, high: int) -> int:
        """Return where "pets are very welcome" ends, for a mention of "pets"."""
        match = _VERDICT.match(self.reading.text.folded[end : max(end, high)])
        return end + match.end() if match else end

    def _priced(self, end: int) -> bool:
        """Return whether a price follows: breakfast "for 12 € a person" is not included."""
        return any(c.kind == "money" and 0 <= c.start - end < 40 for c in self.reading.claims)

    def _inside_a_value(self, start: int, end: int) -> bool:
        """Return whether the words are only part of a value of the record, such as a company's or a product's name."""
        folded = self.reading.text.folded
        left = folded.rfind(" ", 0, max(0, start - 1)) + 1
        right = folded.find(" ", end + 1)
        right = len(folded) if right < 0 else right
        for low, high in ((left, end), (start, right)):
            piece = folded[low:high].strip(" .,;:!?()*\"'")
            if len(piece) > end - start + 2 and " " in piece and piece in self.own_text:
                return True
        return False

    @property
    def own_text(self) -> str:
        """What the record says without what the customer wrote."""
        if self._own_text is None:
            own = (f.text.folded for f in self.fields if f.text is not None and not f.is_customers)
            self._own_text = " \n ".join(own)
        return self._own_text

    def _said_elsewhere(self, field: Field, start: int) -> bool:
        """Return whether another part of the record affirms the same thing."""
        wanted = field.ideas & FEATURES or field.ideas
        for other in self.fields:
            if other is field or other.state in ("no", "empty"):
                continue
            if any(c.kind == "number" and c.values == (0.0,) for c in other.claims):
                continue
            if (
                other.labels
                and not other.prose
                and any(label & wanted for label in other.labels)
                and other.state == "yes"
            ):
                return True
            if (
                other.from_facts
                and not other.prose
                and other.ideas & wanted & FEATURES
                and all(label & (other.ideas | other.context) for label in field.labels)
                and standing(other) in ("yes", "value")
            ):
                return True
            told = other.text is not None and (other.is_list or other.prose or other.from_facts)
            told = told and not other.is_customers
            if told and other.text is not None and _tells(other.text, field, wanted):
                return True
        return False

    def _denied_after(self, end: int, high: int) -> bool:
        return _DENIED_AFTER.match(self.reading.text.folded[end : min(max(high, end), end + 40)]) is not None

    def _plainly_denied(self, start: int, end: int, low: int, high: int) -> bool:
        folded = self.reading.text.folded
        before = folded[max(low, start - 45) : start]
        if re.search(
            r"(?:\b(?:no|non|without|not (?:have|offer|include|come with|allow)\w*(?: an?| any)?)|n't (?:have|offer|include|come with|allow)\w*(?: an?| any)?|lacks?|kein\w*|ohne|sin|no (?:tiene|hay|dispone de|incluye|cuenta con)|ningun\w*|sans|pas (?:de|d'|d)|aucune?)\s?(?:[a-z]+\s){0,2}$",
            before,
        ):
            return not re.search(
                r"\b(?:sin|without|ohne|sans|no) (?:coste|cost|extra|additional|aufpreis|supplement|frais|further|charge|obligation)\b",
                before,
            )
        return self._denied_after(end, high)

    def _filled_in(self) -> Iterator[Doubt]:
        """Yield a doubt where the answer fills in what the record leaves empty: "the root cause was ..."."""
        folded = self.reading.text.folded
        for field in self.fields:
            if (
                field.state != "empty"
                or field.prose
                or not field.labels
                or field.from_facts
                or field.words & _MOMENTS
            ):
                continue
            if field.ideas & {"fee", "deposit"}:
                found = self._free_of(field)
                if found:
                    yield Doubt(*found, "empty in the record", field, empty_why(field), 2)
                    continue
            for start, end in self._mentions(field)[:3]:
                low, high = self.reading.clause(start)
                given = _GIVES.search(folded[max(low, start - 40) : start]) or re.match(
                    r"\s(?:bekommen|erhalten|haben) sie\b|\sstellen wir\b", folded[end : max(end, high)]
                )
                if given and not self.reading.asks(start) and not self.reading.denied(start, end):
                    yield Doubt(start, end, "empty in the record", field, empty_why(field), 2)
                    break
                ours = _OURS.search(folded[max(low, start - 12) : start])
                if ours or field.ideas & {"message", "email", "name", "firstname", "source"}:
                    continue
                match = _IS.match(folded[end : max(end, high)])
                if (
                    match is None
                    or self.reading.asks(start)
                    or ASKED.search(folded[low : max(high, end)])
                    or _UNSETTLED.match(folded, end + match.end())
                ):
                    continue
                if NOT_YET.search(folded[max(low, start - 60) : start]) or self.reading.denied(start, end):
                    continue
                stop = min(max(high, end), end + match.end() + 30)
                tail = re.match(r"[^.,;!?\n]*", folded[end:stop])
                yield Doubt(
                    start,
                    end + (tail.end() if tail else 0),
                    "empty in the record",
                    field,
                    empty_why(field),
                    2,
                )
                break

    def _free_of(self, field: Field) -> tuple[int, int] | None:
        """Return where the answer says that nothing is due of what the record leaves open: "no commission"."""
        reading = self.reading
        folded = reading.text.folded
        for token in reading.text.tokens:
            if token.word.endswith("frei") and len(token.word) > 8 and not reading.asks(token.start):
                head = token.word[:-4]
                if {*ideas(head), *ideas(head.removesuffix("s"))} & field.ideas & {"fee", "deposit"}:
                    return token.start, token.end
        for start, end in self._mentions(field)[:3]:
            lead = _NONE_OF.search(folded[max(0, start - 24) : start])
            if lead and not reading.asks(start) and not _NOTED.match(folded[end : end + 40]):
                return max(0, start - 24) + lead.start(), end
        return None

    # -- features that no field speaks about -------------------------------------------------------------------------

    def _features_nobody_named(self) -> Iterator[Doubt]:
        record = self.reading.record
        mentioned = [idea for idea in self.by_idea if idea in _ABSENT or idea in _ANYWHERE]
        if not mentioned:
            return
        at_home = len(record.ideas & (_HOME | FEATURES)) >= 2
        known: set[str] | None = None
        for idea in mentioned:
            if idea in record.ideas or (idea in _ABSENT and not at_home):
                continue
            if known is None:
                known = {
                    i
                    for f in self.fields
                    if f.text is not None
                    for token in f.text.tokens
                    for i in token.ideas
                }
            if idea in known:
                continue
            for token in self.by_idea[idea]:
                if token.ideas[0] != idea and token.ideas[0] in known | record.ideas:
                    continue
                low, high = self.reading.clause(token.start)
                clause = self.reading.text.folded[low:high]
                if (
                    self.reading.asks(token.start)
                    or ASKED.search(clause)
                    or self.reading.denied(token.start, token.end)
                ):
                    continue
                if not _AFFIRMS.search(clause) and "\n" not in self.reading.text.raw:
                    continue
                code = ITS_CODE.match(self.reading.text.folded, token.end)
                yield Doubt(
                    self._phrase_start(token.start, low),
                    code.end() if code else token.end,
                    "not in the record",
                    None,
                    f"No field in this record speaks of {token.word}.",
                    2,
                )
                break


def _tells(text: Text, field: Field, wanted: frozenset[str]) -> bool:
    """Return whether a text speaks of all that a field's name says: "spare parts" is not "parts in stock"."""
    ideas = {idea for token in text.tokens for idea in token.ideas}
    return bool(ideas & wanted) and (bool(wanted & FEATURES) or all(label & ideas for label in field.labels))


# "Wir holen Sie gern am Bahnhof ab" is the verb of `pickup`.
_FETCHES = Wording(
    r"\bhol(?:en|e|t)\s(?:[a-z]{1,14}\s){1,6}ab\b|\b(?:pick|collect|fetch)\s(?:you|him|her|them|it|your \w+)(?:\sup)?\b|\b(?:viendrons|irons|venons|allons|passerons) (?:vous|te|le|la|les) chercher\b"
)
# What is only named before something is said of it: "as to the parking space, ...", "zur Katze ...".
_TOPIC = re.compile(
    r"\b(?:zu[rm]?|as to|as for|regarding|concerning|about|on the (?:subject|question) of|sobre|en cuanto a|respecto al?|lo de|lo del|acerca del?|concernant|quant a(?:u|ux)?|au sujet d[eu]|pour ce qui est d[eu]|bezuglich|hinsichtlich)"
    r"\s(?:(?:the|your|ihre[rmn]?|dem|der|den|einem|einer|el|la|los|las|su|tu|vuestro|vuestra|le|les|votre|vos|l')\s?)?(?:[a-z]{1,20}\s(?:and|und|y|et)\s(?:(?:to|zu[rm]?|the|your|ihre[rmn]?|dem|der|el|la|le|votre)\s)?)?$"
)
_LEADING = re.compile(
    r"\s*(?:as for|as to|regarding|concerning|en cuanto a|respecto a|concernant|quant a)\b[^,:]{0,60}[,:]"
)
_MORE_THAN = re.compile(
    r"\b(?:(?:more than|over|mehr als|uber|mas de|plus de)\s(?:[a-z0-9]{1,8}\s)?|(?:second|third|zweite\w*|dritte\w*|segund[oa]|deuxieme|another|further|weitere\w*|otr[oa]s?|autres?)\s)$"
)
_HEDGED = re.compile(
    r"\b(?:part\w*|partly|teil\w*|semi\w*|solo|solamente|only|nur|seulement|parcial\w*|partiel\w*|request\w*|ask\w*|consult\w*|consider\w*|owner|landlord|landlady|eigentumer\w*|vermieter\w*|propietari\w+|proprietaire\w*|bailleur\w*|depend\w*|absprache|vereinbarung|rucksprache|anfrage|klaren|clarify|check|confirm\w*|discut\w+|demande|accord|if|ob|wenn|falls|si)\b"
)
_GRANTED = re.compile(
    r"\b(?:welcome|allowed|permitted|accept\w*|fine|no problem|ok|okay|erlaubt|willkommen|gestattet|gern gesehen|bienvenid[oa]s?|permit\w+|admit\w+|acept\w+|autoris\w+|bienvenue?s?|admis\w*)\b"
)
_HERS = re.compile(
    r"\b(?:you (?:have|own|bring|wrote|mentioned)|(?:sie|du|ihr) (?:haben|hast|habt|bringen)|tiene[sn]?|teneis|vous avez|vous possedez|tu as)\s(?:[a-z]{1,12}\s){0,2}$"
)
_NONE_OF = re.compile(
    r"\b(?:no|without(?: any)?|keine?|ohne|sin|sin ningun[oa]?|sans|pas de|aucune?)\s(?:[a-z]{1,12}\s)?$"
)
_NOTED = re.compile(
    r"\s(?:[a-z]{1,12}\s){0,3}(?:recorded|given|stated|listed|noted|known|shown|specified|angegeben|hinterlegt|vermerkt|eingetragen|bekannt|genannt|consta\w*|figura\w*|indicad[oa]s?|indiquee?s?|renseignee?s?|precisee?s?|mentionnee?s?|information\w*|angaben?|datos?)\b"
)
_OWNS = frozenset("has have hat haben tiene a own eigene eigenes propio propia".split())
_YOURS = re.compile(r"\b(?:your|ihr\w{0,2}|eure?|su|tu|votre|vos|ton|ta)\s$")
_OURS = re.compile(r"\b(?:our|my|unsere?r?|mein\w*|nuestr\w+|mi|notre|nos|mon|ma)\s$")
_GIVES = re.compile(
    r"\b(?:you(?:'ll| will)? (?:get|receive)|we(?:'ve| have|'ll| will)? (?:arranged?|booked?|organised?|provided?|lend|give)(?: you)?|sie (?:bekommen|erhalten)|recibira|tendra|vous (?:recevrez|aurez|beneficiez d[e']))\s?(?:a|an|the|your|einen?|un|une|votre|su)?\s?$"
)
_IS = re.compile(
    r"\s(?:is|are|was|were|ist|war|lautet|betragt|es|esta|estan|era|fue|ha sido|est|etait|a ete|has been|have been|wurde|wurden)\s"
)
_UNSETTLED = re.compile(
    r"\s?(?:being|not|still|yet|unknown|open|pending|to be|needed|required|important|welcome|missing|under|very|noch|nicht|offen|wichtig|unbekannt|erforderlich|aun|todavia|pendiente|necesari\w+|importante|desconocid\w+|no|encore|pas|important\w*|necessaire|inconnu\w*|en cours|in )\b"
)

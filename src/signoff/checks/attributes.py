"""
Yes and no: what an answer affirms although the record denies it or leaves it open, and the other way round.

Also closed groups of values ("oak" where the record says pine) and what has become of an order, a booking or a
ticket ("has been shipped" where the record says pending).
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks.emptiness import empty_why, says
from signoff.checks.reading import Doubt, Reading
from signoff.checks.record import Field, choices_of, phrases, statuses_of
from signoff.checks.words import COUNTED, FEATURES, IDEAS, NEGATION, STATUSES, Text, Token, stem

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
    r"(?:\s[a-z]{1,10}){0,4}?\s(?:allowed|welcome|included|available|possible|permitted|provided|erlaubt|willkommen|inklusive|inbegriffen|enthalten|verfugbar|vorhanden|moglich|incluid[oa]s?|disponibles?|permitid[oa]s?|bienvenid[oa]s?|inclus\w*|compris\w*|autorise\w*|bienvenus?)\b"
)
_HAS = re.compile(
    r"\b(?:with|as|als|como|comme|steht|stehen|gibt es|finden sie|bekommen sie|erhalten sie|wartet|you(?:'ll| will)? (?:get|find|have)|ha(?:ve|s)|includ\w+|offers?|offering|featur\w+|comes with|there(?:'s| is| are)|provid\w+|mit|hat|haben|bietet|bieten|verfugt uber|inklusive|con|tien\w+|tenemos|ofrec\w+|inclu\w+|dispon\w+ de|cuenta con|hay|avec|dispos\w+ d[e']|propos\w+|offr\w+|posse\w+|compren\w+|y a|avez|en|in|using)\s(?:[a-z']{1,12}\s){0,2}[a-z']{0,3}$"
)
_ASKED = re.compile(
    r"\b(?:asked|ask|asking|question|wonder\w*|regarding|as for|concerning|about whether|check(?:ing)? (?:if|whether|with)|find out|confirm whether|need to know|interest(?:ed)? in|looking for"
    r"|frage|gefragt|bezuglich|betreff|klaren|prufen|nachfragen|interesse|wunsch\w*|pregunt\w+|respecto|consulta\w*|averigu\w+|interes\w*|verific\w+|demand\w+|concernant|renseign\w+|verifi\w+|souhait\w+|instead of|statt|en lugar de|au lieu de"
    r"|your (?:interest|enquiry|inquiry|request)|you (?:mentioned|wanted|requested|need)|note that|depends|if available)\b"
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

    def doubts(self) -> Iterator[Doubt]:
        yield from self._yes_and_no()
        yield from self._filled_in()
        yield from self._features_nobody_named()
        yield from self._choices()
        yield from self._statuses()

    # -- yes and no ------------------------------------------------------------------------------------------------

    def _yes_and_no(self) -> Iterator[Doubt]:
        for field in self.fields:
            if field.prose or not field.labels:
                continue
            if len(field.labels) < 2 and field.words & STATUSES.words.keys():
                continue
            zero = any(c.kind == "number" and c.values == (0.0,) for c in field.claims)
            stands = field.state if not zero else "no"
            if stands == "empty" and field.words & _MOMENTS:
                continue
            if stands == "value" and not (field.ideas & FEATURES):
                continue
            if not self._can_be_stated(field, stands):
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
        if reading.asks(start) or _ASKED.search(clause):
            return None
        inside = NEGATION.search(folded, start, end) is not None
        denied = inside or reading.denied(start, end)
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
            if self._inside_a_value(start, end):
                return None
            start, end = self._phrase_start(start, low), self._phrase_end(end, high)
            if stands == "no":
                return Doubt(start, end, "contradicts", field, says(field), 3)
            return Doubt(start, end, "empty in the record", field, empty_why(field), 3)
        if not denied or not (inside or self._plainly_denied(start, end, low, high)):
            return None
        if field.words & _INCLUDED and not _INCLUDING.search(clause):
            return None
        begin = max(low, folded.rfind(" ", low, max(low, start - 1)) + 1)
        if not inside and self._denied_after(end, high):
            tail = re.match(r"[^.;!?\n]{0,40}\b", folded[end : max(end, high)])
            end += tail.end() if tail else 0
        end = self._phrase_end(end, high)
        return Doubt(begin if begin < start else start, end, "contradicts", field, says(field), 3)

    def _closely_affirmed(self, start: int, end: int, low: int, high: int) -> bool:
        """Return whether "with a", "has its own" stands right before a mention, or "is included" right after."""
        folded = self.reading.text.folded
        return (
            _HAS.search(folded[max(low, start - 40) : start]) is not None
            or _VERDICT.match(folded[end : max(end, high)]) is not None
        )

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
            if len(piece) > end - start + 2 and " " in piece and piece in self.reading.record.text:
                return True
        return False

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
            told = other.text is not None and (other.is_list or other.prose or other.from_facts)
            told = told and not other.path.endswith("message")
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
                    or _ASKED.search(folded[low : max(high, end)])
                    or _UNSETTLED.match(folded, end + match.end())
                ):
                    continue
                if _NOT_YET.search(folded[max(low, start - 60) : start]) or self.reading.denied(start, end):
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
                    or _ASKED.search(clause)
                    or self.reading.denied(token.start, token.end)
                ):
                    continue
                if not _AFFIRMS.search(clause) and "\n" not in self.reading.text.raw:
                    continue
                yield Doubt(
                    self._phrase_start(token.start, low),
                    token.end,
                    "not in the record",
                    None,
                    f"No field in this record speaks of {token.word}.",
                    2,
                )
                break

    # -- closed groups -----------------------------------------------------------------------------------------------

    def _choices(self) -> Iterator[Doubt]:
        named = phrases(self.reading.text, "choices")
        if not named:
            return
        said: set[str] = set()
        holders: dict[str, Field] = {}
        for field in self.fields:
            if field.text is None:
                continue
            for _, _, found in phrases(field.text, "choices"):
                said.update(found)
            if not field.prose and not field.from_facts and len(field.text.tokens) <= 5:
                if "role" not in holders and _holds(field, "role"):
                    holders["role"] = field
                for choice in choices_of(field):
                    group = choice.split("/")[0]
                    if _holds(field, group):
                        holders.setdefault(group, field)
        for start, end, found in named:
            if said.intersection(found):
                continue
            doubt = self._choice(start, end, found, holders)
            if doubt:
                yield doubt

    def _choice(
        self, start: int, end: int, found: tuple[str, ...], holders: dict[str, Field]
    ) -> Doubt | None:
        reading = self.reading
        low, high = reading.clause(start)
        folded = reading.text.folded
        if reading.denied(start, end) or reading.asks(start) or reading.claim_over(start, end):
            return None
        for choice in found:
            group = choice.split("/")[0]
            field = holders.get(group)
            if group == "carrier" and not reading.text.raw[start].isupper():
                continue
            if field is None:
                if group == "carrier":
                    return Doubt(
                        start, end, "not in the record", None, "The record names no such carrier.", 2
                    )
                continue
            near = _NEAR.get(group)
            if near is not None:
                match = near.search(folded, max(low, start - 28), min(max(high, end), end + 28))
                if match is None:
                    continue
                start, end = (
                    min(start, match.start()) if match.start() > start - 3 else start,
                    max(end, match.end()),
                )
            if _ASKED.search(folded, low, high) and group not in ("dwelling", "color"):
                continue
            return Doubt(start, end, "contradicts", field, says(field), 3)
        return None

    # -- what has become of it -----------------------------------------------------------------------------------------

    def _statuses(self) -> Iterator[Doubt]:
        named = phrases(self.reading.text, "statuses")
        if not named:
            return
        known: list[tuple[str, Field]] = []
        flags: dict[str, Field] = {}
        for field in self.fields:
            if field.text is not None and field.state == "value" and not field.prose and _tells_status(field):
                known.extend((status, field) for status in statuses_of(field.text))
            for word in field.words:
                for status in STATUSES.words.get(word, ()):
                    if field.state in ("yes", "no", "empty") or any(c.kind == "date" for c in field.claims):
                        flags[_value(status)] = field
        texts = {
            _value(s) for f in self.fields if f.text is not None and f.prose for s in statuses_of(f.text)
        }
        for start, end, found in named:
            doubt = self._status(start, end, found, known, flags, texts)
            if doubt:
                yield doubt

    def _status(
        self,
        start: int,
        end: int,
        found: tuple[str, ...],
        known: list[tuple[str, Field]],
        flags: dict[str, Field],
        texts: set[str],
    ) -> Doubt | None:
        reading = self.reading
        folded = reading.text.folded
        low, high = reading.clause(start)
        before, after = folded[low:start], folded[end : max(end, high)]
        begin = _stated_from(before, after, folded[start:end])
        if begin is None:
            return None
        begin += low
        sentence = folded[reading.sentence(start).start : start]
        if reading.sentence(start).asks or _NOT_YET.search(sentence[-70:]):
            return None
        denied = (
            NEGATED.search(before[-40:]) is not None
            or re.match(r"\s?(?:yet|nicht|noch nicht)\b", after) is not None
        )
        word = folded[start:end]
        about = _ABOUT.search(folded, max(low - 10, 0), max(end, high)) is not None
        if word in _VAGUE and not about:
            return None
        for status in found:
            if _value(status) == "unpaid" and "paid" in flags and flags["paid"].state == "yes" and not denied:
                return Doubt(begin, end, "contradicts", flags["paid"], says(flags["paid"]), 3)
            flag = flags.get(_value(status))
            if flag is None:
                continue
            if flag.state == "empty":
                return None if denied else Doubt(begin, end, "empty in the record", flag, empty_why(flag), 3)
            if (flag.state == "no") != denied and flag.state in ("yes", "no"):
                return Doubt(begin, end, "contradicts", flag, says(flag), 3)
            return None
        if word in _VAGUE and texts.intersection(map(_value, found)):
            return None
        same = [
            (mine, theirs, field)
            for mine in found
            for theirs, field in known
            if mine.split("/")[0] == theirs.split("/")[0]
        ]
        if same:
            if denied:
                clash = [f for mine, theirs, f in same if _value(mine) == _value(theirs)]
                return Doubt(begin, end, "contradicts", clash[0], says(clash[0]), 3) if clash else None
            if any(_includes(theirs, mine) for mine, theirs, _ in same):
                return None
            field = same[0][2]
            return Doubt(begin, end, "contradicts", field, says(field), 3)
        if texts.intersection(map(_value, found)):
            return None
        if known and not denied and not any(_value(s) == _value(t) for s in found for t, _ in known):
            crossing = {"order", "payment", "ticket"}
            if (
                {s.split("/")[0] for s in found} & crossing
                and not any(s.startswith("payment/") for s in found)
                and stem(word) not in texts
            ) and (
                any(t.split("/")[0] in crossing and int(t.split("/")[2]) < 2 for t, _ in known)
                and word not in _VAGUE
            ):
                return Doubt(begin, end, "contradicts", known[0][1], says(known[0][1]), 2)
        settled = {i for f in self.fields if f.state not in ("no", "empty") for i in f.ideas}
        if settled.intersection(IDEAS.of(word)):
            return None
        traded = self.reading.record.ideas & {
            "order",
            "delivery",
            "dispatch",
            "item",
            "quantity",
            "invoice",
            "payment",
        }
        if not denied and word in _HARD and not known and about and traded:
            return Doubt(begin, end, "not in the record", None, "No field in this record says so.", 1)
        return None


def _tells(text: Text, field: Field, wanted: frozenset[str]) -> bool:
    """Return whether a text speaks of all that a field's name says: "spare parts" is not "parts in stock"."""
    ideas = {idea for token in text.tokens for idea in token.ideas}
    return bool(ideas & wanted) and (bool(wanted & FEATURES) or all(label & ideas for label in field.labels))


def _value(status: str) -> str:
    return status.split("/")[1]


def _includes(theirs: str, mine: str) -> bool:
    """Return whether the record's status takes in the answer's: what is delivered was shipped."""
    if _value(theirs) == _value(mine):
        return True
    their_rung, my_rung = int(theirs.split("/")[2]), int(mine.split("/")[2])
    return their_rung > 0 and my_rung > 0 and my_rung <= their_rung


_HOLDERS = {
    "color": {"color"}, "material": {"material"}, "carrier": {"carrier", "delivery"}, "payment": {"payment_method", "payment"},
    "dwelling": {"category", "product"}, "roomtype": {"room", "category", "bedroom"}, "bed": {"bed", "room", "category"}, "board": {"board", "breakfast"},
    "heating": {"heating"}, "direction": {"direction"}, "channel": {"appointment", "contact", "location"}, "plan": {"plan", "product", "contract"}, "priority": {"priority"},
    "furnishing": {"furnished"},
    "fuel": {"fuel"}, "gear": {"gear"}, "tenure": {"tenure"}, "role": {"job"},
}  # fmt: skip
_NEAR = {
    "plan": re.compile(
        r"\b(?:plan|paket|package|tier|edition|tarif|subscription|abo|abonnement|suscripcion|version|license|lizenz|member\w*|account|kunde\w*|formule|forfait)\b"
    ),
    "priority": re.compile(
        r"\b(?:priority|prioritat|prioridad|priorite|urgency|severity|dringlichkeit|priorisiert)\b"
    ),
    "channel": re.compile(
        r"\b(?:appointment|meeting|termin|gesprach|cita|reunion|rendez-vous|call|consultation|visit)\b"
    ),
}
_OPEN_GROUPS = frozenset(
    [
        "furnishing",
        "dwelling",
        "roomtype",
        "bed",
        "board",
        "role",
        "color",
        "material",
        "heating",
        "payment",
        "carrier",
        "tenure",
        "gear",
        "fuel",
        "direction",
    ]
)


def _holds(field: Field, group: str) -> bool:
    """Return whether a field is the one that chooses from a group: by its name, or because it says nothing else."""
    ideas = field.ideas | set(field.words)
    if group == "role" and field.words & {
        "title",
        "role",
        "position",
        "funktion",
        "cargo",
        "fonction",
        "puesto",
        "poste",
    }:
        return field.text is not None and len(field.text.tokens) > 1
    if ideas & _HOLDERS.get(group, set()) or group in field.words or f"{group}s" in field.words:
        return True
    return (
        group in _OPEN_GROUPS
        and field.text is not None
        and len(field.text.tokens) <= 3
        and bool(field.words & {"type", "typ", "tipo", "kind", "art"})
    )


def _tells_status(field: Field) -> bool:
    if field.ideas & {"status", "stage"} or field.words & {
        "status",
        "state",
        "stage",
        "stand",
        "estado",
        "statut",
        "etat",
        "phase",
        "confirmation",
    }:
        return True
    return (
        field.text is not None
        and len(field.text.tokens) <= 2
        and bool(field.ideas & {"payment", "order", "delivery", "ticket", "checkin"})
    )


NEGATED = re.compile(
    r"\b(?:not|n't|never|noch nicht|nicht|no|aun no|todavia no|pas|ne|n'a|n'est|yet to)\b|n't\b"
)
_BE = re.compile(
    r"\b(?:is|are|was|were|been|being|'s|'re|has|have|had|got|we've|i've|just|now|already|ist|sind|wurde|wurden|haben|hat|bereits|schon|jetzt|esta|estan|ha|han|he|hemos|fue|fueron|sido|ya|queda|est|sont|a|ont|ete|avons|ai|deja|status|estado|statut|stand)\b"
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
_NOT_YET = re.compile(
    r"\b(?:will|once|when|if|(?:after|until|before)(?! (?:the )?[0-9])|as soon as|to be|would|can be|could|may|might|should|must|needs? to|wird|werden|sobald|wenn|falls|nachdem|bis|soll|kann|konnen|muss|sera|seran|cuando|si|una vez|hasta|tan pronto|puede|pueden|debe|sera|seront|lorsque|quand|une fois|des que|jusqu'a|peut|peuvent|doit|going to|whether|ob|in order to|please|bitte)\b"
)
_VAGUE = frozenset(
    "received eingegangen recibido recue recu new neu nuevo nouveau neue open offen open closed geschlossen cerrado ferme cerrada fermee abierto abierta ouvert ouverte option"
    " accepted approved reserved booked placed submitted requested done completed complete finished active processing processed secured available verfugbar disponible normal on_hold"
    " outstanding settled solved fixed activa activo actif active arrived".split()
)
_HARD = frozenset(
    "shipped dispatched delivered refunded cancelled canceled versendet verschickt versandt zugestellt storniert erstattet enviado enviada entregado entregada cancelado"
    " cancelada reembolsado expedie expediee livre livree annule annulee rembourse remboursee".split()
)
_ABOUT = re.compile(
    r"\b(?:status|order|booking|ticket|case|account|request|reservation|payment|invoice|issue|property|apartment|flat|house|bestellung|buchung|auftrag|fall|anfrage|konto|rechnung|zahlung|wohnung|reservierung|pedido|reserva|caso|cuenta|pago|factura|solicitud|incidencia|commande|reservation|dossier|compte|paiement|facture|demande)\b"
)


def _stated_from(before: str, after: str, word: str) -> int | None:
    """Return where the statement "has been shipped" begins in its clause, or None if the word states nothing."""
    matches = [m for m in _BE.finditer(before) if len(re.findall(r"[^\W_]+", before[m.end() :])) <= 7]
    if matches:
        near = [m for m in matches if len(re.findall(r"[^\W_]+", before[m.end() :])) <= 2] or matches[-1:]
        return near[0].start()
    if re.match(r"\s?(?:worden|ist|sind|wurde|haben wir|habe ich)\b", after):
        return len(before)
    return None

"""
Promises: discounts, things for free, guarantees, refunds and deadlines that no fact stands behind.

Courtesy ("we will get back to you", "I look forward") is no promise until it names a day. What a customer wrote in a
message does not make it ours: only the facts and the business's own fields can stand behind a promise.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator

from signoff.checks import dates
from signoff.checks.binding import Binder
from signoff.checks.claims import Claim
from signoff.checks.days import Days
from signoff.checks.fields import Field
from signoff.checks.offers import OFFERS, Offer
from signoff.checks.reading import Doubt, Reading
from signoff.checks.units import UNITS
from signoff.checks.wordings import Wording
from signoff.checks.words import stem

# "If you sign by May we will waive the fee" promises; "let me know if you would like a discount code" asks.
_GIVEN_THAT = re.compile(
    r"\b(?:if you|wenn sie|falls sie|si (?:usted|lo|la|te|os|se|vous)?)\b[^.?!]{3,60}?\b(?:we(?:'ll| will| can)|i(?:'ll| will| can)|you(?:'ll| will) (?:get|receive)|(?:bekommen|erhalten|schenken|geben) (?:sie|wir)|wir (?:geben|schenken|erlassen|ubernehmen)|le (?:haremos|hacemos|regalamos)|nous vous)\b"
)
_TALKS_OF = Wording(
    r"\b(?:you asked|your (?:question|request|wish)|asked (?:about|for|whether)|requested|regarding|as for|concerning|would like a|interest(?:ed)? in|(?:sie|du) (?:fragten|haben nach|wunsch\w+)|ihre frage|bezuglich|nach (?:einem|einer) |ha preguntado|pregunt\w+|solicit\w+|su pregunta|respecto|vous (?:avez demande|demand\w+)|votre (?:question|demande)|concernant|check (?:whether|if|with)|see (?:if|whether)|ask (?:my|our|the)|klare|prufe|pruefe|consultar|verifi\w+)\b"
)
_NOT_OFFERED = re.compile(
    r"(?:\b(?:no|not|cannot|can't|unable|never|unfortunately|without|neither|nor|none|kein\w*|nicht|leider|ohne|no (?:podemos|hay|ofrecemos)|lamentablemente|tampoco|sin|ningun\w*|pas|aucune?|ne|malheureusement|sans)\b|n't\b)"
)
# "Zum Rabatt frage ich nach", "sobre el descuento, ...": only what it is about.
_TOPIC_OF = re.compile(
    r"^\W*(?:(?:and|und|y|et)\s)?(?:zu[mr]?|wegen|on|about|as to|sobre|lo de|lo del|en cuanto al?|pour|quant a|au sujet de)\s(?:(?:the|your|dem|der|des|einem|einer|ihrem|ihrer|deinem|el|la|su|tu|un|una|le|votre|une)\s)?\S?$"
)
# "A discount I can't grant at this point", "einen Rabatt kann ich Ihnen nicht zusagen".
_REFUSED_AFTER = re.compile(
    r"[^.;:!?\n,]{0,40}\b(?:kann|konnen|darf|durfen|gibt|haben|habe|ist|sind|gilt|gelten|machen|geben|bieten|gewahren|liegt|steht|kennen|sehe|vorgesehen)\b[^.;:!?\n,]{0,50}\b(?:nicht|nichts|nie|kein\w*|keinesfalls)\b"
    r"|,?\s(?:(?:i|we|nobody|no one)\s)(?:can't|cannot|can not|don't|do not|am not|are not|won't|will not|may not)\b"
    r"|,?\s(?:[a-z]{1,12}\s){0,2}no (?:puedo|podemos|tenemos|tengo|hay|ofrecemos|esta|consta|se)\b|,?\s(?:[a-z]{1,12}\s){0,2}(?:je|nous|on|il|elle)\s(?:ne\s|n')"
)
_GRANTED_AFTER = re.compile(
    r"\s(?:(?:is|has been|was|ist|wurde|wird|esta|ha sido|fue|est|a ete|sera)\s|(?:already|bereits|schon|ya|deja)\s){1,3}(?:approved|granted|issued|confirmed|processed|paid|genehmigt|bewilligt|veranlasst|bestatigt|aprobad[oa]|autorizad[oa]|confirmad[oa]|emitid[oa]|accorde|approuve|valide|accepte|confirme)\b"
)
# What is now, and what comes: only a verb of the same clause makes a time limit of it.
_NOW = re.compile(r"(?:today|heute|hoy|aujourd'hui)$")
_SELF_NEGATED = frozenset(["free", "obligation", "guarantee", "cancel"])


class Promises:
    """Finds what one answer promises without a fact behind it."""

    def __init__(self, reading: Reading, binder: Binder) -> None:
        self.reading = reading
        self.binder = binder
        self.own = [f for f in reading.record.fields if not f.is_customers]
        self._words: set[str] | None = None
        self.days = Days(reading, binder)

    def doubts(self) -> Iterator[Doubt]:
        folded = self.reading.text.folded
        for offer in OFFERS:
            if offer.hints and not any(hint in folded for hint in offer.hints):
                continue
            for match in offer.wording.finditer(self.reading.text):
                if match.end() > match.start() and not self._excused(match.start(), match.end(), offer):
                    start, end = self._trimmed(match.start(), match.end(), offer)
                    if offer.name == "refund" and (granted := _GRANTED_AFTER.match(folded, end)):
                        end = granted.end()
                    denying = self._denying(offer) or (
                        self._priced(start, end) if offer.name == "free" else None
                    )
                    if denying is not None:
                        yield Doubt(
                            start,
                            end,
                            "contradicts",
                            denying,
                            f"The record says: {denying.title} {denying.shown}.",
                            3,
                        )
                    else:
                        yield Doubt(
                            start, end, offer.kind, None, offer.why, 3 if offer.kind == "promise" else 2
                        )
        yield from self._deadlines()

    def _trimmed(self, start: int, end: int, offer: Offer) -> tuple[int, int]:
        """Return the phrase without the joining words it ran into: "free delivery and" ends with delivery."""
        folded = self.reading.text.folded
        while start < end and folded[start] == " ":
            start += 1
        while True:
            match = re.search(
                r"[\s,]+(?:and|for|with|on|in|to|the|your|you|of|und|fur|mit|auf|bei|im|zu|die|der|das|den|y|para|con|en|de|el|la|su|et|pour|avec|dans|sur|le|votre|is|are|a|if|when|this|that|so|as|by|at|from|within|once|until|our|wenn|ist|que|si|des|du|les|un|une)$",
                folded[start:end],
            )
            if not match or match.start() < 3:
                return start, end
            end = start + match.start()

    def _excused(self, start: int, end: int, offer: Offer) -> bool:
        reading = self.reading
        folded = reading.text.folded
        low, high = reading.clause(start)
        sentence = reading.sentence(start)
        before = folded[max(low, start - 70) : start]
        if sentence.asks or _TALKS_OF.search(reading.text, sentence.start, start):
            return True
        if (
            re.search(r"\b(?:if|whether|falls|ob|wenn|si|in case)\b", before)
            and not _GIVEN_THAT.search(folded[max(sentence.start, start - 90) : start] + folded[start:end])
            and reading.asks(start)
            and offer.name not in ("refund", "cancel", "free")
        ):
            return True
        if _NOT_OFFERED.search(before[-45:]):
            return True
        if _TOPIC_OF.search(folded[sentence.start : start + 1]):
            return True
        if _REFUSED_AFTER.match(folded[end : min(sentence.end, end + 90)]):
            return True
        if offer.name in ("refund", "discount") and re.match(
            r"\s?(?:request|policy|process|form|claim|status|anfrage|antrag|code ungultig)",
            folded[end : end + 20],
        ):
            return True
        if offer.name == "refund" and not (
            _COMMITS.search(folded, low, max(high, end)) or _GRANTS.search(reading.text, low, max(high, end))
        ):
            return True
        if offer.name not in _SELF_NEGATED and re.match(
            r"[\w\s]{0,12}\b(?:is not|isn't|cannot|not (?:possible|available)|nicht|no es posible|n'est pas|not included)\b",
            folded[end : end + 40],
        ):
            return True
        return self._backed(start, end, offer)

    @property
    def words(self) -> set[str]:
        """Stems of all words of our own texts and of the names of fields that are not denied or empty."""
        if self._words is None:
            self._words = set()
            for field in self.own:
                if field.state in ("no", "empty") or any(c.values == (0.0,) for c in field.claims):
                    continue
                self._words.update(stem(w) for w in field.words)
                self._words.update(field.words)
                if field.text is not None:
                    for word in re.findall(r"[^\W_]+", field.text.folded):
                        self._words.add(word)
                        self._words.add(stem(word))
        return self._words

    def _backed(self, start: int, end: int, offer: Offer) -> bool:
        folded = self.reading.text.folded
        phrase = folded[start:end]
        content = [w for w in re.findall(r"[^\W_]{3,}", phrase) if w not in _SMALL]
        if offer.name == "free":
            return self._is_free(start, end, content)
        if offer.name == "let off" and _CHARGES.search(phrase) and self._is_free(start, end, content):
            return True
        for field in self.own:
            if field.state in ("no", "empty"):
                continue
            if any(c.values == (0.0,) for c in field.claims if c.kind in ("number", "money", "percent")):
                continue
            if offer.ideas & field.ideas:
                return True
            if (
                field.text is not None
                and offer.ideas
                and any(offer.ideas.intersection(t.ideas) for t in field.text.tokens)
            ):
                return True
        stems = {stem(word) for word in content}
        if offer.name in ("extra", "action", "boast"):
            need = [s for s in stems if s in offer.words] or list(stems)
            return bool(need) and all(s in self.words for s in need) and bool(stems & self.words)
        return bool(stems & offer.words & self.words)

    def _is_free(self, start: int, end: int, content: list[str]) -> bool:
        """Return whether the record or the facts say of the same thing that it is free, or costs nothing."""
        sentence = self.reading.sentence(start)
        low, high = max(sentence.start, start - 42), min(sentence.end, end + 25)
        spoken = self.reading.text
        near = spoken.tokens[spoken.first_token_from(low) : spoken.first_token_from(high)]
        window = {i for t in near for i in t.ideas}
        window -= {"~" + stem(word) for word in _FREE} | {"price", "fee"}
        window = {i for i in window if not (i.startswith("~") and len(i) < 5)}
        for field in self.own:
            if field.state == "empty":
                continue
            ideas = field.ideas | field.context
            free_name = bool(field.words & _FREE) and field.state != "no"
            costs_nothing = any(c.values == (0.0,) for c in field.claims) or (
                field.state == "no" and bool(field.ideas & {"price", "fee"})
            )
            said = field.text is not None and any(
                w in _FREE
                or w.startswith(("kostenlos", "kostenfrei", "gratis", "gratuit", "versandkostenfrei"))
                for w in re.findall(r"[^\W_]+", field.text.folded)
            )
            if (
                field.text is not None
                and not said
                and re.search(
                    r"no (?:extra |additional )?(?:cost|charge|fee)|sin (?:coste|cargo|gastos)|sans (?:frais|supplement)|ohne (?:aufpreis|kosten)|includ|inklusiv|inclu",
                    field.text.folded,
                )
            ):
                said = True
            if not (free_name or costs_nothing or said):
                if (
                    field.state == "yes"
                    and field.words & {"included", "inklusive", "incluido", "inclus"}
                    and ideas & window
                ):
                    return True
                continue
            inside = {i for t in field.text.tokens for i in t.ideas} if field.text is not None else set()
            if (ideas | inside) & window:
                return True
            if not content:
                return True
        return False

    def _priced(self, start: int, end: int) -> Field | None:
        """Return the field that gives a price for what is said to be free."""
        sentence = self.reading.sentence(start)
        spoken = self.reading.text
        low, high = max(sentence.start, start - 40), min(sentence.end, end + 25)
        near = spoken.tokens[spoken.first_token_from(low) : spoken.first_token_from(high)]
        named = {i for t in near for i in t.ideas if not i.startswith("~") or len(i) >= 5} - _NO_THING
        for field in self.own:
            if field.ideas & named and any(c.kind == "money" and c.values[0] > 0 for c in field.claims):
                return field
        return None

    def _denying(self, offer: Offer) -> Field | None:
        for field in self.own:
            # A discount of nothing on this order denies no discount on the next.
            nothing = offer.name != "discount" and any(c.values == (0.0,) for c in field.claims)
            none = field.state == "no" or nothing
            if none and offer.ideas & field.ideas and not field.prose:
                return field
        return None

    # -- deadlines ---------------------------------------------------------------------------------------------------

    def _deadlines(self) -> Iterator[Doubt]:
        reading = self.reading
        folded = reading.text.folded
        for claim in reading.claims:
            if claim.kind == "measure" and claim.unit == "duration":
                match = _WITHIN.search(folded[max(0, claim.start - 34) : claim.start])
                if match is None:
                    continue
                loose = match.group().strip().split()[0] in (
                    "in",
                    "en",
                    "dans",
                    "dentro",
                    "after",
                    "nach",
                    "up",
                    "bis",
                    "hasta",
                )
                if loose and not self._commits(claim.start):
                    continue
                if self._deadline_excused(claim) or self._duration_known(claim):
                    continue
                start = self._from_verb(claim.start - len(match.group()))
                yield Doubt(
                    start, claim.end, "promise", None, "No field and no fact gives this time limit.", 3
                )
            elif claim.kind in ("weekday", "date"):
                match = _BY.search(folded[max(0, claim.start - 30) : claim.start])
                if (match is None and not self._commits(claim.start)) or self._deadline_excused(claim):
                    continue
                if match is None and claim.kind == "date":
                    continue
                by = match is not None
                if self._day_known(claim, by=by, sure=by and self._sure(claim)):
                    continue
                if match is not None and not self._commits(claim.start) and claim.kind == "date":
                    continue
                start = claim.start - (len(match.group()) if match else 0)
                yield Doubt(
                    self._from_verb(start),
                    claim.end,
                    "promise",
                    None,
                    "No field and no fact gives this date.",
                    3,
                )
        for match in _SOON.finditer(reading.text):
            if reading.sentence(match.start()).asks or not self._commits(match.start()):
                continue
            low, high = reading.clause(match.start())
            if _NOW.match(match.group()) and not _COMMITS.search(folded, low, max(high, match.end())):
                continue  # "today your plan has two terminals" is how things are
            aside = _ASIDE.search(folded, reading.sentence(match.start()).start, match.start())
            if aside and not _COMMITS.search(folded, aside.end(), match.start()):
                continue
            if _NOT_OFFERED.search(folded[low : match.start()][-40:]) or reading.asks(match.start()):
                continue
            phrase = match.group()
            if phrase in reading.record.text or self._soon_known(phrase):
                continue
            yield Doubt(
                self._from_verb(match.start()),
                match.end(),
                "promise",
                None,
                "No field and no fact gives this time limit.",
                3,
            )

    def _commits(self, place: int) -> bool:
        sentence = self.reading.sentence(place)
        low, high = self.reading.clause(place)
        return _COMMITS.search(self.reading.text.folded, low, max(high, place)) is not None or (
            _COMMITS.search(self.reading.text.folded, sentence.start, place) is not None
            and place - sentence.start < 120
        )

    def _deadline_excused(self, claim: Claim) -> bool:
        reading = self.reading
        if reading.sentence(claim.start).asks:
            return True
        low, _ = reading.clause(claim.start)
        before = reading.text.folded[low : claim.start]
        if _CUSTOMERS_TURN.search(before):
            return True
        return reading.asks(claim.start) and not _WILL.search(before)

    def _duration_known(self, claim: Claim) -> bool:
        for field in self.own:
            for other in field.claims:
                if other.kind == "measure" and other.unit == "duration":
                    highest = max((*other.values, *other.high))
                    mine = max((*claim.values, *claim.high))
                    if abs(mine - highest) < 1 or abs(claim.values[0] - other.values[0]) < 1:
                        return True
                if (
                    (
                        other.kind == "number"
                        and claim.scale
                        and field.ideas
                        & {"delivery", "response_time", "setup", "duration", "trial", "notice"}
                    )
                    and other.values
                    and abs(_in_unit(claim) - other.values[0]) < 1e-6
                ):
                    return True
        return any(
            kind == "days" and abs(claim.values[0] - value * 86400.0) < 1
            for kind, value, _ in self.binder.derived
        )

    def _sure(self, claim: Claim) -> bool:
        """Return whether a time is given with all certainty: that a customer wished for it is then no excuse."""
        low, high = self.reading.clause(claim.start)
        return _FOR_SURE.search(self.reading.text.folded, low, max(high, claim.end)) is not None

    def _day_known(self, claim: Claim, *, by: bool, sure: bool) -> bool:
        if claim.kind == "date" and self.days.reckoned(claim):
            return True
        for field in self.own if sure else self.reading.record.fields:
            for other in field.claims:
                if claim.kind == "date" and any(
                    dates.same_date(a, b) for a in claim.dates for b in other.dates
                ):
                    return True
                if claim.kind == "weekday":
                    # Open from Monday to Friday does not mean: done by Thursday.
                    if set(claim.days) & set(other.days) and not (by and len(other.days) > 2):
                        return True
                    told = not field.prose and not field.ideas & _PAST
                    told = told and not any(word.startswith(_ENTERED) for word in field.words)
                    if told and any(dates.weekday_of(when) in claim.days for when in other.dates):
                        return True
            if claim.kind == "weekday" and set(claim.days) & set(field.days):
                return True
        return False

    def _soon_known(self, phrase: str) -> bool:
        words = {stem(w) for w in re.findall(r"[^\W_]{3,}", phrase)}
        return bool(words) and words <= self.words

    def _from_verb(self, start: int) -> int:
        """Return where the promise begins: at "we can" in "we can switch you over in two days", if it is near."""
        low, _ = self.reading.clause(start)
        nearest = None
        for match in _WILL.finditer(self.reading.text.folded, max(low, start - 60), start):
            nearest = match.start()
        return nearest if nearest is not None else start


_CHARGES = re.compile(r"berechn|charge|bill|cobra|factur|compter")
_NO_THING = frozenset(
    [
        "price",
        "total",
        "amount",
        "fee",
        "order",
        "item",
        "product",
        "guest",
        "customer",
        "unit",
        "name",
        "company",
        "start",
        "end",
        "night",
    ]
)
# On which weekday something was entered says nothing of a deadline.
_PAST = frozenset(["created", "updated", "birthday", "founded", "built", "renovated"])
_ENTERED = ("creat", "received", "erstellt", "eingang", "recib", "recu", "modif", "updat")
_FREE = frozenset(
    "free gratis kostenlos kostenfrei gratuit gratuita gratuito gratuite complimentary versandkostenfrei kostenlose kostenloser kostenloses kostenfreie gratuitos gratuitas offert offerte".split()
)
_SMALL = frozenset(
    "the and for your you our with will can have has die der das und mit fur ihre ihr para con los las que por les des pour avec vous nous votre".split()
)
_WITHIN = re.compile(
    r"\b(?:within(?: the next)?|in under|in less than|in as little as|in just|in only|in|inside|innerhalb (?:von|der nachsten)|binnen|in nur|innert|en menos de|dentro de|en un plazo de|en solo|en|sous|dans (?:les|un delai de)|dans|en moins de|d'ici|up to|takes (?:about |only |just )?|dauert (?:nur |etwa |ca\. )?|tarda (?:solo )?|prend|after|nach)\s(?:the |next |nachsten |las |los |les |approximately |about |around |maximal |maximo |hochstens |spatestens )*$"
)
_BY = re.compile(
    r"\b(?:by|before|no later than|until|bis(?: spatestens)?(?: zum)?|spatestens(?: am| bis)?|vor(?: dem| der)?|antes del?|para el|a mas tardar el|d'ici(?: a)?|avant(?: le)?|au plus tard(?: le)?)\s(?:the |next |this |coming |kommenden |nachsten |diesen |el |la |le |proximo |end of |ende )*$"
)
_FOR_SURE = re.compile(
    r"\b(?:definitely|certainly|for sure|without fail|guaranteed|i promise|we promise|auf jeden fall|ganz sicher|mit sicherheit|garantiert|bestimmt|versprochen|sin falta|con seguridad|seguro que|con toda seguridad|prometid\w+|garantizad\w+|sans faute|a coup sur|c'est (?:sur|promis|certain)|certainement)\b"
)
_SOON = Wording(
    r"\b(?:(?:by|before) (?:the )?weekend|(?:noch |bis )(?:vor dem|zum) wochenende|vor dem wochenende|antes del fin de semana|avant (?:le|ce) week-end|by (?:tomorrow(?: \w+)?|tonight|the end of (?:the |this |next )?(?:day|week|month|business day)|end of (?:day|week|business|month)|close of business|next week|noon)|(?:first thing )?tomorrow(?: (?:morning|afternoon|evening))?|later today|today|this (?:afternoon|evening|week|month)|tonight|next (?:week|month|business day|working day)|the next (?:business |working )?day|the same day|overnight"
    r"|bis (?:morgen(?: \w+)?|heute abend|ende (?:der|dieser|nachster) woche|ende des (?:tages|monats)|nachste woche|zum (?:wochen|monats)ende)|noch heute|heute noch|morgen(?: (?:fruh|vormittag|nachmittag|abend))?|(?:ubermorgen)|nachste woche|kommende woche|nachsten (?:werktag|tag|monat)|am nachsten (?:werktag|tag)|heute"
    r"|manana(?: (?:mismo|por la (?:manana|tarde)))?|hoy(?: mismo)?|esta (?:tarde|semana|noche)|la (?:proxima semana|semana que viene)|antes de (?:manana|fin de (?:mes|semana)|que termine (?:el dia|la semana))|al dia siguiente|a primera hora"
    r"|demain(?: (?:matin|apres-midi|soir))?|aujourd'hui(?: meme)?|cet apres-midi|ce soir|cette semaine|la semaine prochaine|d'ici (?:demain|la fin de (?:la )?(?:semaine|journee|mois))|avant (?:demain|la fin de la (?:semaine|journee))|des demain|le lendemain|des aujourd'hui)\b"
)
_WILL = re.compile(
    r"\b(?:(?:we|i|you|it|they|he|she|our team|our \w+|your \w+)(?:'ll| will| can| shall| are going to|'re going to)|will|guaranteed|expect|wir (?:werden|konnen|liefern|senden|schicken|melden)|werden|werde|wird|erhalten|bekommen|liefern|kommt|kommen"
    r"|vamos a|podemos|recibira\w*|enviaremos|entregaremos|llegara\w*|estara\w*|tendra\w*|[a-z]{3,12}(?:remos|aremos|eremos|iremos)|nous (?:allons|pouvons)|recevrez|livrerons|sera|seront|arrivera|[a-z]{3,14}(?:rons|rez|ront))\b"
)
# "..., which you use today" commits to nothing.
_ASIDE = re.compile(
    r"(?:,\s(?:which|that|who|as|die|der|das|den|que|qui|comme|como|wie)|\b(?:as it|as things|so wie es|tal como|en l'etat))\s(?=[^,]*$)"
)
_COMMITS = re.compile(
    r"\b(?:(?:we|i|you|it|they|he|she|team|order|parcel|package|delivery|technician|manager|colleague|refund|replacement|shipment)(?:'ll| will| shall| are going to|'re going to)|will \w+|we can|i can|we (?:guarantee|ship|deliver|dispatch|set up|install|respond|reply|process|complete|finish)|expect|you(?:'ll| can expect)|ready|up and running|takes|live|delivered|arrives|ships|shipped out|guaranteed"
    r"|werden|werde|wird|erhalten|bekommen|liefern wir|wir liefern|senden wir|schicken wir|wir (?:senden|schicken|melden|rufen|antworten|versenden|konnen)|melden wir uns|melde ich mich|rufe ich|ruft|antworten wir|kommt|kommen|trifft|treffen|einsatzbereit|startklar|fertig|dauert|verschickt|geliefert|versendet|ankommen"
    r"|vamos a|podemos|recibira\w*|llegara\w*|estara\w*|tendra\w*|sera|seran|[a-z]{3,12}(?:remos|are|ere|ire)|(?:le|te|os|les|nos|lo|la|se) (?!tercera\b|primera\b|manera\b|espera\b|carrera\b)[a-z]{3,12}(?:ara|era|ira|aran|eran|iran|are|ere|ire)|(?:le|te|os|les) (?:llamo|envio|llamare|enviare|llamamos|enviamos)|listo|lista|tarda|entregamos|enviamos|respondemos|instalamos"
    r"|nous (?:allons|pouvons|livrons|expedions|repondons|installons)|recevrez|sera|seront|arrivera|[a-z]{3,14}(?:rons|rez|ront|rai)|je vous (?:appelle|envoie|rappelle)|pret|prete|livre|expedie|operationnel)\b"
)
_GRANTS = Wording(
    r"\b(?:full|complete|entitled|eligible|have|has|had|issued?|approved?|offer|get|receive|we've|i've|vollstandig\w*|volle|erhalten|haben|hat|ist|veranlasst|gutgeschrieben|hemos|ha|total|complet\w*|aprobad\w+|tiene derecho|avons|accepte\w*|recevrez|est|obtiendra|ofrec\w+|offr\w+)\b"
)
_CUSTOMERS_TURN = re.compile(
    r"\b(?:please|let (?:us|me) know|could you|can you|kindly|if you|need you to|reply|confirm by|bitte|lassen sie|geben sie|teilen sie|por favor|haganos|indiquenos|merci de|veuillez|s'il vous plait|n'hesitez|you (?:asked|need|want|wanted|mentioned|requested|would like|wish)|sie (?:mochten|wunschen|brauchen|benotigen)|(?:necesita|quiere|desea|busca)\b|vous (?:souhaitez|voulez|avez besoin))\b"
)


def _in_unit(claim: Claim) -> float:
    return claim.values[0] / UNITS[claim.scale][1]

"""
Promises: discounts, things for free, guarantees, refunds and deadlines that no fact stands behind.

Courtesy ("we will get back to you", "I look forward") is no promise until it names a day. What a customer wrote in a
message does not make it ours: only the facts and the business's own fields can stand behind a promise.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from signoff.checks import dates
from signoff.checks.binding import Binder
from signoff.checks.claims import Claim
from signoff.checks.fields import Field
from signoff.checks.reading import Doubt, FindingKind, Reading
from signoff.checks.units import UNITS
from signoff.checks.words import stem


class Offer(NamedTuple):
    """One kind of promise: how it is worded, and what in the record or the facts would stand behind it."""

    name: str
    pattern: re.Pattern[str]
    ideas: frozenset[str]
    words: frozenset[str]
    why: str
    kind: FindingKind = "promise"


def _offer(name: str, pattern: str, ideas: str, words: str, why: str, kind: FindingKind = "promise") -> Offer:
    return Offer(
        name,
        re.compile(pattern),
        frozenset(ideas.split()),
        frozenset(stem(w) for w in words.split()),
        why,
        kind,
    )


_PERCENT = (
    r"(?:\b\d{1,3}\s?(?:%|percent|prozent|por ciento|pour cent)(?:igen|iger|ige)?\s?(?:de |an |off )?)?"
)
OFFERS = [
    _offer(
        "discount",
        _PERCENT + r"\b(?:(?:special |exclusive |loyalty |early[- ]bird |introductory |un |une |a |ein(?:en)? )?(?:discount\w*|rabatt\w*|descuentos?|remises?(?! des| en main| en place)|preisnachlass\w*|rebajas?|ristourne|sonderrabatt|neukundenrabatt|mengenrabatt)"
        r"|(?:\d{1,3}\s?% )off|special (?:offer|price|rate|deal)s?|promo(?:tional)? (?:code|offer)|vouchers?|gutschein\w*|cupon\w*|coupons?|sonderpreis\w*|sonderangebot\w*|oferta especial|precio especial|offre speciale|bon de reduction|tarif preferentiel|reduction (?:de|sur|exceptionnelle)|vorzugspreis\w*|price match\w*|bestpreis\w*|best price|lowest price|mejor precio|meilleur prix|loyalty bonus|bonus)\b",
        "discount", "bonus discount rabatt descuento remise voucher gutschein coupon cupon promo offer angebot oferta offre off", "No field and no fact offers a discount.",
    ),
    _offer(
        "free",
        r"(?<!feel )(?<!be )(?<!are )(?<!you )(?<!-)(?<!stress )(?<!hassle )\b(?:(?:completely |absolutely |vollig |completamente |entierement )?(?:free(?![a-z])(?! to\b| time| of\b(?! charge)| slot| on\b| at\b| from\b| for (?:a|the|you)\b| up\b| moment| space| appointment| spot| parking space| standing)(?: of charge)?|complimentary"
        r"|kostenlos\w*|kostenfrei\w*|gratis\w*|unentgeltlich\w*|gratuit\w*|offerte?s?(?= (?:a|pour|des))|(?:vous (?:est|sont) )offerte?s?|(?:le |te |les )?regalamos|obsequi\w+|schenken (?:wir )?(?:ihnen)?|de regalo|geschenkt))(?:\s(?:and |y |und |et )?[a-z][\w-]{2,20}){0,3}"
        r"|\b(?:at no (?:extra |additional |further )?(?:cost|charge)|no (?:extra|additional|hidden|setup|set-up|booking|cancellation|delivery|shipping) (?:cost|charge|fee)s?|without (?:any )?(?:extra|additional) (?:cost|charge|fee)s?|on the house|(?:is|are|it's) on us\b|ohne (?:aufpreis|zusatzkosten|mehrkosten|aufschlag|zusatzliche kosten)|sin (?:coste|costo|cargo|gastos)(?: adicional(?:es)?| extra| alguno)?|sans (?:frais|supplement|cout)(?: supplementaires?)?|versandkostenfrei\w*|portofrei|envio gratuito|livraison (?:gratuite|offerte)|livraison est (?:gratuite|offerte)|frais de port offerts)\b",
        "", "free gratis kostenlos kostenfrei gratuit gratuita gratuito complimentary kostenlose kostenloser versandkostenfrei", "No field and no fact says that this is free.",
    ),
    _offer(
        "guarantee",
        r"\b(?:(?:we |i |wir |ich )?(?:can |konnen )?guarantee[sd]?|garantier\w+|garantiza\w*|garantizad\w*|garantissons|(?:est |sont |vous est )?garantie?s?(?= (?:de|par|a|que|sous|\.))|satisfaction guarant\w+|zufriedenheitsgarantie|geld-zuruck-garantie|geld zuruck|money[- ]back(?: guarantee)?|garantia de (?:devolucion|satisfaccion)|satisfait ou rembours\w+|satisfaction garantie(?: ou rembours\w+)?|\d+\s?%\s?satisfaction|risk[- ]free|risikofrei\w*|sin riesgos?|sans risque"
        r"|preisgarantie|best-price guarantee|tiefpreisgarantie)\b",
        "guarantee", "guarantee garantie garantia", "No field and no fact gives this guarantee.",
    ),
    _offer(
        "obligation",
        r"\b(?:(?:with |under |there is |there's )?no[- ](?:strings attached|obligations?(?: to (?:buy|book))?|commitment|contract)|without (?:any )?(?:obligation|commitment)|obligation[- ]free|non-binding|unverbindlich\w*|ohne (?:verpflichtung|vertragsbindung|bindung|kaufzwang|mindestlaufzeit)|sin (?:compromiso|permanencia|ataduras)|sans (?:engagement|obligation))\b",
        "obligation", "obligation unverbindlich compromiso engagement commitment binding permanencia bindung vertragsbindung", "No field and no fact says so.",
    ),
    _offer(
        "warranty",
        r"\b(?:(?:\d+|two|three|five|ten|zwei|drei|funf|zehn|dos|tres|cinco|diez|deux|trois|cinq|lifetime|full|lebenslange?|life-long)[- ](?:year|month|jahre|jahrige|monate|anos|ans|jahres)?s?[- ]?(?:of |de )?(?:warranty|guarantee|garantie|gewahrleistung|garantia)|warranty|warranties|herstellergarantie|garantie von|garantia de|garantie de|under warranty|lifetime (?:warranty|guarantee|support))\b",
        "warranty guarantee", "warranty garantie garantia gewahrleistung", "No field and no fact gives this warranty.",
    ),
    _offer(
        "refund",
        r"\b(?:(?:a |the |your |ein(?:e|en)? |die |el |un |le )?(?:full |partial |complete |immediate |vollstandige |volle |total |integral |completo )?(?:refund(?:s|ed)?|money back|ruckerstattung|reembolso(?: completo| total| integro)?|remboursement(?: complet| integral)?|compensation|entschadigung|compensacion|dedommagement|indemnizacion|store credit|gutschrift|wiedergutmachung|geste commercial|avoir de)"
        r"|erstatten (?:wir )?(?:ihnen)?|rembours(?:erons|ons|er)|reembolsar\w*)\b",
        "refund", "refund erstattung reembolso remboursement compensation credit ruckerstattung", "No field and no fact allows a refund.",
    ),
    _offer(
        "cancel",
        r"\b(?:(?:free|flexible|full) cancellation|cancel(?:led)? (?:free of charge )?(?:at )?any ?time|jederzeit (?:kostenlos |kostenfrei )?(?:kundbar|kundigen|stornier\w+)|kostenlos(?:e|er)? (?:stornier\w+|umbuch\w+)|cancelar(?:lo|la)? en cualquier momento|cancelacion (?:gratuita|gratis|flexible)|annul\w+ (?:gratuite\w*|a tout moment|sans frais)|resili\w+ a tout moment|in jedem fall stornierbar)\b",
        "cancellation", "cancellation cancel stornierung stornierbar kundbar cancelacion annulation", "No field and no fact says so about cancelling.",
    ),
    _offer(
        "action",
        r"\b(?:(?:we|i)(?:'ll| will| can| shall|'d be happy to| would be happy to| are happy to| have(?: already)?|'ve(?: already)?) (?:also |gladly |immediately |of course |already |then )?(?:refund|replace|waive|waived|upgrade|upgraded|credit|credited|compensate|reimburse|price[- ]match|extend|extended|discount|throw in|cover the|absorb|expedite|expedited|fast[- ]track|prioriti[sz]e|prioriti[sz]ed|exchange)(?: (?!and\b|or\b)[\w'-]+){0,5}"
        r"|(?:send|sent|ship|shipped|sending|shipping) (?:you |out )?(?:a |the |an |your )?(?:free )?replacement(?: \w+)?|replacement (?:is|has been|will be) [\w ]{3,30}"
        r"|wir (?:ersetzen|ubernehmen|verzichten|gewahren|erlassen|tauschen)(?: [\w-]+){1,5}|(?:werden|werde|wird|konnen) [\w ,-]{0,50}(?:ersetzen|austauschen|gutschreiben|ubernehmen|gewahren|erlassen|vorziehen|priorisieren)|ersatzlieferung|ersatzgerat|aus kulanz|kulanz\w*"
        r"|(?:le |les |te |lo |la )?(?:sustituiremos|reemplazaremos|compensaremos|asumiremos|regalaremos|priorizaremos|ampliaremos)(?: [\w-]+){1,4}"
        r"|(?:nous |vous |le |la |les )?(?:remplacerons|prendrons en charge|offrirons|offrons|compenserons|prolongerons|dedommagerons|prioriserons)(?: [\w-]+){1,4})",
        "", "replace replacement waive upgrade credit compensate reimburse extend expedite exchange ersatz ubernehmen kulanz sustituir reemplazar remplacer prolonger reserve reserved hold prioritise prioritize", "No field and no fact stands behind this promise.",
    ),
    _offer(
        "extra",
        r"\b(?:free (?:upgrade|trial|demo|sample|gift|consultation)s?|room upgrade|zimmer-?upgrade|upgrade gratuit|surclassement\w*|late check-?out|early check-?in|spater? check-?out|welcome (?:drink|gift|pack|package)|willkommens(?:getrank|geschenk|drink)|begrussungsgetrank|detalle de bienvenida|bebida de bienvenida|cadeau de bienvenue|verre de bienvenue|(?:dedicated|personal) account manager|priority (?:support|boarding|service|access|handling|shipping)|bevorzugte? (?:behandlung|bearbeitung)|vip (?:service|treatment|access)\w*|unlimited \w+|unbegrenzt\w*|ilimitad\w+|illimite\w*"
        r"|same[- ]day (?:\w+)|next[- ]day (?:\w+)|overnight (?:delivery|shipping)|lieferung am (?:selben|nachsten) tag|entrega (?:en el )?(?:mismo dia|dia siguiente|en 24 horas|en 24h)|livraison (?:le jour meme|le lendemain|en 24 ?h)|express (?:delivery|shipping)|expressversand|expresslieferung|envio expres|livraison express|kostenlose?r? (?:beratung|probemonat|testphase)|24/7(?: [a-z]+)?|round[- ]the[- ]clock \w+|rund um die uhr|las 24 horas|24h/24)\b",
        "", "upgrade trial sample gift welcome late early unlimited priority vip express overnight 24 same next dedicated tage", "No field and no fact offers this.",
    ),
    _offer(
        "boast",
        r"\b(?:award[- ]winning|preisgekront\w*|galardonad\w+|premiad[oa]s?|prime[es]? par|market[- ]leading|market leader|marktfuhrer\w*|lider(?:es)? del? (?:mercado|sector)|leader (?:du|sur le) marche|world[- ]class|number one|trusted by [\w ,.']{3,40}|(?:hundreds|thousands|dozens) of (?:happy |satisfied |other )?[a-z-]+|(?:hunderte|tausende|dutzende) (?:von )?(?:zufriedene\w* )?\w+|(?:cientos|miles|decenas) de \w+|des (?:centaines|milliers|dizaines) de \w+|over \d[\d,.]* (?:happy |satisfied )\w+"
        r"|(?:iso|tuv)[- ]?(?:\d+)?[- ]?(?:certified|zertifiziert|gepruft)|fully (?:licensed|insured|certified)|family[- ]run|familiengefuhrt\w*|award for)\b",
        "awarded certified", "award winning leader trusted hundreds thousands hunderte tausende cientos miles certified zertifiziert licensed insured family", "No field and no fact says so.", "not in the record",
    ),
]  # fmt: skip

_CUSTOMER_TEXT = frozenset(
    "message nachricht mensaje comment comments kommentar inquiry enquiry anfrage consulta demande question frage pregunta body email_body text request asks wish wunsch feedback complaint".split()
)
_TALKS_OF = re.compile(
    r"\b(?:you asked|your (?:question|request|wish)|asked (?:about|for|whether)|requested|regarding|as for|concerning|would like a|interest(?:ed)? in|(?:sie|du) (?:fragten|haben nach|wunsch\w+)|ihre frage|bezuglich|nach (?:einem|einer) |ha preguntado|pregunt\w+|solicit\w+|su pregunta|respecto|vous (?:avez demande|demand\w+)|votre (?:question|demande)|concernant|check (?:whether|if|with)|see (?:if|whether)|ask (?:my|our|the)|klare|prufe|pruefe|consultar|verifi\w+)\b"
)
_NOT_OFFERED = re.compile(
    r"(?:\b(?:no|not|cannot|can't|unable|never|unfortunately|without|neither|nor|none|kein\w*|nicht|leider|ohne|no (?:podemos|hay|ofrecemos)|lamentablemente|tampoco|sin|ningun\w*|pas|aucune?|ne|malheureusement|sans)\b|n't\b)"
)
_SELF_NEGATED = frozenset(["free", "obligation", "guarantee", "cancel"])


class Promises:
    """Finds what one answer promises without a fact behind it."""

    def __init__(self, reading: Reading, binder: Binder) -> None:
        self.reading = reading
        self.binder = binder
        self.own = [f for f in reading.record.fields if f.from_facts or not (f.words & _CUSTOMER_TEXT)]
        self._words: set[str] | None = None

    def doubts(self) -> Iterator[Doubt]:
        folded = self.reading.text.folded
        for offer in OFFERS:
            for match in offer.pattern.finditer(folded):
                if match.end() > match.start() and not self._excused(match.start(), match.end(), offer):
                    start, end = self._trimmed(match.start(), match.end(), offer)
                    denying = self._denying(offer)
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
        if sentence.asks or _TALKS_OF.search(folded, sentence.start, start):
            return True
        if (
            re.search(r"\b(?:if|whether|falls|ob|wenn|si|in case)\b", before)
            and reading.asks(start)
            and offer.name not in ("refund", "cancel", "free")
        ):
            return True
        if _NOT_OFFERED.search(before[-45:]):
            return True
        if offer.name in ("refund", "discount") and re.match(
            r"\s?(?:request|policy|process|form|claim|status|anfrage|antrag|code ungultig)",
            folded[end : end + 20],
        ):
            return True
        if offer.name == "refund" and not (
            _COMMITS.search(folded, low, max(high, end)) or _GRANTS.search(folded, low, max(high, end))
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
                if field.state in ("no", "empty"):
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
        low, high = max(sentence.start, start - 30), min(sentence.end, end + 25)
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

    def _denying(self, offer: Offer) -> Field | None:
        for field in self.own:
            none = field.state == "no" or any(c.values == (0.0,) for c in field.claims)
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
                if self._day_known(claim):
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
        for match in _SOON.finditer(folded):
            if reading.sentence(match.start()).asks or not self._commits(match.start()):
                continue
            low, _high = reading.clause(match.start())
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

    def _day_known(self, claim: Claim) -> bool:
        for field in self.reading.record.fields:
            for other in field.claims:
                if claim.kind == "date" and any(
                    dates.same_date(a, b) for a in claim.dates for b in other.dates
                ):
                    return True
                if claim.kind == "weekday":
                    if set(claim.days) & set(other.days):
                        return True
                    if any(dates.weekday_of(when) in claim.days for when in other.dates):
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
    r"\b(?:by|before|no later than|until|bis(?: spatestens)?(?: zum)?|spatestens(?: am| bis)?|vor|antes del?|para el|a mas tardar el|d'ici(?: a)?|avant(?: le)?|au plus tard(?: le)?)\s(?:the |next |this |coming |kommenden |nachsten |diesen |el |la |le |proximo |end of |ende )*$"
)
_SOON = re.compile(
    r"\b(?:by (?:tomorrow(?: \w+)?|tonight|the end of (?:the |this |next )?(?:day|week|month|business day)|end of (?:day|week|business|month)|close of business|next week|noon)|(?:first thing )?tomorrow(?: (?:morning|afternoon|evening))?|later today|today|this (?:afternoon|evening|week|month)|tonight|next (?:week|month|business day|working day)|the next (?:business |working )?day|the same day|overnight"
    r"|bis (?:morgen(?: \w+)?|heute abend|ende (?:der|dieser|nachster) woche|ende des (?:tages|monats)|nachste woche|zum (?:wochen|monats)ende)|noch heute|heute noch|morgen(?: (?:fruh|vormittag|nachmittag|abend))?|(?:ubermorgen)|nachste woche|kommende woche|nachsten (?:werktag|tag|monat)|am nachsten (?:werktag|tag)|heute"
    r"|manana(?: (?:mismo|por la (?:manana|tarde)))?|hoy(?: mismo)?|esta (?:tarde|semana|noche)|la (?:proxima semana|semana que viene)|antes de (?:manana|fin de (?:mes|semana)|que termine (?:el dia|la semana))|al dia siguiente|a primera hora"
    r"|demain(?: (?:matin|apres-midi|soir))?|aujourd'hui(?: meme)?|cet apres-midi|ce soir|cette semaine|la semaine prochaine|d'ici (?:demain|la fin de (?:la )?(?:semaine|journee|mois))|avant (?:demain|la fin de la (?:semaine|journee))|des demain|le lendemain|des aujourd'hui)\b"
)
_WILL = re.compile(
    r"\b(?:(?:we|i|you|it|they|he|she|our team|our \w+|your \w+)(?:'ll| will| can| shall| are going to|'re going to)|will|guaranteed|expect|wir (?:werden|konnen|liefern|senden|schicken|melden)|werden|werde|wird|erhalten|bekommen|liefern|kommt|kommen"
    r"|vamos a|podemos|recibira\w*|enviaremos|entregaremos|llegara\w*|estara\w*|tendra\w*|[a-z]{3,12}(?:remos|aremos|eremos|iremos)|nous (?:allons|pouvons)|recevrez|livrerons|sera|seront|arrivera|[a-z]{3,14}(?:rons|rez|ront))\b"
)
_COMMITS = re.compile(
    r"\b(?:(?:we|i|you|it|they|he|she|team|order|parcel|package|delivery|technician|manager|colleague|refund|replacement|shipment)(?:'ll| will| shall| are going to|'re going to)|will \w+|we can|i can|we (?:guarantee|ship|deliver|dispatch|set up|install|respond|reply|process|complete|finish)|expect|you(?:'ll| can expect)|ready|up and running|takes|live|delivered|arrives|ships|shipped out|guaranteed"
    r"|werden|werde|wird|erhalten|bekommen|liefern wir|wir liefern|senden wir|schicken wir|wir (?:senden|schicken|melden|rufen|antworten|versenden|konnen)|melden wir uns|melde ich mich|rufe ich|ruft|antworten wir|kommt|kommen|trifft|treffen|einsatzbereit|startklar|fertig|dauert|verschickt|geliefert|versendet|ankommen"
    r"|vamos a|podemos|recibira\w*|llegara\w*|estara\w*|tendra\w*|sera|seran|[a-z]{3,12}(?:remos|are|ere|ire)|le (?:llamo|envio|llamare|enviare)|listo|lista|tarda|entregamos|enviamos|respondemos|instalamos"
    r"|nous (?:allons|pouvons|livrons|expedions|repondons|installons)|recevrez|sera|seront|arrivera|[a-z]{3,14}(?:rons|rez|ront|rai)|je vous (?:appelle|envoie|rappelle)|pret|prete|livre|expedie|operationnel)\b"
)
_GRANTS = re.compile(
    r"\b(?:full|complete|entitled|eligible|have|has|had|issued?|approved?|offer|get|receive|we've|i've|vollstandig\w*|volle|erhalten|haben|hat|ist|veranlasst|gutgeschrieben|hemos|ha|total|complet\w*|aprobad\w+|tiene derecho|avons|accepte\w*|recevrez|est|obtiendra|ofrec\w+|offr\w+)\b"
)
_CUSTOMERS_TURN = re.compile(
    r"\b(?:please|let (?:us|me) know|could you|can you|kindly|if you|need you to|reply|confirm by|bitte|lassen sie|geben sie|teilen sie|por favor|haganos|indiquenos|merci de|veuillez|s'il vous plait|n'hesitez|you (?:asked|need|want|wanted|mentioned|requested|would like|wish)|sie (?:mochten|wunschen|brauchen|benotigen)|(?:necesita|quiere|desea|busca)\b|vous (?:souhaitez|voulez|avez besoin))\b"
)


def _in_unit(claim: Claim) -> float:
    return claim.values[0] / UNITS[claim.scale][1]

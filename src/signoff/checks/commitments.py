"""
Commitments: what an answer says somebody will give or do, with nothing behind it.

"We will give you a quiet room", "bekommst du am selben Tag zurück", "le descontamos los días", "sera prêt vendredi":
who acts (we, or you get), a verb of giving or doing, and a thing or a time. What the record or the facts mostly speak of
is backed; courtesy ("we will give you a call") is no commitment.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from signoff.checks import dates
from signoff.checks.claims import Claim
from signoff.checks.reading import FUNCTION_WORDS, Doubt, Reading
from signoff.checks.wordings import Wording
from signoff.checks.words import NEGATION, STOPWORDS, ideas, stem

_WHY = "No field and no fact stands behind this promise."


class Commitments:
    """Finds what one answer commits somebody to, without a fact behind it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.folded = reading.text.folded
        self.own = [f for f in reading.record.fields if not f.is_customers and f.state not in ("no", "empty")]

    @cached_property
    def words(self) -> set[str]:
        """Stems and ideas of what our own fields say and are called."""
        found: set[str] = set()
        for field in self.own:
            found.update(field.words, map(stem, field.words), field.ideas)
            if field.text is not None:
                for token in field.text.tokens:
                    found.update(token.ideas, (token.word, stem(token.word)))
        return found

    def doubts(self) -> Iterator[Doubt]:
        for match in _GIVING.finditer(self.reading.text):
            end = self._end_of(match.end())
            if not self._excused(match.start(), end) and not self._backed(match, end):
                yield self._doubt(match.start(), end)
        for match in _TERMS.finditer(self.reading.text):
            root = _ROOTS[(match.lastindex or 1) - 1]
            known = any(root.search(word) for word in self.words)
            if not known and not self._excused(*match.span()):
                yield self._doubt(*match.span())
        yield from self._days_after()
        yield from self._done_by()

    def _doubt(self, start: int, end: int) -> Doubt:
        return Doubt(start, end, "promise", None, _WHY, 2)

    def _end_of(self, place: int) -> int:
        """Return where the thing that is given ends: at a comma, a new clause or after some words."""
        sentence = self.reading.sentence(place - 1)
        match = _OBJECT.match(self.folded, place, max(place, sentence.end))
        end = match.end() if match else place
        return place + len(self.folded[place:end].rstrip())

    def _excused(self, start: int, end: int) -> bool:
        reading = self.reading
        if reading.sentence(start).asks or reading.asks_here(start):
            return True
        low, _ = reading.clause(start)
        return (
            NEGATION.search(reading.text, max(low, start - 40), end) is not None
            or _UNSURE.search(reading.text, max(low, start - 60), end) is not None
        )

    def _backed(self, match: re.Match[str], end: int) -> bool:
        """Return whether it is courtesy, or the record speaks of most of it; what changes terms needs its own verb."""
        if _COURTESY.match(self.folded, match.end()) or _COURTESY_BEFORE.search(match.group()):
            return True
        tokens = self.reading.text.tokens
        near = tokens[
            self.reading.text.first_token_from(match.end()) : self.reading.text.first_token_from(end)
        ]
        if not near:
            low, _ = self.reading.clause(match.start())
            near = tokens[
                self.reading.text.first_token_from(low) : self.reading.text.first_token_from(match.start())
            ]
        content = [t for t in near if t.word not in _STOP and len(t.word) > 2 and not t.word.isdigit()]
        if not content:
            return True
        known = sum(
            1
            for t in content
            if t.word in self.words or stem(t.word) in self.words or self.words & {*t.ideas}
        )
        changes = _CHANGES.search(match.group())
        if changes and not self.words & {stem(changes.group()), *ideas(changes.group())}:
            return False
        return known * 2 >= len(content)

    def _days_after(self) -> Iterator[Doubt]:
        for match in _SAME_DAY.finditer(self.reading.text):
            words = {stem(w) for w in re.findall(r"[^\W_]{3,}", match.group())} - {"the", "that"}
            if words <= self.words or self._excused(*match.span()):
                continue
            sentence = self.reading.sentence(match.start())
            if _PROVIDED.search(self.folded, sentence.start, match.start()):
                continue
            low, _ = self.reading.clause(match.start())
            verb = _COMES.search(self.folded, max(low, match.start() - 60), match.end() + 24)
            if verb is not None:
                yield self._doubt(min(match.start(), verb.start()), max(match.end(), verb.end()))

    def _done_by(self) -> Iterator[Doubt]:
        """Yield "will be ready at 12:15" where the record does not give that moment in so many words."""
        for match in _READY.finditer(self.reading.text):
            if self._excused(*match.span()):
                continue
            _, high = self.reading.clause(match.start())
            for claim in self.reading.claims_between(match.end(), min(match.end() + 24, high)):
                about = _ABOUT.search(self.folded[match.end() : claim.start])
                if claim.kind in ("date", "weekday", "time") and not about and not self._said(claim):
                    yield Doubt(match.start(), claim.end, "promise", None, _WHY, 3)
                    break

    def _said(self, claim: Claim) -> bool:
        for field in self.own:
            for other in field.claims if field.from_facts or not field.prose else ():
                if claim.kind == "date" and any(
                    dates.same_date(a, b) for a in claim.dates for b in other.dates
                ):
                    return True
                if claim.kind == "time" and {*claim.times} & {*other.times}:
                    return True
                if claim.kind == "weekday" and (
                    {*claim.days} & {*other.days}
                    or any(dates.weekday_of(when) in claim.days for when in other.dates)
                ):
                    return True
        return False


_STOP = FUNCTION_WORDS | frozenset().union(*STOPWORDS.values()) | frozenset(
    "also gladly some any new rest restliche alles todo resto tout reste other all next first each every their them here there as much soon then"
    " dir euch dich gern gerne auch noch dann jede jeden alle allen neue neuen neuer unser unsere unseren eure dein deine deinen"
    " te os les todo toda todos todas nuevo nueva tambien proximo proxima cada"
    " te toi tout toute tous toutes nouveau nouvelle aussi chaque leur".split()
)  # fmt: skip
_ROLES = r"(?:(?:the|our|your) (?:landlord|landlady|owner|seller|vendor|host|manager|boss|chef|technician|mechanic|engineer|driver|team)|(?:der|die|unser\w?|ihr\w?) (?:vermieter\w*|eigentumer\w*|verkaufer\w*|chef\w*|hausmeister\w*|techniker\w*|monteur\w*|team)|(?:el|la|nuestr[oa]|su) (?:propietari[oa]|duen[oa]|vendedor\w*|casero|arrendador\w*|tecnic[oa]|equipo|mecanic[oa])|(?:le|la|notre|votre) (?:proprietaire|bailleur\w*|vendeu\w+|technicien\w*|equipe|mecanicien\w*))"
_DE = r"(?:geb|schenk|leih|zahl|erstatt|bring|stell|gewahr|erlass|streich|reparier|tausch|ubernehm|verlanger|erhoh|senk)"
_DE3 = r"(?:gibt|schenkt|leiht|zahlt|erstattet|bringt|stellt|gewahrt|erlasst|repariert|tauscht|ubernimmt|verlangert|senkt|akzeptiert)"
_EN = r"(?:give|provide|include|cover|pay|lend|bring|install|fix|repair|replace|undercut|beat|match|raise|increase|lower|reduce|cut|extend|add|throw in|accept|supply|grant|credit|deduct|refund|upgrade|waive|drop off|deliver|ship|fit|hold|reserve|set aside|take care of|do)"
_ADVERBS = r"(?:(?:also|gladly|happily|of course|even|then|personally|always|certainly)\s){0,3}"
_ES = r"(?:daremos|regalaremos|incluiremos|pondremos|llevaremos|aplicaremos|pagaremos|cubriremos|repararemos|instalaremos|cambiaremos|devolveremos|abonaremos|ampliaremos|bajaremos|subiremos|prestaremos|dejaremos|ofreceremos|descontaremos|compensaremos|asumiremos|rebajaremos|bonificaremos|dare|hare|devolvere|descontare)"
_ES_NOW = r"(?:descontamos|regalamos|devolvemos|abonamos|aplicamos|dejamos|prestamos|ponemos|damos|incluimos|pagamos|cambiamos|bajamos|rebajamos|compensamos|bonificamos|ampliamos)"
_FR = r"(?:donn|offr|rembours|pret|install|remplac|chang|pai|pay|accord|livr|apport|repar|baiss|prolong|deduis|deduir|prenons en charge|prend en charge|prendrons en charge)(?:e|ons|ai|erons|erai|irons|irai|ra|era|eons)?"
_GIVING = Wording(
    rf"\b(?:(?:we|i)(?:'ll| will| shall| are going to|'re going to)\s{_ADVERBS}{_EN}\b|{_ROLES} (?:will|is happy to|is willing to|agrees to|has agreed to)\s{_ADVERBS}{_EN}\b"
    rf"|(?:we|i)(?: are|'re| am|'m) (?:happy|glad) to (?:give|lend|throw in|cover|replace|repair|mend|waive|reduce|extend)\b|(?:we|i) (?:promise|undertake) to\s{_EN}\b|(?:we|i) can (?:offer you|let you have|give you|lend you|grant you)\b|(?:we|i)(?:'ve| have) (?:reserved|set aside)\b"
    r"|(?:ubernehmen wir|ubernehme ich)\b|(?:wir kummern uns|ich kummere mich|kummern wir uns|kummere ich mich) um\b|(?:wir reservieren|ich reserviere|reservieren wir|reserviere ich)\b"
    r"|nos encargamos de\b|(?:le|te|les|os) (?:guardamos|reservamos)\b|podemos (?:ofrecer|dar|hacer|prestar)(?:le|te|les|os)\b|(?:nous nous occupons|on s'occupe) d[eu]\b|nous (?:vous )?(?:gardons|reservons)\b|nous pouvons (?:vous )?(?:accorder|offrir|preter)\b"
    rf"|we (?:give|lend|refund|credit) you\b|you(?:'ll| will)?\s{_ADVERBS}(?:get|receive|be given)\b"
    rf"|(?:wir|ich) {_DE}(?:en|e)\b(?=\s(?:ihnen|dir|euch|ihre?n?|deinen?|eure?n?)\b)|{_DE}(?:en wir|e ich)\b(?=\s(?:ihnen|dir|euch|ihre?n?|deinen?|eure?n?)\b)"
    rf"|{_DE3} (?:ihnen|dir|euch) (?:der|die|das|unser\w?|herr|frau)\b(?: [a-z]+(?=\s))?|{_ROLES} {_DE3}\b|{_DE3} {_ROLES}\b"
    rf"|(?:bekommen|erhalten|kriegen) (?:sie|ihr)\b|(?:bekommst|erhaltst|kriegst) du\b|(?<!dass )(?:sie|ihr) (?:bekommen|erhalten|bekommt|erhaltet)\b|du (?:bekommst|erhaltst|kriegst)\b"
    rf"|(?:(?:le|te|les|os|lo|la)\s)?{_ES}\b|(?:le|te|les|os) {_ES_NOW}\b|{_ROLES} (?:hara|acepta|aceptara|pagara|paga|asume|asumira|bajara|cubre|cubrira)\b|recibira[sn]?\b|recibireis\b|(?:tu|usted|ustedes)? ?obtendra[sn]?\b"
    rf"|(?:nous|on|je)\s(?:(?:vous|te|lui|leur|t'|l')\s?)?{_FR}\b|{_ROLES} (?:fera|accepte|acceptera|offre|offrira|paiera|paie|prend en charge|prendra en charge)\b|(?:vous (?:recevrez|beneficierez)|tu (?:recevras|beneficieras))\b)"
)
# What is given, up to the next clause.
_OBJECT = re.compile(
    r"(?:\s(?!(?:and|but|so|und|aber|damit|y|pero|et|mais|if|when|wenn|si|sobald|once)\s)[^\s,;:.!?()\n]+){0,9}"
)
_COURTESY = re.compile(
    r"\s(?:(?:ihnen|dir|euch)\s)?(?:in|to|by|along|rid|out|lost|en|de|recht|unrecht|zu)\b|\s(?:(?:you|him|her|it|this|that|them|these|both|ihnen|dir|euch|es|das|le|lo|la|les|vous|te)\s){0,3}(?:(?:a|an|the|my|our|your|some|any|more|mas|plus de|d'autres|further|another|all|all the|eine?n?|die|den|das|ihre?n?|deine?n?|eure?n?|un|una|la|el|los|las|su|sus|une|le|les|votre|vos|quick|short|proper|clear|kurz\w*|schriftlich\w*|gern|gerne|gleich|dann|noch|then|also|umgehend|zeitnah|separat\w*|per|von uns|from us|by|luego|despues|ensuite|bientot|rapidement|en breve|in kurze)\s){0,6}(?:[a-z]{3,14}\s){0,2}?"
    r"(?:call|ring|shout|bell|answer|reply|response|update\w*|confirm\w*|notice|information\w*|info|infos|details?|heads[- ]up|overview|quote|estimate|offer|proposal|feedback|thought|notes?|wish\w*|request|question\w*|messages?|e-?mails?|mails?|attention|time|hand|link|invitation|invoice|receipt|document\w*|to know|in touch|back to|through|ready|started|here|there|it right|best|our best|everything|dates?|appointment|plan|paperwork|thanks|examples?|list|copy|contact|number|directions|photos?|pictures?|brochure|explanation|reasons?|credit for|advice|hint|tips?"
    r"|bescheid|beispiel|kolleg\w+|ansprechpartner\w*|nummer|adresse|termin|erklarung|rat|dank|auskunft|orientierung|uberblick|einschatzung|ruckruf|tipps?|hinweis\w*|einblick|muster|ruckmeldung|antwort|weiter|nachricht|acht|muhe|sicher|vorab|unterlagen|bestatigung|rechnung|angebot|einladung|zugangsdaten|sms|wunsch|frage"
    r"|gracias|ejemplo|datos|copia|contacto|lista|detalles|numero|direccion|razon|explicacion|bienvenida|respuesta|correo|informacion|saber|llegar|constancia|nota|seguimiento|enlace|factura|presupuesto|confirmacion|cita|disposicion|mensaje|aviso"
    r"|reponse|exemple|sujet|renseignements?|soin|details?|precisions?|numero|adresse|contact|raison|explication\w*|avis|conseils?|rendez-vous|informations?|nouvelles|confirmation|mail|courriel|lien|facture|devis|message|sms|suite|point)\b"
)
_COURTESY_BEFORE = re.compile(r"\b(?:did|do|does) you\b")
# What alters a price or a term is only backed where the record speaks of altering it.
_CHANGES = re.compile(
    r"\b(?:refund|credit|erstatte?n?|schenken?|rembours\w+|offr\w+|devolv\w+|descont\w+|regal\w+|abonamos|compens\w+|bonific\w+|undercut|beat|raise|increase|lower|reduce|cut|extend|waive|upgrade|erlassen|verlangern|erhohen|senken|senkt|verlangert)\b"
)
_UNSURE = Wording(
    r"\b(?:would|could|might|may|should|perhaps|maybe|whether|ask(?:ed)? (?:if|whether|about)|please|as soon as|once|before|until|hoping|hope|you (?:asked|wrote|said|want|wish)"
    r"|konnte|wurde|vielleicht|eventuell|ob|sobald|bitte|damit|fragen|fragten|gefragt|wunschen|hatten sie gern"
    r"|podria|quiza|tal vez|cuando|por favor|pregunt\w+|pide|pidio|solicit\w+|si (?:es|fuera) posible"
    r"|pourrait|peut-etre|si possible|demand\w+|souhait\w+|des que|merci de|veuillez)\b"
)
# Ways to pay and terms that only the record can give.
_TERMS = Wording(
    r"\b(?:(in (?:zwei|drei|vier|funf|sechs|mehreren|\d{1,2}) (?:monats)?raten|in (?:two|three|four|five|six|several|\d{1,2}) (?:monthly |equal )?instal?lments|en (?:dos|tres|cuatro|cinco|seis|varios|varias|\d{1,2}) (?:plazos|cuotas|pagos)|en (?:deux|trois|quatre|plusieurs|\d{1,2}) (?:fois(?: sans frais)?|versements|echeances)(?! par\b))"
    r"|((?:(?:die|der|das) )?(?:erste\w* )?(?:(?:zwei|drei|beiden|\d) )?(?:monate? |wochen? )?(?:mietfrei|beitragsfrei|zinsfrei)\w*|rent[- ]free|interest[- ]free|(?:(?:the|first|one|a|two|three|your) ){0,4}(?:month|week|year|night|session|visit)s? free\b(?! of\b)|sans interets|sin intereses)"
    r"|(opcion de compra|kaufoption|vorkaufsrecht|purchase option|option to (?:buy|purchase)|option d'achat)"
    r"|(geht (?:naturlich |selbstverstandlich )?auf (?:uns\b|unsere (?:kosten|rechnung|kappe))|auf unsere kosten|kommen (?:wir )?(?:ihnen|dir|euch) [\w ]{0,20}entgegen|(?:nos hacemos|nos haremos|me hago) cargo del? (?:[\w]+ ?){1,4}|(?:corren?|van?) (?:por nuestra cuenta|a nuestro cargo|de nuestra parte)|(?:est|sont|sera|seront) (?:pour nous|a notre charge|a nos frais)|at our (?:own )?expense|(?:we|i)(?:'ll| will) pick up the (?:tab|bill|cost)\w*))"
)
# What the record must speak of, for each of them.
_ROOTS = (
    re.compile(
        r"^(?:monats)?raten|^teilzahl|^instal|^cuotas?$|^plazos?$|^pagos$|^fois$|^versement|^echeance|^mensual"
    ),
    re.compile(r"mietfrei|beitragsfrei|zinsfrei|^free$|^gratis$|^gratuit|^interest|^interes|^interet"),
    re.compile(r"^option|^opcion|kaufoption|^vorkauf"),
    re.compile(r"^kulanz|^cargo$|^expense|^charge$|^frais$"),
)
_SAME_DAY = Wording(
    r"\b(?:(?:on )?(?:the|that) (?:very )?same day|(?:noch )?am (?:selben|gleichen|nachsten|folgenden) tag|(?:noch )?heute noch|(?:ese|el) mismo dia|al dia siguiente|le jour meme|le lendemain|(?:the )?(?:day after|following day))\b"
)
_PROVIDED = re.compile(
    r"\b(?:if|provided|condition|as long as|when|wenn|falls|sofern|dass|voraussetzung|bedingung|si|siempre que|condicion|cuando|a condition|lorsque|quand|pourvu)\b"
)
_COMES = re.compile(
    r"\b(?:get|gets|receive|will|comes|leaves|ships|is back|bekomm\w+|erhalt\w+|bring\w*|liefer\w+|komm\w+|schick\w+|erstatte\w*|repariert|erledig\w+|fahrt|wird|werden|sale|salen|llega|llegan|recib\w+ra\w*|queda|quedara|estara|sera|tendra|devolv\w+|entreg\w+|envi\w+|part|arrive|recev\w+|sera|livr\w+|rembours\w+|repar(?:amos|aremos|ons|erons|ara|e)|expedi\w+)\b"
)
_ABOUT = re.compile(
    r"\b(?:around|about|approximately|gegen|etwa|ca|voraussichtlich|ungefahr|hacia|sobre|alrededor|aproximadamente|vers|environ)\b"
)
_READY = Wording(
    r"\b(?:(?:will be|is going to be|'ll be) (?:\w+ )?(?:ready|fixed|solved|resolved|repaired|finished|completed|done|back|up and running|operational)"
    r"|(?:wird|werden|ist|sind) (?=[^.,;!?\n]{0,40}\b(?:fertig|repariert|erledigt|behoben|abgeschlossen|einsatzbereit)\b)(?:[^.,;!?\n]{0,20}?(?=\b(?:am|bis|um)\b))"
    r"|(?:estara|estaran|quedara|quedaran|sera|seran) (?:list[oa]s?|solucionad[oa]s?|resuelt[oa]s?|reparad[oa]s?|terminad[oa]s?|acabad[oa]s?|arreglad[oa]s?)|(?:sera|seront) (?:pret|prete|prets|pretes|repare\w*|termine\w*|resolu\w*|finie?s?))\b"
)

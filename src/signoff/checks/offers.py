"""The kinds of offers: how each is worded in four languages, and what would stand behind it."""

# ruff: noqa: E501 - lists of words are easier to read and mend in one piece

from __future__ import annotations

from typing import NamedTuple

from signoff.checks.reading import FindingKind
from signoff.checks.wordings import Wording
from signoff.checks.words import stem


class Offer(NamedTuple):
    """One kind of promise: how it is worded, and what in the record or the facts would stand behind it."""

    name: str
    wording: Wording
    ideas: frozenset[str]
    words: frozenset[str]
    why: str
    kind: FindingKind = "promise"
    hints: tuple[str, ...] = ()  # where none of these stands in an answer, no such phrase counts


def _offer(
    name: str, pattern: str, ideas: str, words: str, why: str, kind: FindingKind = "promise", hints: str = ""
) -> Offer:
    return Offer(
        name,
        Wording(pattern),
        frozenset(ideas.split()),
        frozenset(stem(w) for w in words.split()),
        why,
        kind,
        tuple(hints.split()),
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
        r"(?<!feel )(?<!be )(?<!are )(?<!you )(?<!-)(?<!stress )(?<!hassle )\b(?:(?:completely |absolutely |vollig |completamente |entierement )?(?:free(?![a-z])(?! (?:from|as of|starting|by|until|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|\d|now\b|again\b))(?! to\b| time| of\b(?! charge)| slot| on\b| at\b| from\b| for (?:a|the|you)\b| up\b| moment| space| appointment| spot| parking space| standing)(?: of charge)?|complimentary"
        r"|kostenlos\w*|kostenfrei\w*|gratis\w*|unentgeltlich\w*|gratuit\w*|offerte?s?(?= (?:a|pour|des))|(?:vous (?:est|sont) )offerte?s?|(?:le |te |les |os )?regala(?:mos|remos)|obsequi\w+|schenken (?:wir )?(?:ihnen)?|de regalo|geschenkt))(?:\s(?:and |y |und |et )?[a-z][\w-]{2,20}){0,3}"
        r"|\b(?:at no (?:extra |additional |further )?(?:cost|charge)|no (?:extra|additional|hidden|setup|set-up|booking|cancellation|delivery|shipping) (?:cost|charge|fee)s?|without (?:any )?(?:extra|additional) (?:cost|charge|fee)s?|on the house|(?:is|are|it's) on us\b|ohne (?:aufpreis|zusatzkosten|mehrkosten|aufschlag|zusatzliche kosten)|sin (?:coste|costo|cargo|gastos)(?: adicional(?:es)?| extra| alguno)?|sans (?:frais|supplement|cout)(?: supplementaires?)?|versandkostenfrei\w*|portofrei|envio gratuito|livraison (?:gratuite|offerte)|livraison est (?:gratuite|offerte)|frais de port offerts)\b",
        "", "free gratis kostenlos kostenfrei gratuit gratuita gratuito complimentary kostenlose kostenloser versandkostenfrei", "No field and no fact says that this is free.",
    ),
    _offer(
        "guarantee",
        r"\b(?:(?:we |i |wir |ich )?(?:can |konnen )?guarantee[sd]?|garantier\w+|garantiza\w*|garantizad\w*|garantissons|(?:est |sont |vous est )?(?<!depot de )(?<!depots de )garantie?s?(?= (?:de|par|a|que|sous|\.))|satisfaction guarant\w+|zufriedenheitsgarantie|geld-zuruck-garantie|geld zuruck|money[- ]back(?: guarantee)?|garantia de (?:devolucion|satisfaccion)|satisfait ou rembours\w+|satisfaction garantie(?: ou rembours\w+)?|\d+\s?%\s?satisfaction|risk[- ]free|risikofrei\w*|sin riesgos?|sans risque"
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
        r"\b(?:(?:\d+|two|three|five|ten|zwei|drei|funf|zehn|dos|tres|cinco|diez|deux|trois|cinq|lifetime|full|lebenslange?|life-long)[- ](?:year|month|jahre|jahrige|monate|anos|ans|jahres)?s?[- ]?(?:of |de )?(?:warranty|guarantee|garantie|gewahrleistung|garantia)|warranty|warranties|herstellergarantie|garantie von|garantia de|(?<!depot de )garantie de|under warranty|lifetime (?:warranty|guarantee|support))\b",
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
        "let off",
        r"\b(?:(?:we|i)(?:'ll| will| can|'d be happy to| are happy to)?\s(?:gladly |happily |also )?(?:take|knock)\s(?:[\w'€£$%.,-]+\s){1,5}off(?: (?:your|the) [\w-]+)?|(?:we|i)(?:'ll| will)? not (?:charge|bill) you(?: for)?(?: [\w'-]+){0,3}|(?:courtesy of|with the compliments of) (?:the )?(?:house|owner|team|management)"
        r"|(?:berechnen|verrechnen) wir (?:ihnen |dir |euch )?(?:dafur |selbstverstandlich |naturlich )?nicht(?:s)?|(?:ziehen|lassen) wir (?:ihnen )?[\w ,.€%-]{2,30}\b(?:ab|nach)\b|geht aufs haus|auf kosten des hauses"
        r"|no (?:le|te|os|les) (?:cobraremos|cobramos|facturaremos)(?: [\w-]+){0,4}|(?:le|te|os|les) (?:descontaremos|descontamos|rebajamos|rebajaremos|bonificamos)(?: [\w-]+){0,4}|cortesia de (?:la casa|l[oa]s? \w+)|por cuenta de la casa|invita la casa"
        r"|nous ne (?:vous|te) (?:facturerons|facturons|compterons) pas(?: [\w'-]+){0,4}|nous (?:vous )?(?:deduirons|deduisons)(?: [\w'-]+){0,4}|offerte?s? par (?:la maison|nos soins)|aux frais de la maison|cadeau de la maison)\b",
        "discount", "courtesy cortesia geschenkt free gratis offert", "No field and no fact lets anybody off a charge.", hints="off charge bill courtesy compliments rechne ziehen lassen haus cobra factur descont rebaj bonific cortesia casa compt dedui maison soins",
    ),
    _offer(
        "hold",
        r"\b(?:(?:we|i)(?:'ll| will| can|'d be happy to)\s(?:gladly |also )?(?:hold|reserve|keep|set|put) (?:it|this|that|them|one|the [\w-]+|your [\w-]+)(?: aside| back| free)?(?: for you)?\s(?:until|till|for (?:the next |another )?(?:\d|two|three|a (?:week|day|few)))[\w ]{0,14}"
        r"|(?:(?:reserviere|reservieren wir|halten wir|halte ich|blocken wir|blocke ich|ich (?:reserviere|halte)|wir (?:reservieren|halten))\s[\w ]{2,40}?\bbis (?:zum |zu |ende )?[\w.]+(?: frei| zuruck)?)"
        r"|(?:(?:se|te|os|le|les) (?:l[oa]s? )?(?:reservamos|reservo|guardamos|guardo|guardaremos|reservaremos)\s[\w ]{0,24}hasta (?:el |la |las )?\w+)"
        r"|(?:nous|je) (?:vous |te )?(?:le |la |les )?(?:reservons|reserve|gardons|garde|bloquons|bloque|reserverons|garderons)\s[\w ']{0,24}jusqu'?(?:au|a|en)? ?\w+)",
        "", "hold reserve reserved option reservierung optioniert reserva", "No field and no fact stands behind this promise.", hints="hold reserv keep halte block guard gard bloqu aside",
    ),
    _offer(
        "boast",
        r"\b(?:award[- ]winning|preisgekront\w*|galardonad\w+|premiad[oa]s?|prime[es]? par|market[- ]leading|market leader|marktfuhrer\w*|lider(?:es)? del? (?:mercado|sector)|leader (?:du|sur le) marche|world[- ]class|number one|trusted by [\w ,.']{3,40}|(?:hundreds|thousands|dozens) of (?:happy |satisfied |other )?[a-z-]+|(?:hunderte|tausende|dutzende) (?:von )?(?:zufriedene\w* )?\w+|(?:cientos|miles|decenas) de \w+|des (?:centaines|milliers|dizaines) de \w+|over \d[\d,.]* (?:happy |satisfied )\w+"
        r"|(?:iso|tuv)[- ]?(?:\d+)?[- ]?(?:certified|zertifiziert|gepruft)|fully (?:licensed|insured|certified)|family[- ]run|familiengefuhrt\w*|award for)\b",
        "awarded certified", "award winning leader trusted hundreds thousands hunderte tausende cientos miles certified zertifiziert licensed insured family", "No field and no fact says so.", "not in the record",
    ),
]  # fmt: skip

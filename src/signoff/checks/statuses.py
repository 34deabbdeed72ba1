"""What has become of an order, a booking or a ticket: "has been shipped" where the record says pending."""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from signoff.checks.emptiness import empty_why, says
from signoff.checks.fields import Field
from signoff.checks.reading import NOT_YET, Doubt, Reading
from signoff.checks.words import IDEAS, STATUSES, Text, phrases, stem

_NEGATED = re.compile(
    r"\b(?:not|n't|never|noch nicht|nicht|no|aun no|todavia no|pas|ne|n'a|n'est|yet to)\b|n't\b"
)
_BE = re.compile(
    r"\b(?:is|are|was|were|been|being|'s|'re|has|have|had|got|we've|i've|just|now|already|ist|sind|wurde|wurden|haben|hat|bereits|schon|jetzt|esta|estan|ha|han|he|hemos|fue|fueron|sido|ya|queda|est|sont|a|ont|ete|avons|ai|deja|status|estado|statut|stand)\b"
)
_VAGUE = frozenset(
    "received eingegangen recibido recue recu new neu nuevo nouveau neue open offen open closed geschlossen cerrado ferme cerrada fermee abierto abierta ouvert ouverte option"
    " accepted approved reserved booked placed submitted requested done completed complete finished active processing processed secured available verfugbar disponible normal on_hold"
    " outstanding settled solved fixed ready fertig listo lista pret prete activa activo actif active arrived".split()
)
_HARD = frozenset(
    "shipped dispatched delivered refunded cancelled canceled versendet verschickt versandt zugestellt storniert erstattet enviado enviada entregado entregada cancelado"
    " cancelada reembolsado expedie expediee livre livree annule annulee rembourse remboursee".split()
)
_ABOUT = re.compile(
    r"\b(?:status|order|booking|ticket|case|account|request|reservation|payment|invoice|issue|property|apartment|flat|house|bestellung|buchung|auftrag|fall|anfrage|konto|rechnung|zahlung|wohnung|reservierung|pedido|reserva|caso|cuenta|pago|factura|solicitud|incidencia|commande|reservation|dossier|compte|paiement|facture|demande)\b"
)


class Statuses:
    """Judges what one answer says has become of something."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.fields = reading.record.fields

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for every state that the record does not tell of."""
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

    @cached_property
    def _only_some_done(self) -> bool:
        """Whether the record tells of several parts, of which some are not done yet."""
        if any(_is_partial(f) for f in self.fields):
            return True
        return any(
            f.state == "no" and "[" in f.path and any(w in STATUSES.words for w in f.words)
            for f in self.fields
        )

    @cached_property
    def _settled(self) -> set[str]:
        """What the fields are about that are neither denied nor empty."""
        return {i for f in self.fields if f.state not in ("no", "empty") for i in f.ideas}

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
        if reading.sentence(start).asks or NOT_YET.search(sentence[-70:]) or _ONLY_THEN.match(sentence):
            return None
        denied = (
            _NEGATED.search(before[-40:]) is not None
            or re.match(r"\s?(?:yet|nicht|noch nicht)\b|.{0,16}\b(?:nichts|nothing|nada|rien)\b", after)
            is not None
        )
        if _KEPT_FOR.match(folded[start : end + 8]):
            return None
        word = folded[start:end]
        ladder = {s.split("/")[0] for s in found}
        if "order" in ladder and not denied and {_value(s) for s in found} & _SENT:
            partly = next((f for f in self.fields if _is_partial(f)), None)
            whole = _WHOLLY.search(folded[max(low, start - 32) : start])
            if partly is not None and whole:
                begin = min(begin, max(low, start - 32) + whole.start())
                return Doubt(begin, end, "contradicts", partly, says(partly), 3)
            unsent = next((f for f in self.fields if _is_unsent(f)), None)
            if unsent is not None and not any(_value(t) in _SENT for t, _ in known) and not texts & _SENT:
                why = f"The record says nothing was sent: {unsent.title} is empty."
                return Doubt(begin, end, "empty in the record", unsent, why, 3)
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
                if self._only_some_done:
                    return None
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
        if self._settled.intersection(IDEAS.of(word)):
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


# "As soon as balance and order fit within the limit, the order is released" releases nothing.
_ONLY_THEN = re.compile(
    r"\W*(?:as soon as|once|when|if|after|unless|sobald|wenn|falls|nachdem|cuando|si|una vez|en cuanto|lorsque|quand|des que|une fois)\b"
)
# "reserved for Pro plans" tells of no reservation.
_KEPT_FOR = re.compile(r"(?:reserve[des]*|reservad[oa]s?|reserviert)\s(?:for|fur|a|aux?|para|al)\s")
_SENT = frozenset(["shipped", "delivered"])
_WHOLLY = re.compile(
    r"\b(?:complete\w*|fully|entire\w*|whole|all|in full|komplett|vollstandig|ganz|ganze|alles|alle|por completo|complet[oa]s?|enter[oa]|tod[oa]s?|entierement|completement|en totalite|tout(?:e|es)?|tous)\s(?:[a-z]{1,12}\s){0,2}$"
)
_PARTIALLY = re.compile(r"\b(?:partial\w*|partly|teilweise|teillieferung|parcial\w*|partiel\w*)\b")
_SENDING = frozenset(
    "fulfillment fulfilment shipping shipment versand lieferung envio expedition livraison delivery".split()
)


def _is_partial(field: Field) -> bool:
    return (
        field.text is not None
        and not field.prose
        and (bool(field.words & _SENDING) or _tells_status(field))
        and _PARTIALLY.search(field.text.folded) is not None
    )


def _is_unsent(field: Field) -> bool:
    """Return whether the state of sending is left empty, as shops write of an order that nobody has packed yet."""
    return (
        field.state == "empty"
        and bool(field.words & _SENDING)
        and bool(field.words & {"status", "state", "estado", "statut"})
    )


def _stated_from(before: str, after: str, word: str) -> int | None:
    """Return where the statement "has been shipped" begins in its clause, or None if the word states nothing."""
    if _BE.match(word):
        return len(before)
    if _SO_FAR.match(after):
        return None
    matches = [m for m in _BE.finditer(before) if len(re.findall(r"[^\W_]+", before[m.end() :])) <= 7]
    if matches:
        near = [m for m in matches if len(re.findall(r"[^\W_]+", before[m.end() :])) <= 2] or matches[-1:]
        return near[0].start()
    if re.match(r"\s?(?:worden|ist|sind|wurde|haben wir|habe ich)\b", after):
        return len(before)
    return None


# "Booked so far is one of six" counts, and tells of no state.
_SO_FAR = re.compile(
    r"\s(?:is|are|ist|sind|waren|esta|estan|hay|est|sont)\s(?:so far|until now|bisher|bislang|bis jetzt|erst|hasta ahora|por ahora|de momento|pour l'instant|jusqu'ici)\b"
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


def _includes(theirs: str, mine: str) -> bool:
    """Return whether the record's status takes in the answer's: what is delivered was shipped."""
    if _value(theirs) == _value(mine):
        return True
    their_rung, my_rung = int(theirs.split("/")[2]), int(mine.split("/")[2])
    return their_rung > 0 and my_rung > 0 and my_rung <= their_rung


def _value(status: str) -> str:
    return status.split("/")[1]


def statuses_of(text: Text) -> tuple[str, ...]:
    """Return the statuses ("order/shipped/4") that a text names."""
    return tuple(status for _, _, found in phrases(text, "statuses") for status in found)

"""
Affirmed although denied: "there is an overhead crane" beside `Puente grúa: no`, "lunch is included" beside `excludes`.

`attributes` knows the features of houses and stays by their ideas; here any yes-or-no field counts, by its own name.
"""

# ruff: noqa: E501, SIM905 - lists of words are easier to read and mend in one piece

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from signoff.checks.emptiness import says
from signoff.checks.fields import Field
from signoff.checks.reading import ASKED, Doubt, Reading
from signoff.checks.wordings import Wording
from signoff.checks.words import NEGATION, Text, Token, fold, stem

_HELPERS = frozenset(
    "besoin need needed needs vorhanden available allowed erlaubt included include has have own required possible offered benotigt necesita wanted"
    " incluido incluida compris inclus inklusive moglich gestattet permitido permitida autorise gewunscht ok is it esta dispone existe".split()
)
_AFFIRMED = Wording(
    r"\b(?:have|has|there(?:'s| is| are)|we (?:lend|give|provide|offer)|comes? with|equipped|with an?|includ\w+|allowed|permitted|welcome|available|may|yes|need"
    r"|gibt es|haben|hat|habt|verfug\w+|ausgestattet|stellen|bieten|bekommen|erhalten|vorhanden|mit|darf|durf\w+|erlaubt|kann|konnen|konnt|inklusive|enthalten|ja|brauch\w+|benotig\w+"
    r"|tiene|tienen|tenemos|hay|dispon\w+|cuenta con|contamos|dejamos|ofrec\w+|inclu\w+|equipad\w+|permit\w+|puede\w*|admit\w+|si|necesit\w+|vamos|hacemos|con"
    r"|a (?:une?|aussi|son|sa|l'|la|le)|il y a|avez|avons|dispos\w+|possed\w+|equipee?|inclus\w*|compris\w*|autoris\w+|pouvez|peut|oui|besoin|propos\w+|avec|pretons|preter)\b"
)
_SOFT = Wording(
    r"\b(?:whether|if|would|could|might|check|ask|clarify|sorry|unfortunately|instead|ob|wenn|falls|klaren|prufen|fragen|frage|leider|statt|konnte|wurde|si (?:hay|tiene|quiere|se)|podria|seria|consult\w+|pregunt\w+"
    r"|lamentablemente|verific\w+|s'il|pourr\w+|serait|aurait|verifi\w+|demand\w+|malheureusement|option\w*|extra|gegen aufpreis|supplement\w*|request\w*|anfrage|wunsch\w*|voulez|souhait\w*|mochte\w*|would like|want\w*|quier\w+|desea\w*)\b"
)


MOST = 50  # statements of one kind that are looked at: nobody reads more, and time must stay bounded


def affirmed(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for what the answer affirms although a field or a list of the record denies it."""
    yield from _denied_fields(reading)
    yield from _included(reading)
    yield from _tax(reading)
    yield from _contact(reading)
    yield from _debts(reading)
    yield from _priced(reading)


# -- fields that say no --------------------------------------------------------------------------------------------


def _denied_fields(reading: Reading) -> Iterator[Doubt]:
    fields = [f for f in reading.record.fields if f.state == "no" and f.labels and not f.is_customers]
    if not fields:
        return
    for field in fields[: 4 * MOST]:
        labels = [
            label for label in field.labels if not any(i.startswith("~") and i[1:] in _HELPED for i in label)
        ]
        if not labels or not any(_telling(label) for label in labels):
            continue
        for start, end in _named(reading, labels):
            if _plain_yes(reading, start, end) and not _affirmed_elsewhere(reading, field, labels):
                yield Doubt(start, end, "contradicts", field, says(field), 2)
                break


def _affirmed_elsewhere(reading: Reading, field: Field, labels: list[frozenset[str]]) -> bool:
    """Return whether another field, or a fact, tells of the same thing without denying it."""
    return any(
        other is not field
        and other.state != "no"
        and (other.from_facts or not other.prose)
        and all(label & (other.ideas | other.context) for label in labels)
        for other in reading.record.fields
    )


_HELPED = frozenset(stem(word) for word in _HELPERS) | _HELPERS


def _telling(label: frozenset[str]) -> bool:
    return not label & _STATES or any(i.startswith("~") and len(i) > 5 for i in label)


# Yes or no to these is no thing that one has: `paid: false`, `active: false`.
_STATES = frozenset(
    "status payment delivery dispatch order return created updated cancellation refund".split()
)


def _named(reading: Reading, labels: list[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Yield where a sentence names all the telling words of a field's name, close together."""
    tokens = reading.text.tokens[: 40 * MOST]
    first = labels[0]
    for at, token in enumerate(tokens):
        # Most tokens are short words about something else, and need not be looked at closely.
        if (first.isdisjoint(token.ideas) and len(token.word) < 6) or not _means(token, first):
            continue
        start, end = token.start, token.end
        for label in labels[1:]:
            near = next(
                (t for t in tokens[max(0, at - 4) : at + 6] if t is not token and _means(t, label)), None
            )
            if near is None:
                break
            start, end = min(start, near.start), max(end, near.end)
        else:
            yield start, end


def _means(token: Token, label: frozenset[str]) -> bool:
    if not label.isdisjoint(token.ideas):
        # "Schlafplatz" is no seat, though it ends like one.
        return (
            not any(i.startswith("~") for i in token.ideas)
            or any(i.startswith("~") for i in label & set(token.ideas))
            or len(token.ideas) < 2
        )
    word = stem(token.word)
    return len(word) >= 6 and any(
        i.startswith("~") and len(i) >= 7 and (word == i[1:] or i[1:].startswith(word)) for i in label
    )


def _plain_yes(reading: Reading, start: int, end: int) -> bool:
    folded = reading.text.folded
    low, high = reading.clause(start)
    high = max(high, end)
    sentence = reading.sentence(start)
    # "Eigene Parkplätze haben wir allerdings nicht" denies behind the end of its clause.
    rest = re.compile(r"[^,;:.!?\n]*").match(folded, end, sentence.end)
    until = max(high, rest.end() if rest else high)
    if sentence.asks or NEGATION.search(reading.text, low, until) or _SOFT.search(reading.text, low, until):
        return False
    asked = ASKED.search(reading.text, low, high)
    if asked and asked.start() < start:
        return False
    return any(not (start <= m.start() < end) for m in _AFFIRMED.finditer(reading.text, low, high))


def _tokens(reading: Reading, start: int, end: int) -> list[Token]:
    text = reading.text
    return text.tokens[text.first_token_from(start) : text.first_token_from(end)]


# -- what is included ----------------------------------------------------------------------------------------------

_IN = re.compile(
    r"(?:^|[^a-z])(?:includ\w*|inclu[iy]\w*|inclus\w*|compris\w*|enthalten\w*|inklusiv\w*|inkl)(?:$|[^a-z])"
)
_OUT = re.compile(
    r"exclu\w*|ausgeschlossen|exklusiv\w*|(?:no|not|non|nicht|pas)[^a-z]{0,2}(?:includ\w*|inclu[iy]\w*|inclus\w*|compris\w*|enthalten\w*|inkl)"
)
_SAYS_IN = Wording(
    r"\b(?:included|includes|inclusive|incluid[oa]s?|incluyen?|inclus\w*|compris\w*|enthalten|inklusive|inbegriffen|dabei|covered)\b|\bpero si (?:el|la|los|las)\b|\bmais (?:bien|oui)\b"
)


def _included(reading: Reading) -> Iterator[Doubt]:
    verdicts = list(islice(_SAYS_IN.finditer(reading.text), MOST))
    if not verdicts:
        return
    into: list[tuple[str, Field]] = []
    out: list[tuple[str, Field]] = []
    for field in reading.record.fields:
        name = fold(field.path.rsplit(".", 1)[-1]).replace("_", " ")
        if field.is_list and field.text is not None:
            items = field.value if isinstance(field.value, list) else [field.shown]
            if _OUT.search(name):
                out.extend((str(item), field) for item in items)
            elif _IN.search(name):
                into.extend((str(item), field) for item in items)
        elif field.state == "no" and _IN.search(name):
            out.append((_IN.sub(" ", name), field))
        elif (
            field.words & {"qty", "quantity", "menge", "cantidad", "quantite", "anzahl"}
        ) and field.shown == "0":
            named = next(
                (f for f in reading.record.fields if f.group == field.group and f.words & _LABELS and f.text),
                None,
            )
            if named is not None:
                out.append((named.shown, field))
    inside = {stem(w) for item, _ in into for w in re.findall(r"[a-z]{4,}", fold(item))}
    for item, field in out:
        ideas = [
            frozenset(t.ideas)
            for t in Text(item).tokens
            if len(t.word) >= 4 and stem(t.word) not in inside and t.word not in _IDLE
        ]
        if not ideas:
            continue
        for match in verdicts:
            found = _item_beside(reading, ideas, match.start(), match.end())
            if found:
                yield Doubt(
                    min(found[0], match.start()),
                    max(found[1], match.end()),
                    "contradicts",
                    field,
                    says(field),
                    4,
                )
                break


_LABELS = frozenset("label name title description bezeichnung nombre nom designation".split())
_IDLE = frozenset("with from para pour avec for fin".split())


def _item_beside(
    reading: Reading, ideas: list[frozenset[str]], start: int, end: int
) -> tuple[int, int] | None:
    """Return where an item is named in the clause of "is included", if nothing there denies, asks or prices it."""
    low, high = reading.clause(start)
    sentence = reading.sentence(start)
    if (
        sentence.asks
        or NEGATION.search(reading.text, low, max(high, end))
        or _SOFT.search(reading.text, low, max(high, end))
    ):
        return None
    spots = [
        t for t in reading.text.tokens[: 40 * MOST]
        if low <= t.start < max(high, end) and any(set(t.ideas) & idea for idea in ideas)
    ]  # fmt: skip
    if not spots or not set(spots[0].ideas) & (ideas[0] | (ideas[1] if len(ideas) > 1 else ideas[0])):
        return None
    return (spots[0].start, spots[-1].end) if spots[-1].end - spots[0].start < 60 else None


_PLUS_TAX = re.compile(
    r"(?:\bmas|\bplus|\+|\bzzgl\.?|\bzuzuglich|\bexcl\.?|\bexcluding|\bexkl\.?|\bsin|\bhors)\s(?:the |der |el |la )?(?:\d+ ?% )?(?:iva|vat|mwst|mehrwertsteuer|umsatzsteuer|ust|tva|itbms)\b"
)
_WITH_TAX = re.compile(
    r"\b(?:iva|vat|tva) (?:ya )?(?:incluid[oa]|included|comprise|incluse)\b|\b(?:incl\.?|including|inkl\.?|inklusive|einschlieslich|con) (?:\d+ ?% )?(?:iva|vat|mwst|mehrwertsteuer|umsatzsteuer|ust|tva)\b"
)


def _tax(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for "plus VAT" where the record says that it is included, and the other way round."""
    field = next(
        (
            f
            for f in reading.record.fields
            if f.state in ("yes", "no")
            and "tax" in f.ideas
            and _IN.search(fold(f.path.rsplit(".", 1)[-1]).replace("_", " "))
        ),
        None,
    )
    if field is None:
        return
    pattern = _PLUS_TAX if field.state == "yes" else _WITH_TAX
    for match in pattern.finditer(reading.text.folded):
        if not reading.asks(match.start()):
            yield Doubt(match.start(), match.end(), "contradicts", field, says(field), 4)
            return


# -- calls, debts --------------------------------------------------------------------------------------------------

_NO_CALLS = re.compile(
    r"do_?\s?not_?\s?call|donotcall|no_?\s?calls?\b|no_?llamar|nicht_?\s?anrufen|ne_?\s?pas_?\s?appeler|(?:opt(?:ed)?_?\s?out)\w*_?(?:call|phone|anruf|llamad|appel)"
)
_CALLS = re.compile(
    r"\b(?:(?:i|we)(?:'ll| will| shall|'d like to)? (?:be (?:calling|ringing) you|(?:call|ring|phone) you|give you a (?:ring|call))|(?:ich rufe|wir rufen) sie\b[^.!?]{0,30}\ban\b|(?:le|te|os|les) (?:llamar(?:e|emos)|llamo|llamamos)|(?:je|nous|on) (?:vous|t'|te) (?:appell\w+|appeler\w+|telephon\w+))"
)


def _contact(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for "I will give you a ring" to somebody who does not want to be called."""
    field = next(
        (
            f
            for f in reading.record.fields
            if f.state == "yes"
            and _NO_CALLS.search(fold(f.path.rsplit(".", 1)[-1]).replace("_", " ").replace(" ", "_"))
        ),
        None,
    )
    if field is None:
        return
    for match in _CALLS.finditer(reading.text.folded):
        if not reading.asks(match.start()) and not reading.denied(match.start(), match.end()):
            yield Doubt(match.start(), match.end(), "contradicts", field, says(field), 4)


_OWED = re.compile(
    r"(?:^|[^a-z])(?:arrears|balance_?due|amount_?due|outstanding|overdue|open_?amount|impayes?|offener_?betrag|ruckstand|saldo_?pendiente|deuda|pendiente_?de_?pago|reste_?a_?payer|solde_?du|zu_?zahlen)(?:$|[^a-z])"
)
_OWES_NOTHING = Wording(
    r"\byou (?:do not|don't|no longer) owe (?:us )?(?:anything|a thing)|\byou owe (?:us )?nothing|\bnothing (?:is|to be) (?:owed|outstanding|overdue)|\b(?:sie|du) (?:schulden|schuldest) uns nichts|\bes ist nichts (?:mehr )?offen"
    r"|\bno (?:nos )?debe(?:s|n)? nada|\bno tiene(?:s)? (?:nada pendiente|deuda\w*|pagos pendientes)|\b(?:vous ne devez|tu ne dois) (?:plus )?rien|\bvous n'avez (?:plus )?(?:rien a (?:payer|regler)|aucun impaye)"
)


def _debts(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for "you owe nothing" beside an amount that is owed."""
    match = _OWES_NOTHING.search(reading.text)
    if match is None:
        return
    for field in reading.record.fields:
        name = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field.path.rsplit(".", 1)[-1])).replace(" ", "_")
        amounts = [c.values[0] for c in field.claims if c.kind in ("number", "money") and c.values]
        if _OWED.search(name) and len(amounts) == 1 and amounts[0] > 0:
            yield Doubt(match.start(), match.end(), "contradicts", field, says(field), 4)
            return


_FREE = Wording(
    r"\b(?:free of charge|for free|at no (?:extra |additional )?(?:cost|charge)|without (?:extra |additional )?(?:charge|cost)|kostenlos\w*|kostenfrei\w*|gratis|ohne aufpreis|ohne (?:zusatz)?kosten|sin (?:coste|costo|cargo|recargo|suplemento)|gratuit\w*|sans (?:supplement|frais))\b"
)
_FREE_TOO = re.compile(
    r"\b(?:free|none|no charge|kostenlos\w*|kostenfrei\w*|gratis|frei|inklusive|included|incluid\w*|inclus\w*|compris\w*|gratuit\w*|sans (?:supplement|frais)|sin (?:coste|costo|cargo)|0|keine|ninguno|aucun\w*|ab|from|over|unless|hasta|jusqu'a|bis)\b"
)


def _priced(reading: Reading) -> Iterator[Doubt]:
    """Yield a doubt for "at no extra charge" beside the price of that very thing."""
    folded = reading.text.folded
    for match in islice(_FREE.finditer(reading.text), MOST):
        sentence = reading.sentence(match.start())
        if sentence.asks or NEGATION.search(folded[max(sentence.start, match.start() - 24) : match.start()]):
            continue
        ideas = {i for t in _tokens(reading, sentence.start, sentence.end) for i in t.ideas}
        meant = [
            f for f in reading.record.fields
            if f.labels and f.labels[0] & ideas and f.labels[0] - _MONEY
            and sum(bool(label & ideas) for label in f.labels) * 2 >= len(f.labels)
        ]  # fmt: skip
        priced = [f for f in meant if any(c.kind == "money" and c.values[0] > 0 for c in f.claims)]
        if len(priced) != 1 or any(f.text is not None and _FREE_TOO.search(f.text.folded) for f in meant):
            continue
        yield Doubt(match.start(), match.end(), "contradicts", priced[0], says(priced[0]), 3)


_MONEY = frozenset(
    "price total amount fee rent deposit budget payment refund discount due balance value order".split()
)
